//! The one task that owns the index: events in, pushes out.
//!
//! Until every kind is listed, facts are only stored; then everything is derived once and published, and
//! the server counts as synced. Grants learn of pods before anybody hears of them over discovery.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use crate::ca::pods::Pods;
use crate::index::Index;
use crate::index::changes::Changes;
use crate::index::event::{Event, Kind, Settings};
use crate::metrics::{Metrics, label};
use crate::model::ObjectName;
use crate::model::condition::StatusOf;
use crate::reconcile::Noted;
use crate::watch::kinds::{BUILT_IN, DEFINED};
use crate::xds::publish::{Publisher, Window};

/// Batches that may wait for the index.
const WAITING: usize = 64;
/// Batches folded before a push that is due goes out.
const TOGETHER: usize = 64;

/// What the index task is told.
pub enum Input {
    /// Changes of the outside world.
    Events(Vec<Event>),
    /// A kind has been listed.
    Synced(Kind),
    /// Other clusters are listed, or are not waited for any more.
    ClustersSynced,
    /// Somebody wants to look.
    Look(Box<dyn FnOnce(&Index) + Send>),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Events(events) => write!(out, "Events({})", events.len()),
            Self::ClustersSynced => out.write_str("ClustersSynced"),
            Self::Synced(kind) => write!(out, "Synced({kind:?})"),
            Self::Look(_) => out.write_str("Look"),
        }
    }
}

/// A queue for the index task.
#[must_use]
pub fn queue() -> (mpsc::Sender<Input>, mpsc::Receiver<Input>) {
    mpsc::channel(WAITING)
}

/// Looks at the index from another task; `None` when the server stops.
pub async fn look<T: Send + 'static>(
    inputs: &mpsc::Sender<Input>,
    look: impl FnOnce(&Index) -> T + Send + 'static,
) -> Option<T> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let input = Input::Look(Box::new(move |index: &Index| {
        // nobody waits any more: nothing is lost
        let _ = answer.send(look(index));
    }));
    inputs.send(input).await.ok()?;
    answered.await.ok()
}

/// Whom the index task tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// Node proxies.
    pub publisher: Arc<Publisher>,
    /// Grants.
    pub pods: Arc<Pods>,
    /// Those who write into namespaces.
    pub namespaces: Arc<Noted<ArcStr, bool>>,
    /// Those who write status; the value counts changes.
    pub statuses: Arc<Noted<StatusOf, u64>>,
    /// Those who allocate addresses; the value counts changes.
    pub entries: Arc<Noted<ObjectName, u64>>,
    /// Counters.
    pub metrics: Metrics,
}

/// What the first derivation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Awaited {
    Kind(Kind),
    /// Other clusters of the mesh.
    Clusters,
}

/// The owner of the index.
#[derive(Debug)]
pub struct Fold {
    index: Index,
    window: Window,
    awaited: BTreeSet<Awaited>,
    told: Told,
    synced: watch::Sender<bool>,
}

impl Fold {
    /// An index that knows nothing yet.
    #[must_use]
    pub fn new(settings: Settings, window: Duration, told: Told) -> Self {
        let kinds = BUILT_IN.into_iter().chain(DEFINED.map(|(_, kind)| kind));
        let clusters = settings.multi_network.then_some(Awaited::Clusters);
        Self {
            awaited: kinds.map(Awaited::Kind).chain(clusters).collect(),
            index: Index::new(settings),
            window: Window::new(window),
            told,
            synced: watch::Sender::new(false),
        }
    }

    /// Whether the first state is published.
    #[must_use]
    pub fn synced(&self) -> watch::Receiver<bool> {
        self.synced.subscribe()
    }

    /// Folds until `stop`.
    pub async fn run(mut self, mut inputs: mpsc::Receiver<Input>, stop: CancellationToken) {
        loop {
            let due = self.window.due(Instant::now());
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.push(),
                input = inputs.recv() => {
                    let Some(input) = input else { return };
                    self.take(input);
                    // what has already happened goes out together
                    for _ in 1..TOGETHER {
                        match inputs.try_recv() {
                            Ok(input) => self.take(input),
                            Err(_) => break,
                        }
                    }
                }
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Events(events) if self.awaited.is_empty() => {
                let mut changes = Changes::default();
                for event in events {
                    changes.merge(self.index.apply(event));
                }
                self.tell(changes);
            }
            Input::Events(events) => events.into_iter().for_each(|event| self.index.stage(event)),
            Input::Synced(kind) => self.reach(Awaited::Kind(kind)),
            Input::ClustersSynced => self.reach(Awaited::Clusters),
            Input::Look(look) => look(&self.index),
        }
    }

    fn reach(&mut self, what: Awaited) {
        if self.awaited.remove(&what) && self.awaited.is_empty() {
            self.open();
        } else if !self.awaited.is_empty() {
            debug!(waiting_for = ?self.awaited, "a part is listed");
        }
    }

    /// Everything is listed: derive, publish, and only then answer anybody.
    fn open(&mut self) {
        let changes = self.index.derive_all();
        let (addresses, policies) = (changes.addresses.len(), changes.policies.len());
        self.tell(changes);
        self.push();
        self.synced.send_replace(true);
        info!(addresses, policies, "every kind is listed; serving");
    }

    /// Grants and writers hear at once; node proxies when the window is over.
    fn tell(&mut self, mut changes: Changes) {
        let pods = std::mem::take(&mut changes.pods);
        let remote_pods = std::mem::take(&mut changes.remote_pods);
        if !pods.is_empty() || !remote_pods.is_empty() {
            self.told.pods.update(|directories| {
                let home = directories.home();
                for name in &pods {
                    home.set(name, self.index.pod(name));
                }
                for (cluster, name) in &remote_pods {
                    let facts = self.index.remote_pod(cluster, name);
                    directories.of(cluster).set(name, facts);
                }
            });
        }
        let namespaces = std::mem::take(&mut changes.namespaces);
        if !namespaces.is_empty() {
            self.told.namespaces.update(|noted| {
                for name in namespaces {
                    match self.index.namespace(&name) {
                        Some(facts) => noted.insert(name, facts.is_terminating),
                        None => noted.remove(&name),
                    };
                }
            });
        }
        let statuses = std::mem::take(&mut changes.statuses);
        if !statuses.is_empty() {
            self.told.statuses.update(|noted| {
                for name in statuses {
                    *noted.entry(name).or_default() += 1;
                }
            });
        }
        let entries = std::mem::take(&mut changes.entries);
        if !entries.is_empty() {
            self.told.entries.update(|noted| {
                for name in entries {
                    *noted.entry(name).or_default() += 1;
                }
            });
        }
        self.window.add(changes, Instant::now());
    }

    fn push(&mut self) {
        let now = Instant::now();
        let counted = &self.told.metrics.xds;
        counted.debounce.observe(self.window.waited(now));
        let changes = self.window.take(now);
        for (kind, names) in [
            ("address", &changes.addresses),
            ("authorization", &changes.policies),
        ] {
            if !names.is_empty() {
                counted.triggers.get_or_create_owned(&label("type", kind)).inc();
            }
        }
        debug!(
            addresses = changes.addresses.len(),
            policies = changes.policies.len(),
            "pushing"
        );
        self.told.publisher.push(&changes, &self.index);
        counted.publishing.observe(now.elapsed());
        let services = i64::try_from(self.index.services()).unwrap_or(i64::MAX);
        self.told.metrics.xds.services.set(services);
    }
}
