//! A pod's status as the API shows it (pure): from the records of its containers.

use crate::node::backoff::Backoff;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, HostIP, Pod, PodCondition, PodIP, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// What the node knows of one container.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The number of the current run, from 0.
    pub(crate) attempt: u32,
    pub(crate) state: RunState,
    /// How the run before ended.
    pub(crate) last: Option<Terminated>,
    /// The startup probe has succeeded, or there is none.
    pub(crate) started: bool,
    pub(crate) ready: bool,
    pub(crate) backoff: Backoff,
    /// What ran: the value for the annotation.
    pub(crate) ran: Option<&'static str>,
}

/// The state of a container.
#[derive(Debug, Clone)]
pub(crate) enum RunState {
    Waiting {
        reason: String,
        message: Option<String>,
    },
    Running {
        since: Timestamp,
        pid: i32,
        dir: PathBuf,
    },
    Terminated(Terminated),
}

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) struct Terminated {
    pub(crate) code: i32,
    pub(crate) signal: Option<i32>,
    pub(crate) reason: &'static str,
    pub(crate) message: Option<String>,
    pub(crate) started: Timestamp,
    pub(crate) finished: Timestamp,
}

impl Record {
    pub(crate) fn new(reason: &str) -> Self {
        Self {
            attempt: 0,
            state: RunState::Waiting {
                reason: reason.to_owned(),
                message: None,
            },
            last: None,
            started: false,
            ready: false,
            backoff: Backoff::of_container(),
            ran: None,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state, RunState::Running { .. })
    }

    pub(crate) fn ended(&self) -> Option<&Terminated> {
        match &self.state {
            RunState::Terminated(ended) => Some(ended),
            _ => None,
        }
    }

    pub(crate) fn wait(&mut self, reason: &str, message: Option<String>) {
        self.state = RunState::Waiting {
            reason: reason.to_owned(),
            message,
        };
        self.ready = false;
    }
}

/// What the pod's status is made from.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) pod: &'a Pod,
    pub(crate) records: &'a BTreeMap<String, Record>,
    pub(crate) node: IpAddr,
    pub(crate) addresses: &'a [IpAddr],
    /// The init containers are done (or running, if they are meant to stay).
    pub(crate) initialized: bool,
    pub(crate) is_terminating: bool,
    pub(crate) start: Timestamp,
    /// When a condition that changes now does so.
    pub(crate) now: Timestamp,
}

/// Whether a container is an init container that is meant to stay.
pub(crate) fn is_restartable(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Whether a container that ended so is started again.
pub(crate) fn is_restarted(policy: &str, code: i32) -> bool {
    match policy {
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

/// The pod's phase.
pub(crate) fn phase(facts: &Facts<'_>) -> &'static str {
    let spec = facts.pod.spec.clone().unwrap_or_default();
    let policy = spec.restart_policy.as_deref().unwrap_or("Always");
    let failed_init = spec.init_containers.iter().flatten().any(|container| {
        let ended = facts.records.get(&container.name).and_then(Record::ended);
        !is_restartable(container) && policy == "Never" && ended.is_some_and(|ended| ended.code != 0)
    });
    if failed_init {
        return "Failed";
    }
    let records: Vec<_> = spec
        .containers
        .iter()
        .filter_map(|container| facts.records.get(&container.name))
        .collect();
    let over = |record: &&Record| {
        record
            .ended()
            .is_some_and(|ended| facts.is_terminating || !is_restarted(policy, ended.code))
    };
    if !records.is_empty() && records.iter().all(over) {
        let well = records
            .iter()
            .all(|record| record.ended().is_some_and(|ended| ended.code == 0));
        return if well { "Succeeded" } else { "Failed" };
    }
    let began = |record: &&Record| record.is_running() || record.ended().is_some() || record.last.is_some();
    if facts.initialized && records.iter().any(began) {
        "Running"
    } else {
        "Pending"
    }
}

/// The whole status.
pub(crate) fn render(facts: &Facts<'_>, before: Option<&PodStatus>) -> PodStatus {
    let spec = facts.pod.spec.clone().unwrap_or_default();
    let phase = phase(facts);
    let list = |containers: &[Container]| -> Vec<ContainerStatus> {
        containers
            .iter()
            .filter_map(|container| Some(one(facts.pod, container, facts.records.get(&container.name)?)))
            .collect()
    };
    let init = list(spec.init_containers.as_deref().unwrap_or_default());
    PodStatus {
        phase: Some(phase.to_owned()),
        conditions: Some(conditions(facts, phase, before)),
        container_statuses: Some(list(&spec.containers)),
        init_container_statuses: (!init.is_empty()).then_some(init),
        host_ip: Some(facts.node.to_string()),
        host_ips: Some(vec![HostIP {
            ip: facts.node.to_string(),
        }]),
        pod_ip: facts.addresses.first().map(ToString::to_string),
        pod_ips: (!facts.addresses.is_empty()).then(|| {
            facts
                .addresses
                .iter()
                .map(|address| PodIP {
                    ip: address.to_string(),
                })
                .collect()
        }),
        qos_class: before
            .and_then(|before| before.qos_class.clone())
            .or_else(|| Some("BestEffort".to_owned())),
        start_time: before
            .and_then(|before| before.start_time.clone())
            .or(Some(Time(facts.start))),
        ..PodStatus::default()
    }
}

/// A condition's type, whether it holds, and why it does not.
type Finding = (&'static str, bool, Option<(&'static str, String)>);

fn findings(facts: &Facts<'_>, phase: &str, old: &[PodCondition]) -> [Finding; 5] {
    let spec = facts.pod.spec.clone().unwrap_or_default();
    let over = phase == "Succeeded" || phase == "Failed";
    let is_ready = |container: &&Container| {
        facts
            .records
            .get(&container.name)
            .is_some_and(|record| record.ready)
    };
    let unready: Vec<_> = spec
        .containers
        .iter()
        .filter(|one| !is_ready(one))
        .map(|one| one.name.clone())
        .collect();
    let containers_ready = unready.is_empty() && !over && facts.initialized;
    let holds = |kind: &str| {
        old.iter()
            .any(|condition| condition.type_ == kind && condition.status == "True")
    };
    let is_open = spec
        .readiness_gates
        .iter()
        .flatten()
        .all(|gate| holds(&gate.condition_type));
    let reason = if phase == "Succeeded" {
        "PodCompleted"
    } else {
        "ContainersNotReady"
    };
    let why = (!containers_ready).then(|| {
        (
            reason,
            format!("containers with unready status: [{}]", unready.join(" ")),
        )
    });
    let gate = (!is_open).then(|| ("ReadinessGatesNotReady", "a readiness gate is closed".to_owned()));
    [
        (
            "PodReadyToStartContainers",
            !facts.addresses.is_empty() && !over,
            None,
        ),
        ("Initialized", facts.initialized, None),
        ("Ready", containers_ready && is_open, why.clone().or(gate)),
        ("ContainersReady", containers_ready, why),
        ("PodScheduled", true, None),
    ]
}

/// Our conditions, and those that others wrote.
fn conditions(facts: &Facts<'_>, phase: &str, before: Option<&PodStatus>) -> Vec<PodCondition> {
    let old = before
        .and_then(|before| before.conditions.clone())
        .unwrap_or_default();
    let findings = findings(facts, phase, &old);
    let is_ours = |one: &&PodCondition| findings.iter().any(|(kind, ..)| one.type_ == *kind);
    let mut conditions: Vec<_> = old.iter().filter(|one| !is_ours(one)).cloned().collect();
    for (kind, holds, why) in findings {
        let status = if holds { "True" } else { "False" };
        let same = old.iter().find(|one| one.type_ == kind && one.status == status);
        let since = same
            .and_then(|one| one.last_transition_time.clone())
            .unwrap_or(Time(facts.now));
        conditions.push(PodCondition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            last_transition_time: Some(since),
            reason: why.as_ref().map(|(reason, _)| (*reason).to_owned()),
            message: why.map(|(_, message)| message),
            ..PodCondition::default()
        });
    }
    conditions
}

fn one(pod: &Pod, container: &Container, record: &Record) -> ContainerStatus {
    let id = |attempt: u32| {
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        format!("meshctl://{uid}-{}-{attempt}", container.name)
    };
    let state = match &record.state {
        RunState::Waiting { reason, message } => ContainerState {
            waiting: Some(ContainerStateWaiting {
                reason: Some(reason.clone()),
                message: message.clone(),
            }),
            ..ContainerState::default()
        },
        RunState::Running { since, .. } => ContainerState {
            running: Some(ContainerStateRunning {
                started_at: Some(Time(*since)),
            }),
            ..ContainerState::default()
        },
        RunState::Terminated(ended) => terminated(ended, id(record.attempt)),
    };
    let waits = matches!(record.state, RunState::Waiting { .. });
    ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        image_id: record
            .ran
            .map(|ran| format!("sandbox.meshctl.dev/{ran}"))
            .unwrap_or_default(),
        container_id: (!waits || record.last.is_some()).then(|| id(record.attempt)),
        ready: record.ready,
        started: Some(record.is_running() && record.started),
        restart_count: i32::try_from(record.attempt).unwrap_or(i32::MAX),
        last_state: record
            .last
            .as_ref()
            .map(|ended| terminated(ended, id(record.attempt.saturating_sub(1)))),
        state: Some(state),
        ..ContainerStatus::default()
    }
}

fn terminated(ended: &Terminated, id: String) -> ContainerState {
    ContainerState {
        terminated: Some(ContainerStateTerminated {
            exit_code: ended.code,
            signal: ended.signal,
            reason: Some(ended.reason.to_owned()),
            message: ended.message.clone(),
            started_at: Some(Time(ended.started)),
            finished_at: Some(Time(ended.finished)),
            container_id: Some(id),
        }),
        ..ContainerState::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ended(code: i32) -> Record {
        let now = Timestamp::UNIX_EPOCH;
        let state = RunState::Terminated(Terminated {
            code,
            signal: None,
            reason: "Completed",
            message: None,
            started: now,
            finished: now,
        });
        Record {
            state,
            ..Record::new("x")
        }
    }

    fn running() -> Record {
        let state = RunState::Running {
            since: Timestamp::UNIX_EPOCH,
            pid: 1,
            dir: PathBuf::new(),
        };
        Record {
            state,
            ready: true,
            ..Record::new("x")
        }
    }

    #[track_caller]
    fn check(policy: &str, record: Record, expected: &str) {
        let pod = json!({"spec": {"restartPolicy": policy, "containers": [{"name": "c"}]}});
        let pod: Pod = serde_json::from_value(pod).unwrap();
        let facts = Facts {
            pod: &pod,
            records: &BTreeMap::from([("c".to_owned(), record)]),
            node: [172, 30, 0, 11].into(),
            addresses: &[],
            initialized: true,
            is_terminating: false,
            start: Timestamp::UNIX_EPOCH,
            now: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(phase(&facts), expected);
    }

    #[test]
    fn the_phase_follows_the_containers_and_the_policy() {
        check("Always", Record::new("ContainerCreating"), "Pending");
        check("Always", running(), "Running");
        check("Always", ended(0), "Running");
        check("Never", ended(0), "Succeeded");
        check("Never", ended(1), "Failed");
        check("OnFailure", ended(1), "Running");
        check("OnFailure", ended(0), "Succeeded");
    }
}
