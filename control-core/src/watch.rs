//! Kubernetes watches → index events. One task for each kind; the list of kinds is in `kinds`.
//!
//! Objects are trimmed to facts before they leave a watch. A watch that breaks goes on from where it was,
//! or lists again; until then the last known state stays. A kind whose definition is missing counts as
//! empty, and is watched as soon as its definition appears.

use std::sync::Arc;

use kube::Client;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::fold::Input;
use crate::index::event::Kind;
use crate::metrics::Metrics;

mod backoff;
mod definitions;
mod follow;
pub(crate) mod kinds;
pub mod mesh;

pub(crate) use backoff::Retry;
pub(crate) use follow::Failures;

/// Where and what to watch.
#[derive(Clone)]
pub struct Watcher {
    client: Client,
    namespace: String,
    /// The other cluster that it is; empty for ours.
    cluster: String,
    metrics: Metrics,
}

impl Feed {
    /// Kinds with a definition that are watched there.
    fn defined(&self) -> impl Iterator<Item = (&'static str, Kind)> + use<> {
        let is_remote = !self.cluster.is_empty();
        let all = kinds::DEFINED.into_iter();
        all.filter(move |(_, kind)| !is_remote || kinds::REMOTE.contains(kind))
    }

    /// What a failed watch is called.
    fn called(&self, what: &str) -> String {
        if self.cluster.is_empty() {
            what.to_owned()
        } else {
            format!("{what} of cluster {}", self.cluster)
        }
    }
}

/// What a watch needs besides its kind.
#[derive(Clone)]
struct Feed {
    client: Client,
    /// Empty for all.
    namespace: Arc<str>,
    /// Empty for ours.
    cluster: Arc<str>,
    out: mpsc::Sender<Input>,
    metrics: Metrics,
}

impl Watcher {
    /// Watches the cluster of `client`, or only one namespace of it.
    #[must_use]
    pub fn new(client: Client, namespace: &str, metrics: Metrics) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            cluster: String::new(),
            metrics,
        }
    }

    /// Watches another cluster: what runs there, and nothing that configures the mesh (`control-plane.md` 2).
    #[must_use]
    pub fn of_remote(client: Client, cluster: &str, namespace: &str, metrics: Metrics) -> Self {
        Self {
            cluster: cluster.to_owned(),
            ..Self::new(client, namespace, metrics)
        }
    }

    /// Runs every watch until `stop`.
    pub async fn run(&self, out: mpsc::Sender<Input>, stop: CancellationToken) {
        let feed = Feed {
            client: self.client.clone(),
            namespace: self.namespace.as_str().into(),
            cluster: self.cluster.as_str().into(),
            out,
            metrics: self.metrics.clone(),
        };
        let mut watches = JoinSet::new();
        kinds::start_built_in(&mut watches, &feed, &stop);
        watches.spawn(definitions::run(feed, stop.clone()));
        while watches.join_next().await.is_some() {}
    }
}
