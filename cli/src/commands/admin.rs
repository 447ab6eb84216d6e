//! `meshctl admin log`: read and change the log levels of the control plane (`spec/cli.md` 9).

mod scopes;

use crate::cluster::Cluster;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::{label, meta};
use crate::render::list::{List, ListArgs};
use clap::{Args, Subcommand};
use mesh_wire::well_known::label::REVISION;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

const EXAMPLES: &str = "Examples:
  meshctl admin log                          what each control plane logs
  meshctl admin log --level debug
  meshctl admin log --level xds:debug,info   one scope, and the rest
  meshctl admin log --reset                  back to what it was started with";

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
    /// LEVEL, or a list of SCOPE:LEVEL, from which on the reference's control planes log where they were
    #[arg(long, value_name = "LEVEL")]
    stack_trace_level: Option<String>,
    /// Back to the first levels, of the log and of stack traces
    #[arg(long, conflicts_with_all = ["level", "stack_trace_level"])]
    reset: bool,
    /// Back to the first levels of the log
    #[arg(long = "log-reset", conflicts_with_all = ["level", "reset"])]
    resets_levels: bool,
    /// Back to the first levels of stack traces
    #[arg(long = "stack-trace-reset", conflicts_with_all = ["stack_trace_level", "reset"])]
    resets_stacks: bool,
    /// Only control planes of this revision
    #[arg(short, long, value_name = "REVISION")]
    revision: Option<String>,
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
        let change = scopes::Change::new(
            self.level.as_deref(),
            self.stack_trace_level.as_deref(),
            (self.reset || self.resets_levels, self.reset || self.resets_stacks),
        )?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let pods = self.fetch_pods(&cluster, &system).await?;
        let mut rows = Vec::new();
        for pod in &pods {
            let ask = PodRequest {
                namespace: &system,
                pod: meta(pod, "name"),
                port: self.port,
                path: "/scopej",
            };
            let mut answer = fetch(&cluster, &ask).await?;
            if !change.is_empty() {
                if answer.is_object() && change.wants_stacks() {
                    let pod = ask.pod;
                    context.messages.warn(&format!(
                        "`{pod}` writes no stack traces; their level is left out"
                    ));
                }
                for (path, document) in change.requests(&answer)? {
                    let ask = PodRequest {
                        path: &path,
                        ..ask.clone()
                    };
                    cluster.put_to_pod(&ask, &document).await?;
                }
                answer = fetch(&cluster, &ask).await?;
            }
            rows.extend(scopes::rows(ask.pod, &answer));
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

    /// The control planes that are meant and run.
    async fn fetch_pods(&self, cluster: &Cluster, system: &str) -> Result<Vec<Value>, Failure> {
        let mut pods = cluster.list(&format!("/api/v1/namespaces/{system}/pods")).await?;
        pods.retain(|pod| {
            let is_named = self.pod.as_ref().is_none_or(|name| meta(pod, "name") == name);
            let revision = label(pod, REVISION).unwrap_or("default");
            is_named
                && self.selector.wants(pod)
                && self.revision.as_deref().is_none_or(|wanted| wanted == revision)
                && pod["status"]["phase"] == "Running"
        });
        if pods.is_empty() {
            return Err(
                Failure::new(format!("no such control plane runs in namespace `{system}`"))
                    .hint("is the mesh installed? `meshctl check` tells"),
            );
        }
        Ok(pods)
    }
}

async fn fetch(cluster: &Cluster, ask: &PodRequest<'_>) -> Result<Value, Failure> {
    let body = cluster.fetch_from_pod(ask).await?;
    serde_json::from_slice(&body)
        .map_err(|error| Failure::new(format!("cannot read the levels of `{}`", ask.pod)).caused_by(&error))
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
