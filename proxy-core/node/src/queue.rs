//! Which pods have to be looked at, when, and by how many at once.
//!
//! One pod is never looked at twice at a time; a pod that is touched meanwhile is looked at again. Failures come back
//! after a pause that doubles, and all retries together are limited.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::pods::Uid;

/// First pause of a failed pod; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// Longest pause of a failed pod.
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// Retries of all pods: one token each.
const RETRIES_PER_SECOND: f64 = 10.0;
const RETRY_BURST: f64 = 100.0;

#[derive(Debug)]
struct State {
    due: BTreeMap<Uid, Instant>,
    busy: BTreeSet<Uid>,
    again: BTreeSet<Uid>,
    failures: BTreeMap<Uid, u32>,
    tokens: f64,
    filled: Instant,
}

/// The queue. Clones share it.
#[derive(Debug, Clone)]
pub struct Queue {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl Default for Queue {
    fn default() -> Self {
        let state = State {
            due: BTreeMap::new(),
            busy: BTreeSet::new(),
            again: BTreeSet::new(),
            failures: BTreeMap::new(),
            tokens: RETRY_BURST,
            filled: Instant::now(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            changed: Arc::default(),
        }
    }
}

/// How a look at a pod ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do.
    Done,
    /// To be tried again after the usual pause.
    Retry,
    /// To be looked at again then, at the latest.
    Later(Duration),
}

impl Queue {
    /// Looks at a pod as soon as possible.
    pub fn push(&self, uid: Uid) {
        let mut state = self.state();
        if state.busy.contains(&uid) {
            state.again.insert(uid);
            return;
        }
        state.due.insert(uid, Instant::now());
        drop(state);
        self.changed.notify_one();
    }

    /// How many pods wait.
    #[must_use]
    pub fn depth(&self) -> usize {
        let now = Instant::now();
        let state = self.state();
        state.busy.len() + state.due.values().filter(|at| **at <= now).count()
    }

    /// Waits for the next pod, and says since when it was due. Cancel-safe. One caller at a time.
    pub async fn next(&self) -> (Uid, Instant) {
        loop {
            let changed = self.changed.notified();
            let next = {
                let mut state = self.state();
                match state.take(Instant::now()) {
                    Ok(due) => return due,
                    Err(at) => at,
                }
            };
            match next {
                Some(at) => {
                    tokio::select! {
                        biased;
                        () = changed => {}
                        () = sleep_until(at) => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// A look is over.
    pub fn finish(&self, uid: Uid, outcome: Outcome) {
        let now = Instant::now();
        let mut state = self.state();
        state.busy.remove(&uid);
        let touched = state.again.remove(&uid);
        let at = match outcome {
            Outcome::Done => {
                state.failures.remove(&uid);
                None
            }
            Outcome::Later(pause) => {
                state.failures.remove(&uid);
                Some(now + pause)
            }
            Outcome::Retry => Some(now + state.pause(&uid, now)),
        };
        let at = if touched { Some(now) } else { at };
        if let Some(at) = at {
            state.due.insert(uid, at);
        }
        drop(state);
        self.changed.notify_one();
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The pod that is due, or when the next one will be.
    fn take(&mut self, now: Instant) -> Result<(Uid, Instant), Option<Instant>> {
        let first = self.due.iter().min_by_key(|(_, at)| **at);
        let (uid, at) = first.map(|(uid, at)| (uid.clone(), *at)).ok_or(None)?;
        if at > now {
            return Err(Some(at));
        }
        self.due.remove(&uid);
        self.busy.insert(uid.clone());
        Ok((uid, at))
    }

    /// How long a failed pod waits; longer while all pods together fail too often.
    fn pause(&mut self, uid: &Uid, now: Instant) -> Duration {
        let failures = self.failures.entry(uid.clone()).or_default();
        let own = FIRST_PAUSE
            .saturating_mul(1 << (*failures).min(16))
            .min(LAST_PAUSE);
        *failures = failures.saturating_add(1);
        let refill = now.duration_since(self.filled).as_secs_f64() * RETRIES_PER_SECOND;
        self.filled = now;
        self.tokens = (self.tokens + refill).min(RETRY_BURST) - 1.0;
        let shared = Duration::from_secs_f64((-self.tokens).max(0.0) / RETRIES_PER_SECOND);
        own.max(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(name: &str) -> Uid {
        name.into()
    }

    #[tokio::test(start_paused = true)]
    async fn failures_come_back_after_a_doubling_pause() {
        // cni-agent 8.4
        let queue = Queue::default();
        queue.push(uid("a"));
        let start = Instant::now();
        let mut waited = Vec::new();
        for _ in 0..12 {
            let (pod, _) = queue.next().await;
            waited.push(start.elapsed().as_millis());
            queue.finish(pod, Outcome::Retry);
        }
        let pauses: Vec<u128> = waited.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_touched_pod_is_looked_at_again_but_never_twice_at_a_time() {
        let queue = Queue::default();
        queue.push(uid("a"));
        let (first, _) = queue.next().await;
        queue.push(uid("a"));
        queue.push(uid("b"));
        assert_eq!(queue.next().await.0, uid("b"));
        queue.finish(first, Outcome::Done);
        assert_eq!(queue.next().await.0, uid("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn retries_of_all_pods_share_a_limit() {
        let queue = Queue::default();
        let start = Instant::now();
        for index in 0..120 {
            queue.push(uid(&index.to_string()));
        }
        for _ in 0..120 {
            let (pod, _) = queue.next().await;
            queue.finish(pod, Outcome::Retry);
        }
        assert!(start.elapsed() < Duration::from_secs(2), "first looks are free");
        let mut seen = 0;
        while start.elapsed() < Duration::from_secs(2) {
            let (pod, _) = queue.next().await;
            queue.finish(pod, Outcome::Retry);
            seen += 1;
        }
        assert!(seen < 140, "{seen} retries");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pod_may_be_looked_at_later() {
        let queue = Queue::default();
        queue.push(uid("a"));
        let (pod, _) = queue.next().await;
        let start = Instant::now();
        queue.finish(pod, Outcome::Later(Duration::from_mins(5)));
        queue.next().await;
        assert_eq!(start.elapsed(), Duration::from_mins(5));
    }
}
