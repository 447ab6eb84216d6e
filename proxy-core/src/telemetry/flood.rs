//! Lines that anybody can cause are told so many times a second, and then only counted
//! (`spec/security.md` L3).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const PER_SECOND: u32 = 10;

/// What has been told lately, by reason.
#[derive(Debug, Default)]
pub struct Flood {
    told: Mutex<HashMap<&'static str, Told>>,
}

#[derive(Debug)]
struct Told {
    since: Instant,
    lines: u32,
    skipped: u64,
}

impl Flood {
    /// Whether one more line of this reason may be told; if so, how many were left out before it.
    #[must_use]
    pub fn admit(&self, reason: &'static str) -> Option<u64> {
        self.admit_at_most(reason, PER_SECOND)
    }

    /// The same with another limit.
    #[must_use]
    pub fn admit_at_most(&self, reason: &'static str, per_second: u32) -> Option<u64> {
        let now = Instant::now();
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = all.entry(reason).or_insert(Told {
            since: now,
            lines: 0,
            skipped: 0,
        });
        if now - told.since >= Duration::from_secs(1) {
            told.since = now;
            told.lines = 0;
        }
        if told.lines >= per_second {
            told.skipped += 1;
            return None;
        }
        told.lines += 1;
        Some(std::mem::take(&mut told.skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn security_l3_ten_lines_a_second_and_the_count_of_the_others() {
        let flood = Flood::default();
        assert_eq!((0..25).filter_map(|_| flood.admit("tls")).count(), 10);
        assert_eq!(flood.admit("alpn"), Some(0), "each reason for itself");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(flood.admit("tls"), Some(15));
        assert_eq!(flood.admit("tls"), Some(0));
    }
}
