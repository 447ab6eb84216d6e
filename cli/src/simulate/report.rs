//! A simulated connection as a document and as text. (pure)

use super::translation::Loss;
use super::way::{Hop, Outcome, Point, Way, together};
use crate::render::table::Table;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;

/// One simulated connection.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// `allow`, `deny`, or `unknown` where ways differ or a waypoint decides.
    pub verdict: Word,
    /// Who connects.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Each way it can go.
    pub ways: Vec<WayRow>,
    /// What is not enforced as written around the destination.
    pub translation: Vec<Loss>,
}

/// An outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// It is let through.
    Allow,
    /// It is refused.
    Deny,
    /// It cannot be told here, or depends on the endpoint.
    Unknown,
}

impl From<Outcome> for Word {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allow => Self::Allow,
            Outcome::Deny => Self::Deny,
            Outcome::Unknown => Self::Unknown,
        }
    }
}

impl Word {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Unknown => "unknown",
        }
    }
}

/// One way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WayRow {
    /// How it ends.
    pub verdict: Word,
    /// The hops it passes.
    pub hops: Vec<HopRow>,
}

/// One hop.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HopRow {
    /// `ztunnel`, `waypoint`, `route` or `nobody`.
    pub enforced_by: &'static str,
    /// The workload that is reached.
    pub at: String,
    /// The source address seen there.
    pub source_ip: String,
    /// The source identity seen there.
    pub source_identity: Option<String>,
    /// The address asked for.
    pub target: String,
    /// How it ends.
    pub verdict: Word,
    /// The deciding policy.
    pub policy: Option<String>,
    /// Its deciding rule as written, from 0.
    pub rule: Option<usize>,
    /// Why.
    pub because: String,
    /// What dry-run policies would have said.
    pub notes: Vec<String>,
}

impl From<&Hop> for HopRow {
    fn from(hop: &Hop) -> Self {
        Self {
            enforced_by: match hop.point {
                Point::NodeProxy => "ztunnel",
                Point::Waypoint => "waypoint",
                Point::Route => "route",
                Point::Nobody => "nobody",
            },
            at: hop.at.clone(),
            source_ip: hop.source.to_string(),
            source_identity: hop.identity.as_ref().map(ToString::to_string),
            target: hop.target.to_string(),
            verdict: hop.outcome.into(),
            policy: hop.decider.as_ref().map(|one| one.policy.to_string()),
            rule: hop.decider.as_ref().and_then(|one| one.rule),
            because: hop.because.clone(),
            notes: hop.notes.clone(),
        }
    }
}

impl Report {
    /// The report of these ways.
    #[must_use]
    pub fn new(from: String, to: String, ways: &[Way], translation: Vec<Loss>) -> Self {
        let row = |way: &Way| WayRow {
            verdict: way.outcome().into(),
            hops: way.hops.iter().map(HopRow::from).collect(),
        };
        Self {
            verdict: together(ways).into(),
            from,
            to,
            ways: ways.iter().map(row).collect(),
            translation,
        }
    }

    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}  {} -> {}\n\n", self.verdict.text(), self.from, self.to);
        let header = [
            "WAY",
            "ENFORCED BY",
            "AT",
            "SEES",
            "TARGET",
            "VERDICT",
            "POLICY",
            "RULE",
            "BECAUSE",
        ];
        let mut table = Table::new(3, &header);
        let none = || "<none>".to_owned();
        for (number, way) in self.ways.iter().enumerate() {
            for hop in &way.hops {
                let sees = hop.source_identity.as_deref().unwrap_or("plain text");
                table.row(vec![
                    (number + 1).to_string(),
                    hop.enforced_by.to_owned(),
                    if hop.at.is_empty() { none() } else { hop.at.clone() },
                    format!("{sees} {}", hop.source_ip),
                    hop.target.clone(),
                    hop.verdict.text().to_owned(),
                    hop.policy.clone().unwrap_or_else(none),
                    hop.rule.map_or_else(none, |rule| rule.to_string()),
                    hop.because.clone(),
                ]);
                for note in &hop.notes {
                    let mut cells = vec![String::new(); header.len() - 1];
                    cells.push(note.clone());
                    table.row(cells);
                }
            }
        }
        text.push_str(&table.render());
        text.push_str(&losses(&self.translation));
        text
    }
}

/// What translation lost, as text; nothing if nothing was lost.
#[must_use]
pub fn losses(losses: &[Loss]) -> String {
    let mut text = String::new();
    for (at, loss) in losses.iter().enumerate() {
        if at == 0 {
            text.push_str("\nNot enforced as written:\n");
        }
        let summary = loss
            .summary
            .as_ref()
            .map_or_else(String::new, |one| format!(": {one}"));
        _ = writeln!(text, "  {}{summary}", loss.policy);
        for rule in &loss.rules {
            _ = writeln!(text, "    rule {}: {}; {}", rule.rule, rule.loss, rule.meaning);
        }
    }
    text
}
