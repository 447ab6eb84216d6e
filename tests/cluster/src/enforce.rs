//! Keeps the NetworkPolicy rules of every node as the API has them.

use crate::addresses;
use crate::fabric::Nodes;
use crate::host;
use crate::policy;
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use mesh_sandbox::error::{Named, Result};
use mesh_sandbox::policy::{World, isolate};
use mesh_sys::netns::NetNamespace;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Changes come in bursts: one set of rules for each.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs until the cluster ends.
pub(crate) async fn run(client: Client, nodes: Arc<Nodes>) -> Result<()> {
    let (pods, pod_writer) = reflector::store::<Pod>();
    let (namespaces, namespace_writer) = reflector::store::<Namespace>();
    let (policies, policy_writer) = reflector::store::<NetworkPolicy>();
    let config = watcher::Config::default;
    let first = watcher(Api::all(client.clone()), config())
        .default_backoff()
        .reflect(pod_writer)
        .map_ok(drop);
    let second = watcher(Api::all(client.clone()), config())
        .default_backoff()
        .reflect(namespace_writer)
        .map_ok(drop);
    let third = watcher(Api::all(client), config())
        .default_backoff()
        .reflect(policy_writer)
        .map_ok(drop);
    let changes = futures::stream::select(first, futures::stream::select(second, third));
    let mut changes = pin!(changes.ready_chunks(1000));
    let mut applied = BTreeMap::new();
    while changes.next().await.is_some() {
        let (pods, namespaces, policies) = (all(&pods), all(&namespaces), all(&policies));
        let world = World {
            policies: &policies,
            namespaces: &namespaces,
            pods: &pods,
        };
        for index in 1..=nodes.count() {
            // a node that is off has no rules to keep, and gets them when it is back
            let Ok(pid) = nodes.pid(index).await else {
                applied.remove(&index);
                continue;
            };
            let name = addresses::node_name(index);
            let is_local =
                |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(&name);
            let rules = policy::rules(&isolate(world, is_local));
            if applied.get(&index) == Some(&(pid, rules.clone())) {
                continue;
            }
            match apply(pid, &rules) {
                Ok(()) => drop(applied.insert(index, (pid, rules))),
                Err(failure) => tracing::error!(node = index, "network policy: {}", failure.chain()),
            }
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

fn apply(pid: u32, rules: &str) -> Result<()> {
    let what = || "cannot enter a node's network".to_owned();
    let namespace = NetNamespace::of_process(pid).named(what)?;
    let ran = namespace.run(|| host::run("nft", &["-f", "-"], rules).map(drop));
    ran.named(what)?
}

fn all<K>(store: &Store<K>) -> Vec<K>
where
    K: kube::Resource<DynamicType: Eq + Hash + Clone> + Clone + 'static,
{
    store.state().iter().map(|object| (**object).clone()).collect()
}
