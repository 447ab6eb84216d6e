//! Service → Service (`control-plane.md` 5).

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Service as ServiceObject, ServicePort as PortObject, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::event::Settings;
use super::lookup::Lookup;
use super::reject::Reject;
use super::waypoint::{self, Asks, Candidate};
use super::{clusters, status, text};
use crate::model::condition::Condition;
use crate::model::{
    AppProtocol, BalanceMode, IpFamilies, Labels, LoadBalancing, NamespacedHostname, NetworkAddress,
    ObjectName, Scope, Service, ServicePort,
};

/// Where a service port leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// The same port on each endpoint.
    Number(u16),
    /// Each endpoint says its own.
    Name(String),
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortFacts {
    /// Its name, for endpoint slices.
    pub name: String,
    /// The service port.
    pub port: u16,
    /// The target.
    pub target: TargetPort,
    /// The protocol hint.
    pub protocol: AppProtocol,
}

/// What of a Service matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// For conflicts.
    pub created: i64,
    /// For the scope.
    pub labels: Labels,
    /// A DNS alias, nothing to us.
    pub is_external_name: bool,
    /// Virtual addresses as text.
    pub cluster_ips: Vec<String>,
    /// Ports.
    pub ports: Vec<PortFacts>,
    /// Which pods; empty selects nothing.
    pub selector: Labels,
    /// Families.
    pub ip_families: IpFamilies,
    /// `internalTrafficPolicy: Local`.
    pub is_node_local: bool,
    /// `spec.trafficDistribution`.
    pub distribution: Option<String>,
    /// The annotation of the same meaning.
    pub distribution_annotation: Option<String>,
    /// Unready endpoints are used too.
    pub publishes_unready: bool,
    /// Waypoint labels.
    pub asks: Option<Box<Asks>>,
    /// Conditions of ours as they stand.
    pub conditions: Vec<Condition>,
    /// Ports that could not be used.
    pub rejects: Vec<Reject>,
}

impl ServiceFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &ServiceObject) -> Self {
        let meta = &object.metadata;
        let nothing = ServiceSpec::default();
        let spec = object.spec.as_ref().unwrap_or(&nothing);
        let mut rejects = Vec::new();
        let ports = spec
            .ports
            .iter()
            .flatten()
            .filter_map(|port| match port_facts(port) {
                Ok(facts) => Some(facts),
                Err(reject) => {
                    rejects.push(reject);
                    None
                }
            });
        Self {
            created: text::created(meta),
            labels: meta.labels.clone().unwrap_or_default(),
            is_external_name: spec.type_.as_deref() == Some("ExternalName"),
            cluster_ips: cluster_ips(spec),
            ports: ports.collect(),
            selector: spec.selector.clone().unwrap_or_default(),
            ip_families: ip_families(spec),
            is_node_local: spec.internal_traffic_policy.as_deref() == Some("Local"),
            distribution: spec.traffic_distribution.clone(),
            distribution_annotation: text::annotation(meta, text::TRAFFIC_DISTRIBUTION).map(str::to_owned),
            publishes_unready: spec.publish_not_ready_addresses.unwrap_or(false),
            asks: Asks::of(meta),
            conditions: status::of_meta(
                object
                    .status
                    .as_ref()
                    .and_then(|status| status.conditions.as_deref())
                    .unwrap_or_default(),
            ),
            rejects,
        }
    }
}

fn cluster_ips(spec: &ServiceSpec) -> Vec<String> {
    let all = spec.cluster_ips.clone().filter(|ips| !ips.is_empty());
    let all = all.unwrap_or_else(|| spec.cluster_ip.clone().into_iter().collect());
    all.into_iter()
        .filter(|ip| !ip.is_empty() && ip != "None")
        .collect()
}

fn ip_families(spec: &ServiceSpec) -> IpFamilies {
    match spec.ip_families.as_deref().unwrap_or_default() {
        [] => IpFamilies::Automatic,
        [one] if one == "IPv6" => IpFamilies::V6Only,
        [_] => IpFamilies::V4Only,
        _ => IpFamilies::Dual,
    }
}

fn port_facts(port: &PortObject) -> Result<PortFacts, Reject> {
    let name = port.name.clone().unwrap_or_default();
    let reject = |what: i32| Reject::new(format!("port {name} {what}"), "is beyond 16 bits");
    let number = u16::try_from(port.port).map_err(|_| reject(port.port))?;
    let target = match &port.target_port {
        // The API server fills in the service port; an unfilled one means the same.
        None => TargetPort::Number(number),
        Some(IntOrString::Int(target)) => {
            TargetPort::Number(u16::try_from(*target).map_err(|_| reject(*target))?)
        }
        Some(IntOrString::String(target)) => TargetPort::Name(target.clone()),
    };
    let protocol = app_protocol(port, number);
    Ok(PortFacts {
        name,
        port: number,
        target,
        protocol,
    })
}

fn app_protocol(port: &PortObject, number: u16) -> AppProtocol {
    if port.protocol.as_deref() == Some("UDP") {
        return AppProtocol::Unknown;
    }
    match port.app_protocol.as_deref() {
        Some("kubernetes.io/h2c") => return AppProtocol::Http2,
        Some("kubernetes.io/ws") => return AppProtocol::Http11,
        Some("kubernetes.io/wss") => return AppProtocol::Tls,
        _ => {}
    }
    let hint = port
        .app_protocol
        .as_deref()
        .or(port.name.as_deref())
        .unwrap_or_default();
    protocol_of(hint).unwrap_or(match number {
        25 | 53 | 3306 | 27017 => AppProtocol::Tcp,
        _ => AppProtocol::Unknown,
    })
}

/// Reads a protocol name or a port name that begins with one.
pub(crate) fn protocol_of(hint: &str) -> Option<AppProtocol> {
    let hint = hint.to_ascii_lowercase();
    if hint.starts_with("grpc-web") {
        return Some(AppProtocol::Unknown);
    }
    match hint.split('-').next().unwrap_or_default() {
        "http" => Some(AppProtocol::Http11),
        "http2" => Some(AppProtocol::Http2),
        "grpc" => Some(AppProtocol::Grpc),
        "tls" | "https" => Some(AppProtocol::Tls),
        "tcp" => Some(AppProtocol::Tcp),
        _ => None,
    }
}

/// The host name of a Kubernetes Service.
pub(crate) fn hostname(name: &ObjectName, settings: &Settings) -> arcstr::ArcStr {
    arcstr::format!("{}.{}.svc.{}", name.name, name.namespace, settings.domain)
}

/// The key of a Kubernetes Service.
pub(crate) fn key(name: &ObjectName, settings: &Settings) -> NamespacedHostname {
    NamespacedHostname {
        namespace: name.namespace.clone(),
        hostname: hostname(name, settings),
    }
}

/// The service of a Service, if it is published.
pub(crate) fn service(
    name: &ObjectName,
    lookup: &Lookup<'_>,
) -> Result<Option<(Service, Vec<Condition>)>, Reject> {
    let Some((base, facts)) = clusters::base(name, lookup) else {
        return Ok(None);
    };
    let mut service = service_of(name, facts, &base)?;
    let conditions = if base.is_home() {
        service.1.into_iter().collect()
    } else {
        Vec::new()
    };
    clusters::merge(&mut service.0, &facts.labels, (name, &base), lookup);
    Ok(Some((service.0, conditions)))
}

fn service_of(
    name: &ObjectName,
    facts: &ServiceFacts,
    lookup: &Lookup<'_>,
) -> Result<(Service, Option<Condition>), Reject> {
    let candidate = Candidate {
        namespace: &name.namespace,
        asks: facts.asks.as_deref(),
        is_namespaced: false,
    };
    let binding = waypoint::of_service(&candidate, lookup);
    let network = lookup.network();
    let address = |text: &String| -> Result<NetworkAddress, Reject> {
        let ip: IpAddr = text
            .parse()
            .map_err(|_| Reject::new(format!("clusterIP {text}"), "is not an address"))?;
        Ok(NetworkAddress {
            network: network.clone(),
            ip,
            prefix: None,
        })
    };
    let service = Service {
        name: name.name.clone(),
        key: key(name, lookup.settings()),
        addresses: facts.cluster_ips.iter().map(address).collect::<Result<_, _>>()?,
        ports: facts.ports.iter().map(service_port).collect(),
        subject_alt_names: Vec::new(),
        waypoint: binding.waypoint,
        weighted_waypoints: binding.weighted,
        ingress_uses_waypoint: binding.ingress,
        is_namespaced: false,
        load_balancing: load_balancing(name, facts, lookup),
        ip_families: facts.ip_families,
        is_canonical: true,
    };
    Ok((service, binding.condition))
}

fn service_port(facts: &PortFacts) -> ServicePort {
    let target = match facts.target {
        TargetPort::Number(number) => number,
        TargetPort::Name(_) => 0,
    };
    ServicePort {
        port: facts.port,
        target,
        protocol: facts.protocol,
    }
}

/// A fresh value for each service, so that one never leaks into another (point 8).
fn load_balancing(name: &ObjectName, facts: &ServiceFacts, lookup: &Lookup<'_>) -> Option<LoadBalancing> {
    let mut chosen = if facts.is_node_local {
        Some(LoadBalancing {
            preference: vec![Scope::Node],
            mode: BalanceMode::Strict,
            ..Default::default()
        })
    } else {
        from_field(facts.distribution.as_deref())
            .or_else(|| inherited(facts.distribution_annotation.as_deref(), name, lookup))
    };
    if facts.publishes_unready {
        chosen.get_or_insert_default().allows_unhealthy = true;
    }
    chosen
}

fn from_field(distribution: Option<&str>) -> Option<LoadBalancing> {
    match distribution? {
        "PreferClose" | "PreferSameZone" => Some(prefer_zone()),
        "PreferSameNode" => Some(prefer_node()),
        _ => None,
    }
}

/// The annotation on the object, else on its namespace; an unknown value means any endpoint.
pub(crate) fn inherited(own: Option<&str>, name: &ObjectName, lookup: &Lookup<'_>) -> Option<LoadBalancing> {
    let own = own.filter(|value| !value.is_empty());
    let value = own.or_else(|| lookup.namespace(&name.namespace)?.traffic_distribution.as_deref())?;
    match value.to_ascii_lowercase().as_str() {
        "preferclose" | "prefersamezone" => Some(prefer_zone()),
        "prefersamenode" => Some(prefer_node()),
        _ => None,
    }
}

fn prefer_zone() -> LoadBalancing {
    let preference = vec![Scope::Network, Scope::Region, Scope::Zone];
    LoadBalancing {
        preference,
        mode: BalanceMode::Failover,
        allows_unhealthy: false,
    }
}

fn prefer_node() -> LoadBalancing {
    let preference = vec![
        Scope::Network,
        Scope::Region,
        Scope::Zone,
        Scope::Subzone,
        Scope::Node,
    ];
    LoadBalancing {
        preference,
        mode: BalanceMode::Failover,
        allows_unhealthy: false,
    }
}
