//! What a plan needs to know that the mesh does not say yet, where addresses come on demand
//! (`spec/workload-api.md` §5.4). (pure)
//!
//! Each function names the next key to ask for, or nothing when the plan can be made. Keys that were asked for
//! are never named again, so an unknown destination costs one question for each connection.

use std::net::IpAddr;

use arcstr::ArcStr;

use crate::state::workload::{GatewayAddress, GatewayDestination, NetworkAddress, Workload};
use crate::state::{AddressOwner, MeshState};

/// For a connection from `source` to `destination`; `network` is the proxy's own.
#[must_use]
pub fn outbound(
    mesh: &MeshState,
    (source, network): (&Workload, &ArcStr),
    destination: IpAddr,
    asked: &[ArcStr],
) -> Option<ArcStr> {
    if destination.is_loopback() {
        return None;
    }
    let at = |network: &ArcStr| NetworkAddress {
        network: network.clone(),
        address: destination,
    };
    let (own, theirs) = (at(network), at(&source.network));
    by_address(mesh, &own, source.namespace(), asked)
        .or_else(|| by_address(mesh, &theirs, source.namespace(), asked))
        .or_else(|| {
            let gateways = gateways(mesh, &own, source);
            gateways
                .iter()
                .find_map(|gateway| of_gateway(mesh, gateway, source, asked))
        })
}

/// For a tunnel that ends at `local` and asks for `destination`.
#[must_use]
pub fn inbound(mesh: &MeshState, local: &Workload, destination: IpAddr, asked: &[ArcStr]) -> Option<ArcStr> {
    if local.addresses.contains(&destination) {
        return None;
    }
    let address = NetworkAddress {
        network: local.network.clone(),
        address: destination,
    };
    by_address(mesh, &address, local.namespace(), asked)
}

fn by_address(mesh: &MeshState, address: &NetworkAddress, client: &str, asked: &[ArcStr]) -> Option<ArcStr> {
    let known = mesh.find_owner(address, client).is_some();
    unless_asked(known, address.to_string(), asked)
}

fn unless_asked(known: bool, key: String, asked: &[ArcStr]) -> Option<ArcStr> {
    (!known && !asked.iter().any(|one| *one == key)).then(|| key.into())
}

/// The waypoints and network gateways that stand between `source` and an address.
fn gateways(mesh: &MeshState, address: &NetworkAddress, source: &Workload) -> Vec<GatewayAddress> {
    match mesh.find_owner(address, source.namespace()) {
        Some(AddressOwner::Workload(workload)) => workload.waypoint.iter().cloned().collect(),
        Some(AddressOwner::Service(service)) => {
            let weighted = service.weighted_waypoints.iter().map(|one| &one.destination);
            let waypoints = weighted.chain(service.waypoint.as_ref());
            let remote = mesh
                .endpoints_of(&service)
                .filter(|endpoint| endpoint.network != source.network)
                .filter_map(|endpoint| endpoint.network_gateway.as_ref());
            waypoints.chain(remote).cloned().collect()
        }
        None => Vec::new(),
    }
}

fn of_gateway(
    mesh: &MeshState,
    gateway: &GatewayAddress,
    source: &Workload,
    asked: &[ArcStr],
) -> Option<ArcStr> {
    match &gateway.destination {
        GatewayDestination::Address(address) => by_address(mesh, address, source.namespace(), asked),
        GatewayDestination::Hostname(name) => {
            let known = mesh.find_service(name).is_some() || mesh.find_workload_by_hostname(name).is_some();
            unless_asked(known, name.to_string(), asked)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{empty_mesh, gateway_named, member, mesh, pod, service};

    const WEB: &str = "shop/web.shop.svc.cluster.local";
    const WAY: &str = "shop/waypoint.shop.svc.cluster.local";

    fn ask(mesh: &MeshState, destination: &str, asked: &[&str]) -> Option<String> {
        let asked: Vec<ArcStr> = asked.iter().map(|key| (*key).into()).collect();
        let client = pod("client", &["10.0.0.9"]);
        let destination = destination.parse().unwrap();
        outbound(mesh, (&client, &ArcStr::new()), destination, &asked).map(|key| key.to_string())
    }

    #[test]
    fn an_unknown_address_is_asked_for_once() {
        assert_eq!(ask(&empty_mesh(), "10.0.0.1", &[]).as_deref(), Some("/10.0.0.1"));
        assert_eq!(ask(&empty_mesh(), "10.0.0.1", &["/10.0.0.1"]), None);
        assert_eq!(ask(&empty_mesh(), "127.0.0.1", &[]), None);
    }

    #[test]
    fn the_sources_network_is_asked_too_where_it_is_another() {
        let mut client = pod("client", &["10.0.0.9"]);
        client.network = "west".into();
        let first = "10.0.0.1".parse().unwrap();
        let own = ArcStr::from("east");
        let asked = [ArcStr::from("east/10.0.0.1")];
        let next = outbound(&empty_mesh(), (&client, &own), first, &asked);
        assert_eq!(next.as_deref(), Some("west/10.0.0.1"));
    }

    #[test]
    fn what_is_known_is_not_asked_for_but_its_waypoint_is() {
        let plain = mesh![pod("web", &["10.0.0.1"])];
        assert_eq!(ask(&plain, "10.0.0.1", &[]), None);
        let mut fronted = service(WEB, &["10.96.0.1"], &[(80, 8080)]);
        fronted.waypoint = Some(gateway_named(WAY));
        let behind = mesh![fronted.clone()];
        assert_eq!(ask(&behind, "10.96.0.1", &[]).as_deref(), Some(WAY));
        assert_eq!(ask(&behind, "10.96.0.1", &[WAY]), None);
        let all = mesh![fronted, service(WAY, &[], &[(15008, 15008)])];
        assert_eq!(ask(&all, "10.96.0.1", &[]), None);
    }

    #[test]
    fn a_remote_endpoints_gateway_is_asked_for() {
        let mut remote = member(pod("remote", &[]), &[(WEB, &[(80, 80)])]);
        remote.network = "west".into();
        remote.network_gateway = Some(gateway_named("west/gateway.west.svc.cluster.local"));
        let mesh = mesh![service(WEB, &["10.96.0.1"], &[(80, 80)]), remote];
        let next = ask(&mesh, "10.96.0.1", &[]);
        assert_eq!(next.as_deref(), Some("west/gateway.west.svc.cluster.local"));
    }

    #[test]
    fn a_tunnel_for_its_own_pod_asks_nothing() {
        let local = pod("web", &["10.0.0.1"]);
        let ask = |address: &str| inbound(&empty_mesh(), &local, address.parse().unwrap(), &[]);
        assert_eq!(ask("10.0.0.1"), None);
        assert_eq!(ask("10.96.0.1").as_deref(), Some("/10.96.0.1"));
    }
}
