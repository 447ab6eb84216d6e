//! `meshctl ns enroll`: label, and wait for true capture.

use super::Wait;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::enrolment::change;
use crate::enrolment::facts::{self, NamespaceRow, Whose};
use crate::enrolment::judge::{self, State};
use crate::exit::{Exit, Failure};
use crate::install::apply;
use crate::netpol;
use crate::render;
use crate::render::output::{Formats, Output};
use clap::{Args, ValueEnum};
use mesh_wire::well_known::field_manager;
use mesh_wire::well_known::label::DATAPLANE_MODE;
use serde_json::{Value, json};
use std::time::Instant;

/// Arguments of `meshctl ns enroll`.
#[derive(Debug, Args)]
pub struct Enroll {
    /// The namespaces
    #[arg(required = true, value_name = "NAMESPACE", add = crate::completers::namespaces())]
    namespaces: Vec<String>,
    /// Wait until each pod is really captured; a duration, or false
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = Wait::parse)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "2m")]
    wait: Wait,
    /// Print, or add first, the network policies that keep what is allowed now
    #[arg(long, value_enum, value_name = "WHAT")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "print")]
    fix_networkpolicy: Option<Fix>,
    /// Change nothing; `server` lets the API check the change
    #[arg(long, value_enum, value_name = "WHERE", default_value = "none")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    dry_run: DryRun,
    /// Print the change for a repository instead of making it
    #[arg(short, long, value_parser = Formats(&["table", "yaml", "json", "patch"]))]
    output: Option<Output>,
    /// Go on despite sidecars, or without an installed mesh
    #[arg(long)]
    force: bool,
    /// Do not ask
    #[arg(short = 'y', long, alias = "skip-confirmation")]
    yes: bool,
}

/// What is done about network policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fix {
    /// Printed to standard output
    Print,
    /// Added before the namespace joins
    Apply,
}

/// Where a change is only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// It is made
    None,
    /// Nothing is sent
    Client,
    /// The API checks it and keeps nothing
    Server,
}

impl Enroll {
    /// Runs the command.
    ///
    /// # Errors
    /// An unknown namespace, an objection, or pods that are not captured in time.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let names = super::distinct(&self.namespaces)?;
        let cluster = Cluster::connect(context).await?;
        let system = context.istio_namespace();
        let before = cluster
            .fetch_enrolment(&system, Whose::These(&names))
            .await?
            .namespaces;
        self.object(&cluster, &system, &before).await?;
        let changes: Vec<(&NamespaceRow, Value)> = before
            .iter()
            .filter_map(|namespace| Some((namespace, change::enrolling_patch(&namespace.labels)?)))
            .collect();
        if let Some(format) = self.exported() {
            render::print(&document(format, &changes)?)?;
            return Ok(Exit::Ok);
        }
        for (namespace, _) in &changes {
            context.messages.line(&announce(namespace));
        }
        let companions = self.companions(context, &cluster, &names).await?;
        // a namespace that is in already may still lack policies: that is how its pods are repaired
        if self.dry_run != DryRun::Client && !(changes.is_empty() && companions.is_empty()) {
            let question = if changes.is_empty() {
                "Add the network policies?"
            } else {
                "Enroll?"
            };
            context.confirm(question, self.yes || self.dry_run == DryRun::Server)?;
            self.add(&cluster, companions).await?;
            for (namespace, patch) in &changes {
                cluster
                    .patch_namespace(&namespace.name, patch, self.dry_run == DryRun::Server)
                    .await?;
            }
        }
        self.finish(context, &cluster, &system, &names).await
    }

    /// The network policies that are needed, if they are to be added; warned of otherwise.
    async fn companions(
        &self,
        context: &Context,
        cluster: &Cluster,
        names: &[String],
    ) -> Result<Vec<Value>, Failure> {
        let world = cluster.fetch_world(names).await?;
        let proposals: Vec<_> = names.iter().map(|name| netpol::propose(&world, name)).collect();
        for note in proposals.iter().flat_map(|proposal| &proposal.notes) {
            context.messages.warn(note);
        }
        let policies: Vec<Value> = proposals
            .into_iter()
            .flat_map(|proposal| proposal.policies)
            .collect();
        match self.fix_networkpolicy {
            Some(Fix::Apply) => return Ok(policies),
            Some(Fix::Print) => {
                let documents: Vec<String> = policies.iter().map(crate::yaml::to_string).collect();
                render::print(&documents.join("---\n"))?;
            }
            None if !policies.is_empty() => context.messages.warn(
                "NetworkPolicies would cut meshed traffic; `meshctl ns plan` shows them, --fix-networkpolicy=apply adds what is missing",
            ),
            None => {}
        }
        Ok(Vec::new())
    }

    async fn add(&self, cluster: &Cluster, policies: Vec<Value>) -> Result<(), Failure> {
        if self.dry_run != DryRun::None || policies.is_empty() {
            return Ok(());
        }
        let pairs = apply::fetch_pairs(cluster, policies).await?;
        apply::apply(cluster, &pairs, field_manager::CLI).await.map(drop)
    }

    async fn finish(
        &self,
        context: &Context,
        cluster: &Cluster,
        system: &str,
        names: &[String],
    ) -> Result<Exit, Failure> {
        if self.dry_run != DryRun::None {
            context.messages.line("dry run: nothing was changed");
            return Ok(Exit::Ok);
        }
        let Wait::Within(limit) = self.wait else {
            for name in names {
                context.messages.done(&format!("namespace {name} enrolled"));
            }
            return Ok(Exit::Ok);
        };
        let begin = Instant::now();
        let after = cluster.wait_captured(system, names, limit).await?;
        for namespace in &after {
            let tally = namespace.tally();
            let excluded = if tally.excluded == 0 {
                String::new()
            } else {
                format!(", {} excluded", tally.excluded)
            };
            context.messages.done(&format!(
                "namespace {} enrolled: {} of {} pods captured{excluded} ({:.1} s)",
                namespace.name,
                tally.captured,
                tally.pods,
                begin.elapsed().as_secs_f64()
            ));
        }
        if after
            .iter()
            .flat_map(|namespace| &namespace.pods)
            .any(|pod| pod.state == State::Unverified)
        {
            context.messages.warn("the node agents cannot say whether redirection is in place; `meshctl ns status` shows what is known");
        }
        Ok(Exit::Ok)
    }

    /// Refuses what would not do what the operator expects.
    async fn object(
        &self,
        cluster: &Cluster,
        system: &str,
        namespaces: &[NamespaceRow],
    ) -> Result<(), Failure> {
        if self.force {
            return Ok(());
        }
        if let Some(objection) = namespaces.iter().find_map(change::sidecar_objection) {
            return Err(Failure::usage("refusing to enroll")
                .because(objection)
                .hint("remove the label or the sidecars first, or pass --force"));
        }
        let is_offline = self.dry_run != DryRun::None || self.exported().is_some();
        if !is_offline && !facts::is_installed(cluster, system).await? {
            return Err(Failure::new("no mesh is installed that could capture a pod")
                .because(format!(
                    "there is no DaemonSet `istio-cni-node` in namespace `{system}`"
                ))
                .hint("run `meshctl install` first, or pass --force to set the label anyway"));
        }
        Ok(())
    }

    /// The format in which the change is printed instead of made.
    fn exported(&self) -> Option<&Output> {
        self.output.as_ref().filter(|output| **output != Output::Table)
    }
}

fn announce(namespace: &NamespaceRow) -> String {
    let tally = namespace.tally();
    format!(
        "namespace {}: {DATAPLANE_MODE} {} -> ambient; {} running pod(s) will be captured without a restart",
        namespace.name,
        judge::mode(&namespace.labels).unwrap_or("<none>"),
        tally.pods
    )
}

fn document(format: &Output, changes: &[(&NamespaceRow, Value)]) -> Result<String, Failure> {
    if *format == Output::Patch {
        let lines: Vec<String> = changes
            .iter()
            .map(|(namespace, patch)| {
                format!(
                    "kubectl patch namespace {} --type=merge -p '{patch}'\n",
                    namespace.name
                )
            })
            .collect();
        return Ok(lines.concat());
    }
    let objects: Vec<Value> = changes
        .iter()
        .map(|(namespace, patch)| {
            let mut object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": patch["metadata"]});
            object["metadata"]["name"] = json!(namespace.name);
            object
        })
        .collect();
    if *format == Output::Json {
        return render::data::json(&objects);
    }
    let documents: Vec<String> = objects.iter().map(crate::yaml::to_string).collect();
    Ok(documents.join("---\n"))
}
