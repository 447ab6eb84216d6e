//! Accepts tunnel connections and hands their requests out (`spec/hbone.md` §4, §12).

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use mesh_wire::identity::Identity;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::config::TunnelSettings;
use crate::hbone::connection::Connection;
use crate::hbone::driver::{self, Driver, Transport};
use crate::hbone::error::Error;
use crate::hbone::frame::Reason;
use crate::hbone::message::Request;
use crate::hbone::state::Role;
use crate::hbone::stream::{Stream, Tunnel};
use crate::hbone::{EXPIRED_PEER_LIMIT, not_after};
use crate::identity::certificate::WorkloadCertificate;
use crate::tls::revocation::{self, Peer, Side};
use crate::tls::verifier::identity_of;
use crate::tls::{self, handshake as tls_handshake};

/// One CONNECT (or something else) that waits for its answer.
#[derive(Debug)]
pub struct Asked {
    /// Method, authority, headers.
    pub request: Request,
    stream: Stream,
}

impl Asked {
    /// Refuses.
    pub fn refuse(self, status: StatusCode) -> Result<(), Error> {
        self.stream.answer(status, &HeaderMap::new())
    }

    /// Accepts; from now on the body is the application's bytes.
    pub fn accept(self, headers: &HeaderMap) -> Result<Tunnel, Error> {
        self.stream.answer(StatusCode::OK, headers)?;
        Ok(Tunnel {
            stream: self.stream,
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
    /// This caller has too many tunnels already.
    #[error("identity_quota: too many tunnels of {0}")]
    Tunnels(Identity),
    /// The preface was none.
    #[error("http2 handshake failed: {0}")]
    Http2(Error),
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
            Self::Tls(error) => tls::reason::word(error),
            Self::Timeout => "handshake_timeout",
            Self::Peer(_) => "san_invalid",
            Self::Alpn => "alpn",
            Self::Quota => "handshake_quota",
            Self::Tunnels(_) => "identity_quota",
            Self::Http2(_) => "h2_preface",
        }
    }
}

/// A peer that has finished its handshake, and is known.
pub struct Accepted<R> {
    /// Who.
    pub identity: Identity,
    /// Cancelled when the peer's certificate is revoked, before the connection is cut.
    pub revoked: CancellationToken,
    peer: Peer,
    /// When the peer's certificate ends: no new streams afterwards (`security.md` T15).
    peer_not_after: SystemTime,
    driver: Driver<R>,
    connection: Arc<Connection>,
}

impl<R> std::fmt::Debug for Accepted<R> {
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
) -> Result<Accepted<T::Reader>, AcceptError>
where
    T: AsyncRead + AsyncWrite + Transport + Unpin,
{
    let credentials = &own.credentials;
    let newcomer = credentials.revocations.newcomer();
    let shake = async {
        let shaken = tls_handshake::accept(own.server.clone(), stream)
            .await
            .map_err(AcceptError::Tls)?;
        if shaken.alpn.as_deref() != Some(tls::ALPN) {
            return Err(AcceptError::Alpn);
        }
        let chain = Some(shaken.chain.as_slice());
        let leaf = shaken.chain.first();
        let leaf = leaf.ok_or(AcceptError::Peer(rustls::Error::NoCertificatesPresented))?;
        let identity = identity_of(leaf).map_err(AcceptError::Peer)?;
        let peer_not_after = not_after(chain);
        let peer = newcomer.peer(chain, &credentials.roots, Side::Caller);
        let share = credentials.budget.share(&identity);
        let (mut driver, connection) = driver::start(shaken, Role::Server, settings, Some(share));
        driver.ready().await.map_err(AcceptError::Http2)?;
        Ok(Accepted {
            identity,
            revoked: CancellationToken::new(),
            peer,
            peer_not_after,
            driver,
            connection,
        })
    };
    timeout_at(deadline, shake)
        .await
        .unwrap_or(Err(AcceptError::Timeout))
}

/// Serves one connection until it ends; an error is what the peer did wrong. `drain` asks for GOAWAY;
/// each request runs as `answer(asked)`.
pub async fn serve<R, F, Fut>(accepted: Accepted<R>, drain: CancellationToken, answer: F) -> Result<(), Error>
where
    R: AsyncRead + Unpin,
    F: Fn(Asked) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let Accepted {
        revoked,
        mut peer,
        peer_not_after,
        mut driver,
        connection,
        ..
    } = accepted;
    let mut silent = std::pin::pin!(connection.ping_until_silent(|| ()));
    let mut expired = std::pin::pin!(sleep_until_wall(peer_not_after));
    let mut overdue = std::pin::pin!(sleep(Duration::MAX));
    let mut streams = JoinSet::new();
    let mut closing = false;
    let ended = loop {
        tokio::select! {
            biased;
            () = peer.revoked() => {
                revoked.cancel(); // first, so that streams know why they end
                break Ok(());
            }
            () = drain.cancelled(), if !closing => {
                closing = true;
                connection.drain();
            }
            () = &mut expired, if !closing => {
                closing = true;
                connection.drain();
                overdue.set(sleep(EXPIRED_PEER_LIMIT));
            }
            () = &mut overdue => break Ok(()),
            () = &mut silent => {
                connection.say_goodbye(Reason::NO_ERROR, "");
                break Ok(());
            }
            Some(_) = streams.join_next() => {}
            next = poll_fn(|cx| driver.poll_asked(cx)) => match next {
                Some(Ok((request, stream))) => {
                    streams.spawn(answer(Asked { request, stream }));
                }
                Some(Err(error)) => break Err(error),
                None => break Ok(()),
            },
        }
    };
    drop(driver); // streams see its end, and finish writing what they hold
    while streams.join_next().await.is_some() {}
    ended
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
