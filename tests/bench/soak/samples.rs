//! What the programs of the mesh use, read from outside, and whether they have more at the end.

use crate::sandbox::{Outcome, Sandbox, proc_file, status_number};
use serde::Serialize;
use std::collections::BTreeMap;

/// The programs that must not leak.
const PROGRAMS: [&str; 3] = ["mesh-control", "mesh-node", "mesh-proxy"];
/// What was there at the start may be there once more by a bit.
const FACTOR: f64 = 1.3;
const MIB: f64 = 2.0;
const FEW_DESCRIPTORS: f64 = 8.0;
const FEW_THREADS: f64 = 4.0;
const FEW_CONNECTIONS: f64 = 4.0;

/// What is measured of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    ResidentMib,
    AnonymousMib,
    Descriptors,
    Threads,
    /// Opened and not closed, by the proxy's own metrics: what a task belongs to.
    Connections,
}

impl Measure {
    /// The name and, for people, the unit.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::ResidentMib => "resident MiB",
            Self::AnonymousMib => "anonymous MiB",
            Self::Descriptors => "descriptors",
            Self::Threads => "threads",
            Self::Connections => "connections",
        }
    }

    /// Whether this end is a leak after that start.
    pub(crate) fn is_leak(self, start: f64, end: f64) -> bool {
        match self {
            Self::ResidentMib | Self::AnonymousMib => end > start * FACTOR + MIB,
            Self::Descriptors => end > start + FEW_DESCRIPTORS,
            Self::Threads => end > start + FEW_THREADS,
            Self::Connections => end > start + FEW_CONNECTIONS,
        }
    }
}

/// All programs at one moment, by `program node`.
pub(crate) type Sample = BTreeMap<String, BTreeMap<Measure, f64>>;

/// Looks at every program now. `client` is the pod from which metrics can be read.
pub(crate) fn take(sandbox: &Sandbox, client: &str) -> Outcome<Sample> {
    let mut sample = Sample::new();
    for program in PROGRAMS {
        for pid in sandbox.processes(program) {
            // one that has just ended is none
            if let Some(found) = process(pid) {
                sample.insert(format!("{program} {}", node_of(pid)), found);
            }
        }
    }
    for (node, open) in open_connections(sandbox, client)? {
        let proxy = sample.entry(format!("mesh-proxy {node}")).or_default();
        proxy.insert(Measure::Connections, open);
    }
    Ok(sample)
}

/// The processes that nobody kills, by `program node`: they must be the same at the end.
pub(crate) fn lasting(sandbox: &Sandbox) -> BTreeMap<String, i64> {
    let of = |program: &'static str| {
        let processes = sandbox.processes(program).into_iter();
        processes.map(move |pid| (format!("{program} {}", node_of(pid)), pid))
    };
    of("mesh-control").chain(of("mesh-proxy")).collect()
}

fn process(pid: i64) -> Option<BTreeMap<Measure, f64>> {
    let status = std::fs::read_to_string(proc_file(pid, "status")).ok()?;
    let mib = |line| Some(status_number(&status, line)? / 1024.0);
    let mut found = BTreeMap::from([
        (Measure::ResidentMib, mib("VmRSS:")?),
        (Measure::AnonymousMib, mib("RssAnon:")?),
        (Measure::Threads, status_number(&status, "Threads:")?),
    ]);
    // a proxy that is confined shows its descriptors to root alone
    if let Ok(entries) = std::fs::read_dir(proc_file(pid, "fd")) {
        let count = u32::try_from(entries.count()).unwrap_or(u32::MAX);
        found.insert(Measure::Descriptors, count.into());
    }
    Some(found)
}

/// The node that a process of the mesh works for, as its environment says.
pub(crate) fn node_of(pid: i64) -> String {
    let environment = std::fs::read(proc_file(pid, "environ")).unwrap_or_default();
    let mut settings = environment.split(|byte| *byte == 0);
    let node = settings.find_map(|setting| setting.strip_prefix(b"NODE_NAME="));
    String::from_utf8_lossy(node.unwrap_or_default()).into_owned()
}

/// Connections that each node's proxy has opened and not closed.
fn open_connections(sandbox: &Sandbox, client: &str) -> Outcome<Vec<(String, f64)>> {
    let columns = "jsonpath={range .items[*]}{.spec.nodeName} {.status.podIP}{'\\n'}{end}";
    let proxies = sandbox.kubectl(&[
        "get",
        "pods",
        "-n",
        "istio-system",
        "-l",
        "app=ztunnel",
        "-o",
        columns,
    ])?;
    let mut found = Vec::new();
    for line in proxies.lines() {
        let (node, address) = line.split_once(' ').ok_or("a proxy has no address")?;
        let url = format!("http://{address}:15020/metrics");
        let fetch = ["meshctl", "sandbox", "load", "fetch", &url];
        let exec = ["exec", "-n", "soak", client, "--"];
        let metrics = sandbox.kubectl(&[&exec[..], &fetch[..]].concat())?;
        let sum = |name| total(&metrics, name);
        found.push((
            node.to_owned(),
            sum("istio_tcp_connections_opened_total") - sum("istio_tcp_connections_closed_total"),
        ));
    }
    Ok(found)
}

/// The sum of all series of a counter.
fn total(metrics: &str, name: &str) -> f64 {
    let series = metrics.lines().filter(|line| line.starts_with(name));
    series
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}
