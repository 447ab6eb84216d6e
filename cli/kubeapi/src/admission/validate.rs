//! Checks of written objects: names, what must be there, what cannot change.

mod names;
mod pods;
mod workloads;

use serde_json::Value;

use crate::object;
use crate::resources::Resource;
use crate::status::{ApiError, FieldError};

fn refuse(resource: &Resource, object: &Value, errors: &[FieldError]) -> Result<(), ApiError> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(
        resource.kind_subject(),
        object::name(object),
        errors,
    ))
}

/// Checks a new object.
pub(super) fn create(resource: &Resource, object: &Value) -> Result<(), ApiError> {
    let mut errors = names::metadata(resource, object);
    errors.extend(kind(resource, object));
    refuse(resource, object, &errors)
}

/// Checks a changed object.
pub(super) fn update(resource: &Resource, old: &Value, new: &Value) -> Result<(), ApiError> {
    let mut errors = names::labels(new);
    errors.extend(kind(resource, new));
    errors.extend(immutable(resource, old, new));
    refuse(resource, new, &errors)
}

fn kind(resource: &Resource, object: &Value) -> Vec<FieldError> {
    match resource.collection.as_ref() {
        "pods" => pods::spec(object.get("spec").unwrap_or(&Value::Null), "spec"),
        "deployments.apps" | "replicasets.apps" | "daemonsets.apps" | "statefulsets.apps" => {
            workloads::workload(object)
        }
        "jobs.batch" => workloads::job(object),
        "services" => workloads::service(object),
        "configmaps" | "secrets" => workloads::keys(object),
        "clusterrolebindings.rbac.authorization.k8s.io" | "rolebindings.rbac.authorization.k8s.io" => {
            workloads::binding(object)
        }
        crate::resources::crd::CRDS => workloads::definition(object),
        _ => Vec::new(),
    }
}

/// Fields that are fixed for life, by kind.
fn immutable(resource: &Resource, old: &Value, new: &Value) -> Vec<FieldError> {
    let fields: &[&[&str]] = match resource.collection.as_ref() {
        "deployments.apps" | "replicasets.apps" | "daemonsets.apps" => &[&["spec", "selector"]],
        "statefulsets.apps" => &[&["spec", "selector"], &["spec", "serviceName"]],
        "jobs.batch" => &[&["spec", "selector"], &["spec", "template"]],
        "secrets" => &[&["type"]],
        "clusterrolebindings.rbac.authorization.k8s.io" | "rolebindings.rbac.authorization.k8s.io" => {
            &[&["roleRef"]]
        }
        crate::resources::crd::CRDS => &[&["spec", "group"], &["spec", "scope"]],
        "pods" => return pods::immutable(old, new),
        "services" => return workloads::immutable_service(old, new),
        "configmaps" => &[],
        _ => return Vec::new(),
    };
    let mut errors: Vec<FieldError> = fields
        .iter()
        .filter(|path| object::at(old, path) != object::at(new, path))
        .map(|path| {
            let value = object::at(new, path).cloned().unwrap_or_default();
            FieldError::invalid(path.join("."), &value, "field is immutable")
        })
        .collect();
    let sealed = old.get("immutable").and_then(Value::as_bool).unwrap_or(false);
    for field in ["data", "binaryData", "immutable"] {
        if sealed && old.get(field) != new.get(field) {
            errors.push(FieldError::forbidden(
                field,
                "field is immutable when `immutable` is set",
            ));
        }
    }
    errors
}
