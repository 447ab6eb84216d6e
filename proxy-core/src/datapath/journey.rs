//! The tunnels of one connection that leaves a pod: a stream on a pooled one, and another tunnel inside it where the
//! destination is in another network (`spec/hbone.md` §9, §10).

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use mesh_wire::headers::{
    BAGGAGE, Baggage, FORWARDED, Forwarded, TRACEPARENT, X_FORWARDED_NETWORK, traceparent,
};
use mesh_wire::identity::Identity;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::datapath::Pod;
use crate::datapath::error::ProxyError;
use crate::datapath::outbound::Way;
use crate::datapath::registry::CloseReason;
use crate::datapath::splice::{self, Client, Socket};
use crate::hbone::ANSWER_LIMIT;
use crate::hbone::client::{self, Opened};
use crate::hbone::driver::Transport;
use crate::hbone::pool::{Checkout, Key};
use crate::hbone::stream::{Tunnel as TunnelStream, TunnelPipe};
use crate::route::Tunnel;
use crate::state::workload::Workload;
use crate::telemetry::connection::Bytes;
use crate::tls::revocation::Peer;

/// Attempts on pooled connections that turn out to be closing.
const ATTEMPTS: usize = 3;

/// One connection through one or two tunnels.
pub(super) struct Journey<'a> {
    /// Where it begins.
    pub(super) pod: &'a Pod,
    /// As the mesh knows that.
    pub(super) source: &'a Arc<Workload>,
    /// The client.
    pub(super) peer: SocketAddr,
    /// The way.
    pub(super) tunnel: &'a Tunnel,
}

/// A stream through a tunnel inside another one, which ends with it.
pub(super) struct Inner {
    stream: TunnelStream,
    peer: Peer,
    /// Moves the inner tunnel's frames, as long as it is there.
    driver: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Inner {
    /// Carries the connection to its end.
    pub(super) async fn carry(self, client: &mut Socket, counts: &Arc<Bytes>) -> Result<(), ProxyError> {
        let Self {
            stream,
            mut peer,
            mut driver,
        } = self;
        let mut work = pin!(splice::tunnel(client, stream, Client::Socket, counts));
        let moving = async {
            match &mut driver {
                Some(driver) => driver.await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            biased;
            () = peer.revoked() => return Err(CloseReason::PeerRevoked.into()),
            ended = &mut work => ended,
            // the work learns of the end on its own stream
            () = moving => return Ok(work.await?),
        };
        if let Some(driver) = driver {
            // what is still on its way leaves before the connection does
            timeout(ANSWER_LIMIT, driver).await.ok();
        }
        Ok(ended?)
    }
}

impl Journey<'_> {
    /// Opens the tunnel, or both.
    pub(super) async fn open(&self) -> Result<Way, ProxyError> {
        let (outer, revoked) = self.outer().await?;
        match &self.tunnel.inner {
            None => Ok(Way::Tunnel {
                stream: outer,
                revoked,
            }),
            Some(expected) => {
                let (inner, told) = self.inner(outer, expected.clone()).await?;
                Ok(Way::Twice {
                    inner: Box::new(inner),
                    revoked,
                    told: Box::new(told),
                })
            }
        }
    }

    /// A stream through a tunnel of its own inside the open one, and what its answer says of the destination.
    async fn inner(
        &self,
        outer: TunnelStream,
        expected: Vec<Identity>,
    ) -> Result<(Inner, Baggage), ProxyError> {
        let own = self.pod.shared.identities.fetch(&self.source.identity).await?;
        let pipe = TunnelPipe::new(outer);
        let settings = self.pod.shared.config.tunnel;
        let Opened {
            requests,
            driver,
            peer,
            ..
        } = client::open(pipe, self.tunnel.via.ip(), &own, expected, settings).await?;
        let moving = async move {
            let _ = driver.run().await; // its streams say why it ended
        };
        let mut driver: Option<Pin<Box<dyn Future<Output = ()> + Send>>> = Some(Box::pin(moving));
        let mut connecting = pin!(client::connect(
            &requests,
            &self.tunnel.authority,
            self.headers(true)
        ));
        let accepted = loop {
            match &mut driver {
                Some(moving) => tokio::select! {
                    biased;
                    accepted = &mut connecting => break accepted,
                    () = moving => driver = None,
                },
                None => break connecting.await,
            }
        }?;
        // `requests` goes: the inner connection ends with its one stream
        let told = Baggage::from_headers(&accepted.headers);
        let inner = Inner {
            stream: accepted.tunnel,
            peer,
            driver,
        };
        Ok((inner, told))
    }

    /// The stream to the next hop, on a pooled connection, and what tells that its peer is revoked.
    async fn outer(&self) -> Result<(TunnelStream, CancellationToken), ProxyError> {
        let key = Key {
            source: self.source.identity.clone(),
            expected: self.tunnel.expected.clone(),
            via: self.tunnel.via,
            client: self.peer.ip(),
        };
        let mut attempt = 1;
        loop {
            let checkout = self.pod.pool.checkout(&key, async || self.connect().await);
            let Checkout { requests, place, .. } = checkout.await.map_err(ProxyError::Shared)?;
            match client::connect(&requests, &self.tunnel.authority, self.headers(false)).await {
                Ok(accepted) => {
                    let revoked = place.revoked();
                    return Ok((accepted.with_lease(Box::new(place)).tunnel, revoked));
                }
                // a server that is leaving says so also to who has only just come
                Err(error) if error.is_stale() && attempt < ATTEMPTS => {
                    tracing::debug!(%error, via = %self.tunnel.via, "tunnel was stale");
                    place.retire();
                    attempt += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn connect(&self) -> Result<Opened<<TcpStream as Transport>::Reader>, ProxyError> {
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
        put(BAGGAGE, self.pod.baggage(self.source));
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
