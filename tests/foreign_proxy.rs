//! The node proxy among strangers: a control plane of grpcio, peers of Python's h2, OpenSSL and Go, in network
//! namespaces. Each script has one proxy and many checks (`tests/foreign/*.py`); each check is a test of its own here.

#[path = "harness.rs"]
mod harness;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, OnceLock};

use harness::{Need, Suite, root};
use libtest_mimic::Failed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const NEEDS: [Need; 5] = [
    Need::Root,
    Need::Nft,
    Need::PythonGrpc,
    Need::PythonH2,
    Need::Other(without_go_peer),
];
/// The recorded exchanges; every way, byte for byte; what must not bring it down.
const SCRIPTS: [&str; 3] = ["proxy", "ways", "stress"];

/// Why a check failed, by its name; none of those that passed.
type Outcomes = BTreeMap<String, Option<String>>;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for script in SCRIPTS {
        let outcomes: Arc<OnceLock<Result<Outcomes, String>>> = Arc::default();
        for name in names(script) {
            let (wanted, outcomes) = (name.clone(), outcomes.clone());
            suite.test(&name, &NEEDS, move || {
                outcome(outcomes.get_or_init(|| run(script)), &wanted)
            });
        }
    }
    suite.test(
        "a_script_that_is_told_to_end_leaves_no_namespace_and_no_process",
        &NEEDS,
        told_to_end,
    );
    suite.run()
}

fn without_go_peer() -> Option<String> {
    let peer = root().join("target/tools/foreign/peer");
    (!peer.exists()).then(|| "needs the peer that tests/foreign/build makes".to_owned())
}

/// A script's checks; one stand-in where Python cannot even list them.
fn names(script: &str) -> Vec<String> {
    let listed = output(script, "--list").ok().filter(|text| !text.is_empty());
    listed.map_or_else(
        || vec![format!("the_node_proxy_among_strangers_{script}")],
        |text| text.lines().map(str::to_owned).collect(),
    )
}

fn outcome(outcomes: &Result<Outcomes, String>, name: &str) -> Result<(), Failed> {
    let outcomes = outcomes.as_ref().map_err(|error| Failed::from(error.clone()))?;
    match outcomes.get(name) {
        Some(None) => Ok(()),
        Some(Some(failure)) => Err(failure.clone().into()),
        None => Err("the script did not get so far".into()),
    }
}

/// Runs all checks of a script once.
fn run(script: &str) -> Result<Outcomes, String> {
    let text = output(script, env!("CARGO_BIN_EXE_mesh-proxy"))?;
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

fn python(script: &str, argument: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", root().join("target/tools/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root().join("tests/foreign").join(format!("{script}.py")))
        .arg(argument);
    command
}

fn output(script: &str, argument: &str) -> Result<String, String> {
    let output = python(script, argument)
        .output()
        .map_err(|error| format!("cannot run python3: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A signal in the middle of a check: the world of the script goes with it.
fn told_to_end() -> Result<(), Failed> {
    let mut child = python("proxy", env!("CARGO_BIN_EXE_mesh-proxy"))
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    lines.next().ok_or("no check was run")??;
    let id = i32::try_from(child.id())?;
    let folders = || std::fs::read_dir("/run/netns").into_iter().flatten().flatten();
    let prefix = format!("fx{id}");
    let own = || folders().filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    let proxies = || mesh_proxies_below(&prefix);
    if own().count() < 4 || proxies().is_empty() {
        return Err(format!("no world to take down: {:?} {:?}", own().count(), proxies()).into());
    }
    kill(Pid::from_raw(id), Signal::SIGTERM)?;
    let status = child.wait()?;
    let left = own().count();
    if status.code() != Some(143) || left > 0 || !proxies().is_empty() {
        return Err(format!("ended with {status}, {left} namespaces left, and {:?}", proxies()).into());
    }
    Ok(())
}

/// Proxies that run in the world of a script, which their environment names.
fn mesh_proxies_below(world: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_world = |entry: &std::fs::DirEntry| {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let wanted = format!("MESHCTL_TEST_WORLD={world}");
        environment
            .split(|byte| *byte == 0)
            .any(|one| one == wanted.as_bytes())
    };
    let names = processes.filter(of_world);
    names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
