//! Network policies on this node: what the API says becomes rules in the node's network namespace.

mod rules;

use crate::error::{Named, Result};
use crate::node::context::NodeContext;
use crate::policy::{self, World};
use futures::{FutureExt, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tracing::{debug, warn};

/// Changes that come close together become one change of the rules.
const GATHER: Duration = Duration::from_millis(10);
/// How soon rules that could not be written are tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Keeps the rules as the API says, until it is dropped.
pub(crate) async fn run(node: Arc<NodeContext>) -> Result<()> {
    let (policies, policy_changes) = watch::<NetworkPolicy>(node.client());
    let (namespaces, namespace_changes) = watch::<Namespace>(node.client());
    let (pods, pod_changes) = watch::<Pod>(node.client());
    let changes = futures::stream::select_all([policy_changes, namespace_changes, pod_changes]);
    let mut changes = pin!(changes);
    let mut written = None;
    let mut is_due = false;
    loop {
        let change = if is_due {
            tokio::time::timeout(AGAIN, changes.next()).await.ok()
        } else {
            Some(changes.next().await)
        };
        match change {
            Some(None) => return Ok(()),
            Some(Some(Err(error))) => {
                debug!(%error, "a watch for network policies was interrupted");
                continue;
            }
            Some(Some(Ok(()))) | None => {}
        }
        sleep(GATHER).await;
        while let Some(Some(_)) = changes.next().now_or_never() {}
        let (policies, namespaces, pods) = (all(&policies), all(&namespaces), all(&pods));
        let world = World {
            policies: &policies,
            namespaces: &namespaces,
            pods: &pods,
        };
        let own = &node.config.name;
        let isolation = policy::isolate(world, |pod| {
            pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref()) == Some(own)
        });
        // a node without isolated pods never gets the table
        is_due = false;
        if written.as_ref() == Some(&isolation) || (written.is_none() && isolation.is_empty()) {
            continue;
        }
        let rules = isolation.clone();
        let applied = tokio::task::spawn_blocking(move || rules::replace(&rules)).await;
        match applied.named(|| "cannot write rules".to_owned())? {
            Ok(()) => written = Some(isolation),
            Err(failure) => {
                is_due = true;
                warn!(
                    reason = failure.chain(),
                    "cannot write the rules of network policies"
                );
            }
        }
    }
}

type Changes = futures::stream::BoxStream<'static, Result<(), watcher::Error>>;

fn watch<K>(client: Client) -> (Store<K>, Changes)
where
    K: kube::Resource<DynamicType = ()> + Clone + std::fmt::Debug + Send + Sync + 'static,
    K: serde::de::DeserializeOwned,
    K::DynamicType: Eq + Hash,
{
    let (store, writer) = reflector::store::<K>();
    let changes = watcher(Api::all(client), watcher::Config::default())
        .default_backoff()
        .reflect(writer)
        .touched_objects()
        .map_ok(drop);
    (store, changes.boxed())
}

fn all<K>(store: &Store<K>) -> Vec<K>
where
    K: kube::Resource<DynamicType = ()> + Clone + 'static,
{
    store.state().iter().map(|object| (**object).clone()).collect()
}
