//! Which pods must run, as the agent's messages say: snapshot, add, keep, delete. (pure)

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use arcstr::ArcStr;

/// What to do about an Add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Add {
    /// It runs already, in that very namespace.
    Running,
    /// Start it.
    Start,
    /// Stop the old one at once, then start it.
    Replace,
}

/// A message that breaks the protocol; the connection ends after the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Add without a description.
    #[error("workload_info is required but not present")]
    NoWorkloadInfo,
    /// Keep outside of a snapshot.
    #[error("pod keep received after snapshot")]
    KeepAfterSnapshot,
    /// Two snapshots.
    #[error("pod snapshot received already")]
    SecondSnapshot,
}

/// The state of the hand-over; `N` says which namespace a pod has.
#[derive(Debug)]
pub struct Pods<N> {
    running: BTreeMap<ArcStr, N>,
    pending: BTreeSet<ArcStr>,
    mentioned: BTreeSet<ArcStr>,
    snapshot: bool,
}

impl<N> Default for Pods<N> {
    fn default() -> Self {
        Self {
            running: BTreeMap::new(),
            pending: BTreeSet::new(),
            mentioned: BTreeSet::new(),
            snapshot: false,
        }
    }
}

impl<N: Copy + PartialEq> Pods<N> {
    /// A new connection: the last snapshot and its retries are forgotten, running pods go on.
    pub fn on_connected(&mut self) {
        self.mentioned.clear();
        self.pending.clear();
        self.snapshot = false;
    }

    /// An Add of a pod whose namespace is `namespace`.
    pub fn on_add(&mut self, uid: &ArcStr, namespace: N) -> Add {
        if !self.snapshot {
            self.mentioned.insert(uid.clone());
        }
        match self.running.get(uid) {
            Some(held) if *held == namespace => Add::Running,
            Some(_) => Add::Replace,
            None => Add::Start,
        }
    }

    /// A start succeeded.
    pub fn on_started(&mut self, uid: ArcStr, namespace: N) {
        self.pending.remove(&uid);
        self.running.insert(uid, namespace);
    }

    /// A start failed; it is tried again.
    pub fn on_failed(&mut self, uid: ArcStr) {
        self.running.remove(&uid);
        self.pending.insert(uid);
    }

    /// A Keep.
    pub fn on_keep(&mut self, uid: ArcStr) -> Result<(), ProtocolError> {
        if self.snapshot {
            return Err(ProtocolError::KeepAfterSnapshot);
        }
        self.mentioned.insert(uid);
        Ok(())
    }

    /// A Del; says whether the pod must be stopped now.
    pub fn on_del(&mut self, uid: &str) -> bool {
        self.pending.remove(uid);
        if !self.snapshot {
            self.mentioned.remove(uid);
            return false; // the snapshot's end stops it
        }
        self.running.remove(uid).is_some()
    }

    /// The end of the snapshot; gives the pods to stop.
    pub fn on_snapshot(&mut self) -> Result<Vec<ArcStr>, ProtocolError> {
        if self.snapshot {
            return Err(ProtocolError::SecondSnapshot);
        }
        self.snapshot = true;
        let gone: Vec<ArcStr> = self
            .running
            .keys()
            .filter(|uid| !self.mentioned.contains(*uid))
            .cloned()
            .collect();
        for uid in &gone {
            self.running.remove(uid);
        }
        self.mentioned.clear();
        Ok(gone)
    }

    /// Pods whose start must be tried again.
    pub fn pending(&self) -> impl Iterator<Item = &ArcStr> {
        self.pending.iter()
    }

    /// Whether the snapshot of this connection is complete.
    #[must_use]
    pub fn has_snapshot(&self) -> bool {
        self.snapshot
    }

    /// How many run, how many wait.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.running.len(), self.pending.len())
    }
}
