//! Acting inside another network namespace.
//!
//! A thread is made for it and ends with it, so nothing else ever runs in the wrong namespace (security.md P4).

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use nix::sched::{CloneFlags, setns};

/// An open network namespace: it lives as long as somebody holds this.
#[derive(Debug, Clone)]
pub struct NetNs {
    file: Arc<File>,
    id: (u64, u64),
}

/// Why a namespace could not be used.
#[derive(Debug, thiserror::Error)]
pub enum NetNsError {
    /// The file cannot be opened.
    #[error("cannot open the network namespace `{path}`")]
    Open {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It cannot be entered.
    #[error("cannot enter a network namespace")]
    Enter {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What ran inside ended in a panic.
    #[error("work inside a network namespace failed unexpectedly")]
    Panicked,
}

impl NetNs {
    /// Opens a namespace file.
    ///
    /// # Errors
    /// It does not exist or may not be read.
    pub fn open(path: &Path) -> Result<Self, NetNsError> {
        let describe = |source| NetNsError::Open {
            path: path.display().to_string(),
            source,
        };
        let file = File::open(path).map_err(describe)?;
        let facts = file.metadata().map_err(describe)?;
        Ok(Self {
            file: Arc::new(file),
            id: (facts.dev(), facts.ino()),
        })
    }

    /// The namespace of this process.
    ///
    /// # Errors
    /// The process file system is not there.
    pub fn own() -> Result<Self, NetNsError> {
        Self::open(Path::new("/proc/self/ns/net"))
    }

    /// Device and inode: equal for the same namespace.
    #[must_use]
    pub fn id(&self) -> (u64, u64) {
        self.id
    }

    /// The open file.
    #[must_use]
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Runs `work` inside, on a thread of its own; waits for it.
    ///
    /// # Errors
    /// The namespace cannot be entered.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, NetNsError> {
        thread::scope(|scope| {
            let inside = || {
                setns(self.file.as_fd(), CloneFlags::CLONE_NEWNET).map_err(|errno| {
                    NetNsError::Enter {
                        source: errno.into(),
                    }
                })?;
                Ok(work())
            };
            let thread = thread::Builder::new()
                .name("netns".to_owned())
                .stack_size(512 * 1024)
                .spawn_scoped(scope, inside)
                .map_err(|source| NetNsError::Enter { source })?;
            thread.join().unwrap_or(Err(NetNsError::Panicked))
        })
    }
}
