//! What the control plane costs by the size of the mesh:
//! `cargo bench -p control-core --bench control [-- [pure|served|signing] [pods] [proxies] [--markdown FILE]]`.
//!
//! Behind `pure`, the index, the published state and the stream machines of 1,000 clients, without sockets: what a change
//! costs at 1,000, 10,000 and 100,000 pods, beside the smallest mesh. One service for ten pods, one policy for a hundred.
//! Behind `served`, the program itself with sockets, TLS and an API server (`served`); behind `signing`, its certificates.
//! Without a word, all of it. Absent on purpose: limits. A benchmark reports; it does not fail.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark talks to people"
)]

#[path = "control/report.rs"]
mod report;
#[path = "control/served.rs"]
mod served;

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use control_core::index::Index;
use control_core::index::event::{Event, Settings};
use control_core::translate::event;
use control_core::xds::publish::{Publisher, Registration};
use control_core::xds::store::Store;
use control_core::xds::stream::{ADDRESS, AUTHORIZATION, Outcome, Stream};
use futures::FutureExt;
use mesh_wire::xds::DeltaDiscoveryRequest;
use report::{Goal, Report, Row};
use serde_json::{Value, json};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Pods of each mesh.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// Connected clients.
const CLIENTS: usize = 1_000;
/// Changes that are timed one by one: an odd number, so that the median is one of them.
const CHANGES: usize = 501;

fn main() -> Fallible<()> {
    // `cargo test --benches` passes no `--bench`: nothing to measure in a debug build
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let words = std::env::args().skip(1).filter(|word| word != "--bench");
    let mut words: Vec<String> = words.collect();
    let file = words.iter().position(|word| word == "--markdown").map(|at| {
        let mut option = words.drain(at..words.len().min(at + 2));
        option.nth(1).ok_or("`--markdown` needs the name of a file")
    });
    let file = file.transpose()?;
    let number = |at: usize, usual: usize| words.get(at).map_or(Ok(usual), |word| word.parse());
    let scale = served::Scale {
        pods: number(1, 100_000)?,
        proxies: number(2, CLIENTS)?,
    };
    let mut report = Report::default();
    match words.first().map(String::as_str) {
        Some("pure") => pure(&mut report)?,
        Some("served") => served::run(scale, &mut report)?,
        Some("signing") => served::sign(&mut report)?,
        None => {
            pure(&mut report)?;
            served::run(scale, &mut report)?;
            served::sign(&mut report)?;
        }
        Some(other) => return Err(format!("`{other}` is none of `pure`, `served` and `signing`").into()),
    }
    println!("\n{}", report.markdown());
    if let Some(file) = file {
        std::fs::write(&file, report.markdown()).map_err(|error| format!("cannot write {file}: {error}"))?;
    }
    Ok(())
}

/// The curve.
fn pure(report: &mut Report) -> Fallible<()> {
    let mut smallest = None;
    for pods in SIZES {
        let change = measure(pods, report)?.as_secs_f64() * 1e6;
        let base = *smallest.get_or_insert(change);
        report.add(Row {
            yardstick: Some(("the smallest mesh", base)),
            ..Row::new(
                format!("{pods} pods: processor time of a change in the index"),
                change,
                "µs",
                Goal::AtMost(1.0),
            )
        });
    }
    Ok(())
}

/// What a mesh of that size costs; the median of a change.
fn measure(pods: usize, report: &mut Report) -> Fallible<Duration> {
    let before = resident()?;
    let mut index = Index::new(Settings::default());
    let began = Instant::now();
    for object in objects(pods) {
        index.stage(read(&object)?);
    }
    let all = index.derive_all();
    let derive = began.elapsed();
    let publisher = Arc::new(Publisher::default());
    publisher.push(&all, &index);
    drop(all);
    let grown = resident()?.saturating_sub(before);
    let (sync, sync_bytes) = full_sync(&publisher)?;
    let [applied, pushed, told] = changes(pods, &mut index, &publisher)?;
    let mut add = |what: &str, measured: f64, unit: &'static str, goal: Goal| {
        report.add(Row::new(format!("{pods} pods: {what}"), measured, unit, goal));
    };
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    add("all derived", derive.as_secs_f64(), "s", Goal::None);
    add("growth of the resident set", mib(grown), "MiB", Goal::None);
    add(
        "a change in the index, p99",
        micros(applied[CHANGES * 99 / 100]),
        "µs",
        Goal::None,
    );
    add(
        "publishing a change to 1,000 clients",
        micros(pushed[CHANGES / 2]),
        "µs",
        Goal::None,
    );
    add(
        "a change for one client, encoded",
        micros(told[CHANGES / 2]),
        "µs",
        Goal::AtMost(5.0),
    );
    add(
        "full sync of one client, encoded",
        sync.as_secs_f64(),
        "s",
        Goal::AtMost(1.0),
    );
    add("its size", mib(sync_bytes as u64), "MiB", Goal::None);
    Ok(applied[CHANGES / 2])
}

/// What changes take, one by one and sorted: in the index, to publish, and for one client with its encoding.
fn changes(pods: usize, index: &mut Index, publisher: &Arc<Publisher>) -> Fallible<[Vec<Duration>; 3]> {
    let mut clients = connect(publisher);
    let (mut applied, mut pushed, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..CHANGES {
        let fact = read(&pod(at * 7 % pods, "False"))?;
        let began = Instant::now();
        let changes = index.apply(fact);
        applied.push(began.elapsed());
        let began = Instant::now();
        publisher.push(&changes, index);
        pushed.push(began.elapsed());
        let began = Instant::now();
        for (registration, stream) in &mut clients {
            let due = registration.client.changed().now_or_never();
            let due = due.ok_or("a client was not told of a change")?;
            let responses = publisher.read(|store| stream.on_changes(&due.dirty, store));
            for response in responses {
                black_box(response.into_pieces().map(|piece| piece.len()).sum::<usize>());
            }
        }
        told.push(began.elapsed() / u32::try_from(CLIENTS)?);
    }
    let mut times = [applied, pushed, told];
    for times in &mut times {
        times.sort();
    }
    Ok(times)
}

/// The first answers of a client that holds nothing, encoded.
fn full_sync(publisher: &Arc<Publisher>) -> Fallible<(Duration, usize)> {
    let began = Instant::now();
    let mut stream = Stream::new("n1".into(), 1);
    let mut bytes = 0;
    for kind in [AUTHORIZATION, ADDRESS] {
        match publisher.read(|store| stream.on_request(first(kind), store)) {
            Outcome::Reply(response) => {
                bytes += response
                    .into_pieces()
                    .map(|piece| black_box(piece).len())
                    .sum::<usize>();
            }
            other => return Err(format!("no answer but {other:?}").into()),
        }
    }
    Ok((began.elapsed(), bytes))
}

/// Clients that are told every change; what was there before is not sent to them, which would take its memory
/// a thousand times.
fn connect(publisher: &Arc<Publisher>) -> Vec<(Registration, Stream)> {
    let nothing = Store::default();
    let one = |salt| {
        let mut stream = Stream::new("n1".into(), salt);
        for kind in [AUTHORIZATION, ADDRESS] {
            black_box(stream.on_request(first(kind), &nothing));
        }
        (publisher.register(), stream)
    };
    (0..CLIENTS as u64).map(one).collect()
}

fn first(kind: &str) -> DeltaDiscoveryRequest {
    DeltaDiscoveryRequest {
        type_url: kind.to_owned(),
        ..DeltaDiscoveryRequest::default()
    }
}

fn read(object: &Value) -> Fallible<Event> {
    Ok(event(object)?.ok_or("an object that the index has no use for")?)
}

/// One namespace for a hundred pods, with ten services and a policy.
fn objects(pods: usize) -> impl Iterator<Item = Value> {
    let namespaces = (0..pods.div_ceil(100)).flat_map(|at| {
        let namespace = format!("ns-{at}");
        let labels = json!({ "app": format!("app-{at}-0") });
        [
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }),
            json!({ "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": { "name": format!("policy-{at}"), "namespace": namespace },
                "spec": { "selector": { "matchLabels": labels },
                    "rules": [{ "from": [{ "source": { "principals": ["cluster.local/ns/other/sa/caller"] } }] }] } }),
        ]
    });
    let services = (0..pods / 10).map(|at| {
        let (namespace, number) = (at / 10, at % 10);
        json!({ "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": format!("svc-{number}"), "namespace": format!("ns-{namespace}") },
            "spec": { "clusterIP": ip(10, at), "clusterIPs": [ip(10, at)], "ipFamilies": ["IPv4"],
                "selector": { "app": format!("app-{namespace}-{number}") },
                "ports": [{ "name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP" }] } })
    });
    let pods = (0..pods).map(|at| pod(at, "True"));
    namespaces.chain(services).chain(pods)
}

fn pod(at: usize, ready: &str) -> Value {
    let (namespace, number) = (at / 100, at / 10 % 10);
    json!({ "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("pod-{at}"), "namespace": format!("ns-{namespace}"), "uid": format!("uid-{at}"),
            "labels": { "app": format!("app-{namespace}-{number}") },
            "annotations": { "ambient.istio.io/redirection": "enabled" } },
        "spec": { "serviceAccountName": format!("app-{number}"), "nodeName": format!("node-{}", at % 1_000),
            "containers": [{ "name": "main", "ports": [{ "name": "http", "containerPort": 8080 }] }] },
        "status": { "phase": "Running", "podIP": ip(11, at), "podIPs": [{ "ip": ip(11, at) }],
            "conditions": [{ "type": "Ready", "status": ready }] } })
}

fn ip(first: u8, at: usize) -> String {
    let [_, .., b, c, d] = at.to_be_bytes();
    format!("{first}.{b}.{c}.{d}")
}

/// The resident set of this process, in bytes.
fn resident() -> Fallible<u64> {
    resident_of("self")
}

/// The resident set of a process, in bytes.
fn resident_of(process: &str) -> Fallible<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmRSS")?;
    Ok(kibibytes.parse::<u64>()? * 1024)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
