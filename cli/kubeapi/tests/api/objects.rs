//! Objects over HTTPS with the kube client: `real-kubernetes.md` §6, behaviours 1, 3, 4 and 5.

use crate::common::{Cluster, config_map, pod};
use futures::{StreamExt, TryStreamExt, pin_mut};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, Service, ServiceAccount};
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::runtime::watcher;
use serde_json::json;

#[tokio::test]
async fn discovery_lists_groups_and_short_names() {
    let cluster = Cluster::start().await;
    let discovery = kube::Discovery::new(cluster.admin()).run().await.unwrap();
    let names: Vec<&str> = discovery.groups().map(kube::discovery::ApiGroup::name).collect();
    for group in [
        "",
        "apps",
        "batch",
        "discovery.k8s.io",
        "rbac.authorization.k8s.io",
        "apiextensions.k8s.io",
    ] {
        assert!(names.contains(&group), "{group} is missing in {names:?}");
    }
    assert!(
        cluster
            .admin()
            .apiserver_version()
            .await
            .unwrap()
            .git_version
            .contains("+meshctl")
    );
}

#[tokio::test]
async fn an_object_is_created_read_changed_and_deleted() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    let made = maps
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    assert!(made.metadata.uid.is_some() && made.metadata.creation_timestamp.is_some());
    let again = maps
        .create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap_err();
    assert_eq!(reason(&again), "AlreadyExists");

    let mut stale = made.clone();
    let patch = json!({ "data": { "k": "2" } });
    let changed = maps
        .patch("a", &PatchParams::default(), &Patch::Merge(&patch))
        .await
        .unwrap();
    assert_eq!(changed.data.unwrap()["k"], "2");
    stale.data = None;
    let conflict = maps
        .replace("a", &PostParams::default(), &stale)
        .await
        .unwrap_err();
    assert_eq!(reason(&conflict), "Conflict");

    maps.delete("a", &DeleteParams::default()).await.unwrap();
    assert_eq!(reason(&maps.get("a").await.unwrap_err()), "NotFound");
}

fn reason(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.reason.clone(),
        other => panic!("not a Status: {other}"),
    }
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    assert!(maps.create(&dry, &config_map("a", "1")).await.is_ok());
    assert_eq!(reason(&maps.get("a").await.unwrap_err()), "NotFound");
}

#[tokio::test]
async fn a_list_comes_in_pages_that_are_one_moment() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "kube-public");
    for index in 0..5 {
        maps.create(&PostParams::default(), &config_map(&format!("m{index}"), "1"))
            .await
            .unwrap();
    }
    let mut params = ListParams::default().limit(2);
    let first = maps.list(&params).await.unwrap();
    let mut names: Vec<String> = first
        .items
        .iter()
        .filter_map(|map| map.metadata.name.clone())
        .collect();
    let revision = first.metadata.resource_version.clone();
    let mut token = first.metadata.continue_.clone();
    maps.create(&PostParams::default(), &config_map("m9", "later"))
        .await
        .unwrap();
    while let Some(next) = token.filter(|token| !token.is_empty()) {
        params = ListParams::default().limit(2).continue_token(&next);
        let page = maps.list(&params).await.unwrap();
        assert_eq!(page.metadata.resource_version, revision);
        names.extend(page.items.iter().filter_map(|map| map.metadata.name.clone()));
        token = page.metadata.continue_.clone();
    }
    assert_eq!(names, ["kube-root-ca.crt", "m0", "m1", "m2", "m3", "m4"]);
}

#[tokio::test]
async fn no_event_is_lost_or_repeated_between_list_and_watch() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    maps.create(&PostParams::default(), &config_map("before", "1"))
        .await
        .unwrap();
    let revision = maps
        .list(&ListParams::default())
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    maps.create(&PostParams::default(), &config_map("between", "1"))
        .await
        .unwrap();
    let events = maps.watch(&WatchParams::default(), &revision).await.unwrap();
    pin_mut!(events);
    maps.delete("before", &DeleteParams::default()).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        match events.try_next().await.unwrap().expect("the watch goes on") {
            WatchEvent::Added(map) => seen.push(format!("+{}", map.metadata.name.unwrap())),
            WatchEvent::Deleted(map) => seen.push(format!("-{}", map.metadata.name.unwrap())),
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(seen, ["+between", "-before"]);
}

#[tokio::test]
async fn a_selector_turns_changes_into_coming_and_going() {
    let cluster = Cluster::start().await;
    let namespaces: Api<Namespace> = Api::all(cluster.admin());
    let params = WatchParams::default().labels("istio.io/dataplane-mode=ambient");
    let events = namespaces.watch(&params, "0").await.unwrap();
    pin_mut!(events);
    let label =
        |value: serde_json::Value| json!({ "metadata": { "labels": { "istio.io/dataplane-mode": value } } });
    let merge = PatchParams::default();
    namespaces
        .patch("default", &merge, &Patch::Merge(label(json!("ambient"))))
        .await
        .unwrap();
    namespaces
        .patch("default", &merge, &Patch::Merge(label(json!(null))))
        .await
        .unwrap();
    assert!(matches!(
        events.try_next().await.unwrap(),
        Some(WatchEvent::Added(_))
    ));
    assert!(matches!(
        events.try_next().await.unwrap(),
        Some(WatchEvent::Deleted(_))
    ));
}

#[tokio::test]
async fn a_compacted_watch_is_gone_and_a_watcher_recovers() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    let revision = maps
        .list(&ListParams::default())
        .await
        .unwrap()
        .metadata
        .resource_version
        .unwrap();
    maps.create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    cluster.server().compact();
    let events = maps.watch(&WatchParams::default(), &revision).await.unwrap();
    pin_mut!(events);
    match events.try_next().await.unwrap() {
        Some(WatchEvent::Error(status)) => assert_eq!(status.code, 410),
        other => panic!("unexpected {other:?}"),
    }
}

#[tokio::test]
async fn streaming_lists_end_in_a_bookmark() {
    let cluster = Cluster::start().await;
    let accounts: Api<ServiceAccount> = Api::all(cluster.admin());
    let stream = watcher(accounts, watcher::Config::default().streaming_lists());
    pin_mut!(stream);
    let mut applied = 0;
    loop {
        match stream.next().await.unwrap().unwrap() {
            watcher::Event::InitApply(_) => applied += 1,
            watcher::Event::InitDone => break,
            _ => {}
        }
    }
    assert_eq!(applied, 4, "one default account in each namespace");
}

#[tokio::test]
async fn a_running_pod_waits_for_its_node_to_confirm_its_end() {
    let cluster = Cluster::start().await;
    let pods: Api<Pod> = Api::namespaced(cluster.admin(), "default");
    let mut wanted = pod("a");
    wanted.spec.as_mut().unwrap().node_name = Some("n1".into());
    let made = pods.create(&PostParams::default(), &wanted).await.unwrap();
    let spec = made.spec.unwrap();
    assert_eq!(spec.service_account_name.as_deref(), Some("default"));
    assert!(spec.volumes.unwrap()[0].name.starts_with("kube-api-access-"));
    pods.delete("a", &DeleteParams::default()).await.unwrap();
    let marked = pods.get("a").await.unwrap();
    assert_eq!(marked.metadata.deletion_grace_period_seconds, Some(30));
    pods.delete("a", &DeleteParams::default().grace_period(0))
        .await
        .unwrap();
    assert_eq!(reason(&pods.get("a").await.unwrap_err()), "NotFound");
}

#[tokio::test]
async fn a_malformed_object_is_refused_with_the_field() {
    let cluster = Cluster::start().await;
    let pods: Api<Pod> = Api::namespaced(cluster.admin(), "default");
    let mut wanted = pod("a");
    wanted.spec.as_mut().unwrap().containers[0].image = None;
    match pods.create(&PostParams::default(), &wanted).await.unwrap_err() {
        kube::Error::Api(status) => {
            assert_eq!(status.code, 422);
            assert_eq!(
                status.details.unwrap().causes[0].field,
                "spec.containers[0].image"
            );
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_service_gets_an_address_of_the_range_and_keeps_it() {
    let cluster = Cluster::start().await;
    let services: Api<Service> = Api::namespaced(cluster.admin(), "default");
    let wanted: Service = serde_json::from_value(json!({
        "metadata": { "name": "web" }, "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80 }] },
    }))
    .unwrap();
    let made = services
        .create(&PostParams::default(), &wanted)
        .await
        .unwrap()
        .spec
        .unwrap();
    let address = made.cluster_ip.unwrap();
    assert!(address.starts_with("10.96."), "{address}");
    let patch = json!({ "spec": { "ports": [{ "port": 81 }] } });
    let changed = services
        .patch("web", &PatchParams::default(), &Patch::Merge(&patch))
        .await
        .unwrap();
    assert_eq!(changed.spec.unwrap().cluster_ip.unwrap(), address);
}

#[tokio::test]
async fn a_namespace_takes_its_content_along() {
    let cluster = Cluster::start().await;
    let namespaces: Api<Namespace> = Api::all(cluster.admin());
    let made: Namespace = serde_json::from_value(json!({ "metadata": { "name": "short" } })).unwrap();
    namespaces.create(&PostParams::default(), &made).await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "short");
    maps.create(&PostParams::default(), &config_map("a", "1"))
        .await
        .unwrap();
    let uid = namespaces.get("short").await.unwrap().metadata.uid.unwrap();
    let condition = kube::runtime::conditions::is_deleted(&uid);
    let gone = kube::runtime::wait::await_condition(namespaces.clone(), "short", condition);
    namespaces
        .delete("short", &DeleteParams::default())
        .await
        .unwrap();
    gone.await.unwrap();
    assert!(maps.list(&ListParams::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn dependents_follow_their_owner() {
    let cluster = Cluster::start().await;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin(), "default");
    let owner = maps
        .create(&PostParams::default(), &config_map("owner", "1"))
        .await
        .unwrap();
    let mut child = config_map("child", "1");
    child.metadata.owner_references = Some(vec![
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid,
        }))
        .unwrap(),
    ]);
    let child = maps.create(&PostParams::default(), &child).await.unwrap();
    let uid = child.metadata.uid.unwrap();
    let condition = kube::runtime::conditions::is_deleted(&uid);
    let gone = kube::runtime::wait::await_condition(maps.clone(), "child", condition);
    maps.delete("owner", &DeleteParams::default()).await.unwrap();
    gone.await.unwrap();
}
