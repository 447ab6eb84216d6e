//! What an inbound tunnel may reach (`spec/hbone.md` §5, steps 2–7).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use crate::route::{OwnPorts, waypoint};
use crate::state::MeshState;
use crate::state::service::Service;
use crate::state::workload::{ApplicationProtocol, Workload};

const MAX_AUTHORITY: usize = 1024;
/// Of what a peer says, lines show so many bytes (`security.md` L2).
const MAX_SHOWN: usize = 256;

/// The `:authority` of a CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// `ip:port`; the address is taken literally, never canonicalised.
    Address(SocketAddr),
    /// `hostname:port`.
    Hostname(String, u16),
}

impl Authority {
    /// Reads an authority; none when there is no usable port or the form is not one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_AUTHORITY || text.contains('@') {
            return None;
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return (address.port() != 0).then_some(Self::Address(address));
        }
        let (host, port) = text.rsplit_once(':')?;
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse::<u16>().ok().filter(|port| digits && *port != 0)?;
        (!host.contains([':', '[', ']', '/'])).then(|| Self::Hostname(host.to_owned(), port))
    }

    /// The port asked for.
    #[must_use]
    pub fn port(&self) -> u16 {
        match self {
            Self::Address(address) => address.port(),
            Self::Hostname(_, port) => *port,
        }
    }
}

/// Why a tunnel is refused before policy is asked; texts are those of the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// The asked address is not this pod's.
    #[error("ip mismatch: {local} != {asked}")]
    IpMismatch {
        /// This pod.
        local: IpAddr,
        /// Asked.
        asked: IpAddr,
    },
    /// Nobody of that name.
    #[error("no service or workload for hostname: {0}")]
    UnknownHostname(String),
    /// The service has no such port here.
    #[error("requested service {0}:{1} found, but cannot resolve port")]
    UnresolvedPort(String, u16),
    /// Nothing to announce to the tunnel application.
    #[error("requested service {0} found, but has no IP addresses")]
    NoServiceAddress(String),
    /// One of the proxy's own ports.
    #[error("attempted recursive call to ourselves")]
    SelfCall,
}

impl InboundError {
    /// The HTTP status of the refusal.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::IpMismatch { .. } => 400,
            _ => 503,
        }
    }
}

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundPlan {
    /// What policy looks at, and the telemetry's destination.
    pub target: SocketAddr,
    /// Connect here instead of to `target`: loopback for an application tunnel.
    pub connect: SocketAddr,
    /// Destination to announce by PROXY protocol, if the tunnel asks for it.
    pub announce: Option<SocketAddr>,
}

/// Plans one inbound tunnel for the pod `local`, which was reached at `at`.
pub fn plan(
    mesh: &MeshState,
    local: &Workload,
    at: IpAddr,
    authority: &Authority,
    own_ports: &OwnPorts,
) -> Result<InboundPlan, InboundError> {
    validate(mesh, local, at, authority)?;
    let port = match authority {
        Authority::Address(address) => address.port(),
        Authority::Hostname(hostname, port) => service_port(mesh, local, hostname, *port)?,
    };
    if own_ports.contains(port) {
        return Err(InboundError::SelfCall);
    }
    let Some(tunnel) = local.application_tunnel else {
        let target = SocketAddr::new(at, port);
        return Ok(InboundPlan {
            target,
            connect: target,
            announce: None,
        });
    };
    let target = SocketAddr::new(at, tunnel.port.unwrap_or(port));
    if tunnel.protocol == ApplicationProtocol::None {
        return Ok(InboundPlan {
            target,
            connect: target,
            announce: None,
        });
    }
    let announce = announced(mesh, local, authority)?;
    let connect = SocketAddr::new(loopback(at), target.port());
    Ok(InboundPlan {
        target,
        connect,
        announce: Some(announce),
    })
}

fn loopback(at: IpAddr) -> IpAddr {
    if at.is_ipv4() {
        Ipv4Addr::LOCALHOST.into()
    } else {
        Ipv6Addr::LOCALHOST.into()
    }
}

fn validate(
    mesh: &MeshState,
    local: &Workload,
    at: IpAddr,
    authority: &Authority,
) -> Result<(), InboundError> {
    let Authority::Address(asked) = authority else {
        return Ok(());
    };
    let asked = asked.ip();
    if asked == at || local.application_tunnel.is_some() || waypoint::serves(mesh, local, asked) {
        return Ok(());
    }
    Err(InboundError::IpMismatch { local: at, asked })
}

fn find_service<'a>(
    mesh: &'a MeshState,
    local: &Workload,
    hostname: &str,
) -> Result<&'a Arc<Service>, InboundError> {
    mesh.find_service_by_hostname(hostname, local.namespace())
        .ok_or_else(|| InboundError::UnknownHostname(shown(hostname)))
}

/// A peer's text as lines show it: not longer than 256 bytes. (They escape it themselves.)
#[must_use]
pub fn shown(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_SHOWN);
    let rest = if end < text.len() { "…" } else { "" };
    format!("{}{rest}", &text[..end])
}

fn service_port(mesh: &MeshState, local: &Workload, hostname: &str, port: u16) -> Result<u16, InboundError> {
    let service = find_service(mesh, local, hostname)?;
    let own = local.ports_of(&service.key).and_then(|ports| ports.find(port));
    own.or_else(|| service.ports.find(port))
        .filter(|target| *target != 0)
        .ok_or_else(|| InboundError::UnresolvedPort(hostname.to_owned(), port))
}

fn announced(mesh: &MeshState, local: &Workload, authority: &Authority) -> Result<SocketAddr, InboundError> {
    match authority {
        Authority::Address(address) => Ok(*address),
        Authority::Hostname(hostname, port) => {
            let service = find_service(mesh, local, hostname)?;
            let vip = service
                .vips
                .iter()
                .min_by_key(|vip| (vip.network != local.network, !vip.address.is_ipv4()))
                .ok_or_else(|| InboundError::NoServiceAddress(hostname.clone()))?;
            Ok(SocketAddr::new(vip.address, *port))
        }
    }
}

/// The service that the client addressed, for telemetry only: the named one if it is a service of
/// this pod, else one whose port leads to the target.
#[must_use]
pub fn addressed_service(
    mesh: &MeshState,
    local: &Workload,
    host: Option<&str>,
    port: u16,
) -> Option<Arc<Service>> {
    let named = host.and_then(|host| local.services.iter().find(|(key, _)| key.hostname == host));
    let by_port = || {
        local
            .services
            .iter()
            .find(|(_, ports)| ports.iter().any(|(_, target)| target == port))
    };
    let (key, _) = named.or_else(by_port)?;
    mesh.find_service(key).cloned()
}
