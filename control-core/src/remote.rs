//! Other clusters of the mesh, by secret (`control-plane.md` 11.4).
//!
//! Every replica watches the secrets in the system namespace that carry the label, and every cluster that they name.
//! A cluster's facts are gathered aside until all of it is listed; then they replace whatever was known of it, at once.
//! What is wrong with one secret or one cluster never concerns another, nor the state that is served.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use arcstr::ArcStr;
use kube::Client;
use serde_json::{Value, json};

use crate::metrics::Metrics;

mod cluster;
mod credentials;
mod plan;
mod roots;
mod secrets;

pub use roots::RootsElsewhere;
pub use secrets::{RemoteSettings, Secrets};

/// How far another cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Being listed.
    Syncing,
    /// Listed and followed.
    Synced,
    /// Not listed in time; it is still tried, and nobody waits for it.
    TimedOut,
}

impl Progress {
    const ALL: [Self; 3] = [Self::Syncing, Self::Synced, Self::TimedOut];

    /// As metrics and pages say it.
    fn word(self) -> &'static str {
        match self {
            Self::Syncing => "syncing",
            Self::Synced => "synced",
            Self::TimedOut => "timeout",
        }
    }
}

/// Another cluster as servers need it.
#[derive(Clone)]
struct Remote {
    client: Client,
    secret: String,
    progress: Progress,
}

/// The other clusters in force. Clones share them.
#[derive(Clone, Default)]
pub struct Remotes {
    all: Arc<RwLock<BTreeMap<ArcStr, Remote>>>,
    metrics: Metrics,
}

impl std::fmt::Debug for Remotes {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Remotes").field(&self.rows()).finish()
    }
}

impl Remotes {
    /// None yet; they are counted there.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        Self {
            all: Arc::default(),
            metrics,
        }
    }

    /// The API of a cluster that is known.
    #[must_use]
    pub fn client(&self, cluster: &str) -> Option<Client> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        all.get(cluster).map(|remote| remote.client.clone())
    }

    /// What the debug page says of each (`control-plane.md` 18).
    #[must_use]
    pub fn rows(&self) -> Vec<Value> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let row = |(id, remote): (&ArcStr, &Remote)| json!({ "id": id.as_str(), "secretName": remote.secret, "syncStatus": remote.progress.word() });
        all.iter().map(row).collect()
    }

    /// The cluster is asked through this client from now on.
    fn set(&self, cluster: &ArcStr, secret: &str, client: Client) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let secret = secret.to_owned();
        let progress = Progress::Synced;
        all.insert(
            cluster.clone(),
            Remote {
                client,
                secret,
                progress,
            },
        );
        self.count(&all);
        self.show(cluster, Some(progress));
    }

    /// A cluster that nobody can be asked about yet is shown as it is; one that works stays as it was.
    fn note(&self, cluster: &ArcStr, secret: &str, client: &Client, progress: Progress) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        let (secret, client) = (secret.to_owned(), client.clone());
        let known = all.entry(cluster.clone()).or_insert(Remote {
            client,
            secret,
            progress,
        });
        if known.progress != Progress::Synced {
            known.progress = progress;
            self.show(cluster, Some(progress));
        }
        self.count(&all);
    }

    fn remove(&self, cluster: &ArcStr) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        all.remove(cluster);
        self.count(&all);
        self.show(cluster, None);
    }

    fn count(&self, all: &BTreeMap<ArcStr, Remote>) {
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
        self.metrics.remote.managed("remote").set(count);
    }

    fn show(&self, cluster: &ArcStr, progress: Option<Progress>) {
        for one in Progress::ALL {
            self.metrics
                .remote
                .show(cluster, one.word(), progress == Some(one));
        }
        self.metrics.remote.show(cluster, "closed", progress.is_none());
    }
}
