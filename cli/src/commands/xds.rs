//! `meshctl xds dump`: exactly the resources that the control plane sends for objects (`spec/xds.md` 5, 6).

use super::input::{self, Input};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::output::{Formats, Output};
use crate::render::{self, data};
use crate::translation::{self, Client};
use crate::wire_json;
use clap::{Args, Subcommand, ValueEnum};
use mesh_wire::names::{ADDRESS_TYPE, AUTHORIZATION_TYPE};
use serde_json::Value;

const EXAMPLES: &str = "Examples:
  meshctl xds dump                                 what the control plane sends now
  meshctl xds dump -f manifests/ --type authorization
  kubectl get pods,services -A -o yaml | meshctl xds dump -f - -o json
  meshctl xds dump --as worker-1                   what the proxy of a node gets when it asks on demand";

/// Arguments of `meshctl xds`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct Xds {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the resources that node proxies are sent for these objects
    Dump(Dump),
}

/// Arguments of `meshctl xds dump`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Dump {
    #[command(flatten)]
    input: Input,
    /// Only resources of this type
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    only: Option<Kind>,
    /// What the proxy of this node is sent first, when it asks on demand; --as NODE says the same here
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// Output format
    #[arg(short, long, default_value = "yaml", value_parser = Formats(&["yaml", "json", "jsonpath="]))]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Workloads and services
    #[value(alias = "workload", alias = "wds")]
    Address,
    /// Policies
    #[value(alias = "policy", alias = "wads")]
    Authorization,
}

impl Kind {
    fn type_url(self) -> &'static str {
        match self {
            Self::Address => ADDRESS_TYPE,
            Self::Authorization => AUTHORIZATION_TYPE,
        }
    }
}

impl Xds {
    /// Runs the command.
    ///
    /// # Errors
    /// Objects cannot be read.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Dump(dump) => dump.run(context).await,
        }
    }
}

impl Dump {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        // the one command where `--as` names whose view is shown, and nobody is impersonated
        let mut context = context.clone();
        let node = self.node.or(context.globals.impersonate.take());
        let objects = Box::pin(self.input.fetch(&context)).await?;
        let translated = input::translate(&context, &objects)?;
        let client = node.map_or(Client::Everything, Client::OnDemand);
        let mut all: Vec<Value> = Vec::new();
        // policies first, as the control plane sends them (`xds.md` 11)
        for kind in [Kind::Authorization, Kind::Address] {
            if self.only.is_some_and(|only| only != kind) {
                continue;
            }
            let response = translation::first_response(&translated.store, kind.type_url(), &client);
            for resource in response.iter().flat_map(|response| &response.resources) {
                all.push(
                    wire_json::resource(resource)
                        .map_err(|error| Failure::new("cannot show what would be sent").caused_by(&error))?,
                );
            }
        }
        let yaml = data::yaml(&all)?;
        render::print(&self.output.render(&all, || yaml)?)?;
        Ok(Exit::Ok)
    }
}
