//! Taints of nodes whose agent is ready.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::plane::{Cluster, SYSTEM, eventually};

const KEY: &str = "cni.istio.io/not-ready";

async fn taint(cluster: &Cluster, node: &str) {
    let nodes: Api<Node> = Api::all(cluster.admin.clone());
    let taints = json!({ "spec": { "taints": [
        { "key": "dedicated", "value": "x", "effect": "NoSchedule" },
        { "key": KEY, "effect": "NoSchedule" }, { "key": KEY, "effect": "NoExecute" }] } });
    nodes
        .patch(node, &PatchParams::default(), &Patch::Merge(&taints))
        .await
        .unwrap();
}

async fn taints(cluster: &Cluster, node: &str) -> Vec<String> {
    let nodes: Api<Node> = Api::all(cluster.admin.clone());
    let taints = nodes.get(node).await.unwrap().spec.unwrap_or_default().taints;
    taints.into_iter().flatten().map(|taint| taint.key).collect()
}

async fn agent(cluster: &Cluster, node: &str) {
    let pod = json!({
        "metadata": { "name": format!("agent-{node}"), "labels": { "k8s-app": "istio-cni-node" } },
        "spec": { "nodeName": node, "containers": [{ "name": "main", "image": "localhost/any:1" }] },
    });
    cluster.put::<Pod>(SYSTEM, pod).await;
}

async fn set_ready(cluster: &Cluster, node: &str, is: &str) {
    let status: Value =
        json!({ "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": is }] } });
    let pods: Api<Pod> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    pods.patch_status(
        &format!("agent-{node}"),
        &PatchParams::default(),
        &Patch::Merge(&status),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn taints_come_off_nodes_whose_agent_is_ready_and_others_stay() {
    let cluster = Cluster::start().await;
    let nodes: Api<Node> = Api::all(cluster.admin.clone());
    let second = serde_json::from_value(json!({ "metadata": { "name": "n2" } })).unwrap();
    nodes.create(&PostParams::default(), &second).await.unwrap();
    for node in ["n1", "n2"] {
        taint(&cluster, node).await;
        agent(&cluster, node).await;
    }
    set_ready(&cluster, "n1", "True").await;
    set_ready(&cluster, "n2", "False").await;
    let plane = cluster
        .ready_plane(&[("PILOT_ENABLE_NODE_UNTAINT_CONTROLLERS", "true")])
        .await;
    let is_clean = async |node: &str| (taints(&cluster, node).await == ["dedicated"]).then_some(());
    eventually("the ready one is clean", || is_clean("n1")).await;
    assert_eq!(taints(&cluster, "n2").await, ["dedicated", KEY, KEY]);
    set_ready(&cluster, "n2", "True").await;
    eventually("the other is clean too", || is_clean("n2")).await;
    // a node that comes back tainted
    taint(&cluster, "n1").await;
    eventually("it is clean again", || is_clean("n1")).await;
    plane.stop().await.unwrap();
}
