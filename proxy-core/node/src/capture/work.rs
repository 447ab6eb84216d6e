//! What is known about one pod while it is worked on.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mesh_sys::netns::NetNamespace;
use tokio::time::Instant;

use super::view::View;
use super::watch::Watch;
use crate::pods::record::PodRecord;
use crate::redirect::PodCapture;
use crate::redirect::put::Existing;

/// Whether a pod's processes run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// The plugin holds it: nothing runs until it is captured.
    Creating,
    /// They may.
    #[default]
    Running,
}

/// What is known about one pod; whoever holds it works on that pod alone.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) pod: Option<Arc<PodRecord>>,
    pub(super) namespace: Option<NetNamespace>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) capture: Option<PodCapture>,
    pub(super) existing: Option<Existing>,
    pub(super) searches: usize,
    pub(super) unheard: u32,
    pub(super) failing: Option<Instant>,
    pub(super) stage: Stage,
    /// When the cluster was told that the pod leaves.
    pub(super) told: Option<Instant>,
    pub(super) verified: bool,
    pub(super) watch: Option<Watch>,
    /// At how many changes of the namespace's packet rules they were last seen in place.
    pub(super) seen: Option<u32>,
    /// When this look was asked for: what was seen of the node later than that is new enough.
    pub(super) due: Option<Instant>,
}

impl Work {
    /// Something was done for the pod in this agent's life.
    pub(super) fn is_engaged(&self) -> bool {
        self.namespace.is_some() || self.capture.is_some() || self.told.is_some()
    }
}

#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) work: tokio::sync::Mutex<Work>,
    pub(super) view: Mutex<View>,
    /// Whether the namespace that is held may be another one by now.
    pub(super) is_doubtful: AtomicBool,
}

impl Slot {
    pub(super) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next look makes sure that the namespace is still the pod's.
    pub(super) fn doubt(&self) {
        self.is_doubtful.store(true, Ordering::Relaxed);
    }
}
