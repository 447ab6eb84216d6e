//! Reading JSON objects for checks: findings with the path of what is wrong. (pure)

use serde_json::{Map, Value};

use crate::model::policy::IpBlock;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) errors: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Findings {
    pub(super) fn refuse(&mut self, text: impl Into<String>) {
        self.errors.push(text.into());
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    /// A list of objects; a null or otherwise formed element is an error.
    pub(super) fn objects<'a>(
        &mut self,
        of: &'a Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Vec<(String, &'a Map<String, Value>)> {
        let mut found = Vec::new();
        match of.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}{key}[{at}]");
                    match item {
                        Value::Object(item) => found.push((path, item)),
                        Value::Null => self.refuse(format!("{path} cannot be null")),
                        _ => self.refuse(format!("{path} must be an object")),
                    }
                }
            }
            Some(_) => self.refuse(format!("{path}{key} must be a list")),
        }
        found
    }

    /// A list of texts; other elements are errors.
    pub(super) fn texts<'a>(&mut self, of: &'a Map<String, Value>, key: &str, path: &str) -> Vec<&'a str> {
        let mut found = Vec::new();
        match of.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    match item.as_str() {
                        Some(text) => found.push(text),
                        None => self.refuse(format!("{path}{key}[{at}] must be a string")),
                    }
                }
            }
            Some(_) => self.refuse(format!("{path}{key} must be a list of strings")),
        }
        found
    }

    /// Selector rules of policies; whether labels are named.
    pub(super) fn selector(&mut self, spec: &Map<String, Value>) -> bool {
        let labels = spec.get("selector").and_then(|one| one.get("matchLabels"));
        let Some(labels) = labels.and_then(Value::as_object) else {
            return false;
        };
        for (key, value) in labels {
            if key.is_empty() {
                self.refuse("selector has an empty key");
            }
            let value = value.as_str().unwrap_or_default();
            if key.contains('*') || value.contains('*') {
                self.refuse(format!("selector {key}={value}: wildcards are not supported"));
            }
        }
        !labels.is_empty()
    }
}

/// A decimal port within 16 bits.
pub(super) fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// An address or CIDR.
pub(super) fn is_block(text: &str) -> bool {
    IpBlock::parse(text).is_some()
}

/// A DNS name; the first label may be `*` where wildcards are allowed.
pub(super) fn is_host(text: &str, may_be_wildcard: bool) -> bool {
    let name = if may_be_wildcard {
        text.strip_prefix("*.").unwrap_or(text)
    } else {
        text
    };
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 255 && name.split('.').all(is_label)
}
