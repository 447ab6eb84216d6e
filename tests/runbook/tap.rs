//! The live view: what an operator sees of connections while they are made, and while they are refused.

use crate::mesh;
use crate::place::Place;
use crate::shell::{Shell, fails, says, settle};
use crate::stage::Sandbox;
use libtest_mimic::Failed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

const CLIENT: &str = "spiffe://cluster.local/ns/shop/sa/till";
const SERVER: &str = "spiffe://cluster.local/ns/localstack/sa/localstack";

/// A tunnel of two nodes seen from both, a refusal with its policy, and an interrupt that ends it in order.
pub(crate) fn live() -> Result<(), Failed> {
    let sandbox = mesh::installed("tap")?;
    sandbox.apply_localstack()?;
    sandbox.sh("meshctl ns enroll localstack shop -y")?;
    let all = Tap::start(&sandbox, "-o json --to ns/localstack")?;
    let denied = Tap::start(&sandbox, "deploy/till.shop --verdict denied")?;
    sandbox.fetch("http://localstack.localstack/seen")?;
    opened_and_closed(&all)?;
    traced(&sandbox, None)?;
    sandbox.apply("deny", include_str!("../../manifests/examples/deny-till.yaml"))?;
    sandbox.sh("meshctl wait policy deny-till.localstack")?;
    if sandbox.fetch("http://localstack.localstack/refused").is_ok() {
        return Err("the policy refuses nobody".into());
    }
    refused(&all, &denied)?;
    traced(&sandbox, Some("localstack/deny-till"))?;
    let why = sandbox.sh("meshctl authz why --last 10m")?;
    says(&why, "explicitly denied by: localstack/deny-till")?;
    says(&why, CLIENT)?;
    // one event is enough for who asks for one; its stream ends by itself
    let loud = sandbox
        .command("meshctl tap --direction inbound --limit 1 -o json")
        .spawn_piped()?;
    let one = settle(|| {
        // refused or not, an attempt is an event
        let _ = sandbox.fetch("http://localstack.localstack/again");
        loud.is_over()
    })?;
    if !one.success() {
        return Err(format!("`--limit 1` ended with {one}: {}", loud.errors()).into());
    }
    says(&denied.interrupt()?, "0 opened, 0 closed")?;
    says(&all.interrupt()?, "events: ")?;
    let lost = sandbox.try_sh("meshctl tap deploy/nobody.shop")?;
    fails(&lost, 1, "`nobody` not found in namespace `shop`")
}

/// A trace asks the same cluster, and one connection of its own confirms what it says.
fn traced(sandbox: &Sandbox, denied_by: Option<&str>) -> Result<(), Failed> {
    let expected = if denied_by.is_some() { "deny" } else { "allow" };
    let line =
        format!("meshctl trace deploy/till.shop localstack.localstack:80 --live --expect {expected} -o json");
    let told: Value = serde_json::from_str(&sandbox.sh(&line)?)?;
    let hops = told["hops"].as_array().ok_or("no hops")?;
    for hop in hops {
        let is_late = ["authorization", "live"].iter().any(|name| hop["hop"] == *name);
        let answers: &[&str] = match denied_by {
            Some(_) if is_late => &["deny"],
            _ => &["pass", "skip"],
        };
        if !answers.iter().any(|answer| hop["answer"] == *answer) {
            return Err(format!("{hop} in {told:#}").into());
        }
        if hop["answer"] == "pass" && hop["ageSeconds"].is_null() {
            return Err(format!("how old is {hop}").into());
        }
    }
    let last = hops.last().ok_or("no hop")?;
    if last["hop"] != "live" {
        return Err(format!("the last hop is {last}").into());
    }
    says(&last.to_string(), denied_by.unwrap_or("both proxies saw it pass"))
}

/// Each proxy tells of the connection once at its start and once at its end, with both identities.
fn opened_and_closed(tap: &Tap) -> Result<(), Failed> {
    for (direction, kind) in [
        ("outbound", "open"),
        ("outbound", "close"),
        ("inbound", "open"),
        ("inbound", "close"),
    ] {
        let event = tap.find(direction, |event| {
            event["direction"] == direction && event["kind"] == kind
        })?;
        let ends = (&event["source"]["identity"], &event["destination"]["identity"]);
        if ends != (&CLIENT.into(), &SERVER.into()) || event["mutualTls"] != true {
            return Err(format!("the identities of {event}").into());
        }
        let target = event["target"].as_str().unwrap_or_default();
        says(target, ":4566")?;
        let node = if direction == "inbound" {
            "node-2"
        } else {
            "node-1"
        };
        if event["node"] != node || event["source"]["namespace"] != "shop" {
            return Err(format!("{event} is not of `{node}`").into());
        }
        let has_moved = |key: &str| event[key].as_u64().is_some_and(|bytes| bytes > 0);
        let is_orderly = has_moved("bytesUp") && has_moved("bytesDown") && event["reason"].is_null();
        if kind == "close" && !is_orderly {
            return Err(format!("the bytes or the end of {event}").into());
        }
    }
    Ok(())
}

/// The server's proxy names the policy, to programs and to people.
fn refused(all: &Tap, denied: &Tap) -> Result<(), Failed> {
    let event = all.find("denied", |event| event["kind"] == "denied")?;
    let told = (
        &event["policy"],
        &event["source"]["identity"],
        &event["direction"],
    );
    if told != (&"localstack/deny-till".into(), &CLIENT.into(), &"inbound".into()) {
        return Err(format!("the refusal {event}").into());
    }
    let line = settle(|| {
        denied
            .lines()
            .first()
            .cloned()
            .ok_or_else(|| denied.errors().into())
    })?;
    for words in [
        " node-2 inbound  denied shop/till-",
        ":4566 mtls from=cluster.local/ns/shop/sa/till to=cluster.local/ns/localstack/sa/localstack",
        "policy=localstack/deny-till reason=",
    ] {
        says(&line, words)?;
    }
    Ok(())
}

/// `meshctl tap` that runs.
struct Tap {
    child: Mutex<Child>,
    output: Arc<Mutex<Vec<String>>>,
    errors: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

/// A command whose outputs are read as they come.
trait Piped {
    fn spawn_piped(&mut self) -> Result<Tap, Failed>;
}

impl Piped for std::process::Command {
    fn spawn_piped(&mut self) -> Result<Tap, Failed> {
        let mut child = self.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (output, errors) = (Arc::default(), Arc::default());
        let readers = vec![
            read(child.stdout.take().ok_or("no output")?, &output),
            read(child.stderr.take().ok_or("no errors")?, &errors),
        ];
        let tap = Tap {
            child: Mutex::new(child),
            output,
            errors,
            readers,
        };
        settle(|| says(&tap.errors(), "watching"))?;
        Ok(tap)
    }
}

fn read(from: impl std::io::Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let lines = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if let Ok(mut lines) = lines.lock() {
                lines.push(line);
            }
        }
    })
}

impl Tap {
    /// Starts it, and waits until both nodes tell.
    fn start(sandbox: &Sandbox, words: &str) -> Result<Self, Failed> {
        let tap = sandbox
            .command(&format!("exec meshctl tap {words}"))
            .spawn_piped()?;
        says(&tap.errors(), "watching 2 node proxies")?;
        Ok(tap)
    }

    fn lines(&self) -> Vec<String> {
        self.output.lock().map(|lines| lines.clone()).unwrap_or_default()
    }

    fn errors(&self) -> String {
        self.errors
            .lock()
            .map(|lines| lines.join("\n"))
            .unwrap_or_default()
    }

    /// Waits for an event.
    fn find(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value, Failed> {
        settle(|| {
            let lines = self.lines();
            let events = lines.iter().map(|line| serde_json::from_str::<Value>(line));
            let events = events.collect::<Result<Vec<_>, _>>()?;
            let found = events.into_iter().find(|event| wanted(event));
            found.ok_or_else(|| format!("no {what} event among {lines:#?}\n{}", self.errors()).into())
        })
    }

    fn is_over(&self) -> Result<ExitStatus, Failed> {
        let mut child = self.child.lock().map_err(|error| error.to_string())?;
        child.try_wait()?.ok_or_else(|| "it goes on".into())
    }

    /// Ctrl-C: it ends with success, and what it says last is returned.
    fn interrupt(mut self) -> Result<String, Failed> {
        {
            let child = self.child.lock().map_err(|error| error.to_string())?;
            kill(Pid::from_raw(i32::try_from(child.id())?), Signal::SIGINT)?;
        }
        let status = settle(|| self.is_over())?;
        for reader in self.readers.drain(..) {
            reader.join().map_err(|_| "a reader broke")?;
        }
        if status.code() == Some(0) {
            Ok(self.errors())
        } else {
            Err(format!("an interrupt ended it with {status}: {}", self.errors()).into())
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
