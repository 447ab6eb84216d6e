//! What a new cluster contains before anybody wrote anything.

use serde_json::{Value, json};

use crate::admission::furnish_in;
use crate::api::Api;
use crate::auth::bootstrap as roles;
use crate::object;
use crate::store::Tx;

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Fills the store.
pub(crate) fn fill(api: &Api) {
    api.store.write(|tx| {
        for name in NAMESPACES {
            put(tx, "namespaces", json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } },
                "spec": { "finalizers": ["kubernetes"] }, "status": { "phase": "Active" },
            }));
            furnish_in(tx, name, &api.ca_pem);
        }
        for role in roles::cluster_roles() {
            put(tx, "clusterroles.rbac.authorization.k8s.io", role);
        }
        for binding in roles::cluster_role_bindings() {
            put(tx, "clusterrolebindings.rbac.authorization.k8s.io", binding);
        }
        for (name, value) in [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)] {
            put(tx, "priorityclasses.scheduling.k8s.io", json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": name },
                "value": value, "preemptionPolicy": "PreemptLowerPriority",
                "description": "Used for system critical pods.",
            }));
        }
        api_service(api, tx);
    });
    api.housekeeping.notify_one();
}

fn put(tx: &mut Tx<'_>, collection: &str, mut object: Value) {
    let meta = object::meta(&mut object);
    meta.insert("uid".to_owned(), object::new_uid().into());
    meta.insert("creationTimestamp".to_owned(), object::now().into());
    tx.put(collection, object);
}

/// The `kubernetes` Service and, when the inside address is known, its endpoint.
fn api_service(api: &Api, tx: &mut Tx<'_>) {
    let address = api.config.api_address().to_string();
    let target = api.config.endpoint.map_or(6443, |endpoint| endpoint.port());
    put(
        tx,
        "services",
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "component": "apiserver", "provider": "kubernetes" } },
            "spec": {
                "type": "ClusterIP", "clusterIP": address, "clusterIPs": [address], "ipFamilies": ["IPv4"],
                "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster", "sessionAffinity": "None",
                "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": target }],
            },
            "status": { "loadBalancer": {} },
        }),
    );
    let Some(endpoint) = api.config.endpoint else {
        return;
    };
    let kind = if endpoint.is_ipv4() { "IPv4" } else { "IPv6" };
    put(
        tx,
        "endpointslices.discovery.k8s.io",
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": kind,
            "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "kubernetes.io/service-name": "kubernetes" } },
            "endpoints": [{ "addresses": [endpoint.ip().to_string()], "conditions": { "ready": true } }],
            "ports": [{ "name": "https", "port": endpoint.port(), "protocol": "TCP" }],
        }),
    );
    put(
        tx,
        "endpoints",
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "endpointslice.kubernetes.io/skip-mirror": "true" } },
            "subsets": [{ "addresses": [{ "ip": endpoint.ip().to_string() }], "ports": [{ "name": "https", "port": endpoint.port(), "protocol": "TCP" }] }],
        }),
    );
}
