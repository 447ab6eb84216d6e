//! The fabric: process 1 of a cluster. It holds the control plane and the bridge, starts the nodes, and says when all answers.

mod nodes;

use crate::addresses::{self, API_PORT, SUPERVISOR};
use crate::control::{self, Controlled};
use crate::pki::{self, Credential, Pki, Subject};
use crate::role::LaunchConfig;
use crate::state;
use crate::{config, enforce, furnish, host, metrics, mounts, network};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use mesh_sandbox::error::{Failure, Named, Result};
use mesh_sandbox::life::{self, Report};
use mesh_sandbox::state::StateDir;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::Pid;
pub(crate) use nodes::{NodeConfig, Nodes};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Longer than the slowest machine needs for one step.
const PATIENCE: Duration = Duration::from_mins(3);

/// Who may do everything.
const ADMIN: Subject<'static> = Subject {
    name: "kubernetes-admin",
    group: Some("system:masters"),
    serves: Vec::new(),
};

/// Starts everything and stays until the end.
pub(crate) fn main(config: LaunchConfig) -> Result<ExitCode> {
    // the parent lives outside this process namespace, where its id reads 0
    life::die_with(Pid::from_raw(0))?;
    unshare(CloneFlags::CLONE_NEWNS).named(|| "cannot make the fabric's mount namespace".to_owned())?;
    mounts::make_private()?;
    mounts::proc(Path::new("/proc"))?;
    let state = state::of_path(&config.name, &config.state);
    mounts::tmpfs(&state.file("work"))?;
    let listener = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(TcpListener::from)
        .named(|| "the fabric got no listener".to_owned())?;
    let may_be_left = Arc::new(AtomicBool::new(false));
    let left = watch_caller(&may_be_left);
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .named(|| "cannot start the fabric's runtime".to_owned())?;
    let fabric = Fabric { config, state };
    runtime.block_on(async {
        tokio::select! {
            biased;
            // no failure: nobody is left to read of one
            _ = left => Ok(ExitCode::SUCCESS),
            ended = fabric.run(listener, may_be_left) => ended.map(|()| ExitCode::FAILURE),
        }
    })
}

/// Speaks when the process that asked for the cluster is gone, which shows in the pipe to it.
fn watch_caller(may_be_left: &Arc<AtomicBool>) -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    let may_be_left = Arc::clone(may_be_left);
    std::thread::spawn(move || {
        let stdout = std::io::stdout();
        let mut watched = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        // a signal may interrupt the wait
        while poll(&mut watched, PollTimeout::NONE).is_err() {}
        if may_be_left.load(Ordering::SeqCst) {
            // keeps the channel open for ever: nobody is waited for any more
            std::thread::park();
        }
        let _ = sender.send(());
    });
    receiver
}

struct Fabric {
    config: LaunchConfig,
    state: StateDir,
}

impl Fabric {
    async fn run(&self, listener: TcpListener, may_be_left: Arc<AtomicBool>) -> Result<()> {
        let config = &self.config;
        network::make_bridge(config.nodes, config.is_dual)?;
        let pki = self.write_pki()?;
        let mut parts = Parts::default();
        parts.start(self, "etcd", config::etcd(&self.work()))?;
        parts.until_open(Ipv4Addr::LOCALHOST, 2379).await?;
        parts.start(
            self,
            "kube-apiserver",
            config::api_server(&self.work(), config.is_dual),
        )?;
        let nodes = Nodes::start(config.clone(), self.work())?;
        let client = self.client(&pki).await?;
        parts.until_ready(&client).await?;
        Report::progress("the API server is ready");
        parts.start(self, "kube-controller-manager", config::controllers(&self.work()))?;
        parts.start(self, "kube-scheduler", config::scheduler(&self.work()))?;
        let mut servers = self.serve(listener, &client, &pki).await?;
        nodes.serve().await?;
        furnish::create(&client, config, &pki.ca.certificate).await?;
        let ready = furnish::until_ready(&client, config, PATIENCE);
        tokio::select! {
            ready = ready => ready?,
            ended = parts.ended() => return Err(ended),
            ended = nodes.ended() => return Err(ended),
        }
        self.write_kubeconfig(&pki)?;
        let nodes = Arc::new(nodes);
        servers.spawn(enforce::run(client, Arc::clone(&nodes)));
        let controlled = Controlled { nodes, may_be_left };
        let socket = control::listen(&self.state.file("control.sock"))?;
        servers.spawn(control::serve(socket, controlled));
        Report::Ready.send();
        tokio::select! {
            ended = parts.ended() => Err(ended),
            ended = servers.join_next() => match ended {
                Some(Ok(ended)) => ended,
                _ => Err(Failure::new("a server of the fabric panicked")),
            },
        }
    }

    fn work(&self) -> PathBuf {
        self.state.file("work")
    }

    /// Certificates and kubeconfigs, where the programs look for them.
    fn write_pki(&self) -> Result<Pki> {
        let pki = Pki::generate()?;
        let folder = self.work().join("pki");
        let api = format!("https://{SUPERVISOR}:{API_PORT}");
        let write = |name: &str, credential: &Credential| {
            let file = |ending: &str| folder.join(format!("{name}.{ending}"));
            mounts::file(&file("crt"), &credential.certificate)?;
            mounts::file(&file("key"), &credential.key)?;
            mounts::file(&file("conf"), pki.kubeconfig(&api, credential))
        };
        write("ca", &pki.ca)?;
        let (private, public) = pki::signing_key()?;
        mounts::file(&folder.join("accounts.key"), private)?;
        mounts::file(&folder.join("accounts.pub"), public)?;
        write(
            "api",
            &pki.issue(&Subject::new("kube-apiserver").serving(api_names()))?,
        )?;
        write("admin", &pki.issue(&ADMIN)?)?;
        for (file, name) in [
            ("controllers", "system:kube-controller-manager"),
            ("scheduler", "system:kube-scheduler"),
            ("proxy", "system:kube-proxy"),
            ("front-proxy", "front-proxy-client"),
        ] {
            write(file, &pki.issue(&Subject::new(name))?)?;
        }
        for index in 1..=self.config.nodes {
            let name = addresses::node_name(index);
            let names = [
                name.clone(),
                addresses::node(index).to_string(),
                addresses::node6(index).to_string(),
            ];
            let subject = format!("system:node:{name}");
            let subject = Subject::new(&subject).of("system:nodes").serving(names.to_vec());
            write(&name, &pki.issue(&subject)?)?;
        }
        Ok(pki)
    }

    async fn client(&self, pki: &Pki) -> Result<Client> {
        let what = || "cannot make the administrator's client".to_owned();
        let admin = pki.issue(&ADMIN)?;
        let text = pki.kubeconfig(&format!("https://{SUPERVISOR}:{API_PORT}"), &admin);
        let kubeconfig = Kubeconfig::from_yaml(&text).named(what)?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .named(what)?;
        Client::try_from(config).named(what)
    }

    fn write_kubeconfig(&self, pki: &Pki) -> Result<()> {
        let admin = pki.issue(&ADMIN)?;
        let text = pki.kubeconfig(&format!("https://{}", self.config.api), &admin);
        let (path, fresh) = (self.state.kubeconfig(), self.state.file("kubeconfig.new"));
        mounts::file(&fresh, text)?;
        let what = || format!("cannot write `{}`", path.display());
        std::fs::set_permissions(&fresh, std::os::unix::fs::PermissionsExt::from_mode(0o600)).named(what)?;
        std::fs::rename(&fresh, &path).named(what)
    }

    /// What the fabric itself serves: the API on the host's loopback address, and what nodes and pods use.
    async fn serve(&self, listener: TcpListener, client: &Client, pki: &Pki) -> Result<JoinSet<Result<()>>> {
        let mut servers = JoinSet::new();
        listener
            .set_nonblocking(true)
            .named(|| "cannot serve the API on the host".to_owned())?;
        let listener = tokio::net::TcpListener::from_std(listener)
            .named(|| "cannot serve the API on the host".to_owned())?;
        servers.spawn(forward(listener));
        let credential = pki.issue(
            &Subject::new("metrics-server").serving(vec!["metrics-server.kube-system.svc".to_owned()]),
        )?;
        servers.spawn(metrics::listen(client.clone(), &credential).await?);
        Ok(servers)
    }
}

/// What the API server is called from the host, from nodes and from pods.
fn api_names() -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "kubernetes", "kubernetes.default", "127.0.0.1"]
        .map(str::to_owned)
        .to_vec();
    names.extend([
        "kubernetes.default.svc".to_owned(),
        format!("kubernetes.default.svc.{}", addresses::DOMAIN),
        addresses::API_VIP.to_owned(),
        SUPERVISOR.to_string(),
        addresses::SUPERVISOR6.to_string(),
    ]);
    names
}

/// Carries every connection of the host's listener to the API server.
async fn forward(listener: tokio::net::TcpListener) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        // a client that went away before it was accepted is no reason to end
        let Ok((mut near, _)) = listener.accept().await else {
            continue;
        };
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect((SUPERVISOR, API_PORT)).await {
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// The programs of the control plane.
#[derive(Default)]
struct Parts {
    running: Vec<(&'static str, Child)>,
}

impl Parts {
    fn start(&mut self, fabric: &Fabric, name: &'static str, arguments: Vec<String>) -> Result<()> {
        let log = state::open_log(&fabric.state, name)?;
        let mut command = host::command(&fabric.config.kubernetes, log)?;
        command.arg(name).args(arguments).current_dir("/");
        let child = tokio::process::Command::from(command)
            .spawn()
            .named(|| format!("cannot start {name}"))?;
        self.running.push((name, child));
        Ok(())
    }

    /// Waits until one of them has ended, which none should.
    async fn ended(&mut self) -> Failure {
        loop {
            for (name, child) in &mut self.running {
                if let Ok(Some(status)) = child.try_wait() {
                    return Failure::new(format!("{name} ended with {status}"))
                        .with_hint(format!("its log is `{name}.log` in the cluster's folder `logs`"));
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    async fn until_open(&mut self, address: Ipv4Addr, port: u16) -> Result<()> {
        let open = async {
            while TcpStream::connect((address, port)).await.is_err() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        self.wait(open, &format!("nothing listens on port {port}")).await
    }

    async fn until_ready(&mut self, client: &Client) -> Result<()> {
        let ready = async {
            loop {
                let request = http::Request::get("/readyz").body(Vec::new());
                if let Ok(request) = request
                    && client.request_text(request).await.is_ok()
                {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        self.wait(ready, "the API server is not ready").await
    }

    async fn wait(&mut self, event: impl Future<Output = ()>, state: &str) -> Result<()> {
        let begin = Instant::now();
        tokio::select! {
            ended = self.ended() => Err(ended),
            in_time = timeout(PATIENCE, event) => in_time.map_err(|_| {
                Failure::new(format!("{state} after {} s", begin.elapsed().as_secs()))
            }),
        }
    }
}
