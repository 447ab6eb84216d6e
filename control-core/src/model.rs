//! The mesh without Kubernetes: what node proxies need to know, as plain values.
//!
//! Everything here can be compared; equal values encode to equal bytes, on every replica.
//! Absent on purpose: wire types (`crate::xds::wds`) and cluster objects (`crate::index`).

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use arcstr::ArcStr;

pub mod condition;
pub mod policy;
pub mod selector;

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// Namespace and name of a cluster object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// Empty for cluster-scoped objects.
    pub namespace: ArcStr,
    /// The object's name.
    pub name: ArcStr,
}

impl ObjectName {
    /// A name in a namespace.
    pub fn new(namespace: impl Into<ArcStr>, name: impl Into<ArcStr>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}

/// The key of a service: its namespace and fully qualified host name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedHostname {
    /// The namespace that owns the service.
    pub namespace: ArcStr,
    /// The host name, possibly a wildcard.
    pub hostname: ArcStr,
}

impl fmt::Display for NamespacedHostname {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.hostname)
    }
}

/// How a workload wants to be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tunnel {
    /// Plain text.
    #[default]
    None,
    /// HBONE, ended by the node proxy.
    Hbone,
    /// HBONE, ended by the workload itself.
    NativeHbone,
}

/// Where a workload runs, as far as load balancing cares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Locality {
    /// Region label of the node.
    pub region: String,
    /// Zone label of the node.
    pub zone: String,
    /// Subzone label of the node.
    pub subzone: String,
}

impl Locality {
    /// `None` when no part is known.
    #[must_use]
    pub fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Reads `region/zone/subzone`, later parts optional.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self {
            region: next(),
            zone: next(),
            subzone: next(),
        }
        .known()
    }
}

/// Names for telemetry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The controller's name (Deployment and so on).
    pub workload: String,
    /// The canonical service.
    pub canonical_name: String,
    /// Its revision.
    pub canonical_revision: String,
}

/// The address of a proxy in front of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAddress {
    /// Where it is.
    pub destination: GatewayDestination,
    /// Its HBONE port.
    pub hbone_port: u16,
}

/// The two ways to name a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayDestination {
    /// By service.
    Hostname(NamespacedHostname),
    /// By address in a network.
    Address(NetworkAddress),
}

/// An address, or a range, in a network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkAddress {
    /// Empty for the single default network.
    pub network: ArcStr,
    /// The address.
    pub ip: IpAddr,
    /// Set for ranges.
    pub prefix: Option<u8>,
}

impl NetworkAddress {
    /// The key under which demands find it: `network/ip` or `network/ip/length`.
    #[must_use]
    pub fn alias(&self) -> String {
        match self.prefix {
            None => format!("{}/{}", self.network, self.ip),
            Some(length) => format!("{}/{}/{length}", self.network, self.ip),
        }
    }
}

/// The network of a workload and the way into it from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Network id, empty for the default one.
    pub network: ArcStr,
    /// The gateway that other networks use.
    pub gateway: Option<GatewayAddress>,
}

/// How a proxy hands a connection to an application that ends tunnels itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationTunnel {
    /// PROXY protocol instead of nothing.
    pub is_proxy_protocol: bool,
    /// Where, 0 for the destination port.
    pub port: u16,
}

/// One port of a workload for one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortMapping {
    /// The service's port.
    pub service: u16,
    /// The workload's port.
    pub target: u16,
}

/// One addressable endpoint (`workload-api.md` 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Globally unique key.
    pub uid: String,
    /// Object name.
    pub name: ArcStr,
    /// Object namespace.
    pub namespace: ArcStr,
    /// Own addresses, in status order.
    pub addresses: Vec<IpAddr>,
    /// Resolved at connect time when there are no addresses.
    pub hostname: String,
    /// Network and gateway.
    pub place: Place,
    /// How peers reach it.
    pub tunnel: Tunnel,
    /// Empty for `cluster.local`.
    pub trust_domain: String,
    /// The account its identity is made of.
    pub service_account: String,
    /// The L7 proxy for traffic to this workload.
    pub waypoint: Option<GatewayAddress>,
    /// The node it runs on.
    pub node: ArcStr,
    /// Telemetry names.
    pub owner: Owner,
    /// For waypoints and the like.
    pub application_tunnel: Option<ApplicationTunnel>,
    /// Services it is an endpoint of.
    pub services: BTreeMap<NamespacedHostname, Vec<PortMapping>>,
    /// Keys of selector-scoped policies, in evaluation order.
    pub policies: Vec<String>,
    /// Whether it takes traffic.
    pub is_healthy: bool,
    /// The cluster it was seen in.
    pub cluster: ArcStr,
    /// From the node's labels.
    pub locality: Option<Locality>,
    /// Shares its addresses with the node.
    pub is_host_network: bool,
    /// Load-balancing weight.
    pub capacity: Option<u32>,
}

/// Protocol hint of a service port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppProtocol {
    /// Not told.
    #[default]
    Unknown,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
    /// Opaque TCP.
    Tcp,
    /// TLS.
    Tls,
}

/// One port of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The port clients use.
    pub port: u16,
    /// The default target port; 0 when each workload says its own.
    pub target: u16,
    /// Protocol hint.
    pub protocol: AppProtocol,
}

/// A step in preferring near endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Same region.
    Region,
    /// Same zone.
    Zone,
    /// Same subzone.
    Subzone,
    /// Same node.
    Node,
    /// Same network.
    Network,
}

/// How strictly the preference is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BalanceMode {
    /// No preference.
    #[default]
    Any,
    /// Only full matches.
    Strict,
    /// Best matches first.
    Failover,
    /// To the original address.
    Passthrough,
}

/// Choice among endpoints of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadBalancing {
    /// Nearest first.
    pub preference: Vec<Scope>,
    /// How it is kept.
    pub mode: BalanceMode,
    /// Whether unready endpoints are used too.
    pub allows_unhealthy: bool,
}

/// Address families of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpFamilies {
    /// Not restricted.
    #[default]
    Automatic,
    /// IPv4.
    V4Only,
    /// IPv6.
    V6Only,
    /// Both.
    Dual,
}

/// A set of endpoints behind a host name (`workload-api.md` 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Object name.
    pub name: ArcStr,
    /// The service's key.
    pub key: NamespacedHostname,
    /// Virtual addresses.
    pub addresses: Vec<NetworkAddress>,
    /// Ports.
    pub ports: Vec<ServicePort>,
    /// Extra identities of endpoints.
    pub subject_alt_names: Vec<String>,
    /// The L7 proxy in front of it.
    pub waypoint: Option<GatewayAddress>,
    /// The split between two of them, if there is one.
    pub weighted_waypoints: Vec<(GatewayAddress, u32)>,
    /// Ingress traverses the waypoint too.
    pub ingress_uses_waypoint: bool,
    /// Only clients of its own namespace may use it.
    pub is_namespaced: bool,
    /// Endpoint choice.
    pub load_balancing: Option<LoadBalancing>,
    /// Families.
    pub ip_families: IpFamilies,
    /// Preferred for its host name across namespaces.
    pub is_canonical: bool,
}
