//! From text to values, with what was expected when it fails.

use std::str::FromStr;

use crate::enroll::{self, Selector};

/// Why a value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue(pub String);

/// A boolean as the field writes them.
pub(super) fn switch(text: &str) -> Result<bool, BadValue> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(BadValue("expected true or false".to_owned())),
    }
}

/// Anything with a form of its own.
pub(super) fn value<T: FromStr>(text: &str, expected: &str) -> Result<T, BadValue> {
    text.parse().map_err(|_| BadValue(format!("expected {expected}")))
}

/// A comma list; blanks around items and empty items do not count.
pub(super) fn list(text: &str) -> impl Iterator<Item = String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
}

/// Permission bits.
pub(super) fn mode(text: &str) -> Result<u32, BadValue> {
    let digits = text.trim_start_matches("0o");
    u32::from_str_radix(digits, 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
        .ok_or_else(|| BadValue("expected permission bits such as 0600".to_owned()))
}

/// A name of a file, not a path.
pub(super) fn file_name(text: &str) -> Result<String, BadValue> {
    if text.contains('/') || text == ".." || text.contains('\0') {
        return Err(BadValue("expected a file name without folders".to_owned()));
    }
    Ok(text.to_owned())
}

/// The list of selectors, in YAML or JSON.
pub(super) fn selectors(text: &str) -> Result<Vec<Selector>, BadValue> {
    let selectors: Vec<Selector> = serde_saphyr::from_str(text).map_err(|error| {
        BadValue(format!(
            "expected a list of podSelector and namespaceSelector: {error}"
        ))
    })?;
    enroll::check(&selectors).map_err(|error| BadValue(error.to_string()))?;
    Ok(selectors)
}
