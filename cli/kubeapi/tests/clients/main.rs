//! What the real `kubectl` and `helm` make of this server.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../../tests/harness.rs"]
mod harness;

mod cluster;
mod helm;
mod kubectl;

use harness::Suite;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut suite = Suite::default();
    kubectl::add(&mut suite);
    helm::add(&mut suite);
    suite.run()
}
