//! A node in one process: pods served on loopback, by real sockets and real TLS, without rules or namespaces.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, StatusCode};
use mesh_wire::identity::Identity;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::datapath::capture::{self, Listeners};
use crate::datapath::descriptors::Descriptors;
use crate::datapath::sockets::Sockets;
use crate::datapath::{Pod, PodInfo, Shared};
use crate::hbone::client::{self, OpenError, Requests};
use crate::hbone::stream::TunnelPipe;
use crate::identity::Signer;
use crate::identity::store::IdentityStore;
use crate::live::Live;
use crate::state::MeshState;
use crate::telemetry::metrics::Metrics;
use crate::testing::{ca, identity};

pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What all pods share; the mesh counts as known unless a test says otherwise.
pub(crate) fn shared(mesh: MeshState) -> Arc<Shared> {
    let settings = [
        ("PROXY_MODE", "dedicated"),
        ("PROXY_WORKLOAD_INFO", "shop/web/web"),
        ("IPV6_ENABLED", "false"),
    ];
    let settings: BTreeMap<String, String> = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let config = Config::load(&settings).unwrap();
    let signer = Signer::Fake(Box::new(ca()));
    let live = Live::new(mesh);
    live.mark_synced();
    Arc::new(Shared {
        own_ports: config.own_ports(),
        live: Arc::new(live),
        identities: Arc::new(IdentityStore::new(signer, CancellationToken::new())),
        metrics: Arc::new(Metrics::unregistered()),
        descriptors: Arc::new(Descriptors::new(0, 1 << 20)),
        config,
    })
}

/// What the agent says of the pod `NAME` of namespace `shop`, whose account has its name.
pub(crate) fn told(name: &str) -> PodInfo {
    PodInfo {
        uid: format!("uid-{name}").into(),
        name: name.to_owned(),
        namespace: "shop".to_owned(),
        service_account: name.to_owned(),
    }
}

/// A pod whose listeners are open.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) pod: Arc<Pod>,
    /// Its 15008.
    pub(crate) hbone: SocketAddr,
    pub(crate) drain: CancellationToken,
    pub(crate) force: CancellationToken,
    tasks: JoinSet<()>,
}

/// Serves a pod on ports of its own.
pub(crate) async fn serve(shared: &Arc<Shared>, info: PodInfo) -> Served {
    let sockets = Sockets::here(&shared.config.proxy);
    let (drain, force) = (CancellationToken::new(), CancellationToken::new());
    let mut pod = Pod::new(shared.clone(), info, sockets, drain.clone());
    pod.spoof_source = false;
    let pod = Arc::new(pod);
    let listeners = Listeners::on_loopback(&pod.sockets).await;
    let hbone = listeners.hbone();
    let mut tasks = JoinSet::new();
    tasks.spawn(capture::run(pod.clone(), listeners, force.clone()));
    Served {
        pod,
        hbone,
        drain,
        force,
        tasks,
    }
}

impl Served {
    /// Ends it as a removed pod ends, and waits.
    pub(crate) async fn end(mut self) {
        self.drain.cancel();
        self.force.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// A caller with one tunnel.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) requests: Requests,
    _driver: JoinSet<()>,
}

/// Opens a tunnel as `who` to whoever listens at `to` and must be `expected`.
pub(crate) async fn call(
    shared: &Arc<Shared>,
    who: &str,
    (to, expected): (SocketAddr, Vec<Identity>),
) -> Result<Caller, OpenError> {
    let own = shared.identities.fetch(&identity("shop", who)).await.unwrap();
    let stream = TcpStream::connect(to).await.map_err(OpenError::Io)?;
    let mut opened = client::open(stream, HERE, &own, expected, shared.config.tunnel).await?;
    opened.driver.ready().await.map_err(OpenError::Http2)?;
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        opened.driver.run().await.ok(); // its streams tell how it ended
    });
    Ok(Caller {
        requests: opened.requests,
        _driver: driver,
    })
}

impl Caller {
    /// Asks for an application, and gives the stream or the refusal.
    pub(crate) async fn connect(&self, target: SocketAddr) -> Result<TunnelPipe, StatusCode> {
        match client::connect(&self.requests, &target.to_string(), HeaderMap::new()).await {
            Ok(accepted) => Ok(TunnelPipe::new(accepted.tunnel)),
            Err(OpenError::Status(status)) => Err(status),
            Err(error) => panic!("{error}"),
        }
    }
}

/// An application that sends back what it gets, and counts who came.
#[derive(Debug)]
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    pub(crate) accepted: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Echo {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                clients.spawn(async move {
                    let (mut read, mut write) = client.split();
                    tokio::io::copy(&mut read, &mut write).await.ok(); // a reset ends it
                });
            }
        });
        Self {
            address,
            accepted,
            _task: task,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// Sends `text` and reads as much.
pub(crate) async fn exchange(pipe: &mut TunnelPipe, text: &[u8]) -> std::io::Result<Vec<u8>> {
    pipe.write_all(text).await?;
    let mut back = vec![0; text.len()];
    pipe.read_exact(&mut back).await?;
    Ok(back)
}
