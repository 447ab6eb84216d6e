//! Listeners: accept, handshake under a limit, hand over the stream with what the handshake proved.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use mesh_wire::identity::Identity;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;
use tracing::{debug, warn};

use crate::ca::serving::identity_of;

const HANDSHAKE: Duration = Duration::from_secs(5);
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
const MAX_HANDSHAKES: usize = 256;
const WAITING: usize = 64;

/// What is known about the other side of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The identity of its verified certificate, if it gave one.
    pub identity: Option<Identity>,
}

/// An accepted connection.
#[derive(Debug)]
pub struct Accepted<S> {
    stream: S,
    peer: Peer,
}

/// Where accepted connections go.
pub type Sender<S> = mpsc::Sender<io::Result<Accepted<S>>>;

/// Where they come from.
pub type Receiver<S> = mpsc::Receiver<io::Result<Accepted<S>>>;

/// One whose handshake is over.
pub type Secured = Accepted<TlsStream<TcpStream>>;

impl<S> Connected for Accepted<S> {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Accepted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Accepted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Accepts until `stop`; handshakes run side by side and are given up after five seconds.
pub async fn accept_tls(
    listener: TcpListener,
    config: impl Fn() -> Arc<ServerConfig>,
    accepted: Sender<TlsStream<TcpStream>>,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    let mut handshakes = JoinSet::new();
    loop {
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = handshakes.join_next() => continue,
            next = listener.accept() => next,
        };
        match next {
            Ok((stream, address)) => {
                // Past the limit the newest waits in the backlog of the kernel, not in our memory.
                let Ok(place) = places.clone().acquire_owned().await else {
                    break;
                };
                let (config, accepted) = (config(), accepted.clone());
                handshakes.spawn(async move {
                    let _place = place;
                    if let Some(secured) = handshake(stream, address, config).await {
                        // the receiver is gone only when the server stops
                        let _ = accepted.send(Ok(secured)).await;
                    }
                });
            }
            Err(error) => {
                warn!(%error, "cannot accept");
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
    drop(listener);
    handshakes.shutdown().await;
}

async fn handshake(stream: TcpStream, address: SocketAddr, config: Arc<ServerConfig>) -> Option<Secured> {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "cannot set TCP_NODELAY");
    }
    match timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => {
            let first = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(|chain| chain.first());
            let identity = first.and_then(identity_of);
            Some(Accepted {
                stream,
                peer: Peer { address, identity },
            })
        }
        Ok(Err(error)) => {
            debug!(%error, %address, "TLS handshake failed");
            None
        }
        Err(_) => {
            debug!(%address, "TLS handshake timed out");
            None
        }
    }
}

/// Accepts connections without TLS until `stop`.
pub async fn accept_plain(listener: TcpListener, accepted: Sender<TcpStream>, stop: CancellationToken) {
    loop {
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            next = listener.accept() => next,
        };
        match next {
            Ok((stream, address)) => {
                let peer = Peer {
                    address,
                    identity: None,
                };
                // the receiver is gone only when the server stops
                let _ = accepted.send(Ok(Accepted { stream, peer })).await;
            }
            Err(error) => {
                warn!(%error, "cannot accept");
                sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

/// A queue of accepted connections, short enough to push back on the accept loop.
#[must_use]
pub fn queue<S>() -> (Sender<S>, Receiver<S>) {
    mpsc::channel(WAITING)
}
