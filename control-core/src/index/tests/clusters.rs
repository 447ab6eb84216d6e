//! Several clusters and networks: what is taken from others, merged, hidden (`control-plane.md` 11.3).

use mesh_wire::workload::Workload;
use mesh_wire::workload::gateway_address::Destination;
use serde_json::{Value, json};

use super::{Mesh, merge, namespace, pod, service};
use crate::index::Index;
use crate::index::clusters::ClusterFacts;
use crate::index::event::{Event, Kind, Settings};
use crate::mesh_config::ScopeRule;
use crate::model::ObjectName;
use crate::translate::event;

const WEB: &str = "app/web.app.svc.cluster.local";
const FAR: &str = "east//Pod/app/far";

fn settings() -> Settings {
    let rule =
        json!({ "servicesSelector": { "matchLabels": { "istio.io/global": "true" } }, "scope": "GLOBAL" });
    let scopes: Vec<ScopeRule> = vec![serde_json::from_value(rule).unwrap()];
    Settings {
        multi_network: true,
        scopes,
        ..Settings::default()
    }
}

fn network(name: &str) -> Value {
    namespace("istio-system", json!({ "topology.istio.io/network": name }))
}

fn global(spec: &Value) -> Value {
    let mut web = service("web", spec);
    web["metadata"]["labels"] = json!({ "istio.io/global": "true" });
    web
}

/// The service of the other cluster, at another address.
fn far_service() -> Value {
    global(&json!({ "clusterIP": "10.97.0.5", "clusterIPs": ["10.97.0.5"] }))
}

/// A pod behind `web`.
fn far_pod(name: &str, account: &str) -> Value {
    let more = json!({ "metadata": { "labels": { "app": "web" }, "annotations": { "ambient.istio.io/redirection": "enabled" } },
                       "spec": { "serviceAccountName": account } });
    pod(name, "10.8.0.2", &more)
}

/// A Gateway of ours that stands for a network.
fn way(into: &str, address: &str) -> Value {
    json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": { "name": "into", "namespace": "istio-system", "labels": { "topology.istio.io/network": into } },
        "spec": { "gatewayClassName": "istio-remote", "listeners": [{ "name": "x", "port": 15009, "protocol": "HBONE" }] },
        "status": { "addresses": [{ "type": "IPAddress", "value": address }] } })
}

fn facts(objects: &[Value]) -> Event {
    let mut facts = ClusterFacts::default();
    for object in objects {
        facts.stage(event(object).unwrap().unwrap());
    }
    Event::Cluster("east".into(), Box::new(facts))
}

fn far(object: &Value) -> Event {
    Event::Remote("east".into(), Box::new(event(object).unwrap().unwrap()))
}

fn far_gone(kind: Kind, name: &str) -> Event {
    Event::Remote(
        "east".into(),
        Box::new(Event::Remove(kind, ObjectName::new("app", name))),
    )
}

/// Our cluster on `n-1`, with a service for all clusters and a way into `n-2`; the other one as given.
fn mesh(others: &[Value]) -> Mesh {
    let mut mesh = Mesh::new(settings())
        .with_app()
        .with(&network("n-1"))
        .with(&global(&json!({})))
        .with(&way("n-2", "192.0.2.7"));
    mesh.index.apply(facts(others));
    mesh
}

fn east() -> Vec<Value> {
    vec![
        network("n-2"),
        namespace("app", json!({})),
        far_service(),
        far_pod("far", "far"),
        far_pod("far-2", "other"),
    ]
}

fn aggregate(mesh: &Mesh) -> Option<Workload> {
    mesh.workload("n-2/SplitHorizonWorkload/istio-system/into/192.0.2.7/app/web.app.svc.cluster.local")
}

fn addresses(mesh: &Mesh) -> Vec<(String, Vec<u8>)> {
    let addresses = mesh.service(WEB).unwrap().addresses.into_iter();
    addresses.map(|one| (one.network, one.address.to_vec())).collect()
}

#[test]
fn a_global_service_is_one_over_all_clusters_and_hides_what_is_behind_a_gateway() {
    let mut mesh = mesh(&east());
    let (ours, theirs) = (
        ("n-1".to_owned(), vec![10, 96, 0, 5]),
        ("n-2".to_owned(), vec![10, 97, 0, 5]),
    );
    assert_eq!(addresses(&mesh), [ours.clone(), theirs]);
    let identities = ["far", "other"].map(|account| format!("spiffe://cluster.local/ns/app/sa/{account}"));
    assert_eq!(mesh.service(WEB).unwrap().subject_alt_names, identities);
    // two pods there are one workload here, behind the way into their network
    assert_eq!(mesh.workload(FAR), None);
    let one = aggregate(&mesh).unwrap();
    assert_eq!(
        (one.network.as_str(), one.capacity, one.tunnel_protocol),
        ("n-2", Some(2), 1)
    );
    assert_eq!(one.services.keys().collect::<Vec<_>>(), [WEB]);
    let gateway = one.network_gateway.unwrap();
    assert_eq!(gateway.hbone_mtls_port, 15009);
    assert!(matches!(gateway.destination, Some(Destination::Address(_))));
    // one of them goes, then the other
    mesh.index.apply(far_gone(Kind::Pod, "far-2"));
    assert_eq!(aggregate(&mesh).unwrap().capacity, Some(1));
    assert_eq!(mesh.service(WEB).unwrap().subject_alt_names, identities[..1]);
    mesh.index.apply(far_gone(Kind::Pod, "far"));
    assert_eq!(aggregate(&mesh), None);
    // the cluster goes, and nothing of it is left
    mesh.index.apply(Event::ClusterGone("east".into()));
    assert_eq!(addresses(&mesh), [ours]);
    assert!(mesh.service(WEB).unwrap().subject_alt_names.is_empty());
}

#[test]
fn without_a_gateway_a_network_is_out_of_reach_and_a_gateway_there_will_do() {
    let mut mesh = mesh(&east());
    mesh.remove(Kind::Gateway, "istio-system", "into");
    assert_eq!(aggregate(&mesh), None);
    let mut east_west = way("n-2", "192.0.2.9");
    merge(
        &mut east_west,
        &json!({ "metadata": { "name": "there" }, "spec": { "gatewayClassName": "istio-east-west",
            "listeners": [{ "name": "x", "port": 15008, "protocol": "HBONE", "tls": { "mode": "Terminate" } }] } }),
    );
    mesh.index.apply(far(&east_west));
    let uid = "n-2/SplitHorizonWorkload/istio-system/there/192.0.2.9/app/web.app.svc.cluster.local";
    let gateway = mesh.workload(uid).unwrap().network_gateway.unwrap();
    assert_eq!(gateway.hbone_mtls_port, 15008);
    // the gateway itself can be looked up, so that its identity is known
    let itself = mesh.workload("NetworkGateway/n-2/192.0.2.9/0").unwrap();
    assert_eq!(itself.service_account, "there");
}

#[test]
fn workloads_of_our_own_network_are_sent_as_they_are() {
    let mut others = east();
    others[0] = network("n-1");
    let mesh = mesh(&others);
    let far = mesh.workload(FAR).unwrap();
    assert_eq!((far.cluster_id.as_str(), far.network.as_str()), ("east", "n-1"));
    assert_eq!(far.services.keys().collect::<Vec<_>>(), [WEB]);
    assert_eq!(aggregate(&mesh), None);
    assert!(mesh.service(WEB).unwrap().subject_alt_names.is_empty());
}

#[test]
fn what_is_local_is_neither_taken_nor_merged() {
    // theirs is local
    let mut others = east();
    others[0] = network("n-1");
    others[2]["metadata"]["labels"] = json!({});
    let mut mesh = mesh(&others);
    assert_eq!(addresses(&mesh).len(), 1);
    assert!(mesh.workload(FAR).unwrap().services.is_empty());
    // ours is local, so that it keeps its name to itself
    mesh.index.apply(far(&far_service()));
    assert_eq!(addresses(&mesh).len(), 2);
    mesh.put(&service("web", &json!({})));
    assert_eq!(addresses(&mesh).len(), 1);
    assert!(mesh.workload(FAR).unwrap().services.is_empty());
    // there is none of ours
    mesh.remove(Kind::Service, "app", "web");
    assert_eq!(addresses(&mesh), [("n-1".to_owned(), vec![10, 97, 0, 5])]);
    assert_eq!(mesh.workload(FAR).unwrap().services.len(), 1);
    // and without the mode nothing of another cluster is
    mesh.index.apply(Event::Settings(Settings::default()));
    assert_eq!(mesh.service(WEB), None);
    assert_eq!(mesh.workload(FAR), None);
}

/// An entry of ours that selects pods labelled `app: web`.
fn entry(labels: &Value) -> Value {
    json!({ "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
        "metadata": { "name": "api", "namespace": "app", "labels": labels },
        "spec": { "hosts": ["api.example.com"], "addresses": ["192.0.2.80"], "resolution": "STATIC", "location": "MESH_INTERNAL",
            "ports": [{ "name": "http", "number": 80, "targetPort": 8080, "protocol": "HTTP" }],
            "workloadSelector": { "labels": { "app": "web" } } } })
}

#[test]
fn an_entry_that_spans_clusters_reaches_the_pods_that_it_selects_in_another_network() {
    const API: &str = "app/api.example.com";
    let uid = "n-2/SplitHorizonWorkload/istio-system/into/192.0.2.7/app/api.example.com";
    let mut mesh = mesh(&east());
    mesh.put(&entry(&json!({})));
    assert_eq!(mesh.workload(uid), None, "an entry of this cluster alone");
    assert!(mesh.service(API).unwrap().subject_alt_names.is_empty());
    mesh.put(&entry(&json!({ "istio.io/global": "true" })));
    let one = mesh.workload(uid).unwrap();
    assert_eq!((one.network.as_str(), one.capacity), ("n-2", Some(2)));
    let ports = &one.services[API].ports[0];
    assert_eq!((ports.service_port, ports.target_port), (80, 8080));
    assert_eq!(mesh.service(API).unwrap().subject_alt_names.len(), 2);
    // the Service that selects them too has its own
    assert_eq!(
        aggregate(&mesh).unwrap().services.keys().collect::<Vec<_>>(),
        [WEB]
    );
    mesh.index.apply(far_gone(Kind::Pod, "far"));
    assert_eq!(mesh.workload(uid).unwrap().capacity, Some(1));
    assert_eq!(
        mesh.service(API).unwrap().subject_alt_names,
        ["spiffe://cluster.local/ns/app/sa/other"]
    );
    mesh.remove(Kind::ServiceEntry, "app", "api");
    assert_eq!(mesh.workload(uid), None);
    // whatever comes first
    mesh.put(&entry(&json!({ "istio.io/global": "true" })));
    assert_eq!(mesh.workload(uid).unwrap().capacity, Some(1));
}

#[test]
fn policies_are_ours_and_hold_for_workloads_of_other_clusters() {
    let mut others = east();
    others[0] = network("n-1");
    others.push(super::policy(
        "app",
        "theirs",
        json!({ "selector": { "matchLabels": { "app": "web" } }, "rules": [{}] }),
    ));
    let mut mesh = mesh(&others);
    assert!(mesh.workload(FAR).unwrap().authorization_policies.is_empty());
    mesh.put(&super::policy(
        "app",
        "ours",
        json!({ "selector": { "matchLabels": { "app": "web" } }, "rules": [{}] }),
    ));
    assert_eq!(mesh.workload(FAR).unwrap().authorization_policies, ["app/ours"]);
}

#[test]
fn another_list_of_a_cluster_replaces_the_one_before() {
    let mut mesh = mesh(&east());
    assert!(
        mesh.index
            .remote_pod(&"east".into(), &ObjectName::new("app", "far"))
            .is_some()
    );
    let changes = mesh.index.apply(facts(&[
        network("n-2"),
        namespace("app", json!({})),
        far_service(),
        far_pod("new", "new"),
    ]));
    assert!(
        changes
            .remote_pods
            .contains(&("east".into(), ObjectName::new("app", "far")))
    );
    assert_eq!(
        mesh.index
            .remote_pod(&"east".into(), &ObjectName::new("app", "far")),
        None
    );
    assert_eq!(aggregate(&mesh).unwrap().capacity, Some(1));
    assert_eq!(
        mesh.service(WEB).unwrap().subject_alt_names,
        ["spiffe://cluster.local/ns/app/sa/new"]
    );
}

#[test]
fn the_order_in_which_clusters_come_makes_no_difference() {
    let one = mesh(&east());
    let mut index = Index::new(settings());
    index.stage(facts(&east()));
    for object in [
        way("n-2", "192.0.2.7"),
        global(&json!({})),
        network("n-1"),
        namespace("app", json!({})),
    ] {
        index.stage(event(&object).unwrap().unwrap());
    }
    index.derive_all();
    let all = |index: &Index| -> Vec<String> { index.resources().map(|one| format!("{one:?}")).collect() };
    assert_eq!(all(&one.index), all(&index));
}
