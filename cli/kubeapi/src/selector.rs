//! Label and field selectors: parsed once per request, then asked per object.

use serde_json::Value;

use crate::object;

/// What the label selector grammar can say about one key.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
    Greater(String, i64),
    Less(String, i64),
}

impl Requirement {
    fn holds(&self, find: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::In(key, values) => find(key).is_some_and(|value| values.contains(&value)),
            Self::NotIn(key, values) => find(key).is_none_or(|value| !values.contains(&value)),
            Self::Exists(key) => find(key).is_some(),
            Self::Absent(key) => find(key).is_none(),
            Self::Greater(key, bound) => find(key)
                .and_then(|v| v.parse().ok())
                .is_some_and(|v: i64| v > *bound),
            Self::Less(key, bound) => find(key)
                .and_then(|v| v.parse().ok())
                .is_some_and(|v: i64| v < *bound),
        }
    }
}

/// The selection of one list or watch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, String, bool)>,
}

impl Selector {
    /// Parses `labelSelector` and `fieldSelector`; the error is the message for a 400.
    pub(crate) fn parse(labels: &str, fields: &str) -> Result<Self, String> {
        Ok(Self {
            labels: parse_labels(labels)?,
            fields: parse_fields(fields)?,
        })
    }

    /// A `LabelSelector` object (`matchLabels`, `matchExpressions`).
    pub(crate) fn from_object(selector: &Value) -> Self {
        let mut labels = Vec::new();
        if let Some(pairs) = object::at(selector, &["matchLabels"]).and_then(Value::as_object) {
            for (key, value) in pairs {
                labels.push(Requirement::In(
                    key.clone(),
                    vec![value.as_str().unwrap_or_default().to_owned()],
                ));
            }
        }
        for expression in object::list(selector, &["matchExpressions"]) {
            let key = object::text(expression, &["key"]).unwrap_or_default().to_owned();
            let values = object::list(expression, &["values"]);
            let values = values
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            labels.push(
                match object::text(expression, &["operator"]).unwrap_or_default() {
                    "NotIn" => Requirement::NotIn(key, values),
                    "Exists" => Requirement::Exists(key),
                    "DoesNotExist" => Requirement::Absent(key),
                    _ => Requirement::In(key, values),
                },
            );
        }
        Self {
            labels,
            fields: Vec::new(),
        }
    }

    /// Restricts to one name, as a watch of a single object does.
    pub(crate) fn with_name(mut self, name: &str) -> Self {
        self.fields
            .push(("metadata.name".to_owned(), name.to_owned(), true));
        self
    }

    /// The fields it asks about.
    pub(crate) fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(path, _, _)| path.as_str())
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether `object` is selected.
    pub(crate) fn selects(&self, object: &Value) -> bool {
        let find = |key: &str| object::label(object, key).map(str::to_owned);
        self.labels.iter().all(|requirement| requirement.holds(&find))
            && self
                .fields
                .iter()
                .all(|(path, value, equal)| (field(object, path) == *value) == *equal)
    }
}

/// A field's value as selectors see it: absent is empty, or `false` for booleans.
fn field(object: &Value, path: &str) -> String {
    let aliased = match path {
        "source" => "source.component",
        "reportingComponent" => "reportingComponent",
        other => other,
    };
    let steps: Vec<&str> = aliased.split('.').collect();
    match object::at(object, &steps) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None if matches!(path, "spec.unschedulable" | "spec.hostNetwork") => "false".to_owned(),
        None if path == "status.successful" => "0".to_owned(),
        None => String::new(),
    }
}

fn parse_fields(text: &str) -> Result<Vec<(String, String, bool)>, String> {
    let mut fields = Vec::new();
    for term in text.split(',').map(str::trim).filter(|term| !term.is_empty()) {
        let (path, value, equal) = if let Some((path, value)) = term.split_once("!=") {
            (path, value, false)
        } else if let Some((path, value)) = term.split_once("==") {
            (path, value, true)
        } else if let Some((path, value)) = term.split_once('=') {
            (path, value, true)
        } else {
            return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
        };
        fields.push((path.to_owned(), value.to_owned(), equal));
    }
    Ok(fields)
}

/// Splits at commas outside of parentheses.
fn split_terms(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut terms) = (0_usize, 0, Vec::new());
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn parse_labels(text: &str) -> Result<Vec<Requirement>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    split_terms(text)
        .into_iter()
        .map(|term| parse_label(term.trim()))
        .collect()
}

fn parse_label(term: &str) -> Result<Requirement, String> {
    let checked = |key: &str| {
        let key = key.trim();
        let bad =
            key.is_empty() || key.contains(|c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c)));
        if bad {
            Err(format!(
                "unable to parse requirement: invalid label key \"{key}\""
            ))
        } else {
            Ok(key.to_owned())
        }
    };
    if let Some(key) = term.strip_prefix('!') {
        return Ok(Requirement::Absent(checked(key)?));
    }
    if let Some(set) = term.strip_suffix(')') {
        let (head, values) = set
            .split_once('(')
            .ok_or_else(|| format!("unable to parse requirement: \"{term}\""))?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let head = head.trim();
        return match head.rsplit_once(char::is_whitespace) {
            Some((key, "in")) => Ok(Requirement::In(checked(key)?, values)),
            Some((key, "notin")) => Ok(Requirement::NotIn(checked(key)?, values)),
            _ => Err(format!("unable to parse requirement: \"{term}\"")),
        };
    }
    if let Some((key, value)) = term.split_once("!=") {
        return Ok(Requirement::NotIn(checked(key)?, vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Ok(Requirement::In(checked(key)?, vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = term.split_once('>') {
        let bound = value
            .trim()
            .parse()
            .map_err(|_| format!("unable to parse requirement: \"{term}\""))?;
        return Ok(Requirement::Greater(checked(key)?, bound));
    }
    if let Some((key, value)) = term.split_once('<') {
        let bound = value
            .trim()
            .parse()
            .map_err(|_| format!("unable to parse requirement: \"{term}\""))?;
        return Ok(Requirement::Less(checked(key)?, bound));
    }
    Ok(Requirement::Exists(checked(term)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Selector;

    #[track_caller]
    fn check(labels: &str, fields: &str, expected: bool) {
        let pod = json!({
            "metadata": { "name": "a", "labels": { "app": "web", "tier": "1" } },
            "spec": { "nodeName": "n1" }, "status": { "phase": "Running" }
        });
        let selector = Selector::parse(labels, fields).expect("parses");
        assert_eq!(selector.selects(&pod), expected, "{labels} {fields}");
    }

    #[test]
    fn the_label_grammar_selects_as_kubernetes_does() {
        check("", "", true);
        check("app=web", "", true);
        check("app==web,tier", "", true);
        check("app!=web", "", false);
        check("missing!=x", "", true);
        check("app in (web, db),tier notin (2)", "", true);
        check("!missing", "", true);
        check("!app", "", false);
        check("tier>0", "", true);
    }

    #[test]
    fn the_field_grammar_compares_text() {
        check("", "metadata.name=a,spec.nodeName=n1", true);
        check("", "status.phase!=Running", false);
        check("", "spec.hostNetwork=false", true);
    }

    #[test]
    fn a_malformed_selector_is_refused() {
        assert!(Selector::parse("a b", "").is_err());
        assert!(Selector::parse("", "name").is_err());
    }
}
