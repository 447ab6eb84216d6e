//! What the mesh looks like now: workloads, services and policies with their lookups.
//!
//! Pure. Changes enter through [`MeshState::apply`] only; applying one by one equals a rebuild.
//! Endpoints are never stored twice: a service's members are the workloads that name it, and the
//! health filter is applied when somebody looks (`spec/workload-api.md` §4). Workloads are kept as they came and
//! opened when somebody looks at them.

mod few;
pub mod from_wire;
mod index;
pub mod local;
pub mod policy;
pub mod service;
mod slots;
pub mod workload;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ahash::RandomState;
use arcstr::ArcStr;

use crate::state::few::Few;
use crate::state::from_wire::packed::Record;
use crate::state::policy::{Policy, PolicyScope};
use crate::state::service::{CidrVip, Service};
use crate::state::slots::{Slot, Workloads};
use crate::state::workload::{NamespacedHostname, NetworkAddress, TunnelProtocol, Workload};

/// One change of the mesh.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A workload is new or changed.
    Workload(Record),
    /// A service is new or changed.
    Service(Box<Service>),
    /// An Address resource is gone: a workload uid or `<namespace>/<hostname>`.
    AddressGone(ArcStr),
    /// A policy is new or changed.
    Policy(Box<Policy>),
    /// A policy was refused and nothing of that key is held: enforce this instead (`security.md` A4).
    PolicyStandIn(Box<Policy>),
    /// A policy cannot be read, and nothing can stand in for it: that it was taken back once no longer excuses
    /// that it is not held (`security.md` A6).
    PolicyUnread(ArcStr),
    /// A policy is gone.
    PolicyGone(ArcStr),
}

/// What a batch changed, for those who must react.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Policies, or the policy list or identity of some workload, changed: live connections must be
    /// re-decided.
    pub authorization: bool,
    /// Workloads changed: certificates and waiting connections may be concerned.
    pub workloads: bool,
}

/// A policy key that a workload names.
#[derive(Debug, Clone, PartialEq)]
pub enum ListedPolicy {
    /// Held.
    Held(Arc<Policy>),
    /// It existed and was removed: skipped.
    Removed,
    /// Never received: fail closed (`security.md` A6).
    NeverReceived,
}

/// What an address stands for.
#[derive(Debug, Clone)]
pub enum AddressOwner {
    /// A workload by its own address.
    Workload(Arc<Workload>),
    /// A service by its virtual address.
    Service(Arc<Service>),
}

/// The mesh.
#[derive(Debug, Default)]
pub struct MeshState {
    local_node: Option<ArcStr>,
    workloads: Workloads,
    local_by_name: HashMap<ArcStr, Few<Slot>, RandomState>,
    services: HashMap<NamespacedHostname, Arc<Service>, RandomState>,
    by_vip: HashMap<NetworkAddress, Few<Arc<Service>>, RandomState>,
    by_cidr: HashMap<CidrVip, Few<Arc<Service>>, RandomState>,
    by_hostname: HashMap<ArcStr, Few<Arc<Service>>, RandomState>,
    members: HashMap<NamespacedHostname, Few<Slot>, RandomState>,
    policies: HashMap<ArcStr, Arc<Policy>>,
    global_policies: BTreeSet<ArcStr>,
    namespace_policies: HashMap<ArcStr, BTreeSet<ArcStr>>,
    removed_policies: HashSet<ArcStr>,
}

impl MeshState {
    /// An empty mesh. Without a node name every workload counts as local.
    #[must_use]
    pub fn new(local_node: Option<ArcStr>) -> Self {
        Self {
            local_node,
            ..Self::default()
        }
    }

    /// Applies a batch in order: changes first, then removals, as they stand in the response.
    pub fn apply(&mut self, updates: impl IntoIterator<Item = Update>) -> Applied {
        let mut applied = Applied::default();
        let updates = updates.into_iter();
        self.workloads.reserve(updates.size_hint().0);
        for update in updates {
            match update {
                Update::Workload(workload) => {
                    applied.workloads = true;
                    applied.authorization |= self.put_workload(workload);
                }
                Update::Service(service) => {
                    applied.workloads = true;
                    self.put_service(*service);
                }
                Update::AddressGone(name) => {
                    applied.workloads = true;
                    self.remove_address(&name);
                }
                Update::Policy(policy) => {
                    applied.authorization = true;
                    self.put_policy(*policy);
                }
                Update::PolicyStandIn(policy) => {
                    if !self.policies.contains_key(&policy.key) {
                        applied.authorization = true;
                        self.put_policy(*policy);
                    }
                }
                Update::PolicyUnread(key) => {
                    applied.authorization |= self.removed_policies.remove(&key);
                }
                Update::PolicyGone(key) => {
                    applied.authorization = true;
                    self.remove_policy(&key);
                    self.removed_policies.insert(key);
                }
            }
        }
        self.workloads.shrink();
        if self.is_crowded() {
            self.fold();
        }
        applied
    }

    /// Whether so many workloads are open that those without a user should be closed.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.workloads.is_crowded()
    }

    /// Closes workloads that nobody uses. Who looks at one of them again gets an equal one in another place.
    pub fn fold(&mut self) {
        self.workloads.fold();
    }

    /// The workload of that uid.
    #[must_use]
    pub fn find_workload(&self, uid: &str) -> Option<&Arc<Workload>> {
        self.workloads.open(self.workloads.find(uid)?)
    }

    /// The workload that owns an address: pods before others, HBONE before plain.
    #[must_use]
    pub fn find_workload_by_address(&self, address: &NetworkAddress) -> Option<&Arc<Workload>> {
        let owners = self.workloads.at(address);
        owners
            .filter_map(|slot| self.workloads.open(slot))
            .min_by_key(|workload| {
                let is_pod = workload.uid.contains("//Pod/");
                let is_hbone = workload.protocol == TunnelProtocol::Hbone;
                (!is_pod, !is_hbone, &workload.uid)
            })
    }

    /// The workload with exactly that host name and namespace (linear, for gateways only).
    #[must_use]
    pub fn find_workload_by_hostname(&self, name: &NamespacedHostname) -> Option<&Arc<Workload>> {
        self.workloads
            .iter()
            .filter(|(_, record)| record.shape().hostname == name.hostname)
            .filter_map(|(slot, _)| self.workloads.open(slot))
            .filter(|workload| workload.namespace() == name.namespace)
            .min_by_key(|workload| &workload.uid)
    }

    /// The workload of a pod on this node.
    #[must_use]
    pub fn find_local(&self, name: &str, namespace: &str, service_account: &str) -> Option<&Arc<Workload>> {
        self.local_of_name(name).find(|workload| {
            workload.namespace() == namespace && workload.service_account() == service_account
        })
    }

    fn local_of_name(&self, name: &str) -> impl Iterator<Item = &Arc<Workload>> {
        let slots = self.local_by_name.get(name).into_iter().flat_map(Few::iter);
        slots.filter_map(|slot| self.workloads.open(*slot))
    }

    /// Another account of a pod of this node, where the mesh knows the pod and does not know it under this
    /// account at all (`security.md` I10).
    #[must_use]
    pub fn find_conflict(&self, name: &str, namespace: &str, service_account: &str) -> Option<&str> {
        let known = self.local_of_name(name);
        let mut other = None;
        for workload in known.filter(|workload| workload.namespace() == namespace) {
            if workload.service_account() == service_account {
                return None;
            }
            other = Some(workload.service_account());
        }
        other
    }

    /// The service of that key.
    #[must_use]
    pub fn find_service(&self, key: &NamespacedHostname) -> Option<&Arc<Service>> {
        self.services.get(key)
    }

    /// The best service for a virtual address as seen from a namespace (`workload-api.md` §4).
    #[must_use]
    pub fn find_service_by_vip(&self, address: &NetworkAddress, client: &str) -> Option<&Arc<Service>> {
        if let Some(exact) = self
            .by_vip
            .get(address)
            .and_then(|services| best_of(services, client))
        {
            return Some(exact);
        }
        self.by_cidr
            .iter()
            .filter(|(range, _)| range.network == address.network && range.cidr.contains(&address.address))
            .flat_map(|(range, services)| services.iter().map(move |one| (range.cidr.prefix_len(), one)))
            .filter(|(_, service)| service.is_visible_to(client))
            .max_by(|(length, service), (other_length, other)| {
                let rank = |length: u8, service: &Service| {
                    (service.key.namespace == client, length, service.canonical)
                };
                rank(*length, service)
                    .cmp(&rank(*other_length, other))
                    .then_with(|| other.key.cmp(&service.key))
            })
            .map(|(_, service)| service)
    }

    /// The best service for a host name as seen from a namespace.
    #[must_use]
    pub fn find_service_by_hostname(&self, hostname: &str, client: &str) -> Option<&Arc<Service>> {
        best_of(self.by_hostname.get(hostname)?, client)
    }

    /// All services of one host name, in key order.
    pub fn services_of_hostname(&self, hostname: &str) -> impl Iterator<Item = &Arc<Service>> {
        self.by_hostname.get(hostname).into_iter().flat_map(Few::iter)
    }

    /// Workload by address first, else the best service for the address.
    #[must_use]
    pub fn find_owner(&self, address: &NetworkAddress, client: &str) -> Option<AddressOwner> {
        if let Some(workload) = self.find_workload_by_address(address) {
            return Some(AddressOwner::Workload(workload.clone()));
        }
        self.find_service_by_vip(address, client)
            .cloned()
            .map(AddressOwner::Service)
    }

    /// The endpoints of a service that its health policy admits.
    pub fn endpoints_of<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Arc<Workload>> {
        self.slots_of(&service.key)
            .filter_map(|slot| self.workloads.open(slot))
            .filter(|workload| service.accepts(workload.status))
    }

    fn slots_of(&self, service: &NamespacedHostname) -> impl Iterator<Item = Slot> {
        self.members.get(service).into_iter().flat_map(Few::iter).copied()
    }

    /// The workloads that name a service, by uid, whatever their health; for one look, nothing stays open.
    pub fn members_of(&self, service: &NamespacedHostname) -> impl Iterator<Item = Arc<Workload>> {
        self.slots_of(service)
            .filter_map(|slot| self.workloads.look(slot))
    }

    /// What a policy key in a workload's list stands for.
    #[must_use]
    pub fn find_listed_policy(&self, key: &str) -> ListedPolicy {
        match self.policies.get(key) {
            Some(policy) => ListedPolicy::Held(policy.clone()),
            None if self.removed_policies.contains(key) => ListedPolicy::Removed,
            None => ListedPolicy::NeverReceived,
        }
    }

    /// Policies that apply without being listed: global ones and those of the namespace.
    pub fn policies_for(&self, namespace: &str) -> impl Iterator<Item = &Arc<Policy>> {
        let of_namespace = self.namespace_policies.get(namespace).into_iter().flatten();
        self.global_policies
            .iter()
            .chain(of_namespace)
            .filter_map(|key| self.policies.get(key))
    }

    /// Whether the workload runs on this node.
    #[must_use]
    pub fn is_local(&self, workload: &Workload) -> bool {
        self.local_node.as_ref().is_none_or(|node| *node == workload.node)
    }

    /// The workloads of this node; none when no node name is configured.
    pub fn local_workloads(&self) -> impl Iterator<Item = &Arc<Workload>> {
        let known = self.local_node.is_some();
        self.local_by_name
            .values()
            .flat_map(Few::iter)
            .filter(move |_| known)
            .filter_map(|slot| self.workloads.open(*slot))
    }

    /// All workloads, in no order, and open from then on: for meshes of which all is looked at again and again.
    pub fn workloads(&self) -> impl Iterator<Item = &Arc<Workload>> {
        let slots = self.workloads.iter();
        slots.filter_map(|(slot, _)| self.workloads.open(slot))
    }

    /// All workloads, in no order, for one look: nothing stays open.
    pub fn each_workload(&self) -> impl Iterator<Item = Arc<Workload>> {
        let slots = self.workloads.iter();
        slots.filter_map(|(slot, _)| self.workloads.look(slot))
    }

    /// All services, in no order.
    pub fn services(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    /// All policies, in no order.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.values()
    }

    /// Services that are not known (yet) and have members.
    pub fn staged(&self) -> impl Iterator<Item = &NamespacedHostname> {
        let keys = self.members.keys();
        keys.filter(|key| !self.services.contains_key(*key))
    }
}

fn best_of<'a>(services: &'a Few<Arc<Service>>, client: &str) -> Option<&'a Arc<Service>> {
    services
        .iter()
        .filter(|service| service.is_visible_to(client))
        .min_by_key(|service| (service.key.namespace != client, !service.canonical))
}

fn is_namespaced(policy: &Policy) -> bool {
    policy.scope == PolicyScope::Namespace
}
