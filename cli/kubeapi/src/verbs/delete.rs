//! DELETE of an object and of a collection.

use std::sync::Arc;

use ::http::Response;
use serde_json::{Value, json};

use super::{existing, presenter};
use crate::admission;
use crate::api::{Api, Call};
use crate::http::{self as wire, Body, body};
use crate::object;
use crate::resources::Resource;
use crate::status::ApiError;
use crate::store::{Key, Tx};

/// `DeleteOptions`, from the body or the query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) grace: Option<i64>,
    pub(crate) propagation: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) dry_run: bool,
}

impl Options {
    /// Dependents follow later.
    pub(crate) fn background() -> Self {
        Self {
            propagation: Some("Background".to_owned()),
            ..Self::default()
        }
    }

    /// Dependents go first.
    pub(crate) fn foreground() -> Self {
        Self {
            propagation: Some("Foreground".to_owned()),
            ..Self::default()
        }
    }

    fn read(call: &Call) -> Result<Self, ApiError> {
        let options = if call.body.is_empty() {
            json!({})
        } else {
            body::decode(&call.media_type, &call.body)?
        };
        let text = |path: &[&str]| object::text(&options, path).map(str::to_owned);
        let orphan = object::at(&options, &["orphanDependents"]).and_then(Value::as_bool);
        let propagation = text(&["propagationPolicy"])
            .or_else(|| call.query.find("propagationPolicy").map(str::to_owned))
            .or_else(|| orphan.map(|orphan| if orphan { "Orphan" } else { "Background" }.to_owned()));
        let known = |policy: &str| matches!(policy, "Foreground" | "Background" | "Orphan");
        if let Some(policy) = propagation.as_deref().filter(|policy| !known(policy)) {
            return Err(ApiError::bad_request(format!(
                "propagationPolicy: Unsupported value: \"{policy}\""
            )));
        }
        Ok(Self {
            grace: object::int(&options, &["gracePeriodSeconds"])
                .or_else(|| call.query.number("gracePeriodSeconds")),
            propagation,
            uid: text(&["preconditions", "uid"]),
            version: text(&["preconditions", "resourceVersion"]),
            dry_run: call.dry_run || !object::list(&options, &["dryRun"]).is_empty(),
        })
    }
}

/// What a delete did.
pub(crate) enum Deleted {
    /// Gone at once.
    Gone(Arc<Value>),
    /// Marked; finalizers or a grace period hold it.
    Waiting(Arc<Value>),
}

impl Deleted {
    fn object(&self) -> &Arc<Value> {
        match self {
            Self::Gone(object) | Self::Waiting(object) => object,
        }
    }
}

/// DELETE of one object.
pub(crate) fn delete(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let options = Options::read(call)?;
    let deleted = api.store.write(|tx| {
        let object = existing(tx, call)?;
        if call.review.note(Some(&object), None) {
            return Ok(Deleted::Waiting(object));
        }
        call.review.reviewed(Some(&object), Value::Null)?;
        remove(api, tx, &call.resource, &object, &options)
    })?;
    api.housekeeping.notify_one();
    Ok(match deleted {
        Deleted::Waiting(object) => wire::json(200, &presenter(call).object(&object)),
        // pods are shown as they were; everything else is confirmed by a Status
        Deleted::Gone(object) if call.resource.collection.as_ref() == "pods" => {
            wire::json(200, &presenter(call).object(&object))
        }
        Deleted::Gone(object) => wire::json(200, &confirmation(&call.resource, &object)),
    })
}

fn confirmation(resource: &Resource, object: &Value) -> Value {
    let mut details =
        json!({ "name": object::name(object), "kind": resource.plural, "uid": object::uid(object) });
    if !resource.group.is_empty() {
        details["group"] = resource.group.as_str().into();
    }
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
}

/// DELETE of all selected objects.
pub(crate) fn delete_collection(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let options = Options::read(call)?;
    let selector = super::read::selector(call)?;
    let deleted = api.store.write(|tx| {
        let chosen = tx.list(&call.resource.collection, call.target.namespace.as_deref());
        let chosen = chosen.iter().filter(|object| selector.selects(object));
        chosen
            .map(|object| {
                if call.review.note(Some(object), None) {
                    return Ok(Deleted::Waiting(Arc::clone(object)));
                }
                call.review.reviewed(Some(object), Value::Null)?;
                remove(api, tx, &call.resource, object, &options)
            })
            .collect::<Result<Vec<_>, _>>()
    })?;
    api.housekeeping.notify_one();
    let objects: Vec<&Value> = deleted.iter().map(|deleted| deleted.object().as_ref()).collect();
    let metadata = json!({ "resourceVersion": api.store.revision().to_string() });
    Ok(wire::json(200, &presenter(call).list(&objects, metadata)))
}

/// Deletes one object by the rules: preconditions, finalizers, grace.
pub(crate) fn remove(
    api: &Api,
    tx: &mut Tx<'_>,
    resource: &Resource,
    object: &Arc<Value>,
    options: &Options,
) -> Result<Deleted, ApiError> {
    check_preconditions(resource, object, options)?;
    admission::delete(resource, object)?;
    let mut marked = (**object).clone();
    add_propagation(&mut marked, options);
    let grace = grace(resource, object, options);
    let held = !object::finalizers(&marked).is_empty()
        || (resource.collection.as_ref() == "namespaces"
            && !object::list(object, &["spec", "finalizers"]).is_empty());
    if grace == 0 && !held {
        if options.dry_run {
            return Ok(Deleted::Gone(Arc::clone(object)));
        }
        let key = Key::of(object);
        let removed = tx
            .remove(&resource.collection, &key)
            .unwrap_or_else(|| Arc::clone(object));
        admission::after_removal(api, resource, &removed);
        return Ok(Deleted::Gone(removed));
    }
    mark(resource, object, &mut marked, grace);
    if options.dry_run {
        return Ok(Deleted::Waiting(Arc::new(marked)));
    }
    Ok(Deleted::Waiting(tx.put(&resource.collection, marked)))
}

fn mark(resource: &Resource, object: &Value, marked: &mut Value, grace: i64) {
    let previous = object::int(object, &["metadata", "deletionGracePeriodSeconds"]);
    // a second delete can only shorten the wait
    if !object::is_terminating(object) || previous.is_some_and(|previous| grace < previous) {
        let due = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(grace);
        object::set(marked, &["metadata", "deletionTimestamp"], object::timestamp(due));
        object::set(marked, &["metadata", "deletionGracePeriodSeconds"], grace);
        if resource.counts_generation() && previous.is_none() {
            let generation = object::int(object, &["metadata", "generation"]).unwrap_or(0) + 1;
            object::set(marked, &["metadata", "generation"], generation);
        }
    }
    if resource.collection.as_ref() == "namespaces" {
        object::set(marked, &["status", "phase"], "Terminating");
    }
}

fn check_preconditions(resource: &Resource, object: &Value, options: &Options) -> Result<(), ApiError> {
    let failed = |what: &str, wanted: &str, found: &str| {
        let why =
            format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}");
        ApiError::conflict(resource.subject(), object::name(object), &why)
    };
    if let Some(wanted) = options
        .uid
        .as_deref()
        .filter(|wanted| *wanted != object::uid(object))
    {
        return Err(failed("UID", wanted, object::uid(object)));
    }
    if let Some(wanted) = options
        .version
        .as_deref()
        .filter(|wanted| *wanted != object::version(object))
    {
        return Err(failed("ResourceVersion", wanted, object::version(object)));
    }
    Ok(())
}

/// The propagation policy becomes a finalizer that the garbage collector takes away.
fn add_propagation(marked: &mut Value, options: &Options) {
    let wanted = match options.propagation.as_deref() {
        Some("Foreground") => Some("foregroundDeletion"),
        Some("Orphan") => Some("orphan"),
        Some(_) => None,
        None => return,
    };
    let mut finalizers: Vec<Value> = object::list(marked, &["metadata", "finalizers"]).to_vec();
    finalizers.retain(|name| !matches!(name.as_str(), Some("foregroundDeletion" | "orphan")));
    finalizers.extend(wanted.map(Value::from));
    if finalizers.is_empty() {
        object::remove(marked, &["metadata", "finalizers"]);
    } else {
        object::set(marked, &["metadata", "finalizers"], finalizers);
    }
}

/// Only a pod that a node runs is waited for; the node confirms with grace 0.
fn grace(resource: &Resource, object: &Value, options: &Options) -> i64 {
    if resource.collection.as_ref() != "pods" {
        return 0;
    }
    let unscheduled = object::text(object, &["spec", "nodeName"])
        .unwrap_or_default()
        .is_empty();
    let ended = matches!(
        object::text(object, &["status", "phase"]),
        Some("Succeeded" | "Failed")
    );
    if unscheduled || ended {
        return 0;
    }
    let own = object::int(object, &["spec", "terminationGracePeriodSeconds"]).unwrap_or(30);
    options.grace.unwrap_or(own).max(0)
}
