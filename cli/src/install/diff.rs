//! What an installation would change, as a unified diff of YAML. (pure)

use super::component::title_of;
use crate::yaml;
use serde_json::{Map, Value};
use similar::TextDiff;

/// One object's change as `diff -u` writes it; empty when both are equal.
#[must_use]
pub fn unified(before: Option<&Value>, after: Option<&Value>) -> String {
    let title = after.or(before).map(title_of).unwrap_or_default();
    let text = |object: Option<&Value>| {
        object
            .map(|object| yaml::to_string(&shown(object)))
            .unwrap_or_default()
    };
    let (before, after) = (text(before), text(after));
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(&before, &after);
    let mut unified = diff.unified_diff();
    unified
        .context_radius(3)
        .header(&format!("live/{title}"), &format!("new/{title}"));
    unified.to_string()
}

/// An object as it was written: without what the server keeps for itself.
#[must_use]
pub fn written(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            strip(metadata);
        }
    }
    object
}

/// The same as a person may read it.
fn shown(object: &Value) -> Value {
    let mut object = written(object);
    if let Some(map) = object.as_object_mut()
        && map.get("kind").is_some_and(|kind| kind == "Secret")
    {
        redact(map);
    }
    object
}

fn strip(metadata: &mut Map<String, Value>) {
    for key in [
        "resourceVersion",
        "uid",
        "generation",
        "managedFields",
        "creationTimestamp",
        "selfLink",
    ] {
        metadata.remove(key);
    }
}

fn redact(secret: &mut Map<String, Value>) {
    for key in ["data", "stringData"] {
        for value in secret
            .get_mut(key)
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            *value.1 = Value::from("<redacted>");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_people_write_is_compared() {
        let object = |version: &str, value: i64| json!({"kind": "X", "metadata": {"name": "n", "resourceVersion": version}, "a": value, "status": {"s": version}});
        assert_eq!(unified(Some(&object("1", 1)), Some(&object("2", 1))), "");
        let text = unified(Some(&object("1", 1)), Some(&object("2", 2)));
        assert!(
            text.contains("--- live/X/n\n+++ new/X/n\n") && text.contains("-a: 1\n+a: 2\n"),
            "{text}"
        );
        let created = unified(None, Some(&object("1", 1)));
        assert!(created.contains("+kind: X"), "{created}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret =
            |value: &str| json!({"kind": "Secret", "metadata": {"name": "n"}, "data": {"key": value}});
        assert!(!unified(None, Some(&secret("aGVsbG8="))).contains("aGVsbG8="));
    }
}
