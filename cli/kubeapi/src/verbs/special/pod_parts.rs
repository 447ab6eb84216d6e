//! `binding` and `eviction` of pods.

use ::http::Response;
use serde_json::{Value, json};

use crate::api::{Api, Call};
use crate::http::{self as wire, Body};
use crate::object;
use crate::selector::Selector;
use crate::status::{ApiError, Subject};
use crate::store::{Key, Tx};
use crate::verbs::{decode, delete};

const PODS: Subject<'static> = Subject {
    group: "",
    resource: "pods",
};

fn success(code: u16) -> Response<Body> {
    wire::json(
        code,
        &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code }),
    )
}

fn pod(tx: &Tx<'_>, namespace: &str, name: &str) -> Result<Value, ApiError> {
    let found = tx.find("pods", &Key::new(namespace, name));
    found
        .map(|pod| (*pod).clone())
        .ok_or_else(|| ApiError::not_found(PODS, name))
}

/// Assigns a pod to a node, once.
pub(super) fn bind(api: &Api, call: &Call, name: Option<&str>) -> Result<Response<Body>, ApiError> {
    let binding = decode(call)?;
    let name = name.unwrap_or_else(|| object::name(&binding));
    let node = object::text(&binding, &["target", "name"]).unwrap_or_default();
    if node.is_empty() {
        return Err(ApiError::bad_request("target.name: Required value"));
    }
    api.store.write(|tx| {
        let mut pod = pod(tx, call.namespace(), name)?;
        let bound = object::text(&pod, &["spec", "nodeName"]).unwrap_or_default();
        if !bound.is_empty() {
            let why = format!("pod {name} is already assigned to node \"{bound}\"");
            return Err(ApiError::conflict(Subject { group: "", resource: "pods/binding" }, name, &why));
        }
        if object::is_terminating(&pod) {
            return Err(ApiError::conflict(PODS, name, "pod is being deleted, cannot be assigned to a host"));
        }
        object::set(&mut pod, &["spec", "nodeName"], node);
        let mut conditions: Vec<Value> = object::list(&pod, &["status", "conditions"]).to_vec();
        conditions.retain(|condition| condition["type"] != "PodScheduled");
        conditions.push(json!({
            "type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": object::now(),
        }));
        object::set(&mut pod, &["status", "conditions"], conditions);
        tx.put("pods", pod);
        Ok(())
    })?;
    Ok(success(201))
}

/// Deletes a pod unless a disruption budget forbids it.
pub(super) fn evict(api: &Api, call: &Call) -> Result<Response<Body>, ApiError> {
    let eviction = decode(call)?;
    let options = delete::Options {
        grace: object::int(&eviction, &["deleteOptions", "gracePeriodSeconds"]),
        uid: object::text(&eviction, &["deleteOptions", "preconditions", "uid"]).map(str::to_owned),
        dry_run: call.dry_run || !object::list(&eviction, &["deleteOptions", "dryRun"]).is_empty(),
        ..delete::Options::default()
    };
    api.store.write(|tx| {
        let pod = std::sync::Arc::new(pod(tx, call.namespace(), call.name())?);
        for budget in tx.list("poddisruptionbudgets.policy", Some(call.namespace())) {
            let selector = Selector::from_object(budget.pointer("/spec/selector").unwrap_or(&Value::Null));
            let allowed = object::int(&budget, &["status", "disruptionsAllowed"]);
            // without a controller that counts, a budget's status is absent and nothing can be said to be allowed
            if selector.selects(&pod) && allowed.unwrap_or(0) < 1 {
                let why = "Cannot evict pod as it would violate the pod's disruption budget.";
                return Err(ApiError::too_many_requests(why, 10));
            }
        }
        delete::remove(api, tx, &call.resource, &pod, &options)
    })?;
    api.housekeeping.notify_one();
    Ok(success(201))
}
