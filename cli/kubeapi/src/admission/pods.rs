//! Pods on their way in: account, token volume, tolerations, quality of service.

use serde_json::{Value, json};

use crate::api::Call;
use crate::object::{self, default};
use crate::status::{ApiError, Subject};
use crate::store::{Key, Tx};

const TOKEN_DIR: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What Kubernetes' admission plugins do to a new pod.
pub(super) fn admit(tx: &Tx<'_>, call: &Call, pod: &mut Value) -> Result<(), ApiError> {
    let account = account(tx, call, pod)?;
    mount_token(pod, &account);
    tolerate(pod);
    priority(tx, pod)?;
    let class = quality(pod);
    object::set(pod, &["status"], json!({ "phase": "Pending", "qosClass": class }));
    Ok(())
}

/// The pod's account must exist: its token is the pod's identity.
fn account(tx: &Tx<'_>, call: &Call, pod: &mut Value) -> Result<Value, ApiError> {
    let spec = object::map_at(pod, &["spec"]);
    default(spec, "serviceAccountName", "default");
    let name = spec
        .get("serviceAccountName")
        .and_then(Value::as_str)
        .unwrap_or("default")
        .to_owned();
    spec.insert("serviceAccount".to_owned(), name.as_str().into());
    let found = tx.find("serviceaccounts", &Key::new(call.namespace(), name.as_str()));
    let found = found.ok_or_else(|| {
        let why = format!(
            "error looking up service account {}/{name}: serviceaccount \"{name}\" not found",
            call.namespace()
        );
        ApiError::forbidden(
            Subject {
                group: "",
                resource: "pods",
            },
            object::name(pod),
            &why,
        )
    })?;
    let secrets = object::list(&found, &["imagePullSecrets"]).to_vec();
    if !secrets.is_empty() {
        default(object::map_at(pod, &["spec"]), "imagePullSecrets", secrets);
    }
    Ok((*found).clone())
}

/// The volume with token, authority and namespace, in every container that does not bring its own.
fn mount_token(pod: &mut Value, account: &Value) {
    let wants = |value: &Value, path: &[&str]| object::at(value, path).and_then(Value::as_bool);
    let automount = wants(pod, &["spec", "automountServiceAccountToken"])
        .or_else(|| wants(account, &["automountServiceAccountToken"]))
        .unwrap_or(true);
    if !automount {
        return;
    }
    let volumes = object::list(pod, &["spec", "volumes"]);
    let existing = volumes
        .iter()
        .filter_map(|volume| object::text(volume, &["name"]))
        .find(|name| name.starts_with("kube-api-access-"));
    let known = existing.map(str::to_owned);
    let name = known
        .clone()
        .unwrap_or_else(|| format!("kube-api-access-{}", object::name_suffix()));
    let mut used = false;
    let spec = object::map_at(pod, &["spec"]);
    for list in ["initContainers", "containers"] {
        for container in spec
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let mounts = object::map(container)
                .entry("volumeMounts")
                .or_insert_with(|| json!([]));
            let Some(mounts) = mounts.as_array_mut() else {
                continue;
            };
            if mounts
                .iter()
                .any(|mount| object::text(mount, &["mountPath"]) == Some(TOKEN_DIR))
            {
                continue;
            }
            mounts.push(json!({ "name": name, "readOnly": true, "mountPath": TOKEN_DIR }));
            used = true;
        }
    }
    if used && known.is_none() {
        let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
        if let Some(volumes) = volumes.as_array_mut() {
            volumes.push(token_volume(&name));
        }
    }
}

fn token_volume(name: &str) -> Value {
    json!({ "name": name, "projected": { "defaultMode": 0o644, "sources": [
        { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
        { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
        { "downwardAPI": { "items": [
            { "path": "namespace", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } },
        ] } },
    ] } })
}

fn tolerate(pod: &mut Value) {
    let mut tolerations = object::list(pod, &["spec", "tolerations"]).to_vec();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let covered = tolerations.iter().any(|toleration| {
            let same_key = matches!(object::text(toleration, &["key"]), None | Some(""))
                || object::text(toleration, &["key"]) == Some(key);
            let effect = object::text(toleration, &["effect"]).unwrap_or_default();
            same_key && (effect.is_empty() || effect == "NoExecute")
        });
        if !covered {
            tolerations.push(
                json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }),
            );
        }
    }
    object::set(pod, &["spec", "tolerations"], tolerations);
}

fn priority(tx: &Tx<'_>, pod: &mut Value) -> Result<(), ApiError> {
    let Some(class) = object::text(pod, &["spec", "priorityClassName"]).filter(|class| !class.is_empty())
    else {
        return Ok(());
    };
    let Some(found) = tx.find("priorityclasses.scheduling.k8s.io", &Key::new("", class)) else {
        let why = format!("no PriorityClass with name {class} was found");
        return Err(ApiError::forbidden(
            Subject {
                group: "",
                resource: "pods",
            },
            object::name(pod),
            &why,
        ));
    };
    let value = object::int(&found, &["value"]).unwrap_or(0);
    let preemption = object::text(&found, &["preemptionPolicy"])
        .unwrap_or("PreemptLowerPriority")
        .to_owned();
    object::set(pod, &["spec", "priority"], value);
    object::set(pod, &["spec", "preemptionPolicy"], preemption);
    Ok(())
}

/// `BestEffort` asks for nothing, `Guaranteed` gets exactly what it asks for, the rest is `Burstable`.
fn quality(pod: &Value) -> &'static str {
    let lists = ["containers", "initContainers"];
    let containers: Vec<&Value> = lists
        .iter()
        .flat_map(|list| object::list(pod, &["spec", list]))
        .collect();
    let amounts = |container: &Value, kind: &str| {
        object::at(container, &["resources", kind])
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    if containers
        .iter()
        .all(|c| amounts(c, "limits").is_empty() && amounts(c, "requests").is_empty())
    {
        return "BestEffort";
    }
    let guaranteed = containers.iter().all(|container| {
        let (limits, requests) = (amounts(container, "limits"), amounts(container, "requests"));
        ["cpu", "memory"]
            .iter()
            .all(|name| limits.get(*name).is_some() && limits.get(*name) == requests.get(*name))
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}
