//! Watches the pods of this node and the labels of all namespaces, and queues the pods that changes concern.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::pin;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::core::PartialObjectMeta;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, Error, Event, watcher};
use kube::{Api, Client};
use mesh_sys::program::chain;
use tokio_util::sync::CancellationToken;

use super::record::{PodRecord, SlimPod, resource};
use super::{Store, Uid};
use crate::enroll::Labels;
use crate::metrics::{Metrics, Reconcile};
use crate::queue::Queue;

/// Fills the store until `stop`.
#[derive(Clone)]
pub struct Watch {
    /// How the API server is reached.
    pub client: Client,
    /// The node whose pods are watched.
    pub node: String,
    /// Where to put them.
    pub store: Store,
    /// Who looks at changed pods.
    pub queue: Queue,
    /// Counts the events.
    pub metrics: Metrics,
}

impl Watch {
    /// Follows this node's pods. A broken watch is made anew with back-off; the last state stays meanwhile.
    pub async fn pods(&self, stop: CancellationToken) {
        let api: Api<SlimPod> = Api::all_with(self.client.clone(), &resource());
        let config = Config::default().fields(&format!("spec.nodeName={}", self.node));
        let events = watcher(api, config).default_backoff();
        let mut staged = Vec::new();
        follow(events, &stop, "pods", |event| match event {
            Event::Init => staged.clear(),
            Event::InitApply(pod) => staged.extend(PodRecord::read(pod)),
            Event::InitDone => self.touch(
                self.store.replace_pods(std::mem::take(&mut staged)),
                Reconcile::Add,
            ),
            Event::Apply(pod) => self.changed(pod),
            Event::Delete(pod) => {
                if let Some(uid) = pod.metadata.uid {
                    self.store.remove_pod(&uid);
                    self.touch(vec![uid.into()], Reconcile::Delete);
                }
            }
        })
        .await;
    }

    fn changed(&self, pod: SlimPod) {
        let Some(pod) = PodRecord::read(pod) else {
            return;
        };
        let uid = pod.uid.clone();
        if self.store.put_pod(pod) {
            self.touch(vec![uid], Reconcile::Update);
        }
    }

    /// Follows the labels of namespaces.
    pub async fn namespaces(&self, stop: CancellationToken) {
        let api: Api<PartialObjectMeta<Namespace>> = Api::all(self.client.clone());
        let events = watcher(api, Config::default()).default_backoff();
        let mut staged = BTreeMap::<String, Labels>::new();
        follow(events, &stop, "namespaces", |event| match event {
            Event::Init => staged.clear(),
            Event::InitApply(found) => {
                let meta = found.metadata;
                staged.insert(meta.name.unwrap_or_default(), meta.labels.unwrap_or_default());
            }
            Event::InitDone => {
                let touched = self.store.replace_namespaces(std::mem::take(&mut staged));
                self.touch(touched, Reconcile::Add);
            }
            Event::Apply(found) => {
                let meta = found.metadata;
                let (name, labels) = (meta.name.unwrap_or_default(), meta.labels.unwrap_or_default());
                self.touch(self.store.put_namespace(&name, labels), Reconcile::Update);
            }
            Event::Delete(found) => {
                let name = found.metadata.name.unwrap_or_default();
                self.touch(self.store.remove_namespace(&name), Reconcile::Delete);
            }
        })
        .await;
    }

    fn touch(&self, uids: Vec<Uid>, kind: Reconcile) {
        for uid in uids {
            self.metrics.reconciled(kind);
            self.queue.push(uid);
        }
    }
}

async fn follow<K: Debug>(
    events: impl Stream<Item = Result<Event<K>, Error>>,
    stop: &CancellationToken,
    what: &'static str,
    mut on_event: impl FnMut(Event<K>),
) {
    let mut events = pin!(events);
    loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            event = events.next() => event,
        };
        match event {
            Some(Ok(event)) => on_event(event),
            Some(Err(error)) => tracing::warn!(what, error = %chain(&error), "watch interrupted"),
            // the stream repairs itself and has no end
            None => return,
        }
    }
}
