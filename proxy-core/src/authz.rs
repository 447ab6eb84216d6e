//! May this connection in? The verdict of L4 policy (`spec/authorization.md` §3–4).
//!
//! [`decide`] is pure. It is the only maker of [`Permit`], and opening a socket to an application
//! consumes one, so no path can forget to ask. Source facts come from the verified certificate and
//! the TCP peer; no header ever gets here (`security.md` I1).

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arcstr::ArcStr;
use ipnet::IpNet;
use mesh_wire::identity::Identity;

use crate::state::policy::{Action, Match, Policy, ServiceAccountMatch, StringMatch};
use crate::state::workload::Workload;
use crate::state::{ListedPolicy, MeshState};

/// What policy looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Connection {
    /// TCP peer, canonical.
    pub source: IpAddr,
    /// Identity of the verified certificate; none for plain text.
    pub identity: Option<Identity>,
    /// What the proxy will connect to.
    pub destination: SocketAddr,
}

/// Proof that policy allowed a connection.
#[derive(Debug)]
pub struct Permit(());

/// Why a connection is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// A DENY policy matches.
    #[error("explicitly denied by: {0}")]
    By(ArcStr),
    /// ALLOW policies exist and none matches.
    #[error("allow policies exist, but none allowed")]
    NoneAllowed,
    /// The workload names a policy that was never received.
    #[error("policy_pending: {0} was not received yet")]
    Pending(ArcStr),
}

/// One thing worth telling about a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A dry-run DENY would have refused.
    DryRunDeny(ArcStr),
    /// A dry-run ALLOW would have allowed.
    DryRunAllow(ArcStr),
    /// There are only dry-run ALLOWs and none matches.
    DryRunNoneAllowed,
}

/// A verdict with what dry-run policies would have said.
#[derive(Debug)]
pub struct Verdict {
    /// The decision.
    pub outcome: Result<Permit, Denied>,
    /// Remarks; they never change the decision.
    pub notes: Vec<Note>,
}

/// Decides for a connection to `destination`, whose workload is `workload`.
#[must_use]
pub fn decide(mesh: &MeshState, workload: &Workload, connection: &Connection) -> Verdict {
    let mut listed: Vec<Arc<Policy>> = Vec::new();
    for key in &workload.authorization_policies {
        match mesh.find_listed_policy(key) {
            ListedPolicy::Held(policy) => listed.push(policy),
            ListedPolicy::Removed => {}
            ListedPolicy::NeverReceived => {
                return Verdict {
                    outcome: Err(Denied::Pending(key.clone())),
                    notes: Vec::new(),
                };
            }
        }
    }
    let candidates: Vec<&Policy> = mesh
        .policies_for(workload.namespace())
        .chain(listed.iter())
        .map(AsRef::as_ref)
        .collect();
    judge(&candidates, connection)
}

/// The decision over the candidate policies (`authorization.md` §4, steps 1–6).
#[must_use]
pub fn judge(candidates: &[&Policy], connection: &Connection) -> Verdict {
    let mut notes = Vec::new();
    let of = |action, dry_run| {
        candidates
            .iter()
            .filter(move |policy| policy.action == action && policy.dry_run == dry_run)
    };
    for policy in of(Action::Deny, true).filter(|policy| matches(policy, connection)) {
        notes.push(Note::DryRunDeny(policy.key.clone()));
    }
    if let Some(policy) = of(Action::Deny, false).find(|policy| matches(policy, connection)) {
        return Verdict {
            outcome: Err(Denied::By(policy.key.clone())),
            notes,
        };
    }
    let mut dry_allow = false;
    for policy in of(Action::Allow, true).filter(|policy| matches(policy, connection)) {
        dry_allow = true;
        notes.push(Note::DryRunAllow(policy.key.clone()));
    }
    let mut enforced = of(Action::Allow, false).peekable();
    if enforced.peek().is_none() {
        if !dry_allow && of(Action::Allow, true).next().is_some() {
            notes.push(Note::DryRunNoneAllowed);
        }
        return Verdict {
            outcome: Ok(Permit(())),
            notes,
        };
    }
    let outcome = if enforced.any(|policy| matches(policy, connection)) {
        Ok(Permit(()))
    } else {
        Err(Denied::NoneAllowed)
    };
    Verdict { outcome, notes }
}

/// Whether a policy matches: OR of rules, AND of clauses, OR of matches.
#[must_use]
pub fn matches(policy: &Policy, connection: &Connection) -> bool {
    policy.rules.iter().any(|rule| {
        rule.iter()
            .all(|clause| clause.is_empty() || clause.iter().any(|one| holds(one, connection)))
    })
}

fn holds(one: &Match, connection: &Connection) -> bool {
    if is_empty(one) {
        return false;
    }
    let identity = connection.identity.as_ref();
    let namespace = identity.map_or("", Identity::namespace);
    let principal = identity.map(Identity::principal);
    one.namespaces.holds(|term| text_matches(term, namespace))
        && one
            .principals
            .holds(|term| principal.is_some_and(|text| text_matches(term, text)))
        && one
            .service_accounts
            .holds(|term| identity.is_some_and(|id| account_matches(term, id)))
        && one
            .source_ips
            .holds(|range| range_holds(range, connection.source))
        && one
            .destination_ips
            .holds(|range| range_holds(range, connection.destination.ip()))
        && one
            .destination_ports
            .holds(|port| *port == connection.destination.port())
}

fn is_empty(one: &Match) -> bool {
    one.namespaces.is_unset()
        && one.principals.is_unset()
        && one.service_accounts.is_unset()
        && one.source_ips.is_unset()
        && one.destination_ips.is_unset()
        && one.destination_ports.is_unset()
}

fn text_matches(term: &StringMatch, text: &str) -> bool {
    match term {
        StringMatch::Exact(value) => text == value.as_str(),
        StringMatch::Prefix(value) => text.starts_with(value.as_str()),
        StringMatch::Suffix(value) => text.ends_with(value.as_str()),
        StringMatch::Presence => !text.is_empty(),
    }
}

fn account_matches(term: &ServiceAccountMatch, identity: &Identity) -> bool {
    term.namespace == identity.namespace() && term.service_account == identity.service_account()
}

fn range_holds(range: &IpNet, address: IpAddr) -> bool {
    range.contains(&address)
}
