//! What is counted, under the names that people alert on (`control-plane.md` 19).
//!
//! Upstream's counters carry no `_total`; they are written as gauges so that the names stay theirs.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

mod calls;
mod clocked;
mod process;

pub use calls::{Call, CallMetrics, WatchMetrics};

type Labels = Vec<(&'static str, String)>;
type Counts = Family<Labels, Gauge>;
type Count = Gauge<i64, AtomicI64>;

/// Upper bounds of times, in seconds.
const TIMES: [f64; 9] = [0.001, 0.01, 0.1, 0.5, 1.0, 3.0, 5.0, 10.0, 30.0];
/// Upper bounds of sizes, in bytes.
const SIZES: [f64; 6] = [1e3, 1e4, 1e5, 1e6, 4e6, 1e7];

/// How long something takes.
#[derive(Clone, Debug)]
pub struct Timing(Histogram);

impl Default for Timing {
    fn default() -> Self {
        Self(Histogram::new(TIMES))
    }
}

impl Timing {
    /// One more took this long.
    pub fn observe(&self, took: Duration) {
        self.0.observe(took.as_secs_f64());
    }
}

/// Values by type.
#[derive(Clone, Debug)]
pub struct ByType(Family<Labels, Histogram, fn() -> Histogram>);

/// Counters of the certificate service.
#[derive(Clone, Debug, Default)]
pub struct CaMetrics {
    /// Requests.
    pub csr: Count,
    /// Certificates issued.
    pub issued: Count,
    /// Callers not recognized.
    pub unauthenticated: Count,
    /// Requests that do not parse.
    pub csr_unparsed: Count,
    /// Impersonations refused.
    pub id_refused: Count,
    /// Signing failures.
    pub unsigned: Count,
    /// End of the root, seconds since the epoch.
    pub root_expiry: Count,
    /// End of the chain, seconds since the epoch.
    pub chain_expiry: Count,
}

/// Counters of the discovery server.
#[derive(Clone, Debug)]
pub struct XdsMetrics {
    /// Connected clients by version.
    pub clients: Counts,
    /// Responses sent, by type.
    pub pushes: Counts,
    /// Responses refused, by type.
    pub rejects: Counts,
    /// Answers to older responses, by type.
    pub expired: Counts,
    /// Clients dropped for reading too slowly.
    pub write_timeouts: Count,
    /// Requests that could not be read.
    pub internal_errors: Count,
    /// Changes taken in, by kind.
    pub updates: Counts,
    /// Services published.
    pub services: Count,
    /// Pushes, by the type of what changed.
    pub triggers: Counts,
    /// From the first change to its push.
    pub debounce: Timing,
    /// Publishing one push's state.
    pub publishing: Timing,
    /// From a push until a client's turn.
    pub queued: Timing,
    /// From a push until it is handed to a client.
    pub convergence: Timing,
    /// Handing one response to a client, by type.
    push_time: ByType,
    /// Sizes of responses, by type.
    sizes: ByType,
}

impl Default for XdsMetrics {
    fn default() -> Self {
        let by_type = |make: fn() -> Histogram| ByType(Family::new_with_constructor(make));
        Self {
            clients: Counts::default(),
            pushes: Counts::default(),
            rejects: Counts::default(),
            expired: Counts::default(),
            write_timeouts: Count::default(),
            internal_errors: Count::default(),
            updates: Counts::default(),
            services: Count::default(),
            triggers: Counts::default(),
            debounce: Timing::default(),
            publishing: Timing::default(),
            queued: Timing::default(),
            convergence: Timing::default(),
            push_time: by_type(|| Histogram::new(TIMES)),
            sizes: by_type(|| Histogram::new(SIZES)),
        }
    }
}

/// What is counted of the responses of one type: looked up once, since they are many.
#[derive(Clone, Debug)]
pub struct Sending {
    pushes: Count,
    push_time: Histogram,
    sizes: Histogram,
}

impl Sending {
    /// A response of this many bytes is about to be sent.
    pub fn begins(&self, bytes: usize) {
        self.pushes.inc();
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.sizes.observe(f64::from(bytes));
    }

    /// A response was handed over.
    pub fn ended(&self, took: Duration) {
        self.push_time.observe(took.as_secs_f64());
    }
}

impl XdsMetrics {
    /// The counters of responses of a type.
    #[must_use]
    pub fn sending(&self, kind: &str) -> Sending {
        let label = label("type", kind);
        Sending {
            pushes: self.pushes.get_or_create_owned(&label),
            push_time: self.push_time.0.get_or_create_owned(&label),
            sizes: self.sizes.0.get_or_create_owned(&label),
        }
    }
}

/// Other clusters (`control-plane.md` 11.4).
#[derive(Clone, Debug, Default)]
pub struct RemoteMetrics {
    managed: Counts,
    status: Counts,
    /// Clusters that were not listed in time.
    pub timeouts: Count,
    secrets: Counts,
}

impl RemoteMetrics {
    /// How many clusters there are of a type.
    #[must_use]
    pub fn managed(&self, kind: &str) -> Count {
        self.managed.get_or_create_owned(&label("cluster_type", kind))
    }

    /// A secret came, changed or went.
    pub fn secret_event(&self, event: &str) {
        self.secrets.get_or_create_owned(&label("event", event)).inc();
    }

    /// How far a cluster is; each has the one sample that holds.
    pub fn show(&self, cluster: &str, status: &str, holds: bool) {
        let labels = vec![
            ("cluster", cluster.to_owned()),
            ("cluster_type", "remote".to_owned()),
            ("status", status.to_owned()),
        ];
        if holds {
            self.status.get_or_create_owned(&labels).set(1);
        } else {
            self.status.remove(&labels);
        }
    }

    fn register(&self, registry: &mut Registry) {
        self.managed("local").set(1);
        self.managed("remote").set(0);
        add_counts(registry, "istiod_managed_clusters", "Clusters", &self.managed);
        let status = "How far another cluster is";
        add_counts(
            registry,
            "istiod_remote_cluster_sync_status",
            status,
            &self.status,
        );
        let events = "Secrets of other clusters that came, changed or went";
        add_counts(
            registry,
            "remote_cluster_secret_events_total",
            events,
            &self.secrets,
        );
        registry.register(
            "remote_cluster_sync_timeouts_total",
            "Clusters that were not listed in time",
            self.timeouts.clone(),
        );
    }
}

/// All metrics. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Certificates.
    pub ca: CaMetrics,
    /// Discovery.
    pub xds: XdsMetrics,
    /// Other clusters.
    pub remote: RemoteMetrics,
    /// Calls of the gRPC servers.
    pub calls: CallMetrics,
    /// Events of the watches.
    pub watches: WatchMetrics,
    /// Patches of webhook configurations.
    pub webhook_patches: Count,
    /// Patches that failed.
    pub webhook_patch_failures: Count,
    /// Objects admitted.
    pub validated: Count,
    /// Objects refused.
    pub invalid: Counts,
    /// Reviews that were none, by status.
    pub no_reviews: Counts,
}

/// One label.
#[must_use]
pub fn label(name: &'static str, value: &str) -> Labels {
    vec![(name, value.to_owned())]
}

impl Metrics {
    /// Registers every family.
    pub fn register(&self, registry: &mut Registry) {
        self.register_ca(registry);
        self.register_xds(registry);
        self.remote.register(registry);
        self.calls.register(registry);
        self.watches.register(registry);
        let mut add = |name: &str, help: &str, count: &Count| registry.register(name, help, count.clone());
        add(
            "webhook_patch_attempts_total",
            "Webhook patches",
            &self.webhook_patches,
        );
        add(
            "webhook_patch_failures_total",
            "Webhook patches that failed",
            &self.webhook_patch_failures,
        );
        add("galley_validation_passed", "Objects admitted", &self.validated);
        let (updates, failures) = (&self.webhook_patches, &self.webhook_patch_failures);
        add("galley_validation_config_updates", "Webhook patches", updates);
        let help = "Webhook patches that failed";
        add("galley_validation_config_update_error", help, failures);
        registry.register(
            "galley_validation_failed",
            "Objects refused",
            self.invalid.clone(),
        );
        add_counts(
            registry,
            "galley_validation_http_error",
            "Requests that were no reviews",
            &self.no_reviews,
        );
        register_build(registry);
        registry.register_collector(Box::new(process::Process::now()));
        registry.register_collector(Box::new(clocked::Clocked {
            root: self.ca.root_expiry.clone(),
            chain: self.ca.chain_expiry.clone(),
            began: tokio::time::Instant::now(),
        }));
    }

    fn register_ca(&self, registry: &mut Registry) {
        let ca = &self.ca;
        let mut add = |name: &str, help: &str, count: &Count| registry.register(name, help, count.clone());
        add("citadel_server_csr_count", "Certificate requests", &ca.csr);
        add(
            "citadel_server_success_cert_issuance_count",
            "Certificates issued",
            &ca.issued,
        );
        add(
            "citadel_server_authentication_failure_count",
            "Callers not recognized",
            &ca.unauthenticated,
        );
        add(
            "citadel_server_csr_parsing_err_count",
            "Requests that do not parse",
            &ca.csr_unparsed,
        );
        add(
            "citadel_server_id_extraction_err_count",
            "Impersonations refused",
            &ca.id_refused,
        );
        add(
            "citadel_server_csr_sign_err_count",
            "Signing failures",
            &ca.unsigned,
        );
        add(
            "citadel_server_root_cert_expiry_timestamp",
            "End of the root",
            &ca.root_expiry,
        );
        add(
            "citadel_server_cert_chain_expiry_timestamp",
            "End of the chain",
            &ca.chain_expiry,
        );
    }

    fn register_xds(&self, registry: &mut Registry) {
        let xds = &self.xds;
        let mut add = |name: &str, help: &str, counts: &Counts| registry.register(name, help, counts.clone());
        add("pilot_xds", "Connected clients", &xds.clients);
        add("pilot_xds_pushes", "Responses sent", &xds.pushes);
        add("pilot_total_xds_rejects", "Responses refused", &xds.rejects);
        add(
            "pilot_xds_expired_nonce",
            "Answers to older responses",
            &xds.expired,
        );
        add("pilot_inbound_updates", "Changes taken in", &xds.updates);
        registry.register(
            "pilot_xds_write_timeout",
            "Clients dropped for slow reading",
            xds.write_timeouts.clone(),
        );
        registry.register(
            "pilot_total_xds_internal_errors",
            "Requests that could not be read",
            xds.internal_errors.clone(),
        );
        registry.register("pilot_services", "Services published", xds.services.clone());
        add_counts(registry, "pilot_push_triggers", "Pushes", &xds.triggers);
        let mut time = |name: &str, help: &str, of: &Timing| registry.register(name, help, of.0.clone());
        time(
            "pilot_debounce_time",
            "Seconds from the first change to its push",
            &xds.debounce,
        );
        time(
            "pilot_pushcontext_init_seconds",
            "Seconds of publishing a push",
            &xds.publishing,
        );
        time(
            "pilot_proxy_queue_time",
            "Seconds until a client's turn",
            &xds.queued,
        );
        time(
            "pilot_proxy_convergence_time",
            "Seconds until a client has it",
            &xds.convergence,
        );
        let mut by_type = |name: &str, help: &str, of: &ByType| registry.register(name, help, of.0.clone());
        by_type("pilot_xds_push_time", "Seconds of handing over", &xds.push_time);
        by_type("pilot_xds_config_size_bytes", "Bytes of responses", &xds.sizes);
    }
}

fn add_counts(registry: &mut Registry, name: &str, help: &str, counts: &Counts) {
    registry.register(name, help, counts.clone());
}

fn register_build(registry: &mut Registry) {
    let build = Counts::default();
    let tag = mesh_wire::well_known::PRODUCT_VERSION.to_owned();
    build
        .get_or_create_owned(&vec![("component", "pilot".to_owned()), ("tag", tag.clone())])
        .set(1);
    registry.register("istio_build", "What this is", build);
    let info = Counts::default();
    info.get_or_create_owned(&label("version", &tag)).set(1);
    registry.register("pilot_info", "Version", info);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::event::Kind;

    const NAMES: [&str; 48] = [
        "pilot_k8s_reg_events",
        "pilot_k8s_cfg_events",
        "pilot_total_xds_internal_errors",
        "galley_validation_http_error",
        "galley_validation_config_updates",
        "galley_validation_config_update_error",
        "grpc_server_started",
        "grpc_server_handled",
        "process_cpu_seconds",
        "process_open_fds",
        "process_max_fds",
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "citadel_server_root_cert_expiry_seconds",
        "citadel_server_cert_chain_expiry_seconds",
        "istiod_uptime_seconds",
        "istiod_managed_clusters",
        "istiod_remote_cluster_sync_status",
        "remote_cluster_sync_timeouts_total",
        "remote_cluster_secret_events_total",
        "pilot_xds",
        "pilot_xds_pushes",
        "pilot_xds_push_time",
        "pilot_proxy_convergence_time",
        "pilot_proxy_queue_time",
        "pilot_debounce_time",
        "pilot_pushcontext_init_seconds",
        "pilot_push_triggers",
        "pilot_inbound_updates",
        "pilot_xds_config_size_bytes",
        "pilot_services",
        "pilot_total_xds_rejects",
        "pilot_xds_write_timeout",
        "pilot_xds_expired_nonce",
        "pilot_info",
        "istio_build",
        "citadel_server_csr_count",
        "citadel_server_success_cert_issuance_count",
        "citadel_server_authentication_failure_count",
        "citadel_server_csr_sign_err_count",
        "citadel_server_csr_parsing_err_count",
        "citadel_server_id_extraction_err_count",
        "citadel_server_root_cert_expiry_timestamp",
        "citadel_server_cert_chain_expiry_timestamp",
        "galley_validation_passed",
        "galley_validation_failed",
        "webhook_patch_attempts_total",
        "webhook_patch_failures_total",
    ];

    #[test]
    fn every_name_that_people_alert_on_is_exposed() {
        let metrics = Metrics::default();
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let xds = &metrics.xds;
        // families have no line before their first sample
        for counts in [
            &xds.clients,
            &xds.rejects,
            &xds.expired,
            &xds.updates,
            &xds.triggers,
            &metrics.invalid,
            &metrics.no_reviews,
        ] {
            counts.get_or_create_owned(&label("type", "address")).inc();
        }
        metrics.ca.root_expiry.set(crate::ca::root::now() + 999_990);
        metrics.watches.of(Kind::Pod).deleted.inc();
        metrics.watches.of(Kind::ServiceEntry).added.inc();
        metrics.calls.start("s", "m").ends(tonic::Code::Unauthenticated);
        metrics.remote.show("east", "synced", true);
        metrics.remote.secret_event("add");
        let sending = metrics.xds.sending("address");
        sending.begins(5_000);
        sending.ended(Duration::from_millis(2));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap_or_default();
        for line in [
            "pilot_k8s_reg_events{type=\"Pod\",event=\"delete\"} 1",
            "grpc_server_handled_total{grpc_service=\"s\",grpc_method=\"m\",grpc_code=\"Unauthenticated\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        let left = text
            .lines()
            .find_map(|line| line.strip_prefix("citadel_server_root_cert_expiry_seconds "));
        assert!(left.is_some_and(|left| left.starts_with("99")), "{left:?}");
        for name in NAMES {
            assert!(
                text.contains(&format!("# TYPE {name} ")),
                "{name} is not in {text}"
            );
        }
        assert!(
            text.contains("pilot_xds_config_size_bytes_bucket{le=\"10000.0\",type=\"address\"} 1"),
            "{text}"
        );
        assert!(
            text.contains("pilot_xds_push_time_count{type=\"address\"} 1"),
            "{text}"
        );
    }
}
