//! What this server writes to the cluster. Each writer compares before it writes, and most write only while
//! this process leads ([`leader`]).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use k8s_openapi::jiff::Timestamp;
use tokio::sync::watch;

pub mod addresses;
pub mod leader;
pub mod roots;
pub mod status;
pub mod taints;
pub mod waypoints;
pub mod webhooks;

/// A moment as objects have it: RFC 3339, whole seconds, UTC.
pub(crate) fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// This moment as objects have it.
pub(crate) fn now() -> String {
    written(Timestamp::now())
}

/// A small table that one task keeps and others follow.
#[derive(Debug)]
pub struct Noted<K, V> {
    table: Mutex<BTreeMap<K, V>>,
    changed: watch::Sender<()>,
}

impl<K, V> Default for Noted<K, V> {
    fn default() -> Self {
        Self {
            table: Mutex::new(BTreeMap::new()),
            changed: watch::Sender::new(()),
        }
    }
}

impl<K: Ord, V: PartialEq + Clone> Noted<K, V>
where
    K: Clone,
{
    /// Changes the table and tells followers.
    pub fn update(&self, change: impl FnOnce(&mut BTreeMap<K, V>)) {
        change(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_replace(());
    }

    /// The table now.
    #[must_use]
    pub fn all(&self) -> BTreeMap<K, V> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The table now, which is empty then.
    pub fn take(&self) -> BTreeMap<K, V> {
        std::mem::take(&mut *self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Marked at every change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
