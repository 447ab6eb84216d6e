//! OpenAPI v3: an index of documents by group version, and each document from the types that are served.
//!
//! Clients look here for two things: which parameters a write takes (`fieldValidation`, `dryRun`), and what the
//! fields of a kind are (`kubectl explain`, merge keys of patches). Both are here; prose for operations is not.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::resources::{Registry, Resource};
use crate::schema::builtin;
use crate::schema::node::REF_PREFIX;

/// `/openapi/v3`.
pub(super) fn index(registry: &Registry) -> Value {
    let mut paths = Map::new();
    for (path, resources) in by_path(registry) {
        let hash = fingerprint(&resources);
        paths.insert(
            path.clone(),
            json!({ "serverRelativeURL": format!("/openapi/v3/{path}?hash={hash}") }),
        );
    }
    json!({ "paths": paths })
}

/// Documents by path, each with the fingerprint it was made for.
type Documents = BTreeMap<String, (String, Arc<str>)>;

/// `/openapi/v3/PATH`, as text.
pub(super) fn document(registry: &Registry, path: &str) -> Option<Arc<str>> {
    static CACHE: LazyLock<Mutex<Documents>> = LazyLock::new(Mutex::default);
    let resources = by_path(registry).remove(path)?;
    let hash = fingerprint(&resources);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, document)) = cache.get(path).filter(|(known, _)| *known == hash) {
        return Some(Arc::clone(document));
    }
    let document: Arc<str> = Arc::from(build(path, &resources).to_string());
    cache.insert(path.to_owned(), (hash, Arc::clone(&document)));
    Some(document)
}

fn by_path(registry: &Registry) -> BTreeMap<String, Vec<Arc<Resource>>> {
    let mut paths: BTreeMap<String, Vec<Arc<Resource>>> = BTreeMap::new();
    for resource in registry.all() {
        let prefix = if resource.group.is_empty() { "api" } else { "apis" };
        paths
            .entry(format!("{prefix}/{}", resource.api_version()))
            .or_default()
            .push(resource);
    }
    paths
}

/// Changes when the document would.
fn fingerprint(resources: &[Arc<Resource>]) -> String {
    let digest = |text: &str| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    for resource in resources {
        text.push_str(&resource.plural);
        if let Some(custom) = &resource.custom {
            text.push_str(&custom.schema.to_string());
        }
    }
    crate::base64::url(&digest(&text).as_ref()[..16])
}

fn build(path: &str, resources: &[Arc<Resource>]) -> Value {
    let api_version = resources
        .first()
        .map(|resource| resource.api_version())
        .unwrap_or_default();
    let (mut schemas, kinds) = builtin::components(&api_version).unwrap_or_default();
    let mut names: BTreeMap<String, String> = kinds
        .into_iter()
        .map(|(kind, name)| (kind.to_owned(), name))
        .collect();
    if resources.iter().any(|resource| resource.custom.is_some()) {
        for (name, schema) in builtin::full_meta_components() {
            schemas.entry(name).or_insert(schema);
        }
    }
    for resource in resources {
        if let Some(custom) = &resource.custom {
            let name = custom_name(resource);
            schemas.insert(name.clone(), custom_schema(resource, &custom.schema));
            names.insert(resource.kind.clone(), name);
        }
    }
    let mut paths = Map::new();
    for resource in resources {
        add_paths(&mut paths, path, resource, names.get(&resource.kind));
    }
    json!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": super::GIT_VERSION },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// `io.istio.security.v1.AuthorizationPolicy`: the group's labels reversed.
fn custom_name(resource: &Resource) -> String {
    let mut labels: Vec<&str> = resource.group.split('.').rev().collect();
    labels.extend([resource.version.as_str(), resource.kind.as_str()]);
    labels.join(".")
}

/// A custom resource's schema with the fields every object has.
pub(crate) fn custom_schema(resource: &Resource, schema: &Value) -> Value {
    let mut schema = schema.clone();
    let gvk = json!([{ "group": resource.group, "kind": resource.kind, "version": resource.version }]);
    crate::object::set(&mut schema, &["x-kubernetes-group-version-kind"], gvk);
    let properties = crate::object::map_at(&mut schema, &["properties"]);
    for field in ["apiVersion", "kind"] {
        properties.insert(field.to_owned(), json!({ "type": "string" }));
    }
    let metadata = json!({ "$ref": format!("{REF_PREFIX}{}", builtin::OBJECT_META) });
    properties.insert("metadata".to_owned(), metadata);
    schema
}

fn add_paths(paths: &mut Map<String, Value>, prefix: &str, resource: &Resource, schema: Option<&String>) {
    let scope = if resource.namespaced {
        "/namespaces/{namespace}"
    } else {
        ""
    };
    let collection = format!("/{prefix}{scope}/{}", resource.plural);
    let item = format!("{collection}/{{name}}");
    let has = |verb: &str| resource.verbs.iter().any(|own| own == verb);
    let operation = |action: &str| operation(resource, action, schema);
    let mut on_collection = Map::new();
    let mut on_item = Map::new();
    let of_many = [
        ("list", "get", "list"),
        ("create", "post", "post"),
        ("deletecollection", "delete", "deletecollection"),
    ];
    for (verb, method, action) in of_many {
        if has(verb) {
            on_collection.insert(method.to_owned(), operation(action));
        }
    }
    for (verb, method) in [
        ("get", "get"),
        ("update", "put"),
        ("patch", "patch"),
        ("delete", "delete"),
    ] {
        if has(verb) {
            on_item.insert(method.to_owned(), operation(method));
        }
    }
    if resource.namespaced && has("list") {
        let everywhere = json!({ "get": operation("list") });
        paths.insert(format!("/{prefix}/{}", resource.plural), everywhere);
    }
    paths.insert(collection, Value::Object(on_collection));
    if !on_item.is_empty() {
        paths.insert(item, Value::Object(on_item));
    }
}

fn operation(resource: &Resource, action: &str, schema: Option<&String>) -> Value {
    let writes = matches!(action, "post" | "put" | "patch");
    let mut parameters: Vec<Value> = Vec::new();
    let mut parameter = |name: &str| {
        parameters.push(
            json!({ "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true } }),
        );
    };
    if writes {
        ["dryRun", "fieldManager", "fieldValidation"]
            .into_iter()
            .for_each(&mut parameter);
    }
    if action == "patch" {
        parameter("force");
    }
    let body = schema
        .map(|name| json!({ "$ref": format!("{REF_PREFIX}{name}") }))
        .unwrap_or_default();
    let mut operation = json!({
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": { "group": resource.group, "kind": resource.kind, "version": resource.version },
        "parameters": parameters,
        "responses": { "200": { "description": "OK", "content": { "application/json": { "schema": body } } } },
    });
    if action == "patch" {
        let mut types = vec![
            "application/apply-patch+yaml",
            "application/json-patch+json",
            "application/merge-patch+json",
        ];
        if resource.custom.is_none() {
            types.push("application/strategic-merge-patch+json");
        }
        let content: Map<String, Value> = types
            .into_iter()
            .map(|kind| (kind.to_owned(), json!({ "schema": { "type": "object" } })))
            .collect();
        operation["requestBody"] = json!({ "content": content });
    } else if writes {
        operation["requestBody"] = json!({ "content": { "application/json": { "schema": body } } });
    }
    operation
}
