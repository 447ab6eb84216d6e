//! The watchdog: in a session of its own it holds the lock, starts the fabric in its namespaces, and removes what is left.

use crate::role::{self, LaunchConfig, Role};
use crate::state;
use mesh_sandbox::error::{Failure, Named, Result};
use mesh_sandbox::life;
use mesh_sandbox::state::Journal;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Pid, setsid};
use std::process::{ExitCode, Stdio};

/// Waits for the end of the fabric.
pub(crate) fn main(config: &LaunchConfig) -> Result<ExitCode> {
    setsid().named(|| "cannot start a session".to_owned())?;
    let folder = state::of_path(&config.name, &config.state);
    let Some(_lock) = folder.lock()? else {
        return Err(Failure::new(format!(
            "the cluster `{}` runs already",
            config.name
        )));
    };
    let namespaces = CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS;
    unshare(namespaces).named(|| "cannot make the cluster's namespaces".to_owned())?;
    let mut fabric = role::command(&config.program, Role::Fabric, config)?
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .spawn()
        .named(|| "cannot start the fabric".to_owned())?;
    folder.write_journal(&Journal {
        watchdog: Pid::this().as_raw(),
        root: i32::try_from(fabric.id()).unwrap_or_default(),
        nodes: config.nodes,
        api: config.api.clone(),
    })?;
    // the pipe to the command and the listener belong to the fabric alone from here on
    life::release_standard_streams()?;
    let ended = fabric.wait().named(|| "cannot wait for the fabric".to_owned())?;
    tracing::info!(%ended, "the cluster has ended");
    // who interrupts a cluster wants nothing left of it; a cluster that failed leaves its logs
    state::remove(&folder, !ended.success());
    Ok(ExitCode::SUCCESS)
}
