//! Filling in the defaults that a schema declares.

use serde_json::Value;

use super::node::Node;

/// Sets every absent field that has a default, inside out, as structural defaulting does: a default
/// is itself filled in, a null in a field that is not nullable counts as absent.
pub fn fill(node: Node<'_>, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, schema) in node.properties().into_iter().flatten() {
                let child = node.sibling(schema);
                let Some(default) = child.attribute("default") else {
                    continue;
                };
                let absent = match fields.get(name) {
                    None => true,
                    Some(Value::Null) => !child.is("nullable"),
                    Some(_) => false,
                };
                if absent {
                    fields.insert(name.clone(), default.clone());
                }
            }
            for (name, child) in fields.iter_mut() {
                fill(node.field(name), child);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(node.items(), item)),
        _ => {}
    }
}

/// Drops nulls from fields that are not nullable and have no default: they count as absent.
pub fn drop_nulls(node: Node<'_>, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, child| {
                let schema = node.declared(name);
                !child.is_null() || schema.is_none_or(|schema| schema.is("nullable"))
            });
            for (name, child) in fields.iter_mut() {
                drop_nulls(node.field(name), child);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| drop_nulls(node.items(), item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::node::TypeSchema;

    #[track_caller]
    fn check(schema: &Value, mut value: Value, expected: &Value) {
        let schema = TypeSchema::new(std::sync::Arc::default(), schema.clone());
        fill(schema.node(), &mut value);
        drop_nulls(schema.node(), &mut value);
        assert_eq!(&value, expected);
    }

    #[test]
    fn defaults_fill_absent_and_null_fields_only() {
        let schema = json!({ "properties": {
            "a": { "type": "integer", "default": 1 },
            "b": { "type": "integer", "default": 1, "nullable": true },
            "c": { "type": "string" },
            "d": { "default": {}, "properties": { "e": { "default": "x" } } },
            "f": { "items": { "properties": { "g": { "default": true } } } }
        } });
        check(&schema, json!({}), &json!({ "a": 1, "b": 1, "d": { "e": "x" } }));
        check(
            &schema,
            json!({ "a": null, "b": null, "c": null, "d": { "e": "y" }, "f": [{}, { "g": false }] }),
            &json!({ "a": 1, "b": null, "d": { "e": "y" }, "f": [{ "g": true }, { "g": false }] }),
        );
    }
}
