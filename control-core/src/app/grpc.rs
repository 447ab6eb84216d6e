//! The gRPC servers: discovery and certificates over TLS, discovery without TLS where asked for.

use std::sync::Arc;

use mesh_wire::ca::istio_certificate_service_server::IstioCertificateServiceServer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::Server;
use tonic::transport::server::Router;
use tracing::warn;

use super::{App, AppError, open_port, seconds};
use crate::authn::Authenticator;
use crate::ca::authority::Lifetimes;
use crate::ca::grant::Rules;
use crate::ca::limit::Limit;
use crate::ca::server::{CertificateService, limit};
use crate::ca::serving::Serving;
use crate::ca::signer::Signer;
use crate::fold::Told;
use crate::listen::{Receiver, accept_plain, accept_tls, queue};
use crate::remote::Remotes;
use crate::watch::mesh::Mesh;
use crate::xds::server::{Discovery, StreamSettings};
use crate::xds::transport::DiscoveryServer;

/// A request for a certificate is small.
const MAX_CA_REQUEST: usize = 64 * 1024;

/// Bytes that a client may send before they are read. A client that comes back names all it holds, and many come back at
/// once: what has not been read yet is bounded by this.
const WINDOW: u32 = 256 * 1024;

/// What the servers are made of.
pub(super) struct Parts {
    pub(super) authn: Arc<Authenticator>,
    pub(super) mesh: Mesh,
    pub(super) told: Told,
    pub(super) synced: watch::Receiver<bool>,
    pub(super) serving: Arc<Serving>,
    pub(super) signer: Option<Arc<dyn Signer>>,
}

impl App {
    /// Opens the gRPC ports. Nobody is accepted before the first state is published.
    pub(super) fn serve_grpc(&mut self, tasks: &mut JoinSet<()>, parts: &Parts) -> Result<(), AppError> {
        let stop = self.shutdown.token();
        let streams = TaskTracker::new();
        let discovery = Arc::new(self.discovery(parts, &streams));
        let certificates = parts
            .signer
            .clone()
            .map(|signer| Arc::new(self.certificates(parts, signer)));
        if let Some(listener) = open_port(self.sockets.secure_grpc.take())? {
            let (accepted, incoming) = queue();
            let serving = parts.serving.clone();
            tasks.spawn(accept_tls(
                listener,
                move || serving.grpc(),
                accepted,
                stop.clone(),
            ));
            let mut router = self.router(&discovery);
            if let Some(certificates) = certificates {
                let service = IstioCertificateServiceServer::from_arc(certificates);
                router = router.add_service(service.max_decoding_message_size(MAX_CA_REQUEST));
            }
            tasks.spawn(run(router, incoming, stop.clone()));
        }
        if let Some(listener) = open_port(self.sockets.grpc.take())? {
            warn!("serving discovery without TLS; tokens can be read on the way");
            let (accepted, incoming) = queue();
            tasks.spawn(accept_plain(listener, accepted, stop.clone()));
            tasks.spawn(run(self.router(&discovery), incoming, stop.clone()));
        }
        tasks.spawn(async move {
            stop.cancelled().await;
            streams.close();
            streams.wait().await;
        });
        Ok(())
    }

    /// Who is calling, by the own cluster's word.
    pub(super) fn authenticator(
        &self,
        client: &kube::Client,
        mesh: &Mesh,
        remotes: &Remotes,
    ) -> Arc<Authenticator> {
        let (id, audiences) = (&self.config.cluster.id, self.config.ca.audiences.clone());
        let authn = Authenticator::new(client.clone(), mesh.clone(), id, audiences);
        Arc::new(authn.with_remotes(remotes.clone()))
    }

    fn discovery(&self, parts: &Parts, tasks: &TaskTracker) -> Discovery {
        let xds = &self.config.xds;
        Discovery {
            publisher: parts.told.publisher.clone(),
            authn: parts.authn.clone(),
            limit: Limit::new(xds.rate, 1),
            synced: parts.synced.clone(),
            settings: StreamSettings {
                checks_identity: xds.checks_identity,
                serves_ztunnel: self.config.ambient.enabled,
                max_age: xds.max_age,
            },
            metrics: self.metrics.clone(),
            tasks: tasks.clone(),
            stop: self.shutdown.token(),
        }
    }

    fn certificates(&self, parts: &Parts, signer: Arc<dyn Signer>) -> CertificateService {
        let ca = &self.config.ca;
        CertificateService {
            authn: parts.authn.clone(),
            signer,
            pods: parts.told.pods.clone(),
            trusted: Rules::accounts(&ca.trusted),
            mesh: parts.mesh.clone(),
            lifetimes: Lifetimes {
                default: seconds(ca.default_ttl),
                max: seconds(ca.max_ttl),
            },
            metrics: self.metrics.clone(),
            limit: limit(ca.rate),
        }
    }

    fn router(&self, discovery: &Arc<Discovery>) -> Router {
        let xds = &self.config.xds;
        let service = DiscoveryServer::new(discovery.clone(), xds.max_message);
        Server::builder()
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .http2_keepalive_interval(Some(xds.keepalive.0))
            .http2_keepalive_timeout(Some(xds.keepalive.1))
            .max_concurrent_streams(xds.max_streams)
            .add_service(service)
    }
}

async fn run<S>(router: Router, incoming: Receiver<S>, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let incoming = ReceiverStream::new(incoming);
    let served = router
        .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        warn!(%error, "the gRPC server ended");
    }
}
