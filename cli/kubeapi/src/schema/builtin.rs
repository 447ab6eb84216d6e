//! Schemas of the built-in kinds: k8s-openapi's, completed by `topology.txt`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use k8s_openapi::Resource;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::node::{REF_PREFIX, TypeSchema};

/// The name of `ObjectMeta` in every document.
pub const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The built-in type of this group version and kind, without descriptions.
#[must_use]
pub fn type_schema(api_version: &str, kind: &str) -> Option<TypeSchema> {
    let group = cached(api_version)?;
    let name = group.kinds.get(kind)?;
    Some(TypeSchema::new(
        Arc::clone(&group.components),
        json!({ "$ref": format!("{REF_PREFIX}{name}") }),
    ))
}

/// The schemas that custom resources refer to: the metadata types.
#[must_use]
pub fn meta_components() -> Arc<Map<String, Value>> {
    static META: LazyLock<Arc<Map<String, Value>>> = LazyLock::new(|| {
        let mut components = full_meta_components();
        components.values_mut().for_each(strip_descriptions);
        Arc::new(components)
    });
    Arc::clone(&META)
}

/// [`meta_components`] with descriptions, for documents.
#[must_use]
pub fn full_meta_components() -> Map<String, Value> {
    let mut generator = generator();
    generator.subschema_for::<k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta>();
    complete(generator.take_definitions(true))
}

/// All schemas of a built-in group version with their descriptions, for its OpenAPI document, and
/// the schema's name of each kind.
#[must_use]
pub fn components(api_version: &str) -> Option<(Map<String, Value>, KindNames)> {
    let mut generator = generator();
    let kinds = collect(api_version, &mut generator)?;
    let mut components = complete(generator.take_definitions(true));
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    for (kind, name) in &kinds {
        if let Some(Value::Object(schema)) = components.get_mut(name) {
            let gvk = json!([{ "group": group, "kind": kind, "version": version }]);
            schema.insert("x-kubernetes-group-version-kind".to_owned(), gvk);
        }
    }
    Some((components, kinds))
}

/// The schema name of each kind.
pub type KindNames = BTreeMap<&'static str, String>;

struct Group {
    components: Arc<Map<String, Value>>,
    kinds: BTreeMap<&'static str, String>,
}

/// Built on first use and kept: patches and applies ask for the same few groups again and again.
fn cached(api_version: &str) -> Option<Arc<Group>> {
    static GROUPS: LazyLock<Mutex<BTreeMap<String, Arc<Group>>>> = LazyLock::new(Mutex::default);
    let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(group) = groups.get(api_version) {
        return Some(Arc::clone(group));
    }
    let (mut components, kinds) = components(api_version)?;
    components.values_mut().for_each(strip_descriptions);
    let group = Arc::new(Group {
        components: Arc::new(components),
        kinds,
    });
    groups.insert(api_version.to_owned(), Arc::clone(&group));
    Some(group)
}

fn generator() -> SchemaGenerator {
    SchemaSettings::openapi3().into_generator()
}

fn entry<T: Resource + JsonSchema>(generator: &mut SchemaGenerator) -> (&'static str, String) {
    generator.subschema_for::<T>();
    (T::KIND, T::schema_name().into_owned())
}

macro_rules! group_versions {
    ($($group_version:literal: $($module:ident)::+ { $($kind:ident)* })*) => {
        /// The built-in group versions, in the order of a real server's discovery.
        pub const GROUP_VERSIONS: &[&str] = &[$($group_version),*];

        fn collect(
            api_version: &str,
            generator: &mut SchemaGenerator,
        ) -> Option<BTreeMap<&'static str, String>> {
            match api_version {
                $($group_version => {
                    use $($module)::+ as group;
                    Some(BTreeMap::from([$(entry::<group::$kind>(generator)),*]))
                })*
                _ => None,
            }
        }
    };
}

group_versions! {
    "v1": k8s_openapi::api::core::v1 {
        Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume
        PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
    }
    "apiregistration.k8s.io/v1": k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 { APIService }
    "apps/v1": k8s_openapi::api::apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
    "events.k8s.io/v1": k8s_openapi::api::events::v1 { Event }
    "authentication.k8s.io/v1": k8s_openapi::api::authentication::v1 { SelfSubjectReview TokenRequest TokenReview }
    "authorization.k8s.io/v1": k8s_openapi::api::authorization::v1 {
        LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
    }
    "autoscaling/v2": k8s_openapi::api::autoscaling::v2 { HorizontalPodAutoscaler }
    "autoscaling/v1": k8s_openapi::api::autoscaling::v1 { HorizontalPodAutoscaler Scale }
    "batch/v1": k8s_openapi::api::batch::v1 { CronJob Job }
    "certificates.k8s.io/v1": k8s_openapi::api::certificates::v1 { CertificateSigningRequest }
    "networking.k8s.io/v1": k8s_openapi::api::networking::v1 { Ingress IngressClass NetworkPolicy }
    "policy/v1": k8s_openapi::api::policy::v1 { Eviction PodDisruptionBudget }
    "rbac.authorization.k8s.io/v1": k8s_openapi::api::rbac::v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
    "storage.k8s.io/v1": k8s_openapi::api::storage::v1 {
        CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment
    }
    "admissionregistration.k8s.io/v1": k8s_openapi::api::admissionregistration::v1 {
        MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
        ValidatingWebhookConfiguration
    }
    "apiextensions.k8s.io/v1":
        k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 { CustomResourceDefinition }
    "scheduling.k8s.io/v1": k8s_openapi::api::scheduling::v1 { PriorityClass }
    "coordination.k8s.io/v1": k8s_openapi::api::coordination::v1 { Lease }
    "node.k8s.io/v1": k8s_openapi::api::node::v1 { RuntimeClass }
    "discovery.k8s.io/v1": k8s_openapi::api::discovery::v1 { EndpointSlice }
    "flowcontrol.apiserver.k8s.io/v1": k8s_openapi::api::flowcontrol::v1 { FlowSchema PriorityLevelConfiguration }
}

/// Adds to k8s-openapi's schemas what it leaves out: list topology, merge keys, default keys, and
/// the OpenAPI 3.0 form of references that have siblings.
fn complete(mut components: Map<String, Value>) -> Map<String, Value> {
    for line in include_str!("topology.txt").lines() {
        let mut columns = line.split(' ');
        let [Some(name), Some(field), Some(kind), Some(keys), Some(merge)] =
            std::array::from_fn(|_| columns.next())
        else {
            continue;
        };
        if let Some(Value::Object(schema)) = components.get_mut(name) {
            annotate(schema, field, &Topology { kind, keys, merge });
        }
    }
    for name in ["ContainerPort", "ServicePort"] {
        let path = format!("/io.k8s.api.core.v1.{name}/properties/protocol");
        let mut whole = Value::Object(std::mem::take(&mut components));
        if let Some(Value::Object(protocol)) = whole.pointer_mut(&path) {
            protocol.insert("default".to_owned(), json!("TCP"));
        }
        if let Value::Object(map) = whole {
            components = map;
        }
    }
    replace_scalars(&mut components);
    components.values_mut().for_each(wrap_references);
    components
}

struct Topology<'a> {
    kind: &'a str,
    keys: &'a str,
    merge: &'a str,
}

fn annotate(schema: &mut Map<String, Value>, field: &str, topology: &Topology<'_>) {
    let Some(target) = (if field == "." {
        Some(schema)
    } else {
        schema
            .get_mut("properties")
            .and_then(|fields| fields.get_mut(field))
            .and_then(Value::as_object_mut)
    }) else {
        return;
    };
    let mut set = |key: &str, value: Value| target.insert(key.to_owned(), value);
    match topology.kind {
        "struct-atomic" | "granular-atomic" => {
            set("x-kubernetes-map-type", json!("atomic"));
        }
        "granular" => {
            set("x-kubernetes-map-type", json!("granular"));
        }
        "map" => {
            let keys: Vec<&str> = topology.keys.split(',').collect();
            set("x-kubernetes-list-type", json!("map"));
            set("x-kubernetes-list-map-keys", json!(keys));
        }
        "set" | "atomic" => {
            set("x-kubernetes-list-type", json!(topology.kind));
        }
        _ => {}
    }
    match topology.merge {
        "-" => {}
        "*" => {
            set("x-kubernetes-patch-strategy", json!("merge"));
        }
        "retainKeys" => {
            set("x-kubernetes-patch-strategy", json!("retainKeys"));
        }
        key => {
            let (key, strategy) = match key.split_once('+') {
                Some((key, extra)) => (key, format!("merge,{extra}")),
                None => (key, "merge".to_owned()),
            };
            set("x-kubernetes-patch-strategy", json!(strategy));
            set("x-kubernetes-patch-merge-key", json!(key));
        }
    }
}

/// The types that are a number or a string, as real servers describe them, and free-form objects.
fn replace_scalars(components: &mut Map<String, Value>) {
    for (name, schema) in components.iter_mut() {
        let Value::Object(schema) = schema else { continue };
        if name.ends_with(".IntOrString") {
            schema.remove("x-kubernetes-int-or-string");
            schema.insert(
                "oneOf".to_owned(),
                json!([{ "type": "integer" }, { "type": "string" }]),
            );
            schema.insert("format".to_owned(), json!("int-or-string"));
        } else if name.ends_with(".Quantity") {
            schema.remove("x-kubernetes-int-or-string");
            schema.insert(
                "oneOf".to_owned(),
                json!([{ "type": "string" }, { "type": "number" }]),
            );
        } else if schema.get("type").and_then(Value::as_str) == Some("object")
            && !schema.contains_key("properties")
            && !schema.contains_key("additionalProperties")
        {
            schema.insert("x-kubernetes-preserve-unknown-fields".to_owned(), json!(true));
        }
    }
}

/// In OpenAPI 3.0 the siblings of `$ref` are ignored, so a reference that has some moves into `allOf`.
fn wrap_references(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(wrap_references);
            if map.len() > 1 && map.get("$ref").is_some_and(Value::is_string) {
                let reference = map.remove("$ref");
                map.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(wrap_references),
        _ => {}
    }
}

/// Drops descriptions (which are strings; a *field* named description is an object).
pub(super) fn strip_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("description").is_some_and(Value::is_string) {
                map.remove("description");
            }
            map.values_mut().for_each(strip_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_descriptions),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::node::ListKind;

    #[test]
    fn every_group_version_has_its_kinds() {
        for group_version in GROUP_VERSIONS {
            let (components, kinds) = components(group_version).expect("listed");
            assert!(!kinds.is_empty());
            for name in kinds.values() {
                assert!(components.contains_key(name), "{name} in {group_version}");
            }
        }
    }

    #[test]
    fn every_line_of_the_topology_names_a_field_that_exists() {
        let all: Map<String, Value> = GROUP_VERSIONS
            .iter()
            .filter_map(|gv| components(gv))
            .flat_map(|(components, _)| components)
            .collect();
        for line in include_str!("topology.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let columns: Vec<&str> = line.split(' ').collect();
            assert_eq!(columns.len(), 5, "{line}");
            let Some(schema) = all.get(columns[0]) else {
                continue;
            };
            assert!(
                columns[1] == "." || schema["properties"].get(columns[1]).is_some(),
                "{line}"
            );
        }
    }

    #[test]
    fn container_ports_are_keyed_with_a_default_protocol() {
        let deployment = type_schema("apps/v1", "Deployment").expect("built in");
        let containers = deployment
            .node()
            .field("spec")
            .field("template")
            .field("spec")
            .field("containers");
        let ListKind::Map(keys) = containers.items().field("ports").list_kind() else {
            panic!("a map")
        };
        assert_eq!(
            keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(),
            ["containerPort", "protocol"]
        );
        assert_eq!(keys[1].default, Some(json!("TCP")));
        assert_eq!(
            containers.items().field("ports").patch_strategy().key.as_deref(),
            Some("containerPort")
        );
    }
}
