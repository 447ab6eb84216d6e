//! The unfinished handshakes of one pod: bounded in all and for each source, so that strangers cannot
//! crowd out peers (`spec/security.md` §9). The oldest of the busiest source has to go.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

const MOST: usize = 1_024;
const MOST_OF_ONE: usize = 128;

/// Who is shaking hands.
#[derive(Debug, Default)]
pub struct Handshakes {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    total: usize,
    /// In order of arrival.
    of: HashMap<IpAddr, Vec<(u64, CancellationToken)>>,
}

/// One handshake's place; left when dropped.
#[derive(Debug)]
pub struct Place {
    handshakes: Arc<Handshakes>,
    source: IpAddr,
    number: u64,
    displaced: CancellationToken,
}

impl Place {
    /// Completes when the place is needed for somebody else.
    pub async fn displaced(&self) {
        self.displaced.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.handshakes.lock().remove(self.source, self.number);
    }
}

impl Handshakes {
    /// A place for a new handshake; displaces an older one when there are too many.
    #[must_use]
    pub fn enter(self: &Arc<Self>, source: IpAddr) -> Place {
        let displaced = CancellationToken::new();
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        if state.of.get(&source).is_some_and(|own| own.len() >= MOST_OF_ONE) {
            state.displace(source);
        } else if state.total >= MOST
            && let Some(busiest) = state.busiest()
        {
            state.displace(busiest);
        }
        state
            .of
            .entry(source)
            .or_default()
            .push((number, displaced.clone()));
        state.total += 1;
        drop(state);
        Place {
            handshakes: self.clone(),
            source,
            number,
            displaced,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn busiest(&self) -> Option<IpAddr> {
        self.of
            .iter()
            .max_by_key(|(_, own)| own.len())
            .map(|(source, _)| *source)
    }

    /// Tells the oldest of a source to go, and counts it out at once.
    fn displace(&mut self, source: IpAddr) {
        let oldest = self
            .of
            .get(&source)
            .and_then(|own| own.first())
            .map(|(number, _)| *number);
        if let Some(number) = oldest
            && let Some(displaced) = self.remove(source, number)
        {
            displaced.cancel();
        }
    }

    fn remove(&mut self, source: IpAddr, number: u64) -> Option<CancellationToken> {
        let own = self.of.get_mut(&source)?;
        let at = own.iter().position(|(other, _)| *other == number)?;
        let (_, displaced) = own.remove(at);
        if own.is_empty() {
            self.of.remove(&source);
        }
        self.total -= 1;
        Some(displaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(number: u8) -> IpAddr {
        [10, 0, 0, number].into()
    }

    #[test]
    fn security_9_one_source_displaces_only_its_own_oldest() {
        let handshakes = Arc::new(Handshakes::default());
        let other = handshakes.enter(source(2));
        let places: Vec<Place> = (0..MOST_OF_ONE + 3)
            .map(|_| handshakes.enter(source(1)))
            .collect();
        let displaced: Vec<bool> = places
            .iter()
            .map(|place| place.displaced.is_cancelled())
            .collect();
        assert_eq!(displaced[..4], [true, true, true, false]);
        assert_eq!(displaced.iter().filter(|gone| **gone).count(), 3);
        assert!(!other.displaced.is_cancelled());
        assert_eq!(handshakes.lock().total, MOST_OF_ONE + 1);
    }

    #[test]
    fn security_9_when_all_are_taken_the_busiest_source_gives_way() {
        let handshakes = Arc::new(Handshakes::default());
        let mut places = Vec::new();
        for number in 0..MOST {
            // the first source has twice as many as any other
            let from = if number < 16 {
                0
            } else {
                u8::try_from(number / 8).unwrap()
            };
            places.push(handshakes.enter(source(from)));
        }
        let newcomer = handshakes.enter(source(255));
        assert!(places[0].displaced.is_cancelled());
        assert_eq!(
            places
                .iter()
                .filter(|place| place.displaced.is_cancelled())
                .count(),
            1
        );
        assert!(!newcomer.displaced.is_cancelled());
    }

    #[test]
    fn ends_leave_nothing_behind() {
        let handshakes = Arc::new(Handshakes::default());
        let places: Vec<Place> = (0..300).map(|_| handshakes.enter(source(1))).collect();
        drop(places);
        let state = handshakes.lock();
        assert_eq!((state.total, state.of.len()), (0, 0));
    }
}
