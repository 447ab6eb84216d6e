"""What must not bring the node proxy down: readers that stall, destinations that are dead, floods, certificates
that run out, and no descriptors left. Strangers do all of it; good traffic beside it has to go on.

   client-0 10.77.1.2 ─┐
   web-1    10.77.1.3 ─┼─ node 10.77.1.1: proxy ── peer-0 10.77.1.4, dead-0 10.77.1.6 (not captured)
   web-2    10.77.1.5 ─┘
Usage: stress.py PROGRAM; every check is one line of JSON. Times are upper bounds that the contract names.
"""
import concurrent.futures, contextlib, json, os, random, resource, signal, socket, ssl, struct, time

import h2.events, h2.exceptions
import runner
import ways
import world as w
from runner import equal
from ways import SOME, Stranger, spiffe, stream

WEB2, DEAD, THREE_VIP = "10.77.1.5", "10.77.1.6", "10.96.0.50"
CHECKS = []


def check(body):
    CHECKS.append(body)
    return body


class Stress(ways.Ways):
    PODS = (("client", w.CLIENT, True), ("web", w.WEB, True), ("peer", w.PEER, False), ("web2", WEB2, True), ("dead", DEAD, False))

    def up(self, **extra):
        self.start(**extra)
        if not hasattr(self, "control"):
            self.control = w.ControlPlane(self)
        pods = [self.pod("client-0", w.CLIENT, "client"), self.pod("web-1", w.WEB, "web"), self.pod("web-2", WEB2, "web"),
                self.pod("peer-0", w.PEER, "peer"), self.pod("dead-0", DEAD, "web")]
        self.member(pods[1], "web")
        for one in (pods[1], pods[2], pods[4]):
            self.member(one, "three")
        for one in [*pods, self.service("web", ways.WEB_VIP), self.service("three", THREE_VIP)]:
            self.put(one, push=False)
        self.agent = w.Agent(str(self.folder / "zds.sock"), self.zds)
        self.agent.accept()
        for uid, name, account, place in (("uid-c", "client-0", "client", self.client), ("uid-w", "web-1", "web", self.web),
                                          ("uid-2", "web-2", "web", self.web2)):
            equal(self.agent.send(self.agent.add(uid, name, "shop", account), place), bytes.fromhex("0a00"))
        equal(self.agent.send(self.agent.snapshot()), bytes.fromhex("0a00"))
        w.until("ready", lambda: (self.ready() or [0])[0] == 200)

    def memory(self):
        """Resident bytes of the proxy."""
        with open(f"/proc/{self.proxy.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def tunnel(self, account="peer", **extra):
        return w.Http2.open(self.peer, w.WEB, self.tls(spiffe(account), **extra))


def connect(x, to, port):
    return w.inside(x.client, lambda: socket.create_connection((to, port), w.LIMIT))


def exchanges(x, to, port, count):
    """Connections one after the other; how many had back what they sent."""
    def run():
        sent = (b"number %05d" % number for number in range(count))
        return sum(w.echo(to, port, words) == words for words in sent)
    return w.inside(x.client, run)


def ended(socket_):
    """Waits until the proxy has closed or reset it."""
    socket_.settimeout(30)
    try:
        return socket_.recv(1) == b""
    except ConnectionError:
        return True


def good(tunnel, number, words=b"still here"):
    tunnel.send(number, words)
    equal(tunnel.receive(number, len(words)), words)


@check
def the_mesh_under_stress_is_up(x):
    x.rates = []
    x.up(ISTIO_META_DNS_CAPTURE="true")
    x.echoes = [Stranger(x, place, "echo", "-listen", ":8080") for place in (x.web, x.web2)]
    stream(x, f"{ways.WEB_VIP}:80", 1 << 16)


@check
def security_9_fifty_stalled_readers_leave_a_live_stream_moving(x):
    stalled = []
    for _ in range(50):
        one = connect(x, ways.WEB_VIP, 80)
        one.setblocking(False)
        stalled.append(one)
    sent, quiet = [0] * 50, 0
    while quiet < 5:  # until every buffer on the way and back is full
        moved = 0
        for number, one in enumerate(stalled):
            try:
                moved += (count := one.send(b"s" * 65536))
                sent[number] += count
            except BlockingIOError:
                pass
        quiet = 0 if moved else quiet + 1
        time.sleep(0 if moved else 0.2)
    assert min(sent) > 0, sent
    for _ in range(3):
        stream(x, f"{ways.WEB_VIP}:80", 8 << 20)
    lines = json.loads(x.http(15000, "/config_dump")[1])["workloadState"]["uid-c"]["connections"]["outbound"]
    assert len(lines) >= 50, len(lines)
    for one, count in zip(stalled[:5], sent):  # what stalled was kept, not lost
        one.settimeout(w.LIMIT)
        got = 0
        while got < count:
            data = one.recv(1 << 18)
            assert data and data == b"s" * len(data), (got, count)
            got += len(data)
    for one in stalled:
        one.close()


@check
def security_t17_ten_thousand_silent_sockets_are_all_closed_and_good_ones_unaffected(x):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    began, before = time.monotonic(), x.memory()
    silent = w.inside(x.peer, lambda: [socket.create_connection((w.WEB, 15008), w.LIMIT) for _ in range(10_000)])
    equal(exchanges(x, w.WEB, 8080, 200), 200)
    last = time.monotonic()
    equal([ended(one) for one in silent], [True] * len(silent))
    assert time.monotonic() - last < 12, time.monotonic() - last  # 5 s by the contract, and what it takes to look
    for one in silent:
        one.close()
    grown = x.memory() - before
    assert grown < 64 << 20, grown
    assert time.monotonic() - began < 60


@check
def security_9_a_hundred_callers_of_a_silent_destination_are_all_answered_and_others_unaffected(x):
    w.inside(x.dead, lambda: w.sh("nft", "-f", "-", text="table inet silent { chain i { type filter hook input priority 0; drop; }; }"))
    began = time.monotonic()
    callers = [connect(x, DEAD, 9000) for _ in range(100)]
    stream(x, f"{ways.WEB_VIP}:80", SOME)
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        equal(list(pool.map(ended, callers)), [True] * 100)
    took = time.monotonic() - began
    assert took < 12, took  # 11 s by the contract, and what it takes to look at a hundred
    w.inside(x.dead, lambda: w.sh("nft", "delete", "table", "inet", "silent"))


@check
def one_endpoint_of_three_that_refuses_fails_no_connection(x):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        whole = list(pool.map(lambda _: exchanges(x, THREE_VIP, 80, 1_250), range(8)))
    equal(sum(whole), 10_000)


@check
def one_endpoint_of_three_that_is_silent_fails_no_connection(x):
    w.inside(x.dead, lambda: w.sh("nft", "-f", "-", text="table inet silent { chain i { type filter hook input priority 0; drop; }; }"))
    callers = [connect(x, THREE_VIP, 80) for _ in range(30)]
    for number, one in enumerate(callers):
        one.sendall(b"n%02d" % number)
    for number, one in enumerate(callers):
        one.settimeout(40)
        equal(one.recv(3), b"n%02d" % number)
        one.close()
    w.inside(x.dead, lambda: w.sh("nft", "delete", "table", "inet", "silent"))


def frame(kind, flags, number, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", number) + body


DATA, HEADERS, RST, SETTINGS, PING, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 8, 9


def connect_block(tunnel, authority):
    return tunnel.h2.encoder.encode([(":method", "CONNECT"), (":authority", authority)])


def empty_data(x, tunnel):
    number = tunnel.connect(f"{w.WEB}:8080")[2]
    return [frame(DATA, 0, number) * 500 for _ in range(20)]


def rapid_reset(x, tunnel):
    out = []
    for number in range(1, 4001, 2):
        out.append(frame(HEADERS, 4, number, connect_block(tunnel, f"{w.WEB}:8080")) + frame(RST, 0, number, b"\0\0\0\x08"))
    return out


def continuation(x, tunnel):
    start = frame(HEADERS, 0, 1, connect_block(tunnel, f"{w.WEB}:8080"))
    # a literal that is never indexed, again and again
    return [start] + [frame(CONTINUATION, 0, 1, b"\x10\x01a\x01b" * 200) for _ in range(2000)]


def pings(x, tunnel):
    return [frame(PING, 0, 0, b"12345678") * 500 for _ in range(20)]


def settings(x, tunnel):
    return [frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535 + number)) * 100 for number in range(50)]


def unknown(x, tunnel):
    return [frame(0xee, 0, 0, b"?" * 100) * 100 for _ in range(50)]


def made_you_reset(x, tunnel):
    out = []
    for number in range(1, 4001, 2):
        out.append(frame(HEADERS, 4, number, connect_block(tunnel, f"{w.WEB}:8080")) + frame(WINDOW, 0, number, b"\0\0\0\0"))
    return out


def goaway(stream):
    """Reads frames up to GOAWAY, by hand: the machine at our end knows nothing of what was sent past it."""
    held = b""
    while data := stream.recv(65536):
        held += data
        while len(held) >= 9 and len(held) >= (size := 9 + int.from_bytes(held[:3], "big")):
            if held[3] == 7:
                return int.from_bytes(held[13:17], "big")
            held = held[size:]
    return "closed"


def flood(x, make):
    """One connection that floods: the proxy must end it, with the word of RFC 9113 for it if it still can."""
    tunnel = x.tunnel()
    tunnel.events(lambda e: isinstance(e, h2.events.RemoteSettingsChanged))
    try:
        with contextlib.suppress(ConnectionError, ssl.SSLError):  # what it said before it closed is still to be read
            for part in make(x, tunnel):
                tunnel.stream.sendall(part)
        return goaway(tunnel.stream)
    except TimeoutError:
        return "goes on"
    except OSError:
        return "closed"
    finally:
        tunnel.stream.close()


@check
def security_9_floods_end_their_own_tunnel_keep_memory_bounded_and_leave_others_alone(x):
    x.good = x.tunnel("client")
    number = x.good.connect(f"{w.WEB}:8080")[2]
    good(x.good, number)
    for make in (empty_data, rapid_reset, continuation, pings, settings, unknown, made_you_reset):
        flood(x, make)  # what it costs once is no growth
        before, said = x.memory(), []
        for _ in range(8):
            said.append(flood(x, make))
            good(x.good, number)
        grown = x.memory() - before
        assert set(said) <= {11, "closed"}, (make.__name__, said)
        assert grown < 32 << 20, (make.__name__, grown)
    stream(x, f"{ways.WEB_VIP}:80", 1 << 20)
    w.until("readiness", lambda: (x.ready() or [0])[0] == 200)


@check
def security_9_tiny_frames_that_nobody_reads_keep_memory_bounded(x):
    number = x.good.connect(f"{w.WEB}:8080")[2]
    before, tunnels = x.memory(), []
    for _ in range(4):
        tunnel = x.tunnel()
        tiny = tunnel.connect(f"{w.WEB}:8080")[2]
        tunnel.stream.settimeout(1)
        one = frame(DATA, 0, tiny, b"x")
        try:
            for _ in range(200):  # the window of the stream ends it, not we
                tunnel.stream.sendall(one * 2_000)
        except OSError:
            pass
        good(x.good, number)
        tunnels.append(tunnel)
    grown = x.memory() - before
    assert grown < 64 << 20, grown
    good(x.good, number, b"y" * 100_000)
    for tunnel in tunnels:
        tunnel.stream.close()


@check
def security_t15_a_tunnel_whose_callers_certificate_has_run_out_takes_no_new_stream(x):
    key, crt, *_ = (word for word in x.identity("peer", "8s") if not word.startswith("-"))
    began = time.monotonic()
    tunnel = w.Http2.open(x.peer, w.WEB, x.tls(key=key, crt=crt))
    status, _, number = tunnel.connect(f"{w.WEB}:8080")
    equal(status, "200")
    good(tunnel, number)
    time.sleep(max(0, began + 9.5 - time.monotonic()))
    # told by GOAWAY; a stream that is asked for all the same gets no answer of success
    good(tunnel, number, b"the open one goes on")
    try:
        status = tunnel.connect(f"{w.WEB}:8080")[0]
    except (OSError, EOFError, h2.exceptions.ProtocolError) as error:
        status = type(error).__name__
    assert status != "200", status
    tunnel.stream.close()
    try:  # nor is a new handshake possible with it
        w.Http2.open(x.peer, w.WEB, x.tls(key=key, crt=crt)).connect(f"{w.WEB}:8080")
        raise AssertionError("an expired certificate was accepted")
    except (OSError, EOFError):
        pass


@check
def security_t15_a_tunnel_to_a_server_whose_certificate_has_run_out_is_not_used_again(x):
    server = Stranger(x, x.peer, "serve", "-listen", ":15008", *x.identity("peer", "8s"))
    began = time.monotonic()
    first = connect(x, w.PEER, 9000)
    first.settimeout(w.LIMIT)
    first.sendall(b"1")
    equal(first.recv(1), b"1")
    time.sleep(max(0, began + 9.5 - time.monotonic()))
    first.sendall(b"2")
    equal(first.recv(1), b"2")
    assert ended(connect(x, w.PEER, 9000))
    asked = [server.next()] + [server.lines.get() for _ in range(server.lines.qsize())]
    equal(len([line for line in asked if "authority" in line]), 1)
    server.end()


def question(name, kind=1):
    labels = b"".join(bytes([len(label)]) + label for label in name.encode().split(b"."))
    return struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def spoilt(chance, good):
    bad = bytearray(good)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(bad))
        what = chance.randrange(4)
        if what == 0:
            bad[at] = chance.randrange(256)
        elif what == 1:
            bad[at:at] = chance.randbytes(chance.randrange(8))
        elif what == 2:
            bad[at:at] = b"\xc0" + bytes([chance.randrange(256)])  # a pointer, mostly to nowhere good
        elif at > 2:
            del bad[at:]
    return bytes(bad)


@check
def security_10_hostile_questions_to_dns_are_survived_and_good_ones_answered(x):
    chance, name = random.Random(0x5eed2026), f"web.{ways.DOMAIN}"  # the seed: the same questions in every run
    udp = w.inside(x.client, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    udp.settimeout(0.2)
    udp.connect(("127.0.0.1", 15053))

    def answered():
        """The good question has its answer; who is told to come back, as too many ask at once, asks again."""
        def ask():
            udp.send(question(name))
            with contextlib.suppress(TimeoutError):
                while answer := udp.recv(65536):
                    if answer[:2] == b"\x12\x34" and socket.inet_aton(ways.WEB_VIP) in answer:
                        return True

        w.until("an answer", ask)

    answered()
    before = x.memory()
    for number in range(20_000):
        udp.send(spoilt(chance, question(name, chance.choice((1, 28, 251, 252, 255, 65535)))))
        if number % 500 == 0:
            answered()
    for _ in range(200):
        tcp = w.inside(x.client, lambda: socket.create_connection(("127.0.0.1", 15053), w.LIMIT))
        bad = spoilt(chance, question(name))
        tcp.sendall(struct.pack(">H", chance.choice((len(bad), 0, 65535, 3))) + bad)
        tcp.close()
    answered()
    grown = x.memory() - before
    assert grown < 64 << 20, grown
    assert "panicked" not in x.log()


@check
def security_9_without_descriptors_admin_and_readiness_answer_and_all_comes_back(x):
    x.proxy.send_signal(signal.SIGTERM)
    x.proxy.wait(w.LIMIT)
    x.agent.listener.close()
    os.unlink(x.folder / "zds.sock")
    x.up(before=("prlimit", "--nofile=420:420"))
    stream(x, f"{ways.WEB_VIP}:80", 1 << 16)
    held, refused = [], 0
    for _ in range(500):
        try:
            one = connect(x, ways.WEB_VIP, 80)
            one.settimeout(0.5)
            one.sendall(b"?")
            one.recv(1)
            held.append(one)
        except (OSError, TimeoutError):
            refused += 1
            held.append(one)
            if refused > 20:
                break
    assert refused > 20, (refused, len(held))
    for _ in range(3):
        for port, path in ((15000, "/config_dump"), (15020, "/metrics"), (15021, "/healthz/ready")):
            equal((port, x.http(port, path)[0]), (port, 200))
    # the control plane is still heard
    equal(x.control.push(w.ADDRESS, ["east//Pod/shop/peer-0"]).HasField("error_detail"), False)
    for one in held:
        one.close()

    def recovered():
        try:
            return w.exchange(x.client, ways.WEB_VIP, 80, b"again", 2) == b"again"
        except OSError:
            return False

    w.until("all that was held comes back", recovered)
    for number in range(50):
        equal(w.exchange(x.client, ways.WEB_VIP, 80, b"%d" % number), b"%d" % number)


if __name__ == "__main__":
    runner.main(CHECKS, Stress, 1)
