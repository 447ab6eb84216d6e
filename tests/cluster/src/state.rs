//! What a cluster keeps on the machine's own disk: the folder of [`mesh_sandbox::state`], and the end of its control groups.

use crate::cgroups;
use mesh_sandbox::error::Result;
use mesh_sandbox::state::{Kind, StateDir, names_of};
use std::fs::File;
use std::path::Path;

/// The name a cluster has unless another is given.
pub const DEFAULT_NAME: &str = "default";

/// Clusters of the tests. They have many logs, in one folder.
const CLUSTER: Kind = Kind {
    noun: "cluster",
    log: "logs/cluster.log",
};

/// The folder of the cluster called `name`.
///
/// # Errors
/// A name that cannot be a folder, or no home to put it in.
pub fn of(name: &str) -> Result<StateDir> {
    StateDir::of_kind(CLUSTER, name)
}

/// A folder whose place is known already.
pub(crate) fn of_path(name: &str, path: &Path) -> StateDir {
    StateDir::of_path(CLUSTER, name, path)
}

/// The names of the clusters that have a folder.
#[must_use]
pub fn names() -> Vec<String> {
    names_of(CLUSTER)
}

/// The log of one of the programs.
pub(crate) fn open_log(state: &StateDir, program: &str) -> Result<File> {
    state.open_log(&format!("logs/{program}.log"))
}

/// Removes what a cluster that runs no more has left; its logs stay when asked for.
pub(crate) fn remove(state: &StateDir, keep_logs: bool) {
    cgroups::remove(state.name());
    state.remove(keep_logs);
}
