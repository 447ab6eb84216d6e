//! PATCH: merge, JSON, strategic merge, and server-side apply.

use ::http::Response;
use serde_json::Value;

use super::update::replace;
use super::{existing, reply, storage_version};
use crate::admission;
use crate::api::{Api, Call};
use crate::http::{Body, body};
use crate::object;
use crate::present;
use crate::status::ApiError;

/// PATCH of an object or of its status.
pub(crate) fn patch(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let body = match call.media_type.as_str() {
        "application/apply-patch+yaml" | "application/yaml" => body::yaml(&call.body)?,
        _ => body::json(&call.body)?,
    };
    let stored = api.store.write(|tx| {
        let old = existing(tx, call)?;
        let patched = patched(call, &present::versioned(&call.resource, &old), &body)?;
        let mut new = present::stored(&call.resource, patched, &storage_version(api, &call.resource));
        check_identity(&old, &new)?;
        admission::record_update(call, &old, &mut new);
        replace(api, tx, call, &old, new)
    })?;
    admission::after_write(api, call, &stored);
    Ok(reply(call, 200, &stored))
}

fn patched(call: &Call, current: &Value, patch: &Value) -> Result<Value, ApiError> {
    match call.media_type.as_str() {
        "application/merge-patch+json" => {
            let mut new = current.clone();
            merge(&mut new, patch);
            Ok(new)
        }
        other => Err(ApiError::unsupported_media_type(format!(
            "the body of the request was in an unknown format - accepted media types include: \
             application/merge-patch+json (got {other})"
        ))),
    }
}

/// RFC 7396.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    let target = object::map(target);
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// A patch cannot move an object.
fn check_identity(old: &Value, new: &Value) -> Result<(), ApiError> {
    let same = object::name(old) == object::name(new) && object::namespace(old) == object::namespace(new);
    if same {
        Ok(())
    } else {
        Err(ApiError::bad_request(
            "the name of the object does not match the name on the URL",
        ))
    }
}
