//! All verdicts between many sources and many destinations at once. (pure)
//!
//! Every verdict is [`authz::decide`]'s, asked once for each class of what policies can tell apart: sources for which
//! every source term of every policy holds alike, destinations that are judged by the same policies, ports that no
//! policy of theirs names. Thousands of workloads are few classes. That members of a class are judged alike follows
//! from how a match is made of terms, and a test compares it with every pair asked alone.

use super::Mesh;
use super::pairs::{Client, Server};
use mesh_wire::identity::Identity;
use proxy_core::authz::{self, Connection};
use proxy_core::state::policy::{Match, Policy, Terms};
use proxy_core::state::workload::Workload;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What policy sees of one source.
#[derive(Debug, Clone)]
struct Source {
    address: IpAddr,
    identity: Option<Identity>,
}

/// One class of destinations: for each port that tells, who gets in.
#[derive(Debug)]
struct Row {
    ports: BTreeMap<u16, Bits>,
    /// Every port that none of its policies names.
    other: Bits,
}

/// One bit for each class of sources.
type Bits = Box<[u64]>;

/// The verdicts.
#[derive(Debug)]
pub struct Matrix {
    /// The class of each client.
    clients: Vec<usize>,
    /// The class of each server.
    servers: Vec<usize>,
    rows: Vec<Row>,
}

impl Matrix {
    /// Asks about every client and server.
    #[must_use]
    pub fn of(mesh: &Mesh<'_>, clients: &[Client], servers: &[&Server]) -> Self {
        let terms = source_terms(mesh);
        let (clients, samples) = classes_of_clients(clients, &terms);
        let mut rows = Vec::new();
        let mut known: HashMap<Kind, usize> = HashMap::new();
        let of_server = |server: &&Server| {
            let policies = mesh.candidates(&server.workload);
            *known.entry(Kind::of(server, &policies)).or_insert_with(|| {
                rows.push(row(mesh, server, &policies, &samples));
                rows.len() - 1
            })
        };
        let servers = servers.iter().map(of_server).collect();
        Self {
            clients,
            servers,
            rows,
        }
    }

    /// Whether the client with this number reaches that port of the server with this number.
    #[must_use]
    pub fn is_allowed(&self, client: usize, server: usize, port: u16) -> bool {
        let row = &self.rows[self.servers[server]];
        let class = self.clients[client];
        let bits = row.ports.get(&port).unwrap_or(&row.other);
        bits[class / 64] >> (class % 64) & 1 == 1
    }

    /// How many verdicts were asked for.
    #[must_use]
    pub fn asked(&self) -> usize {
        let classes = self.clients.iter().max().map_or(0, |most| most + 1);
        let ports: usize = self.rows.iter().map(|row| row.ports.len() + 1).sum();
        classes * ports
    }
}

/// What makes two destinations alike.
#[derive(PartialEq, Eq, Hash)]
struct Kind {
    policies: Vec<*const Policy>,
    /// A list may name a policy that was never received.
    listed: Box<[arcstr::ArcStr]>,
    /// Which of the named ranges hold its address.
    place: Vec<bool>,
}

impl Kind {
    fn of(server: &Server, policies: &[Arc<Policy>]) -> Self {
        let ranges =
            matches(policies).flat_map(|one| one.destination_ips.any.iter().chain(&one.destination_ips.none));
        Self {
            place: ranges.map(|range| range.contains(&server.address)).collect(),
            policies: policies.iter().map(Arc::as_ptr).collect(),
            listed: server.workload.authorization_policies.clone(),
        }
    }
}

fn matches(policies: &[Arc<Policy>]) -> impl Iterator<Item = &Match> {
    let rules = policies.iter().flat_map(|policy| policy.rules.iter());
    rules
        .flat_map(|rule| rule.iter())
        .flat_map(|clause| clause.iter())
}

fn row(mesh: &Mesh<'_>, server: &Server, policies: &[Arc<Policy>], samples: &[Source]) -> Row {
    let named: BTreeSet<u16> = matches(policies)
        .flat_map(|one| {
            one.destination_ports
                .any
                .iter()
                .chain(&one.destination_ports.none)
        })
        .copied()
        .collect();
    let ask = |port| {
        bits(
            mesh,
            &server.workload,
            SocketAddr::new(server.address, port),
            samples,
        )
    };
    Row {
        other: ask(unnamed(&named)),
        ports: named.iter().map(|port| (*port, ask(*port))).collect(),
    }
}

/// A port that is not among these.
pub(super) fn unnamed(named: &BTreeSet<u16>) -> u16 {
    (1..=u16::MAX)
        .rev()
        .find(|port| !named.contains(port))
        .unwrap_or(0)
}

fn bits(mesh: &Mesh<'_>, workload: &Workload, destination: SocketAddr, samples: &[Source]) -> Bits {
    let mut bits = vec![0_u64; samples.len().div_ceil(64)];
    for (class, sample) in samples.iter().enumerate() {
        let connection = Connection {
            source: sample.address,
            identity: sample.identity.clone(),
            destination,
        };
        if authz::decide(mesh.state, workload, &connection).outcome.is_ok() {
            bits[class / 64] |= 1 << (class % 64);
        }
    }
    bits.into()
}

/// What each match of each policy asks of sources, as a policy of its own, once.
fn source_terms(mesh: &Mesh<'_>) -> Vec<Policy> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for policy in mesh.state.policies() {
        for one in matches(std::slice::from_ref(policy)) {
            let alone = Match {
                destination_ips: Terms::default(),
                destination_ports: Terms::default(),
                ..one.clone()
            };
            if alone != Match::default() && seen.insert(format!("{alone:?}")) {
                found.push(Policy {
                    rules: [[[alone].into()].into()].into(),
                    ..(**policy).clone()
                });
            }
        }
    }
    found
}

/// The class of each client, and a member of each class.
fn classes_of_clients(clients: &[Client], terms: &[Policy]) -> (Vec<usize>, Vec<Source>) {
    let mut samples = Vec::new();
    let mut known: HashMap<Bits, usize> = HashMap::new();
    let class = |client: &Client| {
        let connection = client.connection(SocketAddr::new(client.address, 0));
        let mut holds = vec![0_u64; terms.len().div_ceil(64)];
        for (number, term) in terms.iter().enumerate() {
            if authz::matches(term, &connection) {
                holds[number / 64] |= 1 << (number % 64);
            }
        }
        *known.entry(holds.into()).or_insert_with(|| {
            samples.push(Source {
                address: connection.source,
                identity: connection.identity,
            });
            samples.len() - 1
        })
    };
    let classes = clients.iter().map(class).collect();
    (classes, samples)
}

#[cfg(test)]
mod tests;
