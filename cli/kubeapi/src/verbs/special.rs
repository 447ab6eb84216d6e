//! Resources that are answered by code, and the creating parts of pods and accounts.

mod metrics;
mod pod_parts;
mod reviews;
mod tokens;

use std::sync::Arc;

use ::http::Response;
use serde_json::json;

use super::presenter;
use crate::api::{Api, Call};
use crate::http::{self as wire, Body};
use crate::status::ApiError;

/// Verbs on virtual resources.
pub(crate) async fn virtual_resource(
    api: &Arc<Api>,
    verb: &str,
    call: &Call,
) -> Result<Response<Body>, ApiError> {
    match (call.resource.group.as_str(), call.resource.plural.as_str(), verb) {
        ("authentication.k8s.io" | "authorization.k8s.io", _, "create") => reviews::create(api, call),
        ("metrics.k8s.io", _, "get" | "list") => metrics::read(api, verb, call).await,
        ("", "bindings", "create") => pod_parts::bind(api, call, None),
        ("", "componentstatuses", "list") => {
            let metadata = json!({ "resourceVersion": api.store.revision().to_string() });
            Ok(wire::json(200, &presenter(call).list(&[], metadata)))
        }
        ("", "componentstatuses", "get") => Err(ApiError::not_found(call.resource.subject(), call.name())),
        _ => Err(ApiError::method_not_allowed(&call.resource.plural)),
    }
}

/// POST to a part of an object.
pub(crate) fn create_part(api: &Api, call: &Call, part: &str) -> Result<Response<Body>, ApiError> {
    match (call.resource.plural.as_str(), part) {
        ("pods", "binding") => pod_parts::bind(api, call, Some(call.name())),
        ("pods", "eviction") => pod_parts::evict(api, call),
        ("serviceaccounts", "token") => tokens::create(api, call),
        _ => Err(ApiError::method_not_allowed(&format!(
            "{}/{part}",
            call.resource.plural
        ))),
    }
}
