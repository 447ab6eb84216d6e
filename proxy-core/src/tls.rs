//! TLS of tunnels and of the control plane: 1.3 only, ALPN `h2`, SPIFFE names (`spec/hbone.md` §2, `security.md` §1).
//!
//! Every tunnel is checked against the roots that came with this workload's own certificate; the
//! system store is never used. Absent on purpose: resumption, tickets, early data.

pub mod handshake;
pub mod reason;
pub mod record;
pub mod revocation;
pub mod verifier;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use mesh_wire::identity::Identity;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::NoServerSessionStorage;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};

use crate::hbone::budget::Budget;
use crate::tls::revocation::Revocations;
use crate::tls::verifier::{ControlPlaneVerifier, PeerVerifier, SingleCertificate};

/// The only protocol spoken inside.
pub const ALPN: &[u8] = b"h2";

const TLS13_ONLY: &[&SupportedProtocolVersion] = &[&TLS13];
const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];

/// What of TLS is configurable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TlsPolicy {
    /// TLS 1.2 as well (`TLS12_ENABLED`).
    pub tls12: bool,
    /// Only the hybrid key exchange (`COMPLIANCE_POLICY=pqc`).
    pub post_quantum_only: bool,
}

impl TlsPolicy {
    fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        if self.tls12 { BOTH } else { TLS13_ONLY }
    }

    /// Suites and groups of `security.md` T2.
    #[must_use]
    pub fn provider(self) -> Arc<CryptoProvider> {
        use aws_lc_rs::{cipher_suite, kx_group};
        let mut suites = vec![
            cipher_suite::TLS13_AES_256_GCM_SHA384,
            cipher_suite::TLS13_AES_128_GCM_SHA256,
        ];
        if self.tls12 {
            suites.extend([
                cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ]);
        }
        let mut groups = vec![kx_group::X25519MLKEM768];
        if !self.post_quantum_only {
            groups.extend([kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1]);
        }
        Arc::new(CryptoProvider {
            cipher_suites: suites,
            kx_groups: groups,
            ..aws_lc_rs::default_provider()
        })
    }
}

/// What all tunnels of this proxy have in common.
#[derive(Debug, Clone, Default)]
pub struct TlsContext {
    /// Versions, suites, groups.
    pub policy: TlsPolicy,
    /// Certificates that were taken back.
    pub revocations: Arc<Revocations>,
    /// What peers may send that nobody has taken.
    pub budget: Arc<Budget>,
}

/// A key with its chain, and the roots its peers are checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Leaf, intermediates and key.
    pub key: Arc<CertifiedKey>,
    /// Roots of this identity.
    pub roots: Arc<RootCertStore>,
    /// Whose certificate it is; its trust domain is the only one accepted from callers.
    pub identity: Identity,
    /// Certificates that are refused although these roots vouch for them.
    pub revocations: Arc<Revocations>,
    /// What peers may send that nobody has taken.
    pub budget: Arc<Budget>,
}

/// Configuration for accepting tunnels with these credentials.
pub fn server_config(
    credentials: &Credentials,
    policy: TlsPolicy,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = policy.provider();
    let verifier = PeerVerifier::callers(&provider, credentials)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(policy.versions())?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(SingleCertificate(credentials.key.clone())));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.enable_secret_extraction = true;
    Ok(Arc::new(config))
}

/// Configuration for opening a tunnel to a peer that must be one of `expected`.
pub fn client_config(
    credentials: &Credentials,
    expected: Vec<Identity>,
    policy: TlsPolicy,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = policy.provider();
    let verifier = PeerVerifier::callees(&provider, credentials, expected)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(policy.versions())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertificate(credentials.key.clone())));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    config.enable_secret_extraction = true;
    Ok(Arc::new(config))
}

/// Configuration for looking who answers, without an own certificate: the peer must be one of `expected`.
///
/// A peer refuses such a caller, but shows its own certificate first.
pub fn onlooker_config(
    roots: RootCertStore,
    expected: Vec<Identity>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = TlsPolicy::default().provider();
    let verifier = PeerVerifier::of_anybody(&provider, Arc::new(roots), expected);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(TLS13_ONLY)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.enable_sni = false;
    Ok(Arc::new(config))
}

/// Configuration towards the control plane: its name must match, or the alternative one.
pub fn control_plane_config(
    roots: RootCertStore,
    alternative: Option<String>,
) -> Result<ClientConfig, rustls::Error> {
    let provider = TlsPolicy::default().provider();
    let alternative = alternative.and_then(|name| ServerName::try_from(name).ok());
    let verifier = ControlPlaneVerifier::new(&provider, roots, alternative)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(TLS13_ONLY)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The certificates of a PEM bundle that can serve as roots.
#[must_use]
pub fn roots_from_pem(pem: &[u8]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
        if let Err(error) = roots.add(certificate) {
            tracing::warn!(%error, "skipped an unusable root certificate");
        }
    }
    roots
}
