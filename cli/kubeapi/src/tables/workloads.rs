//! Rows of Deployments and their kin.

use jiff::Timestamp;
use serde_json::Value;

use super::{Cells, Printer, age, count, name, or_none, pairs, since};
use crate::object;

/// The printer of a workload kind.
pub(super) fn printer(base: &str) -> Option<Printer> {
    let (columns, cells): (&'static str, Cells) = match base {
        "deployments" => (DEPLOYMENTS, deployment),
        "replicasets" | "replicationcontrollers" => (REPLICA_SETS, replica_set),
        "daemonsets" => (DAEMON_SETS, daemon_set),
        "statefulsets" => (STATEFUL_SETS, stateful_set),
        "jobs" => (JOBS, job),
        "cronjobs" => (CRON_JOBS, cron_job),
        "controllerrevisions" => (REVISIONS, revision),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

const DEPLOYMENTS: &str = "Name|Ready|Up-to-date|Available|Age|+Containers|+Images|+Selector";
const REPLICA_SETS: &str = "Name|#Desired|#Current|#Ready|Age|+Containers|+Images|+Selector";
const DAEMON_SETS: &str =
    "Name|#Desired|#Current|#Ready|#Up-to-date|#Available|Node Selector|Age|+Containers|+Images|+Selector";
const STATEFUL_SETS: &str = "Name|Ready|Age|+Containers|+Images";
const JOBS: &str = "Name|Status|Completions|Duration|Age|+Containers|+Images|+Selector";
const CRON_JOBS: &str =
    "Name|Schedule|Timezone|?Suspend|#Active|Last Schedule|Age|+Containers|+Images|+Selector";
const REVISIONS: &str = "Name|Controller|Revision|Age";

/// Containers, images and selector.
fn wide_cells(object: &Value, template: &[&str]) -> Vec<Value> {
    let spec = object::at(object, template).cloned().unwrap_or_default();
    let texts = |field: &str| {
        let containers = object::list(&spec, &["containers"]);
        containers
            .iter()
            .filter_map(|container| object::text(container, &[field]))
            .collect::<Vec<_>>()
            .join(",")
    };
    let selector = pairs(object::at(object, &["spec", "selector"]));
    vec![texts("name").into(), texts("image").into(), selector]
}

fn deployment(object: &Value, now: Timestamp) -> Vec<Value> {
    let desired = count(object, &["spec", "replicas"]);
    let mut cells = vec![
        name(object),
        format!("{}/{desired}", count(object, &["status", "readyReplicas"])).into(),
        count(object, &["status", "updatedReplicas"]).into(),
        count(object, &["status", "availableReplicas"]).into(),
        age(object, now),
    ];
    cells.extend(wide_cells(object, &["spec", "template", "spec"]));
    cells
}

fn replica_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![
        name(object),
        count(object, &["spec", "replicas"]).into(),
        count(object, &["status", "replicas"]).into(),
        count(object, &["status", "readyReplicas"]).into(),
        age(object, now),
    ];
    cells.extend(wide_cells(object, &["spec", "template", "spec"]));
    cells
}

fn daemon_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = |field: &str| Value::from(count(object, &["status", field]));
    let mut cells = vec![
        name(object),
        status("desiredNumberScheduled"),
        status("currentNumberScheduled"),
        status("numberReady"),
        status("updatedNumberScheduled"),
        status("numberAvailable"),
        pairs(object::at(object, &["spec", "template", "spec", "nodeSelector"])),
        age(object, now),
    ];
    cells.extend(wide_cells(object, &["spec", "template", "spec"]));
    cells
}

fn stateful_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let ready = count(object, &["status", "readyReplicas"]);
    let mut cells = vec![
        name(object),
        format!("{ready}/{}", count(object, &["spec", "replicas"])).into(),
        age(object, now),
    ];
    cells.extend(
        wide_cells(object, &["spec", "template", "spec"])
            .into_iter()
            .take(2),
    );
    cells
}

fn job(object: &Value, now: Timestamp) -> Vec<Value> {
    let holds = |kind: &str| {
        let conditions = object::list(object, &["status", "conditions"]);
        conditions
            .iter()
            .any(|condition| condition["type"] == kind && condition["status"] == "True")
    };
    let status = if holds("Complete") {
        "Complete"
    } else if holds("Failed") {
        "Failed"
    } else if object::is_terminating(object) {
        "Terminating"
    } else if holds("Suspended") {
        "Suspended"
    } else {
        "Running"
    };
    let end =
        object::text(object, &["status", "completionTime"]).and_then(|text| text.parse::<Timestamp>().ok());
    let duration = match object::text(object, &["status", "startTime"]) {
        Some(start) => since(Some(start), end.unwrap_or(now)),
        None => "".into(),
    };
    let done = count(object, &["status", "succeeded"]);
    let mut cells = vec![
        name(object),
        status.into(),
        format!(
            "{done}/{}",
            object::int(object, &["spec", "completions"]).unwrap_or(1)
        )
        .into(),
        duration,
        age(object, now),
    ];
    cells.extend(wide_cells(object, &["spec", "template", "spec"]));
    cells
}

fn cron_job(object: &Value, now: Timestamp) -> Vec<Value> {
    let last = object::text(object, &["status", "lastScheduleTime"]);
    let mut cells = vec![
        name(object),
        or_none(object::text(object, &["spec", "schedule"])),
        or_none(object::text(object, &["spec", "timeZone"])),
        object::at(object, &["spec", "suspend"])
            .and_then(Value::as_bool)
            .unwrap_or(false)
            .into(),
        object::list(object, &["status", "active"]).len().into(),
        last.map_or_else(|| or_none(None), |last| since(Some(last), now)),
        age(object, now),
    ];
    cells.extend(wide_cells(
        object,
        &["spec", "jobTemplate", "spec", "template", "spec"],
    ));
    cells
}

fn revision(object: &Value, now: Timestamp) -> Vec<Value> {
    let owners = object::list(object, &["metadata", "ownerReferences"]);
    let owner = owners.iter().find(|owner| owner["controller"] == true);
    let controller = owner.map(|owner| {
        let text = |field: &str| object::text(owner, &[field]).unwrap_or_default();
        format!("{}.apps/{}", text("kind").to_lowercase(), text("name"))
    });
    vec![
        name(object),
        or_none(controller.as_deref()),
        count(object, &["revision"]).into(),
        age(object, now),
    ]
}
