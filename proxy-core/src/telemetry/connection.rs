//! One connection's counting and telling: from the decision to the one line at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arcstr::ArcStr;
use mesh_wire::events::{Event, Kind};
use prometheus_client::metrics::counter::Counter;

use crate::datapath::error::ProxyError;
use crate::telemetry::access_log::{self, Totals};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::series::Series;
use crate::telemetry::{Facts, Flag, events};

/// Bytes of one connection, shared by both copying directions.
#[derive(Debug, Default)]
pub struct Bytes {
    up: AtomicU64,
    down: AtomicU64,
    received: Counter,
    sent: Counter,
}

impl Bytes {
    /// Counts bytes from client to server.
    pub fn add_up(&self, count: usize) {
        self.up.fetch_add(count as u64, Ordering::Relaxed);
        self.received.inc_by(count as u64);
    }

    /// All bytes so far, both ways.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.up.load(Ordering::Relaxed) + self.down.load(Ordering::Relaxed)
    }

    /// Counts bytes from server to client.
    pub fn add_down(&self, count: usize) {
        self.down.fetch_add(count as u64, Ordering::Relaxed);
        self.sent.inc_by(count as u64);
    }
}

/// A connection that has been decided. Tells its end exactly once, also when it is dropped.
#[derive(Debug)]
pub struct Tracked {
    facts: Facts,
    series: Arc<Series>,
    metrics: Arc<Metrics>,
    bytes: Arc<Bytes>,
    started: Instant,
    told: bool,
}

impl Tracked {
    /// Starts to count.
    #[must_use]
    pub fn open(facts: Facts, metrics: Arc<Metrics>) -> Self {
        access_log::opened(&facts);
        if metrics.events.is_heard() {
            metrics.events.tell(events::of(Kind::Open, &facts));
        }
        let series = metrics.opened(&facts);
        let bytes = Arc::new(Bytes {
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            received: series.received.clone(),
            sent: series.sent.clone(),
        });
        Self {
            facts,
            series,
            metrics,
            bytes,
            started: Instant::now(),
            told: false,
        }
    }

    /// What both directions count on.
    #[must_use]
    pub fn bytes(&self) -> Arc<Bytes> {
        self.bytes.clone()
    }

    /// Replaces what is told of the destination, when the answer says more.
    pub fn learn(&mut self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts);
    }

    /// Tells an orderly end.
    pub fn complete(mut self) {
        self.tell(Flag::Ok, None, None);
    }

    /// Tells a bad end.
    pub fn fail(mut self, error: &ProxyError) {
        if error.flag() == Flag::Revoked {
            self.metrics.revoked(self.facts.reporter);
        }
        self.tell(error.flag(), Some(&error.to_string()), error.policy());
    }

    fn tell(&mut self, flag: Flag, error: Option<&str>, policy: Option<&ArcStr>) {
        self.told = true;
        let totals = Totals {
            up: self.bytes.up.load(Ordering::Relaxed),
            down: self.bytes.down.load(Ordering::Relaxed),
            duration: self.started.elapsed(),
        };
        self.metrics.closed(&self.series, flag);
        access_log::complete(&self.facts, totals, error);
        if self.metrics.events.is_heard() {
            let kind = if flag == Flag::Deny {
                Kind::Denied
            } else {
                Kind::Close
            };
            self.metrics.events.tell(Event {
                policy: policy.cloned(),
                reason: error.map(str::to_owned),
                ..events::counted(kind, &self.facts, totals)
            });
        }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if !self.told {
            self.tell(
                Flag::Connect,
                Some("connection closed due to connection drain"),
                None,
            );
        }
    }
}
