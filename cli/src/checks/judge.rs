//! What the facts mean, category by category. (pure)

mod parts;
mod platform;
mod plugins;
mod traffic;
mod trust;

use super::facts::Facts;
use super::report::{Category, Report};
use mesh_wire::well_known::name;
use parts::{existence, versions, workload};
use platform::{define, kubernetes, system_namespace};
pub use plugins::plugins;
use traffic::{enrolment, network_policies};
use trust::{identity, webhooks};

/// Checks before an installation.
#[must_use]
pub fn before(facts: &Facts) -> Report {
    Report::new(vec![
        kubernetes(facts),
        plugins(&facts.plugins),
        system_namespace(facts),
    ])
}

/// Checks of an installation.
#[must_use]
pub fn installed(facts: &Facts, now: jiff::Timestamp) -> Report {
    let existence = existence(facts);
    let is_there = !existence.has_error();
    let mut categories = vec![kubernetes(facts), existence];
    // without its parts, what they do needs no check
    if is_there {
        categories.extend([
            workload(facts, "control-plane", "istiod", "the control plane"),
            identity(facts, now),
            webhooks(facts),
            workload(facts, "cni", name::NODE_AGENT, "the node agent"),
            workload(facts, "ztunnel", name::NODE_PROXY, "the node proxy"),
            versions(facts),
            plugins(&facts.plugins),
            enrolment(facts),
            network_policies(facts),
        ]);
    }
    Report::new(categories)
}

/// Checks of the data plane, of one namespace or of all.
#[must_use]
pub fn data_plane(facts: &Facts) -> Report {
    Report::new(vec![
        workload(facts, "cni", name::NODE_AGENT, "the node agent"),
        workload(facts, "ztunnel", name::NODE_PROXY, "the node proxy"),
        enrolment(facts),
        network_policies(facts),
    ])
}

/// Checks of the definitions.
#[must_use]
pub fn definitions(facts: &Facts) -> Report {
    let mut category = Category::new("definitions");
    define(&mut category, facts);
    Report::new(vec![category])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::report::Outcome;
    use crate::enrolment::facts::NamespaceRow;
    use mesh_wire::well_known::label as labels;
    use serde_json::json;

    fn ids(report: &Report, outcome: Outcome) -> Vec<&'static str> {
        let checks = report.categories.iter().flat_map(|category| &category.checks);
        checks
            .filter(|check| check.result == outcome)
            .map(|check| check.id)
            .collect()
    }

    #[test]
    fn an_empty_cluster_lacks_everything_and_nothing_else_is_asked() {
        let report = installed(&Facts::default(), jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(
            ids(&report, Outcome::Error),
            [
                "namespace",
                "istiod-exists",
                "cni-exists",
                "ztunnel-exists",
                "definitions"
            ]
        );
        assert_eq!(report.categories.len(), 2);
        assert!(before(&Facts::default()).success);
    }

    #[test]
    fn settings_that_break_the_mesh_are_errors() {
        let facts = Facts {
            plugins: crate::checks::facts::Plugins {
                cilium: Some(json!({"data": {"cni-exclusive": "true"}})),
                calico: None,
            },
            namespace: Some(
                json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}),
            ),
            ..Facts::default()
        };
        let report = before(&facts);
        assert_eq!(ids(&report, Outcome::Error), ["cilium-exclusive", "pod-security"]);
    }

    #[test]
    fn an_unknown_mode_is_advised_about() {
        let mut facts = Facts::default();
        facts.enrolment.namespaces.push(NamespaceRow {
            name: "shop".to_owned(),
            labels: [(labels::DATAPLANE_MODE.to_owned(), "Ambient".to_owned())].into(),
            pods: Vec::new(),
        });
        let report = data_plane(&facts);
        assert_eq!(ids(&report, Outcome::Warning), ["label-values"]);
    }
}
