//! The same things many times over, and faults in every order: nothing is left, nothing is missed.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use libtest_mimic::Failed;
use mesh_node::capture::fault::Step;
use mesh_node::redirect::{nft, probes};
use mesh_sys::netns::NetNamespace;
use mesh_sys::process::descriptors;

use crate::bench::{Bench, block, get, has_rules, is_captured, until};
use crate::harness::{Need, Suite};
use crate::world::{NODE, accept, connect, listen, talk};

type Test = fn() -> Result<(), Failed>;

/// How often a namespace joins and leaves.
const ROUNDS: usize = 100;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let tests: [(&str, Test); 2] = [
        ("joining_and_leaving_a_hundred_times_leaves_nothing", || {
            block(churn)
        }),
        ("faults_in_any_order_are_mended", || block(disorder)),
    ];
    for (name, test) in tests {
        suite.test(name, &[needs, &[Need::Nft]].concat(), test);
    }
}

async fn churn() {
    let mut bench = Bench::started().await;
    let proxy = bench.proxy();
    let uid = bench.run_pod("a").await;
    let server = listen(&bench.world.node, "0.0.0.0", 8080).unwrap();
    let mut client = connect(&bench.world.pod, NODE, 8080).unwrap();
    let (mut accepted, _) = accept(&server).unwrap();
    // a connection that never rests, beside the one that speaks after each change
    let busy = Busy::start(
        connect(&bench.world.pod, NODE, 8080).unwrap(),
        accept(&server).unwrap().0,
    );
    let mut before = 0;
    let mut files = Vec::new();
    for round in 0..ROUNDS {
        bench.enrol().await;
        bench.until_annotated("a", Some("enabled")).await;
        talk(&mut client, &mut accepted).unwrap();
        bench.label("shop", None).await;
        bench.until_annotated("a", None).await;
        talk(&mut client, &mut accepted).unwrap();
        if round == 4 {
            // what is opened once, at the first use, is open by now
            before = settled().await;
            files = files_below(bench.folder.path());
        }
    }
    assert!(busy.stop() > 1000, "the traffic had stopped");
    until("the rules are gone", async || !has_rules(&bench.world.pod)).await;
    until("the proxy is told", async || !proxy.serves(&uid)).await;
    until("the entry is gone", async || bench.probed().is_empty()).await;
    let after = settled().await;
    assert!(
        after <= before + 2,
        "{before} descriptors after 5 rounds, {after} after {ROUNDS}"
    );
    assert_eq!(files_below(bench.folder.path()), files);
    assert_eq!(shown(&bench.world.pod), "", "tables, sets or chains are left");
    let (_, metrics) = get("127.0.0.1:15014", "/metrics").await;
    let none = metrics
        .lines()
        .filter(|line| line.starts_with("istio_cni_captured_pods{"));
    assert!(
        none.clone().count() > 0 && none.clone().all(|line| line.ends_with(" 0")),
        "{metrics}"
    );
    bench.stop().await;
}

/// Two ends that talk without a pause.
struct Busy {
    over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<usize>,
}

impl Busy {
    fn start(mut client: TcpStream, mut server: TcpStream) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let stops = over.clone();
        let thread = std::thread::spawn(move || {
            let mut words = 0;
            while !stops.load(Ordering::Relaxed) {
                talk(&mut client, &mut server).unwrap();
                words += 1;
                std::thread::sleep(Duration::from_millis(1));
            }
            words
        });
        Self { over, thread }
    }

    /// How many words went there and back; panics if one was lost.
    fn stop(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Every file below a folder; processes that are shown come and go.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// All packet rules of a namespace, as the program `nft` shows them.
fn shown(inside: &NetNamespace) -> String {
    let list = || {
        std::process::Command::new("nft")
            .args(["list", "ruleset"])
            .output()
    };
    let output = inside.run(list).unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Descriptors of this process, once those of requests that just ended are closed.
async fn settled() -> usize {
    tokio::time::sleep(Duration::from_millis(500)).await;
    descriptors().0
}

/// What can happen to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    /// The pod's rules are flushed.
    Flush,
    /// The sets of probe addresses are emptied.
    Sets,
    /// The agent is killed and starts again.
    Agent,
    /// The proxy is killed and starts again.
    Proxy,
}

/// Every order of the four.
fn orders() -> Vec<Vec<Blow>> {
    fn extend(chosen: &[Blow], into: &mut Vec<Vec<Blow>>) {
        let all = [Blow::Flush, Blow::Sets, Blow::Agent, Blow::Proxy];
        if chosen.len() == all.len() {
            into.push(chosen.to_vec());
        }
        for blow in all {
            if !chosen.contains(&blow) {
                extend(&[chosen, &[blow]].concat(), into);
            }
        }
    }
    let mut found = Vec::new();
    extend(&[], &mut found);
    found
}

/// Each order, one blow right after the other, with the agent cut off in the middle of a capture first.
async fn disorder() {
    let mut bench = Bench::new().await;
    bench.start_cut(Step::Ruled).await;
    let mut proxy = bench.proxy();
    bench.enrol().await;
    let uid = bench.run_pod("a").await;
    until("the capture begins", async || has_rules(&bench.world.pod)).await;
    bench.kill().await;
    bench.start().await;
    bench.until_annotated("a", Some("enabled")).await;
    let wanted: BTreeMap<_, _> = bench.probed();
    assert_eq!(wanted.len(), 1);
    for order in orders() {
        for blow in &order {
            match blow {
                Blow::Flush => bench.world.pod.run(nft::remove).unwrap().unwrap(),
                Blow::Sets => drop(
                    bench
                        .world
                        .node
                        .run(|| probes::prune(|_| false))
                        .unwrap()
                        .unwrap(),
                ),
                Blow::Agent => {
                    bench.kill().await;
                    bench.start().await;
                }
                Blow::Proxy => proxy = bench.proxy(),
            }
        }
        until(&format!("the rules are back after {order:?}"), async || {
            is_captured(&bench.world.pod)
        })
        .await;
        until(&format!("the addresses are back after {order:?}"), async || {
            bench.probed() == wanted
        })
        .await;
        until(&format!("the proxy serves after {order:?}"), async || {
            proxy.serves(&uid)
        })
        .await;
        assert_eq!(bench.annotation("a").await.as_deref(), Some("enabled"));
    }
    bench.stop().await;
}
