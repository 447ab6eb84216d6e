//! What the controllers see, and what they have written but not seen yet.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Endpoints, Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::runtime::reflector::Store;
use kube::{Client, Resource, ResourceExt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an unseen write holds its owner back at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cluster.
pub(super) struct World {
    pub(super) client: Client,
    pub(super) pods: Store<Pod>,
    pub(super) nodes: Store<Node>,
    pub(super) services: Store<Service>,
    pub(super) slices: Store<EndpointSlice>,
    pub(super) endpoints: Store<Endpoints>,
    pub(super) deployments: Store<Deployment>,
    pub(super) replica_sets: Store<ReplicaSet>,
    pub(super) daemon_sets: Store<DaemonSet>,
    pub(super) stateful_sets: Store<StatefulSet>,
    pub(super) jobs: Store<Job>,
    pub(super) expected: Expectations,
    /// Pods that were given a node, by uid; kept until the watch shows it.
    pub(super) bound: Mutex<HashMap<String, String>>,
}

impl World {
    /// Whether every first list is in.
    pub(super) fn is_synced(&self) -> bool {
        fn ready<K>(store: &Store<K>) -> bool
        where
            K: Resource<DynamicType = ()> + Clone + 'static,
        {
            futures::FutureExt::now_or_never(store.wait_until_ready()).is_some_and(|ready| ready.is_ok())
        }
        ready(&self.pods)
            && ready(&self.nodes)
            && ready(&self.services)
            && ready(&self.slices)
            && ready(&self.endpoints)
            && ready(&self.deployments)
            && ready(&self.replica_sets)
            && ready(&self.daemon_sets)
            && ready(&self.stateful_sets)
            && ready(&self.jobs)
    }

    /// The pods that `owner` controls.
    pub(super) fn pods_of(&self, owner: &str) -> Vec<Arc<Pod>> {
        self.pods
            .state()
            .into_iter()
            .filter(|pod| is_controlled_by(&pod.metadata, owner))
            .collect()
    }

    /// Whether everything written for `owner` has been seen.
    pub(super) fn is_settled(&self, owner: &str) -> bool {
        let mut expected = self.expected.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = expected.get_mut(owner) else {
            return true;
        };
        let pods = self.pods.state();
        waiting.retain(|unseen| {
            let found = pods
                .iter()
                .find(|pod| pod.metadata.uid.as_ref() == Some(&unseen.uid));
            let seen = if unseen.is_deletion {
                found.is_none_or(|pod| pod.metadata.deletion_timestamp.is_some())
            } else {
                found.is_some()
            };
            !seen && unseen.since.elapsed() < PATIENCE
        });
        waiting.is_empty()
    }
}

/// Writes that the watches have not shown yet, by owner.
#[derive(Debug, Default)]
pub(super) struct Expectations(Mutex<HashMap<String, Vec<Unseen>>>);

#[derive(Debug)]
struct Unseen {
    uid: String,
    is_deletion: bool,
    since: Instant,
}

impl Expectations {
    pub(super) fn creation(&self, owner: &str, uid: String) {
        self.push(owner, uid, false);
    }

    pub(super) fn deletion(&self, owner: &str, uid: String) {
        self.push(owner, uid, true);
    }

    fn push(&self, owner: &str, uid: String, is_deletion: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(owner.to_owned()).or_default().push(Unseen {
            uid,
            is_deletion,
            since: Instant::now(),
        });
    }
}

/// The uid; every stored object has one.
pub(super) fn uid<K: ResourceExt>(object: &K) -> String {
    object.uid().unwrap_or_default()
}

/// Whether the object's controller is the one with this uid.
pub(super) fn is_controlled_by(metadata: &ObjectMeta, owner: &str) -> bool {
    metadata
        .owner_references
        .iter()
        .flatten()
        .any(|reference| reference.controller == Some(true) && reference.uid == owner)
}

/// The reference from a part to its controller.
pub(super) fn controller_reference<K: Resource<DynamicType = ()>>(owner: &K) -> Option<OwnerReference> {
    owner.controller_owner_ref(&())
}

/// Whether the pod counts as ready.
pub(super) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod
        .status
        .iter()
        .filter_map(|status| status.conditions.as_ref())
        .flatten();
    conditions
        .into_iter()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Whether the pod is neither over nor on its way out.
pub(super) fn is_active(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    pod.metadata.deletion_timestamp.is_none() && !matches!(phase, Some("Succeeded" | "Failed"))
}
