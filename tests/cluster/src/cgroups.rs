//! The control groups of a cluster's pods: one subtree of its own in every hierarchy, removed with it.
//!
//! A machine has version 1, hybrid or version 2 groups. Nothing outside the subtree is written, except that on version 2
//! the controllers must be enabled for the root's children, which an init does anyway.

use mesh_sandbox::error::{Failure, Named, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ROOT: &str = "/sys/fs/cgroup";
/// A process that was killed leaves its group within this time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The path of a cluster's groups below every hierarchy.
pub(crate) fn path(cluster: &str) -> String {
    format!("/meshctl-cluster-{cluster}")
}

fn is_unified() -> bool {
    Path::new(ROOT).join("cgroup.controllers").exists()
}

fn hierarchies() -> Vec<PathBuf> {
    if is_unified() {
        return vec![PathBuf::from(ROOT)];
    }
    let entries = fs::read_dir(ROOT).into_iter().flatten().flatten();
    // the same hierarchy may have a second name as a link
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// Makes the groups that a kubelet wants to find.
pub(crate) fn create(cluster: &str, node: &str) -> Result<()> {
    let found = hierarchies();
    if found.is_empty() {
        return Err(
            Failure::new(format!("there are no control groups below `{ROOT}`")).with_hint(format!(
                "mount them: `mount -t cgroup2 cgroup2 {ROOT}`, or run in a privileged container"
            )),
        );
    }
    for hierarchy in found {
        let outer = hierarchy.join(path(cluster).trim_start_matches('/'));
        for group in [outer.clone(), outer.join(node)] {
            let what = || format!("cannot make the control group `{}`", group.display());
            if is_unified() {
                enable(group.parent().unwrap_or(&hierarchy)).named(what)?;
            }
            fs::create_dir_all(&group).named(what)?;
            if is_unified() {
                enable(&group).named(what)?;
            }
            inherit(&group).named(what)?;
        }
    }
    Ok(())
}

/// Version 2: children get the controllers that pods are held by.
fn enable(group: &Path) -> std::io::Result<()> {
    let offered = fs::read_to_string(group.join("cgroup.controllers"))?;
    for wanted in ["cpu", "cpuset", "memory", "pids"] {
        if offered.split_whitespace().any(|name| name == wanted) {
            fs::write(group.join("cgroup.subtree_control"), format!("+{wanted}"))?;
        }
    }
    Ok(())
}

/// Version 1: a group without processors or memory nodes of its own takes no process.
fn inherit(group: &Path) -> std::io::Result<()> {
    for file in ["cpuset.cpus", "cpuset.mems"] {
        let own = group.join(file);
        if is_unified() || !own.exists() {
            continue;
        }
        if fs::read_to_string(&own)?.trim().is_empty() {
            let parent = group.parent().unwrap_or(group).join(file);
            fs::write(&own, fs::read_to_string(parent)?)?;
        }
    }
    Ok(())
}

/// Removes the groups of a cluster whose processes are gone.
pub(crate) fn remove(cluster: &str) {
    let begin = Instant::now();
    for hierarchy in hierarchies() {
        let group = hierarchy.join(path(cluster).trim_start_matches('/'));
        while group.exists() && !remove_tree(&group) && begin.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn remove_tree(group: &Path) -> bool {
    let children = fs::read_dir(group).into_iter().flatten().flatten();
    for child in children.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        remove_tree(&child.path());
    }
    fs::remove_dir(group).is_ok()
}
