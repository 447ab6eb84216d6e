//! RBAC rules: what a rule allows. Pure; where rules come from is `access`.

use serde_json::Value;

use crate::object;

/// What a request wants to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Set for requests that are not about resources.
    pub(crate) path: Option<String>,
}

impl Attributes {
    /// As messages name the resource.
    pub(crate) fn resource_text(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }
}

fn has(rule: &Value, list: &str, wanted: &str) -> bool {
    object::list(rule, &[list])
        .iter()
        .filter_map(Value::as_str)
        .any(|word| word == "*" || word == wanted)
}

/// Whether one `PolicyRule` allows `wanted`.
pub(crate) fn allows(rule: &Value, wanted: &Attributes) -> bool {
    if !has(rule, "verbs", &wanted.verb) {
        return false;
    }
    match &wanted.path {
        Some(path) => allows_path(rule, path),
        None => {
            has(rule, "apiGroups", &wanted.group)
                && allows_resource(rule, wanted)
                && allows_name(rule, wanted)
        }
    }
}

fn allows_path(rule: &Value, path: &str) -> bool {
    object::list(rule, &["nonResourceURLs"])
        .iter()
        .filter_map(Value::as_str)
        .any(|pattern| {
            pattern == path
                || pattern
                    .strip_suffix('*')
                    .is_some_and(|prefix| path.starts_with(prefix))
        })
}

fn allows_resource(rule: &Value, wanted: &Attributes) -> bool {
    let full = wanted.resource_text();
    object::list(rule, &["resources"])
        .iter()
        .filter_map(Value::as_str)
        .any(|pattern| {
            pattern == "*"
                || pattern == full
                || (!wanted.subresource.is_empty()
                    && pattern.strip_prefix("*/") == Some(wanted.subresource.as_str()))
        })
}

fn allows_name(rule: &Value, wanted: &Attributes) -> bool {
    let names = object::list(rule, &["resourceNames"]);
    names.is_empty()
        || names
            .iter()
            .filter_map(Value::as_str)
            .any(|name| !name.is_empty() && name == wanted.name)
}

/// Whether everything `rule` allows is allowed by `held`, each verb, group, resource and name on its own
/// (nobody may grant what they do not have).
pub(crate) fn covered(rule: &Value, held: &[Value]) -> bool {
    let words = |list: &str| -> Vec<&str> {
        object::list(rule, &[list])
            .iter()
            .filter_map(Value::as_str)
            .collect()
    };
    let allowed = |wanted: &Attributes| held.iter().any(|rule| allows(rule, wanted));
    let paths = words("nonResourceURLs");
    let mut names = words("resourceNames");
    if names.is_empty() {
        names.push("");
    }
    words("verbs").iter().all(|verb| {
        let by_path = paths.iter().all(|path| {
            allowed(&Attributes {
                verb: (*verb).into(),
                path: Some((*path).into()),
                ..Attributes::default()
            })
        });
        by_path
            && words("apiGroups").iter().all(|group| {
                words("resources").iter().all(|resource| {
                    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
                    names.iter().all(|name| {
                        allowed(&Attributes {
                            verb: (*verb).into(),
                            group: (*group).into(),
                            resource: resource.into(),
                            subresource: subresource.into(),
                            name: (*name).into(),
                            ..Attributes::default()
                        })
                    })
                })
            })
    })
}

/// Whether a binding's subject is this user. Service accounts without a namespace are those of the binding's.
pub(crate) fn is_subject(subject: &Value, user: &super::User, binding_namespace: &str) -> bool {
    let name = object::text(subject, &["name"]).unwrap_or_default();
    match object::text(subject, &["kind"]).unwrap_or_default() {
        "User" => user.name == name,
        "Group" => user.is_in(name),
        "ServiceAccount" => {
            let namespace = object::text(subject, &["namespace"])
                .filter(|n| !n.is_empty())
                .unwrap_or(binding_namespace);
            user.service_account() == Some((namespace, name))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Attributes, allows, covered};

    fn wants(verb: &str, group: &str, resource: &str, name: &str) -> Attributes {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Attributes {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            ..Attributes::default()
        }
    }

    #[test]
    fn a_rule_allows_exactly_what_it_names() {
        let rule = json!({ "apiGroups": [""], "resources": ["pods", "*/scale"], "verbs": ["get"], "resourceNames": ["a"] });
        assert!(allows(&rule, &wants("get", "", "pods", "a")));
        assert!(allows(&rule, &wants("get", "", "anything/scale", "a")));
        assert!(!allows(&rule, &wants("get", "", "pods", "b")));
        assert!(!allows(&rule, &wants("list", "", "pods", "")));
        assert!(!allows(&rule, &wants("get", "", "pods/log", "a")));
        assert!(!allows(&rule, &wants("get", "apps", "pods", "a")));
    }

    #[test]
    fn paths_match_exactly_or_by_prefix() {
        let rule = json!({ "nonResourceURLs": ["/healthz", "/apis/*"], "verbs": ["get"] });
        let wants = |path: &str| Attributes {
            verb: "get".into(),
            path: Some(path.into()),
            ..Attributes::default()
        };
        assert!(allows(&rule, &wants("/healthz")));
        assert!(allows(&rule, &wants("/apis/apps")));
        assert!(!allows(&rule, &wants("/metrics")));
    }

    #[test]
    fn nobody_grants_what_they_do_not_have() {
        let held = [json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"] })];
        assert!(covered(
            &json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }),
            &held
        ));
        assert!(!covered(
            &json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["*"] }),
            &held
        ));
        assert!(!covered(
            &json!({ "apiGroups": [""], "resources": ["secrets"], "verbs": ["get"] }),
            &held
        ));
        assert!(!covered(
            &json!({ "nonResourceURLs": ["/metrics"], "verbs": ["get"] }),
            &held
        ));
    }
}
