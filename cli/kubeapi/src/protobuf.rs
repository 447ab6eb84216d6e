//! Request bodies in Kubernetes' protobuf, as typed clients send them, decoded to the JSON they stand for.
//!
//! A body is the magic `k8s\0` and an envelope that names version and kind. The fields of each message are a table
//! (`fields.txt`); a kind that is not in it is refused, and clients may then send JSON. Answers are always JSON.

mod table;
mod wire;

use serde_json::{Map, Value, json};

use table::{Field, Kind, Message, Shape};
use wire::{Item, Reader};

/// The media type of such bodies.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

const MAGIC: &[u8] = b"k8s\0";

/// Objects nest less than this; deeper input is refused before it exhausts the stack.
const MAX_DEPTH: u8 = 64;

/// Why a body was not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtobufError {
    /// The table has no such kind; HTTP 415.
    #[error("protobuf bodies of kind {kind} in {api_version:?} are not understood here, send JSON")]
    UnknownKind {
        /// The version named by the envelope.
        api_version: String,
        /// The kind named by the envelope.
        kind: String,
    },
    /// The bytes are not what they claim to be; HTTP 400.
    #[error("the object provided is not valid protobuf: {what}")]
    Malformed {
        /// What was wrong.
        what: &'static str,
    },
}

/// The object in a body, with `apiVersion` and `kind` from its envelope.
///
/// # Errors
/// See [`ProtobufError`].
pub fn decode(body: &[u8]) -> Result<Value, ProtobufError> {
    let envelope = body.strip_prefix(MAGIC).ok_or(ProtobufError::Malformed {
        what: "no k8s prefix",
    })?;
    let (mut type_meta, mut raw): (&[u8], &[u8]) = (&[], &[]);
    let mut reader = Reader::new(envelope);
    while let Some((number, item)) = reader.next()? {
        match (number, item) {
            (1, Item::Bytes(bytes)) => type_meta = bytes,
            (2, Item::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let (api_version, kind) = type_names(type_meta)?;
    let Some(message) = table::of_kind(&api_version, &kind) else {
        return Err(ProtobufError::UnknownKind { api_version, kind });
    };
    let mut object = fields(message, raw, 0)?;
    object.insert("apiVersion".to_owned(), api_version.into());
    object.insert("kind".to_owned(), kind.into());
    Ok(Value::Object(object))
}

fn type_names(bytes: &[u8]) -> Result<(String, String), ProtobufError> {
    let (mut api_version, mut kind) = (String::new(), String::new());
    let mut reader = Reader::new(bytes);
    while let Some((number, item)) = reader.next()? {
        match (number, item) {
            (1, Item::Bytes(bytes)) => text(bytes)?.clone_into(&mut api_version),
            (2, Item::Bytes(bytes)) => text(bytes)?.clone_into(&mut kind),
            _ => {}
        }
    }
    Ok((api_version, kind))
}

fn fields(message: &Message, bytes: &[u8], depth: u8) -> Result<Map<String, Value>, ProtobufError> {
    if depth > MAX_DEPTH {
        return Err(ProtobufError::Malformed {
            what: "nested too deeply",
        });
    }
    let mut object = Map::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, item)) = reader.next()? {
        // a field newer than the table is dropped, as a server of an older version drops it
        let Some(field) = message.field(number) else {
            continue;
        };
        put(&mut object, field, item, depth)?;
    }
    for field in message.fields.iter().filter(|field| field.shape == Shape::Always) {
        object.entry(field.name).or_insert_with(|| zero(field.kind));
    }
    Ok(object)
}

fn put(
    object: &mut Map<String, Value>,
    field: &Field,
    item: Item<'_>,
    depth: u8,
) -> Result<(), ProtobufError> {
    match field.shape {
        Shape::Repeated => {
            let list = object.entry(field.name).or_insert_with(|| json!([]));
            if let Value::Array(items) = list {
                match (field.kind, item) {
                    (Kind::Integer, Item::Bytes(packed)) => items.extend(Reader::new(packed).varints()?),
                    (kind, item) => items.push(value(kind, item, depth)?),
                }
            }
        }
        Shape::Map => {
            let (key, value) = entry(field.kind, item, depth)?;
            let map = object.entry(field.name).or_insert_with(|| json!({}));
            if let Value::Object(entries) = map {
                entries.insert(key, value);
            }
        }
        Shape::Inline => {
            if let Value::Object(inner) = value(field.kind, item, depth)? {
                object.extend(inner);
            }
        }
        Shape::NonZero | Shape::Optional | Shape::Always => {
            let value = value(field.kind, item, depth)?;
            if field.shape != Shape::NonZero || !is_zero(&value) {
                object.insert(field.name.to_owned(), value);
            }
        }
    }
    Ok(())
}

fn entry(kind: Kind, item: Item<'_>, depth: u8) -> Result<(String, Value), ProtobufError> {
    let Item::Bytes(bytes) = item else {
        return Err(mismatch());
    };
    let (mut key, mut found) = (String::new(), None);
    let mut reader = Reader::new(bytes);
    while let Some((number, item)) = reader.next()? {
        match (number, item) {
            (1, Item::Bytes(bytes)) => text(bytes)?.clone_into(&mut key),
            (2, item) => found = Some(value(kind, item, depth)?),
            _ => {}
        }
    }
    Ok((key, found.unwrap_or_else(|| zero(kind))))
}

fn value(kind: Kind, item: Item<'_>, depth: u8) -> Result<Value, ProtobufError> {
    match (kind, item) {
        // varints are two's complement: a negative int32 arrives as 64 bits
        (Kind::Integer, Item::Varint(number)) => Ok(number.cast_signed().into()),
        (Kind::Boolean, Item::Varint(number)) => Ok((number != 0).into()),
        (Kind::Text, Item::Bytes(bytes)) => Ok(text(bytes)?.into()),
        (Kind::Bytes, Item::Bytes(bytes)) => Ok(crate::base64::standard(bytes).into()),
        (Kind::Message(name), Item::Bytes(bytes)) => message(name, bytes, depth),
        _ => Err(mismatch()),
    }
}

fn message(name: &str, bytes: &[u8], depth: u8) -> Result<Value, ProtobufError> {
    match name {
        "meta.Time" | "meta.MicroTime" => time(bytes, name == "meta.MicroTime"),
        "intstr.IntOrString" => int_or_string(bytes),
        "resource.Quantity" => Ok(text(first_bytes(bytes)?)?.into()),
        "meta.FieldsV1" | "runtime.RawExtension" => {
            let raw = first_bytes(bytes)?;
            if raw.is_empty() {
                return Ok(Value::Null);
            }
            serde_json::from_slice(raw).map_err(|_| ProtobufError::Malformed {
                what: "embedded JSON",
            })
        }
        _ => {
            let known = table::message(name).ok_or(ProtobufError::Malformed {
                what: "a message without table",
            })?;
            let mut object = fields(known, bytes, depth + 1)?;
            if known.is_bare_list {
                return Ok(object.remove(table::BARE).unwrap_or_else(|| json!([])));
            }
            Ok(Value::Object(object))
        }
    }
}

/// Field 1 of the small messages that wrap one string.
fn first_bytes(bytes: &[u8]) -> Result<&[u8], ProtobufError> {
    let mut reader = Reader::new(bytes);
    while let Some((number, item)) = reader.next()? {
        if let (1, Item::Bytes(inner)) = (number, item) {
            return Ok(inner);
        }
    }
    Ok(&[])
}

fn time(bytes: &[u8], with_micros: bool) -> Result<Value, ProtobufError> {
    let (mut seconds, mut nanos) = (0_i64, 0_i64);
    let mut reader = Reader::new(bytes);
    while let Some((number, item)) = reader.next()? {
        match (number, item) {
            (1, Item::Varint(value)) => seconds = value.cast_signed(),
            (2, Item::Varint(value)) => nanos = value.cast_signed(),
            _ => {}
        }
    }
    if seconds == 0 && nanos == 0 {
        return Ok(Value::Null);
    }
    let moment = jiff::Timestamp::new(seconds, i32::try_from(nanos).unwrap_or_default()).map_err(|_| {
        ProtobufError::Malformed {
            what: "a time out of range",
        }
    })?;
    let format = if with_micros {
        "%Y-%m-%dT%H:%M:%S.%6fZ"
    } else {
        "%Y-%m-%dT%H:%M:%SZ"
    };
    Ok(moment.strftime(format).to_string().into())
}

fn int_or_string(bytes: &[u8]) -> Result<Value, ProtobufError> {
    let (mut is_text, mut number, mut string) = (false, 0_i64, "");
    let mut reader = Reader::new(bytes);
    while let Some((field, item)) = reader.next()? {
        match (field, item) {
            (1, Item::Varint(kind)) => is_text = kind == 1,
            (2, Item::Varint(value)) => number = value.cast_signed(),
            (3, Item::Bytes(bytes)) => string = text(bytes)?,
            _ => {}
        }
    }
    Ok(if is_text { string.into() } else { number.into() })
}

fn text(bytes: &[u8]) -> Result<&str, ProtobufError> {
    std::str::from_utf8(bytes).map_err(|_| ProtobufError::Malformed {
        what: "text that is not UTF-8",
    })
}

fn mismatch() -> ProtobufError {
    ProtobufError::Malformed {
        what: "a field of another type than declared",
    }
}

fn zero(kind: Kind) -> Value {
    match kind {
        Kind::Integer => 0.into(),
        Kind::Boolean => false.into(),
        Kind::Text | Kind::Bytes => "".into(),
        Kind::Message("meta.Time" | "meta.MicroTime") => Value::Null,
        Kind::Message(_) => json!({}),
    }
}

/// What `omitempty` leaves out; clients write such fields whether they are set or not.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
