"""The node proxy among strangers: every check names the point of the contract that it proves.

Usage: proxy.py PROGRAM. Prints one JSON object a check: its name, and why it failed if it did. The checks
build on each other, in this order, on one proxy; the last ones end it.
"""
import base64, glob, json, os, re, signal, socket, ssl, time

import h2.events
import runner
import world as w
from runner import equal

WEB_ID, CLIENT_ID = "spiffe://cluster.local/ns/shop/sa/web", "spiffe://cluster.local/ns/shop/sa/client"
PEER_ID = "spiffe://cluster.local/ns/shop/sa/peer"
HOST = "web.shop.svc.cluster.local"
CHECKS = []


def check(body):
    CHECKS.append(body)
    return body


def refused_tls(x, context, want):
    """The handshake fails, or the first read tells it (TLS 1.3 clients learn of a refusal late)."""
    raw = w.inside(x.peer, lambda: socket.create_connection((w.WEB, 15008), w.LIMIT))
    raw.settimeout(w.LIMIT)
    try:
        data = context.wrap_socket(raw).recv(1)
    except ssl.SSLError as error:
        assert want in str(error).lower(), f"{want}: {error}"
        return
    raise AssertionError(f"{want}: was accepted" if data else f"{want}: closed without alert")


@check
def ops_c01_readiness_names_what_is_pending(x):
    x.start()
    status, body = w.until("an answer on 15021", x.ready)
    equal((status, body), (500, "not ready, pending: state manager, workload proxy manager\n"))


@check
def xds_c01_c02_c04_c05_the_stream_opens_as_recorded(x):
    x.control = w.ControlPlane(x)
    first = w.until("two requests", lambda: x.control.requests[:2] if len(x.control.requests) >= 2 else None)
    equal([r.type_url for r in first], [w.ADDRESS, w.AUTHZ])
    for request in first:
        equal(request.node.id, "ztunnel~10.77.1.1~ztunnel-abcde.istio-system~istio-system.svc.cluster.local")
        fields = {key: request.node.metadata[key] for key in ("NAME", "NAMESPACE", "INSTANCE_IPS", "NODE_NAME", "ISTIO_VERSION")}
        equal(fields, {"NAME": "ztunnel-abcde", "NAMESPACE": "istio-system", "INSTANCE_IPS": w.NODE, "NODE_NAME": "node-1",
                       "ISTIO_VERSION": "1.31.0"})
        assert not request.resource_names_subscribe and not request.resource_names_unsubscribe
    metadata = x.control.metadata[0]
    equal((metadata["authorization"], metadata["clusterid"]), ("Bearer fixture-token", "east"))
    w.until("the state manager", lambda: x.ready() == (500, "not ready, pending: workload proxy manager\n"))


@check
def xds_c06_c07_a_bad_resource_is_refused_by_name_and_the_good_ones_apply(x):
    key = f"shop/{HOST}"
    bad = x.put_pod("bad-0", w.PEER, "bad")
    bad.addresses[0] = b"12345"
    service = x.workload.Service(name="web", namespace="shop", hostname=HOST, canonical=True)
    service.addresses.add(address=socket.inet_aton("10.96.0.10"))
    service.ports.add(service_port=80, target_port=8080)
    web = x.put_pod("web-1", w.WEB, "web")
    web.services[key].ports.add(service_port=80, target_port=8080)
    peer = x.put_pod("peer-0", w.PEER, "peer")
    for name, value in ((peer.uid, x.workload.Address(workload=peer)), ("bad", x.workload.Address(workload=bad)),
                        (key, x.workload.Address(service=service)), (web.uid, x.workload.Address(workload=web))):
        x.control.put(w.ADDRESS, name, value, push=False)
    client = x.put_pod("client-0", w.CLIENT, "client")
    x.control.put(w.ADDRESS, client.uid, x.workload.Address(workload=client), push=False)
    reply = x.control.push(w.ADDRESS, list(x.control.resources[w.ADDRESS]))
    equal(reply.error_detail.message, "bad: failed to parse address, had 5 bytes")
    del x.control.resources[w.ADDRESS]["bad"]
    x.web_resource = web


@check
def ca_c01_c02_certificates_are_asked_for_as_recorded(x):
    w.until("requests for both local identities", lambda: len(x.control.csrs) >= 2)
    asked = {request.metadata["ImpersonatedIdentity"] for request in x.control.csrs}
    assert {WEB_ID, CLIENT_ID} <= asked, asked
    equal(x.control.csrs[0].validity_duration, 86400)
    equal(x.control.ca_metadata[0]["authorization"], "Bearer fixture-token")
    text = w.sh("openssl", "req", "-noout", "-text", "-verify", text=x.control.csrs[0].csr)
    for part in ("prime256v1", "ecdsa-with-SHA256", "Subject: \n", "Subject Alternative Name: critical", "URI:spiffe://"):
        assert part in text, text


@check
def zds_c01_hello_and_acknowledgements_are_those_of_the_recording(x):
    x.agent = w.Agent(str(x.folder / "zds.sock"), x.zds)
    equal(x.agent.accept(), bytes.fromhex("0801"))
    equal(x.agent.send(x.agent.add("uid-client", "client-0", "shop", "client"), x.client), bytes.fromhex("0a00"))
    equal(x.agent.send(x.agent.snapshot()), bytes.fromhex("0a00"))
    w.until("ready", lambda: x.ready() == (200, "ready\n"))
    equal(x.agent.send(x.agent.add("uid-web", "web-1", "shop", "web"), x.web), bytes.fromhex("0a00"))
    equal(x.agent.send(x.agent.add("uid-web", "web-1", "shop", "web"), x.web), bytes.fromhex("0a00"))


@check
def zds_c02_bad_messages_are_refused_and_pods_go_on_being_served(x):
    add = x.agent.add("uid-x", "x", "shop", "x")
    cases = ((add, (), b"failure to read message : No control message"),
             (add, (x.web, x.web), b"failure to read message : Expected 1 FD, got 2"),
             (x.zds.WorkloadRequest(**{"del": x.zds.DelWorkload(uid="x")}), (x.web,), b"failure to read message : Unexpected control message"),
             (b"\xff\xff\xff\xff", (), b"failure to read message : failed to decode Protobuf message"),
             (b"\x3a\x00", (), b"failure to read message : no payload"))
    fds = f"/proc/{x.proxy.pid}/fd"
    before = len(os.listdir(fds))
    for message, names, expected in cases:
        answer = x.agent.send(message, *names)
        assert expected in answer, answer
        equal(x.agent.connection.recv(16), b"")
        equal(x.agent.accept(), bytes.fromhex("0801"))
        for uid in ("uid-client", "uid-web"):
            equal(x.agent.send(x.zds.WorkloadRequest(keep=x.zds.KeepWorkload(uid=uid))), bytes.fromhex("0a00"))
        equal(x.agent.send(x.agent.snapshot()), bytes.fromhex("0a00"))
    w.until("no descriptor left", lambda: len(os.listdir(fds)) <= before)
    equal(x.ready(), (200, "ready\n"))


@check
def hbone_c11_traffic_flows_through_a_service_and_the_application_sees_the_client(x):
    x.app = w.Echo(x.web, 8080)
    equal(w.exchange(x.client, "10.96.0.10", 80, b"x" * 300_000), b"x" * 300_000)
    equal(w.exchange(x.client, w.WEB, 8080), b"ping")
    equal(w.exchange(x.peer, w.WEB, 8080), b"ping")  # plain text from a peer that is not captured
    equal(x.app.peers, [w.CLIENT, w.CLIENT, w.PEER])


@check
def ops_c09_both_ends_are_logged_and_counted_with_their_identities(x):
    def lines():
        found = [line for line in x.log().splitlines() if "connection complete" in line and "bytes_sent=300000" in line]
        return found if len(found) == 2 else None

    for line in w.until("two access lines", lines):
        for part in (f'src.identity="{CLIENT_ID}"', f'dst.identity="{WEB_ID}"', 'src.workload="client-0"', 'dst.workload="web-1"',
                     f'dst.service="{HOST}"', f"dst.hbone_addr={w.WEB}:8080", "bytes_recv=300000"):
            assert part in line, line
    _, text = x.http(15020, "/metrics")
    for reporter in ("source", "destination"):
        wanted = [line for line in text.splitlines() if line.startswith("istio_tcp_connections_opened_total") and
                  f'reporter="{reporter}"' in line and f'destination_service="{HOST}"' in line and "mutual_tls" in line]
        assert wanted, reporter
    _, dump = x.http(15000, "/config_dump")
    dump = json.loads(dump)
    equal({c["identity"]: c["state"] for c in dump["certificates"]}[WEB_ID], "Available")
    equal(dump["workloadState"]["uid-web"]["state"], "Up")


@check
def hbone_c04_c05_c06_c07_c09_requests_of_a_foreign_client_are_answered_as_recorded(x):
    x.tunnel = tunnel = w.Http2.open(x.peer, w.WEB, x.tls(PEER_ID))
    equal(tunnel.stream.version(), "TLSv1.3")
    get = tunnel.request([(":method", "GET"), (":scheme", "https"), (":authority", f"{w.WEB}:8080"), (":path", "/")], end=True)
    answer = tunnel.events(lambda e: isinstance(e, h2.events.ResponseReceived) and e.stream_id == get)
    equal(dict(answer.headers)[":status"], "400")
    for authority, status in ((w.WEB, "400"), (f"{w.PEER}:8080", "400"), (f"[::ffff:{w.WEB}]:8080", "400"), (f"{w.WEB}:15008", "503"),
                              (f"{w.WEB}:15001", "503"), ("nobody.example:80", "503"), (f"{HOST}:81", "503"), (f"{w.WEB}:9", "503")):
        equal((authority, tunnel.connect(authority)[0]), (authority, status))
    seen = len(x.app.peers)
    for authority in (f"{w.WEB}:8080", f"{HOST}:80"):
        status, headers, number = tunnel.connect(authority, [("forwarded", 'for="1.2.3.4:5"'), ("baggage", "k8s.namespace.name=,x,=")])
        equal(status, "200")
        assert headers["baggage"].startswith("k8s.cluster.name=east,k8s.namespace.name=shop,k8s.pod.name=web,service.name=web"), headers
        tunnel.send(number, b"hello", end=True)
        equal(tunnel.receive(number, 5), b"hello")
    equal(x.app.peers[seen:], [w.PEER, w.PEER])  # never what a header says (authorization 18)


@check
def hbone_c01_c02_security_t5_t10_unfit_callers_are_refused_in_the_handshake(x):
    refused_tls(x, x.tls(PEER_ID, minimum=ssl.TLSVersion.TLSv1_2, maximum=ssl.TLSVersion.TLSv1_2), "protocol version")
    refused_tls(x, x.tls(), "certificate required")
    refused_tls(x, x.tls("spiffe://other.domain/ns/shop/sa/peer"), "alert")
    refused_tls(x, x.tls(PEER_ID, CLIENT_ID), "alert")
    refused_tls(x, x.tls(CLIENT_ID, PEER_ID), "alert")
    refused_tls(x, x.tls("https://example.com"), "alert")
    stranger = w.OpenSsl(x.folder, "stranger")
    key, crt = stranger.identity(f"URI:{PEER_ID}")
    refused_tls(x, x.tls(key=key, crt=crt), "unknown ca")
    wrong = x.tls(PEER_ID)
    wrong.set_alpn_protocols(["http/1.1"])
    refused_tls(x, wrong, "no application protocol")
    text = x.http(15020, "/metrics")[1]
    assert 'mesh_rejected_total{boundary="hbone"' in text


@check
def hbone_c21_plain_text_to_the_tunnel_port_is_dropped(x):
    seen = len(x.app.peers)
    stream = w.inside(x.peer, lambda: socket.create_connection((w.WEB, 15008), w.LIMIT))
    stream.settimeout(w.LIMIT)
    stream.sendall(b"GET / HTTP/1.1\r\nhost: web\r\n\r\n")
    got = b""
    try:
        while data := stream.recv(4096):
            got += data
    except ConnectionResetError:
        pass
    assert b"HTTP" not in got and len(got) < 16, got  # a TLS alert at most
    equal(len(x.app.peers), seen)


@check
def hbone_c22_a_pod_reaches_its_own_service(x):
    equal(w.exchange(x.web, "10.96.0.10", 80, b"myself" * 1000), b"myself" * 1000)
    equal(x.app.peers[-1], w.WEB)
    w.until("an encrypted way to itself", lambda: [line for line in x.log().splitlines() if "connection complete" in line
            and f'src.identity="{WEB_ID}"' in line and f'dst.identity="{WEB_ID}"' in line and 'direction="inbound"' in line])


@check
def hbone_c10_the_answer_waits_until_the_application_has_accepted(x):
    slow = w.Echo(x.web, 7777)
    rules = "table ip hold { chain i { type filter hook input priority 0; tcp dport 7777 drop; }; }"
    w.inside(x.web, lambda: w.sh("nft", "-f", "-", text=rules))
    number = x.tunnel.request([(":method", "CONNECT"), (":authority", f"{w.WEB}:7777")])
    answered = lambda e: isinstance(e, h2.events.ResponseReceived) and e.stream_id == number
    try:
        x.tunnel.events(answered, 0.7)
        raise AssertionError("answered before the application has accepted")
    except TimeoutError:
        pass
    equal(slow.peers, [])
    w.inside(x.web, lambda: w.sh("nft", "delete", "table", "ip", "hold"))
    equal(dict(x.tunnel.events(answered).headers)[":status"], "200")
    x.tunnel.send(number, b"now", end=True)
    equal(x.tunnel.receive(number, 3), b"now")


@check
def security_i6_what_listens_on_loopback_is_not_reached_from_outside(x):
    private = w.Echo(x.web, 9090, "127.0.0.1")
    equal(x.tunnel.connect(f"{w.WEB}:9090")[0], "503")
    equal(x.tunnel.connect("127.0.0.1:9090")[0], "400")
    try:
        equal(w.exchange(x.peer, w.WEB, 9090), b"")
    except ConnectionError:
        pass
    equal(private.peers, [])


@check
def security_i3_neighbours_on_a_node_speak_only_through_tunnels(x):
    wire = w.inside(x.node, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    wire.settimeout(0.5)
    words = b"a secret between neighbours"
    equal(w.exchange(x.peer, w.WEB, 8080, words), words)  # plain text, to know that the wire is heard
    equal(w.exchange(x.client, "10.96.0.10", 80, words[::-1]), words[::-1])
    heard = []
    try:
        while True:
            heard.append(wire.recv(1 << 17))
    except TimeoutError:
        wire.close()
    assert any(words in packet for packet in heard), len(heard)
    assert not any(words[::-1] in packet for packet in heard)


@check
def ops_c08_admin_is_for_the_node_alone_and_metrics_and_readiness_for_all(x):
    def reach(port):
        try:
            w.inside(x.peer, lambda: socket.create_connection((w.NODE, port), w.LIMIT)).close()
            return True
        except ConnectionRefusedError:
            return False

    equal([reach(port) for port in (15000, 15020, 15021)], [False, True, True])
    try:
        equal(w.exchange(x.client, w.NODE, 15000, b"GET /config_dump HTTP/1.0\r\n\r\n"), b"")  # and not through capture
    except ConnectionError:
        pass
    equal(x.http(15000, "/config_dump")[0], 200)


@check
def ops_c21_certificates_are_shown_as_base64_pem_with_times(x):
    held = json.loads(x.http(15000, "/config_dump")[1])["certificates"]
    chain = next(one for one in held if one["identity"] == WEB_ID)["certChain"]
    pem = base64.b64decode(chain[0]["pem"]).decode()
    told = w.sh("openssl", "x509", "-noout", "-serial", "-dates", "-dateopt", "iso_8601", text=pem)
    fields = dict(line.split("=", 1) for line in told.splitlines())
    equal(int(chain[0]["serialNumber"]), int(fields["serial"], 16))
    for key, name in (("validFrom", "notBefore"), ("expirationTime", "notAfter")):
        equal(chain[0][key], fields[name].replace(" ", "T"))


@check
def security_10_headers_that_cannot_be_read_end_their_stream_or_are_ignored(x):
    twice = x.tunnel.connect(f"{w.WEB}:8080", [(":authority", f"{w.PEER}:8080")])[0]
    assert twice.startswith("reset") or twice == "400", twice
    for extra in (("baggage", "k8s.namespace.name=" + "x" * 9000), ("baggage", "%" * 3000), ("forwarded", "for=;host=;;=")):
        status, _, number = x.tunnel.connect(f"{w.WEB}:8080", [extra])
        equal((extra[0], status), (extra[0], "200"))
        x.tunnel.send(number, b"fine", end=True)
        equal(x.tunnel.receive(number, 4), b"fine")


@check
def security_l2_what_peers_say_is_escaped_in_the_log(x):
    for evil in ("\x1b[31mred", "two\nlines", "x" * 5000):
        try:
            w.Http2.open(x.peer, w.WEB, x.tls(PEER_ID)).connect(f"{evil}.example:80")
        except (EOFError, OSError):
            pass
    time.sleep(0.3)
    log = x.log()
    assert "\x1b" not in log
    stamp = re.compile(r"^\d{4}-\d\d-\d\dT")
    equal([line for line in log.splitlines() if not stamp.match(line)], [])
    assert max(map(len, log.splitlines())) < 2500, max(log.splitlines(), key=len)


@check
def security_p3_nothing_is_left_for_a_child_and_there_is_none(x):
    folder = f"/proc/{x.proxy.pid}"
    left = []
    for number in os.listdir(f"{folder}/fdinfo"):
        try:
            text = open(f"{folder}/fdinfo/{number}").read()
        except FileNotFoundError:
            continue
        if int(number) > 2 and not int(re.search(r"flags:\s+(\d+)", text).group(1), 8) & os.O_CLOEXEC:
            left.append(os.readlink(f"{folder}/fd/{number}"))
    equal(left, [])
    children = [open(f"{folder}/task/{thread}/children").read() for thread in os.listdir(f"{folder}/task")]
    equal("".join(children), "")


@check
def security_p5_nothing_is_held_of_a_pod_that_has_gone(x):
    name = f"{x.tag}x"
    w.sh("ip", "netns", "add", name)
    try:
        w.sh("ip", "-n", name, "link", "set", "lo", "up")
        of = os.stat(f"/run/netns/{name}")
        namespace = (of.st_dev, of.st_ino)

        def held():
            links = []
            for pattern in ("fd/*", "task/*/ns/net"):
                for path in glob.glob(f"/proc/{x.proxy.pid}/{pattern}"):
                    try:
                        found = os.stat(path)
                    except OSError:
                        continue
                    if (found.st_dev, found.st_ino) == namespace:
                        links.append(path)
            return links

        listeners = lambda: len(w.inside(name, lambda: open("/proc/thread-self/net/tcp6").readlines())) - 1
        equal(x.agent.send(x.agent.add("uid-gone", "gone", "shop", "gone"), name), bytes.fromhex("0a00"))
        assert held() and listeners() >= 3, (held(), listeners())
        gone = x.zds.WorkloadRequest(**{"del": x.zds.DelWorkload(uid="uid-gone")})
        equal(x.agent.send(gone), bytes.fromhex("0a00"))
        w.until("nothing holds the namespace", lambda: not held() and listeners() == 0, 1)
    finally:
        w.sh("ip", "netns", "del", name)


@check
def odd_responses_lose_nothing_and_the_stream_goes_on(x):
    equal(x.control.remove(w.ADDRESS, "never/seen").HasField("error_detail"), False)
    key = x.web_resource.uid
    equal(x.control.push(w.ADDRESS, [key, key]).HasField("error_detail"), False)
    x.control.resources[w.ADDRESS]["empty"] = b""
    assert "empty" in x.control.push(w.ADDRESS, ["empty"]).error_detail.message
    del x.control.resources[w.ADDRESS]["empty"]
    with x.control.lock:
        odd = x.discovery.DeltaDiscoveryResponse(type_url="type.googleapis.com/nobody.Knows", nonce="odd")
        x.control.streams[-1].put(odd)
    equal(w.exchange(x.client, "10.96.0.10", 80), b"ping")
    w.until("a stream that goes on", lambda: not x.control.push(w.ADDRESS, [key]).HasField("error_detail"))


@check
def authz_c09_policy_sees_the_port_of_the_target(x):
    x.control.put(w.AUTHZ, "shop/port", deny(x, "port", destination_ports=[80]))
    equal(w.exchange(x.client, "10.96.0.10", 80), b"ping")
    x.control.put(w.AUTHZ, "shop/port", deny(x, "port", destination_ports=[8080]))
    seen = len(x.app.peers)
    try:
        equal(w.exchange(x.client, "10.96.0.10", 80), b"")
    except ConnectionError:
        pass
    equal(len(x.app.peers), seen)
    x.control.remove(w.AUTHZ, "shop/port")
    equal(w.exchange(x.client, "10.96.0.10", 80), b"ping")


def deny(x, name, **fields):
    policy = x.authz.Authorization(name=name, namespace="shop", scope=1, action=1)
    one = policy.rules.add().clauses.add().matches.add()
    for key, value in fields.items():
        getattr(one, key).extend(value)
    return policy


@check
def authz_c04_c05_c06_a_deny_closes_what_is_open_and_answers_401(x):
    other = w.Echo(x.web, 8081)
    open_status, _, denied = x.tunnel.connect(f"{w.WEB}:8080")
    kept_status, _, kept = x.tunnel.connect(f"{w.WEB}:8081")
    equal((open_status, kept_status), ("200", "200"))
    plain = w.inside(x.peer, lambda: socket.create_connection((w.WEB, 8080), w.LIMIT))
    plain.settimeout(w.LIMIT)
    plain.sendall(b"1")
    equal(plain.recv(1), b"1")
    began, seen = time.monotonic(), len(x.app.peers)
    reply = x.control.put(w.AUTHZ, "shop/no", deny(x, "no", destination_ports=[8080]))
    equal(reply.HasField("error_detail"), False)
    reset = x.tunnel.events(lambda e: isinstance(e, h2.events.StreamReset) and e.stream_id == denied)
    equal(int(reset.error_code), 8)
    assert plain.recv(1) == b""
    assert time.monotonic() - began < 5
    x.tunnel.send(kept, b"still")
    equal(x.tunnel.receive(kept, 5), b"still")
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "401")
    try:
        equal(w.exchange(x.peer, w.WEB, 8080), b"")
    except ConnectionError:
        pass
    equal(len(x.app.peers), seen)
    w.until("the reason in the log", lambda: "connection closed due to policy rejection: explicitly denied by: shop/no" in x.log()
            and "connection closed due to policy change" in x.log())


@check
def security_a4_a6_what_cannot_be_read_or_has_not_come_denies(x):
    x.control.remove(w.AUTHZ, "shop/no")
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "200")
    bad = deny(x, "bad", destination_ports=[70000])
    reply = x.control.put(w.AUTHZ, "shop/bad", bad)
    assert "shop/bad" in reply.error_detail.message, reply
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "401")
    x.control.remove(w.AUTHZ, "shop/bad")
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "200")
    x.web_resource.authorization_policies.append("shop/late")
    x.control.put(w.ADDRESS, x.web_resource.uid, x.workload.Address(workload=x.web_resource))
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "401")
    late = x.authz.Authorization(name="late", namespace="shop", scope=2, action=0)
    late.rules.add()
    x.control.put(w.AUTHZ, "shop/late", late)
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "200")
    x.control.remove(w.AUTHZ, "shop/late")
    equal(x.tunnel.connect(f"{w.WEB}:8080")[0], "200")


def serve_peer(x, names, served):
    """A foreign HBONE server on the peer: accepts one connection and hands its Http2 end to served."""
    key, crt = x.ca.identity(*(f"URI:{name}" for name in names))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(crt, key)
    context.load_verify_locations(cadata=x.ca.pem)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    listener = w.inside(x.peer, lambda: socket.create_server((w.PEER, 15008)))
    listener.settimeout(w.LIMIT)
    try:
        raw, _ = listener.accept() if served is None else (served(listener), None)
        raw.settimeout(w.LIMIT)
        return w.Http2(context.wrap_socket(raw, server_side=True), False)
    finally:
        listener.close()


def call_peer(x):
    """The client pod connects to the peer; the socket, and what the proxy opened towards the peer."""
    box = {}

    def accept(listener):
        box["socket"] = w.inside(x.client, lambda: socket.create_connection((w.PEER, 9000), w.LIMIT))
        return listener.accept()[0]

    return box, accept


@check
def hbone_c12_c17_c18_a_foreign_server_sees_the_recorded_request(x):
    box, accept = call_peer(x)
    x.server = server = serve_peer(x, [PEER_ID], accept)
    certificate = server.stream.getpeercert()
    equal(certificate["subjectAltName"], (("URI", CLIENT_ID),))
    request = server.events(lambda e: isinstance(e, h2.events.RequestReceived))
    headers = dict(request.headers)
    equal(list(headers), [":method", ":authority", "baggage", "forwarded", "traceparent"])
    equal((headers[":method"], headers[":authority"]), ("CONNECT", f"{w.PEER}:9000"))
    equal(headers["baggage"], "k8s.cluster.name=east,k8s.namespace.name=shop,k8s.pod.name=client,service.name=client,service.version=v1")
    port = box["socket"].getsockname()[1]
    equal(headers["forwarded"], f'for="{w.CLIENT}:{port}"')
    box["socket"].sendall(b"early")
    server.h2.send_headers(request.stream_id, [(":status", "200")])
    server.flush()
    equal(server.receive(request.stream_id, 5), b"early")
    box["socket"].shutdown(socket.SHUT_WR)
    server.events(lambda e: isinstance(e, h2.events.StreamEnded) and e.stream_id == request.stream_id)
    server.send(request.stream_id, b"late answer", end=True)
    box["socket"].settimeout(w.LIMIT)
    equal((box["socket"].recv(64), box["socket"].recv(64)), (b"late answer", b""))


@check
def security_9_a_lost_tunnel_resets_its_applications_and_the_next_call_opens_a_new_one(x):
    first = w.inside(x.client, lambda: socket.create_connection((w.PEER, 9000), w.LIMIT))
    request = x.server.events(lambda e: isinstance(e, h2.events.RequestReceived))
    x.server.h2.send_headers(request.stream_id, [(":status", "200")])
    x.server.flush()
    first.sendall(b"1")
    equal(x.server.receive(request.stream_id, 1), b"1")
    began = time.monotonic()
    x.server.stream.close()
    first.settimeout(w.LIMIT)
    try:
        equal(first.recv(1), "a reset")
    except ConnectionResetError:
        pass
    assert time.monotonic() - began < 3
    _, accept = call_peer(x)
    again = serve_peer(x, [PEER_ID], accept)
    again.events(lambda e: isinstance(e, h2.events.RequestReceived))
    again.stream.close()


@check
def hbone_c03_a_server_of_another_account_gets_nothing(x):
    box, accept = call_peer(x)
    try:
        impostor = serve_peer(x, ["spiffe://cluster.local/ns/shop/sa/impostor"], accept)
        impostor.events(lambda e: isinstance(e, h2.events.RequestReceived))
        raise AssertionError("was accepted")
    except (ssl.SSLError, ConnectionError, EOFError):
        pass
    box["socket"].settimeout(w.LIMIT)
    try:
        equal(box["socket"].recv(1), "a reset")
    except ConnectionResetError:
        pass
    w.until("the reason", lambda: "peer did not present the expected SAN" in x.log())


@check
def security_t17_silent_callers_are_closed_and_good_ones_unaffected(x):
    began = time.monotonic()
    silent = w.inside(x.peer, lambda: [socket.create_connection((w.WEB, 15008), w.LIMIT) for _ in range(60)])
    equal(w.exchange(x.client, w.WEB, 8080), b"ping")
    for stream in silent:
        stream.settimeout(w.LIMIT)
        try:
            equal(stream.recv(1), b"")
        except ConnectionResetError:
            pass
    took = time.monotonic() - began
    assert 4 < took < 12, took


@check
def zds_c06_xds_c08_agent_and_control_plane_may_go_and_come_back(x):
    stream = w.inside(x.client, lambda: socket.create_connection((w.WEB, 8080), w.LIMIT))
    stream.settimeout(w.LIMIT)
    stream.sendall(b"a")
    equal(stream.recv(1), b"a")
    x.agent.connection.close()
    for out in x.control.streams:
        out.put(None)
    seen = len(x.control.requests)
    requests = w.until("a new stream", lambda: x.control.requests[seen:] if len(x.control.requests) >= seen + 2 else None)
    claimed = next(r for r in requests if r.type_url == w.ADDRESS).initial_resource_versions
    equal(sorted(claimed), sorted(x.control.resources[w.ADDRESS]))
    equal(x.agent.accept(), bytes.fromhex("0801"))
    stream.sendall(b"b")
    equal(stream.recv(1), b"b")
    for uid in ("uid-client", "uid-web"):
        x.agent.send(x.zds.WorkloadRequest(keep=x.zds.KeepWorkload(uid=uid)))
    equal(x.agent.send(x.agent.snapshot()), bytes.fromhex("0a00"))
    stream.sendall(b"c")
    equal(stream.recv(1), b"c")


@check
def security_i2_a_pod_cannot_borrow_the_address_of_another(x):
    w.sh("ip", "-n", x.client, "addr", "add", f"{w.WEB}/32", "dev", "lo")
    try:
        stream = w.inside(x.client, lambda: socket.create_connection((w.PEER, 9000), w.LIMIT, (w.WEB, 0)))
        stream.settimeout(w.LIMIT)
        try:
            equal(stream.recv(1), b"")
        except ConnectionResetError:
            pass
    finally:
        w.sh("ip", "-n", x.client, "addr", "del", f"{w.WEB}/32", "dev", "lo")
    refused = 'mesh_rejected_total{boundary="outbound",reason="source_mismatch"} 1'
    assert refused in x.http(15020, "/metrics")[1]


@check
def hbone_c20_ops_c06_sigterm_drains(x):
    tunnel = w.Http2.open(x.peer, w.WEB, x.tls(PEER_ID))
    status, _, number = tunnel.connect(f"{w.WEB}:8080")
    equal(status, "200")
    began = time.monotonic()
    x.proxy.send_signal(signal.SIGTERM)
    tunnel.events(lambda e: isinstance(e, h2.events.ConnectionTerminated))
    tunnel.send(number, b"open")
    equal(tunnel.receive(number, 4), b"open")

    def refused():
        try:
            w.inside(x.peer, lambda: socket.create_connection((w.WEB, 15008), 1)).close()
        except ConnectionRefusedError:
            return True
        except TimeoutError:
            pass  # not answered while those that have begun become whole

    w.until("new connections are refused", refused, 5)
    tunnel.send(number, b"more")
    equal(tunnel.receive(number, 4), b"more")
    equal(x.proxy.wait(w.LIMIT), 0)
    took = time.monotonic() - began
    assert 3 < took < 9, took


@check
def ca_c02_hbone_13_dedicated_mode_serves_one_workload_and_speaks_socks5(x):
    address = f"https://{w.NODE}:15012"
    # to a new proxy the policy that came and went was never there, so nobody may still name it
    del x.web_resource.authorization_policies[:]
    x.control.put(w.ADDRESS, x.web_resource.uid, x.workload.Address(workload=x.web_resource), push=False)
    # a proxy beside its workload must not capture its own way to the control plane
    w.inside(x.web, lambda: w.sh("nft", "insert", "rule", "ip", "mesh", "d", "ip", "daddr", w.NODE, "accept"))
    x.start(where=x.web, PROXY_MODE="dedicated", PROXY_WORKLOAD_INFO="shop/web-1/web", PACKET_MARK="1337",
            UNSTABLE_ENABLE_SOCKS5="true", XDS_ADDRESS=address, CA_ADDRESS=address)
    asked = len(x.control.csrs)
    equal(w.until("ready", lambda: w.inside(x.web, lambda: (x.ready() or [0])[0] == 200)), True)
    tunnel = w.Http2.open(x.peer, w.WEB, x.tls(PEER_ID))
    status, _, number = tunnel.connect(f"{w.WEB}:8080")
    equal(status, "200")
    tunnel.send(number, b"ping")
    equal(tunnel.receive(number, 4), b"ping")
    equal([request.HasField("metadata") for request in x.control.csrs[asked:]], [False])
    dump = json.loads(w.inside(x.web, lambda: x.http(15000, "/config_dump"))[1])
    equal(("workloadState" in dump, dump["config"]["proxyMode"]), (False, "Dedicated"))
    server = w.Echo(x.peer, 7000)
    del x.control.resources[w.ADDRESS]["east//Pod/shop/peer-0"]
    x.control.push(w.ADDRESS, [], ["east//Pod/shop/peer-0"])
    client = w.inside(x.web, lambda: socket.create_connection(("127.0.0.1", 15080), w.LIMIT))
    client.settimeout(w.LIMIT)
    client.sendall(b"\x05\x01\x00")
    equal(client.recv(2), b"\x05\x00")
    client.sendall(b"\x05\x01\x00\x01" + socket.inet_aton(w.PEER) + (7000).to_bytes(2, "big"))
    equal(client.recv(10), bytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    client.sendall(b"through socks")
    equal(client.recv(64), b"through socks")
    equal(server.peers, [w.WEB])


if __name__ == "__main__":
    # what comes after the first five stands on them
    runner.main(CHECKS, w.World, 5)
