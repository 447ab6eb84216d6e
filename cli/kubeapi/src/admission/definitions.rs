//! Definitions of custom resources and the objects of the resources they define.

use serde_json::{Value, json};

use crate::api::{Api, Call};
use crate::lifecycle::CRD_FINALIZER;
use crate::object;
use crate::resources::crd;
use crate::schema::{default, validate};
use crate::status::{ApiError, FieldError};

/// Defaults, finalizer and conditions of a definition.
pub(super) fn prepare(definition: &mut Value) {
    let kind = object::text(definition, &["spec", "names", "kind"])
        .unwrap_or_default()
        .to_owned();
    let names = object::map_at(definition, &["spec", "names"]);
    object::default(names, "singular", kind.to_lowercase());
    object::default(names, "listKind", format!("{kind}List"));
    object::default(
        object::map_at(definition, &["spec"]),
        "conversion",
        json!({ "strategy": "None" }),
    );
    if !object::is_terminating(definition) {
        let mut finalizers = object::list(definition, &["metadata", "finalizers"]).to_vec();
        if !finalizers.iter().any(|name| name == CRD_FINALIZER) {
            finalizers.push(CRD_FINALIZER.into());
            object::set(definition, &["metadata", "finalizers"], finalizers);
        }
    }
    let accepted = definition["spec"]["names"].clone();
    let stored = crd::storage_version(definition).unwrap_or_default().to_owned();
    let since = object::list(definition, &["status", "conditions"]).first();
    let since = since
        .and_then(|condition| object::text(condition, &["lastTransitionTime"]))
        .map(str::to_owned);
    let since = since.unwrap_or_else(object::now);
    let condition = |kind: &str, reason: &str, message: &str| json!({ "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": since });
    let mut versions: Vec<Value> = object::list(definition, &["status", "storedVersions"]).to_vec();
    if !versions.iter().any(|version| *version == stored) {
        versions.push(stored.into());
    }
    let mut conditions = vec![
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition(
            "Established",
            "InitialNamesAccepted",
            "the initial names have been accepted",
        ),
    ];
    if object::is_terminating(definition) {
        conditions.push(condition(
            "Terminating",
            "InstanceDeletionInProgress",
            "CustomResource deletion is in progress",
        ));
    }
    let status = json!({ "conditions": conditions, "acceptedNames": accepted, "storedVersions": versions });
    object::set(definition, &["status"], status);
}

/// Opens (or changes) the routes of a definition.
pub(super) fn serve(api: &Api, definition: &Value) {
    api.registry
        .set_custom(object::name(definition), crd::resources(definition));
}

/// Fills the defaults of an object of a custom resource and holds it against its schema. What was wrong before the
/// change and is wrong still does not stop the change, so that a stricter schema leaves old objects usable.
pub(super) fn check_custom(call: &Call, old: Option<&Value>, object: &mut Value) -> Result<(), ApiError> {
    let Some(custom) = &call.resource.custom else {
        return Ok(());
    };
    let node = custom.types.node();
    default::drop_nulls(node, object);
    default::fill(node, object);
    let mut causes = validate::validate(node, object);
    if causes.is_empty() {
        return Ok(());
    }
    let known = old.map(|old| validate::validate(node, old)).unwrap_or_default();
    causes.retain(|cause| !known.contains(cause));
    if causes.is_empty() {
        return Ok(());
    }
    let errors: Vec<FieldError> = causes.into_iter().map(FieldError::from).collect();
    Err(ApiError::invalid(
        call.resource.kind_subject(),
        object::name(object),
        &errors,
    ))
}
