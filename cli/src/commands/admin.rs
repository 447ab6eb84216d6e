//! `meshctl admin log`: read and change the log levels of the control plane (`spec/cli.md` 9).

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::render::list::{List, ListArgs};
use crate::ztunnel::levels;
use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

const EXAMPLES: &str = "Examples:
  meshctl admin log                          what each control plane logs
  meshctl admin log --level debug
  meshctl admin log --level xds:debug,info   one scope, and the rest";

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("admin log", super::schema::of::<Vec<Row>>)];

/// Arguments of `meshctl admin`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Admin {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Read or change what the control plane logs
    #[command(alias = "l")]
    Log(Log),
}

#[derive(Debug, Args)]
struct Log {
    /// The control plane's pod; all of them unless given
    #[arg(add = crate::completers::pods())]
    pod: Option<String>,
    /// LEVEL, or a list of SCOPE:LEVEL; levels are none, error, warn, info, debug and trace
    #[arg(long)]
    level: Option<String>,
    /// Which pods are the control plane's
    #[arg(short = 'l', long, default_value = "app=istiod")]
    selector: crate::selector::Labels,
    /// The introspection port inside the pod
    #[arg(
        long = "ctrlz_port",
        alias = "ctrlz-port",
        default_value_t = 9876,
        value_name = "PORT"
    )]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    #[command(flatten)]
    list: ListArgs,
}

/// One scope; the names of the fields are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Row {
    pod: String,
    scope_name: String,
    log_level: String,
    stack_trace_level: String,
    description: String,
}

impl Admin {
    /// Runs the command.
    ///
    /// # Errors
    /// An unknown level (64), no control plane, or one that does not answer.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Verb::Log(log) = self.verb;
        Box::pin(log.run(context)).await
    }
}

impl Log {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let directives = self.level.as_deref().map(directives).transpose()?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let mut pods = cluster.list(&format!("/api/v1/namespaces/{system}/pods")).await?;
        pods.retain(|pod| {
            let is_named = self.pod.as_ref().is_none_or(|name| meta(pod, "name") == name);
            is_named && self.selector.wants(pod) && pod["status"]["phase"] == "Running"
        });
        if pods.is_empty() {
            return Err(
                Failure::new(format!("no such control plane runs in namespace `{system}`"))
                    .hint("is the mesh installed? `meshctl check` tells"),
            );
        }
        let mut rows = Vec::new();
        for pod in &pods {
            let ask = PodRequest {
                namespace: &system,
                pod: meta(pod, "name"),
                port: self.port,
                path: "/scopej",
            };
            if let Some(directives) = &directives {
                cluster.send_to_pod(&ask, &json!({ "level": directives })).await?;
            }
            let body = cluster.fetch_from_pod(&ask).await?;
            let answer: Value = serde_json::from_slice(&body).map_err(|error| {
                Failure::new(format!("cannot read the levels of `{}`", ask.pod)).caused_by(&error)
            })?;
            rows.extend(scopes(ask.pod, &answer));
        }
        let header = [
            "POD",
            "ACTIVE SCOPE",
            "DESCRIPTION",
            "LOG LEVEL",
            "STACK TRACE LEVEL",
        ];
        let list = List::new(&header, rows, cells)
            .without_first(pods.len() == 1)
            .named(|row| format!("scope/{}", row.scope_name));
        self.list.print(context, list)?;
        Ok(Exit::Ok)
    }
}

/// What to send for a list of levels; `none` is `off` here.
fn directives(text: &str) -> Result<String, Failure> {
    let clauses: Vec<String> = text
        .split(',')
        .map(|clause| match clause.trim().strip_suffix("none") {
            Some(before) if before.is_empty() || before.ends_with([':', '=']) => format!("{before}off"),
            _ => clause.trim().to_owned(),
        })
        .collect();
    levels::directives(&clauses.join(",")).map_err(Failure::usage)
}

fn cells(row: &Row) -> Vec<String> {
    vec![
        row.pod.clone(),
        row.scope_name.clone(),
        row.description.clone(),
        row.log_level.clone(),
        row.stack_trace_level.clone(),
    ]
}

/// The scopes of an answer: ours is one filter, the reference's a list.
fn scopes(pod: &str, answer: &Value) -> Vec<Row> {
    let row = |scope: &str, level: &str, stack: &str, description: &str| Row {
        pod: pod.to_owned(),
        scope_name: scope.to_owned(),
        log_level: level.to_owned(),
        stack_trace_level: stack.to_owned(),
        description: description.to_owned(),
    };
    if let Some(filter) = answer["level"].as_str() {
        let clauses = filter.split(',').filter(|clause| !clause.is_empty());
        return clauses
            .map(|clause| match clause.split_once('=') {
                Some((scope, level)) => row(scope, level, "none", "this scope and what is below it"),
                None => row("default", clause, "none", "every scope that is not named"),
            })
            .collect();
    }
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let all = answer.as_array().into_iter().flatten();
    all.map(|one| {
        let [name, level, stack, about] =
            ["name", "output_level", "stack_trace_level", "description"].map(|key| text(one, key));
        row(&name, &level, &stack, &about)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_answers_are_scopes() {
        let ours = scopes("a", &json!({"level": "info,xds=debug"}));
        let told: Vec<_> = ours
            .iter()
            .map(|row| (row.scope_name.as_str(), row.log_level.as_str()))
            .collect();
        assert_eq!(told, [("default", "info"), ("xds", "debug")]);
        let other =
            json!([{"name": "ads", "output_level": "warn", "stack_trace_level": "none", "description": "x"}]);
        assert_eq!(scopes("a", &other)[0].log_level, "warn");
    }

    #[test]
    fn levels_are_checked_before_anybody_is_asked() {
        assert_eq!(directives("xds:debug,none").unwrap(), "xds=debug,off");
        assert_eq!(directives("a:none").unwrap(), "a=off");
        assert_eq!(directives("loud").unwrap_err().exit, Exit::Usage);
    }
}
