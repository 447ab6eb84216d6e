//! The mesh in a sandbox, and traffic through it.

use crate::place::{Place, in_client};
use crate::shell::Shell;
use crate::stage::{Sandbox, User};
use libtest_mimic::Failed;
use mesh_sandbox::sniff::Tally;
use mesh_sandbox::state::Journal;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

/// A running sandbox of two nodes with the mesh in it.
pub(crate) fn installed(name: &str) -> Result<Sandbox, Failed> {
    let sandbox = Sandbox::up(name, User::Own, 2)?;
    sandbox.sh("meshctl install -y")?;
    Ok(sandbox)
}

/// A namespace with one pod that nobody here knows.
pub(crate) fn apply_bare(sandbox: &Sandbox) -> Result<(), Failed> {
    sandbox.sh("kubectl create namespace plain")?;
    sandbox.sh("kubectl create deployment web -n plain --image=nginx --port=80")?;
    sandbox
        .sh("kubectl rollout status deployment/web -n plain --timeout=60s")
        .map(drop)
}

impl Place for Sandbox {
    fn watch_wire(
        &self,
        marker: &str,
        action: &mut dyn FnMut() -> Result<(), Failed>,
    ) -> Result<Tally, Failed> {
        let words = format!(
            "exec meshctl sandbox sniff --name {} --marker {marker}",
            self.name()
        );
        let mut watcher = self
            .as_user(&words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(watcher.stdout.take().ok_or("the watcher has no output")?).lines();
        let ready = output.next().transpose()?;
        let done = if ready.as_deref() == Some("ready") {
            action()
        } else {
            Err(format!("the watcher said {ready:?}").into())
        };
        drop(watcher.stdin.take());
        let report = output.next().transpose()?.unwrap_or_default();
        watcher.wait()?;
        done?;
        Ok(serde_json::from_str(&report)?)
    }

    fn root_process(&self) -> Result<i32, Failed> {
        let journal: Journal = serde_json::from_slice(&std::fs::read(self.state_file("journal.json"))?)?;
        Ok(journal.root)
    }
}

/// A load that runs.
pub(crate) struct Load(Child);

impl Load {
    /// Starts a loop of 100 connections a second from the client pod.
    pub(crate) fn start(sandbox: &Sandbox, target: &str, seconds: u32) -> Result<Self, Failed> {
        let run = format!("run --target {target} --mode connect --message 64 --rate 100 --seconds {seconds}");
        let mut command = sandbox.command(&in_client(&run));
        Ok(Self(
            command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?,
        ))
    }

    /// Waits for its end and returns its report.
    pub(crate) fn report(mut self) -> Result<String, Failed> {
        let mut text = String::new();
        if let Some(mut output) = self.0.stdout.take() {
            output.read_to_string(&mut text)?;
        }
        let status = self.0.wait()?;
        if status.success() {
            Ok(text)
        } else {
            Err(format!("the load ended with {status}: {text}").into())
        }
    }
}
