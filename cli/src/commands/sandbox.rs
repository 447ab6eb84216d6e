//! `meshctl sandbox`: a whole mesh on one machine.

use clap::Args;
use std::process::ExitCode;

/// Arguments of `meshctl sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {}

impl Sandbox {
    /// Runs the command.
    #[must_use]
    pub fn run(self) -> ExitCode {
        ExitCode::from(1)
    }
}
