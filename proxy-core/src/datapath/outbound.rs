//! Connections that leave a pod: plan, open a socket or a tunnel, copy (`spec/workload-api.md` §5, `hbone.md` §10).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use arcstr::ArcStr;
use http::{HeaderMap, HeaderValue};
use mesh_wire::headers::{
    BAGGAGE, Baggage, FORWARDED, Forwarded, TRACEPARENT, X_FORWARDED_NETWORK, traceparent,
};
use mesh_wire::identity::Identity;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::control_plane;
use crate::datapath::Pod;
use crate::datapath::error::ProxyError;
use crate::datapath::inbound::baggage_of;
use crate::datapath::registry::{CloseReason, Protocol, Shown};
use crate::datapath::splice::{self, Client, Socket};
use crate::hbone::ANSWER_LIMIT;
use crate::hbone::client::{self, Accepted, Opened};
use crate::hbone::driver::Transport;
use crate::hbone::pool::{Checkout, Key};
use crate::hbone::stream::TunnelPipe;
use crate::route::{Captured, Plan, Tunnel, outbound};
use crate::state::workload::{NetworkAddress, Workload};
use crate::telemetry::connection::{Bytes, Tracked};
use crate::telemetry::{Facts, Reporter, Side};

/// Attempts on pooled connections that turn out to be closing.
const ATTEMPTS: usize = 3;

/// How many endpoints of a service are tried for one connection.
const ENDPOINTS: usize = 3;

/// Serves one connection that was redirected to 15001.
pub(super) async fn serve(pod: &Pod, client: TcpStream, peer: SocketAddr) {
    let Ok(destination) = mesh_sys::socket::original_destination(&client) else {
        return; // the client is gone already
    };
    carry(pod, client, (peer, destination)).await;
}

/// Carries a connection from `peer` to `destination`.
pub(super) async fn carry(pod: &Pod, client: TcpStream, (peer, destination): (SocketAddr, SocketAddr)) {
    let mut client = Socket::from(client);
    let mut request = Request {
        pod,
        peer,
        destination,
        unreachable: Vec::new(),
    };
    let mut planned = match Box::pin(request.plan()).await {
        Ok(planned) => planned,
        Err(error) => {
            return pod
                .shared
                .metrics
                .failed(peer, destination, Reporter::Source, &error.to_string());
        }
    };
    while let Some(next) = Box::pin(request.attempt(&mut client, planned)).await {
        planned = next;
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

impl Request<'_> {
    /// Carries the connection to its end, or gives the plan for another endpoint when this one cannot be
    /// reached: no byte of the application has been sent by then.
    async fn attempt(&mut self, client: &mut Socket, (source, plan): Planned) -> Option<Planned> {
        let (facts, protocol) = facts(&source, self.peer, self.destination, &plan);
        let shown = Shown {
            source: self.peer,
            original: Some(self.destination.to_string()),
            actual: facts.destination_address,
            protocol,
        };
        let mut tracked = Tracked::open(facts, self.pod.shared.metrics.clone());
        let registered = self.pod.registry.outbound(shown);
        let ended = tokio::select! {
            biased;
            reason = registered.closed() => Err(ProxyError::Closed(reason)),
            ended = self.carry(client, &mut tracked, (&source, &plan)) => ended,
        };
        let Err(error) = ended else {
            tracked.complete();
            return None;
        };
        let next = self.another(&plan, &error).await;
        if next.is_none() {
            // the application learns of a failure at once, not by an orderly end
            mesh_sys::socket::reset_on_close(client).ok();
        }
        tracked.fail(&error);
        next
    }

    async fn carry(
        &self,
        client: &mut Socket,
        tracked: &mut Tracked,
        (source, plan): (&Arc<Workload>, &Plan),
    ) -> Result<(), ProxyError> {
        let counts = tracked.bytes();
        match plan {
            Plan::Hbone(tunnel) => {
                let journey = Journey {
                    pod: self.pod,
                    source,
                    peer: self.peer,
                    tunnel,
                };
                Box::pin(journey.carry(client, tracked, &counts)).await
            }
            Plan::Tcp { target, .. } => plain(self.pod, client, *target, &counts).await,
            Plan::Passthrough | Plan::Resolve { .. } => {
                plain(self.pod, client, self.destination, &counts).await
            }
        }
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
        Box::pin(self.plan()).await.ok()
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

async fn plain(
    pod: &Pod,
    client: &mut Socket,
    target: SocketAddr,
    counts: &Arc<Bytes>,
) -> Result<(), ProxyError> {
    let _held = pod.shared.descriptors.take(1).ok_or(ProxyError::Descriptors)?;
    let server = pod.sockets.connect(target).await.map_err(ProxyError::Io)?;
    let mut server = Socket::from(server);
    splice::sockets(client, &mut server, counts).await?;
    Ok(())
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

/// One connection through one or two tunnels.
struct Journey<'a> {
    pod: &'a Pod,
    source: &'a Arc<Workload>,
    peer: SocketAddr,
    tunnel: &'a Tunnel,
}

impl Journey<'_> {
    async fn carry(
        &self,
        client: &mut Socket,
        tracked: &mut Tracked,
        counts: &Arc<Bytes>,
    ) -> Result<(), ProxyError> {
        // what only the opening needs is gone afterwards: many connections are open for long
        let (outer, revoked) = Box::pin(self.outer()).await?;
        let through = self.through(outer, client, (tracked, counts));
        tokio::select! {
            biased;
            () = revoked.cancelled() => Err(CloseReason::PeerRevoked.into()),
            ended = through => ended,
        }
    }

    /// Carries the connection through an open tunnel.
    async fn through(
        &self,
        outer: Accepted,
        client: &mut Socket,
        (tracked, counts): (&mut Tracked, &Arc<Bytes>),
    ) -> Result<(), ProxyError> {
        if let Some(inner) = &self.tunnel.inner {
            return Box::pin(self.twice(outer, inner.clone(), client, (tracked, counts))).await;
        }
        splice::tunnel(client, outer.tunnel, Client::Socket, counts).await?;
        Ok(())
    }

    /// Carries the connection through a tunnel of its own inside the open one.
    async fn twice(
        &self,
        outer: Accepted,
        inner: Vec<Identity>,
        client: &mut Socket,
        (tracked, counts): (&mut Tracked, &Arc<Bytes>),
    ) -> Result<(), ProxyError> {
        let own = self.pod.shared.identities.fetch(&self.source.identity).await?;
        let pipe = TunnelPipe::new(outer.tunnel);
        let settings = self.pod.shared.config.tunnel;
        let Opened {
            requests,
            driver,
            mut peer,
            ..
        } = client::open(pipe, self.tunnel.via.ip(), &own, inner, settings).await?;
        let work = async {
            let accepted = client::connect(&requests, &self.tunnel.authority, self.headers(true)).await?;
            drop(requests); // the inner connection ends with its one stream
            let told = Baggage::from_headers(&accepted.headers);
            tracked.learn(|facts| facts.destination = Side::Told(Box::new(told)));
            splice::tunnel(client, accepted.tunnel, Client::Socket, counts).await?;
            Ok(())
        };
        tokio::pin!(work);
        let mut driver = Box::pin(driver.run());
        tokio::select! {
            biased;
            () = peer.revoked() => Err(CloseReason::PeerRevoked.into()),
            ended = &mut work => {
                // what is still on its way leaves before the connection does
                timeout(ANSWER_LIMIT, driver).await.ok();
                ended
            }
            // the work learns of the end on its own stream
            _ = &mut driver => work.await,
        }
    }

    /// The stream to the next hop, on a pooled connection, and what tells that its peer is revoked.
    async fn outer(&self) -> Result<(Accepted, CancellationToken), ProxyError> {
        let key = Key {
            source: self.source.identity.clone(),
            expected: self.tunnel.expected.clone(),
            via: self.tunnel.via,
            client: self.peer.ip(),
        };
        let mut attempt = 1;
        loop {
            let checkout = self.pod.pool.checkout(&key, async || self.open().await);
            let Checkout {
                requests,
                place,
                is_reused,
            } = checkout.await.map_err(ProxyError::Shared)?;
            match client::connect(&requests, &self.tunnel.authority, self.headers(false)).await {
                Ok(accepted) => {
                    let revoked = place.revoked();
                    return Ok((accepted.with_lease(Box::new(place)), revoked));
                }
                // a server that is leaving says so also to who has only just come
                Err(error) if (is_reused && error.is_stale() || error.is_unseen()) && attempt < ATTEMPTS => {
                    tracing::debug!(%error, via = %self.tunnel.via, "pooled tunnel was stale");
                    place.retire();
                    attempt += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn open(&self) -> Result<Opened<<TcpStream as Transport>::Reader>, ProxyError> {
        let own = self.pod.shared.identities.fetch(&self.source.identity).await?;
        let via = self.tunnel.via;
        let stream = self
            .pod
            .sockets
            .connect(via)
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => ProxyError::MaybeNetworkPolicy(error),
                _ => ProxyError::Io(error),
            })?;
        let settings = self.pod.shared.config.tunnel;
        Ok(client::open(stream, via.ip(), &own, self.tunnel.expected.clone(), settings).await?)
    }

    fn headers(&self, is_inner: bool) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(4);
        let host = self
            .tunnel
            .addressed
            .as_ref()
            .map(|service| service.key.hostname.to_string());
        let forwarded = Forwarded {
            client: self.peer,
            host,
        };
        let mut put = |name, value: Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        };
        put(BAGGAGE, baggage_of(self.source).to_header());
        put(FORWARDED, forwarded.to_header());
        put(
            TRACEPARENT,
            HeaderValue::from_str(&traceparent(rand::random(), rand::random())).ok(),
        );
        if is_inner {
            put(
                X_FORWARDED_NETWORK,
                HeaderValue::from_str(&self.source.network).ok(),
            );
        }
        headers
    }
}
