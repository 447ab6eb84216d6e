//! Sets of fields, as `fieldsV1` writes them: `{"f:spec":{"f:replicas":{}}}`. (pure)

use super::ApplyError;
use crate::schema::node::{ListKey, ListKind, Node};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// A field of a struct or an entry of a map.
    Field(String),
    /// An item of a list of kind map, by its keys as JSON.
    Key(String),
    /// An item of a set, as JSON.
    Item(String),
}

impl Element {
    fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::Field(rest.to_owned())),
            "k" => Some(Self::Key(rest.to_owned())),
            "v" => Some(Self::Item(rest.to_owned())),
            _ => None,
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => format!("k:{keys}"),
            Self::Item(value) => format!("v:{value}"),
        }
    }

    fn show(&self, path: &mut String) {
        // writing to a String cannot fail
        let _ = match self {
            Self::Field(name) => write!(path, ".{name}"),
            Self::Key(keys) => {
                let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
                let keys: Vec<String> = keys
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                write!(path, "[{}]", keys.join(","))
            }
            Self::Item(value) => write!(path, "[={value}]"),
        };
    }
}

/// A set of fields. A node is a member itself, has members below it, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    pub(super) is_member: bool,
    pub(super) below: BTreeMap<Element, FieldSet>,
}

impl FieldSet {
    /// The set of this one node.
    pub(super) fn leaf() -> Self {
        Self {
            is_member: true,
            below: BTreeMap::new(),
        }
    }

    /// Every field that a configuration names: leaves, atomic values, items of lists.
    ///
    /// # Errors
    /// A list of kind map with a missing or repeated key.
    pub fn of(value: &Value, node: Node<'_>) -> Result<Self, ApplyError> {
        match value {
            Value::Object(fields) if !fields.is_empty() && !node.is_atomic_map() => {
                let mut set = Self::default();
                for (name, value) in fields {
                    set.below
                        .insert(Element::Field(name.clone()), Self::of(value, node.field(name))?);
                }
                Ok(set)
            }
            Value::Array(items) if !items.is_empty() => match list_items(items, node)? {
                None => Ok(Self::leaf()),
                Some(items) => {
                    let mut set = Self::default();
                    for (element, item) in items {
                        let mut below = Self::of(item, node.items())?;
                        below.is_member = true;
                        set.below.insert(element, below);
                    }
                    Ok(set)
                }
            },
            _ => Ok(Self::leaf()),
        }
    }

    /// Reads `fieldsV1`; what is not understood is left out.
    #[must_use]
    pub fn read(fields: &Value) -> Self {
        let Some(fields) = fields.as_object() else {
            return Self::default();
        };
        let below = fields
            .iter()
            .filter_map(|(name, below)| Some((Element::read(name)?, Self::read(below))));
        Self {
            is_member: fields.is_empty() || fields.contains_key("."),
            below: below.collect(),
        }
    }

    /// Writes `fieldsV1`.
    #[must_use]
    pub fn write(&self) -> Value {
        let mut fields = Map::new();
        if self.is_member && !self.below.is_empty() {
            fields.insert(".".to_owned(), Value::Object(Map::new()));
        }
        fields.extend(
            self.below
                .iter()
                .map(|(element, below)| (element.write(), below.write())),
        );
        Value::Object(fields)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_member && self.below.values().all(Self::is_empty)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.is_member |= other.is_member;
        for (element, below) in &other.below {
            let merged = both
                .below
                .get(element)
                .map_or_else(|| below.clone(), |own| own.union(below));
            both.below.insert(element.clone(), merged);
        }
        both
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let below = self.below.iter().map(|(element, own)| {
            let left = other
                .below
                .get(element)
                .map_or_else(|| own.clone(), |theirs| own.difference(theirs));
            (element.clone(), left)
        });
        let below = below.filter(|(_, left)| !left.is_empty()).collect();
        Self {
            is_member: self.is_member && !other.is_member,
            below,
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let below = self.below.iter().filter_map(|(element, own)| {
            let common = own.intersection(other.below.get(element)?);
            (!common.is_empty()).then(|| (element.clone(), common))
        });
        Self {
            is_member: self.is_member && other.is_member,
            below: below.collect(),
        }
    }

    /// What is in this, without the members of the other and all that lies below them.
    #[must_use]
    pub(super) fn without_trees(&self, other: &Self) -> Self {
        if other.is_member && other.below.is_empty() {
            return Self::default();
        }
        let below = self.below.iter().map(|(element, own)| {
            let left = other
                .below
                .get(element)
                .map_or_else(|| own.clone(), |theirs| own.without_trees(theirs));
            (element.clone(), left)
        });
        let below = below.filter(|(_, left)| !left.is_empty()).collect();
        Self {
            is_member: self.is_member && !other.is_member,
            below,
        }
    }

    /// Takes the field at this path and all below it out.
    pub(super) fn remove_path(&mut self, path: &[&str]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let element = Element::Field((*first).to_owned());
        if rest.is_empty() {
            self.below.remove(&element);
        } else if let Some(below) = self.below.get_mut(&element) {
            below.remove_path(rest);
            if below.is_empty() {
                self.below.remove(&element);
            }
        }
    }

    /// The members, as the API's messages write paths.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect(&mut String::new(), &mut paths);
        paths
    }

    fn collect(&self, path: &mut String, paths: &mut Vec<String>) {
        if self.is_member {
            paths.push(path.clone());
        }
        for (element, below) in &self.below {
            let length = path.len();
            element.show(path);
            below.collect(path, paths);
            path.truncate(length);
        }
    }
}

/// The items of a list by their place in a set; `None` for a list that is replaced as a whole.
///
/// # Errors
/// A list of kind map with a missing or repeated key.
pub(super) fn list_items<'a>(
    items: &'a [Value],
    node: Node<'_>,
) -> Result<Option<Vec<(Element, &'a Value)>>, ApplyError> {
    let mut found: Vec<(Element, &Value)> = Vec::with_capacity(items.len());
    let kind = node.list_kind();
    for item in items {
        let element = match &kind {
            ListKind::Atomic => return Ok(None),
            ListKind::Set => Element::Item(item.to_string()),
            ListKind::Map(keys) => Element::Key(key_of(item, keys)?),
        };
        let is_repeated = found.iter().any(|(known, _)| *known == element);
        match kind {
            ListKind::Map(_) if is_repeated => {
                return Err(ApplyError::MalformedList(format!(
                    "duplicate entries for key {}",
                    element.write()
                )));
            }
            _ if is_repeated => {}
            _ => found.push((element, item)),
        }
    }
    Ok(Some(found))
}

fn key_of(item: &Value, keys: &[ListKey]) -> Result<String, ApplyError> {
    let mut values = Map::new();
    for key in keys {
        if let Some(value) = item.get(&key.name).or(key.default.as_ref()) {
            values.insert(key.name.clone(), value.clone());
        }
    }
    if values.is_empty() {
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        return Err(ApplyError::MalformedList(format!(
            "associative list with keys has an element that omits key field {:?}",
            names.join(", ")
        )));
    }
    // keys sorted, as every server writes them
    let sorted: BTreeMap<String, Value> = values.into_iter().collect();
    Ok(serde_json::to_string(&sorted).unwrap_or_default())
}
