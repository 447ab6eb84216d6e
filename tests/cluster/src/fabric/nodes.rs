//! The nodes as the fabric sees them: started, killed like a machine without power, started again.

use crate::network::{self, Trouble};
use crate::role::{self, LaunchConfig, Role};
use crate::state;
use crate::{addresses, cgroups};
use mesh_sandbox::error::{Failure, Named, Result};
use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::sleep;

/// What one node must know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NodeConfig {
    pub(crate) launch: LaunchConfig,
    pub(crate) index: u8,
    /// The folder in memory that holds everything of this node.
    pub(crate) home: PathBuf,
    /// Certificates and kubeconfigs.
    pub(crate) pki: PathBuf,
}

/// All nodes of a cluster.
pub(crate) struct Nodes {
    config: LaunchConfig,
    work: PathBuf,
    running: Mutex<Vec<Option<Child>>>,
    trouble: Mutex<Trouble>,
}

impl Nodes {
    /// Starts all of them up to the container runtime.
    pub(super) fn start(config: LaunchConfig, work: PathBuf) -> Result<Self> {
        let mut running = Vec::new();
        for index in 1..=config.nodes {
            running.push(Some(start(&config, &work, index)?));
        }
        Ok(Self {
            config,
            work,
            running: Mutex::new(running),
            trouble: Mutex::default(),
        })
    }

    /// Lets every node join the cluster.
    pub(super) async fn serve(&self) -> Result<()> {
        for child in self.running.lock().await.iter_mut().flatten() {
            tell(child, "serve")?;
        }
        Ok(())
    }

    /// Waits until a node has ended by itself, which none should.
    pub(super) async fn ended(&self) -> Failure {
        loop {
            for (slot, index) in self.running.lock().await.iter_mut().zip(1..) {
                if let Some(status) = slot.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                    let name = addresses::node_name(index);
                    return Failure::new(format!("{name} ended with {status}"))
                        .with_hint(format!("its log is `{name}.log` in the cluster's folder `logs`"));
                }
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Ends a node as a power loss does: everything in it is gone at once.
    pub(crate) async fn kill(&self, index: u8) -> Result<()> {
        let mut running = self.running.lock().await;
        let slot = slot(&mut running, index)?;
        let mut child = slot
            .take()
            .ok_or_else(|| Failure::new(format!("{} is off already", addresses::node_name(index))))?;
        let what = || format!("cannot end {}", addresses::node_name(index));
        child.kill().named(what)?;
        child.wait().map(drop).named(what)
    }

    /// Starts a node that is off; its disk is as it was.
    pub(crate) async fn restart(&self, index: u8) -> Result<()> {
        let mut running = self.running.lock().await;
        let slot = slot(&mut running, index)?;
        if slot.is_some() {
            return Err(Failure::new(format!(
                "{} is on already",
                addresses::node_name(index)
            )));
        }
        let mut child = start(&self.config, &self.work, index)?;
        tell(&mut child, "serve")?;
        *slot = Some(child);
        Ok(())
    }

    /// The process whose namespaces are the node's, in the fabric's process namespace.
    pub(crate) async fn pid(&self, index: u8) -> Result<u32> {
        let mut running = self.running.lock().await;
        let slot = slot(&mut running, index)?;
        let child = slot
            .as_ref()
            .ok_or_else(|| Failure::new(format!("{} is off", addresses::node_name(index))))?;
        Ok(child.id())
    }

    /// Changes what is wrong with the network between the nodes.
    pub(crate) async fn disturb(&self, change: impl FnOnce(&mut Trouble)) -> Result<()> {
        let mut trouble = self.trouble.lock().await;
        change(&mut trouble);
        trouble.apply()
    }

    /// How many nodes there are.
    pub(crate) fn count(&self) -> u8 {
        self.config.nodes
    }
}

fn slot(running: &mut [Option<Child>], index: u8) -> Result<&mut Option<Child>> {
    let count = running.len();
    let found = usize::from(index)
        .checked_sub(1)
        .and_then(|at| running.get_mut(at));
    found.ok_or_else(|| Failure::new(format!("there is no node {index}; there are {count}")))
}

/// Starts a node's process 1 in namespaces of its own and joins it to the bridge.
fn start(config: &LaunchConfig, work: &std::path::Path, index: u8) -> Result<Child> {
    let name = addresses::node_name(index);
    cgroups::create(&config.name, &name)?;
    let log = state::open_log(&state::of_path(&config.name, &config.state), &name)?;
    let node = NodeConfig {
        launch: config.clone(),
        index,
        home: work.join("nodes").join(&name),
        pki: work.join("pki"),
    };
    let mut command = role::command(&config.program, Role::Node, &node)?;
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
    // the namespaces are those of a thread that ends with this call
    let spawned = std::thread::spawn(move || {
        unshare(
            CloneFlags::CLONE_NEWPID
                | CloneFlags::CLONE_NEWNS
                | CloneFlags::CLONE_NEWNET
                | CloneFlags::CLONE_NEWIPC
                | CloneFlags::CLONE_NEWUTS,
        )
        .named(|| "cannot make a node's namespaces".to_owned())?;
        command.spawn().named(|| "cannot start a node".to_owned())
    });
    let mut child = spawned
        .join()
        .map_err(|_| Failure::new("starting a node panicked"))??;
    network::join(index, child.id())?;
    tell(&mut child, "network")?;
    Ok(child)
}

fn tell(child: &mut Child, word: &str) -> Result<()> {
    let stdin = child
        .stdin
        .as_mut()
        .ok_or_else(|| Failure::new("a node has no pipe"))?;
    writeln!(stdin, "{word}").named(|| "a node does not listen".to_owned())
}
