//! Lists the agent's components and their order; owns their tasks and the stop token (cni-agent.md 5 and 9).

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kube::Client;
use mesh_sys::http::serve;
use mesh_sys::metrics::Metrics as Registry;
use mesh_sys::netns::{NetNamespace, NetnsError};
use mesh_sys::program::chain;
use mesh_wire::well_known::path;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::capture::account::Signals;
use crate::capture::fault::Fault;
use crate::capture::{Keeper, Tools};
use crate::cni::event::{self, EventServer, SocketError};
use crate::cni::install::{InstallError, Installer};
use crate::cni::{files, journal};
use crate::config::{Backend, Config};
use crate::health::{self, Ready};
use crate::host::{self, Host};
use crate::inside::{InsideError, inside};
use crate::lifecycle::{Owner, farewell};
use crate::metrics::Metrics;
use crate::pods::Store;
use crate::pods::annotate::Annotator;
use crate::pods::herald::herald;
use crate::pods::netns::Finder;
use crate::pods::watch::Watch;
use crate::queue::Queue;
use crate::redirect::programs::Flavour;
use crate::redirect::writer::Writer;
use crate::zds::{self, ListenError, Zds};

const HOST_TRIES: u32 = 10;
const HOST_PAUSE: Duration = Duration::from_secs(2);
/// One failing pod delays the first readiness no longer (decision 16).
const FIRST_LOOK: Duration = Duration::from_secs(10);
/// Releasing pods at the end takes no longer: five seconds less than the grace period of the chart.
const RELEASE: Duration = Duration::from_secs(25);

/// Why the agent ended.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A port.
    #[error("cannot listen on port {port}")]
    Port {
        /// Which port.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A socket of the plugin.
    #[error("cannot answer the plugin")]
    Socket(#[source] SocketError),
    /// The socket of the proxy.
    #[error("cannot serve the node proxy")]
    Zds(#[source] ListenError),
    /// The node's network namespace.
    #[error("cannot open the node's network namespace")]
    HostNamespace(#[source] NetnsError),
    /// The node's rules.
    #[error("cannot write the rules of the node")]
    HostRules(#[source] InsideError),
    /// The iptables programs, which somebody asked for.
    #[error("cannot use the iptables programs")]
    Iptables(#[source] InsideError),
    /// The plugin's installation.
    #[error("cannot install the plugin")]
    Install(#[source] InstallError),
}

impl AppError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::HostNamespace(error) => error.hint(),
            Self::HostRules(error) | Self::Iptables(error) => error.hint(),
            Self::Install(error) => error.hint(),
            Self::Port { .. } | Self::Socket(_) | Self::Zds(_) => None,
        }
    }
}

/// The agent.
pub struct App {
    config: Arc<Config>,
    client: Client,
    metrics: Metrics,
    registry: Registry,
    ready: Ready,
    known: Arc<OnceLock<Keeper>>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    fault: Fault,
}

impl App {
    /// An agent that does not run yet.
    #[must_use]
    pub fn new(config: Config, client: Client, stop: CancellationToken) -> Self {
        let (metrics, registry) = (Metrics::default(), Registry::new());
        registry.register(|registry| metrics.register(registry));
        let ready = Ready::new(config.ambient.enabled);
        Self {
            config: Arc::new(config),
            client,
            metrics,
            registry,
            ready,
            known: Arc::default(),
            stop,
            tasks: JoinSet::new(),
            fault: Fault::default(),
        }
    }

    /// Cuts captures off where `fault` says.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Runs until `stop`, then leaves the node as it should be left.
    pub async fn run(mut self) -> Result<(), AppError> {
        let run = self.config.paths.run.clone();
        self.spawn_log_relay(&run.join(path::PLUGIN_LOG_SOCKET))?;
        let owner = Owner::new(self.client.clone(), self.config.identity.clone());
        let (watching, stop) = (owner.clone(), self.stop.clone());
        self.tasks.spawn(async move { watching.watch(stop).await });
        // the kubelet hears "not ready" from the first moment on (cni-agent.md 5)
        self.serve_health().await?;
        let keeper = if self.config.ambient.enabled {
            let keeper = self.start_agent().await?;
            self.serve_report(&keeper).await?;
            Some(keeper)
        } else {
            None
        };
        let installer = Installer::new(
            self.config.clone(),
            self.client.clone(),
            self.metrics.clone(),
            self.ready.installed.clone(),
        );
        let keeping = installer.clone();
        let outcome = tokio::select! {
            biased;
            outcome = keeping.run(self.stop.clone()) => outcome,
            () = self.stop.cancelled() => Ok(()),
        };
        self.stop.cancel();
        self.end(&owner, keeper.as_ref(), &installer).await;
        outcome.map_err(AppError::Install)
    }

    fn spawn_log_relay(&mut self, socket: &Path) -> Result<(), AppError> {
        let listener = event::listen(socket).map_err(AppError::Socket)?;
        self.tasks.spawn(event::relay(listener, self.stop.clone()));
        Ok(())
    }

    /// Rules of the node, both sockets, the state of the cluster; then pods.
    async fn start_agent(&mut self) -> Result<Keeper, AppError> {
        let host = self.prepare_host().await?;
        let writer = self.writer(&host).await?;
        let proxies = zds::listen(&self.config.paths.zds).map_err(AppError::Zds)?;
        let plugin =
            event::listen(&self.config.paths.run.join(path::PLUGIN_SOCKET)).map_err(AppError::Socket)?;
        let ambient = &self.config.ambient;
        let finder = Finder {
            proc: self.config.paths.proc.clone(),
            mounts: self.config.paths.host.join("var/run/netns"),
            host: host.id(),
            own: NetNamespace::current().map_err(AppError::HostNamespace)?.id(),
        };
        let (herald, errands) = herald();
        self.tasks.spawn(errands.run(self.client.clone()));
        let keeper = Keeper::new(Tools {
            store: Store::new(ambient.rules.clone()),
            zds: Zds::new(self.metrics.clone()),
            host,
            finder,
            annotator: Annotator::new(self.client.clone(), self.config.identity.node.clone(), herald),
            metrics: self.metrics.clone(),
            queue: Queue::default(),
            settings: Arc::new(ambient.clone()),
            writer,
            fault: self.fault.clone(),
        });
        self.watch(&keeper);
        let events = EventServer {
            keeper: keeper.clone(),
            paths: self.config.paths.clone(),
            metrics: self.metrics.clone(),
        };
        self.tasks.spawn(events.run(plugin, self.stop.clone()));
        let (starting, agent, stop) = (keeper.clone(), self.ready.agent.clone(), self.stop.clone());
        self.tasks
            .spawn(async move { begin(starting, proxies, agent, stop).await });
        Ok(keeper)
    }

    /// Over netlink unless somebody wants the iptables programs.
    async fn writer(&self, host: &Host) -> Result<Writer, AppError> {
        let ambient = &self.config.ambient;
        let lock = ambient.lock;
        let flavour = match (ambient.backend, ambient.iptables.as_deref()) {
            (Backend::Auto | Backend::Native, _) => return Ok(Writer::Netlink),
            (Backend::Iptables, Some("legacy")) => Flavour::Legacy(lock),
            (Backend::Iptables, Some(_)) => Flavour::Nft,
            (Backend::Iptables, None) => {
                let detected = inside(host.namespace(), move || Flavour::detect(lock)).await;
                detected.map_err(AppError::Iptables)?
            }
        };
        tracing::info!(?flavour, "rules of pods are written by the iptables programs");
        Ok(Writer::Programs(flavour))
    }

    async fn prepare_host(&self) -> Result<Host, AppError> {
        let (ambient, proc) = (&self.config.ambient, &self.config.paths.proc);
        let namespace = host::namespace(proc, ambient.host_namespace).map_err(AppError::HostNamespace)?;
        let host = Host::new(
            namespace,
            &ambient.probes,
            ambient.families,
            (host::kubelet_user(proc), ambient.branches),
        );
        let mut tries = 1;
        loop {
            match host.apply().await {
                Ok(applied) => {
                    tracing::info!(?applied, namespace = %host.id(), "rules of the node");
                    return Ok(host);
                }
                Err(error) if tries >= HOST_TRIES || self.stop.is_cancelled() => {
                    return Err(AppError::HostRules(error));
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), hint = error.hint(), "cannot write the rules of the node yet");
                    tries += 1;
                    sleep(HOST_PAUSE).await;
                }
            }
        }
    }

    fn watch(&mut self, keeper: &Keeper) {
        let watch = Watch {
            client: self.client.clone(),
            node: self.config.identity.node.clone(),
            store: keeper.tools().store.clone(),
            queue: keeper.tools().queue.clone(),
            metrics: self.metrics.clone(),
        };
        let (pods, stop) = (watch.clone(), self.stop.clone());
        self.tasks.spawn(async move { pods.pods(stop).await });
        let stop = self.stop.clone();
        self.tasks.spawn(async move { watch.namespaces(stop).await });
    }

    async fn serve_health(&mut self) -> Result<(), AppError> {
        let process = &self.config.process;
        let (health, monitoring) = (listen(process.health).await?, listen(process.monitoring).await?);
        let (ready, known) = (self.ready.clone(), self.known.clone());
        let answer = move |request| {
            let answer = ready.answer(&request, &health::note(known.get()));
            async move { answer }
        };
        self.tasks.spawn(serve(health, self.stop.clone(), answer));
        let (registry, known) = (self.registry.clone(), self.known.clone());
        let answer = move |request| {
            let answer = health::scraped(&registry, known.get(), &request);
            async move { answer }
        };
        self.tasks.spawn(serve(monitoring, self.stop.clone(), answer));
        Ok(())
    }

    /// What is known of each pod, for those who ask for one and for those who scrape all.
    async fn serve_report(&mut self, keeper: &Keeper) -> Result<(), AppError> {
        // nobody else sets it
        let _ = self.known.set(keeper.clone());
        let signals = Box::new(Signals(keeper.clone()));
        self.registry
            .register(|registry| registry.register_collector(signals));
        let report = listen_at(Ipv4Addr::LOCALHOST.into(), self.config.process.enrolment).await?;
        let (keeper, node) = (keeper.clone(), self.config.identity.node.clone());
        let answer = move |request| {
            let answer = health::enrolment(&keeper, &node, &request);
            async move { answer }
        };
        self.tasks.spawn(serve(report, self.stop.clone(), answer));
        Ok(())
    }

    /// Leaves everything for a successor, or nothing when there will be none.
    async fn end(mut self, owner: &Owner, keeper: Option<&Keeper>, installer: &Installer) {
        let finding = owner.finding().await;
        let farewell = farewell(finding, self.config.ending);
        tracing::info!(?finding, ?farewell, "ending");
        if farewell.clean {
            // no pod may be held up by a plugin whose agent is gone
            installer.remove().await;
        }
        if let Some(keeper) = keeper {
            if farewell.release && timeout(RELEASE, keeper.release_all()).await.is_err() {
                tracing::error!("not all pods could be released in time");
            }
            if farewell.clean
                && let Err(error) = keeper.tools().host.remove().await
            {
                tracing::warn!(error = %chain(&error), "cannot remove the rules of the node");
            }
        }
        if let Some(keeper) = keeper {
            keeper.tools().annotator.heard().await;
        }
        self.tasks.shutdown().await;
        if farewell.clean {
            self.remove_traces();
        }
    }

    /// Sockets and logs; what somebody else may still use goes last.
    fn remove_traces(&self) {
        let paths = &self.config.paths;
        let names = [
            path::PLUGIN_SOCKET,
            path::PLUGIN_LOG_SOCKET,
            journal::FILE,
            journal::OLDER,
        ];
        let mut traces: Vec<PathBuf> = names.iter().map(|name| paths.run.join(name)).collect();
        traces.push(paths.zds.clone());
        for trace in traces {
            if let Err(error) = files::remove(&trace) {
                tracing::warn!(error = %chain(&error), "cannot remove a trace");
            }
        }
    }
}

/// Takes over what an earlier agent captured, then looks at every pod, then is ready.
async fn begin(
    keeper: Keeper,
    proxies: mesh_sys::seqpacket::Listener,
    ready: Arc<tokio::sync::watch::Sender<bool>>,
    stop: CancellationToken,
) {
    let tools = keeper.tools();
    tokio::select! {
        biased;
        () = stop.cancelled() => return,
        () = tools.store.synced() => {}
    }
    keeper.take_over().await;
    let mut parts = JoinSet::new();
    let (serving, running) = (keeper.clone(), keeper.clone());
    let (stop_serving, stop_running) = (stop.clone(), stop.clone());
    parts.spawn(async move { serving.tools().zds.serve(proxies, stop_serving).await });
    parts.spawn(async move { running.run(stop_running).await });
    let (minding, stop_minding) = (keeper.clone(), stop.clone());
    parts.spawn(async move { minding.watch_host(stop_minding).await });
    let (auditing, stop_auditing) = (keeper.clone(), stop.clone());
    parts.spawn(async move { auditing.audit(stop_auditing).await });
    keeper.look_at_all();
    if timeout(FIRST_LOOK, keeper.looked()).await.is_err() {
        tracing::warn!("some pods of the mesh could not be looked at yet");
    }
    if keeper.is_complete() {
        prune(&keeper).await;
    }
    ready.send_replace(true);
    keeper.clear().await;
    parts.join_all().await;
}

/// Takes entries of pods out of the probe sets that are not of the mesh any more.
async fn prune(keeper: &Keeper) {
    let wanted: BTreeSet<String> = keeper.members().iter().map(ToString::to_string).collect();
    match keeper.tools().host.prune(wanted).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed stale probe addresses"),
        Err(error) => tracing::warn!(error = %chain(&error), "cannot clean the probe addresses"),
    }
}

async fn listen(port: u16) -> Result<TcpListener, AppError> {
    match listen_at(Ipv6Addr::UNSPECIFIED.into(), port).await {
        // no IPv6 here
        Err(_) => listen_at(Ipv4Addr::UNSPECIFIED.into(), port).await,
        listener => listener,
    }
}

async fn listen_at(address: IpAddr, port: u16) -> Result<TcpListener, AppError> {
    let listener = TcpListener::bind(SocketAddr::new(address, port)).await;
    listener.map_err(|source| AppError::Port { port, source })
}
