//! Is an object ready, and if not, what holds it up? (pure; `spec/cli.md` 4)

use super::component::meta;
use serde_json::Value;

/// Why an object is not ready yet; `None` when it is. Kinds that have no state are ready.
#[must_use]
pub fn blocker(object: &Value) -> Option<String> {
    match object["kind"].as_str().unwrap_or_default() {
        "CustomResourceDefinition" => definition(object),
        "Namespace" => (object["status"]["phase"] != "Active").then(|| "it is not active".to_owned()),
        "Deployment" => deployment(object),
        "DaemonSet" => daemon_set(object),
        _ => None,
    }
}

/// Whether an object of this kind has a state to wait for.
#[must_use]
pub fn has_state(kind: &str) -> bool {
    matches!(
        kind,
        "CustomResourceDefinition" | "Namespace" | "Deployment" | "DaemonSet"
    )
}

fn definition(object: &Value) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array();
    let established = conditions
        .into_iter()
        .flatten()
        .find(|one| one["type"] == "Established");
    match established {
        Some(condition) if condition["status"] == "True" => None,
        Some(condition) => Some(format!(
            "not established: {}",
            condition["message"].as_str().unwrap_or("no reason given")
        )),
        None => Some("not established yet".to_owned()),
    }
}

fn is_observed(object: &Value) -> bool {
    object["status"]["observedGeneration"].as_i64() >= object["metadata"]["generation"].as_i64()
}

fn deployment(object: &Value) -> Option<String> {
    let status = |key: &str| object["status"][key].as_i64().unwrap_or(0);
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    if !is_observed(object) {
        return Some("the controller has not seen it yet".to_owned());
    }
    let updated = status("updatedReplicas");
    if updated < wanted {
        let failed = failed_condition(object, "ReplicaFailure");
        return Some(
            failed.unwrap_or_else(|| format!("{updated} of {wanted} pods are of the newest version")),
        );
    }
    if status("replicas") > updated {
        return Some(format!("{} old pods are ending", status("replicas") - updated));
    }
    let available = status("availableReplicas");
    (available < wanted).then(|| format!("{available} of {wanted} pods are ready"))
}

fn daemon_set(object: &Value) -> Option<String> {
    let status = |key: &str| object["status"][key].as_i64().unwrap_or(0);
    if !is_observed(object) {
        return Some("the controller has not seen it yet".to_owned());
    }
    let (wanted, ready) = (status("desiredNumberScheduled"), status("numberReady"));
    if object["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return (ready < wanted).then(|| format!("{ready} of {wanted} nodes are ready"));
    }
    if wanted == 0 {
        return Some("no node wants it".to_owned());
    }
    let updated = status("updatedNumberScheduled");
    if updated < wanted {
        return Some(format!("{updated} of {wanted} nodes have the newest version"));
    }
    (ready < wanted).then(|| format!("{ready} of {wanted} nodes are ready"))
}

fn failed_condition(object: &Value, name: &str) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array()?;
    let found = conditions
        .iter()
        .find(|one| one["type"] == name && one["status"] == "True")?;
    found["message"].as_str().map(str::to_owned)
}

/// Why a pod is not ready; `None` when it is.
#[must_use]
pub fn pod_blocker(pod: &Value) -> Option<String> {
    let conditions = || pod["status"]["conditions"].as_array().into_iter().flatten();
    if conditions().any(|one| one["type"] == "Ready" && one["status"] == "True") {
        return None;
    }
    let name = meta(pod, "name");
    let unscheduled = conditions().find(|one| one["type"] == "PodScheduled" && one["status"] == "False");
    if let Some(condition) = unscheduled {
        return Some(format!(
            "pod {name} is not scheduled: {}",
            text(&condition["message"])
        ));
    }
    for list in ["initContainerStatuses", "containerStatuses"] {
        for container in pod["status"][list].as_array().into_iter().flatten() {
            if let Some(why) = container_blocker(container) {
                return Some(format!("pod {name}: {why}"));
            }
        }
    }
    let ready = conditions().find(|one| one["type"] == "Ready");
    let why = ready
        .map(|one| text(&one["message"]))
        .filter(|why| !why.is_empty());
    Some(why.map_or_else(
        || {
            format!(
                "pod {name} is {}",
                pod["status"]["phase"]
                    .as_str()
                    .unwrap_or("not started")
                    .to_lowercase()
            )
        },
        |why| format!("pod {name}: {why}"),
    ))
}

fn container_blocker(container: &Value) -> Option<String> {
    let name = text(&container["name"]);
    let last = &container["lastState"]["terminated"];
    let ended = (!last.is_null()).then(|| {
        let message = text(&last["message"]);
        let message = message.trim().lines().last().unwrap_or_default().to_owned();
        let shown = if message.is_empty() {
            String::new()
        } else {
            format!(", saying: {message}")
        };
        format!(
            "; it ended with code {}{shown}",
            last["exitCode"].as_i64().unwrap_or(-1)
        )
    });
    if let Some(waiting) = container["state"].get("waiting") {
        let (reason, message) = (text(&waiting["reason"]), text(&waiting["message"]));
        let reason = if reason.is_empty() {
            "waiting".to_owned()
        } else {
            reason
        };
        let message = if message.is_empty() {
            String::new()
        } else {
            format!(": {message}")
        };
        return Some(format!(
            "container {name} {reason}{message}{}",
            ended.unwrap_or_default()
        ));
    }
    if let Some(terminated) = container["state"].get("terminated") {
        let code = terminated["exitCode"].as_i64().unwrap_or(-1);
        return (code != 0).then(|| format!("container {name} ended with code {code}"));
    }
    (container["ready"] == false).then(|| {
        format!(
            "container {name} runs but is not ready{}",
            ended.unwrap_or_default()
        )
    })
}

/// Whether waiting longer is of no use: the container was refused for good.
#[must_use]
pub fn is_hopeless(pod: &Value) -> bool {
    let statuses = pod["status"]["containerStatuses"]
        .as_array()
        .into_iter()
        .flatten();
    statuses.into_iter().any(|one| {
        let reason = one["state"]["waiting"]["reason"].as_str().unwrap_or_default();
        matches!(reason, "InvalidImageName" | "ErrImageNeverPull")
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(object: &Value, expected: Option<&str>) {
        assert_eq!(blocker(object).as_deref(), expected, "{object}");
    }

    #[test]
    fn cli_c14_each_kind_has_its_own_readiness() {
        let deployment = |status: Value| json!({"kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status});
        check(
            &deployment(json!({"observedGeneration": 1})),
            Some("the controller has not seen it yet"),
        );
        check(
            &deployment(json!({"observedGeneration": 2, "updatedReplicas": 1})),
            Some("1 of 2 pods are of the newest version"),
        );
        check(
            &deployment(json!({"observedGeneration": 2, "updatedReplicas": 2, "replicas": 3})),
            Some("1 old pods are ending"),
        );
        check(
            &deployment(
                json!({"observedGeneration": 2, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 1}),
            ),
            Some("1 of 2 pods are ready"),
        );
        check(
            &deployment(
                json!({"observedGeneration": 2, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2}),
            ),
            None,
        );
        let daemons =
            |status: Value| json!({"kind": "DaemonSet", "metadata": {"generation": 1}, "status": status});
        check(
            &daemons(json!({"observedGeneration": 1})),
            Some("no node wants it"),
        );
        check(
            &daemons(
                json!({"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberReady": 1}),
            ),
            Some("1 of 2 nodes are ready"),
        );
        check(
            &daemons(
                json!({"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberReady": 2}),
            ),
            None,
        );
        let definition = |status: &str| json!({"kind": "CustomResourceDefinition", "status": {"conditions": [{"type": "Established", "status": status, "message": "m"}]}});
        check(&definition("False"), Some("not established: m"));
        check(&definition("True"), None);
        check(&json!({"kind": "ConfigMap"}), None);
    }

    #[test]
    fn a_pod_says_what_holds_it_up() {
        let pod = |status: Value| json!({"metadata": {"name": "p"}, "status": status});
        let ready = pod(json!({"conditions": [{"type": "Ready", "status": "True"}]}));
        assert_eq!(pod_blocker(&ready), None);
        let waiting = pod(
            json!({"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "message": "a\nno token\n"}}}]}),
        );
        assert_eq!(
            pod_blocker(&waiting).unwrap(),
            "pod p: container c CrashLoopBackOff; it ended with code 1, saying: no token"
        );
        let unscheduled =
            pod(json!({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]}));
        assert_eq!(
            pod_blocker(&unscheduled).unwrap(),
            "pod p is not scheduled: 0/1 nodes"
        );
        let running =
            pod(json!({"containerStatuses": [{"name": "c", "ready": false, "state": {"running": {}}}]}));
        assert_eq!(
            pod_blocker(&running).unwrap(),
            "pod p: container c runs but is not ready"
        );
        assert!(is_hopeless(&pod(
            json!({"containerStatuses": [{"state": {"waiting": {"reason": "InvalidImageName"}}}]})
        )));
    }
}
