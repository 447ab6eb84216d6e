//! Documents: JSON as the reference writes it, and the same as YAML (`spec/cli.md` 1.4).

use crate::exit::Failure;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

/// Four spaces, and `<`, `>`, `&` (and the two line separators) escaped, as Go's encoder does.
struct GoFormatter<'a>(PrettyFormatter<'a>);

macro_rules! forward {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        })*
    };
}

impl Formatter for GoFormatter<'_> {
    forward! {
        begin_array(); end_array(); begin_array_value(first: bool); end_array_value();
        begin_object(); end_object(); begin_object_key(first: bool); begin_object_value(); end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let special = rest[at..].chars().next().unwrap_or_default();
            write!(writer, "\\u{:04x}", special as u32)?;
            rest = &rest[at + special.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

/// JSON with an indent of four, ended by a newline.
///
/// # Errors
/// The value cannot be written as JSON.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let formatter = GoFormatter(PrettyFormatter::with_indent(b"    "));
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, formatter))
        .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(&error))?;
    bytes.push(b'\n');
    String::from_utf8(bytes)
        .map_err(|error| Failure::new("cannot write the result as JSON").caused_by(&error))
}

/// The same document as YAML, keys sorted.
///
/// # Errors
/// The value cannot be written.
pub fn yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    let value: Value = serde_json::to_value(value)
        .map_err(|error| Failure::new("cannot write the result as YAML").caused_by(&error))?;
    Ok(crate::yaml::to_string(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_written_as_go_writes_it() {
        let text = json(&json!({"a": "<b> & \u{2028}", "empty": [], "none": {}})).unwrap();
        let expected =
            "{\n    \"a\": \"\\u003cb\\u003e \\u0026 \\u2028\",\n    \"empty\": [],\n    \"none\": {}\n}\n";
        assert_eq!(text, expected);
    }
}
