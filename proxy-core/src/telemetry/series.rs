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
/// How many there may be before those whose ends are gone are looked for.
const FEW_KINDS: usize = 64;

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

    /// Whether the object is still in use: nobody else can be talked to as it.
    fn is_there(&self) -> bool {
        self.0.strong_count() > 0
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

    /// Whether another connection of this kind can come.
    fn can_return(&self) -> bool {
        self.source.as_ref().is_none_or(Place::is_there)
            && self.destination.as_ref().is_none_or(Place::is_there)
            && self.service.as_ref().is_none_or(Place::is_there)
    }
}

/// The kinds of connections seen lately. Those of pods that have gone or changed are forgotten in time: each would hold
/// the place of what it was.
#[derive(Debug, Default)]
pub(super) struct Kinds(Mutex<Known>);

#[derive(Debug)]
struct Known {
    series: HashMap<Kind, Arc<Series>>,
    /// The number at which those that cannot return are looked for again.
    full: usize,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            series: HashMap::new(),
            full: FEW_KINDS,
        }
    }
}

impl Known {
    /// Makes room for one more: twice as many as are in use may be kept.
    fn make_room(&mut self) {
        if self.series.len() < self.full {
            return;
        }
        self.series.retain(|kind, _| kind.can_return());
        if self.series.len() >= KINDS {
            self.series.clear();
        }
        self.full = (self.series.len() * 2).clamp(FEW_KINDS, KINDS);
        self.series.shrink_to(self.full);
    }
}

impl Kinds {
    /// What connections like this one count on; `look_up` says it the first time.
    pub(super) fn find(&self, facts: &Facts, look_up: impl FnOnce() -> Series) -> Arc<Series> {
        let Some(kind) = Kind::of(facts) else {
            return Arc::new(look_up());
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.series.get(&kind) {
            return series.clone();
        }
        known.make_room();
        let series = Arc::new(look_up());
        known.series.insert(kind, series.clone());
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::tests::outbound;
    use crate::testing::pod;

    fn to(destination: &Arc<Workload>) -> Facts {
        Facts {
            source: Side::Unknown,
            service: None,
            destination: Side::Known(destination.clone()),
            ..outbound()
        }
    }

    fn series(facts: &Facts) -> Series {
        Series {
            labels: TrafficLabels::of(facts),
            opened: Counter::default(),
            received: Counter::default(),
            sent: Counter::default(),
            closed: OnceLock::new(),
        }
    }

    fn find(kinds: &Kinds, destination: &Arc<Workload>) -> Arc<Series> {
        let facts = to(destination);
        kinds.find(&facts, || series(&facts))
    }

    #[test]
    fn kinds_of_pods_that_are_gone_are_forgotten_and_others_are_not() {
        let kinds = Kinds::default();
        let living: Vec<_> = (0..100)
            .map(|number| Arc::new(pod(&format!("alive-{number}"), &["10.0.0.2"])))
            .collect();
        let before: Vec<_> = living.iter().map(|pod| find(&kinds, pod)).collect();
        for number in 0..10_000 {
            find(&kinds, &Arc::new(pod(&format!("gone-{number}"), &["10.0.0.3"])));
        }
        let held = kinds.0.lock().unwrap().series.len();
        assert!(held <= 2 * living.len(), "{held}");
        for (pod, series) in living.iter().zip(&before) {
            assert!(Arc::ptr_eq(&find(&kinds, pod), series), "{}", pod.name);
        }
    }
}
