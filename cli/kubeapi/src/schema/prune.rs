//! Dropping fields a type does not declare, and saying which they were.

use serde_json::Value;

use super::node::Node;

/// Removes every field that `node` neither declares nor allows; returns their paths in order.
/// `fieldValidation=Strict` refuses an object for which this is not empty.
#[must_use]
pub fn prune(node: Node<'_>, object: &mut Value) -> Vec<String> {
    let mut dropped = Vec::new();
    walk(node, object, &mut String::new(), &mut dropped);
    dropped
}

/// The text of a strict decoding error for one dropped path.
#[must_use]
pub fn unknown_field(path: &str) -> String {
    format!("unknown field {path:?}")
}

fn walk(node: Node<'_>, value: &mut Value, path: &mut String, dropped: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let embedded = node.is("x-kubernetes-embedded-resource");
            let embedded = |name: &str| embedded && matches!(name, "apiVersion" | "kind" | "metadata");
            let keep = node.keeps_unknown_fields() || !describes_object(node);
            let mut unknown = Vec::new();
            for (name, child) in fields.iter_mut() {
                let length = path.len();
                push_field(path, name);
                if let Some(schema) = node.declared(name).or_else(|| node.map_values()) {
                    walk(schema, child, path, dropped);
                } else if !(keep || embedded(name)) {
                    dropped.push(path.clone());
                    unknown.push(name.clone());
                }
                path.truncate(length);
            }
            for name in &unknown {
                fields.remove(name);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let length = path.len();
                push_index(path, index);
                walk(node.items(), item, path, dropped);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

/// Whether the schema says that the value is a struct or map at all. A scalar type given an object
/// is a type error for validation, not something to prune.
fn describes_object(node: Node<'_>) -> bool {
    node.properties().is_some() || node.map_values().is_some() || node.text("type") == Some("object")
}

pub(super) fn push_index(path: &mut String, index: usize) {
    path.push('[');
    path.push_str(&index.to_string());
    path.push(']');
}

pub(super) fn push_field(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::builtin::type_schema;
    use crate::schema::node::TypeSchema;

    #[test]
    fn unknown_fields_of_a_deployment_are_named_and_gone() {
        let schema = type_schema("apps/v1", "Deployment").expect("built in");
        let mut object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "a", "labels": { "free": "form" } },
            "spec": { "replica": 1, "template": { "spec": { "containers": [{ "name": "a", "imagee": "b" }] } } }
        });
        let dropped = prune(schema.node(), &mut object);
        assert_eq!(
            dropped,
            ["spec.replica", "spec.template.spec.containers[0].imagee"]
        );
        assert_eq!(
            object["spec"]["template"]["spec"]["containers"][0],
            json!({ "name": "a" })
        );
        assert_eq!(object["metadata"]["labels"]["free"], "form");
    }

    #[test]
    fn preserve_unknown_fields_keeps_and_declared_children_are_still_pruned() {
        let schema = json!({ "type": "object", "properties": {
            "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                      "properties": { "inner": { "type": "object", "properties": { "a": { "type": "string" } } } } }
        } });
        let schema = TypeSchema::new(std::sync::Arc::default(), schema);
        let mut object = json!({ "free": { "x": 1, "inner": { "a": "b", "c": 1 } }, "y": 1 });
        assert_eq!(prune(schema.node(), &mut object), ["free.inner.c", "y"]);
        assert_eq!(object, json!({ "free": { "x": 1, "inner": { "a": "b" } } }));
    }

    #[test]
    fn managed_fields_are_never_pruned() {
        let schema = type_schema("v1", "ConfigMap").expect("built in");
        let mut object =
            json!({ "metadata": { "managedFields": [{ "fieldsV1": { "f:data": { "f:a": {} } } }] } });
        assert!(prune(schema.node(), &mut object).is_empty());
    }
}
