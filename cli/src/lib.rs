//! `meshctl`: installs, enrols, inspects and explains the mesh; runs a whole mesh on one machine.
#![forbid(unsafe_code)]

pub mod commands;

use clap::Parser;
use std::process::ExitCode;

/// Parses the arguments, runs the command, and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    commands::Cli::parse().run()
}
