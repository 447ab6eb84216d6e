//! `meshctl completion`: the script of a shell, made from the same definition that parses arguments.

use super::Cli;
use crate::exit::{Exit, Failure};
use crate::render;
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell as Generator;

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
        render::print(&script(self.shell))?;
        Ok(Exit::Ok)
    }
}

/// The script of one shell; the files of `completions/` are exactly these.
#[must_use]
pub fn script(shell: Shell) -> String {
    let generator = match shell {
        Shell::Bash => Generator::Bash,
        Shell::Zsh => Generator::Zsh,
        Shell::Fish => Generator::Fish,
        Shell::Powershell => Generator::PowerShell,
    };
    let mut bytes = Vec::new();
    clap_complete::generate(generator, &mut Cli::command(), "meshctl", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
