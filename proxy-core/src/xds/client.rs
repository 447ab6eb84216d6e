//! Moves the discovery stream over gRPC: connect, authenticate, reconnect (`spec/xds.md` §4, §9, §10).

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use mesh_sys::program::chain;
use mesh_wire::xds::{DeltaDiscoveryRequest, Node};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::client::Grpc;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, IntoStreamingRequest, Status, Streaming};
use tower::ServiceExt;

use crate::control_plane::{ConnectError, ControlPlane};
use crate::live::Live;
use crate::telemetry::metrics::{Metrics, Termination};
use crate::xds::demands::{Asked, Demand};
use crate::xds::parts::{PartCodec, Parts};
use crate::xds::stream::{Outcome, Scope, Stream, Unreadable};

const METHOD: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const MAX_MESSAGE: usize = 200 * 1024 * 1024;
const FIRST_BACKOFF: Duration = Duration::from_millis(10);
const MAX_BACKOFF: Duration = Duration::from_secs(15);
/// Replies that wait for the transport; the protocol has one outstanding for each response.
const REPLIES: usize = 16;

/// Keeps the mesh state equal to the control plane's.
#[derive(Debug)]
pub struct XdsClient {
    server: ControlPlane,
    node: Node,
    live: Arc<Live>,
    metrics: Arc<Metrics>,
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("cannot connect to the control plane")]
    Connect(#[source] ConnectError),
    #[error("the control plane refused the stream: {0}")]
    Refused(Status),
    #[error("the stream failed: {0}")]
    Failed(Status),
    #[error("the stream ended")]
    Clean,
}

impl Ended {
    fn termination(&self) -> Termination {
        match self {
            Self::Connect(_) | Self::Refused(_) => Termination::ConnectionError,
            Self::Failed(status) if is_ordinary(status) => Termination::Reconnect,
            Self::Failed(_) => Termination::Error,
            Self::Clean => Termination::Complete,
        }
    }

    /// The next backoff and the wait before the next attempt.
    fn next(&self, backoff: Duration) -> (Duration, Duration) {
        let doubled = (backoff * 2).min(MAX_BACKOFF);
        match self {
            Self::Failed(status) if is_ordinary(status) => (FIRST_BACKOFF, FIRST_BACKOFF),
            Self::Connect(_) | Self::Refused(_) | Self::Failed(_) => (doubled, doubled),
            Self::Clean => (FIRST_BACKOFF, Duration::ZERO),
        }
    }
}

fn is_ordinary(status: &Status) -> bool {
    match status.code() {
        Code::Unknown | Code::Cancelled | Code::DeadlineExceeded => true,
        Code::Unavailable => {
            let text = status.message();
            text.contains("transport is closing") || text.contains("received prior goaway")
        }
        _ => false,
    }
}

impl XdsClient {
    /// A client that is not connected yet.
    #[must_use]
    pub fn new(server: ControlPlane, node: Node, live: Arc<Live>, metrics: Arc<Metrics>) -> Self {
        Self {
            server,
            node,
            live,
            metrics,
        }
    }

    /// Runs until `stop`; with `asked`, addresses come on demand.
    pub async fn run(&self, mut asked: Option<Asked>, stop: CancellationToken) {
        let scope = if asked.is_some() {
            Scope::OnDemand
        } else {
            Scope::Everything
        };
        let mut stream = Stream::new(self.node.clone(), scope);
        let mut backoff = FIRST_BACKOFF;
        loop {
            let ended = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                ended = self.connection(&mut stream, &mut asked) => ended,
            };
            self.metrics.xds_terminated(ended.termination());
            if let Ended::Failed(status) | Ended::Refused(status) = &ended
                && status.code() == Code::ResourceExhausted
            {
                // the list of held versions may be what was too much (xds.md §6)
                stream.forget_versions();
            }
            let (next, wait) = ended.next(backoff);
            backoff = next;
            let wait = jittered(wait);
            tracing::warn!(error = %chain(&ended), retry_in = ?wait, "control plane stream ended");
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep(wait) => {}
            }
        }
    }

    async fn connection(&self, stream: &mut Stream, asked: &mut Option<Asked>) -> Ended {
        let channel = match self.server.connect().await {
            Ok(channel) => channel,
            Err(error) => return Ended::Connect(error),
        };
        let (replies, requests) = mpsc::channel::<DeltaDiscoveryRequest>(REPLIES);
        for request in stream.open() {
            if replies.send(request).await.is_err() {
                return Ended::Clean;
            }
        }
        let mut responses = match self.call(channel.clone(), ReceiverStream::new(requests)).await {
            Ok(responses) => responses,
            Err(status) => return Ended::Refused(status),
        };
        tracing::info!("control plane stream established");
        loop {
            let request = tokio::select! {
                biased;
                part = responses.message() => match part.map(|part| part.map(|part| self.take(stream, &part))) {
                    Ok(Some(Ok(Some(reply)))) => reply,
                    Ok(Some(Ok(None))) => continue,
                    Ok(Some(Err(error))) => return Ended::Failed(Status::internal(error.to_string())),
                    Ok(None) => return Ended::Clean,
                    Err(status) => return Ended::Failed(status),
                },
                demand = Asked::next(asked) => match demand {
                    Demand::Wanted(key) => stream.demand(key),
                    Demand::GivenUp(key) => {
                        stream.forget_demand(&key);
                        continue;
                    }
                },
            };
            if replies.send(request).await.is_err() {
                return Ended::Clean;
            }
        }
    }

    /// Opens the stream: responses come in parts, with an empty one after each.
    async fn call(
        &self,
        channel: Channel,
        requests: ReceiverStream<DeltaDiscoveryRequest>,
    ) -> Result<Streaming<Bytes>, Status> {
        let server = self.server.clone();
        let authenticate = move |request| server.authenticate(request);
        let in_parts =
            |response: http::Response<tonic::body::Body>| response.map(|body| Parts::new(body, MAX_MESSAGE));
        let mut client = Grpc::new(InterceptedService::new(
            channel.map_response(in_parts),
            authenticate,
        ))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
        client
            .ready()
            .await
            .map_err(|error| Status::unknown(format!("not ready: {error}")))?;
        let method = PathAndQuery::from_static(METHOD);
        let response = client.streaming(requests.into_streaming_request(), method, PartCodec);
        Ok(response.await?.into_inner())
    }

    /// Takes one part in; after the last one of a response, the reply is returned.
    fn take(&self, stream: &mut Stream, part: &[u8]) -> Result<Option<DeltaDiscoveryRequest>, Unreadable> {
        if !part.is_empty() {
            return stream.on_part(part).map(|()| None);
        }
        let Outcome {
            updates,
            rejects,
            reply,
            answered,
            payload,
        } = stream.on_end()?;
        self.metrics.xds_received(&reply.type_url, payload);
        for reject in &rejects {
            tracing::warn!(resource = %reject.name, reason = %reject.reason, "refused a resource");
        }
        self.live.apply(updates);
        self.live.answered(&answered);
        if stream.is_synced() {
            self.live.mark_synced();
        }
        Ok(Some(reply))
    }
}

fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::random_range(0.9..1.1))
}
