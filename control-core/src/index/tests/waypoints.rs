//! Waypoints: attachment, canaries, ingress, instances, conditions (`control-plane.md` 9 and 13).

use mesh_wire::workload::gateway_address::Destination;
use serde_json::{Value, json};

use super::{Mesh, merge, namespace, pod, policy, service};
use crate::index::event::{Kind, Settings};
use crate::model::ObjectName;
use crate::model::condition::{Condition, StatusOf};

fn gateway(name: &str, more: &Value) -> Value {
    let mut gateway = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": { "name": name, "namespace": "app", "labels": {}, "annotations": {} },
        "spec": { "gatewayClassName": "istio-waypoint",
                  "listeners": [{ "name": "mesh", "port": 15008, "protocol": "HBONE" }] },
        "status": { "addresses": [{ "type": "Hostname", "value": format!("{name}.app.svc.cluster.local") }] },
    });
    merge(&mut gateway, more);
    gateway
}

fn traffic(kind: &str) -> Value {
    json!({ "metadata": { "labels": { "istio.io/waypoint-for": kind } } })
}

fn labelled(name: &str, labels: &Value) -> Value {
    let mut object = service(name, &json!({}));
    object["metadata"]["labels"] = labels.clone();
    object
}

fn uses(waypoint: &str) -> Value {
    json!({ "istio.io/use-waypoint": waypoint })
}

fn condition(mesh: &Mesh) -> Option<Condition> {
    mesh.conditions(&StatusOf::Service(ObjectName::new("app", "web")))
        .first()
        .cloned()
}

fn host(mesh: &Mesh) -> Option<String> {
    match mesh.app_service("web").waypoint?.destination? {
        Destination::Hostname(host) => Some(host.hostname),
        Destination::Address(address) => Some(format!("{:?}", address.address.to_vec())),
    }
}

#[test]
fn a_service_is_bound_by_its_label_or_its_namespaces() {
    let bound = Some("w.app.svc.cluster.local".to_owned());
    let mut mesh = Mesh::default()
        .with_app()
        .with(&labelled("web", &uses("w")))
        .with(&gateway("w", &json!({})));
    assert_eq!(host(&mesh), bound);
    let told = condition(&mesh).unwrap();
    assert_eq!((told.is_true, told.reason.as_str()), (true, "WaypointAccepted"));
    assert!(
        told.message
            .starts_with("Successfully attached to waypoint app/w"),
        "{}",
        told.message
    );
    mesh.remove(Kind::Gateway, "app", "w");
    assert_eq!(host(&mesh), None);
    let inherited = Mesh::default()
        .with(&namespace("app", uses("w")))
        .with(&service("web", &json!({})))
        .with(&gateway("w", &json!({})));
    assert_eq!(host(&inherited), bound);
    let by_address = json!({ "status": { "addresses": [{ "type": "IPAddress", "value": "10.9.9.9" }] } });
    let mesh = Mesh::default()
        .with_app()
        .with(&labelled("web", &uses("w")))
        .with(&gateway("w", &by_address));
    assert_eq!(host(&mesh), Some("[10, 9, 9, 9]".to_owned()));
}

#[test]
fn cp_c09_a_missing_waypoint_is_told_and_nothing_falls_back() {
    let mesh = Mesh::default()
        .with(&namespace("app", uses("w")))
        .with(&gateway("w", &json!({})))
        .with(&labelled("web", &uses("missing")));
    assert_eq!(host(&mesh), None);
    let told = condition(&mesh).unwrap();
    assert_eq!(
        (told.is_true, told.reason.as_str()),
        (false, "WaypointIsNotReady")
    );
    assert_eq!(told.message, "waypoint \"app/missing\" is not ready");
    // a Gateway without an address is none
    let mesh = Mesh::default()
        .with_app()
        .with(&labelled("web", &uses("w")))
        .with(&gateway("w", &json!({ "status": null })));
    assert_eq!(condition(&mesh).unwrap().reason, "WaypointIsNotReady");
}

#[test]
fn cp_c10_none_on_a_service_overrides_the_namespace() {
    let mesh = Mesh::default()
        .with(&namespace("app", uses("w")))
        .with(&gateway("w", &json!({})))
        .with(&labelled("web", &uses("none")));
    assert_eq!((host(&mesh), condition(&mesh)), (None, None));
}

#[test]
fn cp_c11_a_workload_that_inherits_a_waypoint_for_services_has_none_and_no_error() {
    let entry = json!({ "apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry",
        "metadata": { "name": "vm", "namespace": "app" }, "spec": { "address": "1.1.1.1" } });
    let of = StatusOf::WorkloadEntry(ObjectName::new("app", "vm"));
    let mut mesh = Mesh::default()
        .with(&namespace("app", uses("w")))
        .with(&gateway("w", &json!({})))
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&entry);
    assert_eq!(mesh.pod("web").waypoint, None);
    assert_eq!(mesh.conditions(&of), []);
    mesh.put(&gateway("w", &traffic("all")));
    assert!(mesh.pod("web").waypoint.is_some());
    assert_eq!(mesh.conditions(&of)[0].reason, "WaypointAccepted");
    let own = json!({ "metadata": { "labels": uses("w") } });
    let mesh = Mesh::default()
        .with_app()
        .with(&gateway("w", &json!({})))
        .with(&pod("web", "10.0.0.2", &own));
    assert_eq!(mesh.pod("web").waypoint, None);
}

#[test]
fn traffic_types_and_permission() {
    let mesh = Mesh::default()
        .with_app()
        .with(&gateway("w", &traffic("workload")))
        .with(&labelled("web", &uses("w")));
    assert_eq!(condition(&mesh).unwrap().reason, "UnsupportedTrafficType");
    let elsewhere = json!({ "istio.io/use-waypoint": "w", "istio.io/use-waypoint-namespace": "infra" });
    let mut foreign = gateway("w", &json!({}));
    foreign["metadata"]["namespace"] = json!("infra");
    let mut mesh = Mesh::default()
        .with(&namespace("app", json!({ "team": "a" })))
        .with(&namespace("infra", json!({})))
        .with(&labelled("web", &elsewhere))
        .with(&foreign);
    assert_eq!(condition(&mesh).unwrap().reason, "AttachmentDenied");
    foreign["spec"]["listeners"][0]["allowedRoutes"] =
        json!({ "namespaces": { "from": "Selector", "selector": { "matchLabels": { "team": "a" } } } });
    mesh.put(&foreign);
    assert_eq!(condition(&mesh).unwrap().reason, "WaypointAccepted");
    mesh.put(&namespace("app", json!({ "team": "b" })));
    assert_eq!(condition(&mesh).unwrap().reason, "AttachmentDenied");
}

#[test]
fn canaries_split_and_their_errors_leave_the_primary() {
    let split = |weight: &str, canary: &str| {
        let mut object = labelled(
            "web",
            &json!({ "istio.io/use-waypoint": "w", "istio.io/use-waypoint-canary": canary }),
        );
        object["metadata"]["annotations"] = json!({ "istio.io/use-waypoint-canary-weight": weight });
        Mesh::default()
            .with_app()
            .with(&gateway("w", &json!({})))
            .with(&gateway("c", &json!({})))
            .with(&object)
    };
    let mesh = split("20", "c");
    let weights: Vec<u32> = mesh
        .app_service("web")
        .weighted_waypoints
        .iter()
        .map(|one| one.weight)
        .collect();
    assert_eq!((weights, host(&mesh).is_some()), (vec![80, 20], true));
    for (weight, canary, why) in [
        ("101", "c", "CanaryInvalidWeight"),
        ("x", "c", "CanaryInvalidWeight"),
        ("5", "w", "CanarySameAsPrimary"),
        ("5", "gone", "WaypointIsNotReady"),
    ] {
        let mesh = split(weight, canary);
        assert!(mesh.app_service("web").weighted_waypoints.is_empty() && host(&mesh).is_some());
        let told = condition(&mesh).unwrap();
        assert!(
            told.is_true
                && told.message.contains("Canary waypoint not attached: ")
                && told.message.contains(why),
            "{told:?}"
        );
    }
}

#[test]
fn ingress_traverses_where_it_is_asked_to() {
    let asks = |value: &str| json!({ "istio.io/use-waypoint": "w", "istio.io/ingress-use-waypoint": value });
    let mesh = |labels: &Value| {
        Mesh::default()
            .with_app()
            .with(&gateway("w", &json!({})))
            .with(&labelled("web", labels))
    };
    assert!(mesh(&asks("true")).app_service("web").ingress_use_waypoint);
    let not = mesh(&asks("false"));
    assert!(!not.app_service("web").ingress_use_waypoint);
    assert!(condition(&not).unwrap().message.contains("ingress-use-waypoint"));
    assert!(
        !mesh(&json!({ "istio.io/ingress-use-waypoint": "true" }))
            .app_service("web")
            .ingress_use_waypoint
    );
}

#[test]
fn instances_of_a_waypoint_get_its_tunnel_and_no_waypoint() {
    let bound = json!({ "metadata": { "labels": { "istio.io/waypoint-for": "all" },
        "annotations": { "ambient.istio.io/waypoint-inbound-binding": "PROXY/15088" } } });
    let instance = json!({ "metadata": { "labels": { "gateway.networking.k8s.io/gateway-name": "w" } } });
    let mesh = Mesh::default()
        .with(&namespace("app", uses("w")))
        .with(&gateway("w", &bound))
        .with(&pod("web", "10.0.0.2", &instance));
    let tunnel = mesh.pod("web").application_tunnel.unwrap();
    assert_eq!(
        (tunnel.protocol, tunnel.port, mesh.pod("web").waypoint),
        (1, 15088, None)
    );
    // the class may say it too
    let class = json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": { "name": "istio-waypoint", "annotations": { "ambient.istio.io/waypoint-inbound-binding": "NONE" },
                      "labels": { "istio.io/waypoint-for": "workload" } },
        "spec": { "controllerName": "istio.io/mesh-controller" } });
    let mesh = Mesh::default()
        .with_app()
        .with(&gateway("w", &json!({})))
        .with(&class)
        .with(&pod("web", "10.0.0.2", &instance));
    assert_eq!(mesh.pod("web").application_tunnel.unwrap().protocol, 0);
}

#[test]
fn policies_with_targets_say_whether_a_waypoint_enforces_them() {
    let target =
        |kind: &str, name: &str| json!({ "targetRefs": [{ "kind": kind, "name": name, "group": "" }] });
    let of = StatusOf::Policy(ObjectName::new("app", "p"));
    let mut mesh = Mesh::default()
        .with_app()
        .with(&service("web", &json!({})))
        .with(&policy("app", "p", target("Service", "web")));
    assert_eq!(mesh.conditions(&of)[0].reason, "AncestorNotBound");
    mesh.put(&gateway("w", &json!({})));
    mesh.put(&labelled("web", &uses("w")));
    let told = mesh.conditions(&of)[0].clone();
    assert_eq!((told.is_true, told.message.as_str()), (true, "bound to app/w"));
    let several =
        json!({ "targetRefs": [{ "kind": "Service", "name": "web" }, { "kind": "Gateway", "name": "x" }] });
    mesh.put(&policy("app", "p", several));
    let told = mesh.conditions(&of)[0].clone();
    assert_eq!((told.is_true, told.reason.as_str()), (true, "PartiallyInvalid"));
    assert!(told.message.contains("Gateway.core:app/x"), "{}", told.message);
    mesh.put(&policy("app", "p", target("GatewayClass", "istio-waypoint")));
    assert_eq!(mesh.conditions(&of)[0].reason, "Invalid");
}

#[test]
fn a_gateway_that_nobody_runs_says_so_and_binds_nothing() {
    let nobody = json!({ "metadata": { "generation": 2 }, "status": { "addresses": [] } });
    let mut mesh = Mesh::default()
        .with_app()
        .with(&labelled("web", &uses("w")))
        .with(&gateway("w", &nobody));
    let of = StatusOf::Gateway(ObjectName::new("app", "w"));
    let told = mesh.conditions(&of);
    let [one] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(
        (one.is_true, one.reason.as_str(), one.generation),
        (false, "NoImage", Some(2))
    );
    // its services work as if it were not there, and say why
    assert!(mesh.app_service("web").waypoint.is_none());
    assert_eq!(condition(&mesh).unwrap().reason, "WaypointIsNotReady");
    let verdicts = mesh.index.verdicts();
    let verdict = verdicts.iter().find(|one| one.kind == "Gateway").unwrap();
    assert!(
        verdict.because[0].contains("no image of a waypoint"),
        "{verdict:?}"
    );
    // somebody runs it
    mesh.put(&gateway("w", &json!({})));
    assert_eq!(mesh.conditions(&of), []);
    assert_eq!(host(&mesh).as_deref(), Some("w.app.svc.cluster.local"));
    // classes of others are theirs to speak of
    mesh.put(&gateway("w", &nobody));
    mesh.put(
        &json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass",
        "metadata": { "name": "istio-waypoint" }, "spec": { "controllerName": "example.org/other" } }),
    );
    assert_eq!(mesh.conditions(&of), []);
}

/// A pod that runs the Gateway, as this account.
fn instance(name: &str, ip: &str, gateway: &str, account: &str) -> Value {
    pod(
        name,
        ip,
        &json!({ "metadata": { "labels": { "gateway.networking.k8s.io/gateway-name": gateway } },
                 "spec": { "serviceAccountName": account } }),
    )
}

fn principals(mesh: &Mesh, key: &str) -> Option<Vec<String>> {
    let policy = mesh.policy(key)?;
    assert_eq!((policy.action, policy.scope), (0, 2), "ALLOW, by selector");
    let [rule] = policy.rules.as_slice() else {
        panic!("{policy:?}")
    };
    let [clause] = rule.clauses.as_slice() else {
        panic!("{policy:?}")
    };
    let [only] = clause.matches.as_slice() else {
        panic!("{policy:?}")
    };
    let exact = only.principals.iter().map(|one| match &one.match_type {
        Some(mesh_wire::security::string_match::MatchType::Exact(text)) => text.clone(),
        other => panic!("{other:?}"),
    });
    Some(exact.collect())
}

#[test]
fn waypoints_are_let_in_where_that_is_asked_for() {
    const KEY: &str = "app/istio_allow_waypoint_app_w";
    let settings = || Settings {
        lets_waypoints_in: true,
        ..Settings::default()
    };
    let build = |settings: Settings| {
        Mesh::new(settings)
            .with_app()
            .with(&labelled("web", &uses("w")))
            .with(&gateway("w", &json!({})))
            .with(&pod("web", "10.0.0.2", &json!({})))
            .with(&pod("other", "10.0.0.3", &json!({})))
            .with(&instance("w-2", "10.0.0.9", "w", "w-two"))
            .with(&instance("w-1", "10.0.0.8", "w", "w-one"))
    };
    // off by default
    let off = build(Settings::default());
    assert_eq!(principals(&off, KEY), None);
    assert!(off.pod("web").authorization_policies.is_empty());
    let mut mesh = build(settings());
    let both = ["cluster.local/ns/app/sa/w-one", "cluster.local/ns/app/sa/w-two"].map(str::to_owned);
    assert_eq!(principals(&mesh, KEY), Some(both.to_vec()));
    // what is behind it through its service, and nobody else: not a pod beside, not the waypoint itself
    assert_eq!(mesh.pod("web").authorization_policies, [KEY]);
    for free in ["other", "w-1"] {
        assert!(mesh.pod(free).authorization_policies.is_empty(), "{free}");
    }
    // after policies and strictness of its own
    mesh.put(&policy(
        "app",
        "z",
        json!({ "selector": { "matchLabels": { "app": "web" } }, "rules": [{}] }),
    ));
    mesh.put(&super::strictness(
        "app",
        "a",
        "2024-01-01T00:00:00Z",
        json!({ "mtls": { "mode": "STRICT" } }),
    ));
    let strict = "istio-system/istio_converted_static_strict";
    assert_eq!(mesh.pod("web").authorization_policies, ["app/z", strict, KEY]);
    // without an instance nobody could be let in, so that nobody is shut out
    mesh.remove(Kind::Pod, "app", "w-2");
    assert_eq!(principals(&mesh, KEY), Some(both[..1].to_vec()));
    mesh.remove(Kind::Pod, "app", "w-1");
    assert_eq!(principals(&mesh, KEY), None);
    assert_eq!(mesh.pod("web").authorization_policies, ["app/z", strict]);
}

#[test]
fn the_waypoint_of_a_workload_and_the_canary_of_a_service_are_let_in() {
    let settings = Settings {
        lets_waypoints_in: true,
        trust_domain: "td".into(),
        ..Settings::default()
    };
    let mut split = labelled(
        "web",
        &json!({ "istio.io/use-waypoint": "w", "istio.io/use-waypoint-canary": "c" }),
    );
    split["metadata"]["annotations"] = json!({ "istio.io/use-waypoint-canary-weight": "10" });
    let attached = json!({ "metadata": { "labels": { "istio.io/use-waypoint": "own" } } });
    let mesh = Mesh::new(settings)
        .with_app()
        .with(&split)
        .with(&gateway("w", &json!({})))
        .with(&gateway("c", &json!({})))
        .with(&gateway("own", &traffic("workload")))
        .with(&instance("w-1", "10.0.0.7", "w", "w"))
        .with(&instance("c-1", "10.0.0.8", "c", "c"))
        .with(&instance("own-1", "10.0.0.9", "own", "own"))
        .with(&pod("web", "10.0.0.2", &attached));
    let keys = ["c", "own", "w"].map(|name| format!("app/istio_allow_waypoint_app_{name}"));
    assert_eq!(mesh.pod("web").authorization_policies, keys);
    assert_eq!(
        principals(&mesh, &keys[1]),
        Some(vec!["td/ns/app/sa/own".to_owned()])
    );
}
