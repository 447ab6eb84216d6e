//! Process 1 of a sandbox: the bridge between the nodes, the API, the controllers, and the nodes.
//!
//! Everything it makes lives in namespaces and on file systems of its own, so nothing has to be undone:
//! its death is the end of all of it.

mod backend;
mod cluster;
mod nodes;

use crate::addresses;
use crate::error::{Named, Result};
use crate::launch::LaunchConfig;
use crate::life::Report;
use crate::link::Links;
use crate::{controllers, mounts};
use backend::Nodes;
use mesh_kubeapi::ApiServer;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::fs::{self, File, Permissions};
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// The supervisor's own folder, on a file system that dies with it.
pub(crate) const OWN: &str = "/run/meshctl";

/// Brings everything up, says so, and stays until a part fails.
pub(crate) fn run(config: LaunchConfig) -> Result<ExitCode> {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    // opened before anything is mounted over it
    let state = File::open(&config.state).named(|| format!("cannot open `{}`", config.state.display()))?;
    let is_released = Arc::new(AtomicBool::new(false));
    watch_command(Arc::clone(&is_released))?;
    prepare(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.named(|| "cannot start a runtime".to_owned())?;
    runtime.block_on(serve(config, state, &is_released))?;
    Ok(ExitCode::SUCCESS)
}

fn prepare(config: &LaunchConfig) -> Result<()> {
    mounts::make_private()?;
    mounts::proc(Path::new("/proc"))?;
    let own = Path::new(OWN);
    // the programs may lie below /run: they are opened before /run is covered
    let mut held = Vec::new();
    for (from, name) in [(&config.meshctl, "bin/meshctl"), (&config.programs, "programs")] {
        let file = File::open(from).named(|| format!("cannot open `{}`", from.display()))?;
        held.push((
            PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())),
            name,
            file,
        ));
    }
    mounts::tmpfs(Path::new("/run"), "mode=0755")?;
    fs::create_dir_all(own).named(|| format!("cannot make `{OWN}`"))?;
    fs::set_permissions(own, Permissions::from_mode(0o700)).named(|| format!("cannot protect `{OWN}`"))?;
    for (from, name, _open) in &held {
        let to = own.join(name);
        mounts::place_for(from, &to)?;
        mounts::bind(from, &to)?;
    }
    Ok(())
}

async fn serve(config: LaunchConfig, state: File, is_released: &AtomicBool) -> Result<()> {
    let links = Links::open()?;
    links.up("lo").await?;
    links.add_bridge("br0").await?;
    links.add_address("br0", addresses::SUPERVISOR, 24).await?;
    let mut parts: JoinSet<Result<()>> = JoinSet::new();
    let api = start_api(&config, &mut parts).await?;
    Report::Progress(format!("the Kubernetes API answers on https://{}", config.api)).send();
    let admin = cluster::admin(&api).await?;
    cluster::furnish(&admin).await?;
    for index in 1..=config.nodes {
        nodes::prepare(&api, index)?;
        nodes::start(&config, index, &mut parts);
        links
            .route_via(Ipv4Addr::new(10, 244, index, 0), 24, addresses::node(index))
            .await?;
    }
    let controllers = cluster::client_of(&api, cluster::CONTROLLERS, cluster::CONTROLLERS_GROUP).await?;
    parts.spawn(async move { controllers::run(controllers).await });
    let ready = cluster::until_ready(&admin, config.nodes);
    tokio::select! {
        biased;
        Some(ended) = parts.join_next() => return ended.named(|| "a part of the sandbox panicked".to_owned())?,
        ready = ready => ready?,
    }
    write_kubeconfig(&api, &config, &state)?;
    is_released.store(!config.attached, Ordering::SeqCst);
    Report::Ready.send();
    close_stdout()?;
    info!(nodes = config.nodes, api = config.api, "the sandbox is up");
    let ended = parts.join_next().await;
    ended.map_or(Ok(()), |ended| {
        ended.named(|| "a part of the sandbox panicked".to_owned())?
    })
}

/// Ends the sandbox when the command that started it is gone before it lets go: interrupted, or killed. A thread
/// of its own, so that whatever the sandbox is busy with, or stuck in, the command's end is noticed.
fn watch_command(is_released: Arc<AtomicBool>) -> Result<()> {
    let what = || "cannot watch the command that started the sandbox".to_owned();
    let pipe = std::io::stdout().as_fd().try_clone_to_owned().named(what)?;
    let watch = move || {
        // an error is all that can happen at this end: nobody reads any more
        let mut ends = [PollFd::new(pipe.as_fd(), PollFlags::empty())];
        while poll(&mut ends, PollTimeout::NONE) == Err(Errno::EINTR) {}
        if !is_released.load(Ordering::SeqCst) {
            #[expect(
                clippy::disallowed_methods,
                clippy::exit,
                reason = "process 1 of its namespace: its end ends everything, and main may be stuck"
            )]
            std::process::exit(0);
        }
    };
    let thread = std::thread::Builder::new().name("command".to_owned());
    thread.spawn(watch).map(drop).named(what)
}

/// The listener that `up` opened in the host's network is our stdin; the other one is for the nodes.
async fn start_api(config: &LaunchConfig, parts: &mut JoinSet<Result<()>>) -> Result<ApiServer> {
    let what = || "cannot start the Kubernetes API".to_owned();
    let given = std::io::stdin().as_fd().try_clone_to_owned().named(what)?;
    let outside = std::net::TcpListener::from(given);
    outside.set_nonblocking(true).named(what)?;
    let outside = TcpListener::from_std(outside).named(what)?;
    let inside = TcpListener::bind(addresses::api())
        .await
        .named(|| format!("cannot listen on {}", addresses::api()))?;
    let nodes = Arc::new(Nodes::default());
    let api = ApiServer::new(
        mesh_kubeapi::Config {
            cluster: format!("meshctl-{}", config.name),
            endpoint: Some(addresses::api()),
            dns_address: addresses::DNS_VIP,
            inert: inert(),
            backend: Some(Arc::clone(&nodes) as _),
            ..mesh_kubeapi::Config::default()
        },
        CancellationToken::new(),
    )
    .named(what)?;
    nodes.know(api.clone());
    parts.spawn(async move {
        nodes.sample().await;
        Ok(())
    });
    let server = api.clone();
    parts.spawn(async move {
        server.serve(vec![outside, inside]).await;
        Ok(())
    });
    Ok(api)
}

/// Network policies are enforced by the nodes here.
fn inert() -> Vec<&'static str> {
    let mut inert = mesh_kubeapi::Config::default().inert;
    inert.retain(|collection| *collection != "networkpolicies.networking.k8s.io");
    inert
}

fn write_kubeconfig(api: &ApiServer, config: &LaunchConfig, state: &File) -> Result<()> {
    let what = || "cannot write the kubeconfig".to_owned();
    let address = config.api.parse().named(what)?;
    let text = api.admin_kubeconfig(address).named(what)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/kubeconfig", state.as_raw_fd()));
    crate::state::write_private(&path, text.as_bytes())
}

/// The waiting command has its answer; its pipe is nobody's any more.
fn close_stdout() -> Result<()> {
    let null = fs::OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .named(|| "cannot open /dev/null".to_owned())?;
    nix::unistd::dup2_stdout(&null).named(|| "cannot release the pipe".to_owned())
}
