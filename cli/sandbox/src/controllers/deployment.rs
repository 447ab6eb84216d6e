//! `Deployment`: a `ReplicaSet` for each version of the template, and a rollout from one to the next.

use super::pods::template_hash;
use super::world::{World, controller_reference, is_controlled_by, uid};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{
    Deployment, DeploymentCondition, DeploymentSpec, DeploymentStatus, ReplicaSet, ReplicaSetSpec,
};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::sync::Arc;

const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    for deployment in world.deployments.state() {
        if deployment.metadata.deletion_timestamp.is_none() {
            one(world, &deployment).await?;
        }
    }
    Ok(())
}

async fn one(world: &World, deployment: &Deployment) -> kube::Result<()> {
    let owner = uid(deployment);
    let spec = deployment.spec.clone().unwrap_or_default();
    let sets = world.replica_sets.state();
    let mut own: Vec<_> = sets
        .into_iter()
        .filter(|set| is_controlled_by(&set.metadata, &owner))
        .collect();
    own.sort_by_key(|set| revision(set));
    let current = own.iter().find(|set| same_template(set, &spec.template)).cloned();
    let Some(current) = current else {
        if spec.paused != Some(true) {
            create(world, deployment, &spec, own.last()).await?;
        }
        return report(world, deployment, &own, None).await;
    };
    let newest = own.last().map_or(0, |set| revision(set));
    if revision(&current) < newest {
        // back to an earlier template: it becomes the newest revision again
        annotate(world, &current, newest + 1).await?;
        return Ok(());
    }
    if revision_of(deployment) != Some(revision(&current)) {
        let patch = json!({"metadata": {"annotations": {REVISION: revision(&current).to_string()}}});
        api::<Deployment>(world, deployment)
            .patch(
                &deployment.name_any(),
                &PatchParams::default(),
                &Patch::Merge(patch),
            )
            .await?;
    }
    let old: Vec<_> = own
        .iter()
        .filter(|set| uid(&***set) != uid(&*current))
        .cloned()
        .collect();
    for (set, replicas) in plan(&spec, &current, &old) {
        let patch = json!({"spec": {"replicas": replicas}});
        api::<ReplicaSet>(world, &*set)
            .patch(&set.name_any(), &PatchParams::default(), &Patch::Merge(patch))
            .await?;
    }
    forget_old(world, &spec, &old).await?;
    report(world, deployment, &own, Some(&current)).await
}

fn api<K>(world: &World, like: &impl ResourceExt) -> Api<K>
where
    K: kube::Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
{
    Api::namespaced(world.client.clone(), &like.namespace().unwrap_or_default())
}

fn revision(set: &ReplicaSet) -> u64 {
    set.annotations()
        .get(REVISION)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn revision_of(deployment: &Deployment) -> Option<u64> {
    deployment.annotations().get(REVISION)?.parse().ok()
}

fn same_template(set: &ReplicaSet, wanted: &PodTemplateSpec) -> bool {
    let mut template = set.spec.clone().unwrap_or_default().template.unwrap_or_default();
    if let Some(labels) = template
        .metadata
        .as_mut()
        .and_then(|metadata| metadata.labels.as_mut())
    {
        labels.remove(HASH);
    }
    let mut wanted = wanted.clone();
    for template in [&mut template, &mut wanted] {
        if let Some(metadata) = &mut template.metadata {
            metadata.creation_timestamp = None;
        }
    }
    template == wanted
}

async fn create(
    world: &World,
    deployment: &Deployment,
    spec: &DeploymentSpec,
    last: Option<&Arc<ReplicaSet>>,
) -> kube::Result<()> {
    let hash = template_hash(&spec.template);
    let mut template = spec.template.clone();
    template
        .metadata
        .get_or_insert_default()
        .labels
        .get_or_insert_default()
        .insert(HASH.into(), hash.clone());
    let mut selector = spec.selector.clone();
    selector
        .match_labels
        .get_or_insert_default()
        .insert(HASH.into(), hash.clone());
    let labels = template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.labels.clone());
    let mut annotations = deployment.annotations().clone();
    annotations.retain(|key, _| key != "kubectl.kubernetes.io/last-applied-configuration");
    annotations.insert(
        REVISION.into(),
        (last.map_or(0, |set| revision(set)) + 1).to_string(),
    );
    // the first version starts whole; a later one grows as the rollout allows
    let replicas = if last.is_none() {
        spec.replicas.unwrap_or(1)
    } else {
        0
    };
    let set = ReplicaSet {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", deployment.name_any())),
            namespace: deployment.namespace(),
            labels,
            annotations: Some(annotations),
            owner_references: controller_reference(deployment).map(|reference| vec![reference]),
            ..ObjectMeta::default()
        },
        spec: Some(ReplicaSetSpec {
            replicas: Some(replicas),
            selector,
            template: Some(template),
            min_ready_seconds: spec.min_ready_seconds,
        }),
        status: None,
    };
    match api::<ReplicaSet>(world, deployment)
        .create(&PostParams::default(), &set)
        .await
    {
        Err(kube::Error::Api(refused)) if refused.code == 409 => Ok(()),
        other => other.map(drop),
    }
}

async fn annotate(world: &World, set: &ReplicaSet, revision: u64) -> kube::Result<()> {
    let patch = json!({"metadata": {"annotations": {REVISION: revision.to_string()}}});
    api::<ReplicaSet>(world, set)
        .patch(&set.name_any(), &PatchParams::default(), &Patch::Merge(patch))
        .await
        .map(drop)
}

fn replicas(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

fn available(set: &ReplicaSet) -> i32 {
    set.status
        .as_ref()
        .and_then(|status| status.available_replicas)
        .unwrap_or(0)
}

fn existing(set: &ReplicaSet) -> i32 {
    set.status.as_ref().map_or(0, |status| status.replicas)
}

/// How many pods a bound means: surplus is rounded up, lack down.
fn bound(value: Option<&IntOrString>, of: i32, round_up: bool) -> i32 {
    match value {
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(text)) => percent(text, of, round_up),
        None => percent("25%", of, round_up),
    }
}

fn percent(text: &str, of: i32, round_up: bool) -> i32 {
    let share: i32 = text.trim_end_matches('%').parse().unwrap_or(0);
    (share * of + if round_up { 99 } else { 0 }) / 100
}

/// The next sizes of the sets: the new one grows within the surge, old ones shrink while enough stay available.
fn plan(
    spec: &DeploymentSpec,
    current: &Arc<ReplicaSet>,
    old: &[Arc<ReplicaSet>],
) -> Vec<(Arc<ReplicaSet>, i32)> {
    let wanted = spec.replicas.unwrap_or(1);
    let mut sizes = Vec::new();
    let strategy = spec.strategy.clone().unwrap_or_default();
    if strategy.type_.as_deref() == Some("Recreate") {
        let shrink: Vec<_> = old
            .iter()
            .filter(|set| replicas(set) > 0)
            .map(|set| (Arc::clone(set), 0))
            .collect();
        let gone = shrink.is_empty() && old.iter().all(|set| existing(set) == 0);
        if gone && replicas(current) != wanted {
            sizes.push((Arc::clone(current), wanted));
        }
        sizes.extend(shrink);
        return sizes;
    }
    let rolling = strategy.rolling_update.unwrap_or_default();
    let surge = bound(rolling.max_surge.as_ref(), wanted, true);
    let mut lack = bound(rolling.max_unavailable.as_ref(), wanted, false);
    if surge == 0 && lack == 0 {
        lack = 1;
    }
    let total = replicas(current) + old.iter().map(|set| replicas(set)).sum::<i32>();
    let grown = if replicas(current) > wanted {
        wanted
    } else {
        (replicas(current) + (wanted + surge - total).max(0)).min(wanted)
    };
    if grown != replicas(current) {
        sizes.push((Arc::clone(current), grown));
    }
    // pods of old sets that do not work cost nothing to lose
    let removable = total - (wanted - lack) - (replicas(current) - available(current)).max(0);
    for set in old {
        let broken = (replicas(set) - available(set)).max(0).min(removable.max(0));
        let healthy_total = available(current) + old.iter().map(|set| available(set)).sum::<i32>();
        let spare = (healthy_total - (wanted - lack)).max(0);
        let shrink = (broken + spare.min(replicas(set) - broken))
            .min(removable.max(0))
            .min(replicas(set));
        if shrink > 0 {
            sizes.push((Arc::clone(set), replicas(set) - shrink));
            break;
        }
    }
    sizes
}

async fn forget_old(world: &World, spec: &DeploymentSpec, old: &[Arc<ReplicaSet>]) -> kube::Result<()> {
    let limit = usize::try_from(spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    let empty: Vec<_> = old
        .iter()
        .filter(|set| replicas(set) == 0 && existing(set) == 0)
        .collect();
    for set in empty.iter().take(empty.len().saturating_sub(limit)) {
        drop(
            api::<ReplicaSet>(world, &***set)
                .delete(&set.name_any(), &DeleteParams::default())
                .await?,
        );
    }
    Ok(())
}

async fn report(
    world: &World,
    deployment: &Deployment,
    own: &[Arc<ReplicaSet>],
    current: Option<&ReplicaSet>,
) -> kube::Result<()> {
    let status = status(deployment, own, current);
    if deployment.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let mut full = json!({"status": status});
    for name in [
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
    ] {
        // a merge patch removes what is named null
        full["status"][name] = full["status"].get(name).cloned().unwrap_or_default();
    }
    let (api, name) = (api::<Deployment>(world, deployment), deployment.name_any());
    match api
        .patch_status(&name, &PatchParams::default(), &Patch::Merge(full))
        .await
    {
        Err(kube::Error::Api(refused)) if refused.code == 404 => Ok(()),
        other => other.map(drop),
    }
}

/// The status as it should be (pure).
fn status(
    deployment: &Deployment,
    own: &[Arc<ReplicaSet>],
    current: Option<&ReplicaSet>,
) -> DeploymentStatus {
    let spec = deployment.spec.clone().unwrap_or_default();
    let wanted = spec.replicas.unwrap_or(1);
    let total: i32 = own.iter().map(|set| existing(set)).sum();
    let working: i32 = own.iter().map(|set| available(set)).sum();
    let updated = current.map_or(0, existing);
    let complete =
        current.is_some_and(|set| updated == wanted && total == wanted && available(set) == wanted);
    let old = deployment.status.clone().unwrap_or_default();
    let rolling = spec
        .strategy
        .unwrap_or_default()
        .rolling_update
        .unwrap_or_default();
    let enough = working >= wanted - bound(rolling.max_unavailable.as_ref(), wanted, false);
    let (done, why) = if complete {
        ("NewReplicaSetAvailable", "the rollout is complete")
    } else {
        ("ReplicaSetUpdated", "the rollout goes on")
    };
    let reason = if enough {
        "MinimumReplicasAvailable"
    } else {
        "MinimumReplicasUnavailable"
    };
    let count = |number: i32| (number != 0).then_some(number);
    DeploymentStatus {
        replicas: count(total),
        updated_replicas: count(updated),
        ready_replicas: count(working),
        available_replicas: count(working),
        unavailable_replicas: count((wanted.max(total) - working).max(0)),
        observed_generation: deployment.metadata.generation,
        conditions: Some(vec![
            condition(&old, "Available", enough, reason, ""),
            condition(&old, "Progressing", true, done, why),
        ]),
        ..DeploymentStatus::default()
    }
}

fn condition(
    old: &DeploymentStatus,
    kind: &str,
    holds: bool,
    reason: &str,
    message: &str,
) -> DeploymentCondition {
    let status = if holds { "True" } else { "False" };
    let before = old.conditions.iter().flatten().find(|one| one.type_ == kind);
    let now = Some(Time(Timestamp::now()));
    let same = before.filter(|one| one.status == status);
    let unchanged = same.filter(|one| one.reason.as_deref() == Some(reason));
    DeploymentCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: same
            .and_then(|one| one.last_transition_time.clone())
            .or_else(|| now.clone()),
        last_update_time: unchanged.and_then(|one| one.last_update_time.clone()).or(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, replicas: i32, available: i32) -> Arc<ReplicaSet> {
        let set = json!({"metadata": {"name": name}, "spec": {"replicas": replicas, "selector": {}},
                         "status": {"replicas": replicas, "availableReplicas": available}});
        Arc::new(serde_json::from_value(set).unwrap())
    }

    #[track_caller]
    fn check(strategy: &serde_json::Value, current: (i32, i32), old: (i32, i32), expected: &[(&str, i32)]) {
        let spec = json!({"replicas": 4, "selector": {}, "template": {}, "strategy": strategy});
        let spec: DeploymentSpec = serde_json::from_value(spec).unwrap();
        let sizes = plan(
            &spec,
            &set("new", current.0, current.1),
            &[set("old", old.0, old.1)],
        );
        let sizes: Vec<_> = sizes.iter().map(|(set, size)| (set.name_any(), *size)).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, size)| ((*name).to_owned(), *size))
            .collect();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn a_rollout_stays_within_surge_and_lack() {
        let rolling = json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
        check(&rolling, (0, 0), (4, 4), &[("new", 1)]);
        check(&rolling, (1, 0), (4, 4), &[]);
        check(&rolling, (1, 1), (4, 4), &[("old", 3)]);
        check(&rolling, (4, 4), (0, 0), &[]);
    }

    #[test]
    fn recreate_waits_until_the_old_pods_are_gone() {
        let recreate = json!({"type": "Recreate"});
        check(&recreate, (0, 0), (4, 4), &[("old", 0)]);
        check(&recreate, (0, 0), (0, 0), &[("new", 4)]);
    }
}
