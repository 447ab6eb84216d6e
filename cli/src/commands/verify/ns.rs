//! `meshctl verify ns`: is all that should be in the mesh really in, and does it work? For pipelines.

use crate::checks::report::{Category, Report};
use crate::cluster::Cluster;
use crate::commands::describe::pod::Doctor;
use crate::commands::install::duration;
use crate::context::Context;
use crate::enrolment::diagnose::{Step, first_no};
use crate::enrolment::facts::{Facts, NamespaceRow, PodRow, Whose};
use crate::enrolment::judge::{self, State};
use crate::exit::{Exit, Failure};
use crate::render::junit;
use crate::render::output::{Formats, Output};
use crate::{render, waypoint};
use clap::Args;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_secs(2);
const EXAMPLES: &str = "Examples:
  meshctl verify ns shop                      exit 1 unless every pod is captured and can be reached
  meshctl verify ns shop --wait=2m --strict   right after a deployment; what cannot be proven fails too
  meshctl verify ns shop pay -o junit > verify.xml";

/// Arguments of `meshctl verify ns`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyNs {
    /// The namespaces
    #[arg(value_name = "NAMESPACE", required = true, add = crate::completers::namespaces())]
    namespaces: Vec<String>,
    /// Warnings are errors: pods that are excluded, signals that nobody can give
    #[arg(long)]
    strict: bool,
    /// How long to wait for what may still become well
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = duration)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "2m")]
    wait: Duration,
    /// Output format
    #[arg(short, long, default_value = "table")]
    #[arg(value_parser = Formats(&["table", "short", "json", "yaml", "jsonpath=", "junit"]))]
    output: Output,
}

impl VerifyNs {
    /// Runs the command; exit 1 when something is not well, 124 when it is not in time.
    ///
    /// # Errors
    /// An unknown namespace, or the cluster cannot be asked.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let names = crate::commands::ns::distinct(&self.namespaces)?;
        let cluster = Cluster::connect(context).await?;
        let begin = Instant::now();
        let report = loop {
            let report = Box::pin(self.look(context, &cluster, &names)).await?;
            if report.success || begin.elapsed() + PAUSE > self.wait {
                break report;
            }
            tokio::time::sleep(PAUSE).await;
        };
        render::print(&match self.output {
            Output::Junit => junit::document("verify ns", &super::cases(&report))?,
            _ => self
                .output
                .render(&report, || report.text(self.output == Output::Short))?,
        })?;
        Ok(match (report.success, self.wait.is_zero()) {
            (true, _) => Exit::Ok,
            (false, true) => Exit::Error,
            (false, false) => Exit::TimedOut,
        })
    }

    async fn look(&self, context: &Context, cluster: &Cluster, names: &[String]) -> Result<Report, Failure> {
        let facts = cluster
            .fetch_enrolment(&context.istio_namespace(), Whose::These(names))
            .await?;
        let doctor = Doctor::fetch(cluster, context, facts.clone()).await?;
        let mut categories = Vec::new();
        for namespace in &facts.namespaces {
            let asked = |pod: &PodRow| doctor.ask(namespace, pod).questions;
            let mut category = pods(namespace, asked);
            if let Some(name) = judge::waypoint(&namespace.labels).filter(|name| *name != "none") {
                let problem = waypoint_problem(cluster, &namespace.name, name).await?;
                category.check(
                    "verify-waypoint",
                    &format!("waypoint {name} is programmed"),
                    problem,
                );
            }
            categories.push(category);
        }
        categories.push(voices(&facts));
        Ok(Report::new(categories).chosen(&[], &[], self.strict))
    }
}

/// What a namespace's pods are asked.
fn pods(namespace: &NamespaceRow, ask: impl Fn(&PodRow) -> Vec<Step>) -> Category {
    let mut category = Category::new(format!("namespace {}", namespace.name));
    let tally = namespace.tally();
    let is_enrolled = tally.enrolled > 0 || judge::mode(&namespace.labels) == Some("ambient");
    let not_enrolled = format!(
        "neither the namespace nor a pod asks for it; fix: meshctl ns enroll {}",
        namespace.name
    );
    category.check(
        "verify-enrolled",
        "something is enrolled",
        (!is_enrolled).then_some(not_enrolled),
    );
    for pod in &namespace.pods {
        let name = &pod.facts.name;
        let told = format!("pod {name} is in the mesh");
        match pod.state {
            State::Excluded(reason) => {
                category.advise("verify-pod", &told, Some(format!("left out: {reason}")));
            }
            State::Outside if is_enrolled => {
                category.advise("verify-pod", &told, Some("it is not enrolled".to_owned()));
            }
            State::Outside => {}
            State::Unverified => {
                let why = "its node agent cannot be asked whether traffic is redirected".to_owned();
                let no = first_no(&ask(pod)).map(problem);
                category.check("verify-works", &format!("pod {name} works in the mesh"), no);
                category.advise("verify-pod", &told, Some(why));
            }
            _ => category.check("verify-pod", &told, first_no(&ask(pod)).map(problem)),
        }
    }
    category
}

/// A "no" in the words of a check.
fn problem(step: &Step) -> String {
    let row = step.row.map_or_else(String::new, |row| format!(" (row {row})"));
    let fix = step.fix.as_deref().unwrap_or_default();
    format!(
        "{} no: {}{row}\nfix: {fix}\nsee: {}",
        step.question, step.finding, step.evidence
    )
}

async fn waypoint_problem(cluster: &Cluster, namespace: &str, name: &str) -> Result<Option<String>, Failure> {
    let path = format!("/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/gateways/{name}");
    Ok(match cluster.get(&path).await? {
        None => Some(format!("there is no Gateway {namespace}/{name}")),
        Some(gateway) if waypoint::status(&gateway) == "True" => None,
        Some(gateway) => Some(
            waypoint::programmed(&gateway)
                .and_then(|one| one["message"].as_str())
                .unwrap_or("no controller has taken it")
                .to_owned(),
        ),
    })
}

/// Whether everybody who was to be asked answered.
fn voices(facts: &Facts) -> Category {
    let mut category = Category::new("mesh");
    let silent = (!facts.silent.is_empty()).then(|| facts.silent.join("\n"));
    category.advise("verify-voices", "every node proxy and node agent answers", silent);
    category
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::Outcome;
    use crate::enrolment::facts::Ages;
    use crate::enrolment::judge::{Claims, Signal};
    use mesh_node::enroll::{PodFacts, Reason};

    fn pod(name: &str, state: State) -> PodRow {
        PodRow {
            facts: PodFacts {
                name: name.to_owned(),
                ..PodFacts::default()
            },
            node: "n".to_owned(),
            phase: "Running".to_owned(),
            state,
            claims: Claims {
                held: Signal::Yes,
                tunnelled: Signal::Yes,
                redirected: Signal::Yes,
            },
            ages: Ages::default(),
            error: None,
        }
    }

    fn namespace(mode: &str, pods: Vec<PodRow>) -> NamespaceRow {
        NamespaceRow {
            name: "shop".to_owned(),
            labels: [("istio.io/dataplane-mode".to_owned(), mode.to_owned())].into(),
            pods,
        }
    }

    fn step(answer: Signal) -> Step {
        Step {
            question: "are its rules in place?",
            answer,
            finding: "they are gone".to_owned(),
            row: Some("20"),
            fix: Some("meshctl ns repair shop".to_owned()),
            evidence: "look".to_owned(),
        }
    }

    #[test]
    fn cli_c23_a_stale_pod_fails_with_row_and_fix_and_one_that_is_left_out_warns() {
        let rows = vec![
            pod("in", State::Captured),
            pod("stale", State::Stale),
            pod("host", State::Excluded(Reason::HostNetwork)),
        ];
        let answer = |pod: &PodRow| {
            let is_stale = pod.state == State::Stale;
            vec![step(if is_stale { Signal::No } else { Signal::Yes })]
        };
        let category = pods(&namespace("ambient", rows), answer);
        let results: Vec<Outcome> = category.checks.iter().map(|one| one.result).collect();
        let (ok, warned, failed) = (Outcome::Success, Outcome::Warning, Outcome::Error);
        assert_eq!(results, [ok, ok, failed, warned]);
        let why = category.checks[2].error.as_deref().unwrap();
        assert!(
            why.contains("(row 20)") && why.contains("fix: meshctl ns repair shop"),
            "{why}"
        );
    }

    #[test]
    fn a_captured_pod_that_does_not_work_fails_too() {
        let category = pods(&namespace("ambient", vec![pod("in", State::Captured)]), |_| {
            vec![step(Signal::No)]
        });
        assert_eq!(category.checks[1].result, Outcome::Error);
    }

    #[test]
    fn a_namespace_that_nobody_enrolled_is_not_verified() {
        let category = pods(&namespace("none", vec![pod("a", State::Outside)]), |_| Vec::new());
        assert_eq!(category.checks.len(), 1);
        assert!(category.has_error());
    }
}
