//! `meshctl man`: manual pages, made from the same definition that parses arguments.

use super::Cli;
use crate::exit::{Exit, Failure};
use crate::render;
use clap::{Args, CommandFactory};
use std::collections::BTreeMap;
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  meshctl man | man -l -                        the page of the program itself
  meshctl man --out /usr/local/share/man/man1   one page for each command";

/// Arguments of `meshctl man`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Man {
    /// Write one page for each command into this folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,
}

impl Man {
    /// Runs the command; needs neither cluster nor kubeconfig.
    ///
    /// # Errors
    /// A page cannot be made or written.
    pub fn run(self) -> Result<Exit, Failure> {
        let pages = pages()?;
        let Some(folder) = self.out else {
            render::print(pages.get("meshctl.1").map_or("", String::as_str))?;
            return Ok(Exit::Ok);
        };
        for (name, page) in pages {
            let path = folder.join(name);
            std::fs::write(&path, page).map_err(|error| {
                Failure::new(format!("cannot write `{}`", path.display())).caused_by(&error)
            })?;
        }
        Ok(Exit::Ok)
    }
}

/// Every page by its file's name: `meshctl.1`, `meshctl-ns-list.1`. Those of `completions/man` are exactly these.
///
/// # Errors
/// A page cannot be made.
pub fn pages() -> Result<BTreeMap<String, String>, Failure> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = BTreeMap::new();
    add(&command, "meshctl", &mut pages)?;
    Ok(pages)
}

fn add(command: &clap::Command, name: &str, pages: &mut BTreeMap<String, String>) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let page = clap_mangen::Man::new(command.clone().name(name.to_owned()))
        .date("")
        .manual("meshctl");
    page.render(&mut bytes)
        .map_err(|error| Failure::new(format!("cannot make the page `{name}`")).caused_by(&error))?;
    pages.insert(format!("{name}.1"), String::from_utf8_lossy(&bytes).into_owned());
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        add(one, &format!("{name}-{}", one.get_name()), pages)?;
    }
    Ok(())
}
