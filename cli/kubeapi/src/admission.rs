//! What the server adds to and checks in a written object, between decoding and storing.

mod containers;
mod defaults;
mod definitions;
pub(crate) mod fields;
mod namespaces;
mod pods;
mod services;
mod validate;
pub(crate) mod webhooks;

pub(crate) use namespaces::furnish_in;

use serde_json::Value;

use crate::api::{Api, Call};
use crate::apply;
use crate::auth::access::CLUSTER_ROLES;
use crate::object;
use crate::resources::{Resource, crd};
use crate::status::ApiError;
use crate::store::{Key, Tx};

/// Admits a new object: scope, defaults, allocation, checks.
pub(crate) fn create(api: &Api, tx: &mut Tx<'_>, call: &Call, object: &mut Value) -> Result<(), ApiError> {
    let resource = &call.resource;
    if resource.namespaced {
        namespaces::check(tx, call, object)?;
    }
    object::normalize(object, is_typed(resource));
    defaults::apply(resource, object);
    match resource.collection.as_ref() {
        "namespaces" => namespaces::prepare(object),
        "pods" => pods::admit(tx, call, object)?,
        "services" => services::allocate(api, tx, None, object)?,
        crd::CRDS => definitions::prepare(object),
        _ => {}
    }
    definitions::check_custom(call, None, object)?;
    validate::create(resource, object)
}

/// Whether a real server decodes the object into a struct, where null is absence.
fn is_typed(resource: &Resource) -> bool {
    resource.custom.is_none()
        && !matches!(
            resource.collection.as_ref(),
            crd::CRDS | "controllerrevisions.apps"
        )
}

/// Admits a change.
pub(crate) fn update(
    api: &Api,
    tx: &mut Tx<'_>,
    call: &Call,
    old: &Value,
    new: &mut Value,
) -> Result<(), ApiError> {
    let resource = &call.resource;
    object::normalize(new, is_typed(resource));
    defaults::apply(resource, new);
    match resource.collection.as_ref() {
        "services" => services::allocate(api, tx, Some(old), new)?,
        crd::CRDS => definitions::prepare(new),
        "namespaces" if call.target.subresource.as_deref() != Some("finalize") => namespaces::keep(old, new),
        _ => {}
    }
    definitions::check_custom(call, Some(old), new)?;
    if call.target.subresource.as_deref() == Some("status") {
        return Ok(());
    }
    validate::update(resource, old, new)
}

/// What may not be deleted.
pub(crate) fn delete(resource: &Resource, object: &Value) -> Result<(), ApiError> {
    let protected = ["default", "kube-system", "kube-public", "kube-node-lease"];
    if resource.collection.as_ref() == "namespaces" && protected.contains(&object::name(object)) {
        return Err(ApiError::forbidden(
            resource.subject(),
            object::name(object),
            "this namespace may not be deleted",
        ));
    }
    Ok(())
}

/// Notes who changed which fields; an apply has noted it already.
pub(crate) fn record_update(call: &Call, old: Option<&Value>, new: &mut Value) {
    if call.is_apply() {
        return;
    }
    let types = call.resource.type_schema();
    let (manager, time) = (call.manager(), object::now());
    apply::record_update(
        old,
        new,
        types.node(),
        call.writer(&manager, &call.resource.api_version(), &time),
    );
}

/// What follows from a write that took effect.
pub(crate) fn after_write(api: &Api, call: &Call, stored: &Value) {
    if call.review.is_first() {
        return;
    }
    match call.resource.collection.as_ref() {
        crd::CRDS if call.dry_run => {}
        crd::CRDS => {
            definitions::serve(api, stored);
            for warning in crate::schema::crd::warnings(stored) {
                call.warn(warning);
            }
        }
        "namespaces" => namespaces::furnish(api, object::name(stored)),
        _ => {}
    }
    let is_called = api.config.webhooks
        && [webhooks::MUTATING, webhooks::VALIDATING].contains(&call.resource.collection.as_ref());
    if call.resource.group == "admissionregistration.k8s.io" && !is_called {
        call.warn(format!(
            "{} are stored, but this server does not call or evaluate them yet",
            call.resource.plural
        ));
    }
    if api.config.inert.contains(&call.resource.collection.as_ref()) {
        call.warn(format!(
            "{} are stored, but nothing in this cluster acts on them",
            call.resource.plural
        ));
    }
    let owned = object::at(stored, &["metadata", "ownerReferences"]).is_some();
    let role = call.resource.collection.as_ref() == CLUSTER_ROLES;
    if owned || role || object::is_terminating(stored) {
        api.housekeeping.notify_one();
    }
}

/// What follows from an object's removal.
pub(crate) fn after_removal(api: &Api, resource: &Resource, removed: &Value) {
    if resource.collection.as_ref() == crd::CRDS {
        api.registry.set_custom(object::name(removed), Vec::new());
    }
    api.housekeeping.notify_one();
}

/// Whether an object is there.
fn exists(tx: &Tx<'_>, collection: &str, namespace: &str, name: &str) -> bool {
    tx.find(collection, &Key::new(namespace, name)).is_some()
}
