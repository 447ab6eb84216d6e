//! The hidden subcommands: this program starts itself to become the parts of a sandbox.
//!
//! A stage runs before any thread or runtime exists, because a process with threads cannot enter a user
//! namespace. Its configuration is one JSON argument.

pub(crate) mod container;
pub(crate) mod exec;
pub(crate) mod pause;
pub(crate) mod primary;
pub(crate) mod shim;
pub(crate) mod stub;

use crate::error::{Failure, Named, Result};
use crate::launch;
use crate::life::Report;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The parts of a sandbox that are this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Watchdog,
    Launcher,
    Supervisor,
    Node,
    NodeInit,
    Pause,
    Shim,
    Container,
    Exec,
    Stub,
    Dns,
}

const STAGES: [(Stage, &str); 11] = [
    (Stage::Watchdog, "__watchdog"),
    (Stage::Launcher, "__launcher"),
    (Stage::Supervisor, "__supervisor"),
    (Stage::Node, "__node"),
    (Stage::NodeInit, "__node-init"),
    (Stage::Pause, "__pause"),
    (Stage::Shim, "__shim"),
    (Stage::Container, "__container"),
    (Stage::Exec, "__exec"),
    (Stage::Stub, "__stub"),
    (Stage::Dns, "__dns"),
];

/// The name under which this program is the primary CNI plugin.
pub(crate) const PRIMARY_PLUGIN: &str = "meshctl-ptp";

impl Stage {
    pub(crate) fn word(self) -> &'static str {
        STAGES
            .iter()
            .find(|(stage, _)| *stage == self)
            .map_or("", |(_, word)| word)
    }
}

/// The command that starts a stage.
pub(crate) fn command(meshctl: &Path, stage: Stage, config: &impl Serialize) -> Result<Command> {
    let config = serde_json::to_string(config)
        .named(|| format!("cannot encode the configuration of `{}`", stage.word()))?;
    let mut command = Command::new(meshctl);
    command.args(["sandbox", stage.word(), &config]);
    Ok(command)
}

/// Runs the hidden stage that `args` name, if they name one. To be called first in `main`.
#[must_use]
pub fn run(args: &[OsString]) -> Option<ExitCode> {
    let called = Path::new(args.first()?).file_name()?;
    if called == PRIMARY_PLUGIN {
        return Some(primary::main());
    }
    let word = args.get(2).filter(|_| args[1] == "sandbox")?.to_str()?;
    let (stage, _) = STAGES.iter().find(|(_, name)| *name == word)?;
    let config = args.get(3).and_then(|config| config.to_str()).unwrap_or("{}");
    start_log(*stage);
    Some(enter(*stage, config).unwrap_or_else(|failure| complain(*stage, &failure)))
}

fn enter(stage: Stage, config: &str) -> Result<ExitCode> {
    match stage {
        Stage::Watchdog => launch::watchdog(&parse(config)?),
        Stage::Launcher => launch::launcher(&parse(config)?),
        Stage::Supervisor => launch::supervisor(parse(config)?),
        Stage::Node => crate::node::outer(&parse(config)?),
        Stage::NodeInit => crate::node::init(parse(config)?),
        Stage::Pause => pause::main(&parse(config)?),
        Stage::Shim => shim::main(&parse(config)?),
        Stage::Container => container::main(&parse(config)?),
        Stage::Exec => exec::main(&parse(config)?),
        Stage::Stub => stub::main(&parse(config)?),
        Stage::Dns => crate::dns::main(),
    }
}

fn parse<T: DeserializeOwned>(config: &str) -> Result<T> {
    serde_json::from_str(config).named(|| "cannot read the stage's configuration".to_owned())
}

fn start_log(stage: Stage) {
    if matches!(
        stage,
        Stage::Watchdog | Stage::Supervisor | Stage::NodeInit | Stage::Dns
    ) {
        crate::log::start();
    }
}

/// Says why a stage ended: to the waiting command where there is one, and to the log.
fn complain(stage: Stage, failure: &Failure) -> ExitCode {
    if matches!(stage, Stage::Watchdog | Stage::Launcher | Stage::Supervisor) {
        Report::failed(failure);
    }
    crate::log::line(&format!("{}: {}", stage.word(), failure.chain()));
    ExitCode::from(crate::stage::container::START_ERROR)
}
