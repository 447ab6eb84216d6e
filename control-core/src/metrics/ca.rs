//! What the certificate service counts.

use prometheus_client::registry::Registry;

use super::Count;

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

impl CaMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let mut add = |name: &str, help: &str, count: &Count| registry.register(name, help, count.clone());
        add("citadel_server_csr_count", "Certificate requests", &self.csr);
        add(
            "citadel_server_success_cert_issuance_count",
            "Certificates issued",
            &self.issued,
        );
        add(
            "citadel_server_authentication_failure_count",
            "Callers not recognized",
            &self.unauthenticated,
        );
        add(
            "citadel_server_csr_parsing_err_count",
            "Requests that do not parse",
            &self.csr_unparsed,
        );
        add(
            "citadel_server_id_extraction_err_count",
            "Impersonations refused",
            &self.id_refused,
        );
        add(
            "citadel_server_csr_sign_err_count",
            "Signing failures",
            &self.unsigned,
        );
        add(
            "citadel_server_root_cert_expiry_timestamp",
            "End of the root",
            &self.root_expiry,
        );
        add(
            "citadel_server_cert_chain_expiry_timestamp",
            "End of the chain",
            &self.chain_expiry,
        );
    }
}
