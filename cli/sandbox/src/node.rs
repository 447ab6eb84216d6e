//! A node: namespaces with a private root, and in them the process that runs the pods bound to it.
//!
//! The outer process makes the namespaces; the inner one is their process 1, so that killing it is pulling
//! the plug. What a real node keeps on disk (`/etc/cni`, `/opt`, `/var`) survives in a folder of the
//! supervisor; everything else is gone with the power.

pub(crate) mod backoff;
pub(crate) mod cni;
pub(crate) mod context;
pub(crate) mod environment;
pub(crate) mod events;
pub(crate) mod exec;
pub(crate) mod kubelet;
pub(crate) mod lifecycle;
pub(crate) mod logs;
pub(crate) mod payload;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod probe;
pub(crate) mod registration;
pub(crate) mod root;
pub(crate) mod sandbox;
pub(crate) mod security;
pub(crate) mod server;
pub(crate) mod services;
pub(crate) mod status;
pub(crate) mod usage;
pub(crate) mod volumes;
pub(crate) mod worker;

use crate::addresses;
use crate::error::{Failure, Named, Result};
use crate::link::Links;
use crate::mounts;
use crate::stage::{self, Stage};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitPidFlag, waitpid};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// What a node must know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NodeConfig {
    pub(crate) name: String,
    /// From 1.
    pub(crate) index: u8,
    /// How many nodes there are.
    pub(crate) nodes: u8,
    /// The folder of this node in the supervisor's view: `disk`, `ctl`, `root`.
    pub(crate) folder: PathBuf,
    /// This program and its companions in the supervisor's view.
    pub(crate) bin: PathBuf,
    pub(crate) programs: PathBuf,
    /// More than one id is mapped, so users, groups and owners can be applied.
    pub(crate) all_ids: bool,
}

/// Makes the namespaces, starts process 1 in them, ends when it ends.
pub(crate) fn outer(config: &NodeConfig) -> Result<ExitCode> {
    let all = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC;
    unshare(all).named(|| format!("cannot make the namespaces of `{}`", config.name))?;
    let mut child = stage::command(&config.bin.join("meshctl"), Stage::NodeInit, config)?
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .named(|| format!("cannot start `{}`", config.name))?;
    let ended = child
        .wait()
        .named(|| format!("cannot wait for `{}`", config.name))?;
    Ok(ExitCode::from(u8::from(!ended.success())))
}

/// Process 1 of the node.
pub(crate) fn init(config: NodeConfig) -> Result<ExitCode> {
    crate::life::die_with(nix::unistd::Pid::from_raw(0))?;
    nix::unistd::sethostname(&config.name).named(|| "cannot set the node's host name".to_owned())?;
    root::enter(&config)?;
    mounts::make_shared()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.named(|| "cannot start a runtime".to_owned())?;
    runtime.block_on(async move {
        connect(&config).await?;
        kubelet::run(config).await
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The node's own network: loopback, its place on the bridge, routes to the other nodes' pods.
async fn connect(config: &NodeConfig) -> Result<()> {
    let links = Links::open()?;
    links.up("lo").await?;
    let deadline = Instant::now() + Duration::from_secs(10);
    let given = format!("e{}", config.index);
    while links.index(&given).await.is_err() {
        if Instant::now() > deadline {
            return Err(Failure::new(
                "the supervisor did not connect this node within 10 s",
            ));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    links.rename(&given, "eth0").await?;
    links
        .add_address("eth0", addresses::node(config.index), 24)
        .await?;
    links.up("eth0").await?;
    links
        .route_via(Ipv4Addr::UNSPECIFIED, 0, addresses::SUPERVISOR)
        .await?;
    for other in (1..=config.nodes).filter(|other| *other != config.index) {
        links
            .route_via(Ipv4Addr::new(10, 244, other, 0), 24, addresses::node(other))
            .await?;
    }
    for (key, value) in [
        ("ip_forward", "1"),
        ("conf/all/rp_filter", "0"),
        ("conf/default/rp_filter", "0"),
    ] {
        let path = format!("/proc/sys/net/ipv4/{key}");
        std::fs::write(&path, value).named(|| format!("cannot write `{path}` of the node's own network"))?;
    }
    Ok(())
}

/// Process 1 inherits the orphans of its namespace and must collect them; its own children it waits for elsewhere.
async fn reap() -> Result<()> {
    let mut ended = signal(SignalKind::child()).named(|| "cannot watch for ended processes".to_owned())?;
    let mut seen: HashSet<i32> = HashSet::new();
    loop {
        ended.recv().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        // a child somebody waits for is gone after a second; what is still dead then is nobody's
        let dead: HashSet<i32> = zombies().collect();
        for pid in dead.intersection(&seen) {
            let _ = waitpid(nix::unistd::Pid::from_raw(*pid), Some(WaitPidFlag::WNOHANG));
        }
        seen = dead;
    }
}

/// Our dead children.
fn zombies() -> impl Iterator<Item = i32> {
    let own = std::process::id().to_string();
    usage::processes().into_iter().filter(move |pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat
            .rsplit_once(')')
            .map(|(_, rest)| rest.split_whitespace().take(2).collect::<Vec<_>>());
        fields.is_some_and(|fields| fields == ["Z", own.as_str()])
    })
}
