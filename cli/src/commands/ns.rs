//! `meshctl ns`: put namespaces into the mesh, take them out, and see what is really in (`spec/cli.md` 8.1).

pub mod enroll;
pub mod list;
pub mod plan;
pub mod repair;
pub mod status;
pub mod unenroll;

use crate::context::{Context, parse_duration};
use crate::exit::{Exit, Failure};
use clap::{Args, Subcommand};
use std::time::Duration;

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    ("ns list", super::schema::of::<Vec<list::Row>>),
    ("ns status", super::schema::of::<Vec<status::Row>>),
    ("ns plan", super::schema::of::<Vec<plan::Report>>),
];

const EXAMPLES: &str = "Examples:
  meshctl ns enroll shop            label it, and wait until its pods are really captured
  meshctl ns plan shop              what that would change, without changing it
  meshctl ns list                   every namespace in the mesh
  meshctl ns status shop --explain  each pod, and why it is not in
  meshctl ns repair shop            what should be in, brought in
  meshctl ns unenroll shop -y       exactly undone";

/// Arguments of `meshctl ns`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Ns {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring namespaces into the mesh
    Enroll(enroll::Enroll),
    /// Show what enrolling would change, and the network policies it needs; changes nothing
    Plan(plan::Plan),
    /// Bring pods in that should be in and are not, the least disturbing way first
    Repair(repair::Repair),
    /// Take namespaces out of the mesh
    Unenroll(unenroll::Unenroll),
    /// List namespaces and how much of each is in the mesh
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show each pod of a namespace, and why it is in the mesh or not
    Status(status::Status),
}

impl Ns {
    /// Runs the command.
    ///
    /// # Errors
    /// As its subcommands.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Enroll(command) => Box::pin(command.run(context)).await,
            Verb::Plan(command) => Box::pin(command.run(context)).await,
            Verb::Repair(command) => Box::pin(command.run(context)).await,
            Verb::Unenroll(command) => Box::pin(command.run(context)).await,
            Verb::List(command) => Box::pin(command.run(context)).await,
            Verb::Status(command) => Box::pin(command.run(context)).await,
        }
    }
}

/// `--wait`: `true`, `false`, or how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Do not wait.
    No,
    /// At most so long.
    Within(Duration),
}

impl Wait {
    /// As a flag's value.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(Self::Within(Duration::from_mins(2))),
            "false" => Ok(Self::No),
            _ => match parse_duration(text) {
                Some(Duration::ZERO) => Ok(Self::No),
                Some(limit) => Ok(Self::Within(limit)),
                None => Err("not a duration: write it like 30s or 2m, or false".to_owned()),
            },
        }
    }
}

/// Namespace names without repetition; each must be a name that a namespace can have.
pub(super) fn distinct(names: &[String]) -> Result<Vec<String>, Failure> {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        let is_name = !name.is_empty()
            && name.len() <= 63
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !is_name {
            return Err(Failure::usage(format!(
                "invalid namespace `{name}`: not a DNS label"
            )));
        }
        if !seen.contains(name) {
            seen.push(name.clone());
        }
    }
    Ok(seen)
}
