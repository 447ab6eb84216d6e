//! What changed between two objects, field by field. (pure)

use super::ApplyError;
use super::fields::{Element, FieldSet, list_items};
use crate::schema::node::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// The fields in which two objects differ.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
}

/// Compares two values of one type.
///
/// # Errors
/// A list of kind map with a missing or repeated key.
pub(super) fn compare(old: &Value, new: &Value, node: Node<'_>) -> Result<Changes, ApplyError> {
    if old == new {
        return Ok(Changes::default());
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) if !node.is_atomic_map() => {
            let field = |(name, value)| (Element::Field(String::clone(name)), value);
            children(
                before.iter().map(field).collect(),
                after.iter().map(field).collect(),
                |element| match element {
                    Element::Field(name) => node.field(name),
                    _ => node.items(),
                },
            )
        }
        (Value::Array(before), Value::Array(after)) => {
            match (list_items(before, node)?, list_items(after, node)?) {
                (Some(before), Some(after)) => children(before, after, |_| node.items()),
                // an empty list is of any kind
                (None, Some(after)) if before.is_empty() => children(Vec::new(), after, |_| node.items()),
                (Some(before), None) if after.is_empty() => children(before, Vec::new(), |_| node.items()),
                _ => Ok(Changes {
                    modified: FieldSet::leaf(),
                    ..Changes::default()
                }),
            }
        }
        _ => Ok(Changes {
            modified: FieldSet::leaf(),
            ..Changes::default()
        }),
    }
}

fn children<'n>(
    before: Vec<(Element, &Value)>,
    after: Vec<(Element, &Value)>,
    child: impl Fn(&Element) -> Node<'n>,
) -> Result<Changes, ApplyError> {
    let mut changes = Changes::default();
    let mut gone: BTreeMap<Element, &Value> = before.into_iter().collect();
    for (element, value) in after {
        let node = child(&element);
        match gone.remove(&element) {
            Some(old) => {
                let below = compare(old, value, node)?;
                keep(&mut changes.added, &element, below.added);
                keep(&mut changes.modified, &element, below.modified);
                keep(&mut changes.removed, &element, below.removed);
            }
            None => keep(&mut changes.added, &element, whole(&element, value, node)?),
        }
    }
    for (element, value) in gone {
        let node = child(&element);
        let mut removed = whole(&element, value, node)?;
        // the node itself is gone too, whoever named it
        removed.is_member = true;
        keep(&mut changes.removed, &element, removed);
    }
    Ok(changes)
}

fn whole(element: &Element, value: &Value, node: Node<'_>) -> Result<FieldSet, ApplyError> {
    let mut set = FieldSet::of(value, node)?;
    set.is_member |= !matches!(element, Element::Field(_));
    Ok(set)
}

fn keep(set: &mut FieldSet, element: &Element, below: FieldSet) {
    if !below.is_empty() {
        set.below.insert(element.clone(), below);
    }
}
