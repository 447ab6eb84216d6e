//! Where the runbook is done: a cluster, and shell lines against it.

use libtest_mimic::Failed;
use mesh_sandbox::sniff::Tally;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A generous upper bound for anything that settles by itself.
const SETTLES: Duration = Duration::from_mins(1);

/// A cluster, whichever runs it.
pub(crate) trait Place {
    /// A shell line with the built programs and the cluster at hand.
    fn command(&self, script: &str) -> Command;

    /// What the cluster itself logged last, for the reader of a failure.
    fn log(&self) -> String;

    /// A folder of the test's own.
    fn folder(&self) -> &Path;

    /// What travels between the nodes while `action` runs, and how often the marker is readable in it.
    fn watch_wire(
        &self,
        marker: &str,
        action: &mut dyn FnMut() -> Result<(), Failed>,
    ) -> Result<Tally, Failed>;

    /// Files and rules on the nodes that a mesh may have put there; empty where these cannot be looked at.
    fn node_traces(&self) -> Result<String, Failed>;

    /// Runs a shell line.
    fn try_sh(&self, script: &str) -> Result<Output, Failed> {
        Ok(self.command(script).output()?)
    }

    /// Runs a shell line that must succeed, and returns what it printed.
    fn sh(&self, script: &str) -> Result<String, Failed> {
        let output = self.try_sh(script)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "`{script}` ended with {}\n{text}{errors}\n{}",
            output.status,
            self.log()
        )
        .into())
    }

    /// Repeats a shell line until it succeeds.
    fn until(&self, script: &str) -> Result<String, Failed> {
        let begin = Instant::now();
        loop {
            match self.sh(script) {
                Ok(output) => return Ok(output),
                Err(failed) if begin.elapsed() > SETTLES => return Err(failed),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// The demo's server and client, ready.
    fn apply_localstack(&self) -> Result<(), Failed> {
        let text = include_str!("../../manifests/examples/localstack.yaml");
        let path = self.folder().join("localstack.yaml");
        std::fs::write(
            &path,
            text.replace(":0.1.0", concat!(":", env!("CARGO_PKG_VERSION"))),
        )?;
        self.sh(&format!("kubectl apply -f {}", path.display()))?;
        self.sh("kubectl rollout status deployment/localstack -n localstack --timeout=60s")?;
        self.sh("kubectl rollout status deployment/till -n shop --timeout=60s")
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

/// The text must hold the words.
pub(crate) fn says(text: &str, words: &str) -> Result<(), Failed> {
    if text.contains(words) {
        Ok(())
    } else {
        Err(format!("`{words}` is not in:\n{text}").into())
    }
}

/// The command must have ended with this code and one error that names the subject.
pub(crate) fn fails(output: &Output, code: i32, subject: &str) -> Result<(), Failed> {
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(code) {
        return Err(format!("ended with {:?}, not {code}:\n{errors}", output.status.code()).into());
    }
    says(&errors, subject)
}
