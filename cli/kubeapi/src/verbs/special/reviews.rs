//! Reviews: who is this token, who am I, may they, what may I.

use ::http::Response;
use serde_json::{Value, json};

use crate::api::{Api, Call};
use crate::auth::User;
use crate::auth::rbac::Attributes;
use crate::auth::token::ISSUER;
use crate::http::{self as wire, Body};
use crate::object;
use crate::status::ApiError;
use crate::verbs::decode;

/// POST of any review.
pub(super) fn create(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let mut review = decode(call)?;
    let status = match call.resource.plural.as_str() {
        "tokenreviews" => token(api, &mut review),
        "selfsubjectreviews" => json!({ "userInfo": call.user.to_json() }),
        "selfsubjectaccessreviews" => access(api, &call.user, &review)?,
        "selfsubjectrulesreviews" => rules(api, &call.user, &review),
        "localsubjectaccessreviews" => {
            let namespace =
                object::text(&review, &["spec", "resourceAttributes", "namespace"]).unwrap_or_default();
            if namespace != call.namespace() {
                return Err(ApiError::bad_request(
                    "spec.resourceAttributes.namespace: must match the namespace of the review",
                ));
            }
            access(api, &subject(&review), &review)?
        }
        _ => access(api, &subject(&review), &review)?,
    };
    object::set(&mut review, &["status"], status);
    object::set(&mut review, &["apiVersion"], call.resource.api_version());
    object::set(&mut review, &["kind"], call.resource.kind.as_str());
    object::set(&mut review, &["metadata", "creationTimestamp"], Value::Null);
    Ok(wire::json(201, &review))
}

fn token(api: &Api, review: &mut Value) -> Value {
    let text = object::text(review, &["spec", "token"])
        .unwrap_or_default()
        .to_owned();
    let mut audiences: Vec<String> = object::list(review, &["spec", "audiences"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if audiences.is_empty() {
        audiences.push(ISSUER.to_owned());
    }
    // the answer does not repeat the secret
    object::set(review, &["spec", "token"], "");
    match api.verify_token(&text, &audiences) {
        Some((user, shared)) => json!({ "authenticated": true, "user": user.to_json(), "audiences": shared }),
        None => json!({ "user": {}, "error": "invalid bearer token" }),
    }
}

fn subject(review: &Value) -> User {
    let texts = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let extra = object::at(review, &["spec", "extra"]).and_then(Value::as_object);
    User {
        name: object::text(review, &["spec", "user"])
            .unwrap_or_default()
            .to_owned(),
        uid: object::text(review, &["spec", "uid"])
            .unwrap_or_default()
            .to_owned(),
        groups: object::at(review, &["spec", "groups"])
            .map(texts)
            .unwrap_or_default(),
        extra: extra
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), texts(value)))
            .collect(),
    }
}

fn access(api: &Api, user: &User, review: &Value) -> Result<Value, ApiError> {
    let spec = |kind: &str, field: &str| {
        object::text(review, &["spec", kind, field])
            .unwrap_or_default()
            .to_owned()
    };
    let wanted = if object::at(review, &["spec", "resourceAttributes"]).is_some() {
        let field = |name: &str| spec("resourceAttributes", name);
        Attributes {
            verb: field("verb"),
            group: field("group"),
            version: field("version"),
            resource: field("resource"),
            subresource: field("subresource"),
            namespace: field("namespace"),
            name: field("name"),
            path: None,
        }
    } else if object::at(review, &["spec", "nonResourceAttributes"]).is_some() {
        let field = |name: &str| spec("nonResourceAttributes", name);
        Attributes {
            verb: field("verb"),
            path: Some(field("path")),
            ..Attributes::default()
        }
    } else {
        return Err(ApiError::bad_request(
            "spec: exactly one of nonResourceAttributes or resourceAttributes must be specified",
        ));
    };
    let allowed = api.is_allowed(user, &wanted);
    Ok(if allowed {
        json!({ "allowed": true, "reason": "RBAC: allowed" })
    } else {
        json!({ "allowed": false })
    })
}

fn rules(api: &Api, user: &User, review: &Value) -> Value {
    let namespace = object::text(review, &["spec", "namespace"]).unwrap_or("default");
    let rules = api.rules(user, namespace);
    let (paths, resources): (Vec<_>, Vec<_>) = rules
        .into_iter()
        .partition(|rule| object::at(rule, &["nonResourceURLs"]).is_some());
    json!({ "resourceRules": resources, "nonResourceRules": paths, "incomplete": false })
}
