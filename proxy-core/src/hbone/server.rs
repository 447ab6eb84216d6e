//! Accepts tunnel connections and hands their requests out (`spec/hbone.md` §4, §12).

use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Response, StatusCode};
use mesh_wire::identity::Identity;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::config::TunnelSettings;
use crate::hbone::stream::Tunnel;
use crate::hbone::{
    DATA_FRAME_BUDGET, EXPIRED_PEER_LIMIT, SERVER_HEADER_LIST, SERVER_SEND_BUFFER, SERVER_STREAMS, not_after,
    ping_until_silent,
};
use crate::identity::certificate::WorkloadCertificate;
use crate::tls;
use crate::tls::revocation::{self, Peer, Side};
use crate::tls::verifier::identity_of;

/// One CONNECT (or something else) that waits for its answer.
#[derive(Debug)]
pub struct Asked {
    /// Method, authority, headers; the body is the tunnel.
    pub request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
}

impl Asked {
    /// Refuses.
    pub fn refuse(mut self, status: StatusCode) -> Result<(), h2::Error> {
        let mut response = Response::new(());
        *response.status_mut() = status;
        self.respond.send_response(response, true).map(drop)
    }

    /// Accepts; from now on the body is the application's bytes.
    pub fn accept(mut self, headers: HeaderMap) -> Result<Tunnel, h2::Error> {
        let mut response = Response::new(());
        *response.headers_mut() = headers;
        let send = self.respond.send_response(response, false)?;
        Ok(Tunnel {
            send,
            recv: self.request.into_body(),
            lease: None,
        })
    }
}

/// Why a connection was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// TLS; the text is the debug form, as the field prints it.
    #[error("tls handshake error: {0:?}")]
    Tls(io::Error),
    /// Too slow.
    #[error("tls handshake error: handshake_timeout")]
    Timeout,
    /// No, or an unusable, certificate.
    #[error("tls handshake error: {0}")]
    Peer(rustls::Error),
    /// Another protocol, or none, was agreed on.
    #[error("tls handshake error: alpn: the peer does not speak h2")]
    Alpn,
    /// Too many others are waiting.
    #[error("tls handshake error: handshake_quota: too many unfinished handshakes")]
    Quota,
    /// The preface was none.
    #[error("http2 handshake failed: {0}")]
    Http2(h2::Error),
}

impl AcceptError {
    /// Whether the caller's certificate is revoked, or may be.
    #[must_use]
    pub fn is_revocation(&self) -> bool {
        matches!(self, Self::Tls(error) if revocation::is_revocation(error))
    }

    /// The fixed word for the counter of refusals.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Tls(_) if self.is_revocation() => "cert_revoked",
            Self::Tls(_) => "tls",
            Self::Timeout => "handshake_timeout",
            Self::Peer(_) => "san_invalid",
            Self::Alpn => "alpn",
            Self::Quota => "handshake_quota",
            Self::Http2(_) => "h2_preface",
        }
    }
}

/// A peer that has finished its handshake, and is known.
pub struct Accepted<T> {
    /// Who.
    pub identity: Identity,
    /// Cancelled when the peer's certificate is revoked, before the connection is cut.
    pub revoked: CancellationToken,
    peer: Peer,
    /// When the peer's certificate ends: no new streams afterwards (`security.md` T15).
    peer_not_after: SystemTime,
    connection: Connection<TlsStream<T>, Bytes>,
}

impl<T> std::fmt::Debug for Accepted<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Accepted")
            .field("identity", &self.identity)
            .field("peer_not_after", &self.peer_not_after)
            .finish_non_exhaustive()
    }
}

/// Does TLS and the HTTP/2 preface, all before `deadline`, and says who the peer is.
pub async fn handshake<T>(
    stream: T,
    own: &WorkloadCertificate,
    settings: TunnelSettings,
    deadline: Instant,
) -> Result<Accepted<T>, AcceptError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let credentials = &own.credentials;
    let newcomer = credentials.revocations.newcomer();
    let shake = async {
        let stream = TlsAcceptor::from(own.server.clone())
            .accept(stream)
            .await
            .map_err(AcceptError::Tls)?;
        let (_, session) = stream.get_ref();
        if session.alpn_protocol() != Some(tls::ALPN) {
            return Err(AcceptError::Alpn);
        }
        let leaf = session.peer_certificates().and_then(<[_]>::first);
        let leaf = leaf.ok_or(AcceptError::Peer(rustls::Error::NoCertificatesPresented))?;
        let identity = identity_of(leaf).map_err(AcceptError::Peer)?;
        let peer_not_after = not_after(session.peer_certificates());
        let peer = newcomer.peer(session.peer_certificates(), &credentials.roots, Side::Caller);
        let connection = builder(settings)
            .handshake(stream)
            .await
            .map_err(AcceptError::Http2)?;
        Ok(Accepted {
            identity,
            revoked: CancellationToken::new(),
            peer,
            peer_not_after,
            connection,
        })
    };
    timeout_at(deadline, shake)
        .await
        .unwrap_or(Err(AcceptError::Timeout))
}

/// Serves one connection until it ends. `drain` asks for GOAWAY; each request runs as `answer(asked)`.
pub async fn serve<T, F, Fut>(accepted: Accepted<T>, drain: CancellationToken, answer: F)
where
    T: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Asked) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let Accepted {
        revoked,
        mut peer,
        peer_not_after,
        mut connection,
        ..
    } = accepted;
    let mut silent = std::pin::pin!(ping_until_silent(connection.ping_pong(), || ()));
    let mut expired = std::pin::pin!(sleep_until_wall(peer_not_after));
    let mut overdue = std::pin::pin!(sleep(Duration::MAX));
    let mut streams = JoinSet::new();
    let mut closing = false;
    loop {
        tokio::select! {
            biased;
            () = peer.revoked() => {
                revoked.cancel(); // first, so that streams know why they end
                break;
            }
            () = drain.cancelled(), if !closing => {
                closing = true;
                connection.graceful_shutdown();
            }
            () = &mut expired, if !closing => {
                closing = true;
                connection.graceful_shutdown();
                overdue.set(sleep(EXPIRED_PEER_LIMIT));
            }
            () = &mut overdue => break,
            () = &mut silent => {
                connection.abrupt_shutdown(Reason::NO_ERROR);
                break;
            }
            Some(_) = streams.join_next() => {}
            next = connection.accept() => match next {
                Some(Ok((request, respond))) => {
                    streams.spawn(answer(Asked { request, respond }));
                }
                Some(Err(error)) => {
                    tracing::debug!(%error, "tunnel connection ended");
                    break;
                }
                None => break,
            },
        }
    }
    drop(connection); // streams see its end, and finish writing what they hold
    while streams.join_next().await.is_some() {}
}

/// Sleeps in pieces, so that a jump of the wall clock is noticed.
async fn sleep_until_wall(deadline: SystemTime) {
    while let Ok(left) = deadline.duration_since(SystemTime::now()) {
        if left.is_zero() {
            return;
        }
        sleep(left.min(Duration::from_secs(10))).await;
    }
}

fn builder(settings: TunnelSettings) -> h2::server::Builder {
    let mut builder = h2::server::Builder::new();
    builder
        .initial_window_size(settings.stream_window)
        .initial_connection_window_size(settings.connection_window)
        .max_frame_size(settings.frame_size)
        .max_header_list_size(SERVER_HEADER_LIST)
        .max_concurrent_streams(SERVER_STREAMS)
        .max_send_buffer_size(SERVER_SEND_BUFFER)
        .data_frame_budget(DATA_FRAME_BUDGET);
    builder
}
