//! The secrets that name other clusters, and the looks at them that come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arcstr::ArcStr;
use futures::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use kube::config::KubeConfigOptions;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use mesh_sys::program::chain;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use zeroize::Zeroize;

use super::cluster::{Cluster, Handle};
use super::plan::{Running, Step, Wanted, steps};
use super::{Progress, Remotes, RootsElsewhere, credentials};
use crate::ca::shortened;
use crate::cluster;
use crate::fold::Input;
use crate::metrics::Metrics;
use crate::watch::{Failures, Retry, Watcher};

const LABEL: &str = "istio/multiCluster=true";
/// Reports that may wait.
const REPORTS: usize = 16;

/// How other clusters are followed.
#[derive(Clone, Debug)]
pub struct RemoteSettings {
    /// Our own cluster's id.
    pub own: String,
    /// Where the secrets are.
    pub namespace: String,
    /// The one namespace that is watched; empty for all.
    pub watch_namespace: String,
    /// After this long nobody waits for a cluster; none is for ever.
    pub patience: Option<Duration>,
    /// What kubeconfigs may ask for besides what is in their text.
    pub allowed: BTreeSet<String>,
    /// Requests a second to one API, and at once.
    pub api_rate: (u32, u32),
}

/// Follows the secrets.
pub struct Secrets {
    /// Our own API.
    pub client: Client,
    /// How.
    pub settings: RemoteSettings,
    /// Where the clusters in force are kept.
    pub remotes: Remotes,
    /// What is counted.
    pub metrics: Metrics,
    /// The index.
    pub inputs: mpsc::Sender<Input>,
    /// What is distributed to clusters that want it from us.
    pub roots: Option<RootsElsewhere>,
}

/// What runs, and what readiness waits for.
struct State {
    failures: Failures,
    /// A list that has not ended yet.
    listed: Wanted,
    wanted: Wanted,
    running: Running,
    handles: BTreeMap<ArcStr, Vec<Handle>>,
    tasks: JoinSet<()>,
    reports: mpsc::Sender<(ArcStr, Client, Progress)>,
    /// Clusters of the first list that are not there yet; `None` before it, and after all are.
    awaited: Option<BTreeSet<ArcStr>>,
    ignored: BTreeSet<(ArcStr, String)>,
}

impl Secrets {
    /// Follows until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let api: Api<Secret> = Api::namespaced(self.client.clone(), &self.settings.namespace);
        let config = watcher::Config::default().labels(LABEL);
        let mut stream = watcher(api, config).backoff(Retry::default()).boxed();
        let (reports, mut reported) = mpsc::channel(REPORTS);
        let mut state = State {
            failures: Failures::new("secrets of other clusters"),
            listed: Wanted::new(),
            wanted: Wanted::new(),
            running: Running::new(),
            handles: BTreeMap::new(),
            tasks: JoinSet::new(),
            reports,
            awaited: None,
            ignored: BTreeSet::new(),
        };
        let mut is_first = true;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some((cluster, client, progress)) = reported.recv() => {
                    self.hear(&mut state, &cluster, client, progress).await;
                }
                Some(_) = state.tasks.join_next() => {}
                Some(item) = stream.next() => {
                    if !self.take(&mut state, item) {
                        continue;
                    }
                    self.settle(&mut state, &stop).await;
                    if std::mem::take(&mut is_first) {
                        state.awaited = Some(state.handles.keys().cloned().collect());
                        self.ready(&mut state).await;
                    }
                }
                else => break,
            }
        }
        state
            .handles
            .values()
            .flatten()
            .for_each(|handle| handle.stop.cancel());
        while state.tasks.join_next().await.is_some() {}
    }

    /// Takes one item of the watch in, and says whether what is wanted may be something else now.
    fn take(&self, state: &mut State, item: Result<watcher::Event<Secret>, watcher::Error>) -> bool {
        match item {
            Ok(watcher::Event::Init) => state.listed.clear(),
            Ok(watcher::Event::InitApply(secret)) => {
                let (name, keys) = keys_of(secret);
                state.listed.insert(name, keys);
            }
            Ok(watcher::Event::InitDone) => {
                state.failures.worked();
                state.wanted = std::mem::take(&mut state.listed);
                return true;
            }
            Ok(watcher::Event::Apply(secret)) => {
                let (name, keys) = keys_of(secret);
                let is_known = state.wanted.insert(name, keys).is_some();
                self.metrics
                    .remote
                    .secret_event(if is_known { "update" } else { "add" });
                return true;
            }
            Ok(watcher::Event::Delete(secret)) => {
                state.wanted.remove(&keys_of(secret).0);
                self.metrics.remote.secret_event("delete");
                return true;
            }
            Err(error) => state.failures.failed(&error),
        }
        false
    }

    async fn hear(&self, state: &mut State, cluster: &ArcStr, client: Client, progress: Progress) {
        let Some((secret, _)) = state.running.get(cluster) else {
            return;
        };
        if progress == Progress::Synced {
            self.remotes.set(cluster, secret, client);
        } else {
            self.metrics.remote.timeouts.inc();
            self.remotes.note(cluster, secret, &client, progress);
        }
        if let Some(awaited) = &mut state.awaited {
            awaited.remove(cluster);
        }
        self.ready(state).await;
    }

    /// Says once that no cluster is waited for any more.
    async fn ready(&self, state: &mut State) {
        if state.awaited.as_ref().is_some_and(BTreeSet::is_empty) {
            state.awaited = None;
            // the receiver is gone only when the server stops
            let _ = self.inputs.send(Input::ClustersSynced).await;
        }
    }

    async fn settle(&self, state: &mut State, stop: &CancellationToken) {
        for step in steps(&self.settings.own, &state.wanted, &state.running) {
            match step {
                Step::Start(cluster, secret, bytes) | Step::Replace(cluster, secret, bytes) => {
                    self.start(state, (cluster, secret, bytes), stop).await;
                }
                Step::Stop(cluster) => self.forget(state, &cluster).await,
                Step::Ignore(cluster, secret, why) => {
                    if state.ignored.insert((cluster.clone(), secret.clone())) {
                        warn!(%cluster, secret, why, "passing over a cluster of a secret");
                    }
                }
            }
        }
        for handles in state.handles.values_mut() {
            handles.retain(|handle| !handle.ended.is_cancelled());
        }
    }

    /// A kubeconfig that cannot be used is remembered, so that it is not tried again; what runs goes on.
    async fn start(
        &self,
        state: &mut State,
        (cluster, secret, bytes): (ArcStr, String, Vec<u8>),
        stop: &CancellationToken,
    ) {
        let client = self.connect(&bytes).await;
        state.running.insert(cluster.clone(), (secret.clone(), bytes));
        let client = match client {
            Ok(client) => client,
            Err(reason) => {
                warn!(%cluster, secret, reason, "cannot use the kubeconfig of another cluster; it is not tried again");
                return;
            }
        };
        info!(%cluster, secret, "looking at another cluster");
        self.remotes.note(&cluster, &secret, &client, Progress::Syncing);
        let handle = Handle {
            stop: stop.child_token(),
            ended: CancellationToken::new(),
        };
        let handles = state.handles.entry(cluster.clone()).or_default();
        let look = Cluster {
            id: cluster.clone(),
            client: client.clone(),
            watcher: Watcher::of_remote(
                client,
                &cluster,
                &self.settings.watch_namespace,
                self.metrics.clone(),
            ),
            patience: self.settings.patience,
            earlier: handles.clone(),
            handle: handle.clone(),
            inputs: self.inputs.clone(),
            roots: self.roots.clone(),
            reports: state.reports.clone(),
        };
        handles.push(handle);
        state.tasks.spawn(look.run());
    }

    async fn connect(&self, bytes: &[u8]) -> Result<Client, String> {
        let kubeconfig = credentials::read(bytes, &self.settings.allowed).map_err(|error| explain(&error))?;
        let options = KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await;
        let config = config.map_err(|error| explain(&error))?;
        cluster::client(config, self.settings.api_rate).map_err(|error| explain(&error))
    }

    async fn forget(&self, state: &mut State, cluster: &ArcStr) {
        info!(%cluster, "another cluster is none of ours any more");
        if let Some((_, mut bytes)) = state.running.remove(cluster) {
            bytes.zeroize();
        }
        for handle in state.handles.remove(cluster).into_iter().flatten() {
            handle.stop.cancel();
            handle.ended.cancelled().await;
        }
        self.remotes.remove(cluster);
        let gone = crate::index::event::Event::ClusterGone(cluster.clone());
        // the receiver is gone only when the server stops
        let _ = self.inputs.send(Input::Events(vec![gone])).await;
        if let Some(awaited) = &mut state.awaited {
            awaited.remove(cluster);
        }
        self.ready(state).await;
    }
}

/// The causes in one line; none of them repeats the credentials.
fn explain(error: &dyn std::error::Error) -> String {
    shortened(&chain(error))
}

fn keys_of(secret: Secret) -> (String, BTreeMap<ArcStr, Vec<u8>>) {
    let name = secret.metadata.name.unwrap_or_default();
    let data = secret.data.unwrap_or_default().into_iter();
    (
        name,
        data.map(|(cluster, bytes)| (cluster.into(), bytes.0)).collect(),
    )
}
