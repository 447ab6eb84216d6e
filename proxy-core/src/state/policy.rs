//! An L4 authorization policy, decoded (`spec/authorization.md` §1).

use arcstr::ArcStr;
use ipnet::IpNet;

/// Where a policy applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyScope {
    /// The whole mesh.
    Global,
    /// The policy's namespace.
    Namespace,
    /// Only workloads that list it.
    WorkloadSelector,
}

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Permit.
    Allow,
    /// Refuse.
    Deny,
}

/// Text comparison, byte-wise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringMatch {
    /// Equal.
    Exact(ArcStr),
    /// Starts with.
    Prefix(ArcStr),
    /// Ends with.
    Suffix(ArcStr),
    /// Not empty.
    Presence,
}

/// Namespace and account, trust domain ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccountMatch {
    /// Namespace.
    pub namespace: ArcStr,
    /// Service account.
    pub service_account: ArcStr,
}

/// A positive and a negative list of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms<T> {
    /// Some must match, unless empty.
    pub any: Box<[T]>,
    /// None may match.
    pub none: Box<[T]>,
}

impl<T> Default for Terms<T> {
    fn default() -> Self {
        Self {
            any: Box::default(),
            none: Box::default(),
        }
    }
}

impl<T> Terms<T> {
    /// Whether neither list has an element.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        self.any.is_empty() && self.none.is_empty()
    }

    /// (positive empty or some positive) and no negative.
    pub fn holds(&self, matches: impl Fn(&T) -> bool) -> bool {
        (self.any.is_empty() || self.any.iter().any(&matches)) && !self.none.iter().any(matches)
    }
}

/// AND across the kinds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Match {
    /// Source namespaces.
    pub namespaces: Terms<StringMatch>,
    /// Source identities without scheme.
    pub principals: Terms<StringMatch>,
    /// Source service accounts.
    pub service_accounts: Terms<ServiceAccountMatch>,
    /// Source addresses.
    pub source_ips: Terms<IpNet>,
    /// Destination addresses.
    pub destination_ips: Terms<IpNet>,
    /// Destination ports.
    pub destination_ports: Terms<u16>,
}

/// OR of matches; without any it holds.
pub type Clause = Box<[Match]>;
/// AND of clauses; without any it holds.
pub type Rule = Box<[Clause]>;

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `<namespace>/<name>`.
    pub key: ArcStr,
    /// Object name.
    pub name: ArcStr,
    /// Object namespace.
    pub namespace: ArcStr,
    /// Where it applies.
    pub scope: PolicyScope,
    /// What a match means.
    pub action: Action,
    /// OR; without any it never matches.
    pub rules: Box<[Rule]>,
    /// Only logged.
    pub dry_run: bool,
}
