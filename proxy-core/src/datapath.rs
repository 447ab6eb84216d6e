//! Carries connections: accept in a pod's namespace, ask `route` and `authz`, open, copy, tell.
//!
//! One [`Pod`] for each captured pod holds everything that must end with it: sockets' namespace,
//! tunnel pool, live connections. Absent on purpose: decisions. They are pure and live elsewhere.

pub mod capture;
pub mod descriptors;
mod discover;
pub mod error;
pub mod handshakes;
mod inbound;
mod journey;
mod outbound;
mod passthrough;
pub mod proxy_protocol;
pub mod registry;
pub mod sockets;
mod socks5;
pub mod splice;
mod stock;
pub mod tunnels;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arcstr::ArcStr;
use http::HeaderValue;
use mesh_wire::headers::Baggage;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::datapath::descriptors::Descriptors;
use crate::datapath::error::ProxyError;
use crate::datapath::handshakes::Handshakes;
use crate::datapath::registry::Registry;
use crate::datapath::sockets::Sockets;
use crate::datapath::tunnels::Tunnels;
use crate::hbone::pool::Pool;
use crate::identity::store::IdentityStore;
use crate::live::Live;
use crate::route::OwnPorts;
use crate::state::MeshState;
use crate::state::workload::Workload;
use crate::telemetry::metrics::Metrics;

/// How long a connection waits for its own pod to arrive over xDS.
const LOCAL_WORKLOAD_LIMIT: Duration = Duration::from_secs(5);

/// What all pods of the node share.
#[derive(Debug)]
pub struct Shared {
    /// Settings.
    pub config: Config,
    /// Ports no application connection may reach.
    pub own_ports: OwnPorts,
    /// The mesh.
    pub live: Arc<Live>,
    /// Certificates.
    pub identities: Arc<IdentityStore>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Sockets that connections may hold.
    pub descriptors: Arc<Descriptors>,
}

/// What the node agent says of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodInfo {
    /// Kubernetes UID.
    pub uid: ArcStr,
    /// Name.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Service account.
    pub service_account: String,
}

impl PodInfo {
    /// How the mesh contradicts the agent about this pod, if it does. A pod that the mesh does not know
    /// (yet) is no contradiction.
    #[must_use]
    pub fn conflict(&self, mesh: &MeshState) -> Option<String> {
        let told = &self.service_account;
        let known = mesh.find_conflict(&self.name, &self.namespace, told)?;
        let pod = format!("{}/{}", self.namespace, self.name);
        Some(format!(
            "{pod} has the account `{known}`, not `{told}` as the node agent says"
        ))
    }
}

/// The last header that described a pod, and the state of the pod that it was made of.
type Described = Mutex<Option<(Weak<Workload>, Option<HeaderValue>)>>;

/// One captured pod.
#[derive(Debug)]
pub struct Pod {
    /// Shared with all pods.
    pub shared: Arc<Shared>,
    /// Who.
    pub info: PodInfo,
    /// Makes sockets in its namespace.
    pub sockets: Sockets,
    /// Its tunnels.
    pub pool: Pool<ProxyError>,
    /// Its live connections.
    pub registry: Arc<Registry>,
    /// Callers that are not known yet.
    pub handshakes: Arc<Handshakes>,
    /// Tunnels that arrive, by caller.
    pub tunnels: Arc<Tunnels>,
    /// How it describes itself, and when it was asked.
    described: Described,
    /// No new connections; open ones may go on.
    pub drain: CancellationToken,
    /// Whether the application may see the client's address.
    pub spoof_source: bool,
}

impl Pod {
    /// A pod without listeners yet.
    #[must_use]
    pub fn new(shared: Arc<Shared>, info: PodInfo, sockets: Sockets, drain: CancellationToken) -> Self {
        let pool = Pool::new(shared.config.tunnel);
        let spoof_source = shared.config.proxy.original_source != Some(false);
        Self {
            shared,
            info,
            sockets,
            pool,
            registry: Arc::default(),
            handshakes: Arc::default(),
            tunnels: Arc::default(),
            described: Described::default(),
            drain,
            spoof_source,
        }
    }

    /// The `baggage` header that describes the pod, if anything is known of it. Made once for each state of the pod.
    pub(crate) fn baggage(&self, workload: &Arc<Workload>) -> Option<HeaderValue> {
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((whose, header)) = &*described
            && std::ptr::eq(whose.as_ptr(), Arc::as_ptr(workload))
        {
            return header.clone();
        }
        let header = baggage_of(workload).to_header();
        *described = Some((Arc::downgrade(workload), header.clone()));
        header
    }

    /// The pod as the mesh knows it; waits a little for one that is only just arriving.
    pub(crate) async fn workload(&self) -> Result<Arc<Workload>, ProxyError> {
        let info = &self.info;
        let find = || {
            self.shared.live.read(|mesh| {
                mesh.find_local(&info.name, &info.namespace, &info.service_account)
                    .cloned()
            })
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        if let Some(conflict) = self.shared.live.read(|mesh| info.conflict(mesh)) {
            return Err(ProxyError::Conflict(conflict));
        }
        let mut changes = self.shared.live.changes();
        let arrival = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = find() {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        let found = timeout(LOCAL_WORKLOAD_LIMIT, arrival).await.ok().flatten();
        found.ok_or_else(|| {
            ProxyError::UnknownSource(format!(
                "{}.{} ({})",
                info.service_account, info.namespace, info.name
            ))
        })
    }
}

/// A workload as baggage describes it.
fn baggage_of(workload: &Workload) -> Baggage {
    Baggage {
        cluster: workload.cluster_id.to_string(),
        namespace: workload.namespace().to_owned(),
        workload_type: workload.labels.workload_type.as_str().to_owned(),
        workload_name: workload.labels.workload_name.to_string(),
        service_name: workload.labels.canonical_name.to_string(),
        service_version: workload.labels.canonical_revision.to_string(),
        region: workload.locality.region.to_string(),
        zone: workload.locality.zone.to_string(),
    }
}
