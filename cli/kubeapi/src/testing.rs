//! A server on a loopback port, for tests of whatever talks to Kubernetes.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::server::{ApiServer, ServerError};

/// Why a test server did not start.
#[derive(Debug, thiserror::Error)]
pub enum TestServerError {
    /// The server could not be made.
    #[error("cannot make the Kubernetes API")]
    Server(#[source] ServerError),
    /// No loopback port could be had.
    #[error("cannot listen on a loopback port")]
    Listen(#[source] std::io::Error),
    /// The administrator's credential could not be made.
    #[error("cannot make the administrator's credential")]
    Credential(#[source] crate::pki::PkiError),
}

/// A running server; it ends when dropped.
#[derive(Debug)]
pub struct TestServer {
    /// The server itself.
    pub server: ApiServer,
    /// Where it listens.
    pub address: SocketAddr,
    /// A kubeconfig with an administrator's certificate.
    pub kubeconfig: String,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server with the default configuration.
    ///
    /// # Errors
    /// When keys cannot be made or no port can be had.
    pub async fn start() -> Result<Self, TestServerError> {
        Self::start_with(Config::default()).await
    }

    /// Starts a server with this configuration.
    ///
    /// # Errors
    /// When keys cannot be made or no port can be had.
    pub async fn start_with(config: Config) -> Result<Self, TestServerError> {
        let stop = CancellationToken::new();
        let server = ApiServer::new(config, stop.clone()).map_err(TestServerError::Server)?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(TestServerError::Listen)?;
        let address = listener.local_addr().map_err(TestServerError::Listen)?;
        let kubeconfig = server
            .admin_kubeconfig(address)
            .map_err(TestServerError::Credential)?;
        let serving = server.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the task is held here and ends with this value"
        )]
        let task = tokio::spawn(async move { serving.serve(vec![listener]).await });
        Ok(Self {
            server,
            address,
            kubeconfig,
            stop,
            task,
        })
    }

    /// Ends the server and waits for it.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await {
            tracing::warn!(%error, "the test server did not end cleanly");
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
