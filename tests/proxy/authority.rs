//! A certificate authority that signs whatever identity it is asked for.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use mesh_wire::ca::istio_certificate_service_server::IstioCertificateService;
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use mesh_wire::identity::Identity;
use prost_types::value::Kind;
use proxy_core::identity::certificate::WorkloadCertificate;
use proxy_core::tls::TlsContext;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use tonic::{Request, Response, Status};

/// The authority, and what it was asked.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The root, as PEM.
    pub(crate) root: String,
    life: Duration,
    /// The requests, as PEM.
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Authority {
    /// One whose certificates live for `life`.
    pub(crate) fn new(life: Duration) -> Arc<Self> {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = parameters.self_signed(&key).unwrap().pem();
        Arc::new(Self {
            issuer: Issuer::new(parameters, key),
            root,
            life,
            asked: Mutex::default(),
        })
    }

    fn fit(parameters: &mut CertificateParams, name: SanType, life: Duration) {
        parameters.is_ca = IsCa::NoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        parameters.subject_alt_names = vec![name];
        let now = SystemTime::now();
        parameters.not_before = (now - life).into();
        parameters.not_after = (now + life).into();
    }

    /// Certificate and key of a server at 127.0.0.1, as PEM.
    pub(crate) fn server(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        let here = SanType::IpAddress([127, 0, 0, 1].into());
        Self::fit(&mut parameters, here, Duration::from_hours(1));
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// A certificate for a caller of the test's own.
    pub(crate) fn certificate(&self, who: &Identity) -> WorkloadCertificate {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        let name = SanType::URI(who.to_string().try_into().unwrap());
        Self::fit(&mut parameters, name, Duration::from_hours(1));
        let leaf = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        let elements = [leaf, self.root.clone()];
        WorkloadCertificate::from_reply(who, &key, &elements, &TlsContext::default()).unwrap()
    }
}

/// One of the servers of an authority.
pub(crate) struct Service(pub(crate) Arc<Authority>);

#[tonic::async_trait]
impl IstioCertificateService for Service {
    async fn create_certificate(
        &self,
        request: Request<IstioCertificateRequest>,
    ) -> Result<Response<IstioCertificateResponse>, Status> {
        let request = request.into_inner();
        let fields = request
            .metadata
            .map(|metadata| metadata.fields)
            .unwrap_or_default();
        let kind = fields
            .get("ImpersonatedIdentity")
            .and_then(|value| value.kind.clone());
        let Some(Kind::StringValue(who)) = kind else {
            return Err(Status::unauthenticated("nobody"));
        };
        let mut asked = CertificateSigningRequestParams::from_pem(&request.csr).unwrap();
        self.0.asked.lock().unwrap().push(request.csr);
        let name = SanType::URI(who.try_into().unwrap());
        Authority::fit(&mut asked.params, name, self.0.life);
        let leaf = asked.signed_by(&self.0.issuer).unwrap().pem();
        Ok(Response::new(IstioCertificateResponse {
            cert_chain: vec![leaf, self.0.root.clone()],
        }))
    }
}
