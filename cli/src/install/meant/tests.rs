//! Drift of an installation in an embedded API, made by others through the same API.

use super::super::drift::Cause;
use super::super::run::{Installation, Options};
use super::*;
use crate::testing::World;

async fn installed(sets: &[&str]) -> World {
    let world = World::start().await;
    let settings = values::settle(&Given {
        sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        namespace: "istio-system".to_owned(),
        ..Given::default()
    });
    let settings = settings.unwrap();
    let plan = record::render(&settings, &Target::default(), None).unwrap();
    let options = Options {
        limit: None,
        adopts: false,
        is_atomic: false,
    };
    let installation = Installation::new(&world.cluster, &plan, options, world.context.messages);
    installation.run().await.unwrap();
    world
}

async fn drift(world: &World) -> Vec<Drift> {
    let target = Target::default();
    let all = Meant::fetch_recorded(&world.cluster, "istio-system", "installed-state", (&target, None));
    let all = all.await.unwrap();
    assert_eq!(all.len(), 1);
    all[0].fetch_drift(&world.cluster).await.unwrap()
}

async fn patch(world: &World, path: &str, body: Value) {
    let send = ("application/merge-patch+json", &body);
    world.cluster.send("patch", "PATCH", path, send).await.unwrap();
}

#[tokio::test]
async fn what_was_installed_is_not_drift_whatever_it_was_made_with() {
    for sets in [&[][..], &["global.networkPolicy.enabled=true", "pilot.env.A=b"]] {
        let world = installed(sets).await;
        assert_eq!(drift(&world).await, []);
    }
}

/// A change by hand, one by a controller of the mesh, a deletion, and something left over.
async fn disturb(world: &World) {
    let system = "/apis/apps/v1/namespaces/istio-system";
    let grace = json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 7}}}});
    patch(
        world,
        &format!("{system}/daemonsets/ztunnel?fieldManager=kubectl-edit"),
        grace,
    )
    .await;
    let replicas = json!({"metadata": {"labels": {"app": "other"}}});
    patch(
        world,
        &format!("{system}/deployments/istiod?fieldManager=istiod"),
        replicas,
    )
    .await;
    let account = "/api/v1/namespaces/istio-system/serviceaccounts/ztunnel";
    world
        .cluster
        .delete(account, crate::cluster::Deletion::Background)
        .await
        .unwrap();
    let extra = json!({"metadata": {"name": "old", "labels": {
        "install.operator.istio.io/owning-resource": "installed-state",
    }}});
    world
        .create("/api/v1/namespaces/istio-system/configmaps", &extra)
        .await;
}

#[tokio::test]
async fn each_cause_is_told_from_the_others() {
    let world = installed(&[]).await;
    disturb(&world).await;
    let mut found: Vec<_> = drift(&world)
        .await
        .into_iter()
        .map(|one| (one.cause, one.object, one.field, one.manager))
        .collect();
    found.sort();
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        (
            Cause::Missing,
            "ServiceAccount/istio-system/ztunnel".to_owned(),
            None,
            None,
        ),
        (Cause::Extra, "ConfigMap/istio-system/old".to_owned(), None, None),
        (
            Cause::Manual,
            "DaemonSet/istio-system/ztunnel".to_owned(),
            text(".spec.template.spec.terminationGracePeriodSeconds"),
            text("kubectl-edit"),
        ),
        (
            Cause::Controller,
            "Deployment/istio-system/istiod".to_owned(),
            text(".metadata.labels.app"),
            text("istiod"),
        ),
    ];
    assert_eq!(found, expected);
    let rules = ignore_rules(&drift(&world).await);
    assert_eq!(
        rules,
        [
            json!({"group": "apps", "kind": "Deployment", "name": "istiod", "jqPathExpressions": [".metadata.labels.app"]})
        ]
    );
}
