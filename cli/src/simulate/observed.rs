//! The least policies that allow what was observed. (pure)
//!
//! For each destination one ALLOW policy, whose rules are exactly the observed pairs of source and port: sources that
//! used the same ports share a rule, and nothing is joined that would allow a pair that nobody saw. A source with an
//! identity is written as its principal, another by its address. Absent on purpose: what was denied, and everything
//! that only a waypoint sees.

use super::Mesh;
use super::why;
use crate::tap::{Event, Kind, Told};
use control_core::model::ObjectName;
use mesh_wire::identity::Identity;
use proxy_core::state::workload::Workload;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Labels that a controller gives each of its pods anew.
const GENERATED: [&str; 5] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
];

/// Who connected, as policies can name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    /// By its principal.
    Principal(String),
    /// In plain text, from this address.
    Address(IpAddr),
}

/// One observed connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    caller: Caller,
    /// Namespace and name of the pod.
    workload: (String, String),
    port: u16,
}

/// What a line of a recording is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A connection that came through.
    Seen(Seen),
    /// Something else: another direction, a refusal, a sign of life.
    Other,
    /// Not a line of an event stream nor of an access log.
    Unreadable,
}

/// Reads a line of a proxy's event stream, or of its access log as text or JSON.
#[must_use]
pub fn read(line: &str) -> Line {
    if line.trim().is_empty() {
        return Line::Other;
    }
    match Told::parse(line.as_bytes()) {
        Ok(Told::Event(event)) => return of_event(&event),
        Ok(Told::Skipped(_) | Told::Alive) => return Line::Other,
        Err(_) => {}
    }
    if !line.contains("dst.addr") {
        return if line.contains("src.addr") || line.trim_start().starts_with('{') {
            Line::Unreadable
        } else {
            // other lines of the same log
            Line::Other
        };
    }
    let is_inbound = line.contains("direction=\"inbound\"") || line.contains("\"direction\":\"inbound\"");
    let is_failed = line.contains("error=") || line.contains("\"error\":");
    if !is_inbound || is_failed {
        return Line::Other;
    }
    match why::parse(line) {
        Err(_) => Line::Unreadable,
        Ok(logged) => Line::Seen(Seen {
            caller: caller(logged.identity.as_ref(), logged.source),
            workload: logged.workload,
            port: logged.destination.port(),
        }),
    }
}

fn caller(identity: Option<&Identity>, source: IpAddr) -> Caller {
    identity.map_or(Caller::Address(source), |one| {
        Caller::Principal(one.principal().to_owned())
    })
}

fn of_event(event: &Event) -> Line {
    // its end is told as well, and its start does not know yet whether policy will end it
    if event.direction != "inbound" || event.kind != Kind::Open || event.policy.is_some() {
        return Line::Other;
    }
    let source = event.source.address.parse::<SocketAddr>().map(|at| at.ip());
    let identity = event.source.identity.as_deref().map(str::parse::<Identity>);
    let end = &event.destination;
    match (
        source,
        identity.transpose(),
        event.port(),
        &end.namespace,
        &end.workload,
    ) {
        (Ok(source), Ok(identity), Some(port), Some(namespace), Some(workload)) => Line::Seen(Seen {
            caller: caller(identity.as_ref(), source),
            workload: (namespace.to_string(), workload.to_string()),
            port,
        }),
        _ => Line::Unreadable,
    }
}

/// One policy, and why each of its rules is there.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Proposal {
    /// The policy.
    pub policy: Value,
    /// One sentence for each rule.
    pub rules: Vec<String>,
    /// What a person has to know before applying it.
    pub notes: Vec<String>,
}

/// What was made of a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposals {
    /// By namespace and destination.
    pub all: Vec<Proposal>,
    /// Pods that were reached and that nobody knows any more, as `namespace/name`.
    pub gone: BTreeSet<String>,
}

/// How a policy is applied at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Judged and logged.
    DryRun,
    /// Enforced.
    Enforced,
}

/// The destinations by their selector, with who used which ports how often.
type Observed = BTreeMap<(String, String), (Arc<Workload>, BTreeMap<Caller, BTreeMap<u16, usize>>)>;

/// The policies for what was seen.
#[must_use]
pub fn propose(mesh: &Mesh<'_>, seen: &[Seen], stage: Stage) -> Proposals {
    let mut observed = Observed::new();
    let mut proposals = Proposals::default();
    for one in seen {
        let (namespace, name) = &one.workload;
        let is_it = |found: &&Arc<Workload>| found.namespace() == namespace && found.name == name.as_str();
        let Some(workload) = mesh.state.workloads().find(is_it) else {
            proposals.gone.insert(format!("{namespace}/{name}"));
            continue;
        };
        let key = (namespace.clone(), labels(mesh, workload).to_string());
        let (_, callers) = observed
            .entry(key)
            .or_insert_with(|| (workload.clone(), BTreeMap::new()));
        *callers
            .entry(one.caller.clone())
            .or_default()
            .entry(one.port)
            .or_default() += 1;
    }
    for (workload, callers) in observed.into_values() {
        proposals.all.push(policy(mesh, &workload, &callers, stage));
    }
    proposals
}

/// The labels by which a pod's like are selected.
fn labels(mesh: &Mesh<'_>, workload: &Workload) -> Value {
    let name = ObjectName::new(workload.namespace(), workload.name.clone());
    let held = mesh.index.pod(&name).map(|pod| pod.shape.labels.clone());
    let kept = held.into_iter().flatten();
    let kept = kept.filter(|(key, _)| !GENERATED.contains(&key.as_str()));
    Value::Object(
        kept.map(|(key, value)| (key, Value::from(value)))
            .collect::<Map<_, _>>(),
    )
}

/// The rules, and a sentence for each.
fn rules(callers: &BTreeMap<Caller, BTreeMap<u16, usize>>) -> (Vec<Value>, Vec<String>) {
    // whoever used the same ports shares a rule, so that a rule is nothing but what was seen
    let mut by_ports: BTreeMap<Vec<u16>, Vec<&Caller>> = BTreeMap::new();
    for (caller, ports) in callers {
        by_ports
            .entry(ports.keys().copied().collect())
            .or_default()
            .push(caller);
    }
    let (mut rules, mut told) = (Vec::new(), Vec::new());
    for (ports, who) in &by_ports {
        let of = |wanted: fn(&Caller) -> Option<String>| -> Vec<String> {
            who.iter().filter_map(|caller| wanted(caller)).collect()
        };
        let principals = of(|caller| match caller {
            Caller::Principal(text) => Some(text.clone()),
            Caller::Address(_) => None,
        });
        let blocks = of(|caller| match caller {
            Caller::Principal(_) => None,
            Caller::Address(address) => Some(address.to_string()),
        });
        let mut from = Vec::new();
        for (key, values) in [("principals", &principals), ("ipBlocks", &blocks)] {
            if !values.is_empty() {
                from.push(json!({ "source": { key: values } }));
            }
        }
        let texts: Vec<String> = ports.iter().map(u16::to_string).collect();
        rules.push(json!({ "from": from, "to": [{ "operation": { "ports": texts } }] }));
        let times: usize = who
            .iter()
            .filter_map(|caller| callers.get(*caller))
            .flat_map(BTreeMap::values)
            .sum();
        let names = principals
            .iter()
            .chain(&blocks)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let noun = if times == 1 { "connection" } else { "connections" };
        told.push(format!("{times} {noun} of {names} to port {}", texts.join(", ")));
    }
    (rules, told)
}

fn policy(
    mesh: &Mesh<'_>,
    workload: &Workload,
    callers: &BTreeMap<Caller, BTreeMap<u16, usize>>,
    stage: Stage,
) -> Proposal {
    let (rules, told) = rules(callers);
    let selector = labels(mesh, workload);
    let owner = if workload.labels.workload_name.is_empty() {
        &workload.name
    } else {
        &workload.labels.workload_name
    };
    let mut metadata = json!({ "name": format!("{owner}-observed"), "namespace": workload.namespace() });
    if stage == Stage::DryRun {
        metadata["annotations"] = json!({ mesh_wire::well_known::annotation::DRY_RUN: "true" });
    }
    Proposal {
        notes: notes(mesh, workload, &selector, callers),
        policy: json!({
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": metadata,
            "spec": { "selector": { "matchLabels": selector }, "action": "ALLOW", "rules": rules },
        }),
        rules: told,
    }
}

fn notes(
    mesh: &Mesh<'_>,
    workload: &Workload,
    selector: &Value,
    callers: &BTreeMap<Caller, BTreeMap<u16, usize>>,
) -> Vec<String> {
    let mut notes = Vec::new();
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for other in mesh
        .state
        .workloads()
        .filter(|one| one.namespace() == workload.namespace())
    {
        let is_like = labels(mesh, other)
            .as_object()
            .zip(selector.as_object())
            .is_some_and(|(held, wanted)| wanted.iter().all(|(key, value)| held.get(key) == Some(value)));
        if is_like && other.labels.workload_name != workload.labels.workload_name {
            others.insert(&other.labels.workload_name);
        }
    }
    if selector.as_object().is_none_or(Map::is_empty) {
        notes.push("the pod has no labels of its own, so this is for its whole namespace".to_owned());
    } else if !others.is_empty() {
        let others = others.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!("the labels also select {others}"));
    }
    if callers.keys().any(|caller| matches!(caller, Caller::Address(_))) {
        notes.push("plain text is allowed by address, which another pod may get later".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests;
