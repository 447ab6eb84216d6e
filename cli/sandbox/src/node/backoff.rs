//! When something that failed is tried again.

use std::time::Duration;
use tokio::time::Instant;

/// A delay that doubles up to a limit, and starts afresh after a long success.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    limit: Duration,
    next: Duration,
    due: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new(first: Duration, limit: Duration) -> Self {
        Self {
            first,
            limit,
            next: first,
            due: None,
        }
    }

    /// Containers: 10 s doubling to 5 min, as kubelets do.
    pub(crate) fn of_container() -> Self {
        Self::new(Duration::from_secs(10), Duration::from_mins(5))
    }

    /// Notes a failure at `now`; the next try is due after the delay, which doubles.
    pub(crate) fn failed(&mut self, now: Instant) {
        self.due = Some(now + self.next);
        self.next = (self.next * 2).min(self.limit);
    }

    /// The delay starts from the beginning.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
        self.due = None;
    }

    /// How long to wait at `now`; `None` when a try is due.
    pub(crate) fn remaining(&self, now: Instant) -> Option<Duration> {
        self.due
            .and_then(|due| due.checked_duration_since(now))
            .filter(|rest| !rest.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_to_its_limit() {
        let start = Instant::now();
        let mut backoff = Backoff::new(Duration::from_secs(10), Duration::from_secs(25));
        assert_eq!(backoff.remaining(start), None);
        let mut delays = Vec::new();
        for _ in 0..3 {
            backoff.failed(start);
            delays.push(backoff.remaining(start).unwrap().as_secs());
        }
        assert_eq!(delays, [10, 20, 25]);
        assert_eq!(backoff.remaining(start + Duration::from_secs(26)), None);
        backoff.reset();
        assert_eq!(backoff.remaining(start), None);
    }
}
