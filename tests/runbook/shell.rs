//! Shell lines against a cluster, as an operator types them, and what they must come to.

use libtest_mimic::Failed;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A generous upper bound for anything that settles by itself.
const SETTLES: Duration = Duration::from_mins(2);

/// Where shell lines run: the built programs, kubectl and one cluster are at hand.
pub(crate) trait Shell {
    /// A shell line, not started.
    fn command(&self, script: &str) -> Command;

    /// What the cluster itself logged last, for the reader of a failure.
    fn log(&self) -> String;

    /// A folder of the test's own.
    fn folder(&self) -> &Path;

    /// Runs a shell line.
    fn try_sh(&self, script: &str) -> Result<Output, Failed> {
        Ok(self.command(script).output()?)
    }

    /// Runs a shell line that must succeed, and returns what it printed.
    fn sh(&self, script: &str) -> Result<String, Failed> {
        self.finish(script, &self.try_sh(script)?)
    }

    /// What a command printed, or why it failed.
    fn finish(&self, what: &str, output: &Output) -> Result<String, Failed> {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let (status, log) = (output.status, self.log());
        Err(format!("`{what}` ended with {status}\n{text}{errors}\n{log}").into())
    }

    /// Repeats a shell line until it succeeds.
    fn until(&self, script: &str) -> Result<String, Failed> {
        settle(|| self.sh(script))
    }

    /// Applies objects with kubectl; the tag of images of ours becomes this build's.
    fn apply(&self, name: &str, objects: &str) -> Result<(), Failed> {
        let path = self.folder().join(format!("{name}.yaml"));
        std::fs::write(
            &path,
            objects.replace(":0.1.0", concat!(":", env!("CARGO_PKG_VERSION"))),
        )?;
        self.sh(&format!("kubectl apply -f {}", path.display())).map(drop)
    }
}

/// Looks again until what is looked for is so.
pub(crate) fn settle<T>(mut look: impl FnMut() -> Result<T, Failed>) -> Result<T, Failed> {
    let begin = Instant::now();
    loop {
        match look() {
            Ok(seen) => return Ok(seen),
            Err(failed) if begin.elapsed() > SETTLES => return Err(failed),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
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
