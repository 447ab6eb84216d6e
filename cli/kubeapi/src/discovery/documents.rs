//! The discovery documents, made from the registry.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::resources::{Registry, Resource, Subresource, crd};

/// A group with its versions (preferred first) and their resources.
struct Group {
    name: String,
    versions: Vec<(String, Vec<Arc<Resource>>)>,
}

fn collect(registry: &Registry) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for resource in registry.all() {
        let index = groups
            .iter()
            .position(|group| group.name == resource.group)
            .unwrap_or_else(|| {
                groups.push(Group {
                    name: resource.group.clone(),
                    versions: Vec::new(),
                });
                groups.len() - 1
            });
        let Some(group) = groups.get_mut(index) else {
            continue;
        };
        match group
            .versions
            .iter_mut()
            .find(|(version, _)| *version == resource.version)
        {
            Some((_, resources)) => resources.push(resource),
            None => group.versions.push((resource.version.clone(), vec![resource])),
        }
    }
    for group in &mut groups {
        group
            .versions
            .sort_by_key(|(version, _)| std::cmp::Reverse(crd::priority(version)));
    }
    groups
}

fn group_document(group: &Group) -> Value {
    let version = |name: &str| json!({ "groupVersion": format!("{}/{name}", group.name), "version": name });
    let versions: Vec<Value> = group.versions.iter().map(|(name, _)| version(name)).collect();
    json!({ "name": group.name, "versions": versions, "preferredVersion": versions.first() })
}

/// `/apis`.
pub(super) fn groups(registry: &Registry) -> Value {
    let groups = collect(registry);
    let named: Vec<Value> = groups
        .iter()
        .filter(|group| !group.name.is_empty())
        .map(group_document)
        .collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": named })
}

/// `/apis/GROUP`.
pub(super) fn group(registry: &Registry, name: &str) -> Option<Value> {
    let groups = collect(registry);
    let mut document = group_document(groups.iter().find(|group| group.name == name)?);
    document["kind"] = "APIGroup".into();
    document["apiVersion"] = "v1".into();
    Some(document)
}

/// `/api/v1` and `/apis/GROUP/VERSION`.
pub(super) fn resources(registry: &Registry, group: &str, version: &str) -> Option<Value> {
    let all = registry.all();
    let own: Vec<&Arc<Resource>> = all
        .iter()
        .filter(|r| r.group == group && r.version == version)
        .collect();
    if own.is_empty() {
        return None;
    }
    let mut entries: Vec<Value> = Vec::new();
    for resource in own {
        let mut entry = json!({
            "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": resource.verbs,
        });
        if !resource.short_names.is_empty() {
            entry["shortNames"] = json!(resource.short_names);
        }
        if !resource.categories.is_empty() {
            entry["categories"] = json!(resource.categories);
        }
        entries.push(entry);
        entries.extend(resource.subresources.iter().map(|sub| part(resource, sub)));
    }
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    Some(
        json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries }),
    )
}

fn part(resource: &Resource, sub: &Subresource) -> Value {
    let mut entry = json!({
        "name": format!("{}/{}", resource.plural, sub.name), "singularName": "", "namespaced": resource.namespaced,
        "kind": sub.kind, "verbs": sub.verbs,
    });
    if let Some((group, version)) = &sub.group_version {
        entry["group"] = group.as_str().into();
        entry["version"] = version.as_str().into();
    }
    entry
}

/// `/api` or `/apis` as one `APIGroupDiscoveryList`.
pub(super) fn aggregated(registry: &Registry, core: bool) -> Value {
    let groups = collect(registry);
    let items: Vec<Value> = groups
        .iter()
        .filter(|group| group.name.is_empty() == core)
        .map(|group| {
            let versions: Vec<Value> = group
                .versions
                .iter()
                .map(|(version, resources)| {
                    let resources: Vec<Value> = resources
                        .iter()
                        .map(|resource| aggregated_resource(resource))
                        .collect();
                    json!({ "version": version, "resources": resources, "freshness": "Current" })
                })
                .collect();
            let mut item = json!({ "metadata": { "creationTimestamp": null }, "versions": versions });
            if !core {
                item["metadata"]["name"] = group.name.as_str().into();
            }
            item
        })
        .collect();
    json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items })
}

fn aggregated_resource(resource: &Resource) -> Value {
    let kind = |kind: &str, own: Option<&(String, String)>| {
        let (group, version) = own.map_or((resource.group.as_str(), resource.version.as_str()), |(g, v)| {
            (g, v)
        });
        json!({ "group": group, "version": version, "kind": kind })
    };
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": kind(&resource.kind, None),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    });
    if !resource.short_names.is_empty() {
        entry["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        entry["categories"] = json!(resource.categories);
    }
    if !resource.subresources.is_empty() {
        let parts: Vec<Value> = resource
            .subresources
            .iter()
            .map(|sub| {
                json!({
                    "subresource": sub.name, "responseKind": kind(&sub.kind, sub.group_version.as_ref()),
                    "acceptedTypes": null, "verbs": sub.verbs,
                })
            })
            .collect();
        entry["subresources"] = parts.into();
    }
    entry
}
