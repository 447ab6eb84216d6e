//! The hidden roles: the program that uses this library starts itself to become the parts of a cluster.

use crate::{fabric, node, watchdog};
use mesh_sandbox::error::{Failure, Named, Result};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use tracing_subscriber::EnvFilter;

/// The parts of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Watchdog,
    Fabric,
    Node,
}

const ROLES: [(Role, &str); 3] = [
    (Role::Watchdog, "__cluster-watchdog"),
    (Role::Fabric, "__cluster-fabric"),
    (Role::Node, "__cluster-node"),
];

/// What all parts must know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LaunchConfig {
    pub(crate) name: String,
    pub(crate) nodes: u8,
    pub(crate) is_dual: bool,
    /// Whether the cluster outlives the process that asked for it.
    pub(crate) is_detached: bool,
    /// The state folder.
    pub(crate) state: PathBuf,
    /// This program.
    pub(crate) program: PathBuf,
    /// Kubernetes in one program.
    pub(crate) kubernetes: PathBuf,
    /// Archives of images that every node starts with.
    pub(crate) images: Vec<PathBuf>,
    /// The API's address on the host.
    pub(crate) api: String,
}

/// What the fabric tells the waiting command, a line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Report {
    /// Something is done.
    Progress(String),
    /// Everything answers.
    Ready,
    /// It cannot work, and why.
    Failed { what: String, hint: Option<String> },
}

impl Report {
    /// Writes the line to stdout, which is the pipe to the waiting command.
    pub(crate) fn send(&self) {
        if let Ok(line) = serde_json::to_string(self) {
            let mut out = std::io::stdout().lock();
            drop(writeln!(out, "{line}").and_then(|()| out.flush()));
        }
    }

    pub(crate) fn progress(text: impl Into<String>) {
        Self::Progress(text.into()).send();
    }
}

impl Role {
    fn word(self) -> &'static str {
        ROLES
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("", |(_, word)| word)
    }
}

/// The command that starts a part.
pub(crate) fn command(program: &Path, role: Role, config: &impl Serialize) -> Result<Command> {
    let config = serde_json::to_string(config)
        .named(|| format!("cannot encode the configuration of `{}`", role.word()))?;
    let mut command = Command::new(program);
    command.args([role.word(), &config]);
    Ok(command)
}

/// Runs the part that `arguments` name, if they name one. To be called first in `main`, before any thread exists.
#[must_use]
pub fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let word = arguments.get(1)?.to_str()?;
    let (role, _) = ROLES.iter().find(|(_, name)| *name == word)?;
    let config = arguments
        .get(2)
        .and_then(|config| config.to_str())
        .unwrap_or("{}");
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,kube_client=off,kube=warn,hyper=warn,tower=warn"));
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let _ = log.with_env_filter(filter).try_init();
    let ended = match role {
        Role::Watchdog => parse(config).and_then(|config| watchdog::main(&config)),
        Role::Fabric => parse(config).and_then(fabric::main),
        Role::Node => parse(config).and_then(|config| node::main(&config)),
    };
    Some(ended.unwrap_or_else(|failure| complain(*role, &failure)))
}

fn parse<T: DeserializeOwned>(config: &str) -> Result<T> {
    serde_json::from_str(config).named(|| "cannot read the part's configuration".to_owned())
}

/// Says why a part ended: to the waiting command where there is one, and to the log.
fn complain(role: Role, failure: &Failure) -> ExitCode {
    if role != Role::Node {
        Report::Failed {
            what: failure.chain(),
            hint: failure.hint().map(str::to_owned),
        }
        .send();
    }
    tracing::error!("{}: {}", role.word(), failure.chain());
    ExitCode::FAILURE
}

/// Asks for SIGKILL at the parent's death; a parent that died before the request counts too.
pub(crate) fn die_with(parent: Pid) -> Result<()> {
    set_pdeathsig(Signal::SIGKILL).named(|| "cannot tie the process to its parent".to_owned())?;
    if nix::unistd::getppid() == parent {
        Ok(())
    } else {
        Err(Failure::new("the parent process is gone"))
    }
}
