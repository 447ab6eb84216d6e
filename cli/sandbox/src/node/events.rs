//! Events on pods: what happened, counted, for `kubectl describe` and `kubectl get events`.

use crate::node::context::DebugClient;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{debug, info, warn};

/// Whether an event is bad news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Warning,
}

/// Writes events of one component.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    client: DebugClient,
    component: &'static str,
    host: String,
    counts: Arc<Mutex<HashMap<String, i32>>>,
}

impl Recorder {
    pub(crate) fn new(client: DebugClient, component: &'static str, host: String) -> Self {
        Self {
            client,
            component,
            host,
            counts: Arc::default(),
        }
    }

    /// Records that `reason` happened to the pod; the same words again only raise the count.
    pub(crate) async fn pod(&self, pod: &Pod, kind: Kind, reason: &str, message: &str) {
        let namespace = pod.namespace().unwrap_or_default();
        match kind {
            Kind::Normal => info!(%namespace, pod = pod.name_any(), reason, message, "event"),
            Kind::Warning => warn!(%namespace, pod = pod.name_any(), reason, message, "event"),
        }
        let mut hasher = DefaultHasher::new();
        (pod.metadata.uid.as_deref(), reason, message).hash(&mut hasher);
        let name = format!("{}.{:016x}", pod.name_any(), hasher.finish());
        let count = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(name.clone()).or_insert(0);
            *count += 1;
            *count
        };
        let api: Api<Event> = Api::namespaced(self.client.0.clone(), &namespace);
        let now = Time(Timestamp::now());
        if count > 1 {
            let patch = json!({"count": count, "lastTimestamp": now});
            if api
                .patch(&name, &PatchParams::default(), &Patch::Merge(patch))
                .await
                .is_ok()
            {
                return;
            }
        }
        let event = self.event(
            pod,
            kind,
            (reason, message),
            ObjectMeta {
                name: Some(name),
                namespace: Some(namespace),
                ..ObjectMeta::default()
            },
        );
        if let Err(error) = api.create(&PostParams::default(), &event).await {
            debug!(%error, "cannot record an event");
        }
    }

    fn event(&self, pod: &Pod, kind: Kind, words: (&str, &str), metadata: ObjectMeta) -> Event {
        let now = Time(Timestamp::now());
        Event {
            involved_object: ObjectReference {
                api_version: Some("v1".into()),
                kind: Some("Pod".into()),
                name: pod.metadata.name.clone(),
                namespace: pod.metadata.namespace.clone(),
                uid: pod.metadata.uid.clone(),
                resource_version: pod.metadata.resource_version.clone(),
                ..ObjectReference::default()
            },
            metadata,
            reason: Some(words.0.to_owned()),
            message: Some(words.1.to_owned()),
            type_: Some(match kind {
                Kind::Normal => "Normal".into(),
                Kind::Warning => "Warning".into(),
            }),
            count: Some(1),
            first_timestamp: Some(now.clone()),
            last_timestamp: Some(now),
            source: Some(EventSource {
                component: Some(self.component.into()),
                host: Some(self.host.clone()),
            }),
            reporting_component: Some(self.component.into()),
            reporting_instance: Some(self.host.clone()),
            ..Event::default()
        }
    }
}
