//! A set of endpoints behind a host name and virtual addresses (`spec/workload-api.md` §1).

use arcstr::ArcStr;
use ipnet::IpNet;
use mesh_wire::identity::Identity;

use crate::state::workload::{GatewayAddress, Health, NamespacedHostname, NetworkAddress, PortMap};

/// What locality preferences compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Region.
    Region,
    /// Zone.
    Zone,
    /// Subzone.
    Subzone,
    /// Node.
    Node,
    /// Cluster id.
    Cluster,
    /// Network id.
    Network,
}

/// How preferences act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// No preference.
    Standard,
    /// Only full matches.
    Strict,
    /// Best rank first.
    Failover,
    /// Straight to the original destination.
    Passthrough,
}

/// Which endpoints may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthPolicy {
    /// Healthy ones.
    OnlyHealthy,
    /// All.
    AllowAll,
}

/// Load balancing of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancing {
    /// In order of importance.
    pub preferences: Box<[Scope]>,
    /// Mode.
    pub mode: Mode,
    /// Health policy.
    pub health: HealthPolicy,
}

/// Restriction of endpoint address families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpFamilies {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Both.
    Dual,
}

/// Who may use the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everyone.
    Public,
    /// Clients of the same namespace.
    Namespace,
}

/// A virtual address range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CidrVip {
    /// Network id.
    pub network: ArcStr,
    /// The range.
    pub cidr: IpNet,
}

/// A waypoint with its share of connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightedWaypoint {
    /// The waypoint.
    pub destination: GatewayAddress,
    /// Its weight.
    pub weight: u32,
}

/// A service without its endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Object name.
    pub name: ArcStr,
    /// Key.
    pub key: NamespacedHostname,
    /// Exact virtual addresses.
    pub vips: Box<[NetworkAddress]>,
    /// Ranges.
    pub cidr_vips: Box<[CidrVip]>,
    /// Service port → default target port; 0 = ask the workload.
    pub ports: PortMap,
    /// Extra peer identities.
    pub subject_alt_names: Box<[Identity]>,
    /// L7 proxy for traffic addressed to this service.
    pub waypoint: Option<GatewayAddress>,
    /// If usable, replaces `waypoint`.
    pub weighted_waypoints: Box<[WeightedWaypoint]>,
    /// Load balancing.
    pub load_balancing: Option<LoadBalancing>,
    /// Family restriction.
    pub ip_families: Option<IpFamilies>,
    /// Preferred among services of one host name.
    pub canonical: bool,
    /// Who may use it.
    pub visibility: Visibility,
}

impl Service {
    /// Whether a client of `namespace` may use it.
    #[must_use]
    pub fn is_visible_to(&self, namespace: &str) -> bool {
        self.visibility == Visibility::Public || self.key.namespace == namespace
    }

    /// Whether traffic goes straight to its original destination.
    #[must_use]
    pub fn is_passthrough(&self) -> bool {
        self.load_balancing
            .as_ref()
            .is_some_and(|lb| lb.mode == Mode::Passthrough)
    }

    /// Whether an endpoint of that health may be used.
    #[must_use]
    pub fn accepts(&self, health: Health) -> bool {
        health == Health::Healthy
            || self
                .load_balancing
                .as_ref()
                .is_some_and(|lb| lb.health == HealthPolicy::AllowAll)
    }
}
