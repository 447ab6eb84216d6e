//! What the node agent costs at scale: `cargo bench -p mesh-node --bench agent [-- PODS]`, as root.
//!
//! The real program against a real API server, a network namespace for each pod, and a proxy that speaks the
//! real protocol. Absent on purpose: limits. A benchmark reports; it does not fail.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark talks to people and ends at the first surprise"
)]
#![allow(dead_code, reason = "the node of the tests can do more than is measured here")]

#[path = "../agent/bench.rs"]
mod bench;
#[path = "../agent/pods.rs"]
mod pods;
#[path = "../agent/proxy.rs"]
mod proxy;
#[path = "mesh/report.rs"]
mod report;
#[path = "../netns/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use bench::{Bench, block, get};
use futures::StreamExt;
use futures::stream::BoxStream;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ObjectMeta;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use mesh_sys::process::{Usage, usage};
use mesh_wire::well_known::annotation::REDIRECTION;
use nix::sched::{CloneFlags, unshare};
use report::Report;
use serde_json::json;

/// Pods of the node.
const PODS: usize = 500;
/// How often all of them join and leave.
const ROUNDS: usize = 5;
/// How long the steady state is watched: as long as it takes until every pod was looked at again.
const WATCHED: Duration = Duration::from_mins(5);
/// Requests of a client that does nothing but patch, at a time; the agent has as many.
const SIDE_BY_SIDE: usize = 16;

fn main() -> ExitCode {
    // `cargo test --benches` passes no `--bench`: nothing to measure in a debug build
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let pods = arguments.iter().find_map(|word| word.parse().ok());
    if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
        eprintln!("Error: cannot make a network namespace: {error}; run it as root");
        return ExitCode::FAILURE;
    }
    if world::loopback_up().is_err() || block(|| measure(pods.unwrap_or(PODS))).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The agent as a process; killed with the value.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Agent {
    async fn start(bench: &Bench) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_mesh-node"))
            .env_clear()
            .envs(bench.environment())
            .env("KUBECONFIG", bench.path("kubeconfig"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let agent = Self(child.unwrap());
        while get("127.0.0.1:8000", "/readyz").await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        agent
    }

    fn usage(&self) -> Usage {
        usage(self.0.id()).unwrap()
    }

    fn mebibytes(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a size of some megabytes")]
        let resident = self.usage().resident as f64;
        resident / f64::from(1 << 20)
    }
}

async fn measure(pods: usize) {
    let mut report = Report::default();
    let mut bench = Bench::new().await;
    let proxy = bench.proxy();
    let agent = Agent::start(&bench).await;
    report.row("resident, no pods", "MiB", vec![agent.mebibytes()]);
    eprintln!("making {pods} pods");
    for index in 0..pods {
        let address = format!("10.9.{}.{}", 2 + index / 250, 1 + index % 250);
        let space = world::lonely(&address).unwrap();
        let name = format!("p{index}");
        bench
            .run_pod_in(&name, &space, &[address.as_str()], &json!({}))
            .await;
    }
    report.row(
        &format!("{pods} patches alone, {SIDE_BY_SIDE} side by side"),
        "s",
        vec![patches(&bench, pods).await.as_secs_f64()],
    );
    rounds(&bench, &agent, pods, &mut report).await;
    rest(&agent, pods, &mut report).await;
    drop(proxy);
    print!("{}", report.table());
    println!("{}", report.json());
}

/// All pods join and leave, again and again; in the end they are in.
async fn rounds(bench: &Bench, agent: &Agent, pods: usize, report: &mut Report) {
    let (mut joined, mut left, mut cost) = (Vec::new(), Vec::new(), Vec::new());
    let mut told = Told::follow(bench);
    told.settle(0).await;
    for round in 0..ROUNDS {
        if round > 0 {
            let begin = Instant::now();
            bench.label("shop", None).await;
            told.settle(0).await;
            released(bench).await;
            left.push(begin.elapsed().as_secs_f64());
        }
        let (before, begin) = (agent.usage().cpu, Instant::now());
        bench.enrol().await;
        told.settle(pods).await;
        joined.push(begin.elapsed().as_secs_f64());
        let spent = agent.usage().cpu.saturating_sub(before).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count of some hundreds")]
        cost.push(spent * 1000.0 / pods as f64);
        eprintln!(
            "round {} of {ROUNDS}: {:.1?} s in, {:.1?} s out, {:.1} MiB",
            round + 1,
            joined.last(),
            left.last(),
            agent.mebibytes()
        );
    }
    let name = format!("{pods} running pods join, until the last is annotated");
    report.at_most(5.0, &name, "s", joined);
    let name = format!("{pods} pods leave, until the last has no rules");
    report.at_most(5.0, &name, "s", left);
    report.at_most(
        20.0,
        "processor time of the agent for each that joins",
        "ms",
        cost,
    );
    let name = format!("resident, {pods} pods, just joined");
    report.at_most(12.0, &name, "MiB", vec![agent.mebibytes()]);
}

/// Every pod is looked at once while this watches.
async fn rest(agent: &Agent, pods: usize, report: &mut Report) {
    tokio::time::sleep(Duration::from_secs(10)).await;
    eprintln!("watching for {} s", WATCHED.as_secs());
    let (before, begin) = (agent.usage().cpu, Instant::now());
    let mut resident = Vec::new();
    while begin.elapsed() < WATCHED {
        tokio::time::sleep(Duration::from_secs(30)).await;
        resident.push(agent.mebibytes());
    }
    let share = (agent.usage().cpu.saturating_sub(before)).as_secs_f64() / begin.elapsed().as_secs_f64();
    let name = format!("steady state, {pods} pods, share of a core");
    report.at_most(0.1, &name, "%", vec![share * 100.0]);
    let name = format!("resident, {pods} pods, settled");
    report.at_most(12.0, &name, "MiB", resident);
}

/// How long the API server takes for as many patches, nothing else: part of every round.
async fn patches(bench: &Bench, pods: usize) -> Duration {
    let begin = Instant::now();
    let patch = json!({"metadata": {"annotations": {"example.com/measured": "yes"}}});
    futures::stream::iter(0..pods)
        .for_each_concurrent(SIDE_BY_SIDE, |index| {
            let (name, patch) = (format!("p{index}"), &patch);
            async move { bench.patch_status(&name, patch).await }
        })
        .await;
    begin.elapsed()
}

/// Which pods are annotated, as the API server tells; a list again and again would be a load of its own.
struct Told {
    events: BoxStream<'static, watcher::Result<Event<PartialObjectMeta<Pod>>>>,
    annotated: BTreeSet<String>,
    is_listed: bool,
}

impl Told {
    fn follow(bench: &Bench) -> Self {
        Self {
            events: watcher::watcher(
                Api::<PartialObjectMeta<Pod>>::namespaced(bench.client.clone(), "shop"),
                watcher::Config::default(),
            )
            .boxed(),
            annotated: BTreeSet::new(),
            is_listed: false,
        }
    }

    /// Waits until so many are.
    async fn settle(&mut self, wanted: usize) {
        while !self.is_listed || self.annotated.len() != wanted {
            match self.events.next().await.unwrap().unwrap() {
                Event::Apply(pod) | Event::InitApply(pod) => self.see(pod.metadata),
                Event::InitDone => self.is_listed = true,
                Event::Init | Event::Delete(_) => {}
            }
        }
    }

    fn see(&mut self, meta: ObjectMeta) {
        let value = meta
            .annotations
            .and_then(|annotations| annotations.get(REDIRECTION).cloned());
        let name = meta.name.unwrap();
        if value.as_deref() == Some("enabled") {
            self.annotated.insert(name);
        } else {
            self.annotated.remove(&name);
        }
    }
}

/// Waits until the agent has nothing left to take out.
async fn released(bench: &Bench) {
    while !bench.probed().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
