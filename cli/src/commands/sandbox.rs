//! `meshctl sandbox`: a whole mesh on one machine.
//!
//! Synchronous on purpose: its processes enter namespaces before any thread exists.

pub mod load;
pub mod sniff;

use crate::demo::Demo;
use crate::exit::{Exit, Failure};
use crate::render::message;
use clap::{Args, Subcommand};
use mesh_sandbox::launch::{self, UpOptions};
use mesh_sandbox::state::{DEFAULT_NAME, StateDir, names};
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `meshctl sandbox`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub struct Sandbox {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a small cluster on this machine, without root and without touching the machine
    Up(Up),
    /// End a sandbox and remove all it left
    Down(Named),
    /// Show which sandboxes run
    Status,
    /// Print the line that makes kubectl and meshctl use a sandbox
    Env(Named),
    /// Run a command in a pod of a sandbox
    Exec(Exec),
    /// Show the whole of it: install, enrol, encrypt, inspect
    Demo(DemoArgs),
    /// Move traffic between pods; what the image `meshctl` runs
    #[command(hide = true)]
    Load(load::LoadCommand),
    /// Count what travels between the nodes
    #[command(hide = true)]
    Sniff(sniff::Sniff),
}

#[derive(Debug, Args)]
struct DemoArgs {
    /// The sandbox to bring up
    #[arg(long, default_value = "demo")]
    name: String,
    /// Take the sandbox down at the end
    #[arg(long)]
    rm: bool,
}

#[derive(Debug, Args)]
struct Named {
    /// The sandbox's name
    #[arg(long, default_value = DEFAULT_NAME)]
    name: String,
}

#[derive(Debug, Args)]
struct Up {
    #[command(flatten)]
    named: Named,
    /// How many nodes
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=9))]
    nodes: u8,
    /// Stay, and end the sandbox with this command
    #[arg(long)]
    foreground: bool,
}

#[derive(Debug, Args)]
struct Exec {
    #[command(flatten)]
    named: Named,
    /// The pod, as NAME or NAMESPACE/NAME
    pod: String,
    /// The container; the first one unless given
    #[arg(long)]
    container: Option<String>,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Sandbox {
    /// Runs the command.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let ended = match self.verb {
            Verb::Up(up) => up.run(),
            Verb::Down(named) => down(&named.name),
            Verb::Status => status(),
            Verb::Env(named) => env(&named.name),
            Verb::Exec(exec) => exec.run(),
            Verb::Demo(arguments) => demo(arguments),
            Verb::Load(command) => command.run(),
            Verb::Sniff(command) => command.run(),
        };
        match ended {
            Ok(exit) => exit.into(),
            Err(failure) => message::failure(&failure).into(),
        }
    }
}

impl Up {
    fn run(self) -> Result<Exit, Failure> {
        let started = Instant::now();
        let options = UpOptions {
            name: self.named.name,
            nodes: self.nodes,
        };
        let state = launch::up(&options, &mut say).map_err(explain)?;
        let (name, seconds) = (state.name(), started.elapsed().as_secs_f32());
        let flag = if name == DEFAULT_NAME {
            String::new()
        } else {
            format!(" --name {name}")
        };
        say(&format!(
            "sandbox `{name}` is ready after {seconds:.1} s; use it with"
        ));
        say(&format!("  eval \"$(meshctl sandbox env{flag})\""));
        if self.foreground {
            wait_for_interrupt(&state)?;
            launch::down(state.name()).map_err(explain)?;
        }
        Ok(Exit::Ok)
    }
}

/// Waits for an interrupt, or for the sandbox to end by itself.
fn wait_for_interrupt(state: &StateDir) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("cannot start the runtime").caused_by(&error))?;
    runtime.block_on(async {
        loop {
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => return Ok(()),
                () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {}
            }
            if !state.is_running() {
                return Err(
                    Failure::new(format!("the sandbox `{}` has ended by itself", state.name()))
                        .hint(format!("its log is `{}`", state.file("sandbox.log").display())),
                );
            }
        }
    })
}

fn down(name: &str) -> Result<Exit, Failure> {
    if launch::down(name).map_err(explain)? {
        say(&format!("sandbox `{name}` is gone"));
    } else {
        say(&format!("there is no sandbox `{name}`"));
    }
    Ok(Exit::Ok)
}

fn demo(arguments: DemoArgs) -> Result<Exit, Failure> {
    let me = std::env::current_exe()
        .map_err(|error| Failure::new("cannot find this program").caused_by(&error))?;
    let demo = Demo {
        name: arguments.name,
        remove: arguments.rm,
    };
    demo.run(&me).map(|()| Exit::Ok)
}

/// The kubeconfig of a running sandbox.
fn kubeconfig(name: &str) -> Result<std::path::PathBuf, Failure> {
    let state = StateDir::of(name).map_err(explain)?;
    if state.is_running() && state.kubeconfig().exists() {
        return Ok(state.kubeconfig());
    }
    Err(Failure::new(format!("no sandbox `{name}` runs")).hint("start one with `meshctl sandbox up`"))
}

fn env(name: &str) -> Result<Exit, Failure> {
    let path = kubeconfig(name)?;
    // quoted for any shell; a quote in the path ends the quoting, is escaped, and starts it again
    let quoted = path.display().to_string().replace('\'', "'\\''");
    drop(writeln!(std::io::stdout(), "export KUBECONFIG='{quoted}'"));
    Ok(Exit::Ok)
}

fn status() -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    for name in names() {
        let state = StateDir::of(&name).map_err(explain)?;
        let nodes = state.find_journal().map_or(0, |journal| journal.nodes);
        let line = if state.is_running() {
            format!("{name} running, {nodes} node(s)")
        } else {
            format!("{name} ended")
        };
        // a reader who went away needs no answer
        drop(writeln!(out, "{line}"));
    }
    Ok(Exit::Ok)
}

fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for `map_err`")]
fn explain(failure: mesh_sandbox::error::Failure) -> Failure {
    let hint = failure.hint().map(str::to_owned);
    let explained = Failure::new(failure.chain());
    match hint {
        Some(hint) => explained.hint(hint),
        None => explained,
    }
}

impl Exec {
    fn run(self) -> Result<Exit, Failure> {
        let path = kubeconfig(&self.named.name)?;
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new("cannot start the runtime").caused_by(&error))?;
        runtime.block_on(self.attach(&path))
    }

    async fn attach(self, path: &std::path::Path) -> Result<Exit, Failure> {
        let fail = |error: &dyn std::error::Error| {
            Failure::new(format!("cannot run the command in `{}`", self.pod)).caused_by(error)
        };
        let kubeconfig = kube::config::Kubeconfig::read_from(path).map_err(|error| fail(&error))?;
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(|error| fail(&error))?;
        let client = kube::Client::try_from(config).map_err(|error| fail(&error))?;
        let (namespace, name) = self.pod.split_once('/').unwrap_or(("default", &self.pod));
        let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::namespaced(client, namespace);
        let streams = kube::api::AttachParams {
            container: self.container.clone(),
            ..kube::api::AttachParams::default()
        };
        let mut process = pods
            .exec(name, &self.command, &streams)
            .await
            .map_err(|error| fail(&error))?;
        let (out, err, ended) = (process.stdout(), process.stderr(), process.take_status());
        let copy_out = async {
            if let Some(mut out) = out {
                pump(&mut out, &mut std::io::stdout()).await;
            }
        };
        let copy_err = async {
            if let Some(mut err) = err {
                pump(&mut err, &mut std::io::stderr()).await;
            }
        };
        tokio::join!(copy_out, copy_err);
        let status = match ended {
            Some(ended) => ended.await,
            None => None,
        };
        match status {
            Some(status) if status.status.as_deref() == Some("Success") => Ok(Exit::Ok),
            Some(status) => Err(Failure::new(
                status.message.unwrap_or_else(|| "the command failed".to_owned()),
            )),
            None => Err(Failure::new("the connection to the pod was lost")),
        }
    }
}

/// Copies until one of the two ends; a reader of ours that went away ends the copy quietly.
async fn pump(from: &mut (impl tokio::io::AsyncRead + Unpin), to: &mut impl Write) {
    let mut buffer = vec![0; 32 << 10];
    while let Ok(length @ 1..) = tokio::io::AsyncReadExt::read(from, &mut buffer).await {
        if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}
