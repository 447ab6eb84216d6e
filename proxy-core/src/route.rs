//! Where one connection goes.
//!
//! [`outbound::plan`] and [`inbound::plan`] are pure functions of the mesh state and the connection.
//! They never wait: a name that must be looked up comes back as [`Plan::Resolve`], and the caller
//! plans again with the answer. Randomness comes in as a seed, so that planning again with the same
//! state picks the same endpoint. Absent on purpose: sockets, clocks, metrics (`datapath`).

mod balance;
pub mod demand;
pub mod inbound;
pub mod outbound;
pub mod waypoint;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arcstr::ArcStr;
use mesh_wire::identity::Identity;

use crate::state::service::{IpFamilies, Service};
use crate::state::workload::Workload;

/// Ports of the proxy that no application connection may reach (`spec/hbone.md` §9, `security.md` I5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPorts(pub Vec<u16>);

impl OwnPorts {
    /// Whether the port is the proxy's own.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.contains(&port)
    }
}

/// One captured outbound connection with what planning needs from outside.
#[derive(Debug, Clone, Copy)]
pub struct Captured<'a> {
    /// The local pod.
    pub source: &'a Workload,
    /// Address the application connected from.
    pub client: IpAddr,
    /// Original destination.
    pub destination: SocketAddr,
    /// The proxy's own network (`NETWORK`).
    pub network: &'a ArcStr,
    /// Randomness of this connection.
    pub seed: u64,
    /// Names looked up so far: workload uid and address.
    pub resolved: &'a [(ArcStr, IpAddr)],
    /// Endpoints (by uid) that this connection has found dead.
    pub unreachable: &'a [ArcStr],
}

/// What the datapath must do with one outbound connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Nobody we know: TCP to the original destination.
    Passthrough,
    /// A known plain workload.
    Tcp {
        /// Where to connect.
        target: SocketAddr,
        /// Who that is.
        upstream: Upstream,
    },
    /// One or two tunnels.
    Hbone(Box<Tunnel>),
    /// Look this workload's host name up, then plan again.
    Resolve {
        /// Workload that has only a name.
        uid: ArcStr,
        /// The name.
        hostname: ArcStr,
        /// Family to prefer.
        prefer_v4: bool,
    },
}

/// A tunnel, or two when `inner` is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Tunnel {
    /// TCP next hop.
    pub via: SocketAddr,
    /// `:authority` of the CONNECT (of both, when there are two).
    pub authority: ArcStr,
    /// Identities accepted from the next hop.
    pub expected: Vec<Identity>,
    /// Identities accepted inside, for double HBONE.
    pub inner: Option<Vec<Identity>>,
    /// The next hop.
    pub upstream: Upstream,
    /// Host name of the addressed service, for `forwarded`.
    pub addressed: Option<Arc<Service>>,
}

/// A chosen workload with the port to use on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Upstream {
    /// Who.
    pub workload: Arc<Workload>,
    /// Target port.
    pub port: u16,
    /// The service it was chosen from.
    pub service: Option<Arc<Service>>,
}

impl Upstream {
    /// Identities the peer may present: its own, and what the service adds.
    #[must_use]
    pub fn identities(&self) -> Vec<Identity> {
        let extra = self
            .service
            .iter()
            .flat_map(|service| service.subject_alt_names.iter());
        std::iter::once(&self.workload.identity)
            .chain(extra)
            .cloned()
            .collect()
    }
}

/// Why no plan can be made; the texts are those of the field (`proxy-ops.md` §8).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A loop into the proxy itself.
    #[error("attempted recursive call to ourselves")]
    SelfCall,
    /// A service without usable endpoint.
    #[error("no healthy upstream: {0}")]
    NoHealthyUpstream(SocketAddr),
    /// A workload that cannot be reached from here.
    #[error("no valid routing destination for workload: {0}")]
    NoValidDestination(ArcStr),
    /// A remote workload that was not addressed through a service.
    #[error("no service for target address: {0}")]
    NoService(SocketAddr),
    /// The waypoint is not in the mesh.
    #[error("unknown waypoint: waypoint {0} not found")]
    UnknownWaypoint(String),
    /// The gateway is not in the mesh.
    #[error("unknown network gateway: gateway {0} not found")]
    UnknownGateway(String),
}

/// Which address of a workload to use.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HostAddress {
    Ip(IpAddr),
    Resolve,
    /// None of its own: its network gateway decides.
    Gateway,
}

fn choose_address(
    upstream: &Upstream,
    wanted: IpAddr,
    resolved: &[(ArcStr, IpAddr)],
) -> Result<HostAddress, RouteError> {
    let workload = &upstream.workload;
    if workload.addresses.contains(&wanted) {
        return Ok(HostAddress::Ip(wanted));
    }
    let families = upstream.service.as_ref().and_then(|service| service.ip_families);
    let usable = |address: &&IpAddr| match families {
        Some(IpFamilies::V4) => address.is_ipv4(),
        Some(IpFamilies::V6) => address.is_ipv6(),
        Some(IpFamilies::Dual) | None => true,
    };
    let mut candidates = workload.addresses.iter().filter(usable).peekable();
    if let Some(first) = candidates.peek().copied() {
        let same_family = candidates.find(|address| address.is_ipv4() == wanted.is_ipv4());
        return Ok(HostAddress::Ip(*same_family.unwrap_or(first)));
    }
    if let Some((_, address)) = resolved.iter().find(|(uid, _)| *uid == workload.uid) {
        return Ok(HostAddress::Ip(*address));
    }
    if !workload.hostname.is_empty() {
        return Ok(HostAddress::Resolve);
    }
    if workload.network_gateway.is_some() {
        return Ok(HostAddress::Gateway);
    }
    Err(RouteError::NoValidDestination(workload.uid.clone()))
}
