//! The product on a real Kubernetes: etcd, API server, kubelets, containerd, on this machine.
//!
//! One cluster for the whole suite, a namespace for each test. Where Go, root or a program of the cluster is missing, the
//! tests are reported ignored with that reason.

#[path = "harness.rs"]
mod harness;
#[path = "runbook/place.rs"]
mod place;
#[path = "cluster/suite.rs"]
mod suite;

use harness::Need::{Kubectl, Other};
use harness::{Need, Suite};
use mesh_cluster::assets::obstacle;
use std::process::ExitCode;
use suite::Shared;

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
    let cluster = Other(obstacle);
    let kubectl = [cluster, Kubectl];
    let tests: [(&str, &[Need], suite::Test); 5] = [
        (
            "network_policies_hold_on_every_node",
            &kubectl,
            suite::network_policies,
        ),
        (
            "a_network_can_be_cut_and_healed",
            &kubectl,
            suite::network_trouble,
        ),
        (
            "pods_services_and_names_work_across_nodes",
            &kubectl,
            suite::pods_and_services,
        ),
        (
            "a_node_without_power_is_missed_and_comes_back",
            &kubectl,
            suite::power_loss,
        ),
        (
            "nothing_is_left_when_the_harness_is_killed",
            &[cluster],
            suite::killed_harness,
        ),
    ];
    for (name, needs, test) in tests {
        let shared = shared.clone();
        suite.test(name, needs, move || test(&shared));
    }
    let ended = suite.run();
    shared.end();
    ended
}
