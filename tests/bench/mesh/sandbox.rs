//! A sandbox of the benchmark's own.

use crate::programs::MESHCTL;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// What a step of the benchmark ends with.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A sandbox, taken down with the value.
pub(crate) struct Sandbox {
    name: String,
    home: TempDir,
}

impl Sandbox {
    /// A running sandbox of two nodes.
    pub(crate) fn up() -> Outcome<Self> {
        let sandbox = Self {
            name: format!("bench-{}", std::process::id()),
            home: TempDir::new()?,
        };
        sandbox.meshctl(&["sandbox", "up", "--name", &sandbox.name, "--nodes", "2"])?;
        Ok(sandbox)
    }

    /// Runs `meshctl WORDS` against it.
    pub(crate) fn meshctl(&self, words: &[&str]) -> Outcome<String> {
        let output = self.command(words).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        Err(format!(
            "`meshctl {}`: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )
        .into())
    }

    fn command(&self, words: &[&str]) -> Command {
        let state = self.home.path().join("state");
        let mut command = Command::new(MESHCTL);
        command
            .args(words)
            .env("XDG_STATE_HOME", &state)
            .stdin(Stdio::null());
        command.env(
            "KUBECONFIG",
            state.join("meshctl/sandbox").join(&self.name).join("kubeconfig"),
        );
        command
    }

    /// Applies objects with kubectl and waits for their Deployments.
    pub(crate) fn apply(&self, objects: &str) -> Outcome<()> {
        let path = self.home.path().join("objects.yaml");
        std::fs::write(&path, objects)?;
        self.kubectl(&["apply", "-f", &path.display().to_string()])?;
        for namespace in ["many", "bare", "meshed"] {
            if objects.contains(&format!("name: {namespace}")) {
                self.kubectl(&[
                    "rollout",
                    "status",
                    "deployment",
                    "-n",
                    namespace,
                    "--timeout=120s",
                ])?;
            }
        }
        Ok(())
    }

    fn kubectl(&self, words: &[&str]) -> Outcome<String> {
        let mut command = Command::new("kubectl");
        let state = self.home.path().join("state/meshctl/sandbox").join(&self.name);
        let output = command
            .args(words)
            .env("KUBECONFIG", state.join("kubeconfig"))
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!(
            "`kubectl {}`: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )
        .into())
    }

    /// Runs the load program in a client pod and returns its JSON report.
    pub(crate) fn load(&self, namespace: &str, words: &[&str]) -> Outcome<serde_json::Value> {
        let exec = [
            "exec",
            "-n",
            namespace,
            "deploy/client",
            "--",
            "meshctl",
            "sandbox",
            "load",
            "run",
        ];
        let words: Vec<&str> = exec.into_iter().chain(words.iter().copied()).collect();
        Ok(serde_json::from_str(&self.kubectl(&words)?)?)
    }

    /// Resident memory of every process of this program below the sandbox, in MiB.
    pub(crate) fn resident_mib(&self, program: &str) -> Vec<f64> {
        let journal = self
            .home
            .path()
            .join("state/meshctl/sandbox")
            .join(&self.name)
            .join("journal.json");
        let journal: serde_json::Value = std::fs::read(journal)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        let root = journal["root"].as_i64().unwrap_or(-1);
        let pids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i64>().ok());
        let ours = pids.filter(|pid| command_name(*pid).as_deref() == Some(program) && descends(*pid, root));
        ours.filter_map(resident).collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.command(&["sandbox", "down", "--name", &self.name]).output();
    }
}

fn proc_file(pid: i64, name: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(name)
}

fn command_name(pid: i64) -> Option<String> {
    let program = std::fs::read(proc_file(pid, "cmdline")).ok()?;
    let program = String::from_utf8_lossy(program.split(|byte| *byte == 0).next()?).into_owned();
    let link = std::fs::read_link(proc_file(pid, "exe")).ok()?;
    let name = link.file_name()?.to_str()?.to_owned();
    // inside an image the program goes by upstream's name
    Some(match program.rsplit('/').next()? {
        "pilot-discovery" => "mesh-control".to_owned(),
        "install-cni" => "mesh-node".to_owned(),
        "ztunnel" => "mesh-proxy".to_owned(),
        _ => name,
    })
}

fn descends(pid: i64, root: i64) -> bool {
    let mut current = pid;
    while current > 1 {
        if current == root {
            return true;
        }
        let Ok(stat) = std::fs::read_to_string(proc_file(current, "stat")) else {
            return false;
        };
        let parent = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        current = parent.unwrap_or(0);
    }
    false
}

fn resident(pid: i64) -> Option<f64> {
    let status = std::fs::read_to_string(proc_file(pid, "status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<f64>()
        .ok()
        .map(|kib| kib / 1024.0)
}

/// Gives servers the time after which they count as idle.
pub(crate) fn settle() {
    std::thread::sleep(Duration::from_secs(10));
}

/// A namespace with twenty pods.
pub(crate) fn twenty_pods() -> String {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: many\n---\n";
    namespace.to_owned() + &deployment("many", "web", (20, None), &["serve", "--port", "9000"])
}

/// A Deployment of the load program, on one node if asked.
pub(crate) fn deployment(
    namespace: &str,
    name: &str,
    (replicas, node): (u32, Option<&str>),
    role: &[&str],
) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let node = node.map(|node| format!("      nodeSelector:\n        kubernetes.io/hostname: {node}\n"));
    let role = role
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  \
         replicas: {replicas}\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      \
         labels:\n        app: {name}\n    spec:\n{}      containers:\n        - name: load\n          \
         image: localhost/meshctl/meshctl:{version}\n          args: [sandbox, load, {role}]\n---\n",
        node.unwrap_or_default()
    )
}
