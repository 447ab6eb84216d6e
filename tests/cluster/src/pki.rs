//! The certificates of a cluster: one authority, a server and a client certificate for every part.

use mesh_sandbox::error::{Named, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// Longer than any cluster here lives.
const VALIDITY: Duration = Duration::from_hours(24 * 30);

/// A certificate and its private key, in PEM.
#[derive(Clone)]
pub(crate) struct Credential {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// The authority.
pub(crate) struct Pki {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) ca: Credential,
}

/// Whose certificate it is, and what for.
#[derive(Debug, Default)]
pub(crate) struct Subject<'a> {
    pub(crate) name: &'a str,
    pub(crate) group: Option<&'a str>,
    /// Host names and addresses.
    pub(crate) serves: Vec<String>,
}

impl<'a> Subject<'a> {
    /// A client without a group.
    pub(crate) fn new(name: &'a str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub(crate) fn of(self, group: &'a str) -> Self {
        Self {
            group: Some(group),
            ..self
        }
    }

    pub(crate) fn serving(self, serves: Vec<String>) -> Self {
        Self { serves, ..self }
    }
}

impl Pki {
    /// A new authority.
    pub(crate) fn generate() -> Result<Self> {
        let what = || "cannot make the cluster's certificate authority".to_owned();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).named(what)?;
        let mut params = params(&Subject::new("kubernetes"))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let certificate = params.self_signed(&key).named(what)?.pem();
        let ca = Credential {
            certificate,
            key: key.serialize_pem(),
        };
        Ok(Self {
            issuer: Issuer::new(params, key),
            ca,
        })
    }

    /// A certificate for both directions.
    pub(crate) fn issue(&self, subject: &Subject<'_>) -> Result<Credential> {
        let what = || format!("cannot make the certificate of `{}`", subject.name);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).named(what)?;
        let mut params = params(subject)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if !subject.serves.is_empty() {
            params
                .extended_key_usages
                .push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        let certificate = params.signed_by(&key, &self.issuer).named(what)?.pem();
        Ok(Credential {
            certificate,
            key: key.serialize_pem(),
        })
    }

    /// A kubeconfig with everything in it.
    pub(crate) fn kubeconfig(&self, server: &str, credential: &Credential) -> String {
        // JSON is YAML, and PEM text needs no base64 through the `-data` fields only as such
        let encode = |text: &str| base64(text.as_bytes());
        serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": {
                "server": server, "certificate-authority-data": encode(&self.ca.certificate)}}],
            "users": [{"name": "user", "user": {
                "client-certificate-data": encode(&credential.certificate),
                "client-key-data": encode(&credential.key)}}],
            "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "user"}}],
            "current-context": "cluster",
        })
        .to_string()
    }
}

/// A key pair of its own, for the tokens of service accounts: private and public.
pub(crate) fn signing_key() -> Result<(String, String)> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
        .named(|| "cannot make the key of service accounts".to_owned())?;
    Ok((key.serialize_pem(), key.public_key_pem()))
}

fn params(subject: &Subject<'_>) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    if let Some(group) = subject.group {
        name.push(DnType::OrganizationName, group);
    }
    name.push(DnType::CommonName, subject.name);
    params.distinguished_name = name;
    for text in &subject.serves {
        params.subject_alt_names.push(match text.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(
                text.as_str()
                    .try_into()
                    .named(|| format!("`{text}` is no host name"))?,
            ),
        });
    }
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_mins(5)).into();
    params.not_after = (now + VALIDITY).into();
    Ok(params)
}

/// The standard alphabet, padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        for position in 0..4 {
            let index = (bits >> (18 - 6 * position)) & 63;
            text.push(if position <= chunk.len() {
                char::from(ALPHABET[index as usize])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_standards() {
        for (plain, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), expected);
        }
    }
}
