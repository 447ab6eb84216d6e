//! Two nodes with captured pods, and pairs of proxies that serve them, one pair after another.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mesh_sys::netns::NetNamespace;
use mesh_sys::seqpacket::Connection;
use mesh_wire::xds::DeltaDiscoveryResponse;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::control::{self, Agent, Control, Member, node_name};
use crate::net::Net;
use crate::process::{self, Process};
use crate::serve::ECHO;
use crate::usage::cpu_of;

/// Further pods of the first node, at most.
pub(crate) const PODS: usize = 100;
/// So many of them have a service account of their own; the rest share these.
pub(crate) const ACCOUNTS: usize = 20;
/// How often a proxy is asked whether it is ready.
const TURN: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_mins(1);

/// Two nodes: a client on the first, a server on the second, further pods on the first.
pub(crate) struct World {
    /// Signs, and tells proxies of the mesh.
    pub(crate) control: Arc<Control>,
    /// Captured pods: the client, the server, then the further ones.
    members: Vec<Member>,
    told: Arc<DeltaDiscoveryResponse>,
    program: PathBuf,
    net: Net,
    folder: TempDir,
    runtime: Runtime,
    _server: Process,
    _tasks: JoinSet<()>,
}

/// What a pair of proxies is started with.
#[derive(Default)]
pub(crate) struct Setup {
    /// How many further pods are captured on the first node.
    pub(crate) pods: usize,
    /// What the proxies are told beyond the pods.
    pub(crate) told: Option<Arc<DeltaDiscoveryResponse>>,
    /// Whether the second node has no proxy.
    pub(crate) is_alone: bool,
}

/// Running proxies; killed with the value.
pub(crate) struct Pair {
    proxies: Vec<Proxy>,
    /// Seconds of processor time until all were ready.
    pub(crate) cpu_to_ready: f64,
}

struct Proxy {
    process: Process,
    log: PathBuf,
    _agent: Connection,
}

impl World {
    /// A world in which proxies are of this program.
    pub(crate) fn new(program: &Path) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let (net, control, mut tasks) = (Net::new()?, Control::new(), JoinSet::new());
        let member = |node: usize, number: u8, name: &str| -> Outcome<Member> {
            Ok(Member {
                name: name.to_owned(),
                account: name.to_owned(),
                node,
                pod: net.pod(node, number)?.capture()?,
            })
        };
        let members = vec![member(0, 1, "client")?, member(1, 1, "server")?];
        let mut server = Process::start(&members[1].pod.space, &["serve"])?;
        server.ready()?;
        for node in &net.nodes {
            control.serve(node, &runtime, &mut tasks)?;
        }
        let folder = TempDir::new()?;
        std::fs::write(folder.path().join("root.pem"), &control.root.pem)?;
        std::fs::write(folder.path().join("token"), "token")?;
        Ok(Self {
            told: Arc::new(control::members(&members)),
            control,
            members,
            program: program.to_owned(),
            net,
            folder,
            runtime,
            _server: server,
            _tasks: tasks,
        })
    }

    /// Makes the further pods, if they are not there yet.
    pub(crate) fn with_pods(&mut self) -> Outcome<()> {
        for number in self.members.len() - 2..PODS {
            self.members.push(Member {
                name: format!("pod-{number}"),
                account: format!("account-{}", number % ACCOUNTS),
                node: 0,
                pod: self.net.pod(0, u8::try_from(number + 2)?)?.capture()?,
            });
        }
        self.told = Arc::new(control::members(&self.members));
        Ok(())
    }

    /// The pod that calls.
    pub(crate) fn client(&self) -> &NetNamespace {
        &self.members[0].pod.space
    }

    /// The further pods.
    pub(crate) fn pods(&self) -> impl Iterator<Item = &NetNamespace> {
        self.members[2..].iter().map(|member| &member.pod.space)
    }

    /// Where a port of the server is.
    pub(crate) fn server(&self, port: u16) -> SocketAddr {
        (self.members[1].pod.address, port).into()
    }

    /// What the mesh is, with more.
    pub(crate) fn with(&self, more: Vec<mesh_wire::xds::Resource>) -> Arc<DeltaDiscoveryResponse> {
        let mut told = (*self.told).clone();
        told.resources.extend(more);
        Arc::new(told)
    }

    /// Starts proxies, and waits until they serve their pods.
    pub(crate) fn start(&self, setup: &Setup) -> Outcome<Pair> {
        self.control.tell(setup.told.as_ref().unwrap_or(&self.told));
        let nodes = if setup.is_alone { 1 } else { 2 };
        let proxies: Outcome<Vec<_>> = (0..nodes).map(|node| self.proxy(node, setup.pods)).collect();
        let mut pair = Pair {
            proxies: proxies?,
            cpu_to_ready: 0.0,
        };
        for node in 0..nodes {
            let end = Instant::now() + PATIENCE;
            while !self.net.nodes[node].run(is_ready)? {
                pair.check(node, end)?;
                sleep(TURN);
            }
        }
        pair.cpu_to_ready = pair.cpu()?;
        let members = self.members.iter().take(setup.pods + 2);
        let members = members.filter(|member| member.node < nodes);
        let accounts: std::collections::BTreeSet<_> = members.map(|member| &member.account).collect();
        let end = Instant::now() + PATIENCE;
        while self.control.signed() < accounts.len() {
            pair.check(0, end)?;
            sleep(TURN);
        }
        if !setup.is_alone {
            self.exchange(self.client())?;
        }
        Ok(pair)
    }

    /// One exchange of a pod with the server.
    pub(crate) fn exchange(&self, pod: &NetNamespace) -> Outcome<()> {
        let target = self.server(ECHO);
        pod.run(|| -> std::io::Result<()> {
            let mut stream = TcpStream::connect_timeout(&target, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let mut bytes = [0x5a; 64];
            stream.write_all(&bytes)?;
            stream.read_exact(&mut bytes)
        })?
        .map_err(|error| format!("no exchange through the proxies: {error}").into())
    }

    fn proxy(&self, node: usize, pods: usize) -> Outcome<Proxy> {
        let path = |name: &str| self.folder.path().join(name);
        let (socket, log) = (
            path(&format!("agent-{node}.sock")),
            path(&format!("proxy-{node}.log")),
        );
        let agent = {
            let _entered = self.runtime.enter();
            Agent::new(&socket)?
        };
        let out = std::fs::File::create(&log)?;
        let program = self.program.display().to_string();
        let mut command = process::inside(&self.net.nodes[node], &["become", &program])?;
        command
            .env_clear()
            .env("XDS_ADDRESS", control::ADDRESS)
            .env("CA_ADDRESS", control::ADDRESS)
            .env("XDS_ROOT_CA", path("root.pem"))
            .env("CA_ROOT_CA", path("root.pem"))
            .env("AUTH_TOKEN", path("token"))
            .env("INPOD_UDS", &socket)
            .env("NODE_NAME", node_name(node))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out);
        let process = Process::spawn(&mut command)?;
        let own = self.members.iter().take(pods + 2);
        let own: Vec<_> = own.filter(|member| member.node == node).collect();
        let handed = self.runtime.block_on(agent.hand_over(&own));
        let connection = handed.map_err(|error| format!("{error}\n{}", end_of(&log)))?;
        Ok(Proxy {
            process,
            log,
            _agent: connection,
        })
    }
}

impl Pair {
    /// Their process ids.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.proxies.iter().map(|proxy| proxy.process.id()).collect()
    }

    /// Seconds of processor time of all of them.
    pub(crate) fn cpu(&self) -> Outcome<f64> {
        cpu_of(&self.ids())
    }

    fn check(&mut self, node: usize, end: Instant) -> Outcome<()> {
        let proxy = &mut self.proxies[node];
        if proxy.process.has_ended() {
            return Err(format!("a proxy has ended:\n{}", end_of(&proxy.log)).into());
        }
        if Instant::now() > end {
            return Err(format!("a proxy is not ready in time:\n{}", end_of(&proxy.log)).into());
        }
        Ok(())
    }
}

fn is_ready() -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, 15021))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET /healthz/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    ask().is_ok_and(|text| text.contains("200 OK"))
}

fn end_of(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
