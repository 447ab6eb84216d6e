//! A pod, an authority, and proxies that serve the one with certificates of the other.

use std::fmt::Write;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;
use mesh_sys::netns::NetNamespace;
use mesh_sys::seqpacket::{Connection, Listener};
use mesh_wire::ca::istio_certificate_service_server::IstioCertificateServiceServer;
use mesh_wire::identity::Identity;
use mesh_wire::xds::aggregated_discovery_service_server::AggregatedDiscoveryServiceServer;
use mesh_wire::zds::{
    self, AddWorkload, SnapshotSent, WorkloadInfo, WorkloadRequest, workload_request::Payload,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proxy_core::config::TunnelSettings;
use proxy_core::hbone::client::{self, OpenError};
use proxy_core::hbone::stream::TunnelPipe;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity as ServerIdentity, Server, ServerTlsConfig};

use crate::authority::{Authority, Service};
use crate::discovery::Discovery;

/// Of the pod.
pub(crate) const WEB: &str = "10.0.0.1";
/// Of a caller.
const CALLER: &str = "10.0.0.9";
/// Where the pod's application is.
pub(crate) const PORT: u16 = 8080;
pub(crate) const TOKEN: &str = "canary-token-7d1c";
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn identity(account: &str) -> Identity {
    Identity::new("cluster.local", "shop", account).unwrap()
}

/// Waits until `look` finds something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn up(namespace: &NetNamespace, addresses: &[&str]) {
    let mut commands = vec!["link set lo up".to_owned()];
    commands.extend(
        addresses
            .iter()
            .map(|address| format!("addr add {address}/32 dev lo")),
    );
    for command in commands {
        let done = namespace.run(|| Command::new("ip").args(command.split(' ')).status());
        assert!(done.unwrap().unwrap().success(), "ip {command}");
    }
}

/// The pod, and what is around it.
pub(crate) struct World {
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) authority: Arc<Authority>,
    pub(crate) pod: NetNamespace,
    folder: tempfile::TempDir,
    accounts: usize,
}

impl World {
    /// A pod whose application sends back what it gets; the node has `accounts` further pods, whose
    /// certificates live for `life`.
    pub(crate) fn new(accounts: usize, life: Duration) -> Self {
        let world = Self::bare(accounts, life, &[WEB, CALLER]);
        world.echo(SocketAddr::new(WEB.parse().unwrap(), PORT));
        world
    }

    /// A pod with these addresses, in which nothing listens.
    pub(crate) fn bare(accounts: usize, life: Duration, addresses: &[&str]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let pod = NetNamespace::create().unwrap();
        up(&pod, addresses);
        let world = Self {
            runtime,
            authority: Authority::new(life),
            pod,
            folder: tempfile::tempdir().unwrap(),
            accounts,
        };
        fs::write(world.path("token"), TOKEN).unwrap();
        fs::write(world.path("root.pem"), &world.authority.root.pem).unwrap();
        fs::write(world.path("mesh.yaml"), world.mesh()).unwrap();
        world
    }

    /// Sends back what comes to this address of the pod.
    pub(crate) fn echo(&self, at: SocketAddr) {
        let listener = self.listen(&self.pod, at);
        self.runtime.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                clients.spawn(async move {
                    let (mut read, mut write) = client.split();
                    tokio::io::copy(&mut read, &mut write).await.ok(); // a reset ends it
                });
            }
        });
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mesh(&self) -> String {
        let mut text = "workloads:\n".to_owned();
        let mut add = |name: &str, address: &str| {
            writeln!(
                text,
                "- {{uid: east//Pod/shop/{name}, name: {name}, namespace: shop, serviceAccount: {name}, \
                 workloadIps: [\"{address}\"], protocol: HBONE, node: node-1, status: Healthy}}"
            )
            .unwrap();
        };
        add("web", WEB);
        for number in 0..self.accounts {
            add(
                &format!("pod-{number}"),
                &format!("10.1.{}.{}", number / 250, number % 250 + 1),
            );
        }
        text
    }

    fn listen(&self, namespace: &NetNamespace, address: SocketAddr) -> tokio::net::TcpListener {
        let listener = namespace.run(|| TcpListener::bind(address)).unwrap().unwrap();
        listener.set_nonblocking(true).unwrap();
        let _entered = self.runtime.enter();
        tokio::net::TcpListener::from_std(listener).unwrap()
    }

    /// A proxy on a node of its own, that serves the pod.
    pub(crate) fn start(&self, name: &str, settings: &[(&str, &str)]) -> Proxy<'_> {
        self.start_as(("shop", "web"), name, settings, None)
    }

    /// The same for a pod of another name, with a control plane beside the authority.
    pub(crate) fn start_as(
        &self,
        pod: (&str, &str),
        name: &str,
        settings: &[(&str, &str)],
        discovery: Option<Discovery>,
    ) -> Proxy<'_> {
        let node = NetNamespace::create().unwrap();
        up(&node, &[]);
        let (certificate, key) = self.authority.server();
        let tls = ServerTlsConfig::new().identity(ServerIdentity::from_pem(certificate, key));
        let listener = self.listen(&node, ([127, 0, 0, 1], 15012).into());
        let service = IstioCertificateServiceServer::new(Service(self.authority.clone()));
        let discovery = discovery.map(AggregatedDiscoveryServiceServer::new);
        let server = Server::builder().tls_config(tls).unwrap().add_service(service);
        let server = server.add_optional_service(discovery);
        self.runtime
            .spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        let socket = self.path(&format!("{name}.sock"));
        let agent = self.runtime.block_on(async { Listener::bind(&socket) }).unwrap();
        let log = self.path(&format!("{name}.log"));
        let out = fs::File::create(&log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_mesh-proxy"));
        command
            .env_clear()
            .env("XDS_ADDRESS", "")
            .env("CA_ADDRESS", "https://127.0.0.1:15012")
            .env("CA_ROOT_CA", self.path("root.pem"))
            .env("XDS_ROOT_CA", self.path("root.pem"))
            .env("AUTH_TOKEN", self.path("token"))
            .env("LOCAL_XDS_PATH", self.path("mesh.yaml"))
            .env("INPOD_UDS", &socket)
            .env("NODE_NAME", "node-1")
            .env("TERMINATION_GRACE_PERIOD_SECONDS", "30")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out);
        let child = node.run(|| command.spawn()).unwrap().unwrap();
        let mut proxy = Proxy {
            world: self,
            node,
            child,
            log,
            agent: None,
        };
        proxy.hand_over(&agent, pod);
        proxy
    }

    /// A new tunnel, and one exchange through it. A proxy that is leaving may be asked in vain, which
    /// another proxy would do again as well.
    pub(crate) async fn call(&self, text: &[u8], headers: &HeaderMap) -> Result<(), OpenError> {
        let own = self.authority.certificate(&identity("caller"));
        for _ in 0..3 {
            match self.try_call(&own, text, headers).await {
                Err(error) if error.is_stale() => {}
                done => return done,
            }
        }
        self.try_call(&own, text, headers).await
    }

    async fn try_call(
        &self,
        own: &proxy_core::identity::certificate::WorkloadCertificate,
        text: &[u8],
        headers: &HeaderMap,
    ) -> Result<(), OpenError> {
        let web: IpAddr = WEB.parse().unwrap();
        let stream = self.connect((web, 15008).into()).map_err(OpenError::Io)?;
        stream.set_nonblocking(true).map_err(OpenError::Io)?;
        let stream = tokio::net::TcpStream::from_std(stream).map_err(OpenError::Io)?;
        let settings = TunnelSettings {
            max_streams: 100,
            unused_release: LIMIT,
            stream_window: 4 << 20,
            connection_window: 16 << 20,
            frame_size: 1 << 20,
        };
        let opened = client::open(stream, web, own, vec![identity("web")], settings).await?;
        let mut driver = JoinSet::new();
        driver.spawn(opened.driver.run());
        let authority = format!("{WEB}:{PORT}");
        let accepted = client::connect(&opened.requests, &authority, headers.clone()).await?;
        let mut pipe = TunnelPipe::new(accepted.tunnel);
        let exchange = async {
            pipe.write_all(text).await?;
            let mut back = vec![0; text.len()];
            pipe.read_exact(&mut back).await?;
            pipe.shutdown().await?;
            assert_eq!(back, text);
            Ok(())
        };
        exchange.await.map_err(OpenError::Io)?;
        drop((pipe, opened.requests));
        driver.join_next().await; // it ends with its one stream
        Ok(())
    }

    /// Connects from the pod's namespace.
    pub(crate) fn connect(&self, to: SocketAddr) -> std::io::Result<TcpStream> {
        self.pod
            .run(|| TcpStream::connect_timeout(&to, LIMIT))
            .map_err(std::io::Error::other)?
    }
}

/// One running proxy; killed when dropped.
pub(crate) struct Proxy<'a> {
    world: &'a World,
    pub(crate) node: NetNamespace,
    child: Child,
    log: PathBuf,
    agent: Option<Connection>,
}

impl Proxy<'_> {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    fn hand_over(&mut self, agent: &Listener, (namespace, name): (&str, &str)) {
        let info = WorkloadInfo {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            service_account: name.to_owned(),
        };
        let add = Payload::Add(AddWorkload {
            uid: "uid-web".to_owned(),
            workload_info: Some(info),
        });
        let connection = self.world.runtime.block_on(async {
            let connection = tokio::time::timeout(LIMIT, agent.accept())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(connection.recv(4096).await.unwrap().bytes, zds::hello());
            for (payload, has_fd) in [(add, true), (Payload::SnapshotSent(SnapshotSent {}), false)] {
                let request = zds::encode(&WorkloadRequest {
                    payload: Some(payload),
                });
                let fds = [self.world.pod.as_fd()];
                connection
                    .send(&request.unwrap(), if has_fd { &fds } else { &[] })
                    .await
                    .unwrap();
                assert_eq!(connection.recv(4096).await.unwrap().bytes, zds::ack());
            }
            connection
        });
        self.agent = Some(connection);
        until("a ready proxy", || {
            self.get(15021, "/healthz/ready")
                .ok()
                .filter(|text| text.contains("200 OK"))
        });
    }

    /// An answer of the proxy's own ports.
    pub(crate) fn get(&self, port: u16, path: &str) -> std::io::Result<String> {
        String::from_utf8(self.get_bytes(port, path)?).map_err(std::io::Error::other)
    }

    /// The same, of any kind; in version 1.0, which knows no pieces.
    pub(crate) fn get_bytes(&self, port: u16, path: &str) -> std::io::Result<Vec<u8>> {
        let to = SocketAddr::from(([127, 0, 0, 1], port));
        let connected = self.node.run(|| TcpStream::connect_timeout(&to, LIMIT));
        let mut stream = connected.map_err(std::io::Error::other)??;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(stream, "GET {path} HTTP/1.0\r\nhost: localhost\r\n\r\n")?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Asks it to go.
    pub(crate) fn terminate(&self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> std::process::ExitStatus {
        until("the end of a proxy", || self.child.try_wait().unwrap())
    }
}

impl Drop for Proxy<'_> {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(4_000);
            let end = log.get(from..).unwrap_or(&log);
            writeln!(std::io::stderr(), "{end}").ok(); // the panic tells the rest
        }
    }
}
