//! Events have two APIs for the same objects: core/v1 (the stored form) and events.k8s.io/v1.

use serde_json::{Map, Value};

/// Fields whose names differ: core path, events.k8s.io path.
const NAMES: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn renamed(event: &Value, rename: impl Fn(&str) -> String) -> Map<String, Value> {
    let fields = event.as_object().into_iter().flatten();
    fields.map(|(key, value)| (rename(key), value.clone())).collect()
}

/// As events.k8s.io/v1 shows a stored event.
pub(super) fn from_core(event: &Value) -> Value {
    let rename = |key: &str| {
        NAMES
            .iter()
            .find(|(core, _)| *core == key)
            .map_or(key, |(_, new)| new)
            .to_owned()
    };
    let mut event = renamed(event, rename);
    event.insert("apiVersion".to_owned(), "events.k8s.io/v1".into());
    event.insert("kind".to_owned(), "Event".into());
    Value::Object(event)
}

/// The stored form of an event written through events.k8s.io/v1.
pub(super) fn to_core(event: &Value) -> Value {
    let rename = |key: &str| {
        NAMES
            .iter()
            .find(|(_, new)| *new == key)
            .map_or(key, |(core, _)| core)
            .to_owned()
    };
    let mut event = renamed(event, rename);
    event.insert("apiVersion".to_owned(), "v1".into());
    event.insert("kind".to_owned(), "Event".into());
    Value::Object(event)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{from_core, to_core};

    #[test]
    fn an_event_is_the_same_through_both_apis() {
        let written = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "n", "reason": "R",
            "regarding": { "kind": "Pod", "name": "a" }, "reportingController": "c", "deprecatedCount": 2,
        });
        let stored = to_core(&written);
        assert_eq!(stored["involvedObject"]["name"], "a");
        assert_eq!(stored["message"], "n");
        assert_eq!(from_core(&stored), written);
    }
}
