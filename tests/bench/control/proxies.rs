//! Many proxies over TLS that hold everything already, and note when they hear of a change: when it is in their socket.
//!
//! They share the machine with what is measured, so they do no more than they must: what they claim is encoded once for all
//! of them, and of a response they read the nonce and, where one is waited for, the names.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Buf, BufMut, Bytes};
use futures::stream::{self, StreamExt};
use http::uri::PathAndQuery;
use mesh_wire::xds::DeltaDiscoveryRequest;
use prost::Message;
use prost::encoding::{WireType, decode_key, decode_varint};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Status, Streaming};

use super::arrival::Stamped;
use super::client::{ADDRESS, AUTHORIZATION, channel_over, connector, node, with_token};
use super::plane::SYSTEM;
use super::{Fallible, Versions};

/// Streams that are opened at once: each claims everything.
const AT_ONCE: usize = 4;
/// Fields of a response, and the name in a resource of it.
const RESOURCES: u32 = 2;
const TYPE_URL: u32 = 4;
const NONCE: u32 = 5;
const NAME: u32 = 3;

/// What proxies listen for.
struct Wanted {
    /// The name of a resource; empty for any response.
    name: RwLock<String>,
    /// Counts what was listened for, so that a late answer to an earlier one counts for nothing.
    round: AtomicU64,
    /// One moment by two clocks.
    began: (Instant, SystemTime),
}

impl Wanted {
    /// The moment of so many nanoseconds since the epoch.
    fn at(&self, nanos: u64) -> Instant {
        let since = SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
        self.began.0 + since.duration_since(self.began.1).unwrap_or_default()
    }
}

/// When what is wanted came to one proxy: round, and nanoseconds since the epoch. Zero is never.
#[derive(Default)]
struct Heard {
    round: AtomicU64,
    at: AtomicU64,
}

/// Connected proxies.
pub(super) struct Proxies {
    wanted: Arc<Wanted>,
    heard: Vec<Arc<Heard>>,
    _streams: JoinSet<()>,
}

impl Proxies {
    /// Connects them, each with a connection of its own.
    pub(super) async fn connect(
        address: SocketAddr,
        (bundle, token): (&str, &str),
        versions: &Versions,
        count: usize,
    ) -> Fallible<Self> {
        let began = Instant::now();
        let claims: Vec<Bytes> = [ADDRESS, AUTHORIZATION].map(|kind| claim(kind, versions)).into();
        let opened: Vec<Fallible<Stream>> = stream::iter(0..count)
            .map(|_| open(address, (bundle, token), &claims))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let wanted = Arc::new(Wanted {
            name: RwLock::default(),
            round: AtomicU64::new(1),
            began: (began, SystemTime::now() - began.elapsed()),
        });
        let mut streams = JoinSet::new();
        let mut heard = Vec::with_capacity(count);
        for one in opened {
            let (one, noted) = (one?, Arc::new(Heard::default()));
            heard.push(noted.clone());
            streams.spawn(follow(one, wanted.clone(), noted));
        }
        println!("connected {count} proxies in {:.0?}", began.elapsed());
        Ok(Self {
            wanted,
            heard,
            _streams: streams,
        })
    }

    /// Listens for a resource from now on; an empty name is any response.
    pub(super) fn listen(&self, name: &str) {
        name.clone_into(&mut self.wanted.name.write().unwrap_or_else(PoisonError::into_inner));
        self.wanted.round.fetch_add(1, Ordering::Release);
    }

    /// Waits until every proxy has heard of what is listened for; how long after `since` each did.
    pub(super) async fn heard(&self, since: Instant, patience: Duration) -> Fallible<Vec<Duration>> {
        let (asked, round) = (Instant::now(), self.wanted.round.load(Ordering::Acquire));
        loop {
            let done = self
                .heard
                .iter()
                .filter(|one| one.round.load(Ordering::Acquire) == round);
            let all: Vec<Duration> = done
                .map(|one| self.wanted.at(one.at.load(Ordering::Acquire)))
                .map(|at| at.saturating_duration_since(since))
                .collect();
            if all.len() == self.heard.len() {
                return Ok(all);
            }
            if asked.elapsed() > patience {
                return Err(format!("{} of {} proxies heard of it", all.len(), self.heard.len()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An open stream, and what keeps it open.
struct Stream {
    requests: mpsc::Sender<Bytes>,
    responses: Streaming<Bytes>,
    /// When what was read last came.
    arrived: Arc<AtomicU64>,
}

/// The first request of a type by a proxy that holds everything.
fn claim(kind: &str, versions: &Versions) -> Bytes {
    let request = DeltaDiscoveryRequest {
        node: Some(node(SYSTEM)),
        type_url: kind.to_owned(),
        initial_resource_versions: versions.get(kind).cloned().unwrap_or_default(),
        ..DeltaDiscoveryRequest::default()
    };
    request.encode_to_vec().into()
}

async fn open(address: SocketAddr, (bundle, token): (&str, &str), claims: &[Bytes]) -> Fallible<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let stream = Stamped::new(stream)?;
    let arrived = stream.last();
    // a stream that ends is not opened again
    let stream = Arc::new(Mutex::new(Some(stream)));
    let dial = move || {
        let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        async { stream.ok_or_else(|| io::ErrorKind::NotConnected.into()) }
    };
    let mut client = tonic::client::Grpc::new(channel_over(connector(bundle), dial).await?);
    let (requests, outgoing) = mpsc::channel(4);
    for claim in claims {
        requests.send(claim.clone()).await?;
    }
    client.ready().await?;
    let path = PathAndQuery::from_static(
        "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
    );
    let request = with_token(ReceiverStream::new(outgoing), token);
    let responses = client.streaming(request, path, RawCodec).await?.into_inner();
    Ok(Stream {
        requests,
        responses,
        arrived,
    })
}

/// Acknowledges everything, and notes when what is wanted was among it.
async fn follow(mut stream: Stream, wanted: Arc<Wanted>, heard: Arc<Heard>) {
    while let Ok(Some(response)) = stream.responses.message().await {
        let round = wanted.round.load(Ordering::Acquire);
        if heard.round.load(Ordering::Relaxed) != round {
            let name = wanted.name.read().unwrap_or_else(PoisonError::into_inner);
            if name.is_empty() || names(&response, &name) {
                let at = stream.arrived.load(Ordering::Acquire);
                heard.at.store(at, Ordering::Release);
                heard.round.store(round, Ordering::Release);
            }
        }
        let text = |tag| {
            find(&response, tag)
                .map(String::from_utf8_lossy)
                .unwrap_or_default()
        };
        let acknowledged = DeltaDiscoveryRequest {
            type_url: text(TYPE_URL).into_owned(),
            response_nonce: text(NONCE).into_owned(),
            ..DeltaDiscoveryRequest::default()
        };
        if stream
            .requests
            .send(acknowledged.encode_to_vec().into())
            .await
            .is_err()
        {
            return;
        }
    }
}

/// Whether a response brings the resource of that name.
fn names(response: &[u8], name: &str) -> bool {
    let resources = fields(response).filter(|(tag, _)| *tag == RESOURCES);
    let mut named = resources.filter_map(|(_, resource)| find(resource, NAME));
    named.any(|one| one == name.as_bytes())
}

fn find(message: &[u8], wanted: u32) -> Option<&[u8]> {
    fields(message).find_map(|(tag, content)| (tag == wanted).then_some(content))
}

/// The fields of a message that are made of bytes; it ends at one that is not.
fn fields(mut message: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, WireType::LengthDelimited) = decode_key(&mut message).ok()? else {
            return None;
        };
        let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
        let (content, rest) = message.split_at_checked(length)?;
        message = rest;
        Some((tag, content))
    })
}

/// Messages as their bytes.
#[derive(Clone, Copy)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}
