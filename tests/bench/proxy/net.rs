//! Nodes and pods as network namespaces joined by veth pairs. They end with their last handle and process, so that
//! nothing is left behind, however the benchmark ends.

use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Command, Stdio};

use mesh_node::redirect::writer::Writer;
use mesh_node::redirect::{self, PodCapture};
use mesh_sys::netns::NetNamespace;

use crate::Outcome;

/// Of every namespace. Reno is allowed in all of them and never paces; with BBR its timers would be part of what is
/// measured. Clients open tens of thousands of connections in a row.
const SETTINGS: [(&str, &str); 8] = [
    ("ipv4/tcp_congestion_control", "reno"),
    ("ipv4/ip_local_port_range", "1024 65000"),
    ("ipv4/tcp_tw_reuse", "1"),
    ("ipv4/tcp_max_syn_backlog", "65535"),
    ("core/somaxconn", "65535"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/ip_forward", "1"),
];

/// Two nodes.
pub(crate) struct Net {
    /// Their namespaces.
    pub(crate) nodes: [NetNamespace; 2],
}

/// A pod.
pub(crate) struct Pod {
    /// Its namespace.
    pub(crate) space: NetNamespace,
    /// Its address.
    pub(crate) address: Ipv4Addr,
}

/// Whether namespaces can be made here at all.
pub(crate) fn check() -> Outcome<()> {
    NetNamespace::create()
        .map(drop)
        .map_err(|error| format!("{error}; run it as root").into())
}

/// A node's address on the link between the two.
pub(crate) fn node_address(node: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, 0, if node == 0 { 1 } else { 2 })
}

/// A node's address, as its pods reach it.
pub(crate) fn gateway(node: usize) -> Ipv4Addr {
    pod_address(node, 0)
}

fn pod_address(node: usize, number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 98, if node == 0 { 1 } else { 2 }, number + 1)
}

impl Net {
    /// Two nodes, each with a way to the pods of the other.
    pub(crate) fn new() -> Outcome<Self> {
        let nodes = [space()?, space()?];
        ip(
            &nodes[0],
            &[format!(
                "link add other type veth peer name other netns {}",
                path(&nodes[1])
            )],
        )?;
        for (at, node) in nodes.iter().enumerate() {
            let other = 1 - at;
            let pods = Ipv4Addr::from_bits(gateway(other).to_bits() & !0xff);
            let lines = [
                format!("addr add {}/24 dev other", node_address(at)),
                "link set other up".to_owned(),
                format!("route add {pods}/24 via {}", node_address(other)),
            ];
            ip(node, &lines)?;
        }
        Ok(Self { nodes })
    }

    /// A pod on a node; `number` is not zero, and of one pod alone.
    pub(crate) fn pod(&self, node: usize, number: u8) -> Outcome<Pod> {
        let (space, address, gateway) = (space()?, pod_address(node, number), gateway(node));
        let outside = [
            format!(
                "link add pod{number} type veth peer name eth0 netns {}",
                path(&space)
            ),
            format!("link set pod{number} up"),
            format!("addr add {gateway}/32 dev pod{number}"),
            format!("route add {address}/32 dev pod{number}"),
        ];
        ip(&self.nodes[node], &outside)?;
        let within = [
            format!("addr add {address}/32 dev eth0"),
            "link set eth0 up".to_owned(),
            format!("route add {gateway} dev eth0"),
            format!("route add default via {gateway} dev eth0"),
        ];
        ip(&space, &within)?;
        Ok(Pod { space, address })
    }
}

impl Pod {
    /// Puts the rules of a captured pod into it.
    pub(crate) fn capture(self) -> Outcome<Self> {
        let rules = redirect::pod(&PodCapture::default());
        self.space.run(|| Writer::Netlink.apply(&rules))??;
        Ok(self)
    }
}

fn space() -> Outcome<NetNamespace> {
    let space = NetNamespace::create()?;
    space.run(|| {
        for (name, value) in SETTINGS {
            let _ = fs::write(format!("/proc/sys/net/{name}"), value); // not every kernel has all of them
        }
    })?;
    ip(&space, &["link set lo up".to_owned()])?;
    Ok(space)
}

fn path(space: &NetNamespace) -> String {
    format!("/proc/{}/fd/{}", std::process::id(), space.as_fd().as_raw_fd())
}

fn ip(space: &NetNamespace, lines: &[String]) -> Outcome<()> {
    let mut command = Command::new("ip");
    command
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = space
        .run(|| command.spawn())?
        .map_err(|error| format!("cannot start the program `ip`: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(lines.join("\n").as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`ip`: {}", String::from_utf8_lossy(&output.stderr).trim_end()).into())
}
