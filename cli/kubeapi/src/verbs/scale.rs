//! The `scale` subresource: one face for everything that has replicas.

use ::http::Response;
use serde_json::{Value, json};

use super::update::replace;
use super::{decode, existing};
use crate::api::{Api, Call};
use crate::http::{self as wire, Body, body};
use crate::object;
use crate::resources::Resource;
use crate::schema::node::TypeSchema;
use crate::status::ApiError;

/// GET, PUT or PATCH of a scale.
pub(crate) fn perform(api: &Api, verb: &str, call: &Call) -> Result<Response<Body>, ApiError> {
    let stored = api.store.write(|tx| {
        let old = existing(tx, call)?;
        let mut scale = scale_of(&call.resource, &old);
        match verb {
            "get" => return Ok(old),
            "update" => scale = decode(call)?,
            _ => {
                scale = super::patch::patched(call, scale, &body::json(&call.body)?, &TypeSchema::untyped())?;
            }
        }
        let wanted = object::version(&scale);
        if !wanted.is_empty() && wanted != object::version(&old) {
            return Err(ApiError::modified(call.resource.subject(), call.name()));
        }
        let replicas = object::int(&scale, &["spec", "replicas"]).unwrap_or(0);
        let mut new = (*old).clone();
        set_path(&mut new, &paths(&call.resource).0, replicas.into());
        replace(api, tx, call, &old, new)
    })?;
    Ok(wire::json(200, &scale_of(&call.resource, &stored)))
}

/// Where wanted replicas, present replicas and the selector are.
fn paths(resource: &Resource) -> (String, String, Option<String>) {
    let custom = resource.custom.as_ref().and_then(|custom| custom.scale.as_ref());
    let path = |key: &str| {
        custom
            .and_then(|scale| object::text(scale, &[key]))
            .map(|path| path.trim_start_matches('.').to_owned())
    };
    match custom {
        Some(_) => (
            path("specReplicasPath").unwrap_or_default(),
            path("statusReplicasPath").unwrap_or_default(),
            path("labelSelectorPath"),
        ),
        None => (
            "spec.replicas".to_owned(),
            "status.replicas".to_owned(),
            Some("spec.selector".to_owned()),
        ),
    }
}

fn value_at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object::at(object, &path.split('.').collect::<Vec<_>>())
}

fn set_path(object: &mut Value, path: &str, value: Value) {
    object::set(object, &path.split('.').collect::<Vec<_>>(), value);
}

fn scale_of(resource: &Resource, object: &Value) -> Value {
    let (spec, status, selector) = paths(resource);
    let number = |path: &str| value_at(object, path).and_then(Value::as_i64).unwrap_or(0);
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": object::name(object), "namespace": object::namespace(object), "uid": object::uid(object),
            "resourceVersion": object::version(object), "creationTimestamp": object["metadata"]["creationTimestamp"],
        },
        "spec": { "replicas": number(&spec) },
        "status": { "replicas": number(&status) },
    });
    if let Some(selector) = selector.and_then(|path| value_at(object, &path)) {
        scale["status"]["selector"] = selector_text(selector).into();
    }
    scale
}

/// A selector in its string form.
pub(crate) fn selector_text(selector: &Value) -> String {
    if let Some(text) = selector.as_str() {
        return text.to_owned();
    }
    let labels = selector.get("matchLabels").unwrap_or(selector);
    let pairs = labels.as_object().into_iter().flatten();
    let equal = pairs.filter_map(|(key, value)| value.as_str().map(|value| format!("{key}={value}")));
    let set = object::list(selector, &["matchExpressions"])
        .iter()
        .map(|expression| {
            let key = object::text(expression, &["key"]).unwrap_or_default();
            let values: Vec<&str> = object::list(expression, &["values"])
                .iter()
                .filter_map(Value::as_str)
                .collect();
            match object::text(expression, &["operator"]).unwrap_or_default() {
                "Exists" => key.to_owned(),
                "DoesNotExist" => format!("!{key}"),
                "NotIn" => format!("{key} notin ({})", values.join(",")),
                _ => format!("{key} in ({})", values.join(",")),
            }
        });
    equal.chain(set).collect::<Vec<_>>().join(",")
}
