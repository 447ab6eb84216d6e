"""Every way through the node proxy, byte for byte, among strangers: Go's HTTP/2 and TLS as client, server,
waypoint and gateway (tests/foreign/peer), OpenSSL as authority, grpcio as control plane.

   client-0 10.77.1.2 ─┐                         ┌─ waypoint-0 10.77.1.5 ─┐
   web-1    10.77.1.3 ─┼─ node 10.77.1.1: proxy ─┼─ gateway-0  10.77.1.6 ─┤ (not captured)
                                                 └─ peer-0     10.77.1.4 ─┘
Usage: ways.py PROGRAM; every check is one line of JSON. The same addresses exist as fd77::N.
"""
import json, os, pathlib, queue, socket, subprocess, threading

import runner
import world as w
from runner import equal

WAYPOINT, GATEWAY = "10.77.1.5", "10.77.1.6"
WEB_VIP, WEB_VIP6, LED_VIP, FAR_VIP = "10.96.0.10", "fd96::10", "10.96.0.30", "10.96.0.40"
DOMAIN = "shop.svc.cluster.local"
MANY, SOME = 1 << 30, 64 << 20
PROGRAM = w.ROOT / "target/tools/foreign/peer"
CHECKS = []


def check(body):
    CHECKS.append(body)
    return body


def spiffe(account):
    return f"spiffe://cluster.local/ns/shop/sa/{account}"


class Ways(w.World):
    PODS = (("client", w.CLIENT, True), ("web", w.WEB, True), ("peer", w.PEER, False),
            ("waypoint", WAYPOINT, False), ("gateway", GATEWAY, False))
    SIX = True

    def identity(self, account, life="1h"):
        """Flags with the key and certificate of an account."""
        stem = self.folder / f"go-{account}-{len(os.listdir(self.folder))}"
        w.sh(str(PROGRAM), "sign", "-ca", self.ca.path("pem"), "-ca-key", self.ca.path("key"), "-name", spiffe(account),
             "-life", life, "-out", str(stem))
        return ["-key", f"{stem}.key", "-crt", f"{stem}.crt", "-ca", self.ca.path("pem")]

    def pod(self, name, address, account, **extra):
        one = self.put_pod(name, address, account, **extra)
        one.addresses.append(socket.inet_pton(socket.AF_INET6, w.six(address)))
        return one

    def put(self, value, push=True):
        """Holds a workload or a service, and sends it."""
        is_workload = isinstance(value, self.workload.Workload)
        name = value.uid if is_workload else f"{value.namespace}/{value.hostname}"
        address = self.workload.Address(**{"workload" if is_workload else "service": value})
        reply = self.control.put(w.ADDRESS, name, address, push)
        assert reply is None or not reply.HasField("error_detail"), reply

    def service(self, name, *vips, **extra):
        one = self.workload.Service(name=name, namespace="shop", hostname=f"{name}.{DOMAIN}", canonical=True, **extra)
        for vip in vips:
            family = socket.AF_INET6 if ":" in vip else socket.AF_INET
            one.addresses.add(address=socket.inet_pton(family, vip))
        one.ports.add(service_port=80, target_port=8080)
        return one

    def at(self, address):
        """A waypoint or gateway by its address."""
        gateway = self.workload.GatewayAddress(hbone_mtls_port=15008)
        gateway.address.address = socket.inet_aton(address)
        return gateway

    def member(self, workload, service):
        workload.services[f"shop/{service}.{DOMAIN}"].ports.add(service_port=80, target_port=8080)

    def up(self):
        """A proxy, its control plane and agent, and the pods that are always there."""
        self.start()
        self.control = w.ControlPlane(self)
        self.web_pod = self.pod("web-1", w.WEB, "web")
        self.member(self.web_pod, "web")
        pods = [self.pod("client-0", w.CLIENT, "client"), self.web_pod, self.pod("peer-0", w.PEER, "peer"),
                self.pod("waypoint-0", WAYPOINT, "waypoint"), self.pod("gateway-0", GATEWAY, "gateway")]
        for one in [*pods, self.service("web", WEB_VIP, WEB_VIP6)]:
            self.put(one, push=False)
        self.agent = w.Agent(str(self.folder / "zds.sock"), self.zds)
        self.agent.accept()
        for uid, name, account, place in (("uid-c", "client-0", "client", self.client), ("uid-w", "web-1", "web", self.web)):
            equal(self.agent.send(self.agent.add(uid, name, "shop", account), place), bytes.fromhex("0a00"))
        equal(self.agent.send(self.agent.snapshot()), bytes.fromhex("0a00"))
        w.until("ready", lambda: (self.ready() or [0])[0] == 200)


class Stranger:
    """A server of the Go program in a namespace; what it says is kept."""

    def __init__(self, x, namespace, role, *flags):
        self.said, self.lines = [], queue.Queue()
        self.process = w.inside(namespace, lambda: subprocess.Popen(
            [str(PROGRAM), role, *flags], stdout=subprocess.PIPE, text=True))
        x.helpers.append(self.process)
        threading.Thread(target=self.read, daemon=True).start()
        self.next()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def next(self):
        """What it says next."""
        said = self.lines.get(timeout=w.LIMIT)
        self.said.append(said)
        return said

    def end(self):
        self.process.kill()
        self.process.wait()


def client(namespace, *words):
    """Runs a client of the Go program to its end; what it said."""
    done = w.inside(namespace, lambda: subprocess.run([str(PROGRAM), *words], capture_output=True, text=True, timeout=60))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def stream(x, to, amount):
    """Sends so many bytes from the client pod to an echo, and compares what comes back at the same time."""
    (said,) = client(x.client, "source", "-to", to, "-bytes", str(amount))
    equal((said.get("error"), said["sent"], said["received"]), (None, amount, amount))
    x.rates.append((to, amount, said["seconds"]))


def closed_line(x, *parts):
    """An access line of a connection that ended in order, with all of these."""
    def found():
        lines = [line for line in x.log().splitlines() if "connection complete" in line and all(part in line for part in parts)]
        return lines[-1] if lines else None

    return w.until(f"an access line with {parts}", found)


@check
def the_mesh_is_up_in_both_families(x):
    x.rates = []
    x.up()
    x.echo = Stranger(x, x.web, "echo", "-listen", ":8080")
    for to in (f"{w.WEB}:8080", f"{WEB_VIP}:80"):
        stream(x, to, 1 << 16)
        assert x.echo.next()["peer"].startswith(f"{w.CLIENT}:"), x.echo.said


@check
def a_gigabyte_to_a_pod_is_the_same_both_ways(x):
    stream(x, f"{w.WEB}:8080", MANY)
    closed_line(x, f"bytes_sent={MANY}", f"bytes_recv={MANY}", 'direction="outbound"', f'src.identity="{spiffe("client")}"')


@check
def a_gigabyte_to_a_service_is_the_same_both_ways(x):
    stream(x, f"{WEB_VIP}:80", MANY)
    closed_line(x, f"bytes_sent={MANY}", f'dst.service="web.{DOMAIN}"', 'direction="inbound"')


@check
def hbone_c11_the_second_family_goes_the_same_ways_and_shows_the_client(x):
    while not x.echo.lines.empty():
        x.echo.next()
    for to in (f"[{w.WEB6}]:8080", f"[{WEB_VIP6}]:80"):
        stream(x, to, SOME)
    # the family of a service's endpoint is the proxy's choice, the client behind it is not
    peers = [x.echo.next()["peer"].rpartition(":")[0] for _ in range(2)]
    equal(peers[0], f"[{w.CLIENT6}]")
    assert peers[1] in (f"[{w.CLIENT6}]", w.CLIENT), peers
    closed_line(x, f"dst.hbone_addr=[{w.WEB6}]:8080", f"src.addr=[{w.CLIENT6}]:", f"bytes_sent={SOME}")


@check
def hbone_c19_an_application_behind_a_tunnel_is_told_the_client_and_its_identity(x):
    app = Stranger(x, x.web, "proxied", "-listen", ":15088")
    x.web_pod.application_tunnel.protocol, x.web_pod.application_tunnel.port = 1, 15088
    x.put(x.web_pod)
    try:
        for to, source, family, amount in ((f"{w.WEB}:8080", f"{w.CLIENT}:", 0x11, MANY),
                                           (f"[{w.WEB6}]:8080", f"[{w.CLIENT6}]:", 0x21, SOME)):
            stream(x, to, amount)
            said = app.next()
            equal((said.get("error"), said["command"], said["family"]), (None, 0x21, family))
            assert said["source"].startswith(source), said
            equal((said["destination"], said["0xd0"]), (to, spiffe("client")))
            assert said["peer"].startswith(("127.0.0.1:", "[::1]:")), said
    finally:
        x.web_pod.ClearField("application_tunnel")
        x.put(x.web_pod)
        app.end()


def through_waypoint(x, to, asked):
    """One stream over a foreign waypoint; who came to it, and whom the application saw."""
    while not x.echo.lines.empty():
        x.echo.next()
    waypoint = Stranger(x, x.waypoint, "waypoint", "-listen", ":15008", "-to", f"{w.WEB}:15008", "-authority", f"{w.WEB}:8080",
                        "-expect", spiffe("web"), *x.identity("waypoint"))
    try:
        stream(x, to, SOME)
        came = waypoint.next()
        equal((came["method"], came["authority"], came["identity"]), ("CONNECT", asked, spiffe("client")))
        assert f'for="{w.CLIENT}:' in came["headers"]["forwarded"], came
        assert "x-forwarded-network" not in came["headers"], came
        assert x.echo.next()["peer"].startswith(f"{WAYPOINT}:"), x.echo.said
        closed_line(x, f'src.identity="{spiffe("waypoint")}"', f'dst.identity="{spiffe("web")}"', 'direction="inbound"')
        return came
    finally:
        waypoint.end()


@check
def the_waypoint_of_a_service_is_asked_for_the_service(x):
    led = x.service("led", LED_VIP, waypoint=x.at(WAYPOINT))
    x.member(x.web_pod, "led")
    x.put(led)
    x.put(x.web_pod)
    came = through_waypoint(x, f"{LED_VIP}:80", f"{LED_VIP}:80")
    assert f"host=led.{DOMAIN}" in came["headers"]["forwarded"], came


@check
def the_waypoint_of_a_workload_is_asked_for_the_workload(x):
    x.web_pod.waypoint.CopyFrom(x.at(WAYPOINT))
    x.put(x.web_pod)
    try:
        through_waypoint(x, f"{w.WEB}:8080", f"{w.WEB}:8080")
    finally:
        x.web_pod.ClearField("waypoint")
        x.put(x.web_pod)


@check
def hbone_c03_a_waypoint_of_another_account_gets_nothing(x):
    waypoint = Stranger(x, x.waypoint, "waypoint", "-listen", ":15008", "-to", f"{w.WEB}:15008", *x.identity("impostor"))
    try:
        said = w.exchange(x.client, LED_VIP, 80)
    except ConnectionError:
        said = b""
    waypoint.end()
    equal(said, b"")
    told = [waypoint.lines.get() for _ in range(waypoint.lines.qsize())]
    assert not [line for line in told if "authority" in line], told


@check
def hbone_c18_a_network_gateway_carries_a_tunnel_in_a_tunnel(x):
    while not x.echo.lines.empty():
        x.echo.next()
    # an endpoint without address, on another network; the service says which accounts serve it there
    far = x.workload.Workload(uid="west//Pod/shop/far-0", name="far-0", namespace="shop", network="west", tunnel_protocol=1,
                              service_account="web", cluster_id="west", network_gateway=x.at(GATEWAY))
    x.member(far, "far")
    for one in (x.service("far", FAR_VIP, subject_alt_names=[spiffe("web")]), far):
        x.put(one)
    gateway = Stranger(x, x.gateway, "gateway", "-listen", ":15008", "-to", f"{w.WEB}:15008", *x.identity("gateway"))
    try:
        stream(x, f"{FAR_VIP}:80", MANY)
        came = gateway.next()
        equal((came["authority"], came["identity"]), (f"far.{DOMAIN}:80", spiffe("client")))
        assert "x-forwarded-network" not in came["headers"], came
        assert x.echo.next()["peer"].startswith(f"{GATEWAY}:"), x.echo.said
        # the inner tunnel ends at the pod, with the client's own identity
        closed_line(x, f"dst.hbone_addr=far.{DOMAIN}:80", f'src.identity="{spiffe("client")}"', 'direction="inbound"',
                    f"bytes_sent={MANY}")
        for _ in range(3):
            stream(x, f"{FAR_VIP}:80", 1 << 16)
        equal(len({line["peer"] for line in (gateway.next() for _ in range(3))}), 1)  # the outer tunnel is shared
    finally:
        gateway.end()


@check
def a_client_of_go_is_served(x):
    words = ["-to", f"{w.WEB}:15008", "-expect", spiffe("web"), *x.identity("peer")]
    (said,) = client(x.peer, "call", "-authority", f"{w.WEB}:8080", "-bytes", str(SOME), *words)
    equal((said.get("error"), said["status"], said["sent"], said["received"]), (None, 200, SOME, SOME))
    assert "k8s.pod.name=web" in said["baggage"], said
    said = client(x.peer, "call", "-authority", f"web.{DOMAIN}:80", "-bytes", str(1 << 20), "-streams", "40", *words)
    equal([(one["status"], one["received"]) for one in said], [(200, 1 << 20)] * 40)
    for authority, status in ((f"{w.PEER}:8080", 400), (f"{w.WEB}:15008", 503), ("nobody.example:80", 503)):
        (said,) = client(x.peer, "call", "-authority", authority, *words)
        equal((authority, said["status"]), (authority, status))


@check
def a_server_of_go_is_spoken_to(x):
    server = Stranger(x, x.peer, "serve", "-listen", ":15008", *x.identity("peer"))
    try:
        for amount in (SOME, 1 << 10):
            stream(x, f"{w.PEER}:9000", amount)
            came = server.next()
            equal((came["method"], came["authority"], came["identity"]), ("CONNECT", f"{w.PEER}:9000", spiffe("client")))
            equal(came["headers"]["baggage"].split(",")[0], "k8s.cluster.name=east")
        equal(len({line["peer"] for line in server.said if "peer" in line}), 1)  # one tunnel for both
    finally:
        server.end()


if __name__ == "__main__":
    runner.main(CHECKS, Ways, 1)
