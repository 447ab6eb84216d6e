//! The part of a cluster that network policies are about. (pure)

use super::select;
use mesh_node::enroll::{self, Labels, PodFacts, PodNetwork, Rules, Stage, Verdict};
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, USE_WAYPOINT, USE_WAYPOINT_NAMESPACE};
use serde_json::Value;
use std::collections::BTreeSet;

/// Who made a companion.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The value of [`MANAGED_BY`].
pub const MANAGER: &str = "meshctl";

/// Objects as the API has them.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Namespaces.
    pub namespaces: Vec<Value>,
    /// Pods.
    pub pods: Vec<Value>,
    /// Services.
    pub services: Vec<Value>,
    /// Network policies.
    pub policies: Vec<Value>,
    /// Who is enrolled, besides the namespaces of `joining`.
    pub rules: Rules,
    /// Namespaces that count as enrolled.
    pub joining: BTreeSet<String>,
}

/// A text below `metadata`.
pub(super) fn meta<'a>(object: &'a Value, key: &str) -> &'a str {
    object["metadata"][key].as_str().unwrap_or_default()
}

fn labels(value: &Value) -> Labels {
    let map = value.as_object().into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

impl World {
    /// The policies of a namespace, but for companions made before.
    pub fn policies_of<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Value> {
        self.policies.iter().filter(move |policy| {
            meta(policy, "namespace") == namespace
                && policy["metadata"]["labels"]
                    .get(MANAGED_BY)
                    .is_none_or(|by| by != MANAGER)
        })
    }

    /// The pods that a policy selects.
    pub fn selected<'a>(&'a self, policy: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.pods.iter().filter(move |pod| {
            meta(pod, "namespace") == meta(policy, "namespace")
                && select::matches(&policy["spec"]["podSelector"], &pod["metadata"]["labels"])
        })
    }

    /// Whether a pod is, or would be, in the mesh.
    #[must_use]
    pub fn is_meshed(&self, pod: &Value) -> bool {
        let namespace = meta(pod, "namespace");
        let facts = PodFacts {
            namespace: namespace.to_owned(),
            name: meta(pod, "name").to_owned(),
            labels: labels(&pod["metadata"]["labels"]),
            annotations: labels(&pod["metadata"]["annotations"]),
            stage: match pod["status"]["phase"].as_str() {
                Some("Succeeded" | "Failed") => Stage::Finished,
                _ => Stage::Live,
            },
            network: if pod["spec"]["hostNetwork"] == true {
                PodNetwork::Host
            } else {
                PodNetwork::Own
            },
        };
        enroll::decide(&facts, &self.namespace_labels(namespace), &self.rules) == Verdict::Capture
    }

    fn namespace_labels(&self, name: &str) -> Labels {
        let found = self.namespaces.iter().find(|one| meta(one, "name") == name);
        let mut found = found
            .map(|one| labels(&one["metadata"]["labels"]))
            .unwrap_or_default();
        if self.joining.contains(name) {
            found.insert(DATAPLANE_MODE.to_owned(), AMBIENT.to_owned());
        }
        found
    }

    /// Whether a pod is meant by a peer of a policy in `home`. Address blocks mean no pod here.
    #[must_use]
    pub fn peer_matches(&self, peer: &Value, home: &str, pod: &Value) -> bool {
        if !peer["ipBlock"].is_null() {
            return false;
        }
        let namespace = meta(pod, "namespace");
        let in_namespace = if peer["namespaceSelector"].is_null() {
            namespace == home
        } else {
            let found = self.namespaces.iter().find(|one| meta(one, "name") == namespace);
            found.is_some_and(|one| select::matches(&peer["namespaceSelector"], &one["metadata"]["labels"]))
        };
        in_namespace && select::matches(&peer["podSelector"], &pod["metadata"]["labels"])
    }

    /// Whether a peer is, or can come to be, in the mesh.
    #[must_use]
    pub fn can_mesh(&self, peer: &Value, home: &str) -> bool {
        if !peer["ipBlock"].is_null() {
            return false;
        }
        let has_pod = self
            .pods
            .iter()
            .any(|pod| self.peer_matches(peer, home, pod) && self.is_meshed(pod));
        let is_ambient = |namespace: &Value| {
            let labels = self.namespace_labels(meta(namespace, "name"));
            labels.get(DATAPLANE_MODE).is_some_and(|mode| mode == AMBIENT)
        };
        has_pod
            || (!peer["namespaceSelector"].is_null()
                && self.namespaces.iter().any(|one| {
                    is_ambient(one) && select::matches(&peer["namespaceSelector"], &one["metadata"]["labels"])
                }))
    }

    /// The waypoints whose traffic reaches a pod, as (namespace, name).
    #[must_use]
    pub fn waypoints_of(&self, pod: &Value) -> BTreeSet<(String, String)> {
        let namespace = meta(pod, "namespace");
        let services = self.services.iter().filter(|service| {
            meta(service, "namespace") == namespace
                && service["spec"]["selector"].as_object().is_some_and(|selector| {
                    !selector.is_empty()
                        && selector
                            .iter()
                            .all(|(key, value)| pod["metadata"]["labels"].get(key) == Some(value))
                })
        });
        let inherited = self.namespace_labels(namespace);
        let mut found = BTreeSet::new();
        for object in services.chain([pod]) {
            let own = labels(&object["metadata"]["labels"]);
            let label = |key: &str| own.get(key).or_else(|| inherited.get(key)).cloned();
            if let Some(waypoint) = label(USE_WAYPOINT).filter(|name| name != "none" && !name.is_empty()) {
                let place = label(USE_WAYPOINT_NAMESPACE).unwrap_or_else(|| namespace.to_owned());
                found.insert((place, waypoint));
            }
        }
        found
    }
}
