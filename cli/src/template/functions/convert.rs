//! YAML, JSON, base64, hashes. (pure)

use super::super::value::Value;
use super::{Row, text};
use crate::base64;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) const TABLE: &[Row] = &[
    ("toYaml", 1, 1, |a| Ok(to_yaml(&a[0]))),
    ("mustToYaml", 1, 1, |a| Ok(to_yaml(&a[0]))),
    ("fromYaml", 1, 1, |a| Ok(from_yaml(&text(&a[0])))),
    ("fromYamlArray", 1, 1, |a| Ok(from_yaml(&text(&a[0])))),
    ("toJson", 1, 1, |a| Ok(Value::text(a[0].to_json().to_string()))),
    ("mustToJson", 1, 1, |a| {
        Ok(Value::text(a[0].to_json().to_string()))
    }),
    ("toRawJson", 1, 1, |a| Ok(Value::text(a[0].to_json().to_string()))),
    ("toPrettyJson", 1, 1, |a| {
        serde_json::to_string_pretty(&a[0].to_json())
            .map(Value::text)
            .map_err(|error| error.to_string())
    }),
    ("fromJson", 1, 1, |a| Ok(from_json(&text(&a[0])))),
    ("b64enc", 1, 1, |a| {
        Ok(Value::text(base64::encode(text(&a[0]).as_bytes())))
    }),
    ("sha256sum", 1, 1, |a| {
        Ok(Value::text(sha256(text(&a[0]).as_bytes())))
    }),
    ("toString", 1, 1, |a| Ok(Value::text(text(&a[0])))),
    ("toStrings", 1, 1, |a| {
        Ok(Value::list(
            super::list(&a[0])?
                .iter()
                .map(|item| Value::text(text(item)))
                .collect(),
        ))
    }),
];

fn to_yaml(value: &Value) -> Value {
    Value::text(crate::yaml::to_string(&value.to_json()).trim_end())
}

/// What cannot be read becomes a map with the key `Error`, as Helm has it.
fn from_yaml(yaml: &str) -> Value {
    match crate::yaml::from_str(yaml) {
        Ok(serde_json::Value::Null) => Value::map(BTreeMap::new()),
        Ok(json) => Value::from(&json),
        Err(error) => failed(&error.to_string()),
    }
}

fn from_json(json: &str) -> Value {
    match serde_json::from_str::<serde_json::Value>(json) {
        Ok(json) => Value::from(&json),
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(message: &str) -> Value {
    Value::map(BTreeMap::from([("Error".to_owned(), Value::text(message))]))
}

fn sha256(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}

/// Two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_the_standards() {
        assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
