//! What an owner applied before and renders no more.

use super::component::{label, meta, title_of};
use super::kinds::{Kind, REMOVABLE};
use super::plan::Plan;
use super::wait::encode;
use crate::cluster::{Cluster, Deletion, discovery};
use crate::exit::Failure;
use mesh_wire::well_known::label::OPERATOR_OWNER;
use serde_json::{Value, json};
use std::collections::HashSet;

/// An object with this label set to `true` is never pruned.
pub(crate) const PROTECTED: &str = "install.operator.istio.io/owning-resource-not-pruned";

/// Every object of these kinds that a label selector fits, with `apiVersion` and `kind` set.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_labelled(
    cluster: &Cluster,
    kinds: &[Kind],
    selector: &str,
) -> Result<Vec<Value>, Failure> {
    let selector = encode(selector);
    let mut found = Vec::new();
    for kind in kinds {
        let Some(resource) = cluster.fetch_resource(kind.api_version, kind.kind).await? else {
            continue;
        };
        let root = discovery::root(kind.api_version);
        let path = format!("{root}/{}?labelSelector={selector}", resource.plural);
        for mut object in cluster.list(&path).await? {
            object["apiVersion"] = json!(kind.api_version);
            object["kind"] = json!(kind.kind);
            found.push(object);
        }
    }
    Ok(found)
}

/// The objects of the plan's owner that the plan does not hold.
///
/// # Errors
/// The API cannot be asked.
pub async fn fetch_surplus(cluster: &Cluster, plan: &Plan) -> Result<Vec<Value>, Failure> {
    let selector = format!("{OPERATOR_OWNER}={}", plan.owner);
    let held: HashSet<_> = plan.objects().map(title_of).collect();
    let mut found = fetch_labelled(cluster, &REMOVABLE, &selector).await?;
    found.retain(|object| {
        !held.contains(&title_of(object))
            && label(object, PROTECTED) != Some("true")
            && object["metadata"]["deletionTimestamp"].is_null()
            && object["metadata"]["ownerReferences"]
                .as_array()
                .is_none_or(Vec::is_empty)
    });
    Ok(found)
}

/// Deletes objects; what was gone already is fine.
///
/// # Errors
/// The first refusal.
pub async fn delete(cluster: &Cluster, objects: &[Value]) -> Result<(), Failure> {
    for object in objects {
        let path = cluster.fetch_path(object).await?;
        cluster.delete(&path, Deletion::Foreground).await?;
    }
    Ok(())
}

/// The names of objects, for one line of a message.
#[must_use]
pub fn names(objects: &[&Value], at_most: usize) -> String {
    let mut names: Vec<String> = objects
        .iter()
        .take(at_most)
        .map(|object| title_of(object))
        .collect();
    if objects.len() > at_most {
        names.push(format!("and {} more", objects.len() - at_most));
    }
    names.join(", ")
}

/// The names of namespaces, for one line of a message.
#[must_use]
pub fn plain_names(objects: &[Value]) -> String {
    objects
        .iter()
        .map(|object| meta(object, "name"))
        .collect::<Vec<_>>()
        .join(", ")
}
