//! Reads of the inputs while an object is derived. Each read is recorded: that is the recompute set.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;

use super::authorization::PolicyFacts;
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
use crate::model::{Locality, ObjectName, Place};

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
    /// Slices that name this pod.
    RefsTo(ObjectName),
    /// Who claims this host name.
    Host(ArcStr),
    Gateway(ObjectName),
    Class(ArcStr),
    /// Gateways into this network.
    GatewaysInto(ArcStr),
    /// Accounts of the pods that run this Gateway.
    InstancesOf(ObjectName),
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
}

/// Recorded reads over the inputs.
pub(crate) struct Lookup<'a> {
    inputs: &'a Inputs,
    reads: RefCell<BTreeSet<Fact>>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(inputs: &'a Inputs) -> Self {
        Self {
            inputs,
            reads: RefCell::default(),
        }
    }

    /// What was read.
    pub(crate) fn into_reads(self) -> BTreeSet<Fact> {
        self.reads.into_inner()
    }

    fn note(&self, fact: Fact) {
        self.reads.borrow_mut().insert(fact);
    }

    pub(crate) fn settings(&self) -> &'a Settings {
        self.note(Fact::Settings);
        &self.inputs.settings
    }

    pub(crate) fn namespace(&self, name: &ArcStr) -> Option<&'a NamespaceFacts> {
        self.note(Fact::Namespace(name.clone()));
        self.inputs.namespaces.get(name)
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
        self.note(Fact::Node(node.clone()));
        self.inputs.nodes.get(node)?.locality.as_ref()
    }

    /// A unit's own pod; not recorded, since a unit is always recomputed with its object.
    pub(crate) fn own_pod(&self, name: &ObjectName) -> Option<&'a PodFacts> {
        self.inputs.pods.get(name)
    }

    pub(crate) fn own_service(&self, name: &ObjectName) -> Option<&'a ServiceFacts> {
        self.inputs.services.get(name)
    }

    pub(crate) fn own_slice(&self, name: &ObjectName) -> Option<&'a SliceFacts> {
        self.inputs.slices.get(name)
    }

    pub(crate) fn own_policy(&self, name: &ObjectName) -> Option<&'a PolicyFacts> {
        self.inputs.policies.get(name)
    }

    pub(crate) fn own_peer_auth(&self, name: &ObjectName) -> Option<&'a PeerAuthFacts> {
        self.inputs.peer_auths.get(name)
    }

    pub(crate) fn own_service_entry(&self, name: &ObjectName) -> Option<&'a ServiceEntryFacts> {
        self.inputs.service_entries.get(name)
    }

    pub(crate) fn own_workload_entry(&self, name: &ObjectName) -> Option<&'a WorkloadEntryFacts> {
        self.inputs.workload_entries.get(name)
    }

    pub(crate) fn own_gateway(&self, name: &ObjectName) -> Option<&'a GatewayFacts> {
        self.inputs.gateways.get(name)
    }

    pub(crate) fn gateway(&self, name: &ObjectName) -> Option<&'a GatewayFacts> {
        self.note(Fact::Gateway(name.clone()));
        self.inputs.gateways.get(name)
    }

    pub(crate) fn class(&self, name: &ArcStr) -> Option<&'a ClassFacts> {
        self.note(Fact::Class(name.clone()));
        self.inputs.classes.get(name)
    }

    /// Visible gateways into a network, in the order of their names.
    pub(crate) fn gateways_into(&self, network: &ArcStr) -> Vec<(&'a ObjectName, &'a GatewayFacts)> {
        self.note(Fact::GatewaysInto(network.clone()));
        let names = self.inputs.ways.get(network).into_iter().flatten();
        names
            .filter(|name| self.is_visible(&name.namespace))
            .filter_map(|name| self.inputs.gateways.get_key_value(name))
            .collect()
    }

    /// Accounts of the pods that run a Gateway.
    pub(crate) fn accounts_of(&self, gateway: &ObjectName) -> BTreeSet<&'a ArcStr> {
        self.note(Fact::InstancesOf(gateway.clone()));
        let pods = self.inputs.instances.get(gateway).into_iter().flatten();
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
        let facts = self.inputs.service_entries.get(name)?;
        self.is_ours(facts.revision.as_ref()).then_some(facts)
    }

    pub(crate) fn service(&self, name: &ObjectName) -> Option<&'a ServiceFacts> {
        self.note(Fact::Service(name.clone()));
        self.inputs.services.get(name)
    }

    pub(crate) fn services_of(
        &self,
        namespace: &ArcStr,
    ) -> impl Iterator<Item = (&'a ObjectName, &'a ServiceFacts)> + use<'a> {
        self.note(Fact::ServicesOf(namespace.clone()));
        in_namespace(&self.inputs.services, namespace)
    }

    /// Visible entries of this revision with a workload selector.
    pub(crate) fn selecting_entries(
        &self,
        namespace: &ArcStr,
    ) -> Vec<(&'a ObjectName, &'a ServiceEntryFacts)> {
        self.note(Fact::EntriesOf(namespace.clone()));
        in_namespace(&self.inputs.service_entries, namespace)
            .filter(|(_, facts)| !facts.selector.is_empty() && self.is_ours(facts.revision.as_ref()))
            .collect()
    }

    pub(crate) fn policies_of(&self, namespace: &ArcStr) -> Vec<(&'a ObjectName, &'a PolicyFacts)> {
        self.note(Fact::PoliciesOf(namespace.clone()));
        if !self.is_visible(namespace) {
            return Vec::new();
        }
        in_namespace(&self.inputs.policies, namespace)
            .filter(|(_, facts)| self.is_ours(facts.revision.as_ref()))
            .collect()
    }

    pub(crate) fn peer_auths_of(&self, namespace: &ArcStr) -> Vec<(&'a ObjectName, &'a PeerAuthFacts)> {
        self.note(Fact::PeerAuthsOf(namespace.clone()));
        if !self.is_visible(namespace) {
            return Vec::new();
        }
        in_namespace(&self.inputs.peer_auths, namespace)
            .filter(|(_, facts)| self.is_ours(facts.revision.as_ref()))
            .collect()
    }

    /// Whether any setting of strictness is in view (`control-plane.md` 12.2).
    pub(crate) fn has_peer_auth(&self) -> bool {
        self.note(Fact::AnyPeerAuth);
        let table: &Table<PeerAuthFacts> = &self.inputs.peer_auths;
        table
            .iter()
            .any(|(name, facts)| self.is_visible(&name.namespace) && self.is_ours(facts.revision.as_ref()))
    }

    /// Services whose slices name the pod, with the uid they name.
    pub(crate) fn refs_to(&self, pod: &ObjectName) -> Option<&'a BTreeMap<ObjectName, (ObjectName, String)>> {
        self.note(Fact::RefsTo(pod.clone()));
        self.inputs.pod_refs.get(pod)
    }

    /// Who claims a host name, best first within a namespace.
    pub(crate) fn claims(&self, host: &ArcStr) -> Vec<&'a Claim> {
        self.note(Fact::Host(host.clone()));
        self.inputs
            .claims
            .get(host)
            .into_iter()
            .flatten()
            .filter(|claim| self.is_visible(&claim.object.namespace) && self.is_ours(claim.revision.as_ref()))
            .collect()
    }
}
