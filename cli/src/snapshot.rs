//! A mesh at one moment in one file: objects, what proxies held, what agents said, and what could not be asked. (pure)
//!
//! No Secret is ever part of it, and of `ConfigMaps` only the mesh's own configuration.

use crate::objects::Sourced;
use crate::ztunnel::lag;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The form of the file; a newer one is refused by name.
pub const FORM: u32 = 1;

/// One moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The form of the file.
    pub form: u32,
    /// When, in RFC 3339.
    pub taken_at: String,
    /// The namespace of the control plane.
    pub system: String,
    /// Objects that shape the mesh, without `managedFields`.
    pub objects: Vec<Value>,
    /// `/config_dump` of each node proxy, by pod.
    pub proxies: BTreeMap<String, Value>,
    /// `/enrolment` of each node agent, by pod.
    pub agents: BTreeMap<String, Value>,
    /// What could not be asked, and why.
    pub failures: Vec<String>,
}

/// Why a file is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON of that form.
    #[error("it is not a snapshot")]
    Form(#[source] serde_json::Error),
    /// From a newer program.
    #[error("it has form {0}, and this program reads form {FORM}")]
    Newer(u32),
}

impl Snapshot {
    /// Reads a file's text.
    ///
    /// # Errors
    /// It is not a snapshot, or one of a newer form.
    pub fn parse(text: &[u8]) -> Result<Self, ReadError> {
        let read: Self = serde_json::from_slice(text).map_err(ReadError::Form)?;
        if read.form > FORM {
            return Err(ReadError::Newer(read.form));
        }
        Ok(read)
    }

    /// Its objects, for translation.
    #[must_use]
    pub fn sourced(self) -> Vec<Sourced> {
        self.objects.into_iter().map(Sourced::live).collect()
    }
}

/// Parts of a variable's name that say that its value is nobody's business.
const SECRET: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "PRIVATE"];

/// An object without what changes at every write, and without values that look like secrets.
#[must_use]
pub fn trimmed(mut object: Value) -> Value {
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("managedFields");
    }
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        // a copy of the whole object, secrets included
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    for pointer in ["/spec", "/spec/template/spec"] {
        for list in ["containers", "initContainers"] {
            let containers = object.pointer_mut(&format!("{pointer}/{list}"));
            for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
                redact(container);
            }
        }
    }
    object
}

fn redact(container: &mut Value) {
    for variable in container["env"].as_array_mut().into_iter().flatten() {
        let name = variable["name"].as_str().unwrap_or_default().to_uppercase();
        if !variable["value"].is_null() && SECRET.iter().any(|word| name.contains(word)) {
            variable["value"] = "<redacted>".into();
        }
    }
}

/// One thing that differs between two moments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Change {
    /// `object`, or the proxy's pod.
    pub place: String,
    /// Kind and name.
    pub subject: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
}

/// An object as far as somebody wrote it or the mesh reads it: no versions, no times of status.
fn comparable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object["metadata"].as_object_mut() {
        for key in ["resourceVersion", "generation", "managedFields"] {
            meta.remove(key);
        }
    }
    if object["kind"] == "Node" {
        object["status"] = Value::Null;
    }
    object
}

/// Everything that differs, objects first.
#[must_use]
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let table = |snapshot: &Snapshot| -> BTreeMap<String, Value> {
        let entry = |one: &Value| {
            let (group, kind, namespace, name) = Sourced::live(one.clone()).key();
            let group = if group.is_empty() {
                group
            } else {
                format!(".{group}")
            };
            (format!("{kind}{group} {namespace}/{name}"), comparable(one))
        };
        snapshot.objects.iter().map(entry).collect()
    };
    let mut found = compare("object", &table(before), &table(after));
    let held = |snapshot: &Snapshot, pod: &String| -> BTreeMap<String, Value> {
        let dump = snapshot.proxies.get(pod).cloned().unwrap_or_default();
        let rows = lag::held(&dump).into_iter();
        rows.map(|((kind, name), value)| (format!("{kind} {name}"), value))
            .collect()
    };
    // of proxies that both moments know; another pod is another proxy
    for pod in before
        .proxies
        .keys()
        .filter(|pod| after.proxies.contains_key(*pod))
    {
        found.append(&mut compare(pod, &held(before, pod), &held(after, pod)));
    }
    found
}

fn compare(place: &str, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<Change> {
    let of = |subject: &String, change| Change {
        place: place.to_owned(),
        subject: subject.clone(),
        change,
    };
    let mut found: Vec<Change> = before
        .iter()
        .filter_map(|(key, value)| match after.get(key) {
            None => Some(of(key, "removed")),
            Some(other) if other != value => Some(of(key, "changed")),
            Some(_) => None,
        })
        .collect();
    found.extend(
        after
            .keys()
            .filter(|key| !before.contains_key(*key))
            .map(|key| of(key, "added")),
    );
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(name: &str, version: &str, value: u8) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "n", "resourceVersion": version}, "spec": {"v": value}})
    }

    #[test]
    fn only_what_somebody_changed_differs() {
        let dump = |action: &str| json!({"policies": [{"namespace": "n", "name": "p", "action": action}]});
        let of = |objects: Vec<Value>, action: &str| Snapshot {
            form: FORM,
            objects,
            proxies: [("ztunnel-a".to_owned(), dump(action))].into(),
            ..Snapshot::default()
        };
        let before = of(
            vec![object("a", "1", 1), object("b", "1", 1), object("c", "1", 1)],
            "Allow",
        );
        assert_eq!(changes(&before, &before), []);
        let after = of(
            vec![object("a", "2", 1), object("b", "2", 2), object("d", "1", 1)],
            "Deny",
        );
        let told: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|one| (one.place, one.subject, one.change))
            .collect();
        let text = |place: &str, subject: &str, change| (place.to_owned(), subject.to_owned(), change);
        let expected = [
            text("object", "Service n/b", "changed"),
            text("object", "Service n/c", "removed"),
            text("object", "Service n/d", "added"),
            text("ztunnel-a", "policy n/p", "changed"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn cli_c29_values_that_look_like_secrets_are_redacted() {
        let pod = json!({"kind": "Pod",
            "metadata": {"managedFields": [], "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2", "a": "b"}},
            "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "PORT", "value": "80"}]}]}});
        let deployment = json!({"kind": "Deployment", "metadata": {}, "spec": {"template": {"spec": {
            "initContainers": [{"env": [{"name": "api_token", "value": "hunter2"}, {"name": "T", "valueFrom": {}}]}]}}}});
        for object in [pod, deployment] {
            let text = trimmed(object).to_string();
            assert!(!text.contains("hunter2") && text.contains("<redacted>"), "{text}");
        }
    }

    #[test]
    fn what_is_no_snapshot_is_refused_and_a_newer_one_by_name() {
        assert!(matches!(Snapshot::parse(b"{}"), Err(ReadError::Form(_))));
        let mut newer = Snapshot {
            form: FORM + 1,
            ..Snapshot::default()
        };
        let text = serde_json::to_vec(&newer).unwrap();
        assert!(matches!(Snapshot::parse(&text), Err(ReadError::Newer(2))));
        newer.form = FORM;
        assert_eq!(
            Snapshot::parse(&serde_json::to_vec(&newer).unwrap()).unwrap(),
            newer
        );
    }
}
