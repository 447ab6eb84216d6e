//! The network policies a namespace needs before it joins the mesh (`spec/enrolment.md` 6). (pure)
//!
//! Policies see the tunnel, not the application's port: between meshed pods everything arrives on TCP 15008. For each
//! policy that selects pods of the mesh a companion is made, with the same selector and only in the directions in which
//! the policy itself isolates, so that no pod becomes newly isolated and nothing that was allowed is cut.
//! Absent on purpose: policies of other kinds, which are reported in words.

mod companion;
pub mod select;
pub mod world;

use mesh_wire::well_known::label::{DATAPLANE_MODE, NONE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use world::World;

/// What is proposed for one namespace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposal {
    /// The companions, by name.
    pub policies: Vec<Value>,
    /// What a person has to know.
    pub notes: Vec<String>,
}

/// The companions of the policies of `namespace`, as if the namespace were enrolled.
#[must_use]
pub fn propose(world: &World, namespace: &str) -> Proposal {
    let mut proposal = Proposal::default();
    let probes = companion::share_probes(world, namespace);
    let mut merged: BTreeMap<String, Value> = BTreeMap::new();
    for policy in world.policies_of(namespace) {
        let name = policy["metadata"]["name"].as_str().unwrap_or_default();
        let rules = companion::rules(world, policy, probes.get(name));
        if rules.ingress.is_empty() && rules.egress.is_empty() {
            continue;
        }
        if rules.widens {
            proposal.notes.push(format!(
                "policy `{name}` limits ports; for meshed peers the tunnel opens every port: restate the limit as an AuthorizationPolicy"
            ));
        }
        let companion = document(namespace, name, policy, &rules);
        merged.insert(name.to_owned(), companion);
    }
    proposal.policies = merged.into_values().collect();
    proposal.notes.sort();
    proposal
}

fn document(namespace: &str, name: &str, policy: &Value, rules: &companion::Rules) -> Value {
    let mut selector = policy["spec"]["podSelector"].clone();
    if !selector.is_object() {
        selector = json!({});
    }
    let stays_out = json!({"key": DATAPLANE_MODE, "operator": "NotIn", "values": [NONE]});
    match selector["matchExpressions"].as_array_mut() {
        Some(expressions) => expressions.push(stays_out),
        None => selector["matchExpressions"] = json!([stays_out]),
    }
    let mut spec = json!({"podSelector": selector, "policyTypes": []});
    let directions = [
        ("Ingress", "ingress", &rules.ingress),
        ("Egress", "egress", &rules.egress),
    ];
    for (kind, key, list) in directions {
        // a direction without rules would isolate where the policy does not
        if !list.is_empty() {
            if let Some(kinds) = spec["policyTypes"].as_array_mut() {
                kinds.push(json!(kind));
            }
            spec[key] = json!(list);
        }
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": format!("mesh-{name}"),
            "namespace": namespace,
            "labels": {world::MANAGED_BY: world::MANAGER},
        },
        "spec": spec,
    })
}

#[cfg(test)]
mod tests;
