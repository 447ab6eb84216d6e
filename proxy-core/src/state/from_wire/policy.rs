//! Authorization: wire → state. Refused whole or accepted whole (`security.md` A4, A5).

use std::net::IpAddr;

use arcstr::ArcStr;
use bytes::Bytes;
use ipnet::IpNet;
use mesh_wire::security as wire;

use super::{Reason, Reject, port};
use crate::state::Update;
use crate::state::policy::{
    Action, Clause, Match, Policy, PolicyScope, Rule, ServiceAccountMatch, StringMatch, Terms,
};

const MAX_RULES: usize = 1_000;
const MAX_TERMS: usize = 1_000;

pub(super) fn from_wire(name: &str, wire: &wire::Authorization) -> Result<Update, Reject> {
    let key: ArcStr = format!("{}/{}", wire.namespace, wire.name).into();
    let scope = match wire.scope {
        0 => Ok(PolicyScope::Global),
        1 => Ok(PolicyScope::Namespace),
        2 => Ok(PolicyScope::WorkloadSelector),
        other => Err(Reason::UnknownEnum(other)),
    };
    let action = match wire.action {
        0 => Ok(Action::Allow),
        1 => Ok(Action::Deny),
        other => Err(Reason::UnknownEnum(other)),
    };
    let blank = |scope, action, rules| Policy {
        key: key.clone(),
        name: wire.name.as_str().into(),
        namespace: wire.namespace.as_str().into(),
        scope,
        action,
        rules,
        dry_run: wire.dry_run,
    };
    let decoded = rules(&wire.rules);
    match (scope, action, decoded) {
        (Ok(scope), Ok(action), Ok(rules)) => Ok(Update::Policy(Box::new(blank(scope, action, rules)))),
        (Ok(scope), action, decoded) => {
            // ALLOW that matches nothing, DENY that matches all; an unknown action is a DENY
            let effect = action.clone().unwrap_or(Action::Deny);
            let rules: Box<[Rule]> = match effect {
                Action::Allow => Box::default(),
                Action::Deny => vec![Rule::default()].into_boxed_slice(),
            };
            let reason = action.err().or(decoded.err()).unwrap_or(Reason::MissingResource);
            let stand_in = Update::PolicyStandIn(Box::new(blank(scope, effect, rules)));
            Err(Reject {
                name: name.into(),
                reason,
                stand_in: Some(stand_in),
            })
        }
        // by reference only: never held, so its referrers are denied `policy_pending`
        (Err(reason), _, _) => Err(Reject {
            name: name.into(),
            reason,
            stand_in: None,
        }),
    }
}

fn rules(wire: &[wire::Rule]) -> Result<Box<[Rule]>, Reason> {
    if wire.len() > MAX_RULES {
        return Err(Reason::TooMany {
            limit: MAX_RULES,
            what: "rules",
        });
    }
    wire.iter()
        .map(|rule| rule.clauses.iter().map(clause).collect())
        .collect()
}

fn clause(wire: &wire::Clause) -> Result<Clause, Reason> {
    wire.matches.iter().map(one_match).collect()
}

fn one_match(wire: &wire::Match) -> Result<Match, Reason> {
    Ok(Match {
        namespaces: terms(&wire.namespaces, &wire.not_namespaces, text)?,
        principals: terms(&wire.principals, &wire.not_principals, text)?,
        service_accounts: terms(&wire.service_accounts, &wire.not_service_accounts, account)?,
        source_ips: terms(&wire.source_ips, &wire.not_source_ips, range)?,
        destination_ips: terms(&wire.destination_ips, &wire.not_destination_ips, range)?,
        destination_ports: terms(&wire.destination_ports, &wire.not_destination_ports, |number| {
            port(*number)
        })?,
    })
}

fn terms<W, T>(any: &[W], none: &[W], convert: impl Fn(&W) -> Result<T, Reason>) -> Result<Terms<T>, Reason> {
    if any.len().max(none.len()) > MAX_TERMS {
        return Err(Reason::TooMany {
            limit: MAX_TERMS,
            what: "terms",
        });
    }
    Ok(Terms {
        any: any.iter().map(&convert).collect::<Result<_, _>>()?,
        none: none.iter().map(&convert).collect::<Result<_, _>>()?,
    })
}

fn text(wire: &wire::StringMatch) -> Result<StringMatch, Reason> {
    use wire::string_match::MatchType;
    match &wire.match_type {
        Some(MatchType::Exact(value)) => Ok(StringMatch::Exact(value.as_str().into())),
        Some(MatchType::Prefix(value)) => Ok(StringMatch::Prefix(value.as_str().into())),
        Some(MatchType::Suffix(value)) => Ok(StringMatch::Suffix(value.as_str().into())),
        Some(MatchType::Presence(())) => Ok(StringMatch::Presence),
        None => Err(Reason::StringMatchWithoutForm),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of several converters of the same form"
)]
fn account(wire: &wire::ServiceAccountMatch) -> Result<ServiceAccountMatch, Reason> {
    Ok(ServiceAccountMatch {
        namespace: wire.namespace.as_str().into(),
        service_account: wire.service_account.as_str().into(),
    })
}

/// Policy addresses keep their family: v4 and v6 never match each other.
fn range(wire: &wire::Address) -> Result<IpNet, Reason> {
    let address = literal_ip(&wire.address)?;
    let length = u8::try_from(wire.length).map_err(|_| Reason::PrefixLength)?;
    IpNet::new(address, length).map_err(|_| Reason::PrefixLength)
}

fn literal_ip(bytes: &Bytes) -> Result<IpAddr, Reason> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes.as_ref()) {
        return Ok(IpAddr::from(octets));
    }
    let octets = <[u8; 16]>::try_from(bytes.as_ref()).map_err(|_| Reason::AddressLength(bytes.len()))?;
    Ok(IpAddr::from(octets))
}
