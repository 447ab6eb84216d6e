//! Pods, slices and entries → workloads (`control-plane.md` 4, 6, 7.6, 10).

use serde_json::json;

use super::{Mesh, namespace, pod, service};
use crate::index::event::{Kind, Settings};

const WEB: &str = "Kubernetes//Pod/app/web";

fn phase(phase: &str) -> serde_json::Value {
    json!({ "status": { "phase": phase } })
}

#[test]
fn cp_c01_ended_pods_never_appear_and_a_pending_one_with_an_address_does() {
    for ended in ["Succeeded", "Failed"] {
        let mesh = Mesh::default().with(&pod("web", "10.0.0.2", &phase(ended)));
        assert_eq!(mesh.workload(WEB), None, "{ended}");
    }
    let mut mesh = Mesh::default().with(&pod("web", "10.0.0.2", &phase("Pending")));
    assert!(mesh.workload(WEB).is_some());
    mesh.put(&pod("web", "10.0.0.2", &phase("Succeeded")));
    assert_eq!(mesh.workload(WEB), None);
    let without = pod("web", "", &json!({ "status": { "podIP": null, "podIPs": null } }));
    assert_eq!(Mesh::default().with(&without).workload(WEB), None);
}

#[test]
fn cp_c02_unready_and_terminating_pods_are_unhealthy() {
    let mut mesh = Mesh::default().with(&pod("web", "10.0.0.2", &json!({})));
    assert_eq!(mesh.pod("web").status, 0);
    let unready = json!({ "status": { "conditions": [{ "type": "Ready", "status": "False" }] } });
    let changes = mesh.put(&pod("web", "10.0.0.2", &unready));
    assert!(changes.is_urgent, "an endpoint that is lost does not wait");
    assert_eq!(mesh.pod("web").status, 1);
    mesh.put(&pod(
        "web",
        "10.0.0.2",
        &json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } }),
    ));
    assert_eq!(mesh.pod("web").status, 1);
}

#[test]
fn cp_c03_cp_c04_only_a_captured_pod_is_reached_over_hbone() {
    let annotated =
        |value: &str| json!({ "metadata": { "annotations": { "ambient.istio.io/redirection": value } } });
    let host = pod("web", "10.0.0.2", &json!({ "spec": { "hostNetwork": true } }));
    let ambient = namespace("app", json!({ "istio.io/dataplane-mode": "ambient" }));
    let mesh = Mesh::default().with(&ambient).with(&host);
    assert_eq!(
        (mesh.pod("web").network_mode, mesh.pod("web").tunnel_protocol),
        (1, 0)
    );
    for (value, tunnel) in [("enabled", 1), ("pending", 0)] {
        let mesh = Mesh::default().with(&pod("web", "10.0.0.2", &annotated(value)));
        assert_eq!(mesh.pod("web").tunnel_protocol, tunnel, "{value}");
    }
    let native = json!({ "metadata": { "labels": { "networking.istio.io/tunnel": "x,http" } } });
    let mesh = Mesh::default().with(&pod("web", "10.0.0.2", &native));
    assert!(mesh.pod("web").native_tunnel && mesh.pod("web").tunnel_protocol == 1);
}

#[test]
fn a_pod_says_where_it_is_and_what_it_belongs_to() {
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n1", "labels": {
        "topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "z", "topology.istio.io/subzone": "s" } } });
    let owned = json!({ "metadata": {
        "generateName": "web-abc-", "labels": { "pod-template-hash": "abc", "version": "v2" },
        "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-abc", "uid": "u", "controller": true }] },
        "status": { "podIPs": [{ "ip": "10.0.0.2" }, { "ip": "fd00::2" }] } });
    let mesh = Mesh::default().with(&node).with(&pod("web", "10.0.0.2", &owned));
    let web = mesh.pod("web");
    let locality = web.locality.unwrap();
    assert_eq!(
        (
            locality.region.as_str(),
            locality.zone.as_str(),
            locality.subzone.as_str()
        ),
        ("r", "z", "s")
    );
    assert_eq!(
        (
            web.workload_name.as_str(),
            web.canonical_name.as_str(),
            web.canonical_revision.as_str()
        ),
        ("web", "web", "v2")
    );
    assert_eq!(
        (web.workload_type, web.cluster_id.as_str(), web.node.as_str()),
        (2, "Kubernetes", "n1")
    );
    assert_eq!(
        web.addresses.iter().map(bytes::Bytes::len).collect::<Vec<_>>(),
        [4, 16]
    );
    let cron = json!({ "metadata": { "generateName": "x-", "ownerReferences":
        [{ "apiVersion": "batch/v1", "kind": "Job", "name": "nightly-29000001", "uid": "u", "controller": true }] } });
    assert_eq!(
        Mesh::default()
            .with(&pod("web", "10.0.0.2", &cron))
            .pod("web")
            .workload_name,
        "nightly"
    );
}

#[test]
fn cp_c06_a_missing_named_port_is_left_out_for_that_pod_alone() {
    let ports = json!({ "ports": [{ "name": "a", "port": 80, "targetPort": "http" },
                                  { "name": "b", "port": 81, "targetPort": "other" }] });
    let bare =
        json!({ "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "c" }] } });
    let mesh = Mesh::default()
        .with(&service("web", &ports))
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&pod("bare", "10.0.0.3", &bare));
    let key = "app/web.app.svc.cluster.local";
    let mapped = |name: &str| -> Vec<(u32, u32)> {
        mesh.pod(name).services[key]
            .ports
            .iter()
            .map(|port| (port.service_port, port.target_port))
            .collect()
    };
    assert_eq!(mapped("web"), [(80, 8080)]);
    assert_eq!(mapped("bare"), [], "still listed");
    assert_eq!(mesh.app_service("web").ports[0].target_port, 0);
}

fn slice(endpoints: &serde_json::Value) -> serde_json::Value {
    json!({ "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": { "name": "s-1", "namespace": "app", "labels": { "kubernetes.io/service-name": "s" } },
            "ports": [{ "name": "http", "port": 9090, "protocol": "TCP" }], "endpoints": endpoints })
}

#[test]
fn cp_c07_a_reference_attaches_only_the_very_pod_it_means() {
    let reference = |uid: &str| {
        json!([{ "addresses": ["10.0.0.2"],
        "targetRef": { "kind": "Pod", "name": "web", "namespace": "app", "uid": uid } }])
    };
    let mut mesh = Mesh::default()
        .with(&service("s", &json!({ "selector": null })))
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&slice(&reference("another")));
    assert!(mesh.pod("web").services.is_empty());
    mesh.put(&slice(&reference("uid-web")));
    assert_eq!(mesh.pod("web").services.len(), 1);
    mesh.remove(Kind::EndpointSlice, "app", "s-1");
    assert!(mesh.pod("web").services.is_empty());
}

#[test]
fn endpoints_that_are_no_pods_become_workloads() {
    let endpoints = json!([{ "addresses": ["192.168.0.9"] }, { "addresses": ["192.168.0.9"] }, { "addresses": ["x"] },
                           { "addresses": ["192.168.0.10"], "conditions": { "ready": false } }]);
    let mesh = Mesh::default()
        .with(&service("s", &json!({ "selector": null })))
        .with(&slice(&endpoints));
    let uid = |ip: &str| format!("Kubernetes/discovery.k8s.io/EndpointSlice/app/s-1/{ip}");
    let first = mesh.workload(&uid("192.168.0.9")).unwrap();
    assert_eq!(
        (first.network_mode, first.tunnel_protocol, first.status),
        (1, 0, 0)
    );
    assert_eq!(
        first.services["app/s.app.svc.cluster.local"].ports[0].target_port,
        9090
    );
    assert_eq!(mesh.workload(&uid("192.168.0.10")).unwrap().status, 1);
    assert_eq!(
        mesh.index
            .rejects()
            .map(|(_, rejects)| rejects.len())
            .sum::<usize>(),
        2
    );
}

#[test]
fn workload_entries_are_workloads_with_merged_labels() {
    let entry = json!({ "apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry",
        "metadata": { "name": "vm", "namespace": "app", "labels": { "app": "web" } },
        "spec": { "address": "192.168.0.7", "labels": { "app": "other" }, "ports": { "http": 9000 },
                  "serviceAccount": "vm", "locality": "r/z", "weight": 3, "network": "" } });
    let mesh = Mesh::default().with(&service("web", &json!({}))).with(&entry);
    let vm = mesh
        .workload("Kubernetes/networking.istio.io/WorkloadEntry/app/vm")
        .unwrap();
    assert_eq!(
        vm.services["app/web.app.svc.cluster.local"].ports[0].target_port,
        9000
    );
    assert_eq!(
        (vm.service_account.as_str(), vm.capacity, vm.status),
        ("vm", Some(3), 0)
    );
    assert_eq!(vm.locality.unwrap().zone, "z");
}

#[test]
fn cp_c21_what_does_not_matter_pushes_nothing() {
    let node = |beat: &str| {
        json!({ "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": "n1", "annotations": { "beat": beat } } })
    };
    let mut mesh = Mesh::default()
        .with(&node("1"))
        .with(&pod("web", "10.0.0.2", &json!({})));
    assert!(mesh.put(&node("2")).is_empty());
    let annotated = json!({ "metadata": { "annotations": { "unrelated": "x" } } });
    assert!(mesh.put(&pod("web", "10.0.0.2", &annotated)).is_empty());
}

#[test]
fn cp_c30_the_default_trust_domain_is_encoded_as_nothing() {
    let own = Settings {
        trust_domain: "td".into(),
        ..Settings::default()
    };
    assert_eq!(
        Mesh::new(own)
            .with(&pod("web", "10.0.0.2", &json!({})))
            .pod("web")
            .trust_domain,
        "td"
    );
    assert_eq!(
        Mesh::default()
            .with(&pod("web", "10.0.0.2", &json!({})))
            .pod("web")
            .trust_domain,
        ""
    );
}

#[test]
fn the_network_of_the_cluster_and_the_way_into_it() {
    let gateway = json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": { "name": "east", "namespace": "app", "labels": { "topology.istio.io/network": "n-1" } },
        "spec": { "gatewayClassName": "istio-remote", "listeners": [{ "name": "x", "port": 15009, "protocol": "HBONE" }] },
        "status": { "addresses": [{ "type": "IPAddress", "value": "203.0.113.9" }] } });
    let mut mesh = Mesh::default()
        .with(&pod("web", "10.0.0.2", &json!({})))
        .with(&gateway);
    assert_eq!(
        (mesh.pod("web").network.as_str(), mesh.pod("web").network_gateway),
        ("", None)
    );
    let changes = mesh.put(&namespace(
        "istio-system",
        json!({ "topology.istio.io/network": "n-1" }),
    ));
    assert!(changes.addresses.contains(WEB));
    assert_eq!(mesh.pod("web").network, "n-1");
    assert_eq!(mesh.pod("web").network_gateway.unwrap().hbone_mtls_port, 15009);
    let way = mesh.workload("NetworkGateway/n-1/203.0.113.9/15009").unwrap();
    assert_eq!(
        (way.service_account.as_str(), way.tunnel_protocol),
        ("east-istio-remote", 1)
    );
}

#[test]
fn cp_c27_hidden_namespaces_vanish_and_come_back() {
    let settings: Settings = Settings {
        discovery_selectors: vec![
            serde_json::from_value(json!({ "matchLabels": { "mesh": "on" } })).unwrap(),
        ],
        ..Settings::default()
    };
    let mut mesh = Mesh::new(settings)
        .with(&namespace("app", json!({ "mesh": "on" })))
        .with(&service("web", &json!({})))
        .with(&pod("web", "10.0.0.2", &json!({})));
    assert!(mesh.workload(WEB).is_some());
    let changes = mesh.put(&namespace("app", json!({})));
    assert_eq!(changes.addresses.len(), 2);
    assert_eq!(mesh.index.resources().count(), 0);
    mesh.put(&namespace("app", json!({ "mesh": "on" })));
    assert_eq!(mesh.index.resources().count(), 2);
}
