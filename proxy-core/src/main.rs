//! The program `mesh-proxy`: read the settings, start the log, run until told to stop.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use mesh_sys::allocator::{self, Jemalloc};
use mesh_sys::confine::{self, Done};
use mesh_sys::footprint;
use mesh_sys::logging::{self, Filter, Format};
use mesh_sys::netns::Worker;
use mesh_sys::process::raise_descriptor_limit;
use mesh_sys::program::{environment, print, status};
use mesh_sys::shutdown::{Shutdown, Signals};
use mesh_wire::well_known::{PRODUCT_VERSION, build_id};
use proxy_core::app::App;
use proxy_core::config::Config;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    // words after `proxy` are those of other programs' command lines and mean nothing here
    status(match std::env::args().nth(1).as_deref() {
        None | Some("proxy") => run(),
        Some("version" | "--version" | "-V") => version(),
        Some("build-id") => print(&format!("{}\n", build_id())),
        Some("help" | "--help" | "-h") => help(),
        Some(other) => {
            Err(format!("unknown command `{other}`; the commands are proxy, version, help").into())
        }
    })
}

fn version() -> Result<(), Box<dyn Error>> {
    let version = proxy_core::admin::dump::version(mesh_wire::well_known::COMPAT_VERSION);
    writeln!(
        io::stdout(),
        "version.BuildInfo{{Version:\"{}\", GitRevision:\"{}\", RustVersion:\"{}\", BuildProfile:\"{}\", BuildStatus:\"{}\", IstioVersion:\"{}\", CryptoProvider:\"{}\"}}",
        version.version,
        version.git_revision,
        version.rust_version,
        version.build_profile,
        version.build_status,
        version.istio_version,
        version.crypto_provider
    )?;
    Ok(())
}

fn help() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    writeln!(
        out,
        "mesh-proxy {PRODUCT_VERSION}: the node proxy\n\ncommands: proxy (default), version, help\n\nsettings, all from the environment:"
    )?;
    for setting in proxy_core::config::table::SETTINGS {
        writeln!(
            out,
            "  {:<34} {} [{}]",
            setting.name, setting.doc, setting.default
        )?;
    }
    Ok(())
}

/// What the process has given up, and its one thread that may enter namespaces.
struct Confined {
    worker: Worker,
    told: Vec<(&'static str, Done)>,
}

/// Gives up what a proxy does not need (`spec/security.md` P1, P6). Before any other thread is there.
fn confine(config: &Config) -> Result<Confined, Box<dyn Error>> {
    if !config.process.confinement {
        return Ok(Confined {
            worker: Worker::start()?,
            told: vec![("everything", Done::Not("`CONFINEMENT=false`".to_owned()))],
        });
    }
    let network = confine::NET_ADMIN | confine::NET_RAW;
    let mut told = vec![("privileges and core files", confine::keep_to_itself())];
    let capabilities = confine::keep_capabilities(network | confine::SYS_ADMIN);
    let worker = Worker::start()?;
    told.push(("capabilities of the namespace thread", capabilities));
    told.push(("capabilities", confine::keep_capabilities(network)));
    told.push(("files", confine::read_only_below(&config.folders())));
    told.push(("system calls", confine::only_known_calls()));
    Ok(Confined { worker, told })
}

fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::load(&environment())?;
    let confined = confine(&config)?;
    let filter = Filter::default()
        .with("hickory_server::server=off")?
        .with(&config.process.log_filter)?;
    let format = Format::from_setting(config.process.log_format.as_deref());
    let log = logging::start(filter, format, io::stdout())?;
    let descriptors = raise_descriptor_limit()?;
    let cores =
        std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1));
    let threads = config.worker_threads(cores);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(2)
        .thread_stack_size(512 * 1024)
        .enable_all()
        .build()?;
    tracing::info!(
        version = PRODUCT_VERSION,
        threads,
        descriptors,
        tuned = allocator::is_tuned(),
        "starting"
    );
    tracing::debug!(?config, "settings");
    for (what, done) in &confined.told {
        tracing::info!(what, done = %done, "confined");
    }
    let shutdown = Shutdown::new();
    let ended = runtime.block_on(async {
        let signals = Signals::catch()?;
        let app = App::new(config, log.levels.clone(), shutdown.clone(), confined.worker);
        let running = async {
            let ended = app.run().await;
            shutdown.trigger(); // also when it could not start
            ended
        };
        let settled = footprint::settle(footprint::MUCH, footprint::Again::AfterWork, shutdown.token());
        let (ended, (), ()) = tokio::join!(running, shutdown.watch(signals), settled);
        ended.map_err(Box::<dyn Error>::from)
    });
    tracing::info!("stopped");
    ended
}
