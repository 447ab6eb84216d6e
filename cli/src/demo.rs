//! `meshctl sandbox demo`: the whole product in one command, each step shown as it would be typed.
//!
//! Every step runs a real command of this program or speaks to the sandbox's API; nothing is printed that was
//! not measured. Absent on purpose: any knowledge of how the sandbox or the mesh does it.

mod evidence;
mod stage;

use crate::exit::Failure;
use evidence::{Access, Seen};
use stage::Stage;
use std::path::Path;

const APPLICATIONS: &str = include_str!("../../manifests/examples/localstack.yaml");
const DENY: &str = include_str!("../../manifests/examples/deny-till.yaml");
/// What the client asks the server: a word that nobody would overlook on the wire.
const MARKER: &str = "opensesame-4711";
const URL: &str = "http://localstack.localstack/opensesame-4711";

/// What to show.
#[derive(Debug)]
pub struct Demo {
    /// The sandbox to bring up.
    pub name: String,
    /// Take it down again at the end.
    pub remove: bool,
}

impl Demo {
    /// Runs the steps in order; the first that fails ends the demo.
    ///
    /// # Errors
    /// The step that failed, with why.
    pub fn run(&self, me: &Path) -> Result<(), Failure> {
        let mut stage = Stage::new(me, &self.name);
        let shown = self.show(&mut stage);
        // a sandbox that was there before is not ours to remove
        if self.remove && stage.is_up() {
            let removed = stage.step("take it all down", |stage| {
                stage
                    .meshctl(&["sandbox", "down", "--name", &self.name])
                    .map(drop)
            });
            // why a step failed is worth more than that the end did
            return shown.and(removed);
        }
        shown?;
        stage.finish();
        Ok(())
    }

    fn show(&self, stage: &mut Stage) -> Result<(), Failure> {
        stage.step("a cluster of two nodes on this machine", |stage| {
            stage.meshctl(&["sandbox", "up", "--name", &self.name, "--nodes", "2"])?;
            stage.connect()
        })?;
        stage.step("the mesh, installed from its charts", |stage| {
            stage.meshctl(&["install", "-y"]).map(drop)
        })?;
        stage.step(
            "a server in `localstack` and a client in `shop`, on different nodes",
            |stage| {
                stage.apply(APPLICATIONS)?;
                stage.wait_ready(&[("localstack", "localstack"), ("shop", "till")])?;
                stage.table()
            },
        )?;
        stage.step(
            "five requests before enrolment, watched on the link between the nodes",
            |stage| watch(stage, Wire::Readable).map(drop),
        )?;
        stage.step("both namespaces join the mesh; no pod restarts", |stage| {
            stage.meshctl(&["ns", "enroll", "localstack", "shop", "-y"])?;
            stage.table()
        })?;
        stage.step("the same five requests, watched on the same link", |stage| {
            both_ends(stage)
        })?;
        stage.step("a policy that refuses the client by its identity", |stage| {
            deny(stage)
        })?;
        stage.step("what it costs", |stage| stage.show(&["top"]))
    }
}

/// What must be true of the marker on the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wire {
    Readable,
    Encrypted,
}

/// Sends requests while the link is watched, and holds what was seen against what must be.
fn watch(stage: &Stage, expected: Wire) -> Result<Seen, Failure> {
    let sniffer = stage.sniff(MARKER)?;
    let seen = stage.request(URL, 5)?;
    let tally = sniffer.stop()?;
    stage.say(&format!(
        "   on the wire: {} TCP segments, {} with the readable word `{MARKER}`, {} TLS records to port 15008",
        tally.segments, tally.marked, tally.tls_to_hbone
    ));
    let is_as_expected = match expected {
        Wire::Readable => tally.marked > 0,
        Wire::Encrypted => tally.marked == 0 && tally.tls_to_hbone > 0,
    };
    if is_as_expected {
        return Ok(seen);
    }
    Err(Failure::new(match expected {
        Wire::Readable => {
            "the marker was not seen on the link before enrolment, so its absence would prove nothing"
        }
        Wire::Encrypted => "the link shows readable traffic, or no TLS to port 15008, after enrolment",
    }))
}

fn both_ends(stage: &Stage) -> Result<(), Failure> {
    let seen = watch(stage, Wire::Encrypted)?;
    let access = stage.find_access("inbound", |access: &Access| {
        access.error.is_none() && access.has_identities()
    })?;
    stage.say(&format!(
        "   the client was {}, as {}",
        seen.client, access.source
    ));
    stage.say(&format!(
        "   the server saw {}, and is {}",
        seen.server_saw, access.destination
    ));
    if seen.client.ip().to_string() != seen.server_saw {
        return Err(Failure::new("the server did not see the client's own address"));
    }
    Ok(())
}

fn deny(stage: &Stage) -> Result<(), Failure> {
    stage.apply(DENY)?;
    let refusal = stage.wait_refused(URL)?;
    let access = stage.find_access("inbound", |access: &Access| access.error.is_some())?;
    stage.say(&format!("   the client got: {refusal}"));
    let error = access.error.unwrap_or_default();
    stage.say(&format!("   the node proxy says: {error}"));
    if !error.contains("deny-till") {
        return Err(Failure::new("the refusal does not name the policy `deny-till`"));
    }
    Ok(())
}
