//! Our wire, read by implementations that are not ours (`tests/foreign/*.py`).

#[path = "harness.rs"]
mod harness;

use std::process::{Command, ExitCode};

use harness::{Need, Suite, root};
use libtest_mimic::Failed;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let name = "protoc_and_python_read_the_recordings_with_our_protos";
    suite.test(name, &[Need::PythonGrpc], || script("protobuf.py"));
    suite.run()
}

/// Runs one script; what it prints is the reason of a failure.
fn script(name: &str) -> Result<(), Failed> {
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(root().join("tests/foreign").join(name))
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}
