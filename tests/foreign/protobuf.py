"""Reads the recordings with the protos of this repository, by protoc and Python's protobuf.

The protos must be ones that the reference compiler takes, and every recorded message must decode to the
JSON that was recorded beside it, names included, without unknown fields.
"""
import base64, importlib, json, sys, tempfile
from pathlib import Path

from google.protobuf import json_format
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proxy-core/wire/proto"
FIXTURES = ROOT / "tests/fixtures/ztunnel"


def compiled(folder):
    files = sorted(path.name for path in PROTO.glob("*.proto"))
    import grpc_tools

    known = Path(grpc_tools.__file__).parent / "_proto"
    code = protoc.main(["protoc", f"-I{PROTO}", f"-I{known}", f"--python_out={folder}", *files])
    assert code == 0, "protoc refuses the protos"
    sys.path.insert(0, folder)
    return {name: importlib.import_module(name[:-6] + "_pb2") for name in files}


def normal(value):
    """Defaults and empty values left out, numbers as one kind: recordings print them in either way."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items() if item not in ("", [], None)}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return value


def decoded(kind, data, expected, where):
    message = kind()
    message.ParseFromString(data)
    got = json_format.MessageToDict(message)
    assert normal(got) == normal(expected), f"{where}:\n  got  {got}\n  want {expected}"
    # a map entry with an empty value may be written with or without it, so lengths may differ
    again = kind.FromString(message.SerializeToString())
    assert again == message, f"{where}: not written as it was read"


def main():
    seen = 0
    with tempfile.TemporaryDirectory() as folder:
        pb = compiled(folder)
        for number, line in enumerate((FIXTURES / "xds-requests.jsonl").read_text().splitlines()):
            entry = json.loads(line)
            if "base64" in entry:
                kind = pb["discovery.proto"].DeltaDiscoveryRequest
                decoded(kind, base64.b64decode(entry["base64"]), entry["request"], f"xds request {number}")
                seen += 1
        for number, line in enumerate((FIXTURES / "mesh-input.jsonl").read_text().splitlines()):
            entry = json.loads(line)
            response = pb["discovery.proto"].DeltaDiscoveryResponse()
            response.ParseFromString(base64.b64decode(entry["base64"]))
            policy = entry["typeUrl"].endswith("Authorization")
            kind = pb["authorization.proto"].Authorization if policy else pb["workload.proto"].Address
            for resource, recorded in zip(response.resources, entry["resources"], strict=True):
                where = f"resource {resource.name}"
                decoded(kind, resource.resource.value, recorded["resource"], where)
                seen += 1
        for call in json.loads((FIXTURES / "ca-request.json").read_text())["requests"]:
            kind = pb["ca.proto"].IstioCertificateRequest
            decoded(kind, base64.b64decode(call["base64"]), call["request"], "signing request")
            seen += 1
    assert seen > 20, seen
    print(f"{seen} messages")


main()
