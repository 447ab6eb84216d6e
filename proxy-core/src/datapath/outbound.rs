//! Connections that leave a pod: plan, open a socket or a tunnel, copy (`spec/workload-api.md` §5, `hbone.md` §10).

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use arcstr::ArcStr;
use mesh_wire::headers::Baggage;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::control_plane;
use crate::datapath::Pod;
use crate::datapath::descriptors::Held;
use crate::datapath::error::ProxyError;
use crate::datapath::journey::{Inner, Journey};
use crate::datapath::registry::{CloseReason, Original, Protocol, Registered, Shown};
use crate::datapath::splice::{self, Client, Socket};
use crate::hbone::stream::Tunnel as TunnelStream;
use crate::route::{Captured, Plan, outbound};
use crate::state::workload::{NetworkAddress, Workload};
use crate::telemetry::connection::Tracked;
use crate::telemetry::{Facts, Reporter, Side};

/// How many endpoints of a service are tried for one connection.
const ENDPOINTS: usize = 3;

/// Serves one connection that was redirected to 15001.
pub(super) fn serve(pod: &Pod, client: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> {
    carry_on(Box::pin(async move {
        // without one the client is gone already
        let destination = mesh_sys::socket::original_destination(&client).ok()?;
        open(pod, client.into(), (peer, destination)).await
    }))
}

/// Carries a connection from `peer` to `destination`.
pub(super) fn carry(
    pod: &Pod,
    client: TcpStream,
    ends: (SocketAddr, SocketAddr),
) -> impl Future<Output = ()> {
    carry_on(Box::pin(open(pod, client.into(), ends)))
}

/// Carries what `opening` opens. What only the opening needs is gone then, its arguments as well: many connections are
/// open for long.
async fn carry_on(opening: Pin<Box<impl Future<Output = Option<(Socket, Open)>>>>) {
    let Some((mut client, open)) = opening.await else {
        return;
    };
    let Open {
        mut tracked,
        registered,
        way,
    } = open;
    let counts = tracked.bytes();
    let ended = match way {
        Way::Plain(server, _held) => tokio::select! {
            biased;
            reason = registered.closed() => Err(reason.into()),
            ended = splice::sockets(&client, &server, &counts) => ended.map_err(ProxyError::from),
        },
        Way::Tunnel { stream, revoked } => tokio::select! {
            biased;
            reason = registered.closed() => Err(reason.into()),
            () = revoked.cancelled() => Err(CloseReason::PeerRevoked.into()),
            ended = splice::tunnel(&mut client, stream, Client::Socket, &counts) => ended.map_err(ProxyError::from),
        },
        Way::Twice { inner, revoked, told } => {
            tracked.learn(|facts| facts.destination = Side::Told(told));
            tokio::select! {
                biased;
                reason = registered.closed() => Err(reason.into()),
                () = revoked.cancelled() => Err(CloseReason::PeerRevoked.into()),
                ended = Box::pin(inner.carry(&mut client, &counts)) => ended,
            }
        }
    };
    match ended {
        Ok(()) => tracked.complete(),
        Err(error) => fail(&client, tracked, &error),
    }
}

/// The application learns of a failure at once, not by an orderly end.
fn fail(client: &Socket, tracked: Tracked, error: &ProxyError) {
    mesh_sys::socket::reset_on_close(client).ok();
    tracked.fail(error);
}

/// Opens the way to the destination, or to another endpoint of the same service where one is dead.
async fn open(
    pod: &Pod,
    client: Socket,
    (peer, destination): (SocketAddr, SocketAddr),
) -> Option<(Socket, Open)> {
    let mut request = Request {
        pod,
        peer,
        destination,
        unreachable: Vec::new(),
    };
    let mut planned = match request.plan().await {
        Ok(planned) => planned,
        Err(error) => {
            let text = error.to_string();
            let metrics = &pod.shared.metrics;
            metrics.failed(peer, destination, Reporter::Source, &text);
            return None;
        }
    };
    loop {
        match request.attempt(&client, planned).await {
            Ok(open) => return Some((client, open)),
            Err(next) => planned = next?,
        }
    }
}

type Planned = (Arc<Workload>, Plan);

/// One captured connection, and the endpoints that turned out to be dead.
struct Request<'a> {
    pod: &'a Pod,
    peer: SocketAddr,
    destination: SocketAddr,
    unreachable: Vec<ArcStr>,
}

/// A connection whose way is open.
struct Open {
    tracked: Tracked,
    registered: Registered,
    way: Way,
}

/// How its bytes go.
pub(super) enum Way {
    /// As they are; the descriptor is held until the end.
    Plain(Socket, Held),
    /// Through a tunnel.
    Tunnel {
        stream: TunnelStream,
        revoked: CancellationToken,
    },
    /// Through a tunnel of its own inside an open one.
    Twice {
        inner: Box<Inner>,
        revoked: CancellationToken,
        told: Box<Baggage>,
    },
}

impl Request<'_> {
    /// Opens the way of this plan, or gives the plan for another endpoint when it cannot be reached; nothing when
    /// there is none.
    async fn attempt(&mut self, client: &Socket, (source, plan): Planned) -> Result<Open, Option<Planned>> {
        let (facts, protocol) = facts(&source, self.peer, self.destination, &plan);
        let shown = Shown {
            source: self.peer,
            original: Some(Original::Address(self.destination)),
            actual: facts.destination_address,
            protocol,
        };
        let tracked = Tracked::open(facts, self.pod.shared.metrics.clone());
        let registered = self.pod.registry.outbound(shown);
        let opened = tokio::select! {
            biased;
            reason = registered.closed() => Err(ProxyError::Closed(reason)),
            opened = self.way(&source, &plan) => opened,
        };
        match opened {
            Ok(way) => Ok(Open {
                tracked,
                registered,
                way,
            }),
            Err(error) => {
                let next = self.another(&plan, &error).await;
                if next.is_some() {
                    tracked.fail(&error);
                } else {
                    fail(client, tracked, &error);
                }
                Err(next)
            }
        }
    }

    async fn way(&self, source: &Arc<Workload>, plan: &Plan) -> Result<Way, ProxyError> {
        let target = match plan {
            Plan::Hbone(tunnel) => {
                let journey = Journey {
                    pod: self.pod,
                    source,
                    peer: self.peer,
                    tunnel,
                };
                return journey.open().await;
            }
            Plan::Tcp { target, .. } => *target,
            Plan::Passthrough | Plan::Resolve { .. } => self.destination,
        };
        let held = self
            .pod
            .shared
            .descriptors
            .take(1)
            .ok_or(ProxyError::Descriptors)?;
        let server = self.pod.sockets.connect(target).await.map_err(ProxyError::Io)?;
        Ok(Way::Plain(server.into(), held))
    }

    /// The plan without the endpoint that failed, if it was one of several.
    async fn another(&mut self, plan: &Plan, error: &ProxyError) -> Option<Planned> {
        let failed = match plan {
            Plan::Tcp { upstream, .. } => upstream,
            Plan::Hbone(tunnel) => &tunnel.upstream,
            Plan::Passthrough | Plan::Resolve { .. } => return None,
        };
        if !error.is_unreachable() || failed.service.is_none() || self.unreachable.len() + 1 >= ENDPOINTS {
            return None;
        }
        self.unreachable.push(failed.workload.uid.clone());
        self.plan().await.ok()
    }

    /// Plans until no name is left to look up.
    async fn plan(&self) -> Result<Planned, ProxyError> {
        let pod = self.pod;
        let source = pod.workload().await?;
        check_source(pod, &source, self.peer)?;
        pod.discover_outbound(&source, self.destination).await?;
        let seed = rand::random();
        let mut resolved: Vec<(ArcStr, std::net::IpAddr)> = Vec::new();
        loop {
            let captured = Captured {
                source: &source,
                client: self.peer.ip(),
                destination: self.destination,
                network: &pod.shared.config.names.network,
                seed,
                resolved: &resolved,
                unreachable: &self.unreachable,
            };
            let plan = pod
                .shared
                .live
                .read(|mesh| outbound::plan(mesh, &captured, &pod.shared.own_ports))?;
            match plan {
                Plan::Resolve {
                    uid,
                    hostname,
                    prefer_v4,
                } => {
                    let address = lookup(&uid, &hostname, prefer_v4).await?;
                    resolved.push((uid, address));
                }
                plan => return Ok((source, plan)),
            }
        }
    }
}

/// The identity is chosen by the namespace; an address that the mesh gives to somebody else is a lie
/// (`security.md` I2).
fn check_source(pod: &Pod, source: &Workload, peer: SocketAddr) -> Result<(), ProxyError> {
    let address = NetworkAddress {
        network: source.network.clone(),
        address: peer.ip(),
    };
    let is_other = pod.shared.live.read(|mesh| {
        mesh.find_workload_by_address(&address)
            .is_some_and(|owner| owner.uid != source.uid)
    });
    if is_other && !source.owns(peer.ip()) {
        pod.shared.metrics.rejected("outbound", "source_mismatch");
        return Err(ProxyError::SourceMismatch(peer.ip()));
    }
    Ok(())
}

async fn lookup(uid: &str, hostname: &str, prefer_v4: bool) -> Result<std::net::IpAddr, ProxyError> {
    let found = control_plane::resolve(hostname, 0).await;
    let found = found
        .map_err(|_| ProxyError::Resolve(format!("no ip addresses were resolved for workload: {uid}")))?;
    let (same, other): (Vec<SocketAddr>, Vec<SocketAddr>) = found
        .into_iter()
        .partition(|address| address.is_ipv4() == prefer_v4);
    let usable = if same.is_empty() { other } else { same };
    let none = || {
        let text = "but valid dns response had no A/AAAA records";
        ProxyError::Resolve(format!("ip addresses were resolved for workload {uid}, {text}"))
    };
    if usable.is_empty() {
        return Err(none());
    }
    usable
        .get(rand::random_range(0..usable.len()))
        .map(SocketAddr::ip)
        .ok_or_else(none)
}

fn facts(
    source: &Arc<Workload>,
    peer: SocketAddr,
    destination: SocketAddr,
    plan: &Plan,
) -> (Facts, Protocol) {
    let blank = Facts {
        reporter: Reporter::Source,
        source_address: peer,
        source: Side::Known(source.clone()),
        source_identity: None,
        destination_address: destination,
        hbone_address: None,
        service: None,
        destination: Side::Unknown,
        destination_identity: None,
    };
    match plan {
        Plan::Passthrough | Plan::Resolve { .. } => (blank, Protocol::Tcp),
        Plan::Tcp { target, upstream } => {
            let facts = Facts {
                destination_address: *target,
                service: upstream.service.clone(),
                destination: Side::Known(upstream.workload.clone()),
                ..blank
            };
            (facts, Protocol::Tcp)
        }
        Plan::Hbone(tunnel) => {
            let facts = Facts {
                source_identity: Some(source.identity.clone()),
                destination_address: tunnel.via,
                hbone_address: Some(tunnel.authority.clone()),
                service: tunnel.addressed.clone(),
                destination: Side::Known(tunnel.upstream.workload.clone()),
                destination_identity: Some(tunnel.upstream.workload.identity.clone()),
                ..blank
            };
            (
                facts,
                if tunnel.inner.is_some() {
                    Protocol::DoubleHbone
                } else {
                    Protocol::Hbone
                },
            )
        }
    }
}
