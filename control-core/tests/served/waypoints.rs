//! Waypoints that the control plane runs, where an image of one is configured (`control-plane.md` 9.5).

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{ConfigMap, Service, ServiceAccount};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use mesh_wire::workload::address::Type;
use serde_json::{Value, json};

use super::client::{ADDRESS, Proxy};
use super::plane::{Cluster, eventually};
use control_core::crds::{Gateway, GatewayClass};

const IMAGE: (&str, &str) = ("WAYPOINT_IMAGE", "example.org/waypoint:1");
const WEB: &str = "app/web.app.svc.cluster.local";

impl Cluster {
    /// The Gateway API, as far as it is read.
    async fn gateway_api(&self) {
        let api: Api<CustomResourceDefinition> = Api::all(self.admin.clone());
        for (plural, kind, scope) in [
            ("gateways", "Gateway", "Namespaced"),
            ("gatewayclasses", "GatewayClass", "Cluster"),
        ] {
            let any = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
            let schema = json!({ "openAPIV3Schema": { "type": "object", "properties": { "spec": any, "status": any } } });
            let definition = json!({
                "metadata": { "name": format!("{plural}.gateway.networking.k8s.io") },
                "spec": { "group": "gateway.networking.k8s.io", "scope": scope,
                    "names": { "plural": plural, "singular": kind.to_lowercase(), "kind": kind,
                               "listKind": format!("{kind}List") },
                    "versions": [{ "name": "v1", "served": true, "storage": true, "schema": schema,
                                   "subresources": { "status": {} } }] } });
            let definition = serde_json::from_value(definition).unwrap();
            api.create(&PostParams::default(), &definition).await.unwrap();
        }
    }

    async fn gateway(&self, name: &str, more: Value) {
        let mut spec = json!({ "gatewayClassName": "istio-waypoint",
            "listeners": [{ "name": "mesh", "port": 15008, "protocol": "HBONE" }] });
        for (key, value) in more.as_object().unwrap() {
            spec[key] = value.clone();
        }
        let object = json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": { "name": name }, "spec": spec });
        self.put::<Gateway>("app", object).await;
    }
}

/// Whether the service that a proxy holds has a waypoint.
fn is_bound(proxy: &Proxy) -> Option<bool> {
    let (_, body) = proxy.held.get(ADDRESS)?.get(WEB)?;
    let address: mesh_wire::workload::Address = prost::Message::decode(body.as_slice()).unwrap();
    match address.r#type? {
        Type::Service(service) => Some(service.waypoint.is_some()),
        Type::Workload(_) => None,
    }
}

async fn image(deployments: &Api<Deployment>) -> Option<String> {
    let pod = deployments.get_opt("w").await.unwrap()?.spec?.template.spec?;
    pod.containers.into_iter().next()?.image
}

/// What somebody changes or deletes is put right.
async fn is_kept(deployments: &Api<Deployment>, services: &Api<Service>) {
    let other = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "istio-proxy", "image": "other" }] } } } });
    deployments
        .patch("w", &PatchParams::default(), &Patch::Strategic(&other))
        .await
        .unwrap();
    eventually("the image is back", || async {
        image(deployments).await.filter(|image| image == IMAGE.1)
    })
    .await;
    services.delete("w", &DeleteParams::default()).await.unwrap();
    eventually("the service is back", || async {
        services.get_opt("w").await.unwrap()
    })
    .await;
}

#[tokio::test]
async fn a_waypoint_is_run_with_the_configured_image_and_bound_once_it_is_ready() {
    let cluster = Cluster::start().await;
    cluster.gateway_api().await;
    let web = json!({ "metadata": { "name": "web", "labels": { "istio.io/use-waypoint": "w" } },
        "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80 }] } });
    cluster.put::<Service>("app", web).await;
    cluster.gateway("w", json!({})).await;
    cluster
        .gateway("theirs", json!({ "addresses": [{ "value": "192.0.2.1" }] }))
        .await;
    let plane = cluster.ready_plane(&[IMAGE]).await;
    let deployments: Api<Deployment> = Api::namespaced(cluster.admin.clone(), "app");
    let services: Api<Service> = Api::namespaced(cluster.admin.clone(), "app");
    let gateways: Api<Gateway> = Api::namespaced(cluster.admin.clone(), "app");
    let programmed = || async {
        let status = gateways.get("w").await.unwrap().status?;
        let one = status
            .conditions
            .into_iter()
            .find(|one| one.r#type == "Programmed")?;
        Some((one.status, status.addresses))
    };
    let image = eventually("it is run", || image(&deployments)).await;
    assert_eq!(image, IMAGE.1);
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.admin.clone(), "app");
    accounts.get("w").await.unwrap();
    let classes: Api<GatewayClass> = Api::all(cluster.admin.clone());
    classes.get("istio-waypoint").await.unwrap();

    // no pod of it is ready: nothing is bound, and it says so
    let (status, addresses) = eventually("it says so", programmed).await;
    assert_eq!((status.as_str(), addresses.len()), ("False", 0));
    let mut proxy = Proxy::synced(&cluster, &plane).await;
    assert_eq!(is_bound(&proxy), Some(false));

    let ready = json!({ "status": { "replicas": 1, "readyReplicas": 1 } });
    deployments
        .patch_status("w", &PatchParams::default(), &Patch::Merge(&ready))
        .await
        .unwrap();
    proxy
        .until("the service is bound", |proxy| is_bound(proxy) == Some(true))
        .await;
    let (status, addresses) = programmed().await.unwrap();
    let ip = services.get("w").await.unwrap().spec.unwrap().cluster_ip.unwrap();
    assert_eq!(
        (status.as_str(), addresses[0].value.as_str()),
        ("True", ip.as_str())
    );

    is_kept(&deployments, &services).await;
    // and one whose address is given is not ours to run
    assert_eq!(deployments.get_opt("theirs").await.unwrap(), None);
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn a_waypoint_is_run_as_its_gateway_s_parameters_say() {
    let cluster = Cluster::start().await;
    cluster.gateway_api().await;
    let data = json!({ "horizontalPodAutoscaler": "spec: {minReplicas: 2, maxReplicas: 5}",
        "podDisruptionBudget": "spec: {minAvailable: 1}", "deployment": "spec: {minReadySeconds: 7}" });
    let parameters = json!({ "metadata": { "name": "p" }, "data": data });
    cluster.put::<ConfigMap>("app", parameters).await;
    let reference = |name: &str| {
        json!({ "infrastructure": { "labels": { "team": "a" },
        "parametersRef": { "group": "", "kind": "ConfigMap", "name": name } } })
    };
    cluster.gateway("w", reference("p")).await;
    cluster.gateway("lost", reference("nowhere")).await;
    let plane = cluster.ready_plane(&[IMAGE]).await;
    let deployments: Api<Deployment> = Api::namespaced(cluster.admin.clone(), "app");
    let autoscalers: Api<HorizontalPodAutoscaler> = Api::namespaced(cluster.admin.clone(), "app");
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(cluster.admin.clone(), "app");
    let gateways: Api<Gateway> = Api::namespaced(cluster.admin.clone(), "app");

    let budget = eventually("a budget", || async { budgets.get_opt("w").await.unwrap() }).await;
    assert_eq!(budget.metadata.labels.unwrap()["team"], "a");
    let autoscaler = autoscalers.get("w").await.unwrap().spec.unwrap();
    assert_eq!((autoscaler.min_replicas, autoscaler.max_replicas), (Some(2), 5));
    let deployment = deployments.get("w").await.unwrap().spec.unwrap();
    assert_eq!(deployment.min_ready_seconds, Some(7));

    // what cannot be read is said, and nothing is made
    let reason = eventually("it says why", || async {
        let conditions = gateways.get("lost").await.unwrap().status?.conditions;
        let accepted = conditions.into_iter().find(|one| one.r#type == "Accepted")?;
        (accepted.status == "False").then_some(accepted.reason)
    });
    assert_eq!(reason.await, "InvalidParameters");
    assert_eq!(deployments.get_opt("lost").await.unwrap(), None);

    // and what is not asked for any more goes
    let nothing = json!({ "spec": { "infrastructure": null } });
    gateways
        .patch("w", &PatchParams::default(), &Patch::Merge(&nothing))
        .await
        .unwrap();
    eventually("both are gone", || async {
        let (autoscaler, budget) = (autoscalers.get_opt("w").await, budgets.get_opt("w").await);
        (autoscaler.unwrap().is_none() && budget.unwrap().is_none()).then_some(())
    })
    .await;
    plane.stop().await.unwrap();
}
