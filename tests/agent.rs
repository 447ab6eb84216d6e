//! The node agent whole: a real Kubernetes API, real network namespaces and rules, the real plugin program, and a
//! proxy that speaks the real protocol.
//!
//! Needs root, or user namespaces. The suite moves into a network namespace of its own before it starts a thread, so
//! that the agent's ports are nobody else's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "agent/bench.rs"]
mod bench;
#[path = "agent/bounds.rs"]
mod bounds;
#[path = "agent/branch.rs"]
mod branch;
#[path = "agent/capture.rs"]
mod capture;
#[path = "agent/churn.rs"]
mod churn;
#[path = "agent/faults.rs"]
mod faults;
mod harness;
#[path = "agent/install.rs"]
mod install;
#[path = "agent/orders.rs"]
mod orders;
#[path = "agent/pods.rs"]
mod pods;
#[path = "agent/proxy.rs"]
mod proxy;
#[path = "agent/settings.rs"]
mod settings;
#[path = "agent/sniffer.rs"]
mod sniffer;
#[path = "netns/world.rs"]
mod world;

use std::fs;
use std::process::ExitCode;

use harness::{Need, Suite};
use nix::sched::{CloneFlags, unshare};

fn main() -> ExitCode {
    let mut needs = Vec::new();
    if alone().is_err() {
        needs.push(Need::Root);
    }
    let mut suite = Suite::default();
    bounds::add(&mut suite, &needs);
    branch::add(&mut suite, &needs);
    capture::add(&mut suite, &needs);
    churn::add(&mut suite, &needs);
    faults::add(&mut suite, &needs);
    install::add(&mut suite, &needs);
    orders::add(&mut suite, &needs);
    settings::add(&mut suite, &needs);
    suite.run()
}

/// Makes this process root over a network namespace of its own; before any thread, or the kernel refuses.
fn alone() -> Result<(), Box<dyn std::error::Error>> {
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    if uid.is_root() {
        unshare(CloneFlags::CLONE_NEWNET)?;
    } else {
        unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {gid} 1"))?;
    }
    world::loopback_up().map_err(|failed| failed.message().unwrap_or_default().to_owned().into())
}
