//! How many series there may be: whoever makes pods, names and questions of all kinds must not make the
//! memory of the proxy, and of all who read its metrics, grow without end (`spec/security.md` M5).

use std::sync::atomic::{AtomicUsize, Ordering};

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
