//! `meshctl status`: each part of the mesh in one line, then what is wrong (`spec/cli.md` 10).

use super::install::duration;
use crate::checks::facts::Facts;
use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::install::component::meta;
use crate::install::ready;
use crate::render;
use crate::render::output::{Formats, Output};
use crate::render::table::Table;
use clap::Args;
use mesh_wire::well_known::name;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// The documents of these commands.
pub(super) const DOCUMENTS: &[super::schema::Document] = &[("status", super::schema::of::<Report>)];

const PAUSE: Duration = Duration::from_secs(2);
const EXAMPLES: &str = "Examples:
  meshctl status
  meshctl status --wait --wait-duration 2m
  meshctl status -o json";

/// Arguments of `meshctl status`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Status {
    /// Wait until there are neither errors nor warnings
    #[arg(long)]
    wait: bool,
    /// How long to wait
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    wait_duration: Duration,
    /// Warnings are no reason to wait
    #[arg(long)]
    ignore_warnings: bool,
    /// Output format
    #[arg(short, long, default_value = "summary", value_parser = Formats(&["summary", "json", "yaml", "jsonpath="]))]
    output: Output,
}

/// Everything.
#[derive(Debug, Serialize, JsonSchema)]
struct Report {
    components: Vec<Component>,
    enrolment: Enrolment,
    images: BTreeMap<String, usize>,
    errors: Vec<Complaint>,
    warnings: Vec<Complaint>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Component {
    title: &'static str,
    kind: &'static str,
    name: &'static str,
    state: String,
    desired: i64,
    ready: i64,
    available: i64,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct Enrolment {
    namespaces: usize,
    enrolled: usize,
    captured: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Complaint {
    component: String,
    pod: String,
    text: String,
}

/// Title, kind and name of each part.
const PARTS: [(&str, &str, &str); 3] = [
    ("Control plane", "Deployment", name::CONTROL_PLANE),
    ("Node agent", "DaemonSet", name::NODE_AGENT),
    ("Node proxy", "DaemonSet", name::NODE_PROXY),
];

impl Status {
    /// Runs the command; exit 1 when there are errors, 124 when they do not go in time.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let cluster = Cluster::connect(context).await?;
        let begin = Instant::now();
        let report = loop {
            let facts = cluster.fetch_checked(&context.istio_namespace()).await?;
            let report = judge(&facts);
            if self.is_well(&report) || !self.wait || begin.elapsed() + PAUSE > self.wait_duration {
                break report;
            }
            tokio::time::sleep(PAUSE).await;
        };
        render::print(&self.output.render(&report, || text(&report))?)?;
        Ok(
            match (self.wait, self.is_well(&report), report.errors.is_empty()) {
                (true, false, _) => Exit::TimedOut,
                (false, _, false) => Exit::Error,
                _ => Exit::Ok,
            },
        )
    }

    /// Whether there is nothing left to wait for.
    fn is_well(&self, report: &Report) -> bool {
        report.errors.is_empty() && (self.ignore_warnings || report.warnings.is_empty())
    }
}

fn judge(facts: &Facts) -> Report {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut images: BTreeMap<String, usize> = BTreeMap::new();
    let mut components = Vec::new();
    for (title, kind, name) in PARTS {
        let Some(workload) = facts.find_workload(name) else {
            errors.push(complaint(title, "", "it is not installed"));
            components.push(absent(title, kind, name));
            continue;
        };
        let before = errors.len();
        if let Some(why) = ready::blocker(workload) {
            errors.push(complaint(title, "", &why));
        }
        for pod in facts.pods_of(workload) {
            errors.extend(ready::pod_blocker(pod).map(|why| complaint(title, meta(pod, "name"), &why)));
            let statuses = pod["status"]["containerStatuses"]
                .as_array()
                .into_iter()
                .flatten();
            let restarts: u64 = statuses.filter_map(|one| one["restartCount"].as_u64()).sum();
            if restarts > 0 {
                warnings.push(complaint(
                    title,
                    meta(pod, "name"),
                    &format!("restarted {restarts} times"),
                ));
            }
            for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
                let image = container["image"].as_str().unwrap_or("<unknown>");
                *images.entry(image.to_owned()).or_default() += 1;
            }
        }
        components.push(present(title, kind, name, workload, errors.len() - before));
    }
    let mut enrolment = Enrolment::default();
    for namespace in &facts.enrolment.namespaces {
        let tally = namespace.tally();
        enrolment.namespaces += usize::from(tally.enrolled > 0);
        enrolment.enrolled += tally.enrolled;
        enrolment.captured += tally.captured;
        let odd = namespace.pods.iter().filter(|pod| pod.state.is_problem());
        errors.extend(odd.map(|pod| {
            let title = format!("{}/{}", namespace.name, pod.facts.name);
            complaint("Enrolment", &title, &pod.state.to_string())
        }));
    }
    warnings.extend(
        facts
            .enrolment
            .silent
            .iter()
            .map(|text| complaint("Enrolment", "", text)),
    );
    Report {
        components,
        enrolment,
        images,
        errors,
        warnings,
    }
}

fn complaint(component: &str, pod: &str, text: &str) -> Complaint {
    Complaint {
        component: component.to_owned(),
        pod: pod.to_owned(),
        text: text.to_owned(),
    }
}

fn absent(title: &'static str, kind: &'static str, name: &'static str) -> Component {
    Component {
        title,
        kind,
        name,
        state: "disabled".to_owned(),
        desired: 0,
        ready: 0,
        available: 0,
    }
}

fn present(
    title: &'static str,
    kind: &'static str,
    name: &'static str,
    workload: &Value,
    errors: usize,
) -> Component {
    let status = |key: &str| workload["status"][key].as_i64().unwrap_or(0);
    let (desired, ready, available) = if kind == "Deployment" {
        (
            workload["spec"]["replicas"].as_i64().unwrap_or(1),
            status("readyReplicas"),
            status("availableReplicas"),
        )
    } else {
        (
            status("desiredNumberScheduled"),
            status("numberReady"),
            status("numberAvailable"),
        )
    };
    Component {
        title,
        kind,
        name,
        state: match errors {
            0 => "OK".to_owned(),
            count => format!("{count} errors"),
        },
        desired,
        ready,
        available,
    }
}

fn text(report: &Report) -> String {
    let mut table = Table::with_header(4, &[], true);
    for one in &report.components {
        table.row(vec![format!("{}:", one.title), one.state.clone()]);
    }
    let mut text = table.render();
    text.push('\n');
    let mut table = Table::with_header(4, &[], true);
    for one in report.components.iter().filter(|one| one.state != "disabled") {
        let numbers = format!(
            "Desired: {}, Ready: {}/{}, Available: {}/{}",
            one.desired, one.ready, one.desired, one.available, one.desired
        );
        table.row(vec![one.kind.to_owned(), one.name.to_owned(), numbers]);
    }
    let Enrolment {
        namespaces,
        enrolled,
        captured,
    } = report.enrolment;
    table.row(vec![
        "Enrolment".to_owned(),
        format!("{namespaces} namespaces"),
        format!("{captured} of {enrolled} pods captured"),
    ]);
    for (image, count) in &report.images {
        table.row(vec![
            "Image".to_owned(),
            image.clone(),
            format!("{count} containers"),
        ]);
    }
    text.push_str(&table.render());
    for (title, complaints) in [("Errors", &report.errors), ("Warnings", &report.warnings)] {
        if complaints.is_empty() {
            continue;
        }
        _ = write!(text, "\n{title}:\n");
        let mut table = Table::with_header(4, &[], true);
        for one in complaints {
            table.row(vec![
                format!("  {}", one.component),
                one.pod.clone(),
                one.text.clone(),
            ]);
        }
        text.push_str(&table.render());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ready_set(name: &str, ready: i64) -> Value {
        json!({"kind": "DaemonSet", "metadata": {"name": name, "generation": 1}, "spec": {"selector": {"matchLabels": {"app": name}}},
               "status": {"observedGeneration": 1, "desiredNumberScheduled": 2, "numberReady": ready,
                          "numberAvailable": ready, "updatedNumberScheduled": 2}})
    }

    #[test]
    fn a_missing_part_and_an_unready_one_are_errors_and_a_restart_is_a_warning() {
        let facts = Facts {
            workloads: vec![ready_set(name::NODE_AGENT, 2), ready_set(name::NODE_PROXY, 1)],
            pods: vec![
                json!({"metadata": {"name": "a", "labels": {"app": name::NODE_AGENT}},
                "spec": {"containers": [{"image": "x:1"}]},
                "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
                           "containerStatuses": [{"restartCount": 2, "ready": true, "state": {"running": {}}}]}}),
            ],
            ..Facts::default()
        };
        let report = judge(&facts);
        let states: Vec<&str> = report.components.iter().map(|one| one.state.as_str()).collect();
        assert_eq!(states, ["disabled", "OK", "1 errors"], "{report:#?}");
        assert_eq!(report.warnings.len(), 1);
        let text = text(&report);
        assert!(
            text.contains("Desired: 2, Ready: 1/2") && text.contains("restarted 2 times"),
            "{text}"
        );
        assert!(
            text.contains("Errors:\n  Control plane") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}
