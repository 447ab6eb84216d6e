//! Whether the mesh holds: `cargo bench -p meshctl --bench soak -- [--minutes 30] [--json FILE]`.
//!
//! A sandbox of two nodes carries mixed load, of which both ends check and count every byte, while certificates
//! rotate every minute, a policy denies and allows one client in turn, node agents are killed, and pods come and
//! go. Afterwards no byte, connection or verdict may be wrong, and no program may hold more than before.
//! Absent on purpose: speed, which the benchmark `mesh` measures. Descriptors of proxies are seen as root only.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark talks to people"
)]

#[path = "soak/certificates.rs"]
mod certificates;
#[path = "soak/disturb.rs"]
mod disturb;
#[path = "soak/load.rs"]
mod load;
#[path = "../sandbox/programs.rs"]
mod programs;
#[path = "soak/report.rs"]
mod report;
#[path = "soak/samples.rs"]
mod samples;
#[allow(dead_code, reason = "not every benchmark needs all of it")]
#[path = "mesh/sandbox.rs"]
mod sandbox;
#[path = "soak/verdicts.rs"]
mod verdicts;

use disturb::{PASSING, Until};
use mesh_sandbox::end::Asked;
use report::Report;
use samples::Sample;
use sandbox::{Outcome, Sandbox, deployment, deployment_as, service};
use std::fmt::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Life of certificates that makes proxies renew them each minute: two fifths of it, since they are dated back.
const TTL: &str = "env.SECRET_TTL=150s";
/// Until programs have given back the pages that only their start needed.
const REST: Duration = Duration::from_secs(35);
/// The load before the first sample, so that tunnels, metrics, caches and pages of code are there.
const WARM_UP: Duration = Duration::from_secs(20);
/// From the end of a load until a sample.
const AFTER: Duration = Duration::from_secs(15);
/// Minutes in which every certificate is replaced, and both agents can be killed and settle.
const SHORTEST: f64 = 2.0;
/// Between two looks at certificates.
const LOOK: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    // `cargo test --benches` passes no `--bench`
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    match soak() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all went well.
fn soak() -> Outcome<bool> {
    let minutes: f64 = argument("--minutes").map_or(Ok(30.0), |text| text.parse())?;
    if minutes < SHORTEST {
        return Err(format!("certificates and agents need at least {SHORTEST} minutes").into());
    }
    let duration = Duration::try_from_secs_f64(minutes * 60.0)?;
    programs::are_fresh()?;
    if cfg!(debug_assertions) {
        eprintln!(
            "Warning: a debug build, with a quarter of the load; its figures are not those of a release"
        );
    }
    let asked = watch_for_the_end()?;
    let mut report = Report {
        minutes,
        ..Report::default()
    };
    run(&mut report, duration, &asked)?;
    print!("{}", report.text());
    if let Some(path) = argument("--json") {
        std::fs::write(path, report.json())?;
    }
    let wrongs = report.wrongs();
    for wrong in &wrongs {
        println!("WRONG: {wrong}");
    }
    println!("{}", if wrongs.is_empty() { "passed" } else { "failed" });
    Ok(wrongs.is_empty())
}

fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// A flag that rises when this process is asked to end, so that the sandbox can be taken down.
fn watch_for_the_end() -> Outcome<Arc<AtomicBool>> {
    let signals = Asked::prepare()?;
    let asked = Arc::new(AtomicBool::new(false));
    let flag = asked.clone();
    // the thread ends with the process
    drop(std::thread::spawn(move || {
        signals.wait();
        eprintln!("interrupted: taking the sandbox down");
        flag.store(true, Ordering::Relaxed);
    }));
    Ok(asked)
}

fn run(report: &mut Report, duration: Duration, asked: &AtomicBool) -> Outcome<()> {
    let until = |length: Duration| Until {
        end: Instant::now() + length,
        asked,
    };
    let rest = |length: Duration| {
        until(length).sleep(length);
        if asked.load(Ordering::Relaxed) {
            return Err("interrupted");
        }
        Ok(())
    };
    eprintln!("installing, then warming up");
    let sandbox = Sandbox::up()?;
    rest(Duration::ZERO)?;
    sandbox.meshctl(&["install", "-y", "--set", TTL])?;
    rest(Duration::ZERO)?;
    sandbox.apply(&objects(), &["soak"])?;
    sandbox.meshctl(&["ns", "enroll", "soak", "-y", "--wait=60s"])?;
    rest(REST)?;
    let warming = [load::loads(&sandbox, WARM_UP)?, load::probers(&sandbox, WARM_UP)?];
    rest(WARM_UP)?;
    drop(warming.map(load::Running::finish));
    rest(AFTER)?;
    let lasting = samples::lasting(&sandbox);
    report.start = samples::take(&sandbox, "deploy/west")?;
    let probing = load::probers(&sandbox, duration)?;
    let time = until(duration);
    report.ended = std::thread::scope(|scope| {
        let loading = scope.spawn(|| load::rounds(&sandbox, time).map_err(|error| error.to_string()));
        let disturbed = disturbed(report, &sandbox, time);
        let ended = loading.join().map_err(|_| "the load panicked")?;
        disturbed?;
        Ok::<_, Box<dyn std::error::Error>>(ended?)
    })?;
    rest(Duration::ZERO)?;
    report.ended.add(probing.finish());
    sandbox.rolled_out("soak")?;
    rest(AFTER)?;
    report.end = samples::take(&sandbox, "deploy/west")?;
    let now = samples::lasting(&sandbox);
    let ended = lasting.iter().filter(|(name, pid)| now.get(*name) != Some(pid));
    let ended = ended.map(|(name, _)| format!("{name} has ended, and nobody killed it"));
    report.done.failed.extend(ended);
    sandbox.meshctl(&["verify", "ns", "soak"])?;
    Ok(())
}

/// Disturbs until the end; takes a sample and tells of it each minute.
fn disturbed(report: &mut Report, sandbox: &Sandbox, until: Until<'_>) -> Outcome<()> {
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let disturbing = scope.spawn(|| disturb::run(sandbox, until));
        report.certificates.look(sandbox)?;
        let mut looks = 0;
        while until.sleep(LOOK) {
            report.certificates.look(sandbox)?;
            looks += 1;
            if looks % 3 == 0 {
                let sample = samples::take(sandbox, "deploy/west")?;
                let rotations = report.certificates.rotations();
                eprintln!("{}", progress(begin.elapsed(), &sample, rotations));
                report.between.push(sample);
            }
        }
        report.done = disturbing.join().map_err(|_| "the disturbance panicked")?;
        Ok(())
    })
}

fn progress(elapsed: Duration, sample: &Sample, rotations: usize) -> String {
    let mut line = format!("{:4} s: {rotations} rotations", elapsed.as_secs());
    for (program, found) in sample {
        if let Some(resident) = found.get(&samples::Measure::ResidentMib) {
            let _ = write!(line, ", {} {resident:.1} MiB", program.trim_end());
        }
    }
    line
}

/// The namespace: two pods that load each other over the nodes, two that ask for verdicts, two that come and go.
fn objects() -> String {
    let mut text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: soak\n---\n".to_owned();
    for (name, node) in [
        ("west", "node-1"),
        ("east", "node-2"),
        ("prober", "node-1"),
        ("friend", "node-1"),
    ] {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n  namespace: soak\n---\n"
        );
        text += &service("soak", name, 9000);
        let serve = ["serve", "--port", "9000"];
        text += &deployment_as(name, ("soak", name), (1, Some(node)), &serve);
    }
    for (name, node) in PASSING {
        let serve = ["serve", "--port", "9000"];
        text += &deployment("soak", name, (1, Some(node)), &serve);
    }
    text
}
