//! Who reaches whom: representatives of all sources and destinations that policies can tell apart. (pure)
//!
//! Policies see a source's identity and address, and a destination's workload, address and port. So one source stands
//! for all of one identity within the same address ranges that policies name, and one workload for all with the same
//! policies. Identities that only policies name stand for themselves: they may come.

use super::matrix::Matrix;
use super::names::NOBODY;
use super::{Mesh, Source, target_ports};
use ipnet::IpNet;
use mesh_wire::identity::Identity;
use proxy_core::authz::{self, Connection};
use proxy_core::state::policy::{Match, Policy, StringMatch};
use proxy_core::state::workload::Workload;
use schemars::JsonSchema;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A port that no policy names, unless it is the last that is free.
const OTHER_PORT: u16 = 65_500;

/// One source that stands for all like it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client {
    /// What to call it.
    pub name: String,
    /// Its address.
    pub address: IpAddr,
    /// What it proves, unless it speaks plain text.
    pub identity: Option<IdentityKey>,
}

/// An identity that can be ordered, as its URI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdentityKey(String);

impl Client {
    fn new(name: String, address: IpAddr, identity: Option<&Identity>) -> Self {
        Self {
            name,
            address,
            identity: identity.map(|one| IdentityKey(one.to_string())),
        }
    }

    /// A source that somebody named.
    #[must_use]
    pub fn of_source(name: &str, source: &Source) -> Self {
        Self::new(name.to_owned(), source.address(), source.identity())
    }

    /// What policy sees of it.
    #[must_use]
    pub fn connection(&self, destination: SocketAddr) -> Connection {
        Connection {
            source: self.address,
            // it was made of an identity
            identity: self.identity.as_ref().and_then(|key| key.0.parse().ok()),
            destination,
        }
    }
}

/// What policies can tell apart.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    blocks: BTreeSet<IpNet>,
    identities: BTreeSet<String>,
    ports: BTreeSet<u16>,
}

impl Terms {
    /// The terms of all policies of a mesh.
    #[must_use]
    pub fn of(mesh: &Mesh<'_>) -> Self {
        let mut terms = Self::default();
        for policy in mesh.state.policies() {
            let matches = policy.rules.iter().flat_map(|rule| rule.iter());
            for one in matches.flat_map(|clause| clause.iter()) {
                terms.add(one, policy);
            }
        }
        terms
    }

    /// Adds those of another mesh.
    pub fn merge(&mut self, other: Self) {
        self.blocks.extend(other.blocks);
        self.identities.extend(other.identities);
        self.ports.extend(other.ports);
    }

    fn add(&mut self, one: &Match, policy: &Policy) {
        let blocks = [&one.source_ips, &one.destination_ips];
        for terms in blocks {
            self.blocks.extend(terms.any.iter().chain(&terms.none));
        }
        let ports = &one.destination_ports;
        self.ports.extend(ports.any.iter().chain(&ports.none));
        let td = mesh_wire::well_known::name::TRUST_DOMAIN;
        let mut witness = |text: String| {
            if let Ok(identity) = format!("spiffe://{text}").parse::<Identity>() {
                self.identities.insert(identity.to_string());
            }
        };
        for term in one.principals.any.iter().chain(&one.principals.none) {
            match term {
                StringMatch::Exact(text) => witness(text.to_string()),
                StringMatch::Prefix(text) => witness(complete(text)),
                StringMatch::Suffix(text) => witness(precede(text)),
                StringMatch::Presence => witness(format!("{td}/ns/{}/sa/any", policy.namespace)),
            }
        }
        for term in one.namespaces.any.iter().chain(&one.namespaces.none) {
            match term {
                StringMatch::Exact(text) => witness(format!("{td}/ns/{text}/sa/any")),
                StringMatch::Prefix(text) => witness(format!("{td}/ns/{text}x/sa/any")),
                StringMatch::Suffix(text) => witness(format!("{td}/ns/x{text}/sa/any")),
                StringMatch::Presence => witness(format!("{td}/ns/{}/sa/any", policy.namespace)),
            }
        }
        let accounts = &one.service_accounts;
        for term in accounts.any.iter().chain(&accounts.none) {
            witness(format!("{td}/ns/{}/sa/{}", term.namespace, term.service_account));
        }
    }

    /// Which of the named ranges hold an address.
    fn place(&self, address: IpAddr) -> Vec<bool> {
        self.blocks.iter().map(|block| block.contains(&address)).collect()
    }

    /// Whether no policy can tell two sources apart.
    #[must_use]
    pub fn are_alike(&self, one: &Client, other: &Client) -> bool {
        one.identity == other.identity && self.place(one.address) == self.place(other.address)
    }

    /// The sources that can be told apart: those that run, those that policies name, and plain text.
    #[must_use]
    pub fn clients(&self, mesh: &Mesh<'_>) -> Vec<Client> {
        let mut seen = BTreeSet::new();
        let mut clients = Vec::new();
        let mut add = |client: Client| {
            if seen.insert((client.identity.clone(), self.place(client.address))) {
                clients.push(client);
            }
        };
        add(Client::new("unmeshed".to_owned(), NOBODY, None));
        for block in &self.blocks {
            add(Client::new(format!("unmeshed {block}"), block.network(), None));
        }
        let mut workloads: Vec<_> = mesh.state.workloads().collect();
        workloads.sort_by(|a, b| a.uid.cmp(&b.uid));
        for workload in &workloads {
            let identity = workload.needs_certificate().then_some(&workload.identity);
            let Some(address) = workload.addresses.first() else {
                continue;
            };
            add(Client::new(client_name(workload), *address, identity));
        }
        for text in &self.identities {
            if let Ok(identity) = text.parse::<Identity>() {
                let name = format!("{}/{}", identity.namespace(), identity.service_account());
                add(Client::new(name, NOBODY, Some(&identity)));
            }
        }
        clients.sort();
        clients
    }

    /// The ports of a workload that can be told apart: its own, those that policies name, and any other.
    #[must_use]
    pub fn ports(&self, workload: &Workload) -> Vec<u16> {
        let mut ports: BTreeSet<u16> = target_ports(workload).collect();
        ports.extend(&self.ports);
        ports.insert(OTHER_PORT);
        ports.into_iter().collect()
    }
}

/// A source is called by its account when it is captured: that is what policies see.
pub(super) fn client_name(workload: &Workload) -> String {
    if workload.needs_certificate() {
        format!("{}/{}", workload.namespace(), workload.service_account())
    } else {
        format!("{}/{} (plain text)", workload.namespace(), workload.name)
    }
}

/// The shortest identity that begins so.
fn complete(prefix: &str) -> String {
    let parts: Vec<&str> = prefix.split('/').collect();
    let part = |at: usize, default: &str| {
        let given = parts.get(at).copied().unwrap_or_default();
        let is_cut = at + 1 == parts.len();
        match (given, is_cut) {
            ("", _) => default.to_owned(),
            (given, true) if !matches!(at, 1 | 3) => format!("{given}x"),
            (given, _) => given.to_owned(),
        }
    };
    format!(
        "{}/ns/{}/sa/{}",
        part(0, "cluster.local"),
        part(2, "any"),
        part(4, "any")
    )
}

/// The shortest identity that ends so.
fn precede(suffix: &str) -> String {
    let td = mesh_wire::well_known::name::TRUST_DOMAIN;
    match suffix.rsplit_once("/sa/") {
        None => format!("{td}/ns/any/sa/x{}", suffix.trim_start_matches('/')),
        Some((before, account)) => {
            let namespace = before
                .rsplit_once("/ns/")
                .map_or(before, |(_, namespace)| namespace);
            let namespace = if namespace.is_empty() { "any" } else { namespace };
            format!("{td}/ns/{}/sa/{account}", namespace.trim_start_matches('/'))
        }
    }
}

/// One destination that stands for all like it.
#[derive(Debug, Clone)]
pub struct Server {
    /// What to call it: `namespace/workload`.
    pub name: String,
    /// The workload that is asked for.
    pub workload: Arc<Workload>,
    /// Its address.
    pub address: IpAddr,
}

/// The captured workloads that take connections, one for each owner and set of policies.
#[must_use]
pub fn servers(mesh: &Mesh<'_>, terms: &Terms) -> BTreeMap<String, Server> {
    let mut found: BTreeMap<String, Server> = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    let mut workloads: Vec<_> = mesh.state.workloads().collect();
    workloads.sort_by(|a, b| a.uid.cmp(&b.uid));
    for workload in workloads {
        let Some(address) = workload.addresses.first().copied() else {
            continue;
        };
        if !workload.needs_certificate() || workload.native_tunnel {
            continue;
        }
        let owner = format!("{}/{}", workload.namespace(), workload.labels.workload_name);
        let kind = (
            owner.clone(),
            workload.authorization_policies.clone(),
            terms.place(address),
        );
        if !kinds.insert(kind) {
            continue;
        }
        let name = if found.contains_key(&owner) {
            format!("{}/{}", workload.namespace(), workload.name)
        } else {
            owner
        };
        found.insert(
            name.clone(),
            Server {
                name,
                workload: workload.clone(),
                address,
            },
        );
    }
    found
}

/// Whether policy lets a client reach a server's port: the proxy's own answer.
#[must_use]
pub fn is_allowed(mesh: &Mesh<'_>, client: &Client, server: &Server, port: u16) -> bool {
    let connection = client.connection(SocketAddr::new(server.address, port));
    authz::decide(mesh.state, &server.workload, &connection)
        .outcome
        .is_ok()
}

/// A pair whose verdict differs between two meshes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, JsonSchema)]
pub struct Change {
    /// Who connects.
    pub from: String,
    /// To whom.
    pub to: String,
    /// On which port; `None` is every port that no policy and no service names.
    pub port: Option<u16>,
    /// What was.
    pub before: &'static str,
    /// What is.
    pub after: &'static str,
}

pub(super) fn word(is_allowed: bool) -> &'static str {
    if is_allowed { "allow" } else { "deny" }
}

/// Every pair whose verdict differs, among the destinations that both meshes have.
#[must_use]
pub fn changes(before: &Mesh<'_>, after: &Mesh<'_>) -> Vec<Change> {
    let mut terms = Terms::of(before);
    terms.merge(Terms::of(after));
    let mut clients = terms.clients(before);
    clients.extend(terms.clients(after));
    clients.sort();
    clients.dedup();
    let (old, new) = (servers(before, &terms), servers(after, &terms));
    let both: Vec<(&String, &Server, &Server)> = old
        .iter()
        .filter_map(|(name, server)| Some((name, server, new.get(name)?)))
        .collect();
    let (mine, theirs): (Vec<_>, Vec<_>) = both.iter().map(|(_, one, other)| (*one, *other)).unzip();
    let was = Matrix::of(before, &clients, &mine);
    let is = Matrix::of(after, &clients, &theirs);
    let mut found = BTreeSet::new();
    for (at, (name, server, other)) in both.into_iter().enumerate() {
        let mut ports = terms.ports(&server.workload);
        ports.extend(terms.ports(&other.workload));
        ports.sort_unstable();
        ports.dedup();
        for (number, client) in clients.iter().enumerate() {
            for port in &ports {
                let (was, is) = (
                    was.is_allowed(number, at, *port),
                    is.is_allowed(number, at, *port),
                );
                if was != is {
                    found.insert(Change {
                        from: client.name.clone(),
                        to: name.clone(),
                        port: (*port != OTHER_PORT).then_some(*port),
                        before: word(was),
                        after: word(is),
                    });
                }
            }
        }
    }
    found.into_iter().collect()
}

/// One row of who reaches whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, JsonSchema)]
pub struct Reach {
    /// How many connections it takes to come so far, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Who connects.
    pub from: String,
    /// To whom.
    pub to: String,
    /// On which port; `None` is every port that no policy and no service names.
    pub port: Option<u16>,
    /// `allow` or `deny`.
    pub verdict: &'static str,
}

/// The verdicts between clients and servers that a caller chooses.
#[must_use]
pub fn reach(
    mesh: &Mesh<'_>,
    terms: &Terms,
    clients: &[Client],
    servers: &[&Server],
    only: Option<u16>,
) -> Vec<Reach> {
    let verdicts = Matrix::of(mesh, clients, servers);
    let mut rows = Vec::new();
    for (at, server) in servers.iter().enumerate() {
        let ports = only.map_or_else(|| terms.ports(&server.workload), |port| vec![port]);
        for (number, client) in clients.iter().enumerate() {
            for port in &ports {
                rows.push(Reach {
                    step: None,
                    from: client.name.clone(),
                    to: server.name.clone(),
                    port: (*port != OTHER_PORT).then_some(*port),
                    verdict: word(verdicts.is_allowed(number, at, *port)),
                });
            }
        }
    }
    rows.sort();
    rows.dedup();
    rows
}
