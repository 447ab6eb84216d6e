//! What translation dropped, emptied or left to waypoints, in words. (pure)

use control_core::index::Index;
use control_core::index::fate::{self, Outcome as Fate, RuleFate};
use control_core::index::verdict::{Effect, Verdict};
use control_core::model::ObjectName;
use control_core::model::policy::Action;
use proxy_core::state::service::Service;
use proxy_core::state::workload::Workload;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A policy of which something is not enforced as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Loss {
    /// `namespace/name`.
    pub policy: String,
    /// What it comes to as a whole, where that is worth saying.
    pub summary: Option<String>,
    /// Each rule that is not enforced as written.
    pub rules: Vec<RuleLoss>,
}

/// A rule that is not enforced as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleLoss {
    /// Its place among the rules, from 0.
    pub rule: usize,
    /// What happened to it.
    pub loss: String,
    /// What that means.
    pub meaning: String,
}

/// What a policy lost; `None` if it is enforced as written.
fn loss(index: &Index, policy: &ObjectName, verdicts: &Verdicts) -> Option<Loss> {
    let verdict = verdicts.get(&policy.to_string());
    let Some((action, fates)) = index.fates(policy) else {
        return unsent(policy, verdict?);
    };
    let rules: Vec<RuleLoss> = fates.iter().filter_map(|fate| rule_loss(action, fate)).collect();
    let is_inert = verdict.is_some_and(|one| one.effect == Effect::None);
    if rules.is_empty() && !is_inert {
        return None;
    }
    let summary = fate::sum(action, &fates).map(str::to_owned);
    let summary = summary.or_else(|| verdict.filter(|_| is_inert).map(|one| one.because.join("; ")));
    Some(Loss {
        policy: policy.to_string(),
        summary,
        rules,
    })
}

/// A policy that is not sent to node proxies at all.
fn unsent(policy: &ObjectName, verdict: &Verdict) -> Option<Loss> {
    (verdict.effect != Effect::Full).then(|| Loss {
        policy: policy.to_string(),
        summary: Some(verdict.because.join("; ")),
        rules: Vec::new(),
    })
}

/// Verdicts on policies, by `namespace/name`.
type Verdicts = BTreeMap<String, Verdict>;

fn rule_loss(action: Action, fate: &RuleFate) -> Option<RuleLoss> {
    let mut parts = Vec::new();
    if !fate.unseen.is_empty() {
        parts.push(format!("{} need a waypoint", fate.unseen.join(", ")));
    }
    parts.extend(fate.unusable.iter().cloned());
    let meaning = match (fate.outcome, action) {
        (Fate::Omitted, _) => "the rule is left out, so it allows nothing",
        (Fate::Inert, Action::Allow) => "the rule never matches, so it allows nothing",
        (Fate::Inert, Action::Deny) => "the rule never matches, so it denies nothing",
        (Fate::Wider, _) => "the rule denies on its remaining terms alone, which is more than was written",
        (Fate::Whole, _) if parts.is_empty() => return None,
        (Fate::Whole, _) => "the rule is enforced with its other values",
    };
    Some(RuleLoss {
        rule: fate.number,
        loss: if parts.is_empty() {
            "it has no term that can match".to_owned()
        } else {
            parts.join("; ")
        },
        meaning: meaning.to_owned(),
    })
}

/// What the policies that may concern a workload lost: those of its namespace and of the root namespace.
#[must_use]
pub fn losses(index: &Index, namespaces: &[&str], root: &str) -> Vec<Loss> {
    let verdicts: Verdicts = index
        .verdicts()
        .into_iter()
        .filter(|one| one.kind == "AuthorizationPolicy")
        .map(|one| (one.name.clone(), one))
        .collect();
    index
        .policy_names()
        .filter(|name| name.namespace == root || namespaces.contains(&name.namespace.as_str()))
        .filter_map(|name| loss(index, name, &verdicts))
        .collect()
}

/// The policies that a waypoint enforces for a service: those that target the waypoint's Gateway or the service.
#[must_use]
pub(super) fn at_waypoint(index: &Index, waypoint: &Workload, service: Option<&Service>) -> Vec<String> {
    let gateway = &waypoint.labels.workload_name;
    let mut found = Vec::new();
    for name in index.policy_names() {
        let Some(facts) = index.policy_facts(name) else {
            continue;
        };
        let targets = facts.targets.iter().any(|target| match target.kind.as_str() {
            "Gateway" => {
                name.namespace == waypoint.namespace()
                    && (target.name == gateway.as_str() || waypoint.name.starts_with(&target.name))
            }
            "Service" | "ServiceEntry" => service.is_some_and(|service| {
                service.key.namespace == name.namespace && service.name == target.name.as_str()
            }),
            "GatewayClass" => target.name == mesh_wire::well_known::name::WAYPOINT_CLASS,
            _ => false,
        });
        if targets {
            found.push(name.to_string());
        }
    }
    found
}
