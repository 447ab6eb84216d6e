//! The program `mesh-control`, in images `pilot-discovery`: read the settings, start the log, run until told to stop.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io;
use std::process::ExitCode;

use control_core::app::App;
use control_core::config::{Command, Config};
use mesh_sys::allocator::{self, Jemalloc};
use mesh_sys::footprint;
use mesh_sys::logging;
use mesh_sys::process::{forbid_core_dumps, raise_descriptor_limit};
use mesh_sys::program::{chain, environment, print, status};
use mesh_sys::shutdown::{Shutdown, Signals};
use mesh_wire::well_known::{COMPAT_VERSION, PRODUCT_VERSION, build_id};

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Threads that serve; signing and encoding are the only work, and both are short.
const MAX_THREADS: usize = 4;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "build-id") {
        return status(print(&format!("{}\n", build_id())));
    }
    status(match Command::load(&arguments, &environment()) {
        Ok(Command::Discovery(config)) => run(*config),
        Ok(Command::Version) => print(&format!(
            "{PRODUCT_VERSION} (stands in for Istio {COMPAT_VERSION})\n"
        )),
        Ok(Command::Help) => print(&help()),
        Err(error) => Err(error.into()),
    })
}

fn help() -> String {
    format!(
        "mesh-control {PRODUCT_VERSION}: the control plane\n\n\
         commands: discovery (default), version, help\n\n\
         Flags and environment variables are those of the field's control plane; what is unknown is passed over.\n"
    )
}

fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let process = &config.process;
    let log = logging::start(process.log_filter.clone(), process.log_format, io::stdout())?;
    let descriptors = raise_descriptor_limit()?;
    forbid_core_dumps()?;
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MAX_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(4)
        .thread_stack_size(1024 * 1024)
        .enable_all()
        .build()?;
    let tuned = allocator::is_tuned();
    tracing::info!(version = PRODUCT_VERSION, threads, descriptors, tuned, "starting");
    for ignored in &config.ignored {
        tracing::warn!(setting = ignored, "a setting has no effect");
    }
    tracing::debug!(?config, "settings");
    let shutdown = Shutdown::new();
    let ended = runtime.block_on(async {
        let signals = Signals::catch()?;
        let app = App::bind(config, log.levels.clone(), shutdown.clone())?;
        let running = async {
            let ended = app.run().await;
            shutdown.trigger(); // also when it could not start
            ended
        };
        let settled = footprint::settle(footprint::MUCH, footprint::Again::AfterWork, shutdown.token());
        let (ended, (), ()) = tokio::join!(running, shutdown.watch(signals), settled);
        ended.map_err(Box::<dyn Error>::from)
    });
    if let Err(error) = &ended {
        tracing::error!(error = %chain(error.as_ref()), "cannot go on");
    }
    tracing::info!("stopped");
    ended
}
