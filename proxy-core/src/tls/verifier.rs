//! Who may be on the other end: chain, usage, and exactly one SPIFFE name (`security.md` T3–T16).

use std::fmt;
use std::sync::Arc;

use mesh_wire::identity::Identity;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_SIG_ED25519};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::tls::Credentials;
use crate::tls::revocation::{Chain, Revocations, Side};

const MAX_CHAIN: usize = 8;
const MAX_CHAIN_BYTES: usize = 64 * 1024;
/// Content bytes of a serial number (RFC 5280 §4.1.2.2).
const MAX_SERIAL: usize = 20;
/// Bits of an RSA key.
const LEAST_RSA: usize = 2048;

/// Names as the field prints them inside errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spiffe {
    /// Trust domain.
    pub trust_domain: String,
    /// Namespace.
    pub namespace: String,
    /// Service account.
    pub service_account: String,
}

/// Why a peer's certificate is refused although its chain is good.
#[derive(Clone, PartialEq, Eq)]
pub enum PeerError {
    /// Another trust domain, or no identity at all.
    SanTrustDomain(String, Vec<Spiffe>),
    /// Not exactly one URI name.
    SanCount(usize),
    /// The name is no identity.
    SanInvalid(String),
    /// Not one of the expected identities.
    SanMismatch {
        /// Accepted.
        expected: Vec<Identity>,
        /// Presented.
        actual: Identity,
    },
    /// More or larger certificates than are accepted.
    ChainTooLong,
    /// A key or a signature that is too weak.
    Algorithm(&'static str),
    /// Something that no certificate may hold.
    Malformed(&'static str),
    /// The leaf may not be used for this.
    Usage(&'static str),
    /// A revocation list that speaks for the chain cannot be trusted.
    Revocation(String),
}

impl PeerError {
    /// The fixed word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::SanTrustDomain(..) => "trust_domain",
            Self::SanCount(_) => "san_count",
            Self::SanInvalid(_) => "san_invalid",
            Self::SanMismatch { .. } => "san_mismatch",
            Self::ChainTooLong => "cert_chain",
            Self::Algorithm(_) => "cert_algorithm",
            Self::Malformed(_) => "cert_malformed",
            Self::Usage(_) => "cert_usage",
            Self::Revocation(_) => "cert_revocation",
        }
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SanTrustDomain(own, names) => write!(out, "SanTrustDomainError({own:?}, {names:?})"),
            Self::SanCount(count) => write!(out, "san_count: {count} URI names instead of one"),
            Self::SanInvalid(reason) => write!(out, "san_invalid: {reason}"),
            Self::SanMismatch { expected, actual } => {
                let expected: Vec<String> = expected.iter().map(Identity::to_string).collect();
                write!(
                    out,
                    "identity verification error: peer did not present the expected SAN ({}), got {actual}",
                    expected.join(",")
                )
            }
            Self::ChainTooLong => out.write_str("cert_chain: more than 8 certificates or 64 KiB"),
            Self::Algorithm(what) => write!(out, "cert_algorithm: {what}"),
            Self::Malformed(what) => write!(out, "cert_malformed: {what}"),
            Self::Usage(what) => write!(out, "cert_usage: {what}"),
            Self::Revocation(what) => write!(out, "cert_revocation: the revocation list is bad: {what}"),
        }
    }
}

/// Errors inside TLS are printed in debug form, and tools match on that text.
impl fmt::Debug for PeerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl std::error::Error for PeerError {}

impl From<PeerError> for Error {
    fn from(error: PeerError) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))
    }
}

/// Always the same certificate.
#[derive(Debug)]
pub struct SingleCertificate(pub Arc<CertifiedKey>);

impl ResolvesServerCert for SingleCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl ResolvesClientCert for SingleCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn bad_encoding() -> Error {
    Error::InvalidCertificate(CertificateError::BadEncoding)
}

/// A certificate, and nothing behind it.
fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, Error> {
    match X509Certificate::from_der(certificate) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(bad_encoding()),
    }
}

/// The one mesh identity of a certificate.
pub fn identity_of(leaf: &CertificateDer<'_>) -> Result<Identity, Error> {
    identity_in(&parse(leaf)?)
}

fn identity_in(leaf: &X509Certificate<'_>) -> Result<Identity, Error> {
    let names = leaf.subject_alternative_name().map_err(|_| bad_encoding())?;
    let uris: Vec<&str> = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        })
        .collect();
    match uris.as_slice() {
        [uri] => uri
            .parse()
            .map_err(|error: mesh_wire::identity::ParseIdentityError| {
                PeerError::SanInvalid(error.to_string()).into()
            }),
        other => Err(PeerError::SanCount(other.len()).into()),
    }
}

/// Key usage, where present, must allow signatures and forbid signing certificates (T9).
fn check_usage(leaf: &X509Certificate<'_>) -> Result<(), Error> {
    if let Some(usage) = leaf.key_usage().map_err(|_| bad_encoding())? {
        if usage.value.key_cert_sign() {
            return Err(PeerError::Usage("the leaf may sign certificates").into());
        }
        if !usage.value.digital_signature() {
            return Err(PeerError::Usage("the leaf may not sign").into());
        }
    }
    Ok(())
}

/// What the verification of chains lets pass: sizes, keys (T3) and serial numbers (T16) of every certificate.
/// Gives the leaf.
fn check_form<'a>(
    leaf: &'a CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
) -> Result<X509Certificate<'a>, Error> {
    check_size(leaf, intermediates)?;
    let leaf = parse(leaf)?;
    check_one(&leaf)?;
    for certificate in intermediates {
        check_one(&parse(certificate)?)?;
    }
    Ok(leaf)
}

fn check_one(certificate: &X509Certificate<'_>) -> Result<(), Error> {
    let serial = certificate.raw_serial();
    if serial.first().is_some_and(|byte| byte & 0x80 != 0) {
        return Err(PeerError::Malformed("the serial number is negative").into());
    }
    if serial.len() > MAX_SERIAL {
        return Err(PeerError::Malformed("the serial number has more than 20 bytes").into());
    }
    check_key(certificate.public_key())
}

fn check_key(key: &SubjectPublicKeyInfo<'_>) -> Result<(), Error> {
    let weak = |what| Err(PeerError::Algorithm(what).into());
    let algorithm = &key.algorithm.algorithm;
    if *algorithm == OID_SIG_ED25519 {
        return Ok(());
    }
    if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
        let curve = key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.as_oid().ok());
        return match curve {
            Some(curve) if curve == OID_EC_P256 || curve == OID_NIST_EC_P384 => Ok(()),
            _ => weak("an elliptic curve that is neither P-256 nor P-384"),
        };
    }
    match key.parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() >= LEAST_RSA => Ok(()),
        Ok(PublicKey::RSA(_)) => weak("an RSA key of fewer than 2048 bits"),
        _ => weak("a key of an unknown kind"),
    }
}

fn check_size(leaf: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Result<(), Error> {
    let bytes = leaf.len() + intermediates.iter().map(|one| one.len()).sum::<usize>();
    if intermediates.len() + 1 > MAX_CHAIN || bytes > MAX_CHAIN_BYTES {
        return Err(PeerError::ChainTooLong.into());
    }
    Ok(())
}

/// Checks tunnels' other ends, in either direction.
#[derive(Debug)]
pub struct PeerVerifier {
    chain: Option<Arc<dyn ClientCertVerifier>>,
    roots: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
    trust_domain: String,
    expected: Vec<Identity>,
    revocations: Arc<Revocations>,
}

impl PeerVerifier {
    /// For accepting: any identity of our trust domain; policy decides later.
    pub fn callers(provider: &Arc<CryptoProvider>, own: &Credentials) -> Result<Self, Error> {
        let chain = WebPkiClientVerifier::builder_with_provider(own.roots.clone(), provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(Self {
            chain: Some(chain),
            ..Self::callees(provider, own, Vec::new())?
        })
    }

    /// For opening: one of `expected`; an empty list refuses everybody (T13).
    pub fn callees(
        provider: &Arc<CryptoProvider>,
        own: &Credentials,
        expected: Vec<Identity>,
    ) -> Result<Self, Error> {
        Ok(Self {
            trust_domain: own.identity.trust_domain().to_owned(),
            revocations: own.revocations.clone(),
            ..Self::of_anybody(provider, own.roots.clone(), expected)
        })
    }

    /// For looking who answers, by somebody who has no identity: one of `expected`.
    #[must_use]
    pub fn of_anybody(
        provider: &Arc<CryptoProvider>,
        roots: Arc<RootCertStore>,
        expected: Vec<Identity>,
    ) -> Self {
        Self {
            chain: None,
            roots,
            algorithms: provider.signature_verification_algorithms,
            trust_domain: String::new(),
            expected,
            revocations: Arc::default(),
        }
    }

    fn check_revocation(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        (side, now): (Side, UnixTime),
    ) -> Result<(), Error> {
        self.revocations.check(&Chain {
            leaf,
            intermediates,
            roots: &self.roots,
            side,
            now,
        })
    }
}

impl ClientCertVerifier for PeerVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let form = check_form(leaf, intermediates)?;
        let chain = self
            .chain
            .as_ref()
            .ok_or_else(|| Error::General("not a server".to_owned()))?;
        let verified = chain.verify_client_cert(leaf, intermediates, now)?;
        self.check_revocation(leaf, intermediates, (Side::Caller, now))?;
        check_usage(&form)?;
        let identity = identity_in(&form)?;
        if identity.trust_domain() != self.trust_domain {
            let name = Spiffe {
                trust_domain: identity.trust_domain().to_owned(),
                namespace: identity.namespace().to_owned(),
                service_account: identity.service_account().to_owned(),
            };
            return Err(PeerError::SanTrustDomain(self.trust_domain.clone(), vec![name]).into());
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for PeerVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let form = check_form(leaf, intermediates)?;
        let parsed = ParsedCertificate::try_from(leaf)?;
        let algorithms = self.algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, intermediates, now, algorithms)?;
        self.check_revocation(leaf, intermediates, (Side::Callee, now))?;
        check_usage(&form)?;
        let actual = identity_in(&form)?;
        if self.expected.contains(&actual) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(PeerError::SanMismatch {
            expected: self.expected.clone(),
            actual,
        }
        .into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Checks the control plane by its DNS name.
#[derive(Debug)]
pub struct ControlPlaneVerifier {
    inner: Arc<WebPkiServerVerifier>,
    alternative: Option<ServerName<'static>>,
}

impl ControlPlaneVerifier {
    /// Trusts `roots` only.
    pub fn new(
        provider: &Arc<CryptoProvider>,
        roots: RootCertStore,
        alternative: Option<ServerName<'static>>,
    ) -> Result<Self, Error> {
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(Self { inner, alternative })
    }
}

impl ServerCertVerifier for ControlPlaneVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let real = self
            .inner
            .verify_server_cert(leaf, intermediates, name, ocsp, now);
        match (&self.alternative, real) {
            (Some(alternative), Err(_)) => {
                self.inner
                    .verify_server_cert(leaf, intermediates, alternative, ocsp, now)
            }
            (_, result) => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
