//! What traffic costs: bulk, requests, new connections, and the first connection of a pod.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mesh_sys::netns::NetNamespace;
use rcgen::{KeyPair, SanType};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use serde_json::Value;

use crate::mesh::{ACCOUNTS, Pair, Setup};
use crate::process::Process;
use crate::report::Column::Yardstick;
use crate::report::{Reach, Row};
use crate::root::Root;
use crate::serve::{ECHO, SINK};
use crate::usage::{cpu_here, cpu_of};
use crate::{Bench, Group, Outcome};

const IDEAL: Option<&str> = Some("two ideal relays");
const COPY: Option<&str> = Some("two plain-copy relays");
const DIRECT: Option<&str> = Some("direct");

const fn row(what: &'static str, unit: &'static str, against: Option<&'static str>, reach: Reach) -> Row {
    Row {
        what,
        unit,
        against,
        reach,
    }
}

static ONE_STREAM: [Row; 2] = [
    row("throughput, 1 stream", "Gbit/s", IDEAL, Reach::AtLeast(0.8)),
    row("CPU of the proxies, 1 stream", "s/GB", IDEAL, Reach::AtMost(1.25)),
];
static EIGHT_STREAMS: [Row; 2] = [
    row("throughput, 8 streams", "Gbit/s", IDEAL, Reach::AtLeast(0.8)),
    row(
        "CPU of the proxies, 8 streams",
        "s/GB",
        IDEAL,
        Reach::AtMost(1.25),
    ),
];
static LATENCY: [Row; 1] = [row(
    "latency p50, 1 KiB echo, 1 connection",
    "µs",
    COPY,
    Reach::AtMost(1.2),
)];
static REQUESTS: [Row; 2] = [
    row(
        "CPU of the proxies for a request, 1 KiB echo, 32 connections",
        "µs",
        COPY,
        Reach::AtMost(1.1),
    ),
    row(
        "CPU of the proxies for a request, beside two more direct hops",
        "µs",
        Some("twice direct, both ends"),
        Reach::AtMost(1.2),
    ),
];
static PACED: [Row; 1] = [row(
    "latency p99, 2,000 requests/s on 32 connections",
    "µs",
    DIRECT,
    Reach::Aim(4.0),
)];
static CONNECTIONS: [Row; 1] = [row(
    "CPU of the proxies for a new connection, warm tunnel, 32 at a time",
    "µs",
    Some("direct, both ends"),
    Reach::AtMost(1.7),
)];
static CONNECTION: [Row; 1] = [row(
    "new connection p50, warm tunnel, one at a time",
    "µs",
    DIRECT,
    Reach::AtMost(5.0),
)];
static COLD: [Row; 1] = [row(
    "CPU of the proxies for the first connection of a pod, cold tunnel",
    "µs",
    Some("a bare mutual TLS 1.3 handshake, both ends"),
    Reach::AtMost(2.0),
)];

/// What is here.
pub(crate) static GROUPS: [Group; 8] = [
    Group {
        rows: &ONE_STREAM,
        measure: |bench| compare(bench, &BULK),
    },
    Group {
        rows: &EIGHT_STREAMS,
        measure: |bench| compare(bench, &BULK_OF_EIGHT),
    },
    Group {
        rows: &LATENCY,
        measure: |bench| compare(bench, &LATENCIES),
    },
    Group {
        rows: &REQUESTS,
        measure: |bench| compare(bench, &EXCHANGES),
    },
    Group {
        rows: &PACED,
        measure: |bench| compare(bench, &STEADY),
    },
    Group {
        rows: &CONNECTIONS,
        measure: |bench| compare(bench, &MANY_NEW),
    },
    Group {
        rows: &CONNECTION,
        measure: |bench| compare(bench, &ONE_NEW),
    },
    Group {
        rows: &COLD,
        measure: cold,
    },
];

/// A figure for a row, out of what a load saw.
type Figure = (&'static Row, fn(&Seen) -> Outcome<f64>);

/// The same load over another way.
type Way = fn(&Bench, &[&str]) -> Outcome<Seen>;

/// A load over the mesh and over what it is compared with.
struct Comparison {
    words: &'static [&'static str],
    /// Of the server.
    port: u16,
    yardsticks: &'static [(Way, &'static [Figure])],
    figures: &'static [Figure],
}

const fn bulk(words: &'static [&'static str], figures: &'static [(Way, &'static [Figure]); 1]) -> Comparison {
    Comparison {
        words,
        port: SINK,
        yardsticks: figures,
        figures: figures[0].1,
    }
}

const fn exchanges(
    words: &'static [&'static str],
    yardsticks: &'static [(Way, &'static [Figure])],
    figures: &'static [Figure],
) -> Comparison {
    Comparison {
        words,
        port: ECHO,
        yardsticks,
        figures,
    }
}

static BULK: Comparison = bulk(
    &["bulk", "1", "1"],
    &[(
        ideal,
        &[
            (&ONE_STREAM[0], Seen::rate),
            (&ONE_STREAM[1], Seen::each_gigabyte),
        ],
    )],
);
static BULK_OF_EIGHT: Comparison = bulk(
    &["bulk", "8", "1"],
    &[(
        ideal,
        &[
            (&EIGHT_STREAMS[0], Seen::rate),
            (&EIGHT_STREAMS[1], Seen::each_gigabyte),
        ],
    )],
);
static LATENCIES: Comparison = exchanges(
    &["echo", "1", "1"],
    &[(copied, &[(&LATENCY[0], Seen::median)])],
    &[(&LATENCY[0], Seen::median)],
);
static EXCHANGES: Comparison = exchanges(
    &["echo", "32", "1"],
    &[
        (direct, &[(&REQUESTS[1], Seen::two_hops)]),
        (copied, &[(&REQUESTS[0], Seen::each)]),
    ],
    &[(&REQUESTS[0], Seen::each), (&REQUESTS[1], Seen::each)],
);
static STEADY: Comparison = exchanges(
    &["paced", "32", "1", "2000"],
    &[(direct, &[(&PACED[0], Seen::worst)])],
    &[(&PACED[0], Seen::worst)],
);
static MANY_NEW: Comparison = exchanges(
    &["connect", "32", "1"],
    &[(direct, &[(&CONNECTIONS[0], Seen::each_with_load)])],
    &[(&CONNECTIONS[0], Seen::each)],
);
static ONE_NEW: Comparison = exchanges(
    &["connect", "1", "1"],
    &[(direct, &[(&CONNECTION[0], Seen::median)])],
    &[(&CONNECTION[0], Seen::median)],
);

/// What a load saw, and what others spent on it.
struct Seen {
    report: Value,
    /// Seconds of processor time of the processes that were watched.
    spent: f64,
}

impl Seen {
    fn number(&self, pointer: &str) -> Outcome<f64> {
        let found = self.report.pointer(pointer).and_then(Value::as_f64);
        found.ok_or_else(|| format!("a load did not tell {pointer}").into())
    }

    /// Microseconds of the watched processes for one operation.
    fn each(&self) -> Outcome<f64> {
        Ok(self.spent * 1e6 / self.number("/operations")?)
    }

    /// The same, with the load's own.
    fn each_with_load(&self) -> Outcome<f64> {
        Ok((self.spent + self.number("/cpu")?) * 1e6 / self.number("/operations")?)
    }

    /// What two more hops would cost, each of which costs what both ends of a direct one do.
    fn two_hops(&self) -> Outcome<f64> {
        Ok(self.each_with_load()? * 2.0)
    }

    /// Microseconds of half of the operations, at most.
    fn median(&self) -> Outcome<f64> {
        self.number("/latency/p50")
    }

    /// Microseconds of all but one of a hundred operations, at most.
    fn worst(&self) -> Outcome<f64> {
        self.number("/latency/p99")
    }

    /// Seconds of the watched processes for one GB.
    fn each_gigabyte(&self) -> Outcome<f64> {
        Ok(self.spent / self.gigabytes()?)
    }

    fn gigabytes(&self) -> Outcome<f64> {
        Ok(self.number("/bytes")? / 1e9)
    }

    fn rate(&self) -> Outcome<f64> {
        Ok(self.gigabytes()? * 8.0 / self.number("/seconds")?)
    }
}

/// Runs a load once.
fn load(from: &NetNamespace, words: &[&str], target: SocketAddr, watched: &[u32]) -> Outcome<Seen> {
    let (kind, rest) = words.split_first().ok_or("no load")?;
    let target = target.to_string();
    let words: Vec<_> = ["load", kind, target.as_str()]
        .into_iter()
        .chain(rest.iter().copied())
        .collect();
    let mut load = Process::start(from, &words)?;
    load.ready()?;
    let before = cpu_of(watched)?;
    load.go()?;
    let report = load.seen()?;
    let spent = cpu_of(watched)? - before;
    Ok(Seen { report, spent })
}

/// Alternates, round by round, between what is not the mesh and every mesh; the first round warms up.
fn compare(bench: &mut Bench, of: &Comparison) -> Outcome<()> {
    let setup = Setup::default();
    let pairs: Outcome<Vec<Pair>> = bench
        .worlds
        .iter()
        .map(|(_, world)| world.start(&setup))
        .collect();
    let pairs = pairs?;
    for round in 0..=bench.options.rounds {
        let mut seen = Vec::new();
        for (yardstick, figures) in of.yardsticks {
            seen.push((Yardstick, *figures, yardstick(bench, of.words)?));
        }
        for ((column, world), pair) in bench.worlds.iter().zip(&pairs) {
            let one = load(world.client(), of.words, world.server(of.port), &pair.ids())?;
            seen.push((*column, of.figures, one));
        }
        for (column, figures, one) in seen.iter().filter(|_| round > 0) {
            for (row, figure) in *figures {
                bench.report.add(row, *column, figure(one)?);
            }
        }
    }
    Ok(())
}

/// The same load straight to the server, whose processor time is watched.
fn direct(bench: &Bench, words: &[&str]) -> Outcome<Seen> {
    let plain = &bench.plain;
    load(plain.client(), words, plain.direct(), &[plain.server()])
}

/// The same load through relays that copy.
fn copied(bench: &Bench, words: &[&str]) -> Outcome<Seen> {
    let (target, relays) = bench.plain.copy();
    load(bench.plain.client(), words, target, &relays)
}

/// The same load through relays that do nothing but seal and open records.
fn ideal(bench: &Bench, words: &[&str]) -> Outcome<Seen> {
    let (target, relays) = bench.plain.ideal();
    load(bench.plain.client(), words, target, &relays)
}

/// The first connection of pods whose certificates are there, but whose tunnels are not.
fn cold(bench: &mut Bench) -> Outcome<()> {
    for (_, world) in &mut bench.worlds {
        world.with_pods()?;
    }
    let handshakes = Handshakes::new()?;
    let setup = Setup {
        pods: ACCOUNTS,
        ..Setup::default()
    };
    for _ in 0..bench.options.rounds {
        bench.report.add(&COLD[0], Yardstick, handshakes.measure()?);
        for (column, world) in &bench.worlds {
            let pair = world.start(&setup)?;
            sleep(Duration::from_secs(1)); // what the start still does
            let before = pair.cpu()?;
            for pod in world.pods().take(ACCOUNTS) {
                world.exchange(pod)?;
            }
            sleep(Duration::from_millis(200)); // what the ends of the connections still cost
            let each = (pair.cpu()? - before) * 1e6 / ACCOUNTS as f64;
            bench.report.add(&COLD[0], *column, each);
        }
    }
    Ok(())
}

/// Handshakes in memory: the same kind of keys and the library's own verification, and nothing else.
struct Handshakes {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Handshakes {
    fn new() -> Outcome<Self> {
        const HOUR: Duration = Duration::from_hours(1);
        let root = Root::new();
        let (_, pem) = x509_parser::pem::parse_x509_pem(root.pem.as_bytes())?;
        let mut roots = RootCertStore::empty();
        roots.add(pem.contents.into())?;
        let roots = Arc::new(roots);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let own = || -> Outcome<_> {
            let key = KeyPair::generate()?;
            let name = SanType::DnsName("localhost".try_into()?);
            let chain = vec![root.leaf(&key, name, (HOUR, HOUR)).der().clone()];
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            Ok((chain, key))
        };
        let (chain, key) = own()?;
        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots.clone())
            .with_client_auth_cert(chain, key)?;
        client.resumption = rustls::client::Resumption::disabled();
        let verifier =
            rustls::server::WebPkiClientVerifier::builder_with_provider(roots, provider.clone()).build()?;
        let (chain, key) = own()?;
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)?;
        server.send_tls13_tickets = 0;
        Ok(Self {
            client: client.into(),
            server: server.into(),
        })
    }

    /// Microseconds of processor time for one, both ends. This thread does nothing else.
    fn measure(&self) -> Outcome<f64> {
        let (begun, before, mut count) = (Instant::now(), cpu_here()?, 0.0);
        while begun.elapsed() < Duration::from_millis(500) {
            self.once()?;
            count += 1.0;
        }
        Ok((cpu_here()? - before) * 1e6 / count)
    }

    fn once(&self) -> Outcome<()> {
        let mut client = ClientConnection::new(self.client.clone(), "localhost".try_into()?)?;
        let mut server = ServerConnection::new(self.server.clone())?;
        let mut bytes = Vec::new();
        while client.is_handshaking() || server.is_handshaking() {
            bytes.clear();
            client.write_tls(&mut bytes)?;
            server.read_tls(&mut bytes.as_slice())?;
            server.process_new_packets()?;
            bytes.clear();
            server.write_tls(&mut bytes)?;
            client.read_tls(&mut bytes.as_slice())?;
            client.process_new_packets()?;
        }
        Ok(())
    }
}
