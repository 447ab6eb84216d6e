//! The tests of the suite, and the cluster they share.

use crate::harness::root;
use crate::place::{Place, fails, in_client, says};
use libtest_mimic::Failed;
use mesh_cluster::assets::Assets;
use mesh_cluster::state::StateDir;
use mesh_cluster::{Cluster, Options};
use mesh_sandbox::sniff::Tally;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// One test.
pub(crate) type Test = fn(&Shared) -> Result<(), Failed>;

/// A generous upper bound for anything that settles by itself.
const SETTLES: Duration = Duration::from_mins(2);
/// The argument that makes this program hold a cluster until it is killed.
const HOLDER: &str = "__hold-cluster";

/// The cluster of the whole run, started by the first test that needs it.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Option<Arc<Cluster>>>>);

impl Shared {
    fn shell(&self) -> Result<Shell, Failed> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(Arc::new(start(&format!("test-{}", std::process::id()))?));
        }
        let cluster = slot.as_ref().map(Arc::clone).ok_or("the cluster is gone")?;
        Ok(Shell {
            cluster,
            folder: TempDir::new()?,
        })
    }

    /// Takes the cluster down.
    pub(crate) fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn start(name: &str) -> Result<Cluster, Failed> {
    let begin = Instant::now();
    let mut progress = |text: &str| say(&format!("  {:5.1} s  {text}", begin.elapsed().as_secs_f32()));
    let assets = Assets::prepare(root(), false, &mut progress).map_err(explain)?;
    let options = Options {
        name: name.to_owned(),
        ..Options::default()
    };
    Cluster::start(&options, &assets, &mut progress).map_err(explain)
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for `map_err`")]
fn explain(failure: mesh_cluster::Failure) -> Failed {
    format!("{} ({})", failure.chain(), failure.hint().unwrap_or("no hint")).into()
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The shared cluster, for one test.
struct Shell {
    cluster: Arc<Cluster>,
    folder: TempDir,
}

impl Place for Shell {
    fn command(&self, script: &str) -> Command {
        let inherited = std::env::var("PATH").unwrap_or_default();
        let programs = Path::new(env!("CARGO_BIN_EXE_meshctl"))
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        let mut command = Command::new("bash");
        command
            .args(["-o", "pipefail", "-c", script])
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("PATH", format!("{}:{inherited}", programs.display()))
            .env("HOME", self.folder())
            .current_dir(root())
            .stdin(Stdio::null());
        command
    }

    fn log(&self) -> String {
        self.cluster.state().tail("cluster.log", 10)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn watch_wire(
        &self,
        marker: &str,
        action: &mut dyn FnMut() -> Result<(), Failed>,
    ) -> Result<Tally, Failed> {
        let (done, tally) = self.cluster.watch_wire(marker, action).map_err(explain)?;
        done.map(|()| tally)
    }

    /// Files where an agent may put some, and rules of all but kube-proxy.
    fn node_traces(&self) -> Result<String, Failed> {
        let mut traces = Vec::new();
        for node in [1, 2] {
            for folder in ["/opt/cni/bin", "/etc/cni/net.d", "/run/istio-cni", "/run/ztunnel"] {
                let path = self.cluster.node_file(node, folder).map_err(explain)?;
                for entry in std::fs::read_dir(&path).into_iter().flatten().flatten() {
                    let size = entry.metadata()?.len();
                    let name = entry.file_name().into_string().unwrap_or_default();
                    traces.push(format!("node-{node} {folder}/{name} {size} bytes"));
                }
            }
            let run = |program: &str, arguments: &[&str]| {
                self.cluster
                    .run_in_network(node, program, arguments)
                    .map_err(explain)
            };
            let rules = run("nft", &["list", "tables"])? + &run("ip", &["rule", "list"])?;
            let foreign = rules.lines().filter(|line| !line.contains("kube-proxy"));
            traces.extend(foreign.map(|line| format!("node-{node} {line}")));
        }
        traces.sort();
        Ok(traces.join("\n"))
    }
}

/// A Deployment on each node, reached by name across nodes; logs, exec and top.
pub(crate) fn pods_and_services(shared: &Shared) -> Result<(), Failed> {
    let shell = shared.shell()?;
    let nodes = shell.sh("kubectl get nodes")?;
    for node in ["node-1", "node-2"] {
        says(&nodes, node)?;
    }
    shell.apply_localstack()?;
    shell.until(&in_client("fetch http://localstack.localstack/"))?;
    let mut answer = String::new();
    let seen = shell.watch_wire("in-the-clear", &mut || {
        answer = shell.fetch("http://localstack.localstack/in-the-clear")?;
        Ok(())
    })?;
    if seen.marked == 0 || seen.tls_to_hbone > 0 {
        return Err(format!("without a mesh the wire should show the request: {seen:?}").into());
    }
    let client = shell.sh("kubectl get pod -n shop -l app=till -o jsonpath='{.items[0].status.podIP}'")?;
    says(&answer, "status: 200")?;
    says(&answer, &format!("client: {client}:"))?;
    says(
        &shell.sh("kubectl logs -n localstack deploy/localstack")?,
        "GET /in-the-clear",
    )?;
    let top = shell.until("kubectl top pods -n localstack")?;
    says(&top, "localstack")?;
    says(&shell.sh("kubectl top nodes")?, "node-2")?;
    shell
        .sh("kubectl delete namespace localstack shop --timeout=60s")
        .map(drop)
}

/// The control plane misses a dead node; when it is back, it is ready and its pods run again.
pub(crate) fn power_loss(shared: &Shared) -> Result<(), Failed> {
    let shell = shared.shell()?;
    let image = concat!("localhost/meshctl/meshctl:", env!("CARGO_PKG_VERSION"));
    shell.sh("kubectl create namespace power")?;
    let overrides = r#"{"spec":{"nodeName":"node-2","terminationGracePeriodSeconds":1}}"#;
    shell.sh(&format!(
        "kubectl run -n power web --image={image} --overrides='{overrides}' -- sandbox load serve --port 9000"
    ))?;
    shell.sh("kubectl wait -n power pod/web --for=condition=Ready --timeout=60s")?;
    shell.cluster.kill_node(2).map_err(explain)?;
    shell.sh("kubectl wait node/node-2 --for=condition=Ready=Unknown --timeout=90s")?;
    shell.cluster.restart_node(2).map_err(explain)?;
    shell.sh("kubectl wait node/node-2 --for=condition=Ready --timeout=90s")?;
    shell.until(
        "kubectl get pod web -n power -o jsonpath='{.status.containerStatuses[0].restartCount}' | grep -v '^0'",
    )?;
    shell.sh("kubectl wait -n power pod/web --for=condition=Ready --timeout=60s")?;
    shell.sh("kubectl delete namespace power --timeout=60s").map(drop)
}

/// Policies hold across nodes and on one, in both directions, and let go when they are deleted.
pub(crate) fn network_policies(shared: &Shared) -> Result<(), Failed> {
    let shell = shared.shell()?;
    shell.apply_localstack()?;
    let fetch = in_client("fetch http://localstack.localstack/");
    shell.until(&fetch)?;
    let deny = r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"NAME"},"spec":SPEC}"#;
    let put = |namespace: &str, name: &str, spec: &str| {
        let policy = deny.replace("NAME", name).replace("SPEC", spec);
        shell.sh(&format!("echo '{policy}' | kubectl apply -n {namespace} -f -"))
    };
    let refused = || -> Result<(), Failed> { shell.until(&format!("! {fetch}")).map(drop) };
    put("localstack", "nobody", r#"{"podSelector":{}}"#)?;
    refused()?;
    put(
        "localstack",
        "till",
        r#"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"shop"}}}],"ports":[{"port":"edge"}]}]}"#,
    )?;
    shell.until(&fetch)?;
    says(&shell.node_traces()?, "node-2 table inet network-policy")?;
    put(
        "shop",
        "nowhere",
        r#"{"podSelector":{},"policyTypes":["Egress"]}"#,
    )?;
    refused()?;
    shell.sh("kubectl delete networkpolicy -n shop nowhere")?;
    shell.until(&fetch)?;
    shell
        .sh("kubectl delete namespace localstack shop --timeout=60s")
        .map(drop)
}

/// Two nodes that do not hear each other, then lose packets, then are well again.
pub(crate) fn network_trouble(shared: &Shared) -> Result<(), Failed> {
    let shell = shared.shell()?;
    shell.apply_localstack()?;
    let fetch = in_client("fetch http://localstack.localstack/");
    shell.until(&fetch)?;
    shell.cluster.cut(1, 2).map_err(explain)?;
    // the nodes still talk to the control plane, so the command runs and its request does not arrive
    fails(&shell.try_sh(&fetch)?, 1, "cannot fetch")?;
    shell.cluster.heal().map_err(explain)?;
    shell.until(&fetch)?;
    shell.cluster.lose(100).map_err(explain)?;
    fails(&shell.try_sh(&fetch)?, 1, "cannot fetch")?;
    shell.cluster.heal().map_err(explain)?;
    shell.until(&fetch)?;
    shell
        .sh("kubectl delete namespace localstack shop --timeout=60s")
        .map(drop)
}

/// Holds a cluster until it is killed, when the arguments say so.
pub(crate) fn holder(arguments: &[OsString]) -> Option<ExitCode> {
    if arguments.get(1)? != HOLDER {
        return None;
    }
    let name = arguments.get(2)?.to_str()?;
    match start(name) {
        Ok(cluster) => {
            let _ = writeln!(std::io::stdout(), "up");
            // the pipe to the cluster stays open until this process is killed
            std::mem::forget(cluster);
            loop {
                std::thread::park();
            }
        }
        Err(failed) => {
            say(failed.message().unwrap_or_default());
            Some(ExitCode::FAILURE)
        }
    }
}

/// A harness that is killed takes its cluster along: no process, no mount, no control group, no key.
pub(crate) fn killed_harness(_: &Shared) -> Result<(), Failed> {
    let name = format!("kill-{}", std::process::id());
    let mut harness = Command::new(std::env::current_exe()?)
        .args([HOLDER, &name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let output = harness.stdout.take().ok_or("the harness has no pipe")?;
    BufReader::new(output).read_line(&mut line)?;
    says(&line, "up")?;
    let state = StateDir::of(&name).map_err(explain)?;
    let journal = state.find_journal().ok_or("a running cluster has no journal")?;
    harness.kill()?;
    harness.wait()?;
    let begin = Instant::now();
    while state.is_running() && begin.elapsed() < SETTLES {
        std::thread::sleep(Duration::from_millis(50));
    }
    if state.is_running() {
        return Err("the cluster lives on without its harness".into());
    }
    for process in [journal.watchdog, journal.fabric] {
        let path = PathBuf::from(format!("/proc/{process}"));
        while path.exists() && begin.elapsed() < SETTLES {
            std::thread::sleep(Duration::from_millis(50));
        }
        if path.exists() {
            return Err(format!("process {process} is left").into());
        }
    }
    let mounts = std::fs::read_to_string("/proc/self/mounts")?;
    let groups = find_groups(&name);
    let files = ["kubeconfig", "control.sock", "journal.json"].map(|file| state.file(file).exists());
    let cleaned = Cluster::down(&name).map_err(explain)?;
    if mounts.contains(&name) || !groups.is_empty() || files.contains(&true) || !cleaned {
        return Err(format!("left behind: groups {groups:?}, files {files:?}, mounts:\n{mounts}").into());
    }
    Ok(())
}

fn find_groups(name: &str) -> Vec<PathBuf> {
    let wanted = format!("meshctl-cluster-{name}");
    let root = Path::new("/sys/fs/cgroup");
    let hierarchies = std::fs::read_dir(root).into_iter().flatten().flatten();
    let all = hierarchies.map(|entry| entry.path()).chain([root.to_owned()]);
    all.map(|path| path.join(&wanted))
        .filter(|path| path.exists())
        .collect()
}
