//! `meshctl`: installs, enrols, inspects and explains the mesh; runs a whole mesh on one machine.
#![forbid(unsafe_code)]

pub mod analysis;
mod base64;
pub mod checks;
pub mod cluster;
pub mod commands;
pub mod config;
pub mod context;
pub mod demo;
pub mod drift;
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
pub mod simulate;
pub mod snapshot;
pub mod template;
#[cfg(test)]
mod testing;
pub mod translation;
pub mod validation;
pub mod waypoint;
pub mod wire_json;
pub mod yaml;
pub mod ztunnel;

use clap::Parser;
use std::process::ExitCode;

/// Parses the arguments, runs the command, and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    // the sandbox starts this program again as its own parts, which must run before any thread exists
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = mesh_sandbox::stage::run(&arguments) {
        return code;
    }
    match commands::Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) => render::message::usage(&error).into(),
    }
}
