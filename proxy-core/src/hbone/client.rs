//! Opens tunnel connections and asks for streams on them (`spec/hbone.md` §2–4).

use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, StatusCode, uri};
use mesh_wire::identity::Identity;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::config::TunnelSettings;
use crate::hbone::connection::Connection;
use crate::hbone::driver::{self, Driver, Transport};
use crate::hbone::error::Error;
use crate::hbone::frame::Reason;
use crate::hbone::state::Role;
use crate::hbone::stream::{Lease, Tunnel};
use crate::hbone::{ANSWER_LIMIT, HANDSHAKE_LIMIT, not_after};
use crate::identity::certificate::WorkloadCertificate;
use crate::tls::revocation::{Peer, Side};
use crate::tls::verifier::identity_of;
use crate::tls::{self, handshake};

/// Why a tunnel could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Configuration of TLS.
    #[error("tls error: {0}")]
    Tls(rustls::Error),
    /// The TLS handshake, or what it runs over.
    #[error("io error: {0}")]
    Io(io::Error),
    /// The handshake took too long.
    #[error("handshake_timeout: the peer did not finish its handshake in 5 s")]
    HandshakeTimeout,
    /// HTTP/2 failed later.
    #[error("h2 failed: {0}")]
    Http2(Error),
    /// The connection was closing already; nothing was sent on it.
    #[error("h2 failed: {0}")]
    Stale(Error),
    /// The request cannot be written.
    #[error("invalid authority: {0}")]
    Authority(String),
    /// The peer refused.
    #[error("http status: {0}")]
    Status(StatusCode),
    /// No answer to the CONNECT.
    #[error("timed out waiting for the answer to CONNECT")]
    AnswerTimeout,
}

impl OpenError {
    /// Whether the connection, and not the request, is at fault, so that another connection may do better.
    /// No application byte has been sent by then.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        match self {
            Self::Stale(_) => true,
            Self::Http2(error) => {
                error.is_io() || error.is_go_away() || error.reason() == Some(Reason::REFUSED_STREAM)
            }
            _ => false,
        }
    }
}

/// A way to ask for streams. When the last one is gone, the connection ends with its last stream.
#[derive(Debug)]
pub struct Requests(Arc<Connection>);

impl Requests {
    fn new(connection: Arc<Connection>) -> Self {
        connection.lock().requesters += 1;
        Self(connection)
    }

    /// How many streams the peer allows at once.
    #[must_use]
    pub fn stream_limit(&self) -> usize {
        self.0.lock().state.stream_limit()
    }

    /// The connection itself.
    #[must_use]
    pub fn connection(&self) -> Arc<Connection> {
        self.0.clone()
    }
}

impl Clone for Requests {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        let mut core = self.0.lock();
        core.requesters -= 1;
        if core.requesters == 0 {
            core.wake_driver();
        }
    }
}

/// A connection with its driver, which must be run.
#[derive(Debug)]
pub struct Opened<R> {
    /// Makes streams.
    pub requests: Requests,
    /// Moves frames; completes when the connection ends.
    pub driver: Driver<R>,
    /// When the peer's certificate ends: no new streams afterwards (`security.md` T15).
    pub peer_not_after: SystemTime,
    /// Tells when the peer's certificate is revoked.
    pub peer: Peer,
}

/// Does TLS over `stream` and sends the HTTP/2 preface.
pub async fn open<T>(
    stream: T,
    peer: IpAddr,
    own: &WorkloadCertificate,
    expected: Vec<Identity>,
    settings: TunnelSettings,
) -> Result<Opened<T::Reader>, OpenError>
where
    T: AsyncRead + AsyncWrite + Transport + Unpin,
{
    let config = tls::client_config(&own.credentials, expected, own.policy).map_err(OpenError::Tls)?;
    let newcomer = own.credentials.revocations.newcomer();
    let handshake = async {
        let shaken = handshake::connect(config, ServerName::IpAddress(peer.into()), stream)
            .await
            .map_err(OpenError::Io)?;
        let chain = Some(shaken.chain.as_slice());
        let peer_not_after = not_after(chain);
        let peer = newcomer.peer(chain, &own.credentials.roots, Side::Callee);
        let name = shaken.chain.first().and_then(|leaf| identity_of(leaf).ok());
        let share = name.map(|name| own.credentials.budget.share(&name));
        let (driver, connection) = driver::start(shaken, Role::Client, settings, share);
        connection.lock().flush(); // the server's deadline covers the preface
        Ok(Opened {
            requests: Requests::new(connection),
            driver,
            peer_not_after,
            peer,
        })
    };
    timeout(HANDSHAKE_LIMIT, handshake)
        .await
        .unwrap_or(Err(OpenError::HandshakeTimeout))
}

/// A stream the peer has accepted, with the headers of its answer.
#[derive(Debug)]
pub struct Accepted {
    /// The stream.
    pub tunnel: Tunnel,
    /// Headers of the 200.
    pub headers: HeaderMap,
}

impl Accepted {
    /// Keeps the stream's place on its connection.
    #[must_use]
    pub fn with_lease(self, lease: Box<dyn Lease>) -> Self {
        Self {
            tunnel: Tunnel {
                lease: Some(lease),
                ..self.tunnel
            },
            ..self
        }
    }
}

/// Asks for one stream and waits for the 200.
pub async fn connect(
    requests: &Requests,
    authority: &str,
    headers: HeaderMap,
) -> Result<Accepted, OpenError> {
    if authority.parse::<uri::Authority>().is_err() {
        return Err(OpenError::Authority(authority.to_owned()));
    }
    let exchange = async {
        let stream = poll_fn(|cx| requests.0.poll_open(cx, (authority, &headers)))
            .await
            .map_err(OpenError::Stale)?;
        let answer = poll_fn(|cx| stream.poll_answer(cx))
            .await
            .map_err(OpenError::Http2)?;
        Ok((answer, stream))
    };
    let (answer, stream) = timeout(ANSWER_LIMIT, exchange)
        .await
        .unwrap_or(Err(OpenError::AnswerTimeout))?;
    if answer.status != StatusCode::OK {
        return Err(OpenError::Status(answer.status));
    }
    Ok(Accepted {
        tunnel: Tunnel { stream, lease: None },
        headers: answer.headers,
    })
}
