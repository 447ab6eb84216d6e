//! `spec/authorization.md` §3 and §4 once more, sentence by sentence, in the plainest form.

use std::collections::BTreeSet;

use crate::world::{Clause, Connection, Match, Policy, Range, Rule, Text, World};

/// What a connection comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may in.
    Allowed,
    /// A DENY matches; which one is named first is not laid down.
    DeniedBy(BTreeSet<String>),
    /// ALLOW policies exist and none matches.
    AllowedByNone,
    /// The workload names policies that were never received.
    Pending(BTreeSet<String>),
}

impl Verdict {
    /// Its kind, for counting.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::DeniedBy(_) => "denied by a policy",
            Self::AllowedByNone => "allowed by none",
            Self::Pending(_) => "pending",
        }
    }

    /// Whether what the engine said is this.
    pub(crate) fn admits(&self, said: &str) -> bool {
        match self {
            Self::Allowed => said == "allow",
            Self::AllowedByNone => said == "none allowed",
            Self::DeniedBy(keys) => keys.iter().any(|key| said == format!("denied {key}")),
            Self::Pending(keys) => keys.iter().any(|key| said == format!("pending {key}")),
        }
    }
}

/// §4: the candidates, then the steps.
pub(crate) fn decide(world: &World, connection: &Connection) -> Verdict {
    // "a key that was never received: denied policy_pending; received and later removed: skipped"
    let mut unknown = BTreeSet::new();
    for key in &world.listed {
        let held = world.policies.iter().any(|policy| policy.key() == *key);
        if !held && !world.removed.contains(key) {
            unknown.insert(key.clone());
        }
    }
    if !unknown.is_empty() {
        return Verdict::Pending(unknown);
    }
    // "policies indexed under the destination workload's namespace, those with scope GLOBAL, the keys in the list"
    let mut candidates: Vec<&Policy> = Vec::new();
    for policy in &world.policies {
        let by_namespace = policy.scope == "NAMESPACE" && policy.namespace == world.namespace;
        let by_list = world.listed.contains(&policy.key());
        if by_namespace || policy.scope == "GLOBAL" || by_list {
            candidates.push(policy);
        }
    }
    // 1 and 3: dry-run policies are only logged
    candidates.retain(|policy| !policy.dry_run);
    // 2
    let mut denying = BTreeSet::new();
    for policy in &candidates {
        if policy.action == "DENY" && policy_matches(policy, connection) {
            denying.insert(policy.key());
        }
    }
    if !denying.is_empty() {
        return Verdict::DeniedBy(denying);
    }
    // 4
    candidates.retain(|policy| policy.action == "ALLOW");
    if candidates.is_empty() {
        return Verdict::Allowed;
    }
    // 5 and 6
    for policy in candidates {
        if policy_matches(policy, connection) {
            return Verdict::Allowed;
        }
    }
    Verdict::AllowedByNone
}

/// "Policy matches: rules non-empty and any rule." No rules never match.
fn policy_matches(policy: &Policy, connection: &Connection) -> bool {
    policy.rules.iter().any(|rule| rule_matches(rule, connection))
}

/// "Rule matches: every clause matches." No clauses match everything.
fn rule_matches(Rule(clauses): &Rule, connection: &Connection) -> bool {
    clauses.iter().all(|clause| clause_matches(clause, connection))
}

/// "Clause matches: it has no matches at all, or any matches."
fn clause_matches(Clause(matches): &Clause, connection: &Connection) -> bool {
    matches.is_empty() || matches.iter().any(|one| match_matches(one, connection))
}

/// "Match with no field set never matches"; otherwise every kind holds.
fn match_matches(one: &Match, connection: &Connection) -> bool {
    let is_set = [
        one.namespaces.len(),
        one.not_namespaces.len(),
        one.principals.len(),
        one.not_principals.len(),
        one.accounts.len(),
        one.not_accounts.len(),
        one.source_ips.len(),
        one.not_source_ips.len(),
        one.destination_ips.len(),
        one.not_destination_ips.len(),
        one.ports.len(),
        one.not_ports.len(),
    ]
    .iter()
    .any(|count| *count > 0);
    if !is_set {
        return false;
    }
    let namespace = |text: &Text| namespace_matches(text, connection);
    let principal = |text: &Text| principal_matches(text, connection);
    let account = |pair: &(String, String)| account_matches(pair, connection);
    let source = |range: &Range| range_holds(range, &connection.source);
    let destination = |range: &Range| range_holds(range, &connection.destination);
    let port = |port: &u16| *port == connection.port;
    holds(&one.namespaces, &one.not_namespaces, namespace)
        && holds(&one.principals, &one.not_principals, principal)
        && holds(&one.accounts, &one.not_accounts, account)
        && holds(&one.source_ips, &one.not_source_ips, source)
        && holds(&one.destination_ips, &one.not_destination_ips, destination)
        && holds(&one.ports, &one.not_ports, port)
}

/// "(positive empty or any of positive) and not any of negative"
fn holds<T>(positive: &[T], negative: &[T], predicate: impl Fn(&T) -> bool) -> bool {
    let some_positive = positive.iter().filter(|term| predicate(term)).count() > 0;
    let some_negative = negative.iter().filter(|term| predicate(term)).count() > 0;
    (positive.is_empty() || some_positive) && !some_negative
}

/// "identity's namespace, the empty text without identity; presence is non-empty"
fn namespace_matches(text: &Text, connection: &Connection) -> bool {
    let namespace = match &connection.identity {
        Some([_, namespace, _]) => namespace.clone(),
        None => String::new(),
    };
    text_matches(text, &namespace)
}

/// "the identity text without the scheme; without identity false for every form, presence included"
fn principal_matches(text: &Text, connection: &Connection) -> bool {
    match &connection.identity {
        Some([domain, namespace, account]) => {
            text_matches(text, &format!("{domain}/ns/{namespace}/sa/{account}"))
        }
        None => false,
    }
}

/// "namespace and account equal; trust domain ignored; false without identity"
fn account_matches((namespace, account): &(String, String), connection: &Connection) -> bool {
    match &connection.identity {
        Some([_, its_namespace, its_account]) => namespace == its_namespace && account == its_account,
        None => false,
    }
}

/// "byte-wise and case-sensitive"
fn text_matches(text: &Text, value: &str) -> bool {
    let (wanted, value) = (text.value.as_bytes(), value.as_bytes());
    match text.form {
        "exact" => wanted == value,
        "prefix" => wanted.len() <= value.len() && wanted == &value[..wanted.len()],
        "suffix" => wanted.len() <= value.len() && wanted == &value[value.len() - wanted.len()..],
        _ => !value.is_empty(),
    }
}

/// "CIDR containment; v4 and v6 never match each other; length 0 = any of that family"; bit by bit.
fn range_holds(range: &Range, address: &[u8]) -> bool {
    if range.address.len() != address.len() {
        return false;
    }
    (0..range.length).all(|bit| {
        let (byte, mask) = (bit / 8, 0x80 >> (bit % 8));
        range.address[byte] & mask == address[byte] & mask
    })
}
