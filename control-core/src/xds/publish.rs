//! When changes reach clients: the window, the published state, each client's dirty set.
//!
//! An idle server sends the first change at once, later ones in windows; what must not wait (an
//! endpoint that went, any policy) closes the window early. Endpoints that go all the time do not: each push is told to
//! every client, and a thousand of them are better told ten times a second than each time. A slow client's changes merge.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::store::{Dirty, Store};
use super::stream::{Stream, SyncStatus, Type};
use crate::index::Index;
use crate::index::changes::Changes;

/// Windows that endpoints which went may close early, one after the other. Each window that passes gives one back.
const EARLY: u32 = 10;

/// Collects changes and says when they are due.
#[derive(Debug)]
pub struct Window {
    length: Duration,
    /// Windows that may still be closed early.
    early: u32,
    last_push: Option<Instant>,
    /// Since when something is pending.
    since: Option<Instant>,
    pending: Changes,
}

impl Window {
    /// A window of `length` after each push.
    #[must_use]
    pub fn new(length: Duration) -> Self {
        Self {
            length,
            early: EARLY,
            last_push: None,
            since: None,
            pending: Changes::default(),
        }
    }

    /// Adds changes that came now.
    pub fn add(&mut self, changes: Changes, now: Instant) {
        self.pending.merge(changes);
        if !self.pending.is_empty() {
            self.since.get_or_insert(now);
        }
    }

    /// How long the oldest pending change has waited.
    #[must_use]
    pub fn waited(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now - since)
    }

    /// When the pending changes are due; `None` if there are none.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Instant> {
        if self.pending.is_empty() {
            return None;
        }
        let is_urgent = !self.pending.policies.is_empty() || (self.pending.is_urgent && self.early > 0);
        match self.last_push {
            Some(last) if !is_urgent => Some(now.max(last + self.length)),
            _ => Some(now),
        }
    }

    /// Takes the pending changes for a push now.
    pub fn take(&mut self, now: Instant) -> Changes {
        let waited = self.last_push.map_or(Duration::MAX, |last| now - last);
        let passed = waited.as_nanos() / self.length.as_nanos().max(1);
        self.early = match u32::try_from(passed).unwrap_or(EARLY) {
            0 if self.pending.policies.is_empty() => self.early.saturating_sub(1),
            passed => self.early.saturating_add(passed).min(EARLY),
        };
        self.last_push = Some(now);
        self.since = None;
        std::mem::take(&mut self.pending)
    }
}

/// What a client said about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Its node id.
    pub id: String,
    /// Its version; `unknown` if it did not say.
    pub version: String,
    /// Its cluster; empty if it did not say.
    pub cluster: String,
}

/// Changes for one client.
#[derive(Debug)]
pub struct Due {
    /// What changed.
    pub dirty: Arc<Dirty>,
    /// When the oldest of it was published.
    pub since: Instant,
}

/// One connected client, as pushes and debug endpoints see it.
#[derive(Debug, Default)]
pub struct Client {
    /// What it said with its first request.
    pub about: Mutex<About>,
    /// Nonces and errors by type.
    pub status: Mutex<BTreeMap<&'static str, SyncStatus>>,
    due: Mutex<Option<Due>>,
    wake: Notify,
}

impl Client {
    /// Waits until there is something to tell, and takes it. Cancel-safe: nothing is taken before.
    pub async fn changed(&self) -> Due {
        loop {
            let woken = self.wake.notified();
            let due = self.due.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(due) = due {
                return due;
            }
            woken.await;
        }
    }

    /// What one push changed is shared by all who were told of it; only who was slower has something of its own.
    fn tell(&self, dirty: &Arc<Dirty>, since: Instant) {
        {
            let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(earlier) = &mut *due {
                Arc::make_mut(&mut earlier.dirty).merge(dirty);
            } else {
                let dirty = dirty.clone();
                *due = Some(Due { dirty, since });
            }
        }
        self.wake.notify_one();
    }
}

/// The published state and those who follow it.
#[derive(Debug, Default)]
pub struct Publisher {
    store: RwLock<Store>,
    clients: Mutex<HashMap<u64, Arc<Client>>>,
    next: AtomicU64,
}

/// A client's place among the followers; leaving is dropping it.
#[derive(Debug)]
pub struct Registration {
    publisher: Arc<Publisher>,
    key: u64,
    /// The client.
    pub client: Arc<Client>,
}

impl Registration {
    /// Notes nonces and errors of a type for the debug endpoints.
    pub fn note(&self, stream: &Stream, kind: Option<Type>) {
        if let Some((kind, status)) = kind.and_then(|kind| Some((kind, stream.status(kind)?))) {
            let mut all = self.client.status.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(kind.short(), status.clone());
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.publisher.followers().remove(&self.key);
    }
}

impl Publisher {
    fn followers(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Client>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One consistent look at what is published.
    pub fn read<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        look(&self.store.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Publishes changes and tells every follower.
    pub fn push(&self, changes: &Changes, index: &Index) {
        // nothing is noted for clients that have nothing to learn of it
        if changes.is_empty() {
            return;
        }
        let dirty = self
            .store
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply(changes, index);
        let now = Instant::now();
        for client in self.followers().values() {
            client.tell(&dirty, now);
        }
    }

    /// Adds a follower. What is published after this reaches it, so register before answering.
    #[must_use]
    pub fn register(self: &Arc<Self>) -> Registration {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        let client = Arc::new(Client::default());
        self.followers().insert(key, client.clone());
        Registration {
            publisher: self.clone(),
            key,
            client,
        }
    }

    /// The connected clients.
    #[must_use]
    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.followers().values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, is_urgent: bool) -> Changes {
        Changes {
            addresses: [name.into()].into(),
            is_urgent,
            ..Changes::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn xds_c21_an_idle_server_sends_at_once_and_a_burst_becomes_one_push() {
        let mut window = Window::new(Duration::from_millis(100));
        let start = Instant::now();
        assert_eq!(window.due(start), None);
        window.add(change("a", false), start);
        assert_eq!(window.due(start), Some(start));
        window.take(start);
        window.add(change("b", false), start);
        window.add(change("c", false), start);
        assert_eq!(window.due(start), Some(start + Duration::from_millis(100)));
        assert_eq!(
            window.waited(start + Duration::from_millis(100)),
            Duration::from_millis(100)
        );
        assert_eq!(window.take(start + Duration::from_millis(100)).addresses.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn removals_and_policies_close_the_window_early() {
        let mut window = Window::new(Duration::from_millis(100));
        let start = Instant::now();
        window.add(change("a", false), start);
        window.take(start);
        window.add(change("b", false), start);
        window.add(change("gone", true), start);
        assert_eq!(window.due(start), Some(start));
        assert_eq!(window.take(start).addresses.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn endpoints_that_go_all_the_time_are_told_in_windows() {
        let length = Duration::from_millis(100);
        let mut window = Window::new(length);
        let start = Instant::now();
        // one goes each millisecond for ten seconds
        let mut pushes = 0;
        for at in 0..10_000 {
            let now = start + Duration::from_millis(at);
            window.add(change("gone", true), now);
            assert!(
                window.waited(now) <= length,
                "nothing waits longer than the window"
            );
            if window.due(now) == Some(now) {
                window.take(now);
                pushes += 1;
            }
        }
        assert!((100..=250).contains(&pushes), "{pushes}");
        // a policy goes at once all the same
        let now = start + Duration::from_secs(10);
        let policy = Changes {
            policies: ["a".into()].into(),
            is_urgent: true,
            ..Changes::default()
        };
        window.add(policy, now);
        assert_eq!(window.due(now), Some(now));
        window.take(now);
        // and after a second of rest, endpoints do again
        let rested = now + Duration::from_secs(1);
        window.add(change("b", false), rested);
        window.take(rested);
        window.add(change("gone", true), rested);
        assert_eq!(window.due(rested), Some(rested));
    }

    #[tokio::test]
    async fn a_slow_client_gets_merged_changes_once() {
        let publisher = Arc::new(Publisher::default());
        let registration = publisher.register();
        let index = Index::default();
        publisher.push(&change("a", false), &index);
        publisher.push(&change("b", false), &index);
        assert_eq!(registration.client.changed().await.dirty.addresses.len(), 2);
        drop(registration);
        assert!(publisher.clients().is_empty());
    }
}
