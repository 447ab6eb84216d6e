//! Defaults of the built-in kinds that clients rely on.

use serde_json::{Map, Value, json};

use super::containers;
use crate::object::{self, default};
use crate::resources::Resource;

/// Fills what the writer left out.
pub(super) fn apply(resource: &Resource, object: &mut Value) {
    match resource.collection.as_ref() {
        "pods" => pod(object),
        "services" => service(object),
        "secrets" => secret(object),
        "deployments.apps" => deployment(object),
        "daemonsets.apps" => daemon_set(object),
        "statefulsets.apps" => stateful_set(object),
        "replicasets.apps" | "replicationcontrollers" => {
            default(spec(object), "replicas", 1);
            template(object);
        }
        "jobs.batch" => job(object::map_at(object, &["spec"])),
        "cronjobs.batch" => cron_job(object),
        "networkpolicies.networking.k8s.io" => network_policy(object),
        "persistentvolumeclaims" => {
            default(spec(object), "volumeMode", "Filesystem");
            default(object::map_at(object, &["status"]), "phase", "Pending");
        }
        "endpointslices.discovery.k8s.io" => endpoint_slice(object),
        "clusterrolebindings.rbac.authorization.k8s.io" | "rolebindings.rbac.authorization.k8s.io" => {
            binding(object);
        }
        "nodes" => default(object::map_at(object, &["status"]), "conditions", json!([])),
        "mutatingwebhookconfigurations.admissionregistration.k8s.io"
        | "validatingwebhookconfigurations.admissionregistration.k8s.io" => webhooks(object),
        _ => {}
    }
}

fn spec(object: &mut Value) -> &mut Map<String, Value> {
    object::map_at(object, &["spec"])
}

fn template(object: &mut Value) {
    if let Some(template) = object.get_mut("spec").and_then(|spec| spec.get_mut("template")) {
        containers::fill(object::map(template).entry("spec").or_insert(Value::Null));
    }
}

fn pod(pod: &mut Value) {
    containers::fill(object::map(pod).entry("spec").or_insert(Value::Null));
    default(spec(pod), "enableServiceLinks", true);
    default(spec(pod), "preemptionPolicy", "PreemptLowerPriority");
    default(spec(pod), "priority", 0);
    let status = object::map_at(pod, &["status"]);
    default(status, "phase", "Pending");
}

fn service(service: &mut Value) {
    let spec = spec(service);
    default(spec, "type", "ClusterIP");
    default(spec, "sessionAffinity", "None");
    for port in spec
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let port = object::map(port);
        default(port, "protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            default(port, "targetPort", number);
        }
    }
    let status = object::map_at(service, &["status"]);
    default(status, "loadBalancer", json!({}));
}

/// `stringData` is how people write, `data` how it is kept.
fn secret(secret: &mut Value) {
    default(object::map(secret), "type", "Opaque");
    let Some(Value::Object(plain)) = object::map(secret).remove("stringData") else {
        return;
    };
    let data = object::map_at(secret, &["data"]);
    for (key, value) in plain {
        let coded = crate::base64::standard(value.as_str().unwrap_or_default().as_bytes());
        data.insert(key, coded.into());
    }
}

fn rolling(strategy: &mut Map<String, Value>, surge: Value) {
    default(strategy, "type", "RollingUpdate");
    if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
        let rolling = object::map(strategy.entry("rollingUpdate").or_insert(Value::Null));
        let unavailable = if surge == json!(0) { json!(1) } else { json!("25%") };
        default(rolling, "maxUnavailable", unavailable);
        default(rolling, "maxSurge", surge);
    }
}

fn deployment(deployment: &mut Value) {
    let spec_map = spec(deployment);
    default(spec_map, "replicas", 1);
    default(spec_map, "revisionHistoryLimit", 10);
    default(spec_map, "progressDeadlineSeconds", 600);
    rolling(
        object::map(spec_map.entry("strategy").or_insert(Value::Null)),
        json!("25%"),
    );
    template(deployment);
}

fn daemon_set(set: &mut Value) {
    let spec_map = spec(set);
    default(spec_map, "revisionHistoryLimit", 10);
    rolling(
        object::map(spec_map.entry("updateStrategy").or_insert(Value::Null)),
        json!(0),
    );
    template(set);
}

fn stateful_set(set: &mut Value) {
    let spec_map = spec(set);
    default(spec_map, "replicas", 1);
    default(spec_map, "podManagementPolicy", "OrderedReady");
    default(spec_map, "revisionHistoryLimit", 10);
    let strategy = object::map(spec_map.entry("updateStrategy").or_insert(Value::Null));
    default(strategy, "type", "RollingUpdate");
    if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
        default(
            object::map(strategy.entry("rollingUpdate").or_insert(Value::Null)),
            "partition",
            0,
        );
    }
    template(set);
}

fn job(spec: &mut Map<String, Value>) {
    default(spec, "completions", 1);
    default(spec, "parallelism", 1);
    default(spec, "backoffLimit", 6);
    default(spec, "completionMode", "NonIndexed");
    default(spec, "suspend", false);
    if let Some(template) = spec.get_mut("template") {
        containers::fill(object::map(template).entry("spec").or_insert(Value::Null));
    }
}

fn cron_job(cron: &mut Value) {
    let spec = spec(cron);
    default(spec, "concurrencyPolicy", "Allow");
    default(spec, "suspend", false);
    default(spec, "successfulJobsHistoryLimit", 3);
    default(spec, "failedJobsHistoryLimit", 1);
    let job = spec
        .get_mut("jobTemplate")
        .and_then(|template| template.get_mut("spec"));
    if let Some(pod) = job.and_then(|job| job.get_mut("template")) {
        containers::fill(object::map(pod).entry("spec").or_insert(Value::Null));
    }
}

fn network_policy(policy: &mut Value) {
    let spec = spec(policy);
    let egress = spec.contains_key("egress");
    default(
        spec,
        "policyTypes",
        if egress {
            json!(["Ingress", "Egress"])
        } else {
            json!(["Ingress"])
        },
    );
    default(spec, "podSelector", json!({}));
    for direction in ["ingress", "egress"] {
        for rule in spec
            .get_mut(direction)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for port in rule
                .get_mut("ports")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                default(object::map(port), "protocol", "TCP");
            }
        }
    }
}

fn endpoint_slice(slice: &mut Value) {
    for port in slice
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        default(object::map(port), "protocol", "TCP");
        default(object::map(port), "name", "");
    }
}

fn binding(binding: &mut Value) {
    let group = "rbac.authorization.k8s.io";
    default(object::map_at(binding, &["roleRef"]), "apiGroup", group);
    for subject in binding
        .get_mut("subjects")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let subject = object::map(subject);
        if subject.get("kind").and_then(Value::as_str) != Some("ServiceAccount") {
            default(subject, "apiGroup", group);
        }
    }
}

fn webhooks(configuration: &mut Value) {
    let mutating = configuration["kind"] == "MutatingWebhookConfiguration";
    for webhook in configuration
        .get_mut("webhooks")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let webhook = object::map(webhook);
        default(webhook, "failurePolicy", "Fail");
        default(webhook, "matchPolicy", "Equivalent");
        default(webhook, "timeoutSeconds", 10);
        default(webhook, "namespaceSelector", json!({}));
        default(webhook, "objectSelector", json!({}));
        if mutating {
            default(webhook, "reinvocationPolicy", "Never");
        }
        for rule in webhook
            .get_mut("rules")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            default(object::map(rule), "scope", "*");
        }
        if let Some(service) = webhook
            .get_mut("clientConfig")
            .and_then(|config| config.get_mut("service"))
        {
            default(object::map(service), "port", 443);
        }
    }
}
