//! A real Kubernetes on this machine, by hand: `cargo run -p meshctl --example cluster -- demo`.
#![forbid(unsafe_code)]

use anyhow::{Context, Result, anyhow};
use clap::{Parser, Subcommand};
use mesh_cluster::assets::{Assets, obstacle};
use mesh_cluster::state::{DEFAULT_NAME, names};
use mesh_cluster::{Cluster, Failure, Options};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// What the demo's client asks for: a word that nobody would overlook on the wire.
const MARKER: &str = "opensesame-4711";

/// A real Kubernetes on this machine
///
/// etcd, API server, controllers, scheduler, and nodes with kubelet, kube-proxy and containerd, in namespaces of their own.
/// Needs root. The first run builds Kubernetes from Go modules (a quarter of an hour on two cores); later ones take less
/// than a minute. Interrupt it at any moment: nothing is left.
///
///   cargo run -p meshctl --example cluster -- demo --install    from nothing to a namespace in the mesh
///   eval "$(cargo run -q -p meshctl --example cluster -- env)"  kubectl, helm and meshctl now talk to it
///   cargo run -q -p meshctl --example cluster -- down           the end of it
#[derive(Debug, Parser)]
#[command(name = "cluster", verbatim_doc_comment)]
struct Arguments {
    /// The cluster's name
    #[arg(long, global = true, default_value = DEFAULT_NAME)]
    name: String,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a cluster that stays
    Up(Shape),
    /// End a cluster and remove all it left
    Down,
    /// Show which clusters run
    Status,
    /// Print the line that makes kubectl, helm and meshctl use a cluster
    Env,
    /// Start a cluster, install the mesh, enrol a namespace, and show that its traffic is tunnelled
    Demo(Shape),
    /// End a node as a power loss does
    KillNode {
        /// Its number, from 1
        node: u8,
    },
    /// Start a node that is off
    RestartNode {
        /// Its number, from 1
        node: u8,
    },
    /// Two nodes no longer hear each other; 0 is the control plane
    Cut {
        /// One
        one: u8,
        /// The other
        other: u8,
    },
    /// Lose some of a hundred packets between nodes
    Lose {
        /// How many
        of_a_hundred: u8,
    },
    /// Make the network whole again
    Heal,
}

#[derive(Debug, clap::Args)]
struct Shape {
    /// How many nodes
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=9))]
    nodes: u8,
    /// IPv4 and IPv6
    #[arg(long)]
    dual_stack: bool,
    /// Install the system packages that are missing
    #[arg(long)]
    install: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(code) = mesh_cluster::role::run(&arguments) {
        return code;
    }
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let name = arguments.name;
    let find = || Cluster::find(&name).map_err(explain);
    match arguments.verb {
        Verb::Up(shape) => {
            let mut stages = Stages::start();
            up(&name, &shape, &mut stages)?.release().map_err(explain)?;
            say("use it with `eval \"$(cargo run -q -p meshctl --example cluster -- env)\"`");
        }
        Verb::Down if Cluster::down(&name).map_err(explain)? => say(&format!("cluster `{name}` is gone")),
        Verb::Down => say(&format!("there is no cluster `{name}`")),
        Verb::Status => {
            for name in names() {
                let state = if Cluster::find(&name).is_ok() {
                    "runs"
                } else {
                    "ended"
                };
                print(&format!("{name} {state}"));
            }
        }
        Verb::Env => print(&format!("export KUBECONFIG='{}'", find()?.kubeconfig().display())),
        Verb::Demo(shape) => demo(&name, &shape)?,
        Verb::KillNode { node } => find()?.kill_node(node).map_err(explain)?,
        Verb::RestartNode { node } => find()?.restart_node(node).map_err(explain)?,
        Verb::Cut { one, other } => find()?.cut(one, other).map_err(explain)?,
        Verb::Lose { of_a_hundred } => find()?.lose(of_a_hundred).map_err(explain)?,
        Verb::Heal => find()?.heal().map_err(explain)?,
    }
    Ok(())
}

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn up(name: &str, shape: &Shape, stages: &mut Stages) -> Result<Cluster> {
    if shape.install && nix::unistd::geteuid().is_root() {
        script("tests/cluster/packages", &["--install"])?;
        stages.done("the system packages are there");
    }
    if let Some(obstacle) = obstacle() {
        return Err(anyhow!(
            "no Kubernetes can run here: it {obstacle} (as root, `--install` installs packages)"
        ));
    }
    script("tests/tools", &[])?;
    let assets = Assets::prepare(root(), true, &mut |text| stages.done(text)).map_err(explain)?;
    let options = Options {
        name: name.to_owned(),
        nodes: shape.nodes,
        is_dual: shape.dual_stack,
    };
    let cluster = Cluster::start(&options, &assets, &mut |text| stages.done(text)).map_err(explain)?;
    stages.done(&format!("cluster `{name}` is ready"));
    Ok(cluster)
}

fn script(name: &str, arguments: &[&str]) -> Result<()> {
    let status = Command::new(root().join(name)).args(arguments).status();
    let status = status.with_context(|| format!("cannot run `{name}`"))?;
    if status.success() {
        Ok(())
    } else {
        Err(anyhow!("`{name}` ended with {status}"))
    }
}

/// From nothing to a namespace whose traffic is tunnelled, with the time of each stage.
fn demo(name: &str, shape: &Shape) -> Result<()> {
    let mut stages = Stages::start();
    let cluster = up(name, shape, &mut stages)?;
    let shell = Shell {
        kubeconfig: cluster.kubeconfig(),
    };
    shell.run("meshctl install -y")?;
    stages.done("the mesh is installed");
    shell.run(&format!(
        "sed 's/:0\\.1\\.0/:{}/' {}/manifests/examples/localstack.yaml | kubectl apply -f -",
        env!("CARGO_PKG_VERSION"),
        root().display()
    ))?;
    shell.run("kubectl rollout status deployment/localstack -n localstack --timeout=120s")?;
    shell.run("kubectl rollout status deployment/till -n shop --timeout=120s")?;
    stages.done("a server and a client run on two nodes");
    shell.run("kubectl label namespace localstack shop istio.io/dataplane-mode=ambient --overwrite")?;
    shell.until("meshctl ztunnel-config workloads | grep shop | grep HBONE")?;
    let workloads = shell.until("meshctl ztunnel-config workloads | grep localstack | grep HBONE")?;
    stages.done("the namespaces are enrolled");
    let fetch = format!(
        "kubectl exec -n shop deploy/till -- meshctl sandbox load fetch http://localstack.localstack/{MARKER}"
    );
    let watched = cluster.watch_wire(MARKER, || shell.run(&fetch));
    let (answer, tally) = watched.map_err(explain)?;
    let answer = answer?;
    if tally.marked > 0 || tally.tls_to_hbone == 0 {
        return Err(anyhow!(
            "the request was not encrypted between the nodes: {tally:?}"
        ));
    }
    stages.done("a request went through the mesh");
    print(workloads.trim_end());
    print(answer.trim_end());
    print(&format!(
        "between the nodes: {} segments with the readable word `{MARKER}`, {} TLS records to port 15008",
        tally.marked, tally.tls_to_hbone
    ));
    cluster.release().map_err(explain)?;
    say(&format!(
        "all of it took {:.1} s; `cargo run -q -p meshctl --example cluster -- down` ends it",
        stages.begin.elapsed().as_secs_f32()
    ));
    Ok(())
}

/// Shell lines with the built programs, kubectl and the cluster at hand.
struct Shell {
    kubeconfig: PathBuf,
}

impl Shell {
    fn run(&self, script: &str) -> Result<String> {
        let inherited = std::env::var("PATH").unwrap_or_default();
        let (programs, tools) = (root().join("target/debug"), root().join("target/tools"));
        let output = Command::new("bash")
            .args(["-o", "pipefail", "-c", script])
            .env("KUBECONFIG", &self.kubeconfig)
            .env(
                "PATH",
                format!("{}:{}:{inherited}", programs.display(), tools.display()),
            )
            .output()
            .with_context(|| format!("cannot run `{script}`"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(anyhow!(
            "`{script}` ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }

    fn until(&self, script: &str) -> Result<String> {
        let begin = Instant::now();
        loop {
            match self.run(script) {
                Ok(text) => return Ok(text),
                Err(error) if begin.elapsed() > Duration::from_mins(1) => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }
}

/// Says what is done and how long it took.
struct Stages {
    begin: Instant,
    last: Instant,
}

impl Stages {
    fn start() -> Self {
        let now = Instant::now();
        Self {
            begin: now,
            last: now,
        }
    }

    fn done(&mut self, what: &str) {
        say(&format!("{:7.1} s  {what}", self.last.elapsed().as_secs_f32()));
        self.last = Instant::now();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for `map_err`")]
fn explain(failure: Failure) -> anyhow::Error {
    match failure.hint() {
        Some(hint) => anyhow!("{} ({hint})", failure.chain()),
        None => anyhow!("{}", failure.chain()),
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
