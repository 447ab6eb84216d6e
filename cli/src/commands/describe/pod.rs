//! `meshctl describe pod`: the questions of the diagnosis table, up to the first "no".

use super::qualified;
use crate::cluster::Cluster;
use crate::commands::input::Prepared;
use crate::context::Context;
use crate::enrolment::diagnose::{self, Step, Surroundings};
use crate::enrolment::facts::{Facts, NamespaceRow, PodRow, Whose};
use crate::enrolment::judge::Signal;
use crate::exit::{Exit, Failure};
use crate::netpol::{self, world::World};
use crate::render;
use crate::render::output::Output;
use crate::simulate::pairs::{self, Server, Terms};
use crate::simulate::target_ports;
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;

/// Arguments of `meshctl describe pod`.
#[derive(Debug, Args)]
pub struct DescribePod {
    /// The pod, as NAME or NAME.NAMESPACE
    #[arg(add = crate::completers::pods())]
    pod: String,
    /// Output format
    #[arg(short, long, default_value = "text", value_parser = super::FORMATS)]
    output: Output,
}

/// A pod and the questions about it.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::commands) struct Told {
    pod: String,
    node: String,
    state: String,
    pub(in crate::commands) questions: Vec<Step>,
}

/// What is asked of the cluster for all pods of a few namespaces.
pub(in crate::commands) struct Doctor {
    facts: Facts,
    prepared: Prepared,
    world: World,
    system: String,
}

impl Doctor {
    /// Gathers everything.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub(in crate::commands) async fn fetch(
        cluster: &Cluster,
        context: &Context,
        facts: Facts,
    ) -> Result<Self, Failure> {
        let system = context.istio_namespace();
        let objects = Box::pin(cluster.fetch_mesh_objects(&system)).await?;
        let names: Vec<String> = facts.namespaces.iter().map(|one| one.name.clone()).collect();
        Ok(Self {
            prepared: Prepared::of(context, objects)?,
            world: cluster.fetch_world(&names).await?,
            facts,
            system,
        })
    }

    /// The questions about one pod.
    pub(in crate::commands) fn ask(&self, namespace: &NamespaceRow, pod: &PodRow) -> Told {
        let around = self.around(namespace, pod);
        Told {
            pod: format!("{}/{}", namespace.name, pod.facts.name),
            node: pod.node.clone(),
            state: pod.state.to_string(),
            questions: diagnose::diagnose(&self.facts, namespace, pod, &around, &self.system),
        }
    }

    fn around(&self, namespace: &NamespaceRow, pod: &PodRow) -> Surroundings {
        let mesh = self.prepared.mesh();
        let (home, name) = (namespace.name.as_str(), pod.facts.name.as_str());
        let named = |one: &&std::sync::Arc<proxy_core::state::workload::Workload>| {
            one.namespace() == home && one.name == name
        };
        let workload = mesh.state.workloads().find(named).cloned();
        let object = self
            .world
            .pods
            .iter()
            .find(|one| one["metadata"]["name"] == name && one["metadata"]["namespace"] == home);
        let nobody = workload.as_ref().and_then(|workload| {
            let server = Server {
                name: name.to_owned(),
                address: *workload.addresses.first()?,
                workload: workload.clone(),
            };
            let terms = Terms::of(&mesh);
            let clients = terms.clients(&mesh);
            let ports: Vec<u16> = target_ports(workload).collect();
            let is_shut = |port: &u16| {
                !clients
                    .iter()
                    .any(|client| pairs::is_allowed(&mesh, client, &server, *port))
            };
            let shut = ports.iter().copied().find(is_shut)?;
            Some(format!("policies allow nobody on port {shut}"))
        });
        Surroundings {
            identity: workload.map(|one| one.identity.to_string()).unwrap_or_default(),
            cut_by: object.map(|pod| self.cut_by(home, pod)).unwrap_or_default(),
            policies: nobody,
            unready: object.and_then(unready),
        }
    }

    /// Policies that select the pod and lack a companion.
    fn cut_by(&self, home: &str, pod: &Value) -> Vec<String> {
        let proposal = netpol::propose(&self.world, home);
        let labels = &pod["metadata"]["labels"];
        let wanted = proposal.policies.iter().filter(|one| {
            let held = self.world.policies.iter().any(|held| {
                held["metadata"]["name"] == one["metadata"]["name"]
                    && held["metadata"]["namespace"] == home
                    && held["spec"] == one["spec"]
            });
            !held && netpol::select::matches(&one["spec"]["podSelector"], labels)
        });
        let name = |one: &Value| {
            let made = one["metadata"]["name"].as_str().unwrap_or_default();
            made.strip_prefix("mesh-").unwrap_or(made).to_owned()
        };
        wanted.map(name).collect()
    }
}

fn unready(pod: &Value) -> Option<String> {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.clone().find(|one| one["type"] == "Ready");
    match ready {
        Some(one) if one["status"] == "True" => None,
        Some(one) => Some(one["message"].as_str().unwrap_or("it is not ready").to_owned()),
        None => Some("it has not said that it is ready".to_owned()),
    }
}

impl Told {
    /// As text: a line for each question, then the way out of the first "no".
    pub(in crate::commands) fn text(&self) -> String {
        let mut text = format!("pod {} on {}: {}\n", self.pod, self.node, self.state);
        for step in &self.questions {
            let mark = match step.answer {
                Signal::Yes => "√",
                Signal::No => "×",
                Signal::Unknown => "?",
            };
            _ = writeln!(text, "  {mark} {} {}", step.question, step.finding);
        }
        if let Some(step) = self.first_no() {
            let row = step
                .row
                .map_or_else(String::new, |row| format!(" (row {row} of the diagnosis table)"));
            _ = writeln!(text, "    why: {}{row}", step.finding);
            _ = writeln!(text, "    fix: {}", step.fix.as_deref().unwrap_or_default());
            _ = writeln!(text, "    see: {}", step.evidence);
        }
        text
    }

    pub(in crate::commands) fn first_no(&self) -> Option<&Step> {
        diagnose::first_no(&self.questions)
    }
}

impl DescribePod {
    /// Runs the command; exit 1 when a question is answered "no".
    ///
    /// # Errors
    /// The pod is not there, or the cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let default = context
            .globals
            .namespace
            .clone()
            .unwrap_or_else(|| cluster.default_namespace().to_owned());
        let (name, home) = qualified(&self.pod, &default);
        let whose = [home.clone()];
        let facts = cluster
            .fetch_enrolment(&context.istio_namespace(), Whose::These(&whose))
            .await?;
        for silent in &facts.silent {
            context.messages.warn(silent);
        }
        let doctor = Doctor::fetch(&cluster, context, facts).await?;
        let found = doctor.facts.namespaces.iter().find_map(|namespace| {
            let pod = namespace.pods.iter().find(|pod| pod.facts.name == name)?;
            Some(doctor.ask(namespace, pod))
        });
        let told = found.ok_or_else(|| {
            Failure::new(format!("there is no running pod `{name}` in namespace `{home}`"))
                .hint("names are NAME.NAMESPACE; -n gives the namespace of bare names")
        })?;
        render::print(&self.output.render(&told, || told.text())?)?;
        Ok(if told.first_no().is_some() {
            Exit::Error
        } else {
            Exit::Ok
        })
    }
}
