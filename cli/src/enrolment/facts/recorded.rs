//! The same facts out of a snapshot, so that what is asked of a cluster can be asked of a file. (pure)

use super::{BTreeMap, Facts, NamespaceRow, PodRow, Voices, row, rules_of};
use crate::exit::Failure;
use crate::snapshot::Snapshot;
use k8s_openapi::api::core::v1::Pod;
use mesh_wire::well_known::port;
use serde_json::Value;

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Facts {
    /// What a snapshot's objects, proxies and agents say.
    ///
    /// # Errors
    /// An object in it cannot be read.
    pub fn recorded(snapshot: &Snapshot) -> Result<Self, Failure> {
        let of_kind = |kind: &'static str| snapshot.objects.iter().filter(move |one| one["kind"] == kind);
        let map = of_kind("ConfigMap").find(|one| {
            text(one, "/metadata/name") == "istio-cni-config"
                && text(one, "/metadata/namespace") == snapshot.system
        });
        let rules = rules_of(&snapshot.system, map)?;
        let voices = voices(snapshot, &of_kind("Pod").collect::<Vec<_>>());
        let mut namespaces = BTreeMap::new();
        for object in of_kind("Namespace") {
            let labels = &object["metadata"]["labels"];
            let labels = serde_json::from_value(labels.clone()).unwrap_or_default();
            let name = text(object, "/metadata/name").to_owned();
            let row = NamespaceRow {
                name: name.clone(),
                labels,
                pods: Vec::new(),
            };
            namespaces.insert(name, row);
        }
        for object in of_kind("Pod") {
            let pod: Pod = super::read("a pod of the snapshot", object.clone())?;
            let home = text(object, "/metadata/namespace");
            let Some(namespace) = namespaces.get_mut(home) else {
                continue;
            };
            let row: PodRow = row(&pod, &namespace.labels, &rules, &voices);
            namespace.pods.push(row);
        }
        Ok(Self {
            namespaces: namespaces.into_values().collect(),
            silent: snapshot.failures.clone(),
            rules,
            nodes: voices.nodes,
        })
    }

    /// One pod with its namespace.
    #[must_use]
    pub fn find(&self, namespace: &str, name: &str) -> Option<(&NamespaceRow, &PodRow)> {
        let home = self.namespaces.iter().find(|one| one.name == namespace)?;
        let pod = home.pods.iter().find(|one| one.facts.name == name)?;
        Some((home, pod))
    }
}

/// Plays back what proxies and agents answered, each on the node of its pod.
fn voices(snapshot: &Snapshot, pods: &[&Value]) -> Voices {
    let mut voices = Voices::default();
    let parts = [
        ("/metadata/labels/app", "ztunnel", port::ADMIN, &snapshot.proxies),
        (
            "/metadata/labels/k8s-app",
            "istio-cni-node",
            port::AGENT_ENROLMENT,
            &snapshot.agents,
        ),
    ];
    for (label, value, from, answers) in parts {
        let own: Vec<Value> = pods
            .iter()
            .filter(|pod| text(pod, "/metadata/namespace") == snapshot.system && text(pod, label) == value)
            .map(|pod| (*pod).clone())
            .collect();
        voices.see(&own, from);
        for pod in &own {
            if let Some(answer) = answers.get(text(pod, "/metadata/name")) {
                let node = text(pod, "/spec/nodeName").to_owned();
                voices.hear(node, from, answer.to_string().as_bytes());
            }
        }
    }
    voices
}
