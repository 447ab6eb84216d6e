//! JSON patch (RFC 6902).

use serde::Deserialize;
use serde_json::Value;

use super::PatchError;

/// Patches may hold at most so many operations, as a real server has it.
const MAX_OPERATIONS: usize = 10_000;

#[derive(Debug, Deserialize)]
struct Operation {
    op: String,
    path: String,
    #[serde(default, deserialize_with = "present")]
    value: Option<Value>,
    from: Option<String>,
}

/// Tells a null value from an absent one.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The target after all operations, or the first that failed.
///
/// # Errors
/// [`PatchError::Malformed`] if `patch` is no list of operations, else [`PatchError::DoesNotApply`].
pub fn apply(mut target: Value, patch: &Value) -> Result<Value, PatchError> {
    let operations = Vec::<Operation>::deserialize(patch)
        .map_err(|error| PatchError::Malformed(format!("error decoding patch: {error}")))?;
    if operations.len() > MAX_OPERATIONS {
        let text = format!(
            "the allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            operations.len()
        );
        return Err(PatchError::DoesNotApply(text));
    }
    for operation in &operations {
        run(&mut target, operation)?;
    }
    Ok(target)
}

fn run(target: &mut Value, operation: &Operation) -> Result<(), PatchError> {
    let path = pointer(&operation.path)?;
    let value = || {
        operation.value.clone().ok_or_else(|| {
            PatchError::Malformed(format!(
                "{} operation on {:?} has no value",
                operation.op, operation.path
            ))
        })
    };
    let from = || match &operation.from {
        Some(from) => pointer(from),
        None => Err(PatchError::Malformed(format!(
            "{} operation has no from",
            operation.op
        ))),
    };
    match operation.op.as_str() {
        "add" => add(target, &path, value()?),
        "remove" => remove(target, &path).map(drop),
        "replace" => {
            let slot = find(target, &path).ok_or_else(|| missing("replace", &operation.path))?;
            *slot = value()?;
            Ok(())
        }
        "test" => {
            let expected = value()?;
            let found = find(target, &path).map_or(Value::Null, |found| found.clone());
            if equal(&found, &expected) {
                return Ok(());
            }
            Err(PatchError::DoesNotApply(format!(
                "testing value {} failed: test failed",
                operation.path
            )))
        }
        "move" => {
            let from = from()?;
            if path.starts_with(&from) && path.len() > from.len() {
                return Err(PatchError::DoesNotApply(format!(
                    "cannot move a value into itself at {:?}",
                    operation.path
                )));
            }
            let moved = remove(target, &from)?;
            add(target, &path, moved)
        }
        "copy" => {
            let from = from()?;
            let copied = find(target, &from).map(|found| found.clone());
            add(
                target,
                &path,
                copied.ok_or_else(|| missing("copy", &operation.path))?,
            )
        }
        other => Err(PatchError::Malformed(format!("unexpected kind: {other}"))),
    }
}

/// Numbers compare by value: `1` and `1.0` are equal (RFC 6902 §4.6).
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => left == right,
    }
}

/// The segments of a JSON pointer (RFC 6901).
fn pointer(text: &str) -> Result<Vec<String>, PatchError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = text.strip_prefix('/') else {
        return Err(PatchError::Malformed(format!(
            "path {text:?} does not start with a slash"
        )));
    };
    Ok(rest
        .split('/')
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect())
}

fn missing(op: &str, path: &str) -> PatchError {
    PatchError::DoesNotApply(format!(
        "{op} operation does not apply: doc is missing path: {path}: missing value"
    ))
}

fn find<'a>(target: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(target, |value, segment| match value {
        Value::Object(fields) => fields.get_mut(segment),
        Value::Array(items) => index(segment).and_then(|index| items.get_mut(index)),
        _ => None,
    })
}

/// An array index: digits without a leading zero.
fn index(segment: &str) -> Option<usize> {
    let plain =
        segment == "0" || (!segment.starts_with('0') && segment.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { segment.parse().ok() } else { None }
}

fn add(target: &mut Value, path: &[String], value: Value) -> Result<(), PatchError> {
    let Some((last, parent)) = path.split_last() else {
        *target = value;
        return Ok(());
    };
    let shown = || format!("/{}", path.join("/"));
    match find(target, parent) {
        Some(Value::Object(fields)) => {
            fields.insert(last.clone(), value);
            Ok(())
        }
        Some(Value::Array(items)) => {
            let at = if last == "-" {
                Some(items.len())
            } else {
                index(last)
            };
            match at.filter(|at| *at <= items.len()) {
                Some(at) => {
                    items.insert(at, value);
                    Ok(())
                }
                None => Err(PatchError::DoesNotApply(format!(
                    "add operation does not apply: doc is missing path: {}: invalid index referenced",
                    shown()
                ))),
            }
        }
        _ => Err(missing("add", &shown())),
    }
}

fn remove(target: &mut Value, path: &[String]) -> Result<Value, PatchError> {
    let shown = || format!("/{}", path.join("/"));
    let Some((last, parent)) = path.split_last() else {
        return Ok(std::mem::take(target));
    };
    let removed = match find(target, parent) {
        Some(Value::Object(fields)) => fields.remove(last),
        Some(Value::Array(items)) => index(last)
            .filter(|at| *at < items.len())
            .map(|at| items.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| {
        let path = shown();
        PatchError::DoesNotApply(format!(
            "remove operation does not apply: doc is missing path: {path}: missing value"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "keeps the cases short")]
    fn check(target: Value, patch: Value, expected: Value) {
        assert_eq!(apply(target, &patch), Ok(expected));
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "keeps the cases short")]
    fn refused(target: Value, patch: Value, text: &str) {
        let error = apply(target, &patch).expect_err("refused");
        assert!(error.to_string().contains(text), "{error}");
    }

    #[test]
    fn operations_apply_in_order() {
        check(
            json!({"a":1}),
            json!([{"op":"add","path":"/b","value":null}]),
            json!({"a":1,"b":null}),
        );
        check(
            json!({"a":[1,3]}),
            json!([{"op":"add","path":"/a/1","value":2}]),
            json!({"a":[1,2,3]}),
        );
        check(
            json!({"a":[1]}),
            json!([{"op":"add","path":"/a/-","value":2}]),
            json!({"a":[1,2]}),
        );
        check(
            json!({"a/b":1,"m~n":2}),
            json!([{"op":"remove","path":"/a~1b"},{"op":"replace","path":"/m~0n","value":3}]),
            json!({"m~n":3}),
        );
        check(
            json!({"a":{"b":1}}),
            json!([{"op":"move","from":"/a/b","path":"/c"}]),
            json!({"a":{},"c":1}),
        );
        check(
            json!({"a":{"b":1}}),
            json!([{"op":"copy","from":"/a","path":"/c"}]),
            json!({"a":{"b":1},"c":{"b":1}}),
        );
        check(
            json!({"a":1}),
            json!([{"op":"test","path":"/a","value":1.0},{"op":"remove","path":"/a"}]),
            json!({}),
        );
    }

    #[test]
    fn what_does_not_apply_says_why() {
        refused(
            json!({}),
            json!([{"op":"remove","path":"/a"}]),
            "doc is missing path: /a",
        );
        refused(
            json!({}),
            json!([{"op":"replace","path":"/a","value":1}]),
            "doc is missing path: /a",
        );
        refused(
            json!({}),
            json!([{"op":"add","path":"/a/b","value":1}]),
            "doc is missing path: /a/b",
        );
        refused(
            json!({"a":[]}),
            json!([{"op":"add","path":"/a/01","value":1}]),
            "invalid index",
        );
        refused(
            json!({"a":1}),
            json!([{"op":"test","path":"/a","value":2}]),
            "testing value /a failed",
        );
        refused(
            json!({}),
            json!([{"op":"frob","path":"/a"}]),
            "unexpected kind: frob",
        );
        refused(json!({}), json!([{"op":"add","path":"/a"}]), "has no value");
        refused(json!({}), json!([{"op":"add","path":"a","value":1}]), "slash");
        refused(
            json!({"a":{}}),
            json!([{"op":"move","from":"/a","path":"/a/b"}]),
            "into itself",
        );
    }
}
