//! `values.schema.json` of a chart: values of a wrong type are refused before anything is rendered, as Helm does. (pure)

use jsonschema::{Draft, Validator};
use serde_json::Value;

/// The file's name in a chart.
pub(super) const FILE: &str = "values.schema.json";
/// So many findings are told.
const MAX_TOLD: usize = 10;

/// What is wrong with values, or with their schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The file is no JSON schema.
    #[error("`{FILE}` is no JSON schema: {0}")]
    Broken(String),
    /// Values that the schema refuses: where, and why.
    #[error("the values do not fit:\n  {}", .0.join("\n  "))]
    Refused(Vec<String>),
}

/// Checks values against the text of a schema.
pub(super) fn check(schema: &str, values: &Value) -> Result<(), SchemaError> {
    let broken = |error: &dyn std::fmt::Display| SchemaError::Broken(error.to_string());
    let schema: Value = serde_json::from_str(schema).map_err(|error| broken(&error))?;
    // a reference to another document is an error: a chart is whole by itself
    let validator: Validator = jsonschema::options()
        .with_draft(draft(&schema))
        .build(&schema)
        .map_err(|error| broken(&error))?;
    let mut found: Vec<String> = validator
        .iter_errors(values)
        .take(MAX_TOLD)
        .map(|error| {
            let path = error.instance_path().to_string();
            let path = path.trim_start_matches('/').replace('/', ".");
            let path = if path.is_empty() {
                "the whole".to_owned()
            } else {
                path
            };
            format!("{path}: {error}")
        })
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    found.sort();
    found.dedup();
    Err(SchemaError::Refused(found))
}

/// The draft that the schema names; Helm's default where it names none.
fn draft(schema: &Value) -> Draft {
    match schema["$schema"].as_str() {
        Some(uri) if uri.contains("draft-04") => Draft::Draft4,
        Some(uri) if uri.contains("draft-06") => Draft::Draft6,
        Some(uri) if uri.contains("draft-07") => Draft::Draft7,
        Some(uri) if uri.contains("2019-09") => Draft::Draft201909,
        _ => Draft::Draft202012,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SCHEMA: &str = r##"{
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"flag": {"type": ["boolean", "null"]}},
        "type": "object",
        "properties": {"a": {"properties": {"on": {"$ref": "#/definitions/flag"}}}}
    }"##;

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        assert_eq!(check(SCHEMA, &json!({"a": {"on": true}, "other": 1})), Ok(()));
        let error = check(SCHEMA, &json!({"a": {"on": "yes"}}))
            .unwrap_err()
            .to_string();
        assert!(error.contains("a.on: \"yes\" is not of type"), "{error}");
        let error = check(SCHEMA, &json!([])).unwrap_err().to_string();
        assert!(error.contains("the whole: "), "{error}");
    }

    #[test]
    fn a_schema_that_is_none_is_an_error() {
        for text in [
            "",
            "{",
            r#"{"type": "nothing"}"#,
            r#"{"$ref": "https://elsewhere.example/s.json"}"#,
        ] {
            assert!(
                matches!(check(text, &json!({})), Err(SchemaError::Broken(_))),
                "{text}"
            );
        }
    }
}
