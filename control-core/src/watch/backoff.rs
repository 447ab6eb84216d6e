//! How long a broken watch waits: 0.2 s, doubling to 5 s, scattered so that replicas do not ask together.
//!
//! A watch that begins to list again has not yet worked, so what counts as success is time without a failure.

use std::time::Duration;

use kube::runtime::utils::Backoff;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);
/// After this long without a failure the next one is a first one.
const FORGIVEN: Duration = Duration::from_secs(30);

/// The waits of one watch.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    wait: Duration,
    last: Option<Instant>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            wait: FIRST,
            last: None,
        }
    }
}

impl Iterator for Retry {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let now = Instant::now();
        if self.last.is_none_or(|last| now.duration_since(last) > FORGIVEN) {
            self.wait = FIRST;
        }
        self.last = Some(now);
        let wait = self.wait;
        self.wait = (wait * 2).min(LONGEST);
        Some(wait.mul_f64(rand::random_range(0.8..1.2)))
    }
}

impl Backoff for Retry {
    fn reset(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_and_are_forgiven_after_a_quiet_time() {
        let mut retry = Retry::default();
        let waits: Vec<f64> = (0..8).map(|_| retry.next().unwrap().as_secs_f64()).collect();
        retry.reset();
        for (wait, expected) in waits.iter().zip([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]) {
            assert!((expected * 0.8..expected * 1.2).contains(wait), "{waits:?}");
        }
        tokio::time::advance(FORGIVEN * 2).await;
        assert!(retry.next().unwrap() < FIRST * 2);
    }
}
