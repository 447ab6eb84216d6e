//! `meshctl authz why`: a denied connection of an access log explained.

use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::objects;
use crate::render;
use crate::render::output::{Output, REPORT};
use crate::simulate::why::{self, Explanation, Logged};
use crate::yaml;
use clap::Args;
use proxy_core::authz::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;

const EXAMPLES: &str = "Examples:
  meshctl authz why 'error access connection complete src.addr=… error=\"…\"'
  kubectl logs -n istio-system -l app=ztunnel | meshctl authz why -
  meshctl authz why -f manifests/ 'src.addr=10.0.0.9:1 dst.addr=10.0.0.7:80 dst.workload=api-1 dst.namespace=shop'";

/// Arguments of `meshctl authz why`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Why {
    /// A line of a node proxy's access log; - reads lines and explains those that were refused
    #[arg(value_name = "LOGLINE")]
    line: String,
    #[command(flatten)]
    input: Input,
    /// Output format
    #[arg(short, long, default_value = "table", value_parser = REPORT)]
    output: Output,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Row {
    from: String,
    to: String,
    #[serde(flatten)]
    explanation: Explanation,
}

/// The lines to explain.
fn lines(given: &str) -> Result<Vec<String>, Failure> {
    if given != "-" {
        return Ok(vec![given.to_owned()]);
    }
    let texts = objects::read(&["-".to_owned()])?;
    let all = texts.iter().flat_map(|text| text.text.lines());
    let refused = all.filter(|line| line.contains("policy rejection") || line.contains("policy change"));
    Ok(refused.map(str::to_owned).collect())
}

impl Why {
    /// Runs the command.
    ///
    /// # Errors
    /// Objects or the line cannot be read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let lines = lines(&self.line)?;
        let prepared = Prepared::fetch(&self.input, context).await?;
        let mut rows = Vec::new();
        for line in lines {
            let logged = why::parse(&line).map_err(|error| {
                Failure::unparsable("cannot read the log line")
                    .caused_by(&error)
                    .hint("pass a whole line of a node proxy's access log, in quotes")
            })?;
            rows.push(explain(&prepared, &logged)?);
        }
        if rows.is_empty() && self.output == Output::Table {
            context.messages.line("no refused connection among these lines");
            return Ok(Exit::Ok);
        }
        let report = || rows.iter().map(text).collect::<Vec<_>>().join("\n");
        render::print(&self.output.render(&rows, report)?)?;
        Ok(Exit::Ok)
    }
}

fn explain(prepared: &Prepared, logged: &Logged) -> Result<Row, Failure> {
    let mesh = prepared.mesh();
    let (namespace, name) = &logged.workload;
    let workload = mesh.find_logged(logged).ok_or_else(|| {
        Failure::new(format!(
            "there is no pod `{name}` in namespace `{namespace}` any more"
        ))
        .hint("write the name of a pod of the same workload into dst.workload")
    })?;
    let connection = Connection {
        source: logged.source,
        identity: logged.identity.clone(),
        destination: logged.destination,
    };
    let source = logged
        .identity
        .as_ref()
        .map_or_else(|| "plain text".to_owned(), ToString::to_string);
    Ok(Row {
        from: format!("{source} {}", logged.source),
        to: format!("{namespace}/{name} {}", logged.destination),
        explanation: mesh.explain(&workload, &connection),
    })
}

fn text(row: &Row) -> String {
    let told = &row.explanation;
    let mut text = format!(
        "{}  {} -> {}\n  {}\n",
        told.verdict, row.from, row.to, told.because
    );
    for failed in &told.failed {
        let rule = failed
            .rule
            .map_or_else(String::new, |rule| format!(" rule {rule}"));
        _ = writeln!(text, "  {}{rule}: {}", failed.policy, failed.condition);
    }
    if let Some(advice) = &told.advice {
        _ = writeln!(text, "  {advice}");
    }
    if let Some(proposal) = &told.proposal {
        text.push_str("---\n");
        text.push_str(&yaml::to_string(proposal));
    }
    text
}
