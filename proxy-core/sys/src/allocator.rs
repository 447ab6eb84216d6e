//! The memory allocator of the servers: jemalloc, tuned to give memory back within a second.
//!
//! A server says `#[global_allocator] static ALLOCATOR: Jemalloc = Jemalloc;` and calls [`is_tuned`] at
//! start, which also keeps the settings below from being left out by the linker.

pub use tikv_jemallocator::Jemalloc;

/// Few arenas and no huge pages keep idle processes small (a proxy at rest held 0.2 MiB more with four arenas, and threads
/// hardly ever meet in one: each has a cache of its own); one background thread (not one for each arena) returns what is
/// unused.
const SETTINGS: &[u8] =
    b"narenas:2,thp:never,dirty_decay_ms:1000,muzzy_decay_ms:1000,background_thread:true,max_background_threads:1\0";

/// A pointer that jemalloc reads while it starts.
#[repr(transparent)]
struct Settings(*const u8);

// SAFETY: points at a constant that is never written.
#[allow(unsafe_code, reason = "a raw pointer to constant text may be shared")]
unsafe impl Sync for Settings {}

// SAFETY: jemalloc declares this name as a weak `const char *` meant to be given by the program; type and
// content (a text that ends in NUL) are what it expects.
#[allow(unsafe_code, reason = "the name is the interface")]
#[unsafe(export_name = "_rjem_malloc_conf")]
static MALLOC_CONF: Settings = Settings(SETTINGS.as_ptr());

/// Whether the settings are linked into this program.
#[must_use]
pub fn is_tuned() -> bool {
    std::ptr::eq(MALLOC_CONF.0, SETTINGS.as_ptr())
}
