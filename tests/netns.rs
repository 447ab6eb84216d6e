//! The packet rules in real network namespaces, tried with real sockets.
//!
//! Needs root, or user namespaces: the suite then moves into one of its own before it starts a thread.
//! The `nft` program is only an oracle: what the kernel shows must not depend on who wrote it.

mod harness;
#[path = "netns/oracle.rs"]
mod oracle;
#[path = "netns/races.rs"]
mod races;
#[path = "netns/redirection.rs"]
mod redirection;
#[path = "netns/spaces.rs"]
mod spaces;
#[path = "netns/world.rs"]
mod world;

use std::fs;
use std::process::ExitCode;

use harness::{Need, Suite};
use nix::sched::{CloneFlags, unshare};

fn main() -> ExitCode {
    let mut needs = Vec::new();
    if !nix::unistd::geteuid().is_root() && enter_user_namespace().is_err() {
        needs.push(Need::Root);
    }
    let mut suite = Suite::default();
    redirection::add(&mut suite, &needs);
    oracle::add(&mut suite, &needs);
    races::add(&mut suite, &needs);
    spaces::add(&mut suite, &needs);
    suite.run()
}

/// Makes this process root over new namespaces; before any thread, or the kernel refuses.
fn enter_user_namespace() -> std::io::Result<()> {
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}
