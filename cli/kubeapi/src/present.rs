//! How stored objects look to a client: the asked-for version and shape.

use serde_json::{Value, json};

use crate::http::negotiate::Shape;
use crate::object;
use crate::resources::Resource;
use crate::tables;

mod events;

/// Presents objects of one resource.
#[derive(Clone, Copy)]
pub(crate) struct Presenter<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) shape: Shape,
    /// `includeObject` of a table: `None`, `Metadata` (default) or `Object`.
    pub(crate) include: &'a str,
}

impl Presenter<'_> {
    /// One object.
    pub(crate) fn object(&self, stored: &Value) -> Value {
        match self.shape {
            Shape::Full => versioned(self.resource, stored),
            Shape::Partial => partial(stored),
            Shape::Table => {
                let mut table = tables::table(self.resource, &[stored], self.include);
                table["metadata"] = json!({ "resourceVersion": object::version(stored) });
                table
            }
        }
    }

    /// A list with its metadata.
    pub(crate) fn list(&self, stored: &[&Value], metadata: Value) -> Value {
        let resource = self.resource;
        match self.shape {
            Shape::Full => json!({
                "kind": resource.list_kind, "apiVersion": resource.api_version(), "metadata": metadata,
                "items": stored.iter().map(|object| item(resource, object)).collect::<Vec<_>>(),
            }),
            Shape::Partial => json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                "items": stored.iter().map(|object| partial(object)).collect::<Vec<_>>(),
            }),
            Shape::Table => {
                let mut table = tables::table(resource, stored, self.include);
                table["metadata"] = metadata;
                table
            }
        }
    }
}

/// The object in the resource's version. Conversion is `None`: only the version's name differs.
pub(crate) fn versioned(resource: &Resource, stored: &Value) -> Value {
    if resource.group == "events.k8s.io" {
        return events::from_core(stored);
    }
    let mut object = stored.clone();
    let map = object::map(&mut object);
    map.insert("apiVersion".to_owned(), resource.api_version().into());
    map.insert("kind".to_owned(), resource.kind.as_str().into());
    object
}

/// Items of built-in lists carry no kind of their own; clients of custom resources expect one.
fn item(resource: &Resource, stored: &Value) -> Value {
    let mut object = versioned(resource, stored);
    if resource.custom.is_none() {
        object::remove(&mut object, &["apiVersion"]);
        object::remove(&mut object, &["kind"]);
    }
    object
}

/// The stored form of an object a client wrote in the resource's version.
pub(crate) fn stored(resource: &Resource, written: Value) -> Value {
    if resource.group == "events.k8s.io" {
        return events::to_core(&written);
    }
    let storage_version = resource
        .custom
        .as_ref()
        .map_or(&resource.version, |custom| &custom.storage_version);
    let mut object = written;
    let group_version = match resource.group.as_str() {
        "" => storage_version.clone(),
        group => format!("{group}/{storage_version}"),
    };
    let map = object::map(&mut object);
    map.insert("apiVersion".to_owned(), group_version.into());
    map.insert("kind".to_owned(), resource.kind.as_str().into());
    object
}

fn partial(stored: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": stored.get("metadata").cloned().unwrap_or_default(),
    })
}
