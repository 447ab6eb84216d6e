//! How many series there may be: whoever makes pods, names and questions of all kinds must not make the
//! memory of the proxy, and of all who read its metrics, grow without end (`spec/security.md` M5).
//!
//! What one kind of connection counts on is looked up once, and then found by who talks to whom.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use mesh_wire::identity::Identity;
use prometheus_client::metrics::counter::Counter;

use crate::state::service::Service;
use crate::state::workload::Workload;
use crate::telemetry::labels::TrafficLabels;
use crate::telemetry::{Facts, Reporter, Side};

/// Series of traffic and DNS together; the few others are bounded by what they are. A little below the
/// limit of 50,000, for those and for the sets that are called `other`.
const MOST: usize = 49_000;

/// The room that is left.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(MOST))
    }
}

impl Room {
    /// Takes room for so many more series, all or none of it.
    #[must_use]
    pub(super) fn take(&self, series: usize) -> bool {
        let less = |left: usize| left.checked_sub(series);
        self.0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
    }
}

/// Kinds of connections that are found quickly; more are forgotten and found again.
const KINDS: usize = 4096;

/// What connections of one kind count on.
#[derive(Debug)]
pub struct Series {
    pub(super) labels: TrafficLabels,
    pub(super) opened: Counter,
    pub(super) received: Counter,
    pub(super) sent: Counter,
    /// Those that ended in order.
    pub(super) closed: OnceLock<Counter>,
}

/// An object of the mesh as it was; never mistaken for a later one, and none of it is kept but its place.
#[derive(Debug)]
struct Place<T>(Weak<T>);

impl<T> Place<T> {
    fn of(object: &Arc<T>) -> Self {
        Self(Arc::downgrade(object))
    }
}

impl<T> PartialEq for Place<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl<T> Eq for Place<T> {}

impl<T> Hash for Place<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
    }
}

/// Who talks to whom.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    reporter: Reporter,
    mutual_tls: bool,
    source: Option<Place<Workload>>,
    destination: Option<Place<Workload>>,
    service: Option<Place<Service>>,
    identities: [Option<Identity>; 2],
}

impl Kind {
    /// None where one end is only what it says of itself: that has no place.
    fn of(facts: &Facts) -> Option<Self> {
        let side = |side: &Side| match side {
            Side::Known(workload) => Some(Some(Place::of(workload))),
            Side::Unknown => Some(None),
            Side::Told(_) => None,
        };
        Some(Self {
            reporter: facts.reporter,
            mutual_tls: facts.is_mutual_tls(),
            source: side(&facts.source)?,
            destination: side(&facts.destination)?,
            service: facts.service.as_ref().map(Place::of),
            identities: [facts.source_identity.clone(), facts.destination_identity.clone()],
        })
    }
}

/// The kinds of connections seen lately.
#[derive(Debug, Default)]
pub(super) struct Kinds(Mutex<HashMap<Kind, Arc<Series>>>);

impl Kinds {
    /// What connections like this one count on; `look_up` says it the first time.
    pub(super) fn find(&self, facts: &Facts, look_up: impl FnOnce() -> Series) -> Arc<Series> {
        let Some(kind) = Kind::of(facts) else {
            return Arc::new(look_up());
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(&kind) {
            return series.clone();
        }
        if known.len() >= KINDS {
            known.clear();
        }
        let series = Arc::new(look_up());
        known.insert(kind, series.clone());
        series
    }
}
