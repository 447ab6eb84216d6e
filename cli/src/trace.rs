//! The way of one connection, hop by hop, with what says so at each: name, network policies, capture, proxies,
//! waypoint, policy, certificates, endpoint (`spec/cli.md` 8.4). (pure)
//!
//! Route and verdict are those of [`crate::simulate`], so those of the proxy itself; the rest is read off objects, the
//! dumps of proxies and the reports of agents. What nobody told is `unknown`, never `pass`. A hop is `deny` where the
//! way ends that was asked for, also if the bytes would arrive by another: a waypoint that is passed by, a pod that
//! should be captured and is not. Absent on purpose: asking anybody, which the command does.

mod arrive;
mod depart;
pub mod evidence;
pub mod live;
mod networks;
#[cfg(test)]
mod tests;
pub mod text;
mod walk;

use crate::simulate::names::{NameError, Target};
use crate::simulate::report::Word;
use crate::simulate::way::{Outcome, Way};
use crate::simulate::{Mesh, Source};
use evidence::Evidence;
use schemars::JsonSchema;
use serde::Serialize;
use std::net::SocketAddr;
use walk::Walk;

/// What a hop does with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It lets it on.
    Pass,
    /// The way ends here.
    Deny,
    /// It is not on this way.
    Skip,
    /// Nobody who knows was asked.
    Unknown,
}

impl Answer {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Deny => "deny",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }
}

/// One hop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// Its name: `dns`, `networkpolicy-egress`, `capture`, `source-proxy`, `waypoint`, `gateway`,
    /// `networkpolicy-ingress`, `destination-proxy`, `authorization`, `mtls`, `endpoint` or `live`.
    pub hop: &'static str,
    /// What it does.
    pub answer: Answer,
    /// What was found.
    pub finding: String,
    /// What says so.
    pub evidence: String,
    /// How old that is, in seconds; absent for files, which have no time.
    pub age_seconds: Option<u64>,
    /// The row of the diagnosis table, for a `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<&'static str>,
    /// What to do about a `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Hop {
    fn new(
        hop: &'static str,
        answer: Answer,
        finding: impl Into<String>,
        evidence: impl Into<String>,
    ) -> Self {
        Self {
            hop,
            answer,
            finding: finding.into(),
            evidence: evidence.into(),
            age_seconds: None,
            row: None,
            fix: None,
        }
    }

    fn skip(hop: &'static str, finding: impl Into<String>) -> Self {
        Self::new(hop, Answer::Skip, finding, "<none>")
    }

    fn aged(self, age_seconds: Option<u64>) -> Self {
        Self { age_seconds, ..self }
    }

    fn because(self, row: &'static str, fix: impl Into<String>) -> Self {
        Self {
            row: Some(row),
            fix: Some(fix.into()),
            ..self
        }
    }
}

/// A stretch of the way between two pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Leg {
    /// Who is reached, as `namespace/name`, or an address.
    pub to: String,
    /// At which address and port.
    pub at: String,
    /// `mTLS` through a tunnel, or `plain`.
    pub by: &'static str,
}

/// The whole way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// `deny` if a hop is; `unknown` if a waypoint or gateway decides; else `allow`.
    pub verdict: Word,
    /// Who connects.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The first hop that denies.
    pub broken: Option<&'static str>,
    /// How many ways the connection can go; the first that is refused is shown, else the first.
    pub ways: usize,
    /// From pod to pod.
    pub path: Vec<Leg>,
    /// Each hop.
    pub hops: Vec<Hop>,
}

impl Trace {
    /// The first hop that denies.
    #[must_use]
    pub fn first_deny(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.answer == Answer::Deny)
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who connects, as it was written.
    pub from: &'a str,
    /// The same, found.
    pub source: &'a Source,
    /// To whom, as it was written.
    pub to: &'a str,
    /// The same, found.
    pub target: &'a Result<(Target, SocketAddr), NameError>,
}

/// Follows one connection.
#[must_use]
pub fn trace(mesh: &Mesh<'_>, evidence: &Evidence, question: &Question<'_>) -> Trace {
    let from = match question.source {
        Source::Workload(one) if !one.name.is_empty() => format!("{}/{}", one.namespace(), one.name),
        _ => question.from.to_owned(),
    };
    let (target, destination) = match question.target {
        Ok((target, destination)) => (target, *destination),
        Err(error) => return nameless(from, question.to, error, evidence),
    };
    let ways = mesh.ways(question.source, destination);
    let Some(way) = chosen(&ways) else {
        return nameless(from, question.to, &NameError::Headless(target.title()), evidence);
    };
    let walk = Walk::new(mesh, evidence, question.source, (target, destination), way);
    let mut hops = walk.depart();
    hops.extend(walk.arrive());
    blame(&walk, &mut hops);
    let first = hops
        .iter()
        .find(|hop| hop.answer == Answer::Deny)
        .map(|hop| hop.hop);
    let open = ["waypoint", "gateway", "authorization"];
    let is_open = |hop: &Hop| hop.answer == Answer::Unknown && open.contains(&hop.hop);
    Trace {
        verdict: match first {
            Some(_) => Word::Deny,
            None if hops.iter().any(is_open) => Word::Unknown,
            None => Word::Allow,
        },
        from,
        to: format!("{} ({destination})", target.title()),
        broken: first,
        ways: ways.len(),
        path: walk.legs.iter().map(walk::Reach::leg).collect(),
        hops,
    }
}

/// The first way that is refused, else the first of which nobody knows the end, else the first.
fn chosen(ways: &[Way]) -> Option<&Way> {
    let of = |outcome| ways.iter().find(|way| way.outcome() == outcome);
    of(Outcome::Deny)
        .or_else(|| of(Outcome::Unknown))
        .or_else(|| ways.first())
}

/// The name leads nowhere, and so nothing else is asked.
fn nameless(from: String, to: &str, error: &NameError, evidence: &Evidence) -> Trace {
    let hop = Hop::new("dns", Answer::Deny, error.to_string(), "the objects of the mesh")
        .aged(evidence.age)
        .because(
            "51",
            "check the name and its namespace; a ServiceEntry needs an address, and a headless service the name of a pod",
        );
    Trace {
        verdict: Word::Deny,
        from,
        to: to.to_owned(),
        broken: Some("dns"),
        ways: 0,
        path: Vec::new(),
        hops: vec![hop],
    }
}

/// Where a policy wants an identity and the source's namespace is in the mesh, it is the capture that is broken.
fn blame(walk: &Walk<'_>, hops: &mut [Hop]) {
    let is_refused = hops
        .iter()
        .any(|hop| hop.hop == "authorization" && hop.answer == Answer::Deny);
    let Some((row, reason)) = walk.stays_out().filter(|_| is_refused) else {
        return;
    };
    for hop in hops.iter_mut().filter(|hop| hop.hop == "capture") {
        hop.answer = Answer::Deny;
        hop.finding =
            format!("it stays out of the mesh ({reason}), so it has no identity that a policy could allow");
        hop.row = Some(row);
        hop.fix = Some("bring the pod in, or allow its address".to_owned());
    }
}
