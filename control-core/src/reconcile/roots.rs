//! The bundle that proxies trust the control plane by, in every namespace (`ca.md` 9, `control-plane.md` 15.3).
//!
//! Only one key of the object is ours: it alone is compared and written, and nothing is ever deleted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;
use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams, PostParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use mesh_wire::well_known::label;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::Noted;
use super::leader::{Elector, Lock};
use crate::watch::{Failures, Retry};

/// Namespaces that run nothing of ours.
const EXCLUDED: [&str; 3] = ["kube-public", "kube-node-lease", "local-path-storage"];
/// Writes at once.
const PARALLEL: usize = 8;
const TRIES: u32 = 5;
const RETRY: Duration = Duration::from_secs(1);

/// One object that is the same in every namespace.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Its name.
    pub name: String,
    /// Our key in it.
    pub key: &'static str,
}

/// Writes one bundle.
pub struct Distributor {
    client: Client,
    bundle: Bundle,
    namespaces: Arc<Noted<ArcStr, bool>>,
    /// What every namespace shall have.
    value: watch::Receiver<Arc<str>>,
}

/// What is there, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Present {
    /// With our value.
    Same,
    /// With another.
    Other,
}

/// What must be written where. `None` has no object yet.
type Plan = Vec<(ArcStr, Option<Present>)>;

/// Pure: namespaces in view that are not going away, whose object is absent or different.
fn plan(namespaces: &BTreeMap<ArcStr, bool>, present: &BTreeMap<ArcStr, Present>) -> Plan {
    let mut plan = Plan::new();
    for (namespace, is_terminating) in namespaces {
        let found = present.get(namespace).copied();
        let is_ours = !is_terminating && !EXCLUDED.contains(&namespace.as_str());
        if is_ours && found != Some(Present::Same) {
            plan.push((namespace.clone(), found));
        }
    }
    plan
}

/// Keeps several bundles in a cluster while this process leads there, until `stop`.
pub async fn distribute(elector: &Elector, all: &[Distributor], stop: CancellationToken) {
    let lock = Lock::ConfigMap("istio-namespace-controller-election".to_owned());
    let work = |token: CancellationToken| async move {
        futures::future::join_all(all.iter().map(|one| one.run(token.clone()))).await;
    };
    elector.lead(&lock, stop, work).await;
}

impl Distributor {
    /// Keeps `bundle` equal to `value` in all `namespaces`.
    #[must_use]
    pub fn new(
        client: Client,
        bundle: Bundle,
        namespaces: Arc<Noted<ArcStr, bool>>,
        value: watch::Receiver<Arc<str>>,
    ) -> Self {
        Self {
            client,
            bundle,
            namespaces,
            value,
        }
    }

    /// Writes until `stop`; to be run while leading.
    pub async fn run(&self, stop: CancellationToken) {
        stop.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&self) {
        let api: Api<ConfigMap> = Api::all(self.client.clone());
        let only = watcher::Config::default().fields(&format!("metadata.name={}", self.bundle.name));
        let mut maps = watcher(api, only).backoff(Retry::default()).boxed();
        let mut failures = Failures::new(&format!("configmaps named {}", self.bundle.name));
        let (mut changes, mut values) = (self.namespaces.changes(), self.value.clone());
        let mut value = values.borrow_and_update().clone();
        let mut found: BTreeMap<ArcStr, Option<String>> = BTreeMap::new();
        let mut is_listed = false;
        let mut again: Option<(Instant, u32)> = None;
        loop {
            let due = again.map(|(at, _)| at);
            tokio::select! {
                biased;
                item = maps.next() => match item {
                    Some(Ok(event)) => {
                        failures.worked();
                        is_listed |= matches!(event, watcher::Event::InitDone);
                        self.note(event, &mut found);
                    }
                    Some(Err(error)) => failures.failed(&error),
                    None => return,
                },
                Ok(()) = changes.changed() => {}
                Ok(()) = values.changed() => value = values.borrow_and_update().clone(),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
            if is_listed {
                let is_done = self.write_all(&mut found, &value).await;
                let tries = again.map_or(0, |(_, tries)| tries);
                again = (!is_done && tries + 1 < TRIES)
                    .then(|| (Instant::now() + RETRY * 2_u32.pow(tries), tries + 1));
            }
        }
    }

    fn note(&self, event: watcher::Event<ConfigMap>, found: &mut BTreeMap<ArcStr, Option<String>>) {
        let place = |map: &ConfigMap| ArcStr::from(map.metadata.namespace.as_deref().unwrap_or_default());
        match event {
            watcher::Event::Init => found.clear(),
            watcher::Event::InitApply(map) | watcher::Event::Apply(map) => {
                let value = map
                    .data
                    .as_ref()
                    .and_then(|data| data.get(self.bundle.key))
                    .cloned();
                found.insert(place(&map), value);
            }
            watcher::Event::Delete(map) => {
                found.remove(&place(&map));
            }
            watcher::Event::InitDone => {}
        }
    }

    /// Writes what differs; whether nothing is left to try again.
    async fn write_all(&self, found: &mut BTreeMap<ArcStr, Option<String>>, value: &Arc<str>) -> bool {
        let judge = |held: &Option<String>| {
            if held.as_deref() == Some(value) {
                Present::Same
            } else {
                Present::Other
            }
        };
        let present = found
            .iter()
            .map(|(place, held)| (place.clone(), judge(held)))
            .collect();
        let plan = plan(&self.namespaces.all(), &present);
        if plan.is_empty() {
            return true;
        }
        let count = plan.len();
        let writes = plan.into_iter().map(|(namespace, present)| async move {
            let written = self.write(&namespace, present, value).await;
            (namespace, written)
        });
        let mut writes = futures::stream::iter(writes).buffer_unordered(PARALLEL);
        let mut is_done = true;
        while let Some((namespace, written)) = writes.next().await {
            match written {
                Ok(()) => {
                    found.insert(namespace, Some(value.to_string()));
                }
                Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404 | 409) => {
                    // going away, not ours to write, or somebody was faster: the watch will tell
                    debug!(%namespace, name = self.bundle.name, reason = status.reason, "did not write");
                }
                Err(error) => {
                    warn!(%namespace, name = self.bundle.name, %error, "cannot write");
                    is_done = false;
                }
            }
        }
        info!(
            name = self.bundle.name,
            namespaces = count,
            is_done,
            "distributed"
        );
        is_done
    }

    async fn write(&self, namespace: &str, present: Option<Present>, value: &str) -> Result<(), kube::Error> {
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), namespace);
        let labels = json!({ label::CONFIG: "true" });
        let data = json!({ self.bundle.key: value });
        if present.is_some() {
            let patch = json!({ "metadata": { "labels": labels }, "data": data });
            let patch = Patch::Merge(&patch);
            return api
                .patch(&self.bundle.name, &PatchParams::default(), &patch)
                .await
                .map(drop);
        }
        let map = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": self.bundle.name, "labels": labels },
            "data": data,
        });
        let map: ConfigMap = serde_json::from_value(map).map_err(kube::Error::SerdeError)?;
        api.create(&PostParams::default(), &map).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ca_c18_cp_c26_absent_and_edited_objects_are_planned_and_others_left() {
        let namespaces: BTreeMap<ArcStr, bool> = [
            ("app", false),
            ("edited", false),
            ("going", true),
            ("kube-public", false),
            ("kube-system", false),
            ("right", false),
        ]
        .map(|(name, going)| (name.into(), going))
        .into();
        let present =
            [("edited", Present::Other), ("right", Present::Same)].map(|(name, is)| (name.into(), is));
        let expected: Plan = vec![
            ("app".into(), None),
            ("edited".into(), Some(Present::Other)),
            ("kube-system".into(), None),
        ];
        assert_eq!(plan(&namespaces, &present.into()), expected);
    }
}
