//! One way through the mesh, with its ends and stretches. (pure)

use super::evidence::Evidence;
use super::{Answer, Hop, Leg};
use crate::enrolment::diagnose::{self, Step, Surroundings};
use crate::enrolment::facts::{NamespaceRow, Part, PodRow};
use crate::enrolment::judge::{Signal, State};
use crate::simulate::names::Target;
use crate::simulate::way::{self, Outcome, Point, Way};
use crate::simulate::{Mesh, Source};
use mesh_node::enroll::{self, Reason, Verdict};
use mesh_wire::well_known::label::DATAPLANE_MODE;
use mesh_wire::well_known::port;
use proxy_core::state::workload::{TunnelProtocol, Workload};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A stretch, with what network policies see of it.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub(super) workload: Option<Arc<Workload>>,
    pub(super) from: IpAddr,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) is_tunnel: bool,
    name: String,
    target: SocketAddr,
}

impl Reach {
    /// As the document has it.
    pub(super) fn leg(&self) -> Leg {
        Leg {
            to: self.name.clone(),
            at: if self.is_tunnel {
                format!("{} in a tunnel to port {}", self.target, self.port)
            } else {
                self.target.to_string()
            },
            by: if self.is_tunnel { "mTLS" } else { "plain" },
        }
    }

    pub(super) fn title(&self) -> &str {
        &self.name
    }
}

/// The way.
pub(super) struct Walk<'a> {
    pub(super) mesh: &'a Mesh<'a>,
    pub(super) evidence: &'a Evidence,
    pub(super) source: &'a Source,
    pub(super) target: &'a Target,
    pub(super) destination: SocketAddr,
    pub(super) way: &'a Way,
    pub(super) legs: Vec<Reach>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        mesh: &'a Mesh<'a>,
        evidence: &'a Evidence,
        source: &'a Source,
        (target, destination): (&'a Target, SocketAddr),
        way: &'a Way,
    ) -> Self {
        let mut walk = Self {
            mesh,
            evidence,
            source,
            target,
            destination,
            way,
            legs: Vec::new(),
        };
        let mut from = source.address();
        let mut is_captured = source.identity().is_some();
        for hop in &way.hops {
            let reach = walk.reach(hop, from, is_captured);
            from = reach.address;
            is_captured = true;
            walk.legs.push(reach);
        }
        walk
    }

    fn reach(&self, hop: &way::Hop, from: IpAddr, is_captured: bool) -> Reach {
        let workload = self.workload(&hop.at);
        let takes_tunnels = workload
            .as_ref()
            .is_some_and(|one| one.protocol == TunnelProtocol::Hbone || one.native_tunnel);
        let is_tunnel = is_captured && takes_tunnels && hop.point != Point::Route;
        let address = match (&workload, &hop.point) {
            (Some(workload), Point::Waypoint) => workload.addresses.first().copied(),
            _ => None,
        };
        Reach {
            from,
            address: address.unwrap_or(hop.target.ip()),
            port: if is_tunnel { port::HBONE } else { hop.target.port() },
            is_tunnel,
            name: if hop.at.is_empty() {
                hop.target.ip().to_string()
            } else {
                hop.at.clone()
            },
            target: hop.target,
            workload,
        }
    }

    fn workload(&self, title: &str) -> Option<Arc<Workload>> {
        let (namespace, name) = title.split_once('/')?;
        let is_it = |one: &&Arc<Workload>| one.namespace() == namespace && one.name == name;
        self.mesh.state.workloads().find(is_it).cloned()
    }

    /// The source's workload, if it has one that runs.
    pub(super) fn own(&self) -> Option<&Arc<Workload>> {
        match self.source {
            Source::Workload(one) => Some(one),
            Source::Plain(_) => None,
        }
    }

    /// The hop at the end, unless the way has none.
    pub(super) fn last(&self) -> &way::Hop {
        // a way is never empty
        &self.way.hops[self.way.hops.len() - 1]
    }

    /// The workload at the end.
    pub(super) fn end(&self) -> Option<&Arc<Workload>> {
        let last = self.legs.last()?;
        last.workload
            .as_ref()
            .filter(|_| self.last().point != Point::Waypoint)
    }

    /// What is known of a workload's pod.
    pub(super) fn row(&self, workload: &Workload) -> Option<(&'a NamespaceRow, &'a PodRow)> {
        self.evidence.facts.find(workload.namespace(), &workload.name)
    }

    /// The refusal of the source's own proxy, in its words.
    pub(super) fn no_route(&self) -> Option<&str> {
        let last = self.last();
        (last.point == Point::Route && last.outcome == Outcome::Deny).then_some(last.because.as_str())
    }

    /// Why the source stays out though its namespace is in.
    pub(super) fn stays_out(&self) -> Option<(&'static str, String)> {
        let (_, pod) = self.row(self.own()?)?;
        let State::Excluded(reason) = pod.state else {
            return None;
        };
        let row = match reason {
            Reason::OptedOut => "2",
            Reason::Sidecar => "4",
            Reason::ExcludedNamespace => "5",
            _ => "3",
        };
        Some((row, reason.to_string()))
    }

    /// The first "no" among the questions about a pod's capture.
    fn first_no(&self, namespace: &NamespaceRow, pod: &PodRow) -> Option<Step> {
        let around = Surroundings::default();
        let steps = diagnose::diagnose(
            &self.evidence.facts,
            namespace,
            pod,
            &around,
            &self.evidence.system,
        );
        steps.into_iter().find(|step| step.answer == Signal::No)
    }

    /// Whether a pod's traffic is captured, by the four signals.
    pub(super) fn captured(&self, hop: &'static str, workload: &Workload) -> Hop {
        let title = format!("{}/{}", workload.namespace(), workload.name);
        if !self.evidence.is_asked() {
            let finding = if workload.needs_certificate() {
                format!("{title} is meant to be captured; files do not say whether it is")
            } else {
                format!("{title} is not meant to be captured")
            };
            let answer = if workload.needs_certificate() {
                Answer::Unknown
            } else {
                Answer::Skip
            };
            return Hop::new(hop, answer, finding, "labels in files");
        }
        let Some((namespace, pod)) = self.row(workload) else {
            return Hop::new(
                hop,
                Answer::Unknown,
                format!("there is no pod {title}"),
                "the list of pods",
            )
            .aged(self.evidence.age);
        };
        self.signals(hop, namespace, pod)
    }

    fn signals(&self, hop: &'static str, namespace: &NamespaceRow, pod: &PodRow) -> Hop {
        let title = format!("{}/{}", namespace.name, pod.facts.name);
        let claims = pod.claims;
        let evidence = format!(
            "node proxy holds it: {}, as HBONE: {}, agent saw redirection: {}",
            claims.held, claims.tunnelled, claims.redirected
        );
        let age = pod.ages.redirected.or(self.evidence.age);
        let told = |answer, finding| Hop::new(hop, answer, finding, evidence.clone()).aged(age);
        match pod.state {
            State::Captured => told(Answer::Pass, format!("{title} is captured")),
            State::Unverified => told(
                Answer::Unknown,
                format!("{title} says it is captured, and not everybody who knows was asked"),
            ),
            State::Outside | State::Excluded(_) => self.outside(told, namespace, pod),
            state => {
                let step = self.first_no(namespace, pod);
                let finding = match &step {
                    Some(step) => format!("{title} is {state}: {}", step.finding),
                    None => format!("{title} is {state}"),
                };
                let denied = told(Answer::Deny, finding);
                match step {
                    Some(step) => denied.because(step.row.unwrap_or("18"), step.fix.unwrap_or_default()),
                    None => denied.because("18", "wait for its containers, then look again"),
                }
            }
        }
    }

    /// A pod that nothing enrols; a label that almost does is a mistake.
    fn outside(&self, told: impl Fn(Answer, String) -> Hop, namespace: &NamespaceRow, pod: &PodRow) -> Hop {
        let title = format!("{}/{}", namespace.name, pod.facts.name);
        let labels = || namespace.labels.iter().chain(&pod.facts.labels);
        let is_near = |key: &str, value: &str| {
            (key == DATAPLANE_MODE && !["ambient", "none"].contains(&value))
                || (key != DATAPLANE_MODE && key.replace('_', "-").ends_with("dataplane-mode"))
        };
        if let Some((key, value)) = labels().find(|(key, value)| is_near(key, value)) {
            let finding = format!("{title} is not captured: the label {key}={value} has no effect");
            let fix = format!("label the namespace: meshctl ns enroll {}", namespace.name);
            return told(Answer::Deny, finding).because("1", fix);
        }
        let verdict = enroll::decide(&pod.facts, &namespace.labels, &self.evidence.facts.rules);
        let reason = match verdict {
            Verdict::Leave(reason) => reason.to_string(),
            Verdict::Capture => "nothing enrols it".to_owned(),
        };
        told(Answer::Skip, format!("{title} is not in the mesh: {reason}"))
    }

    /// Whether the node proxy of a node is there and ready; nothing if it is, or nobody was asked.
    pub(super) fn proxy_fault(&self, hop: &'static str, node: &str) -> Option<Hop> {
        if !self.evidence.is_asked() || node.is_empty() {
            return None;
        }
        let evidence = format!("pods of DaemonSet ztunnel on {node}");
        let told = |finding: String, row, fix: String| {
            Some(
                Hop::new(hop, Answer::Deny, finding, evidence.clone())
                    .aged(self.evidence.age)
                    .because(row, fix),
            )
        };
        let system = &self.evidence.system;
        match self.evidence.parts(node).proxy {
            Part::Ready(_) => None,
            Part::Absent => told(
                format!("no node proxy runs on {node}"),
                "12",
                format!("kubectl describe daemonset ztunnel -n {system}"),
            ),
            Part::NotReady(name, why) => told(
                format!("{name} is not ready: {why}"),
                "24",
                format!("kubectl logs -n {system} {name}"),
            ),
        }
    }
}
