//! Strategic merge patch: a merge patch whose lists merge by key.
//!
//! Which lists merge, and by which key, comes from the schema ([`Node::patch_strategy`]). The
//! directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are
//! obeyed and never stored. The order of merged lists is the real server's: the patch's items in the
//! patch's order, the server's own items between them where the old order tells.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::PatchError;
use crate::schema::node::Node;

const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const SET_ELEMENT_ORDER: &str = "$setElementOrder/";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";

/// The object after the patch.
///
/// # Errors
/// If the patch is no object, a directive is malformed, or a list item lacks its merge key.
pub fn apply(target: Value, patch: &Value, node: Node<'_>) -> Result<Value, PatchError> {
    let (Value::Object(target), Value::Object(patch)) = (target, patch) else {
        return Err(PatchError::Malformed(
            "a strategic merge patch must be an object".to_owned(),
        ));
    };
    merge_map(target, patch, node).map(Value::Object)
}

fn merge_map(
    mut target: Map<String, Value>,
    patch: &Map<String, Value>,
    node: Node<'_>,
) -> Result<Map<String, Value>, PatchError> {
    match directive(patch)? {
        Some("replace") => return Ok(without_directives(patch)),
        Some("delete") => return Ok(Map::new()),
        _ => {}
    }
    retain_keys(&mut target, patch)?;
    for (name, change) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        let old = target.remove(name);
        if change.is_null() {
            continue;
        }
        let list = ListPatch::of(patch, name)?;
        let merged = merge_value(old, change, node.field(name), &list)?;
        target.insert(name.clone(), merged);
    }
    for name in lists_named_only_by_directives(patch) {
        let list = ListPatch::of(patch, name)?;
        let Some(Value::Array(old)) = target.remove(name) else {
            continue;
        };
        let merged = merge_list(&old, &[], node.field(name), &list)?;
        target.insert(name.to_owned(), Value::Array(merged));
    }
    Ok(target)
}

fn merge_value(
    old: Option<Value>,
    change: &Value,
    node: Node<'_>,
    list: &ListPatch<'_>,
) -> Result<Value, PatchError> {
    match (old, change) {
        (Some(Value::Object(old)), Value::Object(change)) => merge_map(old, change, node).map(Value::Object),
        (_, Value::Object(change)) => merge_map(Map::new(), change, node).map(Value::Object),
        (old, Value::Array(items)) if node.patch_strategy().merge => {
            let old = match old {
                Some(Value::Array(old)) => old,
                _ => Vec::new(),
            };
            merge_list(&old, items, node, list).map(Value::Array)
        }
        (_, change) => Ok(strip(change)),
    }
}

/// The parallel lists that direct how one list merges.
#[derive(Default)]
struct ListPatch<'a> {
    order: Option<&'a [Value]>,
    deleted: &'a [Value],
}

impl<'a> ListPatch<'a> {
    fn of(patch: &'a Map<String, Value>, name: &str) -> Result<Self, PatchError> {
        let list = |prefix: &str| match patch.get(&format!("{prefix}{name}")) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items.as_slice())),
            Some(_) => Err(PatchError::Malformed(format!(
                "invalid patch format of {prefix}{name}: not a list"
            ))),
        };
        Ok(Self {
            order: list(SET_ELEMENT_ORDER)?,
            deleted: list(DELETE_FROM_LIST)?.unwrap_or_default(),
        })
    }
}

fn lists_named_only_by_directives(patch: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let named = patch.keys().filter_map(|key| {
        key.strip_prefix(SET_ELEMENT_ORDER)
            .or_else(|| key.strip_prefix(DELETE_FROM_LIST))
    });
    let mut lists: Vec<&str> = named.filter(|name| !patch.contains_key(*name)).collect();
    lists.sort_unstable();
    lists.dedup();
    lists.into_iter()
}

fn directive(patch: &Map<String, Value>) -> Result<Option<&str>, PatchError> {
    match patch.get(PATCH) {
        None => Ok(None),
        Some(Value::String(text)) if matches!(text.as_str(), "replace" | "delete" | "merge") => {
            Ok(Some(text))
        }
        Some(other) => Err(PatchError::Malformed(format!(
            "unknown patch type found: {other}"
        ))),
    }
}

fn retain_keys(target: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), PatchError> {
    let Some(retained) = patch.get(RETAIN_KEYS) else {
        return Ok(());
    };
    let malformed = || PatchError::Malformed("invalid patch format of retainKeys".to_owned());
    let retained: Vec<&str> = retained
        .as_array()
        .ok_or_else(malformed)?
        .iter()
        .map(Value::as_str)
        .collect::<Option<_>>()
        .ok_or_else(malformed)?;
    if patch.iter().any(|(name, change)| {
        !name.starts_with('$') && !change.is_null() && !retained.contains(&name.as_str())
    }) {
        return Err(malformed());
    }
    target.retain(|name, _| retained.contains(&name.as_str()));
    Ok(())
}

fn merge_list(
    old: &[Value],
    items: &[Value],
    node: Node<'_>,
    list: &ListPatch<'_>,
) -> Result<Vec<Value>, PatchError> {
    let strategy = node.patch_strategy();
    let Some(key) = strategy.key.as_deref() else {
        return Ok(merge_scalars(old, items, list));
    };
    if items
        .iter()
        .any(|item| item.get(PATCH).and_then(Value::as_str) == Some("replace"))
    {
        let kept = items.iter().filter(|item| item.get(PATCH).is_none());
        return Ok(kept.map(strip).collect());
    }
    let mut merged = old.to_vec();
    for item in items {
        let Value::Object(change) = item else {
            return Err(PatchError::Malformed(format!(
                "list items with merge key {key} must be objects"
            )));
        };
        let identity = change.get(key).ok_or_else(|| {
            PatchError::DoesNotApply(format!("map: {item} does not contain declared merge key: {key}"))
        })?;
        let is_it = |candidate: &Value| candidate.get(key) == Some(identity);
        if directive(change)? == Some("delete") {
            merged.retain(|candidate| !is_it(candidate));
            continue;
        }
        match merged.iter().position(is_it) {
            Some(at) => {
                let before = merged.get_mut(at).map(Value::take);
                let after = merge_value(before, item, node.items(), &ListPatch::default())?;
                if let Some(slot) = merged.get_mut(at) {
                    *slot = after;
                }
            }
            None => merged.push(Value::Object(merge_map(Map::new(), change, node.items())?)),
        }
    }
    let identity = |value: &Value| value.get(key).cloned().unwrap_or_default();
    Ok(in_order(merged, old, list.order.unwrap_or(items), identity))
}

fn merge_scalars(old: &[Value], items: &[Value], list: &ListPatch<'_>) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for value in old.iter().chain(items) {
        if !merged.contains(value) && !list.deleted.contains(value) {
            merged.push(value.clone());
        }
    }
    in_order(merged, old, list.order.unwrap_or(items), Value::clone)
}

/// The order of a merged list: `wanted` decides among the items it names; the others keep the old
/// order, and go before a wanted item only where the old list had them so.
fn in_order(
    merged: Vec<Value>,
    old: &[Value],
    wanted: &[Value],
    identity: impl Fn(&Value) -> Value,
) -> Vec<Value> {
    let place = |list: &[Value], value: &Value| {
        let wanted = identity(value);
        list.iter().position(|candidate| identity(candidate) == wanted)
    };
    let (mut named, mut others): (Vec<Value>, Vec<Value>) = merged
        .into_iter()
        .partition(|value| place(wanted, value).is_some());
    named.sort_by_key(|value| place(wanted, value));
    others.sort_by(|a, b| match (place(old, a), place(old, b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => Ordering::Equal,
    });
    let mut result = Vec::with_capacity(named.len() + others.len());
    let mut others = others.into_iter().peekable();
    for value in named {
        let at = place(old, &value);
        while let Some(other) =
            others.next_if(|other| matches!((place(old, other), at), (Some(l), Some(r)) if l < r))
        {
            result.push(other);
        }
        result.push(value);
    }
    result.extend(others);
    result
}

/// A value without directives anywhere below.
fn strip(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(without_directives(fields)),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .filter(|item| item.get(PATCH).and_then(Value::as_str) != Some("delete"))
                .map(strip)
                .collect(),
        ),
        other => other.clone(),
    }
}

fn without_directives(fields: &Map<String, Value>) -> Map<String, Value> {
    let is_directive = |name: &str| {
        name == PATCH
            || name == RETAIN_KEYS
            || name.starts_with(SET_ELEMENT_ORDER)
            || name.starts_with(DELETE_FROM_LIST)
    };
    let kept = fields
        .iter()
        .filter(|(name, value)| !is_directive(name) && !value.is_null());
    kept.map(|(name, value)| (name.clone(), strip(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::builtin::type_schema;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "keeps the cases short")]
    fn check(spec: Value, patch: Value, expected: Value) {
        let schema = type_schema("v1", "Pod").expect("built in");
        let patched = apply(json!({ "spec": spec }), &json!({ "spec": patch }), schema.node());
        assert_eq!(patched, Ok(json!({ "spec": expected })));
    }

    #[test]
    fn containers_merge_by_name_and_new_ones_come_first() {
        check(
            json!({ "containers": [{ "name": "a", "image": "1" }, { "name": "b" }] }),
            json!({ "containers": [{ "name": "a", "image": "2" }, { "name": "c" }] }),
            json!({ "containers": [{ "name": "a", "image": "2" }, { "name": "c" }, { "name": "b" }] }),
        );
    }

    #[test]
    fn nested_lists_merge_by_their_own_keys() {
        check(
            json!({ "containers": [{ "name": "a", "env": [{ "name": "x", "value": "1" }], "args": ["1", "2"] }] }),
            json!({ "containers": [{ "name": "a", "env": [{ "name": "x", "value": "2" }], "args": ["3"] }] }),
            json!({ "containers": [{ "name": "a", "env": [{ "name": "x", "value": "2" }], "args": ["3"] }] }),
        );
    }

    #[test]
    fn directives_delete_replace_and_order() {
        check(
            json!({ "containers": [{ "name": "a" }, { "name": "b" }] }),
            json!({ "containers": [{ "name": "a", "$patch": "delete" }] }),
            json!({ "containers": [{ "name": "b" }] }),
        );
        check(
            json!({ "containers": [{ "name": "a" }, { "name": "b" }] }),
            json!({ "containers": [{ "name": "c" }, { "$patch": "replace" }] }),
            json!({ "containers": [{ "name": "c" }] }),
        );
        check(
            json!({ "containers": [{ "name": "a" }, { "name": "b" }] }),
            json!({ "$setElementOrder/containers": [{ "name": "b" }, { "name": "a" }] }),
            json!({ "containers": [{ "name": "b" }, { "name": "a" }] }),
        );
        check(
            json!({ "nodeSelector": { "a": "b" }, "volumes": [{ "name": "v", "emptyDir": {} }] }),
            json!({ "nodeSelector": { "$patch": "replace", "c": "d" },
                    "volumes": [{ "$retainKeys": ["name", "configMap"], "name": "v", "configMap": { "name": "x" } }] }),
            json!({ "nodeSelector": { "c": "d" }, "volumes": [{ "name": "v", "configMap": { "name": "x" } }] }),
        );
    }

    #[test]
    fn finalizers_are_a_set_from_which_values_can_be_deleted() {
        let schema = type_schema("v1", "Pod").expect("built in");
        let patched = apply(
            json!({ "metadata": { "finalizers": ["a", "b"] } }),
            &json!({ "metadata": { "$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"] } }),
            schema.node(),
        );
        assert_eq!(patched, Ok(json!({ "metadata": { "finalizers": ["c", "b"] } })));
    }

    #[test]
    fn tolerations_and_unknown_lists_are_replaced_whole() {
        check(
            json!({ "tolerations": [{ "key": "a" }], "other": [1] }),
            json!({ "tolerations": [{ "key": "b" }], "other": [2] }),
            json!({ "tolerations": [{ "key": "b" }], "other": [2] }),
        );
    }

    #[test]
    fn null_removes_a_field_and_an_item_without_its_key_is_refused() {
        check(
            json!({ "hostNetwork": true, "a": 1 }),
            json!({ "hostNetwork": null }),
            json!({ "a": 1 }),
        );
        let schema = type_schema("v1", "Pod").expect("built in");
        let patch = json!({ "spec": { "containers": [{ "image": "x" }] } });
        let error = apply(json!({}), &patch, schema.node()).expect_err("no key");
        assert!(
            error
                .to_string()
                .contains("does not contain declared merge key: name"),
            "{error}"
        );
    }
}
