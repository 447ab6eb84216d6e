//! Starts and stops what serves one pod: listeners in its namespace, and their tasks (`spec/inpod-zds.md` B).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arcstr::ArcStr;
use mesh_sys::netns::{NamespaceId, NetNamespace, Worker};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::datapath::capture::{self, Listeners, StartError};
use crate::datapath::registry::CloseReason;
use crate::datapath::sockets::Sockets;
use crate::datapath::{Pod, PodInfo, Shared};
use crate::dns::server::DnsServer;

/// What runs for one pod.
#[derive(Debug, Clone)]
struct Running {
    pod: Arc<Pod>,
    drain: CancellationToken,
    force: CancellationToken,
}

/// A pod as the dump shows it.
#[derive(Debug, Clone)]
pub enum PodState {
    /// Served.
    Up(Arc<Pod>),
    /// Not yet.
    Pending(PodInfo),
}

/// All pods of this node.
#[derive(Debug)]
pub struct PodTasks {
    shared: Arc<Shared>,
    worker: Worker,
    home: NamespaceId,
    running: Mutex<HashMap<ArcStr, Running>>,
    pending: Mutex<HashMap<ArcStr, PodInfo>>,
    tasks: TaskTracker,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PodTasks {
    /// No pods yet; `home` is the proxy's own namespace.
    #[must_use]
    pub fn new(shared: Arc<Shared>, worker: Worker, home: NamespaceId) -> Self {
        Self {
            shared,
            worker,
            home,
            running: Mutex::default(),
            pending: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// What the dump shows, by uid.
    #[must_use]
    pub fn states(&self) -> Vec<(ArcStr, PodState)> {
        let up = lock(&self.running)
            .iter()
            .map(|(uid, one)| (uid.clone(), PodState::Up(one.pod.clone())))
            .collect::<Vec<_>>();
        let waiting = lock(&self.pending)
            .iter()
            .map(|(uid, info)| (uid.clone(), PodState::Pending(info.clone())))
            .collect::<Vec<_>>();
        up.into_iter().chain(waiting).collect()
    }

    /// Opens everything in the pod's namespace and serves it.
    pub async fn start(&self, info: PodInfo, namespace: NetNamespace) -> Result<(), StartError> {
        let uid = info.uid.clone();
        lock(&self.pending).insert(uid.clone(), info.clone());
        if namespace.id() == self.home {
            return Err(StartError::NotPodNetns(
                "the namespace is the proxy's own".to_owned(),
            ));
        }
        if let Some(conflict) = self.shared.live.read(|mesh| info.conflict(mesh)) {
            self.shared.metrics.rejected("zds", "workload_conflict");
            return Err(StartError::WorkloadConflict(format!(
                "workload_conflict: {conflict}"
            )));
        }
        let settings = &self.shared.config.proxy;
        let sockets = Sockets::inside(
            (namespace, self.worker.clone()),
            settings,
            self.shared.descriptors.clone(),
        );
        self.serve(info, sockets).await
    }

    /// Opens everything where `sockets` are made and serves it.
    pub async fn serve(&self, info: PodInfo, sockets: Sockets) -> Result<(), StartError> {
        let uid = info.uid.clone();
        let settings = &self.shared.config.proxy;
        let drain = CancellationToken::new();
        let mut pod = Pod::new(self.shared.clone(), info, sockets, drain.clone());
        let listeners = Listeners::open(&pod.sockets, settings).await?;
        if !listeners.transparent {
            if settings.original_source == Some(true) {
                return Err(StartError::NotTransparent);
            }
            pod.spoof_source = false;
        }
        let pod = Arc::new(pod);
        let dns = DnsServer::open(pod.clone()).await?;
        let force = CancellationToken::new();
        let running = Running {
            pod: pod.clone(),
            drain: drain.clone(),
            force: force.clone(),
        };
        lock(&self.running).insert(uid.clone(), running);
        lock(&self.pending).remove(&uid);
        self.shared.metrics.pods.started.inc();
        self.tasks.spawn(async move {
            let dns = async {
                match dns {
                    // a pod that is gone is held no longer
                    Some(server) => drop(force.run_until_cancelled(server.run(drain)).await),
                    None => drain.cancelled().await,
                }
            };
            tokio::join!(dns, capture::run(pod.clone(), listeners, force.clone()));
            pod.pool.finish().await;
        });
        Ok(())
    }

    /// Ends a pod at once: its namespace must not be held (`security.md` P5).
    pub fn stop(&self, uid: &str) {
        lock(&self.pending).remove(uid);
        if let Some(one) = lock(&self.running).remove(uid) {
            one.drain.cancel();
            one.pod.registry.close_all(CloseReason::PodRemoved);
            one.force.cancel();
            one.pod.pool.close();
            self.shared.metrics.pods.stopped.inc();
        }
    }

    /// What the agent said of a pod that runs.
    #[must_use]
    pub fn told(&self, uid: &str) -> Option<PodInfo> {
        lock(&self.running).get(uid).map(|one| one.pod.info.clone())
    }

    /// A pod that waits no more.
    pub fn forget_pending(&self, uid: &str) {
        lock(&self.pending).remove(uid);
    }

    /// Refuses new connections everywhere, lets open ones go on for `limit`, then ends them.
    pub async fn drain(&self, limit: Duration) {
        let all: Vec<Running> = lock(&self.running).values().cloned().collect();
        for one in &all {
            one.drain.cancel();
        }
        let ended = async {
            for one in &all {
                one.pod.pool.idle().await;
            }
            self.tasks.close();
            self.tasks.wait().await;
        };
        if tokio::time::timeout(limit, ended).await.is_err() {
            for one in &all {
                one.pod.registry.close_all(CloseReason::Drain);
                one.force.cancel();
                one.pod.pool.close();
            }
            self.tasks.close();
            self.tasks.wait().await;
        }
    }
}
