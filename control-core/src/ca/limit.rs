//! Rates: how often one caller, or everybody together, may ask (`security.md` K6, `xds.md` 4).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Callers remembered at once; more are forgotten from the idle end.
const REMEMBERED: usize = 10_000;

/// A rate with a burst, for each key. A key's state is one instant: when its next slot is free.
#[derive(Debug)]
pub struct Limit<K> {
    spacing: Duration,
    burst: Duration,
    next: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    /// `rate` a second, `burst` at once.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> Self {
        let spacing = Duration::from_secs(1) / rate.max(1);
        Self {
            spacing,
            burst: spacing * burst.max(1),
            next: Mutex::default(),
        }
    }

    /// How long the caller has to wait for its slot; `None` (and no slot) if longer than `patience`.
    pub fn take(&self, key: &K, now: Instant, patience: Duration) -> Option<Duration> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let free = next.get(key).copied().unwrap_or(now).max(now);
        let wait = (free + self.spacing)
            .saturating_duration_since(now)
            .saturating_sub(self.burst);
        if wait > patience {
            return None;
        }
        if next.len() >= REMEMBERED {
            next.retain(|_, free| *free > now);
        }
        next.insert(key.clone(), free + self.spacing);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_the_rate_holds_after_it() {
        // security K6
        let limit = Limit::new(50, 500);
        let now = Instant::now();
        let passed = (0..1000)
            .filter(|_| limit.take(&"noisy", now, Duration::ZERO).is_some())
            .count();
        assert_eq!(passed, 500);
        assert!(limit.take(&"quiet", now, Duration::ZERO).is_some());
        let later = now + Duration::from_secs(1);
        let passed = (0..1000)
            .filter(|_| limit.take(&"noisy", later, Duration::ZERO).is_some())
            .count();
        assert_eq!(passed, 50);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_turns_a_refusal_into_a_wait() {
        let limit = Limit::new(10, 1);
        let now = Instant::now();
        assert_eq!(limit.take(&(), now, Duration::from_secs(1)), Some(Duration::ZERO));
        assert_eq!(
            limit.take(&(), now, Duration::from_secs(1)),
            Some(Duration::from_millis(100))
        );
        assert_eq!(limit.take(&(), now, Duration::ZERO), None);
    }
}
