//! Pod → Workload (`control-plane.md` 4).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use arcstr::ArcStr;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::lookup::Lookup;
use super::reject::Reject;
use super::service::{ServiceFacts, TargetPort};
use super::{peer_authentication, service, text, waypoint, waypoint_policy};
use crate::model::{Labels, NamespacedHostname, ObjectName, PortMapping, Workload};

/// How far a pod is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Pending or running.
    #[default]
    Active,
    /// Ended well; reachable no more.
    Succeeded,
    /// Ended badly; lends its identity to nobody.
    Failed,
}

impl Phase {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("Succeeded") => Self::Succeeded,
            Some("Failed") => Self::Failed,
            _ => Self::Active,
        }
    }
}

/// What of a pod matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// Binds tokens and endpoint references to this very pod.
    pub uid: ArcStr,
    /// What the pods of one owner have alike.
    pub shape: Arc<Shape>,
    /// The node agent has captured it.
    pub is_redirected: bool,
    /// Empty until scheduled.
    pub node: ArcStr,
    /// Addresses as text: a bad one is a reject, not a lost event.
    pub ips: Vec<String>,
    /// Shares the node's addresses.
    pub is_host_network: bool,
    /// How far it is.
    pub phase: Phase,
    /// Ready and not being deleted.
    pub is_healthy: bool,
}

/// What many pods have alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// For selectors and names.
    pub labels: Labels,
    /// Account of its identity.
    pub service_account: ArcStr,
    /// The controller's name.
    pub workload_name: String,
    /// Named TCP ports.
    pub ports: BTreeMap<String, u16>,
}

impl PodFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(pod: &Pod) -> Self {
        let meta = &pod.metadata;
        let nothing = (PodSpec::default(), PodStatus::default());
        let spec = pod.spec.as_ref().unwrap_or(&nothing.0);
        let status = pod.status.as_ref().unwrap_or(&nothing.1);
        Self {
            uid: meta.uid.as_deref().unwrap_or_default().into(),
            shape: Arc::new(Shape {
                labels: meta.labels.clone().unwrap_or_default(),
                service_account: spec.service_account_name.as_deref().unwrap_or("default").into(),
                workload_name: workload_name(meta),
                ports: ports(spec),
            }),
            is_redirected: text::is_redirected(meta),
            node: spec.node_name.as_deref().unwrap_or_default().into(),
            ips: ips(status),
            is_host_network: spec.host_network.unwrap_or(false),
            phase: Phase::of(status.phase.as_deref()),
            is_healthy: is_ready(status) && meta.deletion_timestamp.is_none(),
        }
    }

    /// The Gateway that the pod helps to run, and its account (`control-plane.md` 9.1); ended pods run nothing.
    pub(crate) fn runs(&self, name: &ObjectName) -> Option<(ObjectName, ArcStr)> {
        let shape = &self.shape;
        let gateway = shape
            .labels
            .get(waypoint::GATEWAY_NAME)
            .filter(|_| self.phase == Phase::Active)?;
        let gateway = ObjectName::new(name.namespace.clone(), gateway.as_str());
        Some((gateway, shape.service_account.clone()))
    }
}

fn ips(status: &PodStatus) -> Vec<String> {
    let all: Vec<String> = status
        .pod_ips
        .iter()
        .flatten()
        .map(|entry| entry.ip.clone())
        .collect();
    if all.is_empty() {
        status
            .pod_ip
            .iter()
            .filter(|ip| !ip.is_empty())
            .cloned()
            .collect()
    } else {
        all
    }
}

fn is_ready(status: &PodStatus) -> bool {
    status
        .conditions
        .iter()
        .flatten()
        .any(|one| one.type_ == "Ready" && one.status == "True")
}

/// Named TCP ports of containers, then of sidecar init containers; the first of a name wins.
fn ports(spec: &PodSpec) -> BTreeMap<String, u16> {
    let sidecars = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let mut named = BTreeMap::new();
    for container in spec.containers.iter().chain(sidecars) {
        for (name, port) in container_ports(container) {
            named.entry(name).or_insert(port);
        }
    }
    named
}

fn container_ports(container: &Container) -> impl Iterator<Item = (String, u16)> + '_ {
    container.ports.iter().flatten().filter_map(|port| {
        let is_tcp = port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP");
        let number = u16::try_from(port.container_port).ok()?;
        is_tcp
            .then(|| port.name.clone().map(|name| (name, number)))
            .flatten()
    })
}

/// The name of what made the pod (`control-plane.md` 4.1).
fn workload_name(meta: &ObjectMeta) -> String {
    if let Some(name) = text::label(meta, "service.istio.io/workload-name") {
        return name.to_owned();
    }
    let pod = meta.name.clone().unwrap_or_default();
    if meta.generate_name.as_deref().unwrap_or_default().is_empty() {
        return pod;
    }
    let controller = meta
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.controller == Some(true));
    controller.map_or(pod, |owner| controller_name(meta, owner))
}

fn controller_name(meta: &ObjectMeta, owner: &OwnerReference) -> String {
    let stem = match owner.kind.as_str() {
        "ReplicaSet" => ["pod-template-hash", "rollouts-pod-template-hash"]
            .iter()
            .filter_map(|key| text::label(meta, key))
            .find_map(|hash| owner.name.strip_suffix(hash)?.strip_suffix('-')),
        "ReplicationController" => text::label(meta, "deploymentconfig"),
        "Job" => owner.name.rsplit_once('-').and_then(|(stem, digits)| {
            let is_time =
                (8..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_time.then_some(stem)
        }),
        _ => None,
    };
    stem.unwrap_or(&owner.name).to_owned()
}

/// The workload of a pod, if it has one.
pub(crate) fn workload(name: &ObjectName, lookup: &Lookup<'_>) -> Result<Option<Workload>, Reject> {
    let Some(pod) = lookup.own_pod(name) else {
        return Ok(None);
    };
    if pod.phase != Phase::Active || pod.ips.is_empty() || !lookup.is_visible(&name.namespace) {
        return Ok(None);
    }
    let addresses: Result<Vec<IpAddr>, Reject> = pod
        .ips
        .iter()
        .map(|ip| {
            ip.parse()
                .map_err(|_| Reject::new(format!("status.podIPs {ip}"), "is not an address"))
        })
        .collect();
    let cluster = lookup.settings().cluster.clone();
    let binding = waypoint::of_workload(&name.namespace, &pod.shape.labels, lookup);
    let services = services(name, pod, lookup);
    let mut policies = peer_authentication::references(&name.namespace, &pod.shape.labels, lookup);
    policies.extend(waypoint_policy::references(&binding, &services, lookup));
    Ok(Some(Workload {
        uid: format!("{cluster}//Pod/{}/{}", name.namespace, name.name),
        name: name.name.clone(),
        namespace: name.namespace.clone(),
        addresses: addresses?,
        hostname: String::new(),
        place: lookup.place(lookup.network()),
        tunnel: text::tunnel(&pod.shape.labels, pod.is_redirected),
        trust_domain: lookup.trust_domain(),
        service_account: pod.shape.service_account.to_string(),
        waypoint: binding.waypoint,
        node: pod.node.clone(),
        owner: text::owner(&pod.shape.labels, pod.shape.workload_name.clone()),
        application_tunnel: binding.tunnel,
        services,
        policies,
        is_healthy: pod.is_healthy,
        cluster,
        locality: lookup.locality(&pod.node).cloned(),
        is_host_network: pod.is_host_network,
        capacity: None,
    }))
}

/// Services the pod is an endpoint of, by selector or by reference, never by address (§8).
fn services(
    name: &ObjectName,
    pod: &PodFacts,
    lookup: &Lookup<'_>,
) -> BTreeMap<NamespacedHostname, Vec<PortMapping>> {
    let mut found = BTreeMap::new();
    for (key, facts) in lookup.services_of(&name.namespace) {
        let is_endpoint = if facts.selector.is_empty() {
            is_referenced(name, pod, key, lookup)
        } else {
            text::selects(&facts.selector, &pod.shape.labels)
        };
        if is_endpoint && !facts.is_external_name {
            found.insert(service::key(key, lookup.settings()), port_mappings(facts, pod));
        }
    }
    let entries = lookup
        .settings()
        .entries_select_pods
        .then(|| lookup.selecting_entries(&name.namespace));
    for (key, entry) in entries.into_iter().flatten() {
        if text::selects(&entry.selector, &pod.shape.labels) {
            for host in entry.published_hosts(key, lookup) {
                let mappings = entry
                    .ports
                    .iter()
                    .map(|port| port.for_named(&pod.shape.ports))
                    .collect();
                found.insert(host, mappings);
            }
        }
    }
    found
}

/// A slice of a selector-less service names this very pod; another uid is another pod.
fn is_referenced(name: &ObjectName, pod: &PodFacts, service: &ObjectName, lookup: &Lookup<'_>) -> bool {
    lookup.refs_to(name).is_some_and(|slices| {
        slices
            .values()
            .any(|(owner, uid)| owner == service && *uid == *pod.uid)
    })
}

/// A named port that the pod lacks is left out; the pod stays listed.
fn port_mappings(service: &ServiceFacts, pod: &PodFacts) -> Vec<PortMapping> {
    let target = |target: &TargetPort| match target {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => pod.shape.ports.get(name).copied(),
    };
    service
        .ports
        .iter()
        .filter_map(|port| {
            Some(PortMapping {
                service: port.port,
                target: target(&port.target)?,
            })
        })
        .collect()
}
