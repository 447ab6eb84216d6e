//! What is counted, under the names that people alert on (`control-plane.md` 19).
//!
//! Upstream's counters carry no `_total`; they are written as gauges so that the names stay theirs.

use std::sync::atomic::AtomicI64;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;
type Counts = Family<Labels, Gauge>;
type Count = Gauge<i64, AtomicI64>;

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
#[derive(Clone, Debug, Default)]
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
    /// Changes taken in, by kind.
    pub updates: Counts,
    /// Services published.
    pub services: Count,
}

/// All metrics. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Certificates.
    pub ca: CaMetrics,
    /// Discovery.
    pub xds: XdsMetrics,
    /// Patches of webhook configurations.
    pub webhook_patches: Count,
    /// Patches that failed.
    pub webhook_patch_failures: Count,
    /// Objects admitted.
    pub validated: Count,
    /// Objects refused.
    pub invalid: Counts,
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
        registry.register(
            "galley_validation_failed",
            "Objects refused",
            self.invalid.clone(),
        );
        register_build(registry);
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
        registry.register("pilot_services", "Services published", xds.services.clone());
    }
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
