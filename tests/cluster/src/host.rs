//! Other programs of the machine: `ip`, `nft`, and those of the cluster itself.

use mesh_sandbox::error::{Failure, Named, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Where the machine's programs are, whatever the caller's environment says.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program with nothing of the caller's environment, writing into a log.
pub(crate) fn command(program: impl AsRef<Path>, log: File) -> Result<Command> {
    let mut command = bare(program);
    let second = log.try_clone().named(|| "cannot share a log".to_owned())?;
    command.stdin(Stdio::null()).stdout(log).stderr(second);
    Ok(command)
}

fn bare(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.env_clear().env("PATH", PATH).env("HOME", "/root");
    command
}

/// Runs a program to its end; its input is `input`, and its complaint becomes the failure's text.
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Result<String> {
    let what = || format!("cannot run `{program} {}`", arguments.join(" "));
    let mut command = bare(program);
    command.args(arguments).stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .named(what)?;
    if let Some(mut stdin) = child.stdin.take() {
        // a program that reads no further says why by itself
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().named(what)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{}: {}", what(), complaint.trim())))
}

/// Runs `ip` with a list of commands, in the caller's network namespace.
pub(crate) fn ip(lines: &[String]) -> Result<()> {
    run("ip", &["-batch", "-"], &lines.join("\n")).map(drop)
}
