//! The capability bounding set: what a process and all it executes may ever hold.

use std::io;

/// Removes every capability from the bounding set that `keep` (a bit per capability number) does not hold.
///
/// A process of uid 0 that executes a program then holds exactly `keep`; any other uid holds nothing.
///
/// # Errors
/// When the kernel refuses, which it does to callers without `CAP_SETPCAP`.
pub fn limit_bounding_set(keep: u64) -> io::Result<()> {
    for capability in 0..64_u64 {
        if keep & (1 << capability) != 0 {
            continue;
        }
        // SAFETY: prctl(PR_CAPBSET_DROP) takes plain integers and touches no memory of ours.
        #[expect(unsafe_code, reason = "no safe wrapper exists")]
        let done = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
        if done != 0 {
            let error = io::Error::last_os_error();
            // past the kernel's last capability the answer is EINVAL: everything is dropped
            if error.raw_os_error() == Some(libc::EINVAL) {
                return Ok(());
            }
            return Err(error);
        }
    }
    Ok(())
}
