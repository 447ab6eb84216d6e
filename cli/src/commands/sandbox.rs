//! `meshctl sandbox`: a whole mesh on one machine.
//!
//! Synchronous on purpose: its processes enter namespaces before any thread exists.

mod exec;
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
    Exec(exec::Exec),
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

impl Sandbox {
    /// Runs the command.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let ended = match self.verb {
            // the one verb that ends with a code that is not ours
            Verb::Exec(exec) => {
                return exec
                    .run()
                    .unwrap_or_else(|failure| message::failure(&failure).into());
            }
            Verb::Up(up) => up.run(),
            Verb::Down(named) => down(&named.name),
            Verb::Status => status(),
            Verb::Env(named) => env(&named.name),
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
            attached: self.foreground,
        };
        let running = launch::up(&options, &mut say).map_err(explain)?;
        let state = &running.state;
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
            wait_for_interrupt(state)?;
            let state = running.release();
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
    let me = mesh_sys::program::own_path()
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
