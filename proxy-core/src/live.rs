//! The shared handle on the mesh state.
//!
//! One decision, one [`Live::read`]: the closure gives one consistent view and cannot hold the lock
//! across an await. Whoever must react to changes watches [`Live::changes`] or [`Live::policy_changes`].

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arcstr::ArcStr;
use tokio::sync::watch;

use crate::authz::{self, Connection, Verdict};
use crate::state::workload::Workload;
use crate::state::{MeshState, Update};
use crate::xds::demands::{Demands, NotAnswered};

/// Shared mesh state.
#[derive(Debug)]
pub struct Live {
    mesh: RwLock<MeshState>,
    changes: watch::Sender<u64>,
    policies: watch::Sender<u64>,
    synced: watch::Sender<bool>,
    demands: Option<Arc<Demands>>,
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
            demands: None,
        }
    }

    /// Shares a state that is known only on demand.
    #[must_use]
    pub fn on_demand(mesh: MeshState, demands: Arc<Demands>) -> Self {
        Self {
            demands: Some(demands),
            ..Self::new(mesh)
        }
    }

    /// Asks for what `missing` names until it names nothing more; at once where all of the mesh is known.
    ///
    /// `missing` gets the keys that were asked for, and must not name one of them again.
    pub async fn discover(
        &self,
        limit: Duration,
        missing: impl Fn(&MeshState, &[ArcStr]) -> Option<ArcStr>,
    ) -> Result<(), NotAnswered> {
        let Some(demands) = &self.demands else {
            return Ok(());
        };
        let mut asked = Vec::new();
        while let Some(key) = self.read(|mesh| missing(mesh, &asked)) {
            demands.fetch(&key, limit).await?;
            asked.push(key);
        }
        Ok(())
    }

    /// Wakes those who wait for these keys.
    pub fn answered(&self, keys: &[ArcStr]) {
        if let Some(demands) = &self.demands {
            demands.answered(keys);
        }
    }

    /// Reads one consistent view.
    pub fn read<T>(&self, look: impl FnOnce(&MeshState) -> T) -> T {
        let mesh = self.mesh.read().unwrap_or_else(PoisonError::into_inner);
        let (seen, is_crowded) = (look(&mesh), mesh.is_crowded());
        drop(mesh);
        // another reader may still be there: then the next one does it
        if is_crowded && let Ok(mut mesh) = self.mesh.try_write() {
            mesh.fold();
        }
        seen
    }

    /// What policy says to a connection to `workload`, as the mesh has both now; nothing before the first full
    /// sync (`security.md` A7).
    #[must_use]
    pub fn decide(&self, workload: &Workload, connection: &Connection) -> Option<Verdict> {
        if !*self.synced.borrow() {
            return None;
        }
        // by uid: the list of policies may have changed since the workload was looked up
        let decided = self.read(|mesh| {
            let current = mesh.find_workload(&workload.uid).map_or(workload, AsRef::as_ref);
            authz::decide(mesh, current, connection)
        });
        Some(decided)
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
