//! A certificate this node may use, and the check that makes it one (`spec/ca.md` §3, `security.md` C2).

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mesh_wire::identity::Identity;
use rcgen::{KeyPair, PublicKeyData};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use crate::tls::verifier::identity_of;
use crate::tls::{self, Credentials, TlsContext, TlsPolicy};

/// Why a CA's answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    /// No elements.
    #[error("chain returned from CA is empty for: {0}")]
    Empty(String),
    /// Only a leaf.
    #[error("failed to create CSR: invalid root certificate: no root certificate present")]
    NoRoot,
    /// Another identity.
    #[error("did not find expected SAN: {0}")]
    WrongSan(String),
    /// An element is not what it should be.
    #[error("ca_bad_reply: {0}")]
    Malformed(&'static str),
    /// The chain does not lead to the roots.
    #[error("ca_bad_reply: the chain does not verify: {0}")]
    Chain(String),
}

/// What a dump shows of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// PEM text.
    pub pem: String,
    /// Serial number, decimal.
    pub serial: String,
    /// Not before, seconds since the epoch.
    pub not_before: i64,
    /// Not after, seconds since the epoch.
    pub not_after: i64,
}

/// A checked certificate, ready for both directions.
#[derive(Debug)]
pub struct WorkloadCertificate {
    /// Key, chain, roots.
    pub credentials: Credentials,
    /// For accepting tunnels.
    pub server: Arc<ServerConfig>,
    /// TLS settings, for opening tunnels.
    pub policy: TlsPolicy,
    /// When it was received.
    pub received: SystemTime,
    /// Leaf and intermediates.
    pub chain_facts: Vec<CertificateFacts>,
    /// Roots.
    pub root_facts: Vec<CertificateFacts>,
}

impl WorkloadCertificate {
    /// Checks a CA's answer against what was asked for.
    pub fn from_reply(
        identity: &Identity,
        key: &KeyPair,
        elements: &[String],
        context: &TlsContext,
    ) -> Result<Self, BadReply> {
        let policy = context.policy;
        let (chain_pem, root_pem) = match elements {
            [] => return Err(BadReply::Empty(identity.to_string())),
            [_] => return Err(BadReply::NoRoot),
            [chain @ .., roots] => (chain, roots),
        };
        let mut chain = Vec::new();
        for element in chain_pem {
            chain.push(single(element)?);
        }
        let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(root_pem.as_bytes())
            .flatten()
            .collect();
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        if store.is_empty() {
            return Err(BadReply::NoRoot);
        }
        check(identity, key, &chain, &store, policy)?;
        let chain_facts = facts_of(&chain)?;
        let root_facts = facts_of(&roots)?;
        let credentials = Credentials {
            key: Arc::new(certified(key, chain)?),
            roots: Arc::new(store),
            identity: identity.clone(),
            revocations: context.revocations.clone(),
            budget: context.budget.clone(),
        };
        let server =
            tls::server_config(&credentials, policy).map_err(|error| BadReply::Chain(error.to_string()))?;
        Ok(Self {
            credentials,
            server,
            policy,
            received: SystemTime::now(),
            chain_facts,
            root_facts,
        })
    }

    /// When the leaf ends.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        at(self.chain_facts.first().map_or(0, |leaf| leaf.not_after))
    }

    /// Whether the leaf has ended.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        SystemTime::now() > self.not_after()
    }

    /// When to renew: at half of the life, moved by `jitter` (−1 to 1) tenths of it, but never before
    /// 40 % of what was left when it arrived has passed (decision 17).
    #[must_use]
    pub fn refresh_at(&self, jitter: f64) -> SystemTime {
        let start = at(self.chain_facts.first().map_or(0, |leaf| leaf.not_before));
        let end = self.not_after();
        let life = end.duration_since(start).unwrap_or_default();
        let wanted = start + life.mul_f64(0.5 + 0.1 * jitter.clamp(-1.0, 1.0));
        let left = end.duration_since(self.received).unwrap_or_default();
        wanted.max(self.received + left.mul_f64(0.4))
    }
}

fn at(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// One certificate in each element.
fn single(element: &str) -> Result<CertificateDer<'static>, BadReply> {
    let mut found = CertificateDer::pem_slice_iter(element.as_bytes());
    match (found.next(), found.next()) {
        (Some(Ok(certificate)), None) => Ok(certificate),
        _ => Err(BadReply::Malformed("an element is not exactly one certificate")),
    }
}

fn check(
    identity: &Identity,
    key: &KeyPair,
    chain: &[CertificateDer<'static>],
    roots: &RootCertStore,
    policy: TlsPolicy,
) -> Result<(), BadReply> {
    let (leaf, intermediates) = chain.split_first().ok_or(BadReply::Malformed("no leaf"))?;
    let presented = identity_of(leaf).map_err(|_| BadReply::WrongSan(identity.to_string()))?;
    if presented != *identity {
        return Err(BadReply::WrongSan(identity.to_string()));
    }
    let (_, parsed) =
        X509Certificate::from_der(leaf).map_err(|_| BadReply::Malformed("the leaf cannot be read"))?;
    if parsed.public_key().raw != key.subject_public_key_info() {
        return Err(BadReply::Malformed("the leaf is for another key"));
    }
    let leaf = ParsedCertificate::try_from(leaf).map_err(|error| BadReply::Chain(error.to_string()))?;
    let algorithms = policy.provider().signature_verification_algorithms.all;
    let now = UnixTime::now();
    rustls::client::verify_server_cert_signed_by_trust_anchor(&leaf, roots, intermediates, now, algorithms)
        .map_err(|error| BadReply::Chain(error.to_string()))
}

/// The key as TLS uses it; the copy in between is wiped (`security.md` P1).
fn certified(key: &KeyPair, chain: Vec<CertificateDer<'static>>) -> Result<CertifiedKey, BadReply> {
    let der = Zeroizing::new(key.serialize_der());
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der.as_slice()));
    let key = any_supported_type(&der);
    Ok(CertifiedKey::new(
        chain,
        key.map_err(|_| BadReply::Malformed("the key cannot be used"))?,
    ))
}

fn facts_of(certificates: &[CertificateDer<'_>]) -> Result<Vec<CertificateFacts>, BadReply> {
    certificates.iter().map(facts).collect()
}

fn facts(certificate: &CertificateDer<'_>) -> Result<CertificateFacts, BadReply> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| BadReply::Malformed("a certificate cannot be read"))?;
    Ok(CertificateFacts {
        pem: pem_of(certificate),
        serial: parsed.tbs_certificate.serial.to_string(),
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
    })
}

fn pem_of(certificate: &CertificateDer<'_>) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let encoded = crate::base64::encode(certificate);
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}
