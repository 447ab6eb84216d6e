//! A certificate authority that signs whatever identity it is asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mesh_wire::ca::istio_certificate_service_server::IstioCertificateService;
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use mesh_wire::identity::Identity;
use proxy_core::identity::certificate::WorkloadCertificate;
use proxy_core::tls::TlsContext;
use rcgen::{KeyPair, SanType};
use tonic::{Request, Response, Status};

use crate::root::Root;

/// Of servers, and of callers of the test's own.
const LONG: Duration = Duration::from_hours(1);

/// The authority, and what it was asked.
pub(crate) struct Authority {
    /// The root.
    pub(crate) root: Root,
    life: Duration,
    /// The requests, as PEM.
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Authority {
    /// One whose certificates live for `life`.
    pub(crate) fn new(life: Duration) -> Arc<Self> {
        Arc::new(Self {
            root: Root::new(),
            life,
            asked: Mutex::default(),
        })
    }

    /// Certificate and key of a server at 127.0.0.1, as PEM.
    pub(crate) fn server(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let here = SanType::IpAddress([127, 0, 0, 1].into());
        let certificate = self.root.leaf(&key, here, (LONG, LONG));
        (certificate.pem(), key.serialize_pem())
    }

    /// A certificate for a caller of the test's own.
    pub(crate) fn certificate(&self, who: &Identity) -> WorkloadCertificate {
        let key = KeyPair::generate().unwrap();
        let name = SanType::URI(who.to_string().try_into().unwrap());
        let leaf = self.root.leaf(&key, name, (LONG, LONG)).pem();
        let elements = [leaf, self.root.pem.clone()];
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
        let (request, life) = (request.into_inner(), self.0.life);
        let asked = request.csr.clone();
        let leaf = self.0.root.sign(request, (life, life))?;
        self.0.asked.lock().unwrap().push(asked);
        Ok(Response::new(IstioCertificateResponse {
            cert_chain: vec![leaf, self.0.root.pem.clone()],
        }))
    }
}
