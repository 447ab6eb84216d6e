//! Where the runbook is done: a sandbox or a real Kubernetes. The steps know no more of it than this.

use crate::shell::Shell;
use libtest_mimic::Failed;
use mesh_sandbox::sniff::Tally;

/// A cluster of two nodes, whichever runs it.
pub(crate) trait Place: Shell {
    /// What travels between the nodes while `action` runs, and how often the marker is readable in it.
    fn watch_wire(
        &self,
        marker: &str,
        action: &mut dyn FnMut() -> Result<(), Failed>,
    ) -> Result<Tally, Failed>;

    /// The process below which all of the cluster runs, as the machine counts them.
    fn root_process(&self) -> Result<i32, Failed>;

    /// The demo's server and client, ready.
    fn apply_localstack(&self) -> Result<(), Failed> {
        self.apply(
            "localstack",
            include_str!("../../manifests/examples/localstack.yaml"),
        )?;
        self.sh("kubectl rollout status deployment/localstack -n localstack --timeout=120s")?;
        self.sh("kubectl rollout status deployment/till -n shop --timeout=120s")
            .map(drop)
    }

    /// Fetches an address from the client pod.
    fn fetch(&self, url: &str) -> Result<String, Failed> {
        self.sh(&in_client(&format!("fetch {url}")))
    }
}

/// The shell line that runs our load program in the client pod.
pub(crate) fn in_client(words: &str) -> String {
    format!("kubectl exec -n shop deploy/till -- meshctl sandbox load {words}")
}
