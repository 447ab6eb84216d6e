//! `StatefulSet`: numbered pods, one after the other. Without volume claims, which a sandbox has none of.

use super::pods::{self, Owner, template_hash};
use super::world::{World, controller_reference, is_active, is_ready, uid};
use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use std::sync::Arc;

const HASH: &str = "controller-revision-hash";

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    for set in world.stateful_sets.state() {
        let pods = world.pods_of(&uid(&*set));
        if set.metadata.deletion_timestamp.is_none() && world.is_settled(&uid(&*set)) {
            one(world, &set, &pods).await?;
        }
        report(world, &set, &pods).await?;
    }
    Ok(())
}

async fn one(world: &World, set: &StatefulSet, pods: &[Arc<Pod>]) -> kube::Result<()> {
    let spec = set.spec.clone().unwrap_or_default();
    let hash = template_hash(&spec.template);
    let owner = Owner {
        namespace: set.namespace().unwrap_or_default(),
        name: set.name_any(),
        uid: uid(set),
        reference: controller_reference(set),
    };
    let parallel = spec.pod_management_policy.as_deref() == Some("Parallel");
    let wanted = spec.replicas.unwrap_or(1);
    for index in 0..wanted {
        let name = format!("{}-{index}", owner.name);
        match pods.iter().find(|pod| pod.name_any() == name) {
            None => {
                let mut template = spec.template.clone();
                let labels = template
                    .metadata
                    .get_or_insert_default()
                    .labels
                    .get_or_insert_default();
                labels.insert(HASH.into(), hash.clone());
                labels.insert("statefulset.kubernetes.io/pod-name".into(), name.clone());
                labels.insert("apps.kubernetes.io/pod-index".into(), index.to_string());
                let mut pod = pods::from_template(&owner, &template, Some(name.clone()));
                let inner = pod.spec.get_or_insert_default();
                inner.hostname = Some(name);
                inner.subdomain.clone_from(&spec.service_name);
                pods::create(world, &owner, &pod).await?;
            }
            Some(pod) if pod.metadata.deletion_timestamp.is_none() && !is_active(pod) => {
                pods::delete(world, &owner.uid, pod).await?;
            }
            Some(pod) if is_ready(pod) => continue,
            Some(_) => {}
        }
        if !parallel {
            return Ok(());
        }
    }
    let number = |pod: &Pod| {
        pod.name_any()
            .rsplit_once('-')
            .and_then(|(_, number)| number.parse::<i32>().ok())
            .unwrap_or(0)
    };
    let mut active: Vec<_> = pods.iter().filter(|pod| is_active(pod)).collect();
    active.sort_by_key(|pod| -number(pod));
    let outdated = |pod: &Pod| pod.labels().get(HASH) != Some(&hash);
    let surplus = active.iter().find(|pod| number(pod) >= wanted);
    // from the last to the first, one at a time
    if let Some(pod) = surplus.or_else(|| active.iter().find(|pod| outdated(pod))) {
        pods::delete(world, &owner.uid, pod).await?;
    }
    Ok(())
}

async fn report(world: &World, set: &StatefulSet, pods: &[Arc<Pod>]) -> kube::Result<()> {
    let hash = template_hash(&set.spec.clone().unwrap_or_default().template);
    let count = |fits: &dyn Fn(&Pod) -> bool| {
        i32::try_from(pods.iter().filter(|pod| is_active(pod) && fits(pod)).count()).unwrap_or(i32::MAX)
    };
    let (all, ready) = (count(&|_| true), count(&is_ready));
    let updated = count(&|pod| pod.labels().get(HASH) == Some(&hash));
    let status = StatefulSetStatus {
        replicas: all,
        ready_replicas: Some(ready),
        available_replicas: Some(ready),
        current_replicas: Some(updated),
        updated_replicas: Some(updated),
        current_revision: Some(format!("{}-{hash}", set.name_any())),
        update_revision: Some(format!("{}-{hash}", set.name_any())),
        observed_generation: set.metadata.generation,
        ..StatefulSetStatus::default()
    };
    if set.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let api: Api<StatefulSet> = Api::namespaced(world.client.clone(), &set.namespace().unwrap_or_default());
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
