//! Everything that the benchmark's API server holds.

use futures::stream::{self, StreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod, Service, ServiceAccount};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::time::Instant;

use super::AT_ONCE;
use super::plane::Cluster;
use crate::Fallible;

/// A connection that ends between two of a million requests says nothing of what is measured.
const TRIES: usize = 3;

/// Namespaces, services, pods that run.
pub(super) async fn fill(cluster: &Cluster, pods: usize) -> Fallible<()> {
    let began = Instant::now();
    let namespaces: Api<Namespace> = Api::all(cluster.admin.clone());
    let accounts: Vec<Value> = (0..pods.div_ceil(100) * 10)
        .map(|at| {
            json!({ "kind": "ServiceAccount",
                    "metadata": { "name": format!("app-{}", at % 10), "namespace": format!("ns-{}", at / 10) } })
        })
        .collect();
    // each kind before those that need it
    for kind in [
        "Namespace",
        "ServiceAccount",
        "AuthorizationPolicy",
        "Service",
        "Pod",
    ] {
        let all = crate::objects(pods).chain(accounts.iter().cloned());
        let all = all.filter(|one| one["kind"] == kind);
        let failed = stream::iter(all)
            .map(|object| {
                let (client, namespaces) = (cluster.admin.clone(), namespaces.clone());
                async move {
                    for _ in 1..TRIES {
                        let created = create(client.clone(), namespaces.clone(), object.clone()).await;
                        if created.is_ok() {
                            return None;
                        }
                    }
                    create(client, namespaces, object).await.err()
                }
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect::<Vec<_>>()
            .await;
        if let Some(error) = failed.into_iter().next() {
            return Err(error);
        }
    }
    println!(
        "filled the API server with {pods} pods in {:.0?}",
        began.elapsed()
    );
    Ok(())
}

/// An object that an earlier try has made is there.
fn there<T>(created: kube::Result<T>) -> kube::Result<()> {
    match created {
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        other => other.map(drop),
    }
}

async fn create(client: kube::Client, namespaces: Api<Namespace>, mut object: Value) -> Fallible<()> {
    let (new, namespace) = (PostParams::default(), object["metadata"]["namespace"].clone());
    let namespace = namespace.as_str().unwrap_or_default();
    match object["kind"].as_str() {
        Some("Namespace") => there(namespaces.create(&new, &serde_json::from_value(object)?).await)?,
        Some("ServiceAccount") => {
            let api: Api<ServiceAccount> = Api::namespaced(client, namespace);
            there(api.create(&new, &serde_json::from_value(object)?).await)?;
        }
        Some("Service") => {
            // the API server knows its own range of addresses
            if let Some(spec) = object["spec"].as_object_mut() {
                spec.retain(|key, _| !key.starts_with("clusterIP"));
            }
            let api: Api<Service> = Api::namespaced(client, namespace);
            there(api.create(&new, &serde_json::from_value(object)?).await)?;
        }
        Some("AuthorizationPolicy") => {
            let kind = GroupVersionKind::gvk("security.istio.io", "v1", "AuthorizationPolicy");
            let kind = ApiResource::from_gvk_with_plural(&kind, "authorizationpolicies");
            let api: Api<DynamicObject> = Api::namespaced_with(client, namespace, &kind);
            there(api.create(&new, &serde_json::from_value(object)?).await)?;
        }
        _ => {
            let api: Api<Pod> = Api::namespaced(client, namespace);
            let (name, status) = (object["metadata"]["name"].clone(), object["status"].take());
            object["spec"]["containers"][0]["image"] = json!("localhost/any:1");
            if let Some(meta) = object["metadata"].as_object_mut() {
                meta.remove("uid");
            }
            there(api.create(&new, &serde_json::from_value(object)?).await)?;
            let status = json!({ "status": status });
            let name = name.as_str().unwrap_or_default();
            api.patch_status(name, &PatchParams::default(), &Patch::Merge(&status))
                .await
                .map(drop)?;
        }
    }
    Ok(())
}
