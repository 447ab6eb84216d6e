//! Meshes from files: the shapes of the dump, and what is refused.

use super::*;
use crate::admin::dump::mesh;
use crate::state::MeshState;

const MESH: &str = r#"
workloads:
- uid: east//Pod/shop/web-1
  name: web-1
  namespace: shop
  serviceAccount: web
  workloadIps: ["10.0.0.1", "fd00::1"]
  protocol: HBONE
  node: node-1
  status: Healthy
  networkMode: Standard
  workloadType: pod
  capacity: 3
  locality: {region: r, zone: z}
  waypoint: {destination: "shop/way.shop.svc.cluster.local", hboneMtlsPort: 15008}
  networkGateway: {destination: "west/10.9.0.1", hboneMtlsPort: 15009}
  applicationTunnel: {protocol: PROXY, port: 15088}
  authorizationPolicies: [shop/only]
  services: {"shop/web.shop.svc.cluster.local": {"80": 8080}}
- name: plain
  namespace: shop
  workloadIps: ["10.0.0.2"]
services:
- name: web
  namespace: shop
  hostname: web.shop.svc.cluster.local
  vips: [/10.96.0.1]
  cidrVips: [{network: east, cidr: 10.1.0.0/16}]
  ports: {"80": 8080}
  subjectAltNames: ["spiffe://cluster.local/ns/shop/sa/other"]
  weightedWaypoints: [{destination: {destination: /10.0.0.5, hboneMtlsPort: 15008}, weight: 3}]
  loadBalancer: {routingPreferences: [Network, Region], mode: Failover, healthPolicy: AllowAll}
  ipFamilies: Dual
  canonical: true
  visibility: Namespace
policies:
- name: only
  namespace: shop
  scope: WorkloadSelector
  action: Allow
  rules: [[[{principals: [{Exact: cluster.local/ns/shop/sa/web}, {Presence: []}], notSourceIps: [10.0.0.0/8],
    serviceAccounts: [{namespace: shop, serviceAccount: web}], destinationPorts: [80]}]]]
"#;

#[test]
fn ops_7_a_file_becomes_the_mesh_that_the_dump_shows() {
    let local = Local::parse(MESH).unwrap();
    let mut state = MeshState::new(None);
    state.apply(local.updates);
    let (workloads, services, policies, staged) = mesh::of(&state);
    let web = workloads.iter().find(|one| one.name == "web-1").unwrap();
    assert_eq!(
        (web.protocol.as_str(), web.capacity, web.workload_ips.as_slice()),
        ("HBONE", 3, &["10.0.0.1".to_owned(), "fd00::1".to_owned()][..])
    );
    let destination =
        |one: &Option<mesh_wire::dump::GatewayAddress>| one.as_ref().unwrap().destination.clone();
    assert_eq!(destination(&web.waypoint), "shop/way.shop.svc.cluster.local");
    assert_eq!(destination(&web.network_gateway), "west/10.9.0.1");
    assert_eq!(web.application_tunnel.as_ref().unwrap().port, Some(15088));
    assert_eq!(web.workload_type, "pod");
    let plain = workloads.iter().find(|one| one.name == "plain").unwrap();
    assert_eq!(plain.uid, "Kubernetes//Pod/shop/plain");
    assert_eq!(
        (plain.protocol.as_str(), plain.service_account.as_str()),
        ("TCP", "default")
    );
    let service = &services[0];
    assert_eq!(service.vips, ["/10.96.0.1"]);
    assert_eq!(service.endpoints["east//Pod/shop/web-1"].port["80"], 8080);
    let balancer = service.load_balancer.as_ref().unwrap();
    assert_eq!(
        (balancer.mode.as_str(), balancer.health_policy.as_str()),
        ("Failover", "AllowAll")
    );
    assert_eq!(balancer.routing_preferences, ["Network", "Region"]);
    assert_eq!(
        (service.visibility.as_str(), service.ip_families.as_deref()),
        ("Namespace", Some("Dual"))
    );
    assert_eq!(service.weighted_waypoints[0].weight, 3);
    let one = &policies[0].rules[0][0][0];
    assert_eq!(
        (policies[0].scope.as_str(), one.principals.len()),
        ("WorkloadSelector", 2)
    );
    assert_eq!(one.not_source_ips, ["10.0.0.0/8"]);
    assert!(staged.is_empty());
    assert_eq!(
        (
            local.shown.workloads.len(),
            local.shown.services.len(),
            local.shown.policies.len()
        ),
        (2, 1, 1)
    );
    assert_eq!(
        local.shown.workloads[0]["services"]["shop/web.shop.svc.cluster.local"]["80"],
        8080
    );
}

#[test]
fn an_empty_file_is_an_empty_mesh() {
    assert_eq!(Local::parse("").unwrap(), Local::default());
    assert!(Local::parse("workloads: []").unwrap().updates.is_empty());
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = Local::parse(text).unwrap_err().to_string();
    assert!(error.contains(expected), "{expected}: {error}");
}

#[test]
fn security_10_what_is_not_understood_is_refused_by_name() {
    refused("workload: []", "workload");
    refused("workloads: [{name: a, colour: red}]", "colour");
    refused("workloads: [{name: a, protocol: QUIC}]", "QUIC");
    refused("workloads: [{name: a, workloadIps: [10.0.0.300]}]", "IP");
    refused(
        "workloads: [{name: a, namespace: 'UPPER CASE'}]",
        "invalid identity",
    );
    refused(
        "workloads: [{name: a, namespace: b, services: {web: {}}}]",
        "namespaced hostname: web",
    );
    refused(
        "workloads: [{name: a, namespace: b, services: {b/c: {'80': 70000}}}]",
        "invalid u16",
    );
    refused(
        "services: [{hostname: a, namespace: b, vips: [10.0.0.1]}]",
        "`10.0.0.1`: expected `network/address`",
    );
    refused(
        "services: [{hostname: a, namespace: b, endpoints: {x: 1}}]",
        "follow from the workloads",
    );
    refused(
        "services: [{hostname: a, namespace: b, waypoint: {destination: x, hboneMtlsPort: 1}}]",
        "`x`: expected",
    );
    let policy = |rules: &str| {
        format!("policies: [{{name: a, namespace: b, scope: Namespace, action: Deny, rules: [[[{rules}]]]}}]")
    };
    refused(&policy("{principal: [{Exact: a}]}"), "principal");
    refused(&policy("{sourceIps: [10.0.0.0/33]}"), "invalid IP address");
    refused(&policy("{destinationPorts: [65616]}"), "invalid u16");
    refused(&policy("{namespaces: [{Contains: a}]}"), "Contains");
    refused(
        "policies: [{name: a, namespace: b, scope: World, action: Deny}]",
        "World",
    );
    refused("policies: [{name: a, namespace: b, scope: Global}]", "action");
}

#[test]
fn security_10_bombs_and_towers_are_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in [
        ("b", "a"),
        ("c", "b"),
        ("d", "c"),
        ("e", "d"),
        ("f", "e"),
        ("g", "f"),
    ] {
        let tens = vec![format!("*{of}"); 10].join(", ");
        bomb += &[name, ": &", name, " [", &tens, "]\n"].concat();
    }
    bomb += "workloads: *g\n";
    assert!(Local::parse(&bomb).is_err());
    let tower = format!("workloads: {}{}", "[".repeat(100), "]".repeat(100));
    assert!(Local::parse(&tower).is_err());
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_mesh_or_an_error(text in "[a-z:\\[\\]{} ,&*\n-]{0,80}") {
        if let Err(error) = Local::parse(&text) {
            proptest::prop_assert!(!error.to_string().is_empty());
        }
    }
}
