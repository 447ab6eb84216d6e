//! The mesh in a sandbox, and traffic through it.

use crate::stage::{Sandbox, User};
use libtest_mimic::Failed;
use std::io::Read;
use std::process::{Child, Stdio};

/// A running sandbox of two nodes with the mesh in it.
pub(crate) fn installed(name: &str) -> Result<Sandbox, Failed> {
    let sandbox = Sandbox::up(name, User::Own, 2)?;
    sandbox.sh("meshctl install -y")?;
    Ok(sandbox)
}

/// The demo's server and client, ready.
pub(crate) fn apply_localstack(sandbox: &Sandbox) -> Result<(), Failed> {
    let objects = include_str!("../../manifests/examples/localstack.yaml");
    sandbox.apply("localstack", objects)?;
    sandbox.sh("kubectl rollout status deployment/localstack -n localstack --timeout=60s")?;
    sandbox
        .sh("kubectl rollout status deployment/till -n shop --timeout=60s")
        .map(drop)
}

/// A namespace with one pod that nobody here knows.
pub(crate) fn apply_bare(sandbox: &Sandbox) -> Result<(), Failed> {
    sandbox.sh("kubectl create namespace plain")?;
    sandbox.sh("kubectl create deployment web -n plain --image=nginx --port=80")?;
    sandbox
        .sh("kubectl rollout status deployment/web -n plain --timeout=60s")
        .map(drop)
}

/// Fetches an address from the client pod.
pub(crate) fn fetch(sandbox: &Sandbox, url: &str) -> Result<String, Failed> {
    sandbox.sh(&in_client(&format!("fetch {url}")))
}

fn in_client(words: &str) -> String {
    format!("kubectl exec -n shop deploy/till -- meshctl sandbox load {words}")
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
