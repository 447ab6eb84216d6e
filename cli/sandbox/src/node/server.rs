//! The node's socket: logs, exec, port-forward and usage for the supervisor.

use crate::error::{Named, Result};
use crate::node::context::{MESHCTL, logs_dir};
use crate::node::status::{Record, RunState};
use crate::node::{exec, logs, usage};
use crate::wire::{self, Answer, LogCut, PodKey, Request};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use nix::sched::{CloneFlags, setns};
use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;
use tracing::{debug, warn};

/// Where the socket is, as the node sees it.
const SOCKET: &str = "/run/meshctl/ctl/node.sock";

/// What the server must know of one pod.
#[derive(Debug, Clone)]
pub(crate) struct PodView {
    pub(crate) key: PodKey,
    pub(crate) pause: Option<i32>,
    pub(crate) containers: BTreeMap<String, ContainerView>,
}

/// What the server must know of one container.
#[derive(Debug, Clone)]
pub(crate) struct ContainerView {
    pub(crate) attempt: u32,
    pub(crate) pid: Option<i32>,
    pub(crate) spec: Option<PathBuf>,
    pub(crate) state: String,
    pub(crate) has_previous: bool,
}

impl PodView {
    pub(crate) fn new(pod: &Pod, pause: Option<i32>, records: &BTreeMap<String, Record>) -> Self {
        let key = PodKey {
            namespace: pod.namespace().unwrap_or_default(),
            name: pod.name_any(),
            uid: pod.metadata.uid.clone().unwrap_or_default(),
        };
        let view = |record: &Record| {
            let (pid, spec, state) = match &record.state {
                RunState::Waiting { reason, .. } => (None, None, reason.clone()),
                RunState::Running { pid, dir, .. } => {
                    (Some(*pid), Some(dir.join("spec.json")), "Running".to_owned())
                }
                RunState::Terminated(ended) => (None, None, ended.reason.to_owned()),
            };
            ContainerView {
                attempt: record.attempt,
                pid,
                spec,
                state,
                has_previous: record.last.is_some(),
            }
        };
        Self {
            key,
            pause,
            containers: records
                .iter()
                .map(|(name, record)| (name.clone(), view(record)))
                .collect(),
        }
    }
}

/// The pods of this node as their workers last described them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Views(Arc<Mutex<BTreeMap<String, PodView>>>);

impl Views {
    pub(crate) fn remember(&self, view: PodView) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(view.key.uid.clone(), view);
    }

    pub(crate) fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    fn find(&self, key: &PodKey) -> Option<PodView> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key.uid)
            .cloned()
    }

    fn all(&self) -> Vec<PodView> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    fn container(&self, pod: &PodKey, container: &str) -> std::result::Result<ContainerView, Answer> {
        let view = self.find(pod).ok_or(Answer::PodGone)?;
        view.containers
            .get(container)
            .cloned()
            .ok_or(Answer::NoSuchContainer)
    }
}

/// Serves until it is dropped.
pub(crate) async fn serve(views: Views) -> Result<()> {
    drop(fs::remove_file(SOCKET));
    let listener = UnixListener::bind(SOCKET).named(|| format!("cannot listen on `{SOCKET}`"))?;
    fs::set_permissions(SOCKET, Permissions::from_mode(0o600))
        .named(|| format!("cannot protect `{SOCKET}`"))?;
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let views = views.clone();
                connections.spawn(async move {
                    if let Err(failure) = answer(stream, &views).await {
                        debug!(
                            reason = failure.chain(),
                            "a request of the supervisor ended early"
                        );
                    }
                });
            }
            Err(error) => {
                warn!(%error, "cannot accept on the node's socket");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(mut stream: UnixStream, views: &Views) -> Result<()> {
    match wire::receive(&mut stream).await? {
        Request::Logs { pod, container, cut } => answer_logs(stream, views, (&pod, &container), &cut).await,
        Request::Exec {
            pod,
            container,
            command,
            stdin,
            tty,
        } => {
            let found = match views.container(&pod, &container) {
                Ok(found) => found,
                Err(refusal) => return wire::send(&mut stream, &refusal).await,
            };
            let Some((pid, spec)) = found.pid.zip(found.spec) else {
                return wire::send(&mut stream, &Answer::NotRunning { state: found.state }).await;
            };
            let config = crate::stage::exec::ExecConfig {
                spec,
                pid,
                argv: command,
                tty,
            };
            exec::serve(stream, config, stdin, Path::new(MESHCTL)).await
        }
        Request::Forward { pod, port } => forward(stream, views, &pod, port).await,
        Request::Usage => {
            let pods = views.all();
            let usage = tokio::task::spawn_blocking(move || usage::measure(&pods)).await;
            let usage = usage.named(|| "cannot measure the node".to_owned())?;
            wire::send(&mut stream, &Answer::Usage(usage)).await
        }
    }
}

async fn answer_logs(
    mut stream: UnixStream,
    views: &Views,
    which: (&PodKey, &str),
    cut: &LogCut,
) -> Result<()> {
    let (pod, container) = which;
    let found = match views.container(pod, container) {
        Ok(found) => found,
        Err(refusal) => return wire::send(&mut stream, &refusal).await,
    };
    if cut.previous && !found.has_previous {
        return wire::send(&mut stream, &Answer::NoPreviousRun).await;
    }
    let attempt = if cut.previous {
        found.attempt.saturating_sub(1)
    } else {
        found.attempt
    };
    let folder = logs_dir(&pod.namespace, &pod.name, &pod.uid).join(container);
    let mut path = folder.join(format!("{attempt}.log"));
    if !path.exists() && found.pid.is_none() && found.has_previous {
        // between two runs the log shown is that of the run before
        path = folder.join(format!("{}.log", attempt.saturating_sub(1)));
    }
    if !path.exists() && found.pid.is_none() {
        return wire::send(&mut stream, &Answer::NotRunning { state: found.state }).await;
    }
    wire::send(&mut stream, &Answer::Go).await?;
    let is_over = || {
        views
            .container(pod, container)
            .map_or(true, |now| now.attempt != attempt || now.pid.is_none())
    };
    logs::copy(&path, cut, &mut stream, is_over)
        .await
        .named(|| "cannot copy the log".to_owned())
}

async fn forward(mut stream: UnixStream, views: &Views, pod: &PodKey, port: u16) -> Result<()> {
    let Some(pause) = views.find(pod).and_then(|view| view.pause) else {
        return wire::send(&mut stream, &Answer::PodGone).await;
    };
    match connect(pause, port).await {
        Ok(mut upstream) => {
            wire::send(&mut stream, &Answer::Go).await?;
            drop(tokio::io::copy_bidirectional(&mut stream, &mut upstream).await);
            Ok(())
        }
        Err(error) => {
            wire::send(
                &mut stream,
                &Answer::Refused {
                    reason: error.to_string(),
                },
            )
            .await
        }
    }
}

/// Connects to the pod's loopback: on a thread of its own, which enters the pod's network and ends there.
async fn connect(pause: i32, port: u16) -> std::io::Result<TcpStream> {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("pod-dial".to_owned())
        .spawn(move || {
            let dial = || -> std::io::Result<std::net::TcpStream> {
                setns(
                    File::open(format!("/proc/{pause}/ns/net"))?,
                    CloneFlags::CLONE_NEWNET,
                )?;
                let patience = Duration::from_secs(5);
                let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                std::net::TcpStream::connect_timeout(&v4, patience).or_else(|refused| {
                    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
                    std::net::TcpStream::connect_timeout(&v6, patience).map_err(|_| refused)
                })
            };
            drop(done.send(dial()));
        })?;
    let stream = result.await.map_err(std::io::Error::other)??;
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}
