//! The discovery service on the wire: gRPC over HTTP/2, requests read and responses written without buffers that stay.
//!
//! The gRPC library keeps two buffers for each stream, and each stays as long as the largest message that it has held
//! for as long as the stream lives. The first request of a client that was here before names everything that it holds,
//! and the first response tells everything that there is: megabytes for each of a thousand streams that then do nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures::future::BoxFuture;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};
use http_body::Frame;
use http_body_util::BodyExt;
use mesh_wire::xds::DeltaDiscoveryRequest;
use prost::Message;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;
use tower::Service;

use super::response::{HEADER, Pieces, Response};
use super::server::{Discovery, Opening};
use crate::listen::Peer;

const DELTA: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

/// Frames shorter than this are joined when there are as many: kept one by one, frames of a byte would take forty times
/// their size.
const SHORT: usize = 1024;

/// What a stream's task sends: a response, or how the stream ends.
pub(super) type Sent = Result<Response, Status>;

/// The service as HTTP/2 has it.
#[derive(Clone, Debug)]
pub struct DiscoveryServer {
    discovery: Arc<Discovery>,
    max_message: usize,
}

impl DiscoveryServer {
    /// Serves; a request longer than that many bytes ends its stream.
    #[must_use]
    pub fn new(discovery: Arc<Discovery>, max_message: usize) -> Self {
        Self {
            discovery,
            max_message,
        }
    }

    async fn answer(&self, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
        if request.uri().path() != DELTA {
            return Err(Status::unimplemented("only the delta protocol is served"));
        }
        let (head, body) = request.into_parts();
        let opening = Opening {
            peer: head.extensions.get::<Peer>().cloned(),
            metadata: MetadataMap::from_headers(head.headers),
            requests: Requests::new(body, self.max_message),
            call: self
                .discovery
                .metrics
                .calls
                .start(Self::NAME, "DeltaAggregatedResources"),
        };
        let queue = self.discovery.open(opening).await?;
        let mut response = http::Response::new(Body::new(Responses::new(queue)));
        response.headers_mut().insert(CONTENT_TYPE, GRPC);
        Ok(response)
    }
}

impl NamedService for DiscoveryServer {
    const NAME: &'static str = "envoy.service.discovery.v3.AggregatedDiscoveryService";
}

impl Service<http::Request<Body>> for DiscoveryServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.answer(request).await.unwrap_or_else(Status::into_http)) })
    }
}

/// The requests of one stream.
#[derive(Debug)]
pub(super) struct Requests {
    body: Body,
    /// What has come and is not yet a whole message, as it came.
    held: VecDeque<Bytes>,
    /// How many at the end of these are short.
    short: usize,
    length: usize,
    limit: usize,
}

impl Requests {
    fn new(body: Body, limit: usize) -> Self {
        Self {
            body,
            held: VecDeque::new(),
            short: 0,
            length: 0,
            limit,
        }
    }

    /// The next request; `None` when the client is gone or says no more. Cancel-safe: what has come is kept.
    pub(super) async fn next(&mut self) -> Result<Option<DeltaDiscoveryRequest>, Status> {
        loop {
            if let Some(message) = self.whole()? {
                let request = DeltaDiscoveryRequest::decode(message);
                let unread = |error| Status::internal(format!("cannot decode the request: {error}"));
                return request.map(Some).map_err(unread);
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.hold(data);
                    }
                }
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }

    /// Keeps what has come.
    fn hold(&mut self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        self.length += data.len();
        self.short = if data.len() < SHORT { self.short + 1 } else { 0 };
        self.held.push_back(data);
        if self.short == SHORT {
            let joined: Vec<u8> = self.held.drain(self.held.len() - SHORT..).flatten().collect();
            self.held.push_back(joined.into());
            self.short = 0;
        }
    }

    /// The message in front, if all of it has come.
    fn whole(&mut self) -> Result<Option<impl Buf + use<>>, Status> {
        let mut header = [0; HEADER];
        if self.length < HEADER {
            return Ok(None);
        }
        let front = self.held.iter().flat_map(|data| data.iter());
        header
            .iter_mut()
            .zip(front)
            .for_each(|(into, from)| *into = *from);
        let [flag, length @ ..] = header;
        if flag != 0 {
            return Err(Status::unimplemented("compressed requests are not served"));
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > self.limit {
            let text = format!("a request of {length} bytes is longer than {}", self.limit);
            return Err(Status::resource_exhausted(text));
        }
        if self.length - HEADER < length {
            return Ok(None);
        }
        drop(self.split(HEADER));
        Ok(Some(self.split(length)))
    }

    /// Takes that many bytes from the front, which are there.
    fn split(&mut self, count: usize) -> Chain {
        let (mut chain, mut left) = (Chain::default(), count);
        self.length -= count;
        while left > 0 {
            let Some(mut data) = self.held.pop_front() else {
                break;
            };
            let taken = data.split_to(left.min(data.len()));
            left -= taken.len();
            chain.left += taken.len();
            chain.parts.push_back(taken);
            if !data.is_empty() {
                self.held.push_front(data);
            }
        }
        if self.held.is_empty() {
            self.held = VecDeque::new();
        }
        self.short = self.short.min(self.held.len());
        chain
    }
}

/// Bytes in the parts in which they came.
#[derive(Debug, Default)]
struct Chain {
    parts: VecDeque<Bytes>,
    left: usize,
}

impl Buf for Chain {
    fn remaining(&self) -> usize {
        self.left
    }

    fn chunk(&self) -> &[u8] {
        self.parts.front().map_or(&[], |part| part)
    }

    fn advance(&mut self, mut count: usize) {
        self.left -= count;
        while count > 0 {
            let Some(front) = self.parts.front_mut() else {
                break;
            };
            let step = count.min(front.len());
            front.advance(step);
            count -= step;
            if front.is_empty() {
                self.parts.pop_front();
            }
        }
    }
}

/// The responses of one stream, then its status.
struct Responses {
    queue: mpsc::Receiver<Sent>,
    pieces: Option<Pieces>,
    is_over: bool,
}

impl Responses {
    fn new(queue: mpsc::Receiver<Sent>) -> Self {
        Self {
            queue,
            pieces: None,
            is_over: false,
        }
    }
}

impl http_body::Body for Responses {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            if let Some(piece) = self.pieces.as_mut().and_then(Iterator::next) {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            self.pieces = None;
            if self.is_over {
                return Poll::Ready(None);
            }
            let status = match ready!(self.queue.poll_recv(context)) {
                Some(Ok(response)) => {
                    self.pieces = Some(response.into_pieces());
                    continue;
                }
                Some(Err(status)) => status,
                None => Status::ok(""),
            };
            self.is_over = true;
            let mut trailers = HeaderMap::new();
            status.add_header(&mut trailers)?;
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::StreamBody;
    use prost::bytes::BytesMut;

    use super::*;
    use crate::xds::response::put_header;

    const LIMIT: usize = 10_000;

    fn request(names: usize) -> DeltaDiscoveryRequest {
        DeltaDiscoveryRequest {
            type_url: "type".to_owned(),
            initial_resource_versions: (0..names)
                .map(|at| (format!("name-{at}"), format!("{at:x}")))
                .collect(),
            ..DeltaDiscoveryRequest::default()
        }
    }

    fn framed(message: &[u8]) -> Vec<u8> {
        let mut out = BytesMut::new();
        put_header(message.len(), &mut out);
        [&out[..], message].concat()
    }

    /// A stream whose bytes come in pieces of that size.
    fn requests(bytes: &[u8], piece: usize) -> Requests {
        let pieces: Vec<Result<Frame<Bytes>, Status>> = bytes
            .chunks(piece)
            .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        Requests::new(Body::new(StreamBody::new(stream::iter(pieces))), LIMIT)
    }

    #[tokio::test]
    async fn requests_are_read_however_they_are_cut() {
        let all = [request(0), request(40), request(1)];
        let bytes: Vec<u8> = all.iter().flat_map(|one| framed(&one.encode_to_vec())).collect();
        for piece in (1..20).chain([100, 10_000]) {
            let mut requests = requests(&bytes, piece);
            for one in &all {
                assert_eq!(requests.next().await.unwrap().as_ref(), Some(one), "{piece}");
            }
            assert_eq!(requests.next().await.unwrap(), None);
            assert_eq!(
                (requests.length, requests.held.capacity()),
                (0, 0),
                "nothing is kept"
            );
        }
    }

    #[tokio::test]
    async fn empty_and_tiny_frames_are_not_kept_one_by_one() {
        let mut requests = requests(&[], 1);
        for byte in framed(&[0; LIMIT])[..LIMIT].iter().copied() {
            requests.hold(Bytes::new());
            requests.hold(Bytes::copy_from_slice(&[byte]));
        }
        assert_eq!(requests.length, LIMIT);
        assert!(
            requests.held.len() < LIMIT / SHORT + SHORT,
            "{}",
            requests.held.len()
        );
        assert!(requests.whole().unwrap().is_none());
    }

    #[tokio::test]
    async fn a_request_that_cannot_be_read_ends_the_stream_and_says_why() {
        let mut compressed = framed(&request(1).encode_to_vec());
        compressed[0] = 1;
        for (bytes, code) in [
            (compressed, tonic::Code::Unimplemented),
            (framed(&vec![0; LIMIT + 1]), tonic::Code::ResourceExhausted),
            (framed(&[0xff, 0xff]), tonic::Code::Internal),
        ] {
            let status = requests(&bytes, 7).next().await.unwrap_err();
            assert_eq!(status.code(), code);
        }
        // cut off in the middle: whoever sent it is gone
        let bytes = framed(&request(9).encode_to_vec());
        assert_eq!(requests(&bytes[..bytes.len() - 1], 5).next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_stream_ends_with_its_status() {
        for (last, code) in [(None, "0"), (Some(Status::deadline_exceeded("slow")), "4")] {
            let (sender, queue) = mpsc::channel(1);
            if let Some(status) = last {
                sender.send(Err(status)).await.unwrap();
            }
            drop(sender);
            let whole = Responses::new(queue).collect().await.unwrap();
            assert_eq!(whole.trailers().unwrap()["grpc-status"], code);
        }
    }
}
