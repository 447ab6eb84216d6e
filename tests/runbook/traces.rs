//! What a mesh may leave: files of the nodes, rules of nodes and pods, objects of the API; as lines to compare.
//!
//! Empty folders below /run are not among it: a kubelet makes them for volumes of the host, and removes none.

use crate::place::Place;
use crate::processes::{self, Process};
use libtest_mimic::Failed;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

/// The parts that are process 1 of a node: of a sandbox, of a cluster.
const NODES: [&str; 2] = ["__node-init", "__cluster-node"];
/// Where node agents put files.
const FOLDERS: [&str; 5] = [
    "/opt/cni/bin",
    "/etc/cni/net.d",
    "/run/istio-cni",
    "/run/ztunnel",
    "/var/lib/istio",
];
/// Tables of the places themselves: service addresses and network policies change with pods.
const OWN_TABLES: [&str; 4] = ["kube-proxy", "network-policy", "meshctl-svc", "meshctl-policy"];
/// Kinds that come and go by themselves or with a Service, or are no objects at all.
const FLEETING: [&str; 6] = [
    "events",
    "events.events.k8s.io",
    "componentstatuses",
    "ipaddresses.networking.k8s.io",
    "nodes.metrics.k8s.io",
    "pods.metrics.k8s.io",
];

/// Files and rules of all nodes, and rules of all pods.
pub(crate) fn on_nodes(place: &dyn Place) -> Result<BTreeSet<String>, Failed> {
    let mut traces = BTreeSet::new();
    let mut namespaces = BTreeSet::new();
    for process in processes::family(place.root_process()?) {
        let root = format!("/proc/{}/root", process.pid);
        let host = fs::read_to_string(format!("{root}/etc/hostname")).unwrap_or_default();
        let host = host.trim();
        if NODES.contains(&process.role.as_str()) {
            for folder in FOLDERS {
                list_files(Path::new(&root), folder, host, &mut traces);
            }
        }
        let network = fs::read_link(format!("/proc/{}/ns/net", process.pid));
        // a process that has ended meanwhile has no namespace, and a new one is met in the next look
        if let Ok(network) = network
            && namespaces.insert(network)
        {
            let rules = rules(&process)?;
            traces.extend(rules.iter().map(|line| format!("{host}: {line}")));
        }
    }
    if !traces.iter().any(|line| line.contains("/etc/cni/net.d/")) {
        return Err(format!("no node was found below process {}", place.root_process()?).into());
    }
    Ok(traces)
}

fn list_files(root: &Path, folder: &str, host: &str, traces: &mut BTreeSet<String>) {
    let path = root.join(folder.trim_start_matches('/'));
    let Ok(entries) = fs::read_dir(&path) else { return };
    for entry in entries.flatten() {
        let inner = format!("{folder}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().ok();
        if kind.is_some_and(|kind| kind.is_dir()) {
            list_files(root, &inner, host, traces);
            continue;
        }
        let content = match kind {
            Some(kind) if kind.is_file() => fs::read(entry.path()).unwrap_or_default(),
            _ => Vec::new(),
        };
        // configurations are written anew when an entry is taken out: what they say counts, not their blanks
        let content = match serde_json::from_slice::<Value>(&content) {
            Ok(json) => json.to_string().into_bytes(),
            Err(_) => content,
        };
        let mut hash = DefaultHasher::new();
        content.hash(&mut hash);
        traces.insert(format!("{host}: {inner} {:x}", hash.finish()));
    }
}

/// Packet filter tables, policy rules and routing tables of a process's network that the place itself does not make.
fn rules(process: &Process) -> Result<Vec<String>, Failed> {
    let mut lines = Vec::new();
    for table in run(process, &["nft", "list", "tables"])?.lines() {
        let words: Vec<&str> = table.split_whitespace().collect();
        if words.last().is_some_and(|name| OWN_TABLES.contains(name)) {
            continue;
        }
        let mut list = vec!["nft", "--stateless", "--numeric", "list"];
        list.extend(&words);
        let text = run(process, &list)?;
        lines.extend(text.lines().map(|line| format!("{table}: {}", line.trim())));
    }
    for family in ["-4", "-6"] {
        let policy = run(process, &["ip", family, "rule", "list"])?;
        let routes = run(process, &["ip", family, "route", "show", "table", "all"])?;
        let foreign = policy.lines().filter(|line| !is_kernels(line, "lookup"));
        lines.extend(foreign.map(|line| format!("ip {family} rule {line}")));
        let foreign = routes.lines().filter(|line| !is_kernels(line, "table"));
        lines.extend(foreign.map(|line| format!("ip {family} route {line}")));
    }
    Ok(lines)
}

/// Whether the table named after `word` is one that every network has; without a name it is the main one.
fn is_kernels(line: &str, word: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|one| *one != word).skip(1);
    words.next().is_none_or(|table| table.parse::<u32>().is_err())
}

/// Runs a program of the machine in the network of a process.
fn run(process: &Process, words: &[&str]) -> Result<String, Failed> {
    let pid = process.pid.to_string();
    let mut command = Command::new("nsenter");
    command.args(["--preserve-credentials", "--target", &pid, "--net"]);
    let users = |who: &str| fs::read_link(format!("/proc/{who}/ns/user")).ok();
    if users(&pid) != users("self") {
        command.arg("--user");
    }
    let output = command.arg("--").args(words).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    if Process::read(process.pid).is_none_or(|now| now.started != process.started) {
        return Ok(String::new());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` in the network of {process:?}: {complaint}", words.join(" ")).into())
}

/// All objects of the API with their labels and annotations, as `KIND NAMESPACE/NAME …`.
pub(crate) fn in_api(place: &dyn Place) -> Result<BTreeSet<String>, Failed> {
    let kinds = place.sh("kubectl api-resources --verbs=list -o name")?;
    let kinds: Vec<&str> = kinds.lines().filter(|kind| !FLEETING.contains(kind)).collect();
    let text = place.sh(&format!("kubectl get {} -A -o json", kinds.join(",")))?;
    let list: Value = serde_json::from_str(&text)?;
    let items = list["items"].as_array().ok_or("kubectl printed no list")?;
    Ok(items.iter().map(describe).collect())
}

fn describe(object: &Value) -> String {
    let meta = &object["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!(
        "{} {}/{} {} {}",
        text(&object["kind"]),
        text(&meta["namespace"]),
        text(&meta["name"]),
        meta["labels"],
        meta["annotations"]
    )
}

/// Two looks must have seen the same.
pub(crate) fn same(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Result<(), Failed> {
    if before == after {
        return Ok(());
    }
    let lines = |of: &BTreeSet<String>, but: &BTreeSet<String>| {
        let only: Vec<String> = of.difference(but).cloned().collect();
        only.join("\n  ")
    };
    Err(format!(
        "it is not as before; new:\n  {}\ngone:\n  {}",
        lines(after, before),
        lines(before, after)
    )
    .into())
}
