//! CSR and grant in, chain out (`ca.md` 7). Pure but for serials.
//!
//! Only the public key is taken from a request; names, extensions and CA bits in it are ignored
//! (`security.md` K2).

use mesh_wire::identity::Identity;
use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
    SubjectPublicKeyInfo,
};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;

use super::grant::Grant;
use super::material::{Material, serial, set_validity, to_pem};

/// Certificates begin this many seconds in the past, for clocks that differ.
pub const BACKDATE: i64 = 120;
const MAX_CSR: usize = 16 * 1024;
const MIN_RSA_BITS: usize = 2048;

/// Why a request is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The request itself.
    #[error("CSR signing error ({0})")]
    Csr(&'static str),
    /// Longer than allowed.
    #[error("CSR signing error (requested lifetime {asked} s exceeds the maximum of {most} s)")]
    Lifetime {
        /// Seconds asked for.
        asked: i64,
        /// Seconds allowed.
        most: i64,
    },
    /// The signer's own time is over.
    #[error("CSR signing error (the signing certificate has expired)")]
    SignerExpired,
    /// Whoever signs outside of this process.
    #[error("CSR signing error (the external signer gave no certificate)")]
    External(#[source] Box<super::external::ExternalError>),
    /// The library failed.
    #[error("CSR signing error (cannot build the certificate)")]
    Build(#[source] rcgen::Error),
}

impl SignError {
    /// Whether the caller can do something about it.
    #[must_use]
    pub fn is_callers_fault(&self) -> bool {
        matches!(self, Self::Csr(_) | Self::Lifetime { .. })
    }
}

/// Lifetimes in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// When nothing is asked for.
    pub default: i64,
    /// The most that may be asked for.
    pub max: i64,
}

/// A request whose signature has been checked: a public key, nothing else.
#[derive(Debug)]
pub struct CheckedCsr(SubjectPublicKeyInfo);

/// Parses and verifies a PEM request.
pub fn check_csr(pem: &str) -> Result<CheckedCsr, SignError> {
    if pem.len() > MAX_CSR {
        return Err(SignError::Csr("the CSR is larger than 16 KiB"));
    }
    let der = CertificateSigningRequestDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| SignError::Csr("certificate signing request is not properly encoded"))?;
    let unparsed = |_| SignError::Csr("certificate signing request cannot be parsed");
    let (_, csr) = X509CertificationRequest::from_der(&der).map_err(unparsed)?;
    let key = &csr.certification_request_info.subject_pki;
    match key.parsed() {
        Ok(PublicKey::EC(_)) => {}
        Ok(PublicKey::RSA(rsa)) if rsa.key_size() >= MIN_RSA_BITS => {}
        _ => {
            return Err(SignError::Csr(
                "the key is neither EC nor RSA of at least 2048 bits",
            ));
        }
    }
    csr.verify_signature()
        .map_err(|_| SignError::Csr("the CSR's signature does not verify"))?;
    let key = SubjectPublicKeyInfo::from_der(key.raw)
        .map_err(|_| SignError::Csr("the key's algorithm is not supported"))?;
    Ok(CheckedCsr(key))
}

/// The lifetime to use for a requested one.
pub fn lifetime(asked: i64, limits: Lifetimes) -> Result<i64, SignError> {
    match asked {
        asked if asked > limits.max => Err(SignError::Lifetime {
            asked,
            most: limits.max,
        }),
        asked if asked <= 0 => Ok(limits.default),
        asked => Ok(asked),
    }
}

/// Signs: leaf, intermediates one in each element, roots all in the last.
pub fn sign(
    csr: &CheckedCsr,
    grant: Grant,
    lifetime: i64,
    material: &Material,
    now: i64,
) -> Result<Vec<String>, SignError> {
    if now >= material.not_after {
        return Err(SignError::SignerExpired);
    }
    let san = uri(grant.identity())?;
    drop(grant);
    let mut params = leaf(now, lifetime, material);
    params.subject_alt_names = vec![san];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let certificate = params
        .signed_by(&csr.0, &material.issuer)
        .map_err(SignError::Build)?;
    let mut chain = vec![to_pem(certificate.der())];
    chain.extend(material.intermediates.iter().cloned());
    chain.push(material.roots_pem.clone());
    Ok(chain)
}

fn uri(identity: &Identity) -> Result<SanType, SignError> {
    let text = Ia5String::try_from(identity.to_string()).map_err(SignError::Build)?;
    Ok(SanType::URI(text))
}

/// What every leaf has: empty subject (so that the SAN is critical), no CA, clamped times.
fn leaf(now: i64, lifetime: i64, material: &Material) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    let not_after = now.saturating_add(lifetime).min(material.not_after);
    set_validity(&mut params, now - BACKDATE, not_after);
    params.serial_number = Some(serial());
    params.use_authority_key_identifier_extension = true;
    params
}

/// Our own serving certificate for DNS names: chain and key as PEM (`control-plane.md` 15.2).
pub fn serving(
    names: &[String],
    lifetime: i64,
    material: &Material,
    now: i64,
) -> Result<(String, KeyPair), SignError> {
    if now >= material.not_after {
        return Err(SignError::SignerExpired);
    }
    let key = KeyPair::generate().map_err(SignError::Build)?;
    let mut params = leaf(now, lifetime, material);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    for name in names {
        let name = Ia5String::try_from(name.as_str()).map_err(SignError::Build)?;
        params.subject_alt_names.push(SanType::DnsName(name));
    }
    let certificate = params
        .signed_by(&key, &material.issuer)
        .map_err(SignError::Build)?;
    let mut chain = to_pem(certificate.der());
    chain.extend(material.intermediates.iter().map(String::as_str));
    Ok((chain, key))
}

#[cfg(test)]
mod tests;
