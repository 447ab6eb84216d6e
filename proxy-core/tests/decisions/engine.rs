//! The engine under test: everything goes in as bytes of the wire, as from a control plane.

use std::net::{IpAddr, SocketAddr};

use mesh_wire::identity::Identity;
use mesh_wire::security::{self as wire, string_match::MatchType};
use mesh_wire::workload;
use prost::Message;
use proxy_core::authz::{self, Denied};
use proxy_core::state::from_wire::{self, Texts};
use proxy_core::state::{MeshState, Update};

use crate::world::{Clause, Connection, Match, Policy, Range, Rule, Text, World};

const UID: &str = "east//Pod/called";

/// The mesh that a world makes.
pub(crate) fn mesh(world: &World) -> MeshState {
    let mut mesh = MeshState::new(None);
    for key in &world.removed {
        let (namespace, name) = key.split_once('/').unwrap();
        let before = wire::Authorization {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            action: 1,
            rules: vec![wire::Rule::default()],
            ..wire::Authorization::default()
        };
        let held = from_wire::authorization(key, &before.encode_to_vec()).unwrap();
        mesh.apply([held, Update::PolicyGone(key.as_str().into())]);
    }
    for policy in &world.policies {
        let bytes = to_wire(policy).encode_to_vec();
        mesh.apply([from_wire::authorization(&policy.key(), &bytes).unwrap()]);
    }
    let called = workload::Workload {
        uid: UID.to_owned(),
        namespace: world.namespace.clone(),
        authorization_policies: world.listed.clone(),
        ..workload::Workload::default()
    };
    let address = workload::Address {
        r#type: Some(workload::address::Type::Workload(called)),
    };
    mesh.apply([from_wire::address(UID, &address.encode_to_vec(), &mut Texts::default()).unwrap()]);
    mesh
}

/// What the engine says, in words.
pub(crate) fn decide(mesh: &MeshState, connection: &Connection) -> String {
    let identity = connection.identity.as_ref();
    let asked = authz::Connection {
        source: ip(&connection.source),
        identity: identity
            .map(|[domain, namespace, account]| Identity::new(domain, namespace, account).unwrap()),
        destination: SocketAddr::new(ip(&connection.destination), connection.port),
    };
    match authz::decide(mesh, mesh.find_workload(UID).unwrap(), &asked).outcome {
        Ok(_) => "allow".to_owned(),
        Err(Denied::By(key)) => format!("denied {key}"),
        Err(Denied::NoneAllowed) => "none allowed".to_owned(),
        Err(Denied::Pending(key)) => format!("pending {key}"),
    }
}

fn ip(bytes: &[u8]) -> IpAddr {
    <[u8; 4]>::try_from(bytes).map_or_else(
        |_| IpAddr::from(<[u8; 16]>::try_from(bytes).unwrap()),
        IpAddr::from,
    )
}

fn to_wire(policy: &Policy) -> wire::Authorization {
    wire::Authorization {
        name: policy.name.clone(),
        namespace: policy.namespace.clone(),
        scope: match policy.scope {
            "GLOBAL" => 0,
            "NAMESPACE" => 1,
            _ => 2,
        },
        action: i32::from(policy.action == "DENY"),
        rules: policy.rules.iter().map(rule).collect(),
        dry_run: policy.dry_run,
        extensions: Vec::new(),
    }
}

fn rule(Rule(clauses): &Rule) -> wire::Rule {
    let clause = |Clause(matches): &Clause| wire::Clause {
        matches: matches.iter().map(one_match).collect(),
    };
    wire::Rule {
        clauses: clauses.iter().map(clause).collect(),
    }
}

fn one_match(one: &Match) -> wire::Match {
    let texts = |texts: &[Text]| texts.iter().map(text).collect();
    let ranges = |ranges: &[Range]| ranges.iter().map(range).collect();
    let accounts = |pairs: &[(String, String)]| pairs.iter().map(account).collect();
    let ports = |ports: &[u16]| ports.iter().copied().map(u32::from).collect();
    wire::Match {
        namespaces: texts(&one.namespaces),
        not_namespaces: texts(&one.not_namespaces),
        principals: texts(&one.principals),
        not_principals: texts(&one.not_principals),
        source_ips: ranges(&one.source_ips),
        not_source_ips: ranges(&one.not_source_ips),
        destination_ips: ranges(&one.destination_ips),
        not_destination_ips: ranges(&one.not_destination_ips),
        destination_ports: ports(&one.ports),
        not_destination_ports: ports(&one.not_ports),
        service_accounts: accounts(&one.accounts),
        not_service_accounts: accounts(&one.not_accounts),
        extensions: Vec::new(),
    }
}

fn text(text: &Text) -> wire::StringMatch {
    let value = text.value.clone();
    wire::StringMatch {
        match_type: Some(match text.form {
            "exact" => MatchType::Exact(value),
            "prefix" => MatchType::Prefix(value),
            "suffix" => MatchType::Suffix(value),
            _ => MatchType::Presence(()),
        }),
    }
}

fn range(range: &Range) -> wire::Address {
    wire::Address {
        address: range.address.clone().into(),
        length: u32::try_from(range.length).unwrap(),
    }
}

fn account((namespace, account): &(String, String)) -> wire::ServiceAccountMatch {
    wire::ServiceAccountMatch {
        namespace: namespace.clone(),
        service_account: account.clone(),
    }
}
