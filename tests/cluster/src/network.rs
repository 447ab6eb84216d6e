//! The network between the nodes: a bridge in the fabric's namespace, a link for each node, static routes.

use crate::addresses::{self, SUPERVISOR, SUPERVISOR6};
use crate::host;
use mesh_sandbox::error::{Named, Result};
use std::fs;

const BRIDGE: &str = "br0";

/// The fabric's end of a node's link.
pub(crate) fn port(node: u8) -> String {
    format!("port{node}")
}

/// Makes the bridge, in the caller's namespace, and routes to the pods of every node.
pub(crate) fn make_bridge(nodes: u8, is_dual: bool) -> Result<()> {
    forward(is_dual)?;
    let mut lines = vec![
        "link set lo up".to_owned(),
        format!("link add {BRIDGE} type bridge"),
        format!("addr add {SUPERVISOR}/24 dev {BRIDGE}"),
        format!("link set {BRIDGE} up"),
    ];
    if is_dual {
        lines.push(format!("addr add {SUPERVISOR6}/64 dev {BRIDGE} nodad"));
    }
    lines.extend(routes(nodes, 0, is_dual));
    host::ip(&lines)
}

/// Joins a node, whose network namespace is that of process `pid`, to the bridge.
pub(crate) fn join(node: u8, pid: u32) -> Result<()> {
    let port = port(node);
    // the other end of an earlier life is gone, or about to be
    let _ = host::run("ip", &["link", "del", &port], "");
    host::ip(&[
        format!("link add {port} type veth peer name eth0 netns {pid}"),
        format!("link set {port} master {BRIDGE} up"),
    ])
}

/// Gives the node its address and its routes, in the caller's namespace.
pub(crate) fn settle(node: u8, nodes: u8, is_dual: bool) -> Result<()> {
    forward(is_dual)?;
    let mut lines = vec![
        "link set lo up".to_owned(),
        format!("addr add {}/24 dev eth0", addresses::node(node)),
        "link set eth0 up".to_owned(),
        format!("route add default via {SUPERVISOR}"),
    ];
    if is_dual {
        lines.push(format!("addr add {}/64 dev eth0 nodad", addresses::node6(node)));
        lines.push(format!("route add ::/0 via {SUPERVISOR6}"));
    }
    lines.extend(routes(nodes, node, is_dual));
    host::ip(&lines)
}

/// Routes to the pods of every node but one.
fn routes(nodes: u8, but: u8, is_dual: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for node in (1..=nodes).filter(|node| *node != but) {
        lines.push(format!(
            "route add {} via {}",
            addresses::pod_cidr(node),
            addresses::node(node)
        ));
        if is_dual {
            lines.push(format!(
                "route add {} via {}",
                addresses::pod_cidr6(node),
                addresses::node6(node)
            ));
        }
    }
    lines
}

/// Forwards packets, in the caller's network namespace only.
fn forward(is_dual: bool) -> Result<()> {
    let mut settings = vec!["ipv4/ip_forward"];
    if is_dual {
        settings.push("ipv6/conf/all/forwarding");
    }
    for setting in settings {
        let path = format!("/proc/sys/net/{setting}");
        fs::write(&path, "1").named(|| format!("cannot write `{path}`"))?;
    }
    Ok(())
}

/// What is cut between the nodes, as a set of rules on the bridge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Pairs of nodes that do not hear each other; node 0 is the control plane.
    pub(crate) cuts: Vec<(u8, u8)>,
    /// How many of a hundred packets between nodes are lost.
    pub(crate) loss: u8,
}

impl Trouble {
    /// The rules, as `nft` reads them.
    pub(crate) fn rules(&self) -> String {
        let mut lines = vec![
            "table bridge trouble".to_owned(),
            "delete table bridge trouble".to_owned(),
        ];
        if *self == Self::default() {
            return lines.join("\n");
        }
        let (mut forward, mut input, mut output) = (Vec::new(), Vec::new(), Vec::new());
        for (one, other) in &self.cuts {
            for (from, to) in [(one, other), (other, one)] {
                match (from, to) {
                    (0, to) => output.push(format!("oifname {} drop", port(*to))),
                    (from, 0) => input.push(format!("iifname {} drop", port(*from))),
                    (from, to) => {
                        forward.push(format!("iifname {} oifname {} drop", port(*from), port(*to)));
                    }
                }
            }
        }
        match self.loss {
            0 => {}
            1..=99 => forward.push(format!("numgen random mod 100 < {} drop", self.loss)),
            _ => forward.push("drop".to_owned()),
        }
        lines.push("table bridge trouble {".to_owned());
        for (hook, rules) in [("forward", forward), ("input", input), ("output", output)] {
            lines.push(format!("chain {hook} {{"));
            lines.push(format!("type filter hook {hook} priority 0"));
            lines.extend(rules);
            lines.push("}".to_owned());
        }
        lines.push("}".to_owned());
        lines.join("\n")
    }

    /// Puts the rules, in the caller's namespace.
    pub(crate) fn apply(&self) -> Result<()> {
        host::run("nft", &["-f", "-"], &self.rules()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_in_both_directions_and_reaches_the_control_plane() {
        let trouble = Trouble {
            cuts: vec![(1, 2), (0, 2)],
            loss: 7,
        };
        let rules = trouble.rules();
        for expected in [
            "iifname port1 oifname port2 drop",
            "iifname port2 oifname port1 drop",
            "hook output priority 0\noifname port2 drop",
            "hook input priority 0\niifname port2 drop",
            "numgen random mod 100 < 7 drop",
        ] {
            assert!(rules.contains(expected), "{expected} is not in {rules}");
        }
        assert!(!Trouble::default().rules().contains("chain"));
    }
}
