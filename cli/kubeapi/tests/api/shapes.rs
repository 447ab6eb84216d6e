//! What answers look like: tables, metadata only, warnings: `real-kubernetes.md` §6, behaviours 2 and 6.

use http::header;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, ListParams, PostParams};
use serde_json::{Value, json};

use crate::common::{Cluster, config_map, pod};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async fn get(cluster: &Cluster, path: &str, accept: &str) -> Value {
    let request = http::Request::get(path)
        .header(header::ACCEPT, accept)
        .body(Vec::new())
        .unwrap();
    cluster.admin().request(request).await.unwrap()
}

#[tokio::test]
async fn pods_are_shown_in_the_columns_of_kubectl() {
    let cluster = Cluster::start().await;
    let pods: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(cluster.admin(), "default");
    pods.create(&PostParams::default(), &pod("a")).await.unwrap();
    let table = get(&cluster, "/api/v1/namespaces/default/pods", TABLE).await;
    assert_eq!(table["kind"], "Table");
    let columns: Vec<&str> = table["columnDefinitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(columns[..5], ["Name", "Ready", "Status", "Restarts", "Age"]);
    assert_eq!(
        table["rows"][0]["cells"].as_array().unwrap()[..4],
        [json!("a"), json!("0/1"), json!("Pending"), json!("0")]
    );
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
}

#[tokio::test]
async fn metadata_alone_can_be_asked_for() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    maps.create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    let list = maps
        .list_metadata(&ListParams::default().fields("metadata.name=a"))
        .await
        .unwrap();
    assert_eq!(list.items.len(), 1);
    let one = get(
        &cluster,
        "/api/v1/namespaces/default/configmaps/a",
        "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    )
    .await;
    assert_eq!(
        (one["kind"].as_str(), one.get("data")),
        (Some("PartialObjectMetadata"), None)
    );
}

#[tokio::test]
async fn what_nothing_acts_on_is_stored_with_a_warning() {
    let cluster = Cluster::start().await;
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": { "name": "w" }, "spec": {},
    });
    let request = http::Request::post("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies")
        .header(header::CONTENT_TYPE, "application/json")
        .body(kube::client::Body::from(policy.to_string().into_bytes()))
        .unwrap();
    let answer = cluster.admin().send(request).await.unwrap();
    assert_eq!(answer.status(), 201);
    let warning = answer.headers()[header::WARNING].to_str().unwrap();
    assert!(
        warning.starts_with("299 - \"") && warning.contains("does not call"),
        "{warning}"
    );
}

#[tokio::test]
async fn openapi_says_which_writes_validate_fields_and_what_fields_there_are() {
    let cluster = Cluster::start().await;
    let index = get(&cluster, "/openapi/v3", "application/json").await;
    assert!(
        index["paths"]["apis/apps/v1"]["serverRelativeURL"]
            .as_str()
            .unwrap()
            .contains("?hash=")
    );
    let document = get(&cluster, "/openapi/v3/apis/apps/v1", "application/json").await;
    let patch = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    let parameters: Vec<&str> = patch["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect();
    assert!(parameters.contains(&"fieldValidation"));
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Deployment");
    assert!(
        document["components"]["schemas"]["io.k8s.api.apps.v1.DeploymentSpec"]["properties"]["replicas"]
            .is_object()
    );
}

#[tokio::test]
async fn an_impossible_shape_or_selector_is_refused() {
    let cluster = Cluster::start().await;
    for (path, accept, code) in [
        ("/api/v1/pods", "application/vnd.kubernetes.protobuf", 406),
        ("/api/v1/pods?labelSelector=a%20b", "application/json", 400),
        (
            "/api/v1/pods?fieldSelector=spec.nothing%3Da",
            "application/json",
            400,
        ),
        ("/api/v1/nothing", "application/json", 404),
        ("/apis/none.example.com/v1", "application/json", 404),
    ] {
        let request = http::Request::get(path)
            .header(header::ACCEPT, accept)
            .body(Vec::new())
            .unwrap();
        match cluster.admin().request::<Value>(request).await.unwrap_err() {
            kube::Error::Api(status) => assert_eq!(status.code, code, "{path}"),
            other => panic!("{other}"),
        }
    }
}
