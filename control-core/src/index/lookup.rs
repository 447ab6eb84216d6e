//! Reads of the inputs while an object is derived. Each read is recorded: that is the recompute set.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use arcstr::ArcStr;

use super::authorization::PolicyFacts;
use super::clusters::{self, Members};
use super::endpoint_slice::SliceFacts;
use super::event::Settings;
use super::gateway::{self, ClassFacts, GatewayFacts};
use super::inputs::{Claim, Inputs, Table, in_namespace};
use super::namespace::NamespaceFacts;
use super::peer_authentication::PeerAuthFacts;
use super::pod::PodFacts;
use super::service::ServiceFacts;
use super::service_entry::ServiceEntryFacts;
use super::text;
use super::workload_entry::WorkloadEntryFacts;
use crate::model::{Labels, Locality, NamespacedHostname, ObjectName, Place};

/// One thing that can change and that derived objects may depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fact {
    Settings,
    Namespace(ArcStr),
    Node(ArcStr),
    Service(ObjectName),
    ServicesOf(ArcStr),
    EntriesOf(ArcStr),
    PoliciesOf(ArcStr),
    PeerAuthsOf(ArcStr),
    AnyPeerAuth,
    /// Who claims this host name.
    Host(ArcStr),
    Gateway(ObjectName),
    Class(ArcStr),
    /// Gateways into this network.
    GatewaysInto(ArcStr),
    /// Accounts of the pods that run this Gateway.
    InstancesOf(ObjectName),
    /// Which other clusters there are.
    Clusters,
    /// Something in another cluster.
    Remote(ArcStr, Box<Fact>),
    /// What other networks hide behind their gateways, for this service.
    Behind(NamespacedHostname),
}

/// One derivation: an object that yields resources. Its own object is always re-read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A pod's workload.
    Pod(ObjectName),
    /// A service.
    Service(ObjectName),
    /// A slice's workloads that are not pods.
    Slice(ObjectName),
    /// An authorization policy.
    Policy(ObjectName),
    /// A policy converted from port-level strictness.
    PeerAuth(ObjectName),
    /// The shared strict policy.
    StaticStrict,
    /// Services and workloads of a `ServiceEntry`.
    ServiceEntry(ObjectName),
    /// A workload outside pods.
    WorkloadEntry(ObjectName),
    /// A network gateway's workloads, and the policy that lets a waypoint in.
    Gateway(ObjectName),
    /// A derivation from another cluster's object.
    Remote(ArcStr, Box<Unit>),
    /// What stands for a service's workloads in another network.
    Aggregate(ArcStr, NamespacedHostname),
}

/// Recorded reads over the inputs, seen from one cluster: its own objects are that cluster's, and everything that
/// configures the mesh is ours.
pub(crate) struct Lookup<'a> {
    home: &'a Inputs,
    here: &'a Inputs,
    /// The other cluster that it is seen from.
    cluster: Option<&'a ArcStr>,
    reads: Rc<RefCell<Vec<Fact>>>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(inputs: &'a Inputs) -> Self {
        Self {
            home: inputs,
            here: inputs,
            cluster: None,
            reads: Rc::default(),
        }
    }

    /// The same, seen from our own cluster.
    pub(crate) fn home(&self) -> Self {
        Self {
            home: self.home,
            here: self.home,
            cluster: None,
            reads: self.reads.clone(),
        }
    }

    pub(crate) fn is_home(&self) -> bool {
        self.cluster.is_none()
    }

    /// The same, seen from another cluster that is known.
    pub(crate) fn seen_from(&self, cluster: &ArcStr) -> Option<Self> {
        let (cluster, here) = self.home.remotes.get_key_value(cluster)?;
        Some(Self {
            home: self.home,
            here,
            cluster: Some(cluster),
            reads: self.reads.clone(),
        })
    }

    /// The same, seen from each other cluster, in the order of their ids.
    pub(crate) fn remotes(&self) -> Vec<Self> {
        self.note(Fact::Clusters);
        let ids = self.home.remotes.keys();
        ids.filter_map(|cluster| self.seen_from(cluster)).collect()
    }

    /// What other networks hide of a service, by network.
    pub(crate) fn behind(&self, host: &NamespacedHostname) -> Option<&'a BTreeMap<ArcStr, Members>> {
        self.note(Fact::Behind(host.clone()));
        self.home.hidden.behind(host)
    }

    /// What was read, some of it more than once.
    pub(crate) fn into_reads(self) -> Vec<Fact> {
        self.reads.take()
    }

    fn note(&self, fact: Fact) {
        let mut reads = self.reads.borrow_mut();
        if reads.last() != Some(&fact) {
            reads.push(fact);
        }
    }

    /// Notes a fact of the cluster that is looked from.
    fn note_here(&self, fact: Fact) {
        self.note(match self.cluster {
            Some(cluster) => Fact::Remote(cluster.clone(), Box::new(fact)),
            None => fact,
        });
    }

    pub(crate) fn settings(&self) -> &'a Settings {
        self.note(Fact::Settings);
        &self.here.settings
    }

    pub(crate) fn namespace(&self, name: &ArcStr) -> Option<&'a NamespaceFacts> {
        self.note_here(Fact::Namespace(name.clone()));
        self.here.namespaces.get(name)
    }

    /// The labels of a namespace; none if it is not known.
    pub(crate) fn labels_of(&self, namespace: &ArcStr) -> &'a Labels {
        static NOTHING: Labels = Labels::new();
        self.namespace(namespace).map_or(&NOTHING, |facts| &facts.labels)
    }

    /// Whether discovery selectors let us see the namespace (`control-plane.md` 16.2).
    pub(crate) fn is_visible(&self, namespace: &ArcStr) -> bool {
        let selectors = &self.settings().discovery_selectors;
        selectors.is_empty()
            || self
                .namespace(namespace)
                .is_some_and(|facts| selectors.iter().any(|one| one.matches(&facts.labels)))
    }

    /// Whether an object is meant for this revision (`control-plane.md` 16.3).
    pub(crate) fn is_ours(&self, revision: Option<&String>) -> bool {
        revision.is_none_or(|revision| *revision == self.settings().revision.as_str())
    }

    /// Why an object is not used at all, if it is not.
    pub(crate) fn hidden(&self, name: &ObjectName, unit: &Unit) -> Option<String> {
        if !self.is_visible(&name.namespace) {
            return Some("discovery selectors hide its namespace".to_owned());
        }
        let revision = match unit {
            Unit::Policy(name) => self.own_policy(name)?.revision.as_ref(),
            Unit::PeerAuth(name) => self.own_peer_auth(name)?.revision.as_ref(),
            Unit::ServiceEntry(name) => self.own_service_entry(name)?.revision.as_ref(),
            Unit::WorkloadEntry(name) => self.own_workload_entry(name)?.revision.as_ref(),
            _ => None,
        };
        let other = revision.filter(|_| !self.is_ours(revision))?;
        Some(format!("it is meant for revision `{other}`"))
    }

    /// The network of the cluster, from the system namespace's label.
    pub(crate) fn network(&self) -> ArcStr {
        let system = self.settings().system_namespace.clone();
        self.namespace(&system)
            .and_then(|facts| facts.labels.get(text::NETWORK))
            .map_or_else(ArcStr::new, ArcStr::from)
    }

    /// Empty for the default trust domain, as it goes on the wire.
    pub(crate) fn trust_domain(&self) -> String {
        let domain = self.settings().trust_domain.as_str();
        if domain == "cluster.local" {
            String::new()
        } else {
            domain.to_owned()
        }
    }

    pub(crate) fn locality(&self, node: &ArcStr) -> Option<&'a Locality> {
        self.note_here(Fact::Node(node.clone()));
        self.here.nodes.get(node)?.locality.as_ref()
    }

    /// A unit's own pod; not recorded, since a unit is always recomputed with its object.
    pub(crate) fn own_pod(&self, name: &ObjectName) -> Option<&'a PodFacts> {
        self.here.pods.get(name)
    }

    pub(crate) fn own_service(&self, name: &ObjectName) -> Option<&'a ServiceFacts> {
        self.here.services.get(name)
    }

    pub(crate) fn own_slice(&self, name: &ObjectName) -> Option<&'a SliceFacts> {
        self.here.slices.get(name)
    }

    pub(crate) fn own_policy(&self, name: &ObjectName) -> Option<&'a PolicyFacts> {
        self.home.policies.get(name)
    }

    pub(crate) fn own_peer_auth(&self, name: &ObjectName) -> Option<&'a PeerAuthFacts> {
        self.home.peer_auths.get(name)
    }

    pub(crate) fn own_service_entry(&self, name: &ObjectName) -> Option<&'a ServiceEntryFacts> {
        self.home.service_entries.get(name)
    }

    pub(crate) fn own_workload_entry(&self, name: &ObjectName) -> Option<&'a WorkloadEntryFacts> {
        self.home.workload_entries.get(name)
    }

    pub(crate) fn own_gateway(&self, name: &ObjectName) -> Option<&'a GatewayFacts> {
        self.here.gateways.get(name)
    }

    pub(crate) fn gateway(&self, name: &ObjectName) -> Option<&'a GatewayFacts> {
        self.note(Fact::Gateway(name.clone()));
        self.home.gateways.get(name)
    }

    pub(crate) fn class(&self, name: &ArcStr) -> Option<&'a ClassFacts> {
        self.note(Fact::Class(name.clone()));
        self.home.classes.get(name)
    }

    /// Visible gateways into a network, with whether another cluster runs them: ours first, each in the order of names.
    pub(crate) fn gateways_into(&self, network: &ArcStr) -> Vec<(bool, &'a ObjectName, &'a GatewayFacts)> {
        self.note(Fact::GatewaysInto(network.clone()));
        let mut all = self.home().gateways_here(network);
        for remote in self.remotes() {
            all.extend(remote.gateways_here(network));
        }
        all
    }

    fn gateways_here(&self, network: &ArcStr) -> Vec<(bool, &'a ObjectName, &'a GatewayFacts)> {
        let names = self.here.ways.get(network).into_iter().flatten();
        names
            .filter(|name| self.is_visible(&name.namespace))
            .filter_map(|name| self.here.gateways.get_key_value(name))
            .map(|(name, facts)| (self.here.is_remote, name, facts))
            .collect()
    }

    /// Accounts of the pods that run a Gateway.
    pub(crate) fn accounts_of(&self, gateway: &ObjectName) -> BTreeSet<&'a ArcStr> {
        self.note(Fact::InstancesOf(gateway.clone()));
        let pods = self.home.instances.get(gateway).into_iter().flatten();
        pods.map(|(_, account)| account).collect()
    }

    /// A network, with the way into it.
    pub(crate) fn place(&self, network: ArcStr) -> Place {
        Place {
            gateway: gateway::way_into(&network, self),
            network,
        }
    }

    /// An entry of this revision, by name.
    pub(crate) fn service_entry(&self, name: &ObjectName) -> Option<&'a ServiceEntryFacts> {
        self.note(Fact::EntriesOf(name.namespace.clone()));
        let facts = self.home.service_entries.get(name)?;
        self.is_ours(facts.revision.as_ref()).then_some(facts)
    }

    /// A service as this cluster has it; of other clusters only what spans clusters (11.3).
    pub(crate) fn service(&self, name: &ObjectName) -> Option<&'a ServiceFacts> {
        self.note_here(Fact::Service(name.clone()));
        let found = self.here.services.get(name);
        found.filter(|facts| clusters::is_in_view(name, facts, self))
    }

    pub(crate) fn services_of(&self, namespace: &ArcStr) -> Vec<(&'a ObjectName, &'a ServiceFacts)> {
        self.note_here(Fact::ServicesOf(namespace.clone()));
        in_namespace(&self.here.services, namespace)
            .filter(|(name, facts)| clusters::is_in_view(name, facts, self))
            .collect()
    }

    /// Visible entries of this revision with a workload selector.
    pub(crate) fn selecting_entries(
        &self,
        namespace: &ArcStr,
    ) -> Vec<(&'a ObjectName, &'a ServiceEntryFacts)> {
        self.note(Fact::EntriesOf(namespace.clone()));
        in_namespace(&self.home.service_entries, namespace)
            .filter(|(_, facts)| !facts.selector.is_empty() && self.is_ours(facts.revision.as_ref()))
            .collect()
    }

    pub(crate) fn policies_of(&self, namespace: &ArcStr) -> Vec<(&'a ObjectName, &'a PolicyFacts)> {
        self.note(Fact::PoliciesOf(namespace.clone()));
        if !self.home().is_visible(namespace) {
            return Vec::new();
        }
        in_namespace(&self.home.policies, namespace)
            .filter(|(_, facts)| self.is_ours(facts.revision.as_ref()))
            .collect()
    }

    pub(crate) fn peer_auths_of(&self, namespace: &ArcStr) -> Vec<(&'a ObjectName, &'a PeerAuthFacts)> {
        self.note(Fact::PeerAuthsOf(namespace.clone()));
        if !self.home().is_visible(namespace) {
            return Vec::new();
        }
        in_namespace(&self.home.peer_auths, namespace)
            .filter(|(_, facts)| self.is_ours(facts.revision.as_ref()))
            .collect()
    }

    /// Whether any setting of strictness is in view (`control-plane.md` 12.2).
    pub(crate) fn has_peer_auth(&self) -> bool {
        self.note(Fact::AnyPeerAuth);
        let (home, table): (_, &Table<PeerAuthFacts>) = (self.home(), &self.home.peer_auths);
        table
            .iter()
            .any(|(name, facts)| home.is_visible(&name.namespace) && self.is_ours(facts.revision.as_ref()))
    }

    /// Services whose slices name a unit's own pod, with the uid they name; not recorded, since a pod is recomputed with what
    /// names it.
    pub(crate) fn refs_to(&self, pod: &ObjectName) -> Option<&'a BTreeMap<ObjectName, (ObjectName, String)>> {
        self.here.pod_refs.get(pod)
    }

    /// Who claims a host name, best first within a namespace.
    pub(crate) fn claims(&self, host: &ArcStr) -> Vec<&'a Claim> {
        self.note(Fact::Host(host.clone()));
        let home = self.home();
        self.home
            .claims
            .get(host)
            .into_iter()
            .flatten()
            .filter(|claim| home.is_visible(&claim.object.namespace) && self.is_ours(claim.revision.as_ref()))
            .collect()
    }
}
