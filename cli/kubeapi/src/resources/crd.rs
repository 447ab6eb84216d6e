//! From a definition to the resources it defines.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Backing, Custom, Resource, Subresource, collection_name};
use crate::object;
use crate::schema::builtin;
use crate::schema::node::{REF_PREFIX, TypeSchema};

/// The collection of the definitions themselves.
pub(crate) const CRDS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// The resources of a definition, one per served version, the preferred version first.
pub(crate) fn resources(crd: &Value) -> Vec<Resource> {
    let mut versions: Vec<&Value> = object::list(crd, &["spec", "versions"]).iter().collect();
    versions.retain(|version| version.get("served").and_then(Value::as_bool).unwrap_or(false));
    versions.sort_by_key(|version| {
        std::cmp::Reverse(priority(object::text(version, &["name"]).unwrap_or_default()))
    });
    versions
        .into_iter()
        .map(|version| resource(crd, version))
        .collect()
}

/// The version in which objects are kept.
pub(crate) fn storage_version(crd: &Value) -> Option<&str> {
    let versions = object::list(crd, &["spec", "versions"]);
    let storage = versions
        .iter()
        .find(|v| v.get("storage").and_then(Value::as_bool).unwrap_or(false))?;
    object::text(storage, &["name"])
}

/// Kubernetes' order of versions: GA over beta over alpha, higher numbers first, then odd names.
pub(crate) fn priority(version: &str) -> (u8, u32, u32) {
    let Some(rest) = version.strip_prefix('v') else {
        return (0, 0, 0);
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let Ok(major) = rest[..digits].parse() else {
        return (0, 0, 0);
    };
    let stage = &rest[digits..];
    if stage.is_empty() {
        (3, major, 0)
    } else if let Some(minor) = stage.strip_prefix("beta") {
        (2, major, minor.parse().unwrap_or(0))
    } else if let Some(minor) = stage.strip_prefix("alpha") {
        (1, major, minor.parse().unwrap_or(0))
    } else {
        (0, 0, 0)
    }
}

fn words(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn resource(crd: &Value, version: &Value) -> Resource {
    let names = |key: &str| {
        object::text(crd, &["spec", "names", key])
            .unwrap_or_default()
            .to_owned()
    };
    let group = object::text(crd, &["spec", "group"])
        .unwrap_or_default()
        .to_owned();
    let (kind, plural) = (names("kind"), names("plural"));
    let list_kind = Some(names("listKind"))
        .filter(|k| !k.is_empty())
        .unwrap_or_else(|| format!("{kind}List"));
    let singular = Some(names("singular"))
        .filter(|s| !s.is_empty())
        .unwrap_or_else(|| kind.to_lowercase());
    let custom = custom(crd, version);
    let subresources = parts(&kind, &custom);
    let verbs = [
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "create",
        "update",
        "watch",
    ];
    Resource {
        version: object::text(version, &["name"]).unwrap_or_default().to_owned(),
        list_kind,
        singular,
        short_names: words(object::at(crd, &["spec", "names", "shortNames"])),
        categories: words(object::at(crd, &["spec", "names", "categories"])),
        namespaced: object::text(crd, &["spec", "scope"]) == Some("Namespaced"),
        verbs: verbs.map(str::to_owned).to_vec(),
        subresources,
        backing: Backing::Stored,
        collection: collection_name(&group, &plural),
        custom: Some(Arc::new(custom)),
        group,
        kind,
        plural,
    }
}

fn parts(kind: &str, custom: &Custom) -> Vec<Subresource> {
    let part = |name: &str, kind: &str, group_version| Subresource {
        name: name.to_owned(),
        kind: kind.to_owned(),
        group_version,
        verbs: ["get", "patch", "update"].map(str::to_owned).to_vec(),
    };
    let scale = ("autoscaling".to_owned(), "v1".to_owned());
    let status = custom.has_status.then(|| part("status", kind, None));
    let scale = custom
        .scale
        .is_some()
        .then(|| part("scale", "Scale", Some(scale)));
    status.into_iter().chain(scale).collect()
}

fn types(schema: &Value) -> TypeSchema {
    let mut whole = schema.clone();
    let properties = object::map_at(&mut whole, &["properties"]);
    for field in ["apiVersion", "kind"] {
        properties.insert(field.to_owned(), json!({ "type": "string" }));
    }
    let metadata = json!({ "$ref": format!("{REF_PREFIX}{}", builtin::OBJECT_META) });
    properties.insert("metadata".to_owned(), metadata);
    TypeSchema::new(builtin::meta_components(), whole)
}

fn custom(crd: &Value, version: &Value) -> Custom {
    let selectable = object::list(version, &["selectableFields"]);
    let path =
        |field: &Value| object::text(field, &["jsonPath"]).map(|p| p.trim_start_matches('.').to_owned());
    let deprecated = version
        .get("deprecated")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let warning = object::text(version, &["deprecationWarning"])
        .unwrap_or("this version of the resource is deprecated");
    let schema = object::at(version, &["schema", "openAPIV3Schema"]).cloned();
    let schema = schema.unwrap_or(json!({ "type": "object" }));
    Custom {
        types: types(&schema),
        schema,
        columns: object::list(version, &["additionalPrinterColumns"]).to_vec(),
        selectable: selectable.iter().filter_map(path).collect(),
        has_status: object::at(version, &["subresources", "status"]).is_some(),
        scale: object::at(version, &["subresources", "scale"]).cloned(),
        storage_version: storage_version(crd).unwrap_or_default().to_owned(),
        deprecation: deprecated.then(|| warning.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::priority;

    #[test]
    fn versions_sort_as_kubernetes_sorts_them() {
        let mut versions = ["v1alpha3", "v1", "foo1", "v2beta1", "v10", "v1beta1"];
        versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
        assert_eq!(versions, ["v10", "v1", "v2beta1", "v1beta1", "v1alpha3", "foo1"]);
    }
}
