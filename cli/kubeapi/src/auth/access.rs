//! Authorization of a request: the superuser group, nodes, then RBAC.

use std::sync::Arc;

use ::http::HeaderMap;
use serde_json::{Value, json};

use super::User;
use super::rbac::{self, Attributes};
use crate::api::Api;
use crate::object;
use crate::selector::Selector;
use crate::status::{ApiError, Subject};
use crate::store::{Key, Tx};

const GROUP: &str = "rbac.authorization.k8s.io";
/// The collection of cluster roles.
pub(crate) const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
const ROLES: &str = "roles.rbac.authorization.k8s.io";
const CLUSTER_BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";

impl Api {
    /// Whether `user` may do `wanted`.
    pub(crate) fn is_allowed(&self, user: &User, wanted: &Attributes) -> bool {
        self.store.write(|tx| is_allowed(tx, user, wanted))
    }

    /// Refuses what `user` may not do, in Kubernetes' words.
    pub(crate) fn authorize(&self, user: &User, wanted: &Attributes) -> Result<(), ApiError> {
        if self.is_allowed(user, wanted) {
            Ok(())
        } else {
            Err(refusal(user, wanted))
        }
    }

    /// The rules that hold for `user` in `namespace` (`SelfSubjectRulesReview`).
    pub(crate) fn rules(&self, user: &User, namespace: &str) -> Vec<Value> {
        self.store.write(|tx| {
            if user.is_in("system:masters") {
                return vec![
                    json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }),
                    json!({ "verbs": ["*"], "nonResourceURLs": ["*"] }),
                ];
            }
            rules(tx, user, namespace)
        })
    }

    /// Applies the `Impersonate-*` headers, each of which must be allowed.
    pub(crate) fn impersonate(&self, user: User, headers: &HeaderMap) -> Result<User, ApiError> {
        let words = |name: &str| -> Vec<String> {
            headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .map(str::to_owned)
                .collect()
        };
        let Some(name) = words("impersonate-user").into_iter().next() else {
            let stray = ["impersonate-group", "impersonate-uid"]
                .iter()
                .any(|name| headers.contains_key(*name));
            return if stray {
                Err(ApiError::bad_request("impersonating groups needs a user"))
            } else {
                Ok(user)
            };
        };
        let wants = |resource: &str, group: &str, name: &str, namespace: &str| Attributes {
            verb: "impersonate".into(),
            group: group.into(),
            resource: resource.into(),
            name: name.into(),
            namespace: namespace.into(),
            ..Attributes::default()
        };
        let mut other = User {
            name,
            ..User::default()
        };
        match other.service_account() {
            Some((namespace, account)) => {
                self.authorize(&user, &wants("serviceaccounts", "", account, namespace))?;
                let groups = [
                    "system:serviceaccounts".to_owned(),
                    format!("system:serviceaccounts:{namespace}"),
                ];
                other.groups.extend(groups);
            }
            None => self.authorize(&user, &wants("users", "", &other.name, ""))?,
        }
        for group in words("impersonate-group") {
            self.authorize(&user, &wants("groups", "", &group, ""))?;
            other.groups.push(group);
        }
        for (key, value) in headers {
            let Some(key) = key.as_str().strip_prefix("impersonate-extra-") else {
                continue;
            };
            let value = value.to_str().unwrap_or_default().to_owned();
            let mut wanted = wants("userextras", "authentication.k8s.io", &value, "");
            key.clone_into(&mut wanted.subresource);
            self.authorize(&user, &wanted)?;
            other.extra.entry(key.to_owned()).or_default().push(value);
        }
        let known = other.name == "system:anonymous" || other.is_in("system:authenticated");
        if !known {
            other.groups.push("system:authenticated".to_owned());
        }
        Ok(other)
    }
}

/// A role or binding may only grant what its writer holds (or may `escalate` or `bind`).
pub(crate) fn check_grant(tx: &Tx<'_>, user: &User, collection: &str, new: &Value) -> Result<(), ApiError> {
    let is_binding = match collection {
        CLUSTER_ROLES | ROLES => false,
        CLUSTER_BINDINGS | BINDINGS => true,
        _ => return Ok(()),
    };
    let reference = new.get("roleRef").unwrap_or(&Value::Null);
    let of_cluster = object::text(reference, &["kind"]) == Some("ClusterRole") || collection == CLUSTER_ROLES;
    let role = if is_binding {
        object::text(reference, &["name"]).unwrap_or_default()
    } else {
        object::name(new)
    };
    let namespace = object::namespace(new);
    let wanted = Attributes {
        verb: if is_binding { "bind" } else { "escalate" }.to_owned(),
        group: GROUP.to_owned(),
        resource: if of_cluster { "clusterroles" } else { "roles" }.to_owned(),
        name: role.to_owned(),
        namespace: namespace.to_owned(),
        ..Attributes::default()
    };
    if is_allowed(tx, user, &wanted) {
        return Ok(());
    }
    let granted = if is_binding {
        role_rules(tx, reference, namespace)
    } else {
        object::list(new, &["rules"]).to_vec()
    };
    let held = rules(tx, user, namespace);
    if granted.iter().all(|rule| rbac::covered(rule, &held)) {
        return Ok(());
    }
    let why = format!(
        "user \"{}\" is attempting to grant RBAC permissions not currently held",
        user.name
    );
    let resource = collection.split('.').next().unwrap_or_default();
    Err(ApiError::forbidden(
        Subject {
            group: GROUP,
            resource,
        },
        object::name(new),
        &why,
    ))
}

fn is_allowed(tx: &Tx<'_>, user: &User, wanted: &Attributes) -> bool {
    user.is_in("system:masters")
        || node_may(tx, user, wanted)
        || rules(tx, user, &wanted.namespace)
            .iter()
            .any(|rule| rbac::allows(rule, wanted))
}

fn refusal(user: &User, wanted: &Attributes) -> ApiError {
    if let Some(path) = &wanted.path {
        return ApiError::forbidden_path(format!(
            "forbidden: User \"{}\" cannot {} path \"{path}\"",
            user.name, wanted.verb
        ));
    }
    let scope = if wanted.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", wanted.namespace)
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {scope}",
        user.name,
        wanted.verb,
        wanted.resource_text(),
        wanted.group
    );
    ApiError::forbidden(
        Subject {
            group: &wanted.group,
            resource: &wanted.resource,
        },
        &wanted.name,
        &why,
    )
}

/// All rules that bindings give `user`, cluster-wide and in `namespace`.
fn rules(tx: &Tx<'_>, user: &User, namespace: &str) -> Vec<Value> {
    let mut bindings = tx.list(CLUSTER_BINDINGS, None);
    if !namespace.is_empty() {
        bindings.extend(tx.list(BINDINGS, Some(namespace)));
    }
    let mut found = Vec::new();
    for binding in &bindings {
        let home = object::namespace(binding);
        if object::list(binding, &["subjects"])
            .iter()
            .any(|subject| rbac::is_subject(subject, user, home))
        {
            found.extend(role_rules(
                tx,
                binding.get("roleRef").unwrap_or(&Value::Null),
                home,
            ));
        }
    }
    found
}

fn role_rules(tx: &Tx<'_>, reference: &Value, namespace: &str) -> Vec<Value> {
    let name = object::text(reference, &["name"]).unwrap_or_default();
    let role = match object::text(reference, &["kind"]) {
        Some("ClusterRole") => tx.find(CLUSTER_ROLES, &Key::new("", name)),
        _ => tx.find(ROLES, &Key::new(namespace, name)),
    };
    role.map_or_else(Vec::new, |role| effective_rules(tx, &role))
}

/// A role's own rules, or those it aggregates.
pub(crate) fn effective_rules(tx: &Tx<'_>, role: &Arc<Value>) -> Vec<Value> {
    let selectors = object::list(role, &["aggregationRule", "clusterRoleSelectors"]);
    if selectors.is_empty() {
        return object::list(role, &["rules"]).to_vec();
    }
    let selectors: Vec<Selector> = selectors.iter().map(Selector::from_object).collect();
    let others = tx.list(CLUSTER_ROLES, None);
    let chosen = others.iter().filter(|other| {
        object::name(other) != object::name(role) && selectors.iter().any(|selector| selector.selects(other))
    });
    let mut rules: Vec<Value> = Vec::new();
    for rule in chosen.flat_map(|other| effective_rules(tx, other)) {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

/// The node authorizer: secrets and config maps only where a pod of the node names them, tokens only for the
/// accounts of its pods; the rest of a node's work is the role `system:node`.
fn node_may(tx: &Tx<'_>, user: &User, wanted: &Attributes) -> bool {
    let Some(node) = user.name.strip_prefix("system:node:") else {
        return false;
    };
    if !user.is_in("system:nodes") || wanted.path.is_some() || !wanted.group.is_empty() {
        return false;
    }
    let reads = matches!(wanted.verb.as_str(), "get" | "list" | "watch");
    let related = match (wanted.resource.as_str(), wanted.subresource.as_str()) {
        ("secrets" | "configmaps" | "persistentvolumeclaims", "") => reads,
        ("serviceaccounts", "token") => wanted.verb == "create",
        ("serviceaccounts", "") => wanted.verb == "get",
        _ => return false,
    };
    if !related || wanted.namespace.is_empty() || wanted.name.is_empty() {
        return false;
    }
    tx.list("pods", Some(&wanted.namespace)).iter().any(|pod| {
        object::text(pod, &["spec", "nodeName"]) == Some(node) && names(pod, &wanted.resource, &wanted.name)
    })
}

/// Whether a pod's spec refers to the secret, config map, claim or account.
fn names(pod: &Value, resource: &str, name: &str) -> bool {
    let spec = pod.get("spec").unwrap_or(&Value::Null);
    match resource {
        "serviceaccounts" => object::text(spec, &["serviceAccountName"]) == Some(name),
        "secrets" => mentions(
            spec,
            &[
                "secretName",
                "secretRef",
                "secretKeyRef",
                "secret",
                "imagePullSecrets",
            ],
            name,
        ),
        "configmaps" => mentions(spec, &["configMap", "configMapRef", "configMapKeyRef"], name),
        _ => mentions(spec, &["persistentVolumeClaim"], name),
    }
}

fn mentions(value: &Value, keys: &[&str], name: &str) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| {
            (keys.contains(&key.as_str()) && names_directly(value, name)) || mentions(value, keys, name)
        }),
        Value::Array(items) => items.iter().any(|item| mentions(item, keys, name)),
        _ => false,
    }
}

fn names_directly(reference: &Value, name: &str) -> bool {
    match reference {
        Value::String(text) => text == name,
        Value::Array(items) => items.iter().any(|item| names_directly(item, name)),
        other => ["name", "secretName", "claimName"]
            .iter()
            .any(|key| object::text(other, &[key]) == Some(name)),
    }
}
