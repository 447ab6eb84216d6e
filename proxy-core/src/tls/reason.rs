//! The fixed words for what was wrong with a handshake (`spec/security.md` §1).

use std::io;

use rustls::{CertificateError, Error, OtherError, PeerIncompatible};

use crate::tls::verifier::PeerError;

/// Why a handshake failed; `tls` for whatever has no word of its own.
#[must_use]
pub fn word(error: &io::Error) -> &'static str {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    inner.map_or("tls", of_tls)
}

fn of_tls(error: &Error) -> &'static str {
    match error {
        Error::NoCertificatesPresented => "cert_missing",
        Error::NoApplicationProtocol => "alpn",
        Error::InvalidCertificate(error) => of_certificate(error),
        Error::PeerIncompatible(
            PeerIncompatible::NoCipherSuitesInCommon
            | PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NoSignatureSchemesInCommon,
        ) => "tls_suite",
        Error::PeerIncompatible(
            PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::Tls13RequiredForQuic
            | PeerIncompatible::SupportedVersionsExtensionRequired,
        ) => "tls_version",
        _ => "tls",
    }
}

fn of_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::BadEncoding | CertificateError::UnhandledCriticalExtension => "cert_malformed",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "cert_expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "cert_not_yet_valid",
        CertificateError::Revoked => "cert_revoked",
        CertificateError::UnknownIssuer => "cert_unknown_issuer",
        CertificateError::BadSignature => "cert_signature",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => "cert_usage",
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => "cert_algorithm",
        CertificateError::Other(error) => of_other(error),
        _ => "tls",
    }
}

fn of_other(OtherError(error): &OtherError) -> &'static str {
    if let Some(peer) = error.downcast_ref::<PeerError>() {
        return peer.word();
    }
    match error.downcast_ref::<webpki::Error>() {
        Some(
            webpki::Error::UnsupportedCriticalExtension
            | webpki::Error::NameConstraintViolation
            | webpki::Error::MalformedNameConstraint
            | webpki::Error::MalformedExtensions
            | webpki::Error::ExtensionValueInvalid
            | webpki::Error::UnsupportedCertVersion
            | webpki::Error::InvalidSerialNumber,
        ) => "cert_malformed",
        Some(
            webpki::Error::PathLenConstraintViolated
            | webpki::Error::MaximumSignatureChecksExceeded
            | webpki::Error::MaximumPathBuildCallsExceeded
            | webpki::Error::MaximumPathDepthExceeded
            | webpki::Error::CaUsedAsEndEntity
            | webpki::Error::EndEntityUsedAsCa,
        ) => "cert_chain",
        _ => "tls",
    }
}
