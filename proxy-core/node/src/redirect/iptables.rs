//! A rule set in the form of `iptables-restore`, as `iptables-save` would show it (inpod-zds.md C.1). (pure)
//!
//! iptables has one table set for each address family, so every family gets a text of its own. Sets of flows become
//! one rule for each flow; the node's probe addresses are given by the caller, one rule for each.

use std::fmt::Write;
use std::net::IpAddr;

use mesh_wire::well_known::mark::MASK;

use super::{
    Action, Chain, End, Family, Flow, Is, Kind, Match, Protocol, Rule, RuleSet, Set, SetContent, Table,
};

/// Our chains, and the built-in ones that jump to them.
pub const CHAINS: [(&str, &str); 3] = [
    ("ISTIO_PRERT", "PREROUTING"),
    ("ISTIO_OUTPUT", "OUTPUT"),
    ("ISTIO_POSTRT", "POSTROUTING"),
];

/// One table of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// `nat`, `mangle` or `raw`.
    pub table: &'static str,
    /// Our chain, the built-in chain that jumps to it, and its rules.
    pub chains: Vec<(&'static str, &'static str, Vec<String>)>,
}

/// The tables of one family.
#[must_use]
pub fn lines(rules: &RuleSet, family: Family) -> Vec<Lines> {
    rules
        .tables
        .iter()
        .map(|table| table_lines(table, family))
        .collect()
}

/// What `iptables-restore --noflush` is given: chains of ours are emptied and filled, everything else stays.
#[must_use]
pub fn restore(rules: &RuleSet, family: Family) -> String {
    let mut text = String::new();
    for Lines { table, chains } in lines(rules, family) {
        let _ = writeln!(text, "*{table}");
        for (chain, _, _) in &chains {
            let _ = writeln!(text, ":{chain} - [0:0]");
        }
        for (chain, from, _) in &chains {
            let _ = writeln!(text, "-A {from} -j {chain}");
        }
        for rule in chains.iter().flat_map(|(_, _, rules)| rules) {
            let _ = writeln!(text, "{rule}");
        }
        let _ = writeln!(text, "COMMIT");
    }
    text
}

fn table_lines(table: &Table, family: Family) -> Lines {
    let bases = table.chains.iter().filter_map(|chain| Some((chain, chain.base?)));
    let kinds: Vec<Kind> = bases.map(|(_, base)| base.kind).collect();
    let name = if kinds.contains(&Kind::Nat) {
        "nat"
    } else if kinds.contains(&Kind::Route) {
        "mangle"
    } else {
        "raw"
    };
    let chains = table
        .chains
        .iter()
        .filter_map(|chain| chain_lines(chain, table, family))
        .collect();
    Lines { table: name, chains }
}

/// A base chain with rules of its own, or a chain that one jumps to.
fn chain_lines(
    chain: &Chain,
    table: &Table,
    family: Family,
) -> Option<(&'static str, &'static str, Vec<String>)> {
    let jumps = |rule: &Rule| matches!(rule.action, Action::Jump(_));
    if chain.rules.iter().any(jumps) {
        return None;
    }
    let index = match chain.name {
        "istio-prerouting" => 0,
        "istio-output" => 1,
        _ => 2,
    };
    let (name, from) = CHAINS[index];
    let mut lines = Vec::new();
    for rule in &chain.rules {
        for matches in spread(rule, &table.sets, family) {
            if let Some(line) = rule_line(&matches, &rule.action, family) {
                lines.push(format!("-A {name} {line}"));
            }
        }
    }
    Some((name, from, lines))
}

/// A rule over a set of flows becomes one rule for each.
fn spread(rule: &Rule, sets: &[Set], family: Family) -> Vec<Vec<Match>> {
    let flows = rule.matches.iter().find_map(|one| match one {
        Match::FlowIn(of, name) => Some((*of, *name)),
        _ => None,
    });
    let Some((of, name)) = flows else {
        return vec![rule.matches.clone()];
    };
    if of != family {
        return Vec::new();
    }
    let content = sets.iter().find(|set| set.name == name).map(|set| &set.content);
    let Some(SetContent::Flows(flows)) = content else {
        return Vec::new();
    };
    flows.iter().map(|flow| exactly(*flow)).collect()
}

fn exactly(flow: Flow) -> Vec<Match> {
    let port = |end, port| Match::Port(Protocol::Tcp, end, Is::Equal, port);
    vec![
        Match::Address(End::Source, Is::Equal, flow.source.ip()),
        Match::Address(End::Destination, Is::Equal, flow.destination.ip()),
        port(End::Source, flow.source.port()),
        port(End::Destination, flow.destination.port()),
    ]
}

/// The words of a rule in the order in which iptables shows them; none if it is of the other family.
fn rule_line(matches: &[Match], action: &Action, family: Family) -> Option<String> {
    let mut words = [const { String::new() }; 5];
    let mut named_protocol = None;
    for one in matches {
        match one {
            Match::Address(end, is, address) => {
                let flag = if *end == End::Source { "-s" } else { "-d" };
                let slot = usize::from(*end == End::Destination);
                words[slot] = format!("{}{flag} {} ", not(*is), of_family(*address, family)?);
            }
            Match::InInterface(name) => words[2] = format!("-i {name} "),
            Match::OutInterface(is, name) => words[2] = format!("{}-o {name} ", not(*is)),
            Match::Transport(protocol) => named_protocol = Some(*protocol),
            Match::Port(protocol, end, is, port) => {
                named_protocol = Some(*protocol);
                let flag = if *end == End::Source { "--sport" } else { "--dport" };
                let _ = write!(words[3], "{}{flag} {port} ", not(*is));
            }
            Match::Mark(is, mark) => {
                let _ = write!(words[4], "-m mark {}--mark {mark:#x}/{MASK:#x} ", not(*is));
            }
            Match::ConnectionMark(is, mark) => {
                let _ = write!(words[4], "-m connmark {}--mark {mark:#x}/{MASK:#x} ", not(*is));
            }
            Match::SocketUid(_) => words[4].push_str("-m owner --socket-exists "),
            Match::DestinationIn(of, name) if *of == family => {
                let _ = write!(words[4], "-m set --match-set {name} dst ");
            }
            Match::DestinationIn(..) | Match::FlowIn(..) => return None,
        }
    }
    let [source, destination, interface, ports, rest] = words;
    let protocol = match named_protocol {
        Some(protocol) if ports.is_empty() => format!("-p {protocol} "),
        Some(protocol) => format!("-p {protocol} -m {protocol} {ports}"),
        None => String::new(),
    };
    let target = target(action, family)?;
    Some(format!(
        "{source}{destination}{interface}{protocol}{rest}-j {target}"
    ))
}

fn of_family(address: IpAddr, family: Family) -> Option<String> {
    match (address, family) {
        (IpAddr::V4(address), Family::V4) => Some(format!("{address}/32")),
        (IpAddr::V6(address), Family::V6) => Some(format!("{address}/128")),
        _ => None,
    }
}

fn not(is: Is) -> &'static str {
    match is {
        Is::Equal => "",
        Is::Not => "! ",
    }
}

fn target(action: &Action, family: Family) -> Option<String> {
    Some(match action {
        Action::Accept => "ACCEPT".to_owned(),
        Action::Return => "RETURN".to_owned(),
        Action::Jump(_) => return None,
        Action::Redirect(port) => format!("REDIRECT --to-ports {port}"),
        Action::MarkConnection(mark) => format!("CONNMARK --set-xmark {mark:#x}/{MASK:#x}"),
        Action::RestoreMark => "CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff".to_owned(),
        Action::Zone(zone) => format!("CT --zone {zone}"),
        Action::SourceNat(address) => {
            of_family(*address, family)?;
            format!("SNAT --to-source {address}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect::{Families, Inbound, PodCapture, ProbeAddresses, host, pod};

    #[test]
    fn zds_c09_rules_of_a_pod_for_iptables() {
        insta::assert_snapshot!(
            "iptables_pod_v4",
            restore(&pod(&PodCapture::default()), Family::V4)
        );
        insta::assert_snapshot!(
            "iptables_pod_v6",
            restore(&pod(&PodCapture::default()), Family::V6)
        );
    }

    #[test]
    fn zds_c13_variants_for_iptables() {
        let capture = PodCapture {
            inbound: Inbound::Bypassed,
            rerouted: vec!["net1".to_owned()],
            preserved: [Flow {
                source: "10.0.0.1:5000".parse().unwrap(),
                destination: "10.0.0.2:80".parse().unwrap(),
            }]
            .into(),
            ..PodCapture::default()
        };
        insta::assert_snapshot!("iptables_pod_variants", restore(&pod(&capture), Family::V4));
    }

    #[test]
    fn rules_of_the_host_for_iptables() {
        let rules = host(&ProbeAddresses::default(), Families::Both, 0);
        insta::assert_snapshot!(
            "iptables_host",
            restore(&rules, Family::V4) + &restore(&rules, Family::V6)
        );
    }
}
