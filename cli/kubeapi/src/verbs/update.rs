//! PUT of an object, and what every change of an existing object goes through.

use std::sync::Arc;

use ::http::Response;
use serde_json::Value;

use super::create::{insert, place};
use super::{existing, reply, written};
use crate::admission;
use crate::api::{Api, Call};
use crate::auth::access::check_grant;
use crate::http::Body;
use crate::object;
use crate::resources::Resource;
use crate::status::{ApiError, FieldError};
use crate::store::{Key, Tx};

/// PUT of an object or of its status.
pub(crate) fn update(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let mut object = written(call)?;
    place(call, &mut object)?;
    let own = object::name(&object);
    if own != call.name() {
        let why = format!(
            "the name of the object ({own}) does not match the name on the URL ({})",
            call.name()
        );
        return Err(ApiError::bad_request(why));
    }
    let stored = api.store.write(|tx| {
        let old = existing(tx, call);
        match old {
            Ok(old) => replace(api, tx, call, &old, object),
            Err(missing) if !creates_on_update(&call.resource) || call.target.subresource.is_some() => {
                Err(missing)
            }
            Err(_) => insert(api, tx, call, object),
        }
    })?;
    admission::after_write(api, call, &stored);
    Ok(reply(call, 200, &stored))
}

/// Kinds whose names mean something by themselves may be created by PUT.
fn creates_on_update(resource: &Resource) -> bool {
    matches!(
        resource.collection.as_ref(),
        "leases.coordination.k8s.io" | "endpoints" | "events"
    ) || resource.group == "rbac.authorization.k8s.io"
}

/// Replaces `old` by `new` after admission; removes it when its last finalizer went.
pub(crate) fn replace(
    api: &Api,
    tx: &mut Tx<'_>,
    call: &Call,
    old: &Arc<Value>,
    mut new: Value,
) -> Result<Arc<Value>, ApiError> {
    let resource = &call.resource;
    new = call.review.reviewed(Some(old), new)?;
    check_unmodified(call, old, &new)?;
    check_grant(tx, &call.user, &resource.collection, &new)?;
    match call.target.subresource.as_deref() {
        Some("status" | "approval") => keep_all_but_status(resource, old, &mut new),
        Some("finalize") => {}
        _ => keep_status(resource, old, &mut new),
    }
    keep_server_fields(old, &mut new);
    if object::is_terminating(old) {
        check_finalizers(resource, old, &new)?;
    }
    admission::update(api, tx, call, old, &mut new)?;
    admission::record_update(call, Some(old), &mut new);
    count_generation(resource, old, &mut new);
    if call.review.note(Some(old), Some(&new)) || call.dry_run {
        return Ok(Arc::new(new));
    }
    if is_done(resource, &new) {
        tx.put(&resource.collection, new);
        let removed = tx
            .remove(&resource.collection, &Key::of(old))
            .unwrap_or_else(|| Arc::clone(old));
        admission::after_removal(api, resource, &removed);
        return Ok(removed);
    }
    Ok(tx.put(&resource.collection, new))
}

fn check_unmodified(call: &Call, old: &Value, new: &Value) -> Result<(), ApiError> {
    let resource = &call.resource;
    let (wanted, uid) = (object::version(new), object::uid(new));
    if !uid.is_empty() && uid != object::uid(old) {
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            object::uid(old)
        );
        return Err(ApiError::conflict(resource.subject(), call.name(), &why));
    }
    if wanted.is_empty() && resource.custom.is_some() {
        let missing = FieldError::invalid(
            "metadata.resourceVersion",
            &0.into(),
            "must be specified for an update",
        );
        return Err(ApiError::invalid(
            resource.kind_subject(),
            call.name(),
            &[missing],
        ));
    }
    if !wanted.is_empty() && wanted != object::version(old) {
        return Err(ApiError::modified(resource.subject(), call.name()));
    }
    Ok(())
}

/// A status write changes status, and of metadata only what controllers set with it.
fn keep_all_but_status(resource: &Resource, old: &Value, new: &mut Value) {
    let status = new.get("status").cloned();
    let metadata = new.get("metadata").cloned().unwrap_or_default();
    *new = old.clone();
    object::map(new).remove("status");
    if let Some(status) = status {
        object::set(new, &["status"], status);
    }
    let mut kept = vec!["managedFields"];
    if resource.custom.is_none() {
        kept.extend(["labels", "annotations"]);
    }
    for field in kept {
        match metadata.get(field) {
            Some(value) => object::set(new, &["metadata", field], value.clone()),
            None => drop(object::remove(new, &["metadata", field])),
        }
    }
}

/// A write of the object leaves status alone where status has a path of its own.
fn keep_status(resource: &Resource, old: &Value, new: &mut Value) {
    if !resource.has_status() {
        return;
    }
    match old.get("status") {
        Some(status) => object::set(new, &["status"], status.clone()),
        None => drop(object::remove(new, &["status"])),
    }
}

fn keep_server_fields(old: &Value, new: &mut Value) {
    let fields = [
        "uid",
        "creationTimestamp",
        "resourceVersion",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generateName",
    ];
    for field in fields {
        match object::at(old, &["metadata", field]) {
            Some(value) => object::set(new, &["metadata", field], value.clone()),
            None => drop(object::remove(new, &["metadata", field])),
        }
    }
    object::meta(new).remove("selfLink");
}

/// Once deletion has begun, finalizers can only go.
fn check_finalizers(resource: &Resource, old: &Value, new: &Value) -> Result<(), ApiError> {
    let before = object::finalizers(old);
    let added: Vec<&str> = object::finalizers(new)
        .into_iter()
        .filter(|name| !before.contains(name))
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let why = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers {added:?}"
    );
    let error = FieldError::forbidden("metadata.finalizers", &why);
    Err(ApiError::invalid(
        resource.kind_subject(),
        object::name(old),
        &[error],
    ))
}

/// Anything but metadata and status is what `generation` counts.
fn count_generation(resource: &Resource, old: &Value, new: &mut Value) {
    if !resource.counts_generation() {
        return;
    }
    let body = |value: &Value| {
        let mut body = value.as_object().cloned().unwrap_or_default();
        for ignored in ["metadata", "apiVersion", "kind"] {
            body.remove(ignored);
        }
        if resource.has_status() {
            body.remove("status");
        }
        body
    };
    if body(old) != body(new) {
        let generation = object::int(old, &["metadata", "generation"]).unwrap_or(0) + 1;
        object::set(new, &["metadata", "generation"], generation);
    }
}

/// Whether nothing holds a terminating object any more.
fn is_done(resource: &Resource, object: &Value) -> bool {
    let waits = match resource.collection.as_ref() {
        "pods" => object::int(object, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0) > 0,
        "namespaces" => !object::list(object, &["spec", "finalizers"]).is_empty(),
        _ => false,
    };
    object::is_terminating(object) && object::finalizers(object).is_empty() && !waits
}
