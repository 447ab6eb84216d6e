//! Accepts tunnel connections and hands their requests out (`spec/hbone.md` §4, §12).

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Response, StatusCode};
use mesh_wire::identity::Identity;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::config::TunnelSettings;
use crate::hbone::stream::Tunnel;
use crate::hbone::{
    DATA_FRAME_BUDGET, HANDSHAKE_LIMIT, SERVER_HEADER_LIST, SERVER_SEND_BUFFER, SERVER_STREAMS,
    ping_until_silent,
};
use crate::tls;
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
}

impl AcceptError {
    /// The fixed word for the counter of refusals.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Tls(_) => "tls",
            Self::Timeout => "handshake_timeout",
            Self::Peer(_) => "san_invalid",
            Self::Alpn => "alpn",
        }
    }
}

/// Does the TLS handshake and says who the peer is.
pub async fn handshake<T>(
    stream: T,
    config: Arc<ServerConfig>,
) -> Result<(TlsStream<T>, Identity), AcceptError>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let accepted = timeout(HANDSHAKE_LIMIT, TlsAcceptor::from(config).accept(stream)).await;
    let stream = accepted
        .map_err(|_| AcceptError::Timeout)?
        .map_err(AcceptError::Tls)?;
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(tls::ALPN) {
        return Err(AcceptError::Alpn);
    }
    let leaf = session.peer_certificates().and_then(<[_]>::first);
    let leaf = leaf.ok_or(AcceptError::Peer(rustls::Error::NoCertificatesPresented))?;
    let identity = identity_of(leaf).map_err(AcceptError::Peer)?;
    Ok((stream, identity))
}

/// Serves one connection until it ends. `drain` asks for GOAWAY; each request runs as `answer(asked)`.
pub async fn serve<T, F, Fut>(stream: T, settings: TunnelSettings, drain: CancellationToken, answer: F)
where
    T: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Asked) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let handshake = builder(settings).handshake::<T, Bytes>(stream);
    let mut connection = match timeout(HANDSHAKE_LIMIT, handshake).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return tracing::debug!(%error, "http2 handshake failed"),
        Err(_) => return tracing::debug!("http2 handshake timed out"),
    };
    let mut silent = std::pin::pin!(ping_until_silent(connection.ping_pong(), || ()));
    let mut streams = JoinSet::new();
    let mut draining = false;
    loop {
        tokio::select! {
            biased;
            () = drain.cancelled(), if !draining => {
                draining = true;
                connection.graceful_shutdown();
            }
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
