//! `meshctl ns plan`: what enrolling a namespace would change, and the network policies it needs (`spec/enrolment.md` 6).

use crate::cluster::Cluster;
use crate::commands::input::Prepared;
use crate::context::Context;
use crate::enrolment::change;
use crate::enrolment::facts::{NamespaceRow, Whose};
use crate::exit::{Exit, Failure};
use crate::netpol::world::World;
use crate::netpol::{Proposal, propose};
use crate::objects::Sourced;
use crate::render;
use crate::render::output::{Formats, Output};
use crate::simulate::joining;
use crate::simulate::pairs::{self, Change, Reach, Terms};
use crate::simulate::report::losses;
use crate::simulate::target_ports;
use crate::simulate::translation::{self, Loss};
use crate::yaml;
use clap::Args;
use mesh_node::enroll::{self, Labels, Verdict};
use mesh_wire::well_known::annotation::{REDIRECTION, REDIRECTION_ENABLED};
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;

/// Arguments of `meshctl ns plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The namespaces
    #[arg(required = true, value_name = "NAMESPACE", add = crate::completers::namespaces())]
    namespaces: Vec<String>,
    /// Output format; `policies` prints only the network policies to add
    #[arg(short, long, default_value = "text", value_parser = Formats(&["text", "json", "yaml", "jsonpath=", "policies"]))]
    output: Output,
}

/// What would happen to one namespace.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Report {
    namespace: String,
    objection: Option<String>,
    captured: Vec<String>,
    excluded: Vec<String>,
    policies: Vec<Value>,
    notes: Vec<String>,
    /// Authorization policies of which something is not enforced as written.
    losses: Vec<Loss>,
    /// Connections to service ports that policy would refuse, and that nobody refuses now.
    refused: Vec<Reach>,
    /// Connections to service ports of other pods of the mesh whose verdict changes, since a pod that joins gets an
    /// identity.
    changes: Vec<Change>,
}

impl Plan {
    /// Runs the command; nothing is changed.
    ///
    /// # Errors
    /// An unknown namespace, or the cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let names = super::distinct(&self.namespaces)?;
        let cluster = Cluster::connect(context).await?;
        let facts = cluster
            .fetch_enrolment(&context.istio_namespace(), Whose::These(&names))
            .await?;
        let world = cluster.fetch_world(&names).await?;
        let objects = Box::pin(cluster.fetch_mesh_objects(&context.istio_namespace())).await?;
        let mut reports: Vec<Report> = facts
            .namespaces
            .iter()
            .map(|namespace| report(namespace, propose(&world, &namespace.name)))
            .collect();
        let now = Prepared::of(context, objects.clone())?;
        let prepared = Prepared::of(context, joined(objects, &reports))?;
        let changes = joining::changes(&now.mesh(), &prepared.mesh());
        for report in &mut reports {
            judge(report, &prepared);
            report.changes = changes_of(report, &changes);
        }
        let report = || reports.iter().map(text).collect::<Vec<_>>().join("\n");
        render::print(&match self.output {
            Output::Policies => policies(&reports),
            _ => self.output.render(&reports, report)?,
        })?;
        Ok(Exit::Ok)
    }
}

impl Cluster {
    /// What network policies are about, with some namespaces counted as enrolled.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_world(&self, joining: &[String]) -> Result<World, Failure> {
        Ok(World {
            namespaces: self.list("/api/v1/namespaces").await?,
            pods: self.list("/api/v1/pods").await?,
            services: self.list("/api/v1/services").await?,
            policies: self.list("/apis/networking.k8s.io/v1/networkpolicies").await?,
            joining: joining.iter().cloned().collect(),
            ..World::default()
        })
    }
}

fn report(namespace: &NamespaceRow, proposal: Proposal) -> Report {
    let mut labels: Labels = namespace.labels.clone();
    labels.insert(DATAPLANE_MODE.to_owned(), AMBIENT.to_owned());
    let rules = enroll::Rules::default();
    let (mut captured, mut excluded) = (Vec::new(), Vec::new());
    for pod in &namespace.pods {
        match enroll::decide(&pod.facts, &labels, &rules) {
            Verdict::Capture => captured.push(pod.facts.name.clone()),
            Verdict::Leave(reason) => excluded.push(format!("{}: {reason}", pod.facts.name)),
        }
    }
    Report {
        namespace: namespace.name.clone(),
        objection: change::sidecar_objection(namespace),
        captured,
        excluded,
        policies: proposal.policies,
        notes: proposal.notes,
        losses: Vec::new(),
        refused: Vec::new(),
        changes: Vec::new(),
    }
}

/// The objects as they will be when the pods are captured.
fn joined(mut objects: Vec<Sourced>, reports: &[Report]) -> Vec<Sourced> {
    for one in &mut objects {
        let (_, kind, namespace, name) = one.key();
        let is_captured = |report: &Report| report.namespace == namespace && report.captured.contains(&name);
        if kind == "Pod" && reports.iter().any(is_captured) {
            let meta = &mut one.object["metadata"];
            if !meta["annotations"].is_object() {
                meta["annotations"] = serde_json::json!({});
            }
            meta["annotations"][REDIRECTION] = REDIRECTION_ENABLED.into();
        }
    }
    objects
}

/// What authorization policies will say once the namespace is in.
fn judge(report: &mut Report, prepared: &Prepared) {
    let mesh = prepared.mesh();
    report.losses = translation::losses(mesh.index, &[report.namespace.as_str()], &prepared.root);
    let terms = Terms::of(&mesh);
    let clients = terms.clients(&mesh);
    for server in pairs::servers(&mesh, &terms).values() {
        let was_captured = !report.captured.contains(&server.workload.name.to_string());
        if server.workload.namespace() != report.namespace || was_captured {
            continue;
        }
        for port in target_ports(&server.workload) {
            let rows = pairs::reach(&mesh, &terms, &clients, &[server], Some(port));
            report
                .refused
                .extend(rows.into_iter().filter(|row| row.verdict == "deny"));
        }
    }
    report.refused.sort();
    report.refused.dedup();
}

/// The changes at other pods than those that join, which are refused or not.
fn changes_of(report: &Report, changes: &[Change]) -> Vec<Change> {
    let concerns = |one: &&Change| {
        let prefix = format!("{}/", report.namespace);
        let is_refused = |row: &Reach| row.from == one.from && row.to == one.to && row.port == one.port;
        (one.from.starts_with(&prefix) || one.to.starts_with(&prefix))
            && !report.refused.iter().any(is_refused)
    };
    changes.iter().filter(concerns).cloned().collect()
}

fn policies(reports: &[Report]) -> String {
    let documents: Vec<String> = reports
        .iter()
        .flat_map(|report| &report.policies)
        .map(yaml::to_string)
        .collect();
    documents.join("---\n")
}

fn text(report: &Report) -> String {
    let mut text = format!(
        "namespace {}: {} pod(s) would be captured without a restart, {} would stay out\n",
        report.namespace,
        report.captured.len(),
        report.excluded.len()
    );
    for line in &report.excluded {
        _ = writeln!(text, "  stays out: {line}");
    }
    if let Some(objection) = &report.objection {
        _ = writeln!(text, "  in the way: {objection}");
    }
    for policy in &report.policies {
        let name = policy["metadata"]["name"].as_str().unwrap_or_default();
        _ = writeln!(
            text,
            "  needs the NetworkPolicy {name}; print it with -o policies, or let `ns enroll --fix-networkpolicy` add it"
        );
    }
    for note in &report.notes {
        _ = writeln!(text, "  note: {note}");
    }
    for row in &report.refused {
        let port = row
            .port
            .map_or_else(|| "any port".to_owned(), |port| format!("port {port}"));
        _ = writeln!(
            text,
            "  policy would refuse: {} -> {} on {port}",
            row.from, row.to
        );
    }
    for one in &report.changes {
        let port = one
            .port
            .map_or_else(|| "any port".to_owned(), |port| format!("port {port}"));
        _ = writeln!(
            text,
            "  verdict would change: {} -> {} on {port}: {}, then {}",
            one.from, one.to, one.before, one.after
        );
    }
    for line in losses(&report.losses).lines() {
        _ = writeln!(text, "  {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects;

    fn prepared(of: &[Sourced]) -> Prepared {
        Prepared::of(&crate::testing::context(&[]), of.to_vec()).unwrap()
    }

    #[test]
    fn a_plan_says_which_policies_deny_nothing_and_whose_verdict_changes() {
        let path = format!("{}/../tests/fixtures/mesh", env!("CARGO_MANIFEST_DIR"));
        let mut objects = objects::read_objects(&[path]).unwrap();
        for one in objects
            .iter_mut()
            .filter(|one| one.object["metadata"]["name"] == "web-1")
        {
            one.object["metadata"]["annotations"] = serde_json::json!({});
        }
        let mut report = Report {
            namespace: "shop".to_owned(),
            objection: None,
            captured: vec!["web-1".to_owned()],
            excluded: Vec::new(),
            policies: Vec::new(),
            notes: Vec::new(),
            losses: Vec::new(),
            refused: Vec::new(),
            changes: Vec::new(),
        };
        let now = prepared(&objects);
        let then = prepared(&joined(objects, std::slice::from_ref(&report)));
        judge(&mut report, &then);
        report.changes = changes_of(&report, &joining::changes(&now.mesh(), &then.mesh()));
        let text = text(&report);
        for words in [
            "  shop/no-deletes: this policy denies nothing at the node proxy\n",
            "  verdict would change: shop/web -> shop/api-1 on port 8080: deny, then allow\n",
        ] {
            assert!(text.contains(words), "{text}");
        }
    }
}
