//! Namespaces: what they begin with, and that nothing new enters one that ends.

use serde_json::{Value, json};

use super::exists;
use crate::api::{Api, Call};
use crate::object;
use crate::status::{ApiError, Subject};
use crate::store::{Key, Tx};

const NAMESPACES: Subject<'static> = Subject {
    group: "",
    resource: "namespaces",
};

/// A new object's namespace must exist and must not be ending.
pub(super) fn check(tx: &Tx<'_>, call: &Call, object: &Value) -> Result<(), ApiError> {
    let name = call.namespace();
    let namespace = tx
        .find("namespaces", &Key::new("", name))
        .ok_or_else(|| ApiError::not_found(NAMESPACES, name))?;
    if object::is_terminating(&namespace) && call.resource.plural != "events" {
        let why = format!("unable to create new content in namespace {name} because it is being terminated");
        let mut refused = ApiError::forbidden(call.resource.subject(), object::name(object), &why);
        if let Some(details) = &mut refused.details {
            details["causes"] = json!([{ "reason": "NamespaceTerminating", "message": format!("namespace {name} is being terminated"), "field": "metadata.namespace" }]);
        }
        return Err(refused);
    }
    Ok(())
}

/// Finalizer, phase and the label that names it.
pub(super) fn prepare(object: &mut Value) {
    let name = object::name(object).to_owned();
    object::set(
        object,
        &["metadata", "labels", "kubernetes.io/metadata.name"],
        name,
    );
    object::set(object, &["spec"], json!({ "finalizers": ["kubernetes"] }));
    object::set(object, &["status"], json!({ "phase": "Active" }));
}

/// The finalizer goes only through `/finalize`, the name's label never.
pub(super) fn keep(old: &Value, new: &mut Value) {
    let finalizers = object::list(old, &["spec", "finalizers"]).to_vec();
    if !finalizers.is_empty() {
        object::set(new, &["spec", "finalizers"], finalizers);
    }
    let name = object::name(old).to_owned();
    object::set(new, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
}

/// Every namespace has a default account and the cluster's certificate authority from its first moment, so that
/// no first pod is refused for their absence.
pub(super) fn furnish(api: &Api, namespace: &str) {
    api.store.write(|tx| furnish_in(tx, namespace, &api.ca_pem));
}

/// The same, within a transaction.
pub(crate) fn furnish_in(tx: &mut Tx<'_>, namespace: &str, ca_pem: &str) {
    let alive = tx
        .find("namespaces", &Key::new("", namespace))
        .is_some_and(|n| !object::is_terminating(&n));
    if !alive {
        return;
    }
    let metadata = |name: &str| json!({ "name": name, "namespace": namespace, "uid": object::new_uid(), "creationTimestamp": object::now() });
    if !exists(tx, "serviceaccounts", namespace, "default") {
        tx.put(
            "serviceaccounts",
            json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata("default") }),
        );
    }
    if !exists(tx, "configmaps", namespace, "kube-root-ca.crt") {
        let mut map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("kube-root-ca.crt"), "data": { "ca.crt": ca_pem },
        });
        map["metadata"]["annotations"] = json!({ "kubernetes.io/description":
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters." });
        tx.put("configmaps", map);
    }
}
