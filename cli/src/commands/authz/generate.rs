//! `meshctl authz generate`: the least policies that allow what was observed.

use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::objects;
use crate::render;
use crate::render::output::{Formats, Output};
use crate::simulate::observed::{self, Line, Proposal, Stage};
use crate::yaml;
use clap::Args;
use std::fmt::Write as _;

const EXAMPLES: &str = "Examples:
  meshctl tap -o json --to ns/shop > events.jsonl             watch for as long as it takes to see everything
  meshctl authz generate --from-recording events.jsonl        policies that are judged and logged, not enforced
  kubectl logs -n istio-system -l app=ztunnel --tail=-1 | meshctl authz generate --from-recording -
  meshctl authz generate --from-recording events.jsonl --enforce | kubectl apply -f -

First apply them as printed: they are dry runs, and the node proxies log what they would refuse. When nothing is
logged that should pass, print them with --enforce.";

/// Arguments of `meshctl authz generate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Generate {
    /// Lines of proxies' event streams or access logs; - is standard input
    #[arg(long, value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    from_recording: Vec<String>,
    /// Print policies that are enforced, and not dry runs
    #[arg(long)]
    enforce: bool,
    #[command(flatten)]
    input: Input,
    /// Output format
    #[arg(short, long, default_value = "yaml", value_parser = Formats(&["yaml", "json", "jsonpath="]))]
    output: Output,
}

impl Generate {
    /// Runs the command; nothing is changed.
    ///
    /// # Errors
    /// Objects or the recording cannot be read, or nothing was observed.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let (mut seen, mut unreadable, mut total) = (Vec::new(), 0, 0);
        for text in objects::read(&self.from_recording)? {
            for line in text.text.lines() {
                total += 1;
                match observed::read(line) {
                    Line::Seen(one) => seen.push(one),
                    Line::Other => {}
                    Line::Unreadable => unreadable += 1,
                }
            }
        }
        if unreadable > 0 {
            context
                .messages
                .warn(&format!("{unreadable} of {total} lines could not be read"));
        }
        if seen.is_empty() {
            return Err(Failure::unparsable("no connection was observed").hint(
                "the recording needs lines of the destinations' proxies: `meshctl tap -o json`, or their access log",
            ));
        }
        let prepared = Prepared::fetch(&self.input, context).await?;
        let stage = if self.enforce {
            Stage::Enforced
        } else {
            Stage::DryRun
        };
        let proposals = observed::propose(&prepared.mesh(), &seen, stage);
        if !proposals.gone.is_empty() {
            let gone = proposals.gone.iter().cloned().collect::<Vec<_>>().join(", ");
            context
                .messages
                .warn(&format!("connections to pods that are gone are left out: {gone}"));
        }
        if stage == Stage::DryRun {
            context.messages.line(
                "Dry runs need AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY=true at the control plane; --enforce prints the others",
            );
        }
        render::print(&match self.output {
            Output::Table | Output::Yaml => documents(&proposals.all),
            _ => self.output.render(&proposals.all, String::new)?,
        })?;
        Ok(Exit::Ok)
    }
}

/// The policies as YAML, with what explains each rule before it.
fn documents(all: &[Proposal]) -> String {
    let mut texts = Vec::new();
    for one in all {
        let mut text = String::new();
        for (number, rule) in one.rules.iter().enumerate() {
            _ = writeln!(text, "# rule {number}: {rule}");
        }
        for note in &one.notes {
            _ = writeln!(text, "# note: {note}");
        }
        text.push_str(&yaml::to_string(&one.policy));
        texts.push(text);
    }
    texts.join("---\n")
}
