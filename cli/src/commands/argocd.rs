//! `meshctl argocd`: the mesh's applications in Argo CD, what is out of sync and why, and the order to sync them in.

pub mod status;
pub mod sync;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use clap::{Args, Subcommand};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] =
    &[("argocd status", super::schema::of::<Vec<status::Row>>)];

const EXAMPLES: &str = "Examples:
  meshctl argocd status                  each application, and why what is out of sync is
  meshctl argocd sync                    those that are out of sync, wave after wave
  meshctl argocd sync --force -y ztunnel";

/// Arguments of `meshctl argocd`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Argocd {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show sync, health and wave of each application, and what is out of sync
    Status(status::Status),
    /// Bring applications in sync, in the order of their waves
    Sync(sync::Sync),
}

impl Argocd {
    /// Runs the command.
    ///
    /// # Errors
    /// The cluster cannot be asked, or Argo CD is not there.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Status(command) => Box::pin(command.run(context)).await,
            Verb::Sync(command) => Box::pin(command.run(context)).await,
        }
    }
}
