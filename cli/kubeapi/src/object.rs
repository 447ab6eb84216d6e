//! The few fields that every Kubernetes object has, read and written on plain JSON.
//!
//! Objects stay `serde_json::Value` everywhere in this crate: a server must keep fields it does not know.

use serde_json::{Map, Value};

/// The text at `path`, if there is text.
pub(crate) fn text<'a>(object: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(object, path).and_then(Value::as_str)
}

/// The value at `path`, if there is one that is not null.
pub(crate) fn at<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(object, |value, step| value.get(step))
        .filter(|value| !value.is_null())
}

/// The list at `path`; empty when absent.
pub(crate) fn list<'a>(object: &'a Value, path: &[&str]) -> &'a [Value] {
    at(object, path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The whole number at `path`.
pub(crate) fn int(object: &Value, path: &[&str]) -> Option<i64> {
    at(object, path).and_then(Value::as_i64)
}

/// `metadata.name`, empty when absent.
pub(crate) fn name(object: &Value) -> &str {
    text(object, &["metadata", "name"]).unwrap_or_default()
}

/// `metadata.namespace`, empty when absent.
pub(crate) fn namespace(object: &Value) -> &str {
    text(object, &["metadata", "namespace"]).unwrap_or_default()
}

/// `metadata.uid`, empty when absent.
pub(crate) fn uid(object: &Value) -> &str {
    text(object, &["metadata", "uid"]).unwrap_or_default()
}

/// `metadata.resourceVersion`, empty when absent.
pub(crate) fn version(object: &Value) -> &str {
    text(object, &["metadata", "resourceVersion"]).unwrap_or_default()
}

/// Whether deletion was asked for and waits (finalizers or grace).
pub(crate) fn is_terminating(object: &Value) -> bool {
    at(object, &["metadata", "deletionTimestamp"]).is_some()
}

/// The finalizers that still hold the object.
pub(crate) fn finalizers(object: &Value) -> Vec<&str> {
    list(object, &["metadata", "finalizers"])
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// One label's value.
pub(crate) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    text(object, &["metadata", "labels", key])
}

/// The object as a map, made one if it is not.
pub(crate) fn map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

/// The map at `path`, made on the way.
pub(crate) fn map_at<'a>(value: &'a mut Value, path: &[&str]) -> &'a mut Map<String, Value> {
    let mut current = value;
    for step in path {
        current = map(current).entry((*step).to_owned()).or_insert(Value::Null);
    }
    map(current)
}

/// `metadata`, made when absent.
pub(crate) fn meta(object: &mut Value) -> &mut Map<String, Value> {
    map_at(object, &["metadata"])
}

/// Sets `path` to `value`, making the maps on the way.
pub(crate) fn set(object: &mut Value, path: &[&str], value: impl Into<Value>) {
    if let Some((last, before)) = path.split_last() {
        map_at(object, before).insert((*last).to_owned(), value.into());
    }
}

/// Sets `key` when it is absent or null.
pub(crate) fn default(object: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    let slot = object.entry(key.to_owned()).or_insert(Value::Null);
    if slot.is_null() {
        *slot = value.into();
    }
}

/// Removes `path`, if it is there.
pub(crate) fn remove(object: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, before) = path.split_last()?;
    let parent = before
        .iter()
        .try_fold(object, |value, step| value.get_mut(*step))?;
    parent.as_object_mut()?.remove(*last)
}

/// Drops what a typed server would not write back: nulls anywhere, and empty collections of the metadata.
pub(crate) fn normalize(object: &mut Value, is_typed: bool) {
    if is_typed {
        drop_nulls(object);
    }
    let meta = meta(object);
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let empty = match meta.get(field) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Null) => true,
            _ => false,
        };
        if empty {
            meta.remove(field);
        }
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, child| !child.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// The moment as Kubernetes writes it: UTC, whole seconds.
pub(crate) fn timestamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Now, as Kubernetes writes it.
pub(crate) fn now() -> String {
    timestamp(jiff::Timestamp::now())
}

/// A fresh random uid (RFC 9562 version 4).
pub(crate) fn new_uid() -> String {
    let bits = rand::random::<u128>();
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// The five characters that `generateName` appends, from the alphabet Kubernetes uses.
pub(crate) fn name_suffix() -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    (0..5)
        .map(|_| char::from(ALPHABET[rand::random::<u32>() as usize % ALPHABET.len()]))
        .collect()
}
