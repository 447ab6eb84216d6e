//! Buffers that are lent while bytes are in flight. Each thread has its own, so idle tunnels and streams
//! hold none, and what is read is still in the cache when it is written.

use std::cell::RefCell;

use crate::tls::record::MAX_RECORD;

/// Records read or written at once.
pub const RECORDS: usize = 16;
const SIZE: usize = (RECORDS + 1) * MAX_RECORD;

/// A tunnel inside a tunnel writes with two.
const SPARES: usize = 2;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer, given back when dropped. Its bytes are whatever the last borrower left.
#[derive(Debug)]
pub struct Scratch(Vec<u8>);

impl Scratch {
    /// This thread's buffer, or another one if that is lent already.
    #[must_use]
    pub fn lend() -> Self {
        let spare = SPARE.with(|spare| spare.borrow_mut().pop());
        Self(spare.unwrap_or_else(|| vec![0; SIZE]))
    }

    /// The bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        // a thread that is ending needs no spare
        SPARE
            .try_with(|spare| {
                let mut spare = spare.borrow_mut();
                if spare.len() < SPARES {
                    spare.push(buffer);
                }
            })
            .ok();
    }
}
