//! The node proxy among strangers: a control plane of grpcio, peers of Python's h2 and OpenSSL, in network
//! namespaces (`tests/foreign/proxy.py`). One proxy, many checks; each is a test of its own here.

#[path = "harness.rs"]
mod harness;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use harness::{Need, Suite, root};
use libtest_mimic::Failed;

const NEEDS: [Need; 4] = [Need::Root, Need::Nft, Need::PythonGrpc, Need::PythonH2];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for name in names() {
        let wanted = name.clone();
        suite.test(&name, &NEEDS, move || outcome(&wanted));
    }
    suite.run()
}

/// The script's checks; one stand-in where Python cannot even list them.
fn names() -> Vec<String> {
    let listed = python(&["--list"]).ok().filter(|text| !text.is_empty());
    listed.map_or_else(
        || vec!["the_node_proxy_among_strangers".to_owned()],
        |text| text.lines().map(str::to_owned).collect(),
    )
}

fn outcome(name: &str) -> Result<(), Failed> {
    static RUN: OnceLock<Result<BTreeMap<String, Option<String>>, String>> = OnceLock::new();
    let outcomes = RUN
        .get_or_init(run)
        .as_ref()
        .map_err(|error| Failed::from(error.clone()))?;
    match outcomes.get(name) {
        Some(None) => Ok(()),
        Some(Some(failure)) => Err(failure.clone().into()),
        None => Err("the script did not get so far".into()),
    }
}

/// Runs all checks once; a name without failure has passed.
fn run() -> Result<BTreeMap<String, Option<String>>, String> {
    let text = python(&[env!("CARGO_BIN_EXE_mesh-proxy")])?;
    let (mut outcomes, mut log) = (BTreeMap::new(), String::new());
    for line in text.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        if let Some(name) = line["name"].as_str() {
            outcomes.insert(name.to_owned(), line["failure"].as_str().map(str::to_owned));
        }
        if let Some(end) = line["log"].as_str() {
            log = format!("\nthe proxy's log, its end:\n{end}");
        }
    }
    // the log belongs to the first failure
    if let Some(failure) = outcomes.values_mut().flatten().next() {
        failure.push_str(&log);
    }
    Ok(outcomes)
}

fn python(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root().join("tests/foreign/proxy.py"))
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot run python3: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
