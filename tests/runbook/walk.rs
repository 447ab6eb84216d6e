//! The walk of the README, run line by line as it stands there, in a sandbox of its own.

use crate::harness::root;
use crate::shell::Shell;
use crate::stage::{Sandbox, User};
use libtest_mimic::Failed;
use std::fmt::Write as _;

/// What stands before the block.
const MARK: &str = "<!-- walk: run by tests/runbook.rs -->\n```sh\n";

/// The lines, and the exit code that each announces.
fn lines(readme: &str) -> Result<Vec<(String, i32)>, Failed> {
    let block = readme
        .split_once(MARK)
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(block, _)| block)
        .ok_or("the README has no walk")?;
    let line = |line: &str| {
        let code = line
            .split_once("# exit ")
            .and_then(|(_, rest)| rest.get(..1)?.parse().ok());
        (line.to_owned(), code.unwrap_or(0))
    };
    Ok(block.lines().map(line).collect())
}

/// One shell runs all of it, as whoever reads along would; each line must end as announced.
pub(crate) fn walk() -> Result<(), Failed> {
    let readme = std::fs::read_to_string(root().join("README.md"))?;
    let lines = lines(&readme)?;
    if lines.len() < 10 || lines.iter().all(|(_, code)| *code == 0) {
        return Err(format!("that is no walk with something broken: {lines:?}").into());
    }
    let mut script = format!("cd '{}'\n", root().display());
    for (line, code) in &lines {
        let shown = line.replace('\'', "\"");
        _ = write!(
            script,
            "{line}\ncode=$?; [ $code -eq {code} ] || {{ echo 'ended with '$code': {shown}' >&2; \
             meshctl sandbox down >&2; exit 1; }}\n"
        );
    }
    let place = Sandbox::none("walk", User::Own)?;
    let output = place.as_user(&script).output()?;
    place.finish("the walk of the README", &output).map(drop)
}
