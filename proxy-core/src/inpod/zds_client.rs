//! Talks to the node agent: hello, then requests and acknowledgements, one at a time (`spec/inpod-zds.md` A).

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;
use mesh_sys::netns::{NamespaceId, NetNamespace, NetnsError};
use mesh_sys::program::chain;
use mesh_sys::readiness::Task;
use mesh_sys::seqpacket::{Connection, Packet};
use mesh_wire::zds::{self, AddWorkload, MAX_ACCEPT, WorkloadRequest, workload_request::Payload};
use nix::unistd::geteuid;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::datapath::PodInfo;
use crate::inpod::listeners::PodTasks;
use crate::inpod::pods::{Add, Pods, ProtocolError};
use crate::telemetry::metrics::PodMetrics;

const FIRST_BACKOFF: Duration = Duration::from_millis(20);
const MAX_BACKOFF: Duration = Duration::from_secs(15);
const RETRY_PENDING: Duration = Duration::from_secs(5);
const SEND_LIMIT: Duration = Duration::from_secs(5);
/// A pod that cannot start delays the first readiness no longer than this (decision 16).
const PENDING_DELAYS_READINESS: Duration = Duration::from_secs(10);
/// One failing pod never makes a node unready (decision 16); listeners that several pods miss do (M6).
const MISSING_IS_UNREADY: usize = 2;

/// Why a connection to the agent ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("cannot connect to the node agent")]
    Connect(#[source] io::Error),
    #[error("the node agent runs as uid {0}")]
    PeerUid(u32),
    #[error("cannot send to the node agent")]
    Send(#[source] io::Error),
    #[error("cannot receive from the node agent")]
    Receive(#[source] io::Error),
    #[error("the node agent closed the connection")]
    Closed,
    #[error("refused a message of the node agent: {0}")]
    Refused(String),
}

/// The proxy's end of the hand-over.
#[derive(Debug)]
pub struct ZdsClient {
    path: PathBuf,
    tasks: Arc<PodTasks>,
    metrics: PodMetrics,
    ready: Task,
    pods: Pods<NamespaceId>,
    waiting: HashMap<ArcStr, (PodInfo, NetNamespace)>,
    first_snapshot: Option<Instant>,
    was_ready: bool,
}

impl ZdsClient {
    /// A client that is not connected yet; `ready` is done with the first snapshot.
    #[must_use]
    pub fn new(path: PathBuf, tasks: Arc<PodTasks>, metrics: PodMetrics, ready: Task) -> Self {
        Self {
            path,
            tasks,
            metrics,
            ready,
            pods: Pods::default(),
            waiting: HashMap::new(),
            first_snapshot: None,
            was_ready: false,
        }
    }

    /// Runs until `stop`; pods go on being served while the agent is away.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut backoff = FIRST_BACKOFF;
        loop {
            let ended = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                ended = self.connection() => ended,
            };
            if self.pods.has_snapshot() {
                backoff = FIRST_BACKOFF;
            }
            self.account();
            tracing::warn!(error = %chain(&ended), retry_in = ?backoff, "node agent connection ended");
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(backoff.mul_f64(rand::random_range(0.8..1.2))) => {}
            }
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    async fn connection(&mut self) -> Ended {
        let connection = match Connection::connect(&self.path) {
            Ok(connection) => connection,
            Err(error) => return Ended::Connect(error),
        };
        match connection.peer() {
            Ok(peer) if peer.uid == 0 || peer.uid == geteuid().as_raw() => {}
            Ok(peer) => return Ended::PeerUid(peer.uid),
            Err(error) => return Ended::Connect(error),
        }
        self.pods.on_connected();
        self.waiting.clear();
        if let Err(error) = send(&connection, &zds::hello()).await {
            return Ended::Send(error);
        }
        tracing::info!(path = %self.path.display(), "connected to the node agent");
        let mut retry = Instant::now() + RETRY_PENDING;
        loop {
            let packet = tokio::select! {
                biased;
                packet = connection.recv(MAX_ACCEPT) => packet,
                () = sleep_until(retry), if self.has_timed_work() => {
                    retry = Instant::now() + RETRY_PENDING;
                    self.retry_pending().await;
                    continue;
                }
            };
            let packet = match packet {
                Ok(packet) if packet.bytes.is_empty() && packet.fds.is_empty() => return Ended::Closed,
                Ok(packet) => packet,
                Err(error) => return Ended::Receive(error),
            };
            let (reply, refused) = match self.on_packet(packet).await {
                Ok(Ok(())) => (zds::ack(), None),
                Ok(Err(reason)) => (zds::nack(&reason), None),
                Err(reason) => (zds::nack(&reason), Some(reason)),
            };
            if let Err(error) = send(&connection, &reply).await {
                return Ended::Send(error);
            }
            if let Some(reason) = refused {
                return Ended::Refused(reason);
            }
            self.account();
        }
    }

    fn has_timed_work(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Outer error: the connection ends. Inner error: only this request failed.
    async fn on_packet(&mut self, packet: Packet) -> Result<Result<(), String>, String> {
        let (payload, fd) = read(packet).map_err(|reason| format!("failure to read message : {reason}"))?;
        let broken = |error: ProtocolError| {
            format!(
                "failure to process message : ProtocolError({:?})",
                error.to_string()
            )
        };
        match (payload, fd) {
            (Payload::Add(add), Some(fd)) => self.on_add(add, fd).await.map_err(broken),
            (Payload::Add(_), None) => Err("failure to read message : No control message".to_owned()),
            (Payload::Keep(keep), _) => self.pods.on_keep(keep.uid.into()).map(Ok).map_err(broken),
            (Payload::Del(del), _) => {
                self.waiting.remove(del.uid.as_str());
                self.tasks.forget_pending(&del.uid);
                if self.pods.on_del(&del.uid) {
                    self.tasks.stop(&del.uid);
                }
                Ok(Ok(()))
            }
            (Payload::SnapshotSent(_), _) => {
                let gone = self.pods.on_snapshot().map_err(broken)?;
                for uid in &gone {
                    self.tasks.stop(uid);
                }
                self.first_snapshot.get_or_insert_with(Instant::now);
                Ok(Ok(()))
            }
        }
    }

    async fn on_add(&mut self, add: AddWorkload, fd: OwnedFd) -> Result<Result<(), String>, ProtocolError> {
        let info = add.workload_info.ok_or(ProtocolError::NoWorkloadInfo)?;
        let uid = ArcStr::from(add.uid);
        let namespace = match NetNamespace::from_fd(fd) {
            Ok(namespace) => namespace,
            Err(NetnsError::NotNetns) => {
                return Ok(Err(
                    "not_pod_netns: the descriptor is no network namespace".to_owned()
                ));
            }
            Err(error) => return Ok(Err(error.to_string())),
        };
        let info = PodInfo {
            uid: uid.clone(),
            name: info.name,
            namespace: info.namespace,
            service_account: info.service_account,
        };
        match self.pods.on_add(&uid, namespace.id()) {
            // the same pod may not become somebody else
            Add::Running if self.tasks.told(&uid).as_ref() == Some(&info) => return Ok(Ok(())),
            Add::Running | Add::Replace => self.tasks.stop(&uid),
            Add::Start => {}
        }
        Ok(self.start(info, namespace).await)
    }

    async fn start(&mut self, info: PodInfo, namespace: NetNamespace) -> Result<(), String> {
        let uid = info.uid.clone();
        match self.tasks.start(info.clone(), namespace.clone()).await {
            Ok(()) => {
                tracing::info!(%uid, name = %info.name, namespace = %info.namespace, "pod is served");
                self.waiting.remove(&uid);
                self.pods.on_started(uid, namespace.id());
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%uid, name = %info.name, error = %chain(&error), "cannot serve pod");
                self.pods.on_failed(uid.clone(), Instant::now().into_std());
                self.waiting.insert(uid, (info, namespace));
                Err(format!("failure to start proxy : {error:?}"))
            }
        }
    }

    async fn retry_pending(&mut self) {
        let pending: Vec<ArcStr> = self.pods.pending().cloned().collect();
        for uid in pending {
            if let Some((info, namespace)) = self.waiting.remove(&uid) {
                // told in the log; the agent asks again by itself
                let _ = self.start(info, namespace).await;
            }
        }
        self.account();
    }

    /// Metrics, and readiness: first once the snapshot is served, then as long as listeners are there.
    fn account(&mut self) {
        let (running, pending) = self.pods.counts();
        self.metrics
            .active
            .set(i64::try_from(running).unwrap_or(i64::MAX));
        self.metrics
            .pending
            .set(i64::try_from(pending).unwrap_or(i64::MAX));
        let waited = self
            .first_snapshot
            .is_some_and(|at| at.elapsed() >= PENDING_DELAYS_READINESS);
        self.was_ready |= self.pods.has_snapshot() && (pending == 0 || waited);
        if !self.was_ready {
            return;
        }
        if self.pods.missing(Instant::now().into_std()) >= MISSING_IS_UNREADY {
            self.ready.reopen();
        } else {
            self.ready.done();
        }
    }
}

async fn send(connection: &Connection, bytes: &[u8]) -> io::Result<()> {
    timeout(SEND_LIMIT, connection.send(bytes, &[]))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A request with the one descriptor that an Add must bring and nothing else may.
fn read(packet: Packet) -> Result<(Payload, Option<OwnedFd>), String> {
    if packet.truncated {
        return Err("received truncated message".to_owned());
    }
    let mut fds = packet.fds;
    if fds.len() > 1 {
        return Err(format!("Expected 1 FD, got {}", fds.len()));
    }
    let request: WorkloadRequest = zds::decode(&packet.bytes).map_err(|error| error.to_string())?;
    let payload = request.payload.ok_or_else(|| "no payload".to_owned())?;
    let fd = fds.pop();
    match (&payload, &fd) {
        (Payload::Add(_), None) => Err("No control message".to_owned()),
        (Payload::Add(_), Some(_)) | (_, None) => Ok((payload, fd)),
        (_, Some(_)) => Err("Unexpected control message".to_owned()),
    }
}
