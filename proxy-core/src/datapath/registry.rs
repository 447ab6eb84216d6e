//! The live connections of one pod: listed for the dump, decided again when policy changes, closed in time.
//!
//! A connection is registered before its first decision, so no policy update can slip in between
//! (`spec/authorization.md` §5, `security.md` A9).

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;

use arcstr::ArcStr;
use futures::task::AtomicWaker;
use tokio_util::sync::CancellationToken;

use crate::authz::{self, Connection};
use crate::datapath::PodInfo;
use crate::live::Live;
use crate::sparse;
use crate::state::service::Service;

/// Why the proxy itself ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// Policy says no now.
    #[error("connection closed due to policy change")]
    PolicyChange,
    /// The drain limit is over.
    #[error("connection closed due to connection drain")]
    Drain,
    /// The pod is gone.
    #[error("connection closed: the pod was removed from the proxy")]
    PodRemoved,
    /// Agent and mesh disagree about the pod.
    #[error("connection closed: workload_conflict")]
    Conflict,
    /// The peer's certificate was taken back.
    #[error("connection closed: peer certificate revoked by CRL")]
    PeerRevoked,
}

/// What a tunnel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Plain.
    Tcp,
    /// One tunnel.
    Hbone,
    /// Two tunnels.
    DoubleHbone,
}

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Original {
    /// An address.
    Address(SocketAddr),
    /// A service.
    Service(Arc<Service>),
}

impl fmt::Display for Original {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(out),
            Self::Service(service) => service.key.hostname.fmt(out),
        }
    }
}

/// One live connection, as the dump shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Client socket.
    pub source: SocketAddr,
    /// What the client asked for.
    pub original: Option<Original>,
    /// What it got.
    pub actual: SocketAddr,
    /// How.
    pub protocol: Protocol,
}

#[derive(Debug)]
struct Entry {
    shown: Shown,
    /// Facts to decide on again; only inbound connections have them.
    decided: Option<(ArcStr, Connection)>,
    reason: OnceLock<CloseReason>,
    /// Who carries the connection.
    carrier: AtomicWaker,
}

impl Entry {
    fn close(&self, reason: CloseReason) {
        if self.reason.set(reason).is_ok() {
            self.carrier.wake();
        }
    }
}

/// All live connections of one pod.
#[derive(Debug, Default)]
pub struct Registry {
    next: AtomicU64,
    live: Mutex<HashMap<u64, Arc<Entry>>>,
}

/// A place in the registry; left when dropped.
#[derive(Debug)]
pub struct Registered {
    id: u64,
    registry: Arc<Registry>,
    entry: Arc<Entry>,
}

impl Registered {
    /// Completes when the proxy wants the connection to end. One task at a time may wait for it.
    pub fn closed(&self) -> impl Future<Output = CloseReason> {
        poll_fn(|cx| {
            self.entry.carrier.register(cx.waker());
            let reason = self.entry.reason.get();
            reason.map_or(Poll::Pending, |reason| Poll::Ready(*reason))
        })
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        sparse::remove(&mut self.registry.lock(), &self.id);
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Entry>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(self: &Arc<Self>, shown: Shown, decided: Option<(ArcStr, Connection)>) -> Registered {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let entry = Arc::new(Entry {
            shown,
            decided,
            reason: OnceLock::new(),
            carrier: AtomicWaker::new(),
        });
        self.lock().insert(id, entry.clone());
        Registered {
            id,
            registry: self.clone(),
            entry,
        }
    }

    /// Registers a connection into `workload` (by uid).
    pub fn inbound(self: &Arc<Self>, shown: Shown, workload: ArcStr, connection: Connection) -> Registered {
        self.add(shown, Some((workload, connection)))
    }

    /// Registers a connection out of the pod.
    pub fn outbound(self: &Arc<Self>, shown: Shown) -> Registered {
        self.add(shown, None)
    }

    /// Ends every connection.
    pub fn close_all(&self, reason: CloseReason) {
        self.lock().values().for_each(|entry| entry.close(reason));
    }

    /// How many are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Inbound and outbound connections, sorted by source.
    #[must_use]
    pub fn shown(&self) -> (Vec<Shown>, Vec<Shown>) {
        let (mut inbound, mut outbound) = (Vec::new(), Vec::new());
        for entry in self.lock().values() {
            if entry.decided.is_some() {
                &mut inbound
            } else {
                &mut outbound
            }
            .push(entry.shown.clone());
        }
        inbound.sort_by_key(|one: &Shown| one.source);
        outbound.sort_by_key(|one: &Shown| one.source);
        (inbound, outbound)
    }

    /// Decides every inbound connection again, on the workload as it is now.
    pub fn decide_again(&self, live: &Live) {
        live.read(|mesh| {
            for entry in self.lock().values() {
                let Some((uid, connection)) = &entry.decided else {
                    continue;
                };
                // a workload that has left the mesh keeps its connections: its pod ends them
                let Some(workload) = mesh.find_workload(uid) else {
                    continue;
                };
                if authz::decide(mesh, workload, connection).outcome.is_err() {
                    entry.close(CloseReason::PolicyChange);
                }
            }
        });
    }

    /// Decides again after each change of policy, until `stop`. A pod that agent and mesh no longer agree
    /// about has no connections (`security.md` I10).
    pub async fn enforce(&self, pod: &PodInfo, live: &Live, stop: CancellationToken) {
        let mut policies = live.policy_changes();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                changed = policies.changed() => if changed.is_err() { return },
            }
            policies.borrow_and_update();
            if live.read(|mesh| pod.conflict(mesh)).is_some() {
                self.close_all(CloseReason::Conflict);
            }
            self.decide_again(live);
        }
    }
}
