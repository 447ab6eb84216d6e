//! Findings about objects that are accepted and do not do what their author thinks (`spec/cli.md` 7). (pure)
//!
//! Each analyzer looks at all objects at once, as the control plane's index and the node proxies see them. Codes that
//! begin with `IST` keep the field's meaning; ours begin with `MESH`. Codes about sidecar injection (0102, 0103, 0110,
//! 0111) are never emitted: there is no injection here.

pub mod code;
mod labels;
mod network;
mod policies;
mod schema;
pub mod suppression;
#[cfg(test)]
mod tests;
mod waypoints;

use crate::objects::{Origin, Sourced};
use crate::translation::Translated;
use crate::validation::Schemas;
use code::Code;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Likely not what was meant.
    Warning,
    /// It does not work.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Error => "Error",
        })
    }
}

/// The object that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Where it was read; none for objects of the cluster.
    pub origin: Option<Origin>,
}

impl Subject {
    fn of(one: &Sourced) -> Self {
        let (_, kind, namespace, name) = one.key();
        Self {
            kind,
            name,
            namespace,
            origin: one.origin.clone(),
        }
    }

    /// `Kind name.namespace`, or `Kind name`.
    #[must_use]
    pub fn title(&self) -> String {
        if self.namespace.is_empty() {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {}.{}", self.kind, self.name, self.namespace)
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What kind of finding.
    pub code: &'static Code,
    /// About what.
    pub subject: Subject,
    /// In a sentence.
    pub text: String,
}

/// What analyzers look at.
pub struct World<'a> {
    /// All objects.
    pub objects: &'a [Sourced],
    /// What the control plane makes of them.
    pub translated: &'a Translated,
    /// The schemas of the mesh's kinds.
    pub schemas: &'a Schemas,
    /// The namespace of the control plane.
    pub system: &'a str,
}

impl World<'_> {
    fn of_kind<'a, 'b>(
        &'a self,
        group: &'b str,
        kind: &'b str,
    ) -> impl Iterator<Item = &'a Sourced> + use<'a, 'b> {
        let objects = self.objects;
        objects.iter().filter(move |one| {
            let api = one.object["apiVersion"].as_str().unwrap_or_default();
            let own = api.split_once('/').map_or("", |(group, _)| group);
            own == group && one.object["kind"] == kind
        })
    }

    fn find(&self, group: &str, kind: &str, namespace: &str, name: &str) -> Option<&Sourced> {
        self.of_kind(group, kind)
            .find(|one| one.object["metadata"]["name"] == name && self::namespace(&one.object) == namespace)
    }

    fn namespace(&self, name: &str) -> Option<&Sourced> {
        self.of_kind("", "Namespace")
            .find(|one| one.object["metadata"]["name"] == name)
    }
}

/// An object's namespace.
fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

/// An object's label.
fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"][key].as_str()
}

/// An analyzer: its name, and what it does.
pub type Analyzer = (&'static str, fn(&World<'_>, &mut Vec<Message>), &'static str);

/// Every analyzer.
pub const ANALYZERS: [Analyzer; 5] = [
    (
        "schema.ValidationAnalyzer",
        schema::analyze,
        "objects against the mesh's definitions",
    ),
    (
        "ambient.PolicyAnalyzer",
        policies::analyze,
        "policies that do not do what they say",
    ),
    (
        "ambient.WaypointAnalyzer",
        waypoints::analyze,
        "waypoints that are missing, unused or bypassed",
    ),
    (
        "ambient.EnrolmentAnalyzer",
        labels::analyze,
        "labels that enrol nothing or contradict each other",
    ),
    (
        "ambient.NetworkPolicyAnalyzer",
        network::analyze,
        "network policies that block tunnels or probes",
    ),
];

/// Runs analyzers; all unless names are given.
#[must_use]
pub fn analyze(world: &World<'_>, only: &[String]) -> Vec<Message> {
    let mut found = Vec::new();
    for (name, run, _) in ANALYZERS {
        if only.is_empty() || only.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            run(world, &mut found);
        }
    }
    found.sort_by(|a, b| {
        (b.code.level, a.code.code, &a.subject, &a.text).cmp(&(
            a.code.level,
            b.code.code,
            &b.subject,
            &b.text,
        ))
    });
    found.dedup();
    found
}
