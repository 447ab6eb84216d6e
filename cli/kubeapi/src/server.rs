//! The server: TLS listeners, HTTP/1.1 and HTTP/2, and a clean end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::auth::authenticate::from_certificate;
use crate::auth::token::Signer;
use crate::config::Config;
use crate::http::refuse;
use crate::pki::{Credential, Pki, PkiError};
use crate::resources::Registry;
use crate::store::Store;
use crate::{bootstrap, lifecycle};

const HANDSHAKE: Duration = Duration::from_secs(5);
const HEADERS: Duration = Duration::from_secs(10);
const DRAIN: Duration = Duration::from_secs(2);
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Why a server could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A certificate could not be made.
    #[error("cannot prepare the certificates of the Kubernetes API")]
    Pki(#[source] PkiError),
    /// The key for service account tokens could not be made.
    #[error("cannot make the key that signs service account tokens")]
    Signer(#[source] aws_lc_rs::error::Unspecified),
    /// TLS could not be set up.
    #[error("cannot set up TLS for the Kubernetes API")]
    Tls(#[source] rustls::Error),
    /// The check of client certificates could not be set up.
    #[error("cannot set up the check of client certificates")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
    /// Certificates could not be trusted.
    #[error("cannot trust the cluster's own certificate authority")]
    Root(#[source] rustls::Error),
}

/// An embedded Kubernetes API. Cloning shares the state.
#[derive(Clone)]
pub struct ApiServer {
    api: Arc<Api>,
    pki: Arc<Pki>,
    tls: Arc<ServerConfig>,
}

impl std::fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiServer").finish_non_exhaustive()
    }
}

impl ApiServer {
    /// A server with an empty cluster: system namespaces, default roles, the `kubernetes` Service. Requests and
    /// watches end when `stop` is cancelled.
    ///
    /// # Errors
    /// When keys or certificates cannot be made.
    pub fn new(config: Config, stop: CancellationToken) -> Result<Self, ServerError> {
        let pki = Pki::generate().map_err(ServerError::Pki)?;
        let tls = tls(&pki, &config)?;
        // revisions of an earlier server with the same address are in the past, so its clients list again
        let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default();
        let api = Api {
            store: Store::new(now / 10, config.history),
            registry: Registry::new(),
            signer: Signer::generate().map_err(ServerError::Signer)?,
            ca_pem: pki.ca_pem().to_owned(),
            housekeeping: Notify::new(),
            pages: crate::verbs::pages::Pages::default(),
            stop,
            streams: tokio_util::task::TaskTracker::new(),
            config,
        };
        bootstrap::fill(&api);
        Ok(Self {
            api: Arc::new(api),
            pki: Arc::new(pki),
            tls: Arc::new(tls),
        })
    }

    /// The cluster's certificate authority.
    #[must_use]
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// A client certificate for `user` in `group`.
    ///
    /// # Errors
    /// When the system cannot make keys.
    pub fn credential(&self, user: &str, group: &str) -> Result<Credential, PkiError> {
        self.pki.client(user, group)
    }

    /// A kubeconfig for an administrator who reaches this server at `address`.
    ///
    /// # Errors
    /// When the system cannot make keys.
    pub fn admin_kubeconfig(&self, address: SocketAddr) -> Result<String, PkiError> {
        let credential = self.credential("kubernetes-admin", "system:masters")?;
        Ok(self.pki.kubeconfig(
            &self.api.config.cluster,
            &format!("https://{address}"),
            &credential,
        ))
    }

    /// Forgets the history of all watches, as a compaction does; watches that lag behind get 410.
    pub fn compact(&self) {
        self.api.store.compact();
    }

    /// All objects of a collection (`pods`, `deployments.apps`) as they are stored, for looking in from outside.
    #[must_use]
    pub fn objects(&self, collection: &str) -> Vec<Arc<Value>> {
        self.api.store.list(collection, None).1
    }

    /// Serves on all `listeners` until the stop token given to [`ApiServer::new`] is cancelled.
    pub async fn serve(&self, listeners: Vec<TcpListener>) {
        let mut tasks = JoinSet::new();
        tasks.spawn(lifecycle::run(Arc::clone(&self.api)));
        for listener in listeners {
            tasks.spawn(accept(self.clone(), listener));
        }
        while tasks.join_next().await.is_some() {}
        // connections of exec and port-forward end with their clients or, at the latest, here
        self.api.streams.close();
        let _ = timeout(DRAIN, self.api.streams.wait()).await;
    }
}

fn tls(pki: &Pki, config: &Config) -> Result<ServerConfig, ServerError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(pki.ca_der()).map_err(ServerError::Root)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(ServerError::Verifier)?;
    let (certificate, key) = pki.server(&config.all_names()).map_err(ServerError::Pki)?;
    let mut tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ServerError::Tls)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)
        .map_err(ServerError::Tls)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

async fn accept(server: ApiServer, listener: TcpListener) {
    let stop = server.api.stop.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve_connection(server.clone(), stream)); }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept on the Kubernetes API's listener");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        connections.shutdown().await;
    }
}

async fn serve_connection(server: ApiServer, stream: TcpStream) {
    // small answers must not wait for the client's delayed acknowledgement
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot disable Nagle's algorithm");
    }
    let acceptor = TlsAcceptor::from(Arc::clone(&server.tls));
    let stream = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake with a client failed"),
        Err(_) => return tracing::debug!("TLS handshake with a client timed out"),
    };
    let certificates = stream.get_ref().1.peer_certificates();
    let named = certificates.and_then(|chain| chain.first()).map(from_certificate);
    // a certificate of ours that names nobody is no licence to be anonymous
    let (user, nameless) = match named {
        Some(user) => (user.clone().map(Arc::new), user.is_none()),
        None => (None, false),
    };
    let api = Arc::clone(&server.api);
    let service = service_fn(move |request| {
        let (api, user) = (Arc::clone(&api), user.clone());
        async move {
            if nameless {
                return Ok::<_, std::convert::Infallible>(refuse(&crate::status::ApiError::unauthorized()));
            }
            Ok(Box::pin(api.answer(user, request)).await)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(1000);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let stop = server.api.stop.clone();
    tokio::select! {
        biased;
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
        ended = connection.as_mut() => if let Err(error) = ended {
            tracing::debug!(%error, "connection of a client ended");
        },
    }
}
