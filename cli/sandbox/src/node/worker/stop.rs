//! The end of containers and of the pod: hooks, signals, grace, cleaning up.

use super::{Signal as Message, Worker};
use crate::node::context::{pod_dir, uid};
use crate::node::events::Kind;
use crate::node::lifecycle;
use crate::node::probe::{self, Subject};
use crate::node::status::{RunState, is_restartable};
use k8s_openapi::api::core::v1::LifecycleHandler;
use kube::ResourceExt;
use kube::api::{DeleteParams, Preconditions};
use nix::mount::{MntFlags, umount2};
use nix::sys::signal::Signal;
use std::fs;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};

/// Runs a lifecycle hook.
pub(super) async fn run_hook(subject: &Subject, hook: &LifecycleHandler) -> Result<(), String> {
    if let Some(exec) = &hook.exec {
        return probe::run_in(subject, exec.command.clone().unwrap_or_default()).await;
    }
    if let Some(pause) = &hook.sleep {
        sleep(Duration::from_secs(u64::try_from(pause.seconds).unwrap_or(0))).await;
        return Ok(());
    }
    if let Some(action) = &hook.http_get {
        return probe::http(subject, action).await;
    }
    Ok(())
}

impl Worker {
    /// Asks a container to end; if it does not within the pod's grace, it is killed.
    pub(super) fn stop_container(&mut self, name: &str) {
        let grace = self.grace();
        let Some(RunState::Running { pid, .. }) = self.records.get(name).map(|record| &record.state) else {
            return;
        };
        let pid = *pid;
        lifecycle::send(pid, Signal::SIGTERM);
        self.tasks.spawn(async move {
            let deadline = Instant::now() + grace;
            while Instant::now() < deadline {
                sleep(Duration::from_millis(50)).await;
                if !is_alive(pid) {
                    return;
                }
            }
            lifecycle::send(pid, Signal::SIGKILL);
        });
    }

    fn grace(&self) -> Duration {
        let asked = self.pod.metadata.deletion_grace_period_seconds;
        let seconds = asked
            .or(self.spec().termination_grace_period_seconds)
            .unwrap_or(30);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }

    fn running(&self, stays: bool) -> Vec<(String, i32)> {
        let spec = self.spec();
        let is_sidecar = |name: &str| {
            spec.init_containers
                .iter()
                .flatten()
                .any(|one| one.name == name && is_restartable(one))
        };
        let alive = self.records.iter().filter(|(name, _)| is_sidecar(name) == stays);
        let pid = |state: &RunState| match state {
            RunState::Running { pid, .. } => Some(*pid),
            _ => None,
        };
        alive
            .filter_map(|(name, record)| Some((name.clone(), pid(&record.state)?)))
            .collect()
    }

    /// Ends the pod: containers, then sidecars, then its namespaces; then the object goes.
    pub(super) async fn terminate(&mut self) {
        self.probes.clear();
        let deadline = Instant::now() + self.grace();
        for stays in [false, true] {
            let names = self.running(stays);
            if names.is_empty() {
                continue;
            }
            for (name, _) in &names {
                self.node
                    .events
                    .pod(
                        &self.pod,
                        Kind::Normal,
                        "Killing",
                        &format!("Stopping container {name}"),
                    )
                    .await;
            }
            self.run_pre_stop(&names, deadline).await;
            for (_, pid) in &names {
                lifecycle::send(*pid, Signal::SIGTERM);
            }
            self.wait_for(stays, deadline).await;
            for (_, pid) in self.running(stays) {
                lifecycle::send(pid, Signal::SIGKILL);
            }
            self.wait_for(stays, Instant::now() + Duration::from_secs(10))
                .await;
        }
        self.tear_down().await;
        self.report().await;
        self.remove_object().await;
    }

    async fn run_pre_stop(&mut self, names: &[(String, i32)], deadline: Instant) {
        let hooks: Vec<_> = names
            .iter()
            .filter_map(|(name, _)| {
                let (container, _) = self.container(name)?;
                let hook = container.lifecycle.as_ref()?.pre_stop.clone()?;
                Some((self.subject(&container)?, hook))
            })
            .collect();
        let all = futures::future::join_all(hooks.iter().map(|(subject, hook)| run_hook(subject, hook)));
        for outcome in timeout(deadline.saturating_duration_since(Instant::now()), all)
            .await
            .unwrap_or_default()
        {
            if let Err(reason) = outcome {
                self.node
                    .events
                    .pod(&self.pod, Kind::Warning, "FailedPreStopHook", &reason)
                    .await;
            }
        }
    }

    /// Waits until the containers have ended, the time is up, or a deletion without grace comes in.
    async fn wait_for(&mut self, stays: bool, deadline: Instant) {
        while !self.running(stays).is_empty() {
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(deadline) => return,
                Some(message) = self.signals.1.recv() => match message {
                    Message::Exited { container, attempt, ended } => self.note_exit(&container, attempt, &ended).await,
                    Message::Answered(_) => {}
                },
                changed = self.updates.changed() => {
                    self.take_update();
                    let gone = changed.is_err() || self.updates.borrow().is_none();
                    if gone || self.pod.metadata.deletion_grace_period_seconds == Some(0) {
                        return;
                    }
                }
            }
        }
    }

    /// Takes the namespaces down and removes the pod's files; logs stay until the object goes.
    pub(super) async fn tear_down(&mut self) {
        for (_, pid) in self.running(true).into_iter().chain(self.running(false)) {
            lifecycle::send(pid, Signal::SIGKILL);
        }
        self.wait_for(true, Instant::now() + Duration::from_secs(10))
            .await;
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.remove().await;
        }
        let uid = uid(&self.pod);
        let volumes = std::path::Path::new("/var/lib/kubelet/pods").join(&uid);
        for folder in [pod_dir(&uid), volumes] {
            if let Err(error) = fs::remove_dir_all(&folder)
                && folder.exists()
            {
                // a mount that a container propagated to the node may still lie below
                let _ = umount2(&folder, MntFlags::MNT_DETACH);
                debug!(%error, folder = %folder.display(), "cannot remove a folder of the pod");
            }
        }
    }

    async fn remove_object(&mut self) {
        let (namespace, name, uid) = (
            self.pod.namespace().unwrap_or_default(),
            self.pod.name_any(),
            uid(&self.pod),
        );
        let logs = crate::node::context::logs_dir(&namespace, &name, &uid);
        let parameters = DeleteParams {
            grace_period_seconds: Some(0),
            preconditions: Some(Preconditions {
                uid: Some(uid),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        for _ in 0..5 {
            match self.node.pods(&namespace).delete(&name, &parameters).await {
                Err(kube::Error::Api(refused)) if refused.code == 404 || refused.code == 409 => break,
                Err(error) => warn!(%name, %error, "cannot remove the ended pod; trying again"),
                Ok(_) => break,
            }
            sleep(Duration::from_millis(500)).await;
        }
        drop(fs::remove_dir_all(logs));
    }
}

fn is_alive(pid: i32) -> bool {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None).is_ok()
}
