//! One object as the API has it → one index event, settings → what of them shapes the index; without a cluster. Pure.
//!
//! With the index this answers offline what a directory of manifests would become on the wire.

use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::Config;
use crate::crds::{
    AuthorizationPolicy, Gateway, GatewayClass, PeerAuthentication, ServiceEntry, WorkloadEntry,
};
use crate::index::authorization::PolicyFacts;
use crate::index::endpoint_slice::SliceFacts;
use crate::index::event::{Event, Kind, Object, Settings};
use crate::index::gateway::{ClassFacts, GatewayFacts};
use crate::index::namespace::{NamespaceFacts, NodeFacts};
use crate::index::peer_authentication::PeerAuthFacts;
use crate::index::pod::PodFacts;
use crate::index::service::ServiceFacts;
use crate::index::service_entry::ServiceEntryFacts;
use crate::index::workload_entry::WorkloadEntryFacts;
use crate::mesh_config::MeshConfig;
use crate::model::ObjectName;

/// An object of a kind we read, in a form we cannot.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {kind} `{name}`")]
pub struct TranslateError {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: ObjectName,
    /// Why.
    #[source]
    pub source: serde_json::Error,
}

/// What of flags and mesh configuration changes derived objects.
#[must_use]
pub fn settings(config: &Config, mesh: &MeshConfig) -> Settings {
    Settings {
        cluster: config.cluster.id.as_str().into(),
        domain: config.cluster.domain.as_str().into(),
        root_namespace: mesh.root_namespace.as_str().into(),
        system_namespace: config.cluster.namespace.as_str().into(),
        trust_domain: mesh.trust_domain.as_str().into(),
        revision: config.cluster.revision.as_str().into(),
        discovery_selectors: mesh.discovery_selectors.clone(),
        sends_dry_run: config.ambient.dry_run,
        has_waypoints: config.ambient.waypoints,
        runs_waypoints: config.ambient.waypoint_image.is_some(),
        has_ingress_waypoints: config.ambient.ingress_waypoint,
        lets_waypoints_in: config.ambient.auto_allow_waypoint,
        entries_select_pods: config.ambient.entries_select_pods,
        services_select_entries: config.ambient.services_select_entries,
        multi_network: config.ambient.multi_network,
        scopes: mesh.scopes.clone(),
        visibility: mesh.visibility.clone(),
    }
}

/// The event that the object is; `None` for kinds that the index has no use for.
pub fn event(object: &Value) -> Result<Option<Event>, TranslateError> {
    let text = |at: &Value| at.as_str().unwrap_or_default().to_owned();
    let (api, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let group = api.split_once('/').map_or("", |(group, _)| group);
    let meta = &object["metadata"];
    let name = ObjectName::new(text(&meta["namespace"]), text(&meta["name"]));
    let facts = facts(group, &kind, object).map_err(|source| TranslateError {
        kind: kind.clone(),
        name: name.clone(),
        source,
    })?;
    Ok(facts.map(|facts| match facts {
        Facts::Some(facts) => Event::Put(name, facts),
        Facts::Unused(kind) => Event::Remove(kind, name),
    }))
}

/// The kind of an object that the index has a use for.
#[must_use]
pub fn kind(object: &Value) -> Option<Kind> {
    let api = object["apiVersion"].as_str().unwrap_or_default();
    let group = api.split_once('/').map_or("", |(group, _)| group);
    KINDS
        .iter()
        .find(|kind| kind.group() == group && object["kind"] == kind.word())
        .copied()
}

/// Every kind that the index is made of.
pub const KINDS: [Kind; 11] = [
    Kind::Namespace,
    Kind::Node,
    Kind::Pod,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::AuthorizationPolicy,
    Kind::PeerAuthentication,
    Kind::ServiceEntry,
    Kind::WorkloadEntry,
    Kind::Gateway,
    Kind::GatewayClass,
];

enum Facts {
    Some(Box<Object>),
    /// Nothing to the index in this form.
    Unused(Kind),
}

fn facts(group: &str, kind: &str, object: &Value) -> Result<Option<Facts>, serde_json::Error> {
    let facts = match (group, kind) {
        ("", "Namespace") => Object::Namespace(NamespaceFacts::of(&read::<Namespace>(object)?)),
        ("", "Node") => Object::Node(NodeFacts::of(&read::<Node>(object)?)),
        ("", "Pod") => Object::Pod(PodFacts::of(&read::<Pod>(object)?)),
        ("", "Service") => Object::Service(ServiceFacts::of(&read::<Service>(object)?)),
        ("discovery.k8s.io", "EndpointSlice") => match SliceFacts::of(&read::<EndpointSlice>(object)?) {
            Some(facts) => Object::EndpointSlice(facts),
            None => return Ok(Some(Facts::Unused(Kind::EndpointSlice))),
        },
        ("security.istio.io", "AuthorizationPolicy") => {
            Object::AuthorizationPolicy(PolicyFacts::of(&read::<AuthorizationPolicy>(object)?))
        }
        ("security.istio.io", "PeerAuthentication") => {
            Object::PeerAuthentication(PeerAuthFacts::of(&read::<PeerAuthentication>(object)?))
        }
        ("networking.istio.io", "ServiceEntry") => {
            Object::ServiceEntry(ServiceEntryFacts::of(&read::<ServiceEntry>(object)?))
        }
        ("networking.istio.io", "WorkloadEntry") => {
            Object::WorkloadEntry(WorkloadEntryFacts::of(&read::<WorkloadEntry>(object)?))
        }
        ("gateway.networking.k8s.io", "Gateway") => {
            Object::Gateway(GatewayFacts::of(&read::<Gateway>(object)?))
        }
        ("gateway.networking.k8s.io", "GatewayClass") => {
            Object::GatewayClass(ClassFacts::of(&read::<GatewayClass>(object)?))
        }
        _ => return Ok(None),
    };
    Ok(Some(Facts::Some(Box::new(facts))))
}

fn read<K: DeserializeOwned>(object: &Value) -> Result<K, serde_json::Error> {
    K::deserialize(object)
}
