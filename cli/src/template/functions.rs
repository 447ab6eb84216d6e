//! The functions, by name. (pure)
//!
//! Arguments come in the order of the template, the piped value last. Each group of functions is a file; the tables in
//! them are the lists of what is known.

mod convert;
mod dicts;
mod lists;
mod logic;
mod math;
mod strings;

use super::value::Value;

/// What a function gives back; an error is its message.
type Outcome = Result<Value, String>;

/// A function of a table.
type Function = fn(&[Value]) -> Outcome;

/// A row of a table: name, fewest and most arguments, function.
type Row = (&'static str, usize, usize, Function);

/// Any number of arguments.
const ANY: usize = usize::MAX;

const TABLES: [&[Row]; 6] = [
    logic::TABLE,
    strings::TABLE,
    lists::TABLE,
    dicts::TABLE,
    convert::TABLE,
    math::TABLE,
];

/// Calls a function.
pub(super) fn call(name: &str, arguments: &[Value]) -> Outcome {
    let (_, least, most, function) = TABLES
        .into_iter()
        .flatten()
        .find(|(known, ..)| *known == name)
        .ok_or_else(|| format!("function `{name}` is not defined"))?;
    if arguments.len() < *least || arguments.len() > *most {
        return Err(format!(
            "wrong number of arguments for `{name}`: {}",
            arguments.len()
        ));
    }
    function(arguments).map_err(|message| format!("error calling {name}: {message}"))
}

/// Calls a method of one of the objects that have any.
pub(super) fn method(object: &Value, name: &str, arguments: &[Value]) -> Outcome {
    match (object, name, arguments) {
        (Value::Files(files), "Get", [Value::Text(path)]) => {
            Ok(Value::text(files.get(path.as_ref()).map_or("", String::as_str)))
        }
        (Value::Files(files), "Lines", [Value::Text(path)]) => {
            let text = files.get(path.as_ref()).map_or("", String::as_str);
            Ok(Value::list(text.lines().map(Value::text).collect()))
        }
        (Value::ApiVersions(versions), "Has", [Value::Text(version)]) => {
            Ok(Value::Bool(versions.contains(version.as_ref())))
        }
        _ => Err(format!(
            "`.{name}` with {} arguments is not known",
            arguments.len()
        )),
    }
}

/// An argument as text; numbers and truth values print, as sprig does.
fn text(value: &Value) -> String {
    value.print()
}

/// An argument that must be a list.
fn list(value: &Value) -> Result<&[Value], String> {
    match value {
        Value::List(items) => Ok(items),
        Value::Nil => Ok(&[]),
        other => Err(format!("expected a list, got a {}", other.kind())),
    }
}

/// An argument that must be a whole number.
fn whole(value: &Value) -> Result<i64, String> {
    match value {
        Value::Int(number) => Ok(*number),
        #[expect(clippy::cast_possible_truncation, reason = "Go truncates too")]
        Value::Float(number) => Ok(*number as i64),
        Value::Bool(truth) => Ok(i64::from(*truth)),
        Value::Text(digits) => Ok(digits.parse().unwrap_or(0)),
        Value::Nil => Ok(0),
        other => Err(format!("expected a number, got a {}", other.kind())),
    }
}
