//! `metrics.k8s.io`: what nodes and pods use, measured by whoever runs them.

use std::sync::Arc;

use ::http::Response;
use serde_json::{Value, json};

use crate::api::{Api, Call};
use crate::backend::{Amount, Usage};
use crate::http::{self as wire, Body};
use crate::object;
use crate::selector::Selector;
use crate::status::ApiError;
use crate::store::Key;
use crate::verbs::presenter;

/// GET of one or all.
pub(super) async fn read(api: &Arc<Api>, verb: &str, call: &Call) -> Result<Response<Body>, ApiError> {
    let backend = api.config.backend.as_ref();
    let backend = backend.ok_or_else(|| ApiError::unavailable("no node reports its usage to this server"))?;
    let usage = backend
        .usage()
        .await
        .map_err(|error| ApiError::unavailable(error.full_message()))?;
    let items = if call.resource.plural == "nodes" {
        nodes(api, &usage)
    } else {
        pods(api, &usage)
    };
    if verb == "get" {
        let found = items
            .iter()
            .find(|item| object::name(item) == call.name() && object::namespace(item) == call.namespace());
        let found = found.ok_or_else(|| ApiError::not_found(call.resource.subject(), call.name()))?;
        return Ok(wire::json(200, &presenter(call).object(found)));
    }
    let selector = Selector::parse(call.query.text("labelSelector"), call.query.text("fieldSelector"))
        .map_err(ApiError::bad_request)?;
    let chosen: Vec<&Value> = items
        .iter()
        .filter(|item| {
            call.target
                .namespace
                .as_deref()
                .is_none_or(|wanted| wanted == object::namespace(item))
        })
        .filter(|item| selector.selects(item))
        .collect();
    Ok(wire::json(200, &presenter(call).list(&chosen, json!({}))))
}

fn metadata(object: Option<&Value>, namespace: &str, name: &str) -> Value {
    let mut metadata = json!({ "name": name, "creationTimestamp": object::now() });
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    if let Some(labels) = object.and_then(|object| object::at(object, &["metadata", "labels"])) {
        metadata["labels"] = labels.clone();
    }
    metadata
}

fn amount(amount: Amount) -> Value {
    json!({ "cpu": format!("{}n", amount.cpu_nanocores), "memory": format!("{}Ki", amount.memory_bytes / 1024) })
}

fn window(usage: &Usage) -> String {
    format!("{:.3}s", usage.window.as_secs_f64())
}

fn nodes(api: &Api, usage: &Usage) -> Vec<Value> {
    let one = |(name, used): (&String, &Amount)| {
        let node = api.store.find("nodes", &Key::new("", name.as_str()));
        json!({
            "kind": "NodeMetrics", "apiVersion": "metrics.k8s.io/v1beta1",
            "metadata": metadata(node.as_deref(), "", name),
            "timestamp": object::timestamp(usage.measured), "window": window(usage), "usage": amount(*used),
        })
    };
    usage.nodes.iter().map(one).collect()
}

fn pods(api: &Api, usage: &Usage) -> Vec<Value> {
    let one = |(pod, containers): (
        &crate::backend::PodRef,
        &std::collections::BTreeMap<String, Amount>,
    )| {
        let stored = api
            .store
            .find("pods", &Key::new(pod.namespace.as_str(), pod.name.as_str()));
        let containers: Vec<Value> = containers
            .iter()
            .map(|(name, used)| json!({ "name": name, "usage": amount(*used) }))
            .collect();
        json!({
            "kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1",
            "metadata": metadata(stored.as_deref(), &pod.namespace, &pod.name),
            "timestamp": object::timestamp(usage.measured), "window": window(usage), "containers": containers,
        })
    };
    usage.pods.iter().map(one).collect()
}
