//! Connections to peers, shared by the streams of one pod (`spec/hbone.md` §10).
//!
//! Single flight: while one task opens a connection for a key, others with that key wait for it, and
//! share its failure. So callers of a dead peer all learn of it at once instead of one after the other.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use mesh_wire::identity::Identity;
use tokio::io::AsyncRead;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::TunnelSettings;
use crate::hbone::client::{Opened, Requests};
use crate::hbone::stream::Lease;

/// Streams may share a connection when all of this is equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Whose certificate is presented.
    pub source: Identity,
    /// Who is accepted.
    pub expected: Vec<Identity>,
    /// Next hop.
    pub via: SocketAddr,
    /// The application's address.
    pub client: IpAddr,
}

/// One pod's connections; `E` is why one could not be opened.
#[derive(Debug)]
pub struct Pool<E> {
    settings: TunnelSettings,
    slots: Mutex<HashMap<Key, Arc<Slot<E>>>>,
    drivers: TaskTracker,
    stop: CancellationToken,
}

/// How a flight ended, once it has: with a failure, or (sender gone) in any other way.
type Landing<E> = watch::Receiver<Option<Arc<E>>>;

#[derive(Debug)]
struct Slot<E> {
    flight: Mutex<Option<Landing<E>>>,
    links: Mutex<Vec<Arc<Link>>>,
}

impl<E> Default for Slot<E> {
    fn default() -> Self {
        Self {
            flight: Mutex::default(),
            links: Mutex::default(),
        }
    }
}

/// Part in a flight.
enum Part<E> {
    /// This task opens.
    Lead(watch::Sender<Option<Arc<E>>>),
    /// Another one does.
    Follow(Landing<E>),
}

#[derive(Debug)]
struct Link {
    requests: Mutex<Option<Requests>>,
    active: AtomicUsize,
    last_used: Mutex<Instant>,
    peer_not_after: SystemTime,
    revoked: CancellationToken,
}

/// A stream's place on a connection.
#[derive(Debug)]
pub struct Place(Arc<Link>);

impl Lease for Place {}

impl Place {
    /// The connection turned out to be closing: nobody else should try it.
    pub fn retire(&self) {
        self.0.retire();
    }

    /// Cancelled when the peer's certificate is revoked, before the connection is cut.
    #[must_use]
    pub fn revoked(&self) -> CancellationToken {
        self.0.revoked.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *lock(&self.0.last_used) = Instant::now();
        self.0.active.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What a checkout gives.
#[derive(Debug)]
pub struct Checkout {
    /// A way to ask for one stream.
    pub requests: Requests,
    /// The stream's place.
    pub place: Place,
    /// Whether the connection was there before, so that it may have gone stale.
    pub is_reused: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link {
    /// Takes a place if there is one.
    fn take(self: &Arc<Self>, limit: usize) -> Option<Checkout> {
        if SystemTime::now() > self.peer_not_after {
            self.retire();
            return None;
        }
        let requests = lock(&self.requests).clone()?;
        let limit = limit.min(requests.stream_limit()).max(1);
        let taken = |active: usize| (active < limit).then_some(active + 1);
        self.active
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, taken)
            .ok()?;
        Some(Checkout {
            requests,
            place: Place(self.clone()),
            is_reused: true,
        })
    }

    /// No new streams; the connection ends with its last one.
    fn retire(&self) {
        lock(&self.requests).take();
    }

    fn is_retired(&self) -> bool {
        lock(&self.requests).is_none()
    }

    fn retire_if_unused(&self, settings: TunnelSettings) {
        let unused = self.active.load(Ordering::Acquire) == 0;
        if unused && lock(&self.last_used).elapsed() >= settings.unused_release {
            self.retire();
        }
    }
}

impl<E> Slot<E> {
    /// Joins the flight that is under way, or begins one.
    fn part(&self) -> Part<E> {
        let mut flight = lock(&self.flight);
        if let Some(landing) = flight.as_ref().filter(|landing| landing.has_changed().is_ok()) {
            return Part::Follow(landing.clone());
        }
        let (lead, landing) = watch::channel(None);
        *flight = Some(landing);
        Part::Lead(lead)
    }

    fn take(&self, limit: usize) -> Option<Checkout> {
        let mut links = lock(&self.links);
        links.retain(|link| !link.is_retired());
        links.iter().find_map(|link| link.take(limit))
    }
}

impl<E> Pool<E> {
    /// An empty pool.
    #[must_use]
    pub fn new(settings: TunnelSettings) -> Self {
        Self {
            settings,
            slots: Mutex::default(),
            drivers: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// A place on a connection for `key`; `open` makes a new one when needed.
    pub async fn checkout<R>(
        &self,
        key: &Key,
        open: impl AsyncFnOnce() -> Result<Opened<R>, E>,
    ) -> Result<Checkout, Arc<E>>
    where
        R: AsyncRead + Unpin + Send + 'static,
    {
        let slot = lock(&self.slots).entry(key.clone()).or_default().clone();
        let lead = loop {
            if let Some(found) = slot.take(self.settings.max_streams) {
                return Ok(found);
            }
            match slot.part() {
                Part::Lead(lead) => break lead,
                Part::Follow(mut landing) => {
                    if let Ok(failure) = landing.wait_for(Option::is_some).await
                        && let Some(error) = failure.as_ref()
                    {
                        return Err(error.clone());
                    }
                    // it opened, or its task was cancelled: look again
                }
            }
        };
        match open().await {
            Ok(opened) => Ok(self.enter(key, &slot, opened)),
            Err(error) => {
                let error = Arc::new(error);
                lead.send_replace(Some(error.clone()));
                Err(error)
            }
        }
    }

    /// Puts a new connection into its slot, with the first place on it taken.
    fn enter<R>(&self, key: &Key, slot: &Slot<E>, opened: Opened<R>) -> Checkout
    where
        R: AsyncRead + Unpin + Send + 'static,
    {
        let requests = opened.requests.clone();
        let link = Arc::new(Link {
            requests: Mutex::new(Some(requests.clone())),
            active: AtomicUsize::new(1),
            last_used: Mutex::new(Instant::now()),
            peer_not_after: opened.peer_not_after,
            revoked: CancellationToken::new(),
        });
        lock(&slot.links).push(link.clone());
        self.forget_empty(key);
        self.drive(opened, link.clone());
        Checkout {
            requests,
            place: Place(link),
            is_reused: false,
        }
    }

    /// How many connections are open for new streams.
    #[must_use]
    pub fn connections(&self) -> usize {
        let slots = lock(&self.slots);
        slots
            .values()
            .map(|slot| lock(&slot.links).iter().filter(|link| !link.is_retired()).count())
            .sum()
    }

    /// Ends every connection now.
    pub fn close(&self) {
        self.stop.cancel();
    }

    /// Takes no new streams; connections end with their last one.
    pub async fn idle(&self) {
        for slot in lock(&self.slots).values() {
            lock(&slot.links).iter().for_each(|link| link.retire());
        }
        self.drivers.close();
        self.drivers.wait().await;
    }

    /// Ends every connection and waits for that.
    pub async fn finish(&self) {
        self.close();
        self.drivers.close();
        self.drivers.wait().await;
    }

    /// Drops slots whose connections are all gone, so that keys of former peers do not pile up.
    fn forget_empty(&self, but: &Key) {
        let is_used = |slot: &Arc<Slot<E>>| {
            Arc::strong_count(slot) > 1 || lock(&slot.links).iter().any(|link| !link.is_retired())
        };
        lock(&self.slots).retain(|key, slot| key == but || is_used(slot));
    }

    fn drive<R>(&self, opened: Opened<R>, link: Arc<Link>)
    where
        R: AsyncRead + Unpin + Send + 'static,
    {
        let (settings, stop) = (self.settings, self.stop.clone());
        let Opened {
            requests,
            driver,
            mut peer,
            ..
        } = opened;
        let connection = requests.connection();
        drop(requests);
        self.drivers.spawn(async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = peer.revoked() => {
                    link.retire();
                    link.revoked.cancel();
                }
                ended = driver.run() => if let Err(error) = ended {
                    tracing::debug!(%error, "tunnel connection ended");
                },
                () = connection.ping_until_silent(|| link.retire_if_unused(settings)) => {
                    tracing::debug!("tunnel peer is silent");
                }
            }
            link.retire();
        });
    }
}
