//! Logs in the field's two forms, plain and JSON (proxy-ops.md 8), with levels that change while running.
//!
//! Lines go through a bounded queue to a thread that writes them: a slow reader costs lines, counted, and
//! never time of the data path (security.md 9).

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, reload};

mod filter;
mod line;
mod queue;

pub use filter::{Filter, InvalidFilter};
pub use queue::Queue;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Columns separated by tabs.
    #[default]
    Plain,
    /// One object for each line.
    Json,
}

impl Format {
    /// Reads `LOG_FORMAT`: `json`, anything else is plain.
    #[must_use]
    pub fn from_setting(text: Option<&str>) -> Self {
        if text.is_some_and(|text| text.eq_ignore_ascii_case("json")) {
            Self::Json
        } else {
            Self::Plain
        }
    }
}

/// Changes levels at run time. Clones share them.
#[derive(Debug, Clone)]
pub struct Levels {
    initial: Filter,
    current: Arc<Mutex<Filter>>,
    handle: Option<reload::Handle<Targets, Registry>>,
}

impl Levels {
    /// Levels that no subscriber follows: for a part that runs where somebody else logs.
    #[must_use]
    pub fn detached(initial: Filter) -> Self {
        Self {
            current: Arc::new(Mutex::new(initial.clone())),
            initial,
            handle: None,
        }
    }

    /// The filter in force, as it is printed.
    #[must_use]
    pub fn current(&self) -> String {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .to_string()
    }

    /// Adds clauses to the filter in force, after going back to the start filter if `reset`.
    pub fn change(&self, reset: Reset, clauses: &str) -> Result<(), InvalidFilter> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let base = if reset == Reset::First {
            &self.initial
        } else {
            &*current
        };
        let next = base.with(clauses)?;
        if let Some(handle) = &self.handle {
            // fails only when the subscriber is gone, and then there is nothing to filter
            let _ = handle.reload(next.to_targets());
        }
        *current = next;
        Ok(())
    }
}

/// Whether a change starts from the start filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Begin with what was set at start.
    First,
    /// Begin with what is in force.
    Keep,
}

/// Ends with the program: writes what is still queued.
#[derive(Debug)]
#[must_use = "dropping it ends the log"]
pub struct Logging {
    /// Changes levels.
    pub levels: Levels,
    queue: Queue,
}

impl Logging {
    /// Lines that were dropped because nobody read fast enough.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.queue.finish();
    }
}

/// Starts to log to `out`; once in a process.
pub fn start(
    filter: Filter,
    format: Format,
    out: impl Write + Send + 'static,
) -> Result<Logging, StartError> {
    let queue = Queue::start(out).map_err(StartError::Thread)?;
    let (targets, handle) = reload::Layer::new(filter.to_targets());
    let lines = line::Lines::new(format, queue.clone());
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .try_init()
        .map_err(StartError::Twice)?;
    let levels = Levels {
        current: Arc::new(Mutex::new(filter.clone())),
        initial: filter,
        handle: Some(handle),
    };
    Ok(Logging { levels, queue })
}

/// Why the log cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No thread to write on.
    #[error("cannot start the log writer")]
    Thread(#[source] io::Error),
    /// Somebody else logs already.
    #[error("logging was started twice")]
    Twice(#[source] TryInitError),
}

/// A layer that writes to a queue, for tests and for programs with a subscriber of their own.
#[must_use]
pub fn layer<S>(format: Format, queue: Queue) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    line::Lines::new(format, queue)
}

#[cfg(test)]
mod tests;
