//! Installing into and removing from an embedded API: what is written, what is not, what is left.

use super::component::{label, title_of};
use super::plan::{Plan, Target, render};
use super::prune::fetch_labelled;
use super::remove::{Removal, Scope};
use super::run::{Done, Installation, Options};
use super::values::{Given, settle};
use super::{diff, kinds, plan};
use crate::exit::Exit;
use crate::testing::World;
use mesh_wire::well_known::label::{OPERATOR_COMPONENT, OPERATOR_OWNER};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const NO_WAIT: Options = Options {
    limit: None,
    adopts: false,
    is_atomic: false,
};

fn planned(sets: &[&str]) -> Plan {
    let given = Given {
        sets: sets.iter().map(|set| (*set).to_owned()).collect(),
        namespace: "istio-system".to_owned(),
        ..Given::default()
    };
    render(&settle(&given).unwrap(), &Target::default(), None).unwrap()
}

impl World {
    async fn install(&self, plan: &Plan, options: Options) -> Result<Done, crate::exit::Failure> {
        Installation::new(&self.cluster, plan, options, self.context.messages)
            .run()
            .await
    }

    /// Title and version of every object that carries a component label.
    async fn versions(&self) -> BTreeMap<String, String> {
        let mut all = fetch_labelled(&self.cluster, &kinds::REMOVABLE, OPERATOR_COMPONENT)
            .await
            .unwrap();
        all.append(
            &mut fetch_labelled(&self.cluster, &[kinds::DEFINITION], OPERATOR_COMPONENT)
                .await
                .unwrap(),
        );
        let version = |object: &Value| object["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
        all.iter()
            .map(|object| (title_of(object), version(object)))
            .collect()
    }
}

#[tokio::test]
async fn cli_c14_a_second_install_writes_nothing() {
    let world = World::start().await;
    let plan = planned(&[]);
    let first = world.install(&plan, NO_WAIT).await.unwrap();
    assert_eq!(
        first.written,
        plan.objects().count() + 1,
        "every object and the namespace"
    );
    let before = world.versions().await;
    assert_eq!(before.len(), plan.objects().count());
    let second = world.install(&plan, NO_WAIT).await.unwrap();
    assert_eq!(second, Done::default());
    assert_eq!(world.versions().await, before, "no object has a new version");
}

#[tokio::test]
async fn cli_c14_only_what_differs_is_written_and_what_is_gone_is_pruned() {
    let world = World::start().await;
    world
        .install(&planned(&["global.networkPolicy.enabled=true"]), NO_WAIT)
        .await
        .unwrap();
    let changed = world
        .install(
            &planned(&[
                "global.networkPolicy.enabled=true",
                "global.logging.level=default:debug",
            ]),
            NO_WAIT,
        )
        .await
        .unwrap();
    assert!(changed.written > 0 && changed.written < 6, "{changed:?}");
    let pruned = world
        .install(&planned(&["global.logging.level=default:debug"]), NO_WAIT)
        .await
        .unwrap();
    assert_eq!(
        pruned,
        Done {
            written: 0,
            pruned: 3
        }
    );
    let left = fetch_labelled(&world.cluster, &kinds::REMOVABLE, OPERATOR_COMPONENT)
        .await
        .unwrap();
    assert!(left.iter().all(|object| object["kind"] != "NetworkPolicy"));
}

#[tokio::test]
async fn what_another_owner_has_is_taken_over_only_when_asked() {
    let world = World::start().await;
    let mut foreign = planned(&[]);
    for object in foreign.parts.iter_mut().flat_map(|part| &mut part.objects) {
        object["metadata"]["labels"][OPERATOR_OWNER] = json!("unknown");
    }
    foreign.owner = "unknown".to_owned();
    world.install(&foreign, NO_WAIT).await.unwrap();
    let before = world.versions().await;
    let ours = planned(&[]);
    assert_eq!(
        world.install(&ours, NO_WAIT).await.unwrap(),
        Done::default(),
        "all is as it would be"
    );
    let other = planned(&["global.logging.level=default:debug"]);
    let refused = world.install(&other, NO_WAIT).await.unwrap_err();
    assert!(refused.hint.unwrap().contains("--adopt"));
    assert_eq!(world.versions().await, before, "nothing half-changed");
    world
        .install(
            &ours,
            Options {
                adopts: true,
                ..NO_WAIT
            },
        )
        .await
        .unwrap();
    let all = fetch_labelled(&world.cluster, &kinds::REMOVABLE, OPERATOR_COMPONENT)
        .await
        .unwrap();
    assert!(
        all.iter()
            .all(|object| label(object, OPERATOR_OWNER) == Some("installed-state"))
    );
}

#[tokio::test]
async fn cli_c14_what_does_not_become_ready_is_named_with_its_reason() {
    let world = World::start().await;
    let options = Options {
        limit: Some(Duration::from_millis(300)),
        ..NO_WAIT
    };
    let failed = world.install(&planned(&[]), options).await.unwrap_err();
    assert_eq!(failed.exit, Exit::TimedOut);
    let causes = failed.causes.join("\n");
    assert!(
        causes.contains("Istiod is not ready") && causes.contains("CNI is not ready"),
        "{causes}"
    );
    let proxies = world
        .cluster
        .get("/apis/apps/v1/namespaces/istio-system/daemonsets/ztunnel")
        .await
        .unwrap();
    assert_eq!(proxies, None, "the proxy waits for both");
}

#[tokio::test]
async fn cli_c16_a_revision_goes_alone_and_a_purge_takes_all() {
    let world = World::start().await;
    world.install(&planned(&[]), NO_WAIT).await.unwrap();
    let canary = planned(&[
        "revision=canary",
        "components.base.enabled=false",
        "components.cni.enabled=false",
        "components.ztunnel.enabled=false",
    ]);
    world.install(&canary, NO_WAIT).await.unwrap();
    let removal = Removal::new(
        &world.cluster,
        world.context.messages,
        "istio-system".to_owned(),
        Duration::from_secs(5),
    );
    let objects = removal
        .fetch_objects(&Scope::Owner(canary.owner.clone()))
        .await
        .unwrap();
    assert_eq!(objects.len(), canary.objects().count());
    removal.remove(&objects).await.unwrap();
    let left = world.versions().await;
    assert_eq!(left.len(), planned(&[]).objects().count());
    let all = removal.fetch_objects(&Scope::Purge).await.unwrap();
    removal.remove(&all).await.unwrap();
    removal.remove_leftovers().await.unwrap();
    let definitions = removal.fetch_definitions().await.unwrap();
    assert_eq!(definitions.len(), 15);
    removal.remove_and_wait(&definitions).await.unwrap();
    assert_eq!(world.versions().await, BTreeMap::new());
    // a second run finds nothing, and that is fine
    assert!(removal.fetch_objects(&Scope::Purge).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_namespace_that_was_there_before_is_left_as_it_was() {
    let world = World::start().await;
    let mut namespace = plan::namespace("istio-system");
    namespace["metadata"]["labels"] = json!({"team": "mesh"});
    world
        .cluster
        .send(
            "make it",
            "POST",
            "/api/v1/namespaces",
            ("application/json", &namespace),
        )
        .await
        .unwrap();
    world.install(&planned(&[]), NO_WAIT).await.unwrap();
    let live = world
        .cluster
        .get("/api/v1/namespaces/istio-system")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(label(&live, plan::CREATED_LABEL), None);
    let removal = Removal::new(
        &world.cluster,
        world.context.messages,
        "istio-system".to_owned(),
        Duration::from_secs(5),
    );
    removal.remove_namespace().await.unwrap();
    assert!(
        world
            .cluster
            .get("/api/v1/namespaces/istio-system")
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn an_atomic_install_that_fails_leaves_what_was_there() {
    let world = World::start().await;
    world.install(&planned(&[]), NO_WAIT).await.unwrap();
    let before = world.written().await;
    let options = Options {
        limit: Some(Duration::from_millis(300)),
        is_atomic: true,
        ..NO_WAIT
    };
    let other = planned(&[
        "global.networkPolicy.enabled=true",
        "global.logging.level=default:debug",
    ]);
    let failed = world.install(&other, options).await.unwrap_err();
    assert_eq!(failed.exit, Exit::TimedOut);
    assert!(
        failed.causes.iter().any(|cause| cause.contains("put back")),
        "{failed:?}"
    );
    assert_eq!(world.written().await, before);
    // and the next one finds nothing to do
    assert_eq!(
        world.install(&planned(&[]), NO_WAIT).await.unwrap(),
        Done::default()
    );
}

#[tokio::test]
async fn an_atomic_first_install_that_fails_leaves_definitions_alone() {
    let world = World::start().await;
    let options = Options {
        limit: Some(Duration::from_millis(300)),
        is_atomic: true,
        ..NO_WAIT
    };
    world.install(&planned(&[]), options).await.unwrap_err();
    let left = world.written().await;
    assert!(
        left.keys()
            .all(|title| title.starts_with("CustomResourceDefinition/")),
        "{left:?}"
    );
    assert_eq!(left.len(), 15);
    let namespace = world
        .cluster
        .get("/api/v1/namespaces/istio-system")
        .await
        .unwrap();
    assert!(namespace.is_none_or(|one| !one["metadata"]["deletionTimestamp"].is_null()));
}

impl World {
    /// Every object that carries a component label, without what the server notes.
    async fn written(&self) -> BTreeMap<String, Value> {
        let mut all = fetch_labelled(&self.cluster, &kinds::REMOVABLE, OPERATOR_COMPONENT)
            .await
            .unwrap();
        let definitions = fetch_labelled(&self.cluster, &[kinds::DEFINITION], OPERATOR_COMPONENT);
        all.append(&mut definitions.await.unwrap());
        all.into_iter()
            .map(|object| (title_of(&object), diff::written(&object)))
            .collect()
    }
}
