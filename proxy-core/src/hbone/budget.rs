//! How much tunnels may be sent towards applications that do not read (`spec/security.md` §9).
//!
//! A window that was offered may come as bytes that nobody takes, and cannot be taken back: so what is
//! offered is counted, for each peer and for the process. A tunnel begins with little, is offered more
//! while bytes flow, and is offered less again once its peer's tunnels together have most of what they may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mesh_wire::identity::Identity;

use crate::hbone::frame::DEFAULT_WINDOW;

/// What all tunnels of one peer may be offered, in bytes, beyond the 64 KiB that HTTP/2 gives each.
const OF_ONE_PEER: u64 = 64 << 20;
/// The share of the memory limit that all tunnels may be offered.
const OF_MEMORY: u64 = 4;

/// What the tunnels of this process are offered.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    accounts: Mutex<Accounts>,
}

#[derive(Debug, Default)]
struct Accounts {
    all: Account,
    peers: HashMap<Identity, Account>,
}

/// What some tunnels are offered together.
#[derive(Debug, Default, Clone, Copy)]
struct Account {
    offered: u64,
    tunnels: u64,
}

impl Account {
    /// The most of `wanted` that a tunnel may have that has `own` now, where all may have `limit`.
    fn allow(self, limit: u64, (own, wanted): (u64, u64)) -> u64 {
        let others = self.offered.saturating_sub(own);
        let is_tight = self.offered > limit / 4 * 3;
        let fair = if is_tight {
            limit / self.tunnels.max(1)
        } else {
            limit
        };
        wanted.min(fair).min(limit.saturating_sub(others))
    }

    fn change(&mut self, own: u64, now: u64) {
        self.offered = self.offered.saturating_sub(own) + now;
    }
}

impl Default for Budget {
    /// Without a limit for the process.
    fn default() -> Self {
        Self::new(u64::MAX)
    }
}

impl Budget {
    /// The budget of a process that may use `memory` bytes.
    #[must_use]
    pub fn new(memory: u64) -> Self {
        Self {
            limit: memory / OF_MEMORY,
            accounts: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tunnel's part, with nothing in it yet.
    #[must_use]
    pub fn share(self: &Arc<Self>, peer: &Identity) -> Share {
        let mut accounts = self.lock();
        accounts.all.tunnels += 1;
        accounts.peers.entry(peer.clone()).or_default().tunnels += 1;
        drop(accounts);
        Share {
            budget: self.clone(),
            peer: peer.clone(),
            own: 0,
        }
    }
}

/// What one tunnel is offered. Dropped, it goes back.
#[derive(Debug)]
pub struct Share {
    budget: Arc<Budget>,
    peer: Identity,
    /// Beyond the window that HTTP/2 gives every connection.
    own: u64,
}

impl Share {
    /// Asks for a window of `wanted` bytes, of which `least` are out there already; says how large it is
    /// now: at least that and 65,535, at most `wanted`.
    pub fn resize(&mut self, wanted: u32, least: u32) -> u32 {
        let beyond = |window: u32| u64::from(window.saturating_sub(DEFAULT_WINDOW));
        let mut accounts = self.budget.lock();
        let Accounts { all, peers } = &mut *accounts;
        let Some(peer) = peers.get_mut(&self.peer) else {
            return least;
        };
        let now = peer.allow(OF_ONE_PEER, (self.own, beyond(wanted)));
        let now = all.allow(self.budget.limit, (self.own, now)).max(beyond(least));
        peer.change(self.own, now);
        all.change(self.own, now);
        self.own = now;
        DEFAULT_WINDOW + u32::try_from(now).unwrap_or(0)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut accounts = self.budget.lock();
        accounts.all.change(self.own, 0);
        accounts.all.tunnels -= 1;
        if let Some(peer) = accounts.peers.get_mut(&self.peer) {
            peer.change(self.own, 0);
            peer.tunnels -= 1;
            if peer.tunnels == 0 {
                accounts.peers.remove(&self.peer);
            }
        }
    }
}
