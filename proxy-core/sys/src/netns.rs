//! Network namespaces: open, identify, create, and do something inside one.
//!
//! A thread that enters a namespace never waits for anything else there (security.md P4): [`NetNamespace::run`]
//! uses a thread that ends afterwards, [`Worker`] one that returns home after every job or ends the process.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};
use tokio::sync::{mpsc, oneshot};

/// What went wrong with a namespace.
#[derive(Debug, thiserror::Error)]
pub enum NetnsError {
    /// The file cannot be opened.
    #[error("cannot open the network namespace {}", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The descriptor is something else (security.md N3).
    #[error("the descriptor is not a network namespace")]
    NotNetns,
    /// The kernel refuses to enter.
    #[error("cannot enter the network namespace {id}")]
    Enter {
        /// Which one.
        id: NamespaceId,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The kernel refuses to make one.
    #[error("cannot create a network namespace")]
    Create(#[source] io::Error),
    /// No thread to do it on.
    #[error("cannot start a thread for the network namespace")]
    Thread(#[source] io::Error),
    /// The worker's thread is gone.
    #[error("the namespace worker has ended")]
    WorkerEnded,
    /// The job did not return.
    #[error("the job inside the network namespace panicked")]
    JobPanicked,
}

impl NetnsError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Enter { .. } | Self::Create(_) => {
                Some("the process needs CAP_SYS_ADMIN in the namespace's user namespace")
            }
            Self::Open { .. } | Self::NotNetns | Self::Thread(_) | Self::WorkerEnded | Self::JobPanicked => {
                None
            }
        }
    }
}

/// What identifies a namespace for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespaceId {
    /// The device of the namespace file system.
    pub device: u64,
    /// The inode there.
    pub inode: u64,
}

impl fmt::Display for NamespaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "net:[{}]", self.inode)
    }
}

/// An open handle on a network namespace; it lives at least as long as the handle.
#[derive(Debug, Clone)]
pub struct NetNamespace {
    file: Arc<File>,
    id: NamespaceId,
}

impl NetNamespace {
    /// The namespace of the calling thread.
    pub fn current() -> Result<Self, NetnsError> {
        Self::open("/proc/thread-self/ns/net")
    }

    /// The namespace that a path names: `/proc/PID/ns/net`, `/var/run/netns/NAME`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NetnsError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| NetnsError::Open {
            path: path.to_owned(),
            source,
        })?;
        Self::from_fd(file.into())
    }

    /// The namespace of a process.
    pub fn of_process(pid: u32) -> Result<Self, NetnsError> {
        Self::open(format!("/proc/{pid}/ns/net"))
    }

    /// Takes a descriptor that came from elsewhere, after asking the kernel what it is.
    pub fn from_fd(fd: OwnedFd) -> Result<Self, NetnsError> {
        if namespace_type(fd.as_fd()) != Some(libc::CLONE_NEWNET) {
            return Err(NetnsError::NotNetns);
        }
        let file = File::from(fd);
        let meta = file.metadata().map_err(|_| NetnsError::NotNetns)?;
        let id = NamespaceId {
            device: meta.dev(),
            inode: meta.ino(),
        };
        Ok(Self {
            file: Arc::new(file),
            id,
        })
    }

    /// Makes a new, empty namespace. It ends with its last handle, process and socket.
    pub fn create() -> Result<Self, NetnsError> {
        on_thread(|| {
            unshare(CloneFlags::CLONE_NEWNET).map_err(|errno| NetnsError::Create(errno.into()))?;
            Self::current()
        })?
    }

    /// What identifies it.
    #[must_use]
    pub fn id(&self) -> NamespaceId {
        self.id
    }

    /// Runs `job` inside, on a thread of its own that ends afterwards. Blocks the caller meanwhile.
    pub fn run<T: Send>(&self, job: impl FnOnce() -> T + Send) -> Result<T, NetnsError> {
        on_thread(|| {
            self.enter()?;
            Ok(job())
        })?
    }

    /// Runs `job` inside, on this thread, which is where it was before when this returns or unwinds. Costs no thread, and
    /// blocks.
    ///
    /// # Panics
    /// Ends the process when the kernel does not let the thread return: whatever it did next would happen in a pod.
    pub fn visit<T>(&self, job: impl FnOnce() -> T) -> Result<T, NetnsError> {
        let back = Back(Self::current()?);
        self.enter()?;
        let done = job();
        drop(back);
        Ok(done)
    }

    fn enter(&self) -> Result<(), NetnsError> {
        setns(self.file.as_fd(), CloneFlags::CLONE_NEWNET).map_err(|errno| NetnsError::Enter {
            id: self.id,
            source: errno.into(),
        })
    }
}

/// The way back of a thread that visits a namespace.
struct Back(NetNamespace);

impl Drop for Back {
    fn drop(&mut self) {
        if let Err(error) = self.0.enter() {
            tracing::error!(error = %crate::program::chain(&error), "a thread cannot leave a pod's network namespace");
            std::process::abort();
        }
    }
}

impl AsFd for NetNamespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl PartialEq for NetNamespace {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for NetNamespace {}

fn on_thread<T: Send>(job: impl FnOnce() -> T + Send) -> Result<T, NetnsError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("netns".into())
            .spawn_scoped(scope, job);
        match thread.map_err(NetnsError::Thread)?.join() {
            Ok(value) => Ok(value),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// `_IO(0xb7, 3)`; absent from the C library's headers that we have.
const NS_GET_NSTYPE: libc::c_ulong = 0xb703;

fn namespace_type(fd: BorrowedFd<'_>) -> Option<libc::c_int> {
    // SAFETY: the request takes no argument and the descriptor is open for the length of the call; on
    // anything but a namespace file it fails with ENOTTY.
    #[allow(unsafe_code, reason = "nix has no wrapper for this request")]
    let kind = unsafe { libc::ioctl(fd.as_raw_fd(), NS_GET_NSTYPE as _) };
    (kind >= 0).then_some(kind)
}

type Job = Box<dyn FnOnce(&NetNamespace) + Send>;

/// One long-lived thread that makes sockets inside other namespaces.
///
/// For short jobs that do not block: jobs run one after the other.
#[derive(Clone)]
pub struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Worker {
    /// Starts the thread; it ends with the last clone of the worker.
    pub fn start() -> Result<Self, NetnsError> {
        let (jobs, mut queue) = mpsc::channel::<Job>(1024);
        let home = NetNamespace::current()?;
        let serve = move || {
            while let Some(job) = queue.blocking_recv() {
                // whoever asked learns of a panic by the missing answer; the next job must run
                let _ = catch_unwind(AssertUnwindSafe(|| job(&home)));
            }
        };
        thread::Builder::new()
            .name("netns-worker".into())
            .spawn(serve)
            .map_err(NetnsError::Thread)?;
        Ok(Self { jobs })
    }

    /// Runs `job` inside `namespace` and gives back what it returns.
    pub async fn run<T, F>(&self, namespace: &NetNamespace, job: F) -> Result<T, NetnsError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let namespace = namespace.clone();
        let visit: Job = Box::new(move |home| {
            let outcome = namespace.enter().map(|()| Returning(home)).map(|_guard| job());
            // whoever asked may be gone; then nobody misses the answer
            let _ = answer.send(outcome);
        });
        self.jobs.send(visit).await.map_err(|_| NetnsError::WorkerEnded)?;
        result.await.map_err(|_| NetnsError::JobPanicked)?
    }
}

/// Brings the thread home when dropped. A thread in the wrong namespace would make sockets with the
/// wrong identity, so failing here ends the process (security.md P4).
struct Returning<'a>(&'a NetNamespace);

impl Drop for Returning<'_> {
    fn drop(&mut self) {
        if self.0.enter().is_err() {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_known_by_device_and_inode() {
        let first = NetNamespace::current().unwrap();
        let second = NetNamespace::of_process(std::process::id()).unwrap();
        assert_eq!(first, second);
        assert!(first.id().inode > 0);
        assert!(first.id().to_string().starts_with("net:["));
    }

    #[test]
    fn other_descriptors_are_not_network_namespaces() {
        // security N3
        let others = ["/proc/self/ns/mnt", "/dev/null", "/proc/self/stat"];
        for path in others {
            assert!(
                matches!(NetNamespace::open(path), Err(NetnsError::NotNetns)),
                "{path}"
            );
        }
        let (pipe, _other) = std::io::pipe().unwrap();
        assert!(matches!(
            NetNamespace::from_fd(pipe.into()),
            Err(NetnsError::NotNetns)
        ));
        assert!(matches!(
            NetNamespace::open("/absent"),
            Err(NetnsError::Open { .. })
        ));
    }
}
