//! Checking values against a schema, with the messages of a real server.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;

use super::Cause;
use super::format;
use super::node::{ListKind, Node};
use super::prune::{push_field, push_index};

mod combine;
mod scalar;

/// What is wrong with `value`, in the order of its fields. Empty when it is valid.
#[must_use]
pub fn validate(node: Node<'_>, value: &Value) -> Vec<Cause> {
    let mut check = Check {
        path: String::new(),
        causes: Vec::new(),
    };
    check.value(node, value);
    check.causes
}

/// The compiled pattern, if it is one; kept, since the same few are asked for with every object.
pub(super) fn pattern(text: &str) -> Option<Regex> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = compiled.get(text) {
        return known.clone();
    }
    let made = Regex::new(text).ok();
    compiled.insert(text.to_owned(), made.clone());
    made
}

struct Check {
    path: String,
    causes: Vec<Cause>,
}

impl Check {
    fn refuse(&mut self, reason: &'static str, message: String) {
        let field = if self.path.is_empty() {
            "<nil>".to_owned()
        } else {
            self.path.clone()
        };
        self.causes.push(Cause {
            reason,
            field,
            message,
        });
    }

    /// `Invalid value: VALUE: PATH in body WHAT`.
    fn invalid(&mut self, shown: &str, what: &str) {
        let message = format!("Invalid value: {shown}: {} in body {what}", self.path);
        self.refuse("FieldValueInvalid", message);
    }

    fn value(&mut self, node: Node<'_>, value: &Value) {
        if !node.is_known() {
            return;
        }
        if value.is_null() {
            if !node.is("nullable") && node.text("type").is_some() {
                self.mistyped(node, "null");
            }
            return;
        }
        if !self.has_type(node, value) {
            return;
        }
        match value {
            Value::Object(_) => self.object(node, value),
            Value::Array(items) => self.array(node, value, items),
            _ => self.scalar(node, value),
        }
        self.combined(node, value);
    }

    fn has_type(&mut self, node: Node<'_>, value: &Value) -> bool {
        let found = type_of(value);
        if node.is("x-kubernetes-int-or-string") {
            let fits = matches!(found, "integer" | "string");
            if !fits {
                self.mistyped_as("integer,string", found);
            }
            return fits;
        }
        let Some(wanted) = node.text("type") else {
            return true;
        };
        let fits = wanted == found || (wanted == "number" && found == "integer");
        if !fits {
            self.mistyped(node, found);
        }
        fits
    }

    fn mistyped(&mut self, node: Node<'_>, found: &str) {
        self.mistyped_as(node.text("type").unwrap_or("object"), found);
    }

    fn mistyped_as(&mut self, wanted: &str, found: &str) {
        let message = format!(
            "Invalid value: {found:?}: {} in body must be of type {wanted}: {found:?}",
            self.path
        );
        self.refuse("FieldValueTypeInvalid", message);
    }

    fn object(&mut self, node: Node<'_>, value: &Value) {
        let Value::Object(fields) = value else { return };
        for name in node
            .attribute("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let Some(name) = name.as_str().filter(|name| !fields.contains_key(*name)) else {
                continue;
            };
            self.at_field(name, |check| {
                check.refuse("FieldValueRequired", "Required value".to_owned());
            });
        }
        let count = fields.len() as u64;
        if let Some(most) = number(node, "maxProperties").filter(|most| count > *most) {
            let message = format!("Too many: {count}: must have at most {most} items");
            self.refuse("FieldValueTooMany", message);
        }
        if let Some(least) = number(node, "minProperties").filter(|least| count < *least) {
            self.invalid(
                &value.to_string(),
                &format!("should have at least {least} properties"),
            );
        }
        for (name, child) in fields {
            self.at_field(name, |check| check.value(node.field(name), child));
        }
    }

    fn array(&mut self, node: Node<'_>, value: &Value, items: &[Value]) {
        let count = items.len() as u64;
        if let Some(most) = number(node, "maxItems").filter(|most| count > *most) {
            let message = format!("Too many: {count}: must have at most {most} items");
            self.refuse("FieldValueTooMany", message);
        }
        if let Some(least) = number(node, "minItems").filter(|least| count < *least) {
            self.invalid(&value.to_string(), &format!("should have at least {least} items"));
        }
        self.unique(node, items);
        for (index, item) in items.iter().enumerate() {
            self.at_index(index, |check| check.value(node.items(), item));
        }
    }

    /// Sets have no equal values, maps no equal keys.
    fn unique(&mut self, node: Node<'_>, items: &[Value]) {
        let identity = |item: &Value| match node.list_kind() {
            ListKind::Atomic => None,
            ListKind::Set => Some(item.clone()),
            ListKind::Map(keys) => {
                let key = |name: &str| item.get(name).cloned().map(|value| (name.to_owned(), value));
                Some(keys.iter().filter_map(|field| key(&field.name)).collect())
            }
        };
        let identities: Vec<Option<Value>> = items.iter().map(identity).collect();
        for (index, own) in identities.iter().enumerate() {
            let Some(own) = own
                .as_ref()
                .filter(|own| identities[..index].contains(&Some((*own).clone())))
            else {
                continue;
            };
            let message = format!("Duplicate value: {own}");
            self.at_index(index, |check| check.refuse("FieldValueDuplicate", message));
        }
    }

    fn at_field(&mut self, name: &str, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        push_field(&mut self.path, name);
        then(self);
        self.path.truncate(length);
    }

    fn at_index(&mut self, index: usize, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        push_index(&mut self.path, index);
        then(self);
        self.path.truncate(length);
    }

    fn well_formed(&mut self, node: Node<'_>, value: &Value) {
        let Some(name) = node
            .text("format")
            .filter(|name| !format::is_well_formed(name, value))
        else {
            return;
        };
        self.invalid(&value.to_string(), &format!("must be of type {name}: {value}"));
    }
}

fn number(node: Node<'_>, name: &str) -> Option<u64> {
    node.attribute(name).and_then(Value::as_u64)
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() && number.as_f64().is_some_and(|n| n.fract() != 0.0) => {
            "number"
        }
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
