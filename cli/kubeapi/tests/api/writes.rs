//! Server-side apply, field validation, and custom resources: `real-kubernetes.md` §6, behaviours 5, 6 and 8.

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, WatchParams,
};
use kube::core::GroupVersionKind;
use serde_json::{Value, json};

use crate::common::Cluster;

fn reason(error: &kube::Error) -> (u16, String) {
    match error {
        kube::Error::Api(status) => (status.code, status.message.clone()),
        other => panic!("not a Status: {other}"),
    }
}

fn deployment(replicas: Option<i32>, image: &str) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": image }] },
            },
        },
    });
    if let Some(replicas) = replicas {
        object["spec"]["replicas"] = replicas.into();
    }
    object
}

#[tokio::test]
async fn two_managers_do_not_fight_over_a_field() {
    let cluster = Cluster::start().await;
    let deployments: Api<Deployment> = Api::namespaced(cluster.admin(), "default");
    let apply = PatchParams::apply("one");
    let made = deployments
        .patch("web", &apply, &Patch::Apply(deployment(Some(2), "a:1")))
        .await
        .unwrap();
    assert_eq!(
        made.metadata.managed_fields.as_ref().unwrap()[0]
            .manager
            .as_deref(),
        Some("one")
    );
    let other = PatchParams::apply("two");
    let refused = deployments
        .patch("web", &other, &Patch::Apply(deployment(Some(3), "a:1")))
        .await
        .unwrap_err();
    let (code, message) = reason(&refused);
    assert_eq!(code, 409);
    assert!(
        message.contains(".spec.replicas") && message.contains("\"one\""),
        "{message}"
    );
    let forced = deployments
        .patch("web", &other.force(), &Patch::Apply(deployment(Some(3), "a:1")))
        .await
        .unwrap();
    assert_eq!(forced.spec.unwrap().replicas, Some(3));
    // one gives up what it no longer holds without taking it from the other
    let again = deployments
        .patch("web", &apply, &Patch::Apply(deployment(None, "a:1")))
        .await
        .unwrap();
    assert_eq!(again.spec.unwrap().replicas, Some(3));
}

#[tokio::test]
async fn an_apply_that_changes_nothing_is_no_change() {
    let cluster = Cluster::start().await;
    let deployments: Api<Deployment> = Api::namespaced(cluster.admin(), "default");
    let apply = PatchParams::apply("one");
    let first = deployments
        .patch("web", &apply, &Patch::Apply(deployment(Some(2), "a:1")))
        .await
        .unwrap();
    let second = deployments
        .patch("web", &apply, &Patch::Apply(deployment(Some(2), "a:1")))
        .await
        .unwrap();
    assert_eq!(first.metadata.resource_version, second.metadata.resource_version);
}

#[tokio::test]
async fn unknown_and_mistyped_fields_are_refused() {
    let cluster = Cluster::start().await;
    let deployments: Api<Deployment> = Api::namespaced(cluster.admin(), "default");
    let mut strict = PatchParams::apply("one");
    strict.field_validation = Some(kube::api::ValidationDirective::Strict);
    let mut unknown = deployment(Some(1), "a:1");
    unknown["spec"]["replica"] = 2.into();
    let refused = deployments
        .patch("web", &strict, &Patch::Apply(unknown))
        .await
        .unwrap_err();
    assert!(
        reason(&refused).1.contains("unknown field \"spec.replica\""),
        "{refused}"
    );
    let mut mistyped = deployment(None, "a:1");
    mistyped["spec"]["replicas"] = "two".into();
    let refused = deployments
        .patch("web", &PatchParams::apply("one"), &Patch::Apply(mistyped))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused).0, 400);
}

fn definition() -> CustomResourceDefinition {
    serde_json::from_value(json!({
        "metadata": { "name": "gadgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "plural": "gadgets", "kind": "Gadget", "shortNames": ["gd"] },
            "versions": [
                {
                    "name": "v1", "served": true, "storage": true, "subresources": { "status": {} },
                    "schema": { "openAPIV3Schema": { "type": "object", "properties": {
                        "spec": { "type": "object", "required": ["size"], "properties": {
                            "size": { "type": "integer", "minimum": 1 }, "color": { "type": "string", "default": "red" },
                        } },
                        "status": { "type": "object", "properties": { "ready": { "type": "boolean" } } },
                    } } },
                },
                {
                    "name": "v1beta1", "served": true, "storage": false,
                    "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
                },
            ],
        },
    }))
    .unwrap()
}

fn gadgets(cluster: &Cluster, version: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("example.com", version, "Gadget");
    Api::namespaced_with(
        cluster.admin(),
        "default",
        &ApiResource::from_gvk_with_plural(&kind, "gadgets"),
    )
}

fn gadget(name: &str, spec: &Value) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "example.com/v1", "kind": "Gadget", "metadata": { "name": name }, "spec": spec,
    }))
    .unwrap()
}

#[tokio::test]
async fn a_definition_opens_routes_that_prune_and_default() {
    let cluster = Cluster::start().await;
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.admin());
    definitions
        .create(&PostParams::default(), &definition())
        .await
        .unwrap();
    let api = gadgets(&cluster, "v1");
    let made = api
        .create(
            &PostParams::default(),
            &gadget("a", &json!({ "size": 1, "stray": true })),
        )
        .await
        .unwrap();
    assert_eq!(made.data["spec"], json!({ "size": 1, "color": "red" }));
    let other = gadgets(&cluster, "v1beta1").get("a").await.unwrap();
    assert_eq!(other.types.unwrap().api_version, "example.com/v1beta1");
    let discovery = kube::Discovery::new(cluster.admin()).run().await.unwrap();
    assert!(discovery.has_group("example.com"));
}

#[tokio::test]
async fn status_and_spec_of_a_custom_object_are_written_apart() {
    let cluster = Cluster::start().await;
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.admin());
    definitions
        .create(&PostParams::default(), &definition())
        .await
        .unwrap();
    let api = gadgets(&cluster, "v1");
    api.create(&PostParams::default(), &gadget("a", &json!({ "size": 1 })))
        .await
        .unwrap();
    let patch = json!({ "spec": { "size": 9 }, "status": { "ready": true } });
    let after = api
        .patch_status("a", &PatchParams::default(), &Patch::Merge(&patch))
        .await
        .unwrap();
    assert_eq!(
        (&after.data["spec"]["size"], &after.data["status"]["ready"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(after.metadata.generation, Some(1));
    let patch = json!({ "spec": { "size": 2 }, "status": { "ready": false } });
    let after = api
        .patch("a", &PatchParams::default(), &Patch::Merge(&patch))
        .await
        .unwrap();
    assert_eq!(
        (&after.data["spec"]["size"], &after.data["status"]["ready"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(after.metadata.generation, Some(2));
}

#[tokio::test]
async fn a_definition_that_goes_takes_its_objects_and_routes_along() {
    let cluster = Cluster::start().await;
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.admin());
    let made = definitions
        .create(&PostParams::default(), &definition())
        .await
        .unwrap();
    let api = gadgets(&cluster, "v1");
    api.create(&PostParams::default(), &gadget("a", &json!({ "size": 1 })))
        .await
        .unwrap();
    let uid = made.metadata.uid.unwrap();
    let condition = kube::runtime::conditions::is_deleted(&uid);
    let gone = kube::runtime::wait::await_condition(definitions.clone(), "gadgets.example.com", condition);
    definitions
        .delete("gadgets.example.com", &DeleteParams::default())
        .await
        .unwrap();
    gone.await.unwrap();
    assert_eq!(
        reason(&api.list(&ListParams::default()).await.unwrap_err()).0,
        404
    );
}

#[tokio::test]
async fn a_watch_ends_with_its_definition() {
    let cluster = Cluster::start().await;
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.admin());
    definitions
        .create(&PostParams::default(), &definition())
        .await
        .unwrap();
    let api = gadgets(&cluster, "v1");
    let events = api.watch(&WatchParams::default(), "0").await.unwrap();
    definitions
        .delete("gadgets.example.com", &DeleteParams::default())
        .await
        .unwrap();
    let seen: Vec<_> = events.collect().await;
    assert!(seen.is_empty(), "{seen:?}");
}

#[tokio::test]
async fn an_object_that_its_schema_forbids_is_refused_with_the_field() {
    let cluster = Cluster::start().await;
    let definitions: Api<CustomResourceDefinition> = Api::all(cluster.admin());
    definitions
        .create(&PostParams::default(), &definition())
        .await
        .unwrap();
    let api = gadgets(&cluster, "v1");
    for (bad, field) in [
        (json!({ "size": 0 }), "spec.size"),
        (json!({ "size": "x" }), "spec.size"),
        (json!({}), "spec.size"),
    ] {
        let refused = api
            .create(&PostParams::default(), &gadget("b", &bad))
            .await
            .unwrap_err();
        let (code, message) = reason(&refused);
        assert!(code == 422 && message.contains(field), "{bad}: {code} {message}");
    }
}
