//! Listeners: accept, handshake under a limit, hand over the stream with what the handshake proved.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
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

/// What is written before it is sent, at most: one TLS record.
const TOGETHER: usize = 16 * 1024;
/// A buffer larger than this is given back when it is empty.
const KEPT: usize = 1024;

/// An accepted connection. What is written to it is held until those who are ready to run have run: the head, body and
/// trailers of a response come from another task than the one that writes them, and leave as one record and one call
/// instead of three or four.
#[derive(Debug)]
pub struct Accepted<S> {
    stream: S,
    peer: Peer,
    held: BytesMut,
    /// Whether what is held has waited.
    has_waited: bool,
}

impl<S> Accepted<S> {
    fn new(stream: S, peer: Peer) -> Self {
        Self {
            stream,
            peer,
            held: BytesMut::new(),
            has_waited: false,
        }
    }
}

impl<S: AsyncWrite + Unpin> Accepted<S> {
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, &self.held))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.held.advance(written);
        }
        if self.held.capacity() > KEPT {
            self.held = BytesMut::new();
        }
        self.has_waited = false;
        Poll::Ready(Ok(()))
    }
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
        if self.held.len() + bytes.len() > TOGETHER {
            ready!(self.poll_send(context))?;
            if bytes.len() >= TOGETHER {
                return Pin::new(&mut self.stream).poll_write(context, bytes);
            }
        }
        self.held.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// Whoever flushes is woken to flush again, and only that sends; so nothing stays.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() && !std::mem::replace(&mut self.has_waited, true) {
            context.waker().wake_by_ref();
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
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
            Some(Accepted::new(stream, Peer { address, identity }))
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
                let _ = accepted.send(Ok(Accepted::new(stream, peer))).await;
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn pair() -> (Accepted<tokio::io::DuplexStream>, tokio::io::DuplexStream) {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let address = ([127, 0, 0, 1], 1).into();
        let identity = None;
        (Accepted::new(near, Peer { address, identity }), far)
    }

    #[tokio::test]
    async fn what_is_written_in_one_turn_leaves_together() {
        let (mut accepted, mut far) = pair();
        for text in ["head", "body"] {
            accepted.write_all(text.as_bytes()).await.unwrap();
            // asked for, and put off until others have had their turn
            accepted.flush().await.unwrap();
            accepted.has_waited = false;
        }
        let mut read = [0; 64];
        assert!(
            timeout(Duration::from_millis(20), far.read(&mut read))
                .await
                .is_err()
        );
        let mut turns = 0;
        poll_fn(|context| {
            turns += 1;
            let flushed = Pin::new(&mut accepted).poll_flush(context);
            // whoever flushes is woken to do so again
            if turns == 1 { Poll::Pending } else { flushed }
        })
        .await
        .unwrap();
        assert_eq!(turns, 2);
        let length = far.read(&mut read).await.unwrap();
        assert_eq!(&read[..length], b"headbody");
    }

    #[tokio::test]
    async fn nothing_is_lost_at_the_end_or_in_long_writes() {
        let (mut accepted, mut far) = pair();
        let text: Vec<u8> = (0..50_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        let mut sent = Vec::new();
        for part in [10, 20_000, 15_000, 14_990] {
            let part = &text[sent.len()..sent.len() + part];
            accepted.write_all(part).await.unwrap();
            sent.extend_from_slice(part);
        }
        accepted.shutdown().await.unwrap();
        let mut read = Vec::new();
        far.read_to_end(&mut read).await.unwrap();
        assert!(read == text);
    }
}
