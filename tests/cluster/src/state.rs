//! What a cluster keeps on the machine's own disk: one folder with its journal, logs, kubeconfig and control socket.
//!
//! A lock held by the watchdog is the only sign of life: no process id is trusted without it.

use crate::cgroups;
use mesh_sandbox::error::{Failure, Named, Result};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The name a cluster has unless another is given.
pub const DEFAULT_NAME: &str = "default";

/// The folder of one cluster.
#[derive(Debug, Clone)]
pub struct StateDir {
    name: String,
    path: PathBuf,
}

/// What the watchdog writes down so that any later command can clean up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journal {
    /// The watchdog, in the host's process namespace.
    pub watchdog: i32,
    /// The process whose death ends the whole cluster, in the host's process namespace.
    pub fabric: i32,
    /// How many nodes.
    pub nodes: u8,
    /// Where the API listens on the host.
    pub api: String,
}

impl StateDir {
    /// The folder of the cluster called `name`.
    ///
    /// # Errors
    /// A name that cannot be a folder, or no home to put it in.
    pub fn of(name: &str) -> Result<Self> {
        let fits = (1..=30).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !fits {
            return Err(Failure::new(format!("`{name}` is not a cluster name"))
                .with_hint("use lower-case letters, digits and `-`, at most 30 of them"));
        }
        Ok(Self {
            name: name.to_owned(),
            path: home()?.join(name),
        })
    }

    /// A folder whose place is known already.
    pub(crate) fn of_path(name: &str, path: &Path) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
        }
    }

    /// The cluster's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A file of this folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The administrator's kubeconfig.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.file("kubeconfig")
    }

    /// Makes the folder, readable by its owner only.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self) -> Result<()> {
        let what = || format!("cannot make the state folder `{}`", self.path.display());
        for folder in ["logs", "work"] {
            fs::create_dir_all(self.path.join(folder)).named(what)?;
        }
        fs::set_permissions(&self.path, Permissions::from_mode(0o700)).named(what)
    }

    /// Takes the lock that says "this cluster runs"; `None` when another process has it.
    ///
    /// # Errors
    /// When the lock file cannot be opened.
    pub fn lock(&self) -> Result<Option<Flock<File>>> {
        let path = self.file("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path);
        let file = file.named(|| format!("cannot open `{}`", path.display()))?;
        Ok(Flock::lock(file, FlockArg::LockExclusiveNonblock).ok())
    }

    /// Whether this cluster runs now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.path.exists() && matches!(self.lock(), Ok(None))
    }

    /// What the watchdog wrote down.
    #[must_use]
    pub fn find_journal(&self) -> Option<Journal> {
        serde_json::from_slice(&fs::read(self.file("journal.json")).ok()?).ok()
    }

    /// Writes the journal in one step.
    pub(crate) fn write_journal(&self, journal: &Journal) -> Result<()> {
        let what = || "cannot write the journal".to_owned();
        let fresh = self.file("journal.new");
        fs::write(&fresh, serde_json::to_vec(journal).named(what)?).named(what)?;
        fs::rename(&fresh, self.file("journal.json")).named(what)
    }

    /// Removes what a cluster that runs no more has left; its logs stay when asked for.
    pub fn remove(&self, keep_logs: bool) {
        cgroups::remove(&self.name);
        if keep_logs {
            for name in ["journal.json", "kubeconfig", "control.sock", "lock"] {
                let _ = fs::remove_file(self.file(name));
            }
            let _ = fs::remove_dir(self.file("work"));
        } else {
            let _ = fs::remove_dir_all(&self.path);
        }
    }

    /// A log to append to.
    pub(crate) fn log(&self, name: &str) -> Result<File> {
        let path = self.file("logs").join(name);
        let open = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path);
        open.named(|| format!("cannot open `{}`", path.display()))
    }

    /// The end of a log, for the reader of a failure.
    #[must_use]
    pub fn tail(&self, name: &str, lines: usize) -> String {
        let text = fs::read(self.file("logs").join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

/// The names of the clusters that have a folder.
#[must_use]
pub fn names() -> Vec<String> {
    let entries = home().ok().and_then(|home| fs::read_dir(home).ok());
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn home() -> Result<PathBuf> {
    let named = |variable: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = named("XDG_STATE_HOME").or_else(|| Some(named("HOME")?.join(".local/state")));
    let base = base.ok_or_else(|| {
        Failure::new("there is no place for a cluster's state").with_hint("set HOME or XDG_STATE_HOME")
    })?;
    Ok(base.join("meshctl/cluster"))
}
