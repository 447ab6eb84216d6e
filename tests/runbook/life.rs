//! The life of an installation: by helm and taken over, by `meshctl` and killed in the midst of it.

use crate::helm;
use crate::mesh;
use crate::place::Place;
use crate::shell::{Shell, fails, says};
use crate::stage::{Sandbox, User};
use crate::traces;
use libtest_mimic::Failed;
use std::time::{Duration, Instant};

/// Everything of the mesh with its version: a write of any kind changes a line.
const VERSIONS: &str = "kubectl get crd,clusterrole,clusterrolebinding,validatingwebhookconfiguration,deploy,ds,svc,cm,sa,role,rolebinding,hpa,pdb \
     -A -l operator.istio.io/component -o jsonpath='{range .items[*]}{.kind} {.metadata.name} {.metadata.generation} {.metadata.labels}{\"\\n\"}{end}'";
/// Every pod with its identity and restarts.
const PODS: &str = "kubectl get pods -A -o jsonpath='{range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{\"\\n\"}{end}'";
/// So often installing and removing are killed.
const KILLS: u32 = 20;

/// Helm installs, `meshctl install` has nothing to write, takes over when told to, and helm has it back: no pod restarts.
pub(crate) fn helm_and_back() -> Result<(), Failed> {
    let sandbox = Sandbox::up("helm-and-back", User::Own, 1)?;
    helm::install(&sandbox)?;
    mesh::apply_bare(&sandbox)?;
    sandbox.sh("meshctl ns enroll plain -y --wait=60s")?;
    let (before, pods) = (sandbox.sh(VERSIONS)?, sandbox.sh(PODS)?);
    let output = sandbox.try_sh("meshctl install -y --set profile=ambient")?;
    says(&sandbox.finish("install over helm's", &output)?, "")?;
    says(&String::from_utf8_lossy(&output.stderr), "nothing is written")?;
    same(&sandbox, VERSIONS, &before)?;
    sandbox.sh("meshctl drift")?;
    says(&sandbox.sh("meshctl get-config")?, "profile: ambient")?;
    let other = sandbox.try_sh("meshctl install -y --set global.logging.level=default:debug")?;
    fails(&other, 1, "by another owner")?;
    // taken over, and used as one's own
    sandbox.sh("meshctl install -y --adopt")?;
    same(&sandbox, PODS, &pods)?;
    let again = sandbox.try_sh("meshctl install -y")?;
    says(&String::from_utf8_lossy(&again.stderr), "nothing had to change")?;
    sandbox.sh("meshctl drift && meshctl install --diff")?;
    // and back: helm finds nothing that it could not change
    for (release, chart) in helm::RELEASES {
        let charts = crate::harness::root().join("manifests/charts");
        sandbox.sh(&format!(
            "helm upgrade {release} {}/{chart} -n istio-system --set profile=ambient --server-side=true --force-conflicts \
             --wait --timeout 120s",
            charts.display()
        ))?;
    }
    same(&sandbox, PODS, &pods)?;
    let seen = sandbox.sh("meshctl ztunnel-config workloads --workload-namespace plain")?;
    says(&seen, "HBONE")
}

fn same(sandbox: &Sandbox, what: &str, before: &str) -> Result<(), Failed> {
    let now = sandbox.sh(what)?;
    if now == before {
        return Ok(());
    }
    Err(format!("before:\n{before}\nnow:\n{now}").into())
}

/// What a control plane that runs has written is no difference to what is rendered.
pub(crate) fn no_drift_after_a_minute() -> Result<(), Failed> {
    let sandbox = mesh::installed("no-drift")?;
    std::thread::sleep(Duration::from_mins(1));
    let versions = sandbox.sh(VERSIONS)?;
    let generated = sandbox.folder().join("generated.yaml");
    let generated = generated.display();
    sandbox.sh(&format!("meshctl manifest generate >{generated}"))?;
    // kubectl asks the server, as a dry run, what applying would make of each object
    let diff = format!("kubectl diff --server-side --force-conflicts -f {generated}");
    sandbox.sh(&diff)?;
    sandbox.sh("meshctl install --diff && meshctl drift")?;
    same(&sandbox, VERSIONS, &versions)?;
    // nor is what a control plane writes that has just started
    sandbox.sh("kubectl delete pod -n istio-system -l app=istiod")?;
    sandbox.sh("kubectl rollout status deployment/istiod -n istio-system --timeout=120s")?;
    sandbox.sh(&format!("{diff} && meshctl drift"))?;
    same(&sandbox, VERSIONS, &versions)
}

/// With the charts' own policies the mesh works in a system namespace where everything else is forbidden.
pub(crate) fn under_default_deny() -> Result<(), Failed> {
    let sandbox = Sandbox::up("default-deny", User::Own, 2)?;
    sandbox.sh("kubectl create namespace istio-system")?;
    sandbox.sh("kubectl label namespace istio-system pod-security.kubernetes.io/enforce=privileged")?;
    sandbox.apply(
        "deny",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: nothing, namespace: istio-system}\n\
         spec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n",
    )?;
    sandbox.sh("meshctl install -y --set global.networkPolicy.enabled=true")?;
    sandbox.apply_localstack()?;
    sandbox.sh("meshctl ns enroll shop localstack -y --wait=60s")?;
    // what is written from now on comes through the control plane's own connections
    sandbox.sh("kubectl delete pod -n istio-system -l app=istiod")?;
    sandbox.sh("kubectl rollout status deployment/istiod -n istio-system --timeout=120s")?;
    sandbox.sh("kubectl scale deployment/localstack -n localstack --replicas=2")?;
    sandbox.sh("kubectl rollout status deployment/localstack -n localstack --timeout=120s")?;
    sandbox.until(
        "test $(meshctl ztunnel-config workloads --workload-namespace localstack | grep -c HBONE) = 2",
    )?;
    says(
        &sandbox.fetch("http://localstack.localstack/all-else-is-forbidden")?,
        "",
    )
}

/// The node's parts before the control plane: they wait, and none restarts.
pub(crate) fn parts_before_the_control_plane() -> Result<(), Failed> {
    let sandbox = Sandbox::up("backwards", User::Own, 1)?;
    let charts = crate::harness::root().join("manifests/charts");
    let install = |release: &str, chart: &str, more: &str| {
        let chart = charts.join(chart);
        sandbox.sh(&format!(
            "helm install {release} {} -n istio-system --create-namespace {more}",
            chart.display()
        ))
    };
    install("istio-base", "base", "--wait")?;
    install("istio-cni", "cni", "--wait --timeout 120s")?;
    install("ztunnel", "ztunnel", "")?;
    let proxy = "kubectl get pods -n istio-system -l app=ztunnel -o jsonpath='{.items[0].metadata.uid} {.items[0].status.containerStatuses[0].restartCount}'";
    sandbox.until(&format!("test -n \"$({proxy})\""))?;
    let ready = "kubectl get ds ztunnel -n istio-system -o jsonpath='{.status.numberReady}'";
    std::thread::sleep(Duration::from_secs(5));
    if sandbox.sh(ready)? == "1" {
        return Err("a node proxy is ready that nobody has told anything".into());
    }
    let uid = sandbox
        .sh(proxy)?
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned();
    install("istiod", "istiod", "--wait --timeout 120s")?;
    sandbox.until(&format!("test \"$({ready})\" = 1"))?;
    if sandbox.sh(proxy)? != format!("{uid} 0") {
        return Err(format!("it was {uid} and is {}", sandbox.sh(proxy)?).into());
    }
    mesh::apply_bare(&sandbox)?;
    sandbox.sh("meshctl ns enroll plain -y --wait=60s").map(drop)
}

/// Killed at twenty moments, an installation is completed by the next run; killed at twenty more, its removal is too, and
/// nothing is left.
pub(crate) fn killed_in_the_midst() -> Result<(), Failed> {
    let sandbox = Sandbox::up("killed", User::Own, 1)?;
    let objects = traces::in_api(&sandbox)?;
    let nodes = traces::on_nodes(&sandbox)?;
    let begin = Instant::now();
    sandbox.sh("meshctl install -y")?;
    let install = begin.elapsed();
    let begin = Instant::now();
    sandbox.sh(REMOVE)?;
    let remove = begin.elapsed();
    for at in 1..=KILLS {
        kill_after(&sandbox, "meshctl install -y", install * at / (KILLS + 1))?;
    }
    sandbox.sh("meshctl install -y")?;
    let second = sandbox.try_sh("meshctl install -y")?;
    says(&String::from_utf8_lossy(&second.stderr), "nothing had to change")?;
    for at in 1..=KILLS {
        kill_after(&sandbox, REMOVE, remove * at / (KILLS + 1))?;
        if at % 4 == 0 {
            // so that there is something to remove again, once the namespace is gone that is going
            sandbox.until("meshctl install -y")?;
        }
    }
    sandbox.sh(REMOVE)?;
    sandbox.sh(REMOVE)?;
    crate::shell::settle(|| traces::same(&objects, &traces::in_api(&sandbox)?))?;
    crate::shell::settle(|| traces::same(&nodes, &traces::on_nodes(&sandbox)?))
}

const REMOVE: &str = "meshctl uninstall --purge --unenroll --delete-crds -y";

/// Runs a command and kills it, as a machine that goes away does.
fn kill_after(sandbox: &Sandbox, line: &str, time: Duration) -> Result<(), Failed> {
    let line = format!("timeout --signal=KILL {:.3} {line}", time.as_secs_f64());
    // it may have ended before, and then it must have ended well
    let output = sandbox.try_sh(&line)?;
    match output.status.code() {
        // the shell may report the signal of what it became
        Some(0 | 137) | None => Ok(()),
        Some(code) => Err(format!(
            "`{line}` ended with {code}: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into()),
    }
}
