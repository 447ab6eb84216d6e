//! The mesh on a real Kubernetes, installed by a real helm: flushed rules, a dead agent, a loss of power.

use crate::place::{Place, in_client};
use crate::processes::{self, Process};
use crate::shell::{Shell, fails, says, settle};
use crate::steps;
use crate::suite::{Shared, Visit, explain};
use libtest_mimic::Failed;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// The namespaces with the server and the client.
const STATUS: &str = "meshctl ns status localstack shop -o json";

/// Server and client, enrolled and captured.
fn enrolled(shared: &Shared) -> Result<Visit, Failed> {
    let visit = shared.meshed()?;
    visit.apply_localstack()?;
    steps::enrol(&visit)?;
    settle(|| captured(&visit))?;
    Ok(visit)
}

fn leave(visit: &Visit) -> Result<(), Failed> {
    visit
        .sh("kubectl delete namespace localstack shop --timeout=120s")
        .map(drop)
}

/// Every pod's four signals, as the operator is told.
fn signals(visit: &Visit) -> Result<Vec<[String; 4]>, Failed> {
    let output = visit.try_sh(STATUS)?;
    let rows: Value = serde_json::from_slice(&output.stdout)?;
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let rows = rows.as_array().ok_or("the status is no list")?;
    let all = rows
        .iter()
        .map(|row| ["annotation", "held", "tunnelled", "redirected"].map(|field| text(row, field)));
    Ok(all.collect())
}

fn signals_are(visit: &Visit, expected: [&str; 4]) -> Result<(), Failed> {
    let all = signals(visit)?;
    if all.is_empty() || all.iter().any(|one| one != &expected) {
        return Err(format!("the signals are {all:?}, not {expected:?}").into());
    }
    Ok(())
}

fn captured(visit: &Visit) -> Result<(), Failed> {
    signals_are(visit, ["enabled", "yes", "yes", "yes"])
}

/// A process of the pod that `selector` finds, as the machine counts it.
fn process_of(visit: &Visit, namespace: &str, selector: &str) -> Result<Process, Failed> {
    let name = visit.sh(&format!(
        "kubectl get pod -n {namespace} -l {selector} -o jsonpath='{{.items[0].metadata.name}}'"
    ))?;
    let is_its = |process: &Process| {
        let root = PathBuf::from(format!("/proc/{}/root", process.pid));
        let host = std::fs::read_to_string(root.join("etc/hostname"));
        host.is_ok_and(|host| host.trim() == name)
    };
    let mut family = processes::family(visit.root_process()?).into_iter();
    family
        .find(is_its)
        .ok_or_else(|| format!("no process of the pod `{name}` was found").into())
}

fn flush(process: &Process) -> Result<(), Failed> {
    let pid = process.pid.to_string();
    let flushed = Command::new("nsenter")
        .args(["--target", &pid, "--net", "--", "nft", "flush", "ruleset"])
        .status()?;
    if flushed.success() {
        return Ok(());
    }
    Err(format!("the rules of {process:?} were not flushed").into())
}

/// Rules that somebody flushes are back, and it is told; without an agent nobody claims that they are there, and the
/// agent that comes back puts them.
pub(crate) fn flush_and_restart(shared: &Shared) -> Result<(), Failed> {
    let visit = enrolled(shared)?;
    let client = process_of(&visit, "shop", "app=till")?;
    flush(&client)?;
    settle(|| captured(&visit))?;
    visit.until("kubectl get events -n shop | grep MeshRulesRepaired")?;
    steps::encrypted(&visit)?;

    let place = |node: &str| {
        let patch = format!(
            r#"{{"spec":{{"template":{{"spec":{{"nodeSelector":{{"kubernetes.io/hostname":{node}}}}}}}}}}}"#
        );
        visit.sh(&format!(
            "kubectl patch daemonset -n istio-system istio-cni-node -p '{patch}'"
        ))
    };
    place("\"nowhere\"")?;
    visit.until("test -z \"$(kubectl get pods -n istio-system -l k8s-app=istio-cni-node -o name)\"")?;
    // the first three go on saying yes: only the fourth is proof, and nobody can give it
    settle(|| signals_are(&visit, ["enabled", "yes", "yes", "unknown"]))?;
    steps::encrypted(&visit)?;
    flush(&client)?;
    place("null")?;
    visit.sh("kubectl rollout status daemonset/istio-cni-node -n istio-system --timeout=120s")?;
    settle(|| captured(&visit))?;
    steps::encrypted(&visit)?;
    leave(&visit)
}

/// A dead node is missed; when its power is back its pods are captured again before they send a byte.
pub(crate) fn power_loss(shared: &Shared) -> Result<(), Failed> {
    let visit = enrolled(shared)?;
    // asks as soon as it runs, and again after each end
    visit.apply("sender", include_str!("sender.yaml"))?;
    let heard = || -> Result<usize, Failed> {
        let log = visit.sh("kubectl logs -n localstack deploy/localstack")?;
        Ok(log.lines().filter(|line| line.contains("power-is-back")).count())
    };
    settle(|| heard_more(&heard, 0))?;
    visit.cluster.kill_node(1).map_err(explain)?;
    visit.sh("kubectl wait node/node-1 --for=condition=Ready=Unknown --timeout=90s")?;
    let before = heard()?;
    let seen = visit.watch_wire("power-is-back", &mut || {
        visit.cluster.restart_node(1).map_err(explain)?;
        visit.sh("kubectl wait node/node-1 --for=condition=Ready --timeout=90s")?;
        settle(|| heard_more(&heard, before))
    })?;
    if seen.marked > 0 || seen.tls_to_hbone == 0 {
        return Err(format!("a pod sent in the clear after the loss of power: {seen:?}").into());
    }
    visit.sh("kubectl wait pod -n shop --all --for=condition=Ready --timeout=90s")?;
    settle(|| captured(&visit))?;
    let restarts = visit
        .sh("kubectl get pod -n shop -l app=till -o jsonpath='{.items[0].status.containerStatuses[0].restartCount}'")?;
    says(&restarts, "1")?;
    steps::encrypted(&visit)?;
    leave(&visit)
}

fn heard_more(heard: &dyn Fn() -> Result<usize, Failed>, than: usize) -> Result<(), Failed> {
    match heard()? {
        now if now > than => Ok(()),
        now => Err(format!("the server was asked {now} times").into()),
    }
}

/// The four charts by a real helm, the API server's questions to the control plane, and the way back.
pub(crate) fn by_helm(shared: &Shared) -> Result<(), Failed> {
    let visit = enrolled(shared)?;
    let releases = visit.sh("helm list -n istio-system")?;
    for release in ["istio-base", "istiod", "istio-cni", "ztunnel"] {
        says(&releases, release)?;
    }
    steps::encrypted(&visit)?;
    steps::nonsense_is_refused(&visit)?;
    leave(&visit)?;
    let visit = shared.bare()?;
    fails(
        &visit.try_sh("kubectl get namespace istio-system")?,
        1,
        "NotFound",
    )
}

/// Both families of a dual-stack cluster go through the tunnel, to a service and with the client's address kept.
pub(crate) fn dual_stack(_: &Shared) -> Result<(), Failed> {
    const SERVICE: &str = "kubectl get service -n localstack localstack -o jsonpath='{.spec.clusterIPs[AT]}'";
    const CLIENT: &str = "kubectl get pod -n shop -l app=till -o jsonpath='{.items[0].status.podIPs[AT].ip}'";
    const TWO: &str = r#"'{"spec":{"ipFamilyPolicy":"RequireDualStack"}}'"#;
    let visit = Visit::dual()?;
    visit.sh("meshctl install -y")?;
    visit.apply_localstack()?;
    visit.sh(&format!(
        "kubectl patch service -n localstack localstack --type merge -p {TWO}"
    ))?;
    steps::enrol(&visit)?;
    settle(|| captured(&visit))?;
    for (at, marker) in [("0", "by-the-old-way"), ("1", "by-the-new-way")] {
        let host = bracketed(visit.sh(&SERVICE.replace("AT", at))?.trim());
        let client = bracketed(visit.sh(&CLIENT.replace("AT", at))?.trim());
        let mut answer = String::new();
        let seen = visit.watch_wire(marker, &mut || {
            answer = visit.until(&in_client(&format!("fetch http://{host}/{marker}")))?;
            Ok(())
        })?;
        says(&answer, &format!("client: {client}:"))?;
        if seen.marked > 0 || seen.tls_to_hbone == 0 {
            return Err(format!("{host}: the wire should show TLS to port 15008 only: {seen:?}").into());
        }
    }
    visit
        .sh("meshctl uninstall --purge --unenroll --delete-crds -y")
        .map(drop)
}

/// An address as it stands before a port.
fn bracketed(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    }
}
