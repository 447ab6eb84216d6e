//! `meshctl`: installs, enrols, inspects and explains the mesh; runs a whole mesh on one machine.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod argocd;
mod base64;
pub mod checks;
pub mod cluster;
pub mod commands;
pub mod completers;
pub mod config;
pub mod context;
pub mod demo;
pub mod enrolment;
pub mod exit;
pub mod gather;
pub mod images;
pub mod install;
pub mod netpol;
pub mod objects;
pub mod prometheus;
pub mod render;
pub mod selector;
pub mod settings;
pub mod simulate;
pub mod snapshot;
pub mod tap;
pub mod template;
#[cfg(test)]
mod testing;
pub mod trace;
pub mod translation;
pub mod validation;
pub mod waypoint;
pub mod wire_json;
pub mod yaml;
pub mod ztunnel;

use clap::{CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Parses the arguments, runs the command, and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    // the sandbox starts this program again as its own parts, which must run before any thread exists
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = mesh_sandbox::stage::run(&arguments) {
        return code;
    }
    match completers::answer(&arguments) {
        Ok(false) => {}
        // a shell that asks wants an answer or none, and no text about errors
        Ok(true) | Err(_) => return ExitCode::SUCCESS,
    }
    match parse(arguments) {
        Ok(cli) => cli.run(),
        Err(error) => render::message::usage(&error).into(),
    }
}

/// The command line. Called `kubectl-mesh`, the program is the plugin `kubectl mesh`, with the same flags.
fn parse(arguments: Vec<OsString>) -> Result<commands::Cli, clap::Error> {
    let mut command = commands::Cli::command();
    let called = arguments.first().and_then(|name| Path::new(name).file_stem());
    if called.is_some_and(|name| name == "kubectl-mesh") {
        command = command.bin_name("kubectl mesh");
    }
    let matches = command.try_get_matches_from_mut(arguments)?;
    commands::Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}
