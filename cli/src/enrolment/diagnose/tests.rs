//! Each row of the diagnosis table is the first "no" of its pod.

use super::*;
use crate::enrolment::facts::Ages;
use crate::enrolment::judge::{self, Claims};
use mesh_node::enroll::{Labels, PodFacts, PodNetwork, Rules};
use mesh_wire::well_known::annotation::{REDIRECTION, REDIRECTION_ENABLED};
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, NONE};

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
            ages: Ages::default(),
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
