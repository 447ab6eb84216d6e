//! What a waypoint is made of: ServiceAccount, Deployment, Service (`control-plane.md` 9.5). (pure)

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use mesh_wire::well_known::annotation::TRAFFIC_DISTRIBUTION;
use mesh_wire::well_known::label::{
    CANONICAL_NAME, CANONICAL_REVISION, DATAPLANE_MODE, GATEWAY_MANAGED, GATEWAY_NAME, NONE, REVISION,
    SIDECAR_INJECT,
};
use mesh_wire::well_known::port;
use serde_json::{Map, Value, json};

use super::parameters::{Parameters, lay_over};
use crate::crds::{Gateway, Infrastructure, ParametersRef};
use crate::index::gateway::WAYPOINT_CLASS;

/// The version of what is written here, as the field counts it.
pub(super) const VERSION: u32 = 5;
pub(super) const VERSION_KEY: &str = "gateway.istio.io/controller-version";
const NAME: &str = "gateway.istio.io/name-override";
const ACCOUNT: &str = "gateway.istio.io/service-account";
/// Who runs waypoints, as the value of a label.
pub(super) const MANAGED_BY: &str = "istio.io-mesh-controller";

/// How waypoints are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaypointSettings {
    /// The image of a waypoint that others make: we serve none of its configuration beyond certificates.
    pub image: String,
    /// This cluster's id.
    pub cluster: String,
    /// DNS domain of the cluster.
    pub domain: String,
    /// Gateways labelled for another revision are left alone.
    pub revision: String,
}

/// Why a Gateway of our class is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Of another class, or going away.
    NotOurs,
    /// Its address is given: somebody else runs it.
    HasAddress,
    /// For the control plane of another revision.
    OtherRevision,
    /// A newer controller has written it.
    NewerWriter,
}

/// What a Gateway asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) namespace: String,
    pub(super) gateway: String,
    uid: String,
    /// Of Deployment and Service.
    pub(super) name: String,
    pub(super) account: String,
    ports: Vec<(String, u16)>,
    infrastructure: Infrastructure,
}

impl Wanted {
    /// Reads a Gateway.
    pub(super) fn of(gateway: &Gateway, settings: &WaypointSettings) -> Result<Self, Left> {
        let meta = &gateway.metadata;
        let annotation = |key: &str| meta.annotations.as_ref()?.get(key).cloned();
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        if gateway.spec.gateway_class_name != WAYPOINT_CLASS || meta.deletion_timestamp.is_some() {
            return Err(Left::NotOurs);
        }
        if !gateway.spec.addresses.is_empty() {
            return Err(Left::HasAddress);
        }
        let revision = meta.labels.as_ref().and_then(|labels| labels.get(REVISION));
        if revision.is_some_and(|revision| *revision != settings.revision) {
            return Err(Left::OtherRevision);
        }
        let written = annotation(VERSION_KEY).and_then(|version| version.parse::<u32>().ok());
        if written.is_some_and(|version| version > VERSION) {
            return Err(Left::NewerWriter);
        }
        let own = text(&meta.name);
        let listeners = gateway.spec.listeners.iter();
        let ports = listeners.filter_map(|one| Some((one.name.clone(), u16::try_from(one.port).ok()?)));
        Ok(Self {
            namespace: text(&meta.namespace),
            uid: text(&meta.uid),
            name: annotation(NAME).unwrap_or_else(|| own.clone()),
            account: annotation(ACCOUNT).unwrap_or_else(|| own.clone()),
            gateway: own,
            ports: ports.collect(),
            infrastructure: gateway.spec.infrastructure.clone().unwrap_or_default(),
        })
    }

    /// Whether an owner is the Gateway.
    pub(super) fn is(&self, owner: &OwnerReference) -> bool {
        owner.uid == self.uid
    }

    /// Where more is said of the objects.
    pub(super) fn parameters(&self) -> Option<&ParametersRef> {
        self.infrastructure.parameters_ref.as_ref()
    }

    fn meta(&self, name: &str, annotations: &Value) -> Value {
        let mut all = json!(self.infrastructure.annotations);
        lay_over(&mut all, annotations);
        json!({
            "name": name,
            "namespace": self.namespace,
            "labels": self.labels(&json!({ GATEWAY_NAME: self.gateway, GATEWAY_MANAGED: MANAGED_BY })),
            "annotations": all,
            "ownerReferences": [{ "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
                "name": self.gateway, "uid": self.uid }],
        })
    }

    /// The Gateway's own labels, and ours, which nobody may change.
    fn labels(&self, ours: &Value) -> Value {
        let mut all = json!(self.infrastructure.labels);
        lay_over(&mut all, ours);
        all
    }

    pub(super) fn service_account(&self, parameters: &Parameters) -> Value {
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": self.meta(&self.account, &json!({})) });
        with(account, parameters.account.as_ref())
    }

    /// How many pods there are, where that is asked for.
    pub(super) fn autoscaler(&self, parameters: &Parameters) -> Option<Value> {
        let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": self.name });
        let autoscaler = json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": self.meta(&self.name, &json!({})), "spec": { "scaleTargetRef": target, "maxReplicas": 1 },
        });
        Some(with(autoscaler, Some(parameters.autoscaler.as_ref()?)))
    }

    /// How many pods must stay, where that is asked for.
    pub(super) fn budget(&self, parameters: &Parameters) -> Option<Value> {
        let budget = json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": self.meta(&self.name, &json!({})),
            "spec": { "selector": { "matchLabels": { GATEWAY_NAME: self.gateway } } },
        });
        Some(with(budget, Some(parameters.budget.as_ref()?)))
    }

    pub(super) fn service(&self, parameters: &Parameters) -> Value {
        let near = json!({ TRAFFIC_DISTRIBUTION: "PreferClose" });
        let mut ports = vec![json!({ "name": "status-port", "port": port::READINESS, "protocol": "TCP" })];
        ports.extend(
            self.ports
                .iter()
                .map(|(name, port)| json!({ "name": name, "port": port, "protocol": "TCP" })),
        );
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": self.meta(&self.name, &near),
            "spec": { "type": "ClusterIP", "ipFamilyPolicy": "PreferDualStack", "ports": ports,
                "selector": { GATEWAY_NAME: self.gateway } },
        });
        with(service, parameters.service.as_ref())
    }

    pub(super) fn deployment(
        &self,
        settings: &WaypointSettings,
        discovery: &str,
        parameters: &Parameters,
    ) -> Value {
        // it is no part of the data plane of its node, and no sidecar
        let labels = self.labels(&json!({
            GATEWAY_NAME: self.gateway, GATEWAY_MANAGED: MANAGED_BY,
            DATAPLANE_MODE: NONE, SIDECAR_INJECT: "false",
            CANONICAL_NAME: self.name, CANONICAL_REVISION: "latest",
        }));
        let annotations = &self.infrastructure.annotations;
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": self.meta(&self.name, &json!({})),
            "spec": {
                "selector": { "matchLabels": { GATEWAY_NAME: self.gateway } },
                "template": { "metadata": { "labels": labels, "annotations": annotations }, "spec": {
                    "serviceAccountName": self.account,
                    "terminationGracePeriodSeconds": 2,
                    "containers": [self.container(settings, discovery)],
                    "volumes": volumes(),
                } },
            },
        });
        with(deployment, parameters.deployment.as_ref())
    }

    fn container(&self, settings: &WaypointSettings, discovery: &str) -> Value {
        let arguments = [
            "proxy",
            "waypoint",
            "--domain",
            &format!("$(POD_NAMESPACE).svc.{}", settings.domain),
            "--serviceCluster",
            &format!("{}.$(POD_NAMESPACE)", self.name),
        ];
        json!({
            "name": "istio-proxy", "image": settings.image, "args": arguments,
            "ports": [{ "name": "status-port", "containerPort": port::READINESS, "protocol": "TCP" }],
            "env": self.environment(settings, discovery),
            "readinessProbe": { "httpGet": { "path": "/healthz/ready", "port": port::READINESS },
                "periodSeconds": 15, "timeoutSeconds": 1, "failureThreshold": 4 },
            "startupProbe": { "httpGet": { "path": "/healthz/ready", "port": port::READINESS },
                "periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 30 },
            "resources": { "requests": { "cpu": "100m", "memory": "128Mi" },
                "limits": { "cpu": "2", "memory": "1Gi" } },
            "securityContext": { "allowPrivilegeEscalation": false, "privileged": false,
                "readOnlyRootFilesystem": true, "runAsNonRoot": true, "runAsUser": 1337, "runAsGroup": 1337,
                "capabilities": { "drop": ["ALL"] } },
            "volumeMounts": mounts(),
        })
    }

    fn environment(&self, settings: &WaypointSettings, discovery: &str) -> Vec<Value> {
        let fixed = [
            ("PILOT_CERT_PROVIDER", "istiod".to_owned()),
            ("CA_ADDR", discovery.to_owned()),
            (
                "PROXY_CONFIG",
                json!({ "discoveryAddress": discovery }).to_string(),
            ),
            ("ISTIO_META_CLUSTER_ID", settings.cluster.clone()),
            ("ISTIO_META_WORKLOAD_NAME", self.name.clone()),
            ("ISTIO_META_INTERCEPTION_MODE", "REDIRECT".to_owned()),
        ];
        let of_pod = [
            ("POD_NAME", "metadata.name"),
            ("POD_NAMESPACE", "metadata.namespace"),
            ("INSTANCE_IP", "status.podIP"),
            ("HOST_IP", "status.hostIP"),
            ("SERVICE_ACCOUNT", "spec.serviceAccountName"),
            ("ISTIO_META_NODE_NAME", "spec.nodeName"),
        ];
        let of_pod = of_pod.map(|(name, path)| {
            json!({ "name": name, "valueFrom": { "fieldRef": { "apiVersion": "v1", "fieldPath": path } } })
        });
        let fixed = fixed.map(|(name, value)| json!({ "name": name, "value": value }));
        of_pod.into_iter().chain(fixed).collect()
    }
}

fn with(mut object: Value, part: Option<&Value>) -> Value {
    if let Some(part) = part {
        lay_over(&mut object, part);
    }
    object
}

/// Volume, its source and where it is mounted.
fn places() -> [(&'static str, Value, &'static str); 6] {
    let token = json!({ "projected": { "sources": [{ "serviceAccountToken": {
        "audience": "istio-ca", "expirationSeconds": 43200, "path": "istio-token" } }] } });
    let labels = json!({ "downwardAPI": { "items": [
        { "path": "labels", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.labels" } },
        { "path": "annotations", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.annotations" } } ] } });
    let in_memory = || json!({ "emptyDir": { "medium": "Memory" } });
    [
        (
            "workload-socket",
            json!({ "emptyDir": {} }),
            "/var/run/secrets/workload-spiffe-uds",
        ),
        ("istio-envoy", in_memory(), "/etc/istio/proxy"),
        ("istio-data", json!({ "emptyDir": {} }), "/var/lib/istio/data"),
        ("istio-token", token, "/var/run/secrets/tokens"),
        ("istio-podinfo", labels, "/etc/istio/pod"),
        (
            "istiod-ca-cert",
            json!({ "configMap": { "name": "istio-ca-root-cert" } }),
            "/var/run/secrets/istio",
        ),
    ]
}

fn volumes() -> Vec<Value> {
    let volume = |(name, source, _): (&str, Value, &str)| {
        let mut volume = Map::from_iter([("name".to_owned(), json!(name))]);
        volume.extend(source.as_object().cloned().unwrap_or_default());
        Value::Object(volume)
    };
    places().into_iter().map(volume).collect()
}

fn mounts() -> Vec<Value> {
    let mount = |(name, _, path): (&str, Value, &str)| json!({ "name": name, "mountPath": path });
    places().into_iter().map(mount).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> WaypointSettings {
        WaypointSettings {
            image: "example.org/waypoint:1".to_owned(),
            cluster: "Kubernetes".to_owned(),
            domain: "cluster.local".to_owned(),
            revision: "default".to_owned(),
        }
    }

    fn gateway(more: &Value) -> Gateway {
        let mut object = json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": { "name": "w", "namespace": "app", "uid": "u-1" },
            "spec": { "gatewayClassName": "istio-waypoint",
                "listeners": [{ "name": "mesh", "port": 15008, "protocol": "HBONE" }] },
        });
        for (field, value) in more.as_object().unwrap() {
            for (key, value) in value.as_object().unwrap() {
                object[field][key] = value.clone();
            }
        }
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn what_is_not_ours_to_run_is_left_alone() {
        for (more, expected) in [
            (json!({ "spec": { "gatewayClassName": "istio" } }), Left::NotOurs),
            (
                json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } }),
                Left::NotOurs,
            ),
            (
                json!({ "spec": { "addresses": [{ "value": "192.0.2.1" }] } }),
                Left::HasAddress,
            ),
            (
                json!({ "metadata": { "labels": { "istio.io/rev": "canary" } } }),
                Left::OtherRevision,
            ),
            (
                json!({ "metadata": { "annotations": { "gateway.istio.io/controller-version": "6" } } }),
                Left::NewerWriter,
            ),
        ] {
            assert_eq!(Wanted::of(&gateway(&more), &settings()), Err(expected), "{more}");
        }
        let older = json!({ "metadata": { "annotations": { "gateway.istio.io/controller-version": "4" },
            "labels": { "istio.io/rev": "default" } } });
        assert!(Wanted::of(&gateway(&older), &settings()).is_ok());
    }

    #[test]
    fn a_waypoint_is_an_account_a_deployment_and_a_service_that_go_with_the_gateway() {
        let nothing = Parameters::default();
        let wanted = Wanted::of(&gateway(&json!({})), &settings()).unwrap();
        assert_eq!(
            (wanted.autoscaler(&nothing), wanted.budget(&nothing)),
            (None, None)
        );
        let deployment = wanted.deployment(&settings(), "istiod.istio-system.svc:15012", &nothing);
        let all = [
            wanted.service_account(&nothing),
            wanted.service(&nothing),
            deployment.clone(),
        ];
        for object in &all {
            let meta = &object["metadata"];
            assert_eq!((&meta["name"], &meta["namespace"]), (&json!("w"), &json!("app")));
            assert_eq!(meta["ownerReferences"][0]["uid"], "u-1");
        }
        let template = &deployment["spec"]["template"];
        let labels = &template["metadata"]["labels"];
        assert_eq!(labels["istio.io/dataplane-mode"], "none");
        assert_eq!(labels["sidecar.istio.io/inject"], "false");
        assert_eq!(labels["gateway.networking.k8s.io/gateway-name"], "w");
        let container = &template["spec"]["containers"][0];
        assert_eq!(container["image"], "example.org/waypoint:1");
        assert_eq!(all[1]["spec"]["ports"][1]["port"], 15008);
        // every mount has its volume
        let names = |list: &Value| -> Vec<Value> {
            list.as_array()
                .unwrap()
                .iter()
                .map(|one| one["name"].clone())
                .collect()
        };
        assert_eq!(
            names(&container["volumeMounts"]),
            names(&template["spec"]["volumes"])
        );
    }

    #[test]
    fn names_and_accounts_may_be_others() {
        let more = json!({ "metadata": { "annotations": { "gateway.istio.io/name-override": "other",
            "gateway.istio.io/service-account": "robot" } } });
        let nothing = Parameters::default();
        let wanted = Wanted::of(&gateway(&more), &settings()).unwrap();
        let deployment = wanted.deployment(&settings(), "x", &nothing);
        assert_eq!(wanted.service(&nothing)["metadata"]["name"], "other");
        assert_eq!(wanted.service_account(&nothing)["metadata"]["name"], "robot");
        assert_eq!(
            deployment["spec"]["template"]["spec"]["serviceAccountName"],
            "robot"
        );
    }

    #[test]
    fn what_the_gateway_says_of_its_infrastructure_is_heeded_and_ours_stays() {
        let more = json!({ "spec": { "infrastructure": {
            "labels": { "team": "a", "gateway.istio.io/managed": "somebody" }, "annotations": { "note": "b" },
            "parametersRef": { "group": "", "kind": "ConfigMap", "name": "p" } } } });
        let wanted = Wanted::of(&gateway(&more), &settings()).unwrap();
        assert_eq!(wanted.parameters().unwrap().name, "p");
        let data = [
            (
                "deployment",
                "spec: {template: {spec: {containers: [{name: istio-proxy, image: other}]}}}",
            ),
            (
                "horizontalPodAutoscaler",
                "spec: {minReplicas: 2, maxReplicas: 5}",
            ),
            ("podDisruptionBudget", "spec: {minAvailable: 1}"),
        ];
        let data = data.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        let parameters = Parameters::read("p", &data).unwrap();
        let deployment = wanted.deployment(&settings(), "x", &parameters);
        let template = &deployment["spec"]["template"];
        for meta in [&deployment["metadata"], &template["metadata"]] {
            assert_eq!(meta["labels"]["team"], "a");
            assert_eq!(meta["labels"]["gateway.istio.io/managed"], MANAGED_BY);
            assert_eq!(meta["annotations"]["note"], "b");
        }
        let container = &template["spec"]["containers"][0];
        assert_eq!(
            (&container["image"], &container["args"][1]),
            (&json!("other"), &json!("waypoint"))
        );
        let autoscaler = wanted.autoscaler(&parameters).unwrap();
        assert_eq!(autoscaler["spec"]["maxReplicas"], 5);
        assert_eq!(autoscaler["spec"]["scaleTargetRef"]["name"], "w");
        let budget = wanted.budget(&parameters).unwrap();
        assert_eq!(budget["spec"]["minAvailable"], 1);
        assert_eq!(
            budget["spec"]["selector"]["matchLabels"]["gateway.networking.k8s.io/gateway-name"],
            "w"
        );
    }
}
