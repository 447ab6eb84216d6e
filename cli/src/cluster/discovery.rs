//! Where objects live: from `apiVersion` and `kind` to an API path, asked once and remembered.

use super::Cluster;
use crate::exit::Failure;
use serde_json::Value;
use std::collections::HashMap;
use tokio::sync::Mutex;

/// One kind as the API serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The name in paths.
    pub plural: String,
    /// Whether objects live in namespaces.
    pub is_namespaced: bool,
}

/// What has been asked so far, by `apiVersion`.
#[derive(Debug, Default)]
pub struct Resources(Mutex<HashMap<String, HashMap<String, Resource>>>);

/// The root path of an `apiVersion`.
#[must_use]
pub fn root(api_version: &str) -> String {
    if api_version.contains('/') {
        format!("/apis/{api_version}")
    } else {
        format!("/api/{api_version}")
    }
}

impl Cluster {
    /// How the API serves a kind; `None` if it does not (yet).
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_resource(&self, api_version: &str, kind: &str) -> Result<Option<Resource>, Failure> {
        let mut known = self.resources.0.lock().await;
        if let Some(found) = known.get(api_version).and_then(|kinds| kinds.get(kind)) {
            return Ok(Some(found.clone()));
        }
        let answer = self.get(&root(api_version)).await?.unwrap_or_default();
        let kinds: HashMap<String, Resource> = answer["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(read_resource)
            .filter(|(_, resource)| !resource.plural.contains('/'))
            .collect();
        let found = kinds.get(kind).cloned();
        known.insert(api_version.to_owned(), kinds);
        Ok(found)
    }

    /// The path of an object, by its own `apiVersion`, `kind`, name and namespace.
    ///
    /// # Errors
    /// The API cannot be asked, or does not serve the kind.
    pub async fn fetch_path(&self, object: &Value) -> Result<String, Failure> {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let resource = self.fetch_resource(&api_version, &kind).await?.ok_or_else(|| {
            Failure::new(format!(
                "the cluster does not know the kind `{kind}` of `{api_version}`"
            ))
            .hint("its definition is missing, or not established yet")
        })?;
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let namespace = object["metadata"]["namespace"]
            .as_str()
            .filter(|_| resource.is_namespaced);
        let root = root(&api_version);
        Ok(match namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}/{name}", resource.plural),
            None if resource.is_namespaced => {
                format!(
                    "{root}/namespaces/{}/{}/{name}",
                    self.default_namespace(),
                    resource.plural
                )
            }
            None => format!("{root}/{}/{name}", resource.plural),
        })
    }
}

fn read_resource(entry: &Value) -> Option<(String, Resource)> {
    let plural = entry["name"].as_str()?.to_owned();
    let is_namespaced = entry["namespaced"].as_bool()?;
    Some((
        entry["kind"].as_str()?.to_owned(),
        Resource {
            plural,
            is_namespaced,
        },
    ))
}
