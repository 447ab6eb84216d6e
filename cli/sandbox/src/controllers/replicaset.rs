//! `ReplicaSet`: as many pods as asked for.

use super::pods::{self, Owner};
use super::world::{World, controller_reference, is_active, is_ready, uid};
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::sync::Arc;

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    for set in world.replica_sets.state() {
        let all = world.pods_of(&uid(&*set));
        let active: Vec<_> = all.into_iter().filter(|pod| is_active(pod)).collect();
        if set.metadata.deletion_timestamp.is_none() && world.is_settled(&uid(&*set)) {
            scale(world, &set, &active).await?;
        }
        report(world, &set, &active).await?;
    }
    Ok(())
}

async fn scale(world: &World, set: &ReplicaSet, active: &[Arc<Pod>]) -> kube::Result<()> {
    let spec = set.spec.clone().unwrap_or_default();
    let wanted = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
    let owner = Owner {
        namespace: set.namespace().unwrap_or_default(),
        name: set.name_any(),
        uid: uid(set),
        reference: controller_reference(set),
    };
    if active.len() < wanted {
        let pod = pods::from_template(&owner, &spec.template.unwrap_or_default(), None);
        let made = (active.len()..wanted).map(|_| pods::create(world, &owner, &pod));
        futures::future::try_join_all(made).await?;
    } else if active.len() > wanted {
        let mut victims: Vec<_> = active.to_vec();
        victims.sort_by_key(|pod| victim_rank(pod));
        let ended = victims
            .iter()
            .take(active.len() - wanted)
            .map(|pod| pods::delete(world, &owner.uid, pod));
        futures::future::try_join_all(ended).await?;
    }
    Ok(())
}

/// Which pods go first: not placed, then not ready, then the youngest.
fn victim_rank(pod: &Pod) -> (bool, bool, std::cmp::Reverse<Option<jiff::Timestamp>>) {
    let placed = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
    (
        placed,
        is_ready(pod),
        std::cmp::Reverse(pod.metadata.creation_timestamp.as_ref().map(|time| time.0)),
    )
}

async fn report(world: &World, set: &ReplicaSet, active: &[Arc<Pod>]) -> kube::Result<()> {
    let count = |fits: fn(&Pod) -> bool| {
        i32::try_from(active.iter().filter(|pod| fits(pod)).count()).unwrap_or(i32::MAX)
    };
    let (all, ready) = (count(|_| true), count(is_ready));
    let status = ReplicaSetStatus {
        replicas: all,
        fully_labeled_replicas: Some(all),
        ready_replicas: Some(ready),
        available_replicas: Some(ready),
        observed_generation: set.metadata.generation,
        ..ReplicaSetStatus::default()
    };
    if set.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let api: Api<ReplicaSet> = Api::namespaced(world.client.clone(), &set.namespace().unwrap_or_default());
    let patch = json!({"status": status});
    match api
        .patch_status(&set.name_any(), &PatchParams::default(), &Patch::Merge(patch))
        .await
    {
        Err(kube::Error::Api(refused)) if refused.code == 404 => Ok(()),
        other => other.map(drop),
    }
}
