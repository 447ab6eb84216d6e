//! Which versions a client holds: what it says when it comes back (`spec/xds.md` §6). (pure)
//!
//! A workload's record has its name and its version already; only of other resources they are kept here.

use std::collections::HashMap;

use ahash::RandomState;
use arcstr::ArcStr;
use hashbrown::HashTable;
use hashbrown::hash_table::OccupiedEntry;

use crate::state::from_wire::packed::{Own, Record};

/// Versions by name.
#[derive(Debug, Default)]
pub(super) struct Held {
    workloads: HashTable<Own>,
    others: HashMap<ArcStr, ArcStr, RandomState>,
    hasher: RandomState,
}

impl Held {
    /// Makes room for so many workloads in all.
    pub(super) fn reserve(&mut self, count: usize) {
        let hasher = &self.hasher;
        let more = count.saturating_sub(self.workloads.len());
        self.workloads.reserve(more, |one| hasher.hash_one(one.uid()));
    }

    /// A workload whose name is its uid.
    pub(super) fn put_workload(&mut self, record: &Record) {
        self.others.remove(record.uid());
        let (own, hasher) = (record.own().clone(), &self.hasher);
        let hash = hasher.hash_one(own.uid());
        match self.workloads.find_mut(hash, |one| one.uid() == own.uid()) {
            Some(old) => *old = own,
            None => {
                self.workloads
                    .insert_unique(hash, own, |one| hasher.hash_one(one.uid()));
            }
        }
    }

    /// Anything else.
    pub(super) fn put(&mut self, name: ArcStr, version: ArcStr) {
        self.remove_workload(&name);
        self.others.insert(name, version);
    }

    /// Whatever has that name.
    pub(super) fn remove(&mut self, name: &str) {
        self.others.remove(name);
        self.remove_workload(name);
    }

    fn remove_workload(&mut self, name: &str) {
        let hash = self.hasher.hash_one(name.as_bytes());
        let found = self
            .workloads
            .find_entry(hash, |one| one.uid() == name.as_bytes());
        found.map(OccupiedEntry::remove).ok();
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Names and versions, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let workloads = self.workloads.iter().map(Own::named);
        let others = self.others.iter();
        workloads.chain(others.map(|(name, version)| (name.as_str(), version.as_str())))
    }
}
