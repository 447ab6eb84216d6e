//! Whatever happens, the agent comes back to the truth.

use libtest_mimic::Failed;
use mesh_node::capture::fault::Step;
use mesh_node::redirect::{Family, nft, probes, routing};
use mesh_wire::well_known::annotation::LOOK_AGAIN;
use serde_json::json;

use crate::bench::{Bench, block, get, has_rules, is_captured, until};
use crate::harness::{Need, Suite};
use crate::world::{NODE, POD, accept, connect, listen, lonely, talk};

type Test = fn() -> Result<(), Failed>;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let tests: [(&str, Test); 18] = [
        ("a_capture_cut_off_after_any_step_is_completed", || block(cut)),
        ("a_release_cut_off_after_any_step_is_completed", || {
            block(cut_release)
        }),
        ("a_release_cut_off_before_its_rules_are_gone_is_completed", || {
            block(cut_farewell)
        }),
        ("cni_c18_a_new_sandbox_counts_more_than_an_old_address", || {
            block(new_sandbox)
        }),
        (
            "a_sandbox_that_was_replaced_unheard_is_noticed_when_its_containers_start",
            || block(|| replaced(Notice::Restart)),
        ),
        (
            "a_sandbox_that_was_replaced_unheard_is_noticed_by_the_next_audit",
            || block(|| replaced(Notice::Audit)),
        ),
        (
            "rules_that_are_kept_at_start_are_put_right_once_they_change",
            || block(kept),
        ),
        ("a_pod_is_looked_at_when_somebody_asks", || block(asked)),
        ("flushed_rules_are_back_within_250_ms", || block(flushed)),
        ("a_flush_between_two_steps_of_a_capture_is_noticed", || {
            block(struck)
        }),
        ("what_goes_beside_the_mesh_is_counted_and_told", || {
            block(bypassed)
        }),
        ("a_removed_routing_rule_is_back", || block(unrouted)),
        ("the_nodes_rules_and_sets_are_back", || block(host)),
        (
            "cni_c16_zds_c06_a_killed_agent_leaves_rules_and_takes_over_again",
            || block(killed),
        ),
        ("cni_c18_a_rebooted_pod_is_captured_again", || block(rebooted)),
        (
            "cni_c18_an_annotation_that_cannot_be_verified_is_withdrawn",
            || block(withdrawn),
        ),
        ("cni_c17_other_rules_are_rewritten_at_start", || block(rewritten)),
        ("a_second_proxy_takes_over", || block(second_proxy)),
    ];
    for (name, test) in tests {
        suite.test(name, needs, test);
    }
}

/// An agent finds its pods captured and has nothing to do; the rules are flushed after it has seen them. Whoever begins
/// to listen only then hears nothing of it.
async fn struck() {
    for step in [Step::Ruled, Step::Served, Step::Exempted, Step::Annotated] {
        let (mut bench, proxy, uid) = Bench::captured().await;
        bench.kill().await;
        let space = bench.world.pod.clone();
        bench
            .start_struck(step, move || space.run(nft::remove).unwrap().unwrap())
            .await;
        until("the proxy is told", async || proxy.serves(&uid)).await;
        until("the rules are back", async || is_captured(&bench.world.pod)).await;
        bench.stop().await;
    }
}

async fn flushed() {
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    let space = bench.world.pod.clone();
    for _ in 0..3 {
        space.run(nft::remove).unwrap().unwrap();
        let took = until("the rules are back", async || is_captured(&space)).await;
        assert!(took.as_millis() < 250, "{took:?}");
    }
    until("it is told", async || {
        bench.events().await.contains(&"MeshRulesRepaired".to_owned())
    })
    .await;
    // a repair is counted once it is over, which is after the rules are back
    until("every repair is counted", async || {
        let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix("istio_cni_rule_repairs_total "));
        count.unwrap().parse::<u32>().unwrap() >= 3
    })
    .await;
    bench.stop().await;
}

/// Connections made while the rules are away are seen when these come back, unless the agent was faster.
async fn bypassed() {
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    let server = listen(&bench.world.node, "0.0.0.0", 8080).unwrap();
    let space = bench.world.pod.clone();
    let bytes = async || -> u64 {
        let (_, body) = get("127.0.0.1:9876", "/enrolment").await;
        let report: serde_json::Value = serde_json::from_str(&body).unwrap();
        report["pods"][0]["rules"]["bypassedBytes"].as_u64().unwrap()
    };
    assert_eq!(bytes().await, 0);
    let mut open = Vec::new();
    until("a connection slips by", async || {
        space.run(nft::remove).unwrap().unwrap();
        // an agent that is faster may cut the handshake in two, which resets the connection
        if let Ok(mut client) = connect(&space, NODE, 8080)
            && let Ok((mut accepted, _)) = accept(&server)
        {
            drop(talk(&mut client, &mut accepted));
            open.push((client, accepted));
        }
        until("the rules are back", async || is_captured(&space)).await;
        bytes().await > 0
    })
    .await;
    until("it is told", async || {
        bench.events().await.contains(&"MeshTrafficBypassed".to_owned())
    })
    .await;
    let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
    for name in [
        "istio_cni_bypassed_connections_total ",
        "istio_cni_bypassed_bytes_total ",
    ] {
        let count = metrics.lines().find_map(|line| line.strip_prefix(name));
        assert!(count.unwrap().parse::<u64>().unwrap() > 0, "{metrics}");
    }
    bench.stop().await;
}

async fn unrouted() {
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    let space = bench.world.pod.clone();
    space.run(|| routing::remove(Family::V4)).unwrap().unwrap();
    let took = until("the rule is back", async || is_captured(&space)).await;
    assert!(took.as_millis() < 250, "{took:?}");
    bench.stop().await;
}

async fn host() {
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    let before = bench.probed();
    assert_eq!(before.len(), 1);
    bench.world.node.run(nft::remove).unwrap().unwrap();
    until("rules and entries are back", async || bench.probed() == before).await;
    bench
        .world
        .node
        .run(|| probes::prune(|_| false))
        .unwrap()
        .unwrap();
    until("the entry is back", async || bench.probed() == before).await;
    bench.stop().await;
}

async fn cut() {
    let mut bench = Bench::new().await;
    bench.enrol().await;
    for (index, step) in Step::ALL.into_iter().enumerate() {
        let (name, address) = (format!("p{index}"), format!("10.9.1.{index}"));
        let space = lonely(&address).unwrap();
        let uid = bench.create_pod(&name, &json!({})).await;
        bench.start_cut(step).await;
        let proxy = bench.proxy();
        until("the proxy is connected", async || proxy.snapshots() > 0).await;
        bench.hold(&name, &space);
        bench.set_addresses(&name, &[&address]).await;
        // the rules come first: whatever is cut off afterwards, the pod speaks to nobody unprotected
        until(&format!("{step:?}"), async || match step {
            Step::Remembered => true,
            Step::Ruled => is_captured(&space),
            Step::Served => proxy.serves(&uid),
            Step::Exempted => bench.probed().values().any(|one| *one == uid),
            Step::Annotated => bench.annotation(&name).await.is_some(),
        })
        .await;
        assert!(is_captured(&space) || step == Step::Remembered);
        bench.kill().await;
        bench.start().await;
        bench.until_annotated(&name, Some("enabled")).await;
        until("all is there", async || {
            is_captured(&space) && proxy.serves(&uid) && bench.probed().values().any(|one| *one == uid)
        })
        .await;
        bench.stop().await;
        bench.delete_pod(&name).await;
    }
}

async fn cut_release() {
    let (mut bench, proxy, uid) = Bench::captured().await;
    let space = bench.world.pod.clone();
    // the namespace leaves while nobody looks, then half of the work is found done
    bench.kill().await;
    bench.label("shop", None).await;
    space.run(nft::remove).unwrap().unwrap();
    bench.start().await;
    bench.until_annotated("a", None).await;
    until("all is gone", async || {
        !has_rules(&space) && !proxy.serves(&uid) && bench.probed().is_empty()
    })
    .await;
    bench.stop().await;
}

/// The agent ends after the cluster was told that the pod leaves, and before its rules are gone.
async fn cut_farewell() {
    let (mut bench, proxy, uid) = Bench::captured().await;
    bench.kill().await;
    bench.label("shop", None).await;
    let none = json!({"metadata": {"annotations": {"ambient.istio.io/redirection": null}}});
    bench.patch_status("a", &none).await;
    assert!(is_captured(&bench.world.pod));
    bench.start().await;
    until("the rules are gone", async || !has_rules(&bench.world.pod)).await;
    until("nobody serves it", async || {
        !proxy.serves(&uid) && bench.probed().is_empty()
    })
    .await;
    bench.stop().await;
}

async fn killed() {
    let (mut bench, proxy, uid) = Bench::captured().await;
    bench.kill().await;
    assert!(is_captured(&bench.world.pod));
    let before = proxy.snapshots();
    bench.start().await;
    until("the proxy has a new snapshot", async || {
        proxy.snapshots() > before
    })
    .await;
    assert!(proxy.serves(&uid) && !proxy.keeps(&uid));
    assert_eq!(bench.annotation("a").await.as_deref(), Some("enabled"));
    assert_eq!(bench.probed().len(), 1);
    bench.stop().await;
}

async fn rebooted() {
    let mut bench = Bench::new().await;
    bench.enrol().await;
    // the object says captured, the namespace knows nothing of it
    let more = json!({"metadata": {"annotations": {"ambient.istio.io/redirection": "enabled"}}});
    let space = bench.world.pod.clone();
    let uid = bench.run_pod_in("a", &space, &[POD], &more).await;
    bench.start().await;
    let proxy = bench.proxy();
    until("the pod is captured", async || is_captured(&space)).await;
    until("the proxy serves it", async || proxy.serves(&uid)).await;
    bench.stop().await;
}

async fn new_sandbox() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    bench.enrol().await;
    until("the proxy is connected", async || proxy.snapshots() > 0).await;
    // the object still shows the address and the annotation from before the reboot
    let more = json!({"metadata": {"annotations": {"ambient.istio.io/redirection": "enabled"}}});
    let uid = bench.create_pod("a", &more).await;
    bench.set_addresses("a", &["10.9.1.9"]).await;
    let space = bench.world.pod.clone();
    bench.hold("a", &space);
    let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let verified = async || {
        let (_, body) = get("127.0.0.1:9876", "/enrolment").await;
        body.contains("\"listeners\":true") && body.contains("\"state\":\"verified\"")
    };
    until("it is verified", verified).await;
    assert_eq!(bench.probed(), [(POD.parse().unwrap(), uid.clone())].into());
    bench.set_addresses("a", &[POD]).await;
    until("it stays verified", verified).await;
    assert!(proxy.with(&uid, |held| held.is_some_and(|held| held.namespace == space)));
    let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
    let lost = "istio_cni_captured_pods{state=\"no_netns\"} 1";
    assert!(!metrics.contains(lost), "{metrics}");
    bench.stop().await;
}

/// What tells of the new sandbox.
#[derive(Clone, Copy, PartialEq)]
enum Notice {
    Restart,
    Audit,
}

/// The pod has another namespace with the same address, and no plugin has told. The old one is still open here, rules and
/// all: whoever believes it says that the pod is captured when it is not.
async fn replaced(notice: Notice) {
    let started = |second: u32| {
        let running = json!({"running": {"startedAt": format!("2026-01-01T00:00:0{second}Z")}});
        json!({"status": {"containerStatuses": [{"name": "c", "image": "i", "imageID": "", "ready": true,
            "restartCount": 0, "state": running}]}})
    };
    let (mut bench, mut proxy, uid) = Bench::captured().await;
    bench.patch_status("a", &started(1)).await;
    let new = lonely(POD).unwrap();
    bench.release("a");
    bench.hold("a", &new);
    match notice {
        Notice::Restart => bench.patch_status("a", &started(2)).await,
        Notice::Audit => proxy = bench.proxy(),
    }
    until("the new namespace is captured", async || is_captured(&new)).await;
    until("the proxy serves the new one", async || {
        proxy.with(&uid, |held| held.is_some_and(|held| held.namespace == new))
    })
    .await;
    bench.stop().await;
}

/// Without reconciliation an agent leaves what it finds, and watches over it from then on.
async fn kept() {
    const KEEPS: [(&str, &str); 1] = [("AMBIENT_RECONCILE_POD_RULES_ON_STARTUP", "false")];
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    bench.kill().await;
    let space = bench.world.pod.clone();
    let mut older = crate::bench::ordinary();
    older.tables[0].chains[0].rules.pop();
    let holds_older =
        |older: &mesh_node::redirect::RuleSet| space.run(|| nft::holds(older)).unwrap().unwrap();
    until("other rules stay", async || {
        space.run(|| nft::apply(&older)).unwrap().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        holds_older(&older)
    })
    .await;
    bench.start_with(&KEEPS).await;
    until("the pod is verified", async || {
        let (_, body) = get("127.0.0.1:9876", "/enrolment").await;
        body.contains("\"state\":\"verified\"")
    })
    .await;
    assert!(holds_older(&older));
    older.tables[0].chains[0].rules.pop();
    space.run(|| nft::apply(&older)).unwrap().unwrap();
    until("the rules are today's", async || is_captured(&space)).await;
    bench.stop().await;
}

async fn asked() {
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    let reconciles = async || {
        let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix("nodeagent_reconcile_events_total{type=\"update\"} "));
        count.unwrap().parse::<u64>().unwrap()
    };
    let before = reconciles().await;
    let ask = json!({"metadata": {"annotations": {"example.com/other": "x"}}});
    bench.patch_status("a", &ask).await;
    let ask = json!({"metadata": {"annotations": {LOOK_AGAIN: "now"}}});
    bench.patch_status("a", &ask).await;
    until("the agent looks", async || reconciles().await == before + 1).await;
    bench.stop().await;
}

async fn withdrawn() {
    let mut bench = Bench::new().await;
    bench.enrol().await;
    let more = json!({"metadata": {"annotations": {"ambient.istio.io/redirection": "enabled"}}});
    let uid = bench.create_pod("a", &more).await;
    bench.set_addresses("a", &["10.9.1.7"]).await;
    bench.start().await;
    let proxy = bench.proxy();
    // nobody knows where it is, so a proxy that serves it goes on (cni-agent conformance 15)
    until("the proxy keeps it", async || proxy.keeps(&uid)).await;
    let begin = std::time::Instant::now();
    while bench.annotation("a").await.as_deref() != Some("pending") {
        assert!(begin.elapsed().as_secs() < 60);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(begin.elapsed().as_secs() >= 25);
    assert!(
        bench
            .events()
            .await
            .contains(&"MeshCaptureNotVerified".to_owned())
    );
    bench.stop().await;
}

async fn rewritten() {
    let (mut bench, _proxy, _uid) = Bench::captured().await;
    bench.kill().await;
    let mut older = crate::bench::ordinary();
    older.tables[0].chains[0].rules.pop();
    // a task of the dead agent may have one last word
    until("other rules stay", async || {
        bench.world.pod.run(|| nft::apply(&older)).unwrap().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        !is_captured(&bench.world.pod)
    })
    .await;
    bench.start().await;
    until("the rules are today's", async || is_captured(&bench.world.pod)).await;
    bench.stop().await;
}

async fn second_proxy() {
    let mut bench = Bench::started().await;
    let first = bench.proxy();
    bench.enrol().await;
    let uid = bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    let second = bench.proxy();
    until("the second has all", async || second.serves(&uid)).await;
    let space = lonely("10.9.1.1").unwrap();
    let later = bench.run_pod_in("b", &space, &["10.9.1.1"], &json!({})).await;
    bench.until_annotated("b", Some("enabled")).await;
    assert!(
        second.serves(&later) && !first.serves(&later),
        "additions go to the newest"
    );
    bench.delete_pod("a").await;
    until("both forget", async || {
        !first.serves(&uid) && !second.serves(&uid)
    })
    .await;
    bench.stop().await;
}
