//! Sockets made ahead of need: each visit to a pod's namespace costs a change of thread and two of namespace, so a
//! pod whose connections come quickly has several made at once.
//!
//! What nobody has taken within a second is closed, and what is held counts as descriptors of connections do.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use mesh_sys::socket::Options;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::datapath::descriptors::{Descriptors, Held};

/// Sockets of one visit, at most.
const LARGEST: usize = 16;
/// Visits that are closer to each other than this make more sockets than the one before.
const QUICK: Duration = Duration::from_millis(50);
/// What lies longer is closed.
const SHELF_LIFE: Duration = Duration::from_secs(1);

/// What a socket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) options: Options,
    pub(super) is_ipv6: bool,
}

/// Sockets of one pod that nobody uses yet.
#[derive(Debug)]
pub(super) struct Stock {
    descriptors: Arc<Descriptors>,
    contents: Mutex<Contents>,
}

#[derive(Debug, Default)]
struct Contents {
    rows: Vec<Row>,
    /// Whether somebody looks after them, and who.
    is_swept: bool,
    sweepers: JoinSet<()>,
}

#[derive(Debug)]
struct Row {
    kind: Kind,
    spare: Vec<(TcpSocket, Held)>,
    /// How many the last visit was to make.
    asked: usize,
    /// When it began.
    when: Instant,
    /// Whether it goes on.
    is_under_way: bool,
}

impl Row {
    /// How many the next visit makes. Beside one that is under way a single one, since that one brings more.
    fn visit(&mut self) -> usize {
        let is_quick = self.when.elapsed() < QUICK;
        if is_quick && self.is_under_way {
            return 1;
        }
        let more = if is_quick { self.asked * 2 } else { 1 };
        self.asked = more.clamp(1, LARGEST);
        self.when = Instant::now();
        self.is_under_way = true;
        self.asked
    }
}

impl Contents {
    fn of(&mut self, kind: &Kind) -> &mut Row {
        let known = self.rows.iter().position(|row| row.kind == *kind);
        let index = known.unwrap_or_else(|| {
            self.rows.push(Row {
                kind: *kind,
                spare: Vec::new(),
                asked: 0,
                when: Instant::now(),
                is_under_way: false,
            });
            self.rows.len() - 1
        });
        &mut self.rows[index]
    }
}

impl Stock {
    /// An empty one, whose sockets count here.
    pub(super) fn new(descriptors: Arc<Descriptors>) -> Arc<Self> {
        Arc::new(Self {
            descriptors,
            contents: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        // nothing here panics half-way
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket, or how many to make, of which the caller has one.
    pub(super) fn take(&self, kind: &Kind) -> Result<TcpSocket, usize> {
        let mut stock = self.lock();
        let row = stock.of(kind);
        match row.spare.pop() {
            Some((socket, _held)) => Ok(socket),
            None => Err(row.visit()),
        }
    }

    /// Takes what a visit has made, all but the first, which is the caller's.
    pub(super) fn fill(self: &Arc<Self>, kind: &Kind, mut made: Vec<TcpSocket>) -> io::Result<TcpSocket> {
        let count = made.len();
        let first = made.pop().ok_or(io::ErrorKind::NotFound)?;
        let held = |socket| Some((socket, self.descriptors.take(1)?));
        let mut stock = self.lock();
        let row = stock.of(kind);
        row.is_under_way &= count != row.asked;
        row.spare.extend(made.into_iter().map_while(held));
        if count > 1 && !stock.is_swept {
            stock.is_swept = true;
            while stock.sweepers.try_join_next().is_some() {}
            stock.sweepers.spawn(sweep(Arc::downgrade(self)));
        }
        Ok(first)
    }

    /// Closes what has lain too long; says whether anything is left.
    fn clear(&self) -> bool {
        let mut stock = self.lock();
        stock.rows.retain(|row| row.when.elapsed() < SHELF_LIFE);
        stock.is_swept = !stock.rows.is_empty();
        if !stock.is_swept {
            stock.rows = Vec::new();
        }
        stock.is_swept
    }
}

async fn sweep(stock: Weak<Stock>) {
    loop {
        tokio::time::sleep(SHELF_LIFE).await;
        let Some(stock) = stock.upgrade() else { return };
        if !stock.clear() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind() -> Kind {
        Kind {
            options: Options::default(),
            is_ipv6: false,
        }
    }

    fn sockets(count: usize) -> Vec<TcpSocket> {
        (0..count).map(|_| TcpSocket::new_v4().unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn quick_visits_make_more_and_slow_ones_a_single_socket() {
        let stock = Stock::new(Arc::new(Descriptors::new(0, 10_000)));
        let mut asked = Vec::new();
        for _ in 0..6 {
            let count = stock.take(&kind()).unwrap_err();
            stock.fill(&kind(), sockets(count)).unwrap();
            for _ in 1..count {
                stock.take(&kind()).unwrap();
            }
            asked.push(count);
        }
        assert_eq!(asked, [1, 2, 4, 8, 16, 16]);
        assert_eq!(stock.take(&kind()).unwrap_err(), 16);
        assert_eq!(stock.take(&kind()).unwrap_err(), 1, "one visit is under way");
        tokio::time::sleep(QUICK).await;
        assert_eq!(stock.take(&kind()).unwrap_err(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn sockets_of_another_kind_are_not_taken() {
        let stock = Stock::new(Arc::new(Descriptors::new(0, 10_000)));
        stock.fill(&kind(), sockets(3)).unwrap();
        let other = Kind {
            is_ipv6: true,
            ..kind()
        };
        assert_eq!(stock.take(&other).unwrap_err(), 1);
        assert!(stock.take(&kind()).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_takes_is_closed_and_given_back() {
        let descriptors = Arc::new(Descriptors::new(0, 1_000));
        let all = descriptors.free();
        let stock = Stock::new(descriptors.clone());
        stock.fill(&kind(), sockets(8)).unwrap();
        assert_eq!(descriptors.free(), all - 7);
        tokio::time::sleep(SHELF_LIFE * 3).await;
        assert_eq!(descriptors.free(), all);
        assert!(!stock.lock().is_swept);
        // and the next one is swept as well
        stock.fill(&kind(), sockets(8)).unwrap();
        tokio::time::sleep(SHELF_LIFE * 3).await;
        assert_eq!(descriptors.free(), all);
    }

    #[tokio::test]
    async fn a_spare_socket_is_made_only_where_descriptors_are_left() {
        let descriptors = Arc::new(Descriptors::new(0, 40));
        let left = descriptors.take(descriptors.free() - 2).unwrap();
        let stock = Stock::new(descriptors.clone());
        stock.fill(&kind(), sockets(8)).unwrap();
        assert_eq!(stock.lock().rows[0].spare.len(), 2);
        drop(left);
    }
}
