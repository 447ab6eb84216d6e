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

/// The calling thread, and those it starts from now on, hold no capability but those in `keep` (a bit per
/// capability number) that it holds now.
///
/// # Errors
/// When the kernel refuses, which it does not do to callers that only give away.
pub fn keep(keep: u64) -> io::Result<()> {
    /// `_LINUX_CAPABILITY_VERSION_3`: two words of 32 capabilities each.
    const VERSION: u32 = 0x2008_0522;
    #[repr(C)]
    struct Header {
        version: u32,
        thread: libc::c_int,
    }
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Sets {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    let mut header = Header {
        version: VERSION,
        thread: 0,
    };
    let mut sets = [Sets::default(); 2];
    let checked = |status: libc::c_long| match status {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    };
    // SAFETY: header and sets have the layout of version 3 and live as long as the call; the kernel writes
    // only into them.
    #[expect(unsafe_code, reason = "no safe wrapper exists")]
    checked(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, sets.as_mut_ptr()) })?;
    for (word, set) in sets.iter_mut().enumerate() {
        let mask = u32::try_from(keep >> (32 * word) & 0xffff_ffff).unwrap_or(0);
        set.permitted &= mask;
        set.effective &= mask;
        set.inheritable = 0;
    }
    // SAFETY: as above; the kernel only reads.
    #[expect(unsafe_code, reason = "no safe wrapper exists")]
    checked(unsafe { libc::syscall(libc::SYS_capset, &raw const header, sets.as_ptr()) })
}
