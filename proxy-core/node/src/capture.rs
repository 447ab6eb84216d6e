//! Takes one pod into the mesh or out of it, step by step, and checks what is there (cni-agent.md 8 and 9).
//!
//! [`Keeper::look`] compares what is wanted with what is so and closes the gap; it is called for every change, every
//! doubt and every five minutes. [`Keeper::admit`] is the same for a pod that is being created. The truth is the
//! node — namespace, rules, acknowledgement — and never the annotation.

pub mod account;
pub mod admit;
mod audit;
pub mod error;
pub mod fault;
mod release;
mod repair;
mod search;
mod takeover;
pub mod view;
mod watch;
mod work;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh_sys::netns::NetNamespace;
use mesh_wire::zds::WorkloadInfo;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::Ambient;
use crate::enroll::{self, Verdict};
use crate::host::Host;
use crate::inside::enter;
use crate::metrics::Metrics;
use crate::pods::annotate::{Annotator, News};
use crate::pods::netns::{Census, Finder};
use crate::pods::record::{PodRecord, Redirection};
use crate::pods::{Judged, Store, Uid};
use crate::queue::{Outcome, Queue};
use crate::redirect::PodCapture;
use crate::redirect::nft::Applied;
use crate::redirect::put::{Existing, Newcomer, PutError, Wanted, put};
use crate::redirect::writer::Writer;
use crate::zds::{Served, Zds};
use error::CaptureError;
use fault::{Fault, Step};
use mesh_sys::program::chain;
use release::Leaving;
use work::{Slot, Stage, Work};

/// Pods looked at side by side.
const WORKERS: usize = 16;
/// A verified pod is looked at again after this time.
const VERIFY: Duration = Duration::from_mins(5);
/// An annotation that says `enabled` may be wrong for so long.
const DOUBT: Duration = Duration::from_secs(30);
/// A failure becomes an event when it lasts.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pauses between searches for a namespace, in seconds; the last one stays.
const SEARCHES: [u64; 5] = [1, 2, 5, 10, 30];

/// What the keeper works with.
#[derive(Clone)]
pub struct Tools {
    /// Which pods there are, and what is wanted for them.
    pub store: Store,
    /// The node proxies.
    pub zds: Zds,
    /// The node's own rules.
    pub host: Host,
    /// Finds namespaces.
    pub finder: Finder,
    /// Tells the cluster.
    pub annotator: Annotator,
    /// Counts.
    pub metrics: Metrics,
    /// Who is looked at when.
    pub queue: Queue,
    /// How pods are captured.
    pub settings: Arc<Ambient>,
    /// How rules are written.
    pub writer: Writer,
    /// Where tests cut captures off.
    pub fault: Fault,
}

/// What was seen, and when somebody began to look.
type LastCensus = Option<(Instant, Arc<Census>)>;

/// Keeps this node's pods in the mesh or out of it. Clones share everything.
#[derive(Clone)]
pub struct Keeper {
    tools: Tools,
    slots: Arc<Mutex<BTreeMap<Uid, Arc<Slot>>>>,
    /// The last look at the node's processes, and when it began; one look at a time.
    census: Arc<tokio::sync::Mutex<LastCensus>>,
}

impl Keeper {
    /// Nothing is done yet.
    #[must_use]
    pub fn new(tools: Tools) -> Self {
        Self {
            tools,
            slots: Arc::default(),
            census: Arc::default(),
        }
    }

    /// What it works with.
    #[must_use]
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// How many proxies are connected.
    #[must_use]
    pub fn proxies(&self) -> usize {
        self.tools.zds.connected()
    }

    /// Looks at queued pods until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let mut proxies = self.tools.zds.changes();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = tasks.join_next() => {
                    // what was seen of the node is for those who look side by side
                    if tasks.is_empty() && self.tools.queue.depth() == 0 {
                        self.census.lock().await.take();
                    }
                }
                Ok(()) = proxies.changed() => self.look_at_all(),
                (uid, due) = self.tools.queue.next(), if tasks.len() < WORKERS => {
                    let keeper = self.clone();
                    tasks.spawn(async move {
                        let outcome = keeper.look(&uid, due).await;
                        keeper.tools.queue.finish(uid, outcome);
                    });
                }
            }
        }
        tasks.shutdown().await;
    }

    /// Queues every pod.
    pub fn look_at_all(&self) {
        for uid in self.tools.store.uids() {
            self.tools.queue.push(uid);
        }
    }

    /// Compares and repairs one pod, which is to be seen as it is at `due` or later.
    pub async fn look(&self, uid: &Uid, due: Instant) -> Outcome {
        let slot = self.slot(uid);
        let mut work = slot.work.lock().await;
        work.due = Some(due);
        let Some(Judged { pod, verdict }) = self.tools.store.find(uid) else {
            return self.leave(uid, &mut work, Leaving::Gone).await;
        };
        slot.view().judged(&pod, verdict);
        if work
            .pod
            .as_ref()
            .is_some_and(|before| before.doubts != pod.doubts)
        {
            slot.doubt();
        }
        match verdict {
            Verdict::Capture => {
                work.told = None;
                let outcome = self.hold(&slot, &mut work, &pod).await;
                work.pod = Some(pod);
                outcome
            }
            Verdict::Leave(_) if work.is_engaged() || pod.annotation().is_some() => {
                let leaving = if pod.is_finished() {
                    Leaving::Finished(pod)
                } else {
                    Leaving::Running(pod)
                };
                self.leave(uid, &mut work, leaving).await
            }
            Verdict::Leave(_) => {
                // an earlier agent may have ended between two steps
                if self.tools.zds.remembers(uid) {
                    self.tools.zds.forget(uid);
                }
                self.slots().remove(uid);
                Outcome::Done
            }
        }
    }

    /// Captures a pod or verifies that it is captured.
    async fn hold(&self, slot: &Slot, work: &mut Work, pod: &Arc<PodRecord>) -> Outcome {
        if pod.addresses.is_empty() && !work.is_engaged() {
            // not created yet: the plugin will ask, or the address will come
            return Outcome::Done;
        }
        // what the plugin told is newer than what the object says, until the object changes
        let told = work
            .pod
            .as_ref()
            .is_some_and(|known| known.addresses == pod.addresses);
        if !pod.addresses.is_empty() && (work.addresses.is_empty() || !told) {
            self.readdress(work, pod).await;
        }
        let started = Instant::now();
        let captured = self.capture(slot, work, pod).await;
        match captured {
            Ok(()) => {
                if !work.verified {
                    self.tools.metrics.captured(started.elapsed());
                }
                self.succeeded(slot, work, pod);
                next_look(slot, work)
            }
            Err(error) => self.failed(slot, work, pod, &error).await,
        }
    }

    fn succeeded(&self, slot: &Slot, work: &mut Work, pod: &PodRecord) {
        let was_doubtful = work
            .failing
            .take()
            .is_some_and(|since| since.elapsed() > PATIENCE);
        if was_doubtful || pod.redirection() != Some(Redirection::Enabled) {
            let message = "the pod is in the mesh";
            self.tools.annotator.say(pod, News::Captured, message);
        }
        work.searches = 0;
        work.verified = true;
        slot.view().verified();
    }

    async fn failed(&self, slot: &Slot, work: &mut Work, pod: &PodRecord, error: &CaptureError) -> Outcome {
        let text = chain(error);
        slot.view().failed(error.state(), &text);
        self.tools.metrics.failed(error.state());
        let since = *work.failing.get_or_insert_with(Instant::now);
        let (namespace, name) = (&pod.facts.namespace, &pod.facts.name);
        if since.elapsed() < Duration::from_millis(1) || since.elapsed() > PATIENCE {
            tracing::warn!(ns = %namespace, %name, error = %text, hint = error.hint(), "failed to add pod to the mesh");
        }
        if since.elapsed() > PATIENCE {
            self.tools.annotator.say(pod, News::CaptureFailed, &text);
        }
        let claims = pod.redirection() == Some(Redirection::Enabled);
        let pending = match error {
            CaptureError::Proxy(_) if !claims => true,
            // an annotation that is not true must not stand
            _ => claims && since.elapsed() > DOUBT,
        };
        if pending && pod.redirection() != Some(Redirection::Pending) {
            if claims {
                self.tools.annotator.say(pod, News::NotVerified, &text);
            }
            self.annotate(pod, Redirection::Pending)
                .await
                .unwrap_or_else(|error| {
                    tracing::warn!(ns = %namespace, %name, error = %chain(&error), "cannot annotate");
                });
        }
        if error.is_search() {
            let pause = SEARCHES.get(work.searches).copied().unwrap_or(30);
            work.searches += 1;
            return Outcome::Later(Duration::from_secs(pause));
        }
        Outcome::Retry
    }

    /// The pod has other addresses than before: what it had is nobody's, or somebody else's.
    async fn readdress(&self, work: &mut Work, pod: &PodRecord) {
        let had_others = work.addresses.iter().any(|one| !pod.addresses.contains(one));
        if had_others && let Err(error) = self.tools.host.dismiss(&pod.uid).await {
            tracing::warn!(uid = %pod.uid, error = %chain(&error), "cannot take out the pod's former addresses");
        }
        work.addresses.clone_from(&pod.addresses);
    }

    /// All steps; each does nothing where its result is there.
    async fn capture(&self, slot: &Slot, work: &mut Work, pod: &PodRecord) -> Result<(), CaptureError> {
        let (uid, zds) = (&pod.uid, &self.tools.zds);
        zds.remember(uid, workload(pod));
        self.tools.fault.after(Step::Remembered).await;
        let namespace = match self.rules(slot, work, pod).await {
            Ok(namespace) => namespace,
            Err(error) => {
                if !work.is_engaged() && pod.redirection() != Some(Redirection::Enabled) {
                    zds.forget(uid);
                }
                return Err(error);
            }
        };
        zds.found(uid, &namespace);
        self.tools.fault.after(Step::Ruled).await;
        let added = zds.add(uid).await;
        slot.view().served(zds.served(uid) == Served::Now);
        added.map_err(CaptureError::Proxy)?;
        self.tools.fault.after(Step::Served).await;
        self.tools
            .host
            .admit(uid, &work.addresses)
            .await
            .map_err(CaptureError::Probes)?;
        self.tools.fault.after(Step::Exempted).await;
        if pod.redirection() != Some(Redirection::Enabled) {
            self.annotate(pod, Redirection::Enabled).await?;
            let (namespace, name) = (&pod.facts.namespace, &pod.facts.name);
            tracing::info!(ns = %namespace, %name, "adding pod to the mesh: captured");
        }
        self.tools.fault.after(Step::Annotated).await;
        Ok(())
    }

    async fn annotate(&self, pod: &PodRecord, value: Redirection) -> Result<(), CaptureError> {
        let written = self.tools.annotator.redirection(pod, Some(value)).await;
        written.map_err(CaptureError::Annotate)
    }

    /// Namespace and rules; a handle that has become somebody else's is searched for anew, once.
    async fn rules(
        &self,
        slot: &Slot,
        work: &mut Work,
        pod: &PodRecord,
    ) -> Result<NetNamespace, CaptureError> {
        if slot.is_doubtful.swap(false, Ordering::Relaxed) {
            self.confirm(work, pod).await;
        }
        if let Some(namespace) = work.namespace.clone() {
            match self.put(slot, work, pod, &namespace).await {
                Err(CaptureError::Inside(PutError::Foreign)) => {
                    tracing::warn!(uid = %pod.uid, "the pod has a new network namespace");
                    work.namespace = None;
                    work.verified = false;
                    (work.seen, work.due) = (None, None);
                }
                done => return done.map(|()| namespace),
            }
        }
        let due = work.due.unwrap_or_else(Instant::now);
        let namespace = self.search(&pod.uid, &work.addresses, due).await?;
        self.put(slot, work, pod, &namespace).await?;
        work.namespace = Some(namespace.clone());
        Ok(namespace)
    }

    async fn put(
        &self,
        slot: &Slot,
        work: &mut Work,
        pod: &PodRecord,
        namespace: &NetNamespace,
    ) -> Result<(), CaptureError> {
        // first the watch: what changes after the rules were seen is heard
        if work.watch.as_ref().is_none_or(|watch| !watch.hears(namespace)) {
            work.watch = self.watch_rules(&pod.uid, namespace).await;
        }
        let fresh = work.capture.is_none();
        let capture = work.capture.clone().unwrap_or_else(|| self.plan(pod));
        let claims = pod.annotation().is_some();
        let keeps = claims && !self.tools.settings.reconcile;
        let existing = work
            .existing
            .unwrap_or(if keeps { Existing::Keep } else { Existing::Replace });
        let wanted = Wanted {
            writer: self.tools.writer,
            addresses: work.addresses.clone(),
            preserved: (!fresh).then(|| capture.preserved.clone()),
            newcomer: match work.stage {
                Stage::Creating => Newcomer::Unborn,
                Stage::Running if claims => Newcomer::No,
                Stage::Running => Newcomer::Yes,
            },
            existing,
            seen: work.seen,
            capture: capture.clone(),
        };
        let done = enter(namespace, move || put(&wanted))
            .await
            .map_err(CaptureError::Enter)?;
        let done = done.map_err(CaptureError::Inside)?;
        if !fresh && work.verified && done.applied == Applied::Written && done.preserved == capture.preserved
        {
            self.repaired(pod, done.slipped);
        } else if done.slipped.is_some_and(|slipped| slipped.connections > 0) {
            self.slipped(pod, done.slipped);
        }
        slot.view().ruled(namespace.id(), &done, &work.addresses);
        // what this agent wrote once it does not leave to others
        work.existing = Some(match done.tables {
            Applied::Written => Existing::Replace,
            Applied::Unchanged => existing,
        });
        work.seen = done.seen;
        work.capture = Some(PodCapture {
            preserved: done.preserved,
            ..capture
        });
        Ok(())
    }

    /// How a pod is captured, by the settings and its own wishes.
    fn plan(&self, pod: &PodRecord) -> PodCapture {
        let settings = &self.tools.settings;
        let wishes = enroll::wishes(&pod.facts.annotations);
        for key in &wishes.unreadable {
            tracing::warn!(ns = %pod.facts.namespace, name = %pod.facts.name, annotation = key, "ignored: its value is not one that it can have");
        }
        PodCapture {
            probes: settings.probes,
            dns: wishes.dns.unwrap_or(settings.dns),
            families: settings.families,
            inbound: wishes.inbound,
            rerouted: wishes.rerouted,
            preserved: std::collections::BTreeSet::new(),
        }
    }

    fn slot(&self, uid: &Uid) -> Arc<Slot> {
        self.slots().entry(uid.clone()).or_default().clone()
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<Uid, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the proxy knows a pod.
fn workload(pod: &PodRecord) -> WorkloadInfo {
    WorkloadInfo {
        name: pod.facts.name.clone(),
        namespace: pod.facts.namespace.clone(),
        service_account: pod.account.clone(),
    }
}

/// The listeners come after the rules, so they are looked for again soon.
fn next_look(slot: &Slot, work: &mut Work) -> Outcome {
    if slot.view().has_listeners() {
        work.unheard = 0;
        return Outcome::Later(VERIFY);
    }
    work.unheard = work.unheard.saturating_add(1);
    Outcome::Later(Duration::from_secs(1 << work.unheard.min(8)).min(VERIFY))
}
