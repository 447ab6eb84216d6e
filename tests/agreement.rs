//! What the CLI says of a connection, and what a running node proxy does with it, ten thousand times.
//!
//! A sandbox of two nodes runs the mesh. In rounds, every server pod gets random policies, written as objects and
//! delivered by the control plane; then `meshctl authz test` is asked about every pair of client and port, and every
//! client makes each of these connections. The seed is fixed and stands in every failure.
//! `MESHCTL_AGREEMENT_ROUNDS` asks for more rounds than the ten thousand connections need.

#[path = "harness.rs"]
mod harness;
#[path = "runbook/mesh.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod mesh;
#[path = "runbook/place.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod place;
#[path = "agreement/policies.rs"]
mod policies;
#[path = "sandbox/programs.rs"]
mod programs;
#[path = "../proxy-core/tests/shared/random.rs"]
mod random;
#[path = "runbook/shell.rs"]
#[allow(dead_code, reason = "made for another suite")]
mod shell;
#[path = "sandbox/stage.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod stage;
#[path = "agreement/world.rs"]
mod world;

use harness::Need::{Kubectl, UserNamespaces};
use harness::Suite;
use libtest_mimic::Failed;
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;
use world::World;

/// Change it and other policies are compared.
const SEED: u64 = 0x5eed_2026_0009;
/// How many connections are compared at least.
const CONNECTIONS: usize = 10_000;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.test(
        "cli_c31_the_simulation_and_the_running_proxy_agree_on_ten_thousand_connections",
        &[UserNamespaces, Kubectl],
        agree,
    );
    suite.run()
}

/// What was compared.
#[derive(Default)]
struct Compared {
    policies: BTreeSet<String>,
    allowed: usize,
    denied: usize,
}

impl Compared {
    fn connections(&self) -> usize {
        self.allowed + self.denied
    }
}

fn agree() -> Result<(), Failed> {
    let wanted = std::env::var("MESHCTL_AGREEMENT_ROUNDS").ok();
    let rounds = wanted.map_or(Ok(0), |text| text.parse::<u64>())?;
    let world = World::new()?;
    let mut compared = Compared::default();
    for round in 0.. {
        if round >= rounds && compared.connections() >= CONNECTIONS {
            break;
        }
        one_round(&world, round, &mut compared)?;
    }
    let (total, allowed) = (compared.connections(), compared.allowed);
    let told = format!(
        "seed {SEED:#x}: {total} connections under {} policies; simulation and proxy agree on all: {allowed} allowed, {} denied\n",
        compared.policies.len(),
        compared.denied
    );
    std::io::stderr().write_all(told.as_bytes())?;
    // verdicts that are all the same would prove nothing
    if allowed * 5 < total || compared.denied * 5 < total {
        return Err(told.into());
    }
    Ok(())
}

fn one_round(world: &World, round: u64, compared: &mut Compared) -> Result<(), Failed> {
    let mut random = Random::new(SEED ^ round.wrapping_mul(0x1_0000_0001));
    let objects = policies::random(&mut random, &world.addresses, world.servers());
    for one in &objects {
        // the same rules for another pod are another policy
        let home = &one["metadata"];
        compared
            .policies
            .insert(format!("{}/{} {}", home["namespace"], home["name"], one["spec"]));
    }
    world.deliver(round, &objects)?;
    let said: BTreeMap<(String, String), String> = world.simulated()?;
    let done: BTreeMap<(String, String), String> = world.connected()?;
    if said.len() != done.len() {
        return Err(format!("{} pairs simulated, {} tried", said.len(), done.len()).into());
    }
    for (pair, verdict) in &done {
        let expected = said.get(pair).map_or("nothing", String::as_str);
        if expected != verdict {
            let (from, to) = pair;
            let about = world.about(to, &objects);
            return Err(format!(
                "seed {SEED:#x}, round {round}: {from} -> {to}: the proxy says {verdict}, the simulation {expected}\n{about}"
            )
            .into());
        }
        if verdict == "allow" {
            compared.allowed += 1;
        } else {
            compared.denied += 1;
        }
    }
    Ok(())
}
