//! The rules of inpod-zds.md C, table by table. (pure)

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mesh_wire::well_known::{mark, port};

use super::{
    Action, Base, Chain, Dns, End, FLOWS_V4, FLOWS_V6, Families, Family, Flow, Hook, Inbound, Is, Kind,
    Match, PROBES_V4, PROBES_V6, PodCapture, ProbeAddresses, Protocol, Rule, Set, SetContent, TABLES, Table,
};

const DNS_QUERY: u16 = 53;
const DNS_ZONE: u16 = 1;
const PREROUTING: &str = "istio-prerouting";
const OUTPUT: &str = "istio-output";
const NAT_PRIORITY: i32 = -100;
const SNAT_PRIORITY: i32 = 100;
const MANGLE_PRIORITY: i32 = -150;
const RAW_PRIORITY: i32 = -300;

/// The host's table.
pub(super) fn host_nat(probes: &ProbeAddresses, families: Families, uid: u32) -> Table {
    let mut sets = vec![address_set(Family::V4, PROBES_V4)];
    let mut rules = vec![probe_snat(uid, Family::V4, PROBES_V4, probes.v4.into())];
    if families == Families::Both {
        sets.push(address_set(Family::V6, PROBES_V6));
        rules.push(probe_snat(uid, Family::V6, PROBES_V6, probes.v6.into()));
    }
    let base = Base {
        kind: Kind::Nat,
        hook: Hook::Postrouting,
        priority: SNAT_PRIORITY,
    };
    let chains = vec![Chain {
        name: "postrouting",
        base: Some(base),
        rules,
    }];
    Table {
        name: TABLES[0],
        sets,
        chains,
    }
}

fn address_set(family: Family, name: &'static str) -> Set {
    Set {
        name,
        family,
        content: SetContent::Addresses,
    }
}

fn probe_snat(uid: u32, family: Family, set: &'static str, source: IpAddr) -> Rule {
    rule(
        vec![
            Match::Transport(Protocol::Tcp),
            Match::SocketUid(uid),
            Match::DestinationIn(family, set),
        ],
        Action::SourceNat(source),
    )
}

pub(super) fn pod_nat(capture: &PodCapture) -> Table {
    let (sets, exempt) = preserved(&capture.preserved);
    let mut inbound = exempt.clone();
    for interface in &capture.rerouted {
        let arrives = || {
            vec![
                Match::InInterface(interface.clone()),
                Match::Transport(Protocol::Tcp),
            ]
        };
        inbound.push(rule(arrives(), Action::Redirect(port::OUTBOUND)));
        inbound.push(rule(arrives(), Action::Return));
    }
    if capture.inbound == Inbound::Captured {
        inbound.extend(inbound_rules(capture));
    }
    let mut outbound = exempt;
    outbound.extend(outbound_rules(capture));
    Table {
        name: TABLES[0],
        sets,
        chains: hooked(Kind::Nat, Kind::Nat, NAT_PRIORITY, [inbound, outbound]),
    }
}

/// Sets and rules for the flows that go on without the proxy; nothing when there are none.
fn preserved(flows: &BTreeSet<Flow>) -> (Vec<Set>, Vec<Rule>) {
    let mut sets = Vec::new();
    let mut rules = Vec::new();
    for (family, name) in [(Family::V4, FLOWS_V4), (Family::V6, FLOWS_V6)] {
        let both_ways: BTreeSet<Flow> = flows
            .iter()
            .filter(|flow| flow.source.is_ipv4() == (family == Family::V4))
            .flat_map(|flow| [*flow, flow.reversed()])
            .collect();
        if !both_ways.is_empty() {
            rules.push(rule(vec![Match::FlowIn(family, name)], Action::Accept));
            let content = SetContent::Flows(both_ways);
            sets.push(Set {
                name,
                family,
                content,
            });
        }
    }
    (sets, rules)
}

/// n1 and n2.
fn inbound_rules(capture: &PodCapture) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (_, probe) in families(capture) {
        rules.push(rule(
            vec![
                Match::Address(End::Source, Is::Equal, probe),
                Match::Transport(Protocol::Tcp),
            ],
            Action::Accept,
        ));
    }
    for (loopback, _) in families(capture) {
        rules.push(rule(
            vec![
                not_to(loopback),
                Match::Port(Protocol::Tcp, End::Destination, Is::Not, port::HBONE),
                Match::Mark(Is::Not, mark::PROXY),
            ],
            Action::Redirect(port::INBOUND_PLAINTEXT),
        ));
    }
    rules
}

/// n3 to n8.
fn outbound_rules(capture: &PodCapture) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (_, probe) in families(capture) {
        rules.push(rule(
            vec![
                Match::Address(End::Destination, Is::Equal, probe),
                Match::Transport(Protocol::Tcp),
            ],
            Action::Accept,
        ));
    }
    if capture.dns == Dns::Captured {
        rules.extend(dns_rules(capture));
    }
    rules.push(rule(
        vec![
            Match::Transport(Protocol::Tcp),
            Match::Mark(Is::Equal, mark::CONNECTION),
        ],
        Action::Accept,
    ));
    for (loopback, _) in families(capture) {
        rules.push(rule(
            vec![not_to(loopback), Match::OutInterface(Is::Equal, "lo".to_owned())],
            Action::Accept,
        ));
    }
    for (loopback, _) in families(capture) {
        rules.push(rule(
            vec![
                not_to(loopback),
                Match::Transport(Protocol::Tcp),
                Match::Mark(Is::Not, mark::PROXY),
            ],
            Action::Redirect(port::OUTBOUND),
        ));
    }
    rules
}

/// n4 and n5.
fn dns_rules(capture: &PodCapture) -> Vec<Rule> {
    let mut rules = vec![rule(
        vec![
            Match::OutInterface(Is::Not, "lo".to_owned()),
            Match::Port(Protocol::Udp, End::Destination, Is::Equal, DNS_QUERY),
            Match::Mark(Is::Not, mark::PROXY),
        ],
        Action::Redirect(port::DNS),
    )];
    for (loopback, _) in families(capture) {
        rules.push(rule(
            vec![
                not_to(loopback),
                Match::Port(Protocol::Tcp, End::Destination, Is::Equal, DNS_QUERY),
                Match::Mark(Is::Not, mark::PROXY),
            ],
            Action::Redirect(port::DNS),
        ));
    }
    rules
}

/// m1 and m2.
pub(super) fn pod_mangle() -> Table {
    let inbound = vec![rule(
        vec![Match::Mark(Is::Equal, mark::PROXY)],
        Action::MarkConnection(mark::CONNECTION),
    )];
    let outbound = vec![rule(
        vec![Match::ConnectionMark(Is::Equal, mark::CONNECTION)],
        Action::RestoreMark,
    )];
    Table {
        name: TABLES[1],
        sets: Vec::new(),
        chains: hooked(Kind::Filter, Kind::Route, MANGLE_PRIORITY, [inbound, outbound]),
    }
}

/// r1 and r2: the proxy's own queries do not meet the application's in the connection table.
pub(super) fn pod_raw() -> Table {
    let inbound = vec![rule(
        vec![
            Match::Port(Protocol::Udp, End::Source, Is::Equal, DNS_QUERY),
            Match::Mark(Is::Not, mark::PROXY),
        ],
        Action::Zone(DNS_ZONE),
    )];
    let outbound = vec![rule(
        vec![
            Match::Port(Protocol::Udp, End::Destination, Is::Equal, DNS_QUERY),
            Match::Mark(Is::Equal, mark::PROXY),
        ],
        Action::Zone(DNS_ZONE),
    )];
    Table {
        name: TABLES[2],
        sets: Vec::new(),
        chains: hooked(Kind::Filter, Kind::Filter, RAW_PRIORITY, [inbound, outbound]),
    }
}

/// Two base chains that jump to the chains with the rules.
fn hooked(inbound: Kind, outbound: Kind, priority: i32, rules: [Vec<Rule>; 2]) -> Vec<Chain> {
    let base = |name, kind, hook, target| Chain {
        name,
        base: Some(Base { kind, hook, priority }),
        rules: vec![rule(Vec::new(), Action::Jump(target))],
    };
    let [arriving, leaving] = rules;
    let regular = |name, rules| Chain {
        name,
        base: None,
        rules,
    };
    vec![
        regular(PREROUTING, arriving),
        regular(OUTPUT, leaving),
        base("prerouting", inbound, Hook::Prerouting, PREROUTING),
        base("output", outbound, Hook::Output, OUTPUT),
    ]
}

/// Loopback and probe address of each family in use.
fn families(capture: &PodCapture) -> Vec<(IpAddr, IpAddr)> {
    let mut all = vec![(Ipv4Addr::LOCALHOST.into(), capture.probes.v4.into())];
    if capture.families == Families::Both {
        all.push((Ipv6Addr::LOCALHOST.into(), capture.probes.v6.into()));
    }
    all
}

fn not_to(address: IpAddr) -> Match {
    Match::Address(End::Destination, Is::Not, address)
}

fn rule(matches: Vec<Match>, action: Action) -> Rule {
    Rule { matches, action }
}
