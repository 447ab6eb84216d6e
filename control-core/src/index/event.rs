//! What goes into the index: trimmed facts about cluster objects, one at a time.

use std::collections::BTreeSet;

use arcstr::ArcStr;

use super::authorization::PolicyFacts;
use super::clusters::ClusterFacts;
use super::endpoint_slice::SliceFacts;
use super::gateway::{ClassFacts, GatewayFacts};
use super::namespace::{NamespaceFacts, NodeFacts};
use super::peer_authentication::PeerAuthFacts;
use super::pod::PodFacts;
use super::service::ServiceFacts;
use super::service_entry::ServiceEntryFacts;
use super::workload_entry::WorkloadEntryFacts;
use crate::mesh_config::{ScopeRule, VisibilitySettings};
use crate::model::ObjectName;
use crate::model::selector::Selector;

/// The kinds of objects the index is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// core/v1
    Namespace,
    /// core/v1
    Node,
    /// core/v1
    Pod,
    /// core/v1
    Service,
    /// discovery.k8s.io/v1
    EndpointSlice,
    /// security.istio.io/v1
    AuthorizationPolicy,
    /// security.istio.io/v1
    PeerAuthentication,
    /// networking.istio.io/v1
    ServiceEntry,
    /// networking.istio.io/v1
    WorkloadEntry,
    /// gateway.networking.k8s.io/v1
    Gateway,
    /// gateway.networking.k8s.io/v1
    GatewayClass,
}

impl Kind {
    /// Its API group; empty for the core.
    #[must_use]
    pub fn group(self) -> &'static str {
        match self {
            Self::Namespace | Self::Node | Self::Pod | Self::Service => "",
            Self::EndpointSlice => "discovery.k8s.io",
            Self::AuthorizationPolicy | Self::PeerAuthentication => "security.istio.io",
            Self::ServiceEntry | Self::WorkloadEntry => "networking.istio.io",
            Self::Gateway | Self::GatewayClass => "gateway.networking.k8s.io",
        }
    }

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::Node => "Node",
            Self::Pod => "Pod",
            Self::Service => "Service",
            Self::EndpointSlice => "EndpointSlice",
            Self::AuthorizationPolicy => "AuthorizationPolicy",
            Self::PeerAuthentication => "PeerAuthentication",
            Self::ServiceEntry => "ServiceEntry",
            Self::WorkloadEntry => "WorkloadEntry",
            Self::Gateway => "Gateway",
            Self::GatewayClass => "GatewayClass",
        }
    }
}

/// One object's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A namespace.
    Namespace(NamespaceFacts),
    /// A node.
    Node(NodeFacts),
    /// A pod.
    Pod(PodFacts),
    /// A service.
    Service(ServiceFacts),
    /// Endpoints.
    EndpointSlice(SliceFacts),
    /// An authorization policy.
    AuthorizationPolicy(PolicyFacts),
    /// A strictness setting.
    PeerAuthentication(PeerAuthFacts),
    /// External hosts.
    ServiceEntry(ServiceEntryFacts),
    /// A workload outside pods.
    WorkloadEntry(WorkloadEntryFacts),
    /// A waypoint, or a way into another network.
    Gateway(GatewayFacts),
    /// Defaults of Gateways.
    GatewayClass(ClassFacts),
}

impl Object {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Namespace(_) => Kind::Namespace,
            Self::Node(_) => Kind::Node,
            Self::Pod(_) => Kind::Pod,
            Self::Service(_) => Kind::Service,
            Self::EndpointSlice(_) => Kind::EndpointSlice,
            Self::AuthorizationPolicy(_) => Kind::AuthorizationPolicy,
            Self::PeerAuthentication(_) => Kind::PeerAuthentication,
            Self::ServiceEntry(_) => Kind::ServiceEntry,
            Self::WorkloadEntry(_) => Kind::WorkloadEntry,
            Self::Gateway(_) => Kind::Gateway,
            Self::GatewayClass(_) => Kind::GatewayClass,
        }
    }
}

/// One change of the outside world.
#[derive(Clone, Debug)]
pub enum Event {
    /// The object is now this.
    Put(ObjectName, Box<Object>),
    /// The object is gone.
    Remove(Kind, ObjectName),
    /// A full list ended: what is not in it is gone.
    Listed(Kind, BTreeSet<ObjectName>),
    /// The object is there but has a form that cannot be read; its earlier facts stay.
    Unreadable(Kind, ObjectName, String),
    /// The mesh configuration is now this.
    Settings(Settings),
    /// A change in another cluster whose facts are here.
    Remote(ArcStr, Box<Event>),
    /// Another cluster is now this, whatever it was.
    Cluster(ArcStr, Box<ClusterFacts>),
    /// Another cluster is none of ours any more.
    ClusterGone(ArcStr),
}

/// What of the mesh configuration changes derived objects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// This cluster's id.
    pub cluster: ArcStr,
    /// DNS domain of the cluster.
    pub domain: ArcStr,
    /// Where mesh-wide policies live.
    pub root_namespace: ArcStr,
    /// Where this server runs; its label names the network.
    pub system_namespace: ArcStr,
    /// First part of identities.
    pub trust_domain: ArcStr,
    /// Objects labelled for another revision are ignored.
    pub revision: ArcStr,
    /// Namespaces in view; empty means all.
    pub discovery_selectors: Vec<Selector>,
    /// Whether dry-run policies are sent.
    pub sends_dry_run: bool,
    /// Whether Gateways can be waypoints.
    pub has_waypoints: bool,
    /// Whether we run those of the waypoint class.
    pub runs_waypoints: bool,
    /// Whether ingress may traverse them.
    pub has_ingress_waypoints: bool,
    /// Whether workloads behind a waypoint are reached by it alone, unless policies say otherwise (12.5).
    pub lets_waypoints_in: bool,
    /// Whether selectors of `ServiceEntry` objects match pods.
    pub entries_select_pods: bool,
    /// Whether selectors of Services match `WorkloadEntry` objects.
    pub services_select_entries: bool,
    /// Whether services span clusters and networks (11.3).
    pub multi_network: bool,
    /// Which services do.
    pub scopes: Vec<ScopeRule>,
    /// How far `ServiceEntry` objects are visible.
    pub visibility: Option<VisibilitySettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cluster: "Kubernetes".into(),
            domain: "cluster.local".into(),
            root_namespace: "istio-system".into(),
            system_namespace: "istio-system".into(),
            trust_domain: "cluster.local".into(),
            revision: "default".into(),
            discovery_selectors: Vec::new(),
            sends_dry_run: false,
            has_waypoints: true,
            runs_waypoints: false,
            has_ingress_waypoints: true,
            lets_waypoints_in: false,
            entries_select_pods: true,
            services_select_entries: true,
            multi_network: false,
            scopes: Vec::new(),
            visibility: None,
        }
    }
}
