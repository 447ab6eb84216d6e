//! The plan of one captured outbound connection (`spec/workload-api.md` §5; steps are numbered as there).

use std::net::SocketAddr;
use std::sync::Arc;

use arcstr::ArcStr;

use crate::route::balance::{PortMode, Question, pick};
use crate::route::waypoint::{self, Role};
use crate::route::{Captured, HostAddress, OwnPorts, Plan, RouteError, Tunnel, Upstream, choose_address};
use crate::state::service::Service;
use crate::state::workload::{GatewayAddress, NetworkAddress, TunnelProtocol};
use crate::state::{AddressOwner, MeshState};

/// The port every HBONE workload listens on.
pub const HBONE_PORT: u16 = 15008;

/// Plans one connection.
pub fn plan(mesh: &MeshState, captured: &Captured<'_>, own_ports: &OwnPorts) -> Result<Plan, RouteError> {
    let destination = captured.destination;
    if destination.ip().is_loopback() && own_ports.contains(destination.port()) {
        return Err(RouteError::SelfCall); // step 0
    }
    let at = |network| NetworkAddress {
        network,
        address: destination.ip(),
    };
    let addressed = match mesh.find_owner(&at(captured.network.clone()), captured.source.namespace()) {
        Some(AddressOwner::Service(service)) => Some(service),
        _ => None,
    };
    if let Some(service) = &addressed
        && let Some(gateway) = waypoint::of_service(service, captured.seed)
    {
        return through_service_waypoint(mesh, captured, service, gateway); // step 1
    }
    match pick_upstream(mesh, captured, &at(captured.source.network.clone())) {
        Some(upstream) => reach(mesh, captured, addressed, upstream),
        None => match addressed {
            Some(service) if !service.is_passthrough() => Err(RouteError::NoHealthyUpstream(destination)),
            _ => Ok(Plan::Passthrough), // step 3
        },
    }
}

fn through_service_waypoint(
    mesh: &MeshState,
    captured: &Captured<'_>,
    service: &Arc<Service>,
    gateway: &GatewayAddress,
) -> Result<Plan, RouteError> {
    let upstream = waypoint::resolve(mesh, captured, gateway, Role::Waypoint)?;
    if upstream.workload.network != captured.source.network {
        return through_network_gateway(mesh, captured, Some(service.clone()), &upstream);
    }
    tunnel(
        captured,
        upstream,
        Some(service.clone()),
        arcstr::format!("{}", captured.destination),
    )
}

/// Step 2: a service by its virtual address first, then a workload by its own.
fn pick_upstream(mesh: &MeshState, captured: &Captured<'_>, address: &NetworkAddress) -> Option<Upstream> {
    let port = captured.destination.port();
    if let Some(service) = mesh.find_service_by_vip(address, captured.source.namespace()) {
        if service.is_passthrough() {
            return None;
        }
        let question = Question {
            source: captured.source,
            port,
            mode: PortMode::Standard,
            seed: captured.seed,
            unreachable: captured.unreachable,
        };
        return pick(mesh, service, &question);
    }
    let workload = mesh.find_workload_by_address(address)?.clone();
    Some(Upstream {
        workload,
        port,
        service: None,
    })
}

/// Steps 4 to 6.
fn reach(
    mesh: &MeshState,
    captured: &Captured<'_>,
    addressed: Option<Arc<Service>>,
    upstream: Upstream,
) -> Result<Plan, RouteError> {
    if upstream.workload.network != captured.source.network {
        return through_network_gateway(mesh, captured, addressed, &upstream);
    }
    if addressed.is_none()
        && let Some(gateway) = &upstream.workload.waypoint
        && !waypoint::is_from(mesh, gateway, captured.source, captured.client)
    {
        let next = waypoint::resolve(mesh, captured, gateway, Role::Waypoint)?;
        return tunnel(captured, next, None, arcstr::format!("{}", captured.destination));
    }
    direct(captured, addressed, upstream)
}

/// Step 4: both tunnels ask for `<service hostname>:<service port>`.
fn through_network_gateway(
    mesh: &MeshState,
    captured: &Captured<'_>,
    addressed: Option<Arc<Service>>,
    upstream: &Upstream,
) -> Result<Plan, RouteError> {
    let service = addressed.ok_or(RouteError::NoService(captured.destination))?;
    let gateway = upstream.workload.network_gateway.as_ref();
    let gateway = gateway.ok_or_else(|| RouteError::NoValidDestination(upstream.workload.uid.clone()))?;
    let next = waypoint::resolve(mesh, captured, gateway, Role::NetworkGateway)?;
    let authority = arcstr::format!("{}:{}", service.key.hostname, captured.destination.port());
    let inner = upstream
        .service
        .as_ref()
        .map_or_else(Vec::new, |service| service.subject_alt_names.to_vec());
    match tunnel(captured, next, Some(service), authority)? {
        Plan::Hbone(outer) => Ok(Plan::Hbone(Box::new(Tunnel {
            inner: Some(inner),
            ..*outer
        }))),
        other => Ok(other),
    }
}

/// A tunnel to `next` on its own port.
fn tunnel(
    captured: &Captured<'_>,
    next: Upstream,
    addressed: Option<Arc<Service>>,
    authority: ArcStr,
) -> Result<Plan, RouteError> {
    let ip = match choose_address(&next, captured.destination.ip(), captured.resolved)? {
        HostAddress::Ip(ip) => ip,
        HostAddress::Resolve => return Ok(lookup(captured, &next)),
        HostAddress::Gateway => return Err(RouteError::NoValidDestination(next.workload.uid.clone())),
    };
    Ok(Plan::Hbone(Box::new(Tunnel {
        via: SocketAddr::new(ip, next.port),
        authority,
        expected: next.identities(),
        inner: None,
        upstream: next,
        addressed,
    })))
}

/// Step 6.
fn direct(
    captured: &Captured<'_>,
    addressed: Option<Arc<Service>>,
    upstream: Upstream,
) -> Result<Plan, RouteError> {
    let ip = match choose_address(&upstream, captured.destination.ip(), captured.resolved)? {
        HostAddress::Ip(ip) => ip,
        HostAddress::Resolve => return Ok(lookup(captured, &upstream)),
        HostAddress::Gateway => return Err(RouteError::NoValidDestination(upstream.workload.uid.clone())),
    };
    let target = SocketAddr::new(ip, upstream.port);
    if upstream.workload.protocol == TunnelProtocol::Tcp {
        return Ok(Plan::Tcp { target, upstream });
    }
    Ok(Plan::Hbone(Box::new(Tunnel {
        via: SocketAddr::new(ip, HBONE_PORT),
        authority: arcstr::format!("{target}"),
        expected: upstream.identities(),
        inner: None,
        addressed: addressed.or_else(|| upstream.service.clone()),
        upstream,
    })))
}

fn lookup(captured: &Captured<'_>, upstream: &Upstream) -> Plan {
    Plan::Resolve {
        uid: upstream.workload.uid.clone(),
        hostname: upstream.workload.hostname.clone(),
        prefer_v4: captured.destination.is_ipv4(),
    }
}
