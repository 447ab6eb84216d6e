//! The cluster's certificate authority, its server certificate, and client certificates.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// Key or certificate generation failed.
    #[error("cannot make the certificate of {subject}")]
    Generate {
        /// Whose certificate.
        subject: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
}

/// A certificate with its private key, in PEM.
#[derive(Clone)]
pub struct Credential {
    /// The certificate.
    pub certificate_pem: String,
    /// Its private key (PKCS #8).
    pub key_pem: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

/// The certificate authority of one embedded cluster. It lives only in this process's memory.
pub struct Pki {
    issuer: Issuer<'static, KeyPair>,
    ca_pem: String,
    ca_der: CertificateDer<'static>,
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pki").finish_non_exhaustive()
    }
}

fn failed(subject: &str) -> impl FnOnce(rcgen::Error) -> PkiError {
    let subject = subject.to_owned();
    move |source| PkiError::Generate { subject, source }
}

fn validity(params: &mut CertificateParams, days: i64) {
    let now = jiff::Timestamp::now().as_second();
    // five minutes back, for clients whose clock is a little behind
    let at = |second: i64| {
        std::time::SystemTime::UNIX_EPOCH
            + std::time::Duration::from_secs(u64::try_from(second).unwrap_or_default())
    };
    params.not_before = at(now - 300).into();
    params.not_after = at(now + days * 86_400).into();
}

impl Pki {
    /// A new authority.
    ///
    /// # Errors
    /// When the system cannot make keys.
    pub fn generate() -> Result<Self, PkiError> {
        let subject = "kubernetes";
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed(subject))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(subject, None);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        validity(&mut params, 3650);
        let certificate = params.self_signed(&key).map_err(failed(subject))?;
        let (ca_pem, ca_der) = (certificate.pem(), certificate.der().clone());
        Ok(Self {
            issuer: Issuer::new(params, key),
            ca_pem,
            ca_der,
        })
    }

    /// The authority's certificate, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The authority's certificate, in DER.
    pub(crate) fn ca_der(&self) -> CertificateDer<'static> {
        self.ca_der.clone()
    }

    /// A client certificate for `user` in `group` (an X.509 name made by rcgen has one organization at most).
    ///
    /// # Errors
    /// When the system cannot make keys.
    pub fn client(&self, user: &str, group: &str) -> Result<Credential, PkiError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed(user))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(user, Some(group));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        validity(&mut params, 365);
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed(user))?;
        Ok(Credential {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// The server's certificate for `names` (host names and addresses).
    pub(crate) fn server(
        &self,
        names: &[String],
    ) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), PkiError> {
        let subject = "kube-apiserver";
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed(subject))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = name(subject, None);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        for text in names {
            params.subject_alt_names.push(match text.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(text.as_str().try_into().map_err(failed(text))?),
            });
        }
        validity(&mut params, 365);
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed(subject))?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((certificate.der().clone(), key))
    }

    /// A kubeconfig that reaches `server` as `credential`.
    #[must_use]
    pub fn kubeconfig(&self, cluster: &str, server: &str, credential: &Credential) -> String {
        let encode = |text: &str| crate::base64::standard(text.as_bytes());
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {cluster}\npreferences: {{}}\nclusters:\n- name: {cluster}\n  \
             cluster:\n    server: {server}\n    certificate-authority-data: {ca}\nusers:\n- name: {cluster}-admin\n  \
             user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\ncontexts:\n- name: {cluster}\n  \
             context:\n    cluster: {cluster}\n    user: {cluster}-admin\n",
            ca = encode(&self.ca_pem),
            certificate = encode(&credential.certificate_pem),
            key = encode(&credential.key_pem),
        )
    }
}

fn name(common: &str, organization: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, common);
    name
}
