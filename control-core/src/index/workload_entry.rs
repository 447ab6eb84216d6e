//! WorkloadEntry → Workload (`control-plane.md` 7.6).

use std::collections::BTreeMap;
use std::net::IpAddr;

use arcstr::ArcStr;

use super::lookup::Lookup;
use super::service::TargetPort;
use super::{peer_authentication, service, status, text, waypoint, waypoint_policy};
use crate::crds::{WorkloadEntry, WorkloadEntrySpec};
use crate::model::condition::Condition;
use crate::model::{Labels, Locality, NamespacedHostname, ObjectName, PortMapping, Workload};

/// What of a `WorkloadEntry`, or of an inline endpoint, matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadEntryFacts {
    /// `spec.labels` under `metadata.labels`.
    pub labels: Labels,
    /// Revision it is meant for.
    pub revision: Option<String>,
    /// Captured.
    pub is_redirected: bool,
    /// The owner's name.
    pub workload_name: String,
    /// Addresses, at most one.
    pub addresses: Vec<IpAddr>,
    /// When the address is a name.
    pub hostname: String,
    /// A unix socket is no workload to a node proxy (`crds.md` 6).
    pub is_unix: bool,
    /// Target ports by name.
    pub ports: BTreeMap<String, u16>,
    /// Network, empty for the cluster's.
    pub network: ArcStr,
    /// Locality.
    pub locality: Option<Locality>,
    /// Weight.
    pub capacity: Option<u32>,
    /// Account.
    pub service_account: String,
    /// Conditions of ours as they stand.
    pub conditions: Vec<Condition>,
}

impl WorkloadEntryFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &WorkloadEntry) -> Self {
        let meta = &object.metadata;
        let mut facts = Self::of_spec(&object.spec);
        facts.labels.extend(meta.labels.clone().unwrap_or_default());
        facts.revision = text::revision(meta);
        let stored = object.status.clone().unwrap_or_default();
        facts.conditions = status::of_stored(&stored.conditions);
        facts.is_redirected = text::is_redirected(meta);
        text::annotation(meta, "istio.io/autoRegistrationGroup")
            .or_else(|| text::label(meta, "service.istio.io/workload-name"))
            .or(meta.name.as_deref())
            .unwrap_or_default()
            .clone_into(&mut facts.workload_name);
        facts
    }

    /// The part that inline endpoints have too.
    pub(crate) fn of_spec(spec: &WorkloadEntrySpec) -> Self {
        let ip: Option<IpAddr> = spec.address.parse().ok();
        let ports = spec.ports.iter().filter_map(|(name, port)| {
            Some((name.clone(), u16::try_from(*port).ok().filter(|port| *port > 0)?))
        });
        Self {
            labels: spec.labels.clone(),
            addresses: ip.into_iter().collect(),
            hostname: if ip.is_some() {
                String::new()
            } else {
                spec.address.clone()
            },
            is_unix: spec.address.starts_with("unix://"),
            ports: ports.collect(),
            network: spec.network.as_str().into(),
            locality: Locality::parse(&spec.locality),
            capacity: (spec.weight > 0).then_some(spec.weight),
            service_account: spec.service_account.clone(),
            ..Self::default()
        }
    }
}

/// The workload of an entry.
pub(crate) fn workload(name: &ObjectName, lookup: &Lookup<'_>) -> Option<(Workload, Option<Condition>)> {
    let entry = lookup.own_workload_entry(name)?;
    let is_used = lookup.is_visible(&name.namespace) && lookup.is_ours(entry.revision.as_ref());
    if !is_used || entry.is_unix {
        return None;
    }
    let cluster = lookup.settings().cluster.clone();
    let binding = waypoint::of_workload(&name.namespace, &entry.labels, lookup);
    let services = services(name, entry, lookup);
    let mut policies = peer_authentication::references(&name.namespace, &entry.labels, lookup);
    policies.extend(waypoint_policy::references(&binding, &services, lookup));
    let network = if entry.network.is_empty() {
        lookup.network()
    } else {
        entry.network.clone()
    };
    let workload = Workload {
        uid: format!(
            "{cluster}/networking.istio.io/WorkloadEntry/{}/{}",
            name.namespace, name.name
        ),
        name: name.name.clone(),
        namespace: name.namespace.clone(),
        addresses: entry.addresses.clone(),
        hostname: entry.hostname.clone(),
        place: lookup.place(network),
        tunnel: text::tunnel(&entry.labels, entry.is_redirected),
        trust_domain: lookup.trust_domain(),
        service_account: entry.service_account.clone(),
        waypoint: binding.waypoint,
        node: ArcStr::new(),
        owner: text::owner(&entry.labels, entry.workload_name.clone()),
        application_tunnel: binding.tunnel,
        services,
        policies,
        is_healthy: true,
        cluster,
        locality: entry.locality.clone(),
        is_host_network: false,
        capacity: entry.capacity,
    };
    Some((workload, binding.condition))
}

fn services(
    name: &ObjectName,
    entry: &WorkloadEntryFacts,
    lookup: &Lookup<'_>,
) -> BTreeMap<NamespacedHostname, Vec<PortMapping>> {
    let mut found = BTreeMap::new();
    let services = lookup
        .settings()
        .services_select_entries
        .then(|| lookup.services_of(&name.namespace));
    for (key, facts) in services.into_iter().flatten() {
        let is_selected = !facts.selector.is_empty() && text::selects(&facts.selector, &entry.labels);
        if is_selected && !facts.is_external_name {
            let mapping = |port: &service::PortFacts| {
                let target = match &port.target {
                    TargetPort::Name(target) => entry.ports.get(target).copied()?,
                    TargetPort::Number(number) => entry.ports.get(&port.name).copied().unwrap_or(*number),
                };
                Some(PortMapping {
                    service: port.port,
                    target,
                })
            };
            let mappings = facts.ports.iter().filter_map(mapping).collect();
            found.insert(service::key(key, lookup.settings()), mappings);
        }
    }
    for (key, facts) in lookup.selecting_entries(&name.namespace) {
        if text::selects(&facts.selector, &entry.labels) {
            for host in facts.published_hosts(key, lookup) {
                found.insert(
                    host,
                    facts
                        .ports
                        .iter()
                        .map(|port| port.for_named(&entry.ports))
                        .collect(),
                );
            }
        }
    }
    found
}
