//! `DaemonSet`: one pod on every node that fits, replaced a few at a time.

use super::pods::{self, Owner, template_hash};
use super::scheduler;
use super::world::{World, controller_reference, is_active, is_ready, uid};
use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};
use k8s_openapi::api::core::v1::{Node, Pod, Toleration};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::sync::Arc;

const HASH: &str = "controller-revision-hash";

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    for set in world.daemon_sets.state() {
        one(world, &set).await?;
    }
    Ok(())
}

async fn one(world: &World, set: &DaemonSet) -> kube::Result<()> {
    let spec = set.spec.clone().unwrap_or_default();
    let owner = Owner {
        namespace: set.namespace().unwrap_or_default(),
        name: set.name_any(),
        uid: uid(set),
        reference: controller_reference(set),
    };
    let hash = template_hash(&spec.template);
    let mut template = spec.template.clone();
    template
        .metadata
        .get_or_insert_default()
        .labels
        .get_or_insert_default()
        .insert(HASH.into(), hash.clone());
    let sample = tolerant(pods::from_template(&owner, &template, None));
    let nodes: Vec<_> = world
        .nodes
        .state()
        .into_iter()
        .filter(|node| scheduler::fits(&sample, node))
        .collect();
    let pods = world.pods_of(&owner.uid);
    if set.metadata.deletion_timestamp.is_none() && world.is_settled(&owner.uid) {
        for pod in pods
            .iter()
            .filter(|pod| pod.metadata.deletion_timestamp.is_none() && !is_active(pod))
        {
            pods::delete(world, &owner.uid, pod).await?;
        }
        place(world, &owner, &sample, &nodes, &pods).await?;
        for pod in pods
            .iter()
            .filter(|pod| is_active(pod) && !nodes.iter().any(|node| is_on(pod, node)))
        {
            pods::delete(world, &owner.uid, pod).await?;
        }
        replace(world, set, &hash, &pods).await?;
    }
    report(world, set, &hash, (&nodes, &pods)).await
}

fn is_on(pod: &Pod, node: &Node) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.node_name.clone()) == Some(node.name_any())
}

fn is_current(pod: &Pod, hash: &str) -> bool {
    pod.labels().get(HASH).is_some_and(|label| label == hash)
}

/// Pods of daemons stay where ordinary ones would be sent away.
fn tolerant(mut pod: Pod) -> Pod {
    let tolerations = pod
        .spec
        .get_or_insert_default()
        .tolerations
        .get_or_insert_default();
    for key in [
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
    ] {
        tolerations.push(Toleration {
            key: Some(format!("node.kubernetes.io/{key}")),
            operator: Some("Exists".into()),
            ..Toleration::default()
        });
    }
    pod
}

/// Nodes without a pod get one; while a pod is being replaced with surge, a second one comes before the first goes.
async fn place(
    world: &World,
    owner: &Owner,
    sample: &Pod,
    nodes: &[Arc<Node>],
    pods: &[Arc<Pod>],
) -> kube::Result<()> {
    for node in nodes {
        // one that is on its way out still holds the node, unless it is surplus
        if pods.iter().any(|pod| is_on(pod, node)) {
            continue;
        }
        let mut pod = sample.clone();
        pod.spec.get_or_insert_default().node_name = Some(node.name_any());
        pods::create(world, owner, &pod).await?;
    }
    Ok(())
}

async fn replace(world: &World, set: &DaemonSet, hash: &str, pods: &[Arc<Pod>]) -> kube::Result<()> {
    let strategy = set
        .spec
        .clone()
        .unwrap_or_default()
        .update_strategy
        .unwrap_or_default();
    if strategy.type_.as_deref() == Some("OnDelete") {
        return Ok(());
    }
    let rolling = strategy.rolling_update.unwrap_or_default();
    let count = pods.len();
    let amount = |value: Option<&IntOrString>, default: usize| match value {
        Some(IntOrString::Int(number)) => usize::try_from(*number).unwrap_or(default),
        Some(IntOrString::String(text)) => {
            let share: usize = text.trim_end_matches('%').parse().unwrap_or(0);
            (share * count).div_ceil(100)
        }
        None => default,
    };
    let surge = amount(rolling.max_surge.as_ref(), 0);
    if surge > 0 {
        return replace_with_surge(world, set, hash, pods, surge).await;
    }
    let lack = amount(rolling.max_unavailable.as_ref(), 1).max(1);
    let missing = pods
        .iter()
        .filter(|pod| !is_ready(pod) || !is_active(pod))
        .count();
    let mut budget = lack.saturating_sub(missing);
    for pod in pods.iter().filter(|pod| is_active(pod) && !is_current(pod, hash)) {
        // one that does not work anyway costs nothing
        if is_ready(pod) {
            if budget == 0 {
                continue;
            }
            budget -= 1;
        }
        pods::delete(world, &uid(set), pod).await?;
    }
    Ok(())
}

async fn replace_with_surge(
    world: &World,
    set: &DaemonSet,
    hash: &str,
    pods: &[Arc<Pod>],
    surge: usize,
) -> kube::Result<()> {
    let node_of = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let new_on = |node: &Option<String>| {
        pods.iter()
            .find(|pod| is_active(pod) && is_current(pod, hash) && node_of(pod) == *node)
    };
    let mut coming = pods
        .iter()
        .filter(|pod| is_active(pod) && is_current(pod, hash) && !is_ready(pod))
        .count();
    let owner = Owner {
        namespace: set.namespace().unwrap_or_default(),
        name: set.name_any(),
        uid: uid(set),
        reference: controller_reference(set),
    };
    for pod in pods.iter().filter(|pod| is_active(pod) && !is_current(pod, hash)) {
        let node = node_of(pod);
        match new_on(&node) {
            Some(new) if is_ready(new) => pods::delete(world, &owner.uid, pod).await?,
            None if !is_ready(pod) => pods::delete(world, &owner.uid, pod).await?,
            None if coming < surge => {
                coming += 1;
                let mut template = set.spec.clone().unwrap_or_default().template;
                template
                    .metadata
                    .get_or_insert_default()
                    .labels
                    .get_or_insert_default()
                    .insert(HASH.into(), hash.to_owned());
                let mut new = tolerant(pods::from_template(&owner, &template, None));
                new.spec.get_or_insert_default().node_name = node;
                pods::create(world, &owner, &new).await?;
            }
            // one that comes up, or no room for one more
            Some(_) | None => {}
        }
    }
    Ok(())
}

async fn report(
    world: &World,
    set: &DaemonSet,
    hash: &str,
    (nodes, pods): (&[Arc<Node>], &[Arc<Pod>]),
) -> kube::Result<()> {
    let on = |fits: &dyn Fn(&Pod) -> bool| {
        let placed = nodes.iter().filter(|node| {
            pods.iter()
                .any(|pod| is_active(pod) && is_on(pod, node) && fits(pod))
        });
        i32::try_from(placed.count()).unwrap_or(i32::MAX)
    };
    let wanted = i32::try_from(nodes.len()).unwrap_or(i32::MAX);
    let ready = on(&|pod| is_ready(pod));
    let status = DaemonSetStatus {
        current_number_scheduled: on(&|_| true),
        desired_number_scheduled: wanted,
        number_ready: ready,
        number_available: Some(ready),
        number_unavailable: Some(wanted - ready),
        updated_number_scheduled: Some(on(&|pod| is_current(pod, hash))),
        number_misscheduled: 0,
        observed_generation: set.metadata.generation,
        ..DaemonSetStatus::default()
    };
    if set.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let api: Api<DaemonSet> = Api::namespaced(world.client.clone(), &set.namespace().unwrap_or_default());
    match api
        .patch_status(
            &set.name_any(),
            &PatchParams::default(),
            &Patch::Merge(json!({"status": status})),
        )
        .await
    {
        Err(kube::Error::Api(refused)) if refused.code == 404 => Ok(()),
        other => other.map(drop),
    }
}
