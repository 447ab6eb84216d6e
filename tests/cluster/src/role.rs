//! The hidden roles: the program that uses this library starts itself to become the parts of a cluster.

use crate::{fabric, node, watchdog};
use mesh_sandbox::error::{Failure, Named, Result};
use mesh_sandbox::life::Report;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
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
        Report::failed(failure);
    }
    tracing::error!("{}: {}", role.word(), failure.chain());
    ExitCode::FAILURE
}
