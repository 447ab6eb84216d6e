//! What must be redirected, as data: the rules inside a captured pod and on the host.
//!
//! [`pod`] and [`host`] are pure; `nft` encodes their result for the kernel, `text` for people and tests.
//! The rules are those of inpod-zds.md C.2 and C.3, in that order. Ours beyond it: flows that were open when a
//! running pod was captured are exempted one by one (enrolment.md 2), in rules that exist only while such flows do.

pub(crate) mod branch;
pub mod bypass;
mod element;
pub mod established;
pub(crate) mod expression;
mod foreign;
pub mod iptables;
pub(crate) mod netlink;
pub mod nft;
mod plan;
pub mod probes;
pub mod programs;
pub mod put;
pub mod routing;
mod sockets;
mod text;
mod verify;
pub mod writer;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mesh_wire::well_known::{PROBE_IPV4, PROBE_IPV6};

/// The tables of the mesh, in a pod and on the host.
pub const TABLES: [&str; 3] = ["istio-ambient-nat", "istio-ambient-mangle", "istio-ambient-raw"];
/// Set of the host: addresses whose probes are exempted.
pub const PROBES_V4: &str = "istio-inpod-probes-v4";
/// The same for IPv6.
pub const PROBES_V6: &str = "istio-inpod-probes-v6";
/// Set of a pod: flows that were open before capture.
pub const FLOWS_V4: &str = "istio-preserved-v4";
/// The same for IPv6.
pub const FLOWS_V6: &str = "istio-preserved-v6";

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// A transport that is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP: DNS only.
    Udp,
}

/// Which end of a packet a port belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The sender's.
    Source,
    /// The receiver's.
    Destination,
}

/// Whether a match wants the value or anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// Equal.
    Equal,
    /// Different.
    Not,
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// An address of the packet.
    Address(End, Is, IpAddr),
    /// The transport.
    Transport(Protocol),
    /// A port, with its transport.
    Port(Protocol, End, Is, u16),
    /// The packet's mark under [`MASK`](mesh_wire::well_known::mark::MASK).
    Mark(Is, u32),
    /// The connection's mark under [`MASK`](mesh_wire::well_known::mark::MASK).
    ConnectionMark(Is, u32),
    /// Where the packet leaves.
    OutInterface(Is, String),
    /// Where the packet came in.
    InInterface(String),
    /// The owner of the local socket.
    SocketUid(u32),
    /// The destination is in a set of addresses.
    DestinationIn(Family, &'static str),
    /// Source, source port, destination, destination port are in a set of flows.
    FlowIn(Family, &'static str),
}

/// What happens to a packet that meets all conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Leave it alone.
    Accept,
    /// Back to the calling chain.
    Return,
    /// Continue in a chain of the same table.
    Jump(&'static str),
    /// To a local port.
    Redirect(u16),
    /// Give the connection a mark, under [`MASK`](mesh_wire::well_known::mark::MASK).
    MarkConnection(u32),
    /// Give the packet the connection's mark.
    RestoreMark,
    /// Track the connection in a zone of its own.
    Zone(u16),
    /// Replace the source address.
    SourceNat(IpAddr),
}

/// One rule: conditions, a counter, an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// All must hold.
    pub matches: Vec<Match>,
    /// What then happens.
    pub action: Action,
}

/// The kind of a base chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Address translation.
    Nat,
    /// Plain filtering.
    Filter,
    /// Output filtering after which the route is looked up again.
    Route,
}

/// Where a base chain hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Arriving packets.
    Prerouting,
    /// Locally made packets.
    Output,
    /// Leaving packets.
    Postrouting,
}

/// How a base chain is attached to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// Kind.
    pub kind: Kind,
    /// Hook.
    pub hook: Hook,
    /// Order among the chains of the hook.
    pub priority: i32,
}

/// A chain of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Name, unique in the table.
    pub name: &'static str,
    /// Present for the chains that the kernel calls.
    pub base: Option<Base>,
    /// In order.
    pub rules: Vec<Rule>,
}

/// What a set holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetContent {
    /// Addresses, filled at run time; see [`probes`].
    Addresses,
    /// Flows, fixed by the rule set.
    Flows(BTreeSet<Flow>),
}

/// A named set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Name, unique in the table.
    pub name: &'static str,
    /// Family of its addresses.
    pub family: Family,
    /// What it holds.
    pub content: SetContent,
}

/// A table of family `inet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name.
    pub name: &'static str,
    /// Its sets.
    pub sets: Vec<Set>,
    /// Its chains.
    pub chains: Vec<Chain>,
}

/// Everything that is wanted in one network namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// The nf_tables part.
    pub tables: Vec<Table>,
    /// Families that need the rule and route which bring replies back to the proxy.
    pub routed: Vec<Family>,
}

/// One direction of an open connection, as its packets look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Sender.
    pub source: SocketAddr,
    /// Receiver.
    pub destination: SocketAddr,
}

impl Flow {
    /// The other direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
        }
    }
}

/// Addresses that kubelet probes come from, as captured pods see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeAddresses {
    /// IPv4.
    pub v4: Ipv4Addr,
    /// IPv6.
    pub v6: Ipv6Addr,
}

impl Default for ProbeAddresses {
    fn default() -> Self {
        Self {
            v4: PROBE_IPV4,
            v6: PROBE_IPV6,
        }
    }
}

/// How one pod is captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodCapture {
    /// Exempted source addresses.
    pub probes: ProbeAddresses,
    /// DNS goes to the proxy.
    pub dns: Dns,
    /// Also write the IPv6 forms.
    pub families: Families,
    /// What happens to plaintext that arrives.
    pub inbound: Inbound,
    /// Interfaces whose arriving traffic counts as the pod's own.
    pub rerouted: Vec<String>,
    /// Flows that were open before capture, one direction each.
    pub preserved: BTreeSet<Flow>,
}

/// Whether DNS is captured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dns {
    /// Queries go to the proxy.
    #[default]
    Captured,
    /// Queries leave as they are.
    Untouched,
}

/// Which families are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Families {
    /// IPv4 and IPv6.
    #[default]
    Both,
    /// IPv4 only.
    V4,
}

/// What happens to plaintext that arrives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Inbound {
    /// It goes to the proxy.
    #[default]
    Captured,
    /// It goes to the application (ingress gateways).
    Bypassed,
}

/// The rules inside a captured pod (inpod-zds.md C.2).
#[must_use]
pub fn pod(capture: &PodCapture) -> RuleSet {
    let mut tables = vec![plan::pod_nat(capture), plan::pod_mangle()];
    if capture.dns == Dns::Captured {
        tables.push(plan::pod_raw());
    }
    let routed = match capture.families {
        Families::Both => vec![Family::V4, Family::V6],
        Families::V4 => vec![Family::V4],
    };
    RuleSet { tables, routed }
}

/// The rules on the host: probes of local sockets of `uid` to captured pods come from a known address
/// (inpod-zds.md C.3).
#[must_use]
pub fn host(probes: &ProbeAddresses, families: Families, uid: u32) -> RuleSet {
    RuleSet {
        tables: vec![plan::host_nat(probes, families, uid)],
        routed: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
