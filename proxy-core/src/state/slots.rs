//! Where workloads are kept: packed, each in a slot; tables of slot numbers find them. (pure)
//!
//! The tables hold no text: they hash and compare what the slots say. A workload is opened when somebody looks at
//! it and stays open, so that all who look get the same one; [`Workloads::fold`] closes those that nobody uses.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ahash::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::OccupiedEntry;

use crate::state::from_wire::packed::Record;
use crate::state::workload::{NetworkAddress, Workload};

/// So many may be open before those without a user are closed: what a node's pods talk to is fewer, and eight
/// services of a thousand endpoints stay open.
const OPEN: usize = 8_192;

/// The number of a slot.
pub(super) type Slot = u32;

#[derive(Debug)]
struct Held {
    record: Option<Record>,
    open: OnceLock<Arc<Workload>>,
}

/// One address of one workload.
#[derive(Debug, Clone, Copy)]
struct Place {
    slot: Slot,
    /// Which one of its addresses.
    nth: u32,
}

/// All workloads.
#[derive(Debug, Default)]
pub(super) struct Workloads {
    slots: Vec<Held>,
    free: Vec<Slot>,
    by_uid: HashTable<Slot>,
    by_address: HashTable<Place>,
    hasher: RandomState,
    /// The slots that were opened since the last time, and those still open then.
    opened: Mutex<Vec<Slot>>,
    open: AtomicUsize,
    /// So many were in use the last time.
    used: usize,
}

fn record(slots: &[Held], slot: Slot) -> Option<&Record> {
    slots.get(slot as usize)?.record.as_ref()
}

fn hash_of_uid(hasher: &RandomState, slots: &[Held], slot: Slot) -> u64 {
    hasher.hash_one(record(slots, slot).map_or(&[][..], |one| one.own().uid()))
}

fn hash_of_place(hasher: &RandomState, slots: &[Held], place: Place) -> u64 {
    let record = record(slots, place.slot);
    let address = record.and_then(|one| one.addresses().nth(place.nth as usize));
    let network = record.map_or("", |one| one.shape().network.as_str());
    address.map_or(0, |address| hasher.hash_one((network, address)))
}

impl Workloads {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// Makes room for so many in all.
    pub(super) fn reserve(&mut self, count: usize) {
        let more = count.saturating_sub(self.len());
        self.slots.reserve_exact(more.saturating_sub(self.free.len()));
        let (hasher, slots) = (&self.hasher, &self.slots);
        self.by_uid
            .reserve(more, |slot| hash_of_uid(hasher, slots, *slot));
        self.by_address
            .reserve(more, |place| hash_of_place(hasher, slots, *place));
    }

    /// The slot of a uid.
    pub(super) fn find(&self, uid: &str) -> Option<Slot> {
        let hash = self.hasher.hash_one(uid.as_bytes());
        let is_it =
            |slot: &Slot| record(&self.slots, *slot).is_some_and(|one| one.own().uid() == uid.as_bytes());
        self.by_uid.find(hash, is_it).copied()
    }

    /// The slots of an address.
    pub(super) fn at(&self, address: &NetworkAddress) -> impl Iterator<Item = Slot> {
        let hash = self.place(&address.network, address.address);
        self.by_address.iter_hash(hash).filter_map(move |place| {
            let one = record(&self.slots, place.slot)?;
            let is_it = one.shape().network == address.network
                && one.addresses().nth(place.nth as usize) == Some(address.address);
            is_it.then_some(place.slot)
        })
    }

    fn place(&self, network: &str, address: IpAddr) -> u64 {
        self.hasher.hash_one((network, address))
    }

    /// What is in a slot.
    pub(super) fn record(&self, slot: Slot) -> Option<&Record> {
        record(&self.slots, slot)
    }

    /// All slots in use.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &Record)> {
        let numbered = (0..).zip(&self.slots);
        numbered.filter_map(|(slot, held)| Some((slot, held.record.as_ref()?)))
    }

    /// The workload of a slot, the same for all who look.
    pub(super) fn open(&self, slot: Slot) -> Option<&Arc<Workload>> {
        let held = self.slots.get(slot as usize)?;
        let record = held.record.as_ref()?;
        Some(held.open.get_or_init(|| {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.push(slot);
            self.open.store(opened.len(), Ordering::Relaxed);
            drop(opened);
            Arc::new(record.open_one_of_many())
        }))
    }

    /// The workload of a slot for one look: nothing is kept for it.
    pub(super) fn look(&self, slot: Slot) -> Option<Arc<Workload>> {
        let held = self.slots.get(slot as usize)?;
        let record = held.record.as_ref()?;
        let open = held.open.get().cloned();
        Some(open.unwrap_or_else(|| Arc::new(record.open())))
    }

    /// Puts a workload in whose uid is not there.
    pub(super) fn insert(&mut self, new: Record) -> Slot {
        let held = Held {
            record: Some(new),
            open: OnceLock::new(),
        };
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = held;
            slot
        } else {
            self.slots.push(held);
            Slot::try_from(self.slots.len() - 1).expect("memory ends before the numbers do")
        };
        let (hasher, slots) = (&self.hasher, &self.slots);
        let hash = hash_of_uid(hasher, slots, slot);
        self.by_uid
            .insert_unique(hash, slot, |slot| hash_of_uid(hasher, slots, *slot));
        let new = record(slots, slot);
        for (nth, address) in (0..).zip(new.into_iter().flat_map(Record::addresses)) {
            let network = new.map_or("", |one| one.shape().network.as_str());
            let (hash, place) = (hasher.hash_one((network, address)), Place { slot, nth });
            self.by_address
                .insert_unique(hash, place, |place| hash_of_place(hasher, slots, *place));
        }
        slot
    }

    /// Takes a workload out.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Record> {
        let (hasher, slots) = (&self.hasher, &self.slots);
        let old = record(slots, slot)?;
        let is_it = |place: &Place| place.slot == slot;
        for (nth, _) in (0..).zip(old.addresses()) {
            let hash = hash_of_place(hasher, slots, Place { slot, nth });
            let place = self
                .by_address
                .find_entry(hash, |one| is_it(one) && one.nth == nth);
            place.map(OccupiedEntry::remove).ok();
        }
        let uid = self
            .by_uid
            .find_entry(hash_of_uid(hasher, slots, slot), |one| *one == slot);
        uid.map(OccupiedEntry::remove).ok();
        let held = self.slots.get_mut(slot as usize)?;
        held.open.take();
        self.free.push(slot);
        held.record.take()
    }

    /// Whether more are open than need be.
    pub(super) fn is_crowded(&self) -> bool {
        self.open.load(Ordering::Relaxed) > OPEN.max(2 * self.used)
    }

    /// Closes what nobody uses.
    pub(super) fn fold(&mut self) {
        let opened = self.opened.get_mut().unwrap_or_else(PoisonError::into_inner);
        opened.sort_unstable();
        opened.dedup();
        opened.retain(|slot| {
            let Some(held) = self.slots.get_mut(*slot as usize) else {
                return false;
            };
            if let Some(record) = &held.record {
                record.shape().forget();
            }
            let is_used = held.open.get().is_some_and(|open| Arc::strong_count(open) > 1);
            if !is_used {
                held.open.take();
            }
            is_used
        });
        opened.shrink_to(OPEN);
        self.used = opened.len();
        self.open.store(opened.len(), Ordering::Relaxed);
    }

    /// Gives back room once most of it is empty.
    pub(super) fn shrink(&mut self) {
        if self.by_uid.capacity() < 4 * self.len() + 1024 {
            return;
        }
        let (hasher, slots) = (&self.hasher, &self.slots);
        self.by_uid
            .shrink_to_fit(|slot| hash_of_uid(hasher, slots, *slot));
        self.by_address
            .shrink_to_fit(|place| hash_of_place(hasher, slots, *place));
    }
}
