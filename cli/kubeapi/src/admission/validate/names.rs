//! Names and labels: RFC 1123 and RFC 1035 as Kubernetes applies them.

use serde_json::Value;

use crate::object;
use crate::resources::Resource;
use crate::status::FieldError;

const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SERVICE_RULE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// RFC 1123 label.
pub(super) fn is_label(text: &str) -> bool {
    let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// RFC 1123 subdomain.
pub(super) fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(part)
}

fn is_path_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && !text.contains(['/', '%'])
}

/// Name, namespace and labels of a new object.
pub(super) fn metadata(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let name = object::name(object);
    let mut errors = Vec::new();
    if name.is_empty() {
        errors.push(FieldError::required(
            "metadata.name",
            "name or generateName is required",
        ));
    } else {
        let (good, rule) = match resource.collection.as_ref() {
            "namespaces" => (is_label(name), LABEL_RULE),
            "services" => {
                let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
                (is_label(name) && starts, SERVICE_RULE)
            }
            collection if collection.ends_with("rbac.authorization.k8s.io") => (
                is_path_segment(name),
                "may not be '.' or '..' or contain '/' or '%'",
            ),
            _ => (is_subdomain(name), SUBDOMAIN_RULE),
        };
        if !good {
            errors.push(FieldError::invalid("metadata.name", &name.into(), rule));
        }
    }
    errors.extend(labels(object));
    errors
}

fn is_qualified(text: &str) -> bool {
    let (prefix, name) = text
        .split_once('/')
        .map_or((None, text), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(is_subdomain) && is_word(name) && !name.is_empty()
}

/// Up to 63 characters, alphanumeric at both ends; may be empty.
fn is_word(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 63
        && text.chars().all(|c| end(c) || matches!(c, '-' | '_' | '.'))
        && (text.is_empty() || (text.starts_with(end) && text.ends_with(end)))
}

/// Labels and annotations of any object.
pub(super) fn labels(object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let pairs = |field: &str| {
        object::at(object, &["metadata", field])
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    for (key, value) in pairs("labels") {
        if !is_qualified(&key) {
            errors.push(FieldError::invalid("metadata.labels", &key.clone().into(), "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"));
        }
        match value.as_str() {
            Some(text) if is_word(text) => {}
            _ => errors.push(FieldError::invalid("metadata.labels", &value, "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")),
        }
    }
    let mut size = 0;
    for (key, value) in pairs("annotations") {
        size += key.len() + value.as_str().map_or(0, str::len);
        if !is_qualified(&key.to_lowercase()) {
            errors.push(FieldError::invalid(
                "metadata.annotations",
                &key.into(),
                "name part must consist of alphanumeric characters, '-', '_' or '.'",
            ));
        } else if !value.is_string() {
            errors.push(FieldError::invalid(
                "metadata.annotations",
                &value,
                "must be a string",
            ));
        }
    }
    if size > 256 * 1024 {
        errors.push(FieldError::forbidden(
            "metadata.annotations",
            "may not be more than 262144 bytes",
        ));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::{is_label, is_qualified, is_subdomain, is_word};

    #[test]
    fn names_follow_the_rfcs() {
        assert!(is_label("a-1") && is_label("1"));
        assert!(!is_label("A") && !is_label("-a") && !is_label("a-") && !is_label("") && !is_label("a.b"));
        assert!(is_subdomain("a.b-c.d") && !is_subdomain("a..b") && !is_subdomain("a_b"));
    }

    #[test]
    fn label_keys_may_have_a_prefix() {
        assert!(is_qualified("istio.io/dataplane-mode") && is_qualified("app"));
        assert!(!is_qualified("a/b/c") && !is_qualified("/a") && !is_qualified("a/"));
        assert!(is_word("") && is_word("v1.2_3") && !is_word("-x"));
    }
}
