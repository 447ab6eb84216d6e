//! Opens tunnel connections and asks for streams on them (`spec/hbone.md` §2–4).

use std::io;
use std::net::IpAddr;
use std::time::SystemTime;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use mesh_wire::identity::Identity;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::TunnelSettings;
use crate::hbone::stream::{Lease, Tunnel};
use crate::hbone::{
    ANSWER_LIMIT, CLIENT_HEADER_LIST, CLIENT_SEND_BUFFER, DATA_FRAME_BUDGET, HANDSHAKE_LIMIT,
    INITIAL_SEND_STREAMS, not_after,
};
use crate::identity::certificate::WorkloadCertificate;
use crate::tls;
use crate::tls::revocation::{Peer, Side};

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
    /// HTTP/2 did not begin.
    #[error("http2 handshake failed: {0}")]
    Http2Handshake(h2::Error),
    /// HTTP/2 failed later.
    #[error("h2 failed: {0}")]
    Http2(h2::Error),
    /// The connection was closing already; nothing was sent on it.
    #[error("h2 failed: {0}")]
    Stale(h2::Error),
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
                error.is_io() || error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM)
            }
            _ => false,
        }
    }
}

/// A connection with its driver, which must be polled.
#[derive(Debug)]
pub struct Opened<T: AsyncRead + AsyncWrite + Unpin> {
    /// Makes streams.
    pub requests: SendRequest<Bytes>,
    /// Moves frames; completes when the connection ends.
    pub connection: Connection<TlsStream<T>, Bytes>,
    /// When the peer's certificate ends: no new streams afterwards (`security.md` T15).
    pub peer_not_after: SystemTime,
    /// Tells when the peer's certificate is revoked.
    pub peer: Peer,
}

/// Does TLS and the HTTP/2 preface over `stream`.
pub async fn open<T>(
    stream: T,
    peer: IpAddr,
    own: &WorkloadCertificate,
    expected: Vec<Identity>,
    settings: TunnelSettings,
) -> Result<Opened<T>, OpenError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let config = tls::client_config(&own.credentials, expected, own.policy).map_err(OpenError::Tls)?;
    let newcomer = own.credentials.revocations.newcomer();
    let connector = TlsConnector::from(config);
    let handshake = async {
        let stream = connector
            .connect(ServerName::IpAddress(peer.into()), stream)
            .await
            .map_err(OpenError::Io)?;
        let chain = stream.get_ref().1.peer_certificates();
        let peer_not_after = not_after(chain);
        let peer = newcomer.peer(chain, &own.credentials.roots, Side::Callee);
        let (requests, connection) = builder(settings)
            .handshake(stream)
            .await
            .map_err(OpenError::Http2Handshake)?;
        Ok(Opened {
            requests,
            connection,
            peer_not_after,
            peer,
        })
    };
    timeout(HANDSHAKE_LIMIT, handshake)
        .await
        .unwrap_or(Err(OpenError::HandshakeTimeout))
}

fn builder(settings: TunnelSettings) -> h2::client::Builder {
    let mut builder = h2::client::Builder::new();
    builder
        .initial_window_size(settings.stream_window)
        .initial_connection_window_size(settings.connection_window)
        .max_frame_size(settings.frame_size)
        .max_header_list_size(CLIENT_HEADER_LIST)
        .initial_max_send_streams(INITIAL_SEND_STREAMS)
        .max_send_buffer_size(CLIENT_SEND_BUFFER)
        .data_frame_budget(DATA_FRAME_BUDGET)
        .enable_push(false);
    builder
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
    mut requests: SendRequest<Bytes>,
    authority: &str,
    headers: HeaderMap,
) -> Result<Accepted, OpenError> {
    let uri = Uri::builder().authority(authority).build();
    let uri = uri.map_err(|_| OpenError::Authority(authority.to_owned()))?;
    let mut request = Request::new(());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let exchange = async {
        requests = requests.ready().await.map_err(OpenError::Stale)?;
        let (answer, send) = requests.send_request(request, false).map_err(OpenError::Http2)?;
        let answer: Response<_> = answer.await.map_err(OpenError::Http2)?;
        Ok((answer, send))
    };
    let (answer, send) = timeout(ANSWER_LIMIT, exchange)
        .await
        .unwrap_or(Err(OpenError::AnswerTimeout))?;
    if answer.status() != StatusCode::OK {
        return Err(OpenError::Status(answer.status()));
    }
    let (parts, recv) = answer.into_parts();
    Ok(Accepted {
        tunnel: Tunnel {
            send,
            recv,
            lease: None,
        },
        headers: parts.headers,
    })
}
