//! Fields that a type does not have, and values of the wrong type, in what a client wrote.

use serde_json::Value;

use crate::api::Call;
use crate::resources::crd::CRDS;
use crate::schema::node::Node;
use crate::schema::prune;
use crate::status::ApiError;

/// Drops unknown fields as `fieldValidation` asks (Strict refuses, Warn says so, Ignore is silent) and refuses
/// values of the wrong type.
pub(crate) fn check(call: &Call, object: &mut Value) -> Result<(), ApiError> {
    let resource = &call.resource;
    let types = resource.type_schema();
    let refuse = |why: String| {
        ApiError::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {why}",
            resource.kind, resource.version, resource.kind
        ))
    };
    // objects of custom resources are validated against their schema, with causes; definitions hold any JSON
    let is_checked = resource.custom.is_none() && resource.collection.as_ref() != CRDS;
    let wrong = if is_checked {
        mistyped(types.node(), object, "")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        return Err(refuse(wrong));
    }
    let unknown = prune::prune(types.node(), object);
    if unknown.is_empty() {
        return Ok(());
    }
    match call.query.find("fieldValidation").unwrap_or("Warn") {
        "Ignore" => {}
        "Strict" => {
            let fields: Vec<String> = unknown.iter().map(|path| prune::unknown_field(path)).collect();
            return Err(refuse(format!("strict decoding error: {}", fields.join(", "))));
        }
        _ => unknown
            .iter()
            .for_each(|path| call.warn(prune::unknown_field(path))),
    }
    Ok(())
}

/// The first value that is not of its declared type. Null counts as absent.
fn mistyped(node: Node<'_>, value: &Value, path: &str) -> Option<String> {
    let declared = node.text("type").unwrap_or_default();
    let fits = match (declared, value) {
        (_, Value::Null) => return None,
        ("object", value) => value.is_object(),
        ("array", value) => value.is_array(),
        ("string", value) => value.is_string(),
        ("boolean", value) => value.is_boolean(),
        ("integer", value) => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        ("number", value) => value.is_number(),
        _ => true,
    };
    if !fits {
        let found = match value {
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            _ => "object",
        };
        return Some(format!(
            "json: cannot unmarshal {found} into field {} of type {declared}",
            &path[1.min(path.len())..]
        ));
    }
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, child)| {
            let field = node.declared(name).or_else(|| node.map_values())?;
            mistyped(field, child, &format!("{path}.{name}"))
        }),
        Value::Array(items) => {
            let item = node.items();
            items
                .iter()
                .enumerate()
                .find_map(|(index, child)| mistyped(item, child, &format!("{path}[{index}]")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::mistyped;
    use crate::schema::builtin::type_schema;

    #[test]
    fn a_value_of_the_wrong_type_is_named() {
        let types = type_schema("apps/v1", "Deployment").unwrap();
        let check = |spec: serde_json::Value| mistyped(types.node(), &json!({ "spec": spec }), "");
        assert_eq!(check(json!({ "replicas": 2, "paused": null })), None);
        assert_eq!(
            check(json!({ "replicas": "two" })).unwrap(),
            "json: cannot unmarshal string into field spec.replicas of type integer"
        );
        let container =
            json!({ "template": { "spec": { "containers": [{ "env": [{ "name": "A", "value": 5 }] }] } } });
        assert!(
            check(container)
                .unwrap()
                .contains("spec.template.spec.containers[0].env[0].value of type string")
        );
        let quantities = json!({ "template": { "spec": { "containers": [{ "resources": { "limits": { "cpu": 1 } } }] } } });
        assert_eq!(check(quantities), None);
        let ports = json!({ "template": { "spec": { "containers": [{ "livenessProbe": { "httpGet": { "port": "http" } } }] } } });
        assert_eq!(check(ports), None);
    }
}
