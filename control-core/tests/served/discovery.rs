//! Discovery over the wire: subscription, pushes, reconnect, refusals.

use control_core::crds::{AuthorizationPolicy, PeerAuthentication};
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use mesh_wire::xds::{DeltaDiscoveryRequest, Status as Rejection};
use serde_json::json;
use tonic::Code;

use super::client::{ADDRESS, AUTHORIZATION, Held, Proxy, connect};
use super::plane::{Cluster, SYSTEM};

const WEB: &str = "Kubernetes//Pod/app/web";

#[tokio::test]
async fn a_proxy_learns_of_workloads_and_services() {
    let cluster = Cluster::start().await;
    cluster.account("app", "web").await;
    let plane = cluster.ready_plane(&[]).await;
    let mut proxy = Proxy::synced(&cluster, &plane).await;
    // xds_c11: both types are answered, also without any policy
    assert!(
        proxy.has(ADDRESS, "Kubernetes//Pod/istio-system/zt-1"),
        "{:?}",
        proxy.names()
    );
    assert_eq!(proxy.order[0], AUTHORIZATION, "policies go out first");

    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    proxy
        .until("the pod comes", |proxy| proxy.has(ADDRESS, WEB))
        .await;
    let service = json!({ "metadata": { "name": "web" },
        "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": 8080 }] } });
    cluster.put::<Service>("app", service).await;
    let key = "app/web.app.svc.cluster.local";
    proxy
        .until("the service comes", |proxy| proxy.has(ADDRESS, key))
        .await;
    proxy
        .until("the pod is its endpoint", |proxy| {
            proxy
                .workload(WEB)
                .is_some_and(|web| web.services.contains_key(key) && web.locality.is_some())
        })
        .await;

    plane.stop().await.unwrap();
}

#[tokio::test]
async fn capture_policy_strictness_and_removal_reach_a_connected_proxy() {
    let cluster = Cluster::start().await;
    cluster.definitions().await;
    cluster.account("app", "web").await;
    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    let plane = cluster.ready_plane(&[]).await;
    let mut proxy = Proxy::synced(&cluster, &plane).await;
    let captured = json!({ "metadata": { "annotations": { "ambient.istio.io/redirection": "enabled" } } });
    let pods: Api<Pod> = Api::namespaced(cluster.admin.clone(), "app");
    pods.patch("web", &PatchParams::default(), &Patch::Merge(&captured))
        .await
        .unwrap();
    proxy
        .until("the pod is reached over HBONE", |proxy| {
            proxy.workload(WEB).is_some_and(|web| web.tunnel_protocol == 1)
        })
        .await;

    let policy = json!({ "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": { "name": "p" },
        "spec": { "selector": { "matchLabels": { "app": "web" } }, "rules": [{}] } });
    cluster.put::<AuthorizationPolicy>("app", policy).await;
    proxy
        .until("the policy comes", |proxy| proxy.has(AUTHORIZATION, "app/p"))
        .await;
    let strict = json!({ "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": { "name": "s" }, "spec": { "mtls": { "mode": "STRICT" } } });
    cluster.put::<PeerAuthentication>("app", strict).await;
    let static_strict = "istio-system/istio_converted_static_strict";
    proxy
        .until("strictness comes", |proxy| {
            proxy.workload(WEB).is_some_and(|web| {
                web.authorization_policies == ["app/p", static_strict]
                    && proxy.has(AUTHORIZATION, static_strict)
            })
        })
        .await;

    pods.delete("web", &DeleteParams::default().grace_period(0))
        .await
        .unwrap();
    proxy
        .until("the pod is gone", |proxy| !proxy.has(ADDRESS, WEB))
        .await;
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn xds_c09_xds_c10_cp_c22_a_reconnect_gets_only_what_differs() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let first = Proxy::synced(&cluster, &plane).await;
    let mut held = first.held.clone();
    drop(first);
    let addresses = held.get_mut(ADDRESS).unwrap();
    addresses.insert("Kubernetes//Pod/app/gone".into(), ("1".into(), Vec::new()));
    let token = cluster.proxy_token().await;
    // another replica gives the same versions (xds_c22, cp_c29)
    let other = cluster.ready_plane(&[("POD_NAME", "istiod-2")]).await;
    for server in [&plane, &other] {
        let channel = connect(&cluster, server).await;
        let mut proxy = Proxy::open(channel, &token, SYSTEM, held.clone()).await.unwrap();
        loop {
            let response = proxy.next().await.unwrap();
            if response.type_url == ADDRESS {
                assert_eq!(response.resources, []);
                assert_eq!(response.removed_resources, ["Kubernetes//Pod/app/gone"]);
                break;
            }
        }
    }
    other.stop().await.unwrap();
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn xds_c14_xds_c15_a_refusal_is_not_answered_and_a_stale_nonce_ignored() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let mut proxy = Proxy::synced(&cluster, &plane).await;
    // what was sent while this side settled
    while !proxy.is_quiet().await {}
    let refused = DeltaDiscoveryRequest {
        type_url: ADDRESS.into(),
        response_nonce: "long ago".into(),
        error_detail: Some(Rejection {
            code: 0,
            message: "bad".into(),
            details: Vec::new(),
        }),
        ..DeltaDiscoveryRequest::default()
    };
    proxy.send(refused).await;
    assert!(proxy.is_quiet().await);
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn xds_c18_only_the_owner_of_a_node_id_is_served() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let channel = connect(&cluster, &plane).await;
    let refused = |token: String, namespace: &'static str| {
        let channel = channel.clone();
        async move {
            match Proxy::open(channel, &token, namespace, Held::new()).await {
                Err(status) => status,
                Ok(mut proxy) => proxy.next().await.unwrap_err(),
            }
        }
    };
    // security X1, K1: another's namespace, no token, garbage, another audience
    let token = cluster.proxy_token().await;
    assert_eq!(refused(token, "app").await.code(), Code::PermissionDenied);
    let garbage = refused("garbage".into(), SYSTEM).await;
    assert_eq!(
        (garbage.code(), garbage.message()),
        (Code::Unauthenticated, "authentication failure")
    );
    let wrong = cluster
        .token(SYSTEM, "ztunnel", Some("zt-1"), "https://kubernetes.default.svc")
        .await;
    assert_eq!(refused(wrong, SYSTEM).await.code(), Code::Unauthenticated);
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn debug_pages_say_who_is_connected_and_what_is_served() {
    let cluster = Cluster::start().await;
    cluster.account("app", "web").await;
    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    let plane = cluster.ready_plane(&[]).await;
    let monitoring = plane.addresses.monitoring.unwrap();
    let page = async |path: &str| {
        let (code, text) = plane.get(monitoring, path).await;
        assert_eq!(code, 200, "{path}: {text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(page("/debug/connections").await["totalClients"], 0);
    let mut proxy = Proxy::synced(&cluster, &plane).await;
    proxy.settle().await;
    let clients = page("/debug/syncz").await;
    let row = &clients[0];
    assert_eq!(
        (&row["cluster"], &row["version"]),
        (&"Kubernetes".into(), &"1.31.0".into())
    );
    assert!(row["types"]["address"]["sent"].is_string(), "{row}");
    assert_eq!(page("/debug/connections").await["totalClients"], 1);
    // every page of the list is there, and the dump is of one proxy
    for path in page("/debug/list").await.as_array().unwrap() {
        let path = path.as_str().unwrap();
        if !path.ends_with('=') {
            page(path).await;
        }
    }
    let id = row["proxy"].as_str().unwrap();
    let name = id.split('~').nth(2).unwrap();
    let dump = page(&format!("/debug/config_dump?proxyID={name}")).await;
    let served = dump["served"]["workloads"].as_array().unwrap();
    let web = served.iter().find(|one| one["name"] == "web").unwrap();
    assert_eq!(web["addresses"], serde_json::json!(["10.0.0.9"]));
    assert_eq!(
        plane.get(monitoring, "/debug/config_dump?proxyID=no.one").await.0,
        404
    );
    plane.stop().await.unwrap();
}
