//! A trivial scheduler: the fitting node with the fewest pods.

use super::world::{World, is_active};
use k8s_openapi::api::core::v1::{
    Binding, Node, NodeSelectorRequirement, ObjectReference, Pod, PodCondition, Taint, Toleration,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::PoisonError;
use tracing::debug;

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    let pods = world.pods.state();
    let mut bound = world.bound.lock().unwrap_or_else(PoisonError::into_inner).clone();
    bound.retain(|uid, _| {
        pods.iter()
            .any(|pod| pod.metadata.uid.as_ref() == Some(uid) && is_unplaced(pod))
    });
    let mut load: BTreeMap<String, usize> = BTreeMap::new();
    let placed = pods
        .iter()
        .filter(|pod| is_active(pod))
        .filter_map(|pod| pod.spec.as_ref()?.node_name.clone());
    for node in placed.chain(bound.values().cloned()) {
        *load.entry(node).or_default() += 1;
    }
    let nodes = world.nodes.state();
    let mut waiting: Vec<_> = pods
        .into_iter()
        .filter(|pod| is_active(pod) && is_unplaced(pod) && !bound.contains_key(&super::world::uid(&**pod)))
        .collect();
    waiting.sort_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0));
    for pod in waiting {
        let fitting = nodes
            .iter()
            .filter(|node| is_node_ready(node) && fits(&pod, node));
        let chosen =
            fitting.min_by_key(|node| (load.get(&node.name_any()).copied().unwrap_or(0), node.name_any()));
        match chosen {
            Some(node) => {
                *load.entry(node.name_any()).or_default() += 1;
                bound.insert(super::world::uid(&*pod), node.name_any());
                bind(world, &pod, &node.name_any()).await?;
            }
            None => complain(world, &pod, nodes.len()).await?,
        }
    }
    *world.bound.lock().unwrap_or_else(PoisonError::into_inner) = bound;
    Ok(())
}

fn is_unplaced(pod: &Pod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let ours = spec.scheduler_name.as_deref().unwrap_or("default-scheduler") == "default-scheduler";
    let gated = spec
        .scheduling_gates
        .as_ref()
        .is_some_and(|gates| !gates.is_empty());
    spec.node_name.is_none() && ours && !gated
}

fn is_node_ready(node: &Node) -> bool {
    let conditions = node
        .status
        .iter()
        .filter_map(|status| status.conditions.as_ref())
        .flatten();
    conditions
        .into_iter()
        .any(|one| one.type_ == "Ready" && one.status == "True")
}

async fn bind(world: &World, pod: &Pod, node: &str) -> kube::Result<()> {
    let api: Api<Pod> = Api::namespaced(world.client.clone(), &pod.namespace().unwrap_or_default());
    let binding = Binding {
        metadata: ObjectMeta {
            name: pod.metadata.name.clone(),
            uid: pod.metadata.uid.clone(),
            ..ObjectMeta::default()
        },
        target: ObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Node".into()),
            name: Some(node.to_owned()),
            ..ObjectReference::default()
        },
    };
    let bound: kube::Result<serde_json::Value> = api
        .create_subresource("binding", &pod.name_any(), &PostParams::default(), &binding)
        .await;
    match bound {
        // bound in an earlier pass, not seen yet; or deleted meanwhile
        Err(kube::Error::Api(refused)) if refused.code == 404 || refused.code == 409 => {
            debug!(pod = pod.name_any(), reason = refused.message, "not bound");
            Ok(())
        }
        other => other.map(drop),
    }
}

async fn complain(world: &World, pod: &Pod, nodes: usize) -> kube::Result<()> {
    let old = pod
        .status
        .clone()
        .unwrap_or_default()
        .conditions
        .unwrap_or_default();
    if old
        .iter()
        .any(|one| one.type_ == "PodScheduled" && one.status == "False")
    {
        return Ok(());
    }
    let condition = PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some("Unschedulable".into()),
        message: Some(format!(
            "0/{nodes} nodes are available: none fits the pod's selectors and tolerations."
        )),
        last_transition_time: Some(Time(jiff::Timestamp::now())),
        ..PodCondition::default()
    };
    let api: Api<Pod> = Api::namespaced(world.client.clone(), &pod.namespace().unwrap_or_default());
    let patch = Patch::Merge(json!({"status": {"conditions": [condition]}}));
    api.patch_status(&pod.name_any(), &PatchParams::default(), &patch)
        .await
        .map(drop)
}

/// Whether the pod may run on the node: selector, required affinity, taints (pure).
pub(super) fn fits(pod: &Pod, node: &Node) -> bool {
    let spec = pod.spec.clone().unwrap_or_default();
    let labels = node.labels();
    let selected = spec
        .node_selector
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    let affinity = spec.affinity.and_then(|affinity| {
        affinity
            .node_affinity?
            .required_during_scheduling_ignored_during_execution
    });
    let liked = affinity.is_none_or(|wanted| {
        wanted.node_selector_terms.iter().any(|term| {
            let by_label = term
                .match_expressions
                .iter()
                .flatten()
                .all(|one| matches(one, labels.get(&one.key)));
            let name = node.name_any();
            let by_field = term
                .match_fields
                .iter()
                .flatten()
                .all(|one| matches(one, Some(&name)));
            by_label && by_field
        })
    });
    let node_spec = node.spec.clone().unwrap_or_default();
    let mut taints = node_spec.taints.unwrap_or_default();
    if node_spec.unschedulable == Some(true) {
        let key = "node.kubernetes.io/unschedulable".to_owned();
        taints.push(Taint {
            key,
            effect: "NoSchedule".into(),
            ..Taint::default()
        });
    }
    let tolerations = spec.tolerations.unwrap_or_default();
    let tolerated = |taint: &Taint| {
        taint.effect == "PreferNoSchedule" || tolerations.iter().any(|one| tolerates(one, taint))
    };
    selected && liked && taints.iter().all(tolerated)
}

fn matches(wanted: &NodeSelectorRequirement, value: Option<&String>) -> bool {
    let listed = value.is_some_and(|value| wanted.values.iter().flatten().any(|one| one == value));
    match wanted.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    let exists = toleration.operator.as_deref() == Some("Exists");
    (effect.is_empty() || effect == taint.effect)
        && ((key.is_empty() && exists) || key == taint.key)
        && (exists
            || toleration.value.as_deref().unwrap_or_default() == taint.value.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pod: &serde_json::Value, expected: bool) {
        let pod: Pod = serde_json::from_value(json!({ "spec": pod })).unwrap();
        let node = json!({"metadata": {"name": "n1", "labels": {"kubernetes.io/os": "linux"}},
                          "spec": {"taints": [{"key": "t", "value": "v", "effect": "NoSchedule"}]}});
        assert_eq!(fits(&pod, &serde_json::from_value(node).unwrap()), expected);
    }

    #[test]
    fn a_pod_fits_by_selector_and_toleration() {
        let tolerant = json!([{"key": "t", "operator": "Exists"}]);
        check(&json!({"containers": []}), false);
        check(&json!({"containers": [], "tolerations": tolerant}), true);
        check(
            &json!({"containers": [], "tolerations": [{"operator": "Exists"}]}),
            true,
        );
        check(
            &json!({"containers": [], "tolerations": tolerant, "nodeSelector": {"kubernetes.io/os": "linux"}}),
            true,
        );
        check(
            &json!({"containers": [], "tolerations": tolerant, "nodeSelector": {"disk": "ssd"}}),
            false,
        );
    }
}
