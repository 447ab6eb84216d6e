//! Which proxy is asked, against an embedded API.

use super::*;
use crate::testing::World;
use serde_json::json;

async fn create(world: &World, path: &str, object: &Value) {
    let body = ("application/json", object);
    world
        .cluster
        .send("cannot create", "POST", path, body)
        .await
        .unwrap();
}

async fn pod(world: &World, namespace: &str, name: &str, (app, node): (&str, &str)) {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"containers": [{"name": "c", "image": "i"}]}});
    if !node.is_empty() {
        pod["spec"]["nodeName"] = node.into();
    }
    create(world, &format!("/api/v1/namespaces/{namespace}/pods"), &pod).await;
}

/// Two nodes with a proxy each, an ordinary pod on the second, and one without a node.
async fn world() -> World {
    let world = World::start().await;
    let system = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}});
    create(&world, "/api/v1/namespaces", &system).await;
    pod(&world, "istio-system", "ztunnel-a", ("ztunnel", "a")).await;
    pod(&world, "istio-system", "ztunnel-b", ("ztunnel", "b")).await;
    pod(&world, "default", "web", ("web", "b")).await;
    pod(&world, "default", "waiting", ("web", "")).await;
    world
}

async fn choose(
    world: &World,
    given: Option<&str>,
    node: Option<&str>,
    is_per_node: bool,
) -> Result<Chosen, Failure> {
    let choice = Choice {
        pod: given.map(str::to_owned),
        node: node.map(str::to_owned),
        is_per_node,
    };
    let places = Places {
        system: "istio-system".to_owned(),
        given: None,
    };
    Box::pin(world.cluster.choose_ztunnel(&choice, &places)).await
}

#[tokio::test]
async fn cli_c08_each_rule_of_choosing_a_proxy_holds() {
    let world = world().await;
    let named = async |word: Option<&'static str>, node, is_per_node| {
        choose(&world, word, node, is_per_node)
            .await
            .map(|chosen| chosen.pod)
    };
    assert_eq!(named(None, Some("a"), true).await.unwrap(), "ztunnel-a");
    assert_eq!(named(Some("ztunnel-b"), None, true).await.unwrap(), "ztunnel-b");
    assert_eq!(
        named(Some("pod/ztunnel-b.istio-system"), None, true)
            .await
            .unwrap(),
        "ztunnel-b"
    );
    assert!(named(None, None, false).await.unwrap().starts_with("ztunnel-"));
    for (word, node, is_per_node, why) in [
        (None, None, true, "ztunnel pod name or --node must be set"),
        (None, Some("c"), false, "no ztunnel pod on node `c`"),
        (
            Some("deployment/web"),
            None,
            false,
            "`deployment` cannot be resolved",
        ),
        (Some("waiting.default"), None, false, "not scheduled"),
        (
            Some("nobody"),
            None,
            false,
            "not found in namespace `istio-system` or `default`",
        ),
    ] {
        let failure = named(word, node, is_per_node).await.unwrap_err();
        assert!(failure.message.contains(why), "{}", failure.message);
    }
}

#[tokio::test]
async fn cli_c09_an_ordinary_pod_stands_for_its_nodes_proxy_and_is_remembered() {
    let world = world().await;
    let chosen = choose(&world, Some("web.default"), None, true).await.unwrap();
    assert_eq!((chosen.pod.as_str(), chosen.node.as_str()), ("ztunnel-b", "b"));
    assert_eq!(chosen.target, Some(("web".to_owned(), "default".to_owned())));
    // without a namespace the context's own is looked in too
    let bare = choose(&world, Some("web"), None, true).await.unwrap();
    assert_eq!(bare.target, chosen.target);
}
