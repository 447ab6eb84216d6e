"""A node with pods in network namespaces, and around it a control plane, a node agent and peers that are
not ours: grpcio, Python's h2, OpenSSL. The node proxy under test is the only part of this product here.

   client-0 10.77.1.2 ─┐
   web-1    10.77.1.3 ─┼─ node 10.77.1.1: the proxy, the control plane on loopback
   peer     10.77.1.4 ─┘  (not captured)
"""
import array, contextlib, ctypes, importlib, json, os, pathlib, queue, re, signal, socket, ssl, struct, subprocess, sys
import tempfile, threading, time
from concurrent import futures

import grpc
import h2.config, h2.connection, h2.events, h2.settings
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTO = ROOT / "proxy-core/wire/proto"
ADDRESS = "type.googleapis.com/istio.workload.Address"
AUTHZ = "type.googleapis.com/istio.security.Authorization"
NODE, CLIENT, WEB, PEER = "10.77.1.1", "10.77.1.2", "10.77.1.3", "10.77.1.4"
NODE6, CLIENT6, WEB6, PEER6 = "fd77::1", "fd77::2", "fd77::3", "fd77::4"
LIMIT = 15
RULES = """
table ip mesh {
  chain a { type filter hook prerouting priority mangle; meta mark & 0xfff == 0x539 ct mark set 0x111; }
  chain b { type route hook output priority mangle; ct mark & 0xfff == 0x111 meta mark set ct mark; }
  chain c { type nat hook prerouting priority dstnat;
    ip daddr != 127.0.0.1 tcp dport != 15008 meta mark & 0xfff != 0x539 redirect to :15006; }
  chain d { type nat hook output priority -100; meta mark & 0xfff == 0x111 accept;
    oifname "lo" ip daddr != 127.0.0.1 accept;
    meta l4proto tcp ip daddr != 127.0.0.1 meta mark & 0xfff != 0x539 redirect to :15001; }
}
"""
RULES6 = RULES.replace("table ip ", "table ip6 ").replace("ip daddr != 127.0.0.1", "ip6 daddr != ::1")
LIBC = ctypes.CDLL(None, use_errno=True)


def sh(*argv, text=None):
    done = subprocess.run(argv, input=text, text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def enter(name):
    with open(f"/run/netns/{name}") as file:
        if LIBC.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), f"setns {name}")


def inside(name, work, *arguments):
    """Runs work on a thread inside a namespace; sockets it makes stay there."""
    box = {}

    def run():
        try:
            enter(name)
            box["value"] = work(*arguments)
        except BaseException as error:
            box["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in box:
        raise box["error"]
    return box["value"]


def six(address):
    """The second address of a pod: the last number of the first one."""
    return f"fd77::{address.rsplit('.', 1)[1]}"


def until(what, look, limit=LIMIT):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {limit} s: {what}")


def load_protos(folder):
    import grpc_tools

    known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    files = sorted(path.name for path in PROTO.glob("*.proto"))
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{known}", f"--python_out={folder}", *files]):
        raise RuntimeError("protoc refuses the protos")
    sys.path.insert(0, str(folder))
    return [importlib.import_module(f"{name}_pb2") for name in ("discovery", "workload", "authorization", "ca", "zds")]


class OpenSsl:
    """A certificate authority that is the openssl program."""

    def __init__(self, folder, name="root"):
        self.folder, self.name, self.count = folder, name, 0
        self.lock = threading.Lock()
        sh("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/O={name}", "-keyout",
           self.path("key"), "-out", self.path("pem"), "-addext", "basicConstraints=critical,CA:TRUE")

    def path(self, kind):
        return str(self.folder / f"{self.name}.{kind}")

    @property
    def pem(self):
        return pathlib.Path(self.path("pem")).read_text()

    def sign(self, csr_pem, names, usage="serverAuth,clientAuth"):
        with self.lock:
            self.count += 1
            base = self.folder / f"{self.name}-{self.count}"
            csr, ext, out = (str(base) + end for end in (".csr", ".ext", ".crt"))
            pathlib.Path(csr).write_text(csr_pem)
            pathlib.Path(ext).write_text(f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                                         f"extendedKeyUsage={usage}\nsubjectAltName=critical,{','.join(names)}\n")
            sh("openssl", "x509", "-req", "-in", csr, "-CA", self.path("pem"), "-CAkey", self.path("key"), "-days", "1",
               "-set_serial", str(int.from_bytes(os.urandom(8), "big")), "-sha256", "-extfile", ext, "-out", out)
            return pathlib.Path(out).read_text()

    def identity(self, *names):
        """Key and certificate files of a new identity."""
        key = str(self.folder / f"{self.name}-id-{self.count}.key")
        csr = sh("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/",
                 "-keyout", key)
        crt = key[:-4] + ".crt"
        pathlib.Path(crt).write_text(self.sign(csr, names))
        return key, crt


class ControlPlane:
    """Delta discovery and the certificate service, by grpcio."""

    def __init__(self, world):
        self.world, self.requests, self.metadata, self.csrs, self.ca_metadata = world, [], [], [], []
        self.resources = {ADDRESS: {}, AUTHZ: {}}
        self.streams, self.lock, self.nonce = [], threading.Lock(), 0
        key, crt = world.ca.identity("IP:127.0.0.1", f"IP:{NODE}")
        pem = pathlib.Path(crt).read_bytes() + world.ca.pem.encode()
        self.server = grpc.server(futures.ThreadPoolExecutor(16))
        discovery, ca = world.discovery, world.ca_pb
        self.server.add_generic_rpc_handlers((
            grpc.method_handlers_generic_handler("envoy.service.discovery.v3.AggregatedDiscoveryService", {
                "DeltaAggregatedResources": grpc.stream_stream_rpc_method_handler(
                    self.delta, discovery.DeltaDiscoveryRequest.FromString,
                    discovery.DeltaDiscoveryResponse.SerializeToString)}),
            grpc.method_handlers_generic_handler("istio.v1.auth.IstioCertificateService", {
                "CreateCertificate": grpc.unary_unary_rpc_method_handler(
                    self.create, ca.IstioCertificateRequest.FromString, ca.IstioCertificateResponse.SerializeToString)}),
        ))
        self.server.add_secure_port("0.0.0.0:15012", grpc.ssl_server_credentials([(pathlib.Path(key).read_bytes(), pem)]))
        self.server.start()

    def response(self, kind, names, removed=()):
        self.nonce += 1
        response = self.world.discovery.DeltaDiscoveryResponse(type_url=kind, nonce=f"n{self.nonce}", removed_resources=removed)
        for name in names:
            resource = response.resources.add(name=name, version=f"v{self.nonce}")
            resource.resource.type_url, resource.resource.value = kind, self.resources[kind][name]
        return response

    def delta(self, requests, context):
        out, asked = queue.Queue(), set()
        with self.lock:
            self.streams.append(out)
            self.metadata.append(dict(context.invocation_metadata()))

        def read():
            with contextlib.suppress(Exception):
                for request in requests:
                    self.requests.append(request)
                    if request.type_url not in asked:
                        asked.add(request.type_url)
                        held = self.resources.get(request.type_url, {})
                        out.put(self.response(request.type_url, list(held)))
            out.put(None)

        threading.Thread(target=read, daemon=True).start()
        while (response := out.get()) is not None:
            yield response

    def create(self, request, context):
        self.csrs.append(request)
        self.ca_metadata.append(dict(context.invocation_metadata()))
        if request.HasField("metadata"):
            wanted = request.metadata["ImpersonatedIdentity"]
        else:  # its own: as the token would say
            wanted = re.search(r"URI:(\S+)", sh("openssl", "req", "-noout", "-text", text=request.csr)).group(1)
        leaf = self.world.ca.sign(request.csr, [f"URI:{wanted}"])
        return self.world.ca_pb.IstioCertificateResponse(cert_chain=[leaf, self.world.ca.pem])

    def put(self, kind, name, value, push=True):
        self.resources[kind][name] = value.SerializeToString()
        return self.push(kind, [name]) if push else None

    def remove(self, kind, name):
        self.resources[kind].pop(name, None)
        return self.push(kind, [], [name])

    def push(self, kind, names, removed=()):
        """Sends and waits for the reply, which is returned."""
        with self.lock:
            response = self.response(kind, names, removed)
            self.streams[-1].put(response)
        return until("a reply to a push", lambda: next((r for r in self.requests if r.response_nonce == response.nonce), None))


class Agent:
    """The node agent's end of the hand-over socket."""

    def __init__(self, path, zds):
        self.zds, self.listener = zds, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(4)
        self.listener.settimeout(LIMIT)

    def accept(self):
        self.connection, _ = self.listener.accept()
        self.connection.settimeout(LIMIT)
        return self.connection.recv(4096)

    def send(self, message, *names):
        """Sends a request with the namespaces' descriptors; the raw answer is returned."""
        fds = [os.open(f"/run/netns/{name}", os.O_RDONLY) for name in names]
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.connection.sendmsg([message if isinstance(message, bytes) else message.SerializeToString()], control)
        for fd in fds:
            os.close(fd)
        return self.connection.recv(4096)

    def add(self, uid, name, namespace, account):
        info = self.zds.WorkloadInfo(name=name, namespace=namespace, service_account=account)
        return self.zds.WorkloadRequest(add=self.zds.AddWorkload(uid=uid, workload_info=info))

    def snapshot(self):
        return self.zds.WorkloadRequest(snapshot_sent=self.zds.SnapshotSent())


class Echo:
    """An application: tells each client's address, then sends back what it gets."""

    def __init__(self, namespace, port, address="0.0.0.0"):
        self.peers = []
        self.listener = inside(namespace, lambda: socket.create_server((address, port), backlog=512))
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                connection, peer = self.listener.accept()
            except OSError:
                return
            self.peers.append(peer[0])
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        with contextlib.suppress(OSError), connection:
            while data := connection.recv(65536):
                connection.sendall(data)


# Python's h2 ends a connection at GOAWAY; RFC 9113 lets its open streams go on
MACHINE = h2.connection.H2ConnectionStateMachine
OPEN, GOAWAY = h2.connection.ConnectionState.CLIENT_OPEN, h2.connection.ConnectionInputs.RECV_GOAWAY
MACHINE._transitions[(OPEN, GOAWAY)] = (None, OPEN)


class Http2:
    """One end of HTTP/2 over TLS by Python's h2 and OpenSSL."""

    def __init__(self, stream, client):
        self.stream, self.frames = stream, []
        config = h2.config.H2Configuration(client_side=client, header_encoding="utf-8", validate_outbound_headers=False,
                                           normalize_outbound_headers=False, validate_inbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self.flush()

    @classmethod
    def open(cls, namespace, to, context):
        raw = inside(namespace, lambda: socket.create_connection((to, 15008), LIMIT))
        raw.settimeout(LIMIT)
        return cls(context.wrap_socket(raw), True)

    def flush(self):
        self.stream.sendall(self.h2.data_to_send())

    def events(self, wanted, limit=LIMIT):
        """Reads until an event for which wanted is true, and returns it."""
        end = time.monotonic() + limit
        while True:
            for number, event in enumerate(self.frames):
                if wanted(event):
                    del self.frames[number]
                    return event
            self.stream.settimeout(max(end - time.monotonic(), 0.01))
            data = self.stream.recv(65536)
            if not data:
                raise EOFError("connection closed")
            for event in self.h2.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                self.frames.append(event)
            self.flush()

    def request(self, headers, end=False):
        number = self.h2.get_next_available_stream_id()
        self.h2.send_headers(number, headers, end_stream=end)
        self.flush()
        return number

    def connect(self, authority, extra=()):
        """Status, headers and stream of one CONNECT."""
        number = self.request([(":method", "CONNECT"), (":authority", authority), *extra])
        answer = self.events(lambda e: isinstance(e, (h2.events.ResponseReceived, h2.events.StreamReset)) and e.stream_id == number)
        if isinstance(answer, h2.events.StreamReset):
            return f"reset {answer.error_code}", {}, number
        headers = dict(answer.headers)
        return headers[":status"], headers, number

    def send(self, number, data, end=False):
        self.h2.send_data(number, data, end_stream=end)
        self.flush()

    def receive(self, number, count):
        data = b""
        while len(data) < count:
            data += self.events(lambda e: isinstance(e, h2.events.DataReceived) and e.stream_id == number).data
        return data


def exchange(namespace, to, port, data=b"ping", limit=LIMIT):
    """One request and its echo through a plain socket."""
    return inside(namespace, lambda: echo(to, port, data, limit))


def echo(to, port, data, limit=LIMIT):
    """The same from the namespace of the calling thread."""
    with socket.create_connection((to, port), limit) as stream:
        stream.settimeout(limit)
        stream.sendall(data)
        got = b""
        while len(got) < len(data):
            more = stream.recv(65536)
            if not more:
                break
            got += more
        return got


class World:
    """Attribute, address, and whether its traffic is captured, of each pod."""

    PODS = (("client", CLIENT, True), ("web", WEB, True), ("peer", PEER, False))
    SIX = False  # the second family

    def __init__(self, program):
        self.program, self.folder = program, pathlib.Path(tempfile.mkdtemp(prefix="foreign-"))
        self.tag = f"fx{os.getpid()}"
        self.node = f"{self.tag}n"
        for number, (name, *_) in enumerate(self.PODS):
            setattr(self, name, f"{self.tag}{number}")
        self.discovery, self.workload, self.authz, self.ca_pb, self.zds = load_protos(self.folder)
        self.ca, self.proxy, self.helpers = OpenSsl(self.folder), None, []
        try:
            self.build()
        except BaseException:
            self.close()
            raise

    def names(self):
        return [self.node, *(getattr(self, name) for name, *_ in self.PODS)]

    def build(self):
        for name in self.names():
            sh("ip", "netns", "add", name)
            sh("ip", "-n", name, "link", "set", "lo", "up")
        for number, (name, address, _) in enumerate(self.PODS):
            self.attach(getattr(self, name), address, f"v{number}")
        for name, _, captured in self.PODS:
            if captured:
                self.capture(getattr(self, name))
        enter(self.node)  # everything that this process opens from here on is on the node
        for name in ("ipv4/ip_forward", "ipv4/conf/all/forwarding", *(("ipv6/conf/all/forwarding",) if self.SIX else ())):
            pathlib.Path(f"/proc/sys/net/{name}").write_text("1")

    def attach(self, name, address, link):
        sh("ip", "link", "add", link, "netns", self.node, "type", "veth", "peer", "name", "eth0", "netns", name)
        pairs = [("-4", NODE, address, 32)]
        if self.SIX:
            pairs.append(("-6", NODE6, six(address), 128))
        for end in (link, self.node), ("eth0", name):
            sh("ip", "-n", end[1], "link", "set", end[0], "up")
        for family, node, address, length in pairs:
            extra = ("nodad",) if family == "-6" else ()
            for arguments in ((self.node, "addr", "add", f"{node}/{length}", "dev", link, *extra),
                              (self.node, "route", "add", f"{address}/{length}", "dev", link),
                              (name, "addr", "add", f"{address}/{length}", "dev", "eth0", *extra),
                              (name, "route", "add", node, "dev", "eth0"),
                              (name, "route", "add", "default", "via", node, "dev", "eth0")):
                sh("ip", family, "-n", *arguments)

    def capture(self, name):
        for family, rules in (("-4", RULES), *((("-6", RULES6),) if self.SIX else ())):
            everything = "0.0.0.0/0" if family == "-4" else "::/0"
            sh("ip", family, "-n", name, "route", "add", "local", everything, "dev", "lo", "table", "100")
            sh("ip", family, "-n", name, "rule", "add", "fwmark", "0x111/0xfff", "pref", "32764", "lookup", "100")
            inside(name, lambda: sh("nft", "-f", "-", text=rules))

    def start(self, where=None, before=(), **extra):
        """Starts the proxy with the settings of the recordings, on the node or inside a pod; before: what runs it."""
        (self.folder / "token").write_text("fixture-token")
        (self.folder / "root.pem").write_text(self.ca.pem)
        environment = {
            "PATH": os.environ["PATH"], "XDS_ADDRESS": "https://127.0.0.1:15012", "CA_ADDRESS": "https://127.0.0.1:15012",
            "XDS_ROOT_CA": str(self.folder / "root.pem"), "CA_ROOT_CA": str(self.folder / "root.pem"),
            "AUTH_TOKEN": str(self.folder / "token"), "INPOD_UDS": str(self.folder / "zds.sock"), "CLUSTER_ID": "east",
            "NODE_NAME": "node-1", "INSTANCE_IP": NODE, "POD_NAME": "ztunnel-abcde", "POD_NAMESPACE": "istio-system",
            "SERVICE_ACCOUNT": "ztunnel", "ISTIO_META_ISTIO_VERSION": "1.31.0", "ISTIO_META_DNS_CAPTURE": "false",
            "TERMINATION_GRACE_PERIOD_SECONDS": "5", "MESHCTL_TEST_WORLD": self.tag, **extra}
        self.log_path = self.folder / "proxy.log"
        self.proxy = inside(where or self.node, lambda: subprocess.Popen(
            [*before, self.program], env=environment, cwd=self.folder, stdout=open(self.log_path, "a"), stderr=subprocess.STDOUT))

    def log(self):
        return self.log_path.read_text()

    def http(self, port, path, method="GET"):
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def ready(self):
        try:
            return self.http(15021, "/healthz/ready")
        except OSError:
            return None

    def put_pod(self, name, address, account, **extra):
        import ipaddress

        one = self.workload.Workload(
            uid=f"east//Pod/shop/{name}", name=name, namespace="shop", addresses=[ipaddress.ip_address(address).packed],
            tunnel_protocol=1, service_account=account, node="node-1", canonical_name=account, canonical_revision="v1",
            workload_type=2, workload_name=account, cluster_id="east", **extra)
        return one

    def tls(self, *names, key=None, crt=None, minimum=ssl.TLSVersion.TLSv1_3, maximum=ssl.TLSVersion.TLSv1_3):
        """A client's TLS with a certificate of these names (none: no certificate)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.minimum_version, context.maximum_version = minimum, maximum
        context.load_verify_locations(cadata=self.ca.pem)
        context.set_alpn_protocols(["h2"])
        if names:
            key, crt = self.ca.identity(*(f"URI:{name}" for name in names))
        if key:
            context.load_cert_chain(crt, key)
        return context

    def close(self):
        for process in (self.proxy, *self.helpers):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        for name in reversed(self.names()):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        subprocess.run(["rm", "-rf", str(self.folder)])
