//! A sandbox of a test's own, and shell lines against it.

use libtest_mimic::Failed;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MESHCTL: &str = env!("CARGO_BIN_EXE_meshctl");
/// A generous upper bound for anything that settles by itself.
const SETTLES: Duration = Duration::from_mins(1);
/// The user that owns nothing.
const NOBODY: u32 = 65_534;

/// A sandbox, taken down with the value.
pub(crate) struct Sandbox {
    name: String,
    home: TempDir,
    is_up: bool,
}

impl Sandbox {
    /// A home and a name, and no sandbox.
    pub(crate) fn none(name: &str) -> Result<Self, Failed> {
        let name = format!("test-{name}-{}", std::process::id());
        Ok(Self {
            name,
            home: TempDir::new()?,
            is_up: false,
        })
    }

    /// A running sandbox of two nodes.
    pub(crate) fn up(name: &str) -> Result<Self, Failed> {
        let mut sandbox = Self::none(name)?;
        sandbox.is_up = true;
        sandbox.sh(&format!("meshctl sandbox up --name {} --nodes 2", sandbox.name))?;
        Ok(sandbox)
    }

    /// A running sandbox with the mesh in it.
    pub(crate) fn installed(name: &str) -> Result<Self, Failed> {
        let sandbox = Self::up(name)?;
        sandbox.sh("meshctl install -y")?;
        Ok(sandbox)
    }

    /// The test's own folder.
    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// The demo's server and client, ready.
    pub(crate) fn apply_localstack(&self) -> Result<(), Failed> {
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

    /// Runs a shell line that must succeed, and returns what it printed.
    pub(crate) fn sh(&self, script: &str) -> Result<String, Failed> {
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

    /// Runs a shell line.
    pub(crate) fn try_sh(&self, script: &str) -> Result<Output, Failed> {
        Ok(self.command(script).output()?)
    }

    /// Repeats a shell line until it succeeds.
    pub(crate) fn until(&self, script: &str) -> Result<String, Failed> {
        let begin = Instant::now();
        loop {
            match self.sh(script) {
                Ok(output) => return Ok(output),
                Err(failed) if begin.elapsed() > SETTLES => return Err(failed),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Fetches an address from the client pod.
    pub(crate) fn fetch(&self, url: &str) -> Result<String, Failed> {
        self.sh(&Self::in_client(&format!("fetch {url}")))
    }

    /// Starts a loop of 100 connections a second from the client pod.
    pub(crate) fn start_load(&self, target: &str, seconds: u32) -> Result<Load, Failed> {
        let run = format!("run --target {target} --mode connect --message 64 --rate 100 --seconds {seconds}");
        let mut command = self.command(&Self::in_client(&run));
        Ok(Load(
            command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?,
        ))
    }

    fn in_client(words: &str) -> String {
        format!("kubectl exec -n shop deploy/till -- meshctl sandbox load {words}")
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        let programs = Path::new(MESHCTL)
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        let inherited = std::env::var("PATH").unwrap_or_default();
        command
            .arg("-c")
            .arg(format!("set -o pipefail; {script}"))
            .stdin(Stdio::null());
        command.env("PATH", format!("{}:{inherited}", programs.display()));
        command
            .env("HOME", self.folder())
            .env("XDG_STATE_HOME", self.folder().join("state"));
        command.env("KUBECONFIG", self.kubeconfig());
        command
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder()
            .join("state/meshctl/sandbox")
            .join(&self.name)
            .join("kubeconfig")
    }

    /// The end of the sandbox's own log, for the reader of a failure.
    fn log(&self) -> String {
        let path = self.kubeconfig().with_file_name("sandbox.log");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.is_up {
            let down = format!("meshctl sandbox down --name {}", self.name);
            let _ = self.command(&down).output();
        }
    }
}

/// A load that runs.
pub(crate) struct Load(Child);

impl Load {
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

/// The demo, run by a user without any right, from a copy of the programs that this user may read.
pub(crate) fn demo_as_nobody() -> Result<(String, Option<i32>), Failed> {
    let home = TempDir::new()?;
    let folder = home.path();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    let programs = Path::new(MESHCTL).parent().ok_or("meshctl has no folder")?;
    for program in ["meshctl", "mesh-control", "mesh-proxy", "mesh-node", "mesh-cni"] {
        std::fs::copy(programs.join(program), folder.join(program))?;
    }
    let own = folder.join("home");
    std::fs::create_dir(&own)?;
    chown(&own, Some(NOBODY), Some(NOBODY))?;
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]);
    command
        .arg(folder.join("meshctl"))
        .args(["sandbox", "demo", "--name", "nobody", "--rm"]);
    command
        .env_clear()
        .env("HOME", &own)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(&own)
        .stdin(Stdio::null());
    let output = command.output()?;
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok((text, output.status.code()))
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
