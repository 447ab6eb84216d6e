//! Truth, comparison, defaults, and giving up. (pure)

use super::super::value::Value;
use super::{ANY, Outcome, Row, text, whole};
use std::cmp::Ordering;

pub(super) const TABLE: &[Row] = &[
    ("not", 1, 1, |a| Ok(Value::Bool(!a[0].is_true()))),
    ("eq", 2, ANY, |a| {
        Ok(Value::Bool(a[1..].iter().any(|other| *other == a[0])))
    }),
    ("ne", 2, 2, |a| Ok(Value::Bool(a[0] != a[1]))),
    ("lt", 2, 2, |a| order(a).map(|found| Value::Bool(found.is_lt()))),
    ("le", 2, 2, |a| order(a).map(|found| Value::Bool(found.is_le()))),
    ("gt", 2, 2, |a| order(a).map(|found| Value::Bool(found.is_gt()))),
    ("ge", 2, 2, |a| order(a).map(|found| Value::Bool(found.is_ge()))),
    ("default", 1, 2, |a| {
        Ok(if a.get(1).is_some_and(Value::is_true) {
            a[1].clone()
        } else {
            a[0].clone()
        })
    }),
    ("empty", 1, 1, |a| Ok(Value::Bool(!a[0].is_true()))),
    ("coalesce", 0, ANY, |a| {
        Ok(a.iter()
            .find(|value| value.is_true())
            .cloned()
            .unwrap_or_default())
    }),
    ("all", 0, ANY, |a| Ok(Value::Bool(a.iter().all(Value::is_true)))),
    ("any", 0, ANY, |a| Ok(Value::Bool(a.iter().any(Value::is_true)))),
    ("ternary", 3, 3, |a| {
        Ok(if a[2].is_true() {
            a[0].clone()
        } else {
            a[1].clone()
        })
    }),
    ("required", 2, 2, |a| match &a[1] {
        Value::Nil => Err(text(&a[0])),
        Value::Text(empty) if empty.is_empty() => Err(text(&a[0])),
        value => Ok(value.clone()),
    }),
    ("fail", 1, 1, |a| Err(text(&a[0]))),
    ("kindOf", 1, 1, |a| Ok(Value::text(a[0].kind()))),
    ("kindIs", 2, 2, |a| Ok(Value::Bool(text(&a[0]) == a[1].kind()))),
    ("typeOf", 1, 1, |a| Ok(Value::text(type_of(&a[0])))),
    ("typeIs", 2, 2, |a| Ok(Value::Bool(text(&a[0]) == type_of(&a[1])))),
    ("len", 1, 1, length),
    ("index", 1, ANY, index),
    ("semverCompare", 2, 2, |a| {
        semver_compare(&text(&a[0]), &text(&a[1])).map(Value::Bool)
    }),
    // offline there is nothing to look up, as in `helm template`
    ("lookup", 4, 4, |_| {
        Ok(Value::map(std::collections::BTreeMap::new()))
    }),
];

fn order(arguments: &[Value]) -> Result<Ordering, String> {
    let incomparable = || {
        format!(
            "a {} and a {} cannot be compared",
            arguments[0].kind(),
            arguments[1].kind()
        )
    };
    match (&arguments[0], &arguments[1]) {
        (Value::Text(one), Value::Text(other)) => Ok(one.cmp(other)),
        (Value::Int(one), Value::Int(other)) => Ok(one.cmp(other)),
        (one @ (Value::Int(_) | Value::Float(_)), other @ (Value::Int(_) | Value::Float(_))) => {
            super::math::float(one)?
                .partial_cmp(&super::math::float(other)?)
                .ok_or_else(incomparable)
        }
        _ => Err(incomparable()),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "<nil>",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        other => other.kind(),
    }
}

fn length(arguments: &[Value]) -> Outcome {
    let length = match &arguments[0] {
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.borrow().len(),
        other => return Err(format!("a {} has no length", other.kind())),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn index(arguments: &[Value]) -> Outcome {
    let mut value = arguments[0].clone();
    for key in &arguments[1..] {
        value = match &value {
            Value::Map(entries) => entries.borrow().get(&text(key)).cloned().unwrap_or_default(),
            Value::List(items) => {
                let at = whole(key)?;
                let item = usize::try_from(at).ok().and_then(|at| items.get(at));
                item.cloned().ok_or_else(|| format!("index out of range: {at}"))?
            }
            other => return Err(format!("a {} cannot be indexed", other.kind())),
        };
    }
    Ok(value)
}

/// `>=1.2.3-0 <2, ^1.2 || …`: alternatives of conditions that must all hold.
fn semver_compare(constraint: &str, version: &str) -> Result<bool, String> {
    let found = numbers(version)?.0;
    for alternative in constraint.split("||") {
        let conditions = alternative.split([',', ' ']).filter(|word| !word.is_empty());
        let mut holds = true;
        for condition in conditions {
            let at = condition
                .find(|next: char| next.is_ascii_digit() || next == 'v')
                .unwrap_or(condition.len());
            let (operator, wanted) = condition.split_at(at);
            let (wanted, given) = numbers(wanted)?;
            holds &= match operator {
                "" | "=" => found[..given] == wanted[..given],
                "!=" => found[..given] != wanted[..given],
                ">" => found > wanted,
                ">=" => found >= wanted,
                "<" => found < wanted,
                "<=" => found <= wanted,
                "~" => found >= wanted && found[..given.min(2)] == wanted[..given.min(2)],
                "^" => found >= wanted && found[0] == wanted[0],
                other => return Err(format!("`{other}` is not a comparison of versions")),
            };
        }
        if holds {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Major, minor and patch, and how many of them were given; a pre-release counts as its release.
fn numbers(version: &str) -> Result<([u64; 3], usize), String> {
    let malformed = || format!("`{version}` is not a version");
    let plain = version
        .trim_start_matches('v')
        .split(['-', '+'])
        .next()
        .unwrap_or_default();
    let (mut numbers, mut given) = ([0; 3], 0);
    for part in plain.split('.') {
        let slot = numbers.get_mut(given).ok_or_else(malformed)?;
        if matches!(part, "x" | "X" | "*") {
            break;
        }
        *slot = part.parse().map_err(|_| malformed())?;
        given += 1;
    }
    Ok((numbers, given))
}
