//! Is a definition one this server can serve: structure, patterns, versions.

use serde_json::Value;

use super::Cause;
use super::validate::pattern;

/// Why a CRD's versions and schemas cannot be served; empty when they can.
#[must_use]
pub fn problems(crd: &Value) -> Vec<Cause> {
    let mut found = Vec::new();
    let versions = crd
        .pointer("/spec/versions")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let storage = versions
        .iter()
        .filter(|version| version["storage"] == true)
        .count();
    if storage != 1 {
        let message = format!(
            "Invalid value: {}: must have exactly one version marked as storage version",
            Value::from(versions.to_vec())
        );
        found.push(cause("FieldValueInvalid", "spec.versions", message));
    }
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
        match version.pointer("/schema/openAPIV3Schema") {
            Some(schema) => root(schema, &path, &mut found),
            None => found.push(cause(
                "FieldValueRequired",
                &path,
                "Required value: schemas are required".to_owned(),
            )),
        }
    }
    let webhook = crd.pointer("/spec/conversion/strategy").and_then(Value::as_str) == Some("Webhook");
    if webhook && versions.len() > 1 {
        let message = "Unsupported value: \"Webhook\": supported values: \"None\"".to_owned();
        found.push(cause(
            "FieldValueNotSupported",
            "spec.conversion.strategy",
            message,
        ));
    }
    found
}

/// What is stored but not acted upon, one line each.
#[must_use]
pub fn warnings(crd: &Value) -> Vec<String> {
    let versions = crd.pointer("/spec/versions").and_then(Value::as_array);
    let with_rules = versions
        .into_iter()
        .flatten()
        .filter(|version| has_rules(&version["schema"]));
    with_rules
        .map(|version| {
            let name = version["name"].as_str().unwrap_or_default();
            format!("version {name}: x-kubernetes-validations rules are stored, but this server does not evaluate them")
        })
        .collect()
}

fn has_rules(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            fields
                .get("x-kubernetes-validations")
                .is_some_and(Value::is_array)
                || fields.values().any(has_rules)
        }
        Value::Array(items) => items.iter().any(has_rules),
        _ => false,
    }
}

fn cause(reason: &'static str, field: &str, message: String) -> Cause {
    Cause {
        reason,
        field: field.to_owned(),
        message,
    }
}

fn root(schema: &Value, path: &str, found: &mut Vec<Cause>) {
    match schema["type"].as_str() {
        Some("object") => structural(schema, path, found),
        Some(other) => {
            let message = format!("Invalid value: {other:?}: must be object at the root");
            found.push(cause("FieldValueInvalid", &format!("{path}.type"), message));
        }
        None => {
            let message = "Required value: must not be empty at the root".to_owned();
            found.push(cause("FieldValueRequired", &format!("{path}.type"), message));
        }
    }
}

/// Every position has a type, unless it says that it may be anything or a number or string.
fn structural(schema: &Value, path: &str, found: &mut Vec<Cause>) {
    for forbidden in [
        "$ref",
        "definitions",
        "dependencies",
        "patternProperties",
        "additionalItems",
    ] {
        if schema.get(forbidden).is_some_and(|value| !value.is_null()) {
            let message = format!("Forbidden: {forbidden} is not supported");
            found.push(cause(
                "FieldValueForbidden",
                &format!("{path}.{forbidden}"),
                message,
            ));
        }
    }
    if let Some(text) = schema["pattern"].as_str()
        && pattern(text).is_none()
    {
        let message = format!("Invalid value: {text:?}: must be a valid regular expression");
        found.push(cause("FieldValueInvalid", &format!("{path}.pattern"), message));
    }
    list_topology(schema, path, found);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        typed(
            property,
            &format!("{path}.properties[{name}]"),
            "object fields",
            found,
        );
    }
    if schema["items"].is_object() {
        typed(&schema["items"], &format!("{path}.items"), "array items", found);
    }
    if schema["additionalProperties"].is_object() {
        typed(
            &schema["additionalProperties"],
            &format!("{path}.additionalProperties"),
            "object fields",
            found,
        );
    }
}

fn typed(schema: &Value, path: &str, what: &str, found: &mut Vec<Cause>) {
    let free = schema["x-kubernetes-int-or-string"] == true
        || schema["x-kubernetes-preserve-unknown-fields"] == true;
    if !free && schema["type"].as_str().is_none_or(str::is_empty) {
        let message = format!("Required value: must not be empty for specified {what}");
        found.push(cause("FieldValueRequired", &format!("{path}.type"), message));
    }
    structural(schema, path, found);
}

fn list_topology(schema: &Value, path: &str, found: &mut Vec<Cause>) {
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    match schema["x-kubernetes-list-type"].as_str() {
        Some("map") if keys.is_none_or(Vec::is_empty) => {
            let message = "Required value: must not be empty if x-kubernetes-list-type is map".to_owned();
            found.push(cause(
                "FieldValueRequired",
                &format!("{path}.x-kubernetes-list-map-keys"),
                message,
            ));
        }
        None | Some("map" | "set" | "atomic") => {}
        Some(other) => {
            let message =
                format!("Unsupported value: {other:?}: supported values: \"atomic\", \"map\", \"set\"");
            found.push(cause(
                "FieldValueNotSupported",
                &format!("{path}.x-kubernetes-list-type"),
                message,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schema: &Value, expected: &[&str]) {
        let crd = json!({ "spec": { "versions": [
            { "name": "v1", "storage": true, "schema": { "openAPIV3Schema": schema } }
        ] } });
        let found: Vec<String> = problems(&crd).iter().map(Cause::text).collect();
        let prefix = "spec.versions[0].schema.openAPIV3Schema";
        let expected: Vec<String> = expected.iter().map(|text| format!("{prefix}{text}")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_structural_schema_is_accepted() {
        check(
            &json!({ "type": "object", "properties": {
                "spec": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                "any": { "x-kubernetes-preserve-unknown-fields": true },
                "port": { "x-kubernetes-int-or-string": true, "anyOf": [{ "type": "integer" }, { "type": "string" }] }
            } }),
            &[],
        );
    }

    #[test]
    fn what_is_not_structural_is_named() {
        check(
            &json!({}),
            &[".type: Required value: must not be empty at the root"],
        );
        check(
            &json!({ "type": "object", "properties": { "a": { "type": "array", "items": {}, "x-kubernetes-list-type": "map" },
                                                       "b": { "type": "string", "pattern": "(" } } }),
            &[
                ".properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
                ".properties[a].items.type: Required value: must not be empty for specified array items",
                ".properties[b].pattern: Invalid value: \"(\": must be a valid regular expression",
            ],
        );
    }

    #[test]
    fn versions_need_one_storage_version_and_a_schema() {
        let found = problems(&json!({ "spec": { "versions": [{ "name": "v1" }] } }));
        assert_eq!(found.len(), 2);
        assert!(
            found[0]
                .message
                .contains("exactly one version marked as storage version")
        );
        assert_eq!(found[1].message, "Required value: schemas are required");
    }

    #[test]
    fn rules_that_are_not_evaluated_are_announced() {
        let crd = json!({ "spec": { "versions": [{ "name": "v1", "schema": { "openAPIV3Schema": {
            "type": "object", "x-kubernetes-validations": [{ "rule": "true" }] } } }] } });
        assert_eq!(warnings(&crd).len(), 1);
    }
}
