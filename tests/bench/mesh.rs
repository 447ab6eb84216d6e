//! What the mesh costs, measured on sandboxes: `cargo bench -p meshctl --bench mesh [-- --json FILE]`.
//!
//! Every figure of the data path is a ratio to a bare connection of the same run, in rounds that alternate
//! between direct, two plain-copy relays and the mesh, so that a noisy machine is noisy for all three.
//! Absent on purpose: limits. A benchmark reports; it does not fail.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark talks to people"
)]

#[path = "mesh/paths.rs"]
mod paths;
#[path = "../sandbox/programs.rs"]
mod programs;
#[path = "mesh/report.rs"]
mod report;
#[allow(dead_code, reason = "not every benchmark needs all of it")]
#[path = "mesh/sandbox.rs"]
mod sandbox;

use report::Report;
use sandbox::{Outcome, Sandbox};
use std::process::ExitCode;
use std::time::Instant;

/// Rounds of everything that is timed: an odd number, so that the median is one of them.
const ROUNDS: usize = 9;

fn main() -> ExitCode {
    // `cargo test --benches` passes no `--bench`: nothing to measure in a debug build
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    if let Err(error) = programs::are_fresh() {
        eprintln!("Error: {error}, with `--release`");
        return ExitCode::FAILURE;
    }
    let mut report = Report::default();
    if let Err(error) = measure(&mut report) {
        eprintln!("Error: {error}");
        return ExitCode::FAILURE;
    }
    print!("{}", report.table());
    let json = report.json();
    let Some(path) = std::env::args()
        .skip_while(|argument| argument != "--json")
        .nth(1)
    else {
        println!("{json}");
        return ExitCode::SUCCESS;
    };
    if let Err(error) = std::fs::write(&path, json) {
        eprintln!("Error: cannot write `{path}`: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn measure(report: &mut Report) -> Outcome<()> {
    cold_start(report)?;
    let sandbox = Sandbox::up()?;
    let begin = Instant::now();
    sandbox.meshctl(&["install", "-y"])?;
    report.at_most(
        3.0,
        "install, until all ready",
        "s",
        vec![begin.elapsed().as_secs_f64()],
    );
    sandbox::settle();
    idle_memory(&sandbox, report);
    enrolment(&sandbox, report)?;
    paths::measure(&sandbox, report)
}

fn cold_start(report: &mut Report) -> Outcome<()> {
    let mut seconds = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let sandbox = Sandbox::up()?;
        seconds.push(begin.elapsed().as_secs_f64());
        drop(sandbox);
    }
    report.row("sandbox cold start, two nodes ready", "s", seconds);
    Ok(())
}

fn idle_memory(sandbox: &Sandbox, report: &mut Report) {
    for program in ["mesh-control", "mesh-node", "mesh-proxy"] {
        let resident = sandbox.resident_mib(program);
        report.row(&format!("idle memory, {program} (RSS)"), "MiB", resident);
    }
}

fn enrolment(sandbox: &Sandbox, report: &mut Report) -> Outcome<()> {
    sandbox.apply(&sandbox::twenty_pods(), &["many"])?;
    let mut seconds = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        sandbox.meshctl(&["ns", "enroll", "many", "-y", "--wait=60s"])?;
        seconds.push(begin.elapsed().as_secs_f64());
        sandbox.meshctl(&["ns", "unenroll", "many", "-y"])?;
    }
    report.row("enrolment of 20 running pods, until captured", "s", seconds);
    Ok(())
}
