//! One HTTP request to a port inside a pod, by the API server's port-forward (`spec/cli.md` 1.3).
//!
//! Admin endpoints listen on the pod's loopback only, so this is the one way to them. One request per
//! forward; any status but 200 is an error that names it. A lost forward is tried once more (C26).
//! An answer is taken whole, or, where it has no end, piece by piece as it comes.

use super::Cluster;
use crate::exit::Failure;
use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::Portforwarder;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The deadline of one pod's answer.
const POD_DEADLINE: Duration = Duration::from_secs(10);
/// An endless answer that is silent for so long is lost: a proxy says every 15 s that it lives.
const SILENCE: Duration = Duration::from_secs(40);
/// The largest answer we take: dumps of large meshes are tens of megabytes.
const MAX_BODY: usize = 512 << 20;

/// What to ask of which pod.
#[derive(Debug, Clone)]
pub struct PodRequest<'a> {
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The pod's name.
    pub pod: &'a str,
    /// The port on the pod's loopback.
    pub port: u16,
    /// The path, with its query.
    pub path: &'a str,
}

/// Why a pod did not answer.
#[derive(Debug, thiserror::Error)]
enum ForwardError {
    #[error("the port-forward was refused")]
    Refused(#[source] kube::Error),
    #[error("the port-forward has no stream")]
    NoStream,
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    #[error("the answer broke off: {0}")]
    Body(String),
    #[error("the answer has status {0}")]
    Status(http::StatusCode),
    #[error("no answer within {POD_DEADLINE:?}")]
    Slow,
    #[error("nothing was heard for {SILENCE:?}")]
    Silent,
}

/// Bytes to and from a port of a pod; the forward ends with it.
pub struct PodStream {
    /// The bytes.
    pub stream: Box<dyn Bytestream>,
    _forwarder: Portforwarder,
}

/// Bytes both ways.
pub trait Bytestream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytestream for T {}

/// A connection to a port of a pod: what carries it, and what asks on it.
struct Line<C> {
    forwarder: Portforwarder,
    sender: SendRequest<Full<Bytes>>,
    connection: C,
}

impl<C: Future> Line<C> {
    /// Polls the connection until `answered` is done. If it ends first, the answer (whole or broken) is
    /// already on its way to the reader.
    async fn drive<T>(connection: C, answered: impl Future<Output = T>) -> T {
        let mut answered = std::pin::pin!(answered);
        tokio::select! {
            biased;
            answered = &mut answered => answered,
            _ = connection => answered.await,
        }
    }
}

impl Cluster {
    /// Asks one pod and returns the body.
    ///
    /// # Errors
    /// The pod cannot be reached or does not answer 200.
    pub async fn fetch_from_pod(&self, ask: &PodRequest<'_>) -> Result<Bytes, Failure> {
        let mut answer = self.ask_once(ask, Method::GET, Bytes::new()).await;
        if matches!(answer, Err(ForwardError::Broken(_) | ForwardError::NoStream)) {
            answer = self.ask_once(ask, Method::GET, Bytes::new()).await;
        }
        answer.map_err(|error| self.explain_forward(ask, &error))
    }

    /// Tells one pod something and returns the body. Never tried twice.
    ///
    /// # Errors
    /// The pod cannot be reached or does not answer 200.
    pub async fn post_to_pod(&self, ask: &PodRequest<'_>) -> Result<Bytes, Failure> {
        let answer = self.ask_once(ask, Method::POST, Bytes::new()).await;
        answer.map_err(|error| self.explain_forward(ask, &error))
    }

    /// Puts a JSON document to one pod and returns the body. Never tried twice.
    ///
    /// # Errors
    /// The pod cannot be reached or answers neither 200 nor 202.
    pub async fn put_to_pod(
        &self,
        ask: &PodRequest<'_>,
        document: &serde_json::Value,
    ) -> Result<Bytes, Failure> {
        let answer = self.ask_once(ask, Method::PUT, document.to_string().into()).await;
        answer.map_err(|error| self.explain_forward(ask, &error))
    }

    /// Opens a port of a pod for whatever is spoken there.
    ///
    /// # Errors
    /// The pod cannot be reached.
    pub async fn open_to_pod(&self, namespace: &str, pod: &str, port: u16) -> Result<PodStream, Failure> {
        let doing = format!("cannot reach port {port} of pod `{namespace}/{pod}`");
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), namespace);
        let mut forwarder = pods
            .portforward(pod, &[port])
            .await
            .map_err(|error| self.explain(&doing, &error))?;
        let stream = forwarder
            .take_stream(port)
            .ok_or_else(|| Failure::new(doing).because(ForwardError::NoStream))?;
        Ok(PodStream {
            stream: Box::new(stream),
            _forwarder: forwarder,
        })
    }

    /// Asks one pod for an answer without an end, and hands it on piece by piece. Returns when the answer
    /// ends, or when nobody takes the pieces any more.
    ///
    /// # Errors
    /// The pod cannot be reached, does not answer 200, breaks off, or falls silent.
    pub async fn stream_from_pod(
        &self,
        ask: &PodRequest<'_>,
        pieces: &mpsc::Sender<Bytes>,
    ) -> Result<(), Failure> {
        Box::pin(self.relay(ask, pieces))
            .await
            .map_err(|error| self.explain_forward(ask, &error))
    }

    async fn ask_once(
        &self,
        ask: &PodRequest<'_>,
        method: Method,
        content: Bytes,
    ) -> Result<Bytes, ForwardError> {
        timeout(POD_DEADLINE, Box::pin(self.exchange(ask, method, content)))
            .await
            .map_err(|_| ForwardError::Slow)?
    }

    async fn exchange(
        &self,
        ask: &PodRequest<'_>,
        method: Method,
        content: Bytes,
    ) -> Result<Bytes, ForwardError> {
        let mut line = self.connect_to_pod(ask).await?;
        let request = request_for(ask, method, content)?;
        let answered = async {
            let body = Limited::new(answer(&mut line.sender, request).await?, MAX_BODY);
            let body = body.collect().await;
            Ok(body
                .map_err(|error| ForwardError::Body(error.to_string()))?
                .to_bytes())
        };
        let answered = Line::drive(line.connection, answered).await;
        line.forwarder.abort();
        answered
    }

    async fn relay(&self, ask: &PodRequest<'_>, pieces: &mpsc::Sender<Bytes>) -> Result<(), ForwardError> {
        let slow = |_| ForwardError::Slow;
        let mut line = timeout(POD_DEADLINE, self.connect_to_pod(ask))
            .await
            .map_err(slow)??;
        let request = request_for(ask, Method::GET, Bytes::new())?;
        let relayed = async {
            let answered = timeout(POD_DEADLINE, answer(&mut line.sender, request)).await;
            hand_on(answered.map_err(slow)??, pieces).await
        };
        let relayed = Line::drive(line.connection, relayed).await;
        line.forwarder.abort();
        relayed
    }

    async fn connect_to_pod(
        &self,
        ask: &PodRequest<'_>,
    ) -> Result<
        Line<Connection<TokioIo<impl AsyncRead + AsyncWrite + Unpin + use<>>, Full<Bytes>>>,
        ForwardError,
    > {
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), ask.namespace);
        let mut forwarder = pods
            .portforward(ask.pod, &[ask.port])
            .await
            .map_err(ForwardError::Refused)?;
        let stream = forwarder.take_stream(ask.port).ok_or(ForwardError::NoStream)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ForwardError::Broken)?;
        Ok(Line {
            forwarder,
            sender,
            connection,
        })
    }

    fn explain_forward(&self, ask: &PodRequest<'_>, error: &ForwardError) -> Failure {
        let doing = format!(
            "cannot ask pod `{}/{}` for `{}`",
            ask.namespace, ask.pod, ask.path
        );
        match error {
            ForwardError::Refused(error) => self.explain(&doing, error),
            ForwardError::Slow => Failure::timed_out(doing).because(error),
            ForwardError::Silent => Failure::new(doing).because(error),
            other => Failure::new(doing).caused_by(other).hint(format!(
                "is something listening on port {} in that pod?",
                ask.port
            )),
        }
    }
}

fn request_for(
    ask: &PodRequest<'_>,
    method: Method,
    content: Bytes,
) -> Result<http::Request<Full<Bytes>>, ForwardError> {
    http::Request::builder()
        .method(method)
        .uri(ask.path)
        .header(http::header::HOST, format!("localhost:{}", ask.port))
        .body(Full::new(content))
        .map_err(|_| ForwardError::NoStream)
}

/// The body of a 200, or of the 202 of a server that took what it was sent.
async fn answer(
    sender: &mut SendRequest<Full<Bytes>>,
    request: http::Request<Full<Bytes>>,
) -> Result<Incoming, ForwardError> {
    let response = sender.send_request(request).await.map_err(ForwardError::Broken)?;
    if matches!(
        response.status(),
        http::StatusCode::OK | http::StatusCode::ACCEPTED
    ) {
        Ok(response.into_body())
    } else {
        Err(ForwardError::Status(response.status()))
    }
}

async fn hand_on(mut body: Incoming, pieces: &mpsc::Sender<Bytes>) -> Result<(), ForwardError> {
    loop {
        let frame = tokio::select! {
            biased;
            () = pieces.closed() => return Ok(()),
            frame = timeout(SILENCE, body.frame()) => frame.map_err(|_| ForwardError::Silent)?,
        };
        let Some(frame) = frame else { return Ok(()) };
        let frame = frame.map_err(|error| ForwardError::Body(error.to_string()))?;
        if let Ok(piece) = frame.into_data()
            && pieces.send(piece).await.is_err()
        {
            return Ok(());
        }
    }
}
