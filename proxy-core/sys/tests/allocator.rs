//! The settings of the allocator reach jemalloc when a program takes it: its background thread runs.

use std::fs;

use mesh_sys::allocator::{Jemalloc, is_tuned};

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[test]
fn the_background_thread_runs() {
    assert!(is_tuned());
    // it starts with the first arena, at the latest when much was given back
    drop(vec![0u8; 8 * 1024 * 1024]);
    let names = fs::read_dir("/proc/self/task").unwrap().map(|thread| {
        fs::read_to_string(thread.unwrap().path().join("comm"))
            .unwrap_or_default()
            .trim()
            .to_owned()
    });
    let names: Vec<_> = names.collect();
    assert!(
        names.iter().any(|name| name.starts_with("jemalloc_bg")),
        "{names:?}"
    );
}
