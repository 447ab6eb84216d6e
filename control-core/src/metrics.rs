//! What is counted, under the names that people alert on (`control-plane.md` 19).
//!
//! Upstream's counters carry no `_total`; they are written as gauges so that the names stay theirs.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

mod ca;
mod calls;
mod clocked;
mod process;
mod remote;
mod xds;

pub use ca::CaMetrics;
pub use calls::{Call, CallMetrics, WatchMetrics};
pub use remote::RemoteMetrics;
pub use xds::{Sending, XdsMetrics};

type Labels = Vec<(&'static str, String)>;
type Counts = Family<Labels, Gauge>;
type Count = Gauge<i64, AtomicI64>;

/// Upper bounds of times, in seconds.
const TIMES: [f64; 9] = [0.001, 0.01, 0.1, 0.5, 1.0, 3.0, 5.0, 10.0, 30.0];

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
        self.ca.register(registry);
        self.xds.register(registry);
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
