//! Tunnels that end at a pod: handshake, then each CONNECT through `route`, `authz`, the application
//! (`spec/hbone.md` §5; steps are numbered as there).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arcstr::ArcStr;
use http::{HeaderMap, Method, StatusCode};
use mesh_wire::headers::{BAGGAGE, Baggage, X_FORWARDED_NETWORK, forwarded_host};
use mesh_wire::identity::Identity;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::authz::{Connection, Note, Permit};
use crate::datapath::descriptors::Held;
use crate::datapath::error::ProxyError;
use crate::datapath::registry::{CloseReason, Original, Protocol, Registered, Shown};
use crate::datapath::splice::{self, Client, Socket};
use crate::datapath::tunnels::Place;
use crate::datapath::{Pod, proxy_protocol};
use crate::hbone::HANDSHAKE_LIMIT;
use crate::hbone::server::{self, AcceptError, Accepted, Asked};
use crate::hbone::stream::Tunnel;
use crate::route::inbound::{self, Authority, InboundPlan, addressed_service};
use crate::state::MeshState;
use crate::state::workload::{NetworkAddress, Workload};
use crate::telemetry::connection::Tracked;
use crate::telemetry::{Facts, Reporter, Side};

/// Facts of one tunnel connection.
#[derive(Debug, Clone)]
struct Peer {
    address: SocketAddr,
    identity: Identity,
    local: SocketAddr,
    revoked: CancellationToken,
}

impl Peer {
    /// Why the proxy itself ends a stream of this peer, once it does.
    async fn closed(&self, registered: &Registered) -> CloseReason {
        tokio::select! {
            biased;
            () = self.revoked.cancelled() => CloseReason::PeerRevoked,
            reason = registered.closed() => reason,
        }
    }
}

/// Serves one connection that arrived at 15008.
pub(super) async fn serve(pod: Arc<Pod>, client: TcpStream, address: SocketAddr) {
    let Ok(local) = client.local_addr() else { return };
    let local = mesh_sys::socket::canonical(local);
    let refused = |error: &dyn std::fmt::Display| {
        pod.shared
            .metrics
            .failed(address, local, Reporter::Destination, &error.to_string());
    };
    let deadline = Instant::now() + HANDSHAKE_LIMIT;
    let certificate = async {
        let workload = pod.workload().await?;
        Ok::<_, ProxyError>(pod.shared.identities.fetch(&workload.identity).await?)
    };
    let settings = pod.shared.config.tunnel;
    let place = pod.handshakes.enter(address.ip());
    // many tunnels are open for long
    let shake = Box::pin(async {
        match timeout_at(deadline, certificate).await {
            Ok(Ok(certificate)) => Ok(server::handshake(client, &certificate, settings, deadline).await),
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Err(AcceptError::Timeout)),
        }
    });
    let accepted = tokio::select! {
        biased;
        () = place.displaced() => Ok(Err(AcceptError::Quota)),
        accepted = shake => accepted,
    };
    drop(place);
    let placed = accepted.map(|accepted| accepted.and_then(|accepted| place_of(&pod, accepted)));
    let (accepted, _place) = match placed {
        Ok(Ok(placed)) => placed,
        Ok(Err(error)) => {
            if turn_away(&pod, &error) {
                refused(&error);
            }
            return;
        }
        Err(error) => return refused(&error),
    };
    let peer = Arc::new(Peer {
        address,
        identity: accepted.identity.clone(),
        local,
        revoked: accepted.revoked.clone(),
    });
    let drain = pod.drain.clone();
    let shared = pod.shared.clone();
    let ended = server::serve(accepted, drain, move |asked| {
        answer(pod.clone(), peer.clone(), Box::new(asked))
    })
    .await;
    if let Err(error) = ended {
        if !error.word().is_empty() {
            shared.metrics.rejected("hbone", error.word());
        }
        tracing::debug!(%error, "tunnel connection ended");
    }
}

/// With the place of one more tunnel of this caller, if it may have one.
fn place_of<R>(pod: &Pod, accepted: Accepted<R>) -> Result<(Accepted<R>, Place), AcceptError> {
    match pod.tunnels.enter(&accepted.identity) {
        Some(place) => Ok((accepted, place)),
        None => Err(AcceptError::Tunnels(accepted.identity)),
    }
}

/// Counts a failed handshake; says whether it is worth a line.
fn turn_away(pod: &Pod, error: &AcceptError) -> bool {
    let metrics = &pod.shared.metrics;
    metrics.rejected("hbone", error.reason());
    if error.is_revocation() {
        metrics.revoked(Reporter::Destination);
    }
    metrics.flood.admit(error.reason()).is_some()
}

fn status_of(error: &ProxyError) -> StatusCode {
    match error {
        ProxyError::Method(_) | ProxyError::Authority(_) => StatusCode::BAD_REQUEST,
        ProxyError::Inbound(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST),
        ProxyError::Rejected(_) | ProxyError::NotSynced | ProxyError::Conflict(_) => StatusCode::UNAUTHORIZED,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Serves one stream. What only the opening needs is gone afterwards: many streams are open for long.
async fn answer(pod: Arc<Pod>, peer: Arc<Peer>, asked: Box<Asked>) {
    let Some(open) = Box::pin(admit(&pod, &peer, asked)).await else {
        return;
    };
    let Open {
        tracked,
        registered,
        mut application,
        tunnel,
        _held,
    } = open;
    let counts = tracked.bytes();
    let ended = tokio::select! {
        biased;
        reason = peer.closed(&registered) => Err(ProxyError::Closed(reason)),
        ended = splice::tunnel(&mut application, tunnel, Client::Tunnel, &counts) => ended.map_err(ProxyError::from),
    };
    match ended {
        Ok(()) => tracked.complete(),
        Err(error) => tracked.fail(&error),
    }
}

/// Decides about one stream and opens its way to the application; a refusal is answered and told here.
async fn admit(pod: &Pod, peer: &Peer, asked: Box<Asked>) -> Option<Open> {
    match plan(pod, peer, &asked).await {
        Ok(route) => enter(pod, peer, *asked, route).await,
        Err(error) => {
            let text = error.to_string();
            let metrics = &pod.shared.metrics;
            metrics.failed(peer.address, peer.local, Reporter::Destination, &text);
            asked.refuse(status_of(&error)).ok(); // the peer may be gone
            None
        }
    }
}

/// A stream whose way to the application is open.
struct Open {
    tracked: Tracked,
    registered: Registered,
    application: Socket,
    tunnel: Tunnel,
    _held: Held,
}

/// Where one stream goes, and what is told of it.
struct Route {
    local: Arc<Workload>,
    plan: InboundPlan,
    facts: Facts,
}

async fn plan(pod: &Pod, peer: &Peer, asked: &Asked) -> Result<Route, ProxyError> {
    let request = &asked.request;
    if request.method != Method::CONNECT {
        return Err(ProxyError::Method(inbound::shown(request.method.as_str())));
    }
    let text = request.authority.as_str();
    let authority = Authority::parse(text).ok_or_else(|| ProxyError::Authority(inbound::shown(text)))?;
    let local = pod.workload().await?; // step 3
    pod.discover_inbound(&local, peer.address.ip(), &authority).await;
    let headers = &request.headers;
    let host = forwarded_host(headers);
    let shared = &pod.shared;
    let (plan, source, service) = shared.live.read(|mesh| {
        let plan = inbound::plan(mesh, &local, peer.local.ip(), &authority, &shared.own_ports)?;
        let source = source_side(mesh, &shared.config.names.network, peer, headers);
        let named = match &authority {
            Authority::Hostname(hostname, _) => mesh
                .find_service_by_hostname(hostname, local.namespace())
                .cloned(),
            Authority::Address(_) => None,
        };
        let service = named.or_else(|| addressed_service(mesh, &local, host, plan.target.port()));
        Ok::<_, ProxyError>((plan, source, service))
    })?;
    let facts = Facts {
        reporter: Reporter::Destination,
        source_address: peer.address,
        source,
        source_identity: Some(peer.identity.clone()),
        destination_address: peer.local,
        hbone_address: Some(text.into()),
        service,
        destination: Side::Known(local.clone()),
        destination_identity: Some(local.identity.clone()),
    };
    Ok(Route { local, plan, facts })
}

/// Steps 8 to 10.
async fn enter(pod: &Pod, peer: &Peer, asked: Asked, route: Route) -> Option<Open> {
    let original = route.facts.service.clone().map(Original::Service);
    let tracked = Tracked::open(route.facts, pod.shared.metrics.clone());
    let connection = Connection {
        source: peer.address.ip(),
        identity: Some(peer.identity.clone()),
        destination: route.plan.target,
    };
    let shown = Shown {
        source: peer.address,
        original,
        actual: route.plan.target,
        protocol: Protocol::Hbone,
    };
    let registered = pod
        .registry
        .inbound(shown, route.local.uid.clone(), connection.clone());
    let opened = tokio::select! {
        biased;
        reason = peer.closed(&registered) => Err(ProxyError::Closed(reason)),
        opened = open(pod, peer, &route.local, &route.plan, &connection) => opened,
    };
    let (application, held) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            asked.refuse(status_of(&error)).ok(); // the peer may be gone
            tracked.fail(&error);
            return None;
        }
    };
    match asked.accept(&answer_headers(pod, &route.local)) {
        Ok(tunnel) => Some(Open {
            tracked,
            registered,
            application: application.into(),
            tunnel,
            _held: held,
        }),
        Err(error) => {
            tracked.fail(&ProxyError::Http2(error));
            None
        }
    }
}

async fn open(
    pod: &Pod,
    peer: &Peer,
    local: &Workload,
    plan: &InboundPlan,
    connection: &Connection,
) -> Result<(TcpStream, Held), ProxyError> {
    let permit = decide(pod, local, connection)?;
    let held = pod.shared.descriptors.take(1).ok_or(ProxyError::Descriptors)?;
    let connect = if pod.shared.config.proxy.localhost_app_tunnel {
        plan.connect
    } else {
        plan.target
    };
    let mut application = Application {
        source: peer.address.ip(),
        connect,
    }
    .open(pod, permit)
    .await?;
    if let Some(announce) = plan.announce {
        let header = proxy_protocol::header(peer.address, announce, Some(&peer.identity));
        application
            .write_all(&header)
            .await
            .map_err(ProxyError::Application)?;
    }
    Ok((application, held))
}

/// What describes this pod in a 200.
fn answer_headers(pod: &Pod, local: &Arc<Workload>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if pod.shared.config.proxy.response_baggage
        && let Some(value) = pod.baggage(local)
    {
        headers.insert(BAGGAGE, value);
    }
    headers
}

/// Asks policy; the permit is what opening the application costs.
pub(super) fn decide(pod: &Pod, workload: &Workload, connection: &Connection) -> Result<Permit, ProxyError> {
    let verdict = pod.shared.live.decide(workload, connection);
    let verdict = verdict.ok_or(ProxyError::NotSynced)?;
    tell(pod, &verdict.notes);
    Ok(verdict.outcome?)
}

fn tell(pod: &Pod, notes: &[Note]) {
    for note in notes {
        if pod.shared.config.proxy.authz_info {
            tracing::info!(?note, "dry-run policy");
        } else {
            tracing::debug!(?note, "dry-run policy");
        }
    }
}

/// The socket to the application.
pub(super) struct Application {
    /// The client, whose address the application should see.
    pub(super) source: IpAddr,
    /// Where the application is.
    pub(super) connect: SocketAddr,
}

impl Application {
    /// Opens it; only who holds a permit can.
    pub(super) async fn open(&self, pod: &Pod, permit: Permit) -> Result<TcpStream, ProxyError> {
        let Permit { .. } = permit;
        let same_family = self.source.is_ipv4() == self.connect.is_ipv4();
        let natural = !pod.spoof_source || !same_family || self.connect.ip().is_loopback();
        let opened = if natural || self.source == self.connect.ip() || self.source.is_loopback() {
            pod.sockets.connect_application(self.connect).await
        } else {
            pod.sockets
                .connect_application_from(self.source, self.connect)
                .await
        };
        opened.map_err(ProxyError::Application)
    }
}

/// The workload at an address of the proxy's own network.
pub(super) fn find_by_address(mesh: &MeshState, network: &ArcStr, address: IpAddr) -> Option<Arc<Workload>> {
    mesh.find_workload_by_address(&NetworkAddress {
        network: network.clone(),
        address,
    })
    .cloned()
}

/// Who the client is, for telemetry only.
fn source_side(mesh: &MeshState, network: &ArcStr, peer: &Peer, headers: &HeaderMap) -> Side {
    let elsewhere = headers
        .get(X_FORWARDED_NETWORK)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|theirs| !theirs.eq_ignore_ascii_case(network));
    let known = if elsewhere {
        None
    } else {
        find_by_address(mesh, network, peer.address.ip())
    };
    known.map_or_else(
        || Side::Told(Box::new(Baggage::from_headers(headers))),
        Side::Known,
    )
}
