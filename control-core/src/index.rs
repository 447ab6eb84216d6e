//! Cluster objects in, mesh resources out, incrementally.
//!
//! One owner, `&mut self`, no locks, no clock. Each derived object records what it read (`lookup`);
//! a change recomputes only those who read it, and equal results are no change. So that applying
//! events one by one equals a rebuild from scratch, whatever the order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arcstr::ArcStr;
use smallvec::SmallVec;

use crate::model::ObjectName;
use crate::model::condition::{Condition, StatusOf};
use crate::model::selector::selects_any;
use crate::xds::resource::{Resource, ResourceKind};
use crate::xds::{authorization as policy_wire, wds};

pub mod allocation;
pub mod authorization;
pub mod changes;
pub mod clusters;
pub mod endpoint_slice;
mod entry_visibility;
pub mod event;
pub mod fate;
pub mod gateway;
mod inputs;
mod lookup;
pub mod namespace;
pub mod peer_authentication;
pub mod pod;
mod policy_targets;
mod reads;
pub mod reject;
pub mod service;
pub mod service_entry;
mod shared;
pub(crate) mod status;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub mod verdict;
pub mod waypoint;
mod waypoint_policy;
pub mod workload_entry;

use allocation::Entry;
use changes::Changes;
use clusters::Veiled;
use event::{Event, Settings};
use inputs::{Inputs, Touched};
use lookup::Lookup;
use namespace::NamespaceFacts;
use pod::PodFacts;
use reads::Reads;
use reject::Reject;
use shared::Shared;

pub use lookup::Unit;

/// Where a resource lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(bool, ArcStr);

impl Key {
    fn of(resource: &Resource) -> Self {
        Self(resource.kind == ResourceKind::Policy, resource.name.clone())
    }
}

/// Who derives a resource of one name, and what each makes of it; nearly always one.
type Claims = SmallVec<[(Unit, Arc<Resource>); 1]>;

/// The mesh as derived from the cluster.
#[derive(Debug, Default)]
pub struct Index {
    inputs: Inputs,
    reads: Reads,
    produced: HashMap<Unit, SmallVec<[Key; 1]>>,
    /// Several units may claim one name; the first in order is published.
    outputs: BTreeMap<Key, Claims>,
    /// Names of services, which each of their workloads has.
    names: Shared<ArcStr>,
    rejects: BTreeMap<Unit, Vec<Reject>>,
    /// What derivations hide behind gateways of other networks.
    veiled: HashMap<Unit, Vec<Veiled>>,
    /// What objects should say about themselves, where that is anything.
    statuses: BTreeMap<StatusOf, Vec<Condition>>,
    /// Objects that say something else.
    outdated: BTreeSet<StatusOf>,
    services: usize,
}

impl Index {
    /// An empty index.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut index = Self::default();
        index.inputs.settings = settings;
        index
    }

    /// Folds one event in and says what changed.
    pub fn apply(&mut self, event: Event) -> Changes {
        let mut touched = Touched::default();
        self.inputs.apply(event, &mut touched);
        let units = self.affected(&mut touched);
        let mut changes = Changes {
            pods: touched.pods,
            remote_pods: touched.remote_pods,
            namespaces: touched.namespaces,
            entries: touched.entries,
            ..Changes::default()
        };
        self.recompute_all(units, &mut changes);
        changes
    }

    /// Every derivation that something touched may concern.
    fn affected(&self, touched: &mut Touched) -> BTreeSet<Unit> {
        let mut units = std::mem::take(&mut touched.units);
        units.extend(self.reads.of(touched.facts.iter()).cloned());
        if !touched.clusters.is_empty() {
            units.extend(self.reads.of_cluster(&touched.clusters).cloned());
        }
        units
    }

    /// Derives these, then what depends on the workloads that they hide; that hides nothing itself.
    fn recompute_all(&mut self, units: BTreeSet<Unit>, changes: &mut Changes) {
        let mut touched = Touched::default();
        for unit in units {
            self.recompute(&unit, changes, &mut touched);
        }
        for unit in self.affected(&mut touched) {
            self.recompute(&unit, changes, &mut Touched::default());
        }
    }

    /// Stores an event's facts and derives nothing; [`Index::derive_all`] must follow.
    pub fn stage(&mut self, event: Event) {
        self.inputs.apply(event, &mut Touched::default());
    }

    /// Derives everything from the facts at hand: the start, after all kinds are listed.
    pub fn derive_all(&mut self) -> Changes {
        let mut changes = Changes {
            pods: self.inputs.pods.keys().cloned().collect(),
            remote_pods: self.inputs.remote_pods(),
            namespaces: self.inputs.namespaces.keys().cloned().collect(),
            entries: self.inputs.service_entries.keys().cloned().collect(),
            ..Changes::default()
        };
        let mut units = self.inputs.units();
        units.extend(self.produced.keys().cloned());
        self.recompute_all(units, &mut changes);
        changes
    }

    /// How many services are published.
    #[must_use]
    pub fn services(&self) -> usize {
        self.services
    }

    /// Entries, as far as the allocation of addresses goes.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let lookup = Lookup::new(&self.inputs);
        let all = self.inputs.service_entries.iter();
        all.map(|(name, facts)| facts.to_allocate(name, &lookup))
            .collect()
    }

    /// Objects that cannot be read, and why.
    pub fn unreadable(&self) -> impl Iterator<Item = (&(event::Kind, ObjectName), &String)> {
        self.inputs.unreadable.iter()
    }

    /// The published Address resource of a name.
    #[must_use]
    pub fn address(&self, name: &ArcStr) -> Option<&Arc<Resource>> {
        self.published(&Key(false, name.clone()))
    }

    /// The published Authorization resource of a name.
    #[must_use]
    pub fn policy(&self, name: &ArcStr) -> Option<&Arc<Resource>> {
        self.published(&Key(true, name.clone()))
    }

    /// Every published resource, addresses first.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.outputs
            .values()
            .filter_map(|claims| claims.first())
            .map(|(_, resource)| resource)
    }

    /// A pod's facts, for grants.
    #[must_use]
    pub fn pod(&self, name: &ObjectName) -> Option<&PodFacts> {
        self.inputs.pods.get(name)
    }

    /// The same of a pod in another cluster.
    #[must_use]
    pub fn remote_pod(&self, cluster: &ArcStr, name: &ObjectName) -> Option<&PodFacts> {
        self.inputs.remotes.get(cluster)?.pods.get(name)
    }

    /// A namespace's facts, if it exists and is in view.
    #[must_use]
    pub fn namespace(&self, name: &ArcStr) -> Option<&NamespaceFacts> {
        let facts = self.inputs.namespaces.get(name)?;
        let selectors = &self.inputs.settings.discovery_selectors;
        selects_any(selectors, &facts.labels).then_some(facts)
    }

    /// What an object should say about itself, and what it says.
    #[must_use]
    pub fn status(&self, of: &StatusOf) -> (&[Condition], &[Condition]) {
        let desired = self.statuses.get(of).map(Vec::as_slice).unwrap_or_default();
        (desired, self.inputs.present(of))
    }

    /// Objects that should say something else than they do.
    pub fn outdated(&self) -> impl Iterator<Item = &StatusOf> {
        self.outdated.iter()
    }

    /// What objects should say about themselves.
    pub fn statuses(&self) -> impl Iterator<Item = (&StatusOf, &Vec<Condition>)> {
        self.statuses.iter()
    }

    /// What could not be used, by derivation.
    pub fn rejects(&self) -> impl Iterator<Item = (&Unit, &Vec<Reject>)> {
        self.rejects.iter()
    }

    fn published(&self, key: &Key) -> Option<&Arc<Resource>> {
        self.outputs.get(key)?.first().map(|(_, resource)| resource)
    }

    fn recompute(&mut self, unit: &Unit, changes: &mut Changes, touched: &mut Touched) {
        let lookup = Lookup::new(&self.inputs);
        let derived = derive(unit, &lookup);
        let reads = lookup.into_reads();
        self.reads.record(unit, reads);
        self.note_rejects(unit, derived.rejects);
        self.note_status(unit, derived.conditions, changes);
        self.note_veiled(unit, derived.veiled, touched);
        let fresh: BTreeMap<Key, Arc<Resource>> = derived
            .resources
            .into_iter()
            .map(|mut one| {
                for service in &mut one.services {
                    *service = self.names.share(service.clone());
                }
                (Key::of(&one), Arc::new(one))
            })
            .collect();
        let stale = self.produced.remove(unit).unwrap_or_default();
        for key in stale.iter().filter(|key| !fresh.contains_key(key)) {
            self.set_output(key, unit, None, changes);
        }
        if !fresh.is_empty() {
            self.produced
                .insert(unit.clone(), fresh.keys().cloned().collect());
        }
        for (key, resource) in fresh {
            self.set_output(&key, unit, Some(resource), changes);
        }
    }

    fn note_rejects(&mut self, unit: &Unit, rejects: Vec<Reject>) {
        if rejects.is_empty() {
            self.rejects.remove(unit);
        } else {
            self.rejects.insert(unit.clone(), rejects);
        }
    }

    fn note_veiled(&mut self, unit: &Unit, fresh: Vec<Veiled>, touched: &mut Touched) {
        let old = self.veiled.remove(unit).unwrap_or_default();
        if old != fresh {
            self.inputs.hidden.replace(&old, &fresh, touched);
        }
        if !fresh.is_empty() {
            self.veiled.insert(unit.clone(), fresh);
        }
    }

    fn note_status(&mut self, unit: &Unit, conditions: Vec<Condition>, changes: &mut Changes) {
        let of = match unit {
            Unit::Service(name) => StatusOf::Service(name.clone()),
            Unit::ServiceEntry(name) => StatusOf::ServiceEntry(name.clone()),
            Unit::WorkloadEntry(name) => StatusOf::WorkloadEntry(name.clone()),
            Unit::Policy(name) => StatusOf::Policy(name.clone()),
            Unit::Gateway(name) => StatusOf::Gateway(name.clone()),
            _ => return,
        };
        let conditions = status::sorted(conditions);
        if self.inputs.present(&of) == conditions {
            self.outdated.remove(&of);
        } else {
            self.outdated.insert(of.clone());
            changes.statuses.insert(of.clone());
        }
        if conditions.is_empty() {
            self.statuses.remove(&of);
        } else {
            self.statuses.insert(of, conditions);
        }
    }

    fn set_output(&mut self, key: &Key, unit: &Unit, fresh: Option<Arc<Resource>>, changes: &mut Changes) {
        let before = self.published(key).cloned();
        let claims = self.outputs.entry(key.clone()).or_default();
        claims.retain(|(owner, _)| owner != unit);
        if let Some(resource) = fresh {
            let at = claims.partition_point(|(owner, _)| owner < unit);
            claims.insert(at, (unit.clone(), resource));
        }
        if claims.is_empty() {
            self.outputs.remove(key);
        }
        let after = self.published(key);
        if before.as_ref() == after {
            return;
        }
        let is_service = |one: &Arc<Resource>| one.kind == ResourceKind::Service;
        let (was, is) = (
            before.as_ref().is_some_and(is_service),
            after.is_some_and(is_service),
        );
        let Key(is_policy, name) = key;
        let was_usable = before.is_some_and(|resource| resource.is_usable);
        changes.is_urgent |= *is_policy || (was_usable && after.is_none_or(|resource| !resource.is_usable));
        let names = if *is_policy {
            &mut changes.policies
        } else {
            &mut changes.addresses
        };
        names.insert(name.clone());
        self.services = self.services + usize::from(is) - usize::from(was);
    }
}

/// What one derivation yields.
#[derive(Debug, Default)]
struct Derived {
    resources: Vec<Resource>,
    rejects: Vec<Reject>,
    conditions: Vec<Condition>,
    veiled: Vec<Veiled>,
}

impl Derived {
    fn publish(&mut self, resources: impl IntoIterator<Item = Resource>) {
        self.resources.extend(resources);
    }

    fn publish_or_reject(&mut self, resource: Result<Option<Resource>, Reject>) {
        match resource {
            Ok(resource) => self.publish(resource),
            Err(reject) => self.rejects.push(reject),
        }
    }
}

fn derive(unit: &Unit, lookup: &Lookup<'_>) -> Derived {
    let mut derived = Derived::default();
    match unit {
        Unit::Pod(name) => {
            let workload = pod::workload(name, lookup);
            derived.publish_or_reject(workload.map(|found| found.map(|one| wds::workload(&one))));
        }
        Unit::Service(name) => derive_service(name, lookup, &mut derived),
        Unit::Slice(name) => {
            derived.rejects.extend(
                lookup
                    .own_slice(name)
                    .into_iter()
                    .flat_map(|one| one.rejects.clone()),
            );
            derived.publish(endpoint_slice::workloads(name, lookup).iter().map(wds::workload));
        }
        Unit::Policy(name) => {
            let (policy, condition) = authorization::convert(name, lookup);
            derived.publish(policy.map(|one| policy_wire::policy(&one)));
            derived.conditions.extend(condition);
        }
        Unit::PeerAuth(name) => {
            let policy = peer_authentication::converted(name, lookup);
            derived.publish(policy.map(|one| policy_wire::policy(&one)));
        }
        Unit::StaticStrict => {
            let policy = peer_authentication::static_strict(lookup);
            derived.publish(policy.map(|one| policy_wire::policy(&one)));
        }
        Unit::ServiceEntry(name) => derive_service_entry(name, lookup, &mut derived),
        Unit::WorkloadEntry(name) => {
            if let Some((workload, condition)) = workload_entry::workload(name, lookup) {
                derived.publish([wds::workload(&workload)]);
                derived.conditions.extend(condition);
            }
        }
        Unit::Gateway(name) => {
            derived.publish(gateway::workloads(name, lookup).iter().map(wds::workload));
            derived.conditions.extend(gateway::provisioning(name, lookup));
            let policy = waypoint_policy::policy(name, lookup);
            derived.publish(policy.map(|one| policy_wire::policy(&one)));
        }
        Unit::Remote(cluster, unit) => derive_remote(cluster, unit, lookup, &mut derived),
        Unit::Aggregate(network, host) => {
            let workload = clusters::aggregate(network, host, lookup);
            derived.publish(workload.map(|one| wds::workload(&one)));
        }
    }
    derived
}

fn derive_service(name: &ObjectName, lookup: &Lookup<'_>, derived: &mut Derived) {
    let own = lookup.own_service(name).into_iter();
    derived.rejects.extend(own.flat_map(|one| one.rejects.clone()));
    match service::service(name, lookup) {
        Ok(Some((service, conditions))) => {
            derived.publish([wds::service(&service)]);
            derived.rejects.extend(clusters::disagreement(name, lookup));
            derived.conditions = conditions;
        }
        Ok(None) => {}
        Err(reject) => derived.rejects.push(reject),
    }
}

fn derive_remote(cluster: &ArcStr, unit: &Unit, lookup: &Lookup<'_>, derived: &mut Derived) {
    let remote = lookup.seen_from(cluster);
    match remote.map(|remote| clusters::derive(unit, &remote)).transpose() {
        Ok(found) => {
            let found = found.unwrap_or_default();
            derived.publish(found.published.iter().map(wds::workload));
            derived.veiled = found.veiled;
        }
        Err(reject) => derived.rejects.push(reject),
    }
}

fn derive_service_entry(name: &ObjectName, lookup: &Lookup<'_>, derived: &mut Derived) {
    derived.rejects.extend(
        lookup
            .own_service_entry(name)
            .into_iter()
            .flat_map(|one| one.rejects.clone()),
    );
    match service_entry::derive(name, lookup) {
        Ok(found) => {
            derived.publish(found.services.iter().map(wds::service));
            derived.publish(found.workloads.iter().map(wds::workload));
            derived.conditions = found.conditions;
        }
        Err(reject) => derived.rejects.push(reject),
    }
}
