//! `meshctl waypoint apply` and `generate`.

use super::{Traffic, ignore, limit, namespace, require_definitions};
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::waypoint::{self, API, Wanted};
use crate::{render, yaml};
use clap::Args;
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, USE_WAYPOINT};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often the condition is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// The field manager of the field's own tool, so that both can change each other's waypoints.
const MANAGER: &str = "istioctl";

/// What a waypoint is to be.
#[derive(Debug, Args)]
struct Shape {
    /// Which traffic it takes [default: what the control plane takes, service]
    #[arg(long = "for", value_enum, value_name = "TRAFFIC")]
    traffic: Option<Traffic>,
    /// The revision that manages it
    #[arg(short, long, value_name = "REVISION")]
    revision: Option<String>,
    /// Ignored
    #[arg(hide = true)]
    stray: Vec<String>,
}

impl Shape {
    fn gateway(&self, name: &str, namespace: Option<&str>) -> Value {
        waypoint::gateway(&Wanted {
            name,
            namespace,
            traffic: self.traffic.map(Traffic::text),
            revision: self.revision.as_deref(),
        })
    }
}

/// Arguments of `meshctl waypoint generate`.
#[derive(Debug, Args)]
pub struct Generate {
    #[command(flatten)]
    shape: Shape,
}

impl Generate {
    /// Runs the command, without a cluster.
    ///
    /// # Errors
    /// stdout cannot be written.
    pub fn run(self, context: &Context, name: &str) -> Result<Exit, Failure> {
        ignore(context, &self.shape.stray);
        let gateway = self.shape.gateway(name, context.globals.namespace.as_deref());
        render::print(&yaml::to_string(&gateway))?;
        Ok(Exit::Ok)
    }
}

/// Arguments of `meshctl waypoint apply`.
#[derive(Debug, Args)]
pub struct Apply {
    #[command(flatten)]
    shape: Shape,
    /// Let the whole namespace use it
    #[arg(long)]
    enroll_namespace: bool,
    /// Let the namespace use it even if it uses another one
    #[arg(long)]
    overwrite: bool,
    /// Wait until it is programmed
    #[arg(short, long)]
    wait: bool,
    /// How long to wait
    #[arg(long, default_value = "90s", value_name = "DURATION", value_parser = limit)]
    waypoint_timeout: Duration,
}

impl Apply {
    /// Runs the command; exit 1 when the namespace uses another waypoint, 124 when it is not ready in time.
    ///
    /// # Errors
    /// The API refuses, or does not know Gateways.
    pub async fn run(self, context: &Context, name: &str) -> Result<Exit, Failure> {
        ignore(context, &self.shape.stray);
        let cluster = Cluster::connect(context).await?;
        require_definitions(&cluster).await?;
        let namespace = namespace(context, &cluster);
        let path = format!("/api/v1/namespaces/{namespace}");
        let labels = match cluster.get(&path).await? {
            Some(found) => found["metadata"]["labels"].clone(),
            None => return Err(Failure::new(format!("there is no namespace `{namespace}`"))),
        };
        if labels[DATAPLANE_MODE] != AMBIENT {
            context.messages.warn(&format!(
                "namespace {namespace} is not enrolled: its own traffic does not go through the waypoint"
            ));
        }
        let gateway = self.shape.gateway(name, Some(&namespace));
        let at = format!("/apis/{API}/namespaces/{namespace}/gateways/{name}");
        let apply = ("application/apply-patch+yaml", &gateway);
        let doing = format!("cannot apply waypoint `{namespace}/{name}`");
        cluster
            .send(&doing, "PATCH", &format!("{at}?fieldManager={MANAGER}"), apply)
            .await?;
        render::print(&format!("waypoint {namespace}/{name} applied\n"))?;
        let mut exit = Exit::Ok;
        if self.enroll_namespace {
            exit = self
                .enroll(context, &cluster, (&namespace, name), &labels)
                .await?;
        }
        if self.wait {
            self.await_programmed(&cluster, &at, &namespace, name).await?;
            render::print(&format!("waypoint {namespace}/{name} is ready!\n"))?;
        }
        Ok(exit)
    }

    async fn enroll(
        &self,
        context: &Context,
        cluster: &Cluster,
        (namespace, name): (&str, &str),
        labels: &Value,
    ) -> Result<Exit, Failure> {
        let held = labels[USE_WAYPOINT].as_str();
        if let Some(held) = held.filter(|held| *held != name && !self.overwrite) {
            context.messages.warn(&format!(
                "namespace {namespace} uses the waypoint {held}; --overwrite replaces it"
            ));
            return Ok(Exit::Error);
        }
        let patch = json!({"metadata": {"labels": {USE_WAYPOINT: name}}});
        cluster.patch_namespace(namespace, &patch, false).await?;
        render::print(&format!(
            "namespace {namespace} labeled with \"{USE_WAYPOINT}: {name}\"\n"
        ))?;
        Ok(Exit::Ok)
    }

    async fn await_programmed(
        &self,
        cluster: &Cluster,
        at: &str,
        namespace: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let begin = Instant::now();
        loop {
            let gateway = cluster.get(at).await?.unwrap_or_default();
            if waypoint::status(&gateway) == "True" {
                return Ok(());
            }
            if begin.elapsed() + PAUSE > self.waypoint_timeout {
                let reason = waypoint::programmed(&gateway).map_or_else(
                    || "no controller has taken it".to_owned(),
                    |one| one["message"].as_str().unwrap_or("no reason is given").to_owned(),
                );
                return Err(
                    Failure::timed_out(format!("waypoint `{namespace}/{name}` is not programmed"))
                        .because(reason)
                        .hint(format!(
                            "`meshctl waypoint status -n {namespace}` shows its state"
                        )),
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
