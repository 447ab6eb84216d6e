//! The sandbox as a cluster: ordinary objects under the real `kubectl`, as root and as a user without any right,
//! and what is left when it ends, however it ends.

#[path = "harness.rs"]
mod harness;
#[path = "sandbox/life.rs"]
mod life;
#[path = "sandbox/plain.rs"]
mod plain;
#[path = "sandbox/processes.rs"]
mod processes;
#[path = "sandbox/programs.rs"]
mod programs;
#[path = "runbook/shell.rs"]
mod shell;
#[path = "sandbox/stage.rs"]
mod stage;

use harness::Need::{Kubectl, Root, UserNamespaces};
use harness::Suite;
use stage::User;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    for (user, suffix) in [(User::Own, ""), (User::Ordinary, "_for_an_ordinary_user")] {
        let mut needs = vec![UserNamespaces, Kubectl];
        needs.extend((user == User::Ordinary).then_some(Root));
        suite.test(
            &format!("ordinary_objects_work_under_kubectl{suffix}"),
            &needs,
            move || plain::cluster(user),
        );
        suite.test(
            &format!("nothing_outlives_the_death_of_any_part{suffix}"),
            &needs,
            move || life::deaths(user),
        );
    }
    let cluster = [UserNamespaces, Kubectl];
    suite.test(
        "a_node_comes_back_after_a_loss_of_power",
        &cluster,
        life::power_loss,
    );
    suite.test(
        "an_interrupted_start_leaves_nothing",
        &[UserNamespaces],
        life::interrupted,
    );
    suite.test(
        "two_sandboxes_do_not_know_each_other",
        &cluster,
        life::two_at_once,
    );
    suite.test(
        "fifty_pods_on_three_nodes_come_and_go",
        &cluster,
        plain::fifty_pods,
    );
    suite.test(
        "a_machine_without_user_namespaces_is_told_so",
        &[UserNamespaces],
        life::no_user_namespaces,
    );
    suite.run()
}
