//! Numbers. (pure)

use super::super::value::Value;
use super::{ANY, Row, whole};

pub(super) const TABLE: &[Row] = &[
    ("int", 1, 1, |a| whole(&a[0]).map(Value::Int)),
    ("int64", 1, 1, |a| whole(&a[0]).map(Value::Int)),
    ("atoi", 1, 1, |a| whole(&a[0]).map(Value::Int)),
    ("float64", 1, 1, |a| float(&a[0]).map(Value::Float)),
    ("add", 0, ANY, |a| fold(a, 0, i64::checked_add)),
    ("add1", 1, 1, |a| fold(a, 1, i64::checked_add)),
    ("mul", 1, ANY, |a| fold(a, 1, i64::checked_mul)),
    ("sub", 2, 2, |a| fold(&a[1..], whole(&a[0])?, i64::checked_sub)),
    ("div", 2, 2, |a| fold(&a[1..], whole(&a[0])?, i64::checked_div)),
    ("mod", 2, 2, |a| fold(&a[1..], whole(&a[0])?, i64::checked_rem)),
    ("max", 1, ANY, |a| {
        fold(&a[1..], whole(&a[0])?, |one, other| Some(one.max(other)))
    }),
    ("min", 1, ANY, |a| {
        fold(&a[1..], whole(&a[0])?, |one, other| Some(one.min(other)))
    }),
    ("floor", 1, 1, |a| {
        float(&a[0]).map(|number| Value::Float(number.floor()))
    }),
    ("ceil", 1, 1, |a| {
        float(&a[0]).map(|number| Value::Float(number.ceil()))
    }),
];

fn fold(numbers: &[Value], start: i64, step: fn(i64, i64) -> Option<i64>) -> Result<Value, String> {
    let mut sum = start;
    for number in numbers {
        sum = step(sum, whole(number)?).ok_or("the result is not a number of 64 bits")?;
    }
    Ok(Value::Int(sum))
}

/// An argument as a float64.
#[expect(clippy::cast_precision_loss, reason = "Go converts likewise")]
pub(super) fn float(value: &Value) -> Result<f64, String> {
    match value {
        Value::Int(number) => Ok(*number as f64),
        Value::Float(number) => Ok(*number),
        Value::Text(text) => Ok(text.parse().unwrap_or(0.0)),
        other => Err(format!("expected a number, got a {}", other.kind())),
    }
}
