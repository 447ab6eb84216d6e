//! `meshctl describe pod|service`: what the mesh makes of one object, and where it stops (`spec/enrolment.md` 8).

pub mod pod;
pub mod service;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::output::Formats;
use clap::{Args, Subcommand};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    ("describe pod", super::schema::of::<pod::Told>),
    ("describe service", super::schema::of::<service::Told>),
];

/// Formats of descriptions.
const FORMATS: Formats = Formats(&["text", "json", "yaml", "jsonpath="]);
const EXAMPLES: &str = "Examples:
  meshctl describe pod web-7d4.shop      the questions a doctor asks, up to the first no
  meshctl describe service api.shop      its endpoints, waypoint, and who may call it";

/// Arguments of `meshctl describe`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Describe {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Ask why a pod is in the mesh or not, question by question
    #[command(alias = "po")]
    Pod(pod::DescribePod),
    /// Show a service's endpoints, waypoint and policies
    #[command(alias = "svc")]
    Service(service::DescribeService),
}

impl Describe {
    /// Runs the command.
    ///
    /// # Errors
    /// As its subcommands.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::Pod(command) => Box::pin(command.run(context)).await,
            What::Service(command) => Box::pin(command.run(context)).await,
        }
    }
}

/// `NAME.NAMESPACE` or `NAME`, of which the qualifier beats the flag.
fn qualified(text: &str, default: &str) -> (String, String) {
    let bare = text.split_once('/').map_or(text, |(_, name)| name);
    match bare.rsplit_once('.') {
        Some((name, namespace)) => (name.to_owned(), namespace.to_owned()),
        None => (bare.to_owned(), default.to_owned()),
    }
}
