//! POST of an object.

use std::sync::Arc;

use ::http::Response;
use serde_json::Value;

use super::{reply, written};
use crate::admission;
use crate::api::{Api, Call};
use crate::auth::access::check_grant;
use crate::http::Body;
use crate::object;
use crate::status::ApiError;
use crate::store::{Key, Tx};

/// POST to a collection.
pub(crate) fn create(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    if call.resource.namespaced && call.target.namespace.is_none() {
        return Err(ApiError::method_not_allowed(&call.resource.plural));
    }
    let mut object = written(call)?;
    place(call, &mut object)?;
    let stored = api.store.write(|tx| insert(api, tx, call, object))?;
    admission::after_write(api, call, &stored);
    Ok(reply(call, 201, &stored))
}

/// Puts the object where the path says; a body that says otherwise is refused.
pub(crate) fn place(call: &Call, object: &mut Value) -> Result<(), ApiError> {
    let path = call.namespace();
    let own = object::namespace(object);
    if !own.is_empty() && own != path {
        let why = format!(
            "the namespace of the provided object does not match the namespace sent on the request ({own} is not {path})"
        );
        return Err(ApiError::bad_request(why));
    }
    let meta = object::meta(object);
    if call.resource.namespaced {
        meta.insert("namespace".to_owned(), path.into());
    } else {
        meta.remove("namespace");
    }
    Ok(())
}

/// Stores a new object after admission. On a dry run nothing is kept.
pub(crate) fn insert(
    api: &Api,
    tx: &mut Tx<'_>,
    call: &Call,
    mut object: Value,
) -> Result<Arc<Value>, ApiError> {
    let resource = &call.resource;
    object = call.review.reviewed(None, object)?;
    name(&mut object);
    initialize(call, &mut object);
    check_grant(tx, &call.user, &resource.collection, &object)?;
    admission::create(api, tx, call, &mut object)?;
    admission::record_update(call, None, &mut object);
    let key = Key::of(&object);
    if tx.find(&resource.collection, &key).is_some() {
        return Err(ApiError::already_exists(resource.subject(), &key.name));
    }
    if call.review.note(None, Some(&object)) || call.dry_run {
        return Ok(Arc::new(object));
    }
    Ok(tx.put(&resource.collection, object))
}

fn name(object: &mut Value) {
    if object::name(object).is_empty() {
        let prefix = object::text(object, &["metadata", "generateName"]).unwrap_or_default();
        if !prefix.is_empty() {
            let name = format!(
                "{}{}",
                &prefix[..prefix.floor_char_boundary(58)],
                object::name_suffix()
            );
            object::meta(object).insert("name".to_owned(), name.into());
        }
    }
}

/// What the server alone decides about a new object.
fn initialize(call: &Call, object: &mut Value) {
    let resource = &call.resource;
    if resource.has_status() && resource.collection.as_ref() != crate::resources::crd::CRDS {
        object::map(object).remove("status");
    }
    let meta = object::meta(object);
    for foreign in [
        "resourceVersion",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
        "generation",
    ] {
        meta.remove(foreign);
    }
    meta.insert("uid".to_owned(), object::new_uid().into());
    meta.insert("creationTimestamp".to_owned(), object::now().into());
    if resource.counts_generation() {
        meta.insert("generation".to_owned(), 1.into());
    }
}
