//! One HTTP request to a port inside a pod, by the API server's port-forward (`spec/cli.md` 1.3).
//!
//! Admin endpoints listen on the pod's loopback only, so this is the one way to them. One request per
//! forward; any status but 200 is an error that names it. A lost forward is tried once more (C26).

use super::Cluster;
use crate::exit::Failure;
use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use std::time::Duration;

/// The deadline of one pod's answer.
const POD_DEADLINE: Duration = Duration::from_secs(10);
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
}

impl Cluster {
    /// Asks one pod and returns the body.
    ///
    /// # Errors
    /// The pod cannot be reached or does not answer 200.
    pub async fn fetch_from_pod(&self, ask: &PodRequest<'_>) -> Result<Bytes, Failure> {
        let mut answer = self.ask_once(ask, Method::GET).await;
        if matches!(answer, Err(ForwardError::Broken(_) | ForwardError::NoStream)) {
            answer = self.ask_once(ask, Method::GET).await;
        }
        answer.map_err(|error| self.explain_forward(ask, &error))
    }

    /// Tells one pod something and returns the body. Never tried twice.
    ///
    /// # Errors
    /// The pod cannot be reached or does not answer 200.
    pub async fn post_to_pod(&self, ask: &PodRequest<'_>) -> Result<Bytes, Failure> {
        let answer = self.ask_once(ask, Method::POST).await;
        answer.map_err(|error| self.explain_forward(ask, &error))
    }

    async fn ask_once(&self, ask: &PodRequest<'_>, method: Method) -> Result<Bytes, ForwardError> {
        tokio::time::timeout(POD_DEADLINE, Box::pin(self.exchange(ask, method)))
            .await
            .map_err(|_| ForwardError::Slow)?
    }

    async fn exchange(&self, ask: &PodRequest<'_>, method: Method) -> Result<Bytes, ForwardError> {
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), ask.namespace);
        let mut forwarder = pods
            .portforward(ask.pod, &[ask.port])
            .await
            .map_err(ForwardError::Refused)?;
        let stream = forwarder.take_stream(ask.port).ok_or(ForwardError::NoStream)?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ForwardError::Broken)?;
        let request = http::Request::builder()
            .method(method)
            .uri(ask.path)
            .header(http::header::HOST, format!("localhost:{}", ask.port))
            .body(Empty::<Bytes>::new())
            .map_err(|_| ForwardError::NoStream)?;
        let answered = async {
            let response = sender.send_request(request).await.map_err(ForwardError::Broken)?;
            if response.status() != http::StatusCode::OK {
                return Err(ForwardError::Status(response.status()));
            }
            let body = Limited::new(response.into_body(), MAX_BODY).collect().await;
            Ok(body
                .map_err(|error| ForwardError::Body(error.to_string()))?
                .to_bytes())
        };
        // the connection only has to be polled until the answer is read; if it ends first, the answer
        // (whole or broken) is already on its way to the reader
        let mut answered = std::pin::pin!(answered);
        let answered = tokio::select! {
            biased;
            answered = &mut answered => answered,
            _ = connection => answered.await,
        };
        forwarder.abort();
        answered
    }

    fn explain_forward(&self, ask: &PodRequest<'_>, error: &ForwardError) -> Failure {
        let doing = format!(
            "cannot ask pod `{}/{}` for `{}`",
            ask.namespace, ask.pod, ask.path
        );
        match error {
            ForwardError::Refused(error) => self.explain(&doing, error),
            ForwardError::Slow => Failure::timed_out(doing).because(error),
            other => Failure::new(doing).caused_by(other).hint(format!(
                "is something listening on port {} in that pod?",
                ask.port
            )),
        }
    }
}
