//! Two replicas of the control plane in a sandbox, and traffic through the mesh while things happen to them.
//!
//! What happens to a replica that is cut off, flooded or out of date is in `control-core/tests/served/replicas.rs`, over
//! sockets but without a mesh.

#[path = "harness.rs"]
mod harness;
#[path = "runbook/mesh.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod mesh;
#[path = "runbook/place.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod place;
#[path = "sandbox/programs.rs"]
mod programs;
#[path = "runbook/shell.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod shell;
#[path = "sandbox/stage.rs"]
#[expect(dead_code, reason = "made for another suite")]
mod stage;

use std::process::ExitCode;

use harness::Need::{Kubectl, UserNamespaces};
use harness::Suite;
use libtest_mimic::Failed;
use mesh::Load;
use place::Place;
use shell::{Shell, says};
use stage::Sandbox;

/// Longer than everything that happens, on a loaded machine too.
const SECONDS: u32 = 60;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.test(
        "traffic_goes_on_while_a_leader_dies_and_the_root_is_damaged",
        &[UserNamespaces, Kubectl],
        drills,
    );
    suite.run()
}

fn drills() -> Result<(), Failed> {
    let sandbox = mesh::installed("availability")?;
    // what is stored is looked at every second, so that nobody waits an hour here
    sandbox.sh(
        "kubectl set env -n istio-system deployment/istiod CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL=1s",
    )?;
    sandbox.sh("kubectl scale -n istio-system deployment/istiod --replicas=2")?;
    sandbox.sh("kubectl rollout status -n istio-system deployment/istiod --timeout=120s")?;
    sandbox.apply_localstack()?;
    sandbox.sh("meshctl ns enroll localstack shop -y")?;
    sandbox.fetch("http://localstack.localstack/warm")?;
    let load = Load::start(&sandbox, "localstack.localstack:80", SECONDS)?;

    let root = sandbox.sh(ROOT)?;
    let leader = sandbox.until(&format!("{LEADER} | grep ."))?;
    let leader = leader.trim();
    sandbox.sh(&format!(
        "kubectl delete pod -n istio-system {leader} --grace-period=0 --force"
    ))?;
    newcomer(&sandbox, "after-the-leader")?;

    let garbage =
        r#"{"stringData":{"ca-cert.pem":"garbage","ca-key.pem":"garbage","root-cert.pem":"garbage"}}"#;
    sandbox.sh(&format!(
        "kubectl patch secret -n istio-system istio-ca-secret --type=merge -p '{garbage}'"
    ))?;
    newcomer(&sandbox, "after-the-damage")?;
    sandbox.until(&format!("test \"$({ROOT})\" = '{}'", root.trim()))?;

    // and a whole new generation starts with the same root, though nobody is left of the one before
    sandbox.sh("kubectl delete pod -n istio-system -l app=istiod --grace-period=0 --force")?;
    sandbox.sh("kubectl rollout status -n istio-system deployment/istiod --timeout=120s")?;
    newcomer(&sandbox, "after-all-of-them")?;
    says(&load.report()?, r#""errors": 0"#)
}

/// Who leads: the pod that holds the lock under which bundles are written.
const LEADER: &str = "kubectl get configmap -n istio-system istio-namespace-controller-election \
    -o jsonpath='{.metadata.annotations.control-plane\\.alpha\\.kubernetes\\.io/leader}' \
    | grep -o '\"holderIdentity\":\"[^\"]*' | cut -d'\"' -f4";
const ROOT: &str = "kubectl get secret -n istio-system istio-ca-secret -o jsonpath='{.data.ca-cert\\.pem}'";

/// A pod with an account that nobody has asked a certificate for is reached over the mesh.
fn newcomer(sandbox: &Sandbox, name: &str) -> Result<(), Failed> {
    sandbox.apply(
        name,
        &format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: shop}}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
             spec:\n      serviceAccountName: {name}\n      containers:\n      - {{name: web, image: nginx, ports: [{{containerPort: 80}}]}}\n---\n\
             apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"
        ),
    )?;
    sandbox.sh(&format!(
        "kubectl rollout status -n shop deployment/{name} --timeout=120s"
    ))?;
    let reached = shell::settle(|| sandbox.fetch(&format!("http://{name}.shop/")));
    reached.map(drop)
}
