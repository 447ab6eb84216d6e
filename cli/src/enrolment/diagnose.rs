//! Why a pod is not in the mesh: the questions of `spec/enrolment.md` 8 in their order, up to the first "no". (pure)

mod membership;
mod node;
mod proxy;
mod traffic;

use super::facts::{Facts, NamespaceRow, NodeParts, Part, PodRow};
use super::judge::{Signal, State};
use schemars::JsonSchema;
use serde::Serialize;

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Step {
    /// What is asked.
    pub question: &'static str,
    /// The answer.
    pub answer: Signal,
    /// What was found.
    pub finding: String,
    /// The row of the diagnosis table, for a "no".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<&'static str>,
    /// What to do about a "no".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The command that shows it.
    pub evidence: String,
}

/// What is known of a pod beyond its enrolment.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The identity that its proxy should hold a certificate for.
    pub identity: String,
    /// Network policies that cut tunnels or probes, by name.
    pub cut_by: Vec<String>,
    /// What authorization policies do not do, or do to everybody.
    pub policies: Option<String>,
    /// Why it takes no traffic.
    pub unready: Option<String>,
}

struct Asking<'a> {
    pod: &'a PodRow,
    namespace: &'a NamespaceRow,
    parts: NodeParts,
    facts: &'a Facts,
    around: &'a Surroundings,
    system: &'a str,
}

/// The questions up to the first "no".
#[must_use]
pub fn diagnose(
    facts: &Facts,
    namespace: &NamespaceRow,
    pod: &PodRow,
    around: &Surroundings,
    system: &str,
) -> Vec<Step> {
    let asking = Asking {
        pod,
        namespace,
        parts: facts.nodes.get(&pod.node).cloned().unwrap_or_default(),
        facts,
        around,
        system,
    };
    let mut steps = Vec::new();
    for number in 0..QUESTIONS {
        let step = asking.question(number);
        let is_no = step.answer == Signal::No;
        steps.push(step);
        if is_no {
            break;
        }
    }
    steps
}

/// The first "no".
#[must_use]
pub fn first_no(steps: &[Step]) -> Option<&Step> {
    steps.iter().find(|step| step.answer == Signal::No)
}

/// How many questions there are.
const QUESTIONS: usize = 10;

impl Asking<'_> {
    fn question(&self, number: usize) -> Step {
        match number {
            0 => self.eligible(),
            1 => self.agent(),
            2 => self.annotation(),
            3 => self.rules(),
            4 => self.held(),
            5 => self.known(),
            6 => self.certificate(),
            7 => self.path(),
            8 => self.policy(),
            _ => self.healthy(),
        }
    }

    fn title(&self) -> String {
        format!("{}/{}", self.namespace.name, self.pod.facts.name)
    }

    fn get_pod(&self, what: &str) -> String {
        let (namespace, name) = (&self.namespace.name, &self.pod.facts.name);
        format!("kubectl get pod {name} -n {namespace} {what}")
    }
}

fn step(question: &'static str, finding: impl Into<String>, evidence: String) -> Step {
    Step {
        question,
        answer: Signal::Yes,
        finding: finding.into(),
        row: None,
        fix: None,
        evidence,
    }
}

fn part_name(part: &Part) -> &str {
    match part {
        Part::Ready(name) | Part::NotReady(name, _) => name,
        Part::Absent => "<none>",
    }
}

fn with(step: Step, finding: String) -> Step {
    Step { finding, ..step }
}

fn no(step: Step, finding: impl Into<String>, row: &'static str, fix: impl Into<String>) -> Step {
    Step {
        answer: Signal::No,
        finding: finding.into(),
        row: Some(row),
        fix: Some(fix.into()),
        ..step
    }
}

fn unknown(step: Step, finding: &str) -> Step {
    Step {
        answer: Signal::Unknown,
        finding: finding.to_owned(),
        ..step
    }
}

fn answer(step: Step, signal: Signal, finding: &str, (row, fix): (&'static str, String)) -> Step {
    match signal {
        Signal::Yes => step,
        Signal::Unknown => unknown(step, "nobody who knows could be asked"),
        Signal::No => no(step, finding, row, fix),
    }
}

/// Whether a pod needs an explanation.
#[must_use]
pub fn is_odd(state: State) -> bool {
    !matches!(state, State::Captured | State::Unverified)
}

#[cfg(test)]
mod tests;
