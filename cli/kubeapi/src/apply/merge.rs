//! Putting a configuration into an object, and taking given-up fields out. (pure)

use super::ApplyError;
use super::fields::{Element, FieldSet, list_items};
use crate::schema::node::Node;
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// `live` with everything that `config` names.
///
/// # Errors
/// A list of kind map with a missing or repeated key.
pub(super) fn merge(live: &Value, config: &Value, node: Node<'_>) -> Result<Value, ApplyError> {
    match (live, config) {
        (Value::Object(live), Value::Object(config)) if !node.is_atomic_map() => {
            let mut merged = live.clone();
            for (name, value) in config {
                let old = live.get(name).unwrap_or(&Value::Null);
                merged.insert(name.clone(), merge(old, value, node.field(name))?);
            }
            Ok(Value::Object(merged))
        }
        (Value::Array(live), Value::Array(config)) => merge_list(live, config, node),
        // keys of an item are checked also where the whole list is new
        (_, Value::Array(config)) => list_items(config, node).map(|_| Value::Array(config.clone())),
        _ => Ok(config.clone()),
    }
}

/// Items of the configuration in its order; an item that only `live` has stays before what followed it.
fn merge_list(live: &[Value], config: &[Value], node: Node<'_>) -> Result<Value, ApplyError> {
    let (Some(old), Some(applied)) = (list_items(live, node)?, list_items(config, node)?) else {
        return Ok(Value::Array(config.to_vec()));
    };
    let mut old = VecDeque::from(old);
    let mut merged = Vec::with_capacity(old.len() + applied.len());
    for (element, value) in &applied {
        let is_applied = |known: &Element| applied.iter().any(|(element, _)| element == known);
        while let Some((_, item)) = old.pop_front_if(|(known, _)| !is_applied(known)) {
            merged.push(item.clone());
        }
        let place = old.iter().position(|(known, _)| known == element);
        merged.push(match place.and_then(|place| old.remove(place)) {
            Some((_, current)) => merge(current, value, node.items())?,
            None => (*value).clone(),
        });
    }
    merged.extend(old.into_iter().map(|(_, item)| item.clone()));
    Ok(Value::Array(merged))
}

/// Takes the fields of `given_up` out, but for those that `others` hold, and containers emptied by it.
pub(super) fn remove(value: &mut Value, given_up: &FieldSet, others: &FieldSet, node: Node<'_>) {
    match value {
        Value::Object(fields) => remove_fields(fields, given_up, others, node),
        Value::Array(items) => remove_items(items, given_up, others, node),
        _ => {}
    }
}

fn remove_fields(fields: &mut Map<String, Value>, given_up: &FieldSet, others: &FieldSet, node: Node<'_>) {
    for (element, set) in &given_up.below {
        let Element::Field(name) = element else { continue };
        let held = others.below.get(element);
        if set.is_member && held.is_none_or(FieldSet::is_empty) {
            fields.remove(name);
            continue;
        }
        if let Some(below) = fields.get_mut(name) {
            let was_empty = is_empty(below);
            remove(below, set, held.unwrap_or(&FieldSet::default()), node.field(name));
            if !was_empty && is_empty(below) && held.is_none_or(FieldSet::is_empty) {
                fields.remove(name);
            }
        }
    }
}

fn remove_items(items: &mut Vec<Value>, given_up: &FieldSet, others: &FieldSet, node: Node<'_>) {
    let mut kept = Vec::with_capacity(items.len());
    for mut item in std::mem::take(items) {
        let place = list_items(std::slice::from_ref(&item), node).ok().flatten();
        let element = place
            .and_then(|found| found.into_iter().next())
            .map(|(element, _)| element);
        let set = element.as_ref().and_then(|element| given_up.below.get(element));
        let (Some(element), Some(set)) = (element, set) else {
            kept.push(item);
            continue;
        };
        let held = others.below.get(&element);
        if set.is_member && held.is_none_or(FieldSet::is_empty) {
            continue;
        }
        remove(&mut item, set, held.unwrap_or(&FieldSet::default()), node.items());
        kept.push(item);
    }
    *items = kept;
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
