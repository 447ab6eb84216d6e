//! A node: process 1 of its namespaces. It builds its root, starts the container runtime, and keeps the node's programs going.

use crate::addresses;
use crate::config::{self, NodeFacts};
use crate::fabric::NodeConfig;
use crate::{cgroups, host, mounts, network, state};
use mesh_sandbox::error::{Failure, Named, Result};
use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, sethostname};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Where Debian and others put the standard CNI plugins.
pub(crate) const PLUGIN_FOLDERS: [&str; 3] = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
/// The plugins a node uses.
pub(crate) const PLUGINS: [&str; 4] = ["host-local", "loopback", "portmap", "ptp"];
const KUBERNETES: &str = "/usr/local/bin/kubernetes";
const IMAGES: &str = "/opt/images";
const PATIENCE: Duration = Duration::from_mins(1);
/// A program that ended is started again after this.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs until the node is killed.
pub(crate) fn main(config: &NodeConfig) -> Result<ExitCode> {
    let mut orders = BufReader::new(std::io::stdin()).lines().map_while(Result::ok);
    let logs = Logs::open(config)?;
    furnish(config)?;
    let name = addresses::node_name(config.index);
    sethostname(&name).named(|| "cannot name the node".to_owned())?;
    expect(&mut orders, "network")?;
    let launch = &config.launch;
    network::settle(config.index, launch.nodes, launch.is_dual)?;
    let mut keeper = Keeper::default();
    keeper.start(Program {
        path: PathBuf::from("containerd"),
        arguments: vec!["--config".to_owned(), "/etc/containerd/config.toml".to_owned()],
        log: logs.containerd,
    })?;
    wait_for_runtime()?;
    import_images()?;
    expect(&mut orders, "serve")?;
    let cgroup = cgroups::path(&launch.name);
    let facts = facts(config, &cgroup);
    let mut kubelet = vec!["kubelet".to_owned()];
    kubelet.extend(facts.kubelet_arguments());
    let mut proxy = vec!["kube-proxy".to_owned()];
    proxy.extend(NodeFacts::proxy_arguments());
    for (arguments, log) in [(kubelet, logs.kubelet), (proxy, logs.proxy)] {
        keeper.start(Program {
            path: PathBuf::from(KUBERNETES),
            arguments,
            log,
        })?;
    }
    keeper.keep()
}

fn expect(orders: &mut impl Iterator<Item = String>, word: &str) -> Result<()> {
    match orders.next() {
        Some(order) if order == word => Ok(()),
        other => Err(Failure::new(format!("`{word}` was expected, not {other:?}"))),
    }
}

fn facts<'a>(config: &NodeConfig, cgroup: &'a str) -> NodeFacts<'a> {
    NodeFacts {
        index: config.index,
        cgroup,
        is_dual: config.launch.is_dual,
    }
}

/// Opened before the node has a root of its own, which does not show the cluster's folder.
struct Logs {
    containerd: File,
    kubelet: File,
    proxy: File,
}

impl Logs {
    fn open(config: &NodeConfig) -> Result<Self> {
        let folder = state::of_path(&config.launch.name, &config.launch.state);
        let name = addresses::node_name(config.index);
        let open = |program: &str| state::open_log(&folder, &format!("{name}-{program}"));
        Ok(Self {
            containerd: open("containerd")?,
            kubelet: open("kubelet")?,
            proxy: open("kube-proxy")?,
        })
    }
}

/// Builds the node's root over the machine's and enters it.
fn furnish(config: &NodeConfig) -> Result<()> {
    mounts::make_private()?;
    let home = &config.home;
    let root = home.join("root");
    mounts::overlay(&home.join("changes"), &home.join("scratch"), &root)?;
    let inside = |path: &str| root.join(path.trim_start_matches('/'));
    // what a power loss takes, and what must not lie on an overlay itself
    for path in ["/run", "/tmp"] {
        mounts::tmpfs(&inside(path))?;
    }
    for path in ["/var/lib/containerd", "/var/lib/kubelet"] {
        let disk = home.join("disk").join(path.trim_start_matches('/'));
        mounts::folder(&disk)?;
        mounts::folder(&inside(path))?;
        mounts::bind(&disk, &inside(path))?;
    }
    for path in ["/sys", "/dev"] {
        mounts::bind(Path::new(path), &inside(path))?;
    }
    mounts::proc(&inside("/proc"))?;
    write_files(config, &root)?;
    install_plugins(&root)?;
    bind_file(&config.launch.kubernetes, &inside(KUBERNETES))?;
    for (number, archive) in config.launch.images.iter().enumerate() {
        bind_file(archive, &inside(&format!("{IMAGES}/{number}.tar")))?;
    }
    for (setting, value) in config::SHIELDED_SYSCTLS {
        let shield = inside("/run/sysctl").join(setting);
        mounts::file(&shield, value)?;
        let real = inside("/proc/sys").join(setting);
        if real.exists() {
            mounts::bind(&shield, &real)?;
        }
    }
    mounts::enter(&root)?;
    // containers of the node see what is mounted later
    mounts::make_shared(Path::new("/"))
}

fn bind_file(from: &Path, to: &Path) -> Result<()> {
    mounts::file(to, "")?;
    mounts::bind(from, to)
}

fn write_files(config: &NodeConfig, root: &Path) -> Result<()> {
    let cgroup = cgroups::path(&config.launch.name);
    for (path, content) in facts(config, &cgroup).files() {
        let path = root.join(path.trim_start_matches('/'));
        // a node that comes back has what was changed on its disk
        if !path.exists() || !path.starts_with(root.join("etc/cni")) {
            mounts::file(&path, content)?;
        }
    }
    let name = addresses::node_name(config.index);
    let keys = [
        ("ca.crt", "ca.crt".to_owned()),
        ("kubelet.crt", format!("{name}.crt")),
        ("kubelet.key", format!("{name}.key")),
        ("kubelet.conf", format!("{name}.conf")),
        ("proxy.conf", "proxy.conf".to_owned()),
    ];
    for (to, from) in keys {
        let from = config.pki.join(from);
        let content = fs::read(&from).named(|| format!("cannot read `{}`", from.display()))?;
        mounts::file(&root.join("etc/kubernetes").join(to), content)?;
    }
    Ok(())
}

fn install_plugins(root: &Path) -> Result<()> {
    let target = root.join("opt/cni/bin");
    mounts::folder(&target)?;
    for plugin in PLUGINS {
        let found = PLUGIN_FOLDERS
            .iter()
            .map(|folder| Path::new(folder).join(plugin))
            .find(|path| path.exists());
        let found = found.ok_or_else(|| {
            Failure::new(format!("there is no CNI plugin `{plugin}`"))
                .with_hint("install the package containernetworking-plugins")
        })?;
        let link = target.join(plugin);
        if link.symlink_metadata().is_err() {
            symlink(&found, &link).named(|| format!("cannot install the plugin `{plugin}`"))?;
        }
    }
    Ok(())
}

fn wait_for_runtime() -> Result<()> {
    let begin = Instant::now();
    loop {
        match host::run("ctr", &["--connect-timeout", "1s", "version"], "") {
            Ok(_) => return Ok(()),
            Err(failure) if begin.elapsed() > PATIENCE => return Err(failure),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Imports what the node's disk does not have from an earlier life.
fn import_images() -> Result<()> {
    let done = Path::new("/var/lib/containerd/imported");
    if done.exists() {
        return Ok(());
    }
    let mut archives: Vec<_> = fs::read_dir(IMAGES)
        .named(|| "cannot list the images".to_owned())?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    archives.sort();
    let begin = Instant::now();
    for archive in archives {
        let path = archive.display().to_string();
        host::run("ctr", &["--namespace", "k8s.io", "images", "import", &path], "")?;
    }
    tracing::info!("images imported in {} ms", begin.elapsed().as_millis());
    mounts::file(done, "")
}

/// A program that always runs.
struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    log: File,
}

/// Starts programs again that end, and collects processes that nobody else does.
#[derive(Default)]
struct Keeper {
    running: BTreeMap<i32, Program>,
}

impl Keeper {
    fn start(&mut self, program: Program) -> Result<()> {
        let what = || format!("cannot start `{}`", program.path.display());
        let log = program.log.try_clone().named(what)?;
        let child = host::command(&program.path, log)?
            .args(&program.arguments)
            .spawn()
            .named(what)?;
        let pid = i32::try_from(child.id()).named(what)?;
        self.running.insert(pid, program);
        Ok(())
    }

    fn keep(mut self) -> Result<ExitCode> {
        loop {
            let ended = match waitpid(None::<Pid>, None::<WaitPidFlag>) {
                Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, _, _)) => pid,
                Ok(_) | Err(Errno::EINTR) => continue,
                Err(error) => return Err(error).named(|| "cannot wait for the node's programs".to_owned()),
            };
            if let Some(program) = self.running.remove(&ended.as_raw()) {
                tracing::warn!("`{}` ended and is started again", program.path.display());
                std::thread::sleep(PAUSE);
                self.start(program)?;
            }
        }
    }
}
