//! PATCH: merge, JSON, strategic merge, and server-side apply.

use std::sync::Arc;

use ::http::Response;
use serde_json::{Value, json};

use super::create::{insert, place};
use super::update::replace;
use super::{check_kind, existing, reply};
use crate::admission;
use crate::api::{Api, Call};
use crate::apply::{self, ApplyError, Conflicts};
use crate::http::{Body, body};
use crate::object;
use crate::patch as formats;
use crate::present;
use crate::schema::node::TypeSchema;
use crate::status::ApiError;
use crate::store::Tx;

/// PATCH of an object or of its status.
pub(crate) fn patch(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    if call.is_apply() {
        return apply(api, call);
    }
    let body = body::json(&call.body)?;
    let types = call.resource.type_schema();
    let stored = api.store.write(|tx| {
        let old = existing(tx, call)?;
        let mut patched = patched(call, present::versioned(&call.resource, &old), &body, &types)?;
        check_kind(&call.resource, &mut patched)?;
        admission::fields::check(call, &mut patched)?;
        let new = present::stored(&call.resource, patched);
        check_identity(&old, &new)?;
        replace(api, tx, call, &old, new)
    })?;
    admission::after_write(api, call, &stored);
    Ok(reply(call, 200, &stored))
}

/// Server-side apply: creates the object when it is absent.
fn apply(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    if call.query.text("fieldManager").is_empty() {
        return Err(ApiError::bad_request(
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ));
    }
    let mut config = body::yaml(&call.body)?;
    check_kind(&call.resource, &mut config)?;
    if object::name(&config).is_empty() {
        object::meta(&mut config).insert("name".to_owned(), call.name().into());
    }
    place(call, &mut config)?;
    admission::fields::check(call, &mut config)?;
    let (code, stored) = api.store.write(|tx| apply_in(api, tx, call, &config))?;
    admission::after_write(api, call, &stored);
    Ok(reply(call, code, &stored))
}

fn apply_in(api: &Api, tx: &mut Tx<'_>, call: &Call, config: &Value) -> Result<(u16, Arc<Value>), ApiError> {
    let types = call.resource.type_schema();
    let old = match existing(tx, call) {
        Ok(old) => Some(old),
        Err(missing) if call.target.subresource.is_some() => return Err(missing),
        Err(_) => None,
    };
    let live = old.as_ref().map(|old| present::versioned(&call.resource, old));
    let (manager, version, time) = (call.manager(), call.resource.api_version(), object::now());
    let conflicts = if call.query.flag("force") {
        Conflicts::Force
    } else {
        Conflicts::Refuse
    };
    let writer = call.writer(&manager, &version, &time);
    let merged =
        apply::apply(live.as_ref(), config, types.node(), writer, conflicts).map_err(refuse_apply)?;
    let new = present::stored(&call.resource, merged);
    match old {
        Some(old) => {
            check_identity(&old, &new)?;
            Ok((200, replace(api, tx, call, &old, new)?))
        }
        None => Ok((201, insert(api, tx, call, new)?)),
    }
}

fn refuse_apply(error: ApplyError) -> ApiError {
    let message = error.to_string();
    let ApplyError::Conflicts(conflicts) = error else {
        return ApiError::bad_request(message);
    };
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|conflict| {
            json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {}", conflict.owner), "field": conflict.field })
        })
        .collect();
    ApiError {
        code: 409,
        reason: "Conflict",
        message,
        details: Some(json!({ "causes": causes })),
    }
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
