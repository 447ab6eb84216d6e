//! Asks the control plane's CA for certificates (`spec/ca.md` §1, §3).

use std::collections::BTreeMap;
use std::time::Duration;

use mesh_sys::program::chain;
use mesh_wire::ca::IstioCertificateRequest;
use mesh_wire::ca::istio_certificate_service_client::IstioCertificateServiceClient;
use mesh_wire::identity::Identity;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use tokio::sync::Mutex;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::control_plane::ControlPlane;
use crate::identity::certificate::WorkloadCertificate;
use crate::identity::{IdentityError, csr};
use crate::tls::TlsContext;

const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Whose certificates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Those of the node's pods, by impersonation.
    Pods,
    /// The caller's own (dedicated mode).
    Itself,
}

/// A client with one channel for all calls, rebuilt when the trust root changes.
#[derive(Debug)]
pub struct CaClient {
    server: ControlPlane,
    ttl: Duration,
    context: TlsContext,
    asks_for: Subject,
    channel: Mutex<Option<(Vec<u8>, Channel)>>,
}

impl CaClient {
    /// A client that is not connected yet; `ttl` is the life asked for.
    #[must_use]
    pub fn new(server: ControlPlane, ttl: Duration, context: TlsContext, asks_for: Subject) -> Self {
        Self {
            server,
            ttl,
            context,
            asks_for,
            channel: Mutex::new(None),
        }
    }

    pub(super) async fn sign(&self, identity: &Identity) -> Result<WorkloadCertificate, IdentityError> {
        let request = csr::make(identity).map_err(|error| IdentityError::Csr(error.to_string()))?;
        let message = IstioCertificateRequest {
            csr: request.pem.clone(),
            validity_duration: i64::try_from(self.ttl.as_secs()).unwrap_or(i64::MAX),
            metadata: match self.asks_for {
                Subject::Pods => Some(impersonation(identity)),
                Subject::Itself => None,
            },
        };
        let reply = self.call(message).await?;
        let elements: Vec<String> = reply.into_iter().take(64).collect();
        Ok(WorkloadCertificate::from_reply(
            identity,
            &request.key,
            &elements,
            &self.context,
        )?)
    }

    async fn call(&self, message: IstioCertificateRequest) -> Result<Vec<String>, IdentityError> {
        let channel = self.channel().await?;
        let server = self.server.clone();
        let authenticate = move |request| server.authenticate(request);
        let mut client = IstioCertificateServiceClient::with_interceptor(channel, authenticate);
        let answer = timeout(CALL_TIMEOUT, client.create_certificate(message)).await;
        let answer = answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("the CA did not answer")));
        match answer {
            Ok(reply) => Ok(reply.into_inner().cert_chain),
            Err(status) => {
                if matches!(
                    status.code(),
                    Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded
                ) {
                    *self.channel.lock().await = None;
                }
                Err(refused(&status))
            }
        }
    }

    /// The shared channel; a changed trust root, or a broken channel, means a new one.
    async fn channel(&self) -> Result<Channel, IdentityError> {
        let mut held = self.channel.lock().await;
        let root = self.server.root_bytes();
        if let Some((with, channel)) = held.as_ref()
            && root.as_ref().map_or(true, |root| root == with)
        {
            return Ok(channel.clone());
        }
        let unreachable = |error| IdentityError::Unreachable(chain(&error));
        let root = root.map_err(unreachable)?;
        match self.server.connect().await {
            Ok(channel) => {
                *held = Some((root, channel.clone()));
                Ok(channel)
            }
            // a new root that does not work (yet) must not cost the connection that does
            Err(error) => held
                .as_ref()
                .map(|(_, channel)| channel.clone())
                .ok_or_else(|| unreachable(error)),
        }
    }
}

fn refused(status: &Status) -> IdentityError {
    IdentityError::Refused {
        code: status.code().description(),
        message: status.message().to_owned(),
    }
}

fn impersonation(identity: &Identity) -> Struct {
    let value = Value {
        kind: Some(Kind::StringValue(identity.to_string())),
    };
    Struct {
        fields: BTreeMap::from([("ImpersonatedIdentity".to_owned(), value)]),
    }
}
