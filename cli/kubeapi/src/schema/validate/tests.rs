//! Schemas, values, and what a real server says about them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::validate;
use crate::schema::node::TypeSchema;

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "keeps the cases short")]
fn check(schema: Value, value: Value, expected: &[&str]) {
    let schema = TypeSchema::new(Arc::default(), json!({ "properties": { "spec": schema } }));
    let causes = validate(schema.node(), &json!({ "spec": value }));
    let texts: Vec<String> = causes.iter().map(crate::schema::Cause::text).collect();
    assert_eq!(texts, expected);
}

#[test]
fn types_are_checked_with_their_names() {
    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer" }, "b": { "x-kubernetes-int-or-string": true } } });
    check(schema.clone(), json!({ "a": 1.0, "b": "1" }), &[]);
    check(
        schema.clone(),
        json!({ "a": "x" }),
        &[r#"spec.a: Invalid value: "string": spec.a in body must be of type integer: "string""#],
    );
    check(
        schema,
        json!({ "b": [] }),
        &[r#"spec.b: Invalid value: "array": spec.b in body must be of type integer,string: "array""#],
    );
    check(
        json!({ "type": "string" }),
        Value::Null,
        &[r#"spec: Invalid value: "null": spec in body must be of type string: "null""#],
    );
    check(json!({ "type": "string", "nullable": true }), Value::Null, &[]);
}

#[test]
fn required_fields_and_closed_lists_are_named() {
    let schema =
        json!({ "type": "object", "required": ["a"], "properties": { "b": { "enum": ["ALLOW", "DENY"] } } });
    check(
        schema,
        json!({ "b": "FOO" }),
        &[
            "spec.a: Required value",
            r#"spec.b: Unsupported value: "FOO": supported values: "ALLOW", "DENY""#,
        ],
    );
}

#[test]
fn bounds_patterns_and_counts_are_checked() {
    check(
        json!({ "type": "integer", "minimum": 1, "maximum": 10 }),
        json!(0),
        &["spec: Invalid value: 0: spec in body should be greater than or equal to 1"],
    );
    check(
        json!({ "type": "integer", "minimum": 1, "maximum": 10, "exclusiveMaximum": true }),
        json!(10),
        &["spec: Invalid value: 10: spec in body should be less than 10"],
    );
    check(
        json!({ "type": "string", "pattern": "^a+$" }),
        json!("b"),
        &[r#"spec: Invalid value: "b": spec in body should match '^a+$'"#],
    );
    check(
        json!({ "type": "array", "maxItems": 1, "items": { "type": "string", "minLength": 2 } }),
        json!(["aa", "b"]),
        &[
            "spec: Too many: 2: must have at most 1 items",
            r#"spec[1]: Invalid value: "b": spec[1] in body should be at least 2 chars long"#,
        ],
    );
    check(
        json!({ "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"] }),
        json!([{ "n": 1 }, { "n": 2 }, { "n": 1 }]),
        &[r#"spec[2]: Duplicate value: {"n":1}"#],
    );
}

#[test]
fn combinations_say_which_rule_failed() {
    let schema = json!({ "type": "object", "oneOf": [{ "required": ["a"] }, { "required": ["b"] }] });
    check(schema.clone(), json!({ "a": 1 }), &[]);
    check(
        schema.clone(),
        json!({ "a": 1, "b": 2 }),
        &[
            r#"spec: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
        ],
    );
    check(
        schema,
        json!({}),
        &[
            r#"spec: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid"#,
            "spec.a: Required value",
        ],
    );
    check(
        json!({ "not": { "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] } }),
        json!({ "b": 1 }),
        &[r#"spec: Invalid value: "": "spec" must not validate the schema (not)"#],
    );
}
