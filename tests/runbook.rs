//! The main job as an operator does it: shell lines against a sandbox, with the real `kubectl` and `helm`.
//!
//! Every test has a sandbox of its own and leaves nothing. Absent on purpose: what one crate can prove alone.

#[path = "runbook/formats.rs"]
mod formats;
#[path = "harness.rs"]
mod harness;
#[path = "runbook/helm.rs"]
mod helm;
#[path = "runbook/life.rs"]
mod life;
#[path = "runbook/mesh.rs"]
mod mesh;
#[path = "runbook/mtls.rs"]
mod mtls;
#[path = "runbook/place.rs"]
mod place;
#[path = "sandbox/processes.rs"]
mod processes;
#[path = "sandbox/programs.rs"]
mod programs;
#[path = "runbook/shell.rs"]
mod shell;
#[path = "sandbox/stage.rs"]
mod stage;
#[path = "runbook/steps.rs"]
mod steps;
#[path = "runbook/tap.rs"]
mod tap;
#[path = "runbook/traces.rs"]
mod traces;
#[path = "runbook/walk.rs"]
mod walk;

use harness::Need::{Helm, Kubectl, Nft, Root, UserNamespaces};
use harness::Suite;
use libtest_mimic::Failed;
use mesh::Load;
use place::Place;
use shell::{Shell, fails, says};
use stage::{Sandbox, User};
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let cluster = [UserNamespaces, Kubectl];
    suite.test(
        "an_operators_runbook_works_word_for_word",
        &[UserNamespaces, Kubectl, Nft],
        runbook,
    );
    suite.test("the_walk_of_the_readme_works_word_for_word", &cluster, walk::walk);
    suite.test("enrolling_twenty_pods_takes_no_restart", &cluster, twenty_pods);
    suite.test(
        "requests_survive_a_restart_of_the_control_plane",
        &cluster,
        control_plane_restart,
    );
    suite.test(
        "tap_tells_of_a_tunnel_with_both_identities_and_of_a_refusal_with_its_policy",
        &cluster,
        tap::live,
    );
    suite.test(
        "a_mesh_that_is_well_is_told_so_in_every_format",
        &cluster,
        formats::all_is_well,
    );
    suite.test(
        "verify_mtls_sees_plain_text_and_then_tls_to_the_peer_that_proves_its_name",
        &cluster,
        mtls::proven,
    );
    suite.test(
        "a_real_helm_installs_upgrades_and_uninstalls_a_chart",
        &[UserNamespaces, Kubectl, Helm],
        helm_chart,
    );
    suite.test(
        "a_real_helm_installs_the_mesh_from_our_charts",
        &[UserNamespaces, Kubectl, Helm],
        helm_mesh,
    );
    suite.test(
        "an_ordinary_user_sees_the_demo_through",
        &[Root, UserNamespaces],
        ordinary_user,
    );
    suite.test(
        "bad_input_gives_one_clear_error_and_its_exit_code",
        &[],
        bad_input,
    );
    lives(&mut suite);
    suite.run()
}

/// Installations from their beginning to their end.
fn lives(suite: &mut Suite) {
    let cluster = [UserNamespaces, Kubectl];
    suite.test(
        "helms_installation_is_taken_over_and_given_back_without_a_restart",
        &[UserNamespaces, Kubectl, Helm],
        life::helm_and_back,
    );
    suite.test(
        "charts_c14_nothing_drifts_while_the_control_plane_runs",
        &cluster,
        life::no_drift_after_a_minute,
    );
    suite.test(
        "an_installation_and_a_removal_that_are_killed_are_completed_by_the_next",
        &cluster,
        life::killed_in_the_midst,
    );
    suite.test(
        "charts_c20_the_mesh_works_where_everything_else_is_forbidden",
        &cluster,
        life::under_default_deny,
    );
    suite.test(
        "charts_c21_parts_that_come_before_the_control_plane_wait_for_it",
        &[UserNamespaces, Kubectl, Helm],
        life::parts_before_the_control_plane,
    );
}

/// Acceptance 2 of the main job, line by line.
fn runbook() -> Result<(), Failed> {
    steps::runbook(&Sandbox::up("runbook", User::Own, 2)?)
}

fn twenty_pods() -> Result<(), Failed> {
    let sandbox = mesh::installed("twenty")?;
    sandbox.sh("kubectl create namespace many")?;
    sandbox.sh("kubectl create deployment web -n many --image=nginx --port=80 --replicas=20")?;
    sandbox.sh("kubectl rollout status deployment/web -n many --timeout=120s")?;
    let started = "kubectl get pods -n many -o jsonpath='{range .items[*]}{.metadata.uid}{.status.containerStatuses[0].restartCount} {end}'";
    let before = sandbox.sh(started)?;
    let begin = Instant::now();
    sandbox.sh("meshctl ns enroll many -y --wait=30s")?;
    let took = begin.elapsed();
    // the aim is 2 s, which the benchmark measures; a debug build on a busy machine gets more
    if took > Duration::from_secs(10) {
        return Err(format!("twenty pods were enrolled in {took:?}").into());
    }
    let tunnelled =
        sandbox.sh("meshctl ztunnel-config workloads --workload-namespace many | grep -c HBONE")?;
    says(&tunnelled, "20")?;
    if sandbox.sh(started)? != before {
        return Err("enrolment replaced or restarted a pod".into());
    }
    Ok(())
}

fn control_plane_restart() -> Result<(), Failed> {
    let sandbox = mesh::installed("restart")?;
    sandbox.apply_localstack()?;
    sandbox.sh("meshctl ns enroll localstack shop -y")?;
    sandbox.fetch("http://localstack.localstack/warm")?;
    let load = Load::start(&sandbox, "localstack.localstack:80", 6)?;
    sandbox.sh("kubectl delete pod -n istio-system -l app=istiod --grace-period=0 --force")?;
    sandbox.sh("kubectl rollout status deployment/istiod -n istio-system --timeout=60s")?;
    let report = load.report()?;
    says(&report, r#""errors": 0"#)?;
    let sent: u64 = report
        .lines()
        .find_map(|line| {
            line.trim()
                .strip_prefix(r#""operations": "#)?
                .trim_end_matches(',')
                .parse()
                .ok()
        })
        .unwrap_or_default();
    if sent < 300 {
        return Err(format!("a loop of 100/s for 6 s sent only {sent} requests: {report}").into());
    }
    Ok(())
}

fn helm_chart() -> Result<(), Failed> {
    let sandbox = Sandbox::up("helm", User::Own, 2)?;
    let chart = sandbox.folder().join("chart");
    std::fs::create_dir_all(chart.join("templates"))?;
    std::fs::write(
        chart.join("Chart.yaml"),
        "apiVersion: v2\nname: small\nversion: 0.1.0\n",
    )?;
    std::fs::write(chart.join("values.yaml"), "greeting: hello\nreplicas: 1\n")?;
    std::fs::write(
        chart.join("templates/all.yaml"),
        include_str!("runbook/chart.yaml"),
    )?;
    let chart = chart.display();
    sandbox.sh(&format!(
        "helm install small {chart} -n default --wait --timeout 60s"
    ))?;
    says(
        &sandbox.sh("kubectl get configmap small -o jsonpath='{.data.greeting}'")?,
        "hello",
    )?;
    sandbox.sh(&format!(
        "helm upgrade small {chart} --set greeting=goodbye --set replicas=2 --wait --timeout 60s"
    ))?;
    says(
        &sandbox.sh("kubectl get configmap small -o jsonpath='{.data.greeting}'")?,
        "goodbye",
    )?;
    says(
        &sandbox.sh("kubectl get deployment small -o jsonpath='{.status.readyReplicas}'")?,
        "2",
    )?;
    says(&sandbox.sh("helm list")?, "deployed")?;
    sandbox.sh("helm uninstall small --wait --timeout 60s")?;
    fails(&sandbox.try_sh("kubectl get deployment small")?, 1, "NotFound")
}

/// The four charts by helm, and a namespace that joins by its label.
fn helm_mesh() -> Result<(), Failed> {
    let sandbox = Sandbox::up("helm-mesh", User::Own, 1)?;
    helm::install(&sandbox)?;
    mesh::apply_bare(&sandbox)?;
    sandbox.sh("kubectl label namespace plain istio.io/dataplane-mode=ambient")?;
    sandbox.until("meshctl ztunnel-config workloads | grep plain | grep HBONE")?;
    sandbox.sh("kubectl label namespace plain istio.io/dataplane-mode-")?;
    helm::uninstall(&sandbox)
}

fn ordinary_user() -> Result<(), Failed> {
    let nobody = Sandbox::none("nobody", User::Ordinary)?;
    let output = nobody.meshctl(&format!("sandbox demo --name {} --rm", nobody.name()))?;
    for expected in [
        "HBONE",
        "TLS records to port 15008",
        "spiffe://cluster.local/ns/shop/sa/till",
        "deny-till",
    ] {
        says(&output, expected)?;
    }
    if nobody.state().exists() {
        return Err("the demo left state behind".into());
    }
    Ok(())
}

/// Acceptance 5: one clear error and the exit code of the specification.
fn bad_input() -> Result<(), Failed> {
    let empty = Sandbox::none("bad-input", User::Own)?;
    fails(
        &empty.try_sh("KUBECONFIG=/does/not/exist meshctl ns list")?,
        1,
        "no cluster to talk to",
    )?;
    fails(
        &empty.try_sh("meshctl sandbox env --name nothing-here")?,
        1,
        "nothing-here",
    )?;
    fails(
        &empty.try_sh("echo '{ not: [a kubeconfig' > $HOME/broken; meshctl -c $HOME/broken ns list")?,
        1,
        "broken",
    )?;
    fails(
        &empty.try_sh("meshctl ztunnel-config workloads -o pictures --file /dev/null")?,
        64,
        "pictures",
    )?;
    fails(
        &empty.try_sh("echo 'not a dump' > $HOME/dump; meshctl ztunnel-config workloads -f $HOME/dump")?,
        65,
        "dump",
    )?;
    fails(&empty.try_sh("meshctl instal")?, 64, "install")?;
    let sandbox = Sandbox::up("bad-input", User::Own, 1)?;
    fails(
        &sandbox.try_sh("meshctl ns enroll no-such-namespace -y")?,
        1,
        "no-such-namespace",
    )?;
    fails(
        &sandbox.try_sh("echo 'spec: [unclosed' > $HOME/bad.yaml; meshctl install -y -f $HOME/bad.yaml")?,
        65,
        "bad.yaml",
    )
}
