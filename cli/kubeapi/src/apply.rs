//! Server-side apply: who owns which field, and what an applied configuration makes of an object. (pure)
//!
//! [`apply`] merges a manager's configuration into the live object, removes what this manager applied before and no
//! longer does, and refuses to change what others own unless forced. [`record_update`] keeps the books for writes
//! that are not applies. Ownership lives in `metadata.managedFields`, in the format that clients read ([`fields`]).
//! Time comes in as an argument; defaulting and validation are the caller's.

mod compare;
pub mod fields;
mod managers;
mod merge;

use crate::schema::node::Node;
use fields::FieldSet;
use managers::{Managers, Operation};
use serde_json::Value;

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The field manager's name.
    pub manager: &'a str,
    /// The `apiVersion` of the body.
    pub api_version: &'a str,
    /// The subresource written to, such as `status`; empty for the object itself.
    pub subresource: &'a str,
    /// Now, RFC 3339.
    pub time: &'a str,
}

/// Whether fields of other managers may be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Refuse.
    Refuse,
    /// Take them over.
    Force,
}

/// One field that another manager owns and that the configuration would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The owner and the `apiVersion` it used, as the API's messages name them.
    pub owner: String,
    /// The field, such as `.spec.replicas`.
    pub field: String,
}

/// Why an apply is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Others own fields that would change; HTTP 409, one cause each.
    #[error("{}", conflict_message(.0))]
    Conflicts(Vec<Conflict>),
    /// The configuration carries what only the server writes; HTTP 400.
    #[error("metadata.managedFields must be nil")]
    HasManagedFields,
    /// A list of kind map has an item without a key, or two items with the same; HTTP 400.
    #[error("{0}")]
    MalformedList(String),
}

/// The object after `manager` applied `config`; `live` is absent when this creates it.
///
/// # Errors
/// See [`ApplyError`].
pub fn apply(
    live: Option<&Value>,
    config: &Value,
    node: Node<'_>,
    writer: Writer<'_>,
    conflicts: Conflicts,
) -> Result<Value, ApplyError> {
    if config
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array)
        .is_some_and(|fields| !fields.is_empty())
    {
        return Err(ApplyError::HasManagedFields);
    }
    let config = without_managed_fields(config);
    let empty = Value::Object(serde_json::Map::new());
    let current = live.map_or_else(|| empty.clone(), without_managed_fields);
    let mut managers = live.map_or_else(Managers::default, Managers::read);
    managers.adopt_untracked(live.is_some().then_some(&current), node);
    let applied = stripped(FieldSet::of(&config, node)?);
    let last = managers.take(Operation::Apply, writer).unwrap_or_default();
    let others = managers.union();
    let mut merged = merge::merge(&current, &config, node)?;
    // what this manager gave up and nobody else holds goes
    merge::remove(&mut merged, &last.difference(&applied), &others, node);
    let changes = compare::compare(&current, &merged, node)?;
    let contested = changes.modified.union(&changes.added);
    if conflicts == Conflicts::Refuse {
        let found = managers.conflicts(&contested.difference(&own_before(&current, node, writer)));
        if !found.is_empty() {
            return Err(ApplyError::Conflicts(found));
        }
    }
    managers.give_up(&contested);
    managers.give_up(&changes.removed);
    let is_unchanged = merged == current && last == applied;
    managers.put(
        Operation::Apply,
        writer,
        applied,
        if is_unchanged { live } else { None },
    );
    managers.write(&mut merged);
    Ok(merged)
}

/// Books a write that is no apply: what changed now belongs to the writer, and to nobody else.
///
/// A body with an empty `managedFields` list forgets all owners, as clients do on purpose.
pub fn record_update(old: Option<&Value>, new: &mut Value, node: Node<'_>, writer: Writer<'_>) {
    let mut managers = old.map_or_else(Managers::default, Managers::read);
    if let Some(given) = new.pointer("/metadata/managedFields").and_then(Value::as_array) {
        managers = if given.is_empty() && old.is_some() {
            Managers::default()
        } else {
            Managers::read(new)
        };
    }
    let empty = Value::Object(serde_json::Map::new());
    let before = old.map_or(empty, without_managed_fields);
    let after = without_managed_fields(new);
    // an object that the schema cannot describe is stored all the same; only its books stay as they were
    if let Ok(changes) = compare::compare(&before, &after, node) {
        let gained = stripped(changes.modified.union(&changes.added));
        let lost = changes.removed;
        managers.give_up(&gained);
        managers.give_up(&lost);
        if !gained.is_empty() {
            let held = managers.take(Operation::Update, writer).unwrap_or_default();
            managers.put(Operation::Update, writer, held.union(&gained), None);
        }
    }
    managers.write(new);
}

/// What `kubectl` itself applied on the client's side before it came to apply on the server's: the annotation that
/// it left says so, and whoever else is booked for these fields is no conflict to it.
fn own_before(live: &Value, node: Node<'_>, writer: Writer<'_>) -> FieldSet {
    let left = live
        .pointer("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration")
        .filter(|_| writer.manager == "kubectl")
        .and_then(Value::as_str);
    let config = left.and_then(|text| serde_json::from_str::<Value>(text).ok());
    config
        .and_then(|config| FieldSet::of(&config, node).ok())
        .unwrap_or_default()
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

/// What identifies the object, or what the server writes, is nobody's.
fn stripped(mut set: FieldSet) -> FieldSet {
    set.remove_path(&["apiVersion"]);
    set.remove_path(&["kind"]);
    for name in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "generation",
        "resourceVersion",
        "selfLink",
        "deletionTimestamp",
    ] {
        set.remove_path(&["metadata", name]);
    }
    set.remove_path(&["metadata", "deletionGracePeriodSeconds"]);
    set
}

fn conflict_message(conflicts: &[Conflict]) -> String {
    let mut owners: Vec<&str> = conflicts.iter().map(|conflict| conflict.owner.as_str()).collect();
    owners.dedup();
    let parts = owners.into_iter().map(|owner| {
        let fields: Vec<&str> = conflicts
            .iter()
            .filter(|conflict| conflict.owner == owner)
            .map(|conflict| conflict.field.as_str())
            .collect();
        match fields.as_slice() {
            [field] => format!("conflict with {owner}: {field}"),
            fields => format!("conflicts with {owner}:\n- {}", fields.join("\n- ")),
        }
    });
    let plural = if conflicts.len() == 1 {
        "conflict"
    } else {
        "conflicts"
    };
    format!(
        "Apply failed with {} {plural}: {}",
        conflicts.len(),
        parts.collect::<Vec<_>>().join("\n")
    )
}

#[cfg(test)]
mod tests;
