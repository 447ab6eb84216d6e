//! The program `mesh-cni`: one call of the container runtime. Standard output holds the result and nothing else.
#![forbid(unsafe_code)]

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;

use mesh_node::cni::plugin::Call;
use mesh_node::cni::protocol::{Failure, GENERIC, INVALID_CONFIGURATION, MAX_INPUT, OWN_VERSION};
use mesh_sys::program::{environment, print, status};

fn main() -> ExitCode {
    // standard error may be closed, and a panic in the hook would end the process
    set_hook(Box::new(|panic| drop(writeln!(io::stderr(), "{panic}"))));
    if std::env::args().nth(1).as_deref() == Some("build-id") {
        return status(print(&format!("{}\n", mesh_wire::well_known::build_id())));
    }
    let answer = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let failure = Failure::new(GENERIC, "the mesh plugin crashed; its standard error tells where");
        Err((failure, OWN_VERSION.to_owned()))
    });
    let (text, code) = match answer {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err((failure, version)) => (failure.render(&version), ExitCode::FAILURE),
    };
    let printed = io::stdout().write_all(text.as_bytes());
    if printed.is_err() { ExitCode::FAILURE } else { code }
}

fn run() -> Result<String, (Failure, String)> {
    let fails = |failure| (failure, OWN_VERSION.to_owned());
    let mut input = Vec::new();
    let read = io::stdin().take(MAX_INPUT + 1).read_to_end(&mut input);
    read.map_err(|error| {
        fails(Failure::new(
            GENERIC,
            format!("cannot read standard input: {error}"),
        ))
    })?;
    if input.len() as u64 > MAX_INPUT {
        let message = format!("the configuration is longer than {MAX_INPUT} bytes");
        return Err(fails(Failure::new(INVALID_CONFIGURATION, message)));
    }
    let environment = environment();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| fails(Failure::new(GENERIC, format!("cannot start: {error}"))))?;
    runtime.block_on(Call { environment, input }.answer())
}
