//! Self-made certificates for tests (`FAKE_CA=true`, `spec/ca.md` §4).

use std::time::{Duration, SystemTime};

use mesh_wire::identity::Identity;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};

use crate::identity::certificate::WorkloadCertificate;
use crate::identity::{IdentityError, csr};
use crate::tls::TlsContext;

const BACKDATED: Duration = Duration::from_mins(2);
const ROOT_LIFE: Duration = Duration::from_hours(365 * 24);

/// A CA in this process.
pub struct FakeCa {
    issuer: Issuer<'static, KeyPair>,
    root_pem: String,
    ttl: Duration,
    context: TlsContext,
}

impl std::fmt::Debug for FakeCa {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FakeCa")
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

impl FakeCa {
    /// A new root.
    pub fn new(ttl: Duration, context: TlsContext) -> Result<Self, IdentityError> {
        Self::make(ttl, context).map_err(|error| IdentityError::Csr(error.to_string()))
    }

    fn make(ttl: Duration, context: TlsContext) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        parameters.distinguished_name = DistinguishedName::new();
        parameters
            .distinguished_name
            .push(DnType::OrganizationName, "cluster.local");
        let now = SystemTime::now();
        parameters.not_before = (now - BACKDATED).into();
        parameters.not_after = (now + ROOT_LIFE).into();
        let root = parameters.self_signed(&key)?;
        let root_pem = root.pem();
        Ok(Self {
            issuer: Issuer::new(parameters, key),
            root_pem,
            ttl,
            context,
        })
    }

    /// A list that takes certificates back, by serial number, as PEM.
    pub fn revoke(&self, serials: &[rcgen::SerialNumber]) -> Result<String, rcgen::Error> {
        let now = SystemTime::now();
        let revoked = |serial: &rcgen::SerialNumber| rcgen::RevokedCertParams {
            serial_number: serial.clone(),
            revocation_time: now.into(),
            reason_code: None,
            invalidity_date: None,
        };
        let list = rcgen::CertificateRevocationListParams {
            this_update: (now - BACKDATED).into(),
            next_update: (now + self.ttl).into(),
            crl_number: rcgen::SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer)?.pem()
    }

    /// The root as PEM.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// A checked certificate for an identity.
    pub fn sign(&self, identity: &Identity) -> Result<WorkloadCertificate, IdentityError> {
        let failed = |error: rcgen::Error| IdentityError::Csr(error.to_string());
        let request = csr::make(identity).map_err(failed)?;
        let leaf = self.leaf(&[identity.to_string()], &request.key).map_err(failed)?;
        let elements = [leaf, self.root_pem.clone()];
        Ok(WorkloadCertificate::from_reply(
            identity,
            &request.key,
            &elements,
            &self.context,
        )?)
    }

    /// A leaf with these URI names, as PEM.
    pub fn leaf(&self, uris: &[String], key: &KeyPair) -> Result<String, rcgen::Error> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        for uri in uris {
            parameters
                .subject_alt_names
                .push(SanType::URI(uri.as_str().try_into()?));
        }
        let now = SystemTime::now();
        parameters.not_before = (now - BACKDATED).into();
        parameters.not_after = (now + self.ttl).into();
        Ok(parameters.signed_by(key, &self.issuer)?.pem())
    }
}
