//! Lists. (pure)

use super::super::value::Value;
use super::{ANY, Outcome, Row, list, text, whole};

pub(super) const TABLE: &[Row] = &[
    ("list", 0, ANY, |a| Ok(Value::list(a.to_vec()))),
    ("tuple", 0, ANY, |a| Ok(Value::list(a.to_vec()))),
    ("first", 1, 1, |a| {
        Ok(list(&a[0])?.first().cloned().unwrap_or_default())
    }),
    ("last", 1, 1, |a| {
        Ok(list(&a[0])?.last().cloned().unwrap_or_default())
    }),
    ("rest", 1, 1, |a| {
        Ok(Value::list(list(&a[0])?.get(1..).unwrap_or_default().to_vec()))
    }),
    ("initial", 1, 1, |a| {
        let items = list(&a[0])?;
        Ok(Value::list(items[..items.len().saturating_sub(1)].to_vec()))
    }),
    ("append", 2, 2, |a| {
        Ok(Value::list(list(&a[0])?.iter().chain([&a[1]]).cloned().collect()))
    }),
    ("prepend", 2, 2, |a| {
        Ok(Value::list(
            [&a[1]].into_iter().chain(list(&a[0])?).cloned().collect(),
        ))
    }),
    ("concat", 0, ANY, |a| {
        let mut all = Vec::new();
        for one in a {
            all.extend_from_slice(list(one)?);
        }
        Ok(Value::list(all))
    }),
    ("has", 2, 2, |a| Ok(Value::Bool(list(&a[1])?.contains(&a[0])))),
    ("without", 1, ANY, |a| {
        Ok(Value::list(
            list(&a[0])?
                .iter()
                .filter(|item| !a[1..].contains(item))
                .cloned()
                .collect(),
        ))
    }),
    ("uniq", 1, 1, |a| {
        let mut kept: Vec<Value> = Vec::new();
        for item in list(&a[0])? {
            if !kept.contains(item) {
                kept.push(item.clone());
            }
        }
        Ok(Value::list(kept))
    }),
    ("compact", 1, 1, |a| {
        Ok(Value::list(
            list(&a[0])?
                .iter()
                .filter(|item| item.is_true())
                .cloned()
                .collect(),
        ))
    }),
    ("reverse", 1, 1, |a| {
        Ok(Value::list(list(&a[0])?.iter().rev().cloned().collect()))
    }),
    ("sortAlpha", 1, 1, |a| {
        let mut words: Vec<String> = list(&a[0])?.iter().map(text).collect();
        words.sort();
        Ok(Value::list(words.iter().map(Value::text).collect()))
    }),
    ("join", 2, 2, |a| {
        let words = match &a[1] {
            Value::List(items) => items.iter().map(text).collect::<Vec<_>>(),
            other => vec![text(other)],
        };
        Ok(Value::text(words.join(&text(&a[0]))))
    }),
    ("until", 1, 1, |a| {
        Ok(Value::list(
            (0..whole(&a[0])?.clamp(0, 10_000)).map(Value::Int).collect(),
        ))
    }),
    ("slice", 1, 3, slice),
];

fn slice(arguments: &[Value]) -> Outcome {
    let length = match &arguments[0] {
        Value::Text(text) => text.len(),
        other => list(other)?.len(),
    };
    let bound = |at: usize, otherwise: usize| match arguments.get(at) {
        Some(value) => usize::try_from(whole(value)?).map_err(|_| "a bound is negative".to_owned()),
        None => Ok(otherwise),
    };
    let (from, to) = (bound(1, 0)?, bound(2, length)?);
    let out_of_range = || format!("slice bounds out of range: {from}:{to} of {length}");
    match &arguments[0] {
        Value::Text(text) => text.get(from..to).map(Value::text).ok_or_else(out_of_range),
        other => list(other)?
            .get(from..to)
            .map(|items| Value::list(items.to_vec()))
            .ok_or_else(out_of_range),
    }
}
