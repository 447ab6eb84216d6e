//! Columns of custom resources: `additionalPrinterColumns`, by `JSONPath`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, name, since};
use crate::object;

/// Name, then the definition's columns, or age when there are none.
pub(super) fn columns(own: &[Value]) -> Vec<Value> {
    let mut columns = vec![json!({
        "name": "Name", "type": "string", "format": "name", "description": "", "priority": 0,
    })];
    if own.is_empty() {
        columns
            .push(json!({ "name": "Age", "type": "date", "format": "", "description": "", "priority": 0 }));
    }
    let text = |column: &Value, field: &str| object::text(column, &[field]).unwrap_or_default().to_owned();
    columns.extend(own.iter().map(|column| {
        json!({
            "name": text(column, "name"), "type": text(column, "type"), "format": text(column, "format"),
            "description": text(column, "description"), "priority": object::int(column, &["priority"]).unwrap_or(0),
        })
    }));
    columns
}

/// One object's cells.
pub(super) fn cells(own: &[Value], stored: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![name(stored)];
    if own.is_empty() {
        cells.push(age(stored, now));
    }
    cells.extend(own.iter().map(|column| {
        let found = find(stored, object::text(column, &["jsonPath"]).unwrap_or_default());
        let first = found.first().copied();
        match object::text(column, &["type"]).unwrap_or_default() {
            "date" => first.map_or(Value::Null, |value| since(value.as_str(), now)),
            "string" => first.map_or(Value::Null, |value| match value {
                Value::String(text) => text.as_str().into(),
                other => other.to_string().into(),
            }),
            _ => first.cloned().unwrap_or_default(),
        }
    }));
    cells
}

/// The values a `JSONPath` names: fields, indexes, `[*]`, `[?(@.a=="b")]`, and `\.` for a dot in a name.
pub(crate) fn find<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut current = vec![object];
    let mut rest = path;
    while !rest.is_empty() {
        let step;
        (step, rest) = next_step(rest);
        current = current
            .into_iter()
            .flat_map(|value| follow(value, &step))
            .filter(|value| !value.is_null())
            .collect();
    }
    current
}

/// The first step of a path, and what is left.
fn next_step(path: &str) -> (String, &str) {
    if let Some(inside) = path.strip_prefix('[') {
        let end = inside.find(']').unwrap_or(inside.len());
        return (
            format!("[{}", &inside[..end]),
            inside.get(end + 1..).unwrap_or_default(),
        );
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let mut field = String::new();
    let mut characters = path.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => field.extend(characters.next().map(|(_, escaped)| escaped)),
            '.' | '[' => return (field, &path[index..]),
            other => field.push(other),
        }
    }
    (field, "")
}

fn follow<'a>(value: &'a Value, step: &str) -> Vec<&'a Value> {
    let Some(inside) = step.strip_prefix('[') else {
        return if step.is_empty() {
            vec![value]
        } else {
            value.get(step).into_iter().collect()
        };
    };
    let items = value.as_array().map_or(&[] as &[Value], Vec::as_slice);
    if inside == "*" {
        return items.iter().collect();
    }
    if let Ok(index) = inside.parse::<usize>() {
        return items.get(index).into_iter().collect();
    }
    if let Some(filter) = inside
        .strip_prefix("?(@.")
        .and_then(|filter| filter.strip_suffix(')'))
    {
        let Some((field, wanted)) = filter.split_once("==") else {
            return Vec::new();
        };
        let wanted = wanted.trim().trim_matches(['"', '\'']);
        let steps: Vec<&str> = field.trim().split('.').collect();
        return items
            .iter()
            .filter(|item| object::text(item, &steps) == Some(wanted))
            .collect();
    }
    let key = inside.trim_matches(['"', '\'']);
    value.get(key).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::find;

    #[test]
    fn printer_columns_find_their_values() {
        let object = json!({
            "metadata": { "annotations": { "a.b/c": "x" } },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }, { "type": "Other", "status": "False" }] },
            "spec": { "hosts": ["h1", "h2"] },
        });
        let check = |path: &str, expected: Value| {
            let found: Vec<Value> = find(&object, path).into_iter().cloned().collect();
            assert_eq!(Value::from(found), expected, "{path}");
        };
        check(".status.conditions[?(@.type==\"Ready\")].status", json!(["True"]));
        check(".metadata.annotations.a\\.b/c", json!(["x"]));
        check(".spec.hosts[1]", json!(["h2"]));
        check(".spec.hosts[*]", json!(["h1", "h2"]));
        check(".spec.missing.deep", json!([]));
    }
}
