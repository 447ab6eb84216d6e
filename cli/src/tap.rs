//! Connections as node proxies tell of them: what is told, whom it is about, and how it is shown. (pure)
//!
//! A proxy sends one JSON object a line at `GET /events`. Fields that this program does not know are kept for
//! those who read JSON; a line that cannot be read is counted, and never ends the watch.
//! Absent on purpose: where the lines come from; `commands/tap.rs` fetches them.

pub mod line;
pub mod party;
pub mod wish;

#[cfg(test)]
mod tests;

pub use mesh_wire::events::{End, Event, Kind};
use serde::Deserialize;
use std::fmt::{self, Display};

/// What became of a connection, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Verdict {
    /// It went through
    Forwarded,
    /// Policy refused it, or ended it
    Denied,
    /// It ended for another reason than its two ends
    Failed,
}

impl Verdict {
    /// What became of it.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        match event.kind {
            Kind::Denied => Self::Denied,
            Kind::Failed => Self::Failed,
            Kind::Close if event.reason.is_some() => Self::Failed,
            Kind::Open | Kind::Close => Self::Forwarded,
        }
    }
}

/// One line of a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Event(Box<Event>),
    /// So many events were not told, because they were too many.
    Skipped(u64),
    /// The proxy lives, and has nothing to tell.
    Alive,
}

impl Told {
    /// Reads a line.
    ///
    /// # Errors
    /// It is no JSON object of a known kind, or lacks what every event has.
    pub fn parse(line: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Any {
            kind: String,
            #[serde(default)]
            count: u64,
        }
        let any: Any = serde_json::from_slice(line)?;
        match any.kind.as_str() {
            "alive" => Ok(Self::Alive),
            "skipped" => Ok(Self::Skipped(any.count)),
            _ => serde_json::from_slice(line).map(|event| Self::Event(Box::new(event))),
        }
    }
}

/// What was shown, for the words at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events by kind: open, close, denied, failed.
    kinds: [u64; 4],
    /// Events that proxies did not tell.
    pub skipped: u64,
    /// Lines that could not be read.
    pub unreadable: u64,
}

impl Tally {
    /// Counts an event that was shown.
    pub fn count(&mut self, kind: Kind) {
        self.kinds[kind as usize] += 1;
    }

    /// All events that were shown.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.kinds.iter().sum()
    }
}

impl Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [opened, closed, denied, failed] = self.kinds;
        let events = if self.total() == 1 { "event" } else { "events" };
        write!(
            out,
            "{} {events}: {opened} opened, {closed} closed, {denied} denied, {failed} failed",
            self.total()
        )?;
        if self.skipped > 0 {
            write!(out, "; {} more were too many to be told", self.skipped)?;
        }
        if self.unreadable > 0 {
            write!(out, "; {} lines could not be read", self.unreadable)?;
        }
        Ok(())
    }
}
