//! Mounts as the sandbox needs them: private trees built from parts of the machine, read-only where they are the machine's.

use crate::error::{Named, Result};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{chdir, pivot_root};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

/// No mount made here reaches other mount namespaces.
pub(crate) fn make_private() -> Result<()> {
    propagation("/", MsFlags::MS_PRIVATE)
}

/// Mounts of the namespace this one was copied from still arrive; ours do not leave.
pub(crate) fn make_slave() -> Result<()> {
    propagation("/", MsFlags::MS_SLAVE)
}

/// Mounts made here reach namespaces copied from this one later.
pub(crate) fn make_shared() -> Result<()> {
    propagation("/", MsFlags::MS_SHARED)
}

fn propagation(path: &str, kind: MsFlags) -> Result<()> {
    mount(
        None::<&str>,
        path,
        None::<&str>,
        MsFlags::MS_REC | kind,
        None::<&str>,
    )
    .named(|| format!("cannot change the mount propagation of `{path}`"))
}

/// An empty writable file system.
pub(crate) fn tmpfs(path: &Path, options: &str) -> Result<()> {
    mount(
        Some("tmpfs"),
        path,
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some(options),
    )
    .named(|| format!("cannot mount a tmpfs on `{}`", path.display()))
}

/// The processes of the caller's own process namespace.
pub(crate) fn proc(path: &Path) -> Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), path, Some("proc"), flags, None::<&str>)
        .named(|| format!("cannot mount the process list on `{}`", path.display()))
        .map_err(|failure| {
            failure.with_hint(
                "a container whose `/proc` is partly covered forbids it: start that container with \
                 `--security-opt systempaths=unconfined`, or run the sandbox outside of it",
            )
        })
}

/// The devices of the caller's network namespace, read-only.
pub(crate) fn sysfs(path: &Path) -> Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    mount(Some("sysfs"), path, Some("sysfs"), flags, None::<&str>)
        .named(|| format!("cannot mount sysfs on `{}`", path.display()))
}

/// Terminals of the caller's own.
pub(crate) fn devpts(path: &Path) -> Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mount(
        Some("devpts"),
        path,
        Some("devpts"),
        flags,
        Some("newinstance,ptmxmode=0666,mode=0620"),
    )
    .named(|| format!("cannot mount terminals on `{}`", path.display()))
}

/// Shows `from` (file or folder, with everything mounted below) also at `to`.
pub(crate) fn bind(from: &Path, to: &Path) -> Result<()> {
    mount(
        Some(from),
        to,
        None::<&str>,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        None::<&str>,
    )
    .named(|| format!("cannot bind `{}` to `{}`", from.display(), to.display()))
}

/// Like [`bind`], and nothing can be written through it, nor through any mount below it.
pub(crate) fn bind_read_only(from: &Path, to: &Path) -> Result<()> {
    bind(from, to)?;
    make_read_only(to)?;
    mounts_below(to)?
        .iter()
        .try_for_each(|below| make_read_only(below))
}

/// Makes one mount read-only, keeping what it must keep.
pub(crate) fn make_read_only(path: &Path) -> Result<()> {
    let what = || format!("cannot make `{}` read-only", path.display());
    let flags = statvfs(path).named(what)?.flags();
    let mut wanted = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID;
    // a mount that came from a more privileged namespace keeps these locked: leaving one out would be refused
    for (has, keep) in [
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ] {
        if flags.contains(has) {
            wanted |= keep;
        }
    }
    mount(None::<&str>, path, None::<&str>, wanted, None::<&str>).named(what)
}

fn mounts_below(path: &Path) -> Result<Vec<PathBuf>> {
    let table =
        fs::read_to_string("/proc/self/mountinfo").named(|| "cannot read the mount table".to_owned())?;
    let points = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|point| PathBuf::from(unescape(point)));
    Ok(points
        .filter(|point| point.starts_with(path) && point != path)
        .collect())
}

/// The mount table writes blanks and backslashes as `\040` and the like.
fn unescape(point: &str) -> String {
    point
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

/// Makes a place to mount on: a folder for a folder, an empty file for anything else.
pub(crate) fn place_for(from: &Path, to: &Path) -> Result<()> {
    let what = || format!("cannot make the mount point `{}`", to.display());
    if from.is_dir() {
        return fs::create_dir_all(to).named(what);
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).named(what)?;
    }
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(to)
        .map(drop)
        .named(what)
}

/// Makes `root`, a mount point, the root of this mount namespace; nothing of the old one stays reachable.
pub(crate) fn enter_root(root: &Path) -> Result<()> {
    let what = || format!("cannot make `{}` the root", root.display());
    chdir(root).named(what)?;
    // old and new root at one place: the old one lies on top and is unmounted, so no folder for it is needed
    pivot_root(".", ".").named(what)?;
    umount2(".", MntFlags::MNT_DETACH).named(|| "cannot leave the old root".to_owned())?;
    chdir("/").named(what)
}

/// A minimal `/dev`: harmless devices of the machine, own terminals, own shared memory.
pub(crate) fn devices(dev: &Path) -> Result<()> {
    fs::create_dir_all(dev).named(|| "cannot make /dev".to_owned())?;
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        let (from, to) = (Path::new("/dev").join(name), dev.join(name));
        if from.exists() {
            place_for(&from, &to)?;
            bind(&from, &to)?;
        }
    }
    for name in ["pts", "shm"] {
        fs::create_dir_all(dev.join(name)).named(|| format!("cannot make /dev/{name}"))?;
    }
    devpts(&dev.join("pts"))?;
    tmpfs(&dev.join("shm"), "mode=1777")?;
    for (name, target) in [
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        std::os::unix::fs::symlink(target, dev.join(name)).named(|| format!("cannot make /dev/{name}"))?;
    }
    Ok(())
}

/// Shows the machine's programs and libraries, read-only, below `root`.
pub(crate) fn programs(root: &Path) -> Result<()> {
    for name in ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
        let (from, to) = (Path::new("/").join(name), root.join(name));
        let Ok(kind) = fs::symlink_metadata(&from) else {
            continue;
        };
        if kind.is_symlink() {
            let target = fs::read_link(&from).named(|| format!("cannot read `{}`", from.display()))?;
            std::os::unix::fs::symlink(target, &to).named(|| format!("cannot make `{}`", to.display()))?;
        } else {
            fs::create_dir_all(&to).named(|| format!("cannot make `{}`", to.display()))?;
            bind_read_only(&from, &to)?;
        }
    }
    Ok(())
}
