//! An L4 policy as proxies evaluate it: rules OR, clauses AND, matches OR (`authorization.md` 1).

use std::net::IpAddr;

use super::ObjectName;

/// Which workloads a policy covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyScope {
    /// The whole mesh.
    Global,
    /// Its namespace.
    Namespace,
    /// Those that list it.
    Selector,
}

/// What a match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Only what matches may pass.
    Allow,
    /// What matches is refused.
    Deny,
}

/// A text pattern; never a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The whole text.
    Exact(String),
    /// Its beginning.
    Prefix(String),
    /// Its end.
    Suffix(String),
    /// Anything but nothing.
    Presence,
}

impl Pattern {
    /// The wildcard rule of `authorization.md` 6.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "*" {
            Self::Presence
        } else if let Some(rest) = text.strip_prefix('*') {
            Self::Suffix(rest.to_owned())
        } else if let Some(rest) = text.strip_suffix('*') {
            Self::Prefix(rest.to_owned())
        } else {
            Self::Exact(text.to_owned())
        }
    }
}

/// A range of addresses; host bits are kept as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpBlock {
    /// The address as written.
    pub ip: IpAddr,
    /// Prefix length.
    pub length: u8,
}

impl IpBlock {
    /// Reads an address or a CIDR.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (ip, length) = match text.split_once('/') {
            Some((ip, length)) => (ip.parse::<IpAddr>().ok()?, Some(length.parse::<u8>().ok()?)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let full = if ip.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(full);
        (length <= full).then_some(Self { ip, length })
    }
}

/// A positive and a negated list of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides<T> {
    /// Any of these must match, if there are any.
    pub any_of: Vec<T>,
    /// None of these may match.
    pub none_of: Vec<T>,
}

impl<T> Default for Sides<T> {
    fn default() -> Self {
        Self {
            any_of: Vec::new(),
            none_of: Vec::new(),
        }
    }
}

/// One conjunction over connection facts. Without any list it never matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Source namespace.
    pub namespaces: Sides<Pattern>,
    /// Source identity without its scheme.
    pub principals: Sides<Pattern>,
    /// Source namespace and account.
    pub service_accounts: Sides<ObjectName>,
    /// Source address.
    pub source_ips: Sides<IpBlock>,
    /// Destination address.
    pub destination_ips: Sides<IpBlock>,
    /// Destination port at the workload.
    pub destination_ports: Sides<u16>,
}

/// Matches of which any one suffices.
pub type Clause = Vec<Match>;
/// Clauses that must all hold.
pub type Rule = Vec<Clause>;

/// One policy, keyed by `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its key.
    pub key: ObjectName,
    /// Whom it covers.
    pub scope: PolicyScope,
    /// What it does.
    pub action: Action,
    /// When; none never matches.
    pub rules: Vec<Rule>,
    /// Evaluated and logged only.
    pub is_dry_run: bool,
}
