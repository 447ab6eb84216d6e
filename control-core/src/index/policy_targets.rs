//! Policies that target something else than workloads: a waypoint's business; we only say whether there is one
//! (`control-plane.md` 13).

use super::authorization::PolicyFacts;
use super::gateway;
use super::lookup::Lookup;
use super::waypoint::{self, Candidate};
use crate::crds::TargetRef;
use crate::model::ObjectName;
use crate::model::condition::{Condition, WAYPOINT_ACCEPTED};

/// What one target comes to: the waypoint, or reason and message.
type Judged = Result<String, (&'static str, String)>;

/// The condition of a policy with targets.
pub(crate) fn condition(name: &ObjectName, facts: &PolicyFacts, lookup: &Lookup<'_>) -> Option<Condition> {
    let judged: Vec<(&TargetRef, Judged)> = facts
        .targets
        .iter()
        .map(|target| (target, judge(name, target, lookup)))
        .collect();
    let (is_true, reason, message) = match judged.as_slice() {
        [] => return None,
        [(_, Ok(waypoint))] => (true, "Accepted", format!("bound to {waypoint}")),
        [(_, Err((reason, message)))] => (false, *reason, message.clone()),
        several => fold(name, several),
    };
    Some(Condition {
        generation: Some(facts.generation),
        ..Condition::new(WAYPOINT_ACCEPTED, is_true, reason, message)
    })
}

/// Bound if any target is; the others are listed.
fn fold(name: &ObjectName, judged: &[(&TargetRef, Judged)]) -> (bool, &'static str, String) {
    let spell = |target: &TargetRef| {
        let group = if target.group.is_empty() {
            "core"
        } else {
            &target.group
        };
        format!("{}.{group}:{}/{}", target.kind, name.namespace, target.name)
    };
    let bound: Vec<&String> = judged.iter().filter_map(|(_, one)| one.as_ref().ok()).collect();
    let unbound: Vec<String> = judged
        .iter()
        .filter(|(_, one)| one.is_err())
        .map(|(target, _)| spell(target))
        .collect();
    if bound.is_empty() {
        return (
            false,
            "Invalid",
            format!("no target is bound to a waypoint: {}", unbound.join(", ")),
        );
    }
    let mut names: Vec<&str> = bound.iter().map(|name| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let names = names.join(", ");
    if unbound.is_empty() {
        (true, "Accepted", format!("bound to {names}"))
    } else {
        let message = format!("bound to {names}, but not: {}", unbound.join(", "));
        (true, "PartiallyInvalid", message)
    }
}

fn judge(policy: &ObjectName, target: &TargetRef, lookup: &Lookup<'_>) -> Judged {
    let name = ObjectName::new(policy.namespace.clone(), target.name.as_str());
    let kind = &target.kind;
    let not_found = || ("TargetNotFound", format!("{kind} {name} was not found"));
    let bound = match kind.as_str() {
        "GatewayClass" => return judge_class(policy, &target.name, lookup),
        "Gateway" => {
            lookup.gateway(&name).ok_or_else(not_found)?;
            waypoint::is_waypoint(&name, lookup).then(|| name.clone())
        }
        "Service" => {
            let facts = lookup.service(&name).ok_or_else(not_found)?;
            waypoint_of(&name, facts.asks.as_deref(), lookup)
        }
        "ServiceEntry" => {
            let facts = lookup.service_entry(&name).ok_or_else(not_found)?;
            waypoint_of(&name, facts.asks.as_deref(), lookup)
        }
        _ => return Err(("Invalid", format!("{kind} cannot be a target"))),
    };
    bound.map(|waypoint| waypoint.to_string()).ok_or_else(|| {
        (
            "AncestorNotBound",
            format!("{kind} {name} is not bound to a waypoint"),
        )
    })
}

fn waypoint_of(name: &ObjectName, asks: Option<&waypoint::Asks>, lookup: &Lookup<'_>) -> Option<ObjectName> {
    let candidate = Candidate {
        namespace: &name.namespace,
        asks,
        is_namespaced: false,
    };
    waypoint::of_service(&candidate, lookup).name
}

fn judge_class(policy: &ObjectName, class: &str, lookup: &Lookup<'_>) -> Judged {
    if policy.namespace != lookup.settings().root_namespace {
        let message = format!("GatewayClass {class} can be a target only of policies in the root namespace");
        return Err(("Invalid", message));
    }
    match lookup.class(&class.into()) {
        None => Err(("TargetNotFound", format!("GatewayClass {class} was not found"))),
        Some(facts) if facts.controller == gateway::CONTROLLER => Ok(class.to_owned()),
        Some(facts) => {
            let message = format!("GatewayClass {class} belongs to controller {}", facts.controller);
            Err(("Invalid", message))
        }
    }
}
