//! Pods join and leave.

use libtest_mimic::Failed;
use mesh_node::redirect::programs::Flavour;
use mesh_node::redirect::writer::Writer;
use mesh_node::redirect::{self, Families, Inbound, PodCapture, nft};
use mesh_sys::netns::NetNamespace;
use serde_json::{Value, json};

use crate::bench::{Bench, block, get, has_rules, is_captured, ordinary, until};
use crate::harness::{Need, Suite};
use crate::world::{NODE, POD, POD6, accept, address, connect, listen, lonely, talk};

type Test = fn() -> Result<(), Failed>;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let programs = [needs, &[Need::Iptables]].concat();
    suite.test("the_iptables_programs_capture_as_well", &programs, || {
        block(programs_write)
    });
    let tests: [(&str, Test); 13] = [
        ("cni_c07_c08_a_label_takes_running_pods_in_and_out", || {
            block(running)
        }),
        ("cni_c04_a_new_pod_is_captured_before_it_starts", || block(new)),
        ("cni_c13_zds_c16_without_a_proxy_no_new_pod_starts", || {
            block(no_proxy)
        }),
        ("cni_c12_zds_c15_pending_until_a_proxy_is_there", || {
            block(pending)
        }),
        ("cni_c09_c10_c11_zds_c14_who_stays_out", || block(outsiders)),
        ("cni_c19_a_finished_pod_is_forgotten", || block(finished)),
        ("cni_c20_zds_c18_an_address_in_use_again_stays_exempt", || {
            block(reused)
        }),
        ("cni_c25_a_pod_may_refuse_dns_capture", || block(wishes)),
        ("enrolment_c07_connections_go_on_when_a_pod_joins", || {
            block(preserved)
        }),
        ("the_four_signals_are_reported", || block(report)),
        ("ingress_and_nested_machines_are_captured_as_they_wish", || {
            block(variants)
        }),
        ("a_former_address_of_a_pod_is_not_exempt_any_more", || {
            block(readdressed)
        }),
        ("a_pod_of_another_user_namespace_is_captured", || {
            block(foreign_user)
        }),
    ];
    for (name, test) in tests {
        suite.test(name, needs, test);
    }
}

async fn running() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    let uid = bench.run_pod("a").await;
    bench.enrol().await;
    bench.until_annotated("a", Some("enabled")).await;
    assert!(is_captured(&bench.world.pod));
    assert!(proxy.with(&uid, |held| {
        held.is_some_and(|held| held.namespace == bench.world.pod)
    }));
    assert_eq!(
        proxy.with(&uid, |held| held.unwrap().info.service_account.clone()),
        "default"
    );
    assert_eq!(bench.probed(), [(POD.parse().unwrap(), uid.clone())].into());
    bench.label("shop", None).await;
    bench.until_annotated("a", None).await;
    until("the rules are gone", async || !has_rules(&bench.world.pod)).await;
    until("the proxy is told", async || !proxy.serves(&uid)).await;
    until("the entry is gone", async || bench.probed().is_empty()).await;
    bench.stop().await;
}

async fn new() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    bench.enrol().await;
    until("the proxy is connected", async || proxy.snapshots() > 0).await;
    let space = bench.world.pod.clone();
    bench.hold("a", &space);
    let uid = bench.create_pod("a", &json!({})).await;
    let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    // nothing but the result on standard output (cni-agent conformance 29)
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        result,
        json!({"cniVersion": "1.0.0", "ips": [{"address": format!("{POD}/32")}]})
    );
    assert!(is_captured(&bench.world.pod) && proxy.serves(&uid));
    assert_eq!(bench.annotation("a").await.as_deref(), Some("enabled"));
    assert_eq!(bench.probed().len(), 1);
    // a pod outside of the mesh passes at once
    bench
        .create_pod(
            "b",
            &json!({"metadata": {"labels": {"istio.io/dataplane-mode": "none"}}}),
        )
        .await;
    assert!(
        bench
            .plug(("shop", "b"), "/proc/0/ns/net", POD)
            .await
            .status
            .success()
    );
    bench.stop().await;
}

async fn no_proxy() {
    let mut bench = Bench::started().await;
    bench.enrol().await;
    let space = bench.world.pod.clone();
    bench.hold("a", &space);
    bench.create_pod("a", &json!({})).await;
    let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
    let failure: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!output.status.success());
    assert!(
        failure["details"].as_str().unwrap().contains("no connection"),
        "{failure}"
    );
    let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
    assert!(
        metrics.contains("istio_cni_plugin_requests_total{response_code=\"500\"} 1"),
        "{metrics}"
    );
    let _proxy = bench.proxy();
    until("the pod starts", async || {
        bench
            .plug(("shop", "a"), &bench.netns_path("a"), POD)
            .await
            .status
            .success()
    })
    .await;
    bench.stop().await;
}

async fn pending() {
    let mut bench = Bench::started().await;
    bench.enrol().await;
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("pending")).await;
    assert!(
        is_captured(&bench.world.pod),
        "it fails closed until the proxy is there"
    );
    let _proxy = bench.proxy();
    bench.until_annotated("a", Some("enabled")).await;
    bench.stop().await;
}

async fn outsiders() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    let enrolled = json!({"istio.io/dataplane-mode": "ambient"});
    let cases = [
        (
            "none",
            json!({"metadata": {"labels": {"istio.io/dataplane-mode": "none"}}}),
        ),
        (
            "host",
            json!({"metadata": {"labels": enrolled}, "spec": {"hostNetwork": true}}),
        ),
        (
            "sidecar",
            json!({"metadata": {"labels": enrolled, "annotations": {"sidecar.istio.io/status": "{}"}}}),
        ),
    ];
    bench.enrol().await;
    let mut spaces = Vec::new();
    for (index, (name, more)) in cases.iter().enumerate() {
        let address = format!("10.9.1.{index}");
        let space = lonely(&address).unwrap();
        bench.run_pod_in(name, &space, &[&address], more).await;
        spaces.push(space);
    }
    // one that joins, last: then the others were looked at
    bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    assert_eq!(proxy.adds(), 1);
    for ((name, _), space) in cases.iter().zip(&spaces) {
        assert_eq!(bench.annotation(name).await, None, "{name}");
        assert!(!has_rules(space), "{name}");
    }
    bench.stop().await;
}

async fn finished() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    bench.enrol().await;
    let uid = bench.run_pod("job").await;
    bench.until_annotated("job", Some("enabled")).await;
    bench
        .patch_status(
            "job",
            &json!({"status": {"phase": "Succeeded", "podIP": null, "podIPs": null}}),
        )
        .await;
    until("the proxy is told", async || !proxy.serves(&uid)).await;
    until("the entry is gone", async || bench.probed().is_empty()).await;
    assert!(bench.pods().get_opt("job").await.unwrap().is_some());
    bench.stop().await;
}

async fn reused() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    bench.run_pod("old").await;
    bench.until_annotated("old", Some("enabled")).await;
    // the old pod's sandbox is gone, its address is in use again, its object is not deleted yet
    bench.release("old");
    let space = lonely(POD).unwrap();
    let new = bench.run_pod_in("new", &space, &[POD], &json!({})).await;
    bench.until_annotated("new", Some("enabled")).await;
    bench.delete_pod("old").await;
    until("the entry is the new pod's", async || {
        bench.probed() == [(POD.parse().unwrap(), new.clone())].into()
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(bench.probed().len(), 1);
    bench.stop().await;
}

async fn wishes() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    let more = json!({"metadata": {"annotations": {"ambient.istio.io/dns-capture": "false"}}});
    let space = bench.world.pod.clone();
    bench.run_pod_in("a", &space, &[POD], &more).await;
    bench.until_annotated("a", Some("enabled")).await;
    assert!(has_rules(&space) && !is_captured(&space));
    let odd = lonely("10.9.1.1").unwrap();
    let more = json!({"metadata": {"annotations": {"ambient.istio.io/dns-capture": "maybe"}}});
    bench.run_pod_in("b", &odd, &["10.9.1.1"], &more).await;
    bench.until_annotated("b", Some("enabled")).await;
    assert!(is_captured(&odd));
    bench.stop().await;
}

async fn variants() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.enrol().await;
    let ordinary = PodCapture {
        families: Families::Both,
        ..PodCapture::default()
    };
    let cases = [
        (
            json!({"ambient.istio.io/bypass-inbound-capture": "true"}),
            PodCapture {
                inbound: Inbound::Bypassed,
                ..ordinary.clone()
            },
        ),
        (
            json!({"istio.io/reroute-virtual-interfaces": " net1, tap0 ,an-interface-with-a-long-name"}),
            PodCapture {
                rerouted: vec!["net1".to_owned(), "tap0".to_owned()],
                ..ordinary.clone()
            },
        ),
        (
            json!({"ambient.istio.io/bypass-inbound-capture": "perhaps"}),
            ordinary.clone(),
        ),
    ];
    for (index, (annotations, expected)) in cases.into_iter().enumerate() {
        let (name, address) = (format!("p{index}"), format!("10.9.1.{index}"));
        let space = lonely(&address).unwrap();
        let more = json!({"metadata": {"annotations": annotations}});
        bench.run_pod_in(&name, &space, &[&address], &more).await;
        bench.until_annotated(&name, Some("enabled")).await;
        let rules = redirect::pod(&expected);
        assert!(space.run(|| nft::holds(&rules)).unwrap().unwrap(), "{name}");
    }
    bench.stop().await;
}

async fn readdressed() {
    let (mut bench, _proxy, uid) = Bench::captured().await;
    assert_eq!(bench.probed(), [(POD.parse().unwrap(), uid.clone())].into());
    bench.set_addresses("a", &[POD6]).await;
    until("the new address is exempt, and no other", async || {
        bench.probed() == [(POD6.parse().unwrap(), uid.clone())].into()
    })
    .await;
    assert!(is_captured(&bench.world.pod));
    // the same when nobody was there to see it
    bench.kill().await;
    bench.set_addresses("a", &[POD]).await;
    bench.start().await;
    until("the first address is exempt again, and no other", async || {
        bench.probed() == [(POD.parse().unwrap(), uid.clone())].into()
    })
    .await;
    bench.stop().await;
}

/// As with `hostUsers: false`: the pod's network namespace belongs to a user namespace of its own.
async fn foreign_user() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    bench.enrol().await;
    let mut child = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "sleep", "600"])
        .spawn()
        .unwrap();
    let own = NetNamespace::current().unwrap();
    until("the process is in its namespaces", async || {
        NetNamespace::of_process(child.id()).is_ok_and(|space| space != own)
    })
    .await;
    let space = NetNamespace::of_process(child.id()).unwrap();
    address(&space, "10.9.1.1").unwrap();
    let uid = bench.run_pod_in("a", &space, &["10.9.1.1"], &json!({})).await;
    bench.until_annotated("a", Some("enabled")).await;
    assert!(is_captured(&space) && proxy.serves(&uid));
    child.kill().unwrap();
    child.wait().unwrap();
    bench.stop().await;
}

async fn preserved() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    bench.run_pod("a").await;
    let server = listen(&bench.world.node, "0.0.0.0", 8080).unwrap();
    let mut client = connect(&bench.world.pod, NODE, 8080).unwrap();
    let (mut accepted, _) = accept(&server).unwrap();
    talk(&mut client, &mut accepted).unwrap();
    bench.enrol().await;
    bench.until_annotated("a", Some("enabled")).await;
    talk(&mut client, &mut accepted).unwrap();
    let (_, body) = get("127.0.0.1:9876", "/enrolment").await;
    assert!(body.contains("\"preservedConnections\":1"), "{body}");
    assert_eq!(proxy.adds(), 1);
    bench.stop().await;
}

async fn report() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    bench.enrol().await;
    let uid = bench.run_pod("a").await;
    bench.until_annotated("a", Some("enabled")).await;
    until("the proxy listens", async || {
        let (_, body) = get("127.0.0.1:9876", "/enrolment").await;
        let report: Value = serde_json::from_str(&body).unwrap();
        let pod = &report["pods"][0];
        report["proxies"] == 1
            && pod["uid"] == json!(uid)
            && pod["state"] == "verified"
            && pod["intent"]["capture"] == true
            && pod["annotation"] == "enabled"
            && pod["proxy"]["serves"] == true
            && pod["rules"]["listeners"] == true
            && pod["intent"]["ageSeconds"].is_u64()
            && pod["annotationSeconds"].is_u64()
            && pod["proxy"]["ageSeconds"].is_u64()
            && pod["rules"]["ageSeconds"].is_u64()
    })
    .await;
    let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
    for line in [
        "ztunnel_connected 1",
        "istio_cni_captured_pods{state=\"verified\"} 1",
        "istio_cni_install_ready 1",
        "istio_cni_pod_signal{namespace=\"shop\",pod=\"a\",signal=\"intent\"} 1",
        "istio_cni_pod_signal{namespace=\"shop\",pod=\"a\",signal=\"annotation\"} 1",
        "istio_cni_pod_signal{namespace=\"shop\",pod=\"a\",signal=\"proxy\"} 1",
        "istio_cni_pod_signal{namespace=\"shop\",pod=\"a\",signal=\"redirected\"} 1",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} is not in\n{metrics}"
        );
    }
    let aged = metrics
        .lines()
        .filter(|line| line.starts_with("istio_cni_pod_signal_age_seconds{"));
    assert_eq!(aged.count(), 4, "{metrics}");
    assert!(bench.events().await.contains(&"MeshCaptured".to_owned()));
    // a pod that has left leaves no series behind
    bench.label("shop", None).await;
    until("its series are gone", async || {
        let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
        !metrics.contains("istio_cni_pod_signal{")
    })
    .await;
    drop(proxy);
    bench.stop().await;
}

async fn programs_write() {
    let mut bench = Bench::new().await;
    bench
        .start_with(&[("NATIVE_NFTABLES", "false"), ("FORCE_IPTABLES_BINARY", "nft")])
        .await;
    let proxy = bench.proxy();
    let uid = bench.run_pod("a").await;
    bench.enrol().await;
    bench.until_annotated("a", Some("enabled")).await;
    let (space, writer) = (bench.world.pod.clone(), Writer::Programs(Flavour::Nft));
    assert!(space.run(|| writer.holds(&ordinary())).unwrap().unwrap());
    assert!(proxy.serves(&uid));
    // the kernel tells of these too
    space.run(|| writer.remove()).unwrap().unwrap();
    until("the rules are back", async || {
        space.run(|| writer.holds(&ordinary())).unwrap().unwrap()
    })
    .await;
    bench.label("shop", None).await;
    bench.until_annotated("a", None).await;
    until("the rules are gone", async || {
        !space.run(|| writer.is_captured()).unwrap().unwrap()
    })
    .await;
    bench.stop().await;
}
