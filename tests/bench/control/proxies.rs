//! Many proxies over TLS that hold everything already, and note when they hear of a change.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use mesh_wire::xds::DeltaDiscoveryRequest;
use mesh_wire::xds::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;

use super::client::{ADDRESS, AUTHORIZATION, channel, node, with_token};
use super::plane::SYSTEM;
use super::{Fallible, Versions};

/// Streams that are opened at once: each claims everything.
const AT_ONCE: usize = 4;

/// What one proxy heard: when, and of what.
type Heard = Arc<Mutex<Vec<(Instant, Vec<String>)>>>;

/// Connected proxies.
pub(super) struct Proxies {
    heard: Vec<Heard>,
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
        let opened: Vec<Fallible<(Heard, Streaming)>> = stream::iter(0..count)
            .map(|_| open(address, (bundle, token), versions))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut streams = JoinSet::new();
        let mut heard = Vec::with_capacity(count);
        for one in opened {
            let (noted, streaming) = one?;
            heard.push(noted.clone());
            streams.spawn(follow(streaming, noted));
        }
        println!("connected {count} proxies in {:.0?}", began.elapsed());
        Ok(Self {
            heard,
            _streams: streams,
        })
    }

    /// Forgets what was heard so far.
    pub(super) fn forget(&self) {
        for one in &self.heard {
            one.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Waits until every proxy has heard of something; how long that took each.
    pub(super) async fn heard(&self, since: Instant, patience: Duration) -> Fallible<Vec<Duration>> {
        let all = self.all(patience, |_| true).await?;
        let took = |at: Instant| at.saturating_duration_since(since);
        Ok(all.into_iter().map(took).collect())
    }

    /// Waits until every proxy has heard of this resource; when the last one did.
    pub(super) async fn heard_of(&self, name: &str, patience: Duration) -> Fallible<Instant> {
        let is_told = |names: &[String]| names.iter().any(|one| one == name);
        let all = self.all(patience, is_told).await?;
        all.into_iter().max().ok_or_else(|| "no proxies".into())
    }

    /// Waits until every proxy has heard something that is wanted; when each first did.
    async fn all(&self, patience: Duration, is_wanted: impl Fn(&[String]) -> bool) -> Fallible<Vec<Instant>> {
        let began = Instant::now();
        loop {
            let noted = self.heard.iter().filter_map(|one| {
                let noted = one.lock().unwrap_or_else(PoisonError::into_inner);
                let found = noted.iter().find(|(_, names)| is_wanted(names));
                found.map(|(at, _)| *at)
            });
            let all: Vec<Instant> = noted.collect();
            if all.len() == self.heard.len() {
                return Ok(all);
            }
            if began.elapsed() > patience {
                return Err(format!("{} of {} proxies heard of it", all.len(), self.heard.len()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An open stream, and what keeps it open.
struct Streaming {
    requests: mpsc::Sender<DeltaDiscoveryRequest>,
    responses: tonic::Streaming<mesh_wire::xds::DeltaDiscoveryResponse>,
}

async fn open(
    address: SocketAddr,
    (bundle, token): (&str, &str),
    versions: &Versions,
) -> Fallible<(Heard, Streaming)> {
    let mut client = AggregatedDiscoveryServiceClient::new(channel(address, bundle).await)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    let (requests, outgoing) = mpsc::channel(4);
    for kind in [ADDRESS, AUTHORIZATION] {
        requests
            .send(DeltaDiscoveryRequest {
                node: Some(node(SYSTEM)),
                type_url: kind.to_owned(),
                initial_resource_versions: versions.get(kind).cloned().unwrap_or_default(),
                ..DeltaDiscoveryRequest::default()
            })
            .await?;
    }
    let request = with_token(ReceiverStream::new(outgoing), token);
    let responses = client.delta_aggregated_resources(request).await?.into_inner();
    Ok((Heard::default(), Streaming { requests, responses }))
}

/// Acknowledges everything, and notes its names.
async fn follow(mut streaming: Streaming, heard: Heard) {
    while let Ok(Some(response)) = streaming.responses.message().await {
        let at = Instant::now();
        let names: Vec<String> = response.resources.into_iter().map(|one| one.name).collect();
        if !names.is_empty() {
            heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, names));
        }
        let acknowledged = DeltaDiscoveryRequest {
            type_url: response.type_url,
            response_nonce: response.nonce,
            ..DeltaDiscoveryRequest::default()
        };
        if streaming.requests.send(acknowledged).await.is_err() {
            return;
        }
    }
}
