//! The container's own process: builds the private root, gives up what it must not have, becomes the program.
//!
//! The root is an empty file system with the machine's programs and libraries shown read-only, a few files of
//! `/etc`, harmless devices, and the pod's volumes. Nothing else of the machine is reachable (decisions 7).

use crate::error::{Failure, Named, Result};
use crate::mounts;
use crate::spec::{ContainerSpec, MountSpec, Privileges, ProcessSpec, SpecFile};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, chdir, execvpe, setgroups, setresgid, setresuid};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

/// The exit code of a container that could not be started, as container runtimes report it.
pub(crate) const START_ERROR: u8 = 128;
/// The allow-listed files of the machine's `/etc`, prepared by the node.
pub(crate) const IMAGE_ETC: &str = "/run/meshctl/image/etc";

/// Becomes the container's program.
pub(crate) fn main(config: &SpecFile) -> Result<ExitCode> {
    let spec = ContainerSpec::read(&config.spec)?;
    let error = match become_program(&spec) {
        Ok(never) => match never {},
        Err(error) => error,
    };
    // still outside the new root, or inside: the log gets the reason either way, the file only in the first case
    drop(fs::write(spec.dir.join("error"), error.chain()));
    Err(error)
}

fn become_program(spec: &ContainerSpec) -> Result<std::convert::Infallible> {
    let parent = nix::unistd::getppid();
    unshare(CloneFlags::CLONE_NEWNS).named(|| "cannot make a mount namespace".to_owned())?;
    mounts::make_slave()?;
    let root = spec.dir.join("root");
    build_root(spec, &root)?;
    mounts::enter_root(&root)?;
    if !spec.namespaces.host_pid && !spec.privileges.privileged {
        hide_kernel_switches()?;
    }
    drop(fs::create_dir_all(&spec.process.cwd));
    chdir(spec.process.cwd.as_str()).named(|| format!("cannot enter `{}`", spec.process.cwd))?;
    give_up(&spec.privileges)?;
    crate::life::die_with(parent)?;
    execute(&spec.process)
}

fn build_root(spec: &ContainerSpec, root: &Path) -> Result<()> {
    fs::create_dir_all(root).named(|| format!("cannot make `{}`", root.display()))?;
    mounts::tmpfs(root, "mode=0755")?;
    mounts::programs(root)?;
    for (folder, mode) in [
        ("tmp", 0o1777),
        ("var/tmp", 0o1777),
        ("run", 0o755),
        ("root", 0o700),
        ("home", 0o755),
    ] {
        make_folder(&root.join(folder), mode)?;
    }
    for folder in [
        "proc",
        "sys",
        "opt",
        "srv",
        "mnt",
        "var/log",
        "var/lib",
        "var/cache",
        "etc",
    ] {
        make_folder(&root.join(folder), 0o755)?;
    }
    std::os::unix::fs::symlink("/run", root.join("var/run")).named(|| "cannot make /var/run".to_owned())?;
    etc(&root.join("etc"))?;
    mounts::devices(&root.join("dev"))?;
    if spec.namespaces.host_pid {
        mounts::bind(Path::new("/proc"), &root.join("proc"))?;
    } else {
        mounts::proc(&root.join("proc"))?;
    }
    // a network namespace that is not ours to own has no sysfs: containers of the node's network go without
    drop(mounts::sysfs(&root.join("sys")));
    extend_read_only(root, &spec.dir.join("layer"), &spec.mounts)?;
    for shown in &spec.mounts {
        show(root, shown)?;
    }
    if spec.privileges.read_only_root {
        mounts::make_read_only(root)?;
    }
    Ok(())
}

fn make_folder(path: &Path, mode: u32) -> Result<()> {
    let what = || format!("cannot make `{}`", path.display());
    fs::create_dir_all(path).named(what)?;
    fs::set_permissions(path, Permissions::from_mode(mode)).named(what)
}

/// The container's `/etc`: the prepared files, each read-only; room for mounts between them.
fn etc(etc: &Path) -> Result<()> {
    let what = || "cannot prepare /etc".to_owned();
    for entry in fs::read_dir(IMAGE_ETC).named(what)? {
        let entry = entry.named(what)?;
        let to = etc.join(entry.file_name());
        if entry.file_type().named(what)?.is_symlink() {
            let target = fs::read_link(entry.path()).named(what)?;
            std::os::unix::fs::symlink(target, to).named(what)?;
        } else {
            mounts::place_for(&entry.path(), &to)?;
            mounts::bind_read_only(&entry.path(), &to)?;
        }
    }
    Ok(())
}

/// Mount points that the machine's read-only folders lack are laid over them.
fn extend_read_only(root: &Path, layer: &Path, wanted: &[MountSpec]) -> Result<()> {
    let mut missing: BTreeMap<PathBuf, Vec<(&MountSpec, PathBuf)>> = BTreeMap::new();
    for shown in wanted {
        let inside = resolve(root, &shown.to)?;
        let Some(Component::Normal(top)) = inside.components().next() else {
            continue;
        };
        let on_machine = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"]
            .iter()
            .any(|name| top == *name);
        if on_machine && !root.join(&inside).exists() {
            let below = inside.components().skip(1).collect();
            missing
                .entry(PathBuf::from(top))
                .or_default()
                .push((shown, below));
        }
    }
    for (top, points) in missing {
        let skeleton = layer.join(&top);
        for (shown, below) in points {
            mounts::place_for(&shown.from, &skeleton.join(below))?;
        }
        let (below, place) = (Path::new("/").join(&top), root.join(&top));
        let options = format!("lowerdir={}:{}", skeleton.display(), below.display());
        mount(
            Some("overlay"),
            &place,
            Some("overlay"),
            MsFlags::MS_RDONLY | MsFlags::MS_NODEV,
            Some(options.as_str()),
        )
        .named(|| format!("cannot add mount points to `{}`", below.display()))?;
    }
    Ok(())
}

/// Where a path of the container is below its root: symbolic links of its first part (`/bin`) and `/var/run` followed inside the root.
fn resolve(root: &Path, path: &Path) -> Result<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::RootDir | Component::CurDir => continue,
            Component::ParentDir | Component::Prefix(_) => {
                return Err(Failure::new(format!(
                    "the mount path `{}` leads upwards",
                    path.display()
                )));
            }
        }
        if let Ok(target) = fs::read_link(root.join(&clean)) {
            clean = match target.strip_prefix("/") {
                Ok(absolute) => absolute.to_owned(),
                Err(_) => clean.parent().unwrap_or(Path::new("")).join(target),
            };
        }
    }
    Ok(clean)
}

fn show(root: &Path, shown: &MountSpec) -> Result<()> {
    let to = root.join(resolve(root, &shown.to)?);
    if !to.exists() {
        mounts::place_for(&shown.from, &to)?;
    }
    if shown.read_only {
        mounts::bind_read_only(&shown.from, &to)?;
    } else {
        mounts::bind(&shown.from, &to)?;
    }
    if !shown.propagate {
        mount(
            None::<&str>,
            &to,
            None::<&str>,
            MsFlags::MS_REC | MsFlags::MS_PRIVATE,
            None::<&str>,
        )
        .named(|| format!("cannot keep `{}` to the container", to.display()))?;
    }
    Ok(())
}

/// Settings of the running kernel can be read but not written: the machine's root is root here too when root started the sandbox.
fn hide_kernel_switches() -> Result<()> {
    let net = Path::new("/proc/sys/net");
    if net.exists() {
        mounts::bind(net, net)?;
    }
    let sys = Path::new("/proc/sys");
    mounts::bind(sys, sys)?;
    mounts::make_read_only(sys)?;
    for name in [
        "/proc/sysrq-trigger",
        "/proc/kcore",
        "/proc/timer_list",
        "/proc/keys",
    ] {
        if Path::new(name).exists() {
            mounts::bind(Path::new("/dev/null"), Path::new(name))?;
        }
    }
    Ok(())
}

/// Drops what the container must not have; the order matters, since each step needs what the next gives up.
pub(crate) fn give_up(privileges: &Privileges) -> Result<()> {
    mesh_sys::caps::limit_bounding_set(privileges.capabilities)
        .named(|| "cannot drop capabilities".to_owned())?;
    if !privileges.groups.is_empty() {
        let groups: Vec<_> = privileges.groups.iter().copied().map(Gid::from_raw).collect();
        setgroups(&groups).named(|| "cannot set the groups".to_owned())?;
    }
    if let Some(gid) = privileges.gid.map(Gid::from_raw) {
        setresgid(gid, gid, gid).named(|| format!("cannot become group {gid}"))?;
    }
    if let Some(uid) = privileges.uid.map(Uid::from_raw) {
        setresuid(uid, uid, uid).named(|| format!("cannot become user {uid}"))?;
    }
    if privileges.no_new_privs {
        nix::sys::prctl::set_no_new_privs().named(|| "cannot set no_new_privs".to_owned())?;
    }
    Ok(())
}

fn execute(process: &ProcessSpec) -> Result<std::convert::Infallible> {
    let text =
        |text: &str| CString::new(text).named(|| "a zero byte in the command or its environment".to_owned());
    let argv: Vec<_> = process
        .argv
        .iter()
        .map(|word| text(word))
        .collect::<Result<_>>()?;
    let env: Vec<_> = process
        .env
        .iter()
        .map(|(name, value)| text(&format!("{name}={value}")))
        .collect::<Result<_>>()?;
    let program = find_program(process)?;
    execvpe(&text(&program)?, &argv, &env).named(|| format!("cannot run `{program}`"))
}

/// The look-up along the *container's* PATH: `execvpe` would use our own.
pub(crate) fn find_program(process: &ProcessSpec) -> Result<String> {
    let name = process
        .argv
        .first()
        .ok_or_else(|| Failure::new("the container has no command"))?;
    if name.contains('/') {
        return Ok(name.clone());
    }
    let path = process
        .env
        .iter()
        .find(|(key, _)| key == "PATH")
        .map_or("/usr/bin:/bin", |(_, value)| value);
    let found = path
        .split(':')
        .map(|folder| format!("{folder}/{name}"))
        .find(|path| Path::new(path).is_file());
    found.ok_or_else(|| Failure::new(format!("executable file `{name}` not found in $PATH")))
}
