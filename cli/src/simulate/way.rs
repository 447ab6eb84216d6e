//! The ways of a connection, hop by hop, and how they end. (pure)

use arcstr::ArcStr;
use mesh_wire::identity::Identity;
use proxy_core::authz::{Connection, Note};
use proxy_core::state::workload::Workload;
use std::net::{IpAddr, SocketAddr};

/// How one hop, or all of them, end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Let through.
    Allow,
    /// It depends on something that is not known here.
    Unknown,
    /// Refused.
    Deny,
}

/// Who decides at a hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Point {
    /// The node proxy of the destination.
    NodeProxy,
    /// A waypoint.
    Waypoint,
    /// The source's node proxy has no way there.
    Route,
    /// Nobody: the destination is not captured, or not of the mesh.
    Nobody,
}

/// The policy and rule that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// `namespace/name`.
    pub policy: ArcStr,
    /// Which of its rules as written, from 0; none for policies that no rule of an object made.
    pub rule: Option<usize>,
}

/// One hop of one way.
#[derive(Debug, Clone)]
pub struct Hop {
    /// Who decides.
    pub point: Point,
    /// Whose traffic: the workload that is reached, as `namespace/name`; empty for what is not known.
    pub at: String,
    /// The source address that is seen there.
    pub source: IpAddr,
    /// The identity that is seen there.
    pub identity: Option<Identity>,
    /// The address that is asked for in the end.
    pub target: SocketAddr,
    /// How it ends.
    pub outcome: Outcome,
    /// Who said so.
    pub decider: Option<Decider>,
    /// Why, in a sentence.
    pub because: String,
    /// What dry-run policies would have said.
    pub notes: Vec<String>,
}

/// One way a connection can go: through each hop until one refuses.
#[derive(Debug, Clone)]
pub struct Way {
    /// In order; never empty.
    pub hops: Vec<Hop>,
}

impl Way {
    pub(super) fn of(hop: Hop) -> Self {
        Self { hops: vec![hop] }
    }

    /// How it ends.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.hops
            .iter()
            .map(|hop| hop.outcome)
            .max()
            .unwrap_or(Outcome::Unknown)
    }

    /// The hop that decides: the first that refuses, else the first unknown, else the last.
    #[must_use]
    pub fn deciding(&self) -> Option<&Hop> {
        let outcome = self.outcome();
        let first = self.hops.iter().find(|hop| hop.outcome == outcome);
        if outcome == Outcome::Allow {
            self.hops.last()
        } else {
            first
        }
    }
}

/// What a hop sees of the source.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) source: IpAddr,
    pub(super) identity: Option<Identity>,
}

impl Seen {
    pub(super) fn connection(&self, destination: SocketAddr) -> Connection {
        Connection {
            source: self.source,
            identity: self.identity.clone(),
            destination,
        }
    }

    /// A hop at which nothing is enforced.
    pub(super) fn nobody(&self, at: Option<&Workload>, target: SocketAddr, because: &str) -> Hop {
        Hop {
            point: Point::Nobody,
            at: at.map_or_else(String::new, |one| format!("{}/{}", one.namespace(), one.name)),
            source: self.source,
            identity: self.identity.clone(),
            target,
            outcome: Outcome::Allow,
            decider: None,
            because: because.to_owned(),
            notes: Vec::new(),
        }
    }
}

pub(super) fn note(note: &Note) -> String {
    match note {
        Note::DryRunDeny(key) => format!("dry run: {key} would deny"),
        Note::DryRunAllow(key) => format!("dry run: {key} would allow"),
        Note::DryRunNoneAllowed => "dry run: no policy would allow".to_owned(),
    }
}

/// Ways through the same hops are one.
pub(super) fn dedupe(ways: Vec<Way>) -> Vec<Way> {
    let mut seen = std::collections::HashSet::new();
    let key = |way: &Way| -> Vec<(String, SocketAddr)> {
        way.hops.iter().map(|hop| (hop.at.clone(), hop.target)).collect()
    };
    ways.into_iter().filter(|way| seen.insert(key(way))).collect()
}

/// How all ways end together: the same end for all, or unknown.
#[must_use]
pub fn together(ways: &[Way]) -> Outcome {
    let mut outcomes = ways.iter().map(Way::outcome);
    let Some(first) = outcomes.next() else {
        return Outcome::Unknown;
    };
    if outcomes.all(|one| one == first) {
        first
    } else {
        Outcome::Unknown
    }
}
