//! `meshctl argocd`: the mesh's applications in Argo CD, what is out of sync and why, and the order to sync them in.

pub mod status;
pub mod sync;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] =
    &[("argocd status", super::schema::of::<Vec<status::Row>>)];

const EXAMPLES: &str = "Examples:
  meshctl argocd status                  each application, and why what is out of sync is
  meshctl argocd sync                    those that are out of sync, wave after wave
  meshctl argocd sync --force -y ztunnel
  meshctl argocd status --repository .   with the values that are in this repository";

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

/// What of an application is in folders of this machine.
#[derive(Debug, Args)]
struct Folders {
    /// A folder with the charts that the applications install, when they are not the built-in ones
    #[arg(short = 'd', long, alias = "charts", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    manifests: Option<PathBuf>,
    /// A checkout of the repository that the applications have their values in
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    repository: Option<PathBuf>,
}

impl Folders {
    fn both(&self) -> (Option<&PathBuf>, Option<&Path>) {
        (self.manifests.as_ref(), self.repository.as_deref())
    }
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
