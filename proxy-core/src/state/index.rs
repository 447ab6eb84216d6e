//! How [`MeshState`] keeps its indexes equal to its content.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use crate::state::from_wire::packed::Record;
use crate::state::policy::{Policy, PolicyScope};
use crate::state::service::Service;
use crate::state::slots::Slot;
use crate::state::workload::NamespacedHostname;
use crate::state::{MeshState, few, is_namespaced};

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
    /// Replaces a workload; says whether what policy says of it changed.
    pub(super) fn put_workload(&mut self, new: Record) -> bool {
        let before = self
            .workloads
            .find(new.uid())
            .and_then(|slot| self.take_workload(slot));
        let has_changed = before.is_none_or(|old| !old.shape().is_authorized_as(new.shape()));
        let shape = new.shape().clone();
        let is_local = self.local_node.as_ref().is_none_or(|node| node == new.node());
        let slot = self.workloads.insert(new);
        let workloads = &self.workloads;
        let Some(new) = workloads.record(slot) else {
            return has_changed;
        };
        let uid_of = |slot: &Slot| workloads.record(*slot).map_or(&[][..], |one| one.own().uid());
        if is_local {
            few::put(&mut self.local_by_name, &new.name().into(), slot, |other| {
                uid_of(other).cmp(new.own().uid())
            });
        }
        for service in &shape.services {
            few::put(&mut self.members, service, slot, |other| {
                uid_of(other).cmp(new.own().uid())
            });
        }
        has_changed
    }

    /// Says whether there was one.
    fn remove_workload(&mut self, uid: &str) -> bool {
        let slot = self.workloads.find(uid);
        slot.and_then(|slot| self.take_workload(slot)).is_some()
    }

    fn take_workload(&mut self, slot: Slot) -> Option<Record> {
        let workloads = &self.workloads;
        let uid_of = |slot: &Slot| workloads.record(*slot).map_or(&[][..], |one| one.own().uid());
        let old = workloads.record(slot)?;
        few::take(&mut self.local_by_name, old.name(), |other| {
            uid_of(other).cmp(old.own().uid())
        });
        for service in &old.shape().services {
            few::take(&mut self.members, service, |other| {
                uid_of(other).cmp(old.own().uid())
            });
        }
        self.workloads.remove(slot)
    }

    pub(super) fn put_service(&mut self, service: Service) {
        self.remove_service(&service.key);
        let new = Arc::new(service);
        let place = |other: &Arc<Service>| other.key.cmp(&new.key);
        for vip in &new.vips {
            few::put(&mut self.by_vip, vip, new.clone(), place);
        }
        for range in &new.cidr_vips {
            few::put(&mut self.by_cidr, range, new.clone(), place);
        }
        few::put(&mut self.by_hostname, &new.key.hostname, new.clone(), place);
        self.services.insert(new.key.clone(), new.clone());
    }

    fn remove_service(&mut self, key: &NamespacedHostname) {
        let Some(service) = self.services.remove(key) else {
            return;
        };
        let place = |other: &Arc<Service>| other.key.cmp(key);
        for vip in &service.vips {
            few::take(&mut self.by_vip, vip, place);
        }
        for range in &service.cidr_vips {
            few::take(&mut self.by_cidr, range, place);
        }
        few::take(&mut self.by_hostname, &key.hostname, place);
    }

    /// By uid first; otherwise the name is a service's (`spec/xds.md` §6).
    pub(super) fn remove_address(&mut self, name: &str) {
        if !self.remove_workload(name)
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
