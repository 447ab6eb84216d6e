//! Why a pod is not in the mesh: the questions of `spec/enrolment.md` 8 in their order, up to the first "no". (pure)

use super::facts::{Facts, NamespaceRow, NodeParts, Part, PodRow};
use super::judge::{Signal, State};
use mesh_node::enroll::{self, Reason, Verdict};
use mesh_wire::well_known::annotation::{BYPASS_INBOUND, REDIRECTION, REDIRECTION_ENABLED};
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, NONE};
use serde::Serialize;

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

    fn eligible(&self) -> Step {
        let step = step(
            "is it meant to be captured?",
            format!("label {DATAPLANE_MODE} and the pod itself say so"),
            self.get_pod("--show-labels"),
        );
        let Verdict::Leave(reason) =
            enroll::decide(&self.pod.facts, &self.namespace.labels, &self.facts.rules)
        else {
            return step;
        };
        let home = &self.namespace.name;
        let (row, fix) = match reason {
            Reason::NotSelected => (
                "1",
                format!(
                    "meshctl ns enroll {home}, or check the spelling of the label on namespace and pod template"
                ),
            ),
            Reason::OptedOut => (
                "2",
                format!("remove {DATAPLANE_MODE}=none from the pod's template, unless it is meant"),
            ),
            Reason::HostNetwork => (
                "3",
                "not possible for pods of the host network; write policies by address".to_owned(),
            ),
            Reason::Sidecar => (
                "4",
                format!("remove the injection label of namespace {home}, then recreate the pod"),
            ),
            Reason::ExcludedNamespace => (
                "5",
                "take the namespace out of excludeNamespaces of the chart cni".to_owned(),
            ),
            Reason::NodeProxy => ("3", "it is the node proxy itself".to_owned()),
            Reason::Finished => ("43", "it has ended".to_owned()),
        };
        let odd = [&self.pod.facts.labels, &self.namespace.labels]
            .iter()
            .find_map(|labels| labels.get(DATAPLANE_MODE))
            .filter(|value| ![AMBIENT, NONE].contains(&value.as_str()));
        let finding = match odd {
            Some(value) => format!("{DATAPLANE_MODE}={value} has the effect of no label"),
            None => reason.to_string(),
        };
        no(step, finding, row, fix)
    }

    fn agent(&self) -> Step {
        let evidence = format!(
            "kubectl get pods -n {} -l k8s-app=istio-cni-node -o wide --field-selector spec.nodeName={}",
            self.system, self.pod.node
        );
        let step = step("is the node agent of its node ready?", "", evidence);
        if self.pod.node.is_empty() {
            return no(
                step,
                "the pod has no node yet",
                "7",
                "see the pod's events: it is not scheduled",
            );
        }
        match &self.parts.agent {
            Part::Ready(name) => with(step, format!("{name} is ready")),
            Part::NotReady(name, why) => no(
                step,
                format!("{name} is not ready: {why}"),
                "11",
                format!("kubectl logs -n {} {name}", self.system),
            ),
            Part::Absent if self.facts.nodes.values().all(|one| one.agent == Part::Absent) => no(
                step,
                "no node agent runs anywhere",
                "6",
                "meshctl install: all charts with the profile ambient",
            ),
            Part::Absent => no(
                step,
                format!("no node agent runs on {}", self.pod.node),
                "7",
                "look at the DaemonSet's events: taints, quota, affinity",
            ),
        }
    }

    fn annotation(&self) -> Step {
        let step = step(
            "does the agent say it is captured?",
            "",
            self.get_pod("-o jsonpath='{.metadata.annotations}'"),
        );
        let held = self.pod.facts.annotations.get(REDIRECTION).map(String::as_str);
        let error = self
            .pod
            .error
            .clone()
            .map_or_else(String::new, |error| format!(": {error}"));
        match held {
            Some(REDIRECTION_ENABLED) => with(step, format!("{REDIRECTION}={REDIRECTION_ENABLED}")),
            Some(other) => no(
                step,
                format!("{REDIRECTION}={other}{error}"),
                "22",
                "bring the node proxy up; the agent tries again by itself",
            ),
            None if error.is_empty() => no(
                step,
                "the agent has not touched it",
                "18",
                format!("meshctl ns repair {}", self.namespace.name),
            ),
            None => no(
                step,
                format!("the agent could not capture it{error}"),
                "23",
                "mend what the agent names; its log says more",
            ),
        }
    }

    fn rules(&self) -> Step {
        let evidence = format!(
            "kubectl exec -n {} {} -- wget -qO- localhost:9876/enrolment",
            self.system,
            part_name(&self.parts.agent)
        );
        let mut step = step(
            "are its rules and listeners in place?",
            "found in its network namespace",
            evidence,
        );
        if let Some(value) = self.pod.facts.annotations.get(BYPASS_INBOUND) {
            step.finding =
                format!("found; plain text comes in unproxied, since {BYPASS_INBOUND}={value} (row 21a)");
        }
        let fix = format!(
            "meshctl ns repair {} --pod {}",
            self.namespace.name, self.pod.facts.name
        );
        answer(
            step,
            self.pod.claims.redirected,
            "the annotation says captured, but traffic is not redirected",
            ("20", fix),
        )
    }

    fn held(&self) -> Step {
        let evidence = format!(
            "meshctl ztunnel-config connections {}.{}",
            self.pod.facts.name, self.namespace.name
        );
        let step = step("does the node proxy hold it?", "its state is Up", evidence);
        match &self.parts.proxy {
            Part::Absent => no(
                step,
                format!("no node proxy runs on {}", self.pod.node),
                "12",
                "look at the events of DaemonSet ztunnel",
            ),
            Part::NotReady(name, why) => no(
                step,
                format!("{name} is not ready: {why}"),
                "24",
                format!("kubectl logs -n {} {name}", self.system),
            ),
            Part::Ready(_) => answer(
                step,
                self.pod.claims.held,
                "it is not among the pods that the proxy serves",
                ("12", format!("meshctl ns repair {}", self.namespace.name)),
            ),
        }
    }

    fn known(&self) -> Step {
        let evidence = format!(
            "meshctl ztunnel-config workloads --workload-namespace {}",
            self.namespace.name
        );
        let step = step(
            "does the control plane advertise it as HBONE?",
            "its protocol is HBONE",
            evidence,
        );
        let is_listed = self.parts.known.contains(&self.title());
        let (finding, row, fix) = if is_listed {
            (
                "it is advertised as TCP",
                "10",
                "wait for the control plane, then `meshctl proxy-status`",
            )
        } else {
            (
                "the control plane does not know it",
                "9",
                "align discoverySelectors of the mesh configuration with the namespace's labels",
            )
        };
        answer(step, self.pod.claims.tunnelled, finding, (row, fix.to_owned()))
    }

    fn certificate(&self) -> Step {
        let evidence = format!("meshctl ztunnel-config certificates --node {}", self.pod.node);
        let step = step(
            "does the proxy hold its certificate?",
            "it is available",
            evidence,
        );
        match self.parts.certificates.get(&self.around.identity) {
            Some(state) if state == "Available" => step,
            Some(state) => no(
                step,
                state.clone(),
                "25",
                format!(
                    "kubectl logs -n {} -l app=istiod; trustedZtunnelNamespace and the token's audience",
                    self.system
                ),
            ),
            None => unknown(step, "it is not in the dump"),
        }
    }

    fn path(&self) -> Step {
        let evidence = format!("meshctl ns plan {} -o policies", self.namespace.name);
        let step = step(
            "do network policies let tunnels and probes through?",
            "nothing is cut",
            evidence,
        );
        if self.around.cut_by.is_empty() {
            return step;
        }
        no(
            step,
            format!(
                "NetworkPolicy {} cuts what it allows for plain pods",
                self.around.cut_by.join(", ")
            ),
            "27",
            format!(
                "meshctl ns enroll {} --fix-networkpolicy=apply",
                self.namespace.name
            ),
        )
    }

    fn policy(&self) -> Step {
        let evidence = format!(
            "meshctl authz who-can-reach pod/{}.{} --all",
            self.pod.facts.name, self.namespace.name
        );
        let step = step("do authorization policies let anybody in?", "they do", evidence);
        match &self.around.policies {
            None => step,
            Some(why) => no(
                step,
                why.clone(),
                "29",
                "move L7 rules to a waypoint, or add an ALLOW rule",
            ),
        }
    }

    fn healthy(&self) -> Step {
        let step = step("is the pod itself ready?", "it is", self.get_pod("-o wide"));
        match &self.around.unready {
            None => step,
            Some(why) => no(step, why.clone(), "39", "see the pod's events and log"),
        }
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
mod tests {
    use super::*;
    use crate::enrolment::judge::{self, Claims};
    use mesh_node::enroll::{Labels, PodFacts, PodNetwork, Rules};

    const ALL: Claims = Claims {
        held: Signal::Yes,
        tunnelled: Signal::Yes,
        redirected: Signal::Yes,
    };

    fn label(mode: &str) -> Labels {
        [(DATAPLANE_MODE.to_owned(), mode.to_owned())].into()
    }

    /// A pod that is in, and everything around it well.
    struct Case {
        pod: PodFacts,
        namespace: Labels,
        claims: Claims,
        parts: Option<NodeParts>,
        around: Surroundings,
        error: Option<String>,
    }

    impl Case {
        fn new() -> Self {
            let identity = "spiffe://cluster.local/ns/shop/sa/web".to_owned();
            Self {
                pod: PodFacts {
                    namespace: "shop".to_owned(),
                    name: "web".to_owned(),
                    annotations: [(REDIRECTION.to_owned(), REDIRECTION_ENABLED.to_owned())].into(),
                    ..PodFacts::default()
                },
                namespace: label(AMBIENT),
                claims: ALL,
                parts: Some(NodeParts {
                    agent: Part::Ready("istio-cni-node-a".to_owned()),
                    proxy: Part::Ready("ztunnel-a".to_owned()),
                    certificates: [(identity.clone(), "Available".to_owned())].into(),
                    known: ["shop/web".to_owned()].into(),
                }),
                around: Surroundings {
                    identity,
                    ..Surroundings::default()
                },
                error: None,
            }
        }

        fn steps(self) -> Vec<Step> {
            let rules = Rules::default();
            let pod = PodRow {
                state: judge::judge(&self.pod, &self.namespace, &rules, self.claims),
                facts: self.pod,
                node: "node-1".to_owned(),
                phase: "Running".to_owned(),
                claims: self.claims,
                error: self.error,
            };
            let namespace = NamespaceRow {
                name: "shop".to_owned(),
                labels: self.namespace,
                pods: Vec::new(),
            };
            let facts = Facts {
                nodes: self
                    .parts
                    .map(|parts| ("node-1".to_owned(), parts))
                    .into_iter()
                    .collect(),
                rules,
                ..Facts::default()
            };
            diagnose(&facts, &namespace, &pod, &self.around, "istio-system")
        }
    }

    /// The first "no" is the row, at the number of questions that were asked.
    #[track_caller]
    fn check(change: impl FnOnce(&mut Case), row: &str, asked: usize) {
        let mut case = Case::new();
        change(&mut case);
        let steps = case.steps();
        let first = first_no(&steps).unwrap_or_else(|| panic!("no \"no\": {steps:#?}"));
        assert_eq!((first.row, steps.len()), (Some(row), asked), "{first:#?}");
        assert!(first.fix.is_some() && !first.evidence.is_empty() && !first.finding.is_empty());
    }

    #[test]
    fn a_pod_that_is_in_answers_yes_ten_times() {
        let steps = Case::new().steps();
        assert_eq!(steps.len(), 10);
        assert!(steps.iter().all(|step| step.answer == Signal::Yes), "{steps:#?}");
    }

    #[test]
    fn rows_1_to_5_are_about_who_is_meant() {
        check(|case| case.namespace = Labels::new(), "1", 1);
        check(|case| case.namespace = label("Ambient"), "1", 1);
        check(|case| case.pod.labels = label(NONE), "2", 1);
        check(|case| case.pod.network = PodNetwork::Host, "3", 1);
        let sidecar = ("sidecar.istio.io/status".to_owned(), "{}".to_owned());
        check(|case| case.pod.annotations.extend([sidecar]), "4", 1);
        check(|case| case.pod.namespace = "kube-system".to_owned(), "5", 1);
    }

    #[test]
    fn rows_6_to_12_are_about_the_parts_on_the_node() {
        check(|case| case.parts = None, "6", 2);
        let not_ready = || Part::NotReady("x".to_owned(), "crash".to_owned());
        check(|case| case.parts.as_mut().unwrap().agent = not_ready(), "11", 2);
        check(|case| case.parts.as_mut().unwrap().proxy = Part::Absent, "12", 5);
        check(|case| case.parts.as_mut().unwrap().proxy = not_ready(), "24", 5);
    }

    #[test]
    fn rows_9_18_20_22_and_23_are_the_signals_in_their_order() {
        check(|case| case.pod.annotations.clear(), "18", 3);
        let pending = (REDIRECTION.to_owned(), "pending".to_owned());
        check(|case| case.pod.annotations.extend([pending]), "22", 3);
        check(
            |case| {
                case.pod.annotations.clear();
                case.error = Some("no module nf_tables".to_owned());
            },
            "23",
            3,
        );
        // enrolment conformance 19
        check(|case| case.claims.redirected = Signal::No, "20", 4);
        check(|case| case.claims.held = Signal::No, "12", 5);
        // enrolment conformance 18
        check(
            |case| {
                case.claims.tunnelled = Signal::No;
                case.parts.as_mut().unwrap().known.clear();
            },
            "9",
            6,
        );
        check(|case| case.claims.tunnelled = Signal::No, "10", 6);
    }

    #[test]
    fn rows_25_27_29_and_39_are_about_what_is_around() {
        let failing = |case: &mut Case| {
            let certificates = &mut case.parts.as_mut().unwrap().certificates;
            for state in certificates.values_mut() {
                "Unavailable: refused".clone_into(state);
            }
        };
        check(failing, "25", 7);
        // enrolment conformance 20: from policies alone
        check(|case| case.around.cut_by = vec!["in".to_owned()], "27", 8);
        check(
            |case| case.around.policies = Some("nobody is allowed".to_owned()),
            "29",
            9,
        );
        check(
            |case| case.around.unready = Some("not ready".to_owned()),
            "39",
            10,
        );
    }

    #[test]
    fn what_nobody_knows_stops_nothing() {
        let mut case = Case::new();
        case.claims.redirected = Signal::Unknown;
        let steps = case.steps();
        assert_eq!((steps.len(), steps[3].answer), (10, Signal::Unknown));
        assert_eq!(first_no(&steps), None);
    }
}
