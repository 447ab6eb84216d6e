//! A small HTTP/1.1 server for admin, metrics and readiness, with the limits of security.md M4.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::patience::Patience;

/// An answer, whole or going on.
pub type Answer = Response<Body>;

/// What an answer carries.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Whole(Full<Bytes>),
    /// Piece by piece, until the sender is dropped or the server stops.
    Pieces(mpsc::Receiver<Bytes>),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole).poll_frame(cx),
            Self::Pieces(pieces) => pieces
                .poll_recv(cx)
                .map(|piece| piece.map(|piece| Ok(Frame::data(piece)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(whole) if whole.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Pieces(_) => SizeHint::new(),
        }
    }
}

/// Who asks; an extension of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote(pub SocketAddr);

const MAX_CONNECTIONS: usize = 64;
const HEADER_READ: Duration = Duration::from_secs(2);
const BODY_READ: Duration = Duration::from_secs(10);
const MAX_HEADER_BYTES: usize = 16 * 1024;
const MAX_BODY_BYTES: usize = 64 * 1024;
const DRAIN: Duration = Duration::from_secs(1);

/// Serves until `stop`. `answer` gets each request with its body read.
pub async fn serve<F, Fut>(listener: TcpListener, stop: CancellationToken, answer: F)
where
    F: Fn(Request<Bytes>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    serve_on(listener, stop, answer).await;
}

/// The same on a unix socket, for peers of uid 0 and of this process's own uid alone (security.md N1).
pub async fn serve_unix<F, Fut>(listener: UnixListener, stop: CancellationToken, answer: F)
where
    F: Fn(Request<Bytes>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    serve_on(listener, stop, answer).await;
}

/// Something that accepts connections.
trait Listens: Send {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Who is at the other end, where that has an address.
    fn remote(stream: &Self::Stream) -> Option<Remote>;

    /// The next connection; cancel-safe.
    fn next(&self) -> impl Future<Output = std::io::Result<Self::Stream>> + Send;
}

impl Listens for TcpListener {
    type Stream = TcpStream;

    fn remote(stream: &TcpStream) -> Option<Remote> {
        stream.peer_addr().map(Remote).ok()
    }

    async fn next(&self) -> std::io::Result<TcpStream> {
        Ok(self.accept().await?.0)
    }
}

impl Listens for UnixListener {
    type Stream = UnixStream;

    fn remote(_: &UnixStream) -> Option<Remote> {
        None
    }

    async fn next(&self) -> std::io::Result<UnixStream> {
        loop {
            let (stream, _) = self.accept().await?;
            let own = nix::unistd::geteuid().as_raw();
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == 0 || peer.uid() == own => return Ok(stream),
                Ok(peer) => warn!(
                    reason = "peer_uid",
                    uid = peer.uid(),
                    "refused a connection to a unix socket"
                ),
                Err(error) => warn!(%error, "cannot tell who connected to a unix socket"),
            }
        }
    }
}

async fn serve_on<L, F, Fut>(listener: L, stop: CancellationToken, answer: F)
where
    L: Listens,
    F: Fn(Request<Bytes>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut patience = Patience::default();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &places) => match accepted {
                Ok((stream, place)) => {
                    patience = Patience::default();
                    let watcher = graceful.watcher();
                    let remote = L::remote(&stream);
                    connections.spawn(connection(stream, remote, (place, watcher), answer.clone()));
                }
                // whatever accept says, the listener goes on (security.md 9)
                Err(error) => {
                    warn!(%error, "cannot accept on the admin listener");
                    patience.wait().await;
                }
            },
        }
    }
    drop(listener);
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        debug!("admin connections did not end in time");
    }
    connections.shutdown().await;
}

async fn accept<L: Listens>(
    listener: &L,
    places: &Arc<Semaphore>,
) -> std::io::Result<(L::Stream, OwnedSemaphorePermit)> {
    let place = places
        .clone()
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    Ok((listener.next().await?, place))
}

async fn connection<S, F, Fut>(
    stream: S,
    remote: Option<Remote>,
    (_place, watcher): (OwnedSemaphorePermit, Watcher),
    answer: F,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request<Bytes>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Answer> + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        let answer = answer.clone();
        if let Some(remote) = remote {
            request.extensions_mut().insert(remote);
        }
        async move {
            Ok::<_, Infallible>(match whole(request).await {
                Ok(request) => answer(request).await,
                Err(code) => status(code),
            })
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ)
        .max_buf_size(MAX_HEADER_BYTES);
    let served = watcher.watch(builder.serve_connection(TokioIo::new(stream), service));
    if let Err(error) = served.await {
        debug!(%error, "admin connection failed");
    }
}

async fn whole(request: Request<Incoming>) -> Result<Request<Bytes>, StatusCode> {
    let (parts, body) = request.into_parts();
    let body = timeout(BODY_READ, Limited::new(body, MAX_BODY_BYTES).collect());
    match body.await {
        Ok(Ok(body)) => Ok(Request::from_parts(parts, body.to_bytes())),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// An answer without a body.
#[must_use]
pub fn status(code: StatusCode) -> Answer {
    let mut answer = Response::new(Body::Whole(Full::default()));
    *answer.status_mut() = code;
    answer
}

/// An answer that goes on as long as `pieces` come.
#[must_use]
pub fn pieces(kind: &'static str, pieces: mpsc::Receiver<Bytes>) -> Answer {
    let mut answer = Response::new(Body::Pieces(pieces));
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// An answer of a given content type.
#[must_use]
pub fn content(code: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Body::Whole(Full::new(body.into())));
    *answer.status_mut() = code;
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// A plain-text answer.
#[must_use]
pub fn text(code: StatusCode, body: impl Into<Bytes>) -> Answer {
    content(code, "text/plain", body)
}

/// A JSON answer.
#[must_use]
pub fn json(code: StatusCode, body: impl Into<Bytes>) -> Answer {
    content(code, "application/json", body)
}

/// Whether a request may change state: addressed to loopback, and not sent by a browser's page
/// (security.md M1).
#[must_use]
pub fn is_local(request: &Request<Bytes>) -> bool {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host.and_then(|host| host.parse::<http::uri::Authority>().ok());
    let local = name.is_some_and(|name| {
        let name = name.host().trim_matches(['[', ']']);
        name == "localhost"
            || name
                .parse::<IpAddr>()
                .is_ok_and(|ip| ip.to_canonical().is_loopback())
    });
    local && !request.headers().contains_key(header::ORIGIN)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn exchange(request: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let hello = |request: Request<Bytes>| async move {
            text(
                StatusCode::OK,
                format!("{} {}", request.uri().path(), request.body().len()),
            )
        };
        tasks.spawn(serve(listener, stop.clone(), hello));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        // a reset after an early answer is as good as an end
        let _ = client.read_to_end(&mut answer).await;
        stop.cancel();
        tasks.join_all().await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn requests_are_answered_whole() {
        let answer =
            exchange(b"POST /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc")
                .await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n/x 3"), "{answer}");
    }

    #[tokio::test]
    async fn big_bodies_and_headers_are_refused() {
        // security M4
        let mut request =
            b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 65537\r\n\r\n".to_vec();
        request.resize(request.len() + 65537, b'x');
        assert!(exchange(&request).await.starts_with("HTTP/1.1 413"));
        let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "y".repeat(20_000));
        assert!(exchange(long.as_bytes()).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test(start_paused = true)]
    async fn slow_headers_are_given_up() {
        // security M4; the clock is not real
        assert_eq!(exchange(b"GET / HT").await, "");
    }

    #[test]
    fn only_loopback_without_origin_is_local() {
        // security M1
        let ask = |host: &str, origin: bool| {
            let mut request = Request::builder().header("host", host);
            if origin {
                request = request.header("origin", "http://evil.example");
            }
            is_local(&request.body(Bytes::new()).unwrap())
        };
        for host in ["localhost:15000", "127.0.0.1:15000", "[::1]:15000", "127.0.0.1"] {
            assert!(ask(host, false), "{host}");
            assert!(!ask(host, true), "{host}");
        }
        for host in ["evil.example", "10.0.0.1:15000", "localhost.evil.example", ""] {
            assert!(!ask(host, false), "{host}");
        }
    }
}
