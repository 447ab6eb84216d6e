//! Maps. `set`, `unset` and the merges change their first argument, as sprig's do. (pure)

use super::super::value::{SharedMap, Value};
use super::{ANY, Outcome, Row, text};
use std::collections::BTreeMap;
use std::rc::Rc;

pub(super) const TABLE: &[Row] = &[
    ("dict", 0, ANY, |a| {
        let pairs = a.chunks(2).map(|pair| {
            (
                text(&pair[0]),
                pair.get(1).cloned().unwrap_or_else(|| Value::text("")),
            )
        });
        Ok(Value::map(pairs.collect()))
    }),
    ("get", 2, 2, |a| {
        Ok(map(&a[0])?
            .borrow()
            .get(&text(&a[1]))
            .cloned()
            .unwrap_or_else(|| Value::text("")))
    }),
    ("set", 3, 3, |a| {
        map(&a[0])?.borrow_mut().insert(text(&a[1]), a[2].clone());
        Ok(a[0].clone())
    }),
    ("unset", 2, 2, |a| {
        map(&a[0])?.borrow_mut().remove(&text(&a[1]));
        Ok(a[0].clone())
    }),
    ("hasKey", 2, 2, |a| {
        Ok(Value::Bool(map(&a[0])?.borrow().contains_key(&text(&a[1]))))
    }),
    ("keys", 1, ANY, |a| {
        let mut keys = Vec::new();
        for one in a {
            keys.extend(map(one)?.borrow().keys().map(Value::text));
        }
        Ok(Value::list(keys))
    }),
    ("values", 1, 1, |a| {
        Ok(Value::list(map(&a[0])?.borrow().values().cloned().collect()))
    }),
    ("pick", 1, ANY, |a| select(a, true)),
    ("omit", 1, ANY, |a| select(a, false)),
    ("pluck", 1, ANY, |a| {
        let mut found = Vec::new();
        for one in &a[1..] {
            found.extend(map(one)?.borrow().get(&text(&a[0])).cloned());
        }
        Ok(Value::list(found))
    }),
    ("dig", 3, ANY, dig),
    ("merge", 1, ANY, |a| merge(a, Wins::First)),
    ("mustMerge", 1, ANY, |a| merge(a, Wins::First)),
    ("mergeOverwrite", 1, ANY, |a| merge(a, Wins::Last)),
    ("mustMergeOverwrite", 1, ANY, |a| merge(a, Wins::Last)),
    ("deepCopy", 1, 1, |a| Ok(a[0].deep_copy())),
    ("mustDeepCopy", 1, 1, |a| Ok(a[0].deep_copy())),
];

fn map(value: &Value) -> Result<SharedMap, String> {
    match value {
        Value::Map(entries) => Ok(Rc::clone(entries)),
        // what is not there is an empty map, as a nil map is in Go
        Value::Nil => Ok(SharedMap::default()),
        other => Err(format!("expected a map, got a {}", other.kind())),
    }
}

fn select(arguments: &[Value], keeps_named: bool) -> Outcome {
    let named: Vec<String> = arguments[1..].iter().map(text).collect();
    let all = map(&arguments[0])?;
    let all = all.borrow();
    let kept = all.iter().filter(|(key, _)| named.contains(key) == keeps_named);
    Ok(Value::map(
        kept.map(|(key, value)| (key.clone(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
    ))
}

/// `dig "a" "b" default dict`.
fn dig(arguments: &[Value]) -> Outcome {
    let [keys @ .., otherwise, dict] = arguments else {
        return Err("too few arguments".to_owned());
    };
    let mut value = dict.clone();
    for key in keys {
        let Value::Map(entries) = &value else {
            return Ok(otherwise.clone());
        };
        let found = entries.borrow().get(&text(key)).cloned();
        let Some(found) = found else {
            return Ok(otherwise.clone());
        };
        value = found;
    }
    Ok(value)
}

/// Whose value stays where both have one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wins {
    First,
    Last,
}

fn merge(arguments: &[Value], wins: Wins) -> Outcome {
    let target = map(&arguments[0])?;
    for source in &arguments[1..] {
        merge_into(&target, &map(source)?, wins);
    }
    Ok(Value::Map(target))
}

fn merge_into(target: &SharedMap, source: &SharedMap, wins: Wins) {
    if Rc::ptr_eq(target, source) {
        return;
    }
    for (key, value) in source.borrow().iter() {
        let old = target.borrow().get(key).cloned();
        match (old, value) {
            (Some(Value::Map(below)), Value::Map(other)) => merge_into(&below, other, wins),
            // the first wins unless it is empty, and nil fills no gap; the last wins whatever it is, nil too
            (Some(old), _) if old.is_true() && wins == Wins::First => {}
            (_, Value::Nil) if wins == Wins::First => {}
            _ => {
                target.borrow_mut().insert(key.clone(), value.clone());
            }
        }
    }
}
