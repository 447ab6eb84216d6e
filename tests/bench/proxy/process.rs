//! Processes of the benchmark: this program again in another network namespace, as a load, a server, a relay, or as
//! what becomes the node proxy. The kernel ends them with the benchmark.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use mesh_sys::netns::NetNamespace;
use mesh_sys::process::raise_descriptor_limit;
use nix::sched::{CloneFlags, setns};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::{Outcome, load, relay, serve};

/// The first word of such a process.
const CHILD: &str = "--child";

/// A running process, killed with the value.
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
}

/// The command that makes this program be what `words` say inside a network namespace. It has to be started by the
/// main thread, with which it ends.
pub(crate) fn inside(place: &NetNamespace, words: &[&str]) -> Outcome<Command> {
    let place = format!("/proc/{}/fd/{}", std::process::id(), place.as_fd().as_raw_fd());
    let mut command = Command::new(std::env::current_exe()?);
    command.args([CHILD, &place]).args(words);
    Ok(command)
}

impl Process {
    /// Starts one that is told to go on, and tells what it saw.
    pub(crate) fn start(place: &NetNamespace, words: &[&str]) -> Outcome<Self> {
        let mut command = inside(place, words)?;
        Self::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))
    }

    /// Starts a command as it is.
    pub(crate) fn spawn(command: &mut Command) -> Outcome<Self> {
        let mut child = command.spawn()?;
        Ok(Self {
            input: child.stdin.take(),
            output: child.stdout.take().map(BufReader::new),
            child,
        })
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it is ready for what is measured.
    pub(crate) fn ready(&mut self) -> Outcome<()> {
        let said = self.line()?;
        (said == "ready")
            .then_some(())
            .ok_or_else(|| format!("not ready but `{said}`").into())
    }

    /// Lets it go on.
    pub(crate) fn go(&mut self) -> Outcome<()> {
        let input = self.input.as_mut().ok_or("a process without input")?;
        Ok(input.write_all(b"\n")?)
    }

    /// Waits for what it saw.
    pub(crate) fn seen(&mut self) -> Outcome<Value> {
        Ok(serde_json::from_str(&self.line()?)?)
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn line(&mut self) -> Outcome<String> {
        let output = self.output.as_mut().ok_or("a process without output")?;
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 {
            return Err("a load or a server has ended early".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// Is one of those processes, if the words say so.
pub(crate) fn child(words: &[String]) -> Option<Outcome<()>> {
    let (first, rest) = words.split_first()?;
    (first == CHILD).then(|| be(&rest.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn be(words: &[&str]) -> Outcome<()> {
    let (place, words) = words.split_first().ok_or("no namespace")?;
    set_pdeathsig(Signal::SIGKILL)?;
    raise_descriptor_limit()?;
    setns(std::fs::File::open(place)?, CloneFlags::CLONE_NEWNET)?;
    match words {
        ["become", program] => {
            Err(format!("cannot start `{program}`: {}", Command::new(program).exec()).into())
        }
        ["serve"] => serve::serve(),
        ["relay", kind, port, target] => relay::relay(kind, port.parse()?, target.parse()?),
        ["load", kind, target, rest @ ..] => load::load(kind, target.parse()?, rest),
        _ => Err(format!("nothing is called {words:?}").into()),
    }
}
