//! What the demo's steps stand on: the sandbox, this program as a command, and the terminal.

use super::evidence::{Access, Seen};
use crate::cluster::Cluster;
use crate::config::Environment;
use crate::context::{Context, Globals};
use crate::exit::Failure;
use clap::Parser;
use mesh_sandbox::sniff::Tally;
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long an object may take to become what a step waits for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a step looks again.
const PAUSE: Duration = Duration::from_millis(50);

/// The global flags alone, for a context of our own.
#[derive(Parser)]
struct Bare {
    #[command(flatten)]
    globals: Globals,
}

/// The sandbox under the demo.
pub(super) struct Stage {
    me: PathBuf,
    name: String,
    kubeconfig: PathBuf,
    cluster: Option<(Runtime, Cluster)>,
    steps: usize,
    begin: Instant,
}

impl Stage {
    pub(super) fn new(me: &Path, name: &str) -> Self {
        let (me, name) = (me.to_owned(), name.to_owned());
        Self {
            me,
            name,
            kubeconfig: PathBuf::new(),
            cluster: None,
            steps: 0,
            begin: Instant::now(),
        }
    }

    /// Runs one step, with its number before and its time after.
    pub(super) fn step(
        &mut self,
        title: &str,
        body: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.steps += 1;
        let begin = Instant::now();
        self.say(&format!("\n{}. {title}", self.steps));
        body(self).map_err(|failure| Failure {
            message: format!("{title}: {}", failure.message),
            ..failure
        })?;
        self.say(&format!("   ({:.1} s)", begin.elapsed().as_secs_f64()));
        Ok(())
    }

    /// A line of the demo. A reader who went away is noticed by the command that prints next.
    #[expect(clippy::unused_self, reason = "reads as what it is: the stage speaks")]
    pub(super) fn say(&self, line: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    /// Runs `meshctl WORDS` against the sandbox and returns its output; shown as it would be typed, with its progress.
    pub(super) fn meshctl(&self, words: &[&str]) -> Result<String, Failure> {
        self.say(&format!("   $ meshctl {}", words.join(" ")));
        let failed = || format!("`meshctl {}` failed", words.join(" "));
        let broken = |error: &std::io::Error| Failure::new(failed()).caused_by(error);
        let mut command = self.command(words);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| broken(&error))?;
        let (progress, output) = (child.stderr.take(), child.stdout.take());
        let (told, text) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| output.map_or(Ok(String::new()), std::io::read_to_string));
            let lines = progress.map(BufReader::new).into_iter().flat_map(BufRead::lines);
            let told: Vec<String> = lines
                .map_while(Result::ok)
                .inspect(|line| self.say(&format!("   {line}")))
                .collect();
            (told, reader.join())
        });
        let status = child.wait().map_err(|error| broken(&error))?;
        if !status.success() {
            return Err(Failure::new(failed()).because(told.join("\n")));
        }
        match text {
            Ok(text) => text.map_err(|error| broken(&error)),
            Err(_) => Err(Failure::new(failed()).because("its output could not be read")),
        }
    }

    /// Runs a command and shows what it prints.
    pub(super) fn show(&self, words: &[&str]) -> Result<(), Failure> {
        let output = self.meshctl(words)?;
        output.lines().for_each(|line| self.say(&format!("   {line}")));
        Ok(())
    }

    /// The workload table, only the demo's own rows.
    pub(super) fn table(&self) -> Result<(), Failure> {
        let table = self.meshctl(&["ztunnel-config", "workloads"])?;
        let is_ours = |line: &&str| {
            ["NAMESPACE", "localstack", "shop"]
                .iter()
                .any(|first| line.starts_with(first))
        };
        table
            .lines()
            .filter(is_ours)
            .for_each(|line| self.say(&format!("   {line}")));
        Ok(())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.me);
        command
            .args(words)
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null());
        command
    }

    fn quietly(&self, words: &[&str]) -> Result<Output, Failure> {
        let failed = || format!("`meshctl {}` failed", words.join(" "));
        let output = self
            .command(words)
            .output()
            .map_err(|error| Failure::new(failed()).caused_by(&error))?;
        if output.status.success() {
            return Ok(output);
        }
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Failure::new(failed()).because(text))
    }

    /// Points everything after it at the sandbox that is up now.
    pub(super) fn connect(&mut self) -> Result<(), Failure> {
        let state =
            mesh_sandbox::state::StateDir::of(&self.name).map_err(|error| Failure::new(error.chain()))?;
        self.kubeconfig = state.kubeconfig();
        let bare = Bare::parse_from([
            OsStr::new("meshctl"),
            OsStr::new("--kubeconfig"),
            self.kubeconfig.as_os_str(),
        ]);
        let context = Context::new(bare.globals, Environment::read());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failure::new("cannot start the runtime").caused_by(&error))?;
        let cluster = runtime.block_on(Cluster::connect(&context))?;
        self.cluster = Some((runtime, cluster));
        Ok(())
    }

    /// Whether the sandbox was brought up.
    pub(super) fn is_up(&self) -> bool {
        self.cluster.is_some()
    }

    fn with_cluster<T>(&self, ask: impl AsyncFnOnce(&Cluster) -> Result<T, Failure>) -> Result<T, Failure> {
        let (runtime, cluster) = self
            .cluster
            .as_ref()
            .ok_or_else(|| Failure::new("the sandbox is not up"))?;
        runtime.block_on(ask(cluster))
    }

    /// Applies the objects of a YAML text, server-side.
    pub(super) fn apply(&self, text: &str) -> Result<(), Failure> {
        let text = text.replace(":0.1.0", concat!(":", env!("CARGO_PKG_VERSION")));
        let objects: Vec<Value> = crate::yaml::all_from_str(&text)
            .map_err(|error| Failure::new("cannot read the demo's objects").caused_by(&error))?;
        self.with_cluster(async |cluster| {
            for object in &objects {
                let (kind, name) = (&object["kind"], &object["metadata"]["name"]);
                self.say(&format!("   {} {}", text_of(kind), text_of(name)));
                let path = cluster.fetch_path(object).await?;
                let path = format!("{path}?fieldManager=meshctl-demo&force=true");
                let body = ("application/apply-patch+yaml", object);
                cluster
                    .send(&format!("cannot apply {kind} {name}"), "PATCH", &path, body)
                    .await?;
            }
            Ok(())
        })
    }

    /// Waits until each Deployment (namespace, name) has its replicas ready.
    pub(super) fn wait_ready(&self, deployments: &[(&str, &str)]) -> Result<(), Failure> {
        for (namespace, name) in deployments {
            let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
            wait(&format!("deployment {namespace}/{name} to be ready"), || {
                let found = self.with_cluster(async |cluster| cluster.get(&path).await)?;
                let ready = found.and_then(|found| found["status"]["readyReplicas"].as_i64());
                Ok((ready >= Some(1)).then_some(()))
            })?;
        }
        Ok(())
    }

    fn fetch(&self, url: &str) -> Result<String, Failure> {
        let pod = self.client_pod()?;
        let words = [
            "sandbox", "exec", "--name", &self.name, &pod, "--", "meshctl", "sandbox", "load", "fetch", url,
        ];
        self.quietly(&words)
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The client's pod as `NAMESPACE/NAME`.
    fn client_pod(&self) -> Result<String, Failure> {
        let pods = self.with_cluster(async |cluster| cluster.list("/api/v1/namespaces/shop/pods").await)?;
        let running = pods.iter().find(|pod| pod["status"]["phase"] == "Running");
        let name = running.map(|pod| text_of(&pod["metadata"]["name"]));
        name.map(|name| format!("shop/{name}"))
            .ok_or_else(|| Failure::new("the client has no running pod"))
    }

    /// Sends `times` requests from the client pod and returns what the last one showed.
    pub(super) fn request(&self, url: &str, times: usize) -> Result<Seen, Failure> {
        self.say(&format!("   from the pod of shop/till: {times} × GET {url}"));
        let mut seen = None;
        for _ in 0..times {
            let output = self.fetch(url)?;
            seen = Seen::read(&output);
        }
        seen.ok_or_else(|| Failure::new("the server's answer does not say whom it saw"))
    }

    /// Asks until the request is refused, and returns how the client was told.
    pub(super) fn wait_refused(&self, url: &str) -> Result<String, Failure> {
        wait("the policy to be enforced", || match self.fetch(url) {
            Ok(_) => Ok(None),
            Err(refused) => Ok(Some(refused.causes.join(" ").replace('\n', " "))),
        })
    }

    /// The newest access line of any node proxy in this direction that `fits`.
    pub(super) fn find_access(
        &self,
        direction: &str,
        fits: impl Fn(&Access) -> bool,
    ) -> Result<Access, Failure> {
        wait("the node proxies' access log", || {
            let lines = self.proxy_logs()?;
            let accesses = lines.lines().rev().filter_map(Access::read);
            Ok(accesses
                .into_iter()
                .find(|access| access.direction == direction && fits(access)))
        })
    }

    fn proxy_logs(&self) -> Result<String, Failure> {
        let namespace = mesh_wire::well_known::name::SYSTEM_NAMESPACE;
        self.with_cluster(async |cluster| {
            let path = format!("/api/v1/namespaces/{namespace}/pods?labelSelector=app%3Dztunnel");
            let mut logs = String::new();
            for pod in cluster.list(&path).await? {
                let name = text_of(&pod["metadata"]["name"]);
                let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/log?tailLines=20");
                let request = http::Request::get(path).body(Vec::new());
                let request =
                    request.map_err(|error| Failure::new("cannot ask for a log").caused_by(&error))?;
                // a proxy that just started has no log yet; the caller looks again
                logs.push_str(&cluster.client().request_text(request).await.unwrap_or_default());
            }
            Ok(logs)
        })
    }

    /// Starts to watch the links of the sandbox for `marker`.
    pub(super) fn sniff(&self, marker: &str) -> Result<Sniffer, Failure> {
        let failed =
            |error: &std::io::Error| Failure::new("cannot watch the link between the nodes").caused_by(error);
        let mut command = self.command(&["sandbox", "sniff", "--name", &self.name, "--marker", marker]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("the watcher has no output"))?;
        let mut output = BufReader::new(output);
        let mut ready = String::new();
        output.read_line(&mut ready).map_err(|error| failed(&error))?;
        if ready.trim() != "ready" {
            let _ = child.wait();
            return Err(Failure::new("cannot watch the link between the nodes"));
        }
        Ok(Sniffer { child, output })
    }

    /// What to try next.
    pub(super) fn finish(&self) {
        let name = &self.name;
        self.say(&format!(
            "\nAll of it took {:.1} s. The sandbox stays up; try:\n\n  \
             eval \"$(meshctl sandbox env --name {name})\"      # kubectl, helm and meshctl now talk to it\n  \
             kubectl get pods -A -o wide\n  \
             kubectl logs -n istio-system -l app=ztunnel --tail=5\n  \
             kubectl delete authorizationpolicy -n localstack deny-till\n  \
             meshctl ztunnel-config policies\n  \
             meshctl ns unenroll shop -y\n  \
             meshctl sandbox down --name {name}          # and nothing is left",
            self.begin.elapsed().as_secs_f64()
        ));
    }
}

/// Looks again and again until something is there.
fn wait<T>(what: &str, mut look: impl FnMut() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if begin.elapsed() > PATIENCE {
            return Err(Failure::timed_out(format!(
                "waited {} s for {what}",
                PATIENCE.as_secs()
            )));
        }
        std::thread::sleep(PAUSE);
    }
}

/// A watch that runs.
pub(super) struct Sniffer {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Sniffer {
    /// Ends the watch and reads its count.
    pub(super) fn stop(mut self) -> Result<Tally, Failure> {
        drop(self.child.stdin.take());
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        let _ = self.child.wait();
        read.map_err(|error| Failure::new("cannot read what the watcher saw").caused_by(&error))?;
        serde_json::from_str(&line)
            .map_err(|error| Failure::new("cannot read what the watcher saw").caused_by(&error))
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
