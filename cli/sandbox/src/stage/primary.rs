//! The primary CNI plugin: a point-to-point link for each pod, an address from the node's pod network.
//!
//! Point-to-point and not a bridge: traffic between two pods of a node then passes the node's rules like any
//! other, so that answers from a service's endpoint on the same node get the service's address back.

use crate::error::{Failure, Named, Result};
use crate::link::Links;
use nix::fcntl::{Flock, FlockArg};
use nix::sched::{CloneFlags, setns};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Which addresses are taken, by whom; lost with the node's power, like the pods.
const LEASES: &str = "/run/meshctl/addresses";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    cni_version: String,
    gateway: Option<Ipv4Addr>,
}

/// One call of the plugin: the command from the environment, the configuration from stdin.
pub(crate) fn main() -> ExitCode {
    let mut input = String::new();
    drop(std::io::stdin().read_to_string(&mut input));
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let outcome = match variable("CNI_COMMAND").as_str() {
        "ADD" => add(
            &input,
            &variable("CNI_CONTAINERID"),
            &variable("CNI_NETNS"),
            &variable("CNI_IFNAME"),
        )
        .map(Some),
        "DEL" => remove(&variable("CNI_CONTAINERID")).map(|()| None),
        "VERSION" => Ok(Some(
            json!({"cniVersion": "1.0.0", "supportedVersions": ["0.3.1", "0.4.0", "1.0.0", "1.1.0"]}),
        )),
        "CHECK" | "STATUS" | "GC" => Ok(None),
        other => Err(Failure::new(format!("unknown CNI_COMMAND `{other}`"))),
    };
    let (answer, code) = match outcome {
        Ok(answer) => (answer, ExitCode::SUCCESS),
        Err(failure) => (
            Some(json!({"cniVersion": "1.0.0", "code": 100, "msg": failure.chain()})),
            ExitCode::FAILURE,
        ),
    };
    if let Some(answer) = answer {
        drop(std::io::stdout().write_all(answer.to_string().as_bytes()));
    }
    code
}

fn add(input: &str, id: &str, netns: &str, interface: &str) -> Result<Value> {
    let config: Config =
        serde_json::from_str(input).named(|| "cannot read the network configuration".to_owned())?;
    let gateway = config
        .gateway
        .ok_or_else(|| Failure::new("the network configuration has no `gateway`"))?;
    if id.is_empty() || netns.is_empty() || interface.is_empty() {
        return Err(Failure::new(
            "CNI_CONTAINERID, CNI_NETNS and CNI_IFNAME are needed",
        ));
    }
    let address = lease(id, gateway)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.named(|| "cannot start a runtime".to_owned())?;
    let link = Link {
        host: link_name(id),
        interface,
        netns,
        address,
        gateway,
    };
    let mac = runtime
        .block_on(connect(&link))
        .inspect_err(|_| drop(fs::remove_file(lease_file(address))))?;
    Ok(json!({
        "cniVersion": config.cni_version,
        "interfaces": [{"name": link.host}, {"name": interface, "mac": mac, "sandbox": netns}],
        "ips": [{"version": "4", "interface": 1, "address": format!("{address}/32"), "gateway": gateway}],
        "routes": [{"dst": "0.0.0.0/0", "gw": gateway}],
        "dns": {},
    }))
}

struct Link<'a> {
    host: String,
    interface: &'a str,
    netns: &'a str,
    address: Ipv4Addr,
    gateway: Ipv4Addr,
}

/// Connects the pod; the thread ends up in the pod's namespace, which is fine for a process with one purpose.
async fn connect(link: &Link<'_>) -> Result<String> {
    let netns =
        File::open(link.netns).named(|| format!("cannot open the pod's namespace `{}`", link.netns))?;
    let node = Links::open()?;
    node.remove(&link.host).await;
    let inner = format!("p{}", &link.host[1..]);
    node.add_pair(&link.host, &inner).await?;
    node.move_to(&inner, netns.as_fd()).await?;
    node.add_address(&link.host, link.gateway, 32).await?;
    node.up(&link.host).await?;
    node.route_link(link.address, 32, &link.host).await?;
    setns(&netns, CloneFlags::CLONE_NEWNET).named(|| format!("cannot enter `{}`", link.netns))?;
    let pod = Links::open()?;
    pod.up("lo").await?;
    pod.rename(&inner, link.interface).await?;
    pod.add_address(link.interface, link.address, 32).await?;
    pod.up(link.interface).await?;
    pod.route_link(link.gateway, 32, link.interface).await?;
    pod.route_via(Ipv4Addr::UNSPECIFIED, 0, link.gateway).await?;
    pod.mac(link.interface).await
}

fn remove(id: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.named(|| "cannot start a runtime".to_owned())?;
    runtime.block_on(async {
        let node = Links::open()?;
        node.remove(&link_name(id)).await;
        Ok(())
    })?;
    for entry in fs::read_dir(LEASES).into_iter().flatten().flatten() {
        if fs::read_to_string(entry.path()).is_ok_and(|owner| owner == id) {
            drop(fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// The node's end of a pod's link; a link name has room for 15 characters.
fn link_name(id: &str) -> String {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    format!("v{:012x}", hasher.finish() & 0xffff_ffff_ffff)
}

fn lease_file(address: Ipv4Addr) -> PathBuf {
    Path::new(LEASES).join(address.to_string())
}

/// Takes the next free address after the one given last, so that an address rests before it is used again.
fn lease(id: &str, gateway: Ipv4Addr) -> Result<Ipv4Addr> {
    let what = || "cannot take an address".to_owned();
    fs::create_dir_all(LEASES).named(what)?;
    let lock = File::create(Path::new(LEASES).join("lock")).named(what)?;
    let _held = Flock::lock(lock, FlockArg::LockExclusive)
        .map_err(|(_, error)| error)
        .named(what)?;
    let last_file = Path::new(LEASES).join("last");
    let last: u8 = fs::read_to_string(&last_file)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let [a, b, c, _] = gateway.octets();
    let candidates = (last.max(1)..254).chain(1..last.max(1)).map(|host| host + 1);
    for host in candidates {
        let address = Ipv4Addr::new(a, b, c, host);
        let file = lease_file(address);
        if address != gateway && !file.exists() {
            fs::write(&file, id).named(what)?;
            fs::write(&last_file, host.to_string()).named(what)?;
            return Ok(address);
        }
    }
    Err(Failure::new("every address of the node's pod network is taken"))
}
