//! Other clusters: their facts, what of them counts here, and what stands for the workloads of other networks
//! (`control-plane.md` 11.3).
//!
//! Only services that span clusters are taken from other clusters. Their workloads in our network are published as they
//! are; those of another network are hidden behind its gateway, and one aggregate for each service stands for them.

use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;

use super::event::{Event, Settings};
use super::inputs::{Inputs, Touched};
use super::lookup::{Fact, Lookup, Unit};
use super::namespace::NamespaceFacts;
use super::reject::Reject;
use super::service::{ServiceFacts, TargetPort, hostname};
use super::service_entry::ServiceEntryFacts;
use super::{endpoint_slice, gateway, pod};
use crate::model::{
    Labels, NamespacedHostname, NetworkAddress, ObjectName, Owner, Place, PortMapping, Service, Tunnel,
    Workload,
};

/// All facts of another cluster, gathered before the index knows of any.
#[derive(Clone, Debug)]
pub struct ClusterFacts(Inputs);

impl Default for ClusterFacts {
    fn default() -> Self {
        Self(Inputs {
            is_remote: true,
            ..Inputs::default()
        })
    }
}

impl ClusterFacts {
    /// Takes an event of that cluster in.
    pub fn stage(&mut self, event: Event) {
        self.0.apply(event, &mut Touched::default());
    }

    /// Its namespaces.
    #[must_use]
    pub fn namespaces(&self) -> &BTreeMap<ArcStr, NamespaceFacts> {
        &self.0.namespaces
    }
}

/// The settings under which another cluster's objects are read: ours, with its id.
pub(super) fn remote_settings(settings: &Settings, cluster: &ArcStr) -> Settings {
    Settings {
        cluster: cluster.clone(),
        ..settings.clone()
    }
}

impl Unit {
    /// A derivation of another cluster as our index has it; what configures the mesh is not taken from there.
    pub(super) fn seen_from_home(self, cluster: &ArcStr) -> Option<Self> {
        match self {
            Self::Pod(_) | Self::Slice(_) | Self::Gateway(_) => {
                Some(Self::Remote(cluster.clone(), Box::new(self)))
            }
            // one service for all clusters that have it
            Self::Service(_) => Some(self),
            _ => None,
        }
    }
}

impl Inputs {
    /// Every pod of every other cluster.
    pub(super) fn remote_pods(&self) -> BTreeSet<(ArcStr, ObjectName)> {
        let all = self.remotes.iter();
        all.flat_map(|(cluster, remote)| remote.pods.keys().map(|pod| (cluster.clone(), pod.clone())))
            .collect()
    }

    pub(super) fn apply_remote(&mut self, cluster: &ArcStr, event: Event, touched: &mut Touched) {
        let Some(remote) = self.remotes.get_mut(cluster) else {
            return;
        };
        let mut inner = Touched::default();
        remote.apply(event, &mut inner);
        let far = |pod| (cluster.clone(), pod);
        touched.remote_pods.extend(inner.pods.into_iter().map(far));
        for fact in inner.facts {
            touched.facts.insert(match fact {
                // ways into a network are asked for without saying where they are
                Fact::GatewaysInto(_) => fact,
                fact => Fact::Remote(cluster.clone(), Box::new(fact)),
            });
        }
        let units = inner.units.into_iter();
        touched
            .units
            .extend(units.filter_map(|unit| unit.seen_from_home(cluster)));
    }

    /// Another cluster is now this, or gone.
    pub(super) fn set_cluster(
        &mut self,
        cluster: ArcStr,
        facts: Option<ClusterFacts>,
        touched: &mut Touched,
    ) {
        let old = match facts {
            Some(ClusterFacts(mut fresh)) => {
                fresh.settings = remote_settings(&self.settings, &cluster);
                self.remotes.insert(cluster.clone(), fresh)
            }
            None => self.remotes.remove(&cluster),
        };
        for inputs in [old.as_ref(), self.remotes.get(&cluster)].into_iter().flatten() {
            let units = inputs.units().into_iter();
            touched
                .units
                .extend(units.filter_map(|unit| unit.seen_from_home(&cluster)));
            let far = |pod: &ObjectName| (cluster.clone(), pod.clone());
            touched.remote_pods.extend(inputs.pods.keys().map(far));
            touched
                .facts
                .extend(inputs.ways.keys().cloned().map(Fact::GatewaysInto));
        }
        touched.facts.insert(Fact::Clusters);
        touched.clusters.insert(cluster);
    }
}

/// One workload that another network hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    capacity: u32,
    /// Empty if it has none.
    identity: String,
    is_healthy: bool,
}

/// The workloads of one service in one network, by uid.
pub(crate) type Members = BTreeMap<String, Member>;

/// What other networks hide, by service and network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden(BTreeMap<NamespacedHostname, BTreeMap<ArcStr, Members>>);

/// What one derivation hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Veiled {
    uid: String,
    network: ArcStr,
    hosts: Vec<NamespacedHostname>,
    member: Member,
}

impl Veiled {
    fn of(workload: &Workload, lookup: &Lookup<'_>) -> Self {
        let settings = lookup.settings();
        let identity = if workload.service_account.is_empty() {
            String::new()
        } else {
            let (domain, namespace) = (&settings.trust_domain, &workload.namespace);
            format!("spiffe://{domain}/ns/{namespace}/sa/{}", workload.service_account)
        };
        Self {
            uid: workload.uid.clone(),
            network: workload.place.network.clone(),
            hosts: workload.services.keys().cloned().collect(),
            member: Member {
                capacity: workload.capacity.unwrap_or(1).max(1),
                identity,
                is_healthy: workload.is_healthy,
            },
        }
    }
}

impl Hidden {
    pub(crate) fn behind(&self, host: &NamespacedHostname) -> Option<&BTreeMap<ArcStr, Members>> {
        self.0.get(host)
    }

    /// Puts what a derivation hides now in the place of what it hid, and says what may differ by that.
    pub(crate) fn replace(&mut self, old: &[Veiled], fresh: &[Veiled], touched: &mut Touched) {
        for one in old {
            for host in &one.hosts {
                self.remove(host, one);
                touch(host, one, touched);
            }
        }
        for one in fresh {
            for host in &one.hosts {
                let members = self.0.entry(host.clone()).or_default();
                let members = members.entry(one.network.clone()).or_default();
                members.insert(one.uid.clone(), one.member.clone());
                touch(host, one, touched);
            }
        }
    }

    fn remove(&mut self, host: &NamespacedHostname, one: &Veiled) {
        let Some(networks) = self.0.get_mut(host) else {
            return;
        };
        if let Some(members) = networks.get_mut(&one.network) {
            members.remove(&one.uid);
            if members.is_empty() {
                networks.remove(&one.network);
            }
        }
        if networks.is_empty() {
            self.0.remove(host);
        }
    }
}

fn touch(host: &NamespacedHostname, one: &Veiled, touched: &mut Touched) {
    touched.facts.insert(Fact::Behind(host.clone()));
    touched
        .units
        .insert(Unit::Aggregate(one.network.clone(), host.clone()));
}

/// The Service whose host name this is.
fn object_of(host: &NamespacedHostname, settings: &Settings) -> Option<ObjectName> {
    let suffix = format!(".{}.svc.{}", host.namespace, settings.domain);
    let name = host.hostname.strip_suffix(&suffix)?;
    Some(ObjectName::new(host.namespace.clone(), name))
}

/// Whether the mesh configuration makes a service one of all clusters.
fn is_global(namespace: &ArcStr, labels: &Labels, lookup: &Lookup<'_>) -> bool {
    let of_namespace = lookup.labels_of(namespace);
    let mut scopes = lookup.settings().scopes.iter();
    scopes.any(|rule| rule.makes_global(of_namespace, labels))
}

/// The entry of ours that has a Service's host name.
fn entry_of<'a>(name: &ObjectName, lookup: &Lookup<'a>) -> Option<&'a ServiceEntryFacts> {
    entry_named(&name.namespace, &hostname(name, lookup.settings()), lookup)
}

/// The entry of ours that has a host name in a namespace.
fn entry_named<'a>(namespace: &ArcStr, host: &ArcStr, lookup: &Lookup<'a>) -> Option<&'a ServiceEntryFacts> {
    let mut claims = lookup.claims(host).into_iter();
    let first = claims.find(|claim| claim.is_entry && claim.object.namespace == *namespace)?;
    lookup.service_entry(&first.object)
}

/// Whether a Service of the cluster that is looked from counts: ours always, another's if it spans clusters, and nothing
/// of ours keeps the name for this cluster.
pub(crate) fn is_in_view(name: &ObjectName, facts: &ServiceFacts, lookup: &Lookup<'_>) -> bool {
    if lookup.is_home() {
        return true;
    }
    let namespace = &name.namespace;
    if !lookup.settings().multi_network || !is_global(namespace, &facts.labels, lookup) {
        return false;
    }
    let home = lookup.home();
    match home.service(name) {
        Some(own) => {
            !own.is_external_name && home.is_visible(namespace) && is_global(namespace, &own.labels, &home)
        }
        None => entry_of(name, &home).is_none_or(|entry| is_global(namespace, &entry.labels, &home)),
    }
}

/// The Service that decides what a name is: ours, else that of the first cluster that has one for all.
pub(crate) fn base<'a>(name: &ObjectName, lookup: &Lookup<'a>) -> Option<(Lookup<'a>, &'a ServiceFacts)> {
    if let Some(facts) = lookup.own_service(name) {
        let is_published = !facts.is_external_name && lookup.is_visible(&name.namespace);
        return is_published.then(|| (lookup.home(), facts));
    }
    if !lookup.settings().multi_network || entry_of(name, lookup).is_some() {
        return None;
    }
    all_of(name, lookup).into_iter().next()
}

/// A Service as other clusters have it, where it counts.
fn all_of<'a>(name: &ObjectName, lookup: &Lookup<'a>) -> Vec<(Lookup<'a>, &'a ServiceFacts)> {
    let remotes = lookup.remotes().into_iter();
    let found = remotes.filter_map(|remote| {
        let facts = remote.service(name).filter(|facts| !facts.is_external_name)?;
        remote.is_visible(&name.namespace).then_some((remote, facts))
    });
    found.collect()
}

/// Adds what other clusters have of a service, and who its hidden workloads are.
pub(crate) fn merge(
    service: &mut Service,
    labels: &Labels,
    (name, base): (&ObjectName, &Lookup<'_>),
    lookup: &Lookup<'_>,
) {
    let spans =
        lookup.settings().multi_network && (!base.is_home() || is_global(&name.namespace, labels, base));
    if !spans {
        return;
    }
    let mut addresses: BTreeSet<NetworkAddress> = service.addresses.iter().cloned().collect();
    for (remote, facts) in all_of(name, lookup) {
        let network = remote.network();
        let ips = facts.cluster_ips.iter().filter_map(|text| text.parse().ok());
        addresses.extend(ips.map(|ip| NetworkAddress {
            network: network.clone(),
            ip,
            prefix: None,
        }));
    }
    if addresses.len() > service.addresses.len() {
        service.addresses = addresses.into_iter().collect();
    }
    name_hidden(service, lookup);
}

/// Who the hidden workloads of a service are.
fn name_hidden(service: &mut Service, lookup: &Lookup<'_>) {
    let hidden = lookup.behind(&service.key).into_iter().flatten();
    let mut identities: BTreeSet<String> = hidden
        .flat_map(|(_, members)| members.values())
        .map(|member| member.identity.clone())
        .filter(|identity| !identity.is_empty())
        .collect();
    if !identities.is_empty() {
        identities.extend(service.subject_alt_names.drain(..));
        service.subject_alt_names = identities.into_iter().collect();
    }
}

/// The same for an entry: what other clusters have of it if it has a Service's host name, and in any case who of those
/// that it selects is hidden.
pub(crate) fn merge_entry(service: &mut Service, labels: &Labels, lookup: &Lookup<'_>) {
    if !lookup.settings().multi_network {
        return;
    }
    match object_of(&service.key, lookup.settings()) {
        Some(name) => merge(service, labels, (&name, lookup), lookup),
        None if is_global(&service.key.namespace, labels, lookup) => name_hidden(service, lookup),
        None => {}
    }
}

/// Clusters that disagree about a service's ports are told so; the base's are used.
pub(crate) fn disagreement(name: &ObjectName, lookup: &Lookup<'_>) -> Option<Reject> {
    if !lookup.settings().multi_network {
        return None;
    }
    let (_, first) = base(name, lookup)?;
    let ports = |facts: &ServiceFacts| facts.ports.iter().map(|port| port.port).collect::<BTreeSet<_>>();
    let all = all_of(name, lookup);
    let differs = all.iter().any(|(_, other)| ports(other) != ports(first));
    differs.then(|| {
        Reject::new(
            "spec.ports",
            "differ from those of the same service in another cluster",
        )
    })
}

/// What an object of another cluster yields.
#[derive(Debug, Default)]
pub(crate) struct Far {
    pub(crate) published: Vec<Workload>,
    pub(crate) veiled: Vec<Veiled>,
}

/// Derives an object of the cluster that is looked from.
pub(crate) fn derive(unit: &Unit, remote: &Lookup<'_>) -> Result<Far, Reject> {
    if !remote.settings().multi_network {
        return Ok(Far::default());
    }
    let workloads = match unit {
        Unit::Pod(name) => pod::workload(name, remote)?.into_iter().collect(),
        Unit::Slice(name) => endpoint_slice::workloads(name, remote),
        Unit::Gateway(name) => {
            return Ok(Far {
                published: gateway::workloads(name, remote),
                veiled: Vec::new(),
            });
        }
        _ => Vec::new(),
    };
    let home = remote.home().network();
    let (published, hidden): (Vec<_>, Vec<_>) =
        workloads.into_iter().partition(|one| one.place.network == home);
    Ok(Far {
        published,
        veiled: hidden.iter().map(|one| Veiled::of(one, remote)).collect(),
    })
}

/// The ports of a service that spans clusters: as another cluster has it, else as an entry of ours says.
fn ports_behind(host: &NamespacedHostname, lookup: &Lookup<'_>) -> Option<Vec<PortMapping>> {
    let object = object_of(host, lookup.settings());
    if let Some((_, facts)) = object.and_then(|name| all_of(&name, lookup).into_iter().next()) {
        let ports = facts.ports.iter().map(|port| PortMapping {
            service: port.port,
            target: match port.target {
                TargetPort::Number(target) => target,
                // each workload there says its own
                TargetPort::Name(_) => port.port,
            },
        });
        return Some(ports.collect());
    }
    let entry = entry_named(&host.namespace, &host.hostname, lookup)?;
    let ports = entry.ports.iter().map(|port| PortMapping {
        service: port.port,
        target: port.target,
    });
    is_global(&host.namespace, &entry.labels, lookup).then(|| ports.collect())
}

/// What stands for the workloads of a service in another network: one workload behind that network's gateway.
pub(crate) fn aggregate(
    network: &ArcStr,
    host: &NamespacedHostname,
    lookup: &Lookup<'_>,
) -> Option<Workload> {
    let members = lookup.behind(host)?.get(network)?;
    let ports = ports_behind(host, lookup)?;
    let way = gateway::way_for_all(network, lookup)?;
    let healthy = members.values().filter(|member| member.is_healthy);
    let is_healthy = healthy.clone().next().is_some();
    let counted = members.values().filter(|member| member.is_healthy == is_healthy);
    let capacity = counted.fold(0_u32, |sum, member| sum.saturating_add(member.capacity));
    let (gateway, NamespacedHostname { namespace, hostname }) = (&way.gateway, host);
    let uid = format!(
        "{network}/SplitHorizonWorkload/{}/{}/{}/{namespace}/{hostname}",
        gateway.namespace, gateway.name, way.text
    );
    Some(Workload {
        name: uid.as_str().into(),
        uid,
        namespace: namespace.clone(),
        addresses: Vec::new(),
        hostname: String::new(),
        place: Place {
            network: network.clone(),
            gateway: Some(way.address),
        },
        tunnel: Tunnel::Hbone,
        trust_domain: lookup.trust_domain(),
        service_account: String::new(),
        waypoint: None,
        node: ArcStr::new(),
        owner: Owner::default(),
        application_tunnel: None,
        services: BTreeMap::from([(host.clone(), ports)]),
        policies: Vec::new(),
        is_healthy,
        cluster: ArcStr::new(),
        locality: None,
        is_host_network: false,
        capacity: Some(capacity),
    })
}
