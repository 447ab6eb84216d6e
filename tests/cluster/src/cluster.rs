//! A cluster as tests and people use it: started, disturbed, taken down.

use crate::addresses;
use crate::assets::Assets;
use crate::control::{self, Order};
use crate::host;
use crate::role::{self, LaunchConfig, Role};
use crate::{mounts, state};
use mesh_sandbox::error::{Failure, Named, Result};
use mesh_sandbox::life;
use mesh_sandbox::state::StateDir;
use mesh_sys::netns::NetNamespace;
use mesh_sys::program::own_path;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

/// What a cluster is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name.
    pub name: String,
    /// How many nodes.
    pub nodes: u8,
    /// Whether nodes, pods and services have IPv6 addresses too.
    pub is_dual: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: crate::state::DEFAULT_NAME.to_owned(),
            nodes: 2,
            is_dual: false,
        }
    }
}

/// A running cluster. Until it is released, a cluster that was started here ends with this value and with this process.
#[derive(Debug)]
pub struct Cluster {
    state: StateDir,
    /// The pipe by which the cluster sees that we live, and its watchdog.
    tie: Option<(ChildStdout, Child)>,
}

impl Cluster {
    /// Starts a cluster and waits until nodes and DNS answer.
    ///
    /// # Errors
    /// The first reason why it does not come up; only its logs are left then.
    pub fn start(options: &Options, assets: &Assets, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        if !(1..=addresses::MAX_NODES).contains(&options.nodes) {
            return Err(Failure::new(format!(
                "a cluster has 1 to {} nodes, not {}",
                addresses::MAX_NODES,
                options.nodes
            )));
        }
        let state = state::of(&options.name)?;
        if state.is_running() {
            return Err(Failure::new(format!(
                "the cluster `{}` runs already",
                options.name
            )));
        }
        state::remove(&state, false);
        state.create()?;
        for folder in ["logs", "work"] {
            mounts::folder(&state.file(folder))?;
        }
        let mut watchdog = launch(&state, options, assets)?;
        let pipe = life::follow(&state, &mut watchdog, progress)?;
        Ok(Self {
            state,
            tie: Some((pipe, watchdog)),
        })
    }

    /// Lets go of a cluster that was started here: it stays until [`Cluster::down`].
    ///
    /// # Errors
    /// It has ended meanwhile.
    pub fn release(mut self) -> Result<()> {
        self.order(Order::Release)?;
        self.tie = None;
        Ok(())
    }

    /// A cluster that runs.
    ///
    /// # Errors
    /// None of this name does.
    pub fn find(name: &str) -> Result<Self> {
        let state = state::of(name)?;
        if state.is_running() && state.kubeconfig().exists() {
            return Ok(Self { state, tie: None });
        }
        Err(Failure::new(format!("no cluster `{name}` runs")))
    }

    /// The administrator's kubeconfig, which works on the host.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.state.kubeconfig()
    }

    /// Where its journal and logs are.
    #[must_use]
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    fn order(&self, order: Order) -> Result<u32> {
        control::order(&self.state.file("control.sock"), order)
    }

    /// Ends a node (from 1) as a power loss does.
    ///
    /// # Errors
    /// There is no such node, or it is off.
    pub fn kill_node(&self, node: u8) -> Result<()> {
        self.order(Order::Kill(node)).map(drop)
    }

    /// Starts a node that is off.
    ///
    /// # Errors
    /// There is no such node, or it is on.
    pub fn restart_node(&self, node: u8) -> Result<()> {
        self.order(Order::Restart(node)).map(drop)
    }

    /// Two nodes no longer hear each other; node 0 is the control plane.
    ///
    /// # Errors
    /// There is no such node, or the rules cannot be put.
    pub fn cut(&self, one: u8, other: u8) -> Result<()> {
        self.order(Order::Cut(one, other)).map(drop)
    }

    /// So many of a hundred packets between nodes are lost.
    ///
    /// # Errors
    /// More than a hundred, or the rules cannot be put.
    pub fn lose(&self, of_a_hundred: u8) -> Result<()> {
        self.order(Order::Lose(of_a_hundred)).map(drop)
    }

    /// Makes the network whole again.
    ///
    /// # Errors
    /// The rules cannot be removed.
    pub fn heal(&self) -> Result<()> {
        self.order(Order::Heal).map(drop)
    }

    fn fabric(&self) -> Result<i32> {
        let journal = self.state.find_journal();
        journal
            .map(|journal| journal.root)
            .ok_or_else(|| Failure::new(format!("the cluster `{}` has no journal", self.state.name())))
    }

    /// The network namespace with the bridge between the nodes.
    ///
    /// # Errors
    /// The cluster has ended.
    pub fn bridge_namespace(&self) -> Result<NetNamespace> {
        let path = format!("/proc/{}/ns/net", self.fabric()?);
        NetNamespace::open(&path).named(|| "cannot enter the cluster's network".to_owned())
    }

    /// The network namespace of a node.
    ///
    /// # Errors
    /// There is no such node, or it is off.
    pub fn node_namespace(&self, node: u8) -> Result<NetNamespace> {
        let path = self.node_process(node)?.join("ns/net");
        NetNamespace::open(&path).named(|| format!("cannot enter the network of node {node}"))
    }

    /// The process 1 of a node, seen through the fabric's own process list.
    fn node_process(&self, node: u8) -> Result<PathBuf> {
        let pid = self.order(Order::Pid(node))?;
        Ok(PathBuf::from(format!("/proc/{}/root/proc/{pid}", self.fabric()?)))
    }

    /// Runs a program in the network namespace of a node (0 is the bridge's) and returns what it printed.
    ///
    /// # Errors
    /// There is no such node, or the program fails.
    pub fn run_in_network(&self, node: u8, program: &str, arguments: &[&str]) -> Result<String> {
        let namespace = if node == 0 {
            self.bridge_namespace()?
        } else {
            self.node_namespace(node)?
        };
        let ran = namespace.run(|| host::run(program, arguments, ""));
        ran.named(|| format!("cannot enter the network of node {node}"))?
    }

    /// Ends a cluster and removes all it left, also after a crash. `false` when there was nothing.
    ///
    /// # Errors
    /// When it does not end.
    pub fn down(name: &str) -> Result<bool> {
        let state = state::of(name)?;
        if !state.file("").exists() {
            return Ok(false);
        }
        life::end(&state)?;
        state::remove(&state, false);
        Ok(true)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((pipe, mut watchdog)) = self.tie.take() {
            drop(pipe);
            let _ = life::end(&self.state);
            let _ = watchdog.wait();
            state::remove(&self.state, false);
        }
    }
}

fn launch(state: &StateDir, options: &Options, assets: &Assets) -> Result<Child> {
    let listener = TcpListener::bind("127.0.0.1:0").named(|| "cannot listen on 127.0.0.1".to_owned())?;
    let api = listener
        .local_addr()
        .named(|| "cannot read the API's address".to_owned())?;
    let config = LaunchConfig {
        name: options.name.clone(),
        nodes: options.nodes,
        is_dual: options.is_dual,
        state: state.file(""),
        program: own_path().named(|| "cannot find the running program".to_owned())?,
        kubernetes: assets.kubernetes.clone(),
        images: assets.images.clone(),
        api: api.to_string(),
    };
    role::command(&config.program, Role::Watchdog, &config)?
        .env_clear()
        .env("PATH", host::PATH)
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::piped())
        .stderr(state::open_log(state, "cluster")?)
        .current_dir("/")
        .spawn()
        .named(|| "cannot start the cluster's watchdog".to_owned())
}
