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
#[path = "../agent/proxy.rs"]
mod proxy;
#[path = "mesh/report.rs"]
mod report;
#[path = "../netns/world.rs"]
mod world;

use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use bench::{Bench, block, get};
use kube::api::ListParams;
use mesh_sys::process::{Usage, usage};
use mesh_wire::well_known::annotation::REDIRECTION;
use nix::sched::{CloneFlags, unshare};
use report::Report;
use serde_json::json;

/// Pods of the node.
const PODS: usize = 500;
/// How often all of them join and leave.
const ROUNDS: usize = 5;
/// How long the steady state is watched.
const WATCHED: Duration = Duration::from_mins(1);

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
    let (mut joined, mut left, mut cost) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        if round > 0 {
            bench.label("shop", None).await;
            left.push(settled(&bench, 0).await.as_secs_f64());
        }
        let before = agent.usage().cpu;
        bench.enrol().await;
        joined.push(settled(&bench, pods).await.as_secs_f64());
        let spent = agent.usage().cpu.saturating_sub(before).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a count of some hundreds")]
        cost.push(spent * 1000.0 / pods as f64);
    }
    report.row(
        &format!("{pods} running pods join, until the last is annotated"),
        "s",
        joined,
    );
    report.row(&format!("{pods} pods leave"), "s", left);
    report.row("processor time of the agent for each that joins", "ms", cost);
    report.row(
        &format!("resident, {pods} pods, just joined"),
        "MiB",
        vec![agent.mebibytes()],
    );
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (before, begin) = (agent.usage().cpu, Instant::now());
    tokio::time::sleep(WATCHED).await;
    let share = (agent.usage().cpu.saturating_sub(before)).as_secs_f64() / begin.elapsed().as_secs_f64();
    report.row(
        &format!("steady state, {pods} pods, share of a core"),
        "%",
        vec![share * 100.0],
    );
    report.row(
        &format!("resident, {pods} pods, settled"),
        "MiB",
        vec![agent.mebibytes()],
    );
    drop(proxy);
    print!("{}", report.table());
    println!("{}", report.json());
}

/// Waits until so many pods are annotated.
async fn settled(bench: &Bench, wanted: usize) -> Duration {
    let begin = Instant::now();
    loop {
        let pods = bench.pods().list(&ListParams::default()).await.unwrap().items;
        let annotated = pods.iter().filter(|pod| {
            let annotations = pod.metadata.annotations.as_ref();
            annotations
                .and_then(|all| all.get(REDIRECTION))
                .map(String::as_str)
                == Some("enabled")
        });
        if annotated.count() == wanted {
            return begin.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
