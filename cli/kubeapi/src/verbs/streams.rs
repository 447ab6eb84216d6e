//! The parts of a pod that are byte streams: finding the container that a request means.

use std::sync::Arc;

use ::http::{Request, Response};
use hyper::body::Incoming;
use serde_json::Value;

use crate::api::Api;
use crate::backend::{ContainerRef, PodRef};
use crate::http::Body;
use crate::http::query::Query;
use crate::http::route::Target;
use crate::object;
use crate::resources::Resource;
use crate::status::ApiError;
use crate::streams::Streams;

const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

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
pub(crate) async fn answer(
    api: &Arc<Api>,
    resource: &Resource,
    target: Target,
    query: Query,
    request: Request<Incoming>,
) -> Result<Response<Body>, ApiError> {
    let name = target.name.unwrap_or_default();
    let key = crate::store::Key::new(target.namespace.unwrap_or_default(), name.clone());
    let pod = api
        .store
        .find("pods", &key)
        .ok_or_else(|| ApiError::not_found(resource.subject(), &name))?;
    let backend =
        api.config.backend.as_ref().ok_or_else(|| {
            ApiError::not_implemented("no node serves logs, exec, attach or port-forward here")
        })?;
    let part = target.subresource.as_deref().unwrap_or_default();
    require_node(&pod, &name)?;
    let streams = Streams {
        backend,
        tasks: &api.streams,
        query: &query,
    };
    let reference = PodRef {
        namespace: object::namespace(&pod).to_owned(),
        name: name.clone(),
        uid: pod
            .pointer("/metadata/uid")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    };
    if part == "portforward" {
        return streams.port_forward(reference, request);
    }
    let container = ContainerRef {
        pod: reference,
        container: container(&pod, &name, query.text("container"))?,
    };
    match part {
        "log" => streams.logs(container).await,
        part => streams.exec(container, request, part == "attach").await,
    }
}

fn require_node(pod: &Value, name: &str) -> Result<(), ApiError> {
    match pod.pointer("/spec/nodeName").and_then(Value::as_str) {
        Some(node) if !node.is_empty() => Ok(()),
        _ => Err(ApiError::bad_request(format!(
            "pod {name} does not have a host assigned"
        ))),
    }
}

/// The container that was asked for, or the one that is meant when none was.
fn container(pod: &Value, name: &str, asked: &str) -> Result<String, ApiError> {
    let listed = |field: &str| {
        let containers = pod.pointer(&format!("/spec/{field}")).and_then(Value::as_array);
        let names = containers
            .into_iter()
            .flatten()
            .filter_map(|container| container["name"].as_str());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let (containers, inits) = (listed("containers"), listed("initContainers"));
    if !asked.is_empty() {
        let others = listed("ephemeralContainers");
        let known = containers
            .iter()
            .chain(&inits)
            .chain(&others)
            .any(|known| known == asked);
        return if known {
            Ok(asked.to_owned())
        } else {
            Err(ApiError::bad_request(format!(
                "container {asked} is not valid for pod {name}"
            )))
        };
    }
    let annotations = pod.pointer("/metadata/annotations");
    let preferred = annotations
        .and_then(|annotations| annotations.get(DEFAULT_CONTAINER))
        .and_then(Value::as_str);
    match (preferred, containers.as_slice()) {
        (Some(preferred), _) if containers.iter().any(|known| known == preferred) => Ok(preferred.to_owned()),
        (_, [only]) => Ok(only.clone()),
        _ => Err(ApiError::bad_request(format!(
            "a container name must be specified for pod {name}, choose one of: [{}]",
            containers.join(" ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_container_is_the_named_the_only_or_the_preferred_one() {
        let one = json!({"spec": {"containers": [{"name": "a"}]}});
        assert_eq!(container(&one, "p", "").unwrap(), "a");
        assert!(
            container(&one, "p", "b")
                .unwrap_err()
                .message
                .contains("container b is not valid for pod p")
        );
        let mut two = json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}], "initContainers": [{"name": "i"}]}});
        assert!(
            container(&two, "p", "")
                .unwrap_err()
                .message
                .ends_with("choose one of: [a b]")
        );
        assert_eq!(container(&two, "p", "i").unwrap(), "i");
        two["metadata"] = json!({"annotations": {DEFAULT_CONTAINER: "b"}});
        assert_eq!(container(&two, "p", "").unwrap(), "b");
    }
}
