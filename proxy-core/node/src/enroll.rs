//! Should this pod be captured, and if not, why not.
//!
//! A pure function of the pod, its namespace's labels and the configured selectors (enrolment.md 1, cni-agent.md 7.1).
//! The agent, the plugin and the command line all ask here, so they cannot disagree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use mesh_wire::well_known::annotation::{
    BYPASS_INBOUND, DNS_CAPTURE, LOOK_AGAIN, REDIRECTION, REROUTE_INTERFACES, SIDECAR_STATUS,
};
use mesh_wire::well_known::label::{AMBIENT, DATAPLANE_MODE, NONE};
use mesh_wire::well_known::name;
use serde::{Deserialize, Serialize};

use crate::redirect::{Dns, Inbound};

const PROXY_LABEL: (&str, &str) = ("app", name::NODE_PROXY);

/// The annotations of pods that anybody here reads.
pub const ANNOTATIONS: [&str; 6] = [
    BYPASS_INBOUND,
    DNS_CAPTURE,
    LOOK_AGAIN,
    REDIRECTION,
    REROUTE_INTERFACES,
    SIDECAR_STATUS,
];

/// Labels or annotations.
pub type Labels = BTreeMap<String, String>;

/// What the decision needs to know about a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodFacts {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// Where it stands.
    pub stage: Stage,
    /// Which network it uses.
    pub network: PodNetwork,
}

/// Where a pod stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// It runs or will run.
    #[default]
    Live,
    /// It succeeded or failed.
    Finished,
}

/// Which network a pod uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PodNetwork {
    /// Its own.
    #[default]
    Own,
    /// The node's.
    Host,
}

impl From<&Pod> for PodFacts {
    fn from(pod: &Pod) -> Self {
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        let host = pod.spec.as_ref().and_then(|spec| spec.host_network);
        Self {
            namespace: pod.metadata.namespace.clone().unwrap_or_default(),
            name: pod.metadata.name.clone().unwrap_or_default(),
            labels: pod.metadata.labels.clone().unwrap_or_default(),
            annotations: pod.metadata.annotations.clone().unwrap_or_default(),
            stage: match phase {
                Some("Succeeded" | "Failed") => Stage::Finished,
                _ => Stage::Live,
            },
            network: if host == Some(true) {
                PodNetwork::Host
            } else {
                PodNetwork::Own
            },
        }
    }
}

/// One way to be enrolled: both selectors must match; an absent one matches everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// On the pod's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_selector: Option<LabelSelector>,
    /// On the namespace's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
}

/// Who is enrolled, as configured for the mesh.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Any of these enrols.
    pub selectors: Vec<Selector>,
    /// Namespaces that stay out whatever their labels say.
    pub excluded: BTreeSet<String>,
    /// Where pods labelled `app=ztunnel` are the node proxy itself.
    pub system_namespace: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            selectors: default_selectors(),
            excluded: ["kube-system".to_owned()].into(),
            system_namespace: name::SYSTEM_NAMESPACE.to_owned(),
        }
    }
}

/// The two entries that charts configure unless told otherwise.
#[must_use]
pub fn default_selectors() -> Vec<Selector> {
    let ambient = || LabelSelector {
        match_labels: Some([(DATAPLANE_MODE.to_owned(), AMBIENT.to_owned())].into()),
        ..LabelSelector::default()
    };
    let not_none = LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: DATAPLANE_MODE.to_owned(),
            operator: "NotIn".to_owned(),
            values: Some(vec![NONE.to_owned()]),
        }]),
        ..LabelSelector::default()
    };
    vec![
        Selector {
            pod_selector: Some(ambient()),
            namespace_selector: None,
        },
        Selector {
            pod_selector: Some(not_none),
            namespace_selector: Some(ambient()),
        },
    ]
}

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Capture the pod.
    Capture,
    /// Leave it alone, for this reason.
    Leave(Reason),
}

/// Why a pod stays out; the first that applies, in the order of enrolment.md 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It uses the node's network.
    HostNetwork,
    /// It has a sidecar.
    Sidecar,
    /// Its namespace is excluded by configuration.
    ExcludedNamespace,
    /// It has succeeded or failed.
    Finished,
    /// It is the node proxy.
    NodeProxy,
    /// Its label says `none` although its namespace is enrolled.
    OptedOut,
    /// Nothing enrols it.
    NotSelected,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::HostNetwork => "uses the host network",
            Self::Sidecar => "has a sidecar",
            Self::ExcludedNamespace => "namespace is excluded from the mesh",
            Self::Finished => "has finished",
            Self::NodeProxy => "is the node proxy",
            Self::OptedOut => "label istio.io/dataplane-mode=none",
            Self::NotSelected => "not labelled istio.io/dataplane-mode=ambient",
        })
    }
}

/// Decides about one pod.
#[must_use]
pub fn decide(pod: &PodFacts, namespace_labels: &Labels, rules: &Rules) -> Verdict {
    let (key, value) = PROXY_LABEL;
    let is_proxy =
        pod.namespace == rules.system_namespace && pod.labels.get(key).is_some_and(|label| label == value);
    let opted_out = pod.labels.get(DATAPLANE_MODE).is_some_and(|mode| mode == NONE);
    let reason = if pod.network == PodNetwork::Host {
        Reason::HostNetwork
    } else if pod.annotations.contains_key(SIDECAR_STATUS) {
        Reason::Sidecar
    } else if rules.excluded.contains(&pod.namespace) {
        Reason::ExcludedNamespace
    } else if pod.stage == Stage::Finished {
        Reason::Finished
    } else if is_proxy {
        Reason::NodeProxy
    } else if rules.selectors.iter().any(|selector| {
        matches(selector.pod_selector.as_ref(), &pod.labels)
            && matches(selector.namespace_selector.as_ref(), namespace_labels)
    }) {
        return Verdict::Capture;
    } else if opted_out && namespace_matches(namespace_labels, rules) {
        Reason::OptedOut
    } else {
        Reason::NotSelected
    };
    Verdict::Leave(reason)
}

/// Whether a namespace as such is enrolled: selectors without a namespace part are not asked (cni-agent.md 7.1).
#[must_use]
pub fn namespace_matches(labels: &Labels, rules: &Rules) -> bool {
    rules.selectors.iter().any(|selector| {
        selector
            .namespace_selector
            .as_ref()
            .is_some_and(|part| !is_empty(part) && matches(Some(part), labels))
    })
}

fn is_empty(selector: &LabelSelector) -> bool {
    selector.match_labels.as_ref().is_none_or(BTreeMap::is_empty)
        && selector.match_expressions.as_ref().is_none_or(Vec::is_empty)
}

fn matches(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    let Some(selector) = selector else {
        return true;
    };
    let equal = selector.match_labels.iter().flatten();
    let expressions = selector.match_expressions.iter().flatten();
    equal
        .into_iter()
        .all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().all(|one| holds(one, labels))
}

fn holds(requirement: &LabelSelectorRequirement, labels: &Labels) -> bool {
    let label = labels.get(&requirement.key);
    let is_listed = label.is_some_and(|label| {
        let mut values = requirement.values.iter().flatten();
        values.any(|value| value == label)
    });
    match requirement.operator.as_str() {
        "In" => is_listed,
        "NotIn" => !is_listed,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        // unreachable after `check`; an unknown operator must not enrol anybody
        _ => false,
    }
}

/// A selector that the API server would not accept.
#[derive(Debug, thiserror::Error)]
#[error("unknown operator `{operator}` for label `{key}`")]
pub struct SelectorError {
    key: String,
    operator: String,
}

/// Refuses operators that no selector has.
///
/// # Errors
/// Names the first bad one.
pub fn check(selectors: &[Selector]) -> Result<(), SelectorError> {
    let parts = selectors
        .iter()
        .flat_map(|one| [&one.pod_selector, &one.namespace_selector]);
    for requirement in parts
        .flatten()
        .flat_map(|part| part.match_expressions.iter().flatten())
    {
        if !["In", "NotIn", "Exists", "DoesNotExist"].contains(&requirement.operator.as_str()) {
            return Err(SelectorError {
                key: requirement.key.clone(),
                operator: requirement.operator.clone(),
            });
        }
    }
    Ok(())
}

/// What a pod's annotations ask of its capture (cni-agent.md 7.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// DNS, if the pod says.
    pub dns: Option<Dns>,
    /// Arriving plaintext.
    pub inbound: Inbound,
    /// Interfaces of nested machines.
    pub rerouted: Vec<String>,
    /// Annotations with a value that cannot be: ignored, with a warning.
    pub unreadable: Vec<&'static str>,
}

/// Reads the annotations.
#[must_use]
pub fn wishes(annotations: &Labels) -> Wishes {
    let mut wishes = Wishes::default();
    match boolean(annotations, DNS_CAPTURE, &mut wishes.unreadable) {
        Some(true) => wishes.dns = Some(Dns::Captured),
        Some(false) => wishes.dns = Some(Dns::Untouched),
        None => {}
    }
    if boolean(annotations, BYPASS_INBOUND, &mut wishes.unreadable) == Some(true) {
        wishes.inbound = Inbound::Bypassed;
    }
    if let Some(list) = annotations.get(REROUTE_INTERFACES) {
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        // longer ones are nobody's
        let (names, others): (Vec<_>, Vec<_>) = names.partition(|name| name.len() < 16);
        wishes.rerouted = names.into_iter().map(str::to_owned).collect();
        if !others.is_empty() {
            wishes.unreadable.push(REROUTE_INTERFACES);
        }
    }
    wishes
}

/// Booleans as the field reads them.
fn boolean(annotations: &Labels, key: &'static str, unreadable: &mut Vec<&'static str>) -> Option<bool> {
    match annotations.get(key)?.as_str() {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => {
            unreadable.push(key);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Labels {
        let pairs = text.split(',').filter(|pair| !pair.is_empty());
        pairs
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    fn mode(value: &str) -> Labels {
        match value {
            "-" => Labels::new(),
            value => labels(&format!("{DATAPLANE_MODE}={value}")),
        }
    }

    #[track_caller]
    fn check_modes(namespace: &str, pod: &str, expected: Verdict) {
        let pod = PodFacts {
            namespace: "shop".to_owned(),
            labels: mode(pod),
            ..PodFacts::default()
        };
        assert_eq!(decide(&pod, &mode(namespace), &Rules::default()), expected);
    }

    #[test]
    fn enrolment_c01_labels_of_namespace_and_pod() {
        // enrolment.md 1, row by row
        let out = Verdict::Leave(Reason::NotSelected);
        check_modes("-", "-", out);
        check_modes("-", "ambient", Verdict::Capture);
        check_modes("ambient", "-", Verdict::Capture);
        check_modes("ambient", "none", Verdict::Leave(Reason::OptedOut));
        check_modes("ambient", "ambient", Verdict::Capture);
        check_modes("none", "-", out);
        check_modes("other", "-", out);
        check_modes("none", "ambient", Verdict::Capture);
        check_modes("other", "ambient", Verdict::Capture);
    }

    #[test]
    fn enrolment_c03_an_unknown_value_is_no_label() {
        check_modes("Ambient", "-", Verdict::Leave(Reason::NotSelected));
        check_modes("ambient", "Ambient", Verdict::Capture);
    }

    #[test]
    fn enrolment_c04_hard_exclusions_beat_every_label() {
        let enrolled = PodFacts {
            namespace: "shop".to_owned(),
            labels: mode("ambient"),
            ..PodFacts::default()
        };
        let cases = [
            (
                PodFacts {
                    network: PodNetwork::Host,
                    ..enrolled.clone()
                },
                Reason::HostNetwork,
            ),
            (
                PodFacts {
                    annotations: labels("sidecar.istio.io/status="),
                    ..enrolled.clone()
                },
                Reason::Sidecar,
            ),
            (
                PodFacts {
                    namespace: "kube-system".to_owned(),
                    ..enrolled.clone()
                },
                Reason::ExcludedNamespace,
            ),
            (
                PodFacts {
                    stage: Stage::Finished,
                    ..enrolled.clone()
                },
                Reason::Finished,
            ),
            (
                PodFacts {
                    namespace: "istio-system".to_owned(),
                    labels: labels("app=ztunnel,istio.io/dataplane-mode=ambient"),
                    ..enrolled.clone()
                },
                Reason::NodeProxy,
            ),
        ];
        for (pod, reason) in cases {
            let verdict = decide(&pod, &mode("ambient"), &Rules::default());
            assert_eq!(verdict, Verdict::Leave(reason));
        }
    }

    #[test]
    fn a_pod_label_alone_does_not_make_its_namespace_match() {
        let rules = Rules::default();
        assert!(!namespace_matches(&Labels::new(), &rules));
        assert!(namespace_matches(&mode("ambient"), &rules));
    }

    #[test]
    fn operators_of_selectors() {
        let holds = |operator: &str, values: &[&str], labels: &Labels| {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            let requirement = LabelSelectorRequirement {
                key: "k".to_owned(),
                operator: operator.to_owned(),
                values: Some(values),
            };
            super::holds(&requirement, labels)
        };
        let (with, without) = (labels("k=a"), Labels::new());
        assert!(holds("In", &["a"], &with) && !holds("In", &["a"], &without));
        assert!(!holds("NotIn", &["a"], &with) && holds("NotIn", &["a"], &without));
        assert!(holds("Exists", &[], &with) && !holds("Exists", &[], &without));
        assert!(!holds("DoesNotExist", &[], &with) && holds("DoesNotExist", &[], &without));
        assert!(!holds("Near", &["a"], &with));
    }

    #[test]
    fn unknown_operators_are_refused_by_name() {
        let mut selectors = default_selectors();
        assert!(check(&selectors).is_ok());
        let part = selectors[1].pod_selector.as_mut().unwrap();
        part.match_expressions.as_mut().unwrap()[0].operator = "Near".to_owned();
        let error = check(&selectors).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown operator `Near` for label `istio.io/dataplane-mode`"
        );
    }

    #[test]
    fn cni_c25_dns_annotation_overrides_and_nonsense_is_reported() {
        let of = |value: &str| wishes(&labels(&format!("{DNS_CAPTURE}={value}")));
        assert_eq!(of("false").dns, Some(Dns::Untouched));
        assert_eq!(of("true").dns, Some(Dns::Captured));
        assert_eq!(of("maybe").dns, None);
        assert_eq!(of("maybe").unreadable, [DNS_CAPTURE]);
    }
}
