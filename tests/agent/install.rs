//! The plugin on the node, from the first pass to the last.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kube::api::DeleteParams;
use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::bench::{Bench, block, exists, get, has_rules, is_captured, until};
use crate::harness::{Need, Suite};
use crate::world::{NODE, POD, accept, connect, listen, talk};

type Test = fn() -> Result<(), Failed>;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let tests: [(&str, Test); 6] = [
        ("cni_c01_c03_a_removed_entry_is_put_back", || block(reverted)),
        ("what_others_write_at_the_same_time_is_taken_over", || {
            block(edited)
        }),
        (
            "cni_c22_zds_c19_uninstall_leaves_nothing_and_releases_pods",
            || block(uninstalled),
        ),
        ("cni_c23_zds_c20_an_upgrade_leaves_everything", || block(upgraded)),
        (
            "cni_c05_without_an_agent_pods_of_the_mesh_wait_and_others_start",
            || block(agentless),
        ),
        ("the_agent_waits_for_a_primary_configuration", || block(waiting)),
    ];
    for (name, test) in tests {
        suite.test(name, needs, test);
    }
}

fn types(list: &Value) -> Vec<&str> {
    list["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plugin| plugin["type"].as_str().unwrap())
        .collect()
}

async fn reverted() {
    let mut bench = Bench::new().await;
    let file = bench.path("net.d/10-primary.conflist");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let original = fs::read(&file).unwrap();
    bench.start().await;
    assert_eq!(types(&bench.conflist()), ["bridge", "istio-cni"]);
    fs::write(&file, original).unwrap();
    let took = until("the entry is back", async || {
        fs::read(&file).is_ok_and(|text| String::from_utf8_lossy(&text).contains("istio-cni"))
    })
    .await;
    assert!(took.as_secs() < 2, "{took:?}");
    until("the node is ready again", async || {
        get("127.0.0.1:8000", "/readyz").await.0 == 200
    })
    .await;
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    let secret = bench.path("run/istio-cni-kubeconfig");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    for socket in ["run/pluginevent.sock", "run/log.sock", "ztunnel/ztunnel.sock"] {
        assert_eq!(
            fs::metadata(bench.path(socket)).unwrap().permissions().mode() & 0o777,
            0o600,
            "{socket}"
        );
    }
    // the program too
    fs::remove_file(bench.path("bin/istio-cni")).unwrap();
    until("the program is back", async || {
        exists(&bench.path("bin/istio-cni"))
    })
    .await;
    bench.stop().await;
}

/// Another component writes its file again and again while ours is being put into it.
async fn edited() {
    let mut bench = Bench::started().await;
    let (file, other) = (
        bench.path("net.d/10-primary.conflist"),
        bench.path("net.d/.other"),
    );
    for mtu in 1..=40 {
        let plugins = json!([{"type": "bridge", "mtu": mtu}, {"type": "portmap"}]);
        let list = json!({"cniVersion": "1.0.0", "name": "n", "plugins": plugins});
        fs::write(&other, list.to_string()).unwrap();
        fs::rename(&other, &file).unwrap();
        for _ in 0..10 {
            // whole at every moment, and nothing older than what was written last
            let list = bench.conflist();
            assert_eq!(list["plugins"][0]["mtu"], mtu);
            tokio::time::sleep(std::time::Duration::from_millis(7)).await;
        }
    }
    until("our entry is the last", async || {
        types(&bench.conflist()) == ["bridge", "portmap", "istio-cni"]
    })
    .await;
    assert_eq!(bench.conflist()["plugins"][0]["mtu"], 40);
    bench.stop().await;
}

async fn uninstalled() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    bench
        .daemon_sets()
        .delete("istio-cni-node", &DeleteParams::default())
        .await
        .unwrap();
    bench.stop().await;
    assert_eq!(types(&bench.conflist()), ["bridge"]);
    for gone in [
        "bin/istio-cni",
        "run/istio-cni-kubeconfig",
        "run/pluginevent.sock",
        "run/log.sock",
        "ztunnel/ztunnel.sock",
    ] {
        assert!(!exists(&bench.path(gone)), "{gone}");
    }
    assert!(!has_rules(&bench.world.node) && !has_rules(&bench.world.pod));
    assert_eq!(bench.annotation("a").await, None);
    // and the pod talks
    let server = listen(&bench.world.node, "0.0.0.0", 8080).unwrap();
    let mut client = connect(&bench.world.pod, NODE, 8080).unwrap();
    talk(&mut client, &mut accept(&server).unwrap().0).unwrap();
}

async fn upgraded() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    bench.stop().await;
    assert_eq!(types(&bench.conflist()), ["bridge", "istio-cni"]);
    assert!(exists(&bench.path("bin/istio-cni")) && exists(&bench.path("run/istio-cni-kubeconfig")));
    assert!(is_captured(&bench.world.pod) && has_rules(&bench.world.node));
    assert_eq!(bench.probed().len(), 1);
    assert_eq!(bench.annotation("a").await.as_deref(), Some("enabled"));
}

async fn agentless() {
    let mut bench = Bench::started().await;
    bench.enrol().await;
    bench.stop().await;
    let space = bench.world.pod.clone();
    bench.hold("a", &space);
    bench.create_pod("a", &json!({})).await;
    let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
    assert!(!output.status.success());
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        failure["msg"].as_str().unwrap().contains("node agent"),
        "{failure}"
    );
    bench
        .create_pod(
            "b",
            &json!({"metadata": {"labels": {"istio.io/dataplane-mode": "none"}}}),
        )
        .await;
    assert!(
        bench
            .plug(("shop", "b"), &bench.netns_path("a"), POD)
            .await
            .status
            .success()
    );
    // the agent's own successor never waits
    let own = bench
        .plug(("istio-system", "istio-cni-node-zzzzz"), "/proc/0/ns/net", POD)
        .await;
    assert!(own.status.success());
}

async fn waiting() {
    let mut bench = Bench::new().await;
    let file = bench.path("net.d/10-primary.conflist");
    let text = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let writer = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(get("127.0.0.1:8000", "/readyz").await.0, 503);
        fs::write(&file, text).unwrap();
    };
    tokio::join!(bench.start(), writer);
    assert_eq!(types(&bench.conflist()), ["bridge", "istio-cni"]);
    bench.stop().await;
}
