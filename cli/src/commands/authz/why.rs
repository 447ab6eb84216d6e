//! `meshctl authz why`: a denied connection of an access log explained.

use crate::cluster::Cluster;
use crate::commands::input::{Input, Prepared};
use crate::commands::install::duration;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::objects;
use crate::render;
use crate::render::output::{Output, REPORT};
use crate::simulate::why::{self, Explanation, Logged};
use crate::yaml;
use clap::Args;
use mesh_wire::well_known::name;
use proxy_core::authz::Connection;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  meshctl authz why 'error access connection complete src.addr=… error=\"…\"'
  kubectl logs -n istio-system -l app=ztunnel | meshctl authz why -
  meshctl authz why --last 1h            what the node proxies refused within the hour, each sort once
  meshctl authz why -f manifests/ 'src.addr=10.0.0.9:1 dst.addr=10.0.0.7:80 dst.workload=api-1 dst.namespace=shop'";

/// Arguments of `meshctl authz why`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Why {
    /// A line of a node proxy's access log; - reads lines and explains those that were refused
    #[arg(value_name = "LOGLINE", required_unless_present = "last")]
    line: Option<String>,
    /// Read what the node proxies of the cluster logged within this time instead
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "line")]
    last: Option<Duration>,
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
    /// How many of the lines were of this sort.
    times: usize,
    #[serde(flatten)]
    explanation: Explanation,
}

/// The lines to explain.
fn lines(given: &str) -> Result<Vec<String>, Failure> {
    if given != "-" {
        return Ok(vec![given.to_owned()]);
    }
    let texts = objects::read(&["-".to_owned()])?;
    Ok(texts.iter().flat_map(|text| refused(&text.text)).collect())
}

/// The lines about connections that policy refused or ended.
fn refused(text: &str) -> Vec<String> {
    let is_one = |line: &&str| line.contains("policy rejection") || line.contains("policy change");
    // the source's proxy tells of the same refusal without knowing why
    let is_own = |line: &&str| {
        !line.contains("direction=\"outbound\"") && !line.contains("\"direction\":\"outbound\"")
    };
    text.lines()
        .filter(is_one)
        .filter(is_own)
        .map(str::to_owned)
        .collect()
}

/// What all node proxies logged within the time.
async fn logged(context: &Context, last: Duration) -> Result<Vec<String>, Failure> {
    let cluster = Cluster::connect(context).await?;
    let system = context.istio_namespace();
    let selector = crate::install::wait::encode(&format!("app={}", name::NODE_PROXY));
    let home = format!("/api/v1/namespaces/{system}/pods");
    let mut lines = Vec::new();
    for pod in cluster.list(&format!("{home}?labelSelector={selector}")).await? {
        let pod = pod["metadata"]["name"].as_str().unwrap_or_default();
        let seconds = last.as_secs().max(1);
        match cluster
            .fetch_text(&format!("{home}/{pod}/log?sinceSeconds={seconds}"))
            .await
        {
            Ok(text) => lines.extend(refused(&text)),
            Err(failure) => {
                context
                    .messages
                    .warn(&format!("{}: {}", failure.message, failure.causes.join(": ")));
            }
        }
    }
    Ok(lines)
}

/// One of each sort: who, to whom, on which port.
fn sorts(lines: Vec<Logged>) -> Vec<(Logged, usize)> {
    let mut found: Vec<(Logged, usize)> = Vec::new();
    for line in lines {
        let is_same = |one: &Logged| {
            one.identity == line.identity
                && (one.identity.is_some() || one.source == line.source)
                && one.workload == line.workload
                && one.destination.port() == line.destination.port()
        };
        match found.iter_mut().find(|(one, _)| is_same(one)) {
            Some((_, times)) => *times += 1,
            None => found.push((line, 1)),
        }
    }
    found
}

impl Why {
    /// Runs the command.
    ///
    /// # Errors
    /// Objects or the line cannot be read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let lines = match (&self.line, self.last) {
            (Some(line), _) => lines(line)?,
            (None, last) => Box::pin(logged(context, last.unwrap_or_default())).await?,
        };
        let prepared = Prepared::fetch(&self.input, context).await?;
        let mut all = Vec::new();
        for line in lines {
            all.push(why::parse(&line).map_err(|error| {
                Failure::unparsable("cannot read the log line")
                    .caused_by(&error)
                    .hint("pass a whole line of a node proxy's access log, in quotes")
            })?);
        }
        let mut rows = Vec::new();
        for (logged, times) in sorts(all) {
            match explain(&prepared, &logged, times) {
                Ok(row) => rows.push(row),
                // of many lines, some may be about pods that are gone
                Err(failure) if self.last.is_some() => context.messages.warn(&failure.message),
                Err(failure) => return Err(failure),
            }
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

fn explain(prepared: &Prepared, logged: &Logged, times: usize) -> Result<Row, Failure> {
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
        times,
        explanation: mesh.explain(&workload, &connection),
    })
}

fn text(row: &Row) -> String {
    let told = &row.explanation;
    let times = match row.times {
        1 => String::new(),
        times => format!(" ({times} times)"),
    };
    let mut text = format!(
        "{}  {} -> {}{times}\n  {}\n",
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
