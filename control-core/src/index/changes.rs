//! What one event changed for those who read the index.

use std::collections::BTreeSet;

use arcstr::ArcStr;

use crate::model::ObjectName;
use crate::model::condition::StatusOf;

/// Keys that differ now; the values are asked of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Names of Address resources.
    pub addresses: BTreeSet<ArcStr>,
    /// Names of Authorization resources.
    pub policies: BTreeSet<ArcStr>,
    /// Pods whose grants may differ.
    pub pods: BTreeSet<ObjectName>,
    /// Pods of other clusters whose grants may differ.
    pub remote_pods: BTreeSet<(ArcStr, ObjectName)>,
    /// Namespaces that came, went or changed.
    pub namespaces: BTreeSet<ArcStr>,
    /// Entries whose addresses may have to change.
    pub entries: BTreeSet<ObjectName>,
    /// Objects whose conditions differ from what they should be.
    pub statuses: BTreeSet<StatusOf>,
    /// Must not wait for a window: an endpoint went, or a policy changed (`DECISIONS.md` 22).
    pub is_urgent: bool,
}

impl Changes {
    /// Whether node proxies are to be told anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.policies.is_empty()
    }

    /// Adds later changes to these.
    pub fn merge(&mut self, later: Self) {
        self.addresses.extend(later.addresses);
        self.policies.extend(later.policies);
        self.pods.extend(later.pods);
        self.remote_pods.extend(later.remote_pods);
        self.namespaces.extend(later.namespaces);
        self.entries.extend(later.entries);
        self.statuses.extend(later.statuses);
        self.is_urgent |= later.is_urgent;
    }
}
