//! Labels that enrol nothing, or that contradict each other (`spec/enrolment.md` 8, rows 1 to 4). (pure)

use super::code::{
    CONFLICTING_LABELS, HOST_NETWORK_POD, LABEL_NOT_ON_TEMPLATE, SIDECAR_IN_AMBIENT_NAMESPACE,
    UNKNOWN_DATAPLANE_MODE,
};
use super::{Message, Subject, World, label, namespace};
use mesh_wire::well_known::annotation::SIDECAR_STATUS;
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, NONE, REVISION};
use serde_json::Value;

/// Keys that people write when they mean the one that counts.
const MISSPELT: [&str; 5] = [
    "istio.io/dataplane_mode",
    "istio.io/dataplaneMode",
    "istio.io/data-plane-mode",
    "istio.io/datapath-mode",
    "istio-dataplane-mode",
];

pub(super) fn analyze(world: &World<'_>, found: &mut Vec<Message>) {
    for one in world.of_kind("", "Namespace") {
        let mode = label(&one.object, DATAPLANE_MODE);
        if mode == Some(AMBIENT) && is_injected(&one.object) {
            found.push(Message {
                code: CONFLICTING_LABELS,
                subject: Subject::of(one),
                text: format!("it is labelled for sidecars and {DATAPLANE_MODE}={AMBIENT}: new pods get sidecars and stay out of ambient"),
            });
        }
    }
    for kind in ["Namespace", "Pod"] {
        for one in world.of_kind("", kind) {
            found.extend(odd_mode(&one.object).map(|text| Message {
                code: UNKNOWN_DATAPLANE_MODE,
                subject: Subject::of(one),
                text,
            }));
        }
    }
    for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
        for one in world.of_kind("apps", kind) {
            let template = &one.object["spec"]["template"]["metadata"]["labels"][DATAPLANE_MODE];
            if label(&one.object, DATAPLANE_MODE).is_some() && template.is_null() {
                found.push(Message {
                    code: LABEL_NOT_ON_TEMPLATE,
                    subject: Subject::of(one),
                    text: format!("{DATAPLANE_MODE} counts on pods: set it in spec.template.metadata.labels"),
                });
            }
        }
    }
    pods(world, found);
}

fn is_injected(namespace: &Value) -> bool {
    label(namespace, "istio-injection") == Some("enabled") || label(namespace, REVISION).is_some()
}

/// A value that means nothing, or a key that is almost right.
fn odd_mode(object: &Value) -> Option<String> {
    if let Some(value) = label(object, DATAPLANE_MODE) {
        return (![AMBIENT, NONE].contains(&value)).then(|| {
            format!(
                "{DATAPLANE_MODE}={value} has the effect of no label; the values are {AMBIENT} and {NONE}"
            )
        });
    }
    let key = MISSPELT.iter().find(|key| label(object, key).is_some())?;
    Some(format!("`{key}` enrols nothing; the label is {DATAPLANE_MODE}"))
}

/// Pods of enrolled namespaces that stay out.
fn pods(world: &World<'_>, found: &mut Vec<Message>) {
    for pod in world.of_kind("", "Pod") {
        let home = namespace(&pod.object);
        let own = label(&pod.object, DATAPLANE_MODE);
        let inherited = || {
            world
                .namespace(home)
                .and_then(|one| label(&one.object, DATAPLANE_MODE))
        };
        if own.or_else(inherited) != Some(AMBIENT) || home == world.system {
            continue;
        }
        if pod.object["spec"]["hostNetwork"] == true {
            found.push(Message {
                code: HOST_NETWORK_POD,
                subject: Subject::of(pod),
                text: "it uses the node's network and is never captured; policies see its node's address"
                    .to_owned(),
            });
        }
        if !pod.object["metadata"]["annotations"][SIDECAR_STATUS].is_null() {
            found.push(Message {
                code: SIDECAR_IN_AMBIENT_NAMESPACE,
                subject: Subject::of(pod),
                text: "it has a sidecar and is not captured; remove the injection label and recreate it"
                    .to_owned(),
            });
        }
    }
}
