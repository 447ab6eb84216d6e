//! The one place where YAML is read and written.
//!
//! Reading follows Kubernetes: duplicate keys are errors, `0644` is octal, empty documents are skipped.
//! Writing quotes every string that a YAML 1.1 reader would take for something else (`yes`, `on`,
//! `1_000`), and sorts keys, so the same value is the same bytes.

use serde_json::Value;
use std::fmt::Write as _;

/// A document that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("invalid YAML")]
pub struct ParseYamlError(#[source] serde_saphyr::Error);

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        legacy_octal_numbers: true,
        budget: serde_saphyr::budget! {
            max_documents: 10_000,
            max_total_scalar_bytes: 64 << 20,
            max_nodes: 4_000_000,
            max_events: 8_000_000,
        },
    }
}

/// Reads one document; an empty text is null.
///
/// # Errors
/// The text is not one YAML document.
pub fn from_str(text: &str) -> Result<Value, ParseYamlError> {
    let mut documents = all_from_str(text)?;
    match documents.len() {
        0 => Ok(Value::Null),
        1 => Ok(documents.remove(0)),
        _ => serde_saphyr::from_str_with_options(text, options()).map_err(ParseYamlError),
    }
}

/// Reads every document, skipping empty ones.
///
/// # Errors
/// The text is not YAML.
pub fn all_from_str(text: &str) -> Result<Vec<Value>, ParseYamlError> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(ParseYamlError)?;
    Ok(documents
        .into_iter()
        .filter(|value| !value.is_null())
        .map(normalise)
        .collect())
}

/// Whole numbers spelled `1e3` arrive as floats; Kubernetes wants them as integers.
fn normalise(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(normalise).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, normalise(v))).collect()),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole and below 2^53, checked above"
                )]
                let whole = float as i64;
                Value::from(whole)
            }
            _ => Value::Number(number),
        },
        other => other,
    }
}

/// Writes one document, ended by a newline.
#[must_use]
pub fn to_string(value: &Value) -> String {
    let mut text = String::new();
    block(&mut text, value, 0, Place::Start);
    text
}

/// Where a value stands in its parent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of a line of its own.
    Start,
    /// After `key:`.
    Key,
    /// After `- `.
    Item,
}

fn block(text: &mut String, value: &Value, indent: usize, place: Place) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            for (at, (key, item)) in keys.into_iter().enumerate() {
                new_line(text, indent, place, at);
                text.push_str(&scalar(key));
                text.push(':');
                block(text, item, indent + 2, Place::Key);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            // a list under a key is written at the key's own indent, as kubectl and Helm do
            let indent = if place == Place::Key { indent - 2 } else { indent };
            for (at, item) in items.iter().enumerate() {
                new_line(text, indent, place, at);
                text.push('-');
                block(text, item, indent + 2, Place::Item);
            }
        }
        leaf => {
            if place != Place::Start {
                text.push(' ');
            }
            write_leaf(text, leaf, indent);
            text.push('\n');
        }
    }
}

fn new_line(text: &mut String, indent: usize, place: Place, at: usize) {
    if at == 0 && place == Place::Item {
        text.push(' ');
        return;
    }
    if at == 0 && place == Place::Key {
        text.push('\n');
    }
    text.extend(std::iter::repeat_n(' ', indent));
}

fn write_leaf(text: &mut String, leaf: &Value, indent: usize) {
    match leaf {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => _ = write!(text, "{flag}"),
        Value::Number(number) => _ = write!(text, "{number}"),
        Value::String(string) if is_block(string) => literal(text, string, indent),
        Value::String(string) => text.push_str(&scalar(string)),
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

/// Several lines that a literal block can hold without an indentation indicator.
fn is_block(string: &str) -> bool {
    string.contains('\n')
        && !string.starts_with([' ', '\n', '\t'])
        && string.chars().all(|c| c == '\n' || c == '\t' || !c.is_control())
}

fn literal(text: &mut String, string: &str, indent: usize) {
    let body = string.trim_end_matches('\n');
    text.push_str(match string.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    let indent = indent.max(2);
    for line in body.split('\n') {
        text.push('\n');
        if !line.is_empty() {
            text.extend(std::iter::repeat_n(' ', indent));
            text.push_str(line);
        }
    }
    for _ in 0..(string.len() - body.len()).saturating_sub(1) {
        text.push('\n');
    }
}

/// A string, quoted only where a reader would misread it.
fn scalar(string: &str) -> String {
    if is_plain(string) {
        return string.to_owned();
    }
    // a JSON string is a YAML double-quoted string
    serde_json::to_string(string).unwrap_or_else(|_| format!("{string:?}"))
}

fn is_plain(string: &str) -> bool {
    const WORDS: [&str; 16] = [
        "null", "~", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", "-.inf", "+.inf", ".nan",
        "=", "<<",
    ];
    let Some(first) = string.chars().next() else {
        return false;
    };
    let starts_well = !"-?:,[]{}#&*!|>'\"%@` ".contains(first)
        || (first == '-' && string.len() > 1 && !string.starts_with("- ") && !string.starts_with("--"));
    starts_well
        && !looks_numeric(string)
        && !WORDS.contains(&string.to_ascii_lowercase().as_str())
        && !string.ends_with([' ', ':'])
        && !string.contains(": ")
        && !string.contains(" #")
        && !string.chars().any(char::is_control)
}

/// Whether a YAML 1.1 reader takes it for a number or a date: addresses, versions and durations are none.
fn looks_numeric(string: &str) -> bool {
    let plain = string.replace('_', "");
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let all = |text: &str, fits: fn(&char) -> bool| !text.is_empty() && text.chars().all(|c| fits(&c));
    let is_whole = all(digits, char::is_ascii_digit);
    let has_base = ["0x", "0X", "0o", "0O", "0b", "0B"].iter().any(|base| {
        digits
            .strip_prefix(base)
            .is_some_and(|rest| all(rest, char::is_ascii_hexdigit))
    });
    let is_float =
        digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.parse::<f64>().is_ok();
    let (clock, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_sexagesimal = clock.contains(':')
        && all(fraction, char::is_ascii_digit)
        && clock.split(':').all(|part| all(part, char::is_ascii_digit));
    let mut parts = digits.splitn(3, '-');
    let is_date = parts
        .next()
        .is_some_and(|year| year.len() == 4 && all(year, char::is_ascii_digit))
        && parts
            .next()
            .is_some_and(|month| month.len() <= 2 && all(month, char::is_ascii_digit))
        && parts
            .next()
            .is_some_and(|day| day.starts_with(|c: char| c.is_ascii_digit()));
    is_whole || has_base || is_float || is_sexagesimal || is_date
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let text = to_string(value);
        assert_eq!(text, expected);
        assert_eq!(from_str(&text).unwrap(), *value, "reads back as written");
    }

    #[test]
    fn nested_values_are_written_as_kubectl_writes_them() {
        check(
            &json!({"b": [{"x": 1, "z": [1, 2]}, "s"], "a": {"c": null, "d": {}, "e": []}}),
            "a:\n  c: null\n  d: {}\n  e: []\nb:\n- x: 1\n  z:\n  - 1\n  - 2\n- s\n",
        );
        check(&json!([[1, [2]], {}]), "- - 1\n  - - 2\n- {}\n");
    }

    #[test]
    fn strings_that_would_be_misread_are_quoted() {
        let words = [
            "yes", "on", "N", "1_000", "0644", "1e3", "", "a: b", "- x", "null", "~", "12:30", "#", "x #y",
        ];
        for word in words {
            let text = to_string(&json!({"k": word}));
            assert_eq!(text, format!("k: {}\n", serde_json::to_string(word).unwrap()));
            assert_eq!(from_str(&text).unwrap(), json!({"k": word}));
        }
        for word in [
            "0x1f",
            ".5",
            "1.",
            "-1",
            "2026-11-24",
            "2026-11-24T10:00:00Z",
            "1:30.5",
        ] {
            let text = to_string(&json!({"k": word}));
            assert_eq!(text, format!("k: {}\n", serde_json::to_string(word).unwrap()));
        }
        for plain in [
            "istiod.istio-system.svc:15012",
            "1.1.1.1",
            "10.0.0.0/8",
            "1.31.0",
            "30m",
            "100%",
            "10.0.0.1:80",
            "-x",
            "0xyz",
        ] {
            check(&json!({"k": plain}), &format!("k: {plain}\n"));
        }
    }

    #[test]
    fn several_lines_are_a_literal_block() {
        check(
            &json!({"a": "x\ny\n", "b": "x\n\n  y"}),
            "a: |\n  x\n  y\nb: |-\n  x\n\n    y\n",
        );
        check(&json!({"a": "x\n\n\n"}), "a: |+\n  x\n\n\n");
    }

    #[test]
    fn octal_numbers_and_empty_documents_are_read_as_kubernetes_does() {
        assert_eq!(
            all_from_str("---\nmode: 0644\n---\n---\n# nothing\n").unwrap(),
            [json!({"mode": 420})]
        );
        assert!(from_str("a: 1\na: 2\n").is_err());
    }
}
