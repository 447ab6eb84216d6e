//! `meshctl waypoint`: ask for waypoints, list them, see what they do (`spec/cli.md` 8.3).

pub mod apply;
pub mod delete;
pub mod list;
pub mod status;
#[cfg(test)]
mod tests;

use crate::cluster::Cluster;
use crate::context::{Context, parse_duration};
use crate::exit::{Exit, Failure};
use crate::waypoint::{API, DEFAULT_NAME};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use std::time::Duration;

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    ("waypoint list", super::schema::of::<Vec<list::Row>>),
    ("waypoint status", super::schema::of::<Vec<status::Row>>),
];

const EXAMPLES: &str = "Examples:
  meshctl waypoint apply -n shop --enroll-namespace --wait   a waypoint for all services of a namespace
  meshctl waypoint generate --for service -n shop            the same as YAML, without a cluster
  meshctl waypoint list -A
  meshctl waypoint status -n shop                            and what uses it
  meshctl waypoint delete --all -n shop";

/// Arguments of `meshctl waypoint`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Waypoint {
    /// Name of the waypoint
    #[arg(long, global = true, default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Ask for a waypoint, and let a namespace use it
    Apply(apply::Apply),
    /// Print the Gateway that asks for a waypoint
    Generate(apply::Generate),
    /// List waypoints
    List(list::List),
    /// Show whether waypoints are ready, and what uses them
    Status(status::Status),
    /// Delete waypoints
    Delete(delete::Delete),
}

/// Which traffic a waypoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Traffic {
    Service,
    Workload,
    All,
    None,
}

impl Traffic {
    fn text(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Workload => "workload",
            Self::All => "all",
            Self::None => "none",
        }
    }
}

impl Waypoint {
    /// Runs the command.
    ///
    /// # Errors
    /// As its subcommands.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let name = match self.name.as_str() {
            "" => DEFAULT_NAME,
            "none" => {
                return Err(Failure::usage("a waypoint cannot be called `none`")
                    .because("that is the value by which objects opt out"));
            }
            name => name,
        };
        match self.verb {
            Verb::Apply(command) => Box::pin(command.run(context, name)).await,
            Verb::Generate(command) => command.run(context, name),
            Verb::List(command) => Box::pin(command.run(context)).await,
            Verb::Status(command) => Box::pin(command.run(context, name)).await,
            Verb::Delete(command) => Box::pin(command.run(context)).await,
        }
    }
}

fn limit(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "not a duration: write it like 30s or 2m".to_owned())
}

/// Words that scripts leave behind, like the `true` of `--enroll-namespace true`.
fn ignore(context: &Context, stray: &[String]) {
    for word in stray {
        context.messages.warn(&format!("`{word}` is ignored"));
    }
}

/// The namespace meant: flag, else that of the kubeconfig's context.
fn namespace(context: &Context, cluster: &Cluster) -> String {
    let given = context.globals.namespace.clone();
    given.unwrap_or_else(|| cluster.default_namespace().to_owned())
}

/// The waypoints of one namespace or of all, by namespace and name.
async fn fetch(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<Value>, Failure> {
    require_definitions(cluster).await?;
    let path = match namespace {
        Some(namespace) => format!("/apis/{API}/namespaces/{namespace}/gateways"),
        None => format!("/apis/{API}/gateways"),
    };
    let mut found = cluster.list(&path).await?;
    found.retain(crate::waypoint::is_waypoint);
    found.sort_by_key(key);
    Ok(found)
}

fn key(gateway: &Value) -> (String, String) {
    let text = |key: &str| gateway["metadata"][key].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

/// Waypoints are Gateways, and a cluster need not know these.
async fn require_definitions(cluster: &Cluster) -> Result<(), Failure> {
    if cluster.fetch_resource(API, "Gateway").await?.is_some() {
        return Ok(());
    }
    Err(
        Failure::new(format!("the cluster does not know the kind `Gateway` of `{API}`")).hint(
            "install the Gateway API definitions: they come from the Gateway API project, not from the mesh",
        ),
    )
}
