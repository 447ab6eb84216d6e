//! Rows of nodes, namespaces, configuration, events, and roles.

use jiff::Timestamp;
use serde_json::Value;

use super::{Cells, Printer, age, count, created, name, or_none, since};
use crate::object;

const NODES: &str =
    "Name|Status|Roles|Age|Version|+Internal-IP|+External-IP|+OS-Image|+Kernel-Version|+Container-Runtime";
const EVENTS: &str = "Last Seen|Type|Reason|Object|+Subobject|+Source|Message|+First Seen|+Count|+Name";
const BINDINGS: &str = "Name|Role|Age|+Users|+Groups|+ServiceAccounts";

/// The printer of any other built-in kind.
pub(super) fn printer(base: &str) -> Printer {
    let (columns, cells): (&'static str, Cells) = match base {
        "nodes" => (NODES, node),
        "namespaces" => ("Name|Status|Age", |o, now| {
            vec![
                name(o),
                or_none(object::text(o, &["status", "phase"])),
                age(o, now),
            ]
        }),
        "configmaps" => ("Name|Data|Age", |o, now| {
            vec![
                name(o),
                (entries(o, "data") + entries(o, "binaryData")).into(),
                age(o, now),
            ]
        }),
        "secrets" => ("Name|Type|Data|Age", |o, now| {
            vec![
                name(o),
                or_none(object::text(o, &["type"])),
                entries(o, "data").into(),
                age(o, now),
            ]
        }),
        "serviceaccounts" => ("Name|Secrets|Age", |o, now| {
            vec![name(o), object::list(o, &["secrets"]).len().into(), age(o, now)]
        }),
        "events" => (EVENTS, event),
        "leases" => ("Name|Holder|Age", |o, now| {
            let holder = object::text(o, &["spec", "holderIdentity"]).unwrap_or_default();
            vec![name(o), holder.into(), age(o, now)]
        }),
        "clusterrolebindings" | "rolebindings" => (BINDINGS, binding),
        "mutatingwebhookconfigurations" | "validatingwebhookconfigurations" => {
            ("Name|Webhooks|Age", |o, now| {
                vec![name(o), object::list(o, &["webhooks"]).len().into(), age(o, now)]
            })
        }
        _ => return less_common(base),
    };
    Printer { columns, cells }
}

fn less_common(base: &str) -> Printer {
    let (columns, cells): (&'static str, Cells) = match base {
        "priorityclasses" => ("Name|Value|Global-Default|Age|PreemptionPolicy", |o, now| {
            let default = o.get("globalDefault").and_then(Value::as_bool).unwrap_or(false);
            let policy = object::text(o, &["preemptionPolicy"]);
            vec![
                name(o),
                count(o, &["value"]).into(),
                default.into(),
                age(o, now),
                or_none(policy),
            ]
        }),
        "poddisruptionbudgets" => (
            "Name|Min Available|Max Unavailable|Allowed Disruptions|Age",
            |o, now| {
                let amount = |field: &str| match object::at(o, &["spec", field]) {
                    Some(Value::String(text)) => text.as_str().into(),
                    Some(number) => number.to_string().into(),
                    None => Value::from("N/A"),
                };
                let allowed = count(o, &["status", "disruptionsAllowed"]);
                vec![
                    name(o),
                    amount("minAvailable"),
                    amount("maxUnavailable"),
                    allowed.into(),
                    age(o, now),
                ]
            },
        ),
        "persistentvolumeclaims" => ("Name|Status|Volume|StorageClass|Age", |o, now| {
            let text = |path: &[&str]| Value::from(object::text(o, path).unwrap_or_default());
            vec![
                name(o),
                text(&["status", "phase"]),
                text(&["spec", "volumeName"]),
                text(&["spec", "storageClassName"]),
                age(o, now),
            ]
        }),
        "storageclasses" => ("Name|Provisioner|ReclaimPolicy|Age", |o, now| {
            let text = |field: &str| or_none(object::text(o, &[field]));
            vec![name(o), text("provisioner"), text("reclaimPolicy"), age(o, now)]
        }),
        "roles" | "clusterroles" | "customresourcedefinitions" => {
            ("Name|@Created At", |o, _| vec![name(o), created(o)])
        }
        _ => ("Name|Age", |o, now| vec![name(o), age(o, now)]),
    };
    Printer { columns, cells }
}

fn entries(object: &Value, field: &str) -> usize {
    object
        .get(field)
        .and_then(Value::as_object)
        .map_or(0, serde_json::Map::len)
}

fn node(object: &Value, now: Timestamp) -> Vec<Value> {
    let ready = object::list(object, &["status", "conditions"])
        .iter()
        .find(|condition| condition["type"] == "Ready");
    let mut status = match ready.map(|condition| condition["status"] == "True") {
        Some(true) => "Ready",
        Some(false) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if object::at(object, &["spec", "unschedulable"]) == Some(&Value::Bool(true)) {
        status.push_str(",SchedulingDisabled");
    }
    let labels = object::at(object, &["metadata", "labels"]).and_then(Value::as_object);
    let roles = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"));
    let roles = roles.collect::<Vec<_>>().join(",");
    let address = |kind: &str| {
        let addresses = object::list(object, &["status", "addresses"]);
        or_none(
            addresses
                .iter()
                .find(|a| a["type"] == kind)
                .and_then(|a| object::text(a, &["address"])),
        )
    };
    let info = |field: &str| {
        let text = object::text(object, &["status", "nodeInfo", field]).filter(|text| !text.is_empty());
        Value::from(text.unwrap_or("<unknown>"))
    };
    vec![
        name(object),
        status.into(),
        or_none(Some(&roles)),
        age(object, now),
        object::text(object, &["status", "nodeInfo", "kubeletVersion"])
            .unwrap_or_default()
            .into(),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let text = |path: &[&str]| object::text(object, path).filter(|text| !text.is_empty());
    let first = text(&["firstTimestamp"]).or_else(|| text(&["eventTime"]));
    let last = text(&["series", "lastObservedTime"])
        .or_else(|| text(&["lastTimestamp"]))
        .or(first);
    let involved = |field: &str| object::text(object, &["involvedObject", field]).unwrap_or_default();
    let source = text(&["source", "component"])
        .or_else(|| text(&["reportingComponent"]))
        .unwrap_or_default();
    let source = match text(&["source", "host"]) {
        Some(host) => format!("{source}, {host}"),
        None => source.to_owned(),
    };
    let times = object::int(object, &["series", "count"])
        .or_else(|| object::int(object, &["count"]))
        .unwrap_or(1);
    vec![
        since(last, now),
        text(&["type"]).unwrap_or_default().into(),
        text(&["reason"]).unwrap_or_default().into(),
        format!("{}/{}", involved("kind").to_lowercase(), involved("name")).into(),
        involved("fieldPath").into(),
        source.into(),
        text(&["message"]).unwrap_or_default().trim().into(),
        since(first, now),
        times.into(),
        name(object),
    ]
}

fn binding(object: &Value, now: Timestamp) -> Vec<Value> {
    let reference = |field: &str| object::text(object, &["roleRef", field]).unwrap_or_default();
    let subjects = |kind: &str| {
        let chosen = object::list(object, &["subjects"])
            .iter()
            .filter(|subject| subject["kind"] == kind);
        let names = chosen.map(|subject| match object::text(subject, &["namespace"]) {
            Some(namespace) => format!(
                "{namespace}/{}",
                object::text(subject, &["name"]).unwrap_or_default()
            ),
            None => object::text(subject, &["name"]).unwrap_or_default().to_owned(),
        });
        Value::from(names.collect::<Vec<_>>().join(", "))
    };
    vec![
        name(object),
        format!("{}/{}", reference("kind"), reference("name")).into(),
        age(object, now),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}
