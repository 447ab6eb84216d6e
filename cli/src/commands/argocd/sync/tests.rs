//! Against an embedded API with Argo CD's definition, where the test plays Argo CD's controller.

use super::*;
use crate::commands::argocd::status::{Row, Status};
use crate::install::apply;
use crate::testing::World;
use clap::Parser;
use serde_json::{Value, json};

const APPLICATIONS: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";

#[derive(Debug, Parser)]
struct Line<T: Args> {
    #[command(flatten)]
    command: T,
}

fn parse<T: Args>(words: &[&str]) -> T {
    let words = ["x"].iter().chain(words);
    Line::<T>::try_parse_from(words).unwrap().command
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "applications.argoproj.io"},
        "spec": {
            "group": "argoproj.io", "scope": "Namespaced",
            "names": {"kind": "Application", "plural": "applications", "singular": "application"},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            }}}],
        },
    })
}

fn application(chart: &str, wave: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {
            "name": chart, "namespace": "argocd",
            "annotations": {"argocd.argoproj.io/sync-wave": wave},
        },
        "spec": {
            "destination": {"namespace": "istio-system"},
            "source": {"path": format!("manifests/charts/{chart}"), "helm": {"valuesObject": {"profile": "ambient"}}},
            "syncPolicy": {"syncOptions": ["ServerSideApply=true"]},
        },
    })
}

async fn world(charts: &[(&str, &str)]) -> World {
    let world = World::start().await;
    world
        .create(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            &definition(),
        )
        .await;
    for name in ["argocd", "istio-system"] {
        world
            .create("/api/v1/namespaces", &json!({"metadata": {"name": name}}))
            .await;
    }
    for (chart, wave) in charts {
        world.create(APPLICATIONS, &application(chart, wave)).await;
    }
    world
}

/// What Argo CD does about an application: applies its chart when asked, then reports.
async fn reconcile(cluster: &Cluster, document: Value, is_failing: bool) {
    let name = document["metadata"]["name"].as_str().unwrap().to_owned();
    let is_asked = document.get("operation").is_some();
    let target = fetch_target(cluster).await.unwrap();
    let meant = Meant::argocd(&Application::read(document), &target, (None, None)).unwrap();
    if is_asked && !is_failing {
        let objects = meant.plan.objects().cloned().collect();
        let pairs = apply::fetch_pairs(cluster, objects).await.unwrap();
        apply::apply(cluster, &pairs, &meant.manager).await.unwrap();
    }
    let found = meant.fetch_drift(cluster).await.unwrap();
    let resources: Vec<Value> = found
        .iter()
        .map(|one| {
            let parts: Vec<&str> = one.object.split('/').collect();
            let mut resource =
                json!({"kind": parts[0], "name": parts[parts.len() - 1], "status": "OutOfSync"});
            if let [_, namespace, _] = parts[..] {
                resource["namespace"] = json!(namespace);
            }
            resource
        })
        .collect();
    let sync = if found.is_empty() { "Synced" } else { "OutOfSync" };
    let mut report = json!({"status": {
        "sync": {"status": sync}, "health": {"status": "Healthy"}, "resources": resources,
    }});
    if is_asked {
        let phase = if is_failing { "Failed" } else { "Succeeded" };
        report["operation"] = Value::Null;
        report["status"]["operationState"] =
            json!({"startedAt": "2026-01-01T00:00:00Z", "phase": phase, "message": "no such chart"});
    }
    let path = format!("{APPLICATIONS}/{name}");
    cluster
        .send(
            "report",
            "PATCH",
            &path,
            ("application/merge-patch+json", &report),
        )
        .await
        .unwrap();
}

/// Argo CD's controller as far as the test needs it, and the order in which it was asked to sync.
#[derive(Default)]
struct Controller {
    is_failing: bool,
    order: std::sync::Mutex<Vec<String>>,
}

impl Controller {
    /// Plays the controller while a command runs.
    async fn beside<T>(&self, world: &World, command: impl Future<Output = T>) -> T {
        let play = async {
            loop {
                for document in world.cluster.list(APPLICATIONS).await.unwrap() {
                    if document.get("operation").is_some() {
                        let name = document["metadata"]["name"].as_str().unwrap().to_owned();
                        self.order.lock().unwrap().push(name);
                        reconcile(&world.cluster, document, self.is_failing).await;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            done = Box::pin(command) => done,
            () = Box::pin(play) => unreachable!("it never ends"),
        }
    }

    async fn sync(&self, world: &World, words: &[&str]) -> Result<Exit, Failure> {
        self.beside(world, parse::<Sync>(words).run(&world.context)).await
    }

    fn order(&self) -> Vec<String> {
        self.order.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn applications_are_synced_wave_after_wave_and_then_in_sync() {
    let world = world(&[("ztunnel", "-42"), ("base", "-45"), ("cni", "-43")]).await;
    let controller = Controller::default();
    assert_eq!(controller.sync(&world, &["-y"]).await.unwrap(), Exit::Ok);
    assert_eq!(controller.order(), ["base", "cni", "ztunnel"]);
    // nothing is left to do, and nothing is asked for
    controller.sync(&world, &["-y"]).await.unwrap();
    assert_eq!(controller.order().len(), 3);
    // but force asks again
    controller.sync(&world, &["-y", "--force", "cni"]).await.unwrap();
    assert_eq!(controller.order().last().unwrap(), "cni");
}

#[tokio::test]
async fn a_sync_that_fails_says_what_argo_says_and_stops() {
    let world = world(&[("ztunnel", "-42"), ("base", "-45")]).await;
    let controller = Controller {
        is_failing: true,
        ..Controller::default()
    };
    let failure = controller.sync(&world, &["-y"]).await.unwrap_err();
    assert_eq!(failure.causes, ["no such chart"]);
    assert_eq!(controller.order(), ["base"]);
}

#[tokio::test]
async fn what_is_not_answered_in_time_is_said_so() {
    let world = world(&[("base", "-45")]).await;
    let sync = parse::<Sync>(&["-y", "--timeout", "1s"]);
    let failure = sync.run(&world.context).await.unwrap_err();
    assert_eq!(failure.exit, Exit::TimedOut);
    // the request is still there, so a second one is refused
    let again = parse::<Sync>(&["-y"]).run(&world.context).await.unwrap_err();
    assert!(
        again.message.contains("being synced already"),
        "{}",
        again.message
    );
    let unknown = parse::<Sync>(&["-y", "nope"])
        .run(&world.context)
        .await
        .unwrap_err();
    assert_eq!(unknown.exit, Exit::Usage);
}

#[tokio::test]
async fn status_tells_what_somebody_changed_from_what_only_looks_so() {
    let world = world(&[("ztunnel", "-42")]).await;
    Controller::default().sync(&world, &["-y"]).await.unwrap();
    let rows = async |status: &Status| -> Vec<Row> {
        let applications = world.cluster.fetch_applications("istio-system").await.unwrap();
        status.rows(&world.cluster, &applications[0]).await.unwrap()
    };
    let status = parse::<Status>(&[]);
    assert_eq!(rows(&status).await[0].out_of_sync, None);
    // a person changes the node proxy, and Argo CD wrongly reports the service account too
    let path = "/apis/apps/v1/namespaces/istio-system/daemonsets/ztunnel?fieldManager=kubectl-edit";
    let change = json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 7}}}});
    let send = ("application/merge-patch+json", &change);
    world.cluster.send("edit", "PATCH", path, send).await.unwrap();
    let resource = |kind: &str| json!({"kind": kind, "namespace": "istio-system", "name": "ztunnel", "status": "OutOfSync"});
    let report = json!({"status": {
        "sync": {"status": "OutOfSync"}, "resources": [resource("DaemonSet"), resource("ServiceAccount")],
    }});
    let send = ("application/merge-patch+json", &report);
    let path = format!("{APPLICATIONS}/ztunnel");
    world.cluster.send("report", "PATCH", &path, send).await.unwrap();
    let found = rows(&status).await;
    let facts: Vec<_> = found
        .iter()
        .map(|row| (row.out_of_sync.as_deref().unwrap(), row.is_cosmetic))
        .collect();
    let expected = [
        ("DaemonSet/istio-system/ztunnel", Some(false)),
        ("ServiceAccount/istio-system/ztunnel", Some(true)),
    ];
    assert_eq!(facts, expected);
    let cause = found[0].cause.as_deref().unwrap();
    assert!(cause.contains("kubectl-edit"), "{cause}");
    assert_eq!(status.run(&world.context).await.unwrap(), Exit::Error);
}

#[test]
fn a_rolling_daemon_set_is_told_before_anything_is_asked() {
    let of = |object: &str, field: &str| Drift {
        group: String::new(),
        object: object.to_owned(),
        cause: crate::install::drift::Cause::Outdated,
        field: Some(field.to_owned()),
        live: None,
        wanted: None,
        manager: None,
        time: None,
        proposal: String::new(),
        ignored_by: None,
    };
    assert_eq!(disruption(&[], 3), "nothing changes");
    let proxy = of("DaemonSet/istio-system/ztunnel", ".spec.template.spec.x");
    assert!(disruption(&[proxy], 3).contains("restart on 3 nodes"));
    let role = of("ClusterRole/ztunnel", ".rules");
    assert_eq!(disruption(&[role], 3), "1 objects change and nothing restarts");
}
