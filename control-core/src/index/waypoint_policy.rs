//! Policies that let waypoints in to what stands behind them (`control-plane.md` 12.5).
//!
//! Such a policy allows the accounts of a waypoint's instances, so that, unless other policies allow more, nobody else
//! reaches a workload past its waypoint. Invariant: every reference that `references` gives resolves to a published policy.

use std::collections::{BTreeMap, BTreeSet};

use super::gateway;
use super::lookup::Lookup;
use super::waypoint::{self, Candidate, WorkloadBinding};
use crate::model::policy::{Action, Match, Pattern, Policy, PolicyScope};
use crate::model::{NamespacedHostname, ObjectName, PortMapping};

const PREFIX: &str = "istio_allow_waypoint_";

fn key(waypoint: &ObjectName) -> ObjectName {
    let (namespace, name) = (&waypoint.namespace, &waypoint.name);
    ObjectName::new(namespace.clone(), arcstr::format!("{PREFIX}{namespace}_{name}"))
}

/// Who a waypoint calls as; `None` when policies of this kind are off, it is none, or nobody runs it.
fn principals(waypoint: &ObjectName, lookup: &Lookup<'_>) -> Option<Vec<Pattern>> {
    let settings = lookup.settings();
    if !settings.lets_waypoints_in || !settings.has_waypoints {
        return None;
    }
    gateway::waypoint(waypoint, lookup)?;
    let domain = &settings.trust_domain;
    let principal = |account| Pattern::Exact(format!("{domain}/ns/{}/sa/{account}", waypoint.namespace));
    let accounts = lookup.accounts_of(waypoint);
    (!accounts.is_empty()).then(|| accounts.into_iter().map(principal).collect())
}

/// The policy of a Gateway that is a waypoint with instances.
pub(crate) fn policy(waypoint: &ObjectName, lookup: &Lookup<'_>) -> Option<Policy> {
    // a removed Gateway reads nothing
    lookup.own_gateway(waypoint)?;
    let mut one = Match::default();
    one.principals.any_of = principals(waypoint, lookup)?;
    Some(Policy {
        key: key(waypoint),
        scope: PolicyScope::Selector,
        action: Action::Allow,
        rules: vec![vec![vec![one]]],
        is_dry_run: false,
    })
}

/// Keys of the policies of a workload: those of the waypoint that it is attached to, and of its services' ones.
pub(crate) fn references(
    binding: &WorkloadBinding,
    services: &BTreeMap<NamespacedHostname, Vec<PortMapping>>,
    lookup: &Lookup<'_>,
) -> Vec<String> {
    if !lookup.settings().lets_waypoints_in || binding.is_instance {
        return Vec::new();
    }
    let mut waypoints: BTreeSet<ObjectName> = binding.name.iter().cloned().collect();
    for host in services.keys() {
        waypoints.extend(of_service(host, lookup));
    }
    let published = waypoints
        .iter()
        .filter(|waypoint| principals(waypoint, lookup).is_some());
    published.map(|waypoint| key(waypoint).to_string()).collect()
}

/// The waypoints before a service, its canary's too.
fn of_service(host: &NamespacedHostname, lookup: &Lookup<'_>) -> impl Iterator<Item = ObjectName> + use<> {
    let lookup = &lookup.home();
    let claims = lookup.claims(&host.hostname);
    let owner = claims
        .into_iter()
        .find(|claim| claim.object.namespace == host.namespace);
    let binding = owner.and_then(|owner| {
        let name = &owner.object;
        let asks = if owner.is_entry {
            lookup.service_entry(name)?.asks.as_deref()
        } else {
            lookup.service(name)?.asks.as_deref()
        };
        let candidate = Candidate {
            namespace: &name.namespace,
            asks,
            is_namespaced: owner.is_entry && super::entry_visibility::is_namespaced(name, lookup),
        };
        Some(waypoint::of_service(&candidate, lookup))
    });
    let names = binding.map(|binding| [binding.name, binding.canary]);
    names.into_iter().flatten().flatten()
}
