//! Mounts as a node needs them: a root of its own over the machine's, in memory.

use mesh_sandbox::error::{Named, Result};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};
use std::fs;
use std::path::Path;

/// No mount made here reaches other mount namespaces, and none made there arrives.
pub(crate) fn make_private() -> Result<()> {
    propagation("/", MsFlags::MS_PRIVATE)
}

/// Mounts made here reach namespaces copied from this one later.
pub(crate) fn make_shared(path: &Path) -> Result<()> {
    propagation(path, MsFlags::MS_SHARED)
}

fn propagation(path: impl AsRef<Path>, kind: MsFlags) -> Result<()> {
    let path = path.as_ref();
    mount(
        None::<&str>,
        path,
        None::<&str>,
        MsFlags::MS_REC | kind,
        None::<&str>,
    )
    .named(|| format!("cannot change the mount propagation of `{}`", path.display()))
}

/// An empty writable file system.
pub(crate) fn tmpfs(path: &Path) -> Result<()> {
    folder(path)?;
    mount(
        Some("tmpfs"),
        path,
        Some("tmpfs"),
        MsFlags::empty(),
        Some("mode=0755"),
    )
    .named(|| format!("cannot mount a tmpfs on `{}`", path.display()))
}

/// The processes of the caller's own process namespace.
pub(crate) fn proc(path: &Path) -> Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), path, Some("proc"), flags, None::<&str>)
        .named(|| format!("cannot mount the process list on `{}`", path.display()))
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

/// The machine's root file system at `root`, with every change kept in `changes`.
pub(crate) fn overlay(changes: &Path, scratch: &Path, root: &Path) -> Result<()> {
    for path in [changes, scratch, root] {
        folder(path)?;
    }
    let options = format!(
        "lowerdir=/,upperdir={},workdir={}",
        changes.display(),
        scratch.display()
    );
    mount(
        Some("overlay"),
        root,
        Some("overlay"),
        MsFlags::empty(),
        Some(options.as_str()),
    )
    .named(|| format!("cannot lay `{}` over the machine's root", changes.display()))
}

/// Makes `root` the root, and forgets the old one.
pub(crate) fn enter(root: &Path) -> Result<()> {
    let what = || format!("cannot make `{}` the root", root.display());
    chdir(root).named(what)?;
    // the old root is mounted over the new one, then taken away
    pivot_root(".", ".").named(what)?;
    umount2(".", MntFlags::MNT_DETACH).named(what)?;
    chdir("/").named(what)
}

/// A folder and those above it.
pub(crate) fn folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).named(|| format!("cannot make `{}`", path.display()))
}

/// A file and the folders above it.
pub(crate) fn file(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(parent) = path.parent() {
        folder(parent)?;
    }
    fs::write(path, content).named(|| format!("cannot write `{}`", path.display()))
}
