//! The lines of target `access`, fields in the order of the field (`spec/proxy-ops.md` §8).

use std::net::SocketAddr;
use std::time::Duration;

use arcstr::ArcStr;
use tracing::{Level, enabled};

use crate::telemetry::{Facts, Reporter, Side};

/// What is counted on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Client to server.
    pub up: u64,
    /// Server to client.
    pub down: u64,
    /// How long it lived.
    pub duration: Duration,
}

macro_rules! line {
    ($level:expr, $message:literal, $facts:ident, $seen:ident $(, $key:ident = $value:expr)*) => {
        tracing::event!(
            target: "access",
            $level,
            src.addr = %$facts.source_address,
            src.workload = $seen.source.name.as_deref(),
            src.namespace = $seen.source.namespace.as_deref(),
            src.identity = $seen.source_identity.as_deref(),
            src.cluster = $seen.source.cluster.as_deref(),
            dst.addr = %$facts.destination_address,
            dst.hbone_addr = $facts.hbone_address.as_ref().map(display),
            dst.service = $facts.service.as_ref().map(|service| service.key.hostname.as_str()),
            dst.workload = $seen.destination.name.as_deref(),
            dst.namespace = $seen.destination.namespace.as_deref(),
            dst.identity = $seen.destination_identity.as_deref(),
            dst.cluster = $seen.destination.cluster.as_deref(),
            direction = $facts.reporter.direction(),
            $($key = $value,)*
            $message
        )
    };
}

struct Seen {
    source: Names,
    source_identity: Option<ArcStr>,
    destination: Names,
    destination_identity: Option<ArcStr>,
}

#[derive(Default)]
struct Names {
    name: Option<ArcStr>,
    namespace: Option<ArcStr>,
    cluster: Option<ArcStr>,
}

impl Seen {
    fn of(facts: &Facts) -> Self {
        Self {
            source: names(&facts.source),
            source_identity: facts.source_identity.as_ref().map(|one| one.uri().clone()),
            destination: names(&facts.destination),
            destination_identity: facts.destination_identity.as_ref().map(|one| one.uri().clone()),
        }
    }
}

fn names(side: &Side) -> Names {
    let present = |text: &str| (!text.is_empty()).then(|| ArcStr::from(text));
    let shared = |text: &ArcStr| (!text.is_empty()).then(|| text.clone());
    match side {
        Side::Known(workload) => Names {
            name: shared(&workload.name).or_else(|| shared(&workload.labels.canonical_name)),
            namespace: present(workload.namespace()),
            cluster: shared(&workload.cluster_id),
        },
        Side::Told(baggage) => Names {
            name: present(&baggage.workload_name).or_else(|| present(&baggage.service_name)),
            namespace: present(&baggage.namespace),
            cluster: present(&baggage.cluster),
        },
        Side::Unknown => Names::default(),
    }
}

/// The destination is decided, nothing is connected yet.
pub fn opened(facts: &Facts) {
    if enabled!(target: "access", Level::DEBUG) {
        let seen = Seen::of(facts);
        line!(Level::DEBUG, "connection opened", facts, seen);
    }
}

/// A tracked connection has ended.
pub fn complete(facts: &Facts, totals: Totals, error: Option<&str>) {
    let (sent, received) = match facts.reporter {
        Reporter::Source => (totals.up, totals.down),
        Reporter::Destination => (totals.down, totals.up),
    };
    let duration = format!("{}ms", totals.duration.as_millis());
    let duration = duration.as_str();
    match error {
        None if enabled!(target: "access", Level::INFO) => {
            let seen = Seen::of(facts);
            line!(
                Level::INFO,
                "connection complete",
                facts,
                seen,
                bytes_sent = sent,
                bytes_recv = received,
                duration = duration
            );
        }
        None => {}
        Some(error) => {
            let seen = Seen::of(facts);
            line!(
                Level::ERROR,
                "connection complete",
                facts,
                seen,
                bytes_sent = sent,
                bytes_recv = received,
                duration = duration,
                error = error
            );
        }
    }
}

/// Refused before facts were known.
pub fn failed(source: SocketAddr, destination: SocketAddr, reporter: Reporter, error: &str) {
    tracing::event!(
        target: "access",
        Level::WARN,
        src.addr = %source,
        dst.addr = %destination,
        direction = reporter.direction(),
        error = error,
        "connection failed"
    );
}
