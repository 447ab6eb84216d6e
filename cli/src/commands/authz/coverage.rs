//! `meshctl authz coverage`: rules without effect, and workloads without a policy.

use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::list::{List, ListArgs};
use crate::simulate::coverage::{self, Finding};
use clap::Args;

const EXAMPLES: &str = "Examples:
  meshctl authz coverage                 of the cluster
  meshctl authz coverage -f manifests/ --strict";

/// Arguments of `meshctl authz coverage`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Coverage {
    #[command(flatten)]
    input: Input,
    /// Exit 1 when anything is found
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    list: ListArgs,
}

impl Coverage {
    /// Runs the command.
    ///
    /// # Errors
    /// Objects cannot be read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let prepared = Prepared::fetch(&self.input, context).await?;
        let found = coverage::findings(&prepared.mesh());
        let exit = if self.strict && !found.is_empty() {
            Exit::Error
        } else {
            Exit::Ok
        };
        let list = List::new(&["FINDING", "OBJECT", "RULE", "MESSAGE"], found, cells)
            .named(|one| format!("{}/{}", one.finding, one.object))
            .or_say("every rule has an effect of its own, and every workload has a policy");
        self.list.print(context, list)?;
        Ok(exit)
    }
}

fn cells(one: &Finding) -> Vec<String> {
    vec![
        one.finding.to_owned(),
        one.object.clone(),
        one.rule
            .map_or_else(|| "<none>".to_owned(), |rule| rule.to_string()),
        one.message.clone(),
    ]
}
