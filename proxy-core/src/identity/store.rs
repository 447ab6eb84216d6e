//! One certificate for each identity on this node: prefetched, shared, renewed (`spec/ca.md` §4).
//!
//! Each identity has one keeper task that fetches, waits for half of the life, and fetches again;
//! the old certificate serves until the new one is there, or until it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use mesh_wire::identity::Identity;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::identity::certificate::WorkloadCertificate;
use crate::identity::{IdentityError, Signer};

/// Requests in flight; prefetches may take half, so that demands overtake them.
const PARALLEL: usize = 8;
const PARALLEL_PREFETCH: usize = 4;
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(150);
/// Sleeps are cut into pieces, so that a jump of the wall clock is noticed (`security.md` C3).
const CLOCK_CHECK: Duration = Duration::from_secs(10);

/// Where one identity stands.
#[derive(Debug, Clone)]
pub enum State {
    /// The first request is under way.
    Initializing,
    /// Usable.
    Available(Arc<WorkloadCertificate>),
    /// Not usable, and why.
    Unavailable(IdentityError),
}

#[derive(Debug)]
struct Entry {
    state: watch::Sender<State>,
    demanded: Notify,
    stop: CancellationToken,
}

/// All identities of this node.
#[derive(Debug)]
pub struct IdentityStore {
    signer: Arc<Signer>,
    entries: Mutex<HashMap<Identity, Arc<Entry>>>,
    any: Arc<Semaphore>,
    prefetches: Arc<Semaphore>,
    keepers: TaskTracker,
    stop: CancellationToken,
}

impl IdentityStore {
    /// An empty store; keepers end with `stop`.
    #[must_use]
    pub fn new(signer: Signer, stop: CancellationToken) -> Self {
        Self {
            signer: Arc::new(signer),
            entries: Mutex::default(),
            any: Arc::new(Semaphore::new(PARALLEL)),
            prefetches: Arc::new(Semaphore::new(PARALLEL_PREFETCH)),
            keepers: TaskTracker::new(),
            stop,
        }
    }

    /// The certificate of an identity; asks for it when there is none. A failed identity answers at
    /// once until its keeper succeeds.
    pub async fn fetch(&self, identity: &Identity) -> Result<Arc<WorkloadCertificate>, IdentityError> {
        let entry = self.entry(identity);
        entry.demanded.notify_one();
        let mut state = entry.state.subscribe();
        let waiting = entry.stop.run_until_cancelled(settled(identity, &mut state));
        waiting.await.unwrap_or(Err(IdentityError::Forgotten))
    }

    /// Asks for a certificate that will be needed.
    pub fn prefetch(&self, identity: &Identity) {
        self.entry(identity);
    }

    /// Drops an identity that nobody here has any more.
    pub fn forget(&self, identity: &Identity) {
        if let Some(entry) = self.lock().remove(identity) {
            entry.stop.cancel();
        }
    }

    /// All identities with their state, sorted.
    #[must_use]
    pub fn states(&self) -> Vec<(Identity, State)> {
        let mut states: Vec<(Identity, State)> = self
            .lock()
            .iter()
            .map(|(identity, entry)| (identity.clone(), entry.state.borrow().clone()))
            .collect();
        states.sort_by(|left, right| left.0.cmp(&right.0));
        states
    }

    /// Waits until every keeper has ended; call after the stop token was cancelled.
    pub async fn finish(&self) {
        self.keepers.close();
        self.keepers.wait().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Identity, Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, identity: &Identity) -> Arc<Entry> {
        let mut entries = self.lock();
        if let Some(entry) = entries.get(identity) {
            return entry.clone();
        }
        let entry = Arc::new(Entry {
            state: watch::Sender::new(State::Initializing),
            demanded: Notify::new(),
            stop: self.stop.child_token(),
        });
        entries.insert(identity.clone(), entry.clone());
        let keeper = Keeper {
            identity: identity.clone(),
            entry: entry.clone(),
            signer: self.signer.clone(),
            any: self.any.clone(),
            prefetches: self.prefetches.clone(),
        };
        let stop = entry.stop.clone();
        self.keepers
            .spawn(async move { stop.run_until_cancelled(Box::pin(keeper.run())).await });
        entry
    }
}

/// What the keeper has to say, once it has something to say.
async fn settled(
    identity: &Identity,
    state: &mut watch::Receiver<State>,
) -> Result<Arc<WorkloadCertificate>, IdentityError> {
    loop {
        match &*state.borrow_and_update() {
            State::Available(certificate) if certificate.is_expired() => {
                return Err(IdentityError::Expired(identity.to_string()));
            }
            State::Available(certificate) => return Ok(certificate.clone()),
            State::Unavailable(error) => return Err(error.clone()),
            State::Initializing => {}
        }
        if state.changed().await.is_err() {
            return Err(IdentityError::Forgotten);
        }
    }
}

struct Keeper {
    identity: Identity,
    entry: Arc<Entry>,
    signer: Arc<Signer>,
    any: Arc<Semaphore>,
    prefetches: Arc<Semaphore>,
}

impl Keeper {
    async fn run(self) {
        let mut backoff = FIRST_BACKOFF;
        loop {
            match self.request().await {
                Ok(certificate) => {
                    backoff = FIRST_BACKOFF;
                    let next = certificate.refresh_at(rand::random_range(-1.0..1.0));
                    self.entry
                        .state
                        .send_replace(State::Available(Arc::new(certificate)));
                    tracing::debug!(identity = %self.identity, "certificate available");
                    sleep_until(next).await;
                }
                Err(error) => {
                    let wait = backoff.mul_f64(rand::random_range(0.8..1.2));
                    tracing::warn!(identity = %self.identity, %error, retry_in = ?wait, "cannot get a certificate");
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                    self.failed(error);
                    sleep(wait).await;
                }
            }
        }
    }

    /// A certificate that still serves stays; otherwise demanders get the error at once.
    fn failed(&self, error: IdentityError) {
        let serves = matches!(&*self.entry.state.borrow(), State::Available(held) if !held.is_expired());
        if !serves {
            self.entry.state.send_replace(State::Unavailable(error));
        }
    }

    async fn request(&self) -> Result<WorkloadCertificate, IdentityError> {
        let prefetch = tokio::select! {
            biased;
            () = self.entry.demanded.notified() => None,
            permit = self.prefetches.acquire() => permit.ok(),
        };
        let permit = self.any.acquire().await;
        let answer = self.signer.sign(&self.identity).await;
        drop((permit, prefetch));
        answer
    }
}

async fn sleep_until(deadline: SystemTime) {
    while let Ok(left) = deadline.duration_since(SystemTime::now()) {
        if left.is_zero() {
            return;
        }
        sleep(left.min(CLOCK_CHECK)).await;
    }
}
