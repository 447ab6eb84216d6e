//! What the mesh stands on: the Kubernetes API, its definitions, the system namespace. (pure)

use crate::checks::facts::Facts;
use crate::checks::report::Category;
use crate::install::component::{label, meta};
use crate::install::ready;

/// The oldest version of Kubernetes that is supported.
const OLDEST: u64 = 29;
/// The definitions without which policies cannot be written.
const NEEDED: [&str; 4] = [
    "authorizationpolicies.security.istio.io",
    "peerauthentications.security.istio.io",
    "serviceentries.networking.istio.io",
    "workloadentries.networking.istio.io",
];

pub(super) fn kubernetes(facts: &Facts) -> Category {
    let mut category = Category::new("kubernetes-api");
    category.check("kubernetes-api", "can query the Kubernetes API", None);
    let version = &facts.target.kubernetes;
    let minor = version
        .trim_start_matches('v')
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse::<u64>().ok());
    let is_old = minor.is_some_and(|minor| minor < OLDEST);
    category.advise(
        "kubernetes-version",
        "Kubernetes is recent enough",
        is_old.then(|| format!("it is {version}; the oldest supported is 1.{OLDEST}")),
    );
    category
}

pub(super) fn system_namespace(facts: &Facts) -> Category {
    let mut category = Category::new("system-namespace");
    let level = facts
        .namespace
        .as_ref()
        .and_then(|one| label(one, "pod-security.kubernetes.io/enforce"));
    category.check(
        "pod-security",
        "the system namespace admits node agent and node proxy",
        level.filter(|level| *level != "privileged").map(|level| {
            format!("namespace `{}` enforces the level `{level}`; label it pod-security.kubernetes.io/enforce=privileged", facts.system)
        }),
    );
    category
}

pub(super) fn define(category: &mut Category, facts: &Facts) {
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|needed| !facts.definitions.iter().any(|one| meta(one, "name") == *needed))
        .collect();
    category.check(
        "definitions",
        "the definitions of policies are there",
        (!missing.is_empty()).then(|| format!("missing: {}", missing.join(", "))),
    );
    let broken: Vec<String> = facts
        .definitions
        .iter()
        .filter_map(|one| Some(format!("{}: {}", meta(one, "name"), ready::blocker(one)?)))
        .collect();
    category.check(
        "definitions-established",
        "the definitions are established",
        (!broken.is_empty()).then(|| broken.join("\n")),
    );
}
