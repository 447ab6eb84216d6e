//! ServiceEntry → services and workloads (`control-plane.md` 7.1 to 7.3).

use std::collections::BTreeMap;
use std::net::IpAddr;

use arcstr::ArcStr;

use super::allocation::Entry;
use super::entry_visibility::visibility;
use super::inputs::Claim;
use super::lookup::Lookup;
use super::reject::Reject;
use super::waypoint::{self, Asks, Binding, Candidate};
use super::workload_entry::WorkloadEntryFacts;
use super::{clusters, peer_authentication, service, status, text, waypoint_policy};
use crate::crds::{EntryPort, ServiceEntry};
use crate::mesh_config::EntryVisibility;
use crate::model::condition::{Condition, VISIBILITY_APPLIED, WAYPOINT_MISSING};
use crate::model::{
    AppProtocol, BalanceMode, IpFamilies, Labels, LoadBalancing, NamespacedHostname, NetworkAddress,
    ObjectName, PortMapping, Service, ServicePort, Workload,
};

/// `false` opts out of allocation.
const AUTO_ALLOCATE: &str = "networking.istio.io/enable-autoallocate-ip";

/// How endpoints are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// To the original address.
    None,
    /// As listed.
    Static,
    /// By DNS.
    Dns,
    /// By DNS for each name under a wildcard.
    DynamicDns,
}

/// One port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPortFacts {
    /// Its name.
    pub name: String,
    /// The service port.
    pub port: u16,
    /// The target port.
    pub target: u16,
    /// Protocol hint.
    pub protocol: AppProtocol,
}

impl EntryPortFacts {
    fn of(port: &EntryPort) -> Option<Self> {
        let number = u16::try_from(port.number).ok().filter(|port| *port > 0)?;
        let target = match port.target_port {
            Some(target) => u16::try_from(target).ok().filter(|port| *port > 0)?,
            None => number,
        };
        let protocol = service::protocol_of(&port.protocol).unwrap_or_default();
        Some(Self {
            name: port.name.clone(),
            port: number,
            target,
            protocol,
        })
    }

    /// The port of an endpoint that may name its own.
    pub(crate) fn for_named(&self, ports: &BTreeMap<String, u16>) -> PortMapping {
        PortMapping {
            service: self.port,
            target: ports.get(&self.name).copied().unwrap_or(self.target),
        }
    }
}

/// What of a `ServiceEntry` matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntryFacts {
    /// For conflicts.
    pub created: i64,
    /// Revision it is meant for.
    pub revision: Option<String>,
    /// For policies, names and the tunnel of its endpoints.
    pub labels: Labels,
    /// Captured.
    pub is_redirected: bool,
    /// Host names.
    pub hosts: Vec<ArcStr>,
    /// Virtual addresses as text.
    pub addresses: Vec<String>,
    /// Allocated ones by host.
    pub allocated: Vec<(String, String)>,
    /// Ports.
    pub ports: Vec<EntryPortFacts>,
    /// How endpoints are found.
    pub resolution: Resolution,
    /// Inline endpoints.
    pub endpoints: Vec<WorkloadEntryFacts>,
    /// Labels of pods and entries; empty selects nothing.
    pub selector: Labels,
    /// Extra identities.
    pub subject_alt_names: Vec<String>,
    /// Preference for near endpoints.
    pub distribution: Option<String>,
    /// Waypoint labels.
    pub asks: Option<Box<Asks>>,
    /// Conditions of ours as they stand.
    pub conditions: Vec<Condition>,
    /// What could not be used.
    pub rejects: Vec<Reject>,
}

impl ServiceEntryFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &ServiceEntry) -> Self {
        let (meta, spec) = (&object.metadata, &object.spec);
        let mut rejects = Vec::new();
        let mut ports = Vec::new();
        for port in &spec.ports {
            match EntryPortFacts::of(port) {
                Some(facts) => ports.push(facts),
                None => rejects.push(Reject::new(format!("port {}", port.name), "is not 1 to 65535")),
            }
        }
        let stored = object.status.clone().unwrap_or_default();
        Self {
            created: text::created(meta),
            revision: text::revision(meta),
            labels: meta.labels.clone().unwrap_or_default(),
            is_redirected: text::is_redirected(meta),
            hosts: spec.hosts.iter().map(ArcStr::from).collect(),
            addresses: spec.addresses.clone(),
            allocated: stored
                .addresses
                .into_iter()
                .map(|one| (one.host, one.value))
                .collect(),
            ports,
            resolution: match spec.resolution.as_deref() {
                Some("STATIC") => Resolution::Static,
                Some("DNS" | "DNS_ROUND_ROBIN") => Resolution::Dns,
                Some("DYNAMIC_DNS") => Resolution::DynamicDns,
                _ => Resolution::None,
            },
            endpoints: spec.endpoints.iter().map(WorkloadEntryFacts::of_spec).collect(),
            selector: spec.workload_selector.clone().unwrap_or_default().labels,
            subject_alt_names: spec.subject_alt_names.clone(),
            distribution: text::annotation(meta, text::TRAFFIC_DISTRIBUTION).map(str::to_owned),
            asks: Asks::of(meta),
            conditions: status::of_stored(&stored.conditions),
            rejects,
        }
    }

    /// The host names it wants.
    pub(crate) fn claims(&self, name: &ObjectName) -> Vec<(ArcStr, Claim)> {
        let claim = |host: &ArcStr| {
            let (object, revision) = (name.clone(), self.revision.clone());
            (
                host.clone(),
                Claim {
                    is_entry: true,
                    created: self.created,
                    object,
                    revision,
                },
            )
        };
        self.hosts.iter().map(claim).collect()
    }

    /// What it is to have allocated (7.4).
    pub(crate) fn to_allocate(&self, name: &ObjectName, lookup: &Lookup<'_>) -> Entry {
        let opts_out = self
            .labels
            .get(AUTO_ALLOCATE)
            .is_some_and(|value| value.eq_ignore_ascii_case("false"));
        let is_eligible = self.resolution != Resolution::None
            && !opts_out
            && self.addresses.is_empty()
            && lookup.is_visible(&name.namespace)
            && lookup.is_ours(self.revision.as_ref());
        let mut hosts: Vec<String> = Vec::new();
        for host in self.hosts.iter().filter(|_| is_eligible) {
            let may = !host.starts_with("*.") || self.resolution == Resolution::DynamicDns;
            if may && !hosts.iter().any(|one| one == host.as_str()) {
                hosts.push(host.to_string());
            }
        }
        Entry {
            name: name.clone(),
            created: self.created,
            hosts,
            written: self
                .addresses
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
            allocated: self.allocated.clone(),
        }
    }

    /// The hosts it keeps within its namespace.
    pub(crate) fn published_hosts(&self, name: &ObjectName, lookup: &Lookup<'_>) -> Vec<NamespacedHostname> {
        let is_kept = |host: &&ArcStr| {
            let claims = lookup.claims(host);
            let first = claims
                .iter()
                .find(|claim| claim.object.namespace == name.namespace);
            first.is_some_and(|claim| claim.is_entry && claim.object == *name)
        };
        let key = |host: &ArcStr| NamespacedHostname {
            namespace: name.namespace.clone(),
            hostname: host.clone(),
        };
        self.hosts.iter().filter(is_kept).map(key).collect()
    }
}

/// What an entry yields.
#[derive(Debug, Default)]
pub(crate) struct Yield {
    pub(crate) services: Vec<Service>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) conditions: Vec<Condition>,
}

/// The services and workloads of an entry, and what to say about it.
pub(crate) fn derive(name: &ObjectName, lookup: &Lookup<'_>) -> Result<Yield, Reject> {
    let Some(entry) = lookup.own_service_entry(name) else {
        return Ok(Yield::default());
    };
    if !lookup.is_visible(&name.namespace) || !lookup.is_ours(entry.revision.as_ref()) {
        return Ok(Yield::default());
    }
    let visibility = visibility(name, lookup);
    if visibility == Some(EntryVisibility::None) {
        return Ok(Yield::default());
    }
    let hosts = entry.published_hosts(name, lookup);
    if hosts.is_empty() {
        return Err(Reject::new(
            "spec.hosts",
            "every host belongs to another object of the namespace",
        ));
    }
    let candidate = Candidate {
        namespace: &name.namespace,
        asks: entry.asks.as_deref(),
        is_namespaced: visibility == Some(EntryVisibility::Namespace),
    };
    let binding = waypoint::of_service(&candidate, lookup);
    let services = hosts
        .iter()
        .map(|host| service_of(name, entry, host, (&candidate, &binding), lookup));
    let services = services.collect::<Result<_, _>>()?;
    Ok(Yield {
        services,
        workloads: workloads(name, entry, &hosts, lookup),
        conditions: conditions(entry, visibility, binding),
    })
}

fn conditions(
    entry: &ServiceEntryFacts,
    visibility: Option<EntryVisibility>,
    binding: Binding,
) -> Vec<Condition> {
    let mut all = Vec::new();
    let is_bound = binding.waypoint.is_some();
    all.extend(binding.condition);
    let is_wildcard = entry.hosts.iter().any(|host| host.starts_with("*."));
    if is_wildcard && entry.resolution == Resolution::DynamicDns && !is_bound {
        let message =
            "a wildcard entry that is resolved for each name has no effect until a waypoint is bound";
        all.push(Condition::new(
            WAYPOINT_MISSING,
            true,
            "NoWaypointForWildcardService",
            message,
        ));
    }
    match visibility {
        Some(EntryVisibility::Public) => {
            all.push(Condition::new(
                VISIBILITY_APPLIED,
                true,
                "Public",
                "visible to every namespace",
            ));
        }
        Some(EntryVisibility::Namespace) => {
            all.push(Condition::new(
                VISIBILITY_APPLIED,
                true,
                "Namespace",
                "visible to its own namespace alone",
            ));
        }
        Some(EntryVisibility::None) | None => {}
    }
    all
}

fn service_of(
    name: &ObjectName,
    entry: &ServiceEntryFacts,
    host: &NamespacedHostname,
    (candidate, binding): (&Candidate<'_>, &Binding),
    lookup: &Lookup<'_>,
) -> Result<Service, Reject> {
    let claims = lookup.claims(&host.hostname);
    let is_canonical = claims
        .first()
        .is_some_and(|claim| claim.is_entry && claim.object == *name);
    let ports = entry.ports.iter().map(|port| ServicePort {
        port: port.port,
        target: port.target,
        protocol: port.protocol,
    });
    let load_balancing = if entry.resolution == Resolution::None {
        let mode = BalanceMode::Passthrough;
        Some(LoadBalancing {
            preference: Vec::new(),
            mode,
            allows_unhealthy: true,
        })
    } else {
        service::inherited(entry.distribution.as_deref(), name, lookup)
    };
    let mut service = Service {
        name: name.name.clone(),
        key: host.clone(),
        addresses: addresses(entry, host, lookup)?,
        ports: ports.collect(),
        subject_alt_names: entry.subject_alt_names.clone(),
        waypoint: binding.waypoint.clone(),
        weighted_waypoints: binding.weighted.clone(),
        ingress_uses_waypoint: binding.ingress,
        is_namespaced: candidate.is_namespaced,
        load_balancing,
        ip_families: IpFamilies::Automatic,
        is_canonical,
    };
    clusters::merge_entry(&mut service, &entry.labels, lookup);
    Ok(service)
}

/// Own addresses, else the allocated ones of the host; wildcards only with `DYNAMIC_DNS` (7.1).
fn addresses(
    entry: &ServiceEntryFacts,
    host: &NamespacedHostname,
    lookup: &Lookup<'_>,
) -> Result<Vec<NetworkAddress>, Reject> {
    let network = lookup.network();
    let may_allocate = entry.resolution != Resolution::None
        && (!host.hostname.starts_with("*.") || entry.resolution == Resolution::DynamicDns);
    let texts: Vec<&String> = if !entry.addresses.is_empty() {
        entry.addresses.iter().collect()
    } else if may_allocate {
        let own = entry
            .allocated
            .iter()
            .filter(|(owner, _)| *owner == host.hostname.as_str());
        own.map(|(_, value)| value).collect()
    } else {
        Vec::new()
    };
    texts.into_iter().map(|text| address(text, &network)).collect()
}

fn address(text: &str, network: &ArcStr) -> Result<NetworkAddress, Reject> {
    let bad = || Reject::new(format!("spec.addresses {text}"), "is not an address or range");
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(NetworkAddress {
            network: network.clone(),
            ip,
            prefix: None,
        });
    }
    let range: ipnet::IpNet = text.parse().map_err(|_| bad())?;
    Ok(NetworkAddress {
        network: network.clone(),
        ip: range.network(),
        prefix: Some(range.prefix_len()),
    })
}

fn workloads(
    name: &ObjectName,
    entry: &ServiceEntryFacts,
    hosts: &[NamespacedHostname],
    lookup: &Lookup<'_>,
) -> Vec<Workload> {
    let resolves = matches!(entry.resolution, Resolution::Dns | Resolution::DynamicDns);
    if entry.endpoints.is_empty() {
        if !resolves || !entry.selector.is_empty() {
            return Vec::new();
        }
        let implicit = |host: &NamespacedHostname| {
            let endpoint = WorkloadEntryFacts {
                hostname: host.hostname.to_string(),
                ..Default::default()
            };
            workload(name, entry, &endpoint, std::slice::from_ref(host), lookup)
        };
        return hosts.iter().map(implicit).collect();
    }
    let inline = entry.endpoints.iter().filter(|endpoint| !endpoint.is_unix);
    inline
        .map(|endpoint| workload(name, entry, endpoint, hosts, lookup))
        .collect()
}

fn workload(
    name: &ObjectName,
    entry: &ServiceEntryFacts,
    endpoint: &WorkloadEntryFacts,
    hosts: &[NamespacedHostname],
    lookup: &Lookup<'_>,
) -> Workload {
    let cluster = lookup.settings().cluster.clone();
    let address = endpoint
        .addresses
        .first()
        .map_or_else(|| endpoint.hostname.clone(), IpAddr::to_string);
    let mappings: Vec<PortMapping> = entry
        .ports
        .iter()
        .map(|port| port.for_named(&endpoint.ports))
        .collect();
    // The override is the endpoint's own and does not stick to the next one (7.2).
    let network = if endpoint.network.is_empty() {
        lookup.network()
    } else {
        endpoint.network.clone()
    };
    // an implicit endpoint has no labels of its own, and so no waypoint of its own (7.2)
    let is_implicit = entry.endpoints.is_empty();
    let binding = if is_implicit {
        waypoint::WorkloadBinding::default()
    } else {
        waypoint::of_workload(&name.namespace, &endpoint.labels, lookup)
    };
    let services = hosts.iter().map(|host| (host.clone(), mappings.clone()));
    let services: BTreeMap<_, _> = services.collect();
    let mut policies = peer_authentication::references(&name.namespace, &entry.labels, lookup);
    policies.extend(waypoint_policy::references(&binding, &services, lookup));
    Workload {
        uid: format!(
            "{cluster}/networking.istio.io/ServiceEntry/{}/{}/{address}",
            name.namespace, name.name
        ),
        name: name.name.clone(),
        namespace: name.namespace.clone(),
        addresses: endpoint.addresses.clone(),
        hostname: endpoint.hostname.clone(),
        place: lookup.place(network),
        tunnel: text::tunnel(&entry.labels, entry.is_redirected),
        trust_domain: lookup.trust_domain(),
        service_account: endpoint.service_account.clone(),
        waypoint: binding.waypoint,
        node: ArcStr::new(),
        owner: text::owner(&entry.labels, name.name.to_string()),
        application_tunnel: binding.tunnel,
        services,
        policies,
        is_healthy: true,
        cluster,
        locality: endpoint.locality.clone(),
        is_host_network: false,
        capacity: endpoint.capacity,
    }
}
