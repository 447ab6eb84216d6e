//! `meshctl ns unenroll`: the exact undo of `enroll`.

use super::Wait;
use super::enroll::DryRun;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::enrolment::change;
use crate::exit::{Exit, Failure};
use clap::Args;
use serde_json::Value;
use std::time::Instant;

/// Arguments of `meshctl ns unenroll`.
#[derive(Debug, Args)]
pub struct Unenroll {
    /// The namespaces
    #[arg(required = true, value_name = "NAMESPACE", add = crate::completers::namespaces())]
    namespaces: Vec<String>,
    /// Wait until each pod is released; a duration, or false
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = Wait::parse)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "2m")]
    wait: Wait,
    /// Change nothing; `server` lets the API check the change
    #[arg(long, value_enum, value_name = "WHERE", default_value = "none")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    dry_run: DryRun,
    /// Do not ask
    #[arg(short = 'y', long, alias = "skip-confirmation")]
    yes: bool,
}

impl Unenroll {
    /// Runs the command.
    ///
    /// # Errors
    /// An unknown namespace, or pods that are not released in time.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let names = super::distinct(&self.namespaces)?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let mut changes: Vec<(&String, Value)> = Vec::new();
        for name in &names {
            let namespace = cluster
                .get(&format!("/api/v1/namespaces/{name}"))
                .await?
                .ok_or_else(|| Failure::new(format!("there is no namespace `{name}`")))?;
            match change::unenrolling_patch(&namespace) {
                Some(patch) => changes.push((name, patch)),
                None => context
                    .messages
                    .line(&format!("namespace {name} is not enrolled")),
            }
        }
        if changes.is_empty() {
            return Ok(Exit::Ok);
        }
        for (name, _) in &changes {
            context.messages.line(&format!(
                "namespace {name} leaves the mesh: its traffic will be plain, and connections through tunnels end"
            ));
        }
        if self.dry_run != DryRun::Client {
            context.confirm("Unenroll?", self.yes || self.dry_run == DryRun::Server)?;
            for (name, patch) in &changes {
                cluster
                    .patch_namespace(name, patch, self.dry_run == DryRun::Server)
                    .await?;
            }
        }
        if self.dry_run != DryRun::None {
            context.messages.line("dry run: nothing was changed");
            return Ok(Exit::Ok);
        }
        let begin = Instant::now();
        if let Wait::Within(limit) = self.wait {
            let left: Vec<String> = changes.iter().map(|(name, _)| (*name).clone()).collect();
            cluster.wait_released(&system, &left, limit).await?;
        }
        for (name, _) in &changes {
            context.messages.done(&format!(
                "namespace {name} left the mesh ({:.1} s)",
                begin.elapsed().as_secs_f64()
            ));
        }
        Ok(Exit::Ok)
    }
}
