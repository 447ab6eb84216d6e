//! Whether this agent is being replaced or removed (cni-agent.md 12).
//!
//! The own DaemonSet is watched for the whole life, since whoever uninstalls takes account and roles away with it and
//! a question at the end would not be answered any more. When in doubt everything stays.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, Event, watcher};
use kube::{Api, Client};
use mesh_sys::program::chain;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::{Ending, Identity};

const PATIENCE: Duration = Duration::from_secs(3);

/// What is known about the own DaemonSet when the agent ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// It is there and wants an agent on this node: an upgrade, a restart, a reboot.
    Stays,
    /// It is there and wants no agent on this node.
    Elsewhere,
    /// It is gone or going.
    Gone,
    /// Nobody can tell.
    Unknown,
}

/// What an ending agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Farewell {
    /// Remove plugin and rules of the node.
    pub clean: bool,
    /// Release the captured pods.
    pub release: bool,
}

/// Decides. (pure)
#[must_use]
pub fn farewell(finding: Finding, ending: Ending) -> Farewell {
    let clean = matches!(finding, Finding::Gone | Finding::Elsewhere) || ending.always_clean;
    Farewell {
        clean,
        release: finding == Finding::Gone && ending.release,
    }
}

/// Follows the own DaemonSet. Clones share what was seen.
#[derive(Clone)]
pub struct Owner {
    client: Client,
    identity: Identity,
    seen: Arc<AtomicBool>,
    gone: Arc<AtomicBool>,
}

impl Owner {
    /// Nothing was seen yet.
    #[must_use]
    pub fn new(client: Client, identity: Identity) -> Self {
        Self {
            client,
            identity,
            seen: Arc::default(),
            gone: Arc::default(),
        }
    }

    fn api(&self) -> Api<DaemonSet> {
        Api::namespaced(self.client.clone(), &self.identity.namespace)
    }

    /// Watches until `stop`.
    pub async fn watch(&self, stop: CancellationToken) {
        let name = self.identity.daemon_set();
        let config = Config::default().fields(&format!("metadata.name={name}"));
        let mut events = pin!(watcher(self.api(), config).default_backoff());
        let mut listed = false;
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                event = events.next() => event,
            };
            match event {
                Some(Ok(Event::Apply(found) | Event::InitApply(found))) => {
                    listed = true;
                    self.see(&found);
                }
                Some(Ok(Event::Delete(_))) => self.gone.store(true, Ordering::Relaxed),
                Some(Ok(Event::Init)) => listed = false,
                // it was there before and a new list lacks it
                Some(Ok(Event::InitDone)) if !listed && self.seen.load(Ordering::Relaxed) => {
                    self.gone.store(true, Ordering::Relaxed);
                }
                Some(Ok(Event::InitDone)) => {}
                Some(Err(error)) => {
                    tracing::debug!(error = %chain(&error), "watch of the own DaemonSet interrupted");
                }
                None => return,
            }
        }
    }

    fn see(&self, found: &DaemonSet) {
        self.seen.store(true, Ordering::Relaxed);
        self.gone
            .store(found.metadata.deletion_timestamp.is_some(), Ordering::Relaxed);
    }

    /// What is known now.
    pub async fn finding(&self) -> Finding {
        if self.gone.load(Ordering::Relaxed) {
            return Finding::Gone;
        }
        let asked = timeout(PATIENCE, self.api().get_opt(self.identity.daemon_set())).await;
        let found = match asked {
            Ok(Ok(Some(found))) => found,
            Ok(Ok(None)) => return Finding::Gone,
            // also a refusal: whoever uninstalls may have removed the roles, but so may a mistake
            Ok(Err(error)) => {
                tracing::warn!(error = %chain(&error), "cannot ask for the own DaemonSet");
                return self.unknown();
            }
            Err(_) => return self.unknown(),
        };
        if found.metadata.deletion_timestamp.is_some() {
            return Finding::Gone;
        }
        let nodes: Api<Node> = Api::all(self.client.clone());
        match timeout(PATIENCE, nodes.get(&self.identity.node)).await {
            Ok(Ok(node)) if !wants(&found, &node) => Finding::Elsewhere,
            _ => Finding::Stays,
        }
    }

    /// The watch may have learned something while the question was on its way.
    fn unknown(&self) -> Finding {
        if self.gone.load(Ordering::Relaxed) {
            Finding::Gone
        } else {
            Finding::Unknown
        }
    }
}

/// Whether a DaemonSet wants a pod on a node: node selector and required node affinity. (pure)
fn wants(set: &DaemonSet, node: &Node) -> bool {
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let Some(pod) = set.spec.as_ref().and_then(|spec| spec.template.spec.as_ref()) else {
        return true;
    };
    let selected = pod
        .node_selector
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    let affinity = pod
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref());
    let required =
        affinity.and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref());
    let name = node.metadata.name.clone().unwrap_or_default();
    selected
        && required.is_none_or(|required| {
            required
                .node_selector_terms
                .iter()
                .any(|term| term_holds(term, &labels, &name))
        })
}

fn term_holds(term: &NodeSelectorTerm, labels: &BTreeMap<String, String>, name: &str) -> bool {
    let fields: BTreeMap<String, String> = [("metadata.name".to_owned(), name.to_owned())].into();
    let all = |wanted: &Option<Vec<NodeSelectorRequirement>>, of: &BTreeMap<String, String>| {
        wanted.iter().flatten().all(|one| holds(one, of))
    };
    let is_empty = term.match_expressions.iter().flatten().next().is_none()
        && term.match_fields.iter().flatten().next().is_none();
    // a term without conditions selects nothing
    !is_empty && all(&term.match_expressions, labels) && all(&term.match_fields, &fields)
}

fn holds(wanted: &NodeSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let found = labels.get(&wanted.key);
    let values = || wanted.values.iter().flatten();
    let number = |text: &String| text.parse::<i64>().ok();
    let compared = || Some((found.and_then(number)?, values().next().and_then(number)?));
    match wanted.operator.as_str() {
        "In" => found.is_some_and(|label| values().any(|value| value == label)),
        "NotIn" => found.is_none_or(|label| values().all(|value| value != label)),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => compared().is_some_and(|(label, limit)| label > limit),
        "Lt" => compared().is_some_and(|(label, limit)| label < limit),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DEFAULT: Ending = Ending {
        release: true,
        always_clean: false,
    };

    #[test]
    fn cni_c22_c23_c24_what_an_ending_agent_leaves() {
        let stays = Farewell {
            clean: false,
            release: false,
        };
        assert_eq!(
            farewell(Finding::Gone, DEFAULT),
            Farewell {
                clean: true,
                release: true
            }
        );
        assert_eq!(farewell(Finding::Stays, DEFAULT), stays);
        assert_eq!(farewell(Finding::Unknown, DEFAULT), stays);
        assert_eq!(
            farewell(Finding::Elsewhere, DEFAULT),
            Farewell {
                clean: true,
                release: false
            }
        );
        let keep = Ending {
            release: false,
            always_clean: false,
        };
        assert_eq!(
            farewell(Finding::Gone, keep),
            Farewell {
                clean: true,
                release: false
            }
        );
        let always = Ending {
            release: true,
            always_clean: true,
        };
        assert_eq!(
            farewell(Finding::Unknown, always),
            Farewell {
                clean: true,
                release: false
            }
        );
    }

    #[track_caller]
    fn check(pod: &serde_json::Value, expected: bool) {
        let set = json!({"spec": {"selector": {}, "template": {"spec": pod}}});
        let node = json!({"metadata": {"name": "n1", "labels": {"kubernetes.io/os": "linux", "size": "3"}}});
        let (set, node) = (
            serde_json::from_value(set).unwrap(),
            serde_json::from_value(node).unwrap(),
        );
        assert_eq!(wants(&set, &node), expected);
    }

    #[test]
    fn affinity_decides_whether_a_node_is_wanted() {
        let with = |term: serde_json::Value| {
            json!({"containers": [], "affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}})
        };
        check(
            &json!({"containers": [], "nodeSelector": {"kubernetes.io/os": "linux"}}),
            true,
        );
        check(
            &json!({"containers": [], "nodeSelector": {"kubernetes.io/os": "windows"}}),
            false,
        );
        check(
            &with(json!({"matchExpressions": [{"key": "size", "operator": "Gt", "values": ["2"]}]})),
            true,
        );
        check(
            &with(json!({"matchExpressions": [{"key": "size", "operator": "NotIn", "values": ["3"]}]})),
            false,
        );
        check(
            &with(json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n2"]}]})),
            false,
        );
        check(&with(json!({})), false);
    }
}
