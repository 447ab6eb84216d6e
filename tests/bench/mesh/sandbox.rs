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
        let mut command = Command::new(MESHCTL);
        command
            .args(words)
            .env("XDG_STATE_HOME", self.home.path().join("state"))
            .env("KUBECONFIG", self.state_file("kubeconfig"))
            .stdin(Stdio::null());
        command
    }

    fn state_file(&self, name: &str) -> PathBuf {
        let state = self.home.path().join("state/meshctl/sandbox");
        state.join(&self.name).join(name)
    }

    /// A file that goes with the sandbox.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Applies objects with kubectl and waits for the Deployments of these namespaces.
    pub(crate) fn apply(&self, objects: &str, namespaces: &[&str]) -> Outcome<()> {
        let path = self.file("objects.yaml");
        std::fs::write(&path, objects)?;
        self.kubectl(&["apply", "-f", &path.display().to_string()])?;
        for namespace in namespaces {
            self.rolled_out(namespace)?;
        }
        Ok(())
    }

    /// Waits for the Deployments of a namespace.
    pub(crate) fn rolled_out(&self, namespace: &str) -> Outcome<()> {
        let words = [
            "rollout",
            "status",
            "deployment",
            "--timeout=120s",
            "-n",
            namespace,
        ];
        self.kubectl(&words).map(drop)
    }

    /// `kubectl`, pointed at the sandbox.
    pub(crate) fn kubectl_command(&self) -> Command {
        let mut command = Command::new("kubectl");
        command
            .env("KUBECONFIG", self.state_file("kubeconfig"))
            .stdin(Stdio::null());
        command
    }

    /// Runs `kubectl WORDS`.
    pub(crate) fn kubectl(&self, words: &[&str]) -> Outcome<String> {
        let output = self.kubectl_command().args(words).output()?;
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
        self.processes(program).into_iter().filter_map(resident).collect()
    }

    /// Every process of this program below the sandbox.
    pub(crate) fn processes(&self, program: &str) -> Vec<i64> {
        let journal: serde_json::Value = std::fs::read(self.state_file("journal.json"))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        let root = journal["root"].as_i64().unwrap_or(-1);
        let pids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i64>().ok());
        pids.filter(|pid| command_name(*pid).as_deref() == Some(program) && descends(*pid, root))
            .collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.command(&["sandbox", "down", "--name", &self.name]).output();
    }
}

/// A file of `/proc` about one process.
pub(crate) fn proc_file(pid: i64, name: &str) -> PathBuf {
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
    status_number(&status, "VmRSS:").map(|kib| kib / 1024.0)
}

/// The number of a line of `/proc/PID/status`.
pub(crate) fn status_number(status: &str, line: &str) -> Option<f64> {
    let line = status.lines().find(|found| found.starts_with(line))?;
    line.split_whitespace().nth(1)?.parse().ok()
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

/// A Service in front of the pods of the Deployment `name`.
pub(crate) fn service(namespace: &str, name: &str, port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  selector:\n    \
         app: {name}\n  ports:\n    - port: {port}\n---\n"
    )
}

/// A Deployment of the load program, on one node if asked.
pub(crate) fn deployment(namespace: &str, name: &str, place: (u32, Option<&str>), role: &[&str]) -> String {
    deployment_as("default", (namespace, name), place, role)
}

/// The same, with a service account.
pub(crate) fn deployment_as(
    account: &str,
    (namespace, name): (&str, &str),
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
         labels:\n        app: {name}\n    spec:\n      serviceAccountName: {account}\n{}      containers:\n        - name: load\n          \
         image: localhost/meshctl/meshctl:{version}\n          args: [sandbox, load, {role}]\n---\n",
        node.unwrap_or_default()
    )
}
