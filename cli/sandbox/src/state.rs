//! Where a sandbox keeps what outlives a command: one folder per name below the XDG state directory. A cluster of the
//! tests keeps the same in a folder of its own [`Kind`].
//!
//! The folder holds the kubeconfig, the journal and the logs. A lock on `lock`, held by the watchdog for as
//! long as the sandbox lives, is the only sign of life: no process id is trusted without it.

use crate::error::{Failure, Named, Result};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The name a sandbox has unless another is given.
pub const DEFAULT_NAME: &str = "default";

/// What such folders are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What one is called; also the folder that holds those of this kind.
    pub noun: &'static str,
    /// The log that explains an end, in the folder.
    pub log: &'static str,
}

/// Sandboxes.
pub const SANDBOX: Kind = Kind {
    noun: "sandbox",
    log: "sandbox.log",
};

/// The folder of one sandbox.
#[derive(Debug, Clone)]
pub struct StateDir {
    kind: Kind,
    name: String,
    path: PathBuf,
}

/// What the watchdog writes down so that any later command can clean up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journal {
    /// The watchdog, in the host's process namespace.
    pub watchdog: i32,
    /// The process whose death ends the whole sandbox, in the host's process namespace.
    pub root: i32,
    /// How many nodes were asked for.
    pub nodes: u8,
    /// Where the API listens on the host.
    pub api: String,
}

impl StateDir {
    /// The folder of the sandbox called `name`.
    ///
    /// # Errors
    /// A name that cannot be a folder, or no home to put it in.
    pub fn of(name: &str) -> Result<Self> {
        Self::of_kind(SANDBOX, name)
    }

    /// The folder of the one called `name` among those of a kind.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_kind(kind: Kind, name: &str) -> Result<Self> {
        let fits = (1..=40).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !fits {
            return Err(Failure::new(format!("`{name}` is not a {} name", kind.noun))
                .with_hint("use lower-case letters, digits and `-`, at most 40 of them"));
        }
        Ok(Self::of_path(kind, name, &home(kind)?.join(name)))
    }

    /// A folder whose place is known already.
    #[must_use]
    pub fn of_path(kind: Kind, name: &str, path: &Path) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            path: path.to_owned(),
        }
    }

    /// What it is and its name, for messages.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} `{}`", self.kind.noun, self.name)
    }

    /// The log that explains the end.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.file(self.kind.log)
    }

    /// Opens a log, named as the path below this folder, to append to.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_log(&self, name: &str) -> Result<File> {
        let path = self.file(name);
        let open = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path);
        open.named(|| format!("cannot open `{}`", path.display()))
    }

    /// The last lines of [`Self::log_path`] that say something.
    #[must_use]
    pub fn last_lines(&self, count: usize) -> String {
        let text = fs::read(self.log_path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let said: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        match said.len() {
            0 => "it logged nothing".to_owned(),
            all => said[all.saturating_sub(count)..].join("\n"),
        }
    }

    /// The sandbox's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A file of this folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The admin's kubeconfig.
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
        fs::create_dir_all(&self.path).named(what)?;
        fs::set_permissions(&self.path, Permissions::from_mode(0o700)).named(what)
    }

    /// Takes the lock that says "this sandbox runs"; `None` when another process has it.
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

    /// Whether this sandbox runs now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.path.exists() && matches!(self.lock(), Ok(None))
    }

    /// What the watchdog wrote down.
    #[must_use]
    pub fn find_journal(&self) -> Option<Journal> {
        serde_json::from_slice(&fs::read(self.file("journal.json")).ok()?).ok()
    }

    /// Writes the journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_journal(&self, journal: &Journal) -> Result<()> {
        let text = serde_json::to_vec_pretty(journal).named(|| "cannot encode the journal".to_owned())?;
        write_private(&self.file("journal.json"), &text)
    }

    /// Removes everything but, if asked to, the log that explains the end.
    pub fn remove(&self, keep_log: bool) {
        if keep_log {
            let kept = self.log_path();
            for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
                // the log, or the folder that it is in among others
                if !kept.starts_with(entry.path()) {
                    drop(fs::remove_file(entry.path()));
                    drop(fs::remove_dir(entry.path()));
                }
            }
            return;
        }
        drop(fs::remove_dir_all(&self.path));
        // the two folders above are ours too, and go when they are empty
        for folder in self.path.ancestors().skip(1).take(2) {
            drop(fs::remove_dir(folder));
        }
    }
}

/// The sandboxes this user has, running or crashed.
#[must_use]
pub fn names() -> Vec<String> {
    names_of(SANDBOX)
}

/// All of a kind that this user has, running or crashed.
#[must_use]
pub fn names_of(kind: Kind) -> Vec<String> {
    let Ok(home) = home(kind) else { return Vec::new() };
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Writes a file only its owner may read, in one step.
///
/// # Errors
/// When it cannot be written.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let what = || format!("cannot write `{}`", path.display());
    let next = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&next)
        .named(what)?;
    std::io::Write::write_all(&mut file, content).named(what)?;
    fs::rename(&next, path).named(what)
}

fn home(kind: Kind) -> Result<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    let base = base.ok_or_else(|| {
        Failure::new(format!("no folder to keep the {}'s state in", kind.noun))
            .with_hint("set HOME or XDG_STATE_HOME")
    })?;
    Ok(base.join("meshctl").join(kind.noun))
}
