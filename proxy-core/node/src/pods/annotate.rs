//! What the agent tells the cluster about a pod: the annotation, and Events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use mesh_wire::well_known::{annotation, name};
use serde_json::json;
use tokio::time::timeout;

use super::Uid;
use super::herald::Herald;
use super::record::{PodRecord, Redirection};

const PATIENCE: Duration = Duration::from_secs(5);

/// Why the annotation could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The API server refused or is away.
    #[error("cannot write the annotation of pod {namespace}/{pod}")]
    Api {
        /// Namespace.
        namespace: String,
        /// Pod.
        pod: String,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// No answer.
    #[error("the API server did not answer within {} s", PATIENCE.as_secs())]
    TimedOut,
}

/// Writes to the API server about pods. Clones share what was said.
#[derive(Clone)]
pub struct Annotator {
    client: Client,
    node: String,
    herald: Herald,
    said: Arc<Mutex<BTreeMap<Uid, &'static str>>>,
}

impl Annotator {
    /// Speaks for the agent of this node.
    #[must_use]
    pub fn new(client: Client, node: String, herald: Herald) -> Self {
        Self {
            client,
            node,
            herald,
            said: Arc::default(),
        }
    }

    /// Sets or removes the annotation; a pod that is gone is fine, and so is a successor of its name.
    pub async fn redirection(
        &self,
        pod: &PodRecord,
        wanted: Option<Redirection>,
    ) -> Result<(), AnnotateError> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), &pod.facts.namespace);
        let value = wanted.map(Redirection::as_str);
        // the uid keeps the patch from a later pod of the same name
        let patch = json!({"metadata": {"uid": &*pod.uid, "annotations": {annotation::REDIRECTION: value}}});
        let (parameters, patch) = (PatchParams::default(), Patch::Merge(patch));
        let patched = api.patch_status(&pod.facts.name, &parameters, &patch);
        match timeout(PATIENCE, patched).await {
            Err(_) => Err(AnnotateError::TimedOut),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 || status.code == 409 => Ok(()),
            Ok(Err(source)) => Err(AnnotateError::Api {
                namespace: pod.facts.namespace.clone(),
                pod: pod.facts.name.clone(),
                source: Box::new(source),
            }),
        }
    }

    /// Says something about a pod, once until something else is said. Does not wait for the API server.
    pub fn say(&self, pod: &PodRecord, news: News, message: &str) {
        let previous = self.said().insert(pod.uid.clone(), news.reason());
        if previous == Some(news.reason()) && news != News::Bypassed {
            return;
        }
        self.herald.send(self.event(pod, news, message));
    }

    /// Waits until the API server was told what was said so far, but not for long.
    pub async fn heard(&self) {
        self.herald.heard().await;
    }

    fn event(&self, pod: &PodRecord, news: News, message: &str) -> Event {
        let now = Timestamp::now();
        Event {
            metadata: ObjectMeta {
                name: Some(format!("{}.{:x}", pod.facts.name, now.as_nanosecond())),
                namespace: Some(pod.facts.namespace.clone()),
                ..ObjectMeta::default()
            },
            involved_object: ObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: Some(pod.facts.name.clone()),
                namespace: Some(pod.facts.namespace.clone()),
                uid: Some(pod.uid.to_string()),
                ..ObjectReference::default()
            },
            type_: Some(news.kind().to_owned()),
            reason: Some(news.reason().to_owned()),
            message: Some(message.chars().take(1000).collect()),
            count: Some(1),
            first_timestamp: Some(Time(now)),
            last_timestamp: Some(Time(now)),
            source: Some(EventSource {
                component: Some(name::NODE_AGENT.to_owned()),
                host: Some(self.node.clone()),
            }),
            reporting_component: Some(name::NODE_AGENT.to_owned()),
            reporting_instance: Some(self.node.clone()),
            ..Event::default()
        }
    }

    /// Forgets what was said about a pod that is gone.
    pub fn forget(&self, uid: &str) {
        self.said().remove(uid);
    }

    fn said(&self) -> std::sync::MutexGuard<'_, BTreeMap<Uid, &'static str>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What can be said about a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is in the mesh.
    Captured,
    /// It left the mesh.
    Released,
    /// It should be in the mesh and is not.
    CaptureFailed,
    /// Its rules were changed by somebody else and are back.
    Repaired,
    /// Its connections went beside the mesh for a while; each time is told.
    Bypassed,
    /// The annotation said more than is true.
    NotVerified,
}

impl News {
    fn reason(self) -> &'static str {
        match self {
            Self::Captured => "MeshCaptured",
            Self::Released => "MeshReleased",
            Self::CaptureFailed => "MeshCaptureFailed",
            Self::Repaired => "MeshRulesRepaired",
            Self::Bypassed => "MeshTrafficBypassed",
            Self::NotVerified => "MeshCaptureNotVerified",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Captured | Self::Released => "Normal",
            Self::CaptureFailed | Self::Repaired | Self::Bypassed | Self::NotVerified => "Warning",
        }
    }
}
