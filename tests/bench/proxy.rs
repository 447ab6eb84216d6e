//! What the node proxy costs beside yardsticks of the same run, as root:
//! `cargo bench -p proxy-core --bench proxy [-- --rounds N] [--only ROW] [--before PROGRAM] [--json FILE] [--markdown FILE]`.
//!
//! Two real proxies on two nodes made of network namespaces, the real rules in captured pods, and a control plane and
//! node agent of the benchmark's own. What is timed runs in rounds that alternate between the proxies and what they
//! are compared with: a direct connection, two relays that copy, two relays that do nothing but seal and open records.
//! Processor time is that of the processes in question, so that a busy machine moves it less than it moves rates.
//! Absent on purpose: failures. A benchmark reports, and says of each figure whether it is where it should be.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark talks to people"
)]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

#[path = "proxy/control.rs"]
mod control;
#[path = "proxy/load.rs"]
mod load;
#[path = "proxy/mesh.rs"]
mod mesh;
#[path = "proxy/net.rs"]
mod net;
#[path = "proxy/options.rs"]
mod options;
#[path = "proxy/plain.rs"]
mod plain;
#[path = "proxy/process.rs"]
mod process;
#[path = "proxy/relay.rs"]
mod relay;
#[path = "proxy/report.rs"]
mod report;
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared with tests, which sign more kinds of certificates and fail by panicking"
)]
#[path = "../../proxy-core/tests/shared/root.rs"]
mod root;
#[path = "proxy/scale.rs"]
mod scale;
#[path = "proxy/serve.rs"]
mod serve;
#[path = "proxy/traffic.rs"]
mod traffic;
#[path = "proxy/usage.rs"]
mod usage;

use std::process::ExitCode;
use std::time::Instant;

use mesh::World;
use options::Options;
use plain::Plain;
use report::{Column, Report, Row};
use usage::Machine;

/// What a step of the benchmark ends with.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Rows that come out of one measurement.
struct Group {
    rows: &'static [Row],
    measure: fn(&mut Bench) -> Outcome<()>,
}

/// Everything that can be measured, in the order of the table.
const GROUPS: [&[Group]; 2] = [&traffic::GROUPS, &scale::GROUPS];

/// What the measurements share.
struct Bench {
    options: Options,
    report: Report,
    /// The way without a proxy, and the yardsticks.
    plain: Plain,
    /// The program that is measured, and the one it is compared with, if there is one.
    worlds: Vec<(Column, World)>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(outcome) = process::child(&words) {
        return ended(outcome);
    }
    // `cargo test --benches` passes no `--bench`: nothing to measure in a debug build
    if !words.iter().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    ended(run(&words))
}

fn ended(outcome: Outcome<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn groups() -> impl Iterator<Item = &'static Group> {
    GROUPS.into_iter().flatten()
}

fn run(words: &[String]) -> Outcome<()> {
    let options = Options::parse(words)?;
    if cfg!(debug_assertions) {
        eprintln!("Warning: this is a debug build; its figures say nothing");
    }
    let wanted: Vec<_> = groups()
        .filter(|group| group.rows.iter().any(|row| options.wants(row)))
        .collect();
    if wanted.is_empty() {
        return Err("no row has that in its name".into());
    }
    net::check()?;
    let (begun, before) = (Instant::now(), Machine::now()?);
    let mut bench = Bench::new(options)?;
    for group in wanted {
        for row in group.rows.iter().filter(|row| bench.options.wants(row)) {
            eprintln!("{}", row.what);
        }
        (group.measure)(&mut bench)?;
    }
    let Bench {
        options,
        report,
        worlds,
        plain,
    } = bench;
    drop((worlds, plain)); // what children spent is known when they have ended
    let others = Machine::now()?.others(before, begun.elapsed().as_secs_f64());
    let markdown = report.markdown(&options.only, others);
    let json = report.json(&options.only, others);
    println!("{markdown}");
    for (path, text) in [(&options.markdown, markdown), (&options.json, json)] {
        if let Some(path) = path {
            std::fs::write(path, text)
                .map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
        }
    }
    Ok(())
}

impl Bench {
    fn new(options: Options) -> Outcome<Self> {
        let mut worlds = vec![(
            Column::Now,
            World::new(std::path::Path::new(env!("CARGO_BIN_EXE_mesh-proxy")))?,
        )];
        if let Some(program) = &options.before {
            worlds.push((Column::Before, World::new(program)?));
        }
        let plain = Plain::new()?;
        Ok(Self {
            options,
            report: Report::new(groups().flat_map(|group| group.rows)),
            plain,
            worlds,
        })
    }
}
