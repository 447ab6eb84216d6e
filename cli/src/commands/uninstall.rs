//! `meshctl uninstall`: off again without a trace, and without cutting anybody off (`spec/cli.md` 5).

use super::install::{Input, duration};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::enrolment::change;
use crate::exit::{Exit, Failure};
use crate::install::component::{Component, label, meta, title_of};
use crate::install::prune;
use crate::install::remove::{Removal, Scope};
use crate::install::values::owner;
use clap::Args;
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, OPERATOR_COMPONENT};
use serde_json::Value;
use std::time::Duration;

const EXAMPLES: &str = "Examples:
  meshctl uninstall --purge --unenroll -y                  everything but the definitions
  meshctl uninstall --purge --unenroll --delete-crds -y    and the definitions with their objects
  meshctl uninstall --revision canary                      one revision of the control plane";

/// Arguments of `meshctl uninstall`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct Uninstall {
    #[command(flatten)]
    input: Input,
    /// Remove everything of the mesh, every revision
    #[arg(long, conflicts_with = "revision")]
    purge: bool,
    /// Take enrolled namespaces out of the mesh first
    #[arg(long)]
    unenroll: bool,
    /// Also remove the definitions, and with them every policy
    #[arg(long, requires = "purge")]
    delete_crds: bool,
    /// Go on although namespaces are enrolled, or pods are not released in time
    #[arg(long)]
    force: bool,
    /// Print what would be removed
    #[arg(long)]
    dry_run: bool,
    /// How long it may take
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    timeout: Duration,
    /// Say more
    #[arg(short, long)]
    verbose: bool,
    /// Do not ask
    #[arg(short = 'y', long = "skip-confirmation", alias = "yes")]
    yes: bool,
}

impl Uninstall {
    /// Runs the command.
    ///
    /// # Errors
    /// Nothing chosen, an unknown revision, enrolled namespaces, or something that does not go away.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let scope = self.scope(context)?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let removal = Removal::new(&cluster, context.messages, system.clone(), self.timeout);
        let objects = removal.fetch_objects(&scope).await?;
        if objects.is_empty() && scope != Scope::Purge {
            return Err(Failure::new("could not find target revision"));
        }
        let definitions = if self.delete_crds {
            removal.fetch_definitions().await?
        } else {
            Vec::new()
        };
        if self.dry_run {
            for object in objects.iter().chain(&definitions) {
                context
                    .messages
                    .line(&format!("would remove {}", title_of(object)));
            }
            return Ok(Exit::Ok);
        }
        let enrolled = if takes_data_plane(&objects) || scope == Scope::Purge {
            self.fetch_enrolled(&cluster).await?
        } else {
            Vec::new()
        };
        if self.verbose {
            objects
                .iter()
                .chain(&definitions)
                .for_each(|object| context.messages.line(&format!("removing {}", title_of(object))));
        }
        context.confirm(&self.question(&scope, &objects, &enrolled), self.yes)?;
        self.leave(context, &cluster, &system, &enrolled).await?;
        if scope == Scope::Purge {
            removal.remove_waypoints().await?;
        }
        removal.remove(&objects).await?;
        if scope == Scope::Purge {
            removal.remove_leftovers().await?;
            removal.remove_and_wait(&definitions).await?;
            if !definitions.is_empty() {
                context
                    .messages
                    .done(&format!("{} definitions removed", definitions.len()));
            }
            removal.remove_namespace().await?;
        }
        context.messages.done("Uninstall complete");
        Ok(Exit::Ok)
    }

    fn scope(&self, context: &Context) -> Result<Scope, Failure> {
        let input = &self.input;
        if self.purge {
            return Ok(Scope::Purge);
        }
        if input.revision.is_none()
            && input.filename.is_empty()
            && !input.set.iter().any(|set| set.starts_with("revision="))
        {
            return Err(Failure::usage("what is to be removed?")
                .hint("pass --purge, --revision NAME, --filename PATH or --set revision=NAME"));
        }
        let settings = input.settle(context, None)?;
        Ok(Scope::Owner(owner(&settings.revision)))
    }

    /// Namespaces in the mesh; refused unless they may be taken out, or left behind.
    async fn fetch_enrolled(&self, cluster: &Cluster) -> Result<Vec<Value>, Failure> {
        let selector = crate::install::wait::encode(&format!("{DATAPLANE_MODE}={AMBIENT}"));
        let enrolled = cluster
            .list(&format!("/api/v1/namespaces?labelSelector={selector}"))
            .await?;
        if enrolled.is_empty() || self.unenroll || self.force {
            return Ok(enrolled);
        }
        Err(Failure::new("namespaces are still in the mesh")
            .because(prune::plain_names(&enrolled))
            .hint("pass --unenroll to take them out first, or run `meshctl ns unenroll` yourself"))
    }

    fn question(&self, scope: &Scope, objects: &[Value], enrolled: &[Value]) -> String {
        let mut text = match scope {
            Scope::Purge => format!("This removes the whole mesh ({} objects)", objects.len()),
            Scope::Owner(owner) => format!("This removes `{owner}` ({} objects)", objects.len()),
        };
        if self.unenroll && !enrolled.is_empty() {
            text.push_str(", takes these namespaces out first: ");
            text.push_str(&prune::plain_names(enrolled));
        }
        if self.delete_crds {
            text.push_str(", and every policy with the definitions");
        }
        text + ". Proceed?"
    }

    /// Takes namespaces and single pods out, and waits until no pod is redirected any more.
    async fn leave(
        &self,
        context: &Context,
        cluster: &Cluster,
        system: &str,
        enrolled: &[Value],
    ) -> Result<(), Failure> {
        if !self.unenroll || enrolled.is_empty() {
            return Ok(());
        }
        let mut names = Vec::new();
        for namespace in enrolled {
            let name = meta(namespace, "name").to_owned();
            if let Some(patch) = change::unenrolling_patch(namespace) {
                cluster.patch_namespace(&name, &patch, false).await?;
            }
            names.push(name);
        }
        match cluster
            .wait_released(system, &names, self.timeout.min(Duration::from_mins(1)))
            .await
        {
            Ok(()) => context
                .messages
                .done(&format!("namespaces left the mesh: {}", names.join(", "))),
            Err(failure) if self.force => context.messages.warn(&format!("{}; going on", failure.message)),
            Err(failure) => {
                return Err(failure
                    .hint("pass --force to go on; the node agent releases its pods when it is removed"));
            }
        }
        Ok(())
    }
}

/// Whether node agent or proxy go, which would leave enrolled pods cut off.
fn takes_data_plane(objects: &[Value]) -> bool {
    let is_data_plane = |object: &&Value| {
        let component = label(object, OPERATOR_COMPONENT);
        component == Some(Component::Cni.label()) || component == Some(Component::Ztunnel.label())
    };
    objects.iter().find(is_data_plane).is_some()
}
