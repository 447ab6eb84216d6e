//! Starts the nodes, connects them to the bridge, and starts them again when their power is lost.

use super::OWN;
use crate::addresses;
use crate::error::{Failure, Named, Result};
use crate::launch::LaunchConfig;
use crate::link::Links;
use crate::node::NodeConfig;
use crate::stage::{self, Stage};
use mesh_kubeapi::ApiServer;
use std::fs::{self, File, Permissions};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::warn;

/// How long a node stays off.
const OFF: Duration = Duration::from_secs(2);
/// A node that ends sooner than this after its start has something wrong with it.
const STABLE: Duration = Duration::from_secs(3);

/// The folder of a node, shared with it in part.
pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(OWN).join("nodes").join(name)
}

/// Makes the node's folder and its credentials.
pub(super) fn prepare(api: &ApiServer, index: u8) -> Result<()> {
    let name = addresses::node_name(index);
    for part in ["disk", "ctl"] {
        let path = folder(&name).join(part);
        fs::create_dir_all(&path).named(|| format!("cannot make `{}`", path.display()))?;
        fs::set_permissions(&path, Permissions::from_mode(0o700))
            .named(|| format!("cannot protect `{}`", path.display()))?;
    }
    let what = || format!("cannot make the credentials of `{name}`");
    let credential = api
        .credential(&format!("system:node:{name}"), "system:nodes")
        .named(what)?;
    let text = api
        .pki()
        .kubeconfig("sandbox", &format!("https://{}", addresses::api()), &credential);
    crate::state::write_private(&folder(&name).join("ctl/kubeconfig"), text.as_bytes())
}

/// Keeps a node running; a node that cannot even start ends the sandbox.
pub(super) fn start(config: &LaunchConfig, index: u8, parts: &mut JoinSet<Result<()>>) {
    let node = NodeConfig {
        name: addresses::node_name(index),
        index,
        nodes: config.nodes,
        folder: folder(&addresses::node_name(index)),
        bin: Path::new(OWN).join("bin"),
        programs: Path::new(OWN).join("programs"),
        all_ids: config.all_ids,
    };
    parts.spawn(async move {
        let links = Links::open()?;
        loop {
            let began = Instant::now();
            let mut child = run(&links, &node).await?;
            let status = child
                .wait()
                .await
                .named(|| format!("cannot wait for `{}`", node.name))?;
            if began.elapsed() < STABLE {
                return Err(Failure::new(format!(
                    "`{}` ended while starting ({status})",
                    node.name
                )));
            }
            warn!(node = node.name, %status, "the node has lost its power; it comes back");
            sleep(OFF).await;
        }
    });
}

async fn run(links: &Links, node: &NodeConfig) -> Result<Child> {
    let name = &node.name;
    let command = stage::command(&node.bin.join("meshctl"), Stage::Node, node)?;
    let child = Command::from(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    let child = child.named(|| format!("cannot start `{name}`"))?;
    let pid = child
        .id()
        .ok_or_else(|| Failure::new(format!("`{name}` ended at once")))?;
    let namespace = own_network(pid, name).await?;
    // the peer gets its real name in the node, where no other node's is
    let (port, peer) = (format!("n{}", node.index), format!("e{}", node.index));
    links.remove(&port).await;
    links.add_pair(&port, &peer).await?;
    links.move_to(&peer, namespace.as_fd()).await?;
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
