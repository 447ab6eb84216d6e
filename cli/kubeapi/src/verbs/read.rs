//! GET of an object and of a list.

use std::sync::Arc;

use ::http::Response;
use serde_json::{Map, Value, json};

use super::pages::Page;
use super::{presenter, reply};
use crate::api::{Api, Call};
use crate::http::{self as wire, Body};
use crate::resources::Resource;
use crate::selector::Selector;
use crate::status::ApiError;
use crate::store::Key;

/// GET of one object.
pub(crate) fn get(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let object = api
        .store
        .find(
            &call.resource.collection,
            &Key::new(call.namespace(), call.name()),
        )
        .ok_or_else(|| ApiError::not_found(call.resource.subject(), call.name()))?;
    Ok(reply(call, 200, &object))
}

/// The selector of a list, watch or delete-collection.
pub(crate) fn selector(call: &Call) -> Result<Selector, ApiError> {
    let selector = Selector::parse(call.query.text("labelSelector"), call.query.text("fieldSelector"))
        .map_err(ApiError::bad_request)?;
    for field in selector.field_names() {
        if !is_selectable(&call.resource, field) {
            return Err(ApiError::bad_request(format!(
                "field label not supported: {field}"
            )));
        }
    }
    Ok(selector)
}

fn is_selectable(resource: &Resource, field: &str) -> bool {
    if matches!(field, "metadata.name" | "metadata.namespace") {
        return true;
    }
    if let Some(custom) = &resource.custom {
        return custom.selectable.iter().any(|path| path == field);
    }
    let fields: &[&str] = match resource.collection.as_ref() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "secrets" => &["type"],
        "nodes" => &["spec.unschedulable"],
        "namespaces" => &["status.phase"],
        "services" => &["spec.clusterIP", "spec.type"],
        "replicasets.apps" | "replicationcontrollers" => &["status.replicas"],
        "jobs.batch" => &["status.successful"],
        "certificatesigningrequests.certificates.k8s.io" => &["spec.signerName"],
        _ => &[],
    };
    fields.contains(&field)
}

/// GET of a list, whole or by pages.
pub(crate) fn list(api: &Arc<Api>, call: &Call) -> Result<Response<Body>, ApiError> {
    let limit: usize = call.query.number("limit").unwrap_or(0);
    let page = match call.query.find("continue").filter(|token| !token.is_empty()) {
        Some(token) => api.pages.next(token, limit)?,
        None => first_page(api, call, limit)?,
    };
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".to_owned(), page.revision.to_string().into());
    if let Some(token) = page.token {
        metadata.insert("continue".to_owned(), token.into());
        metadata.insert("remainingItemCount".to_owned(), json!(page.remaining));
    }
    let objects: Vec<&Value> = page.items.iter().map(AsRef::as_ref).collect();
    Ok(wire::json(
        200,
        &presenter(call).list(&objects, Value::Object(metadata)),
    ))
}

fn first_page(api: &Arc<Api>, call: &Call, limit: usize) -> Result<Page, ApiError> {
    let selector = selector(call)?;
    check_revision(api, call)?;
    let (revision, mut items) = api
        .store
        .list(&call.resource.collection, call.target.namespace.as_deref());
    if !selector.is_everything() {
        items.retain(|object| selector.selects(object));
    }
    Ok(api.pages.first(revision, items, limit))
}

/// Only the present can be listed: an exact older revision is refused, a future one is too large.
fn check_revision(api: &Api, call: &Call) -> Result<(), ApiError> {
    let Some(text) = call
        .query
        .find("resourceVersion")
        .filter(|text| !text.is_empty() && *text != "0")
    else {
        return Ok(());
    };
    let asked: u64 = text.parse().map_err(|_| {
        ApiError::bad_request(format!("invalid resource version \"{text}\": must be a number"))
    })?;
    let now = api.store.revision();
    if asked > now {
        return Err(ApiError {
            details: Some(
                json!({ "causes": [{ "reason": "ResourceVersionTooLarge", "message": "Too large resource version" }], "retryAfterSeconds": 1 }),
            ),
            code: 504,
            reason: "Timeout",
            message: format!("Too large resource version: {asked}, current: {now}"),
        });
    }
    if asked < now && call.query.text("resourceVersionMatch") == "Exact" {
        return Err(ApiError::expired(format!(
            "The provided resource version {asked} is no longer available"
        )));
    }
    Ok(())
}
