//! The parts of the proxy in their order, their tasks, and the end of them all (`spec/proxy-ops.md` §1, §10).

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use mesh_sys::http::{Answer, serve};
use mesh_sys::logging::Levels;
use mesh_sys::metrics::Metrics as Exposition;
use mesh_sys::netns::{NetNamespace, NetnsError, Worker};
use mesh_sys::process;
use mesh_sys::readiness::{Readiness, Task};
use mesh_sys::shutdown::Shutdown;
use mesh_sys::socket::{self, Options};
use mesh_wire::xds::Node;
use prost_types::value::Kind;
use prost_types::{Struct, Value};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::Admin;
use crate::config::{Config, Mode, Names, OwnWorkload};
use crate::datapath::capture::StartError;
use crate::datapath::descriptors::Descriptors;
use crate::datapath::sockets::Sockets;
use crate::datapath::{PodInfo, Shared};
use crate::hbone::budget::Budget;
use crate::identity::ca_client::{CaClient, Subject};
use crate::identity::fake_ca::FakeCa;
use crate::identity::store::{IdentityStore, State};
use crate::identity::{IdentityError, Signer, prefetch};
use crate::inpod::listeners::PodTasks;
use crate::inpod::zds_client::ZdsClient;
use crate::live::Live;
use crate::state::MeshState;
use crate::state::local::{Local, LocalError};
use crate::telemetry::metrics::Metrics;
use crate::tls::TlsContext;
use crate::tls::revocation::{CrlError, Revocations};
use crate::xds::client::XdsClient;
use crate::xds::demands::{self, Asked};
use crate::yaml;

/// Why the proxy cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// One of its own listeners.
    #[error("cannot listen on {address}")]
    Bind {
        /// Address.
        address: SocketAddr,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// Namespaces.
    #[error("cannot work with network namespaces")]
    Netns(#[source] NetnsError),
    /// The one workload of dedicated mode.
    #[error("cannot serve the workload")]
    Start(#[source] StartError),
    /// Revoked certificates.
    #[error("`CRL_PATH` cannot be used")]
    Revocations(#[source] CrlError),
    /// The mesh of a file.
    #[error("{0} cannot be used")]
    Local(&'static str, #[source] Box<LocalError>),
    /// The file of a mesh.
    #[error("cannot read `LOCAL_XDS_PATH`")]
    LocalFile(#[source] io::Error),
    /// The test CA.
    #[error("cannot make test certificates")]
    FakeCa(#[source] IdentityError),
}

/// Everything that runs.
#[derive(Debug)]
pub struct App {
    config: Config,
    levels: Levels,
    shutdown: Shutdown,
    /// The last connection has ended. Until then certificates, policy and revocations are as current as ever.
    drained: CancellationToken,
    worker: Worker,
}

impl App {
    /// An app that does not run yet; `worker` makes sockets in pods.
    #[must_use]
    pub fn new(config: Config, levels: Levels, shutdown: Shutdown, worker: Worker) -> Self {
        Self {
            config,
            levels,
            shutdown,
            drained: CancellationToken::new(),
            worker,
        }
    }

    /// Runs until shutdown is asked for and every connection has ended or the drain limit is over.
    pub async fn run(self) -> Result<(), AppError> {
        let stop = self.shutdown.token();
        let readiness = Readiness::new();
        let serving = match self.config.proxy.mode {
            Mode::Shared => "workload proxy manager",
            Mode::Dedicated => "proxy",
        };
        let (synced, handed_over) = (readiness.register("state manager"), readiness.register(serving));
        let exposition = Exposition::new();
        let metrics =
            exposition.register(|registry| Metrics::register(registry, &self.config.names.istio_version));
        let mut servers = JoinSet::new();
        let process = &self.config.process;
        self.answer(&mut servers, process.readiness_port, move |request| {
            readiness.answer(request)
        })?;
        self.answer(&mut servers, process.stats_port, move |request| {
            exposition.answer(request)
        })?;

        let revocations = self.revocations()?;
        let local = self.local_mesh()?;
        let (live, asked) = self.mesh();
        live.apply(local.updates);
        let shared = self.share(live, metrics.clone(), revocations.clone())?;
        self.follow_revocations(&mut servers, &shared, revocations);
        let home = NetNamespace::current().map_err(AppError::Netns)?.id();
        let pods = Arc::new(PodTasks::new(shared.clone(), self.worker.clone(), home));
        let admin = Admin {
            shared: shared.clone(),
            pods: pods.clone(),
            levels: self.levels.clone(),
            shutdown: self.shutdown.clone(),
            listeners: TaskTracker::new(),
            local: Arc::new(local.shown),
        };
        self.administer(&mut servers, &admin)?;

        self.follow_control_plane(&mut servers, &shared, asked);
        match &self.config.proxy.workload {
            Some(own) if self.config.proxy.mode == Mode::Dedicated => {
                self.serve_itself(&pods, own).await?;
                handed_over.done();
                self.await_mesh(&mut servers, &shared, synced);
            }
            _ => self.follow_node_agent(&mut servers, &pods, &shared, (synced, handed_over)),
        }
        stop.cancelled().await;
        tracing::info!(limit = ?self.config.drain_limit(), "draining");
        pods.drain(self.config.drain_limit()).await;
        self.drained.cancel();
        while servers.join_next().await.is_some() {}
        admin.listeners.close();
        admin.listeners.wait().await;
        shared.identities.finish().await;
        Ok(())
    }

    /// The mesh state, and the certificates it calls for.
    fn follow_control_plane(&self, servers: &mut JoinSet<()>, shared: &Arc<Shared>, asked: Option<Asked>) {
        let (live, stop) = (shared.live.clone(), self.drained.clone());
        if self.config.proxy.mode == Mode::Shared {
            servers.spawn(prefetch::run(
                live.clone(),
                shared.identities.clone(),
                stop.clone(),
            ));
        }
        match self.config.xds_server() {
            Some(server) => {
                let client = XdsClient::new(server, node(&self.config.names), live, shared.metrics.clone());
                servers.spawn(async move { client.run(asked, stop).await });
            }
            None => live.mark_synced(),
        }
    }

    /// Dedicated mode: one workload, in the proxy's own namespace. Until the mesh is known, policy
    /// refuses what comes in.
    async fn serve_itself(&self, pods: &Arc<PodTasks>, own: &OwnWorkload) -> Result<(), AppError> {
        let info = PodInfo {
            uid: format!("{}/{}", own.namespace, own.name).into(),
            name: own.name.clone(),
            namespace: own.namespace.clone(),
            service_account: own.service_account.clone(),
        };
        let sockets = Sockets::here(&self.config.proxy);
        pods.serve(info, sockets).await.map_err(AppError::Start)
    }

    fn await_mesh(&self, servers: &mut JoinSet<()>, shared: &Arc<Shared>, synced: Task) {
        let (live, stop) = (shared.live.clone(), self.shutdown.token());
        servers.spawn(async move {
            let mut is_synced = live.synced();
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                _ = is_synced.wait_for(|known| *known) => synced.done(),
            }
        });
    }

    /// The pods; asked for only once the mesh is known, so that no pod is served without policy.
    fn follow_node_agent(
        &self,
        servers: &mut JoinSet<()>,
        pods: &Arc<PodTasks>,
        shared: &Arc<Shared>,
        (synced, handed_over): (Task, Task),
    ) {
        let path = self.config.proxy.inpod_uds.clone();
        let zds = ZdsClient::new(path, pods.clone(), shared.metrics.pods.clone(), handed_over);
        let (live, stop) = (shared.live.clone(), self.shutdown.token());
        servers.spawn(async move {
            let mut is_synced = live.synced();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = is_synced.wait_for(|synced| *synced) => synced.done(),
            }
            zds.run(stop).await;
        });
    }

    /// The lists of revoked certificates, if there are any; a file that is there must be usable.
    fn revocations(&self) -> Result<Arc<Revocations>, AppError> {
        let control = &self.config.control;
        let Some(path) = control.crl_path.clone() else {
            return Ok(Arc::default());
        };
        let loaded = Revocations::load(path, control.crl_strict).map_err(AppError::Revocations)?;
        Ok(Arc::new(loaded))
    }

    fn follow_revocations(
        &self,
        servers: &mut JoinSet<()>,
        shared: &Arc<Shared>,
        revocations: Arc<Revocations>,
    ) {
        if self.config.control.crl_path.is_none() {
            return;
        }
        let (shared, stop) = (shared.clone(), self.drained.clone());
        servers.spawn(async move {
            let own = || {
                let states = shared.identities.states().into_iter();
                let usable = |(_, state)| match state {
                    State::Available(certificate) => Some(certificate.credentials.clone()),
                    State::Initializing | State::Unavailable(_) => None,
                };
                states.filter_map(usable).collect()
            };
            let stale = |is_stale| shared.metrics.crl_stale(is_stale);
            revocations.follow(own, stale, stop).await;
        });
    }

    /// What a file or a variable says of the mesh.
    fn local_mesh(&self) -> Result<Local, AppError> {
        let control = &self.config.control;
        if let Some(path) = &control.local_path {
            let text = yaml::read_file(path).map_err(AppError::LocalFile)?;
            return Local::parse(&text).map_err(|error| AppError::Local("`LOCAL_XDS_PATH`", error.into()));
        }
        let text = control.local_text.as_deref().unwrap_or_default();
        Local::parse(text).map_err(|error| AppError::Local("`LOCAL_XDS`", error.into()))
    }

    /// An empty mesh, and the questions about it where it comes on demand.
    fn mesh(&self) -> (Live, Option<Asked>) {
        let name = &self.config.names.node_name;
        let node = (!name.is_empty()).then(|| name.as_str().into());
        let mesh = MeshState::new(node);
        if self.config.control.on_demand && self.config.control.xds_address.is_some() {
            let (demands, asked) = demands::channel();
            return (Live::on_demand(mesh, demands), Some(asked));
        }
        (Live::new(mesh), None)
    }

    fn share(
        &self,
        live: Live,
        metrics: Arc<Metrics>,
        revocations: Arc<Revocations>,
    ) -> Result<Arc<Shared>, AppError> {
        let config = self.config.clone();
        let context = TlsContext {
            policy: config.proxy.tls,
            revocations,
            budget: Arc::new(Budget::new(process::memory_limit())),
        };
        let signer = if config.control.fake_ca {
            let ca = FakeCa::new(config.control.secret_ttl, context).map_err(AppError::FakeCa)?;
            Signer::Fake(Box::new(ca))
        } else {
            match config.ca_server() {
                Some(server) => Signer::Ca(Box::new(CaClient::new(
                    server,
                    config.control.secret_ttl,
                    context,
                    match config.proxy.mode {
                        Mode::Shared => Subject::Pods,
                        Mode::Dedicated => Subject::Itself,
                    },
                ))),
                None => Signer::None,
            }
        };
        Ok(Arc::new(Shared {
            own_ports: config.own_ports(),
            live: Arc::new(live),
            identities: Arc::new(IdentityStore::new(signer, self.drained.clone())),
            metrics,
            descriptors: Arc::new(Descriptors::of_process()),
            config,
        }))
    }

    /// Answers on a port of every address.
    fn answer(
        &self,
        servers: &mut JoinSet<()>,
        port: u16,
        answer: impl Fn(&Request<Bytes>) -> Answer + Clone + Send + Sync + 'static,
    ) -> Result<(), AppError> {
        let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
        let first = if self.config.proxy.ipv6 { v6 } else { v4 };
        // a kernel without IPv6 still serves IPv4
        let listener = listen(first).or_else(|error| if first == v6 { listen(v4) } else { Err(error) })?;
        self.spawn(servers, listener, answer);
        Ok(())
    }

    /// The admin interface on both loopback addresses; IPv6 if there is any.
    fn administer(&self, servers: &mut JoinSet<()>, admin: &Admin) -> Result<(), AppError> {
        let port = self.config.process.admin_port;
        let answer = |admin: Admin| move |request: &Request<Bytes>| admin.answer(request);
        self.spawn(
            servers,
            listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?,
            answer(admin.clone()),
        );
        if self.config.proxy.ipv6
            && let Ok(listener) = listen(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))
        {
            self.spawn(servers, listener, answer(admin.clone()));
        }
        Ok(())
    }

    fn spawn(
        &self,
        servers: &mut JoinSet<()>,
        listener: TcpListener,
        answer: impl Fn(&Request<Bytes>) -> Answer + Clone + Send + Sync + 'static,
    ) {
        let stop = self.shutdown.token();
        servers.spawn(serve(listener, stop, move |request| {
            let answer = answer.clone();
            async move { answer(&request) }
        }));
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, AppError> {
    let options = Options {
        dual_stack: true,
        ..Options::default()
    };
    let bind = |source| AppError::Bind { address, source };
    TcpListener::from_std(socket::listen(address, 128, &options).map_err(bind)?).map_err(bind)
}

/// The node as the control plane knows it (`spec/xds.md` §3).
#[must_use]
pub fn node(names: &Names) -> Node {
    let (pod, namespace) = (&names.pod_name, &names.pod_namespace);
    let text = |text: &str| Value {
        kind: Some(Kind::StringValue(text.to_owned())),
    };
    let mut fields = BTreeMap::from([
        ("NAME".to_owned(), text(pod)),
        ("NAMESPACE".to_owned(), text(namespace)),
        ("INSTANCE_IPS".to_owned(), text(&names.instance_ip)),
        ("NODE_NAME".to_owned(), text(&names.node_name)),
    ]);
    fields.extend(
        names
            .metadata
            .iter()
            .map(|(key, json)| (key.clone(), to_value(json))),
    );
    Node {
        id: format!(
            "ztunnel~{}~{pod}.{namespace}~{namespace}.svc.cluster.local",
            names.instance_ip
        ),
        metadata: Some(Struct { fields }),
        ..Node::default()
    }
}

fn to_value(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(*value),
        Json::Number(value) => Kind::NumberValue(value.as_f64().unwrap_or_default()),
        Json::String(value) => Kind::StringValue(value.clone()),
        Json::Array(values) => Kind::ListValue(prost_types::ListValue {
            values: values.iter().map(to_value).collect(),
        }),
        Json::Object(fields) => Kind::StructValue(Struct {
            fields: fields
                .iter()
                .map(|(key, value)| (key.clone(), to_value(value)))
                .collect(),
        }),
    };
    Value { kind: Some(kind) }
}
