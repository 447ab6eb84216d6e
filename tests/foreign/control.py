"""Asks a running control plane as a node proxy does, through grpcio's own TLS and HTTP/2.

Arguments: address, folder. The folder holds root.pem, token, csr.pem. The delta stream must answer both
types and push a pod that appears later (the caller makes it when `ready` exists); the certificate must
satisfy openssl, for the identity asked for.
"""
import importlib, queue, subprocess, sys, tempfile
from pathlib import Path

import grpc
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proxy-core/wire/proto"
ADDRESS = "type.googleapis.com/istio.workload.Address"
AUTHORIZATION = "type.googleapis.com/istio.security.Authorization"
DELTA = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
SIGN = "/istio.v1.auth.IstioCertificateService/CreateCertificate"
WEB = "spiffe://cluster.local/ns/app/sa/web"


def compiled(folder):
    import grpc_tools

    known = Path(grpc_tools.__file__).parent / "_proto"
    files = sorted(path.name for path in PROTO.glob("*.proto"))
    code = protoc.main(["protoc", f"-I{PROTO}", f"-I{known}", f"--python_out={folder}", *files])
    assert code == 0, "protoc refuses the protos"
    sys.path.insert(0, folder)
    return {name[:-6]: importlib.import_module(name[:-6] + "_pb2") for name in files}


def streamed(channel, pb, metadata, here):
    request, response = pb["discovery"].DeltaDiscoveryRequest, pb["discovery"].DeltaDiscoveryResponse
    call = channel.stream_stream(DELTA, request.SerializeToString, response.FromString)
    outgoing = queue.Queue()
    for kind in (ADDRESS, AUTHORIZATION):
        first = request(type_url=kind)
        first.node.id = "ztunnel~10.0.0.1~zt-1.istio-system~istio-system.svc.cluster.local"
        for key, value in (("NAMESPACE", "istio-system"), ("NODE_NAME", "n1"), ("INSTANCE_IPS", "10.0.0.1")):
            first.node.metadata.fields[key].string_value = value
        outgoing.put(first)
    seen, types = {}, set()
    for answer in call(iter(outgoing.get, None), metadata=metadata, timeout=30):
        types.add(answer.type_url)
        for resource in answer.resources:
            assert resource.resource.type_url == answer.type_url
            seen[resource.name] = resource
        outgoing.put(request(type_url=answer.type_url, response_nonce=answer.nonce))
        if types == {ADDRESS, AUTHORIZATION}:
            (here / "ready").touch()
        if "Kubernetes//Pod/app/web" in seen:
            address = pb["workload"].Address.FromString(seen["Kubernetes//Pod/app/web"].resource.value)
            assert address.workload.service_account == "web", address
            outgoing.put(None)
            return
    raise AssertionError(f"the stream ended; saw {sorted(seen)}")


def signed(channel, pb, metadata, here):
    request, response = pb["ca"].IstioCertificateRequest, pb["ca"].IstioCertificateResponse
    call = channel.unary_unary(SIGN, request.SerializeToString, response.FromString)
    asked = request(csr=(here / "csr.pem").read_text(), validity_duration=3600)
    asked.metadata.fields["ImpersonatedIdentity"].string_value = WEB
    chain = list(call(asked, metadata=metadata, timeout=30).cert_chain)
    assert len(chain) == 2 and chain[1] == (here / "root.pem").read_text(), chain
    (here / "leaf.pem").write_text(chain[0])
    openssl = ["openssl", "verify", "-purpose", "sslserver", "-CAfile", here / "root.pem", here / "leaf.pem"]
    subprocess.run(openssl, check=True, capture_output=True)
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", here / "leaf.pem"],
        check=True, capture_output=True, text=True,
    ).stdout
    assert "critical" in text and f"URI:{WEB}" in text, text


def main():
    address, here = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        pb = compiled(folder)
        credentials = grpc.ssl_channel_credentials((here / "root.pem").read_bytes())
        options = [("grpc.ssl_target_name_override", "istiod.istio-system.svc")]
        metadata = [("authorization", "Bearer " + (here / "token").read_text()), ("clusterid", "Kubernetes")]
        with grpc.secure_channel(address, credentials, options) as channel:
            streamed(channel, pb, metadata, here)
            signed(channel, pb, metadata, here)
        with grpc.secure_channel(address, credentials, options) as channel:
            try:
                streamed(channel, pb, [("authorization", "Bearer nonsense")], here)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
            else:
                raise AssertionError("a nonsense token was accepted")


main()
