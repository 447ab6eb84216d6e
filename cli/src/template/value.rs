//! Values as templates see them. Maps are shared, since `set` and `mergeOverwrite` change their argument. (pure)

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A map that several names may share.
pub type SharedMap = Rc<RefCell<BTreeMap<String, Value>>>;

/// One value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// Nothing; prints as nothing, as Helm prints it.
    #[default]
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Rc<str>),
    /// A list.
    List(Rc<Vec<Value>>),
    /// A map.
    Map(SharedMap),
    /// A chart's files: `.Files.Get "path"`.
    Files(Rc<BTreeMap<String, String>>),
    /// API versions of the cluster: `.Capabilities.APIVersions.Has "v1"`.
    ApiVersions(Rc<BTreeSet<String>>),
}

impl Value {
    /// Text.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// A map.
    #[must_use]
    pub fn map(entries: BTreeMap<String, Self>) -> Self {
        Self::Map(Rc::new(RefCell::new(entries)))
    }

    /// What `if` and `and` take for true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.borrow().is_empty(),
            Self::Files(files) => !files.is_empty(),
            Self::ApiVersions(versions) => !versions.is_empty(),
        }
    }

    /// Go's name of its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Files(_) | Self::ApiVersions(_) => "struct",
        }
    }

    /// As an action prints it.
    #[must_use]
    pub fn print(&self) -> String {
        match self {
            Self::Nil => String::new(),
            Self::Bool(truth) => truth.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => print_float(*number),
            Self::Text(text) => text.to_string(),
            Self::List(items) => format!(
                "[{}]",
                items.iter().map(Self::print).collect::<Vec<_>>().join(" ")
            ),
            Self::Map(entries) => {
                let entries = entries.borrow();
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{key}:{}", value.print()))
                    .collect();
                format!("map[{}]", entries.join(" "))
            }
            Self::Files(_) | Self::ApiVersions(_) => "{}".to_owned(),
        }
    }

    /// A copy that shares nothing.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        match self {
            Self::List(items) => Self::list(items.iter().map(Self::deep_copy).collect()),
            Self::Map(entries) => {
                let entries = entries.borrow();
                Self::map(
                    entries
                        .iter()
                        .map(|(key, value)| (key.clone(), value.deep_copy()))
                        .collect(),
                )
            }
            other => other.clone(),
        }
    }

    /// As JSON; files and API versions have no such form.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Nil | Self::Files(_) | Self::ApiVersions(_) => serde_json::Value::Null,
            Self::Bool(truth) => (*truth).into(),
            Self::Int(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Text(text) => text.as_ref().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(entries) => {
                let entries = entries.borrow();
                serde_json::Value::Object(
                    entries
                        .iter()
                        .map(|(key, value)| (key.clone(), value.to_json()))
                        .collect(),
                )
            }
        }
    }
}

impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Nil,
            serde_json::Value::Bool(truth) => Self::Bool(*truth),
            serde_json::Value::Number(number) => number
                .as_i64()
                .map_or_else(|| Self::Float(number.as_f64().unwrap_or(f64::NAN)), Self::Int),
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(items) => Self::list(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(entries) => Self::map(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl PartialEq for Value {
    /// As `eq` and `has` compare: numbers by value, whatever their kind.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::List(one), Self::List(other)) => one == other,
            (Self::Map(one), Self::Map(other)) => Rc::ptr_eq(one, other) || *one.borrow() == *other.borrow(),
            (Self::Int(_) | Self::Float(_), Self::Int(_) | Self::Float(_)) => number(self) == number(other),
            _ => false,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "Go compares such numbers as float64")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Go's `%v` of a float64: the shortest form, with an exponent from 1e21 on.
fn print_float(number: f64) -> String {
    if number != 0.0 && (number.abs() >= 1e21 || number.abs() < 1e-4) {
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent
            .strip_prefix('-')
            .map_or(('+', exponent), |digits| ('-', digits));
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    number.to_string()
}
