//! When to stop: SIGTERM, SIGINT, or somebody inside asking for it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// The process's one wish to stop. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

/// The signals that mean "stop", caught from the moment this exists.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to catch them; needs a runtime.
    pub fn catch() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for the next one and says which it was.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

impl Shutdown {
    /// Nobody wishes to stop yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the process is to stop.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Asks to stop.
    pub fn trigger(&self) {
        self.token.cancel();
    }

    /// Waits for a signal, or for [`Shutdown::trigger`], and passes it on.
    pub async fn watch(&self, mut signals: Signals) {
        tokio::select! {
            biased;
            () = self.token.cancelled() => {}
            name = signals.next() => {
                info!(signal = name, "stopping");
                self.token.cancel();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_trigger_ends_the_watch() {
        let shutdown = Shutdown::new();
        shutdown.trigger();
        shutdown.watch(Signals::catch().unwrap()).await;
        assert!(shutdown.token().is_cancelled());
    }
}
