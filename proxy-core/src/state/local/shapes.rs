//! The shapes of the file: those of the dump, but strict, and with the port maps of each workload's services.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use mesh_wire::dump::StringMatch;
use serde::Deserialize;

/// Service port to target port.
pub(super) type Ports = BTreeMap<u16, u16>;

/// The document.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub(super) workloads: Vec<Workload>,
    pub(super) services: Vec<Service>,
    pub(super) policies: Vec<Policy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Workload {
    #[serde(rename = "workloadIps")]
    pub(super) ips: Vec<IpAddr>,
    pub(super) protocol: Protocol,
    pub(super) network_mode: NetworkMode,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) status: Status,
    pub(super) cluster_id: String,
    pub(super) capacity: Option<u32>,
    pub(super) uid: String,
    pub(super) trust_domain: String,
    pub(super) service_account: String,
    pub(super) network: String,
    #[serde(rename = "workloadName")]
    pub(super) owner: String,
    #[serde(rename = "workloadType")]
    pub(super) kind: WorkloadType,
    pub(super) canonical_name: String,
    pub(super) canonical_revision: String,
    pub(super) hostname: String,
    pub(super) node: String,
    pub(super) native_tunnel: bool,
    pub(super) waypoint: Option<GatewayAddress>,
    pub(super) network_gateway: Option<GatewayAddress>,
    pub(super) application_tunnel: Option<ApplicationTunnel>,
    pub(super) authorization_policies: Vec<String>,
    pub(super) locality: Locality,
    pub(super) services: BTreeMap<String, Ports>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Protocol {
    #[default]
    #[serde(rename = "TCP")]
    Tcp,
    #[serde(rename = "HBONE")]
    Hbone,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum NetworkMode {
    #[default]
    Standard,
    HostNetwork,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Status {
    #[default]
    Healthy,
    Unhealthy,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WorkloadType {
    #[default]
    Deployment,
    CronJob,
    Pod,
    Job,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GatewayAddress {
    pub(super) destination: String,
    pub(super) hbone_mtls_port: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationTunnel {
    pub(super) protocol: ApplicationProtocol,
    #[serde(default)]
    pub(super) port: Option<u16>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ApplicationProtocol {
    None,
    Proxy,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Locality {
    pub(super) region: String,
    pub(super) zone: String,
    pub(super) subzone: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) hostname: String,
    pub(super) vips: Vec<String>,
    pub(super) cidr_vips: Vec<CidrVip>,
    pub(super) ports: Ports,
    /// Follow from the workloads; a file that says otherwise is an error.
    pub(super) endpoints: BTreeMap<String, serde_json::Value>,
    pub(super) subject_alt_names: Vec<String>,
    pub(super) waypoint: Option<GatewayAddress>,
    pub(super) weighted_waypoints: Vec<WeightedWaypoint>,
    pub(super) load_balancer: Option<LoadBalancer>,
    pub(super) ip_families: Option<IpFamilies>,
    pub(super) canonical: bool,
    pub(super) visibility: Visibility,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CidrVip {
    #[serde(default)]
    pub(super) network: String,
    pub(super) cidr: IpNet,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeightedWaypoint {
    pub(super) destination: GatewayAddress,
    pub(super) weight: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct LoadBalancer {
    pub(super) routing_preferences: Vec<Scope>,
    pub(super) mode: Mode,
    pub(super) health_policy: HealthPolicy,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum Scope {
    Region,
    Zone,
    Subzone,
    Node,
    Cluster,
    Network,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Mode {
    #[default]
    Standard,
    Strict,
    Failover,
    Passthrough,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum HealthPolicy {
    #[default]
    OnlyHealthy,
    AllowAll,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum IpFamilies {
    #[serde(rename = "IPv4")]
    V4,
    #[serde(rename = "IPv6")]
    V6,
    Dual,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Visibility {
    #[default]
    Public,
    Namespace,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) scope: PolicyScope,
    pub(super) action: Action,
    #[serde(default)]
    pub(super) dry_run: bool,
    #[serde(default)]
    pub(super) rules: Vec<Vec<Vec<Match>>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum PolicyScope {
    Global,
    Namespace,
    WorkloadSelector,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) enum Action {
    Allow,
    Deny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Match {
    pub(super) namespaces: Vec<StringMatch>,
    pub(super) not_namespaces: Vec<StringMatch>,
    pub(super) principals: Vec<StringMatch>,
    pub(super) not_principals: Vec<StringMatch>,
    pub(super) service_accounts: Vec<ServiceAccount>,
    pub(super) not_service_accounts: Vec<ServiceAccount>,
    pub(super) source_ips: Vec<IpNet>,
    pub(super) not_source_ips: Vec<IpNet>,
    pub(super) destination_ips: Vec<IpNet>,
    pub(super) not_destination_ips: Vec<IpNet>,
    pub(super) destination_ports: Vec<u16>,
    pub(super) not_destination_ports: Vec<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ServiceAccount {
    pub(super) namespace: String,
    pub(super) service_account: String,
}
