//! What is published: the state that every stream answers from.
//!
//! It changes only in [`Store::apply`], between pushes, so that a stream's answer and the pushes around
//! it never disagree. Pure: the lock around it is the publisher's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arcstr::ArcStr;

use super::resource::{Resource, ResourceKind};
use crate::index::Index;
use crate::index::changes::Changes;

/// Published resources and the other ways to find them.
#[derive(Debug, Default)]
pub struct Store {
    addresses: BTreeMap<ArcStr, Arc<Resource>>,
    policies: BTreeMap<ArcStr, Arc<Resource>>,
    /// alias → names.
    aliases: HashMap<String, BTreeSet<ArcStr>>,
    /// service → its workloads.
    endpoints: HashMap<ArcStr, BTreeSet<ArcStr>>,
    /// node → its workloads.
    on_node: HashMap<ArcStr, BTreeSet<ArcStr>>,
}

impl Store {
    /// Takes over what the index has for the changed keys.
    pub fn apply(&mut self, changes: &Changes, index: &Index) {
        for name in &changes.addresses {
            if let Some(old) = self.addresses.remove(name) {
                self.unlink(&old);
            }
            if let Some(new) = index.address(name) {
                self.link(new);
                self.addresses.insert(name.clone(), new.clone());
            }
        }
        for name in &changes.policies {
            match index.policy(name) {
                Some(new) => self.policies.insert(name.clone(), new.clone()),
                None => self.policies.remove(name),
            };
        }
    }

    fn link(&mut self, resource: &Resource) {
        for alias in &resource.aliases {
            self.aliases
                .entry(alias.clone())
                .or_default()
                .insert(resource.name.clone());
        }
        for service in &resource.services {
            self.endpoints
                .entry(service.clone())
                .or_default()
                .insert(resource.name.clone());
        }
        if !resource.node.is_empty() {
            self.on_node
                .entry(resource.node.clone())
                .or_default()
                .insert(resource.name.clone());
        }
    }

    fn unlink(&mut self, resource: &Resource) {
        for alias in &resource.aliases {
            drop_from(&mut self.aliases, alias, &resource.name);
        }
        for service in &resource.services {
            drop_from(&mut self.endpoints, service, &resource.name);
        }
        drop_from(&mut self.on_node, &resource.node, &resource.name);
    }

    /// An address by its canonical name.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<&Arc<Resource>> {
        self.addresses.get(name)
    }

    /// A policy by its name.
    #[must_use]
    pub fn policy(&self, name: &str) -> Option<&Arc<Resource>> {
        self.policies.get(name)
    }

    /// Every address.
    pub fn addresses(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.addresses.values()
    }

    /// Every policy.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.policies.values()
    }

    /// What a demanded key finds: workload by uid, workloads by address, service by name, service by
    /// address; a service brings its workloads (`xds.md` 5). Empty for an unknown key.
    #[must_use]
    pub fn find_demanded(&self, key: &str) -> Vec<Arc<Resource>> {
        let is_workload = |one: &&Arc<Resource>| one.kind == ResourceKind::Workload;
        let is_service = |one: &&Arc<Resource>| one.kind == ResourceKind::Service;
        if let Some(workload) = self.addresses.get(key).filter(is_workload) {
            return vec![workload.clone()];
        }
        let named = self
            .aliases
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|name| self.addresses.get(name));
        let named: Vec<&Arc<Resource>> = named.collect();
        let workloads: Vec<Arc<Resource>> = named.iter().copied().filter(is_workload).cloned().collect();
        if !workloads.is_empty() {
            return workloads;
        }
        let by_name = self.addresses.get(key).filter(is_service).into_iter();
        let by_address = named.iter().copied().filter(is_service);
        let services: Vec<&Arc<Resource>> = by_name.chain(by_address).collect();
        let mut found: Vec<Arc<Resource>> = services.iter().copied().cloned().collect();
        for service in services {
            found.extend(self.endpoints_of(&service.name));
        }
        found
    }

    /// Workloads of a service.
    pub fn endpoints_of(&self, service: &ArcStr) -> impl Iterator<Item = Arc<Resource>> {
        self.members(&self.endpoints, service)
    }

    /// Workloads of a node.
    pub fn on_node(&self, node: &ArcStr) -> impl Iterator<Item = Arc<Resource>> {
        self.members(&self.on_node, node)
    }

    fn members<'a>(
        &'a self,
        table: &'a HashMap<ArcStr, BTreeSet<ArcStr>>,
        key: &ArcStr,
    ) -> impl Iterator<Item = Arc<Resource>> + use<'a> {
        table
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|name| self.addresses.get(name))
            .cloned()
    }
}

fn drop_from<K, Q>(table: &mut HashMap<K, BTreeSet<ArcStr>>, key: &Q, name: &ArcStr)
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
    Q: std::hash::Hash + Eq + ?Sized,
{
    if let Some(names) = table.get_mut(key) {
        names.remove(name);
        if names.is_empty() {
            table.remove(key);
        }
    }
}
