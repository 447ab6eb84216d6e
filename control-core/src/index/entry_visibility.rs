//! How far entries are visible, by the mesh configuration (`control-plane.md` 7.5).

use super::lookup::Lookup;
use crate::mesh_config::EntryVisibility;
use crate::model::ObjectName;

/// Whether only its own namespace sees an entry.
pub(crate) fn is_namespaced(name: &ObjectName, lookup: &Lookup<'_>) -> bool {
    visibility(name, lookup) == Some(EntryVisibility::Namespace)
}

/// The visibility that the mesh configuration gives; `None` if it says nothing (7.5).
pub(crate) fn visibility(name: &ObjectName, lookup: &Lookup<'_>) -> Option<EntryVisibility> {
    let settings = lookup.settings().visibility.as_ref()?;
    let labels = lookup.labels_of(&name.namespace);
    let holds = |rule: &crate::mesh_config::Matcher| {
        rule.namespace_selector
            .as_ref()
            .is_some_and(|selector| selector.matches(labels))
    };
    let mut policies = settings.policies.iter();
    let matching = policies.find(|policy| policy.matching_rules.iter().all(holds));
    Some(matching.map_or(settings.default_visibility, |policy| policy.visibility))
}
