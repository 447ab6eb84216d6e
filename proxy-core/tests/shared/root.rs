//! A root of the tests' own: signs servers, and workloads as whoever they say they are.

use std::time::{Duration, SystemTime};

use mesh_wire::ca::IstioCertificateRequest;
use prost_types::value::Kind;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateSigningRequestParams,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tonic::Status;

/// The root.
pub(crate) struct Root {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub(crate) pem: String,
}

/// From when before now to when after now a certificate is valid.
pub(crate) type Validity = (Duration, Duration);

impl Root {
    /// A new one.
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(parameters, key),
            pem,
        }
    }

    fn fit(parameters: &mut CertificateParams, name: SanType, (before, after): Validity) {
        parameters.is_ca = IsCa::NoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        parameters.subject_alt_names = vec![name];
        let now = SystemTime::now();
        parameters.not_before = (now - before).into();
        parameters.not_after = (now + after).into();
    }

    /// A certificate for a key of the test's own.
    pub(crate) fn leaf(&self, key: &KeyPair, name: SanType, validity: Validity) -> Certificate {
        let mut parameters = CertificateParams::default();
        Self::fit(&mut parameters, name, validity);
        parameters.signed_by(key, &self.issuer).unwrap()
    }

    /// Answers a request for a certificate, in PEM, for the identity that it asks for.
    pub(crate) fn sign(
        &self,
        request: IstioCertificateRequest,
        validity: Validity,
    ) -> Result<String, Status> {
        let fields = request.metadata.map(|metadata| metadata.fields);
        let who = fields.unwrap_or_default().remove("ImpersonatedIdentity");
        let Some(Kind::StringValue(who)) = who.and_then(|value| value.kind) else {
            return Err(Status::unauthenticated("nobody"));
        };
        let mut asked = CertificateSigningRequestParams::from_pem(&request.csr).unwrap();
        Self::fit(&mut asked.params, SanType::URI(who.try_into().unwrap()), validity);
        Ok(asked.signed_by(&self.issuer).unwrap().pem())
    }

    /// How a server of that name speaks gRPC over TLS.
    pub(crate) fn server(&self, name: SanType) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let validity = (Duration::from_mins(2), Duration::from_hours(1));
        let chain = vec![self.leaf(&key, name, validity).der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let mut config = ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }
}
