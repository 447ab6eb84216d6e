//! What a trace is read off. (pure)

use crate::enrolment::facts::{Facts, NodeParts, Part};
use crate::exit::Failure;
use crate::snapshot::Snapshot;
use crate::ztunnel::dump::Dump;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether the mesh's own parts were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Proxies and agents, so long ago, in seconds.
    Ago(u64),
    /// Nobody: files only.
    Nobody,
}

/// Objects and what proxies and agents said.
#[derive(Debug)]
pub struct Evidence {
    /// All objects.
    pub objects: Vec<Value>,
    /// Who is in the mesh.
    pub facts: Facts,
    /// What proxies held, by node.
    pub dumps: BTreeMap<String, Dump>,
    /// How old all of it is, in seconds; absent for files.
    pub age: Option<u64>,
    /// The namespace of the control plane.
    pub system: String,
    /// Seconds since the epoch at which it was so; the least number if nobody knows.
    pub now: i64,
    pub(super) policies: Vec<NetworkPolicy>,
    pub(super) namespaces: Vec<Namespace>,
    pub(super) pods: Vec<Pod>,
}

impl Evidence {
    /// Of a snapshot, which is what a cluster is asked for as well.
    ///
    /// # Errors
    /// An object or a dump in it cannot be read.
    pub fn of(snapshot: &Snapshot, asked: Asked) -> Result<Self, Failure> {
        let mut dumps = BTreeMap::new();
        for (name, value) in &snapshot.proxies {
            let is_it = |one: &&Value| one["kind"] == "Pod" && one["metadata"]["name"] == name.as_str();
            let pod = snapshot.objects.iter().find(is_it);
            let node = pod.and_then(|pod| pod["spec"]["nodeName"].as_str());
            let dump = Dump::from_wire(value.to_string().as_bytes()).map_err(|error| {
                Failure::unparsable(format!("cannot read the dump of `{name}`")).caused_by(&error)
            })?;
            dumps.insert(node.unwrap_or_default().to_owned(), dump);
        }
        let now = snapshot.taken_at.parse::<jiff::Timestamp>();
        Ok(Self {
            facts: Facts::recorded(snapshot)?,
            dumps,
            age: match asked {
                Asked::Ago(seconds) => Some(seconds),
                Asked::Nobody => None,
            },
            system: snapshot.system.clone(),
            now: now.map_or(i64::MIN, jiff::Timestamp::as_second),
            policies: typed(&snapshot.objects, "NetworkPolicy")?,
            namespaces: typed(&snapshot.objects, "Namespace")?,
            pods: typed(&snapshot.objects, "Pod")?,
            objects: snapshot.objects.clone(),
        })
    }

    /// Whether proxies and agents were asked at all.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.age.is_some()
    }

    /// An object.
    #[must_use]
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.objects.iter().find(|one| {
            let meta = &one["metadata"];
            let home = meta["namespace"].as_str().unwrap_or_default();
            one["kind"] == kind && meta["name"] == name && home == namespace
        })
    }

    /// A pod, typed.
    pub(super) fn pod(&self, namespace: &str, name: &str) -> Option<&Pod> {
        self.pods.iter().find(|pod| {
            let meta = &pod.metadata;
            meta.name.as_deref() == Some(name) && meta.namespace.as_deref() == Some(namespace)
        })
    }

    /// The pods of the node proxies that serve these pods, written `namespace/name`.
    pub fn proxies_of(&self, pods: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let nodes = pods.into_iter().filter_map(|pod| {
            let (namespace, name) = pod.split_once('/')?;
            Some(self.facts.find(namespace, name)?.1.node.clone())
        });
        let proxy = |node: String| match self.parts(&node).proxy {
            Part::Ready(name) => Some(name),
            Part::Absent | Part::NotReady(..) => None,
        };
        nodes.filter_map(proxy).collect()
    }

    /// The mesh's own parts on a node.
    pub(super) fn parts(&self, node: &str) -> NodeParts {
        self.facts.nodes.get(node).cloned().unwrap_or_default()
    }
}

fn typed<T: DeserializeOwned>(objects: &[Value], kind: &str) -> Result<Vec<T>, Failure> {
    let of_kind = objects.iter().filter(|one| one["kind"] == kind);
    of_kind
        .map(|one| {
            serde_json::from_value(one.clone()).map_err(|error| {
                let name = one["metadata"]["name"].as_str().unwrap_or_default();
                Failure::unparsable(format!("cannot read the {kind} `{name}`")).caused_by(&error)
            })
        })
        .collect()
}
