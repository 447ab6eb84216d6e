//! The listeners of one pod: accept, take care of each connection, drain (`spec/hbone.md` §1, §12).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mesh_sys::patience::Patience;
use mesh_wire::well_known::port;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::ProxySettings;
use crate::datapath::descriptors::Held;
use crate::datapath::sockets::Sockets;
use crate::datapath::{Pod, inbound, outbound, passthrough, socks5};
use crate::telemetry::Reporter;

/// After a forced end, connections get this long to tell their end.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Why a pod cannot be served. Its debug form is part of what the node agent is told.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener.
    #[error("cannot listen on {0}")]
    Bind(SocketAddr, #[source] io::Error),
    /// The descriptor is no pod's network namespace (`security.md` N3).
    #[error("not_pod_netns: {0}")]
    NotPodNetns(String),
    /// The mesh knows the pod under another account (`security.md` I10).
    #[error("{0}")]
    WorkloadConflict(String),
    /// Source addresses must be preserved and cannot.
    #[error("listeners cannot be made transparent, and `ENABLE_ORIG_SRC=true` requires it")]
    NotTransparent,
}

/// The listeners.
#[derive(Debug)]
pub struct Listeners {
    hbone: TcpListener,
    plaintext: TcpListener,
    outbound: TcpListener,
    socks5: Option<TcpListener>,
    /// Whether the kernel lets us use foreign addresses.
    pub transparent: bool,
}

impl Listeners {
    /// Opens them all or none.
    pub async fn open(sockets: &Sockets, settings: &ProxySettings) -> Result<Self, StartError> {
        let ipv6 = settings.ipv6;
        let (hbone, transparent) = listen(sockets, port::HBONE, ipv6).await?;
        let (plaintext, _) = listen(sockets, port::INBOUND_PLAINTEXT, ipv6).await?;
        let (outbound, _) = listen(sockets, port::OUTBOUND, ipv6).await?;
        let socks5 = if settings.socks5 {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::SOCKS5));
            let listener = sockets.listen(address).await;
            Some(listener.map_err(|error| StartError::Bind(address, error))?.0)
        } else {
            None
        };
        Ok(Self {
            hbone,
            plaintext,
            outbound,
            socks5,
            transparent,
        })
    }
}

#[cfg(test)]
impl Listeners {
    /// On ports of their own, which nothing redirects to.
    pub(crate) async fn on_loopback(sockets: &Sockets) -> Self {
        let listen = async || sockets.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap().0;
        Self {
            hbone: listen().await,
            plaintext: listen().await,
            outbound: listen().await,
            socks5: None,
            transparent: false,
        }
    }

    /// Where tunnels arrive.
    pub(crate) fn hbone(&self) -> SocketAddr {
        self.hbone.local_addr().unwrap()
    }
}

/// Dual stack, or IPv4 alone where the kernel has no IPv6.
async fn listen(sockets: &Sockets, port: u16, ipv6: bool) -> Result<(TcpListener, bool), StartError> {
    let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    if ipv6 {
        match sockets.listen(v6).await {
            Err(error) if error.raw_os_error() == Some(EAFNOSUPPORT) => {}
            other => return other.map_err(|error| StartError::Bind(v6, error)),
        }
    }
    sockets
        .listen(v4)
        .await
        .map_err(|error| StartError::Bind(v4, error))
}

const EAFNOSUPPORT: i32 = 97;

/// Serves a pod until `pod.drain`; then lets open connections go on until `force`.
pub async fn run(pod: Arc<Pod>, listeners: Listeners, force: CancellationToken) {
    let captured = |serve: Serve| (pod.clone(), force.clone(), serve);
    let enforcing = CancellationToken::new();
    let socks5 = async {
        if let Some(listener) = listeners.socks5 {
            Box::pin(accept(listener, captured(Serve::Socks5))).await;
        }
    };
    let accepting = async {
        tokio::join!(
            socks5,
            accept(listeners.hbone, captured(Serve::Hbone)),
            accept(listeners.plaintext, captured(Serve::Plaintext)),
            accept(listeners.outbound, captured(Serve::Outbound)),
        );
        enforcing.cancel();
    };
    tokio::join!(
        accepting,
        pod.registry
            .enforce(&pod.info, &pod.shared.live, enforcing.clone())
    );
}

#[derive(Debug, Clone, Copy)]
enum Serve {
    Hbone,
    Plaintext,
    Outbound,
    Socks5,
}

impl Serve {
    fn reporter(self) -> Reporter {
        match self {
            Self::Outbound | Self::Socks5 => Reporter::Source,
            Self::Hbone | Self::Plaintext => Reporter::Destination,
        }
    }

    /// Sockets that one connection surely needs. Streams of a tunnel count their application's, plain
    /// ways out their server's; a way out through a tunnel shares that one's.
    fn descriptors(self) -> usize {
        match self {
            Self::Hbone | Self::Outbound | Self::Socks5 => 1,
            Self::Plaintext => 2,
        }
    }

    /// How long a connection may take from its first packet to its third: after that, nobody who has begun
    /// to connect is left on a listener that takes no new ones. Applications in the pod are on this machine.
    fn half_open(self) -> Duration {
        match self {
            Self::Hbone | Self::Plaintext => Duration::from_millis(100),
            Self::Outbound | Self::Socks5 => Duration::from_millis(10),
        }
    }

    async fn connection(self, pod: Arc<Pod>, (stream, peer, _held): Accepted) {
        let peer = mesh_sys::socket::canonical(peer);
        let _open = pod.shared.metrics.sockets(self.reporter());
        match self {
            Self::Hbone => Box::pin(inbound::serve(pod, stream, peer)).await,
            Self::Plaintext => Box::pin(passthrough::serve(&pod, stream, peer)).await,
            Self::Outbound => Box::pin(outbound::serve(&pod, stream, peer)).await,
            Self::Socks5 => Box::pin(socks5::serve(&pod, stream, peer)).await,
        }
    }
}

type Accepted = (TcpStream, SocketAddr, Held);

/// The next connection, unless there are no descriptors left for it.
async fn next(listener: &TcpListener, pod: &Pod, serve: Serve) -> io::Result<Accepted> {
    let none_left = || io::Error::other("no descriptors left for connections");
    let (descriptors, count) = (&pod.shared.descriptors, serve.descriptors());
    if !descriptors.has(count) {
        return Err(none_left());
    }
    let (stream, peer) = listener.accept().await?;
    let held = descriptors.take(count).ok_or_else(none_left)?;
    Ok((stream, peer, held))
}

async fn accept(listener: TcpListener, (pod, force, serve): (Arc<Pod>, CancellationToken, Serve)) {
    let mut connections = JoinSet::new();
    take((&listener, serve), &pod, &mut connections, pod.drain.cancelled()).await;
    // pods that nobody leaves need no room for it
    Box::pin(leave(listener, (pod, force, serve), connections)).await;
}

/// Refuses new connections before it waits for the old ones.
async fn leave(
    listener: TcpListener,
    (pod, force, serve): (Arc<Pod>, CancellationToken, Serve),
    mut connections: JoinSet<()>,
) {
    if mesh_sys::socket::take_no_new(&listener).is_ok() {
        let grace = force.run_until_cancelled(sleep(serve.half_open()));
        take((&listener, serve), &pod, &mut connections, grace).await;
    }
    for accepted in queued(listener, &pod, serve) {
        connections.spawn(serve.connection(pod.clone(), accepted));
    }
    finish(connections, force).await;
}

/// Accepts until `end`.
async fn take<T>(
    (listener, serve): (&TcpListener, Serve),
    pod: &Arc<Pod>,
    connections: &mut JoinSet<()>,
    end: impl Future<Output = T>,
) {
    let mut end = std::pin::pin!(end);
    let mut patience = Patience::default();
    loop {
        tokio::select! {
            biased;
            _ = &mut end => return,
            Some(_) = connections.join_next() => {}
            accepted = next(listener, pod, serve) => match accepted {
                Ok(accepted) => {
                    patience = Patience::default();
                    connections.spawn(serve.connection(pod.clone(), accepted));
                }
                // whatever accept says, the listener goes on (security.md §9)
                Err(error) => {
                    if let Some(skipped) = pod.shared.metrics.flood.admit_at_most("accept", 1) {
                        tracing::warn!(%error, ?serve, skipped, "cannot accept");
                    }
                    patience.wait().await;
                }
            },
        }
    }
}

/// What the kernel has accepted already for a listener that ends: it would be reset, though another proxy
/// that listens on the same port takes all that come later (`spec/inpod-zds.md` B).
fn queued(listener: TcpListener, pod: &Pod, serve: Serve) -> Vec<Accepted> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let next = || {
        let held = pod.shared.descriptors.take(serve.descriptors())?;
        let (stream, peer) = listener.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, peer, held))
    };
    std::iter::from_fn(next).collect()
}

async fn finish(mut connections: JoinSet<()>, force: CancellationToken) {
    let rest = async |connections: &mut JoinSet<()>| while connections.join_next().await.is_some() {};
    tokio::select! {
        biased;
        () = force.cancelled() => {}
        () = rest(&mut connections) => return,
    }
    let _ = timeout(LAST_WORDS, rest(&mut connections)).await;
    connections.shutdown().await;
}
