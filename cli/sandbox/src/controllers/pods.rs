//! Pods made from templates, and taken away.

use super::world::{World, uid};
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::{Api, ResourceExt};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// For whom a pod is made.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) reference: Option<OwnerReference>,
}

/// The pod that a template describes; with a fixed name or one made from the owner's.
pub(super) fn from_template(owner: &Owner, template: &PodTemplateSpec, name: Option<String>) -> Pod {
    let given = template.metadata.clone().unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            generate_name: name.is_none().then(|| format!("{}-", owner.name)),
            name,
            namespace: Some(owner.namespace.clone()),
            labels: given.labels,
            annotations: given.annotations,
            finalizers: given.finalizers,
            owner_references: owner.reference.clone().map(|reference| vec![reference]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// Makes the pod and remembers that it was made.
pub(super) async fn create(world: &World, owner: &Owner, pod: &Pod) -> kube::Result<()> {
    let api: Api<Pod> = Api::namespaced(world.client.clone(), &owner.namespace);
    let made = api.create(&PostParams::default(), pod).await?;
    world.expected.creation(&owner.uid, uid(&made));
    Ok(())
}

/// Asks for the pod's end and remembers that.
pub(super) async fn delete(world: &World, owner: &str, pod: &Pod) -> kube::Result<()> {
    let api: Api<Pod> = Api::namespaced(world.client.clone(), &pod.namespace().unwrap_or_default());
    let preconditions = Some(Preconditions {
        uid: pod.uid(),
        resource_version: None,
    });
    let parameters = DeleteParams {
        preconditions,
        ..DeleteParams::default()
    };
    match api.delete(&pod.name_any(), &parameters).await {
        Err(kube::Error::Api(refused)) if refused.code == 404 || refused.code == 409 => {}
        other => drop(other?),
    }
    world.expected.deletion(owner, uid(pod));
    Ok(())
}

/// A short name for what a template says.
pub(super) fn template_hash(template: &PodTemplateSpec) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(template)
        .unwrap_or_default()
        .hash(&mut hasher);
    let mut rest = hasher.finish();
    let mut name = String::new();
    for _ in 0..10 {
        let index = usize::try_from(rest % LETTERS.len() as u64).unwrap_or(0);
        name.push(char::from(LETTERS[index]));
        rest /= LETTERS.len() as u64;
    }
    name
}
