//! `enum`, `allOf`, `anyOf`, `oneOf` and `not`.

use serde_json::Value;

use super::{Cause, Check};
use crate::schema::node::Node;

impl Check {
    pub(super) fn combined(&mut self, node: Node<'_>, value: &Value) {
        self.one_of_listed(node, value);
        // a reference written as `allOf` is not a combination: the cursor has followed it already
        let all: Vec<Vec<Cause>> = self.alternatives(node, "allOf", value);
        if all.iter().any(|causes| !causes.is_empty()) {
            self.unmatched("must validate all the schemas (allOf)");
            self.causes.extend(all.into_iter().flatten());
        }
        let any = self.alternatives(node, "anyOf", value);
        if !any.is_empty() && any.iter().all(|causes| !causes.is_empty()) {
            self.unmatched("must validate at least one schema (anyOf)");
            self.causes.extend(best(any));
        }
        let one = self.alternatives(node, "oneOf", value);
        let valid = one.iter().filter(|causes| causes.is_empty()).count();
        if !one.is_empty() && valid == 0 {
            self.unmatched("must validate one and only one schema (oneOf). Found none valid");
            self.causes.extend(best(one));
        } else if valid > 1 {
            self.unmatched(&format!(
                "must validate one and only one schema (oneOf). Found {valid} valid alternatives"
            ));
        }
        if let Some(schema) = node.attribute("not")
            && self.alone(node.sibling(schema), value).is_empty()
        {
            self.unmatched("must not validate the schema (not)");
        }
    }

    fn one_of_listed(&mut self, node: Node<'_>, value: &Value) {
        let Some(allowed) = node.attribute("enum").and_then(Value::as_array) else {
            return;
        };
        if allowed.contains(value) {
            return;
        }
        let listed: Vec<String> = allowed.iter().map(Value::to_string).collect();
        let message = format!(
            "Unsupported value: {value}: supported values: {}",
            listed.join(", ")
        );
        self.refuse("FieldValueNotSupported", message);
    }

    fn unmatched(&mut self, what: &str) {
        let message = format!("Invalid value: \"\": {:?} {what}", self.path);
        self.refuse("FieldValueInvalid", message);
    }

    fn alternatives(&self, node: Node<'_>, name: &str, value: &Value) -> Vec<Vec<Cause>> {
        let schemas = node
            .attribute(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let schemas = schemas.filter(|schema| schema.get("$ref").is_none());
        schemas
            .map(|schema| self.alone(node.sibling(schema), value))
            .collect()
    }

    /// What is wrong with the value by another schema, at the same place.
    fn alone(&self, node: Node<'_>, value: &Value) -> Vec<Cause> {
        let mut check = Check {
            path: self.path.clone(),
            causes: Vec::new(),
        };
        check.value(node, value);
        check.causes
    }
}

/// The alternative that came closest.
fn best(alternatives: Vec<Vec<Cause>>) -> Vec<Cause> {
    alternatives.into_iter().min_by_key(Vec::len).unwrap_or_default()
}
