//! How a tree of processes under one watchdog reports its start, hangs together and ends. Sandboxes and the clusters of
//! the tests are such trees.

use crate::error::{Failure, Named, Result};
use crate::state::StateDir;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};

/// A tree whose root is killed is gone after this.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the root of the tree tells the waiting command, a line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Report {
    /// Something is done.
    Progress(String),
    /// Everything answers.
    Ready,
    /// It cannot work.
    Failed {
        /// Why.
        what: String,
        /// What helps.
        hint: Option<String>,
    },
}

impl Report {
    /// Writes the line to stdout, which is the pipe to the waiting command.
    pub fn send(&self) {
        if let Ok(line) = serde_json::to_string(self) {
            let mut out = std::io::stdout().lock();
            drop(writeln!(out, "{line}").and_then(|()| out.flush()));
        }
    }

    /// Says that something is done.
    pub fn progress(text: impl Into<String>) {
        Self::Progress(text.into()).send();
    }

    /// Says why it cannot work.
    pub fn failed(failure: &Failure) {
        let what = failure.chain();
        let hint = failure.hint().map(str::to_owned);
        Self::Failed { what, hint }.send();
    }
}

/// Waits until all answers, and returns the pipe: who holds it keeps the tree.
///
/// # Errors
/// Why it did not come up; it has ended then.
pub fn follow(state: &StateDir, watchdog: &mut Child, progress: &mut dyn FnMut(&str)) -> Result<ChildStdout> {
    let pipe = watchdog
        .stdout
        .take()
        .ok_or_else(|| Failure::new("the watchdog has no pipe"))?;
    let mut reports = BufReader::new(pipe);
    let logs = || format!("the whole log is in `{}`", state.log_path().display());
    let mut line = String::new();
    while matches!(reports.read_line(&mut line), Ok(1..)) {
        let report = serde_json::from_str(&line);
        line.clear();
        match report {
            Ok(Report::Progress(text)) => progress(&text),
            Ok(Report::Ready) => return Ok(reports.into_inner()),
            Ok(Report::Failed { what, hint }) => {
                drop(watchdog.wait());
                return Err(Failure::new(what).with_hint(hint.unwrap_or_else(logs)));
            }
            Err(_) => {}
        }
    }
    drop(watchdog.wait());
    let ended = format!(
        "the {} ended while starting: {}",
        state.title(),
        state.last_lines(1)
    );
    Err(Failure::new(ended).with_hint(logs()))
}

/// Kills the root of the tree, with which everything goes, and waits for the watchdog's clean-up.
///
/// # Errors
/// When it does not end.
pub fn end(state: &StateDir) -> Result<()> {
    let begin = Instant::now();
    while state.is_running() {
        let journal = state.find_journal();
        if begin.elapsed() > PATIENCE {
            let failure = Failure::new(format!("the {} does not end", state.title()));
            return Err(match journal {
                Some(journal) => failure.with_hint(format!("its watchdog is process {}", journal.watchdog)),
                None => failure.with_hint("it has no journal"),
            });
        }
        // the lock proves that the watchdog lives, and it is the root's parent: that pid cannot have been reused
        if let Some(journal) = journal {
            let _ = kill(Pid::from_raw(journal.root), Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Gives up stdin and stdout: they are pipes that belong to a child alone from here on.
///
/// # Errors
/// There is no /dev/null.
pub fn release_standard_streams() -> Result<()> {
    let null = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")
        .named(|| "cannot open /dev/null".to_owned())?;
    nix::unistd::dup2_stdin(&null).named(|| "cannot release the input".to_owned())?;
    nix::unistd::dup2_stdout(&null).named(|| "cannot release the output".to_owned())
}

/// Asks for SIGKILL at the parent's death; a parent that died before the request counts too. A parent outside of this
/// process namespace has the number 0.
///
/// # Errors
/// The parent is gone.
pub fn die_with(parent: Pid) -> Result<()> {
    set_pdeathsig(Signal::SIGKILL).named(|| "cannot tie the process to its parent".to_owned())?;
    if nix::unistd::getppid() == parent {
        Ok(())
    } else {
        Err(Failure::new("the parent process is gone"))
    }
}
