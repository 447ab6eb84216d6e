//! `meshctl config`: what the global flags come to, and by whom (`spec/cli.md` 1.1).

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::{List, ListArgs};
use crate::settings::Setting;
use clap::{Args, Subcommand};

const EXAMPLES: &str = "Examples:
  meshctl config list
  MESHCTL_NAMESPACE=shop meshctl config list

Defaults stand in $XDG_CONFIG_HOME/meshctl/config.yaml (or the file that MESHCTL_CONFIG names), such as
  context: production
  istioNamespace: mesh-system";

/// Arguments of `meshctl config`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the global flags, their values, and where each is from
    List(ListArgs),
}

impl Config {
    /// Runs the command; needs neither cluster nor kubeconfig.
    ///
    /// # Errors
    /// stdout cannot be written.
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Verb::List(args) = self.verb;
        let cells = |one: &Setting| vec![one.flag.to_owned(), one.value.clone(), one.from.clone()];
        let list = List::new(&["FLAG", "VALUE", "FROM"], context.settings.clone(), cells)
            .gap(5)
            .named(|one| format!("flag/{}", one.flag));
        args.print(context, list)?;
        Ok(Exit::Ok)
    }
}
