//! Policies → Authorization messages (`authorization.md` 1).

use arcstr::ArcStr;
use mesh_wire::security as wire;
use mesh_wire::security::string_match::MatchType;
use prost::Message;

use super::resource::{Resource, ResourceKind};
use super::wds::octets;
use crate::model::ObjectName;
use crate::model::policy::{Action, IpBlock, Match, Pattern, Policy, PolicyScope, Rule};

/// Encodes a policy. Policies carry no version (`xds.md` 6).
#[must_use]
pub fn policy(model: &Policy) -> Resource {
    let scope = match model.scope {
        PolicyScope::Global => wire::Scope::Global,
        PolicyScope::Namespace => wire::Scope::Namespace,
        PolicyScope::Selector => wire::Scope::WorkloadSelector,
    };
    let action = match model.action {
        Action::Allow => wire::Action::Allow,
        Action::Deny => wire::Action::Deny,
    };
    let message = wire::Authorization {
        name: model.key.name.to_string(),
        namespace: model.key.namespace.to_string(),
        scope: scope.into(),
        action: action.into(),
        rules: model.rules.iter().map(rule).collect(),
        dry_run: model.is_dry_run,
        extensions: Vec::new(),
    };
    Resource {
        kind: ResourceKind::Policy,
        name: arcstr::format!("{}", model.key),
        version: ArcStr::new(),
        body: message.encode_to_vec().into(),
        aliases: Vec::new(),
        services: Vec::new(),
        node: ArcStr::new(),
        is_usable: true,
    }
}

fn rule(model: &Rule) -> wire::Rule {
    let clause = |matches: &Vec<Match>| wire::Clause {
        matches: matches.iter().map(one_match).collect(),
    };
    wire::Rule {
        clauses: model.iter().map(clause).collect(),
    }
}

fn one_match(model: &Match) -> wire::Match {
    let patterns = |list: &[Pattern]| list.iter().map(pattern).collect();
    let blocks = |list: &[IpBlock]| list.iter().map(block).collect();
    let ports = |list: &[u16]| list.iter().copied().map(u32::from).collect();
    let accounts = |list: &[ObjectName]| list.iter().map(account).collect();
    wire::Match {
        namespaces: patterns(&model.namespaces.any_of),
        not_namespaces: patterns(&model.namespaces.none_of),
        principals: patterns(&model.principals.any_of),
        not_principals: patterns(&model.principals.none_of),
        source_ips: blocks(&model.source_ips.any_of),
        not_source_ips: blocks(&model.source_ips.none_of),
        destination_ips: blocks(&model.destination_ips.any_of),
        not_destination_ips: blocks(&model.destination_ips.none_of),
        destination_ports: ports(&model.destination_ports.any_of),
        not_destination_ports: ports(&model.destination_ports.none_of),
        service_accounts: accounts(&model.service_accounts.any_of),
        not_service_accounts: accounts(&model.service_accounts.none_of),
        extensions: Vec::new(),
    }
}

fn pattern(model: &Pattern) -> wire::StringMatch {
    let match_type = match model {
        Pattern::Exact(text) => MatchType::Exact(text.clone()),
        Pattern::Prefix(text) => MatchType::Prefix(text.clone()),
        Pattern::Suffix(text) => MatchType::Suffix(text.clone()),
        Pattern::Presence => MatchType::Presence(()),
    };
    wire::StringMatch {
        match_type: Some(match_type),
    }
}

fn block(model: &IpBlock) -> wire::Address {
    wire::Address {
        address: octets(model.ip),
        length: model.length.into(),
    }
}

fn account(model: &ObjectName) -> wire::ServiceAccountMatch {
    wire::ServiceAccountMatch {
        namespace: model.namespace.to_string(),
        service_account: model.name.to_string(),
    }
}
