//! What a node proxy tells of itself at `/config_dump` (proxy-ops.md 5). (pure)
//!
//! Fields stand in the order in which they are written, which is that of their sorted names. Absent on
//! purpose: forgiving reading of foreign dumps; that is the CLI's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Service port, as text, to target port. Text, because keys are sorted as text.
pub type PortMap = BTreeMap<String, u16>;

/// Endpoints by the uid of their workload.
pub type Endpoints = BTreeMap<String, Endpoint>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// The whole document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigDump {
    /// Sorted by identity.
    pub certificates: Vec<Certificate>,
    /// The effective settings; informative.
    pub config: serde_json::Value,
    /// Sorted by key.
    pub policies: Vec<Policy>,
    /// Sorted by hostname.
    pub services: Vec<Service>,
    /// Endpoints of services that are not known yet, by `namespace/hostname`.
    pub staged_services: BTreeMap<String, Endpoints>,
    /// What came from a local file.
    pub static_config: StaticConfig,
    /// What is running.
    pub version: Version,
    /// Captured pods by UID; in shared mode only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_state: Option<BTreeMap<String, WorkloadState>>,
    /// Sorted by uid.
    pub workloads: Vec<Workload>,
}

/// What came from a local file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StaticConfig {
    /// As in the file.
    pub policies: Vec<serde_json::Value>,
    /// As in the file.
    pub services: Vec<serde_json::Value>,
    /// As in the file.
    pub workloads: Vec<serde_json::Value>,
}

/// What is running.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Version {
    /// `debug` or `release`.
    pub build_profile: String,
    /// `Clean` or `Modified`.
    pub build_status: String,
    /// The source of cryptography.
    pub crypto_provider: String,
    /// The commit.
    pub git_revision: String,
    /// The version of Istio that is reported.
    pub istio_version: String,
    /// The compiler.
    pub rust_version: String,
    /// The product's version.
    pub version: String,
}

/// One identity's certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Certificate {
    /// Leaf, then intermediates; empty unless available.
    pub cert_chain: Vec<Cert>,
    /// `spiffe://…`.
    pub identity: String,
    /// Roots that came with it.
    pub root_certs: Vec<Cert>,
    /// `Available`, `Initializing` or `Unavailable: <error>`.
    pub state: String,
}

/// One certificate of a chain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cert {
    /// RFC 3339, UTC, seconds.
    pub expiration_time: String,
    /// Base64 of the PEM text.
    pub pem: String,
    /// In decimal.
    pub serial_number: String,
    /// RFC 3339, UTC, seconds.
    pub valid_from: String,
}

/// One policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Policy {
    /// `Allow` or `Deny`.
    pub action: String,
    /// Whether it is only evaluated.
    pub dry_run: bool,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Any rule, all clauses, any match.
    pub rules: Vec<Vec<Vec<Match>>>,
    /// `Global`, `Namespace` or `WorkloadSelector`.
    pub scope: String,
}

/// One match; all kinds that are set must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Match {
    /// CIDR texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destination_ips: Vec<String>,
    /// Ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destination_ports: Vec<u16>,
    /// Of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<StringMatch>,
    /// CIDR texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_destination_ips: Vec<String>,
    /// Ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_destination_ports: Vec<u16>,
    /// Of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_namespaces: Vec<StringMatch>,
    /// Of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_principals: Vec<StringMatch>,
    /// Of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_service_accounts: Vec<ServiceAccountMatch>,
    /// CIDR texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_source_ips: Vec<String>,
    /// Of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<StringMatch>,
    /// Of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_accounts: Vec<ServiceAccountMatch>,
    /// CIDR texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_ips: Vec<String>,
}

/// How a text is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StringMatch {
    /// Equal.
    Exact(String),
    /// Starts so.
    Prefix(String),
    /// Ends so.
    Suffix(String),
    /// Not empty; written `{"Presence":[]}`.
    Presence(),
}

/// A service account, in any trust domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAccountMatch {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub service_account: String,
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Service {
    /// Preferred for its hostname.
    pub canonical: bool,
    /// Blocks of virtual addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cidr_vips: Vec<CidrVip>,
    /// Who serves it.
    pub endpoints: Endpoints,
    /// Its full name.
    pub hostname: String,
    /// `Dual`, `IPv4` or `IPv6`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_families: Option<String>,
    /// How endpoints are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancer>,
    /// The object's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Service port to default target port.
    pub ports: PortMap,
    /// Further acceptable identities.
    pub subject_alt_names: Vec<String>,
    /// `network/ip`.
    pub vips: Vec<String>,
    /// `Public` or `Namespace`.
    pub visibility: String,
    /// The L7 proxy in front of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoint: Option<GatewayAddress>,
    /// Several L7 proxies to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weighted_waypoints: Vec<WeightedWaypoint>,
}

/// A block of virtual addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CidrVip {
    /// The block.
    pub cidr: String,
    /// The network's id.
    pub network: String,
}

/// How endpoints are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadBalancer {
    /// `OnlyHealthy` or `AllowAll`.
    pub health_policy: String,
    /// `Standard`, `Strict`, `Failover` or `Passthrough`.
    pub mode: String,
    /// `Region`, `Zone`, `Subzone`, `Node`, `Cluster`, `Network`.
    pub routing_preferences: Vec<String>,
}

/// One endpoint of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoint {
    /// Service port to target port.
    pub port: PortMap,
    /// `Healthy` or `Unhealthy`.
    pub status: String,
    /// Whose it is.
    pub workload_uid: String,
}

/// A waypoint or a network gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayAddress {
    /// `network/ip` or `namespace/hostname`.
    pub destination: String,
    /// The port for HBONE there.
    pub hbone_mtls_port: u16,
}

/// One of several waypoints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightedWaypoint {
    /// The waypoint.
    pub destination: GatewayAddress,
    /// Its share.
    pub weight: u32,
}

/// One workload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Workload {
    /// How the proxy hands over connections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_tunnel: Option<ApplicationTunnel>,
    /// `namespace/name` of policies that select it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_policies: Vec<String>,
    /// For telemetry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub canonical_name: String,
    /// For telemetry.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub canonical_revision: String,
    /// Load-balancing weight.
    pub capacity: u32,
    /// The cluster's id.
    pub cluster_id: String,
    /// Resolved when connecting.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<Locality>,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Whether it speaks HBONE itself.
    #[serde(skip_serializing_if = "is_false")]
    pub native_tunnel: bool,
    /// The network's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub network: String,
    /// How to reach it from another network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_gateway: Option<GatewayAddress>,
    /// `Standard` or `HostNetwork`.
    pub network_mode: String,
    /// The node's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// `TCP` or `HBONE`.
    pub protocol: String,
    /// Its service account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_account: String,
    /// `namespace/hostname` of its services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// `Healthy` or `Unhealthy`.
    pub status: String,
    /// Its trust domain.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trust_domain: String,
    /// Its key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// The L7 proxy in front of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waypoint: Option<GatewayAddress>,
    /// Its addresses.
    pub workload_ips: Vec<String>,
    /// The owner's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub workload_name: String,
    /// `deployment`, `cronjob`, `pod` or `job`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub workload_type: String,
}

/// How the proxy hands connections to an application that takes them itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplicationTunnel {
    /// Where, or the original port.
    pub port: Option<u16>,
    /// `NONE` or `PROXY`.
    pub protocol: String,
}

/// Where a workload runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Locality {
    /// The region.
    pub region: String,
    /// The part of the zone.
    pub subzone: String,
    /// The zone in the region.
    pub zone: String,
}

/// One captured pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkloadState {
    /// Live connections; absent while pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Connections>,
    /// Who the pod is.
    pub info: WorkloadInfo,
    /// `Pending` or `Up`.
    pub state: String,
}

/// Live connections of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connections {
    /// Towards the pod.
    pub inbound: Vec<Connection>,
    /// From the pod.
    pub outbound: Vec<Connection>,
}

/// One live connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Connection {
    /// Where it really goes.
    pub actual_dst: String,
    /// What the client asked for: an address, or inbound a service's hostname or nothing.
    pub original_dst: Option<String>,
    /// `HBONE`, `TCP` or `DOUBLEHBONE`.
    pub protocol: String,
    /// Where it comes from.
    pub src: String,
}

/// Who a pod is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadInfo {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its service account.
    pub service_account: String,
}

impl ConfigDump {
    /// The document as the field writes it: indented, with a newline at its end.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}
