//! What an agent may do and take: privileges, ports, time, events.

use std::collections::BTreeSet;
use std::path::Path;

use kube::api::ListParams;
use libtest_mimic::Failed;
use mesh_node::redirect::established;
use mesh_wire::well_known::annotation::REDIRECTION;
use serde_json::json;

use crate::bench::{Bench, block, until};
use crate::harness::Suite;
use crate::world::lonely;

type Test = fn() -> Result<(), Failed>;

/// Pods that join at once.
const MANY: u8 = 100;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[crate::harness::Need]) {
    let tests: [(&str, Test); 3] = [
        ("enrolment_c02_a_hundred_pods_join_within_five_seconds", || {
            block(many)
        }),
        ("enrolment_c25_each_change_of_a_pod_is_one_event", || {
            block(events)
        }),
        ("security_p7_no_ports_but_health_metrics_and_the_report", || {
            block(ports)
        }),
    ];
    for (name, test) in tests {
        suite.test(name, needs, test);
    }
    suite.test("cni_c30_five_capabilities_and_no_privileges", &[], privileges);
}

async fn many() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    for number in 1..=MANY {
        let address = format!("10.9.0.{number}");
        let space = lonely(&address).unwrap();
        bench
            .run_pod_in(&format!("p{number}"), &space, &[&address], &json!({}))
            .await;
    }
    bench.enrol().await;
    let took = until("all are captured", async || {
        let pods = bench.pods().list(&ListParams::default()).await.unwrap();
        let captured = pods.items.iter().filter(|pod| {
            let annotations = pod.metadata.annotations.as_ref();
            annotations
                .and_then(|all| all.get(REDIRECTION))
                .map(String::as_str)
                == Some("enabled")
        });
        captured.count() == usize::from(MANY)
    })
    .await;
    assert!(took.as_secs() < 5, "{took:?}");
    assert_eq!(bench.probed().len(), usize::from(MANY));
    bench.stop().await;
}

async fn events() {
    let mut bench = Bench::started().await;
    let _proxy = bench.proxy();
    bench.run_pod("a").await;
    let mut expected = Vec::new();
    for _ in 0..2 {
        bench.enrol().await;
        bench.until_annotated("a", Some("enabled")).await;
        // looked at again for no reason, it says nothing
        bench.set_addresses("a", &[crate::world::POD]).await;
        bench.label("shop", None).await;
        bench.until_annotated("a", None).await;
        expected.extend(["MeshCaptured", "MeshReleased"]);
        until("the last change is told", async || {
            bench.events().await.len() >= expected.len()
        })
        .await;
    }
    let mut told = bench.events().await;
    told.sort();
    expected.sort_unstable();
    assert_eq!(told, expected);
    bench.stop().await;
}

async fn ports() {
    let mut bench = Bench::new().await;
    let before = established::read().unwrap().listening;
    bench.start().await;
    let during = established::read().unwrap().listening;
    let opened: BTreeSet<u16> = during.difference(&before).copied().collect();
    assert_eq!(opened, BTreeSet::from([8000, 9876, 15014]));
    bench.stop().await;
}

/// The chart decides; what it renders is compared with the field's renderer elsewhere.
fn privileges() -> Result<(), Failed> {
    let chart =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests/charts/cni/templates/daemonset.yaml");
    let text = std::fs::read_to_string(chart)?;
    for line in [
        "privileged: false",
        "drop: [ALL]",
        "add: [NET_ADMIN, NET_RAW, SYS_PTRACE, SYS_ADMIN, DAC_OVERRIDE]",
    ] {
        let found = text.lines().filter(|found| found.trim() == line).count();
        if found != 1 {
            return Err(format!("`{line}` stands {found} times in the chart").into());
        }
    }
    Ok(())
}
