//! The process that holds a pod's namespaces while its containers come and go.

use crate::error::{Named, Result};
use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::process::ExitCode;

/// What to hold.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PauseConfig {
    pub(crate) hostname: String,
    /// Network and host name stay the node's.
    pub(crate) host_network: bool,
    pub(crate) host_ipc: bool,
}

/// Makes the namespaces, says so, and stays until the node closes the pipe or kills it.
pub(crate) fn main(config: &PauseConfig) -> Result<ExitCode> {
    let mut flags = CloneFlags::empty();
    if !config.host_network {
        flags |= CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWUTS;
    }
    if !config.host_ipc {
        flags |= CloneFlags::CLONE_NEWIPC;
    }
    unshare(flags).named(|| "cannot make the pod's namespaces".to_owned())?;
    if !config.host_network {
        nix::unistd::sethostname(&config.hostname).named(|| "cannot set the pod's host name".to_owned())?;
        // ordinary users may listen on low ports in a pod, and ping, as in every container runtime
        for (key, value) in [
            ("net/ipv4/ip_unprivileged_port_start", "0"),
            ("net/ipv4/ping_group_range", "0 0"),
        ] {
            drop(std::fs::write(format!("/proc/sys/{key}"), value));
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready")
        .and_then(|()| out.flush())
        .named(|| "cannot report to the node".to_owned())?;
    // nothing is ever sent: the read ends when the node does, or closes the pipe
    let mut nothing = Vec::new();
    drop(std::io::stdin().read_to_end(&mut nothing));
    Ok(ExitCode::SUCCESS)
}
