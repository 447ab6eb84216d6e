//! `meshctl authz diff`: the pairs whose verdict changes between two sets of policies.

use super::sets::{self, LIVE};
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
  meshctl authz diff git:HEAD:manifests/ manifests/     what the working tree changes
  meshctl authz diff git:main:manifests/ git:HEAD:manifests/
  meshctl authz diff before.json.gz live                since a snapshot was taken

Exit 0: no verdict changes; 1: some do; 2: it cannot be told.";

/// Arguments of `meshctl authz diff`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// What is: a file, a folder, a snapshot, git:REVISION:PATH, or live
    before: String,
    /// What would be, named alike; beside live, files are laid over it
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
        let own = [
            Box::pin(sets::fetch(context, &self.before)).await?,
            Box::pin(sets::fetch(context, &self.after)).await?,
        ];
        let is_live = [&self.before, &self.after].map(|name| name == LIVE);
        let mut base = Vec::new();
        if self.input.is_given() {
            base = Box::pin(self.input.fetch(context)).await?;
            base.retain(|one| !is_policy(one));
        } else if let Some(live) = is_live.iter().position(|is_live| *is_live) {
            // what is named beside the cluster is laid over it, but a whole moment of it stands for itself
            let other = &own[1 - live];
            if !other.iter().any(|one| one.object["kind"] == "Pod") {
                base.clone_from(&own[live]);
            }
        }
        let of = |own: &Vec<Sourced>| {
            let all = base.iter().chain(own).cloned();
            Prepared::of(context, objects::overlay(all))
        };
        let (before, after) = (of(&own[0])?, of(&own[1])?);
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
