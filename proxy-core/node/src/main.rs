//! The program `mesh-node`: read the settings, start the log, run until told to stop.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use mesh_node::app::App;
use mesh_node::config::{Config, table};
use mesh_node::{commands, logs};
use mesh_sys::allocator::{self, Jemalloc};
use mesh_sys::footprint;
use mesh_sys::logging::{self, Filter, Format};
use mesh_sys::process::raise_descriptor_limit;
use mesh_sys::program::{chain, environment, print, status};
use mesh_sys::shutdown::{Shutdown, Signals};
use mesh_wire::well_known::{COMPAT_VERSION, PRODUCT_VERSION, build_id};

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Threads that wait for the kernel: pods that leave wait there for all readers of their rules, side by side.
const BLOCKING: usize = 16;
/// The code that an agent at rest needs, in bytes: it looks at a pod now and then, and answers who scrapes it.
const MUCH: usize = 3 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    status(match arguments.first().map(String::as_str) {
        Some("version" | "--version" | "-V") => {
            print(&format!("{PRODUCT_VERSION} (Istio {COMPAT_VERSION})\n"))
        }
        Some("build-id") => print(&format!("{}\n", build_id())),
        Some("help" | "--help" | "-h") => help(),
        Some("rules") => answer(commands::rules(&arguments[1..])),
        Some("conflist") => {
            settings(&[]).and_then(|config| answer(commands::conflist(&arguments[1..], &config)))
        }
        _ => run(&arguments),
    })
}

fn answer(text: Result<String, commands::CommandError>) -> Result<(), Box<dyn Error>> {
    print(&text?)
}

fn settings(arguments: &[String]) -> Result<Config, Box<dyn Error>> {
    Ok(Config::load(&environment(), arguments)?)
}

fn help() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    writeln!(
        out,
        "mesh-node {PRODUCT_VERSION}: the node agent\n\ncommands: rules, conflist, version, help; without a command it runs\n{} (--help of each shows more)\n\n\
         settings, from the environment or as flags (--lower-case-with-dashes):",
        commands::USAGE
    )?;
    for setting in table::SETTINGS {
        writeln!(
            out,
            "  {:<42} {} [{}]",
            setting.name, setting.doc, setting.default
        )?;
    }
    Ok(())
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let config = settings(arguments)?;
    let filter = Filter::default()
        .with("kube_client=off")?
        .with(&logs::filter(&config.process.log_levels))?;
    let format = if config.process.log_json {
        Format::Json
    } else {
        Format::Plain
    };
    let _log = logging::start(filter, format, io::stdout())?;
    let descriptors = raise_descriptor_limit()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()?;
    tracing::info!(
        version = PRODUCT_VERSION,
        descriptors,
        tuned = allocator::is_tuned(),
        "starting"
    );
    tracing::debug!(?config, "settings");
    let shutdown = Shutdown::new();
    let ended = runtime.block_on(async {
        let signals = Signals::catch()?;
        let client = mesh_node::cluster::client(config.paths.kubeconfig.clone()).await?;
        let app = App::new(config, client, shutdown.token());
        let running = async {
            let ended = app.run().await;
            shutdown.trigger(); // also when it could not start
            ended
        };
        let settled = footprint::settle(MUCH, footprint::Again::AtRest, shutdown.token());
        let (ended, (), ()) = tokio::join!(running, shutdown.watch(signals), settled);
        if let Err(error) = &ended {
            tracing::error!(error = %chain(error), hint = error.hint(), "cannot go on");
        }
        ended.map_err(Box::<dyn Error>::from)
    });
    tracing::info!("stopped");
    ended
}
