//! One addressable endpoint, as the proxy knows it (`spec/workload-api.md` §2).
//!
//! Every field is already checked: `from_wire` is the only maker outside of tests.

use std::fmt;
use std::net::IpAddr;

use arcstr::ArcStr;
use mesh_wire::identity::Identity;

/// Key of a service: `<namespace>/<hostname>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespacedHostname {
    /// Owner namespace.
    pub namespace: ArcStr,
    /// Fully qualified host name, may start with `*.`.
    pub hostname: ArcStr,
}

impl NamespacedHostname {
    /// Splits `<namespace>/<hostname>` at the first slash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (namespace, hostname) = text.split_once('/')?;
        (!hostname.contains('/')).then(|| Self {
            namespace: namespace.into(),
            hostname: hostname.into(),
        })
    }
}

impl fmt::Display for NamespacedHostname {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.namespace, self.hostname)
    }
}

/// An IP within a network; the empty network is the single default one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NetworkAddress {
    /// Network id.
    pub network: ArcStr,
    /// The address, never IPv4-mapped.
    pub address: IpAddr,
}

impl fmt::Display for NetworkAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.network, self.address)
    }
}

/// How a waypoint or network gateway is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GatewayDestination {
    /// A service (or a workload with that host name).
    Hostname(NamespacedHostname),
    /// An address.
    Address(NetworkAddress),
}

impl fmt::Display for GatewayDestination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hostname(name) => name.fmt(out),
            Self::Address(address) => address.fmt(out),
        }
    }
}

/// A waypoint or network gateway with the port of its HBONE listener.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GatewayAddress {
    /// Who.
    pub destination: GatewayDestination,
    /// HBONE port, normally 15008.
    pub hbone_mtls_port: u16,
}

/// How a workload is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelProtocol {
    /// Plain TCP.
    Tcp,
    /// HBONE on 15008.
    Hbone,
}

/// Whether the workload takes traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Ready.
    Healthy,
    /// Known but not ready.
    Unhealthy,
}

/// Whether the workload's addresses identify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkMode {
    /// Its own addresses.
    Standard,
    /// The node's addresses: never indexed by IP.
    HostNetwork,
}

/// Kind of the workload's owner; telemetry only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadType {
    /// Deployment, also the fallback for unknown numbers.
    Deployment,
    /// Cron job.
    CronJob,
    /// Pod.
    Pod,
    /// Job.
    Job,
}

impl WorkloadType {
    /// The lower-case word of baggage and dumps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::CronJob => "cronjob",
            Self::Pod => "pod",
            Self::Job => "job",
        }
    }
}

/// How an application tunnel is announced to the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationProtocol {
    /// Bytes as they are.
    None,
    /// PROXY protocol v2 before the bytes.
    Proxy,
}

/// How inbound HBONE is handed over to the application (`spec/hbone.md` §5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationTunnel {
    /// Announcement.
    pub protocol: ApplicationProtocol,
    /// Fixed target port, if any.
    pub port: Option<u16>,
}

/// Region, zone and subzone; empty when unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Locality {
    /// Region.
    pub region: ArcStr,
    /// Zone.
    pub zone: ArcStr,
    /// Subzone.
    pub subzone: ArcStr,
}

/// Service port → target port, sorted by service port.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortMap(Box<[(u16, u16)]>);

impl PortMap {
    /// Sorts the pairs; the last one of a port wins.
    #[must_use]
    pub fn new(mut pairs: Vec<(u16, u16)>) -> Self {
        pairs.reverse();
        pairs.sort_by_key(|(service, _)| *service);
        pairs.dedup_by_key(|(service, _)| *service);
        Self(pairs.into_boxed_slice())
    }

    /// The target of a service port.
    #[must_use]
    pub fn find(&self, service_port: u16) -> Option<u16> {
        self.0
            .binary_search_by_key(&service_port, |(service, _)| *service)
            .ok()
            .map(|at| self.0[at].1)
    }

    /// All pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        self.0.iter().copied()
    }
}

/// Names that only telemetry reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Canonical service name.
    pub canonical_name: ArcStr,
    /// Canonical revision.
    pub canonical_revision: ArcStr,
    /// Owner kind.
    pub workload_type: WorkloadType,
    /// Owner name.
    pub workload_name: ArcStr,
}

/// One endpoint of the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Globally unique key.
    pub uid: ArcStr,
    /// Object name.
    pub name: ArcStr,
    /// Full identity: trust domain, namespace, service account.
    pub identity: Identity,
    /// Own addresses, may be empty.
    pub addresses: Box<[IpAddr]>,
    /// Resolved by DNS when there is no address.
    pub hostname: ArcStr,
    /// Network id.
    pub network: ArcStr,
    /// How it is reached.
    pub protocol: TunnelProtocol,
    /// L7 proxy for traffic addressed to this workload.
    pub waypoint: Option<GatewayAddress>,
    /// How it is reached from another network.
    pub network_gateway: Option<GatewayAddress>,
    /// Node name.
    pub node: ArcStr,
    /// Telemetry names.
    pub labels: Labels,
    /// The workload speaks HBONE itself.
    pub native_tunnel: bool,
    /// How inbound HBONE is handed over.
    pub application_tunnel: Option<ApplicationTunnel>,
    /// Services it belongs to with its own port map.
    pub services: Box<[(NamespacedHostname, PortMap)]>,
    /// Keys of selector-scoped policies.
    pub authorization_policies: Box<[ArcStr]>,
    /// Health.
    pub status: Health,
    /// Cluster id.
    pub cluster_id: ArcStr,
    /// Locality.
    pub locality: Locality,
    /// Address mode.
    pub network_mode: NetworkMode,
    /// Load-balancing weight.
    pub capacity: u32,
}

impl Workload {
    /// Namespace, as in the identity.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.identity.namespace()
    }

    /// Service account, as in the identity.
    #[must_use]
    pub fn service_account(&self) -> &str {
        self.identity.service_account()
    }

    /// Trust domain, as in the identity.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        self.identity.trust_domain()
    }

    /// Port map of this workload for one service.
    #[must_use]
    pub fn ports_of(&self, service: &NamespacedHostname) -> Option<&PortMap> {
        self.services
            .iter()
            .find(|(name, _)| name == service)
            .map(|(_, ports)| ports)
    }

    /// Whether the address identifies this workload.
    #[must_use]
    pub fn owns(&self, address: IpAddr) -> bool {
        self.network_mode == NetworkMode::Standard && self.addresses.contains(&address)
    }

    /// Whether this proxy must hold a certificate for it (`spec/ca.md` §4).
    #[must_use]
    pub fn needs_certificate(&self) -> bool {
        self.protocol == TunnelProtocol::Hbone || self.native_tunnel
    }
}
