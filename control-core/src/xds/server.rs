//! `AggregatedDiscoveryService`: one task per stream around the pure machine (`xds.md` 4 and 11).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use arcstr::ArcStr;
use mesh_wire::identity::Identity;
use mesh_wire::xds::{DeltaDiscoveryRequest, Node};
use prost_types::value::Kind;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};
use tracing::{debug, info, warn};

use super::publish::{About, Due, Publisher, Registration};
use super::response::Response;
use super::stream::{Outcome, Stream, Type};
use super::transport::{Requests, Sent};
use crate::authn::Authenticator;
use crate::ca::limit::Limit;
use crate::listen::Peer;
use crate::metrics::{Call, Metrics, Sending, label};

/// How long a stream may wait for its turn.
const TURN: Duration = Duration::from_secs(1);
/// How long the first request may take.
const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How long the initial Address answer waits for the Authorization request (`xds.md` 11).
const TOGETHER: Duration = Duration::from_millis(100);
/// A reader slower than this is disconnected (`security.md` X8).
const SLOW_READER: Duration = Duration::from_secs(30);
/// Responses that may wait for one reader.
const QUEUE: usize = 2;

/// How streams are admitted and how long they live.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// Off only for debugging: identities must own the node ids they use.
    pub checks_identity: bool,
    /// Node proxies are refused when the ambient feature is off.
    pub serves_ztunnel: bool,
    /// Streams end after about this long, so that tokens are checked again; `None` is never.
    pub max_age: Option<Duration>,
}

/// The discovery service.
#[derive(Debug)]
pub struct Discovery {
    /// What is published.
    pub publisher: Arc<Publisher>,
    /// Who is calling.
    pub authn: Arc<Authenticator>,
    /// New streams a second.
    pub limit: Limit<()>,
    /// Whether the first state is published.
    pub synced: watch::Receiver<bool>,
    /// Admission and age.
    pub settings: StreamSettings,
    /// What is counted.
    pub metrics: Metrics,
    /// The stream tasks; the application waits for them.
    pub tasks: TaskTracker,
    /// Ends all streams.
    pub stop: CancellationToken,
}

impl Discovery {
    /// Opens a stream for whom it may be opened; its task answers what comes.
    pub(super) async fn open(&self, mut opening: Opening) -> Result<mpsc::Receiver<Sent>, Status> {
        match self.admit(opening.peer.take(), &opening.metadata).await {
            Ok(identity) => Ok(self.start(opening, identity)),
            Err(status) => {
                opening.call.ends(status.code());
                Err(status)
            }
        }
    }

    async fn admit(&self, peer: Option<Peer>, metadata: &MetadataMap) -> Result<Identity, Status> {
        if !*self.synced.borrow() {
            return Err(Status::unknown(
                "server is not ready to serve discovery information",
            ));
        }
        let turn = self.limit.take(&(), Instant::now(), TURN);
        sleep(turn.ok_or_else(|| Status::resource_exhausted("too many new streams"))?).await;
        let certificate = peer.and_then(|peer| peer.identity);
        let caller = self
            .authn
            .authenticate(metadata, certificate)
            .await
            .map_err(|error| {
                info!(%error, source = ?std::error::Error::source(&error), "refusing a stream");
                Status::unauthenticated("authentication failure")
            })?;
        Ok(caller.identity)
    }

    fn start(&self, opening: Opening, identity: Identity) -> mpsc::Receiver<Sent> {
        let (responses, queue) = mpsc::channel(QUEUE);
        let session = Session {
            requests: opening.requests,
            responses,
            identity,
            publisher: self.publisher.clone(),
            settings: self.settings.clone(),
            metrics: self.metrics.clone(),
            sending: BTreeMap::new(),
            call: opening.call,
        };
        self.tasks.spawn(session.run(self.stop.clone()));
        queue
    }
}

/// A stream that somebody wants to open.
pub(super) struct Opening {
    pub(super) peer: Option<Peer>,
    pub(super) metadata: MetadataMap,
    pub(super) requests: Requests,
    pub(super) call: Call,
}

/// One stream's task.
struct Session {
    requests: Requests,
    responses: mpsc::Sender<Sent>,
    identity: Identity,
    publisher: Arc<Publisher>,
    settings: StreamSettings,
    metrics: Metrics,
    /// Counters of the types that were sent so far.
    sending: BTreeMap<Type, Sending>,
    call: Call,
}

/// Why a session ends.
enum End {
    /// Cleanly: the client is gone, the server stops, or the stream is old.
    Clean,
    /// With this status.
    Failed(Status),
}

impl Session {
    async fn run(mut self, stop: CancellationToken) {
        let end = tokio::select! {
            biased;
            () = stop.cancelled() => End::Clean,
            end = self.serve() => end,
        };
        if let End::Failed(status) = end {
            if status.code() == Code::Internal {
                self.metrics.xds.internal_errors.inc();
            }
            self.call.ends(status.code());
            debug!(code = ?status.code(), message = status.message(), "a stream failed");
            // a reader that is gone needs no status
            let _ = timeout(TURN, self.responses.send(Err(status))).await;
        }
    }

    async fn serve(&mut self) -> End {
        let first = match timeout(FIRST_REQUEST, self.requests.next()).await {
            Ok(Ok(Some(first))) => first,
            Ok(Ok(None)) => return End::Clean,
            Ok(Err(status)) => return End::Failed(status),
            Err(_) => return End::Failed(Status::deadline_exceeded("no first request")),
        };
        let node = match Admitted::judge(first.node.as_ref(), &self.identity, &self.settings) {
            Ok(node) => node,
            Err(status) => return End::Failed(status),
        };
        let gauge = self
            .metrics
            .xds
            .clients
            .get_or_create_owned(&label("version", &node.about.version));
        gauge.inc();
        info!(id = %node.about.id, identity = %self.identity, "a client connected");
        let end = self.follow(first, &node).await;
        info!(id = %node.about.id, "a client left");
        gauge.dec();
        end
    }

    async fn follow(&mut self, first: DeltaDiscoveryRequest, node: &Admitted) -> End {
        let registration = self.publisher.register();
        *registration
            .client
            .about
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = node.about.clone();
        let mut stream = Stream::new(node.node.clone(), rand::random());
        let old = self
            .settings
            .max_age
            .map(|age| Instant::now() + age.mul_f64(rand::random_range(0.5..1.5)));
        if let Err(end) = self.admit(first, &mut stream, &registration).await {
            return end;
        }
        loop {
            // Requests before changes; both waits are cancel-safe.
            let step = tokio::select! {
                biased;
                () = sleep_until(old.unwrap_or_else(Instant::now)), if old.is_some() => return End::Clean,
                request = self.requests.next() => match request {
                    Ok(Some(request)) => self.admit(request, &mut stream, &registration).await,
                    Ok(None) => return End::Clean,
                    Err(status) => return End::Failed(status),
                },
                due = registration.client.changed() => self.push(due, &mut stream, &registration).await,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Tells what changed.
    async fn push(&mut self, due: Due, stream: &mut Stream, registration: &Registration) -> Result<(), End> {
        self.metrics.xds.queued.observe(due.since.elapsed());
        let responses = self.publisher.read(|store| stream.on_changes(&due.dirty, store));
        self.send_all(responses, stream, registration).await?;
        self.metrics.xds.convergence.observe(due.since.elapsed());
        Ok(())
    }

    /// Answers a request; an initial Address request waits a moment for the Authorization one, so that
    /// policies go out first.
    async fn admit(
        &mut self,
        request: DeltaDiscoveryRequest,
        stream: &mut Stream,
        registration: &Registration,
    ) -> Result<(), End> {
        let is_first_address = Type::of(&request.type_url) == Some(Type::Address)
            && !stream.is_subscribed(Type::Address)
            && !stream.is_subscribed(Type::Authorization);
        let next = if is_first_address {
            timeout(TOGETHER, self.requests.next()).await
        } else {
            Ok(Ok(None))
        };
        let (one, two) = match next {
            Ok(Err(status)) => return Err(End::Failed(status)),
            Ok(Ok(Some(next))) if Type::of(&next.type_url) == Some(Type::Authorization) => {
                (next, Some(request))
            }
            Ok(Ok(next)) => (request, next),
            Err(_) => (request, None),
        };
        self.answer(one, stream, registration).await?;
        match two {
            Some(two) => self.answer(two, stream, registration).await,
            None => Ok(()),
        }
    }

    async fn answer(
        &mut self,
        request: DeltaDiscoveryRequest,
        stream: &mut Stream,
        registration: &Registration,
    ) -> Result<(), End> {
        let kind = Type::of(&request.type_url);
        let short = kind.map_or("unknown", Type::short);
        let counted = || label("type", short);
        match self.publisher.read(|store| stream.on_request(request, store)) {
            Outcome::Reply(response) => self.send_all(vec![response], stream, registration).await?,
            Outcome::Acknowledged => {}
            Outcome::Refused(message) => {
                self.metrics.xds.rejects.get_or_create_owned(&counted()).inc();
                warn!(kind = short, %message, "a client refused a response");
            }
            Outcome::Stale => {
                self.metrics.xds.expired.get_or_create_owned(&counted()).inc();
            }
            Outcome::UnknownType => debug!("ignoring a request for a type that is not served"),
        }
        registration.note(stream, kind);
        Ok(())
    }

    async fn send_all(
        &mut self,
        responses: Vec<Response>,
        stream: &Stream,
        registration: &Registration,
    ) -> Result<(), End> {
        for response in responses {
            let (kind, began) = (response.kind, Instant::now());
            let metrics = &self.metrics;
            let counted = self
                .sending
                .entry(kind)
                .or_insert_with(|| metrics.xds.sending(kind.short()));
            counted.begins(response.encoded_len());
            match timeout(SLOW_READER, self.responses.send(Ok(response))).await {
                Ok(Ok(())) => counted.ended(began.elapsed()),
                Ok(Err(_)) => return Err(End::Clean),
                Err(_) => {
                    self.metrics.xds.write_timeouts.inc();
                    return Err(End::Failed(Status::deadline_exceeded(
                        "the client reads too slowly",
                    )));
                }
            }
            registration.note(stream, Some(kind));
        }
        Ok(())
    }
}

/// A node id that its identity may use (`xds.md` 3 and 4).
#[derive(Debug)]
struct Admitted {
    about: About,
    node: ArcStr,
}

impl Admitted {
    fn judge(node: Option<&Node>, identity: &Identity, settings: &StreamSettings) -> Result<Self, Status> {
        let node = node
            .filter(|node| !node.id.is_empty())
            .ok_or_else(|| Status::invalid_argument("missing node information"))?;
        let parts: Vec<&str> = node.id.split('~').collect();
        let [kind, ip, ..] = parts[..] else {
            return Err(Status::invalid_argument("malformed node id"));
        };
        if parts.len() != 4
            || !matches!(
                kind,
                "ztunnel" | "waypoint" | "router" | "sidecar" | "agentgateway"
            )
        {
            return Err(Status::invalid_argument("malformed node id"));
        }
        if kind == "ztunnel" && !settings.serves_ztunnel {
            return Err(Status::invalid_argument(
                "the ambient feature is off (PILOT_ENABLE_AMBIENT)",
            ));
        }
        let ips = text(node, "INSTANCE_IPS").unwrap_or(ip);
        if !ips
            .split(',')
            .chain([ip])
            .any(|ip| ip.trim().parse::<std::net::IpAddr>().is_ok())
        {
            return Err(Status::invalid_argument(
                "no valid address in node id or metadata",
            ));
        }
        let owns = |key: &str, own: &str| text(node, key).is_none_or(|claimed| claimed == own);
        let is_own = text(node, "NAMESPACE") == Some(identity.namespace())
            && owns("SERVICE_ACCOUNT", identity.service_account());
        if settings.checks_identity && !is_own {
            return Err(Status::permission_denied(
                "the identity does not own this node id",
            ));
        }
        let version = text(node, "ISTIO_VERSION").unwrap_or("unknown");
        let cluster = text(node, "CLUSTER_ID").unwrap_or_default();
        Ok(Self {
            about: About {
                id: node.id.chars().take(512).collect(),
                version: version.chars().take(64).collect(),
                cluster: cluster.chars().take(64).collect(),
            },
            node: text(node, "NODE_NAME").unwrap_or_default().into(),
        })
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    match node.metadata.as_ref()?.fields.get(key)?.kind.as_ref()? {
        Kind::StringValue(text) => Some(text),
        _ => None,
    }
}
