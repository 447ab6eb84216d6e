//! `istio.v1.auth.IstioCertificateService` (`ca.md` 5 to 7).

use std::sync::Arc;
use std::time::Duration;

use mesh_wire::ca::istio_certificate_service_server::IstioCertificateService;
use mesh_wire::ca::{IstioCertificateRequest, IstioCertificateResponse};
use tokio::time::Instant;
use tonic::{Request, Response, Status};
use tracing::{debug, info, warn};

use super::authority::{Lifetimes, check_csr, lifetime};
use super::grant::{Caller, Grant, Rules, own};
use super::limit::Limit;
use super::pods::Pods;
use super::signer::{Order, Signer};
use crate::authn::Authenticator;
use crate::listen::Peer;
use crate::metrics::Metrics;
use crate::model::ObjectName;
use crate::watch::mesh::Mesh;

/// For how many seconds of its rate a caller may ask at once.
const BURST: u32 = 10;

/// The signing service.
#[derive(Debug)]
pub struct CertificateService {
    /// Who is calling.
    pub authn: Arc<Authenticator>,
    /// What signs.
    pub signer: Arc<dyn Signer>,
    /// Who may be impersonated.
    pub pods: Arc<Pods>,
    /// Accounts that may ask for the identities of their node.
    pub trusted: Vec<ObjectName>,
    /// Whose trust domain ids must be in.
    pub mesh: Mesh,
    /// How long certificates live.
    pub lifetimes: Lifetimes,
    /// What is counted.
    pub metrics: Metrics,
    /// How often one caller may ask.
    pub limit: Limit<String>,
}

/// The limit of `security.md` K6: so many requests a second from one caller, and ten times as many at once.
#[must_use]
pub fn limit(rate: u32) -> Limit<String> {
    Limit::new(rate, rate.saturating_mul(BURST))
}

#[tonic::async_trait]
impl IstioCertificateService for CertificateService {
    async fn create_certificate(
        &self,
        request: Request<IstioCertificateRequest>,
    ) -> Result<Response<IstioCertificateResponse>, Status> {
        self.metrics.ca.csr.inc();
        let mut call = self
            .metrics
            .calls
            .start("istio.v1.auth.IstioCertificateService", "CreateCertificate");
        let answer = self.answer(request).await;
        if let Err(status) = &answer {
            call.ends(status.code());
        }
        answer
    }
}

impl CertificateService {
    async fn answer(
        &self,
        request: Request<IstioCertificateRequest>,
    ) -> Result<Response<IstioCertificateResponse>, Status> {
        let caller = self.caller(&request).await?;
        let key = format!(
            "{} {}",
            caller.identity,
            caller.pod.as_ref().map_or("", |pod| &pod.uid)
        );
        if self.limit.take(&key, Instant::now(), Duration::ZERO).is_none() {
            return Err(Status::resource_exhausted(
                "too many certificate requests; retry in 1s",
            ));
        }
        let request = request.into_inner();
        let asked = self.check(&request)?;
        let grant = self.grant(&request, &caller).await?;
        let identity = grant.identity().to_string();
        let order = Order {
            csr: &asked.0,
            pem: &request.csr,
            seconds: asked.1,
            signer: metadata(&request, "CertSigner"),
        };
        let chain = self.signer.sign(order, grant).await;
        let cert_chain = chain.map_err(|error| self.signing_failed(&error))?;
        self.metrics.ca.issued.inc();
        debug!(%identity, caller = %caller.identity, seconds = asked.1, "signed a certificate");
        Ok(Response::new(IstioCertificateResponse { cert_chain }))
    }

    async fn caller(&self, request: &Request<IstioCertificateRequest>) -> Result<Caller, Status> {
        let certificate = request
            .extensions()
            .get::<Peer>()
            .and_then(|peer| peer.identity.clone());
        self.authn
            .authenticate(request.metadata(), certificate)
            .await
            .map_err(|error| {
                self.metrics.ca.unauthenticated.inc();
                info!(%error, source = ?std::error::Error::source(&error), "refusing a certificate request");
                Status::unauthenticated("request authenticate failure")
            })
    }

    fn check(
        &self,
        request: &IstioCertificateRequest,
    ) -> Result<(super::authority::CheckedCsr, i64), Status> {
        let csr = check_csr(&request.csr).map_err(|error| {
            self.metrics.ca.csr_unparsed.inc();
            Status::invalid_argument(error.to_string())
        })?;
        let seconds = lifetime(request.validity_duration, self.lifetimes)
            .map_err(|error| self.signing_failed(&error))?;
        Ok((csr, seconds))
    }

    async fn grant(&self, request: &IstioCertificateRequest, caller: &Caller) -> Result<Grant, Status> {
        let wanted = metadata(request, "ImpersonatedIdentity");
        if wanted.is_empty() {
            return Ok(own(caller));
        }
        let rules = self.rules();
        self.pods.grant(wanted, caller, &rules).await.map_err(|refusal| {
            self.metrics.ca.id_refused.inc();
            warn!(%refusal, caller = %caller.identity, "refusing an impersonation");
            Status::unauthenticated("request impersonation authentication failure")
        })
    }

    fn rules(&self) -> Rules {
        let mesh = self.mesh.borrow();
        let mut trust_domains = vec![mesh.trust_domain.clone()];
        trust_domains.extend(mesh.trust_domain_aliases.iter().cloned());
        Rules {
            trusted: self.trusted.clone(),
            trust_domains,
        }
    }

    fn signing_failed(&self, error: &super::authority::SignError) -> Status {
        self.metrics.ca.unsigned.inc();
        warn!(%error, source = ?std::error::Error::source(error), "cannot sign");
        if error.is_callers_fault() {
            Status::invalid_argument(error.to_string())
        } else {
            Status::internal(error.to_string())
        }
    }
}

/// A text that comes with a request, empty if it does not (`ca.md` 1).
fn metadata<'a>(request: &'a IstioCertificateRequest, key: &str) -> &'a str {
    use prost_types::value::Kind;
    let value = request.metadata.as_ref().and_then(|data| data.fields.get(key));
    match value.and_then(|value| value.kind.as_ref()) {
        Some(Kind::StringValue(text)) => text,
        _ => "",
    }
}
