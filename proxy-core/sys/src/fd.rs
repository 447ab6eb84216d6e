//! Descriptors that tokio watches.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::unix::AsyncFd;

/// Has the runtime watch a descriptor for as long as the result lives.
pub(crate) fn watch(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` names one and the same open descriptor until it is dropped, and `AsyncFd`
    // gives out only shared references to it, so it cannot be replaced meanwhile in safe code but by
    // `get_mut`, which nobody here has: callers hold it behind their own types.
    #[allow(unsafe_code, reason = "tokio asks the caller to vouch for the descriptor")]
    unsafe {
        Ok(AsyncFd::register(fd)?)
    }
}
