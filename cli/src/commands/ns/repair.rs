//! `meshctl ns repair`: bring pods in that should be in, the least disturbing way first, and verify.

use crate::cluster::{Cluster, Deletion};
use crate::context::Context;
use crate::enrolment::facts::{Facts, NamespaceRow, PodRow, Whose};
use crate::enrolment::repair::{Remedy, remedies};
use crate::exit::{Exit, Failure};
use clap::Args;
use mesh_wire::well_known::annotation::LOOK_AGAIN;
use mesh_wire::well_known::field_manager;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a remedy may take before the next is tried.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);

const EXAMPLES: &str = "Examples:
  meshctl ns repair shop                 every pod of the namespace that should be in and is not
  meshctl ns repair shop --pod web-1 -y";

/// Arguments of `meshctl ns repair`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Repair {
    /// The namespaces
    #[arg(required = true, value_name = "NAMESPACE", add = crate::completers::namespaces())]
    namespaces: Vec<String>,
    /// Only this pod
    #[arg(long, value_name = "NAME")]
    pod: Option<String>,
    /// Say what would be tried, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short = 'y', long, alias = "skip-confirmation")]
    yes: bool,
}

impl Repair {
    /// Runs the command; exit 1 when a pod stays out.
    ///
    /// # Errors
    /// An unknown namespace, a refused confirmation, or the API refuses.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let names = super::distinct(&self.namespaces)?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let facts = cluster.fetch_enrolment(&system, Whose::These(&names)).await?;
        for silent in &facts.silent {
            context.messages.warn(silent);
        }
        let broken: Vec<(&NamespaceRow, &PodRow)> = facts
            .namespaces
            .iter()
            .flat_map(|namespace| namespace.pods.iter().map(move |pod| (namespace, pod)))
            .filter(|(_, pod)| !pod.state.is_settled())
            .filter(|(_, pod)| self.pod.as_ref().is_none_or(|name| pod.facts.name == *name))
            .collect();
        if broken.is_empty() {
            context.messages.line("nothing to repair");
            return Ok(Exit::Ok);
        }
        let mut exit = Exit::Ok;
        for (namespace, pod) in broken {
            let title = format!("{}/{}", namespace.name, pod.facts.name);
            context.messages.line(&format!("pod {title} is {}", pod.state));
            if !self.mend(context, &cluster, &facts, (namespace, pod)).await? {
                exit = Exit::Error;
            }
        }
        Ok(exit)
    }

    /// Tries the remedies for one pod; whether it is in then.
    async fn mend(
        &self,
        context: &Context,
        cluster: &Cluster,
        facts: &Facts,
        (namespace, pod): (&NamespaceRow, &PodRow),
    ) -> Result<bool, Failure> {
        let title = format!("{}/{}", namespace.name, pod.facts.name);
        let parts = facts.nodes.get(&pod.node).cloned().unwrap_or_default();
        let tried = remedies(pod.state, &parts);
        if tried.is_empty() {
            context.messages.line(&format!(
                "  nothing to try here; `meshctl describe pod {}.{}` says what is missing",
                pod.facts.name, namespace.name
            ));
        }
        for remedy in tried {
            let what = remedy.title(&title);
            if self.dry_run {
                context.messages.line(&format!("  would {what}"));
                continue;
            }
            context.confirm(&format!("  {what}?"), self.yes)?;
            self.attempt(context, cluster, &remedy, (namespace, pod)).await?;
            let recreated = remedy == Remedy::Recreate;
            if await_settled(cluster, context, (namespace, pod), recreated).await? {
                context.messages.done(&format!("{title}: settled after: {what}"));
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn attempt(
        &self,
        context: &Context,
        cluster: &Cluster,
        remedy: &Remedy,
        (namespace, pod): (&NamespaceRow, &PodRow),
    ) -> Result<(), Failure> {
        let path = format!("/api/v1/namespaces/{}/pods/{}", namespace.name, pod.facts.name);
        match remedy {
            Remedy::LookAgain => {
                let now = jiff::Timestamp::now().to_string();
                let touch = json!({"metadata": {"annotations": {LOOK_AGAIN: now}}});
                let url = format!("{path}?fieldManager={}", field_manager::CLI);
                let merge: (&str, &Value) = ("application/merge-patch+json", &touch);
                cluster.send("cannot touch the pod", "PATCH", &url, merge).await?;
            }
            Remedy::RestartAgent(agent) => {
                let at = format!("/api/v1/namespaces/{}/pods/{agent}", context.istio_namespace());
                cluster.delete(&at, Deletion::Background).await?;
            }
            Remedy::Recreate => {
                cluster.delete(&path, Deletion::Background).await?;
            }
        }
        Ok(())
    }
}

/// Looks until the pod is settled, or until the patience is over. A recreated pod has another name: then no pod of the
/// namespace may be unsettled.
async fn await_settled(
    cluster: &Cluster,
    context: &Context,
    (namespace, pod): (&NamespaceRow, &PodRow),
    recreated: bool,
) -> Result<bool, Failure> {
    let (begin, whose) = (Instant::now(), [namespace.name.clone()]);
    loop {
        tokio::time::sleep(PAUSE).await;
        let system = context.istio_namespace();
        let facts = cluster.fetch_enrolment(&system, Whose::These(&whose)).await?;
        let mut pods = facts.namespaces.iter().flat_map(|one| &one.pods);
        let is_settled = if recreated {
            pods.all(|one| one.state.is_settled())
        } else {
            pods.any(|one| one.facts.name == pod.facts.name && one.state.is_settled())
        };
        if is_settled || begin.elapsed() > PATIENCE {
            return Ok(is_settled);
        }
    }
}
