//! A command inside a running container: joins its namespaces, gives up the same privileges, runs, reports the end.

use crate::error::{Named, Result};
use crate::spec::ContainerSpec;
use crate::stage::container;
use nix::sched::{CloneFlags, setns};
use nix::unistd::{chdir, setsid};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// What to run where.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExecConfig {
    pub(crate) spec: PathBuf,
    /// The container's first process, as the node counts.
    pub(crate) pid: i32,
    pub(crate) argv: Vec<String>,
    /// Standard input is a terminal to be controlled by.
    pub(crate) tty: bool,
}

/// Runs the command; its exit code is ours.
pub(crate) fn main(config: &ExecConfig) -> Result<ExitCode> {
    let mut spec = ContainerSpec::read(&config.spec)?;
    spec.process.argv.clone_from(&config.argv);
    if config.tty {
        setsid().named(|| "cannot start a session".to_owned())?;
        // a session leader without a terminal gets the one it opens
        let terminal = OpenOptions::new().read(true).write(true).open("/proc/self/fd/0");
        drop(terminal.named(|| "cannot take the terminal".to_owned())?);
    }
    join(config.pid)?;
    let _ = chdir(spec.process.cwd.as_str());
    container::give_up(&spec.privileges)?;
    let program = match container::find_program(&spec.process) {
        Ok(program) => program,
        Err(failure) => {
            crate::log::line(&failure.chain());
            return Ok(ExitCode::from(127));
        }
    };
    let mut command = Command::new(&program);
    command
        .args(&spec.process.argv[1..])
        .env_clear()
        .envs(spec.process.env.iter().cloned());
    if config.tty {
        command.env("TERM", "xterm");
    }
    command.arg0(&spec.process.argv[0]);
    let status = match command.status() {
        Ok(status) => status,
        Err(error) => {
            crate::log::line(&format!("cannot run `{program}`: {error}"));
            return Ok(ExitCode::from(126));
        }
    };
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}

fn join(pid: i32) -> Result<()> {
    let kinds = [
        ("net", CloneFlags::CLONE_NEWNET),
        ("ipc", CloneFlags::CLONE_NEWIPC),
        ("uts", CloneFlags::CLONE_NEWUTS),
        ("pid", CloneFlags::CLONE_NEWPID),
        ("mnt", CloneFlags::CLONE_NEWNS),
    ];
    let mut files = Vec::new();
    for (name, kind) in kinds {
        let path = format!("/proc/{pid}/ns/{name}");
        files.push((
            File::open(&path).named(|| format!("cannot open `{path}`"))?,
            kind,
            path,
        ));
    }
    for (file, kind, path) in files {
        setns(file, kind).named(|| format!("cannot enter `{path}`"))?;
    }
    Ok(())
}
