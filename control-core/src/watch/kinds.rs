//! The kinds that are watched: those every cluster has, and those that come with a definition.

use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::api::Api;
use kube::core::{DeserializeGuard, NamespaceResourceScope};
use kube::runtime::watcher;
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Feed;
use super::follow::{Watched, follow};
use crate::crds::{
    AuthorizationPolicy, Gateway, GatewayClass, PeerAuthentication, ServiceEntry, WorkloadEntry,
};
use crate::index::authorization::PolicyFacts;
use crate::index::endpoint_slice::SliceFacts;
use crate::index::event::{Kind, Object};
use crate::index::gateway::{ClassFacts, GatewayFacts};
use crate::index::namespace::{NamespaceFacts, NodeFacts};
use crate::index::peer_authentication::PeerAuthFacts;
use crate::index::pod::PodFacts;
use crate::index::service::ServiceFacts;
use crate::index::service_entry::ServiceEntryFacts;
use crate::index::workload_entry::WorkloadEntryFacts;

/// Kinds of the API server itself.
pub(crate) const BUILT_IN: [Kind; 5] = [
    Kind::Namespace,
    Kind::Node,
    Kind::Pod,
    Kind::Service,
    Kind::EndpointSlice,
];

/// Kinds that are taken from other clusters.
pub(crate) const REMOTE: [Kind; 6] = [
    Kind::Namespace,
    Kind::Node,
    Kind::Pod,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Gateway,
];

/// Kinds that come with a definition, by its name.
pub(crate) const DEFINED: [(&str, Kind); 6] = [
    (
        "authorizationpolicies.security.istio.io",
        Kind::AuthorizationPolicy,
    ),
    ("peerauthentications.security.istio.io", Kind::PeerAuthentication),
    ("serviceentries.networking.istio.io", Kind::ServiceEntry),
    ("workloadentries.networking.istio.io", Kind::WorkloadEntry),
    ("gateways.gateway.networking.k8s.io", Kind::Gateway),
    ("gatewayclasses.gateway.networking.k8s.io", Kind::GatewayClass),
];

impl Watched for Namespace {
    const KIND: Kind = Kind::Namespace;

    fn object(&self) -> Result<Option<Object>, String> {
        Ok(Some(Object::Namespace(NamespaceFacts::of(self))))
    }
}

impl Watched for Node {
    const KIND: Kind = Kind::Node;

    fn object(&self) -> Result<Option<Object>, String> {
        Ok(Some(Object::Node(NodeFacts::of(self))))
    }
}

impl Watched for Pod {
    const KIND: Kind = Kind::Pod;

    fn object(&self) -> Result<Option<Object>, String> {
        Ok(Some(Object::Pod(PodFacts::of(self))))
    }

    fn config() -> watcher::Config {
        watcher::Config::default()
            .any_semantic()
            .fields("status.phase!=Failed")
    }
}

impl Watched for Service {
    const KIND: Kind = Kind::Service;

    fn object(&self) -> Result<Option<Object>, String> {
        Ok(Some(Object::Service(ServiceFacts::of(self))))
    }
}

impl Watched for EndpointSlice {
    const KIND: Kind = Kind::EndpointSlice;

    fn object(&self) -> Result<Option<Object>, String> {
        Ok(SliceFacts::of(self).map(Object::EndpointSlice))
    }
}

/// One stored object of another form must not fail the whole list.
macro_rules! guarded {
    ($custom:ident, $kind:ident, $facts:ident) => {
        impl Watched for DeserializeGuard<$custom> {
            const KIND: Kind = Kind::$kind;

            fn object(&self) -> Result<Option<Object>, String> {
                match &self.0 {
                    Ok(object) => Ok(Some(Object::$kind($facts::of(object)))),
                    Err(invalid) => Err(invalid.error.clone()),
                }
            }
        }
    };
}

guarded!(AuthorizationPolicy, AuthorizationPolicy, PolicyFacts);
guarded!(PeerAuthentication, PeerAuthentication, PeerAuthFacts);
guarded!(ServiceEntry, ServiceEntry, ServiceEntryFacts);
guarded!(WorkloadEntry, WorkloadEntry, WorkloadEntryFacts);
guarded!(Gateway, Gateway, GatewayFacts);
guarded!(GatewayClass, GatewayClass, ClassFacts);

/// Namespaces and nodes are watched whole: they belong to no namespace.
pub(super) fn start_built_in(watches: &mut JoinSet<()>, feed: &Feed, stop: &CancellationToken) {
    let client = || feed.client.clone();
    watches.spawn(follow(
        Api::<Namespace>::all(client()),
        feed.clone(),
        stop.clone(),
    ));
    watches.spawn(follow(Api::<Node>::all(client()), feed.clone(), stop.clone()));
    watches.spawn(follow(scoped::<Pod>(feed), feed.clone(), stop.clone()));
    watches.spawn(follow(scoped::<Service>(feed), feed.clone(), stop.clone()));
    watches.spawn(follow(scoped::<EndpointSlice>(feed), feed.clone(), stop.clone()));
}

/// Starts the watch of a kind whose definition is there.
pub(super) fn start_defined(kind: Kind, watches: &mut JoinSet<()>, feed: &Feed, stop: CancellationToken) {
    match kind {
        Kind::AuthorizationPolicy => start::<AuthorizationPolicy>(watches, feed, stop),
        Kind::PeerAuthentication => start::<PeerAuthentication>(watches, feed, stop),
        Kind::ServiceEntry => start::<ServiceEntry>(watches, feed, stop),
        Kind::WorkloadEntry => start::<WorkloadEntry>(watches, feed, stop),
        Kind::Gateway => start::<Gateway>(watches, feed, stop),
        Kind::GatewayClass => {
            let api = Api::<DeserializeGuard<GatewayClass>>::all(feed.client.clone());
            watches.spawn(follow(api, feed.clone(), stop));
        }
        Kind::Namespace | Kind::Node | Kind::Pod | Kind::Service | Kind::EndpointSlice => {}
    }
}

fn start<K>(watches: &mut JoinSet<()>, feed: &Feed, stop: CancellationToken)
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned,
    DeserializeGuard<K>: Watched + Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    watches.spawn(follow(scoped::<DeserializeGuard<K>>(feed), feed.clone(), stop));
}

fn scoped<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>>(feed: &Feed) -> Api<K> {
    let client: Client = feed.client.clone();
    if feed.namespace.is_empty() {
        Api::all(client)
    } else {
        Api::namespaced(client, &feed.namespace)
    }
}
