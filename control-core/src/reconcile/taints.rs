//! The taint that keeps pods off a node until its agent is ready there (`control-plane.md` 15.3).
//!
//! Only taken off, never put on: whoever makes nodes does that. The write is guarded by the taints as they were
//! read, so nobody else's change is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::{Node, Pod, Taint};
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, ResourceExt};
use serde_json::json;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::watch::{Failures, Retry};

/// Pods of the node agent.
const AGENTS: &str = "k8s-app=istio-cni-node";
const RETRY: Duration = Duration::from_secs(2);

/// Takes the taint off nodes.
pub struct Untainter {
    client: Client,
    namespace: String,
    key: String,
}

/// What is known of agents and nodes.
#[derive(Debug, Default)]
struct Seen {
    /// Agents that are ready, and where.
    ready: BTreeMap<String, String>,
    /// Nodes that have taints.
    tainted: BTreeMap<String, Vec<Taint>>,
}

impl Seen {
    fn note_agent(&mut self, pod: &Pod) {
        match ready_on(pod) {
            Some(node) => self.ready.insert(pod.name_any(), node),
            None => self.ready.remove(&pod.name_any()),
        };
    }

    fn note_node(&mut self, node: &Node) {
        let taints = node.spec.as_ref().and_then(|spec| spec.taints.clone());
        match taints.filter(|taints| !taints.is_empty()) {
            Some(taints) => self.tainted.insert(node.name_any(), taints),
            None => self.tainted.remove(&node.name_any()),
        };
    }

    /// Nodes to write: their taints now, and those that stay. (pure)
    fn plan(&self, key: &str) -> Vec<(String, Vec<Taint>, Vec<Taint>)> {
        let places: BTreeSet<&String> = self.ready.values().collect();
        let tainted = places.into_iter().filter_map(|node| {
            let taints = self.tainted.get(node)?;
            let (gone, kept): (Vec<_>, Vec<_>) = taints.iter().cloned().partition(|taint| taint.key == key);
            (!gone.is_empty()).then(|| (node.clone(), taints.clone(), kept))
        });
        tainted.collect()
    }
}

/// The node of an agent that is ready and stays.
fn ready_on(pod: &Pod) -> Option<String> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let is_ready = conditions
        .iter()
        .any(|one| one.type_ == "Ready" && one.status == "True");
    let is_going = pod.metadata.deletion_timestamp.is_some();
    let node = pod.spec.as_ref()?.node_name.clone()?;
    (is_ready && !is_going).then_some(node)
}

impl Untainter {
    /// Takes off `key` where an agent of `namespace` is ready.
    #[must_use]
    pub fn new(client: Client, namespace: &str, key: &str) -> Self {
        Self {
            client,
            namespace: namespace.to_owned(),
            key: key.to_owned(),
        }
    }

    /// Works until `stop`; to be run while leading.
    pub async fn run(&self, stop: CancellationToken) {
        stop.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&self) {
        let agents: Api<Pod> = Api::namespaced(self.client.clone(), &self.namespace);
        let only = watcher::Config::default().any_semantic().labels(AGENTS);
        let mut agents = watcher(agents, only).backoff(Retry::default()).boxed();
        let nodes: Api<Node> = Api::all(self.client.clone());
        let all = watcher::Config::default().any_semantic();
        let mut nodes = watcher(nodes, all).backoff(Retry::default()).boxed();
        let mut failures = (Failures::new("pods of the node agent"), Failures::new("nodes"));
        let mut seen = Seen::default();
        let mut again: Option<Instant> = None;
        loop {
            tokio::select! {
                biased;
                item = agents.next() => match item {
                    Some(Ok(event)) => {
                        failures.0.worked();
                        note_agents(event, &mut seen);
                    }
                    Some(Err(error)) => failures.0.failed(&error),
                    None => return,
                },
                item = nodes.next() => match item {
                    Some(Ok(event)) => {
                        failures.1.worked();
                        note_nodes(event, &mut seen);
                    }
                    Some(Err(error)) => failures.1.failed(&error),
                    None => return,
                },
                () = sleep_until(again.unwrap_or_else(Instant::now)), if again.is_some() => {}
            }
            let is_done = self.write_all(&mut seen).await;
            again = (!is_done).then(|| Instant::now() + RETRY);
        }
    }

    /// Writes what is due; whether nothing is left to try again.
    async fn write_all(&self, seen: &mut Seen) -> bool {
        let mut is_done = true;
        for (node, held, kept) in seen.plan(&self.key) {
            match self.write(&node, &held, &kept).await {
                Ok(()) => {
                    info!(%node, taint = self.key, "the node agent is ready: took the taint off");
                    seen.tainted.insert(node, kept);
                }
                // the node is gone, or somebody was faster: the watch will tell
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409 | 422) => {
                    debug!(%node, reason = status.reason, "did not take the taint off");
                    seen.tainted.remove(&node);
                }
                Err(error) => {
                    warn!(%node, taint = self.key, %error, "cannot take the taint off");
                    is_done = false;
                }
            }
        }
        is_done
    }

    async fn write(&self, node: &str, held: &[Taint], kept: &[Taint]) -> Result<(), kube::Error> {
        let api: Api<Node> = Api::all(self.client.clone());
        let patch = json!([
            { "op": "test", "path": "/spec/taints", "value": held },
            { "op": "replace", "path": "/spec/taints", "value": kept },
        ]);
        let patch = serde_json::from_value(patch).map_err(kube::Error::SerdeError)?;
        api.patch(node, &PatchParams::default(), &Patch::<()>::Json(patch))
            .await
            .map(drop)
    }
}

fn note_agents(event: watcher::Event<Pod>, seen: &mut Seen) {
    match event {
        watcher::Event::Init => seen.ready.clear(),
        watcher::Event::InitApply(pod) | watcher::Event::Apply(pod) => seen.note_agent(&pod),
        watcher::Event::Delete(pod) => {
            seen.ready.remove(&pod.name_any());
        }
        watcher::Event::InitDone => {}
    }
}

fn note_nodes(event: watcher::Event<Node>, seen: &mut Seen) {
    match event {
        watcher::Event::Init => seen.tainted.clear(),
        watcher::Event::InitApply(node) | watcher::Event::Apply(node) => seen.note_node(&node),
        watcher::Event::Delete(node) => {
            seen.tainted.remove(&node.name_any());
        }
        watcher::Event::InitDone => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "cni.istio.io/not-ready";

    fn taint(key: &str) -> Taint {
        Taint {
            key: key.into(),
            effect: "NoSchedule".into(),
            ..Taint::default()
        }
    }

    #[test]
    fn nodes_with_a_ready_agent_lose_the_one_taint() {
        let pod = |name: &str, node: &str, status: &str| -> Pod {
            serde_json::from_value(
                json!({ "metadata": { "name": name }, "spec": { "nodeName": node, "containers": [] },
                "status": { "conditions": [{ "type": "Ready", "status": status }] } }),
            )
            .unwrap()
        };
        let mut seen = Seen::default();
        for node in ["going", "ready", "waiting", "without"] {
            seen.tainted.insert(node.into(), vec![taint("other"), taint(KEY)]);
        }
        seen.tainted.insert("clean".into(), vec![taint("other")]);
        let mut going = pod("g", "going", "True");
        going.metadata.deletion_timestamp = serde_json::from_value(json!("2026-01-01T00:00:00Z")).unwrap();
        for pod in [
            going,
            pod("r", "ready", "True"),
            pod("w", "waiting", "False"),
            pod("c", "clean", "True"),
        ] {
            seen.note_agent(&pod);
        }
        let expected = vec![(
            "ready".to_owned(),
            vec![taint("other"), taint(KEY)],
            vec![taint("other")],
        )];
        assert_eq!(seen.plan(KEY), expected);
        seen.note_agent(&pod("r", "ready", "False"));
        assert_eq!(seen.plan(KEY), []);
    }
}
