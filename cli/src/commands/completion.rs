//! `meshctl completion`: the script of a shell, which asks this program for every word.

use crate::completers;
use crate::exit::{Exit, Failure};
use crate::render;
use clap::{Args, ValueEnum};

const HELP: &str = "How to load it:
  bash         source <(meshctl completion bash)
  zsh          meshctl completion zsh > \"${fpath[1]}/_meshctl\"
  fish         meshctl completion fish > ~/.config/fish/completions/meshctl.fish
  powershell   meshctl completion powershell | Out-String | Invoke-Expression";

/// Arguments of `meshctl completion`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Completion {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell we write a script for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// `PowerShell`
    Powershell,
}

impl Completion {
    /// Runs the command; needs neither cluster nor kubeconfig.
    ///
    /// # Errors
    /// stdout cannot be written.
    pub fn run(self) -> Result<Exit, Failure> {
        render::print(&completers::script(self.shell))?;
        Ok(Exit::Ok)
    }
}
