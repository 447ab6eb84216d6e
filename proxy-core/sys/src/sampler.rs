//! Where a process spends its processor time: call stacks, taken by a timer that counts that time.
//!
//! The kernel interrupts a thread that runs (`ITIMER_PROF`); the handler walks its stack into a slot of a table
//! that exists before the timer does, and a task empties the table. Nothing is allocated, locked or waited for in
//! the handler: glibc's unwinder finds the tables of a program without a lock (`_dl_find_object`).
//! Absent on purpose: names. A released program has none; `pprof` finds them in its unstripped twin.

#![allow(
    unsafe_code,
    reason = "signal handlers, their shared memory and the unwinder have no safe wrapper"
)]

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::{CStr, c_int, c_void};
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use thiserror::Error;

/// Callers that are kept of one stack; those further out are cut.
const DEPTH: usize = 48;
/// Stacks between two visits of the task that empties the table.
const SLOTS: usize = 1_024;
/// Time between two such visits.
const VISIT: Duration = Duration::from_millis(100);

const FREE: u8 = 0;
const TAKEN: u8 = 1;
const FULL: u8 = 2;

/// One stack; who moved it out of `FREE` or `FULL` may touch it.
struct Slot {
    state: AtomicU8,
    frames: UnsafeCell<Frames>,
}

#[derive(Clone, Copy)]
struct Frames {
    addresses: [usize; DEPTH],
    count: usize,
}

struct Table {
    slots: Box<[Slot]>,
    next: AtomicUsize,
    lost: AtomicU64,
}

// SAFETY: `frames` is touched only by the one that changed `state` from `FREE` (a handler) or saw `FULL` (the
// one holder of `Sampler`), with acquire and release on that word.
unsafe impl Sync for Table {}

/// Made for the first profile and kept: a late handler may still look at it.
static TABLE: OnceLock<Table> = OnceLock::new();
static BUSY: AtomicBool = AtomicBool::new(false);

/// Why no samples are taken.
#[derive(Debug, Error)]
pub enum SamplerError {
    /// One at a time (`spec/security.md` M3).
    #[error("another profile is being taken")]
    Busy,
    /// The kernel refuses the timer or the signal.
    #[error("cannot start the profile's timer: {0}")]
    Timer(#[from] io::Error),
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Samples {
    /// How often each stack was seen: addresses, the innermost first.
    pub stacks: HashMap<Vec<usize>, u64>,
    /// Interrupts for which the table had no room.
    pub lost: u64,
}

/// Takes samples until it is dropped.
#[derive(Debug)]
pub struct Sampler {
    samples: Samples,
}

impl Sampler {
    /// Begins: `hertz` samples for each second of processor time, 1 to 1,000.
    ///
    /// # Errors
    ///
    /// When one is at work, or the kernel refuses.
    pub fn start(hertz: u32) -> Result<Self, SamplerError> {
        if BUSY.swap(true, Ordering::AcqRel) {
            return Err(SamplerError::Busy);
        }
        // from here on dropping it stops everything
        let sampler = Self {
            samples: Samples::default(),
        };
        let table = TABLE.get_or_init(Table::new);
        table.lost.store(0, Ordering::Relaxed);
        handle(on_signal as *const () as usize)?;
        tick(1_000_000 / hertz.clamp(1, 1_000))?;
        Ok(sampler)
    }

    /// Samples for a while.
    pub async fn run(&mut self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < end {
            tokio::time::sleep_until(end.min(tokio::time::Instant::now() + VISIT)).await;
            self.collect();
        }
    }

    fn collect(&mut self) {
        let Some(table) = TABLE.get() else { return };
        for slot in &table.slots {
            if slot.state.load(Ordering::Acquire) != FULL {
                continue;
            }
            // SAFETY: the slot is `FULL`, which only the one sampler (`BUSY`) changes
            let frames = unsafe { *slot.frames.get() };
            slot.state.store(FREE, Ordering::Release);
            let stack = frames.addresses[..frames.count].to_vec();
            *self.samples.stacks.entry(stack).or_default() += 1;
        }
        self.samples.lost = table.lost.load(Ordering::Relaxed);
    }

    /// Ends, with what was seen.
    #[must_use]
    pub fn finish(mut self) -> Samples {
        self.collect();
        std::mem::take(&mut self.samples)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        // a disarmed timer may have left one signal behind, which would end the process if nobody took it
        let _ = tick(0);
        let _ = handle(libc::SIG_IGN);
        self.collect();
        BUSY.store(false, Ordering::Release);
    }
}

impl Table {
    fn new() -> Self {
        let empty = || Slot {
            state: AtomicU8::new(FREE),
            frames: UnsafeCell::new(Frames {
                addresses: [0; DEPTH],
                count: 0,
            }),
        };
        Self {
            slots: (0..SLOTS).map(|_| empty()).collect(),
            next: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// Called in a signal handler.
    fn take(&self, interrupted: usize) {
        let slot = &self.slots[self.next.fetch_add(1, Ordering::Relaxed) % SLOTS];
        let claim = slot
            .state
            .compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        if claim.is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // SAFETY: the slot was `FREE` and is now this handler's
        let frames = unsafe { &mut *slot.frames.get() };
        frames.addresses[0] = interrupted;
        frames.count = 0;
        if has_callers(interrupted) {
            // SAFETY: `step` takes the pointer for what it is, and is done with it when the call returns
            unsafe { _Unwind_Backtrace(step, std::ptr::from_mut(frames).cast()) };
        }
        // without a way through the handler's own frame at least the place itself is known
        frames.count = frames.count.max(1);
        slot.state.store(FULL, Ordering::Release);
    }
}

unsafe extern "C" {
    // the C++ ABI's level 1, which Rust's own panics use
    fn _Unwind_Backtrace(
        step: extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
    // of the same library: the table entry of a place, or null
    fn _Unwind_Find_FDE(place: *mut c_void, bases: *mut [usize; 3]) -> *const u8;
    // the linker's: where the code of the program begins and ends
    static __executable_start: u8;
    static etext: u8;
}

/// Whether the callers of an interrupted place can be found without danger. Assembly of the crypto library moves its stack
/// without telling the tables: from there the unwinder would take any number for an address, and end the process. It is
/// told from Rust by what such code never has, a personality; so the callers of C, and of Rust that has nothing to clean
/// up, are left out as well where they are part of the program. Shared libraries are as their tables say.
fn has_callers(place: usize) -> bool {
    let (start, end) = (&raw const __executable_start, &raw const etext);
    if !(start.addr()..end.addr()).contains(&place) {
        return true;
    }
    let mut bases = [0; 3];
    // SAFETY: the place is only looked up; `bases` has the three words that are written
    let entry = unsafe { _Unwind_Find_FDE(std::ptr::without_provenance_mut(place), &raw mut bases) };
    if entry.is_null() {
        return false;
    }
    // SAFETY: entries that the unwinder finds are whole, and begin with their length and the distance from that second
    // word back to what they share, which has length, zero, version and a text (LSB core, `.eh_frame`)
    let text = unsafe {
        if entry.cast::<u32>().read_unaligned() == u32::MAX {
            return false; // of more than 4 GiB
        }
        let second = entry.add(4);
        let back = second.cast::<u32>().read_unaligned() as usize;
        CStr::from_ptr(second.sub(back).add(9).cast())
    };
    text.to_bytes().contains(&b'P')
}

/// One frame. Frames before the interrupted place are the handler's and are left out.
extern "C" fn step(context: *mut c_void, argument: *mut c_void) -> c_int {
    const GO_ON: c_int = 0;
    const STOP: c_int = 5;
    // SAFETY: `argument` is what `take` passed; `context` is the unwinder's own
    let (frames, address) = unsafe { (&mut *argument.cast::<Frames>(), _Unwind_GetIP(context)) };
    match frames.count {
        0 if address != frames.addresses[0] => return GO_ON,
        DEPTH => return STOP,
        count => frames.addresses[count] = address,
    }
    frames.count += 1;
    GO_ON
}

extern "C" fn on_signal(_signal: c_int, _info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: errno is this thread's own
    let errno = unsafe { *libc::__errno_location() };
    // SAFETY: with SA_SIGINFO the kernel passes a context of this type
    let interrupted = place(unsafe { &*context.cast::<libc::ucontext_t>() });
    if let Some(table) = TABLE.get() {
        table.take(interrupted);
    }
    // SAFETY: as above
    unsafe { *libc::__errno_location() = errno };
}

#[cfg(target_arch = "x86_64")]
fn place(context: &libc::ucontext_t) -> usize {
    usize::from_ne_bytes(context.uc_mcontext.gregs[libc::REG_RIP as usize].to_ne_bytes())
}

#[cfg(target_arch = "aarch64")]
fn place(context: &libc::ucontext_t) -> usize {
    context.uc_mcontext.pc as usize
}

/// What happens on SIGPROF.
fn handle(action: libc::sighandler_t) -> io::Result<()> {
    // SAFETY: a zeroed sigaction is one without flags and with an empty mask
    let mut new: libc::sigaction = unsafe { std::mem::zeroed() };
    new.sa_sigaction = action;
    new.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: `new` is whole, the old action is not asked for
    match unsafe { libc::sigaction(libc::SIGPROF, &raw const new, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sets the timer to this many microseconds of processor time; 0 disarms it.
fn tick(micros: u32) -> io::Result<()> {
    let every = libc::timeval {
        tv_sec: i64::from(micros / 1_000_000),
        tv_usec: i64::from(micros % 1_000_000),
    };
    let timer = libc::itimerval {
        it_interval: every,
        it_value: every,
    };
    // SAFETY: the kernel only reads `timer`
    match unsafe { libc::syscall(libc::SYS_setitimer, libc::ITIMER_PROF, &raw const timer, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A piece of the program's file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// First address.
    pub start: usize,
    /// The address after the last.
    pub end: usize,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// The file.
    pub file: String,
}

/// What of this process may be run.
///
/// # Errors
///
/// When `/proc` cannot be read.
pub fn mappings() -> io::Result<Vec<Mapping>> {
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    Ok(maps.lines().filter_map(mapping).collect())
}

fn mapping(line: &str) -> Option<Mapping> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    if !words.next()?.contains('x') {
        return None;
    }
    Some(Mapping {
        start: usize::from_str_radix(start, 16).ok()?,
        end: usize::from_str_radix(end, 16).ok()?,
        offset: u64::from_str_radix(words.next()?, 16).ok()?,
        file: words.nth(2)?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn spin(until: std::time::Instant) -> u64 {
        let mut sum = 0_u64;
        while std::time::Instant::now() < until {
            sum = (0..10_000).fold(sum, |sum, value| std::hint::black_box(sum ^ value));
        }
        sum
    }

    #[test]
    fn stacks_lead_from_where_time_is_spent_to_its_callers_and_one_samples_at_a_time() {
        let mut sampler = Sampler::start(1_000).unwrap();
        assert!(matches!(Sampler::start(100), Err(SamplerError::Busy)));
        let busy = std::thread::spawn(|| spin(std::time::Instant::now() + Duration::from_millis(600)));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(sampler.run(Duration::from_millis(600)));
        busy.join().unwrap();
        let seen_stacks = sampler.finish();
        let own = |stack: &Vec<usize>| {
            let begin = spin as *const () as usize;
            // this function is small, and what it calls may be told apart by its callers
            stack
                .iter()
                .any(|address| (begin..begin + 4_096).contains(address))
        };
        let seen: u64 = seen_stacks
            .stacks
            .iter()
            .filter(|(stack, _)| own(stack))
            .map(|(_, count)| count)
            .sum();
        assert!(seen >= 10, "{seen} of {seen_stacks:?}");
        assert!(
            seen_stacks.stacks.keys().any(|stack| stack.len() > 3),
            "{seen_stacks:?}"
        );
        let code = mappings().unwrap();
        let known = |address: &usize| code.iter().any(|one| (one.start..one.end).contains(address));
        assert!(seen_stacks.stacks.keys().all(|stack| known(&stack[0])));
        drop(Sampler::start(100).unwrap());
    }

    #[test]
    fn lines_of_the_kernels_map_are_read() {
        let line = "55a0-55b0 r-xp 00001000 fe:01 12 /usr/local/bin/ztunnel";
        let expected = Mapping {
            start: 0x55a0,
            end: 0x55b0,
            offset: 0x1000,
            file: "/usr/local/bin/ztunnel".to_owned(),
        };
        assert_eq!(mapping(line), Some(expected));
        assert_eq!(mapping("55a0-55b0 r--p 00001000 fe:01 12 /x"), None);
        assert_eq!(mapping("nonsense"), None);
    }
}
