//! Process 1 of a sandbox: the bridge between the nodes, and the nodes.
//!
//! Everything it makes lives in namespaces and on file systems of its own, so nothing has to be undone:
//! its death is the end of all of it.

use crate::addresses;
use crate::error::{Failure, Named, Result};
use crate::launch::{LaunchConfig, Report};
use crate::link::Links;
use crate::mounts;
use crate::node::NodeConfig;
use crate::stage::{self, Stage};
use std::fs::{self, File, Permissions};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::time::sleep;
use tracing::info;

/// The supervisor's own folder, on a file system that dies with it.
const OWN: &str = "/run/meshctl";

/// Brings everything up, says so, and stays until a node fails for good.
pub(crate) fn run(config: LaunchConfig) -> Result<ExitCode> {
    prepare(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.named(|| "cannot start a runtime".to_owned())?;
    runtime.block_on(serve(config))?;
    Ok(ExitCode::SUCCESS)
}

fn prepare(config: &LaunchConfig) -> Result<()> {
    mounts::make_private()?;
    mounts::proc(Path::new("/proc"))?;
    let own = Path::new(OWN);
    // the programs may lie below /run: they are opened through these binds before /run is covered
    let held = Path::new("/mnt");
    mounts::tmpfs(held, "mode=0700")?;
    for (from, name) in [(&config.meshctl, "bin/meshctl"), (&config.programs, "programs")] {
        let to = held.join(name);
        mounts::place_for(from, &to)?;
        mounts::bind(from, &to)?;
    }
    mounts::tmpfs(Path::new("/run"), "mode=0755")?;
    fs::create_dir_all(own).named(|| format!("cannot make `{OWN}`"))?;
    fs::set_permissions(own, Permissions::from_mode(0o700)).named(|| format!("cannot protect `{OWN}`"))?;
    for name in ["bin", "programs"] {
        let to = own.join(name);
        mounts::place_for(held, &to)?;
        mounts::bind(&held.join(name), &to)?;
    }
    Ok(())
}

async fn serve(config: LaunchConfig) -> Result<()> {
    let links = Links::open()?;
    links.up("lo").await?;
    links.add_bridge("br0").await?;
    links.add_address("br0", addresses::SUPERVISOR, 24).await?;
    let mut nodes = Vec::new();
    for index in 1..=config.nodes {
        nodes.push(start_node(&config, &links, index).await?);
        links
            .route_via(Ipv4Addr::new(10, 244, index, 0), 24, addresses::node(index))
            .await?;
    }
    for (index, node) in (1..=config.nodes).zip(&mut nodes) {
        until_connected(index, node).await?;
        Report::Progress(format!("{} is connected", addresses::node_name(index))).send();
    }
    Report::Ready.send();
    info!(nodes = config.nodes, "the sandbox is up");
    let (ended, index, _) =
        futures::future::select_all(nodes.iter_mut().map(|node| Box::pin(node.wait()))).await;
    let ended = ended.named(|| "cannot wait for the nodes".to_owned())?;
    Err(Failure::new(format!(
        "a node ended: number {} of {}, {ended}",
        index + 1,
        config.nodes
    )))
}

fn folder(index: u8) -> PathBuf {
    Path::new(OWN).join("nodes").join(addresses::node_name(index))
}

async fn start_node(config: &LaunchConfig, links: &Links, index: u8) -> Result<Child> {
    let name = addresses::node_name(index);
    let node = NodeConfig {
        name: name.clone(),
        index,
        nodes: config.nodes,
        folder: folder(index),
        bin: Path::new(OWN).join("bin"),
        programs: Path::new(OWN).join("programs"),
        all_ids: config.all_ids,
    };
    for part in ["disk", "ctl"] {
        let path = node.folder.join(part);
        fs::create_dir_all(&path).named(|| format!("cannot make `{}`", path.display()))?;
        fs::set_permissions(&path, Permissions::from_mode(0o700))
            .named(|| format!("cannot protect `{}`", path.display()))?;
    }
    let command = stage::command(&node.bin.join("meshctl"), Stage::Node, &node)?;
    let child = Command::from(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    let child = child.named(|| format!("cannot start `{name}`"))?;
    let pid = child
        .id()
        .ok_or_else(|| Failure::new(format!("`{name}` ended at once")))?;
    let port = format!("n{index}");
    links.add_pair(&port, "eth0").await?;
    let namespace = own_network(pid, &name).await?;
    links.move_to("eth0", namespace.as_fd()).await?;
    links.attach(&port, "br0").await?;
    Ok(child)
}

/// The node's network namespace, once it has one of its own.
async fn own_network(pid: u32, name: &str) -> Result<File> {
    let ours = fs::read_link("/proc/self/ns/net").named(|| "cannot read the network namespace".to_owned())?;
    let path = format!("/proc/{pid}/ns/net");
    let deadline = Instant::now() + Duration::from_secs(10);
    while fs::read_link(&path).map_or(true, |theirs| theirs == ours) {
        if Instant::now() > deadline {
            return Err(Failure::new(format!(
                "`{name}` did not make its network within 10 s"
            )));
        }
        sleep(Duration::from_millis(1)).await;
    }
    File::open(&path).named(|| format!("cannot open the network of `{name}`"))
}

async fn until_connected(index: u8, node: &mut Child) -> Result<()> {
    let name = addresses::node_name(index);
    let deadline = Instant::now() + Duration::from_secs(15);
    while !folder(index).join("ctl/connected").exists() {
        if let Ok(Some(status)) = node.try_wait() {
            return Err(Failure::new(format!("`{name}` ended while starting ({status})")));
        }
        if Instant::now() > deadline {
            return Err(Failure::new(format!("`{name}` was not connected within 15 s")));
        }
        sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}
