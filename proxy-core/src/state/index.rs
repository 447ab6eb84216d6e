//! How [`MeshState`] keeps its indexes equal to its content.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::state::policy::{Policy, PolicyScope};
use crate::state::service::Service;
use crate::state::workload::{NamespacedHostname, NetworkAddress, Workload};
use crate::state::{MeshState, address_keys, is_namespaced};

/// A list that nearly always has one element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Few<T> {
    /// The common case, without a heap block.
    One(T),
    /// The rare one.
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        match self {
            Self::One(one) => std::slice::from_ref(one).iter(),
            Self::Many(many) => many.iter(),
        }
    }

    fn with(self, item: T) -> Self {
        match self {
            Self::One(one) => Self::Many(vec![one, item]),
            Self::Many(mut many) => {
                many.push(item);
                Self::Many(many)
            }
        }
    }

    fn without(self, is_gone: impl Fn(&T) -> bool) -> Option<Self> {
        let mut left: Vec<T> = match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        };
        left.retain(|item| !is_gone(item));
        match left.len() {
            0 => None,
            1 => left.pop().map(Self::One),
            _ => Some(Self::Many(left)),
        }
    }
}

fn put_in_set<K: Hash + Eq, V: Ord>(map: &mut HashMap<K, BTreeSet<V>>, key: K, value: V) {
    map.entry(key).or_default().insert(value);
}

fn remove_from_set<K: Hash + Eq, V: Ord>(map: &mut HashMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(set) = map.get_mut(key) {
        set.remove(value);
        if set.is_empty() {
            map.remove(key);
        }
    }
}

impl MeshState {
    /// Replaces a workload; says whether its policy list changed.
    pub(super) fn put_workload(&mut self, workload: Workload) -> bool {
        let uid = workload.uid.clone();
        let before = self.remove_workload(&uid);
        let workload = Arc::new(workload);
        for key in address_keys(&workload) {
            self.put_address(key, &workload);
        }
        if self.is_local(&workload) {
            put_in_set(&mut self.local_by_name, workload.name.clone(), uid.clone());
        }
        for (service, _) in &workload.services {
            self.members
                .entry(service.clone())
                .or_default()
                .insert(uid.clone(), workload.clone());
        }
        let has_changed = before.is_none_or(|old| {
            old.authorization_policies != workload.authorization_policies || old.identity != workload.identity
        });
        self.workloads.insert(uid, workload);
        has_changed
    }

    fn put_address(&mut self, key: NetworkAddress, workload: &Arc<Workload>) {
        let list = match self.by_address.remove(&key) {
            Some(list) => list.with(workload.clone()),
            None => Few::One(workload.clone()),
        };
        self.by_address.insert(key, list);
    }

    fn remove_workload(&mut self, uid: &str) -> Option<Arc<Workload>> {
        let workload = self.workloads.remove(uid)?;
        for key in address_keys(&workload) {
            if let Some(left) = self
                .by_address
                .remove(&key)
                .and_then(|list| list.without(|one| one.uid == uid))
            {
                self.by_address.insert(key, left);
            }
        }
        remove_from_set(&mut self.local_by_name, &workload.name, &workload.uid);
        for (service, _) in &workload.services {
            if let Some(members) = self.members.get_mut(service) {
                members.remove(uid);
                if members.is_empty() {
                    self.members.remove(service);
                }
            }
        }
        Some(workload)
    }

    pub(super) fn put_service(&mut self, service: Service) {
        self.remove_service(&service.key);
        let key = service.key.clone();
        for vip in &service.vips {
            put_in_set(&mut self.by_vip, vip.clone(), key.clone());
        }
        for range in &service.cidr_vips {
            put_in_set(&mut self.by_cidr, range.clone(), key.clone());
        }
        put_in_set(&mut self.by_hostname, key.hostname.clone(), key.clone());
        self.services.insert(key, Arc::new(service));
    }

    fn remove_service(&mut self, key: &NamespacedHostname) {
        let Some(service) = self.services.remove(key) else {
            return;
        };
        for vip in &service.vips {
            remove_from_set(&mut self.by_vip, vip, key);
        }
        for range in &service.cidr_vips {
            remove_from_set(&mut self.by_cidr, range, key);
        }
        remove_from_set(&mut self.by_hostname, &key.hostname, key);
    }

    /// By uid first; otherwise the name is a service's (`spec/xds.md` §6).
    pub(super) fn remove_address(&mut self, name: &str) {
        if self.remove_workload(name).is_none()
            && let Some(key) = NamespacedHostname::parse(name)
        {
            self.remove_service(&key);
        }
    }

    pub(super) fn put_policy(&mut self, policy: Policy) {
        self.remove_policy(&policy.key);
        self.removed_policies.remove(&policy.key);
        if policy.scope == PolicyScope::Global {
            self.global_policies.insert(policy.key.clone());
        }
        if is_namespaced(&policy) {
            put_in_set(
                &mut self.namespace_policies,
                policy.namespace.clone(),
                policy.key.clone(),
            );
        }
        self.policies.insert(policy.key.clone(), Arc::new(policy));
    }

    pub(super) fn remove_policy(&mut self, key: &str) {
        let Some(policy) = self.policies.remove(key) else {
            return;
        };
        self.global_policies.remove(&policy.key);
        if is_namespaced(&policy) {
            remove_from_set(&mut self.namespace_policies, &policy.namespace, &policy.key);
        }
    }
}
