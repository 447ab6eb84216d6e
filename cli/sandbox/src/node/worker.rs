//! One pod on this node, from its binding to its end.
//!
//! Everything that happens (a changed object, a container's end, a probe's answer, a due time) leads to one
//! `step`, which does the next thing the pod needs and writes the status if it changed.

mod run;
mod stop;

use crate::node::backoff::Backoff;
use crate::node::context::{NodeContext, uid};
use crate::node::events::Kind;
use crate::node::lifecycle;
use crate::node::probe::{Answer, Question};
use crate::node::sandbox::{self, PodSandbox};
use crate::node::server::{PodView, Views};
use crate::node::status::{self, Facts, Record};
use crate::node::volumes::Volumes;
use crate::spec::Ended;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodStatus};
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, warn};

/// The annotation that says what ran for each container.
const RAN: &str = "sandbox.meshctl.dev/ran";
/// How often files of volumes are compared with their objects.
const REFRESH: Duration = Duration::from_secs(5);
/// How often a step that waits for nothing in particular is repeated.
const IDLE: Duration = Duration::from_mins(1);

/// What a pod's own tasks tell its worker.
#[derive(Debug)]
enum Signal {
    Exited {
        container: String,
        attempt: u32,
        ended: Ended,
    },
    Answered(Answer),
}

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next step is due at this time at the latest.
    At(Instant),
    Done,
}

/// The worker of one pod.
#[derive(Debug)]
pub(crate) struct Worker {
    node: Arc<NodeContext>,
    views: Views,
    pod: Pod,
    updates: watch::Receiver<Option<Pod>>,
    signals: (mpsc::Sender<Signal>, mpsc::Receiver<Signal>),
    tasks: JoinSet<()>,
    probes: BTreeMap<String, JoinSet<()>>,
    sandbox: Option<PodSandbox>,
    sandboxes: u32,
    volumes: Volumes,
    are_volumes_ready: bool,
    records: BTreeMap<String, Record>,
    initialized: bool,
    retry: Backoff,
    refresh: Instant,
    sent: Option<Value>,
    told: BTreeSet<String>,
    start: Timestamp,
}

impl Worker {
    pub(crate) fn new(
        node: Arc<NodeContext>,
        views: Views,
        pod: Pod,
        updates: watch::Receiver<Option<Pod>>,
    ) -> Self {
        let spec = pod.spec.clone().unwrap_or_default();
        let waiting = if spec.init_containers.as_ref().is_some_and(|list| !list.is_empty()) {
            "PodInitializing"
        } else {
            "ContainerCreating"
        };
        let names = spec.init_containers.iter().flatten().chain(&spec.containers);
        let mut records: BTreeMap<_, _> = names
            .map(|one| (one.name.clone(), Record::new(waiting)))
            .collect();
        continue_counts(&mut records, pod.status.as_ref());
        let now = Instant::now();
        Self {
            node,
            views,
            pod,
            updates,
            signals: mpsc::channel(64),
            tasks: JoinSet::new(),
            probes: BTreeMap::new(),
            sandbox: None,
            sandboxes: 0,
            volumes: Volumes::default(),
            are_volumes_ready: false,
            records,
            initialized: false,
            retry: Backoff::new(Duration::from_millis(250), Duration::from_secs(10)),
            refresh: now + REFRESH,
            sent: None,
            told: BTreeSet::new(),
            start: Timestamp::now(),
        }
    }

    /// Runs the pod until its object is gone.
    pub(crate) async fn run(mut self) {
        loop {
            let due = match Box::pin(self.step()).await {
                Next::Done => break,
                Next::At(due) => due,
            };
            tokio::select! {
                biased;
                changed = self.updates.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.take_update();
                }
                Some(signal) = self.signals.1.recv() => self.take_signal(signal).await,
                () = sleep_until(due) => {}
            }
            // finished tasks are collected here; their results came as signals
            while self.tasks.try_join_next().is_some() {}
        }
        self.views.forget(&uid(&self.pod));
    }

    fn take_update(&mut self) {
        let update = self.updates.borrow_and_update().clone();
        if let Some(mut pod) = update {
            // the address is ours to say, and may not have reached the object yet
            if let (Some(status), Some(own)) = (&mut pod.status, &self.pod.status) {
                status.pod_ip = status.pod_ip.take().or_else(|| own.pod_ip.clone());
            }
            self.pod = pod;
        }
    }

    async fn take_signal(&mut self, signal: Signal) {
        match signal {
            Signal::Exited {
                container,
                attempt,
                ended,
            } => self.note_exit(&container, attempt, &ended).await,
            Signal::Answered(answer) => self.note_answer(answer).await,
        }
    }

    fn spec(&self) -> PodSpec {
        self.pod.spec.clone().unwrap_or_default()
    }

    fn is_deleted(&self) -> bool {
        self.pod.metadata.deletion_timestamp.is_some() || self.updates.borrow().is_none()
    }

    async fn step(&mut self) -> Next {
        if self.is_deleted() {
            self.terminate().await;
            return Next::Done;
        }
        if self.is_over() {
            self.tear_down().await;
            self.report().await;
            return Next::At(Instant::now() + IDLE);
        }
        let now = Instant::now();
        let mut due = now + IDLE;
        if let Some(rest) = self.retry.remaining(now) {
            due = now + rest;
        } else if self.prepare().await {
            self.retry.reset();
            if now >= self.refresh {
                let (node, pod) = (Arc::clone(&self.node), self.pod.clone());
                self.volumes.refresh(&node, &pod).await;
                self.refresh = now + REFRESH;
            }
            due = self.advance().await.min(self.refresh);
        } else {
            self.retry.failed(now);
            due = due.min(now + Duration::from_millis(250));
        }
        self.report().await;
        Next::At(due)
    }

    /// Volumes, then namespaces. `false` when one of them must be tried again.
    async fn prepare(&mut self) -> bool {
        let (node, pod) = (Arc::clone(&self.node), self.pod.clone());
        if !self.are_volumes_ready {
            if let Err(blocked) = self.volumes.prepare(&node, &pod).await {
                let message = format!(
                    "MountVolume.SetUp failed for volume \"{}\" : {}",
                    blocked.volume, blocked.reason
                );
                self.tell_once(Kind::Warning, "FailedMount", &message).await;
                return false;
            }
            self.are_volumes_ready = true;
        }
        if self.sandbox.is_none() {
            self.sandboxes += 1;
            match sandbox::create(&node, &pod, self.sandboxes).await {
                Ok(made) => self.adopt(made),
                Err(failure) => {
                    let message = format!("Failed to create pod sandbox: {}", failure.chain());
                    node.events
                        .pod(&pod, Kind::Warning, "FailedCreatePodSandBox", &message)
                        .await;
                    return false;
                }
            }
        }
        true
    }

    fn adopt(&mut self, made: PodSandbox) {
        let status = self.pod.status.get_or_insert_with(PodStatus::default);
        status.pod_ip = made.addresses.first().map(ToString::to_string);
        if let Err(failure) = lifecycle::prepare_files(&self.node, &self.pod, &made) {
            warn!(
                pod = self.pod.name_any(),
                reason = failure.chain(),
                "cannot prepare the pod's files"
            );
        }
        self.sandbox = Some(made);
    }

    /// Records an event unless these very words were told before.
    async fn tell_once(&mut self, kind: Kind, reason: &str, message: &str) {
        if self.told.insert(format!("{reason}/{message}")) {
            self.node.events.pod(&self.pod, kind, reason, message).await;
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            pod: &self.pod,
            records: &self.records,
            node: self.node.address().into(),
            addresses: self
                .sandbox
                .as_ref()
                .map(|made| made.addresses.as_slice())
                .unwrap_or_default(),
            initialized: self.initialized,
            is_terminating: self.is_deleted(),
            start: self.start,
            now: Timestamp::now(),
        }
    }

    fn is_over(&self) -> bool {
        let before = self
            .pod
            .status
            .as_ref()
            .and_then(|status| status.phase.as_deref());
        matches!(before, Some("Succeeded" | "Failed"))
            || matches!(status::phase(&self.facts()), "Succeeded" | "Failed")
    }

    /// Writes the status if it differs from what was written last.
    async fn report(&mut self) {
        self.views.remember(self.view());
        let status = status::render(&self.facts(), self.pod.status.as_ref());
        let over_before =
            self.sent.is_none() && self.records.values().all(|record| record.ran.is_none()) && self.is_over();
        if over_before {
            return;
        }
        let ran: BTreeMap<_, _> = self
            .records
            .iter()
            .filter_map(|(name, one)| Some((name, one.ran?)))
            .collect();
        let mut words: Vec<_> = ran
            .values()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        words.sort_unstable();
        let mut patch = json!({"metadata": {"uid": uid(&self.pod)}, "status": status});
        if !words.is_empty() {
            patch["metadata"]["annotations"] = json!({ RAN: words.join(",") });
        }
        if self.sent.as_ref() == Some(&patch) {
            return;
        }
        let api = self.node.pods(&self.pod.namespace().unwrap_or_default());
        match api
            .patch_status(
                &self.pod.name_any(),
                &PatchParams::default(),
                &Patch::Merge(&patch),
            )
            .await
        {
            Ok(stored) => {
                self.pod.status = stored.status;
                self.sent = Some(patch);
            }
            Err(kube::Error::Api(refused)) if refused.code == 404 || refused.code == 409 => {
                debug!(pod = self.pod.name_any(), "the pod is gone or was replaced");
            }
            Err(error) => warn!(pod = self.pod.name_any(), %error, "cannot write the pod's status"),
        }
    }

    fn view(&self) -> PodView {
        PodView::new(
            &self.pod,
            self.sandbox.as_ref().map(|made| made.pid),
            &self.records,
        )
    }

    fn container(&self, name: &str) -> Option<(Container, bool)> {
        let spec = self.spec();
        let mut init = spec.init_containers.into_iter().flatten();
        if let Some(found) = init.find(|container| container.name == name) {
            return Some((found, true));
        }
        spec.containers
            .into_iter()
            .find(|container| container.name == name)
            .map(|found| (found, false))
    }

    async fn note_answer(&mut self, answer: Answer) {
        let Some(record) = self.records.get_mut(&answer.container) else {
            return;
        };
        if record.attempt != answer.attempt || !record.is_running() {
            return;
        }
        let word = match answer.question {
            Question::Startup => "Startup",
            Question::Readiness => "Readiness",
            Question::Liveness => "Liveness",
        };
        match (answer.question, answer.verdict) {
            (Question::Startup, Some(true)) => {
                record.started = true;
                self.start_probes(&answer.container);
            }
            (Question::Readiness, Some(ready)) => record.ready = ready,
            _ => {}
        }
        if let Some(failure) = &answer.failure {
            let message = format!("{word} probe failed: {failure}");
            self.node
                .events
                .pod(&self.pod, Kind::Warning, "Unhealthy", &message)
                .await;
        }
        if answer.verdict == Some(false) && answer.question != Question::Readiness {
            let message = format!(
                "Container {} failed {} probe, will be restarted",
                answer.container,
                word.to_lowercase()
            );
            self.node
                .events
                .pod(&self.pod, Kind::Normal, "Killing", &message)
                .await;
            self.stop_container(&answer.container);
        }
    }
}

/// Restart counts go on where an earlier life of this node left them.
fn continue_counts(records: &mut BTreeMap<String, Record>, status: Option<&PodStatus>) {
    let Some(status) = status else { return };
    let lists = [&status.container_statuses, &status.init_container_statuses];
    for old in lists.into_iter().flatten().flatten() {
        let ran = old.state.as_ref().is_some_and(|state| state.waiting.is_none());
        if let Some(record) = records.get_mut(&old.name) {
            record.attempt = u32::try_from(old.restart_count).unwrap_or(0) + u32::from(ran);
        }
    }
}
