//! `meshctl argocd sync`: what it will disturb first, then wave after wave, each healthy before the next.

use super::Folders;
use crate::argocd::Application;
use crate::cluster::Cluster;
use crate::commands::install::{duration, fetch_target};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::drift::Drift;
use crate::install::meant::Meant;
use clap::Args;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(500);

/// Arguments of `meshctl argocd sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// Only these applications
    #[arg(value_name = "APPLICATION")]
    only: Vec<String>,
    /// Also those that are in sync; objects that refuse a change are made anew where Argo CD can
    #[arg(long)]
    force: bool,
    /// How long each application may take to be in sync and healthy
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    timeout: Duration,
    #[command(flatten)]
    folders: Folders,
    /// Do not ask
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Sync {
    /// Runs the command.
    ///
    /// # Errors
    /// No such application, a sync that fails, or one that does not become healthy in time (124).
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let all = cluster.fetch_applications(&system).await?;
        if let Some(name) = self
            .only
            .iter()
            .find(|name| all.iter().all(|one| one.name != **name))
        {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            return Err(
                Failure::usage(format!("no application `{name}` installs a chart of the mesh"))
                    .hint(format!("there are: {}", names.join(", "))),
            );
        }
        let chosen: Vec<Application> = all
            .into_iter()
            .filter(|one| self.only.is_empty() || self.only.contains(&one.name))
            .filter(|one| self.force || one.sync != "Synced")
            .collect();
        if chosen.is_empty() {
            context.messages.done("every application is in sync");
            return Ok(Exit::Ok);
        }
        self.tell(context, &cluster, &chosen).await?;
        context.confirm(
            "This will sync these applications, in this order. Proceed?",
            self.yes,
        )?;
        for application in &chosen {
            self.sync(context, &cluster, application).await?;
        }
        Ok(Exit::Ok)
    }

    /// What each sync disturbs, in the order in which they come.
    async fn tell(
        &self,
        context: &Context,
        cluster: &Cluster,
        chosen: &[Application],
    ) -> Result<(), Failure> {
        let target = fetch_target(cluster).await?;
        let nodes = cluster.list("/api/v1/nodes").await?.len();
        for one in chosen {
            let effect = match Meant::argocd(one, &target, self.folders.both()) {
                Ok(meant) => disruption(&meant.fetch_drift(cluster).await?, nodes),
                Err(failure) => format!("cannot tell what restarts: {}", failure.message),
            };
            context
                .messages
                .line(&format!("{} (wave {}): {effect}", one.name, one.wave));
        }
        Ok(())
    }

    async fn sync(
        &self,
        context: &Context,
        cluster: &Cluster,
        application: &Application,
    ) -> Result<(), Failure> {
        let name = &application.name;
        let now = cluster.fetch_application(application).await?;
        if now.is_busy {
            return Err(
                Failure::new(format!("application `{name}` is being synced already"))
                    .hint("wait for it, or terminate the operation in Argo CD"),
            );
        }
        cluster.sync_application(application, self.force).await?;
        let deadline = Instant::now() + self.timeout;
        loop {
            let now = cluster.fetch_application(application).await?;
            // the request stays in the application until its operation has ended
            let ended = now.last.as_ref().filter(|_| !now.is_busy);
            match ended.map(|last| (last.phase.as_str(), &last.message)) {
                Some(("Succeeded", _)) if now.is_well() => break,
                Some(("Failed" | "Error", message)) => {
                    return Err(Failure::new(format!("application `{name}` did not sync")).because(message));
                }
                _ => {}
            }
            if Instant::now() >= deadline {
                return Err(
                    Failure::timed_out(format!("application `{name}` is not in sync and healthy"))
                        .because(format!("it is {} and {}", now.sync, now.health))
                        .hint("later waves were not begun; `meshctl argocd status` says what differs"),
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
        context.messages.done(&format!("{name} synced"));
        Ok(())
    }
}

/// What applying changes does to those who use the mesh. (pure)
fn disruption(found: &[Drift], nodes: usize) -> String {
    let restarted: BTreeSet<&str> = found
        .iter()
        .filter(|one| {
            one.field
                .as_deref()
                .is_some_and(|field| field.starts_with(".spec.template"))
        })
        .map(|one| one.object.as_str())
        .collect();
    if found.is_empty() {
        return "nothing changes".to_owned();
    }
    let effects: Vec<String> = restarted
        .into_iter()
        .map(|object| {
            let name = object.rsplit('/').next().unwrap_or_default();
            match name {
                "ztunnel" => format!("node proxies restart on {nodes} nodes, one after another, and connections older than the drain time end"),
                "istio-cni-node" => format!("node agents restart on {nodes} nodes; traffic goes on, new pods wait for theirs"),
                _ => format!("{object} rolls; traffic goes on with what node proxies know"),
            }
        })
        .collect();
    if effects.is_empty() {
        let objects: BTreeSet<&str> = found.iter().map(|one| one.object.as_str()).collect();
        return format!("{} objects change and nothing restarts", objects.len());
    }
    effects.join("; ")
}

#[cfg(test)]
mod tests;
