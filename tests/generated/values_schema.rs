//! The JSON schema of a chart's values, from its defaults: a key keeps the kind of value that it has there.
//!
//! Keys that a chart does not know are let through: one values file serves all four. What stands below `global`, below
//! the chart's prefix or at the top are the same keys (`spec/charts.md` 1.1).

use serde_json::{Map, Value, json};

/// Below this a chart keeps its defaults.
const DEFAULTS: &str = "_internal_defaults_do_not_set";

/// The schema as text.
pub(crate) fn generate(chart: &str, prefix: &str, text: &str) -> String {
    let values = meshctl::yaml::from_str(text).unwrap();
    let defaults = &values[DEFAULTS];
    assert!(
        defaults.is_object(),
        "{chart} keeps its defaults below {DEFAULTS}"
    );
    let mut known = kind(defaults);
    let comments = comments(text);
    describe(&mut known, &mut Vec::new(), &comments);
    let below = json!({"$ref": "#/definitions/values"});
    let mut root = json!({
        "allOf": [below],
        "properties": {DEFAULTS: below, "global": below},
    });
    if defaults.get(prefix).is_none() {
        root["properties"][prefix] = below;
    }
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("Values of chart {chart}"),
        "type": "object",
        "allOf": root["allOf"],
        "properties": root["properties"],
        "definitions": {"values": known},
    });
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())
}

/// What may stand where the default is this.
fn kind(default: &Value) -> Value {
    match default {
        Value::Object(map) => {
            let mut schema = json!({"type": ["object", "null"]});
            if !map.is_empty() {
                let properties: Map<String, Value> = map
                    .iter()
                    .map(|(key, value)| (key.clone(), kind(value)))
                    .collect();
                schema["properties"] = Value::Object(properties);
            }
            schema
        }
        Value::Array(_) => json!({"type": ["array", "null"]}),
        Value::Bool(_) => json!({"type": ["boolean", "null"]}),
        Value::Number(_) => json!({"type": ["number", "string", "null"]}),
        // YAML reads `tag: 1.31` and `provider: true` as no text, and templates write them all the same
        Value::String(_) | Value::Null => json!({"type": ["string", "number", "boolean", "null"]}),
    }
}

/// Comments above keys, by the keys' path.
fn comments(text: &str) -> Vec<(Vec<String>, String)> {
    let (mut found, mut path, mut comment) =
        (Vec::new(), Vec::<(usize, String)>::new(), Vec::<String>::new());
    for line in text.lines() {
        let trimmed = line.trim_start();
        let depth = line.len() - trimmed.len();
        if let Some(words) = trimmed.strip_prefix('#') {
            comment.push(words.trim().to_owned());
            continue;
        }
        let key = trimmed.split_once(':').map(|(key, _)| key);
        if let Some(key) = key.filter(|key| {
            key.chars()
                .all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        }) {
            path.retain(|(above, _)| *above < depth);
            path.push((depth, key.to_owned()));
            if !comment.is_empty() && path.len() > 1 {
                let keys = path[1..].iter().map(|(_, key)| key.clone()).collect();
                found.push((keys, comment.join(" ")));
            }
        }
        comment.clear();
    }
    found
}

fn describe(schema: &mut Value, path: &mut Vec<String>, comments: &[(Vec<String>, String)]) {
    if let Some((_, text)) = comments.iter().find(|(keys, _)| keys == path) {
        schema["description"] = json!(text);
    }
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (key, below) in properties {
        path.push(key.clone());
        describe(below, path, comments);
        path.pop();
    }
}
