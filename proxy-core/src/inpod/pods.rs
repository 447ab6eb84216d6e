//! Which pods must run, as the agent's messages say: snapshot, add, keep, delete. (pure)

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use arcstr::ArcStr;

/// Listeners that are missing for longer than this count against readiness (`security.md` M6) …
const MISSING_AFTER: Duration = Duration::from_secs(10);
/// … until they have been missing for so long: a pod that keeps failing must not block a rollout.
const GIVEN_UP_AFTER: Duration = Duration::from_mins(1);

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
    /// Since when a pod of the agent has no listeners; outlives a connection.
    failing: BTreeMap<ArcStr, Instant>,
    mentioned: BTreeSet<ArcStr>,
    snapshot: bool,
}

impl<N> Default for Pods<N> {
    fn default() -> Self {
        Self {
            running: BTreeMap::new(),
            pending: BTreeSet::new(),
            failing: BTreeMap::new(),
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
        self.failing.remove(&uid);
        self.running.insert(uid, namespace);
    }

    /// A start failed at `now`; it is tried again.
    pub fn on_failed(&mut self, uid: ArcStr, now: Instant) {
        self.running.remove(&uid);
        self.failing.entry(uid.clone()).or_insert(now);
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
        self.failing.remove(uid);
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
        self.failing.retain(|uid, _| self.pending.contains(uid));
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

    /// How many pods have been without listeners for long enough to count, and not for so long that they
    /// are only told of.
    #[must_use]
    pub fn missing(&self, now: Instant) -> usize {
        let counts = |since: &&Instant| {
            let age = now.saturating_duration_since(**since);
            age > MISSING_AFTER && age <= GIVEN_UP_AFTER
        };
        self.failing.values().filter(counts).count()
    }

    /// How many run, how many wait.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.running.len(), self.pending.len())
    }
}
