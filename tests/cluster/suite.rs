//! The tests of the suite, and the cluster they share.

use crate::harness::root;
use crate::place::{Place, in_client};
use crate::shell::{Shell, fails, says};
use crate::{helm, steps};
use libtest_mimic::Failed;
use mesh_cluster::assets::Assets;
use mesh_cluster::state;
use mesh_cluster::{Cluster, Options};
use mesh_sandbox::sniff::Tally;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
pub(crate) struct Shared(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cluster: Option<Arc<Cluster>>,
    has_mesh: bool,
}

impl Shared {
    /// The cluster as it is.
    pub(crate) fn visit(&self) -> Result<Visit, Failed> {
        self.lock().visit()
    }

    /// The cluster without the mesh.
    pub(crate) fn bare(&self) -> Result<Visit, Failed> {
        let mut state = self.lock();
        let visit = state.visit()?;
        if std::mem::take(&mut state.has_mesh) {
            helm::uninstall(&visit)?;
        }
        Ok(visit)
    }

    /// The cluster with the mesh, which helm has installed.
    pub(crate) fn meshed(&self) -> Result<Visit, Failed> {
        let mut state = self.lock();
        let visit = state.visit()?;
        if !state.has_mesh {
            helm::install(&visit)?;
            state.has_mesh = true;
        }
        Ok(visit)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the cluster down.
    pub(crate) fn end(&self) {
        self.lock().cluster.take();
    }
}

impl State {
    fn visit(&mut self) -> Result<Visit, Failed> {
        let cluster = match &self.cluster {
            Some(cluster) => Arc::clone(cluster),
            None => Arc::clone(
                self.cluster
                    .insert(Arc::new(start(&format!("test-{}", std::process::id()), false)?)),
            ),
        };
        Ok(Visit {
            cluster,
            folder: TempDir::new()?,
        })
    }
}

fn start(name: &str, is_dual: bool) -> Result<Cluster, Failed> {
    let begin = Instant::now();
    let mut progress = |text: &str| say(&format!("  {:5.1} s  {text}", begin.elapsed().as_secs_f32()));
    let assets = Assets::prepare(root(), false, &mut progress).map_err(explain)?;
    let options = Options {
        name: name.to_owned(),
        is_dual,
        ..Options::default()
    };
    Cluster::start(&options, &assets, &mut progress).map_err(explain)
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for `map_err`")]
pub(crate) fn explain(failure: mesh_cluster::Failure) -> Failed {
    format!("{} ({})", failure.chain(), failure.hint().unwrap_or("no hint")).into()
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The shared cluster, for one test.
pub(crate) struct Visit {
    pub(crate) cluster: Arc<Cluster>,
    folder: TempDir,
}

impl Visit {
    /// A cluster with IPv4 and IPv6, for this test alone.
    pub(crate) fn dual() -> Result<Self, Failed> {
        let cluster = start(&format!("dual-{}", std::process::id()), true)?;
        Ok(Self {
            cluster: Arc::new(cluster),
            folder: TempDir::new()?,
        })
    }
}

impl Shell for Visit {
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
        self.cluster.state().last_lines(10)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Place for Visit {
    fn watch_wire(
        &self,
        marker: &str,
        action: &mut dyn FnMut() -> Result<(), Failed>,
    ) -> Result<Tally, Failed> {
        let (done, tally) = self.cluster.watch_wire(marker, action).map_err(explain)?;
        done.map(|()| tally)
    }

    fn root_process(&self) -> Result<i32, Failed> {
        let journal = self.cluster.state().find_journal();
        Ok(journal.ok_or("the cluster has no journal")?.root)
    }
}

/// The operator's runbook: the same steps as on the sandbox.
pub(crate) fn runbook(shared: &Shared) -> Result<(), Failed> {
    steps::runbook(&shared.bare()?)
}

/// A Deployment on each node, reached by name across nodes; logs, exec and top.
pub(crate) fn pods_and_services(shared: &Shared) -> Result<(), Failed> {
    let visit = shared.visit()?;
    let nodes = visit.sh("kubectl get nodes")?;
    for node in ["node-1", "node-2"] {
        says(&nodes, node)?;
    }
    visit.apply_localstack()?;
    visit.until(&in_client("fetch http://localstack.localstack/"))?;
    let mut answer = String::new();
    let seen = visit.watch_wire("in-the-clear", &mut || {
        answer = visit.fetch("http://localstack.localstack/in-the-clear")?;
        Ok(())
    })?;
    if seen.marked == 0 || seen.tls_to_hbone > 0 {
        return Err(format!("without a mesh the wire should show the request: {seen:?}").into());
    }
    let client = visit.sh("kubectl get pod -n shop -l app=till -o jsonpath='{.items[0].status.podIP}'")?;
    says(&answer, "status: 200")?;
    says(&answer, &format!("client: {client}:"))?;
    says(
        &visit.sh("kubectl logs -n localstack deploy/localstack")?,
        "GET /in-the-clear",
    )?;
    let top = visit.until("kubectl top pods -n localstack")?;
    says(&top, "localstack")?;
    says(&visit.sh("kubectl top nodes")?, "node-2")?;
    visit
        .sh("kubectl delete namespace localstack shop --timeout=60s")
        .map(drop)
}

/// Policies hold across nodes and on one, in both directions, and let go when they are deleted.
pub(crate) fn network_policies(shared: &Shared) -> Result<(), Failed> {
    let visit = shared.visit()?;
    visit.apply_localstack()?;
    let fetch = in_client("fetch http://localstack.localstack/");
    visit.until(&fetch)?;
    let deny = r#"{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"NAME"},"spec":SPEC}"#;
    let put = |namespace: &str, name: &str, spec: &str| {
        let policy = deny.replace("NAME", name).replace("SPEC", spec);
        visit.sh(&format!("echo '{policy}' | kubectl apply -n {namespace} -f -"))
    };
    let refused = || -> Result<(), Failed> { visit.until(&format!("! {fetch}")).map(drop) };
    put("localstack", "nobody", r#"{"podSelector":{}}"#)?;
    refused()?;
    put(
        "localstack",
        "till",
        r#"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"shop"}}}],"ports":[{"port":"edge"}]}]}"#,
    )?;
    visit.until(&fetch)?;
    let tables = visit
        .cluster
        .run_in_network(2, "nft", &["list", "tables"])
        .map_err(explain)?;
    says(&tables, "table inet network-policy")?;
    put(
        "shop",
        "nowhere",
        r#"{"podSelector":{},"policyTypes":["Egress"]}"#,
    )?;
    refused()?;
    visit.sh("kubectl delete networkpolicy -n shop nowhere")?;
    visit.until(&fetch)?;
    visit
        .sh("kubectl delete namespace localstack shop --timeout=60s")
        .map(drop)
}

/// Two nodes that do not hear each other, then lose packets, then are well again.
pub(crate) fn network_trouble(shared: &Shared) -> Result<(), Failed> {
    let visit = shared.visit()?;
    visit.apply_localstack()?;
    let fetch = in_client("fetch http://localstack.localstack/");
    visit.until(&fetch)?;
    visit.cluster.cut(1, 2).map_err(explain)?;
    // the nodes still talk to the control plane, so the command runs and its request does not arrive
    fails(&visit.try_sh(&fetch)?, 1, "cannot fetch")?;
    visit.cluster.heal().map_err(explain)?;
    visit.until(&fetch)?;
    visit.cluster.lose(100).map_err(explain)?;
    fails(&visit.try_sh(&fetch)?, 1, "cannot fetch")?;
    visit.cluster.heal().map_err(explain)?;
    visit.until(&fetch)?;
    visit
        .sh("kubectl delete namespace localstack shop --timeout=60s")
        .map(drop)
}

/// Holds a cluster until it is killed, when the arguments say so.
pub(crate) fn holder(arguments: &[OsString]) -> Option<ExitCode> {
    if arguments.get(1)? != HOLDER {
        return None;
    }
    let name = arguments.get(2)?.to_str()?;
    match start(name, false) {
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
    let mut harness = hold(&name)?;
    let mut line = String::new();
    let output = harness.stdout.take().ok_or("the harness has no pipe")?;
    BufReader::new(output).read_line(&mut line)?;
    says(&line, "up")?;
    let folder = state::of(&name).map_err(explain)?;
    let journal = folder.find_journal().ok_or("a running cluster has no journal")?;
    harness.kill()?;
    harness.wait()?;
    until_gone(&name)?;
    let begin = Instant::now();
    for process in [journal.watchdog, journal.root] {
        let path = PathBuf::from(format!("/proc/{process}"));
        while path.exists() && begin.elapsed() < SETTLES {
            std::thread::sleep(Duration::from_millis(50));
        }
        if path.exists() {
            return Err(format!("process {process} is left").into());
        }
    }
    Ok(())
}

/// Whoever changes his mind while a cluster starts leaves as little, whatever the moment.
pub(crate) fn interrupted_start(_: &Shared) -> Result<(), Failed> {
    let name = format!("interrupt-{}", std::process::id());
    for moment in [300, 1000, 2500, 5000] {
        let mut harness = hold(&name)?;
        std::thread::sleep(Duration::from_millis(moment));
        let pid = i32::try_from(harness.id())?;
        kill(Pid::from_raw(pid), Signal::SIGINT)?;
        harness.wait()?;
        until_gone(&name).map_err(|failed| {
            let reason = failed.message().unwrap_or_default();
            format!("interrupted after {moment} ms: {reason}")
        })?;
    }
    Ok(())
}

/// Another process that starts a cluster and holds it.
fn hold(name: &str) -> Result<Child, Failed> {
    let mut harness = Command::new(std::env::current_exe()?);
    harness.args([HOLDER, name]).stdin(Stdio::null());
    Ok(harness.stdout(Stdio::piped()).spawn()?)
}

/// Waits for the end of a cluster whose harness is gone, and looks for what it left.
fn until_gone(name: &str) -> Result<(), Failed> {
    let folder = state::of(name).map_err(explain)?;
    let begin = Instant::now();
    while folder.is_running() && begin.elapsed() < SETTLES {
        std::thread::sleep(Duration::from_millis(50));
    }
    if folder.is_running() {
        return Err("the cluster lives on without its harness".into());
    }
    let mounts = std::fs::read_to_string("/proc/self/mounts")?;
    let groups = find_groups(name);
    let files = ["kubeconfig", "control.sock", "journal.json"].map(|file| folder.file(file).exists());
    let is_left = Cluster::down(name).map_err(explain)?;
    if mounts.contains(name) || !groups.is_empty() || files.contains(&true) || is_left {
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
