//! A whole way, and forty ways to break it, each named by its hop and its row of the diagnosis table
//! (`spec/enrolment.md` 8).

mod world;

use super::evidence::Asked;
use super::*;
use crate::snapshot::Snapshot;
use serde_json::{Value, json};
use world::{AGE, World, pod};

const WEB: &str = "pod/web-1.shop";

/// Breaks what is written, then what the parts hold, and asks for the first hop that denies.
#[track_caller]
fn check(
    write: impl FnOnce(&mut World),
    hold: impl FnOnce(&mut Snapshot),
    (from, to): (&str, &str),
    (hop, row): (&str, &str),
) {
    let mut world = World::new();
    write(&mut world);
    let mut snapshot = world.snapshot();
    hold(&mut snapshot);
    let traced = world.trace(&snapshot, from, to);
    let first = traced.first_deny();
    let told = first.map(|hop| (hop.hop, hop.row.unwrap_or_default()));
    assert_eq!(told, Some((hop, row)), "{}", text::text(&traced));
    assert_eq!(
        (traced.broken, traced.verdict),
        (told.map(|(hop, _)| hop), Word::Deny)
    );
    let first = first.unwrap();
    assert!(first.fix.as_ref().is_some_and(|fix| !fix.is_empty()) && !first.evidence.is_empty());
    assert!(first.age_seconds.is_some());
}

/// Only what is written is broken; the parts hold it.
#[track_caller]
fn written(write: impl FnOnce(&mut World), ends: (&str, &str), expected: (&str, &str)) {
    check(write, |_| {}, ends, expected);
}

/// Only what the parts hold is broken.
#[track_caller]
fn held(hold: impl FnOnce(&mut Snapshot), expected: (&str, &str)) {
    check(|_| {}, hold, (WEB, "api:80"), expected);
}

fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

fn network(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

fn strict(spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: s, namespace: shop}}\nspec: {spec}\n"
    )
}

/// Allows clients with an identity alone.
const IDENTIFIED: &str = "{rules: [{from: [{source: {principals: ['cluster.local/ns/shop/sa/web']}}]}]}";

/// A waypoint of the shop, bound by the api.
const WAYPOINT: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n\
    metadata: {name: wp, namespace: shop, labels: {istio.io/waypoint-for: service}}\n\
    spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n\
    status: {addresses: [{type: Hostname, value: wp.shop.svc.cluster.local}], conditions: [{type: Programmed, status: 'True'}]}\n---\n\
    apiVersion: v1\nkind: Service\nmetadata: {name: wp, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: wp, gateway.istio.io/managed: istio.io-mesh-controller}}\n\
    spec: {clusterIP: 10.96.0.30, clusterIPs: [10.96.0.30], selector: {gateway.networking.k8s.io/gateway-name: wp}, ports: [{name: mesh, port: 15008, targetPort: 15008, appProtocol: hbone}]}\n---\n\
    apiVersion: v1\nkind: Pod\nmetadata: {name: wp-1, namespace: shop, uid: wp-1, labels: {gateway.networking.k8s.io/gateway-name: wp, networking.istio.io/tunnel: http, istio.io/dataplane-mode: none}}\n\
    spec: {serviceAccountName: wp, nodeName: node-1, containers: [{name: c, image: c}]}\n\
    status: {phase: Running, podIP: 10.244.1.30, podIPs: [{ip: 10.244.1.30}], conditions: [{type: Ready, status: 'True'}]}\n";

fn bind(world: &mut World) {
    world.get("Service", "api")["metadata"]["labels"] = json!({"istio.io/use-waypoint": "wp"});
}

fn not_ready(pod: &mut Value) {
    pod["status"]["conditions"] =
        json!([{"type": "Ready", "status": "False", "message": "containers with unready status"}]);
}

fn uncaptured(pod: &mut Value) {
    pod["metadata"]["annotations"] = json!({});
}

#[test]
fn a_way_that_is_whole_passes_every_hop() {
    let world = World::new();
    let traced = world.trace(&world.snapshot(), WEB, "api:80");
    let answers: Vec<_> = traced.hops.iter().map(|hop| (hop.hop, hop.answer)).collect();
    let (pass, skip) = (Answer::Pass, Answer::Skip);
    let expected = [
        ("dns", pass),
        ("networkpolicy-egress", pass),
        ("capture", pass),
        ("source-proxy", pass),
        ("waypoint", skip),
        ("gateway", skip),
        ("networkpolicy-ingress", pass),
        ("destination-proxy", pass),
        ("authorization", pass),
        ("mtls", pass),
        ("endpoint", pass),
    ];
    assert_eq!(answers, expected, "{}", text::text(&traced));
    assert_eq!((traced.verdict, traced.broken), (Word::Allow, None));
    // what an agent saw is as old as the agent says, the rest as old as the snapshot
    let ages: Vec<_> = traced.hops.iter().filter_map(|hop| hop.age_seconds).collect();
    assert!(ages.contains(&5) && ages.contains(&AGE), "{ages:?}");
    assert!(
        text::text(&traced).contains("shop/web-1 --mTLS--> shop/api-1"),
        "{}",
        text::text(&traced)
    );
}

#[test]
fn a_way_through_a_waypoint_is_drawn_through_it() {
    let mut world = World::new();
    world.add(WAYPOINT);
    bind(&mut world);
    let traced = world.trace(&world.snapshot(), WEB, "svc/api:80");
    assert_eq!(
        (traced.verdict, traced.broken),
        (Word::Allow, None),
        "{}",
        text::text(&traced)
    );
    let drawn = "shop/web-1 --mTLS--> shop/wp-1 --mTLS--> shop/api-1";
    assert!(text::text(&traced).contains(drawn), "{}", text::text(&traced));
}

#[test]
fn files_say_nothing_of_capture_and_certificates() {
    let world = World::new();
    let mut snapshot = world.snapshot();
    snapshot.proxies.clear();
    snapshot.agents.clear();
    let traced = world.trace_as(&snapshot, Asked::Nobody, (WEB, "api:80"));
    assert_eq!((traced.verdict, traced.broken), (Word::Allow, None));
    let unknown: Vec<_> = traced
        .hops
        .iter()
        .filter(|hop| hop.answer == Answer::Unknown)
        .map(|hop| hop.hop)
        .collect();
    assert_eq!(unknown, ["capture", "destination-proxy", "mtls"]);
    assert!(traced.hops.iter().all(|hop| hop.age_seconds.is_none()));
}

#[test]
fn the_verdict_is_that_of_the_simulation() {
    for (from, to) in [
        (WEB, "api:80"),
        ("legacy/batch", "api:80"),
        ("unmeshed", "pod/api-1:8080"),
    ] {
        for objects in [
            policy("p", IDENTIFIED),
            strict("{mtls: {mode: STRICT}}"),
            String::new(),
        ] {
            let mut world = World::new();
            world.add(&objects);
            let traced = world.trace(&world.snapshot(), from, to);
            let is_refused = !objects.is_empty() && from != WEB;
            let expected = if is_refused { Word::Deny } else { Word::Allow };
            assert_eq!(traced.verdict, expected, "{}", text::text(&traced));
        }
    }
}

#[test]
fn a_marked_connection_is_the_last_hop() {
    let world = World::new();
    let told = |sent: &live::Sent| {
        let mut traced = world.trace(&world.snapshot(), WEB, "api:80");
        live::add(&mut traced, sent, true);
        let last = traced.hops.last().unwrap();
        (last.answer, traced.broken, last.finding.clone())
    };
    let seen = || live::Found {
        time: "10:00:00".to_owned(),
        ..live::Found::default()
    };
    let both = live::Sent {
        mark: Some(20_001),
        program: Some("nc"),
        source: Some(seen()),
        destination: Some(seen()),
    };
    assert_eq!(
        told(&both),
        (Answer::Pass, None, "both proxies saw it pass".to_owned())
    );
    assert_eq!(told(&live::Sent::default()).0, Answer::Unknown);
    let lost = live::Sent {
        destination: None,
        ..both.clone()
    };
    assert_eq!(told(&lost).0, Answer::Unknown);
    let refused = live::Found {
        is_refused: true,
        policy: Some("shop/p".to_owned()),
        ..seen()
    };
    let refused = live::Sent {
        destination: Some(refused),
        ..both
    };
    let (answer, broken, finding) = told(&refused);
    assert_eq!((answer, broken), (Answer::Deny, Some("live")));
    assert!(finding.contains("refused by shop/p"), "{finding}");
}

#[test]
fn rows_1_to_5_who_is_not_captured() {
    let way = (WEB, "api:80");
    let mode = |value: &'static str| {
        move |world: &mut World| {
            world.get("Namespace", "shop")["metadata"]["labels"] = json!({"istio.io/dataplane-mode": value});
        }
    };
    written(mode("Ambient"), way, ("capture", "1"));
    let mistyped = |world: &mut World| {
        mode("enabled")(world);
        uncaptured(world.get("Pod", "web-1"));
    };
    written(mistyped, way, ("capture", "1"));
    let other_key = |world: &mut World| {
        world.get("Namespace", "shop")["metadata"]["labels"] = json!({"istio.io/dataplane_mode": "ambient"});
        uncaptured(world.get("Pod", "web-1"));
    };
    written(other_key, way, ("capture", "1"));
    let out = |change: fn(&mut Value)| {
        move |world: &mut World| {
            world.add(&policy("p", IDENTIFIED));
            let pod = world.get("Pod", "web-1");
            uncaptured(pod);
            change(pod);
        }
    };
    let opted_out = |pod: &mut Value| pod["metadata"]["labels"]["istio.io/dataplane-mode"] = "none".into();
    written(out(opted_out), way, ("capture", "2"));
    written(
        out(|pod| pod["spec"]["hostNetwork"] = true.into()),
        way,
        ("capture", "3"),
    );
    let sidecar = |pod: &mut Value| pod["metadata"]["annotations"]["sidecar.istio.io/status"] = "{}".into();
    written(out(sidecar), way, ("capture", "4"));
    let system = |world: &mut World| {
        world.add(&policy("p", IDENTIFIED));
        world.get("Namespace", "kube-system")["metadata"]["labels"] =
            json!({"istio.io/dataplane-mode": "ambient"});
    };
    written(system, ("pod/coredns.kube-system", "api:80"), ("capture", "5"));
}

#[test]
fn rows_6_to_23_what_agent_and_proxy_of_a_node_did_not_do() {
    let way = (WEB, "api:80");
    let without = |names: &'static [&'static str]| {
        move |world: &mut World| {
            uncaptured(world.get("Pod", "web-1"));
            for name in names {
                world.remove("Pod", name);
            }
        }
    };
    written(without(&["istio-cni-1", "istio-cni-2"]), way, ("capture", "6"));
    written(without(&["istio-cni-1"]), way, ("capture", "7"));
    written(without(&[]), way, ("capture", "18"));
    let agent = |world: &mut World| {
        uncaptured(world.get("Pod", "web-1"));
        not_ready(world.get("Pod", "istio-cni-1"));
    };
    written(agent, way, ("capture", "11"));
    let failed = |snapshot: &mut Snapshot| {
        snapshot.agents.insert(
            "istio-cni-1".to_owned(),
            json!({"pods": [{"namespace": "shop", "name": "web-1", "error": "no module nf_tables"}]}),
        );
    };
    check(without(&[]), failed, way, ("capture", "23"));
    let pending = |world: &mut World| {
        world.get("Pod", "web-1")["metadata"]["annotations"] =
            json!({"ambient.istio.io/redirection": "pending"});
    };
    written(pending, way, ("capture", "22"));
    // the proxy does not hold the pod, does not know it, knows it without a tunnel
    held(
        |snapshot| proxy(snapshot, 1)["workloadState"] = json!({}),
        ("capture", "12"),
    );
    let unknown = |snapshot: &mut Snapshot| workloads(snapshot, 1).retain(|one| one["name"] != "web-1");
    held(
        |snapshot| {
            unknown(snapshot);
            workloads(snapshot, 2).retain(|one| one["name"] != "web-1");
        },
        ("capture", "9"),
    );
    let plain = |snapshot: &mut Snapshot| {
        for number in [1, 2] {
            for one in workloads(snapshot, number)
                .iter_mut()
                .filter(|one| one["name"] == "web-1")
            {
                one["protocol"] = "TCP".into();
            }
        }
    };
    held(plain, ("capture", "10"));
    held(|snapshot| rules_gone(snapshot, 1), ("capture", "20"));
    held(|snapshot| rules_gone(snapshot, 2), ("destination-proxy", "20"));
}

fn proxy(snapshot: &mut Snapshot, number: u8) -> &mut Value {
    snapshot.proxies.get_mut(&format!("ztunnel-{number}")).unwrap()
}

fn workloads(snapshot: &mut Snapshot, number: u8) -> &mut Vec<Value> {
    proxy(snapshot, number)["workloads"].as_array_mut().unwrap()
}

/// The node came back after a loss of power, and its pods' rules did not.
fn rules_gone(snapshot: &mut Snapshot, number: u8) {
    let agent = snapshot.agents.get_mut(&format!("istio-cni-{number}")).unwrap();
    for pod in agent["pods"].as_array_mut().unwrap() {
        pod["rules"] = json!({"inPlace": false, "listeners": false, "ageSeconds": 1});
    }
}

#[test]
fn rows_12_and_24_to_26_proxies_and_certificates() {
    let way = (WEB, "api:80");
    written(
        |world| world.remove("Pod", "ztunnel-1"),
        way,
        ("source-proxy", "12"),
    );
    written(
        |world| not_ready(world.get("Pod", "ztunnel-1")),
        way,
        ("source-proxy", "24"),
    );
    written(
        |world| not_ready(world.get("Pod", "ztunnel-2")),
        way,
        ("destination-proxy", "24"),
    );
    let waiting = |snapshot: &mut Snapshot| certificate(snapshot, 1)["state"] = "Initializing".into();
    held(waiting, ("mtls", "25"));
    let ended = |snapshot: &mut Snapshot| {
        certificate(snapshot, 2)["certChain"][0]["expirationTime"] = "2026-11-24T09:00:00Z".into();
    };
    held(ended, ("mtls", "25"));
    let other_root =
        |snapshot: &mut Snapshot| certificate(snapshot, 2)["rootCerts"][0]["serialNumber"] = "7".into();
    held(other_root, ("mtls", "26"));
}

fn certificate(snapshot: &mut Snapshot, number: u8) -> &mut Value {
    &mut proxy(snapshot, number)["certificates"][0]
}

#[test]
fn rows_27_and_28_network_policies() {
    let way = (WEB, "api:80");
    let cut = |spec: &'static str| move |world: &mut World| world.add(&network("cut", spec));
    let from_web = "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]}";
    written(cut(from_web), way, ("networkpolicy-ingress", "27"));
    written(
        cut("{podSelector: {}, policyTypes: [Ingress]}"),
        way,
        ("networkpolicy-ingress", "27"),
    );
    let to_api = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 8080}]}]}";
    written(cut(to_api), way, ("networkpolicy-egress", "27"));
    let probes = |world: &mut World| {
        let tunnels = "{podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: 15008}]}]}";
        world.add(&network("tunnels", tunnels));
        let pod = world.get("Pod", "api-1");
        pod["spec"]["containers"][0]["readinessProbe"] = json!({"httpGet": {"path": "/", "port": 8081}});
        not_ready(pod);
    };
    written(probes, (WEB, "pod/api-1:8080"), ("networkpolicy-ingress", "28"));
    let at_waypoint = |world: &mut World| {
        world.add(WAYPOINT);
        bind(world);
        let selector = "{podSelector: {matchLabels: {gateway.networking.k8s.io/gateway-name: wp}}, policyTypes: [Ingress]}";
        world.add(&network("shut", selector));
    };
    written(at_waypoint, (WEB, "svc/api:80"), ("networkpolicy-ingress", "27"));
}

#[test]
fn rows_29_to_31_48_50_and_52_policy() {
    let way = (WEB, "api:80");
    let with = |spec: &'static str| move |world: &mut World| world.add(&policy("p", spec));
    written(
        with("{rules: [{to: [{operation: {methods: [GET]}}]}]}"),
        way,
        ("authorization", "29"),
    );
    written(
        with("{rules: [{from: [{source: {namespaces: [ops]}}]}]}"),
        way,
        ("authorization", "29"),
    );
    written(
        with("{action: DENY, rules: [{to: [{operation: {ports: ['8080']}}]}]}"),
        way,
        ("authorization", "29"),
    );
    let behind = |world: &mut World| {
        world.add(WAYPOINT);
        bind(world);
        world.add(&policy("p", IDENTIFIED));
    };
    written(behind, (WEB, "svc/api:80"), ("authorization", "30"));
    let mesh_wide = |world: &mut World| world.add(&strict("{mtls: {mode: STRICT}}"));
    written(mesh_wide, ("legacy/batch", "api:80"), ("authorization", "31"));
    let scraped = |world: &mut World| {
        world.add(&strict("{selector: {matchLabels: {app: api}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {'9090': {mode: STRICT}}}"));
        world
            .objects
            .push(pod("legacy", "prometheus", ("node-1", "10.244.1.40"), &json!({})));
    };
    written(
        scraped,
        ("pod/prometheus.legacy", "pod/api-1:9090"),
        ("authorization", "31"),
    );
    written(
        mesh_wide,
        ("203.0.113.7", "pod/api-1:8080"),
        ("authorization", "31"),
    );
}

#[test]
fn rows_33_and_34_waypoints() {
    let way = (WEB, "svc/api:80");
    written(bind, way, ("waypoint", "33"));
    let unprogrammed = |world: &mut World| {
        world.add(WAYPOINT);
        bind(world);
        world.remove("Service", "wp");
        let gateway = world.get("Gateway", "wp");
        gateway["status"] = json!({"conditions": [{"type": "Programmed", "status": "False"}]});
    };
    written(unprogrammed, way, ("waypoint", "33"));
    let unready = |world: &mut World| {
        world.add(WAYPOINT);
        bind(world);
        not_ready(world.get("Pod", "wp-1"));
    };
    written(unready, way, ("waypoint", "34"));
    let gone = |world: &mut World| {
        world.add(WAYPOINT);
        bind(world);
        world.remove("Pod", "wp-1");
    };
    written(gone, way, ("waypoint", "34"));
}

#[test]
fn rows_38_and_51_names() {
    let deaf = |world: &mut World| {
        let spec = "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 80}, {port: 8080}]}]}";
        let text = network("no-dns", spec).replace("namespace: shop", "namespace: legacy");
        world.add(&text);
    };
    written(deaf, ("legacy/batch", "api:80"), ("dns", "38"));
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: billing, namespace: shop}\n\
        spec: {hosts: [billing.example], addresses: [240.0.0.9], resolution: STATIC, location: MESH_INTERNAL, ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 10.244.2.7}]}\n";
    let off = |world: &mut World| {
        world.add(entry);
        world.get("Pod", "web-1")["metadata"]["annotations"]["ambient.istio.io/dns-capture"] = "false".into();
    };
    written(off, (WEB, "billing.example:80"), ("dns", "51"));
    written(
        |world| world.add(entry),
        ("legacy/batch", "billing.example:80"),
        ("dns", "51"),
    );
    written(|_| {}, (WEB, "apl:80"), ("dns", "51"));
    let headless = |world: &mut World| {
        let spec = &mut world.get("Service", "api")["spec"];
        spec["clusterIP"] = "None".into();
        spec["clusterIPs"] = json!(["None"]);
    };
    written(headless, (WEB, "svc/api:80"), ("dns", "51"));
}

#[test]
fn rows_39_and_42_endpoints_and_what_has_not_arrived() {
    let way = (WEB, "api:80");
    written(
        |world| not_ready(world.get("Pod", "api-1")),
        way,
        ("endpoint", "39"),
    );
    written(
        |world| not_ready(world.get("Pod", "api-1")),
        (WEB, "pod/api-1:8080"),
        ("endpoint", "39"),
    );
    let nobody = |world: &mut World| world.get("Service", "api")["spec"]["selector"] = json!({"app": "apl"});
    written(nobody, way, ("endpoint", "39"));
    written(|_| {}, (WEB, "api:81"), ("endpoint", "39"));
    let late_service = |snapshot: &mut Snapshot| proxy(snapshot, 1)["services"] = json!([]);
    held(late_service, ("source-proxy", "42"));
    let late_endpoint = |snapshot: &mut Snapshot| workloads(snapshot, 1).retain(|one| one["name"] != "api-1");
    held(late_endpoint, ("source-proxy", "42"));
    let late_policy = |snapshot: &mut Snapshot| proxy(snapshot, 2)["policies"] = json!([]);
    check(
        |world| world.add(&policy("p", IDENTIFIED)),
        late_policy,
        way,
        ("destination-proxy", "42"),
    );
}
