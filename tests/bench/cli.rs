//! What the CLI costs who waits for it: `cargo bench -p meshctl --bench cli [-- --json FILE]`.
//!
//! Start, a big dump, rendering, and all pairs of a large mesh; each as a process of its own, with its time on the
//! clock and its largest memory.
//! Absent on purpose: limits. A benchmark reports; it does not fail.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark talks to people"
)]

#[path = "cli/pairs.rs"]
mod pairs;
#[path = "mesh/report.rs"]
mod report;

use nix::sys::resource::{UsageWho, getrusage};
use report::Report;
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Runs of each command: an odd number, so that the median is one of them.
const ROUNDS: usize = 21;
const WORKLOADS: usize = 10_000;
/// The word for what is measured in this program and not in another.
const PAIRS: &str = "--pairs";
const PROGRAM: &str = env!("CARGO_BIN_EXE_meshctl");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        // `cargo test --benches` passes no `--bench`: nothing to measure in a debug build
        None => ExitCode::SUCCESS,
        Some("--measure") if arguments.get(2).is_some_and(|word| word == PAIRS) => all_pairs(),
        Some("--measure") => child(&arguments[2..]),
        Some(_) => match run(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("Error: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let dump = scratch.path().join("dump.json");
    std::fs::write(&dump, big_dump()?)?;
    let dump = dump.display().to_string();
    let mut report = Report::default();
    for (name, words, time, memory) in [
        ("--help", vec!["--help"], 20.0, None),
        (
            "zc workloads of 10,000",
            vec!["zc", "workloads", "-f", &dump],
            150.0,
            Some(60.0),
        ),
        (
            "zc workloads of 10,000, JSON",
            vec!["zc", "workloads", "-f", &dump, "-o", "json"],
            300.0,
            Some(150.0),
        ),
        ("manifest generate", vec!["manifest", "generate"], 100.0, None),
        (
            "all pairs of 10,000 identities, 500 policies",
            vec![PAIRS],
            5_000.0,
            Some(500.0),
        ),
    ] {
        let (mut times, mut sizes) = (Vec::new(), Vec::new());
        let rounds = if words == [PAIRS] { 3 } else { ROUNDS };
        for _ in 0..rounds {
            let (took, size) = measure(&words)?;
            times.push(took);
            sizes.push(size);
        }
        report.at_most(time, name, "ms", times);
        let name = format!("{name}, memory");
        match memory {
            Some(goal) => report.at_most(goal, &name, "MiB", sizes),
            None => report.row(&name, "MiB", sizes),
        }
    }
    print!("{}", report.table());
    if let Some(path) = arguments.iter().skip_while(|word| *word != "--json").nth(1) {
        std::fs::write(path, report.json())?;
    }
    Ok(())
}

/// Milliseconds and MiB of one run. A process in between, so that only this run is among its children.
fn measure(words: &[&str]) -> Result<(f64, f64), Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?)
        .arg("--measure")
        .args(words)
        .env("KUBECONFIG", "")
        .stderr(Stdio::inherit())
        .output()?;
    let figures: Vec<f64> = serde_json::from_slice(&output.stdout)?;
    match figures[..] {
        [took, size] => Ok((took, size)),
        _ => Err(format!("`{}` was not measured", words.join(" ")).into()),
    }
}

fn child(words: &[String]) -> ExitCode {
    let begin = Instant::now();
    let status = Command::new(PROGRAM).args(words).stdout(Stdio::null()).status();
    let took = begin.elapsed().as_secs_f64() * 1e3;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    if let (Ok(status), Ok(usage)) = (status, usage)
        && status.success()
    {
        // the kernel counts KiB
        #[expect(clippy::cast_precision_loss, reason = "memory of a process fits")]
        let size = usage.max_rss() as f64 / 1024.0;
        println!("[{took}, {size}]");
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

/// The verdicts of all pairs, and the most memory that this process ever had, its objects included.
fn all_pairs() -> ExitCode {
    let asked = match pairs::ask() {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("Error: {error}");
            return ExitCode::FAILURE;
        }
    };
    eprintln!(
        "{} pairs, {} allowed, {} verdicts asked for",
        asked.pairs, asked.allowed, asked.verdicts
    );
    match getrusage(UsageWho::RUSAGE_SELF) {
        Ok(usage) => {
            #[expect(clippy::cast_precision_loss, reason = "memory of a process fits")]
            let size = usage.max_rss() as f64 / 1024.0;
            println!("[{}, {size}]", asked.took);
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

/// The recorded dump with many workloads like its first.
fn big_dump() -> Result<String, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/ztunnel/config_dump.json");
    let mut dump: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let first = dump["workloads"][0].clone();
    let workloads = (0..WORKLOADS).map(|number| {
        let mut one = first.clone();
        one["uid"] = json!(format!("east//Pod/data/db-{number}"));
        one["name"] = json!(format!("db-{number}"));
        one["workloadIps"] = json!([format!(
            "10.{}.{}.{}",
            number >> 16,
            number >> 8 & 255,
            number & 255
        )]);
        one
    });
    dump["workloads"] = workloads.collect();
    Ok(dump.to_string())
}
