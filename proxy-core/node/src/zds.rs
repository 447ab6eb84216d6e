//! Hands captured pods to the node proxy (inpod-zds.md A).
//!
//! [`Zds`] remembers which pods are to be served and by whom they are; each connection has a task that owns the socket
//! and keeps one request in flight. Additions go to the newest connection, removals to all.

mod connection;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mesh_sys::netns::{NamespaceId, NetNamespace};
use mesh_sys::seqpacket::{Connection, Listener};
use mesh_wire::zds::WorkloadInfo;
use nix::unistd::geteuid;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::pods::Uid;
use connection::Request;

/// At most five connections a second.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Requests that may wait at one connection.
const WAITING: usize = 256;
/// Longest wait for an acknowledgement, queue included.
const ANSWER: Duration = Duration::from_secs(10);

/// Why a proxy does not serve a pod.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ZdsError {
    /// Nobody is there.
    #[error("no connection: no node proxy is connected")]
    NoProxy,
    /// It said no.
    #[error("the node proxy refuses the pod: {0}")]
    Refused(String),
    /// It went away.
    #[error("the node proxy closed the connection")]
    Closed,
    /// It does not answer.
    #[error("the node proxy did not acknowledge in time")]
    TimedOut,
    /// The pod is not to be served any more.
    #[error("the pod was released meanwhile")]
    Forgotten,
}

/// One connection, for as long as the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(u64);

#[derive(Debug, Clone)]
struct Member {
    info: WorkloadInfo,
    namespace: Option<NetNamespace>,
    acknowledged: Option<(ConnectionId, NamespaceId)>,
}

#[derive(Debug)]
struct Peer {
    id: ConnectionId,
    requests: mpsc::Sender<Request>,
}

#[derive(Debug, Default)]
struct State {
    members: BTreeMap<Uid, Member>,
    peers: Vec<Peer>,
    last: u64,
}

/// The server. Clones share it.
#[derive(Debug, Clone)]
pub struct Zds {
    state: Arc<Mutex<State>>,
    metrics: Metrics,
    changes: Arc<watch::Sender<u64>>,
}

/// What the proxies know of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The newest proxy has acknowledged this namespace.
    Now,
    /// A proxy has acknowledged it, and none is connected now.
    Before,
    /// No.
    No,
}

impl Zds {
    /// No pods, no proxies.
    #[must_use]
    pub fn new(metrics: Metrics) -> Self {
        Self {
            state: Arc::default(),
            metrics,
            changes: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Changes whenever a proxy has taken a snapshot or has gone.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// How many proxies are connected.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.state().peers.len()
    }

    /// A pod is to be served; a proxy that connects before its namespace is known hears "keep".
    pub fn remember(&self, uid: &Uid, info: WorkloadInfo) {
        let mut state = self.state();
        let member = state.members.entry(uid.clone()).or_insert_with(|| Member {
            info: info.clone(),
            namespace: None,
            acknowledged: None,
        });
        member.info = info;
    }

    /// The pod's namespace is known.
    pub fn found(&self, uid: &str, namespace: &NetNamespace) {
        if let Some(member) = self.state().members.get_mut(uid) {
            member.namespace = Some(namespace.clone());
        }
    }

    /// The pod is not to be served; nobody is told.
    pub fn forget(&self, uid: &str) {
        self.state().members.remove(uid);
    }

    /// Whether the pod is to be served.
    #[must_use]
    pub fn remembers(&self, uid: &str) -> bool {
        self.state().members.contains_key(uid)
    }

    /// Who serves a pod.
    #[must_use]
    pub fn served(&self, uid: &str) -> Served {
        let state = self.state();
        let Some(member) = state.members.get(uid) else {
            return Served::No;
        };
        let current = member.namespace.as_ref().map(NetNamespace::id);
        match (member.acknowledged, state.peers.last()) {
            (Some((by, id)), Some(newest)) if by == newest.id && Some(id) == current => Served::Now,
            (Some((_, id)), None) if Some(id) == current => Served::Before,
            _ => Served::No,
        }
    }

    /// Has the newest proxy serve a pod, unless it does.
    pub async fn add(&self, uid: &Uid) -> Result<(), ZdsError> {
        if self.served(uid) != Served::No {
            return Ok(());
        }
        let requests = {
            let state = self.state();
            state
                .peers
                .last()
                .map(|peer| peer.requests.clone())
                .ok_or(ZdsError::NoProxy)?
        };
        ask(&requests, |done| Request::Add(uid.clone(), done)).await
    }

    /// Tells all proxies that a pod is gone; nobody connected is fine.
    pub async fn delete(&self, uid: &Uid) -> Result<(), ZdsError> {
        let peers: Vec<_> = {
            let mut state = self.state();
            state.members.remove(uid);
            state.peers.iter().map(|peer| peer.requests.clone()).collect()
        };
        let mut outcome = Ok(());
        for requests in peers {
            match ask(&requests, |done| Request::Delete(uid.clone(), done)).await {
                // a proxy that is gone serves nobody
                Ok(()) | Err(ZdsError::Closed) => {}
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// Accepts proxies until `stop`.
    pub async fn serve(&self, listener: Listener, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = tasks.join_next() => continue,
                accepted = listener.accept() => match accepted {
                    Ok(connection) => {
                        if is_trusted(&connection) {
                            let (zds, stop) = (self.clone(), stop.clone());
                            tasks.spawn(async move { zds.connection(connection, stop).await });
                        } else {
                            self.metrics.rejected("zds", "peer_uid");
                            tracing::warn!(reason = "peer_uid", "refused a connection to the proxy socket");
                        }
                    }
                    Err(error) => tracing::warn!(%error, "cannot accept a node proxy"),
                },
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = sleep(ACCEPT_PAUSE) => {}
            }
        }
        tasks.shutdown().await;
    }

    async fn connection(&self, connection: Connection, stop: CancellationToken) {
        let (requests, queue) = mpsc::channel(WAITING);
        let task = connection::Task {
            zds: self.clone(),
            connection,
            requests,
            queue,
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            ended = task.run() => tracing::warn!(reason = %ended, "ztunnel disconnected"),
        }
    }

    fn register(&self, requests: mpsc::Sender<Request>) -> ConnectionId {
        let mut state = self.state();
        state.last += 1;
        let id = ConnectionId(state.last);
        state.peers.push(Peer { id, requests });
        let total = state.peers.len();
        drop(state);
        self.metrics.connected(total);
        tracing::info!(total, "ztunnel connected, total connected");
        id
    }

    fn unregister(&self, id: ConnectionId) {
        let mut state = self.state();
        state.peers.retain(|peer| peer.id != id);
        let total = state.peers.len();
        drop(state);
        self.metrics.connected(total);
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// The pods that are to be served.
    #[must_use]
    pub fn members(&self) -> Vec<Uid> {
        self.state().members.keys().cloned().collect()
    }

    fn member(&self, uid: &str) -> Option<(WorkloadInfo, Option<NetNamespace>)> {
        let state = self.state();
        state
            .members
            .get(uid)
            .map(|member| (member.info.clone(), member.namespace.clone()))
    }

    fn acknowledge(&self, uid: &str, by: ConnectionId, namespace: NamespaceId) {
        if let Some(member) = self.state().members.get_mut(uid) {
            member.acknowledged = Some((by, namespace));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ask(
    requests: &mpsc::Sender<Request>,
    request: impl FnOnce(oneshot::Sender<Result<(), ZdsError>>) -> Request,
) -> Result<(), ZdsError> {
    let (done, answer) = oneshot::channel();
    let asked = async {
        requests.send(request(done)).await.map_err(|_| ZdsError::Closed)?;
        answer.await.map_err(|_| ZdsError::Closed)?
    };
    timeout(ANSWER, asked).await.unwrap_or(Err(ZdsError::TimedOut))
}

fn is_trusted(connection: &Connection) -> bool {
    connection
        .peer()
        .is_ok_and(|peer| peer.uid == 0 || peer.uid == geteuid().as_raw())
}

/// Why there is no socket for proxies.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {}", path.display())]
pub struct ListenError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Listens for proxies on a path whose folder only its owner may enter.
pub fn listen(path: &Path) -> Result<Listener, ListenError> {
    let failed = |source| ListenError {
        path: path.to_owned(),
        source,
    };
    private_folder(path).map_err(failed)?;
    Listener::bind(path).map_err(failed)
}

/// Makes the folder of a socket, for its owner alone.
pub(crate) fn private_folder(socket: &Path) -> io::Result<()> {
    let Some(folder) = socket.parent() else {
        return Ok(());
    };
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests;
