//! Services and entries → services (`control-plane.md` 5 and 7).

use serde_json::{Value, json};

use super::{Mesh, namespace, pod, service};
use crate::index::event::{Kind, Settings};
use crate::model::ObjectName;
use crate::model::condition::StatusOf;

fn entry(name: &str, created: &str, spec: &Value) -> Value {
    json!({ "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
            "metadata": { "name": name, "namespace": "app", "creationTimestamp": created }, "spec": spec })
}

const OLD: &str = "2026-01-01T00:00:00Z";
const NEW: &str = "2026-02-01T00:00:00Z";

#[test]
fn cp_c05_aliases_are_nothing_and_headless_services_have_no_address() {
    let alias = service("web", &json!({ "type": "ExternalName", "externalName": "x.y" }));
    let mesh = Mesh::default()
        .with(&alias)
        .with(&pod("web", "10.0.0.2", &json!({})));
    assert_eq!(mesh.service("app/web.app.svc.cluster.local"), None);
    assert!(mesh.pod("web").services.is_empty());
    let headless = service("web", &json!({ "clusterIP": "None", "clusterIPs": ["None"] }));
    let mesh = Mesh::default().with(&headless);
    assert!(mesh.app_service("web").addresses.is_empty());
}

#[test]
fn addresses_families_and_protocols() {
    let dual = json!({ "clusterIPs": ["10.96.0.5", "fd00::5"], "ipFamilies": ["IPv4", "IPv6"], "ports": [
        { "name": "http-x", "port": 80 }, { "name": "x", "port": 81, "appProtocol": "kubernetes.io/h2c" },
        { "name": "grpc-web", "port": 82 }, { "name": "db", "port": 3306 }, { "name": "http", "port": 53, "protocol": "UDP" }] });
    let web = Mesh::default().with(&service("web", &dual)).app_service("web");
    assert_eq!(
        (web.addresses.len(), web.ip_families, web.canonical),
        (2, 3, true)
    );
    assert_eq!(
        web.ports.iter().map(|port| port.app_protocol).collect::<Vec<_>>(),
        [1, 2, 0, 4, 0]
    );
    let mesh = Mesh::default().with(&service("web", &json!({ "clusterIPs": ["x"] })));
    assert_eq!(mesh.service("app/web.app.svc.cluster.local"), None);
    assert_eq!(mesh.index.rejects().count(), 1);
}

#[test]
fn cp_c08_load_balancing_is_each_services_own() {
    let unready = json!({ "publishNotReadyAddresses": true, "trafficDistribution": "PreferClose" });
    let close = json!({ "trafficDistribution": "PreferClose" });
    let mesh = Mesh::default()
        .with(&service("a", &unready))
        .with(&service("b", &close));
    let of = |name: &str| mesh.app_service(name).load_balancing.unwrap();
    assert_eq!((of("a").health_policy, of("b").health_policy), (1, 0));
    assert_eq!((of("b").routing_preference, of("b").mode), (vec![6, 1, 2], 2));
    let local = Mesh::default().with(&service("c", &json!({ "internalTrafficPolicy": "Local" })));
    let local = local.app_service("c").load_balancing.unwrap();
    assert_eq!((local.routing_preference, local.mode), (vec![4], 1));
    // inherited from the namespace
    let mut inherits = namespace("app", json!({}));
    inherits["metadata"]["annotations"] =
        json!({ "networking.istio.io/traffic-distribution": "prefersamenode" });
    let mesh = Mesh::default().with(&service("d", &json!({}))).with(&inherits);
    assert_eq!(
        mesh.app_service("d").load_balancing.unwrap().routing_preference,
        [6, 1, 2, 3, 4]
    );
}

#[test]
fn entries_become_services_and_workloads() {
    let spec = json!({ "hosts": ["db.example"], "addresses": ["240.0.0.1", "10.9.0.0/16"], "resolution": "STATIC",
        "ports": [{ "number": 5432, "name": "tcp", "protocol": "TCP", "targetPort": 15432 }],
        "endpoints": [{ "address": "1.1.1.1", "network": "far", "labels": { "x": "y" } }, { "address": "2.2.2.2" }],
        "subjectAltNames": ["spiffe://td/ns/a/sa/b"] });
    let mesh = Mesh::default().with(&entry("db", OLD, &spec));
    let db = mesh.service("app/db.example").unwrap();
    assert_eq!(db.addresses[1].length, Some(16));
    assert_eq!((db.ports[0].target_port, db.subject_alt_names.len()), (15432, 1));
    let uid = |ip: &str| format!("Kubernetes/networking.istio.io/ServiceEntry/app/db/{ip}");
    assert_eq!(mesh.workload(&uid("1.1.1.1")).unwrap().network, "far");
    assert_eq!(
        mesh.workload(&uid("2.2.2.2")).unwrap().network,
        "",
        "an override does not stick"
    );
    let dns = json!({ "hosts": ["a.example", "b.example"], "resolution": "DNS" });
    let mesh = Mesh::default().with(&entry("dns", OLD, &dns));
    assert_eq!(
        mesh.workload("Kubernetes/networking.istio.io/ServiceEntry/app/dns/b.example")
            .unwrap()
            .hostname,
        "b.example"
    );
    let none = Mesh::default().with(&entry("none", OLD, &json!({ "hosts": ["a.example"] })));
    let balance = none.service("app/a.example").unwrap().load_balancing.unwrap();
    assert_eq!((balance.mode, balance.health_policy), (3, 1));
    let bad = json!({ "hosts": ["a.example"], "addresses": ["1.1.1.1", "x"] });
    assert_eq!(
        Mesh::default()
            .with(&entry("bad", OLD, &bad))
            .index
            .resources()
            .count(),
        0
    );
}

#[test]
fn one_object_keeps_a_host_and_the_oldest_wins() {
    let spec = |address: &str| json!({ "hosts": ["a.example"], "addresses": [address] });
    let mut mesh = Mesh::default()
        .with(&entry("young", NEW, &spec("1.1.1.1")))
        .with(&entry("old", OLD, &spec("2.2.2.2")));
    let held = |mesh: &Mesh| mesh.service("app/a.example").unwrap().name;
    assert_eq!(held(&mesh), "old");
    mesh.remove(Kind::ServiceEntry, "app", "old");
    assert_eq!(held(&mesh), "young");
    // a Service of the same name always wins
    let own = json!({ "hosts": ["web.app.svc.cluster.local"] });
    let mesh = Mesh::default()
        .with(&entry("e", OLD, &own))
        .with(&service("web", &json!({})));
    assert_eq!(mesh.app_service("web").name, "web");
}

#[test]
fn selectors_of_entries_match_pods() {
    let spec = json!({ "hosts": ["a.example"], "resolution": "STATIC", "workloadSelector": { "labels": { "app": "web" } },
        "ports": [{ "number": 80, "name": "http", "protocol": "HTTP" }] });
    let mut mesh = Mesh::default()
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&entry("e", OLD, &spec));
    assert_eq!(
        mesh.pod("web").services["app/a.example"].ports[0].target_port,
        8080
    );
    mesh.index.apply(crate::index::event::Event::Settings(Settings {
        entries_select_pods: false,
        ..Settings::default()
    }));
    assert!(mesh.pod("web").services.is_empty());
}

#[test]
fn allocated_addresses_belong_to_their_host() {
    let mut object = entry(
        "e",
        OLD,
        &json!({ "hosts": ["a.example", "b.example"], "resolution": "DNS" }),
    );
    object["status"] = json!({ "addresses": [{ "value": "240.240.0.1", "host": "a.example" }, { "value": "240.240.0.2", "host": "b.example" }] });
    let mesh = Mesh::default().with(&object);
    assert_eq!(
        mesh.service("app/a.example").unwrap().addresses[0]
            .address
            .as_ref(),
        [240, 240, 0, 1]
    );
    assert_eq!(
        mesh.service("app/b.example").unwrap().addresses[0]
            .address
            .as_ref(),
        [240, 240, 0, 2]
    );
}

#[test]
fn visibility_is_what_the_mesh_configuration_gives() {
    let visibility = serde_json::from_value(json!({ "defaultVisibility": "NAMESPACE", "policies": [
        { "visibility": "NONE", "matchingRules": [{ "namespaceSelector": { "matchLabels": { "hide": "yes" } } }] },
        { "visibility": "PUBLIC", "matchingRules": [{ "unheard": 1 }] }] }));
    let settings = Settings {
        visibility: visibility.unwrap(),
        ..Settings::default()
    };
    let mut mesh = Mesh::new(settings)
        .with(&namespace("app", json!({})))
        .with(&entry("e", OLD, &json!({ "hosts": ["a.example"] })));
    assert_eq!(mesh.service("app/a.example").unwrap().visibility, 1);
    let conditions = mesh.conditions(&StatusOf::ServiceEntry(ObjectName::new("app", "e")));
    assert_eq!(conditions[0].reason, "Namespace");
    mesh.put(&namespace("app", json!({ "hide": "yes" })));
    assert_eq!(mesh.service("app/a.example"), None);
}

#[test]
fn cp_c28_objects_of_another_revision_are_ignored() {
    let mut other = entry("e", OLD, &json!({ "hosts": ["a.example"] }));
    other["metadata"]["labels"] = json!({ "istio.io/rev": "canary" });
    assert_eq!(Mesh::default().with(&other).index.resources().count(), 0);
    other["metadata"]["labels"] = json!({ "istio.io/rev": "default" });
    assert_eq!(Mesh::default().with(&other).index.resources().count(), 1);
}
