//! The shared handle on the mesh state.
//!
//! One decision, one [`Live::read`]: the closure gives one consistent view and cannot hold the lock
//! across an await. Whoever must react to changes watches [`Live::changes`] or [`Live::policy_changes`].

use std::sync::{PoisonError, RwLock};

use tokio::sync::watch;

use crate::state::{MeshState, Update};

/// Shared mesh state.
#[derive(Debug)]
pub struct Live {
    mesh: RwLock<MeshState>,
    changes: watch::Sender<u64>,
    policies: watch::Sender<u64>,
    synced: watch::Sender<bool>,
}

impl Live {
    /// Shares a state.
    #[must_use]
    pub fn new(mesh: MeshState) -> Self {
        Self {
            mesh: RwLock::new(mesh),
            changes: watch::Sender::new(0),
            policies: watch::Sender::new(0),
            synced: watch::Sender::new(false),
        }
    }

    /// Reads one consistent view.
    pub fn read<T>(&self, look: impl FnOnce(&MeshState) -> T) -> T {
        look(&self.mesh.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies a batch under one lock, then wakes those who watch.
    pub fn apply(&self, updates: Vec<Update>) {
        if updates.is_empty() {
            return;
        }
        let applied = self
            .mesh
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply(updates);
        if applied.workloads {
            self.changes.send_modify(|epoch| *epoch += 1);
        }
        if applied.authorization {
            self.policies.send_modify(|epoch| *epoch += 1);
        }
    }

    /// Says that every type has been received once.
    pub fn mark_synced(&self) {
        self.synced
            .send_if_modified(|synced| !std::mem::replace(synced, true));
    }

    /// Changes of workloads and services.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Changes that may alter a policy decision.
    #[must_use]
    pub fn policy_changes(&self) -> watch::Receiver<u64> {
        self.policies.subscribe()
    }

    /// Turns true with the first full sync and stays so.
    #[must_use]
    pub fn synced(&self) -> watch::Receiver<bool> {
        self.synced.subscribe()
    }
}
