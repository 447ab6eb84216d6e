//! Which admission webhooks a write concerns, and what they are asked (pure).
//!
//! The matching is that of Kubernetes: rules, then the namespace's and the object's labels. Match conditions are
//! expressions that this server does not evaluate; a webhook that has them counts as one that failed.

pub(crate) mod review;
mod send;

use serde_json::{Value, json};

use crate::auth::User;
use crate::object;
use crate::selector::Selector;

/// The two kinds of configurations, in the order in which they are asked.
pub(crate) const MUTATING: &str = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
pub(crate) const VALIDATING: &str = "validatingwebhookconfigurations.admissionregistration.k8s.io";

/// One write, as rules see it.
#[derive(Debug, Clone)]
pub(crate) struct Attributes {
    pub(crate) operation: &'static str,
    pub(crate) group: String,
    /// The request's version first, then the others that are served of the same resource.
    pub(crate) versions: Vec<String>,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespaced: bool,
}

/// A webhook as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Webhook(pub(crate) Value);

impl Webhook {
    pub(crate) fn name(&self) -> &str {
        object::text(&self.0, &["name"]).unwrap_or_default()
    }

    /// A failed call is no objection.
    pub(crate) fn ignores_failure(&self) -> bool {
        object::text(&self.0, &["failurePolicy"]) == Some("Ignore")
    }

    /// Wants to see the object again if a later webhook changed it.
    pub(crate) fn is_asked_again(&self) -> bool {
        object::text(&self.0, &["reinvocationPolicy"]) == Some("IfNeeded")
    }

    pub(crate) fn timeout_seconds(&self) -> u64 {
        let seconds = object::int(&self.0, &["timeoutSeconds"]).unwrap_or(10);
        u64::try_from(seconds.clamp(1, 30)).unwrap_or(10)
    }

    pub(crate) fn has_conditions(&self) -> bool {
        !object::list(&self.0, &["matchConditions"]).is_empty()
    }

    /// May be asked about writes that do not take effect.
    pub(crate) fn takes_dry_runs(&self) -> bool {
        matches!(
            object::text(&self.0, &["sideEffects"]),
            Some("None" | "NoneOnDryRun")
        )
    }

    /// The version in which the object is to be sent, if the rules match at all.
    pub(crate) fn version<'a>(&self, write: &'a Attributes) -> Option<&'a str> {
        let exact = object::text(&self.0, &["matchPolicy"]) == Some("Exact");
        let versions = write.versions.iter().take(if exact { 1 } else { usize::MAX });
        let rules = object::list(&self.0, &["rules"]);
        let mut versions = versions.map(String::as_str);
        versions.find(|version| rules.iter().any(|rule| rule_matches(rule, write, version)))
    }

    /// Whether the labels of the object and its namespace are selected.
    pub(crate) fn selects(&self, change: &Change, namespace: Option<&Value>) -> bool {
        let selector = |field: &str| Selector::from_object(self.0.get(field).unwrap_or(&Value::Null));
        let of_namespace = selector("namespaceSelector");
        let of_object = selector("objectSelector");
        let objects = [change.new.as_ref(), change.old.as_ref()];
        namespace.is_none_or(|namespace| of_namespace.selects(namespace))
            && (of_object.is_everything() || objects.into_iter().flatten().any(|one| of_object.selects(one)))
    }
}

/// An object before and after.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Change {
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

impl Change {
    /// What is there to name it by.
    pub(crate) fn any(&self) -> &Value {
        self.new.as_ref().or(self.old.as_ref()).unwrap_or(&Value::Null)
    }
}

fn rule_matches(rule: &Value, write: &Attributes, version: &str) -> bool {
    let has = |field: &str, wanted: &str| {
        object::list(rule, &[field])
            .iter()
            .any(|one| one == "*" || one == wanted)
    };
    let scope = match object::text(rule, &["scope"]).unwrap_or("*") {
        "Namespaced" => write.namespaced,
        "Cluster" => !write.namespaced,
        _ => true,
    };
    let resources = object::list(rule, &["resources"]);
    scope
        && has("operations", write.operation)
        && has("apiGroups", &write.group)
        && has("apiVersions", version)
        && resources
            .iter()
            .filter_map(Value::as_str)
            .any(|pattern| resource_matches(pattern, &write.resource, &write.subresource))
}

/// `pods`, `pods/status`, `pods/*`, `*/status`, `*` (all without their parts), `*/*`.
fn resource_matches(pattern: &str, resource: &str, subresource: &str) -> bool {
    let (of_resource, of_part) = pattern.split_once('/').unwrap_or((pattern, ""));
    let fits = |pattern: &str, word: &str| pattern == "*" || pattern == word;
    fits(of_resource, resource) && fits(of_part, subresource)
}

/// Who writes, and how.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances<'a> {
    pub(crate) user: &'a User,
    /// Kind of the object in the request's version.
    pub(crate) kind: &'a str,
    pub(crate) dry_run: bool,
    pub(crate) options: Value,
}

/// The body of a call.
pub(crate) fn review(
    uid: &str,
    write: &Attributes,
    version: &str,
    circumstances: &Circumstances<'_>,
    change: &Change,
) -> Value {
    let kind =
        |version: &str| json!({ "group": write.group, "version": version, "kind": circumstances.kind });
    let resource =
        |version: &str| json!({ "group": write.group, "version": version, "resource": write.resource });
    let asked = write.versions.first().map_or("", String::as_str);
    let in_version =
        |object: &Option<Value>| object.as_ref().map(|object| with_version(object, write, version));
    let any = change.any();
    let mut request = json!({
        "uid": uid, "kind": kind(version), "resource": resource(version),
        "requestKind": kind(asked), "requestResource": resource(asked),
        "name": object::name(any), "operation": write.operation, "userInfo": circumstances.user.to_json(),
        "object": in_version(&change.new), "oldObject": in_version(&change.old),
        "dryRun": circumstances.dry_run, "options": circumstances.options,
    });
    if write.namespaced {
        request["namespace"] = object::namespace(any).into();
    }
    if !write.subresource.is_empty() {
        request["subResource"] = write.subresource.as_str().into();
        request["requestSubResource"] = write.subresource.as_str().into();
    }
    json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request })
}

/// Versions differ in their name alone.
fn with_version(stored: &Value, write: &Attributes, version: &str) -> Value {
    let mut object = stored.clone();
    let api_version = if write.group.is_empty() {
        version.to_owned()
    } else {
        format!("{}/{version}", write.group)
    };
    object::set(&mut object, &["apiVersion"], api_version);
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(operation: &'static str, resource: &str, subresource: &str) -> Attributes {
        Attributes {
            operation,
            group: "security.istio.io".to_owned(),
            versions: vec!["v1beta1".to_owned(), "v1".to_owned()],
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespaced: true,
        }
    }

    fn webhook(rule: &Value) -> Webhook {
        Webhook(json!({ "name": "a.example", "rules": [rule] }))
    }

    fn rule(change: &[(&str, Value)]) -> Value {
        let mut rule = json!({
            "operations": ["CREATE", "UPDATE"], "apiGroups": ["security.istio.io"], "apiVersions": ["*"],
            "resources": ["*"], "scope": "*",
        });
        for (field, value) in change {
            rule[field] = value.clone();
        }
        rule
    }

    #[track_caller]
    fn matches(rule: &Value, write: &Attributes, expected: Option<&str>) {
        assert_eq!(webhook(rule).version(write), expected);
    }

    #[test]
    fn rules_match_operation_group_version_resource_and_scope() {
        let create = write("CREATE", "peerauthentications", "");
        matches(&rule(&[]), &create, Some("v1beta1"));
        matches(&rule(&[]), &write("DELETE", "peerauthentications", ""), None);
        matches(&rule(&[("apiGroups", json!(["apps"]))]), &create, None);
        matches(&rule(&[("scope", json!("Cluster"))]), &create, None);
        matches(&rule(&[("scope", json!("Namespaced"))]), &create, Some("v1beta1"));
        matches(
            &rule(&[("operations", json!(["*"]))]),
            &write("DELETE", "x", ""),
            Some("v1beta1"),
        );
    }

    #[test]
    fn an_equivalent_version_matches_unless_the_policy_is_exact() {
        let only_v1 = rule(&[("apiVersions", json!(["v1"]))]);
        matches(&only_v1, &write("CREATE", "x", ""), Some("v1"));
        let mut exact = webhook(&only_v1);
        exact.0["matchPolicy"] = "Exact".into();
        assert_eq!(exact.version(&write("CREATE", "x", "")), None);
    }

    #[test]
    fn a_star_stands_for_resources_or_for_parts_but_not_for_both() {
        for (pattern, resource, part, expected) in [
            ("pods", "pods", "", true),
            ("pods", "pods", "status", false),
            ("pods/status", "pods", "status", true),
            ("pods/*", "pods", "status", true),
            ("pods/*", "pods", "", true),
            ("*", "pods", "", true),
            ("*", "pods", "status", false),
            ("*/status", "pods", "status", true),
            ("*/*", "pods", "status", true),
            ("*/*", "pods", "", true),
        ] {
            assert_eq!(
                resource_matches(pattern, resource, part),
                expected,
                "{pattern} and {resource}/{part}"
            );
        }
    }

    #[test]
    fn selectors_look_at_the_namespace_and_at_both_objects() {
        let hook = Webhook(json!({
            "namespaceSelector": { "matchExpressions": [{ "key": "skip", "operator": "DoesNotExist" }] },
            "objectSelector": { "matchLabels": { "app": "web" } },
        }));
        let labelled = |labels: Value| json!({ "metadata": { "labels": labels } });
        let change = |old: Value, new: Value| Change {
            old: Some(labelled(old)),
            new: Some(labelled(new)),
        };
        let (web, other) = (json!({ "app": "web" }), json!({ "app": "other" }));
        let free = labelled(json!({}));
        assert!(hook.selects(&change(web.clone(), other.clone()), Some(&free)));
        assert!(!hook.selects(&change(other.clone(), other), Some(&free)));
        let skipped = labelled(json!({ "skip": "" }));
        assert!(!hook.selects(&change(web.clone(), web), Some(&skipped)));
    }
}
