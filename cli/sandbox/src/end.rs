//! The wish that a server of ours ends: process 1 of a container gets no signal that it does not wait for.

use crate::error::{Named, Result};
use nix::sys::signal::{SigSet, Signal};

/// The signals that ask for the end, held back so that they can be waited for.
#[derive(Debug)]
pub struct Asked(SigSet);

impl Asked {
    /// Before any thread is started, since threads inherit what is held back.
    ///
    /// # Errors
    /// When the kernel does not let signals be held back.
    pub fn prepare() -> Result<Self> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGTERM);
        signals.add(Signal::SIGINT);
        signals
            .thread_block()
            .named(|| "cannot hold back signals".to_owned())?;
        Ok(Self(signals))
    }

    /// Waits for one.
    pub fn wait(&self) {
        // interrupted without one of these: go on
        while self.0.wait().is_err() {}
    }
}
