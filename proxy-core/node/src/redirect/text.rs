//! A rule set as text, in the syntax of the `nft` program: for people, for golden tests and for the oracle.

use std::fmt::{self, Display, Formatter};
use std::net::IpAddr;

use mesh_wire::well_known::mark::MASK;

use super::{
    Action, Chain, End, Family, Hook, Is, Kind, Match, Protocol, Rule, RuleSet, Set, SetContent, Table,
    routing,
};

impl Display for RuleSet {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            write!(out, "{table}")?;
        }
        for family in &self.routed {
            for line in routing::describe(*family) {
                writeln!(out, "# {line}")?;
            }
        }
        Ok(())
    }
}

impl Display for Table {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "table inet {} {{", self.name)?;
        for set in &self.sets {
            write!(out, "{set}")?;
        }
        for chain in &self.chains {
            write!(out, "{chain}")?;
        }
        writeln!(out, "}}")
    }
}

impl Display for Set {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let address = match self.family {
            Family::V4 => "ipv4_addr",
            Family::V6 => "ipv6_addr",
        };
        writeln!(out, "\tset {} {{", self.name)?;
        match &self.content {
            SetContent::Addresses => writeln!(out, "\t\ttype {address}")?,
            SetContent::Flows(flows) => {
                writeln!(
                    out,
                    "\t\ttype {address} . inet_service . {address} . inet_service"
                )?;
                write!(out, "\t\telements = {{ ")?;
                for (index, flow) in flows.iter().enumerate() {
                    let (from, to) = (flow.source, flow.destination);
                    let comma = if index == 0 { "" } else { ", " };
                    let (from_port, to_port) = (from.port(), to.port());
                    write!(
                        out,
                        "{comma}{} . {from_port} . {} . {to_port}",
                        from.ip(),
                        to.ip()
                    )?;
                }
                writeln!(out, " }}")?;
            }
        }
        writeln!(out, "\t}}")
    }
}

impl Display for Chain {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "\tchain {} {{", self.name)?;
        if let Some(base) = self.base {
            let hook = match base.hook {
                Hook::Prerouting => "prerouting",
                Hook::Output => "output",
                Hook::Postrouting => "postrouting",
            };
            let (kind, priority) = (base.kind.name(), base.priority);
            writeln!(
                out,
                "\t\ttype {kind} hook {hook} priority {priority}; policy accept;"
            )?;
        }
        for rule in &self.rules {
            writeln!(out, "\t\t{rule}")?;
        }
        writeln!(out, "\t}}")
    }
}

impl Kind {
    /// The kernel's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nat => "nat",
            Self::Filter => "filter",
            Self::Route => "route",
        }
    }
}

impl Display for Rule {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for condition in &self.matches {
            write!(out, "{condition} ")?;
        }
        write!(out, "counter {}", self.action)
    }
}

impl Display for Match {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(end, is, address) => {
                let end = match end {
                    End::Source => "saddr",
                    End::Destination => "daddr",
                };
                write!(out, "{} {end} {is}{address}", ip(address.is_ipv4()))
            }
            Self::Transport(protocol) => write!(out, "meta l4proto {protocol}"),
            Self::Port(protocol, End::Source, is, port) => {
                write!(out, "{protocol} sport {is}{port}")
            }
            Self::Port(protocol, End::Destination, is, port) => {
                write!(out, "{protocol} dport {is}{port}")
            }
            Self::Mark(is, mark) => write!(out, "meta mark & {MASK:#x} {} {mark:#x}", is.operator()),
            Self::ConnectionMark(is, mark) => {
                write!(out, "ct mark & {MASK:#x} {} {mark:#x}", is.operator())
            }
            Self::OutInterface(is, name) => write!(out, "oifname {is}\"{name}\""),
            Self::InInterface(name) => write!(out, "iifname \"{name}\""),
            Self::SocketUid(uid) => write!(out, "meta skuid {uid}"),
            Self::DestinationIn(family, set) => {
                write!(out, "{} daddr @{set}", ip(*family == Family::V4))
            }
            Self::FlowIn(family, set) => {
                let ip = ip(*family == Family::V4);
                write!(out, "{ip} saddr . tcp sport . {ip} daddr . tcp dport @{set}")
            }
        }
    }
}

fn ip(is_v4: bool) -> &'static str {
    if is_v4 { "ip" } else { "ip6" }
}

impl Is {
    fn operator(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Not => "!=",
        }
    }
}

impl Display for Is {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Equal => "",
            Self::Not => "!= ",
        })
    }
}

impl Display for Protocol {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

impl Display for Action {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => out.write_str("accept"),
            Self::Return => out.write_str("return"),
            Self::Jump(chain) => write!(out, "jump {chain}"),
            Self::Redirect(port) => write!(out, "redirect to :{port}"),
            Self::MarkConnection(mark) => {
                write!(out, "ct mark set ct mark & {:#x} | {mark:#x}", !MASK)
            }
            Self::RestoreMark => out.write_str("meta mark set ct mark"),
            Self::Zone(zone) => write!(out, "ct zone set {zone}"),
            Self::SourceNat(address @ IpAddr::V4(_)) => write!(out, "snat ip to {address}"),
            Self::SourceNat(address @ IpAddr::V6(_)) => write!(out, "snat ip6 to {address}"),
        }
    }
}
