//! The verbs on resources.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod pages;
pub(crate) mod patch;
pub(crate) mod read;
pub(crate) mod scale;
pub(crate) mod special;
pub(crate) mod streams;
pub(crate) mod update;
pub(crate) mod watch;

use std::sync::Arc;

use ::http::Response;
use serde_json::Value;

use crate::admission;
use crate::admission::webhooks::review;
use crate::api::{Api, Call};
use crate::http::{self as wire, Body, body};
use crate::present::{self, Presenter};
use crate::resources::{Backing, Resource};
use crate::status::ApiError;
use crate::store::{Key, Tx};

/// Performs an authorized verb.
pub(crate) async fn perform(api: &Arc<Api>, verb: &str, call: &Call) -> Result<Response<Body>, ApiError> {
    if call.resource.backing == Backing::Virtual {
        return special::virtual_resource(api, verb, call).await;
    }
    match (verb, call.target.subresource.as_deref()) {
        ("create", Some(part)) => special::create_part(api, call, part),
        (_, Some("scale")) => scale::perform(api, verb, call),
        ("get", _) => read::get(api, call),
        ("list", None) => read::list(api, call),
        ("watch", None) => watch::watch(api, call),
        ("create", None) => review::perform(api, call, "CREATE", || create::create(api, call)).await,
        ("update", _) => review::perform(api, call, "UPDATE", || update::update(api, call)).await,
        ("patch", _) => review::perform(api, call, "UPDATE", || patch::patch(api, call)).await,
        ("delete", None) => review::perform(api, call, "DELETE", || delete::delete(api, call)).await,
        ("deletecollection", None) => {
            review::perform(api, call, "DELETE", || delete::delete_collection(api, call)).await
        }
        _ => Err(ApiError::method_not_allowed(&call.resource.plural)),
    }
}

/// How this call wants to see objects.
pub(crate) fn presenter(call: &Call) -> Presenter<'_> {
    Presenter {
        resource: &call.resource,
        shape: call.shape,
        include: call.query.text("includeObject"),
    }
}

/// Answers with one object.
pub(crate) fn reply(call: &Call, code: u16, stored: &Value) -> Response<Body> {
    wire::json(code, &presenter(call).object(stored))
}

/// The object a client wrote, in its stored form, with group, version and kind checked.
pub(crate) fn written(call: &Call) -> Result<Value, ApiError> {
    let mut object = decode(call)?;
    check_kind(&call.resource, &mut object)?;
    admission::fields::check(call, &mut object)?;
    Ok(present::stored(&call.resource, object))
}

/// The body as an object.
pub(crate) fn decode(call: &Call) -> Result<Value, ApiError> {
    let object = body::decode(&call.media_type, &call.body)?;
    if object.is_object() {
        Ok(object)
    } else {
        Err(ApiError::bad_request("the body of the request is not an object"))
    }
}

/// A body may leave out what the path says, but not contradict it.
pub(crate) fn check_kind(resource: &Resource, object: &mut Value) -> Result<(), ApiError> {
    let expected = [
        ("apiVersion", resource.api_version()),
        ("kind", resource.kind.clone()),
    ];
    for (field, expected) in expected {
        let found = object.get(field).and_then(Value::as_str).unwrap_or_default();
        if found.is_empty() {
            crate::object::set(object, &[field], expected);
        } else if found != expected {
            return Err(ApiError::bad_request(format!(
                "the {field} in the data ({found}) does not match the expected {field} ({expected})"
            )));
        }
    }
    Ok(())
}

/// The object the path names, or 404.
pub(crate) fn existing(tx: &Tx<'_>, call: &Call) -> Result<Arc<Value>, ApiError> {
    tx.find(
        &call.resource.collection,
        &Key::new(call.namespace(), call.name()),
    )
    .ok_or_else(|| ApiError::not_found(call.resource.subject(), call.name()))
}
