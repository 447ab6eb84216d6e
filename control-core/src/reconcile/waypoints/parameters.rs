//! What a Gateway's `infrastructure.parametersRef` says of the objects of its waypoint: a ConfigMap with a part for each
//! kind, laid over what is written anyway (`control-plane.md` 9.5, `crds.md` 8). (pure)
//!
//! Two kinds are made only where there is a part for them: `HorizontalPodAutoscaler` and `PodDisruptionBudget`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::crds::ParametersRef;

/// What was asked for cannot be done; said in the Gateway's status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ParameterError {
    /// Not a ConfigMap.
    #[error("infrastructure.parametersRef names the kind `{0}`; only ConfigMap of the core group is read")]
    Kind(String),
    /// There is none.
    #[error("infrastructure.parametersRef: there is no ConfigMap `{0}` in this namespace")]
    Missing(String),
    /// A key that means nothing.
    #[error(
        "ConfigMap `{name}`: unknown key `{key}`; known are deployment, service, serviceAccount, horizontalPodAutoscaler, podDisruptionBudget"
    )]
    Key {
        /// The ConfigMap.
        name: String,
        /// The key.
        key: String,
    },
    /// Not an object in YAML.
    #[error("ConfigMap `{name}`: `{key}` is no YAML object{reason}")]
    Yaml {
        /// The ConfigMap.
        name: String,
        /// The key.
        key: String,
        /// Why, if the reader says.
        reason: String,
    },
    /// A part says who the object is.
    #[error("ConfigMap `{name}`: `{key}` must not set `{field}`")]
    Identity {
        /// The ConfigMap.
        name: String,
        /// The key.
        key: String,
        /// The field.
        field: &'static str,
    },
}

/// The name of the ConfigMap that is meant.
pub(super) fn config_map(reference: &ParametersRef) -> Result<&str, ParameterError> {
    if !matches!(reference.group.as_str(), "" | "core") || reference.kind != "ConfigMap" {
        let of = [reference.group.as_str(), reference.kind.as_str()];
        let of: Vec<&str> = of.into_iter().filter(|part| !part.is_empty()).collect();
        return Err(ParameterError::Kind(of.join("/")));
    }
    Ok(&reference.name)
}

/// A part for each kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parameters {
    pub(super) deployment: Option<Value>,
    pub(super) service: Option<Value>,
    pub(super) account: Option<Value>,
    pub(super) autoscaler: Option<Value>,
    pub(super) budget: Option<Value>,
}

impl Parameters {
    /// Reads a ConfigMap's data.
    pub(super) fn read(name: &str, data: &BTreeMap<String, String>) -> Result<Self, ParameterError> {
        let mut read = Self::default();
        for (key, text) in data {
            let part = match key.as_str() {
                "deployment" => &mut read.deployment,
                "service" => &mut read.service,
                "serviceAccount" => &mut read.account,
                "horizontalPodAutoscaler" => &mut read.autoscaler,
                "podDisruptionBudget" => &mut read.budget,
                _ => {
                    let (name, key) = (name.to_owned(), key.clone());
                    return Err(ParameterError::Key { name, key });
                }
            };
            *part = Some(object(name, key, text)?);
        }
        Ok(read)
    }
}

/// One part; it may not make another object of what it is laid over.
fn object(name: &str, key: &str, text: &str) -> Result<Value, ParameterError> {
    let (name, key) = (name.to_owned(), key.to_owned());
    let read: Value = match serde_saphyr::from_str(text) {
        Ok(read) => read,
        Err(error) => {
            let reason = format!(": {error}");
            return Err(ParameterError::Yaml { name, key, reason });
        }
    };
    if !read.is_object() {
        let reason = String::new();
        return Err(ParameterError::Yaml { name, key, reason });
    }
    let at = |path: &str| read.pointer(path).is_some();
    for (path, field) in [
        ("/metadata/name", "metadata.name"),
        ("/metadata/namespace", "metadata.namespace"),
        ("/metadata/ownerReferences", "metadata.ownerReferences"),
        ("/spec/selector", "spec.selector"),
    ] {
        if at(path) {
            return Err(ParameterError::Identity { name, key, field });
        }
    }
    Ok(read)
}

/// Lays a part over an object, as a strategic merge does: maps by key, lists of things with names by name, other lists
/// as a whole; `null` takes away.
pub(super) fn lay_over(object: &mut Value, part: &Value) {
    match (object, part) {
        (Value::Object(object), Value::Object(part)) => {
            for (key, value) in part {
                if value.is_null() {
                    object.remove(key);
                } else {
                    lay_over(object.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(object), Value::Array(part)) if are_named(object) && are_named(part) => {
            for one in part {
                match object.iter_mut().find(|other| other["name"] == one["name"]) {
                    Some(other) => lay_over(other, one),
                    None => object.push(one.clone()),
                }
            }
        }
        // a new map: without what takes away
        (object, Value::Object(_)) => {
            *object = Value::Object(Map::new());
            lay_over(object, part);
        }
        (object, part) => object.clone_from(part),
    }
}

fn are_named(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|one| one["name"].is_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(key: &str, text: &str) -> Result<Parameters, ParameterError> {
        Parameters::read("p", &[(key.to_owned(), text.to_owned())].into())
    }

    #[test]
    fn each_key_is_a_part_and_anything_else_is_named() {
        let read_one = read("deployment", "spec:\n  replicas: 3\n").unwrap();
        assert_eq!(read_one.deployment, Some(json!({ "spec": { "replicas": 3 } })));
        for (key, text, said) in [
            ("daemonSet", "spec: {}", "unknown key `daemonSet`"),
            ("service", "- 1", "`service` is no YAML object"),
            ("service", "a: [", "`service` is no YAML object: "),
            (
                "deployment",
                "metadata: {name: x}",
                "must not set `metadata.name`",
            ),
            (
                "podDisruptionBudget",
                "spec: {selector: {}}",
                "must not set `spec.selector`",
            ),
        ] {
            let error = read(key, text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn only_config_maps_are_parameters() {
        let of = |group: &str, kind: &str| ParametersRef {
            group: group.to_owned(),
            kind: kind.to_owned(),
            name: "p".to_owned(),
        };
        assert_eq!(config_map(&of("", "ConfigMap")), Ok("p"));
        assert_eq!(config_map(&of("core", "ConfigMap")), Ok("p"));
        let error = config_map(&of("example.org", "Thing")).unwrap_err().to_string();
        assert!(error.contains("`example.org/Thing`"), "{error}");
    }

    #[test]
    fn parts_are_merged_by_key_and_by_name() {
        let mut object = json!({ "spec": { "replicas": 1, "containers": [{ "name": "a", "image": "i",
            "args": ["x", "y"], "env": [{ "name": "E", "value": "1" }] }], "gone": true } });
        lay_over(
            &mut object,
            &json!({ "spec": { "gone": null, "new": { "k": 1, "not": null }, "containers": [
                { "name": "a", "args": ["z"], "env": [{ "name": "E", "value": "2" }, { "name": "F", "value": "3" }] },
                { "name": "b", "image": "j" }] } }),
        );
        assert_eq!(
            object,
            json!({ "spec": { "replicas": 1, "new": { "k": 1 }, "containers": [
                { "name": "a", "image": "i", "args": ["z"],
                    "env": [{ "name": "E", "value": "2" }, { "name": "F", "value": "3" }] },
                { "name": "b", "image": "j" }] } })
        );
    }
}
