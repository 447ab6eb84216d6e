//! The commands against an API.

use super::*;
use crate::testing::World;
use clap::Parser;
use serde_json::json;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    waypoint: Waypoint,
}

const GATEWAYS: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways";

async fn run(world: &World, words: &str) -> Result<Exit, Failure> {
    let words = std::iter::once("waypoint").chain(words.split(' '));
    let line = Line::try_parse_from(words).unwrap();
    let mut context = world.context.clone();
    context.globals.namespace = Some("shop".to_owned());
    Box::pin(line.waypoint.run(&context)).await
}

async fn create(world: &World, path: &str, object: Value) {
    let create = ("application/json", &object);
    world
        .cluster
        .send("cannot create", "POST", path, create)
        .await
        .unwrap();
}

async fn with_definitions() -> World {
    let world = World::start().await;
    create(
        &world,
        "/api/v1/namespaces",
        json!({"metadata": {"name": "shop"}}),
    )
    .await;
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "gateways.gateway.networking.k8s.io",
            "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/2466"},
        },
        "spec": {
            "group": "gateway.networking.k8s.io",
            "scope": "Namespaced",
            "names": {"kind": "Gateway", "listKind": "GatewayList", "plural": "gateways", "singular": "gateway"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
    });
    create(
        &world,
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        definition,
    )
    .await;
    world
}

#[tokio::test]
async fn cli_c17_without_definitions_the_error_says_so() {
    let world = World::start().await;
    let failure = run(&world, "list").await.unwrap_err();
    assert!(
        failure.message.contains("does not know the kind `Gateway`"),
        "{}",
        failure.message
    );
    assert!(failure.hint.is_some());
    assert_eq!(
        run(&world, "--name none list").await.unwrap_err().exit,
        Exit::Usage
    );
    assert_eq!(run(&world, "delete").await.unwrap_err().exit, Exit::Usage);
}

#[tokio::test]
async fn cli_c17_a_waypoint_is_applied_enrolled_and_deleted_and_others_stay() {
    let world = with_definitions().await;
    let names = async || -> Vec<String> {
        let all = world.cluster.list(GATEWAYS).await.unwrap();
        all.iter().map(|one| key(one).1).collect()
    };
    // the field's scripts write a word behind the flag
    let applied = run(&world, "apply --for service --enroll-namespace true").await;
    assert_eq!(applied.unwrap(), Exit::Ok);
    let other = json!({"apiVersion": API, "kind": "Gateway", "metadata": {"name": "edge"}, "spec": {"gatewayClassName": "nginx"}});
    create(&world, GATEWAYS, other).await;
    assert_eq!(names().await, ["edge", "waypoint"]);
    let path = "/api/v1/namespaces/shop";
    let namespace = world.cluster.get(path).await.unwrap().unwrap();
    assert_eq!(
        namespace["metadata"]["labels"]["istio.io/use-waypoint"],
        "waypoint"
    );
    // another one does not take the namespace over by accident
    assert_eq!(
        run(&world, "--name second apply --enroll-namespace")
            .await
            .unwrap(),
        Exit::Error
    );
    let taken = run(&world, "--name second apply --enroll-namespace --overwrite").await;
    assert_eq!(taken.unwrap(), Exit::Ok);
    let namespace = world.cluster.get(path).await.unwrap().unwrap();
    assert_eq!(namespace["metadata"]["labels"]["istio.io/use-waypoint"], "second");
    // nobody programs it here
    let failure = run(&world, "apply --wait --waypoint-timeout 0")
        .await
        .unwrap_err();
    assert_eq!(failure.exit, Exit::TimedOut);
    assert_eq!(failure.causes, ["no controller has taken it"]);
    assert_eq!(run(&world, "status -o json").await.unwrap(), Exit::Ok);
    let waited = run(&world, "status --wait --waypoint-timeout 0")
        .await
        .unwrap_err();
    assert!(
        waited.message.contains("shop/second, shop/waypoint"),
        "{}",
        waited.message
    );
    // a Gateway of another class is no waypoint
    assert_eq!(run(&world, "delete edge waypoint").await.unwrap(), Exit::Ok);
    assert_eq!(names().await, ["edge", "second"]);
    assert_eq!(run(&world, "delete --revision blue").await.unwrap(), Exit::Ok);
    assert_eq!(names().await, ["edge", "second"]);
    assert_eq!(run(&world, "delete --all").await.unwrap(), Exit::Ok);
    assert_eq!(names().await, ["edge"]);
}
