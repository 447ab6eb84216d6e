//! What policies do not do: rules that nothing matches, that another rule covers, or that a DENY undoes; and
//! workloads that no policy covers. (pure)

use super::pairs::{self, Client, Server, Terms};
use super::{Mesh, translation};
use control_core::index::fate::Outcome as Fate;
use control_core::model::ObjectName;
use proxy_core::authz;
use proxy_core::state::policy::{Action, Policy};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Finding {
    /// `no-effect`, `never-matched`, `duplicate`, `shadowed`, `contradicted` or `uncovered`.
    pub finding: &'static str,
    /// The policy or workload, as `namespace/name`.
    pub object: String,
    /// The rule as written, from 0.
    pub rule: Option<usize>,
    /// What that means.
    pub message: String,
}

/// One rule with everything it matches: numbers of (server, client, port).
struct Rule {
    policy: Arc<Policy>,
    number: usize,
    matched: BTreeSet<usize>,
}

impl Rule {
    fn title(&self) -> String {
        format!("rule {} of {}", self.number, self.policy.key)
    }
}

/// Everything there is to say.
#[must_use]
pub fn findings(mesh: &Mesh<'_>) -> Vec<Finding> {
    let terms = Terms::of(mesh);
    let (clients, servers) = (terms.clients(mesh), pairs::servers(mesh, &terms));
    let mut found: Vec<Finding> = without_effect(mesh);
    let rules = matched(mesh, &terms, &clients, &servers);
    for (at, rule) in rules.iter().enumerate() {
        found.extend(judge(at, rule, &rules));
    }
    for server in servers.values() {
        if mesh.candidates(&server.workload).is_empty() {
            found.push(Finding {
                finding: "uncovered",
                object: server.name.clone(),
                rule: None,
                message: "no policy covers it: everybody may connect".to_owned(),
            });
        }
    }
    found.sort();
    found
}

/// Rules that translation left nothing of.
fn without_effect(mesh: &Mesh<'_>) -> Vec<Finding> {
    let names: Vec<ObjectName> = mesh.index.policy_names().cloned().collect();
    let namespaces: Vec<&str> = names.iter().map(|name| name.namespace.as_str()).collect();
    let mut found = Vec::new();
    for loss in translation::losses(mesh.index, &namespaces, "") {
        if let Some(summary) = &loss.summary {
            found.push(Finding {
                finding: "no-effect",
                object: loss.policy.clone(),
                rule: None,
                message: summary.clone(),
            });
        }
        found.extend(loss.rules.iter().map(|rule| Finding {
            finding: "no-effect",
            object: loss.policy.clone(),
            rule: Some(rule.rule),
            message: format!("{}; {}", rule.loss, rule.meaning),
        }));
    }
    found
}

/// The rules that are sent whole, each asked about every source, destination and port that can be told apart.
fn matched(
    mesh: &Mesh<'_>,
    terms: &Terms,
    clients: &[Client],
    servers: &BTreeMap<String, Server>,
) -> Vec<Rule> {
    let mut rules: BTreeMap<(String, usize), Rule> = BTreeMap::new();
    let mut number = 0;
    for server in servers.values() {
        let candidates = mesh.candidates(&server.workload);
        let parts: Vec<_> = candidates.iter().map(|policy| parts(mesh, policy)).collect();
        for client in clients {
            for port in terms.ports(&server.workload) {
                let connection = client.connection(SocketAddr::new(server.address, port));
                for (policy, parts) in candidates.iter().zip(&parts) {
                    for (written, alone) in parts {
                        let rule = rules
                            .entry((policy.key.to_string(), *written))
                            .or_insert_with(|| Rule {
                                policy: policy.clone(),
                                number: *written,
                                matched: BTreeSet::new(),
                            });
                        if authz::matches(alone, &connection) {
                            rule.matched.insert(number);
                        }
                    }
                }
                number += 1;
            }
        }
    }
    rules.into_values().collect()
}

/// Each rule that is enforced as written as a policy of its own, with its number as written.
fn parts(mesh: &Mesh<'_>, policy: &Policy) -> Vec<(usize, Policy)> {
    let name = ObjectName::new(policy.namespace.clone(), policy.name.clone());
    let Some((_, fates)) = mesh.index.fates(&name) else {
        return Vec::new();
    };
    let whole = fates.iter().filter(|fate| fate.outcome != Fate::Inert);
    whole
        .filter_map(|fate| {
            let rule = policy.rules.get(fate.sent_as?)?;
            let alone = Policy {
                rules: [rule.clone()].into(),
                ..policy.clone()
            };
            Some((fate.number, alone))
        })
        .collect()
}

fn judge(at: usize, rule: &Rule, all: &[Rule]) -> Option<Finding> {
    let finding = |finding, message| {
        Some(Finding {
            finding,
            object: rule.policy.key.to_string(),
            rule: Some(rule.number),
            message,
        })
    };
    if rule.matched.is_empty() {
        return finding(
            "never-matched",
            "nobody who runs or is named by a policy matches it".to_owned(),
        );
    }
    let alike = all.iter().enumerate().filter(|(other_at, other)| {
        *other_at != at
            && other.policy.action == rule.policy.action
            && other.policy.dry_run == rule.policy.dry_run
            && rule.matched.is_subset(&other.matched)
    });
    for (other_at, other) in alike {
        if other.matched == rule.matched {
            // of two that are the same, the later one is the duplicate
            if other_at < at {
                return finding("duplicate", format!("{} says the same", other.title()));
            }
        } else {
            return finding("shadowed", format!("{} covers all that it covers", other.title()));
        }
    }
    if rule.policy.action == Action::Allow {
        let denied: BTreeSet<usize> = all
            .iter()
            .filter(|other| other.policy.action == Action::Deny && !other.policy.dry_run)
            .flat_map(|other| other.matched.iter().copied())
            .collect();
        if rule.matched.is_subset(&denied) {
            return finding(
                "contradicted",
                "DENY policies refuse all that it allows".to_owned(),
            );
        }
    }
    None
}
