//! EndpointSlice → Workload, only for endpoints that are not pods (`control-plane.md` 6).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointPort, EndpointSlice};

use super::lookup::Lookup;
use super::reject::Reject;
use super::service;
use crate::model::{ObjectName, Owner, PortMapping, Tunnel, Workload};

/// One endpoint that is not a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointFacts {
    /// All its addresses.
    pub addresses: Vec<IpAddr>,
    /// Not said to be unready.
    pub is_ready: bool,
}

/// What of a slice matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceFacts {
    /// The service it belongs to.
    pub service: ObjectName,
    /// TCP ports by name.
    pub ports: Vec<(String, u16)>,
    /// Endpoints that are not pods.
    pub endpoints: Vec<EndpointFacts>,
    /// Pods it names, with the uid it means.
    pub refs: Vec<(ObjectName, String)>,
    /// Endpoints that could not be used.
    pub rejects: Vec<Reject>,
}

impl SliceFacts {
    /// Trims the object; `None` if it belongs to no service or holds host names.
    #[must_use]
    pub fn of(slice: &EndpointSlice) -> Option<Self> {
        let meta = &slice.metadata;
        let namespace = meta.namespace.as_deref().unwrap_or_default();
        let service = super::text::label(meta, "kubernetes.io/service-name")?;
        if slice.address_type == "FQDN" {
            return None;
        }
        let mut facts = Self {
            service: ObjectName::new(namespace, service),
            ports: slice.ports.iter().flatten().filter_map(tcp_port).collect(),
            endpoints: Vec::new(),
            refs: Vec::new(),
            rejects: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for endpoint in &slice.endpoints {
            facts.take(endpoint, namespace, &mut seen);
        }
        Some(facts)
    }

    fn take(&mut self, endpoint: &Endpoint, namespace: &str, seen: &mut BTreeSet<String>) {
        if let Some(target) = endpoint
            .target_ref
            .as_ref()
            .filter(|one| one.kind.as_deref() == Some("Pod"))
        {
            let text = |part: &Option<String>| part.clone().unwrap_or_default();
            // A reference into another namespace names no pod of this service.
            if target.namespace.as_deref().is_none_or(|other| other == namespace) {
                self.refs
                    .push((ObjectName::new(namespace, text(&target.name)), text(&target.uid)));
            }
            return;
        }
        let Some(first) = endpoint.addresses.first() else {
            return;
        };
        if !seen.insert(first.clone()) {
            self.rejects
                .push(Reject::new(first, "is listed twice in the slice"));
            return;
        }
        match endpoint
            .addresses
            .iter()
            .map(|ip| ip.parse())
            .collect::<Result<Vec<IpAddr>, _>>()
        {
            Ok(addresses) => {
                let ready = endpoint
                    .conditions
                    .as_ref()
                    .and_then(|conditions| conditions.ready);
                self.endpoints.push(EndpointFacts {
                    addresses,
                    is_ready: ready != Some(false),
                });
            }
            Err(_) => self.rejects.push(Reject::new(first, "is not an address")),
        }
    }
}

fn tcp_port(port: &EndpointPort) -> Option<(String, u16)> {
    (port.protocol.as_deref() == Some("TCP")).then_some(())?;
    Some((port.name.clone()?, u16::try_from(port.port?).ok()?))
}

/// The workloads of a slice.
pub(crate) fn workloads(name: &ObjectName, lookup: &Lookup<'_>) -> Vec<Workload> {
    let Some(slice) = lookup.own_slice(name) else {
        return Vec::new();
    };
    if slice.endpoints.is_empty() || !lookup.is_visible(&name.namespace) {
        return Vec::new();
    }
    let Some(service) = lookup
        .service(&slice.service)
        .filter(|facts| !facts.is_external_name)
    else {
        return Vec::new();
    };
    let mappings: Vec<PortMapping> = slice
        .ports
        .iter()
        .filter_map(|(port, target)| {
            let known = service.ports.iter().find(|known| known.name == *port)?;
            Some(PortMapping {
                service: known.port,
                target: *target,
            })
        })
        .collect();
    slice
        .endpoints
        .iter()
        .filter_map(|one| workload(name, slice, one, &mappings, lookup))
        .collect()
}

fn workload(
    name: &ObjectName,
    slice: &SliceFacts,
    endpoint: &EndpointFacts,
    mappings: &[PortMapping],
    lookup: &Lookup<'_>,
) -> Option<Workload> {
    let cluster = lookup.settings().cluster.clone();
    let first = endpoint.addresses.first()?;
    let key = service::key(&slice.service, lookup.settings());
    Some(Workload {
        uid: format!(
            "{cluster}/discovery.k8s.io/EndpointSlice/{}/{}/{first}",
            name.namespace, name.name
        ),
        name: name.name.clone(),
        namespace: name.namespace.clone(),
        addresses: endpoint.addresses.clone(),
        hostname: String::new(),
        place: lookup.place(lookup.network()),
        tunnel: Tunnel::None,
        trust_domain: lookup.trust_domain(),
        service_account: String::new(),
        waypoint: None,
        node: arcstr::ArcStr::new(),
        owner: Owner::default(),
        application_tunnel: None,
        services: BTreeMap::from([(key, mappings.to_vec())]),
        policies: Vec::new(),
        is_healthy: endpoint.is_ready,
        cluster,
        locality: None,
        // Its address may be shared and identifies nobody.
        is_host_network: true,
        capacity: None,
    })
}
