//! What the node asks of a container's processes: the contract between the node and its stages, kept in a file per container.

use crate::error::{Named, Result};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// One container, resolved: nothing in here refers to objects of the cluster any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ContainerSpec {
    /// This program, as the node sees it.
    pub(crate) meshctl: PathBuf,
    /// The container's folder on the node: spec, pid, exit, root.
    pub(crate) dir: PathBuf,
    /// The log file, in the format of the container runtime interface.
    pub(crate) log: PathBuf,
    pub(crate) namespaces: Namespaces,
    pub(crate) mounts: Vec<MountSpec>,
    pub(crate) privileges: Privileges,
    pub(crate) process: ProcessSpec,
}

/// Whose namespaces the container lives in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Namespaces {
    /// The process that holds the pod's namespaces.
    pub(crate) pause: i32,
    /// Network and host name are the node's.
    pub(crate) host_network: bool,
    /// Processes are the node's.
    pub(crate) host_pid: bool,
    /// Shared memory is the node's.
    pub(crate) host_ipc: bool,
}

/// A file or folder of the node shown in the container.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MountSpec {
    pub(crate) from: PathBuf,
    pub(crate) to: PathBuf,
    pub(crate) read_only: bool,
    /// Later mounts of the node show up in the container.
    pub(crate) propagate: bool,
}

/// What the container's processes may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Privileges {
    /// A bit per capability number.
    pub(crate) capabilities: u64,
    pub(crate) no_new_privs: bool,
    pub(crate) read_only_root: bool,
    pub(crate) privileged: bool,
    /// Set only where the sandbox maps more than one id.
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
    pub(crate) groups: Vec<u32>,
}

/// The process itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProcessSpec {
    pub(crate) argv: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cwd: String,
}

/// Where a [`ContainerSpec`] is: the argument of the stages that read one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SpecFile {
    pub(crate) spec: PathBuf,
}

/// How a container's process ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) signal: Option<i32>,
}

impl ContainerSpec {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let what = || format!("cannot read `{}`", path.display());
        serde_json::from_slice(&fs::read(path).named(what)?).named(what)
    }

    pub(crate) fn write(&self) -> Result<SpecFile> {
        let spec = self.dir.join("spec.json");
        let what = || format!("cannot write `{}`", spec.display());
        fs::create_dir_all(&self.dir).named(what)?;
        crate::state::write_private(&spec, &serde_json::to_vec(self).named(what)?)?;
        Ok(SpecFile { spec })
    }
}
