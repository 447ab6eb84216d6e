//! A pod starts while agent, proxy or both are killed, in each order, right after each step of its capture: whatever it
//! says from its first moment on goes to the proxy, and it never starts uncaptured.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mesh_node::capture::fault::{Fault, Step};
use mesh_node::redirect::nft;
use serde_json::json;

use crate::bench::{Bench, block, is_captured, until};
use crate::harness::{Need, Suite};
use crate::proxy::Proxy;
use crate::world::{NODE, POD, connect, listen};

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    suite.test(
        "no_pod_starts_in_the_clear_whoever_is_killed_at_whatever_step",
        needs,
        || block(every_order),
    );
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Agent,
    Proxy,
}

const ORDERS: [&[Victim]; 4] = [
    &[Victim::Agent],
    &[Victim::Proxy],
    &[Victim::Agent, Victim::Proxy],
    &[Victim::Proxy, Victim::Agent],
];

async fn every_order() {
    let mut bench = Bench::new().await;
    bench.enrol().await;
    for step in Step::ALL {
        for order in ORDERS {
            one(&mut bench, step, order).await;
        }
    }
}

/// One pod from its creation to its end.
async fn one(bench: &mut Bench, step: Step, order: &[Victim]) {
    let what = format!("{order:?} after {step:?}");
    let outside = listen(&bench.world.node, "0.0.0.0", 8080).unwrap();
    outside.set_nonblocking(true).unwrap();
    let reached = Arc::new(AtomicBool::new(false));
    let sees = reached.clone();
    // the first capture goes no further than this step; after the blows nothing is in the way
    let cut = Fault::new(move |after| after == step && !sees.swap(true, Ordering::Relaxed));
    bench.start_faulty(cut).await;
    let mut proxy = bench.proxy();
    until("the proxy is connected", async || proxy.snapshots() > 0).await;
    let space = bench.world.pod.clone();
    bench.hold("a", &space);
    let uid = bench.create_pod("a", &json!({})).await;
    let first = bench.plugging(("shop", "a"), &bench.netns_path("a"), POD);
    let is_reached = async || reached.load(Ordering::Relaxed);
    until(&what, is_reached).await;
    for victim in order {
        match victim {
            Victim::Agent => {
                bench.kill().await;
                bench.start().await;
            }
            Victim::Proxy => {
                drop(proxy);
                proxy = Proxy::start(&bench.path("ztunnel/ztunnel.sock"));
            }
        }
    }
    let mut has_started = first.await.unwrap().status.success();
    let begin = Instant::now();
    while !has_started {
        // as the kubelet does, with a new sandbox each time
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "{what}: it never starts"
        );
        let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
        has_started = output.status.success();
    }
    // its first word, at once
    let _said = connect(&space, NODE, 8080);
    assert!(is_captured(&space), "{what}");
    until(&what, async || proxy.serves(&uid)).await;
    bench.until_annotated("a", Some("enabled")).await;
    assert!(outside.accept().is_err(), "{what}: it went in the clear");
    bench.stop().await;
    drop(proxy);
    bench.delete_pod("a").await;
    bench.release("a");
    space.run(nft::remove).unwrap().unwrap();
}
