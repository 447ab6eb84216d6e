//! Waypoints and network gateways: from their address to a workload, and back (`workload-api.md` §5.2–5.3).

use std::net::IpAddr;
use std::sync::Arc;

use crate::route::balance::{PortMode, Question, pick};
use crate::route::{Captured, RouteError, Upstream};
use crate::state::MeshState;
use crate::state::service::{Service, WeightedWaypoint};
use crate::state::workload::{GatewayAddress, GatewayDestination, NetworkAddress, Workload};

/// What a gateway address is resolved for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Waypoint,
    NetworkGateway,
}

impl Role {
    fn unknown(self, gateway: &GatewayAddress) -> RouteError {
        let name = match &gateway.destination {
            GatewayDestination::Hostname(name) => name.hostname.to_string(),
            GatewayDestination::Address(address) => address.address.to_string(),
        };
        match self {
            Self::Waypoint => RouteError::UnknownWaypoint(name),
            Self::NetworkGateway => RouteError::UnknownGateway(name),
        }
    }
}

/// The waypoint of a service for this connection: a weighted sample, else the plain one.
pub(super) fn of_service(service: &Service, seed: u64) -> Option<&GatewayAddress> {
    sample(&service.weighted_waypoints, seed).or(service.waypoint.as_ref())
}

fn sample(waypoints: &[WeightedWaypoint], seed: u64) -> Option<&GatewayAddress> {
    let total: u64 = waypoints.iter().map(|one| u64::from(one.weight)).sum();
    // another part of the seed than the balancer uses, so that both choices are independent
    let mut ticket = seed.rotate_left(32).checked_rem(total)?;
    waypoints.iter().find_map(|one| {
        let weight = u64::from(one.weight);
        if ticket < weight {
            return Some(&one.destination);
        }
        ticket -= weight;
        None
    })
}

/// Resolves a gateway address to one workload and its port.
pub(super) fn resolve(
    mesh: &MeshState,
    captured: &Captured<'_>,
    gateway: &GatewayAddress,
    role: Role,
) -> Result<Upstream, RouteError> {
    let port = gateway.hbone_mtls_port;
    let mode = match role {
        Role::Waypoint => PortMode::Waypoint,
        Role::NetworkGateway => PortMode::Standard,
    };
    let question = Question {
        source: captured.source,
        port,
        mode,
        seed: captured.seed,
        unreachable: captured.unreachable,
    };
    let from_service = |service: &Arc<Service>| {
        pick(mesh, service, &question).ok_or(RouteError::NoHealthyUpstream(captured.destination))
    };
    let alone = |workload: &Arc<Workload>| Upstream {
        workload: workload.clone(),
        port,
        service: None,
    };
    match &gateway.destination {
        GatewayDestination::Hostname(name) => match mesh.find_service(name) {
            Some(service) => from_service(service),
            None => mesh
                .find_workload_by_hostname(name)
                .map(alone)
                .ok_or_else(|| role.unknown(gateway)),
        },
        GatewayDestination::Address(address) => {
            if let Some(service) = mesh.find_service_by_vip(address, captured.source.namespace()) {
                return from_service(service);
            }
            mesh.find_workload_by_address(address)
                .map(alone)
                .ok_or_else(|| role.unknown(gateway))
        }
    }
}

/// Whether the connection comes from a waypoint pod of `gateway` itself.
pub(super) fn is_from(mesh: &MeshState, gateway: &GatewayAddress, source: &Workload, client: IpAddr) -> bool {
    workloads_behind(mesh, gateway, source.namespace())
        .iter()
        .any(|candidate| candidate.identity == source.identity && candidate.addresses.contains(&client))
}

/// Whether `local` is a waypoint for the address that a tunnel asks for (`spec/hbone.md` §5 step 4).
#[must_use]
pub fn serves(mesh: &MeshState, local: &Workload, asked: IpAddr) -> bool {
    let address = NetworkAddress {
        network: local.network.clone(),
        address: asked,
    };
    let behind = |gateway: &GatewayAddress| {
        workloads_behind(mesh, gateway, local.namespace())
            .iter()
            .any(|workload| workload.uid == local.uid)
    };
    if let Some(workload) = mesh.find_workload_by_address(&address) {
        return workload.waypoint.as_ref().is_some_and(behind);
    }
    mesh.find_service_by_vip(&address, local.namespace())
        .is_some_and(|service| {
            let weighted = service.weighted_waypoints.iter().map(|one| &one.destination);
            weighted.chain(service.waypoint.as_ref()).any(behind)
        })
}

fn workloads_behind(mesh: &MeshState, gateway: &GatewayAddress, client: &str) -> Vec<Arc<Workload>> {
    let of_service = |service: &Arc<Service>| mesh.endpoints_of(service).cloned().collect();
    match &gateway.destination {
        GatewayDestination::Address(address) => match mesh.find_workload_by_address(address) {
            Some(workload) => vec![workload.clone()],
            None => mesh
                .find_service_by_vip(address, client)
                .map(of_service)
                .unwrap_or_default(),
        },
        GatewayDestination::Hostname(name) => match mesh.find_service(name) {
            Some(service) => of_service(service),
            None => mesh
                .find_workload_by_hostname(name)
                .cloned()
                .into_iter()
                .collect(),
        },
    }
}
