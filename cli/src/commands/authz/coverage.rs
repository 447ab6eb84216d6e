//! `meshctl authz coverage`: rules without effect, and workloads without a policy.

use super::Format;
use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{self, data};
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
    /// Output format
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
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
        if found.is_empty() && self.output == Format::Table {
            context
                .messages
                .line("every rule has an effect of its own, and every workload has a policy");
            return Ok(exit);
        }
        render::print(&match self.output {
            Format::Table => table(&found),
            Format::Json => data::json(&found)?,
            Format::Yaml => data::yaml(&found)?,
        })?;
        Ok(exit)
    }
}

fn table(found: &[Finding]) -> String {
    let mut table = Table::new(3, &["FINDING", "OBJECT", "RULE", "MESSAGE"]);
    for one in found {
        table.row(vec![
            one.finding.to_owned(),
            one.object.clone(),
            one.rule
                .map_or_else(|| "<none>".to_owned(), |rule| rule.to_string()),
            one.message.clone(),
        ]);
    }
    table.render()
}
