//! Plans of outbound and inbound connections, a case a line.

mod arrivals;
mod balance;

use std::collections::BTreeMap;

use super::inbound::{Authority, InboundError, InboundPlan};
use super::*;
use crate::state::service::{HealthPolicy, LoadBalancing, Mode, Scope, Visibility, WeightedWaypoint};
use crate::state::workload::{
    ApplicationProtocol, ApplicationTunnel, Health, Locality, NetworkMode, TunnelProtocol,
};
use crate::state::{MeshState, Update};
use crate::testing::{at, empty_mesh, gateway_at, gateway_named, key, member, mesh, pod, service};

const WEB: &str = "shop/web.shop.svc.cluster.local";
const WAY: &str = "shop/waypoint.shop.svc.cluster.local";

fn own_ports() -> OwnPorts {
    OwnPorts(vec![15001, 15006, 15008, 15053])
}

fn client() -> Workload {
    pod("client", &["10.0.0.9"])
}

fn plan_from(mesh: &MeshState, source: &Workload, destination: &str, seed: u64) -> Result<Plan, RouteError> {
    let captured = Captured {
        source,
        client: source.addresses[0],
        destination: destination.parse().unwrap(),
        network: &source.network,
        seed,
        resolved: &[],
        unreachable: &[],
    };
    outbound::plan(mesh, &captured, &own_ports())
}

/// A plan on one line: how, next hop, authority.
fn line(plan: &Result<Plan, RouteError>) -> String {
    match plan {
        Ok(Plan::Passthrough) => "passthrough".to_owned(),
        Ok(Plan::Tcp { target, .. }) => format!("tcp {target}"),
        Ok(Plan::Hbone(tunnel)) => {
            let how = if tunnel.inner.is_some() { "double" } else { "hbone" };
            format!("{how} {} for {}", tunnel.via, tunnel.authority)
        }
        Ok(Plan::Resolve { hostname, .. }) => format!("resolve {hostname}"),
        Err(error) => format!("error: {error}"),
    }
}

#[track_caller]
fn check(mesh: &MeshState, destination: &str, expected: &str) {
    assert_eq!(line(&plan_from(mesh, &client(), destination, 7)), expected);
}

fn expected_of(plan: Result<Plan, RouteError>) -> Vec<String> {
    match plan {
        Ok(Plan::Hbone(tunnel)) => tunnel.expected.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

fn web() -> Workload {
    member(pod("web", &["10.0.0.1"]), &[(WEB, &[(80, 8080)])])
}

fn web_service() -> Service {
    service(WEB, &["10.96.0.1"], &[(80, 8080)])
}

#[test]
fn a_service_leads_to_a_pods_target_port_by_hbone() {
    let mesh = mesh![web_service(), web()];
    check(&mesh, "10.96.0.1:80", "hbone 10.0.0.1:15008 for 10.0.0.1:8080");
    check(&mesh, "10.0.0.1:9999", "hbone 10.0.0.1:15008 for 10.0.0.1:9999");
    check(&mesh, "192.0.2.1:443", "passthrough");
}

#[test]
fn a_plain_pod_is_reached_by_tcp() {
    let plain = Workload {
        protocol: TunnelProtocol::Tcp,
        ..web()
    };
    let mesh = mesh![web_service(), plain];
    check(&mesh, "10.96.0.1:80", "tcp 10.0.0.1:8080");
    check(&mesh, "10.0.0.1:22", "tcp 10.0.0.1:22");
}

#[test]
fn wl_c06_a_hidden_service_is_passthrough() {
    let hidden = Service {
        visibility: Visibility::Namespace,
        ..service("data/db", &["10.96.0.2"], &[(80, 80)])
    };
    check(&mesh![hidden], "10.96.0.2:80", "passthrough");
}

fn waypoint() -> Workload {
    member(pod("waypoint", &["10.0.0.5"]), &[(WAY, &[(15008, 15008)])])
}

fn waypoint_service() -> Service {
    service(WAY, &["10.96.0.5"], &[(15008, 15008)])
}

#[test]
fn wl_c08_a_service_waypoint_is_asked_for_the_virtual_address() {
    for gateway in [
        gateway_named(WAY),
        gateway_at("10.96.0.5"),
        gateway_at("10.0.0.5"),
    ] {
        let fronted = Service {
            waypoint: Some(gateway),
            ..web_service()
        };
        let mesh = mesh![fronted, web(), waypoint(), waypoint_service()];
        check(&mesh, "10.96.0.1:80", "hbone 10.0.0.5:15008 for 10.96.0.1:80");
        let names = expected_of(plan_from(&mesh, &client(), "10.96.0.1:80", 1));
        assert_eq!(names, ["spiffe://cluster.local/ns/shop/sa/waypoint"]);
    }
}

#[test]
fn wl_c09_a_workload_waypoint_counts_for_the_pods_address_only() {
    let behind = Workload {
        waypoint: Some(gateway_named(WAY)),
        ..web()
    };
    let mesh = mesh![web_service(), behind, waypoint(), waypoint_service()];
    check(&mesh, "10.96.0.1:80", "hbone 10.0.0.1:15008 for 10.0.0.1:8080");
    check(&mesh, "10.0.0.1:8080", "hbone 10.0.0.5:15008 for 10.0.0.1:8080");
}

#[test]
fn wl_c10_a_waypoint_goes_straight_to_what_is_behind_it() {
    let behind = Workload {
        waypoint: Some(gateway_named(WAY)),
        ..web()
    };
    let mesh = mesh![behind, waypoint(), waypoint_service()];
    let plan = plan_from(&mesh, &waypoint(), "10.0.0.1:8080", 1);
    assert_eq!(line(&plan), "hbone 10.0.0.1:15008 for 10.0.0.1:8080");
    // the same identity from another address is not the waypoint
    let impostor = Workload {
        addresses: Box::new(["10.0.0.66".parse().unwrap()]),
        ..waypoint()
    };
    assert_eq!(
        line(&plan_from(&mesh, &impostor, "10.0.0.1:8080", 1)),
        "hbone 10.0.0.5:15008 for 10.0.0.1:8080"
    );
}

#[test]
fn wl_c11_a_service_without_healthy_endpoint_is_an_error() {
    let sick = Workload {
        status: Health::Unhealthy,
        ..web()
    };
    check(
        &mesh![web_service(), sick],
        "10.96.0.1:80",
        "error: no healthy upstream: 10.96.0.1:80",
    );
    check(
        &mesh![web_service(), web()],
        "10.96.0.1:81",
        "error: no healthy upstream: 10.96.0.1:81",
    );
}

#[test]
fn wl_c16_an_endpoint_without_the_named_port_is_not_chosen() {
    let named = service(WEB, &["10.96.0.1"], &[(80, 0)]);
    let without = member(pod("without", &["10.0.0.2"]), &[(WEB, &[])]);
    let mesh = mesh![named, web(), without];
    for seed in 0..50 {
        let plan = plan_from(&mesh, &client(), "10.96.0.1:80", seed);
        assert_eq!(line(&plan), "hbone 10.0.0.1:15008 for 10.0.0.1:8080");
    }
}

fn remote(gateway: bool) -> Workload {
    Workload {
        network: "n2".into(),
        network_gateway: gateway.then(|| gateway_at("10.0.0.7")),
        ..member(pod("far", &[]), &[(WEB, &[(80, 8080)])])
    }
}

#[test]
fn wl_c17_another_network_is_reached_through_two_tunnels() {
    let named = Service {
        subject_alt_names: Box::new([crate::testing::identity("shop", "far")]),
        ..web_service()
    };
    let mesh = mesh![named, remote(true), pod("istio-system/gateway", &["10.0.0.7"])];
    let plan = plan_from(&mesh, &client(), "10.96.0.1:80", 1);
    assert_eq!(
        line(&plan),
        "double 10.0.0.7:15008 for web.shop.svc.cluster.local:80"
    );
    let Ok(Plan::Hbone(tunnel)) = plan else { panic!() };
    let inner: Vec<String> = tunnel.inner.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(inner, ["spiffe://cluster.local/ns/shop/sa/far"]);
    assert_eq!(
        tunnel.expected[0].to_string(),
        "spiffe://cluster.local/ns/istio-system/sa/gateway"
    );
}

#[test]
fn wl_c18_another_network_without_gateway_is_an_error() {
    let addressed = Workload {
        addresses: Box::new(["10.9.0.1".parse().unwrap()]),
        ..remote(false)
    };
    check(
        &mesh![web_service(), addressed],
        "10.96.0.1:80",
        "error: no valid routing destination for workload: east//Pod/shop/far",
    );
    let nowhere = mesh![web_service(), remote(true)];
    check(
        &nowhere,
        "10.96.0.1:80",
        "error: unknown network gateway: gateway 10.0.0.7 not found",
    );
}

#[test]
fn wl_c19_a_host_network_address_is_nobody() {
    let host = Workload {
        network_mode: NetworkMode::HostNetwork,
        ..web()
    };
    let mesh = mesh![web_service(), host];
    check(&mesh, "10.0.0.1:8080", "passthrough");
    check(&mesh, "10.96.0.1:80", "hbone 10.0.0.1:15008 for 10.0.0.1:8080");
}

#[test]
fn wl_c20_dual_stack_pods_are_reached_in_the_family_asked_for_if_allowed() {
    let dual = |families| {
        let service = Service {
            ip_families: families,
            ..service(WEB, &["10.96.0.1", "fd00::96"], &[(80, 8080)])
        };
        mesh![
            service,
            member(pod("web", &["10.0.0.1", "fd00::1"]), &[(WEB, &[(80, 8080)])])
        ]
    };
    check(
        &dual(None),
        "[fd00::96]:80",
        "hbone [fd00::1]:15008 for [fd00::1]:8080",
    );
    check(
        &dual(None),
        "10.96.0.1:80",
        "hbone 10.0.0.1:15008 for 10.0.0.1:8080",
    );
    check(
        &dual(Some(IpFamilies::V4)),
        "[fd00::96]:80",
        "hbone 10.0.0.1:15008 for 10.0.0.1:8080",
    );
    check(
        &dual(Some(IpFamilies::Dual)),
        "[fd00::96]:80",
        "hbone [fd00::1]:15008 for [fd00::1]:8080",
    );
}

#[test]
fn wl_c21_a_workload_with_only_a_name_is_looked_up_and_planned_again() {
    let named = Workload {
        hostname: "db.example".into(),
        protocol: TunnelProtocol::Tcp,
        ..member(pod("ext", &[]), &[(WEB, &[(80, 5432)])])
    };
    let uid = named.uid.clone();
    let mesh = mesh![web_service(), named];
    check(&mesh, "10.96.0.1:80", "resolve db.example");
    let source = client();
    let resolved = [(uid, "192.0.2.5".parse().unwrap())];
    let captured = Captured {
        source: &source,
        client: source.addresses[0],
        destination: "10.96.0.1:80".parse().unwrap(),
        network: &source.network,
        seed: 7,
        resolved: &resolved,
        unreachable: &[],
    };
    assert_eq!(
        line(&outbound::plan(&mesh, &captured, &own_ports())),
        "tcp 192.0.2.5:5432"
    );
}

#[test]
fn wl_c23_only_loopback_is_a_self_call() {
    let mesh = empty_mesh();
    check(
        &mesh,
        "127.0.0.1:15008",
        "error: attempted recursive call to ourselves",
    );
    check(
        &mesh,
        "[::1]:15053",
        "error: attempted recursive call to ourselves",
    );
    check(&mesh, "10.0.0.1:15008", "passthrough");
    check(&mesh, "127.0.0.1:15000", "passthrough");
}

#[test]
fn wl_c24_weighted_waypoints_share_the_connections() {
    let canary = "shop/canary.shop.svc.cluster.local";
    let weighted = |first, second| {
        let share = |destination, weight| WeightedWaypoint { destination, weight };
        let fronted = Service {
            waypoint: Some(gateway_named(WAY)),
            weighted_waypoints: Box::new([
                share(gateway_named(canary), first),
                share(gateway_named(WAY), second),
            ]),
            ..web_service()
        };
        mesh![
            fronted,
            web(),
            waypoint(),
            waypoint_service(),
            service(canary, &[], &[(15008, 15008)]),
            member(pod("canary", &["10.0.0.6"]), &[(canary, &[(15008, 15008)])]),
        ]
    };
    let through_canary = |mesh: &MeshState| -> usize {
        (0..1_000u64)
            .filter(|number| {
                let seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let plan = plan_from(mesh, &client(), "10.96.0.1:80", seed);
                line(&plan) == "hbone 10.0.0.6:15008 for 10.96.0.1:80"
            })
            .count()
    };
    assert_eq!(through_canary(&weighted(100, 0)), 1_000);
    assert_eq!(
        through_canary(&weighted(0, 0)),
        0,
        "all zero falls back to the plain waypoint"
    );
    let quarter = through_canary(&weighted(25, 75));
    assert!((180..320).contains(&quarter), "{quarter}");
}

#[test]
fn an_unknown_waypoint_never_falls_back_to_the_endpoint() {
    let fronted = Service {
        waypoint: Some(gateway_named("shop/gone")),
        ..web_service()
    };
    check(
        &mesh![fronted, web()],
        "10.96.0.1:80",
        "error: unknown waypoint: waypoint gone not found",
    );
}

#[test]
fn a_services_further_names_are_accepted_from_its_endpoints() {
    let fronted = Service {
        subject_alt_names: Box::new([crate::testing::identity("shop", "other")]),
        ..web_service()
    };
    let names = expected_of(plan_from(&mesh![fronted, web()], &client(), "10.96.0.1:80", 1));
    assert_eq!(
        names,
        [
            "spiffe://cluster.local/ns/shop/sa/web",
            "spiffe://cluster.local/ns/shop/sa/other"
        ]
    );
}

#[test]
fn gateways_by_address_prefer_a_service_of_that_address() {
    // workload-api 5.2
    let mesh = mesh![
        waypoint_service(),
        waypoint(),
        pod("squatter", &["10.96.0.5"]),
        Service {
            waypoint: Some(gateway_at("10.96.0.5")),
            ..web_service()
        },
        web(),
    ];
    assert!(
        mesh.find_service(&key(WAY)).is_some() && mesh.find_workload_by_address(&at("10.96.0.5")).is_some()
    );
    check(&mesh, "10.96.0.1:80", "hbone 10.0.0.5:15008 for 10.96.0.1:80");
}

#[test]
fn an_endpoint_found_dead_is_not_chosen_again() {
    let mesh = mesh![
        web_service(),
        web(),
        member(pod("other", &["10.0.0.2"]), &[(WEB, &[(80, 8080)])])
    ];
    let source = client();
    let plan = |unreachable: &[ArcStr], seed| {
        let captured = Captured {
            source: &source,
            client: source.addresses[0],
            destination: "10.96.0.1:80".parse().unwrap(),
            network: &source.network,
            seed,
            resolved: &[],
            unreachable,
        };
        line(&outbound::plan(&mesh, &captured, &own_ports()))
    };
    let (first, second) = (web().uid, ArcStr::from("east//Pod/shop/other"));
    for seed in 0..20 {
        assert_eq!(
            plan(std::slice::from_ref(&first), seed),
            "hbone 10.0.0.2:15008 for 10.0.0.2:8080"
        );
    }
    assert_eq!(
        plan(&[first, second], 1),
        "error: no healthy upstream: 10.96.0.1:80"
    );
}
