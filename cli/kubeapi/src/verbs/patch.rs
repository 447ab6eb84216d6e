//! PATCH: merge, JSON, strategic merge, and server-side apply.

use ::http::Response;
use serde_json::Value;

use super::update::replace;
use super::{existing, reply, storage_version};
use crate::admission;
use crate::api::{Api, Call};
use crate::http::{Body, body};
use crate::object;
use crate::patch as formats;
use crate::present;
use crate::schema::node::TypeSchema;
use crate::status::ApiError;

/// PATCH of an object or of its status.
pub(crate) fn patch(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let body = match call.media_type.as_str() {
        "application/apply-patch+yaml" | "application/yaml" => body::yaml(&call.body)?,
        _ => body::json(&call.body)?,
    };
    let types = call.resource.type_schema();
    let stored = api.store.write(|tx| {
        let old = existing(tx, call)?;
        let patched = patched(call, present::versioned(&call.resource, &old), &body, &types)?;
        let mut new = present::stored(&call.resource, patched, &storage_version(api, &call.resource));
        check_identity(&old, &new)?;
        admission::record_update(call, &old, &mut new);
        replace(api, tx, call, &old, new)
    })?;
    admission::after_write(api, call, &stored);
    Ok(reply(call, 200, &stored))
}

/// The object after one of the patches that do not know owners.
pub(crate) fn patched(
    call: &Call,
    current: Value,
    patch: &Value,
    types: &TypeSchema,
) -> Result<Value, ApiError> {
    let patched = match call.media_type.as_str() {
        "application/merge-patch+json" => Ok(formats::merge::apply(current, patch)),
        "application/json-patch+json" => formats::json::apply(current, patch),
        "application/strategic-merge-patch+json" if call.resource.custom.is_none() => {
            formats::strategic::apply(current, patch, types.node())
        }
        other => return Err(unsupported(call, other)),
    };
    patched.map_err(|error| {
        let (code, reason) = error.code_and_reason();
        ApiError {
            code,
            reason,
            message: error.to_string(),
            details: None,
        }
    })
}

fn unsupported(call: &Call, media_type: &str) -> ApiError {
    let strategic = if call.resource.custom.is_none() {
        ", application/strategic-merge-patch+json"
    } else {
        ""
    };
    ApiError::unsupported_media_type(format!(
        "the body of the request was in an unknown format - accepted media types include: \
         application/json-patch+json, application/merge-patch+json{strategic} (got {media_type})"
    ))
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
