//! Who wrote which field: `metadata.managedFields` of an object (Kubernetes, server-side apply). (pure)

use super::Cause;
use super::paths::Step;
use mesh_wire::well_known::field_manager;
use serde_json::Value;

/// Controllers of Kubernetes and of the mesh.
const CONTROLLERS: [&str; 11] = [
    field_manager::CONTROL_PLANE,
    "pilot-discovery",
    "istio-cni",
    "install-cni",
    "mesh-control",
    "mesh-node",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-apiserver",
    "cloud-controller-manager",
];
/// Programs with which people change objects by hand: how their managers' names begin, in small letters.
const BY_HAND: [&str; 9] = [
    "kubectl",
    "k9s",
    "lens",
    "openlens",
    "node-fetch",
    "mozilla",
    "dashboard",
    "headlamp",
    "curl",
];

/// One entry of managed fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Writer {
    /// The field manager.
    pub manager: String,
    /// When it wrote last.
    pub time: Option<String>,
    /// It wrote the status alone.
    pub is_status: bool,
    fields: Value,
}

/// Everybody who wrote an object.
#[must_use]
pub fn read(object: &Value) -> Vec<Writer> {
    let entries = object["metadata"]["managedFields"].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|entry| Writer {
            manager: entry["manager"].as_str().unwrap_or_default().to_owned(),
            time: entry["time"].as_str().map(str::to_owned),
            is_status: entry["subresource"] == "status",
            fields: entry["fieldsV1"].clone(),
        })
        .collect()
}

impl Writer {
    /// Whether it owns a field: itself, something in it, or a whole that the field is a part of.
    #[must_use]
    pub fn owns(&self, path: &[Step]) -> bool {
        let mut at = &self.fields;
        for step in path {
            let Some(inside) = at.as_object() else {
                return false;
            };
            if inside.is_empty() {
                // a leaf: this whole is the writer's
                return true;
            }
            let next = match step {
                Step::Key(key) => inside.get(&format!("f:{key}")),
                Step::Named(key, name) => inside
                    .iter()
                    .find(|(entry, _)| names(entry, key, name))
                    .map(|(_, inside)| inside),
                Step::Index(place) => inside.get(&format!("i:{place}")),
            };
            match next {
                Some(next) => at = next,
                None => return false,
            }
        }
        at.is_object()
    }

    /// What a change by this manager is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let mine = self.manager.to_lowercase();
        if CONTROLLERS.contains(&self.manager.as_str()) {
            Cause::Controller
        } else if BY_HAND.iter().any(|name| mine.starts_with(name)) {
            Cause::Manual
        } else {
            Cause::OtherManager
        }
    }
}

/// Whether a key such as `k:{"name":"istio-proxy"}` is that of a list element.
fn names(entry: &str, key: &str, name: &str) -> bool {
    let Some(keys) = entry.strip_prefix("k:") else {
        return false;
    };
    serde_json::from_str::<Value>(keys).is_ok_and(|keys| keys[key] == name)
}
