//! The bundle in webhook configurations: without it the API server trusts no answer of ours (`control-plane.md` 17.2).
//!
//! Every replica writes, equal writes are suppressed, and only `caBundle` is ever written: never a field that a
//! chart renders, so that nothing drifts.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use futures::StreamExt;
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration, WebhookClientConfig,
};
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Resource};
use mesh_wire::well_known::{field_manager, label};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::metrics::Metrics;
use crate::watch::{Failures, Retry};

/// A kind of webhook configuration.
pub trait Configuration:
    Resource<DynamicType = ()> + Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Names and bundles of its webhooks that are ours.
    fn bundles(&self) -> Vec<(String, Option<ByteString>)>;
}

fn bundle(client: &WebhookClientConfig) -> Option<ByteString> {
    client.ca_bundle.clone()
}

impl Configuration for ValidatingWebhookConfiguration {
    fn bundles(&self) -> Vec<(String, Option<ByteString>)> {
        let all = self.webhooks.iter().flatten();
        all.map(|one| (one.name.clone(), bundle(&one.client_config)))
            .collect()
    }
}

impl Configuration for MutatingWebhookConfiguration {
    fn bundles(&self) -> Vec<(String, Option<ByteString>)> {
        let all = self.webhooks.iter().flatten();
        let ours = all.filter(|one| one.name.ends_with("sidecar-injector.istio.io"));
        ours.map(|one| (one.name.clone(), bundle(&one.client_config)))
            .collect()
    }
}

/// Keeps the bundles of one kind.
pub struct Bundles {
    client: Client,
    revision: String,
    value: watch::Receiver<Arc<str>>,
    metrics: Metrics,
}

/// What must be written, if anything: all our webhooks of the object with the bundle. (pure)
fn plan(bundles: &[(String, Option<ByteString>)], value: &str) -> Option<Value> {
    let differs = bundles
        .iter()
        .any(|(_, held)| held.as_ref().is_none_or(|held| held.0 != value.as_bytes()));
    if !differs {
        return None;
    }
    let value = ByteString(value.as_bytes().to_vec());
    let rows = bundles
        .iter()
        .map(|(name, _)| json!({ "name": name, "clientConfig": { "caBundle": value } }));
    Some(Value::Array(rows.collect()))
}

impl Bundles {
    /// Keeps bundles of this revision's configurations equal to `value`.
    #[must_use]
    pub fn new(client: Client, revision: &str, value: watch::Receiver<Arc<str>>, metrics: Metrics) -> Self {
        Self {
            client,
            revision: revision.to_owned(),
            value,
            metrics,
        }
    }

    /// Keeps them until `stop`.
    pub async fn run<K: Configuration>(&self, stop: CancellationToken) {
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = self.follow::<K>() => {}
        }
    }

    async fn follow<K: Configuration>(&self) {
        let api: Api<K> = Api::all(self.client.clone());
        let own = if self.revision.is_empty() {
            "default"
        } else {
            &self.revision
        };
        let only = watcher::Config::default()
            .any_semantic()
            .labels(&format!("{}={own}", label::REVISION));
        let mut objects = watcher(api.clone(), only).backoff(Retry::default()).boxed();
        let mut failures = Failures::new(&K::plural(&()));
        let mut values = self.value.clone();
        let mut held: BTreeMap<String, Vec<(String, Option<ByteString>)>> = BTreeMap::new();
        loop {
            let changed: Vec<String> = tokio::select! {
                biased;
                item = objects.next() => match item {
                    Some(Ok(watcher::Event::Apply(one) | watcher::Event::InitApply(one))) => {
                        failures.worked();
                        let name = one.meta().name.clone().unwrap_or_default();
                        held.insert(name.clone(), one.bundles());
                        vec![name]
                    }
                    Some(Ok(watcher::Event::Delete(one))) => {
                        held.remove(one.meta().name.as_deref().unwrap_or_default());
                        Vec::new()
                    }
                    Some(Ok(watcher::Event::Init | watcher::Event::InitDone)) => Vec::new(),
                    Some(Err(error)) => {
                        failures.failed(&error);
                        Vec::new()
                    }
                    None => return,
                },
                Ok(()) = values.changed() => held.keys().cloned().collect(),
            };
            let value = values.borrow_and_update().clone();
            for name in changed {
                let Some(webhooks) = held.get(&name).and_then(|one| plan(one, &value)) else {
                    continue;
                };
                self.write(&api, &name, webhooks).await;
            }
        }
    }

    async fn write<K: Configuration>(&self, api: &Api<K>, name: &str, webhooks: Value) {
        let object = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": { "name": name },
            "webhooks": webhooks,
        });
        let parameters = PatchParams::apply(field_manager::CONTROL_PLANE).force();
        self.metrics.webhook_patches.inc();
        match api.patch(name, &parameters, &Patch::Apply(&object)).await {
            Ok(_) => info!(name, kind = %K::kind(&()), "wrote the bundle of a webhook configuration"),
            Err(error) => {
                self.metrics.webhook_patch_failures.inc();
                warn!(name, kind = %K::kind(&()), %error, "cannot write the bundle of a webhook configuration");
            }
        }
    }
}
