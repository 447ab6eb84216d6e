//! Gives back the code, and the memory of C libraries, that only the start of a server, or a burst of work, needed.
//!
//! The kernel maps the pages around each page of a program that is touched, so that a server which has just
//! started holds most of its file, however little of it runs from then on. Unmapped pages stay in the page
//! cache; one that is needed again comes back by a fault without I/O.

use std::fs;
use std::io;
use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};
use tokio_util::sync::CancellationToken;

use crate::process::processor_time;

/// When pages are given back first: once everything has started.
const STARTED: Duration = Duration::from_secs(5);
/// Between two looks after that.
const LOOK: Duration = Duration::from_secs(4);
/// At which look what came later than the start has settled.
const SETTLED: u32 = 8;
/// After so many looks at rest in a row, code is given back again: the kernel maps sixteen pages around each that is touched,
/// so that the little that runs each half minute would hold megabytes in between.
const QUIET: u32 = 3;
/// A server that used less processor time between two looks than this is at rest.
const REST: Duration = Duration::from_millis(40);
/// A server that rests with more of its files in memory than this, in bytes, has had a burst of work, unless it says
/// otherwise. Less comes and goes with single requests, which should not have to wait for it each time.
pub const MUCH: usize = 8 << 20;

/// When a server gives back what came in one by one since the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Not before it has worked again: its next request waits for nothing.
    AfterWork,
    /// While it rests, too.
    AtRest,
}

/// Gives code back some time after the start, and once more whenever the server rests after work with more than `much`
/// bytes of its files in memory, until `stop`.
pub async fn settle(much: usize, again: Again, stop: CancellationToken) {
    let ended = async |wait| stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none();
    if ended(STARTED).await {
        return;
    }
    give_back();
    let (mut looks, mut quiet, mut used) = (0_u32, 0_u32, processor_time());
    // what was given back once is left alone until the server has worked again, or for a while, as it wishes
    let mut has_worked = true;
    while !ended(LOOK).await {
        looks = looks.saturating_add(1);
        let before = std::mem::replace(&mut used, processor_time());
        let is_at_rest = used.saturating_sub(before) < REST;
        has_worked |= !is_at_rest;
        quiet = if is_at_rest { quiet.wrapping_add(1) } else { 0 };
        let is_due = is_at_rest && (has_worked || (again == Again::AtRest && quiet.is_multiple_of(QUIET)));
        if looks == SETTLED || (is_due && of_files() > much) {
            give_back();
            has_worked = false;
        }
    }
}

fn give_back() {
    trim();
    match release() {
        Ok(bytes) => tracing::debug!(bytes, "gave unused code back"),
        Err(error) => tracing::debug!(%error, "cannot give unused code back"),
    }
}

/// Bytes of files that are mapped and in memory; 0 where the kernel does not say.
fn of_files() -> usize {
    let shared = |statm: &str| statm.split_ascii_whitespace().nth(2)?.parse::<usize>().ok();
    let pages = fs::read_to_string("/proc/self/statm")
        .ok()
        .as_deref()
        .and_then(shared);
    let size = sysconf(SysconfVar::PAGE_SIZE).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok());
    pages
        .zip(size)
        .map_or(0, |(pages, size)| pages.saturating_mul(size))
}

/// C libraries have an allocator of their own, which keeps what they have freed.
#[allow(unsafe_code, reason = "a C library is called")]
fn trim() {
    #[cfg(target_env = "gnu")]
    // SAFETY: takes a number, and may be called by any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Unmaps the clean file pages of this process; says how many bytes of mappings were looked through.
pub fn release() -> io::Result<usize> {
    let mappings = clean(&fs::read_to_string("/proc/self/smaps")?);
    for mapping in &mappings {
        forget(mapping)?;
    }
    Ok(mappings.iter().map(|mapping| mapping.end - mapping.start).sum())
}

#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    start: usize,
    end: usize,
}

/// The private mappings of files that cannot be written and hold no page of their own, so that nothing is lost
/// with their pages. What the loader has relocated holds such pages, and is none of them.
fn clean(smaps: &str) -> Vec<Mapping> {
    let mut found = Vec::new();
    let mut candidate = None;
    for line in smaps.lines() {
        if let Some(count) = line.strip_prefix("Anonymous:") {
            found.extend(candidate.take().filter(|_| count.trim() == "0 kB"));
        } else if let Some(mapping) = candidate_of(line) {
            candidate = Some(mapping);
        }
    }
    found
}

/// The mapping that a line begins, if it is of a file and cannot be written.
fn candidate_of(line: &str) -> Option<Mapping> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let (start, end) = (
        usize::from_str_radix(start, 16).ok()?,
        usize::from_str_radix(end, 16).ok()?,
    );
    let is_read_only = words
        .next()
        .is_some_and(|access| access == "r--p" || access == "r-xp");
    let is_file = words.nth(3).is_some_and(|path| path.starts_with('/'));
    (is_read_only && is_file).then_some(Mapping { start, end })
}

#[allow(unsafe_code, reason = "the kernel is told of addresses")]
fn forget(mapping: &Mapping) -> io::Result<()> {
    let address = std::ptr::with_exposed_provenance_mut(mapping.start);
    // SAFETY: the range is one mapping of this process, as the kernel has just listed it: backed by a file,
    // never written and without private pages. Its pages read the same again when they are next touched. Had
    // it been unmapped since, the call fails; had other memory taken its place, that is only possible if a
    // library was unloaded, which no program of ours does.
    let done = unsafe { libc::madvise(address, mapping.end - mapping.start, libc::MADV_DONTNEED) };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
55d0c0000000-55d0c0400000 r--p 00000000 fe:00 1234 /usr/local/bin/ztunnel
Size:               4096 kB
Anonymous:             0 kB
55d0c0400000-55d0c0c00000 r-xp 00400000 fe:00 1234 /usr/local/bin/ztunnel
Anonymous:             0 kB
55d0c0c00000-55d0c0d00000 r--p 00c00000 fe:00 1234 /usr/local/bin/ztunnel
Anonymous:          1024 kB
55d0c0d00000-55d0c0d10000 rw-p 00d00000 fe:00 1234 /usr/local/bin/ztunnel
Anonymous:             0 kB
7f0000000000-7f0000200000 r--p 00000000 00:00 0 
Anonymous:             0 kB
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
";

    #[test]
    fn only_clean_mappings_of_files_are_given_back() {
        let mapping = |start, end| Mapping { start, end };
        assert_eq!(
            clean(SMAPS),
            [
                mapping(0x55d0_c000_0000, 0x55d0_c040_0000),
                mapping(0x55d0_c040_0000, 0x55d0_c0c0_0000)
            ]
        );
    }

    #[test]
    fn what_is_mapped_and_used_is_told() {
        assert!(of_files() > 100 * 1024);
        let before = processor_time();
        let end = std::time::Instant::now() + Duration::from_millis(30);
        while std::time::Instant::now() < end {
            std::hint::black_box(before);
        }
        assert!(processor_time() > before);
    }

    #[test]
    fn a_process_goes_on_after_its_code_was_given_back() {
        static WORDS: [&str; 3] = ["constants", "stay", "readable"];
        assert!(release().unwrap() > 100 * 1024);
        assert_eq!(WORDS.join(" "), "constants stay readable");
        assert!(
            std::thread::spawn(|| format!("{:?}", Duration::from_secs(3)))
                .join()
                .is_ok()
        );
    }
}
