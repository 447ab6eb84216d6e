//! `meshctl authz`: what policy says before it says it (`spec/cli.md` 8.4).

pub mod coverage;
pub mod diff;
pub mod generate;
pub mod reach;
pub(super) mod sets;
pub mod simulate;
pub mod test;
pub mod why;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::simulate::names::NameError;
use clap::{Args, Subcommand};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[
    (
        "authz simulate",
        super::schema::of::<crate::simulate::report::Report>,
    ),
    ("authz test", super::schema::of::<Vec<test::Row>>),
    (
        "authz diff",
        super::schema::of::<Vec<crate::simulate::pairs::Change>>,
    ),
    (
        "authz who-can-reach",
        super::schema::of::<Vec<crate::simulate::pairs::Reach>>,
    ),
    (
        "authz reach-from",
        super::schema::of::<Vec<crate::simulate::pairs::Reach>>,
    ),
    (
        "authz coverage",
        super::schema::of::<Vec<crate::simulate::coverage::Finding>>,
    ),
    (
        "authz generate",
        super::schema::of::<Vec<crate::simulate::observed::Proposal>>,
    ),
    ("authz why", super::schema::of::<Vec<why::Row>>),
];

const EXAMPLES: &str = "Examples:
  meshctl authz simulate --from shop/web --to api.shop:80
  meshctl authz simulate --from unmeshed --to pod/api-1.shop:8080 -f manifests/ --expect deny
  meshctl authz test expectations.yaml -f manifests/
  meshctl authz diff policies/old policies/new
  meshctl authz who-can-reach api.shop:8080
  meshctl authz reach-from --if-compromised shop/web
  meshctl authz coverage -f manifests/
  meshctl authz generate --from-recording events.jsonl
  meshctl authz why --last 1h
  kubectl logs -n istio-system ztunnel-x | grep denied | meshctl authz why -";

/// Arguments of `meshctl authz`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Authz {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say what policy would do with one connection, and which rule decides
    Simulate(simulate::Simulate),
    /// Check expectations in a file
    Test(test::Test),
    /// List the pairs whose verdict changes between two sets of policies
    Diff(diff::Diff),
    /// List who may connect to a destination
    WhoCanReach(reach::WhoCanReach),
    /// List what a source may connect to
    ReachFrom(reach::ReachFrom),
    /// Find rules without effect and workloads without policy
    Coverage(coverage::Coverage),
    /// Write the least policies that allow what was observed, explained rule by rule
    Generate(generate::Generate),
    /// Explain a denied connection of an access log, and the smallest change that would allow it
    Why(why::Why),
}

impl Authz {
    /// Runs the command.
    ///
    /// # Errors
    /// As its subcommands.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Simulate(command) => Box::pin(command.run(context)).await,
            Verb::Test(command) => Box::pin(command.run(context)).await,
            Verb::Diff(command) => Box::pin(command.run(context)).await,
            Verb::WhoCanReach(command) => Box::pin(command.run(context)).await,
            Verb::ReachFrom(command) => Box::pin(command.run(context)).await,
            Verb::Coverage(command) => Box::pin(command.run(context)).await,
            Verb::Generate(command) => Box::pin(command.run(context)).await,
            Verb::Why(command) => Box::pin(command.run(context)).await,
        }
    }
}

/// A name that stands for nothing.
pub(super) fn unknown(error: &NameError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        NameError::Unknown { .. } => {
            failure.hint("names are NAME.NAMESPACE; -n gives the namespace of bare names")
        }
        NameError::Port { .. } => Failure {
            exit: Exit::Usage,
            ..failure.hint("write it behind a colon, like api.shop:8080")
        },
        NameError::Source(_) => Failure {
            exit: Exit::Usage,
            ..failure
        },
        NameError::Headless(_) => failure,
    }
}

/// The namespace of names without one: no cluster is asked for it.
pub(super) fn namespace(context: &Context) -> String {
    context
        .globals
        .namespace
        .clone()
        .unwrap_or_else(|| "default".to_owned())
}
