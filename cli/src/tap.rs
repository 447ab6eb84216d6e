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

use serde::Deserialize;
use std::fmt::{self, Display};

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It began
    Open,
    /// It ended
    Close,
    /// Policy refused it, or ended it
    Denied,
    /// It failed before anything was known of it
    Failed,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

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

/// One end of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct End {
    /// `ip:port`.
    pub address: String,
    /// The workload there.
    pub workload: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its SPIFFE id, where it is authenticated.
    pub identity: Option<String>,
}

/// What a proxy tells of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When, as RFC 3339 in UTC.
    pub time: String,
    /// What.
    pub kind: Kind,
    /// `inbound` or `outbound`, from the view of the pod whose proxy tells.
    pub direction: String,
    /// The client.
    pub source: End,
    /// The server, or the next hop towards it.
    pub destination: End,
    /// What the tunnel is asked for.
    pub target: Option<String>,
    /// The hostname of the addressed service.
    pub service: Option<String>,
    /// Whether both ends are authenticated.
    #[serde(default)]
    pub mutual_tls: bool,
    /// Bytes from client to server.
    pub bytes_up: Option<u64>,
    /// Bytes from server to client.
    pub bytes_down: Option<u64>,
    /// How long it lived, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The policy that refused, as `namespace/name`.
    pub policy: Option<String>,
    /// Why it did not end in order.
    pub reason: Option<String>,
}

impl Event {
    /// What became of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.kind {
            Kind::Denied => Verdict::Denied,
            Kind::Failed => Verdict::Failed,
            Kind::Close if self.reason.is_some() => Verdict::Failed,
            Kind::Open | Kind::Close => Verdict::Forwarded,
        }
    }

    /// The port that the client wants: of the target behind the tunnel, not of the tunnel.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let address = self.target.as_deref().unwrap_or(&self.destination.address);
        address.rsplit_once(':')?.1.parse().ok()
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
