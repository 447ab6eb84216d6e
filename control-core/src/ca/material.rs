//! The signing certificate, its key, its chain and the roots: parsed and checked together.
//!
//! Pure. Material that is incomplete, expired or inconsistent is refused with the reason; nothing falls
//! back to a certificate of our own making (`security.md` K4).

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use zeroize::{Zeroize, Zeroizing};

/// Why material cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// A part is not PEM or not a certificate.
    #[error("cannot read the {0}")]
    Unreadable(&'static str),
    /// The key cannot be used.
    #[error("cannot use the signing key")]
    Key(#[source] rcgen::Error),
    /// The key is another certificate's.
    #[error("the signing key does not belong to the signing certificate")]
    KeyMismatch,
    /// Not allowed to sign.
    #[error("the signing certificate is not a CA")]
    NotCa,
    /// Too late or too early.
    #[error("the signing certificate is not valid now")]
    NotValidNow,
    /// No path to a root.
    #[error("the signing certificate does not chain to the root bundle")]
    Unchained,
    /// A list that no root or signer of ours has signed, or that is no list.
    #[error("the revocation list cannot be used: {0}")]
    Crl(&'static str),
    /// Making a root failed.
    #[error("cannot make a self-signed root")]
    Generate(#[source] rcgen::Error),
}

impl MaterialError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::KeyMismatch | Self::Unchained => {
                Some("check that ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem belong together")
            }
            Self::NotCa => Some("the signing certificate needs basicConstraints CA:TRUE and keyCertSign"),
            _ => None,
        }
    }
}

/// The PEM texts as they are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Pem {
    /// Signing certificate.
    pub cert: String,
    /// Its key, wiped when it is no longer needed (`security.md` K7).
    pub key: Zeroizing<String>,
    /// From the signing certificate up to, not including, the root; may be empty.
    pub chain: String,
    /// Root bundle.
    pub root: String,
    /// Revocations, as PEM; may be empty.
    pub crl: String,
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // never the key (`security.md` K7)
        out.debug_struct("Pem")
            .field("cert", &self.cert.len())
            .finish_non_exhaustive()
    }
}

/// A signing key that is wiped when the material that holds it goes (`security.md` K7).
pub(super) struct SigningKey(KeyPair);

impl rcgen::PublicKeyData for SigningKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl rcgen::SigningKey for SigningKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        rcgen::SigningKey::sign(&self.0, message)
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Checked material, ready to sign.
pub struct Material {
    pub(super) issuer: Issuer<'static, SigningKey>,
    /// One certificate in each, leaf issuer first, without the roots.
    pub(super) intermediates: Vec<String>,
    pub(super) roots_pem: String,
    roots: Vec<CertificateDer<'static>>,
    signer: CertificateDer<'static>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
}

impl std::fmt::Debug for Material {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Material")
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

fn certificates(text: &str, what: &'static str) -> Result<Vec<CertificateDer<'static>>, MaterialError> {
    CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| MaterialError::Unreadable(what))
}

pub(super) fn parsed<'a>(
    der: &'a CertificateDer<'_>,
    what: &'static str,
) -> Result<X509Certificate<'a>, MaterialError> {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => Ok(certificate),
        Err(_) => Err(MaterialError::Unreadable(what)),
    }
}

impl Material {
    /// Checks the texts at a moment (seconds since the epoch).
    pub fn check(pem: &Pem, now: i64) -> Result<Self, MaterialError> {
        let signers = certificates(&pem.cert, "signing certificate")?;
        let signer = signers
            .into_iter()
            .next()
            .ok_or(MaterialError::Unreadable("signing certificate"))?;
        let mut chain = certificates(&pem.chain, "certificate chain")?;
        if chain.first() == Some(&signer) {
            chain.remove(0);
        }
        let roots = certificates(&pem.root, "root bundle")?;
        let certificate = parsed(&signer, "signing certificate")?;
        let validity = certificate.validity();
        let (not_before, not_after) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        if !certificate.is_ca() {
            return Err(MaterialError::NotCa);
        }
        if now < not_before || now >= not_after {
            return Err(MaterialError::NotValidNow);
        }
        let lowest = check_path(&signer, &chain, &roots)?;
        let issuers: Vec<_> = chain.iter().chain(&roots).chain([&signer]).collect();
        check_crl(&pem.crl, &issuers)?;
        let key = KeyPair::from_pem(&pem.key).map_err(MaterialError::Key)?;
        if rcgen::PublicKeyData::subject_public_key_info(&key) != certificate.public_key().raw {
            return Err(MaterialError::KeyMismatch);
        }
        let issuer = Issuer::from_ca_cert_der(&signer, SigningKey(key)).map_err(MaterialError::Key)?;
        let is_root = |der: &&CertificateDer<'_>| !roots.contains(*der);
        let intermediates = std::iter::once(&signer)
            .chain(&chain)
            .filter(is_root)
            .map(to_pem)
            .collect();
        let roots_pem = roots.iter().map(to_pem).collect();
        Ok(Self {
            issuer,
            intermediates,
            roots_pem,
            roots,
            signer: signer.clone(),
            not_before,
            not_after: not_after.min(lowest),
        })
    }

    /// Whether texts are good but for their time, which is over: then the same key may have another certificate.
    #[must_use]
    pub fn has_ended(pem: &Pem, now: i64) -> bool {
        let signers = certificates(&pem.cert, "signing certificate").unwrap_or_default();
        let end = signers.first().and_then(|signer| {
            let certificate = parsed(signer, "signing certificate").ok()?;
            Some(certificate.validity().not_after.timestamp())
        });
        end.is_some_and(|end| end <= now && Self::check(pem, end - 1).is_ok())
    }

    /// The root bundle, as it is distributed.
    #[must_use]
    pub fn roots_pem(&self) -> &str {
        &self.roots_pem
    }

    /// The root certificates.
    #[must_use]
    pub fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    /// When the signer, or anything above it, ends.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// When the first of the roots ends.
    #[must_use]
    pub fn roots_end(&self) -> i64 {
        let ends = self
            .roots
            .iter()
            .filter_map(|root| parsed(root, "root bundle").ok());
        ends.map(|root| root.validity().not_after.timestamp())
            .min()
            .unwrap_or_default()
    }

    /// Whether a new bundle continues this one: it contains it or is contained in it (`control-plane.md` 15.1).
    #[must_use]
    pub fn is_continued_by(&self, other: &Self) -> bool {
        let within = |a: &Self, b: &Self| a.roots.iter().all(|root| b.roots.contains(root));
        within(self, other) || within(other, self)
    }

    /// Whether less than `percent` of the signer's life is left.
    #[must_use]
    pub fn is_due(&self, now: i64, percent: i64) -> bool {
        (self.not_after - now) * 100 < (self.not_after - self.not_before) * percent
    }

    /// The signing certificate.
    #[must_use]
    pub fn signer(&self) -> &CertificateDer<'static> {
        &self.signer
    }
}

/// All or nothing: each list must be one, and be signed by somebody in our chain (`security.md` T19).
fn check_crl(text: &str, issuers: &[&CertificateDer<'static>]) -> Result<(), MaterialError> {
    if text.trim().is_empty() {
        return Ok(());
    }
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(text.as_bytes()).collect();
    let lists = lists.map_err(|_| MaterialError::Crl("it is not PEM"))?;
    if lists.is_empty() {
        return Err(MaterialError::Crl("it holds no list"));
    }
    for der in &lists {
        let (_, list) = CertificateRevocationList::from_der(der)
            .map_err(|_| MaterialError::Crl("a list cannot be parsed"))?;
        let is_signed = issuers.iter().any(|issuer| {
            parsed(issuer, "issuer").is_ok_and(|issuer| {
                issuer.subject() == list.issuer() && list.verify_signature(issuer.public_key()).is_ok()
            })
        });
        if !is_signed {
            return Err(MaterialError::Crl("a list is signed by nobody in the chain"));
        }
    }
    Ok(())
}

/// Follows issuers from the signer to a root of the bundle; the earliest end on the way.
pub(super) fn check_path(
    signer: &CertificateDer<'_>,
    chain: &[CertificateDer<'_>],
    roots: &[CertificateDer<'_>],
) -> Result<i64, MaterialError> {
    let mut current = signer;
    let mut earliest = i64::MAX;
    for _ in 0..=chain.len() {
        let certificate = parsed(current, "certificate chain")?;
        earliest = earliest.min(certificate.validity().not_after.timestamp());
        if roots.contains(current) {
            return Ok(earliest);
        }
        for root in roots {
            let root = parsed(root, "root bundle")?;
            if is_issued_by(&certificate, &root) {
                return Ok(earliest.min(root.validity().not_after.timestamp()));
            }
        }
        let above = chain.iter().find(|der| {
            *der != current && parsed(der, "chain").is_ok_and(|above| is_issued_by(&certificate, &above))
        });
        current = above.ok_or(MaterialError::Unchained)?;
    }
    Err(MaterialError::Unchained)
}

fn is_issued_by(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> bool {
    certificate.issuer() == issuer.subject()
        && issuer.is_ca()
        && certificate.verify_signature(Some(issuer.public_key())).is_ok()
}

/// One certificate as PEM, ending in a newline.
pub(super) fn to_pem(der: &CertificateDer<'_>) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der.to_vec()), config)
}

/// Sets the validity, in seconds since the epoch.
pub(super) fn set_validity(params: &mut CertificateParams, not_before: i64, not_after: i64) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let since = |seconds: i64| std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    params.not_before = epoch + since(not_before);
    params.not_after = epoch + since(not_after);
}

/// A serial nobody can guess (`security.md` K5).
pub(super) fn serial() -> SerialNumber {
    SerialNumber::from_slice(&rand::random::<[u8; 16]>())
}

/// A new self-signed root with its key, valid for `life` seconds from `now`.
pub fn self_signed(trust_domain: &str, now: i64, life: i64) -> Result<Pem, MaterialError> {
    let key =
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(MaterialError::Generate)?;
    reissue(&key, trust_domain, now, life)
}

/// The same root key with a new certificate, so that leaves issued before stay valid.
pub fn renewed(pem: &Pem, trust_domain: &str, now: i64, life: i64) -> Result<Pem, MaterialError> {
    let key = KeyPair::from_pem(&pem.key).map_err(MaterialError::Key)?;
    let mut fresh = reissue(&key, trust_domain, now, life)?;
    fresh.key.clone_from(&pem.key);
    Ok(fresh)
}

fn reissue(key: &KeyPair, trust_domain: &str, now: i64, life: i64) -> Result<Pem, MaterialError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, trust_domain);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now - super::authority::BACKDATE, now + life);
    params.serial_number = Some(serial());
    let certificate = params.self_signed(key).map_err(MaterialError::Generate)?;
    let cert = to_pem(certificate.der());
    Ok(Pem {
        root: cert.clone(),
        cert,
        key: Zeroizing::new(key.serialize_pem()),
        chain: String::new(),
        crl: String::new(),
    })
}
