//! The row of a pod: what one word says best about its state.

use jiff::Timestamp;
use serde_json::Value;

use super::{Printer, age, name, or_none, since};
use crate::object;

/// Pods.
pub(super) const PODS: Printer = Printer {
    columns: "Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates",
    cells,
};

fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let statuses = object::list(pod, &["status", "containerStatuses"]);
    let ready = statuses.iter().filter(|status| status["ready"] == true).count();
    let total = object::list(pod, &["spec", "containers"]).len();
    let text = |path: &[&str]| or_none(object::text(pod, path));
    vec![
        name(pod),
        format!("{ready}/{total}").into(),
        status(pod).into(),
        restarts(pod, now).into(),
        age(pod, now),
        text(&["status", "podIP"]),
        text(&["spec", "nodeName"]),
        text(&["status", "nominatedNodeName"]),
        gates(pod),
    ]
}

fn gates(pod: &Value) -> Value {
    let gates = object::list(pod, &["spec", "readinessGates"]);
    if gates.is_empty() {
        return or_none(None);
    }
    let holds = |gate: &&Value| {
        let conditions = object::list(pod, &["status", "conditions"]);
        conditions
            .iter()
            .any(|condition| condition["type"] == gate["conditionType"] && condition["status"] == "True")
    };
    format!("{}/{}", gates.iter().filter(holds).count(), gates.len()).into()
}

fn restarts(pod: &Value, now: Timestamp) -> String {
    let lists = ["initContainerStatuses", "containerStatuses"];
    let statuses = || lists.iter().flat_map(|list| object::list(pod, &["status", list]));
    let total: i64 = statuses()
        .map(|status| object::int(status, &["restartCount"]).unwrap_or(0))
        .sum();
    let last = statuses()
        .filter_map(|status| object::text(status, &["lastState", "terminated", "finishedAt"]))
        .max();
    match last.filter(|_| total > 0) {
        Some(last) => format!(
            "{total} ({} ago)",
            since(Some(last), now).as_str().unwrap_or_default()
        ),
        None => total.to_string(),
    }
}

/// The one word.
pub(super) fn status(pod: &Value) -> String {
    let phase = object::text(pod, &["status", "phase"]).unwrap_or("Unknown");
    let mut word = object::text(pod, &["status", "reason"])
        .unwrap_or(phase)
        .to_owned();
    let gated = object::list(pod, &["status", "conditions"])
        .iter()
        .any(|condition| condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated");
    if gated {
        "SchedulingGated".clone_into(&mut word);
    }
    match initializing(pod) {
        Some(init) => word = init,
        None => word = running(pod, word),
    }
    if object::is_terminating(pod) {
        let lost = object::text(pod, &["status", "reason"]) == Some("NodeLost");
        return if lost { "Unknown" } else { "Terminating" }.to_owned();
    }
    word
}

fn ended(terminated: &Value) -> String {
    if let Some(reason) = object::text(terminated, &["reason"]).filter(|reason| !reason.is_empty()) {
        return reason.to_owned();
    }
    match object::int(terminated, &["signal"]).filter(|signal| *signal != 0) {
        Some(signal) => format!("Signal:{signal}"),
        None => format!("ExitCode:{}", object::int(terminated, &["exitCode"]).unwrap_or(0)),
    }
}

/// The first init container that holds the pod up.
fn initializing(pod: &Value) -> Option<String> {
    let containers = object::list(pod, &["spec", "initContainers"]);
    for (index, status) in object::list(pod, &["status", "initContainerStatuses"])
        .iter()
        .enumerate()
    {
        let sidecar = containers
            .iter()
            .any(|c| c["name"] == status["name"] && c["restartPolicy"] == "Always");
        let state = status.get("state").unwrap_or(&Value::Null);
        if let Some(terminated) = object::at(state, &["terminated"]) {
            if object::int(terminated, &["exitCode"]) == Some(0) {
                continue;
            }
            return Some(format!("Init:{}", ended(terminated)));
        }
        if sidecar && status["started"] == true {
            continue;
        }
        return Some(match object::text(state, &["waiting", "reason"]) {
            Some(reason) if !reason.is_empty() && reason != "PodInitializing" => format!("Init:{reason}"),
            _ => format!("Init:{index}/{}", containers.len()),
        });
    }
    None
}

fn running(pod: &Value, phase: String) -> String {
    let mut word = phase;
    let mut has_running = false;
    for status in object::list(pod, &["status", "containerStatuses"]).iter().rev() {
        let state = status.get("state").unwrap_or(&Value::Null);
        if let Some(reason) = object::text(state, &["waiting", "reason"]).filter(|reason| !reason.is_empty())
        {
            reason.clone_into(&mut word);
        } else if let Some(terminated) = object::at(state, &["terminated"]) {
            word = ended(terminated);
        } else if status["ready"] == true && object::at(state, &["running"]).is_some() {
            has_running = true;
        }
    }
    if word == "Completed" && has_running {
        let conditions = object::list(pod, &["status", "conditions"]);
        let ready = conditions
            .iter()
            .any(|condition| condition["type"] == "Ready" && condition["status"] == "True");
        return if ready { "Running" } else { "NotReady" }.to_owned();
    }
    word
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::status;

    #[track_caller]
    fn check(pod: &Value, expected: &str) {
        assert_eq!(status(pod), expected);
    }

    #[test]
    fn one_word_tells_the_state() {
        let with = |state: Value| json!({ "status": { "phase": "Running", "containerStatuses": [{ "name": "a", "ready": false, "state": state }] } });
        check(&json!({ "status": { "phase": "Pending" } }), "Pending");
        check(
            &with(json!({ "waiting": { "reason": "CrashLoopBackOff" } })),
            "CrashLoopBackOff",
        );
        check(&with(json!({ "terminated": { "exitCode": 3 } })), "ExitCode:3");
        check(
            &with(json!({ "terminated": { "reason": "Completed", "exitCode": 0 } })),
            "Completed",
        );
        let init = json!({
            "spec": { "initContainers": [{ "name": "i" }, { "name": "j" }] },
            "status": { "phase": "Pending", "initContainerStatuses": [{ "name": "i", "state": { "running": {} } }] },
        });
        check(&init, "Init:0/2");
        let ending = json!({ "metadata": { "deletionTimestamp": "x" }, "status": { "phase": "Running" } });
        check(&ending, "Terminating");
    }
}
