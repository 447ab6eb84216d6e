//! The product on a real Kubernetes: etcd, API server, kubelets, containerd, on this machine.
//!
//! One cluster for the whole suite, a namespace for each test. Where Go, root or a program of the cluster is missing, the
//! tests are reported ignored with that reason.

#[path = "harness.rs"]
mod harness;
#[path = "runbook/helm.rs"]
mod helm;
#[path = "cluster/mesh.rs"]
mod mesh;
#[path = "runbook/place.rs"]
mod place;
#[path = "sandbox/processes.rs"]
mod processes;
#[path = "runbook/shell.rs"]
mod shell;
#[path = "runbook/steps.rs"]
mod steps;
#[path = "cluster/suite.rs"]
mod suite;
#[path = "runbook/traces.rs"]
mod traces;

use harness::Need::{Helm, Kubectl, Other};
use harness::{Need, Suite};
use mesh_cluster::assets::obstacle;
use std::process::ExitCode;
use suite::Shared;

const CLUSTER: Need = Other(obstacle);
const KUBECTL: [Need; 2] = [CLUSTER, Kubectl];
const MESHED: [Need; 3] = [CLUSTER, Kubectl, Helm];
/// Name, needs, body.
const TESTS: [(&str, &[Need], suite::Test); 10] = [
    (
        "an_operators_runbook_works_word_for_word",
        &KUBECTL,
        suite::runbook,
    ),
    (
        "network_policies_hold_on_every_node",
        &KUBECTL,
        suite::network_policies,
    ),
    (
        "a_network_can_be_cut_and_healed",
        &KUBECTL,
        suite::network_trouble,
    ),
    (
        "pods_services_and_names_work_across_nodes",
        &KUBECTL,
        suite::pods_and_services,
    ),
    (
        "a_node_without_power_comes_back_with_its_pods_captured",
        &MESHED,
        mesh::power_loss,
    ),
    (
        "flushed_rules_and_a_lost_agent_are_noticed_and_mended",
        &MESHED,
        mesh::flush_and_restart,
    ),
    (
        "a_real_helm_installs_the_mesh_and_removes_it",
        &MESHED,
        mesh::by_helm,
    ),
    (
        "both_families_of_a_dual_stack_cluster_are_tunnelled",
        &KUBECTL,
        mesh::dual_stack,
    ),
    (
        "nothing_is_left_when_a_start_is_interrupted",
        &[CLUSTER],
        suite::interrupted_start,
    ),
    (
        "nothing_is_left_when_the_harness_is_killed",
        &[CLUSTER],
        suite::killed_harness,
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = mesh_cluster::role::run(&arguments) {
        return code;
    }
    if let Some(code) = suite::holder(&arguments) {
        return code;
    }
    let shared = Shared::default();
    let mut suite = Suite::default();
    for (name, needs, test) in TESTS {
        let shared = shared.clone();
        suite.test(name, needs, move || test(&shared));
    }
    let ended = suite.run();
    shared.end();
    ended
}
