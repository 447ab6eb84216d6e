//! Tunnels that arrive at a pod.

use super::*;

fn inbound(mesh: &MeshState, local: &Workload, authority: &str) -> Result<InboundPlan, InboundError> {
    let authority = Authority::parse(authority).unwrap();
    inbound::plan(mesh, local, local.addresses[0], &authority, &own_ports())
}

fn target(plan: Result<InboundPlan, InboundError>) -> String {
    plan.map_or_else(
        |error| format!("{} {error}", error.status()),
        |plan| plan.target.to_string(),
    )
}

#[test]
fn hbone_c05_another_pods_address_is_refused() {
    let mesh = mesh![web_service(), web(), pod("other", &["10.0.0.2"])];
    assert_eq!(target(inbound(&mesh, &web(), "10.0.0.1:8080")), "10.0.0.1:8080");
    assert_eq!(
        target(inbound(&mesh, &web(), "10.0.0.2:8080")),
        "400 ip mismatch: 10.0.0.1 != 10.0.0.2"
    );
    assert_eq!(
        target(inbound(&mesh, &web(), "10.96.0.1:80")),
        "400 ip mismatch: 10.0.0.1 != 10.96.0.1"
    );
}

#[test]
fn hbone_c06_host_names_lead_to_the_target_port() {
    let mesh = mesh![web_service(), web()];
    assert_eq!(
        target(inbound(&mesh, &web(), "web.shop.svc.cluster.local:80")),
        "10.0.0.1:8080"
    );
    assert_eq!(
        target(inbound(&mesh, &web(), "web.shop.svc.cluster.local:81")),
        "503 requested service web.shop.svc.cluster.local:81 found, but cannot resolve port"
    );
    assert_eq!(
        target(inbound(&mesh, &web(), "nobody.example:80")),
        "503 no service or workload for hostname: nobody.example"
    );
}

#[test]
fn hbone_c07_the_proxys_own_ports_are_out_of_reach_also_after_mapping() {
    let mapped = service(WEB, &["10.96.0.1"], &[(80, 15001)]);
    let mesh = mesh![mapped, member(pod("web", &["10.0.0.1"]), &[(WEB, &[])])];
    for authority in [
        "10.0.0.1:15008",
        "10.0.0.1:15006",
        "10.0.0.1:15001",
        "10.0.0.1:15053",
        "web.shop.svc.cluster.local:80",
    ] {
        let plan = inbound(&mesh, &pod("web", &["10.0.0.1"]), authority);
        assert_eq!(
            target(plan),
            "503 attempted recursive call to ourselves",
            "{authority}"
        );
    }
}

#[test]
fn hbone_c19_an_application_tunnel_takes_any_address_and_announces_it() {
    let tunnel = Workload {
        application_tunnel: Some(ApplicationTunnel {
            protocol: ApplicationProtocol::Proxy,
            port: Some(15088),
        }),
        ..pod("waypoint", &["10.0.0.5"])
    };
    let mesh = mesh![web_service(), web(), tunnel.clone()];
    let plan = inbound(&mesh, &tunnel, "10.96.0.1:80").unwrap();
    assert_eq!(plan.target, "10.0.0.5:15088".parse().unwrap());
    assert_eq!(plan.connect, "127.0.0.1:15088".parse().unwrap());
    assert_eq!(plan.announce, Some("10.96.0.1:80".parse().unwrap()));
    let by_name = inbound(&mesh, &tunnel, "web.shop.svc.cluster.local:80").unwrap();
    assert_eq!(by_name.announce, Some("10.96.0.1:80".parse().unwrap()));
}

#[test]
fn a_waypoint_without_tunnel_takes_what_is_behind_it() {
    let fronted = Service {
        waypoint: Some(gateway_named(WAY)),
        ..web_service()
    };
    let mesh = mesh![fronted, web(), waypoint(), waypoint_service()];
    assert_eq!(target(inbound(&mesh, &waypoint(), "10.96.0.1:80")), "10.0.0.5:80");
    assert_eq!(
        target(inbound(&mesh, &waypoint(), "10.0.0.1:80")),
        "400 ip mismatch: 10.0.0.5 != 10.0.0.1"
    );
}

#[test]
fn security_10_unusable_authorities_are_none() {
    let long = format!("{}:80", "a".repeat(1_025));
    for text in [
        "",
        "10.0.0.1",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "user@10.0.0.1:80",
        "host:",
        "host:-1",
        "[::1:80",
        "a:b:80",
        long.as_str(),
    ] {
        assert_eq!(Authority::parse(text), None, "{text}");
    }
    // the empty host name is a host name nobody has (hbone 3)
    assert_eq!(
        Authority::parse(":80"),
        Some(Authority::Hostname(String::new(), 80))
    );
}

#[test]
fn hbone_c23_a_mapped_authority_is_another_address() {
    let mesh = mesh![web()];
    assert!(target(inbound(&mesh, &web(), "[::ffff:10.0.0.1]:80")).starts_with("400 "));
}

proptest::proptest! {
    #[test]
    fn authorities_never_panic_and_keep_their_port(text in "[a-z0-9.:\\[\\]@%/-]{0,40}") {
        if let Some(authority) = Authority::parse(&text) {
            proptest::prop_assert!(authority.port() > 0);
            let end = format!(":{}", authority.port());
            proptest::prop_assert!(text.ends_with(&end) || text.contains(":0"));
        }
    }
}
