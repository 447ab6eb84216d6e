//! `meshctl authz diff`: the pairs whose verdict changes between two sets of policies.

use crate::cluster::Cluster;
use crate::commands::input::{Input, Prepared};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::objects::{self, Sourced};
use crate::render::list::{List, ListArgs};
use crate::simulate::pairs::{self, Change};
use clap::Args;

const EXAMPLES: &str = "Examples:
  meshctl authz diff before/ after/                     two whole sets of objects
  meshctl authz diff old.yaml new.yaml -f manifests/    two sets of policies for the workloads in manifests/
  meshctl authz diff live new-policies.yaml             what applying would change

Exit 0: no verdict changes; 1: some do; 2: it cannot be told.";

/// The word for the cluster's own objects.
const LIVE: &str = "live";

/// Arguments of `meshctl authz diff`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// What is: a file, a folder, or live
    before: String,
    /// What would be: a file, a folder, or live; beside live, it is laid over it
    after: String,
    /// Workloads of both sets, whose own policies do not count
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    list: ListArgs,
}

impl Diff {
    /// Runs the command; exit 1 when a verdict changes.
    ///
    /// # Errors
    /// Objects cannot be read; the exit code is 2 then.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        self.compare(context).await.map_err(|failure| Failure {
            exit: if failure.exit == Exit::Usage {
                Exit::Usage
            } else {
                Exit::DiffError
            },
            ..failure
        })
    }

    async fn compare(self, context: &Context) -> Result<Exit, Failure> {
        let live = if [&self.before, &self.after].iter().any(|name| *name == LIVE) {
            let cluster = Cluster::connect(context).await?;
            Box::pin(cluster.fetch_mesh_objects(&context.istio_namespace())).await?
        } else {
            Vec::new()
        };
        let mut base = if self.input.is_given() {
            Box::pin(self.input.fetch(context)).await?
        } else {
            live.clone()
        };
        if self.input.is_given() {
            base.retain(|one| !is_policy(one));
        }
        let of = |name: &String| {
            let own = if name == LIVE {
                live.clone()
            } else {
                objects::read_objects(std::slice::from_ref(name))?
            };
            Prepared::of(context, objects::overlay(base.iter().cloned().chain(own)))
        };
        let (before, after) = (of(&self.before)?, of(&self.after)?);
        let changes = pairs::changes(&before.mesh(), &after.mesh());
        let exit = if changes.is_empty() { Exit::Ok } else { Exit::Error };
        let list = List::new(&["FROM", "TO", "PORT", "BEFORE", "AFTER"], changes, cells)
            .named(|one| format!("change/{}->{}:{}", one.from, one.to, super::reach::port(one.port)))
            .or_say("no verdict changes");
        self.list.print(context, list)?;
        Ok(exit)
    }
}

fn is_policy(one: &Sourced) -> bool {
    matches!(
        one.object["kind"].as_str(),
        Some("AuthorizationPolicy" | "PeerAuthentication")
    )
}

fn cells(change: &Change) -> Vec<String> {
    vec![
        change.from.clone(),
        change.to.clone(),
        super::reach::port(change.port),
        change.before.to_owned(),
        change.after.to_owned(),
    ]
}
