//! The parts of a pod that are byte streams: logs, exec, attach, port-forward.

use std::sync::Arc;

use ::http::{Request, Response};
use hyper::body::Incoming;

use crate::api::Api;
use crate::http::Body;
use crate::http::query::Query;
use crate::http::route::Target;
use crate::resources::Resource;
use crate::status::ApiError;

/// Whether a path names one of them.
pub(crate) fn is_stream(target: &Target) -> bool {
    target.group.is_empty()
        && target.plural == "pods"
        && matches!(
            target.subresource.as_deref(),
            Some("log" | "exec" | "attach" | "portforward")
        )
}

/// Hands the connection to whoever runs the pods.
#[expect(clippy::unused_async, reason = "the handlers that stream take over here")]
pub(crate) async fn answer(
    api: &Arc<Api>,
    resource: &Resource,
    target: Target,
    _query: Query,
    _request: Request<Incoming>,
) -> Result<Response<Body>, ApiError> {
    let name = target.name.unwrap_or_default();
    let key = crate::store::Key::new(target.namespace.unwrap_or_default(), name.clone());
    if api.store.find("pods", &key).is_none() {
        return Err(ApiError::not_found(resource.subject(), &name));
    }
    Err(ApiError::not_implemented(
        "no node serves logs, exec, attach or port-forward here",
    ))
}
