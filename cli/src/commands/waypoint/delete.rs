//! `meshctl waypoint delete`: waypoints only, never a Gateway of another class.

use super::{fetch, key, namespace};
use crate::cluster::{Cluster, Deletion};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;
use crate::waypoint::API;
use clap::Args;
use mesh_wire::well_known::label::REVISION;

/// Arguments of `meshctl waypoint delete`.
#[derive(Debug, Args)]
pub struct Delete {
    /// The waypoints
    #[arg(value_name = "NAME", conflicts_with_all = ["all", "revision"])]
    names: Vec<String>,
    /// Every waypoint of the namespace
    #[arg(long)]
    all: bool,
    /// Every waypoint of this revision in the namespace
    #[arg(short, long, value_name = "REVISION")]
    revision: Option<String>,
}

impl Delete {
    /// Runs the command.
    ///
    /// # Errors
    /// Nothing is named, or the API refuses.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.names.is_empty() && !self.all && self.revision.is_none() {
            return Err(
                Failure::usage("no waypoint to delete").hint("name some, or pass --all or --revision")
            );
        }
        let cluster = Cluster::connect(context).await?;
        let namespace = namespace(context, &cluster);
        let found = fetch(&cluster, Some(&namespace)).await?;
        let held: Vec<String> = found
            .iter()
            .filter(|one| {
                let revision = one["metadata"]["labels"][REVISION].as_str().unwrap_or("default");
                self.revision.as_deref().is_none_or(|wanted| wanted == revision)
            })
            .map(|one| key(one).1)
            .collect();
        let wanted = if self.names.is_empty() {
            held.clone()
        } else {
            self.names
        };
        if wanted.is_empty() {
            context.messages.line("No waypoints found.");
        }
        for name in wanted {
            if !held.contains(&name) {
                context
                    .messages
                    .line(&format!("waypoint {namespace}/{name} not found"));
                continue;
            }
            let path = format!("/apis/{API}/namespaces/{namespace}/gateways/{name}");
            cluster.delete(&path, Deletion::Background).await?;
            render::print(&format!("waypoint {namespace}/{name} deleted\n"))?;
        }
        Ok(Exit::Ok)
    }
}
