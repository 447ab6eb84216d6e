//! The parts of the control plane in their order, their tasks, and the end of them all (`control-plane.md` 1.4).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mesh_sys::http::serve;
use mesh_sys::logging::Levels;
use mesh_sys::metrics::Metrics as Exposition;
use mesh_sys::readiness::{Readiness, Task};
use mesh_sys::shutdown::Shutdown;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::authn::Authenticator;
use crate::ca::root::{Root, RootError, RootSettings};
use crate::ca::serving::{Serving, ServingError, ServingSettings};
use crate::cluster::{self, ClusterError};
use crate::config::{Config, ListenAddress};
use crate::debug::{Debug, State};
use crate::fold::{self, Fold, Told};
use crate::index::event::Event;
use crate::metrics::Metrics;
use crate::remote::Remotes;
use crate::translate::settings;
use crate::watch::Watcher;
use crate::watch::mesh::{Mesh, MeshWatch};

mod grpc;
mod others;
mod writers;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long signing material may be out of reach before the process gives up.
const ROOT_PATIENCE: Duration = Duration::from_mins(20);
const ROOT_RETRY: Duration = Duration::from_secs(1);
/// Life of our own certificate.
const SERVING_LIFE: i64 = 90 * 24 * 3600;

/// Why the control plane cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// One of its listeners.
    #[error("cannot listen on port {port}")]
    Bind {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The API.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The signing material.
    #[error("cannot load the signing material")]
    Root(#[source] Box<RootError>),
    /// The own certificate.
    #[error("cannot make the serving certificate")]
    Serving(#[from] ServingError),
}

/// Ports that are ours but do not accept yet.
#[derive(Debug, Default)]
struct Sockets {
    http: Option<TcpSocket>,
    https: Option<TcpSocket>,
    grpc: Option<TcpSocket>,
    secure_grpc: Option<TcpSocket>,
    monitoring: Option<TcpSocket>,
    introspection: Option<TcpSocket>,
}

/// Where a running control plane can be reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct Addresses {
    /// Readiness.
    pub http: Option<SocketAddr>,
    /// Webhooks.
    pub https: Option<SocketAddr>,
    /// xDS without TLS.
    pub grpc: Option<SocketAddr>,
    /// xDS and certificates.
    pub secure_grpc: Option<SocketAddr>,
    /// Metrics.
    pub monitoring: Option<SocketAddr>,
    /// Introspection.
    pub introspection: Option<SocketAddr>,
}

/// Everything that runs.
#[derive(Debug)]
pub struct App {
    config: Config,
    levels: Levels,
    shutdown: Shutdown,
    sockets: Sockets,
    readiness: Readiness,
    metrics: Metrics,
}

impl App {
    /// Takes the ports; nothing is answered yet.
    pub fn bind(config: Config, levels: Levels, shutdown: Shutdown) -> Result<Self, AppError> {
        let listeners = &config.listeners;
        let sockets = Sockets {
            http: take_port(listeners.http)?,
            https: take_port(listeners.https)?,
            grpc: take_port(listeners.grpc)?,
            secure_grpc: take_port(listeners.secure_grpc)?,
            monitoring: take_port(listeners.monitoring)?,
            // nobody but a person on the machine needs it
            introspection: take_port(listeners.introspection).unwrap_or_default(),
        };
        Ok(Self {
            config,
            levels,
            shutdown,
            sockets,
            readiness: Readiness::new(),
            metrics: Metrics::default(),
        })
    }

    /// The ports taken.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        let of = |socket: &Option<TcpSocket>| socket.as_ref().and_then(|socket| socket.local_addr().ok());
        Addresses {
            http: of(&self.sockets.http),
            https: of(&self.sockets.https),
            grpc: of(&self.sockets.grpc),
            secure_grpc: of(&self.sockets.secure_grpc),
            monitoring: of(&self.sockets.monitoring),
            introspection: of(&self.sockets.introspection),
        }
    }

    /// Runs until shutdown is asked for, or it cannot start.
    pub async fn run(mut self) -> Result<(), AppError> {
        let stop = self.shutdown.token();
        let mut tasks = JoinSet::new();
        let started = tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            started = self.start(&mut tasks) => started,
        };
        if started.is_ok() {
            stop.cancelled().await;
        }
        self.shutdown.trigger();
        let ended = async { while tasks.join_next().await.is_some() {} };
        // the longest of the bounded ends: gRPC, then HTTP, then locks
        if timeout(self.config.process.shutdown * 2, ended).await.is_err() {
            warn!("some parts did not end in time");
            tasks.shutdown().await;
        }
        started
    }

    async fn start(&mut self, tasks: &mut JoinSet<()>) -> Result<(), AppError> {
        let began = Instant::now();
        let stop = self.shutdown.token();
        let synced_gate = self.readiness.register("discovery");
        let webhook_gates =
            ["config validation", "sidecar injector"].map(|name| self.readiness.register(name));
        let (inputs, waiting) = fold::queue();
        let debug = Debug::new(self.readiness.clone(), self.levels.clone(), inputs.clone());
        self.serve_http(tasks, &debug)?;

        let client = cluster::connect(&self.config.cluster).await?;
        let mesh = self.follow_mesh(tasks, client.clone()).await;
        let root = self.load_root(client.clone(), &mesh).await?;
        let outside = self.external(&client, &mesh, root.as_ref());
        let foreign = self.foreign_roots(tasks, outside.as_ref(), &mesh);
        let serving = self.serving(tasks, (&mesh, &foreign), root.as_ref())?;
        let told = self.told();
        let settings = settings(&self.config, &mesh.borrow());
        let fold = Fold::new(settings, self.config.xds.window, told.clone());
        let mut synced = fold.synced();
        tasks.spawn(fold.run(waiting, stop.clone()));
        self.watch(tasks, &client, &inputs);
        tasks.spawn(follow_settings(
            self.config.clone(),
            mesh.clone(),
            inputs.clone(),
            stop.clone(),
        ));
        let roots = self.distribute_roots(tasks, (&client, &told), root.as_ref(), (foreign, &mesh));
        let remotes = self.follow_remotes(tasks, &client, &inputs, roots);
        self.write_status(tasks, &client, &told, &inputs);
        self.allocate(tasks, &client, &told, &inputs);
        self.untaint(tasks, &client);
        self.run_waypoints(tasks, (&client, &told), &mesh);
        self.serve_webhooks(tasks, &serving)?;
        webhook_gates.iter().for_each(Task::done);
        let authn = self.authenticator(&client, &mesh, &remotes);
        debug.publish(self.shown(&told, &mesh, &authn, remotes));

        // the sender lives in the index task; if that is gone, so are we
        let _ = synced.wait_for(|synced| *synced).await;
        let parts = grpc::Parts {
            authn,
            mesh,
            told,
            synced,
            serving,
            signer: others::signer(root, outside),
        };
        self.serve_grpc(tasks, &parts)?;
        synced_gate.done();
        info!(after = ?began.elapsed(), "ready");
        Ok(())
    }

    /// Our own cluster.
    fn watch(
        &self,
        tasks: &mut JoinSet<()>,
        client: &kube::Client,
        inputs: &tokio::sync::mpsc::Sender<fold::Input>,
    ) {
        let namespace = &self.config.cluster.watch_namespace;
        let watcher = Watcher::new(client.clone(), namespace, self.metrics.clone());
        let (inputs, stop) = (inputs.clone(), self.shutdown.token());
        tasks.spawn(async move { watcher.run(inputs, stop).await });
    }

    /// What the debug endpoints show, and to whom.
    fn shown(&self, told: &Told, mesh: &Mesh, authn: &Arc<Authenticator>, remotes: Remotes) -> State {
        let process = &self.config.process;
        State {
            publisher: told.publisher.clone(),
            cluster: self.config.cluster.id.clone(),
            mesh: mesh.clone(),
            authn: authn.clone(),
            remotes,
            checks_callers: process.debug_auth,
            namespaces: process.debug_namespaces.clone(),
        }
    }

    fn told(&self) -> Told {
        Told {
            publisher: Arc::default(),
            pods: Arc::default(),
            namespaces: Arc::default(),
            statuses: Arc::default(),
            entries: Arc::default(),
            metrics: self.metrics.clone(),
        }
    }

    /// Readiness, metrics, introspection.
    fn serve_http(&mut self, tasks: &mut JoinSet<()>, debug: &Debug) -> Result<(), AppError> {
        let exposition = Exposition::new();
        exposition.register(|registry| self.metrics.register(registry));
        let stop = self.shutdown.token();
        if let Some(listener) = open_port(self.sockets.http.take())? {
            let (debug, on_http) = (debug.clone(), self.config.process.debug_on_http);
            tasks.spawn(serve(listener, stop.clone(), move |request| {
                let debug = debug.clone();
                async move { debug.answer_http(&request, on_http).await }
            }));
        }
        if let Some(listener) = open_port(self.sockets.monitoring.take())? {
            let (debug, exposition) = (debug.clone(), exposition.clone());
            tasks.spawn(serve(listener, stop.clone(), move |request| {
                let (debug, exposition) = (debug.clone(), exposition.clone());
                async move { debug.answer_monitoring(&request, &exposition).await }
            }));
        }
        if let Some(listener) = open_port(self.sockets.introspection.take())? {
            let debug = debug.clone();
            tasks.spawn(serve(listener, stop, move |request| {
                let debug = debug.clone();
                async move { debug.answer_introspection(&request) }
            }));
        }
        Ok(())
    }

    /// Follows the mesh configuration and waits until it has been read.
    async fn follow_mesh(&self, tasks: &mut JoinSet<()>, client: kube::Client) -> Mesh {
        let mesh = Arc::new(MeshWatch::new(
            client,
            &self.config.cluster,
            self.config.mesh.clone(),
        ));
        let (current, mut loaded) = (mesh.current(), mesh.loaded());
        let stop = self.shutdown.token();
        tasks.spawn(async move { mesh.run(stop).await });
        // the sender ends only with the process, and then nobody waits here
        let _ = loaded.wait_for(|loaded| *loaded).await;
        current
    }

    /// The signing material; an API server that does not answer yet is waited for.
    async fn load_root(&self, client: kube::Client, mesh: &Mesh) -> Result<Option<Arc<Root>>, AppError> {
        let ca = &self.config.ca;
        if !ca.enabled {
            return Ok(None);
        }
        let settings = RootSettings {
            dir: ca.dir.clone(),
            namespace: self.config.cluster.namespace.clone(),
            trust_domain: mesh.borrow().trust_domain.clone(),
            life: seconds(ca.root_ttl),
            check: ca.root_check,
            grace_percent: ca.root_grace,
        };
        let began = Instant::now();
        loop {
            match Root::load(client.clone(), settings.clone()).await {
                Ok(root) => return Ok(Some(Arc::new(root))),
                Err(error @ (RootError::Secret { .. } | RootError::Contended(_)))
                    if began.elapsed() < ROOT_PATIENCE =>
                {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    warn!(%error, cause, hint = error.hint(), "cannot load the signing material yet");
                    sleep(ROOT_RETRY).await;
                }
                Err(error) => {
                    if let Some(hint) = error.hint() {
                        warn!(hint, "the signing material cannot be used");
                    }
                    return Err(AppError::Root(Box::new(error)));
                }
            }
        }
    }

    /// Our own certificate, kept up to date.
    fn serving(
        &self,
        tasks: &mut JoinSet<()>,
        (mesh, foreign_roots): (&Mesh, &watch::Receiver<Arc<str>>),
        root: Option<&Arc<Root>>,
    ) -> Result<Arc<Serving>, AppError> {
        let root = root.cloned();
        let settings = self.serving_settings(tasks, mesh, foreign_roots);
        let serving = Arc::new(Serving::new(settings, root.as_deref())?);
        let (following, stop) = (serving.clone(), self.shutdown.token());
        tasks.spawn(async move { following.run(root.as_deref(), stop).await });
        Ok(serving)
    }

    fn serving_settings(
        &self,
        tasks: &mut JoinSet<()>,
        mesh: &Mesh,
        foreign_roots: &watch::Receiver<Arc<str>>,
    ) -> ServingSettings {
        let serving = &self.config.serving;
        let (named, names_now) = watch::channel(names(&self.config, &mesh.borrow().discovery_address));
        tasks.spawn(follow_names(
            self.config.clone(),
            mesh.clone(),
            named,
            self.shutdown.token(),
        ));
        ServingSettings {
            names: names_now,
            life: SERVING_LIFE,
            files: serving.files.clone(),
            ca_file: serving.ca_file.clone(),
            foreign_roots: foreign_roots.clone(),
            tls13_only: serving.tls13_only,
        }
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// DNS names of our certificate (`control-plane.md` 15.2).
fn names(config: &Config, discovery_address: &str) -> Vec<String> {
    let cluster = &config.cluster;
    let namespace = &cluster.namespace;
    let host = discovery_address
        .rsplit_once(':')
        .map_or(discovery_address, |(host, _)| host);
    let mut names = vec![host.to_owned()];
    names.extend(config.serving.custom_hosts.iter().cloned());
    names.extend(["istiod", "istiod-remote", "istio-pilot"].map(|name| format!("{name}.{namespace}.svc")));
    if !matches!(cluster.revision.as_str(), "" | "default") {
        names.push(format!("istiod-{}.{namespace}.svc", cluster.revision));
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    names
}

/// Keeps the names of our certificate those of the mesh configuration.
async fn follow_names(
    config: Config,
    mut mesh: Mesh,
    named: watch::Sender<Vec<String>>,
    stop: CancellationToken,
) {
    while changed(&mut mesh, &stop).await {
        let fresh = names(&config, &mesh.borrow_and_update().discovery_address);
        named.send_if_modified(|held| {
            let is_new = *held != fresh;
            *held = fresh;
            is_new
        });
    }
}

/// Waits for a change of the mesh configuration; false when there will be none any more.
async fn changed(mesh: &mut Mesh, stop: &CancellationToken) -> bool {
    let change = stop.run_until_cancelled(mesh.changed()).await;
    change.is_some_and(|change| change.is_ok())
}

/// Tells the index of every change of the mesh configuration.
async fn follow_settings(
    config: Config,
    mut mesh: Mesh,
    inputs: tokio::sync::mpsc::Sender<fold::Input>,
    stop: CancellationToken,
) {
    while changed(&mut mesh, &stop).await {
        let event = Event::Settings(settings(&config, &mesh.borrow_and_update()));
        // the receiver is gone only when the server stops
        let _ = inputs.send(fold::Input::Events(vec![event])).await;
    }
}

fn take_port(address: Option<ListenAddress>) -> Result<Option<TcpSocket>, AppError> {
    let Some(address) = address else { return Ok(None) };
    let mut last = None;
    for candidate in address.candidates() {
        let bound = if candidate.is_ipv6() {
            TcpSocket::new_v6()
        } else {
            TcpSocket::new_v4()
        }
        .and_then(|socket| {
            socket.set_reuseaddr(true)?;
            socket.bind(candidate)?;
            Ok(socket)
        });
        match bound {
            Ok(socket) => return Ok(Some(socket)),
            Err(source) => last = Some(source),
        }
    }
    let source = last.unwrap_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable));
    Err(AppError::Bind {
        port: address.port,
        source,
    })
}

/// Starts to accept on a port taken before.
fn open_port(socket: Option<TcpSocket>) -> Result<Option<TcpListener>, AppError> {
    let Some(socket) = socket else { return Ok(None) };
    let port = socket.local_addr().map_or(0, |address| address.port());
    socket
        .listen(BACKLOG)
        .map(Some)
        .map_err(|source| AppError::Bind { port, source })
}
