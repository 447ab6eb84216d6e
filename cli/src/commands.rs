//! One line and one file per subcommand, nested as typed.

pub mod sandbox;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The CLI of the mesh.
#[derive(Debug, Parser)]
#[command(name = "meshctl", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole mesh on this machine
    Sandbox(sandbox::Sandbox),
}

impl Cli {
    /// Runs the chosen command. Synchronous on purpose: the sandbox must unshare before any thread starts.
    #[must_use]
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Sandbox(command) => command.run(),
        }
    }
}
