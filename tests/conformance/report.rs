//! Runs a program's suites and says which points of the contracts hold:
//! `cargo run -p proxy-core --example conformance` for the node proxy, with `control` or
//! `node` or `cli` behind it for the control plane, the node agent, or charts and CLI.
//!
//! A point passes when every test that holds it passes. What cannot run here is not passed: the suites over a
//! real kernel need root and what `tests/tools` fetches.

#![expect(clippy::print_stdout, reason = "a report for people")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

#[path = "points.rs"]
mod points;

/// Whose points may be asked for, and where the tests that hold them are.
const PROGRAMS: [(&str, &[&str]); 4] = [
    ("proxy", &["mesh-wire", "mesh-sys", "proxy-core"]),
    ("control", &["control-core"]),
    ("node", &["mesh-wire", "mesh-sys", "mesh-node"]),
    ("cli", &["control-core", "meshctl"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let asked = std::env::args().nth(1).unwrap_or_else(|| "proxy".to_owned());
    let program = PROGRAMS.iter().find(|(who, _)| *who == asked);
    let (who, suites) =
        program.ok_or_else(|| format!("`{asked}` is none of proxy, control, node and cli"))?;
    let list = std::fs::read_to_string(root().join("tests/conformance/points.txt"))?;
    let all = points::read(&list)?;
    let outcomes = run(suites)?;
    let held = points::held(&all, outcomes.keys().map(String::as_str));
    let mut by_family: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut open = Vec::new();
    for point in all.iter().filter(|point| point.who == *who) {
        let tests = &held[&point.id];
        let failed: Vec<_> = tests
            .iter()
            .filter(|test| outcomes[**test] != "ok")
            .copied()
            .collect();
        let why = match &point.missing {
            Some(reason) => Some(reason.clone()),
            None if tests.is_empty() => Some("no test of this run holds it".to_owned()),
            None if !failed.is_empty() => Some(format!("not passed: {}", failed.join(", "))),
            None => None,
        };
        let family = point.id.split(' ').next().unwrap_or_default();
        let (passed, total) = by_family.entry(family).or_default();
        *total += 1;
        *passed += usize::from(why.is_none());
        open.extend(why.map(|why| format!("{}: {} ({why})", point.id, point.title)));
    }
    for line in &open {
        println!("open  {line}");
    }
    for (family, (passed, total)) in &by_family {
        println!("{family:<9} {passed:>3} of {total}");
    }
    let sum = |of: fn(&(usize, usize)) -> usize| by_family.values().map(of).sum::<usize>();
    println!("{:<9} {:>3} of {}", "points", sum(|one| one.0), sum(|one| one.1));
    Ok(if open.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Every test of the suites and how it ended.
fn run(suites: &[&str]) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root()).args(["test", "--no-fail-fast"]);
    for suite in suites {
        command.args(["-p", suite]);
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let lines = child.stdout.take().ok_or("no output")?;
    let mut outcomes = BTreeMap::new();
    for line in BufReader::new(lines).lines() {
        let line = line?;
        // `test module::tests::name ... ok`, with a reason behind the name of what cannot run
        let Some((name, outcome)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        else {
            continue;
        };
        let name = name.trim().split(' ').next().unwrap_or_default();
        let name = name.rsplit("::").next().unwrap_or_default();
        outcomes.insert(name.to_owned(), outcome.trim().to_owned());
    }
    child.wait()?;
    Ok(outcomes)
}
