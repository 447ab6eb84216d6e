//! One other cluster: gathered aside, then put in the place of what was known of it, then followed.

use std::collections::BTreeSet;
use std::time::Duration;

use arcstr::ArcStr;
use kube::Client;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::roots::{Namespaces, note};
use super::{Progress, RootsElsewhere};
use crate::fold::{self, Input};
use crate::index::clusters::ClusterFacts;
use crate::index::event::{Event, Kind};
use crate::watch::Watcher;
use crate::watch::kinds::REMOTE;

/// What an earlier look at the same cluster is ended by, and says that it has ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Handle {
    pub(super) stop: CancellationToken,
    pub(super) ended: CancellationToken,
}

/// One look at another cluster, with one set of credentials.
pub(super) struct Cluster {
    pub(super) id: ArcStr,
    pub(super) client: Client,
    pub(super) watcher: Watcher,
    /// After this long nobody waits for it; none is for ever.
    pub(super) patience: Option<Duration>,
    /// Looks that it replaces once all is listed.
    pub(super) earlier: Vec<Handle>,
    pub(super) handle: Handle,
    pub(super) inputs: mpsc::Sender<Input>,
    pub(super) roots: Option<RootsElsewhere>,
    pub(super) reports: mpsc::Sender<(ArcStr, Client, Progress)>,
}

impl Cluster {
    /// Follows the cluster until it is stopped.
    pub(super) async fn run(self) {
        let _ended = self.handle.ended.clone().drop_guard();
        let stop = self.handle.stop.clone();
        let (sender, mut events) = fold::queue();
        let mut watching = JoinSet::new();
        let (watcher, token) = (self.watcher.clone(), stop.clone());
        watching.spawn(async move { watcher.run(sender, token).await });
        if let Some(facts) = self.gather(&mut events).await {
            let namespaces = watch::Sender::new(facts.namespaces().clone());
            self.take_over(facts).await;
            if let Some(roots) = self.roots.clone() {
                let (id, client, seen) = (self.id.clone(), self.client.clone(), namespaces.subscribe());
                let token = stop.clone();
                watching.spawn(async move { roots.run((&id, &client), seen, token).await });
            }
            self.follow(&mut events, &namespaces).await;
        }
        // whoever still hands something over is let go
        drop(events);
        while watching.join_next().await.is_some() {}
    }

    /// All facts, once every kind is listed; `None` if it is stopped before.
    async fn gather(&self, events: &mut mpsc::Receiver<Input>) -> Option<ClusterFacts> {
        let mut awaited: BTreeSet<Kind> = REMOTE.into();
        let mut facts = ClusterFacts::default();
        let mut deadline = self.patience.map(|patience| Instant::now() + patience);
        while !awaited.is_empty() {
            let input = tokio::select! {
                biased;
                () = self.handle.stop.cancelled() => return None,
                input = events.recv() => input?,
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                    deadline = None;
                    warn!(cluster = %self.id, waiting_for = ?awaited, "a cluster is not listed in time; going on without it");
                    self.report(Progress::TimedOut).await;
                    continue;
                }
            };
            match input {
                Input::Events(all) => all.into_iter().for_each(|event| facts.stage(event)),
                Input::Synced(kind) => {
                    awaited.remove(&kind);
                }
                Input::ClustersSynced | Input::Look(_) => {}
            }
        }
        Some(facts)
    }

    /// Nobody else speaks of this cluster when its facts are replaced.
    async fn take_over(&self, facts: ClusterFacts) {
        for one in &self.earlier {
            one.stop.cancel();
            one.ended.cancelled().await;
        }
        let event = Event::Cluster(self.id.clone(), Box::new(facts));
        // the receiver is gone only when the server stops
        let _ = self.inputs.send(Input::Events(vec![event])).await;
        info!(cluster = %self.id, "a cluster is listed");
        self.report(Progress::Synced).await;
    }

    async fn follow(&self, events: &mut mpsc::Receiver<Input>, namespaces: &watch::Sender<Namespaces>) {
        loop {
            let input = tokio::select! {
                biased;
                () = self.handle.stop.cancelled() => return,
                input = events.recv() => input,
            };
            match input {
                Some(Input::Events(all)) => {
                    namespaces.send_if_modified(|held| {
                        // every event is taken in, whatever one before it changed
                        let changes = all.iter().filter(|event| note(held, event));
                        changes.count() > 0
                    });
                    let far = |event| Event::Remote(self.id.clone(), Box::new(event));
                    let all = all.into_iter().map(far).collect();
                    if self.inputs.send(Input::Events(all)).await.is_err() {
                        return;
                    }
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    async fn report(&self, progress: Progress) {
        let report = (self.id.clone(), self.client.clone(), progress);
        // who collects reports may be waiting for the end of this very look
        let _ = self
            .handle
            .stop
            .run_until_cancelled(self.reports.send(report))
            .await;
    }
}
