//! How many sockets connections may hold, so that discovery, certificates and the admin interface never
//! run out of descriptors (`spec/security.md` §9).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One part in so many is kept for the rest of the process.
const KEPT: usize = 20;

/// The budget of all pods together.
#[derive(Debug)]
pub struct Descriptors {
    limit: usize,
    used: AtomicUsize,
}

/// A part of the budget, given back when dropped.
#[derive(Debug)]
pub struct Held {
    of: Arc<Descriptors>,
    count: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.used.fetch_sub(self.count, Ordering::AcqRel);
    }
}

impl Descriptors {
    /// The budget of a process that may open `limit` descriptors and has opened `open` for other things.
    #[must_use]
    pub fn new(open: usize, limit: usize) -> Self {
        let kept = (limit / KEPT).max(32);
        Self {
            limit: limit.saturating_sub(kept + open),
            used: AtomicUsize::new(0),
        }
    }

    /// The budget of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let (open, limit) = mesh_sys::process::descriptors();
        Self::new(open, usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// Takes `count`, or nothing if there are not so many left.
    #[must_use]
    pub fn take(self: &Arc<Self>, count: usize) -> Option<Held> {
        let taken = |used: usize| (used + count <= self.limit).then_some(used + count);
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, taken)
            .ok()?;
        Some(Held {
            of: self.clone(),
            count,
        })
    }

    /// Whether `count` are left.
    #[must_use]
    pub fn has(&self, count: usize) -> bool {
        self.used.load(Ordering::Acquire) + count <= self.limit
    }
}

#[cfg(test)]
impl Descriptors {
    /// How many are left.
    pub(crate) fn free(&self) -> usize {
        self.limit - self.used.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_9_a_twentieth_is_kept_and_what_ends_gives_back() {
        let budget = Arc::new(Descriptors::new(50, 1_000));
        assert_eq!(budget.limit, 900);
        let most = budget.take(899).unwrap();
        assert!(budget.has(1) && !budget.has(2));
        assert!(budget.take(2).is_none());
        let last = budget.take(1).unwrap();
        assert!(!budget.has(1));
        drop(last);
        drop(most);
        assert!(budget.has(900));
    }

    #[test]
    fn a_tiny_limit_leaves_nothing_rather_than_everything() {
        assert!(!Descriptors::new(30, 40).has(1));
    }
}
