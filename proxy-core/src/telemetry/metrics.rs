//! The metrics of the field: names, labels and their order (`spec/proxy-ops.md` §6).

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use mesh_wire::events::{End, Event, Kind};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::telemetry::events::Events;
use crate::telemetry::flood::Flood;
use crate::telemetry::labels::{DnsLabels, TrafficLabels};
use crate::telemetry::series::{Kinds, Room, Series};
use crate::telemetry::{Facts, Flag, Reporter, access_log};

type Labels = Vec<(&'static str, String)>;

/// Why a discovery stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termination {
    /// It never began.
    ConnectionError,
    /// Unusual.
    Error,
    /// Ordinary.
    Reconnect,
    /// The server closed it.
    Complete,
}

/// DNS counters.
#[derive(Debug, Clone)]
pub struct DnsMetrics {
    /// All queries.
    pub requests: Family<DnsLabels, Counter>,
    /// Forwarded ones.
    pub upstream: Family<DnsLabels, Counter>,
    /// Forwarded ones without a useful answer.
    pub failures: Family<DnsLabels, Counter>,
    /// How long forwarding took.
    pub duration: Family<DnsLabels, Histogram>,
}

/// Counters of the in-pod manager.
#[derive(Debug, Clone, Default)]
pub struct PodMetrics {
    /// Pods served.
    pub active: Gauge,
    /// Pods that could not be started yet.
    pub pending: Gauge,
    /// Starts.
    pub started: Counter,
    /// Stops.
    pub stopped: Counter,
}

/// All metrics of the proxy.
#[derive(Debug)]
pub struct Metrics {
    opened: Family<TrafficLabels, Counter>,
    closed: Family<TrafficLabels, Counter>,
    received: Family<TrafficLabels, Counter>,
    sent: Family<TrafficLabels, Counter>,
    failures: Family<TrafficLabels, Counter>,
    sockets: Family<Labels, Gauge>,
    terminations: Family<Labels, Counter>,
    messages: Family<Labels, Counter>,
    message_bytes: Family<Labels, Counter>,
    rejected: Family<Labels, Counter>,
    revoked: Family<Labels, Counter>,
    crl_stale: Family<Labels, Gauge>,
    room: Room,
    kinds: Kinds,
    /// Of both reporters.
    open_sockets: [OnceLock<Gauge>; 2],
    /// DNS.
    pub dns: DnsMetrics,
    /// Pods.
    pub pods: PodMetrics,
    /// What happens to connections, as it happens.
    pub events: Events,
    /// Which lines have been told often enough.
    pub flood: Flood,
}

impl Metrics {
    /// Registers everything in the field's order.
    #[must_use]
    pub fn register(registry: &mut Registry, istio_version: &str) -> Arc<Self> {
        let metrics = Self::unregistered();
        registry.register_collector(Box::new(ProcessGauges));
        let build: Family<Labels, Gauge> = Family::default();
        let labels = vec![
            ("component", "ztunnel".to_owned()),
            ("tag", istio_version.to_owned()),
        ];
        build.get_or_create_owned(&labels).set(1);
        registry.register("istio_build", "Istio component build info", build);
        metrics.register_streams(registry);
        metrics.register_traffic(registry);
        metrics.register_dns(registry);
        metrics.register_pods(registry);
        registry.register(
            "mesh_rejected",
            "Refused peers, messages and requests, by boundary and reason",
            metrics.rejected.clone(),
        );
        registry.register(
            "mesh_crl_stale",
            "Whether the file of revoked certificates had to be refused, and older lists are in force",
            metrics.crl_stale.clone(),
        );
        Arc::new(metrics)
    }

    /// For tests: counted, shown nowhere.
    #[must_use]
    pub fn unregistered() -> Self {
        const BOUNDS: [f64; 6] = [0.0005, 0.001, 0.01, 0.1, 1.0, 5.0];
        Self {
            opened: Family::default(),
            closed: Family::default(),
            received: Family::default(),
            sent: Family::default(),
            failures: Family::default(),
            sockets: Family::default(),
            terminations: Family::default(),
            messages: Family::default(),
            message_bytes: Family::default(),
            rejected: Family::default(),
            revoked: Family::default(),
            crl_stale: Family::default(),
            room: Room::default(),
            kinds: Kinds::default(),
            open_sockets: Default::default(),
            dns: DnsMetrics {
                requests: Family::default(),
                upstream: Family::default(),
                failures: Family::default(),
                duration: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            },
            pods: PodMetrics::default(),
            events: Events::default(),
            flood: Flood::default(),
        }
    }

    fn register_streams(&self, registry: &mut Registry) {
        let reasons = "The total number of completed connections to xds server (unstable)";
        registry.register(
            "istio_xds_connection_terminations",
            reasons,
            self.terminations.clone(),
        );
        registry.register(
            "istio_xds_message",
            "Total number of messages received (unstable)",
            self.messages.clone(),
        );
        let bytes = "Total number of bytes received (unstable)";
        registry.register_with_unit(
            "istio_xds_message",
            bytes,
            Unit::Bytes,
            self.message_bytes.clone(),
        );
    }

    fn register_traffic(&self, registry: &mut Registry) {
        let mut add = |name: &str, help: &str, family: &Family<TrafficLabels, Counter>| {
            registry.register(name, help, family.clone());
        };
        add(
            "istio_tcp_connections_opened",
            "The total number of TCP connections opened",
            &self.opened,
        );
        add(
            "istio_tcp_connections_closed",
            "The total number of TCP connections closed",
            &self.closed,
        );
        add(
            "istio_tcp_received_bytes",
            "The size of total bytes received during request in case of a TCP connection",
            &self.received,
        );
        add(
            "istio_tcp_sent_bytes",
            "The size of total bytes sent during response in case of a TCP connection",
            &self.sent,
        );
        add(
            "istio_tcp_connections_failed",
            "The total number of TCP connections that failed to establish (unstable)",
            &self.failures,
        );
        registry.register(
            "istio_tcp_sockets_open",
            "The current number of open TCP sockets (unstable)",
            self.sockets.clone(),
        );
        registry.register(
            "istio_crl_policy_rejections",
            "The total number of connections refused or ended because of a revoked certificate (unstable)",
            self.revoked.clone(),
        );
    }

    fn register_dns(&self, registry: &mut Registry) {
        let dns = &self.dns;
        registry.register(
            "istio_dns_requests",
            "Total number of DNS requests (unstable)",
            dns.requests.clone(),
        );
        registry.register(
            "istio_dns_upstream_requests",
            "Total number of DNS requests forwarded to upstream (unstable)",
            dns.upstream.clone(),
        );
        registry.register(
            "istio_dns_upstream_failures",
            "Total number of DNS requests forwarded to upstream which failed (unstable)",
            dns.failures.clone(),
        );
        let help = "Total time in seconds Istio takes to get DNS response from upstream (unstable)";
        registry.register_with_unit(
            "istio_dns_upstream_request_duration",
            help,
            Unit::Seconds,
            dns.duration.clone(),
        );
    }

    fn register_pods(&self, registry: &mut Registry) {
        let pods = &self.pods;
        registry.register(
            "workload_manager_active_proxy_count",
            "The total number current workloads with active proxies (unstable)",
            pods.active.clone(),
        );
        registry.register(
            "workload_manager_pending_proxy_count",
            "The total number current workloads with pending proxies (unstable)",
            pods.pending.clone(),
        );
        registry.register(
            "workload_manager_proxies_started",
            "The total number of proxies that were started (unstable)",
            pods.started.clone(),
        );
        registry.register(
            "workload_manager_proxies_stopped",
            "The total number of proxies that were stopped (unstable)",
            pods.stopped.clone(),
        );
    }

    /// A connection was decided; gives what it counts on.
    #[must_use]
    pub fn opened(&self, facts: &Facts) -> Arc<Series> {
        let series = self.kinds.find(facts, || {
            let labels = self.labels(facts);
            Series {
                opened: self.opened.get_or_create_owned(&labels),
                received: self.received.get_or_create_owned(&labels),
                sent: self.sent.get_or_create_owned(&labels),
                closed: OnceLock::new(),
                labels,
            }
        });
        series.opened.inc();
        series
    }

    /// The labels of a connection, or those that stand for all others once there are too many.
    fn labels(&self, facts: &Facts) -> TrafficLabels {
        let labels = TrafficLabels::of(facts);
        // opened, and bytes both ways
        let fits = self.opened.get(&labels).is_some() || self.room.take(3);
        if fits { labels } else { labels.other() }
    }

    /// The same for questions: each kind is asked, forwarded, failed, and has a histogram.
    #[must_use]
    pub fn dns_labels(&self, labels: DnsLabels) -> DnsLabels {
        const SERIES: usize = 12;
        let fits = self.dns.requests.get(&labels).is_some() || self.room.take(SERIES);
        if fits { labels } else { labels.other() }
    }

    /// A connection ended.
    pub fn closed(&self, series: &Series, flag: Flag) {
        if flag == Flag::Ok {
            let closed = || self.closed.get_or_create_owned(&self.closing(series, flag));
            series.closed.get_or_init(closed).inc();
        } else {
            let labels = self.closing(series, flag);
            self.closed.get_or_create_owned(&labels).inc();
            self.failures.get_or_create_owned(&labels).inc();
        }
    }

    fn closing(&self, series: &Series, flag: Flag) -> TrafficLabels {
        let labels = series.labels.with(flag);
        let wanted = if flag == Flag::Ok { 1 } else { 2 };
        if self.closed.get(&labels).is_some() || self.room.take(wanted) {
            labels
        } else {
            labels.other()
        }
    }

    /// The gauge of accepted sockets.
    #[must_use]
    pub fn sockets(&self, reporter: Reporter) -> OpenSocket {
        let place = match reporter {
            Reporter::Source => &self.open_sockets[0],
            Reporter::Destination => &self.open_sockets[1],
        };
        let gauge = place.get_or_init(|| {
            let labels = vec![("reporter", reporter.as_str().to_owned())];
            self.sockets.get_or_create_owned(&labels)
        });
        gauge.inc();
        OpenSocket(gauge.clone())
    }

    /// A connection was refused before anything was known of it.
    pub fn failed(&self, source: SocketAddr, destination: SocketAddr, reporter: Reporter, error: &str) {
        access_log::failed(source, destination, reporter, error);
        if self.events.is_heard() {
            let end = |address: SocketAddr| End {
                address: address.to_string(),
                ..End::default()
            };
            let time = jiff::Timestamp::now().to_string();
            let ends = (end(source), end(destination));
            self.events.tell(Event {
                reason: Some(error.to_owned()),
                ..Event::new(time, Kind::Failed, reporter.direction(), ends)
            });
        }
    }

    /// Something was refused at a boundary.
    pub fn rejected(&self, boundary: &'static str, reason: &'static str) {
        let labels = vec![("boundary", boundary.to_owned()), ("reason", reason.to_owned())];
        self.rejected.get_or_create_owned(&labels).inc();
    }

    /// A peer's certificate turned out to be revoked.
    pub fn revoked(&self, reporter: Reporter) {
        let labels = vec![("reporter", reporter.as_str().to_owned())];
        self.revoked.get_or_create_owned(&labels).inc();
    }

    /// Whether the file of revoked certificates had to be refused.
    pub fn crl_stale(&self, is_stale: bool) {
        self.crl_stale
            .get_or_create_owned(&Vec::new())
            .set(i64::from(is_stale));
    }

    /// How many discovery streams have ended, for whatever reason.
    #[cfg(test)]
    pub(crate) fn xds_terminations(&self) -> u64 {
        use Termination::{Complete, ConnectionError, Error, Reconnect};
        let reasons = [ConnectionError, Error, Reconnect, Complete];
        let count = |reason: &Termination| {
            let labels = vec![("reason", format!("{reason:?}"))];
            self.terminations.get_or_create_owned(&labels).get()
        };
        reasons.iter().map(count).sum()
    }

    /// A discovery stream ended.
    pub fn xds_terminated(&self, termination: Termination) {
        self.terminations
            .get_or_create_owned(&vec![("reason", format!("{termination:?}"))])
            .inc();
    }

    /// A discovery response arrived, with so many bytes of resources.
    pub fn xds_received(&self, type_url: &str, payload: usize) {
        let labels = vec![("url", type_url.to_owned())];
        self.messages.get_or_create_owned(&labels).inc();
        self.message_bytes
            .get_or_create_owned(&labels)
            .inc_by(payload as u64);
    }
}

/// An accepted socket in flight.
#[derive(Debug)]
pub struct OpenSocket(Gauge);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Debug)]
struct ProcessGauges;

impl Collector for ProcessGauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (open, limit) = mesh_sys::process::descriptors();
        let gauge = |value: u64| ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
        let mut one = |name: &str, help: &str, value: u64| {
            let gauge = gauge(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)
        };
        one(
            "process_open_fds",
            "Number of open file descriptors.",
            open as u64,
        )?;
        one("process_max_fds", "Maximum number of file descriptors.", limit)
    }
}
