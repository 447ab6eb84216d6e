//! Starting what is due, and what follows from a container's end.

use super::{Signal, Worker};
use crate::node::context::NodeContext;
use crate::node::events::Kind;
use crate::node::lifecycle::{self, PodParts, Started};
use crate::node::probe::{self, Question, Subject};
use crate::node::status::{RunState, Terminated, is_restartable, is_restarted};
use crate::spec::Ended;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Probe};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What one container needs next.
enum Due {
    Start,
    Wait(Duration),
    Nothing,
}

impl Worker {
    /// Starts what is due; returns when the next thing will be.
    pub(super) async fn advance(&mut self) -> Instant {
        let spec = self.spec();
        let policy = spec.restart_policy.clone().unwrap_or_else(|| "Always".to_owned());
        let mut due = Instant::now() + super::IDLE;
        for container in spec.init_containers.iter().flatten() {
            let stays = is_restartable(container);
            let init_policy = if stays {
                "Always"
            } else if policy == "Never" {
                "Never"
            } else {
                "OnFailure"
            };
            if !self.initialized || stays {
                due = due.min(self.advance_one(container, true, init_policy).await);
            }
            let Some(record) = self.records.get(&container.name) else {
                continue;
            };
            let passed = if stays {
                record.is_running() && record.started
            } else {
                record.ended().is_some_and(|ended| ended.code == 0)
            };
            if !passed && !self.initialized {
                return due;
            }
        }
        self.initialized = true;
        for container in &spec.containers {
            due = due.min(self.advance_one(container, false, &policy).await);
        }
        due
    }

    async fn advance_one(&mut self, container: &Container, is_init: bool, policy: &str) -> Instant {
        let now = Instant::now();
        let Some(record) = self.records.get_mut(&container.name) else {
            return now + super::IDLE;
        };
        let next = match &record.state {
            RunState::Waiting { .. } => record.backoff.remaining(now).map_or(Due::Start, Due::Wait),
            RunState::Terminated(ended) if is_restarted(policy, ended.code) => {
                let rest = record.backoff.remaining(now);
                let ended = ended.clone();
                record.last = Some(ended);
                record.attempt += 1;
                if let Some(rest) = rest {
                    let message = format!(
                        "back-off {}s restarting failed container={}",
                        rest.as_secs() + 1,
                        container.name
                    );
                    record.wait("CrashLoopBackOff", Some(message.clone()));
                    self.node
                        .events
                        .pod(&self.pod, Kind::Warning, "BackOff", &message)
                        .await;
                    Due::Wait(rest)
                } else {
                    Due::Start
                }
            }
            RunState::Running { .. } | RunState::Terminated(_) => Due::Nothing,
        };
        match next {
            Due::Start => self.start_container(container, is_init).await,
            Due::Wait(rest) => now + rest,
            Due::Nothing => now + super::IDLE,
        }
    }

    async fn start_container(&mut self, container: &Container, is_init: bool) -> Instant {
        let Some(sandbox) = &self.sandbox else {
            return Instant::now();
        };
        let attempt = self
            .records
            .get(&container.name)
            .map_or(0, |record| record.attempt);
        let parts = PodParts {
            node: &self.node,
            pod: &self.pod,
            sandbox,
            volumes: &self.volumes,
        };
        let started = lifecycle::start(parts, container, is_init, attempt).await;
        match started {
            Ok(started) => {
                self.note_start(container, is_init, attempt, started).await;
                Instant::now() + super::IDLE
            }
            Err(waiting) => {
                let message = format!("Error: {}", waiting.message);
                self.tell_once(Kind::Warning, "Failed", &message).await;
                if let Some(record) = self.records.get_mut(&container.name) {
                    record.wait(waiting.reason, Some(waiting.message));
                }
                Instant::now() + Duration::from_secs(1)
            }
        }
    }

    async fn note_start(&mut self, container: &Container, is_init: bool, attempt: u32, mut started: Started) {
        if !started.ignored.is_empty() {
            let (name, what) = (&container.name, started.ignored.join(", "));
            let message = format!("{name}: not applied in this sandbox: {what}");
            self.tell_once(Kind::Normal, "NotApplied", &message).await;
        }
        let message = format!("Started container {}", container.name);
        self.node
            .events
            .pod(&self.pod, Kind::Normal, "Started", &message)
            .await;
        let Some(record) = self.records.get_mut(&container.name) else {
            return;
        };
        record.state = RunState::Running {
            since: Timestamp::now(),
            pid: started.pid,
            dir: started.dir.clone(),
        };
        record.ran = Some(started.ran);
        record.started = container.startup_probe.is_none();
        record.ready =
            container.readiness_probe.is_none() && record.started && (!is_init || is_restartable(container));
        let (name, signals) = (container.name.clone(), self.signals.0.clone());
        self.tasks.spawn(async move {
            let ended = lifecycle::wait(&mut started.shim, &started.dir).await;
            drop(
                signals
                    .send(Signal::Exited {
                        container: name,
                        attempt,
                        ended,
                    })
                    .await,
            );
        });
        self.start_probes(&container.name);
        self.run_post_start(container);
    }

    pub(super) fn subject(&self, container: &Container) -> Option<Subject> {
        let record = self.records.get(&container.name)?;
        let RunState::Running { pid, dir, .. } = &record.state else {
            return None;
        };
        Some(Subject {
            container: container.clone(),
            attempt: record.attempt,
            address: *self.sandbox.as_ref()?.addresses.first()?,
            pid: *pid,
            spec: dir.join("spec.json"),
        })
    }

    /// The startup probe alone until it has succeeded, then the others.
    pub(super) fn start_probes(&mut self, name: &str) {
        let Some((container, is_init)) = self.container(name) else {
            return;
        };
        let Some(subject) = self.subject(&container) else {
            return;
        };
        let started = self.records.get(name).is_some_and(|record| record.started);
        let mut wanted: Vec<(Question, Probe)> = Vec::new();
        if !started {
            wanted.extend(
                container
                    .startup_probe
                    .clone()
                    .map(|probe| (Question::Startup, probe)),
            );
        } else if !is_init || is_restartable(&container) {
            wanted.extend(
                container
                    .readiness_probe
                    .clone()
                    .map(|probe| (Question::Readiness, probe)),
            );
            wanted.extend(
                container
                    .liveness_probe
                    .clone()
                    .map(|probe| (Question::Liveness, probe)),
            );
            if container.readiness_probe.is_none()
                && let Some(record) = self.records.get_mut(name)
            {
                record.ready = true;
            }
        }
        let mut probes = JoinSet::new();
        for (question, probe) in wanted {
            let (answers, mut inbox) = mpsc::channel(8);
            let (subject, signals) = (subject.clone(), self.signals.0.clone());
            probes.spawn(async move {
                let forward = async {
                    while let Some(answer) = inbox.recv().await {
                        if signals.send(Signal::Answered(answer)).await.is_err() {
                            return;
                        }
                    }
                };
                tokio::join!(probe::ask(subject, question, probe, answers), forward);
            });
        }
        self.probes.insert(name.to_owned(), probes);
    }

    fn run_post_start(&mut self, container: &Container) {
        let hook = container
            .lifecycle
            .as_ref()
            .and_then(|lifecycle| lifecycle.post_start.clone());
        let Some((hook, subject)) = hook.zip(self.subject(container)) else {
            return;
        };
        let (node, pod): (Arc<NodeContext>, _) = (Arc::clone(&self.node), self.pod.clone());
        self.tasks.spawn(async move {
            if let Err(reason) = super::stop::run_hook(&subject, &hook).await {
                node.events
                    .pod(&pod, Kind::Warning, "FailedPostStartHook", &reason)
                    .await;
            }
        });
    }

    /// Notes that a run has ended.
    pub(super) async fn note_exit(&mut self, name: &str, attempt: u32, ended: &Ended) {
        self.probes.remove(name);
        let found = self.container(name);
        let is_init = found.is_some_and(|(container, is_init)| is_init && !is_restartable(&container));
        let Some(record) = self.records.get_mut(name) else {
            return;
        };
        let RunState::Running { since, dir, .. } = &record.state else {
            return;
        };
        if record.attempt != attempt {
            return;
        }
        let error = lifecycle::start_error(dir);
        let reason = match (ended.code, &error) {
            (_, Some(_)) => "StartError",
            (0, None) => "Completed",
            _ => "Error",
        };
        let finished = Timestamp::now();
        let lasted = finished.as_second() - since.as_second();
        let state = Terminated {
            code: ended.code,
            signal: ended.signal,
            reason,
            message: error.clone(),
            started: *since,
            finished,
        };
        record.state = RunState::Terminated(state);
        // an init container that did its work counts as ready
        record.ready = is_init && ended.code == 0;
        record.started = false;
        if lasted > 600 {
            record.backoff.reset();
        }
        record.backoff.failed(Instant::now());
        if let Some(error) = error {
            self.tell_once(Kind::Warning, "Failed", &format!("Error: {error}"))
                .await;
        }
    }
}
