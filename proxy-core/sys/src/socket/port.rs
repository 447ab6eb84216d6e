//! When the port of a bound socket is chosen.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Leaves the choice of a port to `connect`, which knows the other end: `bind` would look for a port that nobody has
/// towards anybody, which takes the longer the more connections there are, and fails when all have one.
pub fn port_by_connect(socket: &impl AsFd) -> io::Result<()> {
    let on: libc::c_int = 1;
    let size = libc::socklen_t::try_from(size_of_val(&on)).map_err(io::Error::other)?;
    // SAFETY: the kernel reads `size` bytes of `on`, which outlives the call; the descriptor is open
    #[allow(unsafe_code, reason = "no safe wrapper exists")]
    let done = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_BIND_ADDRESS_NO_PORT,
            (&raw const on).cast(),
            size,
        )
    };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
