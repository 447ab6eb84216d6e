//! Start, roots, restart, end.

use control_core::crds::{AuthorizationPolicy, ServiceEntry};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use serde_json::json;

use super::plane::{Cluster, SYSTEM, eventually};

#[tokio::test]
async fn ca_c18_cp_c26_the_bundle_is_everywhere_and_comes_back() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let bundle = cluster.bundle("app").await;
    assert_eq!(cluster.bundle("kube-system").await, bundle);
    assert_eq!(cluster.secret().await["ca-cert.pem"].0, bundle.as_bytes());
    let public: Api<ConfigMap> = Api::namespaced(cluster.admin.clone(), "kube-public");
    assert!(public.get_opt("istio-ca-root-cert").await.unwrap().is_none());

    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin.clone(), "app");
    let edited = json!({ "data": { "root-cert.pem": "edited", "own": "kept" } });
    maps.patch(
        "istio-ca-root-cert",
        &PatchParams::default(),
        &Patch::Merge(&edited),
    )
    .await
    .unwrap();
    eventually("the edit is undone", || async {
        let data = maps.get("istio-ca-root-cert").await.unwrap().data.unwrap();
        assert_eq!(data["own"], "kept");
        (data["root-cert.pem"] == bundle).then_some(())
    })
    .await;
    maps.delete("istio-ca-root-cert", &DeleteParams::default())
        .await
        .unwrap();
    assert_eq!(cluster.bundle("app").await, bundle);
    cluster.namespace("later").await;
    assert_eq!(cluster.bundle("later").await, bundle);
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_keeps_the_root_and_takes_over_at_once() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let bundle = cluster.bundle("app").await;
    plane.stop().await.unwrap();
    // the lock was given up, so another replica leads at once
    let other = cluster.ready_plane(&[("POD_NAME", "istiod-2")]).await;
    cluster.namespace("later").await;
    assert_eq!(cluster.bundle("later").await, bundle);
    other.stop().await.unwrap();
}

#[tokio::test]
async fn cp_c23_not_ready_until_synced_and_the_reason_is_told() {
    let cluster = Cluster::start().await;
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    // an API that does not answer
    let text = cluster
        .api
        .kubeconfig
        .replace(&cluster.api.address.port().to_string(), "1");
    std::fs::write(kubeconfig.path(), text).unwrap();
    let path = kubeconfig.path().to_string_lossy().into_owned();
    let plane = cluster.plane(&[("--kubeconfig", &path)]);
    let (code, text) = plane.get(plane.addresses.http.unwrap(), "/ready").await;
    assert_eq!(code, 503);
    assert!(text.contains("discovery"), "{text}");
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn cp_c24_an_incomplete_directory_ends_the_start_with_its_reason() {
    let cluster = Cluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca-cert.pem"), "x").unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let error = cluster
        .plane(&[("ROOT_CA_DIR", &path)])
        .ended()
        .await
        .unwrap_err();
    assert!(error.contains("ca-key.pem"), "{error}");
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    assert!(maps.get_opt("istio-ca-root-cert").await.unwrap().is_none());
}

#[tokio::test]
async fn conditions_are_written_and_kept_right() {
    let cluster = Cluster::start().await;
    cluster.definitions().await;
    let plane = cluster.ready_plane(&[]).await;
    let object = json!({ "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": { "name": "p" }, "spec": { "rules": [{}] } });
    cluster.put::<AuthorizationPolicy>("app", object).await;
    let policies: Api<AuthorizationPolicy> = Api::namespaced(cluster.admin.clone(), "app");
    let told = |reason: &'static str| {
        let policies = policies.clone();
        move || {
            let policies = policies.clone();
            async move {
                let status = policies.get("p").await.unwrap().status?;
                let [one] = status.conditions.as_slice() else {
                    return None;
                };
                (one.r#type == "ZtunnelAccepted" && one.reason == reason)
                    .then_some(one.observed_generation.clone())
            }
        }
    };
    assert_eq!(eventually("it is accepted", told("Accepted")).await, json!(1));
    let audit = json!({ "spec": { "action": "AUDIT" } });
    policies
        .patch("p", &PatchParams::default(), &Patch::Merge(&audit))
        .await
        .unwrap();
    assert_eq!(
        eventually("the new action is refused", told("UnsupportedValue")).await,
        json!(2)
    );
    // another replica, or a restart, finds nothing to write
    let written = policies.get("p").await.unwrap().metadata.resource_version;
    plane.stop().await.unwrap();
    let other = cluster.ready_plane(&[("POD_NAME", "istiod-2")]).await;
    cluster.namespace("later").await;
    cluster.bundle("later").await;
    assert_eq!(
        policies.get("p").await.unwrap().metadata.resource_version,
        written
    );
    other.stop().await.unwrap();
}

#[tokio::test]
async fn the_mesh_configuration_is_reloaded_and_a_broken_one_kept_out() {
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let monitoring = plane.addresses.monitoring.unwrap();
    let map = json!({ "metadata": { "name": "istio" }, "data": { "mesh": "discoverySelectors: [{matchLabels: {mesh: enabled}}]" } });
    let map: ConfigMap = cluster.put(SYSTEM, map).await;
    let addresses = || async {
        let (_, text) = plane.get(monitoring, "/debug/ambientz").await;
        let dump: serde_json::Value = serde_json::from_str(&text).unwrap();
        dump["workloads"].as_array().unwrap().len() + dump["services"].as_array().unwrap().len()
    };
    eventually("everything is hidden", || async {
        (addresses().await == 0).then_some(())
    })
    .await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    let broken = json!({ "data": { "mesh": "discoverySelectors: [" } });
    maps.patch("istio", &PatchParams::default(), &Patch::Merge(&broken))
        .await
        .unwrap();
    maps.delete("istio", &DeleteParams::default()).await.unwrap();
    eventually("everything is back", || async {
        (addresses().await > 0).then_some(())
    })
    .await;
    drop(map);
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn hosts_without_addresses_get_some_and_the_effect_of_objects_is_told() {
    let cluster = Cluster::start().await;
    cluster.definitions().await;
    let plane = cluster.ready_plane(&[]).await;
    let spec = json!({ "hosts": ["db.example"], "resolution": "DNS",
        "ports": [{ "number": 5432, "name": "tcp", "protocol": "TCP" }] });
    let object = json!({ "metadata": { "name": "db" }, "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry", "spec": spec });
    cluster.put::<ServiceEntry>("app", object).await;
    let entries: Api<ServiceEntry> = Api::namespaced(cluster.admin.clone(), "app");
    let given = || async {
        entries
            .get("db")
            .await
            .unwrap()
            .status
            .filter(|status| status.addresses.len() == 2)
    };
    let status = eventually("addresses are written", given).await;
    assert!(status.addresses[0].value.starts_with("240.240."), "{status:?}");
    let monitoring = plane.addresses.monitoring.unwrap();
    let told = || async {
        let (_, text) = plane.get(monitoring, "/debug/effectz").await;
        let verdicts: serde_json::Value = serde_json::from_str(&text).unwrap();
        verdicts
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "app/db")
            .cloned()
    };
    assert_eq!(eventually("there is a verdict", told).await["effect"], "full");
    plane.stop().await.unwrap();
}
