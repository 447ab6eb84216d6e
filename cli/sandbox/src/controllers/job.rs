//! `Job`: pods until enough have succeeded, or too many have failed.

use super::pods::{self, Owner};
use super::world::{World, controller_reference, is_active, is_ready, uid};
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{Job, JobCondition, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    for job in world.jobs.state() {
        if job.metadata.deletion_timestamp.is_none() {
            one(world, &job).await?;
        }
    }
    Ok(())
}

fn is_over(job: &Job) -> bool {
    let conditions = job
        .status
        .iter()
        .filter_map(|status| status.conditions.as_ref())
        .flatten();
    conditions
        .into_iter()
        .any(|one| (one.type_ == "Complete" || one.type_ == "Failed") && one.status == "True")
}

async fn one(world: &World, job: &Job) -> kube::Result<()> {
    let owner = Owner {
        namespace: job.namespace().unwrap_or_default(),
        name: job.name_any(),
        uid: uid(job),
        reference: controller_reference(job),
    };
    if is_over(job) || !world.is_settled(&owner.uid) {
        return Ok(());
    }
    let spec = job.spec.clone().unwrap_or_default();
    let pods = world.pods_of(&owner.uid);
    let phase = |name: &str| {
        pods.iter()
            .filter(|pod| pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some(name))
            .count()
    };
    let (succeeded, failed) = (phase("Succeeded"), phase("Failed"));
    let active: Vec<_> = pods.iter().filter(|pod| is_active(pod)).cloned().collect();
    let number = |value: Option<i32>, default: usize| {
        value.map_or(default, |value| usize::try_from(value).unwrap_or(0))
    };
    let (parallel, wanted) = (number(spec.parallelism, 1), number(spec.completions, 1));
    let limit = number(spec.backoff_limit, 6);
    let (complete, broken) = (succeeded >= wanted, failed > limit);
    if complete || broken {
        for pod in &active {
            pods::delete(world, &owner.uid, pod).await?;
        }
    } else if spec.suspend != Some(true) {
        let missing = parallel.min(wanted - succeeded).saturating_sub(active.len());
        let mut template = spec.template.clone();
        let labels = template
            .metadata
            .get_or_insert_default()
            .labels
            .get_or_insert_default();
        labels
            .entry("batch.kubernetes.io/job-name".into())
            .or_insert_with(|| owner.name.clone());
        labels
            .entry("job-name".into())
            .or_insert_with(|| owner.name.clone());
        labels
            .entry("batch.kubernetes.io/controller-uid".into())
            .or_insert_with(|| owner.uid.clone());
        let pod = pods::from_template(&owner, &template, None);
        for _ in 0..missing {
            pods::create(world, &owner, &pod).await?;
        }
    }
    report(world, job, &active, (succeeded, failed, complete, broken)).await
}

async fn report(
    world: &World,
    job: &Job,
    active: &[Arc<Pod>],
    (succeeded, failed, complete, broken): (usize, usize, bool, bool),
) -> kube::Result<()> {
    let old = job.status.clone().unwrap_or_default();
    let count = |number: usize| i32::try_from(number).ok();
    let now = Some(Time(Timestamp::now()));
    let end = |kind: &str, reason: &str| JobCondition {
        type_: kind.into(),
        status: "True".into(),
        reason: Some(reason.into()),
        last_transition_time: now.clone(),
        last_probe_time: now.clone(),
        ..JobCondition::default()
    };
    let conditions = match (complete, broken) {
        (true, _) => Some(vec![end("Complete", "CompletionsReached")]),
        (_, true) => Some(vec![end("Failed", "BackoffLimitExceeded")]),
        _ => old.conditions.clone(),
    };
    let ready = active.iter().filter(|pod| is_ready(pod)).count();
    let status = JobStatus {
        active: count(if complete || broken { 0 } else { active.len() }),
        ready: count(ready),
        succeeded: count(succeeded),
        failed: count(failed),
        start_time: old.start_time.clone().or_else(|| now.clone()),
        completion_time: if complete { now.clone() } else { None },
        conditions,
        ..old
    };
    if job.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let api: Api<Job> = Api::namespaced(world.client.clone(), &job.namespace().unwrap_or_default());
    match api
        .patch_status(
            &job.name_any(),
            &PatchParams::default(),
            &Patch::Merge(json!({"status": status})),
        )
        .await
    {
        Err(kube::Error::Api(refused)) if refused.code == 404 => Ok(()),
        other => other.map(drop),
    }
}
