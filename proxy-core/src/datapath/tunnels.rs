//! The open tunnels of one pod, bounded for each caller, so that one identity cannot take what others need
//! (`spec/security.md` §9).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mesh_wire::identity::Identity;

/// Open tunnels of one identity to one pod.
const MOST_OF_ONE: usize = 1_024;

/// How many tunnels each caller has.
#[derive(Debug, Default)]
pub struct Tunnels {
    open: Mutex<HashMap<Identity, usize>>,
}

/// One tunnel's place; left when dropped.
#[derive(Debug)]
pub struct Place {
    tunnels: Arc<Tunnels>,
    identity: Identity,
}

impl Tunnels {
    /// A place for one more tunnel of `identity`; none when it has 1,024 already.
    #[must_use]
    pub fn enter(self: &Arc<Self>, identity: &Identity) -> Option<Place> {
        let mut open = self.lock();
        let count = open.entry(identity.clone()).or_default();
        if *count >= MOST_OF_ONE {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Place {
            tunnels: self.clone(),
            identity: identity.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Identity, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.tunnels.lock();
        if let Some(count) = open.get_mut(&self.identity) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.identity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::identity;

    #[test]
    fn security_9_tunnels_of_one_identity_are_bounded_and_others_unaffected() {
        let tunnels = Arc::new(Tunnels::default());
        let (busy, other) = (identity("shop", "busy"), identity("shop", "other"));
        let mut held: Vec<Place> = std::iter::from_fn(|| tunnels.enter(&busy)).collect();
        assert_eq!(held.len(), 1_024);
        assert!(tunnels.enter(&other).is_some());
        held.pop();
        let again = tunnels.enter(&busy);
        assert!(again.is_some(), "an ended tunnel makes room");
        assert!(tunnels.enter(&busy).is_none());
        drop((held, again));
        assert!(tunnels.lock().is_empty(), "nothing is kept of who has gone");
    }
}
