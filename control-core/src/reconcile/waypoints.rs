//! Waypoints that we run, by whoever leads, where an image of one is configured (`control-plane.md` 9.5).
//!
//! We serve a waypoint certificates and no configuration, so it becomes ready only if its image knows what to do by
//! itself. Until a pod of it is ready its Gateway has no address, and nothing is bound to it; an address that was given
//! once stays.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{ConfigMap, Service, ServiceAccount};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::watcher;
use kube::{Client, Resource, ResourceExt};
use mesh_wire::well_known::label::GATEWAY_MANAGED;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

mod objects;
mod parameters;

pub use objects::WaypointSettings;
use objects::{MANAGED_BY, VERSION, VERSION_KEY, Wanted};
use parameters::{ParameterError, Parameters, config_map};

use super::{Noted, now};
use crate::crds::{Gateway, GatewayClass, GatewayClassSpec, GatewayStatus};
use crate::index::gateway::{CONTROLLER, WAYPOINT_CLASS};
use crate::watch::mesh::Mesh;

const RETRY: Duration = Duration::from_secs(5);
/// How soon a changed ConfigMap with parameters is heeded.
const REREAD: Duration = Duration::from_mins(1);
/// Who writes the objects and the Gateway's status.
const MANAGER: &str = CONTROLLER;

/// Runs waypoints.
pub struct Provisioner {
    client: Client,
    settings: WaypointSettings,
    mesh: Mesh,
    /// Namespaces in view.
    namespaces: Arc<Noted<arcstr::ArcStr, bool>>,
}

impl Provisioner {
    /// Runs them so in the `namespaces` in view.
    #[must_use]
    pub fn new(
        client: Client,
        settings: WaypointSettings,
        mesh: Mesh,
        namespaces: Arc<Noted<arcstr::ArcStr, bool>>,
    ) -> Self {
        Self {
            client,
            settings,
            mesh,
            namespaces,
        }
    }

    /// Works until `stop`; to be run while leading.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        self.offer_class().await;
        let all = || watcher::Config::default().any_semantic();
        // only what carries this label is ours
        let ours = format!("{GATEWAY_MANAGED}={MANAGED_BY}");
        let gateways: Api<Gateway> = Api::all(self.client.clone());
        let deployments: Api<Deployment> = Api::all(self.client.clone());
        let services: Api<Service> = Api::all(self.client.clone());
        let controller = Controller::new(gateways, all())
            .owns(deployments, all().labels(&ours))
            .owns(services, all().labels(&ours))
            .graceful_shutdown_on(stop.cancelled_owned());
        let ended = controller.run(
            |gateway, this: Arc<Self>| async move { this.provide(&gateway).await },
            |gateway, error, _| {
                warn!(gateway = ?gateway.metadata.name, %error, "cannot run a waypoint yet");
                Action::requeue(RETRY)
            },
            self,
        );
        ended.for_each(|_| std::future::ready(())).await;
    }

    /// The class that waypoints are asked for by; one that is there is left as it is.
    async fn offer_class(&self) {
        let classes: Api<GatewayClass> = Api::all(self.client.clone());
        let class = GatewayClass::new(
            WAYPOINT_CLASS,
            GatewayClassSpec {
                controller_name: CONTROLLER.to_owned(),
            },
        );
        match classes.create(&PostParams::default(), &class).await {
            Ok(_) => info!(class = WAYPOINT_CLASS, "made the class of waypoints"),
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => warn!(class = WAYPOINT_CLASS, %error, "cannot make the class of waypoints"),
        }
    }

    async fn provide(&self, gateway: &Gateway) -> Result<Action, kube::Error> {
        let wanted = match Wanted::of(gateway, &self.settings) {
            Ok(wanted) => wanted,
            Err(left) => {
                debug!(gateway = ?gateway.metadata.name, ?left, "a Gateway is left alone");
                return Ok(Action::await_change());
            }
        };
        if self.namespaces.all().get(wanted.namespace.as_str()) != Some(&false) {
            // hidden, going away, or not known yet
            return Ok(Action::requeue(RETRY));
        }
        let parameters = match self.parameters(&wanted).await? {
            Ok(parameters) => parameters,
            Err(error) => {
                self.say(gateway, &wanted, told(gateway, Err(&error), false, &[]))
                    .await?;
                return Ok(Action::requeue(REREAD));
            }
        };
        let (is_ready, ips) = self.make(&wanted, &parameters).await?;
        self.say(gateway, &wanted, told(gateway, Ok(()), is_ready, &ips))
            .await?;
        Ok(match wanted.parameters() {
            Some(_) => Action::requeue(REREAD),
            None => Action::await_change(),
        })
    }

    /// Writes what a waypoint is made of; whether a pod of it is ready, and its addresses.
    async fn make(
        &self,
        wanted: &Wanted,
        parameters: &Parameters,
    ) -> Result<(bool, Vec<String>), kube::Error> {
        let (namespace, name) = (&wanted.namespace, &wanted.name);
        let version = json!({ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": { "annotations": { VERSION_KEY: VERSION.to_string() } } });
        self.apply::<Gateway>(namespace, &wanted.gateway, &version)
            .await?;
        let account = wanted.service_account(parameters);
        self.apply::<ServiceAccount>(namespace, &wanted.account, &account)
            .await?;
        let service: Service = self.apply(namespace, name, &wanted.service(parameters)).await?;
        let discovery = self.mesh.borrow().discovery_address.clone();
        let deployment = wanted.deployment(&self.settings, &discovery, parameters);
        let deployment: Deployment = self.apply(namespace, name, &deployment).await?;
        self.maybe::<HorizontalPodAutoscaler>(wanted, wanted.autoscaler(parameters))
            .await?;
        self.maybe::<PodDisruptionBudget>(wanted, wanted.budget(parameters))
            .await?;
        let ready = deployment.status.and_then(|status| status.ready_replicas);
        let ips = service.spec.and_then(|spec| spec.cluster_ips).unwrap_or_default();
        Ok((ready.unwrap_or(0) > 0, ips))
    }

    /// What the Gateway refers to; nothing if it refers to nothing.
    async fn parameters(&self, wanted: &Wanted) -> Result<Result<Parameters, ParameterError>, kube::Error> {
        let Some(reference) = wanted.parameters() else {
            return Ok(Ok(Parameters::default()));
        };
        let name = match config_map(reference) {
            Ok(name) => name,
            Err(error) => return Ok(Err(error)),
        };
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), &wanted.namespace);
        Ok(match api.get_opt(name).await? {
            Some(found) => Parameters::read(name, &found.data.unwrap_or_default()),
            None => Err(ParameterError::Missing(name.to_owned())),
        })
    }

    /// An object that is there only where it is asked for; one of ours that is not any more goes.
    async fn maybe<K>(&self, wanted: &Wanted, object: Option<Value>) -> Result<(), kube::Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        if let Some(object) = object {
            return self
                .apply::<K>(&wanted.namespace, &wanted.name, &object)
                .await
                .map(drop);
        }
        let api: Api<K> = Api::namespaced(self.client.clone(), &wanted.namespace);
        let found = api.get_opt(&wanted.name).await?;
        let is_ours = |found: &K| {
            let managed = found.labels().get(GATEWAY_MANAGED);
            managed.is_some_and(|by| by == MANAGED_BY)
                && found.owner_references().iter().any(|owner| wanted.is(owner))
        };
        if found.is_some_and(|found| is_ours(&found)) {
            match api.delete(&wanted.name, &DeleteParams::default()).await {
                Err(kube::Error::Api(status)) if status.code == 404 => {}
                gone => drop(gone?),
            }
        }
        Ok(())
    }

    async fn say(
        &self,
        gateway: &Gateway,
        wanted: &Wanted,
        status: Option<Value>,
    ) -> Result<(), kube::Error> {
        let Some(status) = status else { return Ok(()) };
        debug!(gateway = ?gateway.metadata.name, %status, "telling how a waypoint stands");
        let api: Api<Gateway> = Api::namespaced(self.client.clone(), &wanted.namespace);
        let parameters = PatchParams::apply(MANAGER).force();
        api.patch_status(&wanted.gateway, &parameters, &Patch::Apply(&status))
            .await
            .map(drop)
    }

    async fn apply<K>(&self, namespace: &str, name: &str, object: &Value) -> Result<K, kube::Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + std::fmt::Debug,
    {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let parameters = PatchParams::apply(MANAGER).force();
        api.patch(name, &parameters, &Patch::Apply(object)).await
    }
}

/// What the Gateway's status shall say, if it does not say so: its addresses once a pod is ready, and whether it is
/// accepted and programmed. (pure)
fn told(
    gateway: &Gateway,
    parameters: Result<(), &ParameterError>,
    is_ready: bool,
    ips: &[String],
) -> Option<Value> {
    let nothing = GatewayStatus::default();
    let status = gateway.status.as_ref().unwrap_or(&nothing);
    let given: Vec<&str> = status.addresses.iter().map(|one| one.value.as_str()).collect();
    let usable: Vec<&str> = ips
        .iter()
        .map(String::as_str)
        .filter(|ip| !matches!(*ip, "" | "None"))
        .collect();
    // an address that was given once is not taken back
    let addresses = if is_ready && !usable.is_empty() {
        usable
    } else {
        given.clone()
    };
    let programmed = if addresses.is_empty() {
        ("False", "Pending", "no pod of the waypoint is ready yet")
    } else {
        ("True", "Programmed", "a pod of the waypoint has been ready")
    };
    let refused = parameters.err().map(ToString::to_string);
    let accepted = match &refused {
        None => ("True", "Accepted", "the waypoint is run by this control plane"),
        Some(error) => ("False", "InvalidParameters", error.as_str()),
    };
    let generation = gateway.metadata.generation;
    let wanted = [("Accepted", accepted), ("Programmed", programmed)];
    let is_said = |(kind, (is, reason, message)): &(&str, (&str, &str, &str))| {
        status.conditions.iter().any(|one| {
            one.r#type == *kind
                && one.status == *is
                && one.reason == *reason
                && (*is == "True" || one.message == *message)
                && one.observed_generation == json!(generation)
        })
    };
    if given == addresses && wanted.iter().all(is_said) {
        return None;
    }
    let now = now();
    let conditions = wanted.map(|(kind, (is, reason, message))| {
        json!({ "type": kind, "status": is, "reason": reason, "message": message,
            "observedGeneration": generation, "lastTransitionTime": now })
    });
    let addresses: Vec<Value> = addresses
        .iter()
        .map(|value| json!({ "type": "IPAddress", "value": value }))
        .collect();
    Some(json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "status": { "addresses": addresses, "conditions": conditions },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(status: &Value) -> Gateway {
        let object = json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": { "name": "w", "namespace": "app", "generation": 2 },
            "spec": { "gatewayClassName": "istio-waypoint", "listeners": [] }, "status": status,
        });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn a_gateway_has_an_address_once_a_pod_is_ready_and_keeps_it() {
        let ips = ["10.96.0.7".to_owned()];
        let pending = told(&gateway(&json!({})), Ok(()), false, &ips).unwrap();
        assert_eq!(pending["status"]["addresses"], json!([]));
        assert_eq!(pending["status"]["conditions"][1]["reason"], "Pending");
        // said once is enough
        assert_eq!(told(&gateway(&pending["status"]), Ok(()), false, &ips), None);
        let ready = told(&gateway(&pending["status"]), Ok(()), true, &ips).unwrap();
        assert_eq!(ready["status"]["addresses"][0]["value"], "10.96.0.7");
        assert_eq!(ready["status"]["conditions"][1]["status"], "True");
        for is_ready in [true, false] {
            assert_eq!(told(&gateway(&ready["status"]), Ok(()), is_ready, &ips), None);
        }
        // what it refers to cannot be read: it stays where it is, and says why
        let error = ParameterError::Missing("p".to_owned());
        let refused = told(&gateway(&ready["status"]), Err(&error), false, &[]).unwrap();
        assert_eq!(refused["status"]["addresses"][0]["value"], "10.96.0.7");
        let accepted = &refused["status"]["conditions"][0];
        assert_eq!(accepted["reason"], "InvalidParameters");
        assert!(
            accepted["message"].as_str().unwrap().contains("`p`"),
            "{accepted}"
        );
        assert_eq!(told(&gateway(&refused["status"]), Err(&error), false, &[]), None);
        // no address of a service that has none
        assert_eq!(
            told(&gateway(&pending["status"]), Ok(()), true, &["None".to_owned()]),
            None
        );
    }
}
