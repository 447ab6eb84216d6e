//! Bounds, patterns, lengths and lists of allowed values.

use serde_json::Value;

use super::{Check, number, pattern};
use crate::schema::node::Node;

impl Check {
    pub(super) fn scalar(&mut self, node: Node<'_>, value: &Value) {
        self.well_formed(node, value);
        match value {
            Value::String(text) => self.text(node, text),
            Value::Number(_) => self.bounds(node, value),
            _ => {}
        }
    }

    fn text(&mut self, node: Node<'_>, text: &str) {
        let shown = format!("{text:?}");
        let length = text.chars().count() as u64;
        if let Some(most) = number(node, "maxLength").filter(|most| length > *most) {
            let message = format!("Too long: may not be more than {most} bytes");
            self.refuse("FieldValueTooLong", message);
        }
        if let Some(least) = number(node, "minLength").filter(|least| length < *least) {
            self.invalid(&shown, &format!("should be at least {least} chars long"));
        }
        if let Some(wanted) = node.text("pattern")
            && pattern(wanted).is_some_and(|pattern| !pattern.is_match(text))
        {
            self.invalid(&shown, &format!("should match '{wanted}'"));
        }
    }

    fn bounds(&mut self, node: Node<'_>, value: &Value) {
        let Some(number) = value.as_f64() else { return };
        let bound = |name: &str| {
            node.attribute(name)
                .and_then(|bound| Some((bound, bound.as_f64()?)))
        };
        if let Some((bound, least)) = bound("minimum") {
            if node.is("exclusiveMinimum") && number <= least {
                self.invalid(&value.to_string(), &format!("should be greater than {bound}"));
            } else if number < least {
                self.invalid(
                    &value.to_string(),
                    &format!("should be greater than or equal to {bound}"),
                );
            }
        }
        if let Some((bound, most)) = bound("maximum") {
            if node.is("exclusiveMaximum") && number >= most {
                self.invalid(&value.to_string(), &format!("should be less than {bound}"));
            } else if number > most {
                self.invalid(
                    &value.to_string(),
                    &format!("should be less than or equal to {bound}"),
                );
            }
        }
        if let Some((bound, step)) = bound("multipleOf")
            && step != 0.0
            && (number / step).fract() != 0.0
        {
            self.invalid(&value.to_string(), &format!("should be a multiple of {bound}"));
        }
    }
}
