//! Policies that do not do what they say. (pure)

use super::code::{
    INEFFECTIVE_POLICY, INEFFECTIVE_SELECTOR, L7_RULE_WITHOUT_WAYPOINT, NO_MATCHING_WORKLOADS,
    REFERENCED_RESOURCE_NOT_FOUND,
};
use super::{Message, Subject, World, namespace};
use crate::objects::Sourced;
use crate::simulate::translation::{Loss, losses};
use control_core::index::verdict::Effect;
use mesh_wire::well_known::label::GATEWAY_NAME;
use serde_json::Value;

const SECURITY: &str = "security.istio.io";

pub(super) fn analyze(world: &World<'_>, found: &mut Vec<Message>) {
    let index = &world.translated.index;
    let namespaces: Vec<&str> = world
        .of_kind(SECURITY, "AuthorizationPolicy")
        .map(|one| namespace(&one.object))
        .collect();
    let lost = losses(index, &namespaces, index.root_namespace());
    for policy in world.of_kind(SECURITY, "AuthorizationPolicy") {
        let key = format!("{}/{}", namespace(&policy.object), policy.key().3);
        if let Some(loss) = lost.iter().find(|loss| loss.policy == key) {
            found.push(lost_terms(policy, loss));
        }
    }
    for kind in ["AuthorizationPolicy", "PeerAuthentication"] {
        for policy in world.of_kind(SECURITY, kind) {
            selector(world, policy, found);
        }
    }
    overruled(world, found);
}

/// Targets that are not there, or rules of which something is not enforced.
fn lost_terms(policy: &Sourced, loss: &Loss) -> Message {
    let summary = loss.summary.clone().unwrap_or_default();
    let code = if summary.contains("TargetNotFound") {
        REFERENCED_RESOURCE_NOT_FOUND
    } else if loss.rules.is_empty() {
        INEFFECTIVE_POLICY
    } else {
        L7_RULE_WITHOUT_WAYPOINT
    };
    let mut parts: Vec<String> = Vec::new();
    if !summary.is_empty() {
        parts.push(summary);
    }
    parts.extend(
        loss.rules
            .iter()
            .map(|rule| format!("rule {}: {}; {}", rule.rule, rule.loss, rule.meaning)),
    );
    Message {
        code,
        subject: Subject::of(policy),
        text: parts.join("; "),
    }
}

/// A selector that selects nothing, or a waypoint, which only `targetRefs` reach.
fn selector(world: &World<'_>, policy: &Sourced, found: &mut Vec<Message>) {
    let labels = &policy.object["spec"]["selector"]["matchLabels"];
    let Some(wanted) = labels.as_object().filter(|labels| !labels.is_empty()) else {
        return;
    };
    let home = namespace(&policy.object);
    let is_mesh_wide = home == world.translated.index.root_namespace().as_str();
    let selected = |kind: &'static str, group: &'static str| {
        world.of_kind(group, kind).any(|pod| {
            let held = &pod.object["metadata"]["labels"];
            (is_mesh_wide || namespace(&pod.object) == home)
                && wanted.iter().all(|(key, value)| held[key.as_str()] == *value)
        })
    };
    let templates = ["Deployment", "StatefulSet", "DaemonSet"].iter().any(|kind| {
        world.of_kind("apps", kind).any(|one| {
            let held = &one.object["spec"]["template"]["metadata"]["labels"];
            (is_mesh_wide || namespace(&one.object) == home)
                && wanted.iter().all(|(key, value)| held[key.as_str()] == *value)
        })
    });
    if !selected("Pod", "") && !selected("WorkloadEntry", "networking.istio.io") && !templates {
        found.push(Message {
            code: NO_MATCHING_WORKLOADS,
            subject: Subject::of(policy),
            text: format!("no workload has the labels {}", shown(labels)),
        });
    }
    if wanted.contains_key(GATEWAY_NAME) {
        found.push(Message {
            code: INEFFECTIVE_SELECTOR,
            subject: Subject::of(policy),
            text: "a selector does not reach a waypoint: use targetRefs with the Gateway".to_owned(),
        });
    }
}

/// Settings that an older one of the same level overrules, as the control plane says.
fn overruled(world: &World<'_>, found: &mut Vec<Message>) {
    for verdict in world.translated.index.verdicts() {
        if verdict.kind == "PeerAuthentication" && verdict.effect == Effect::None {
            let Some((home, name)) = verdict.name.split_once('/') else {
                continue;
            };
            if let Some(one) = world.find(SECURITY, "PeerAuthentication", home, name) {
                found.push(Message {
                    code: INEFFECTIVE_POLICY,
                    subject: Subject::of(one),
                    text: verdict.because.join("; "),
                });
            }
        }
    }
}

fn shown(labels: &Value) -> String {
    let pairs = labels.as_object().into_iter().flatten();
    let texts: Vec<String> = pairs
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    texts.join(",")
}
