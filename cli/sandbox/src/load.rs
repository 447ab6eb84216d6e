//! A load program for pods of the sandbox: serve, run, relay.
//!
//! Plain threads and blocking sockets, so that what is measured is the path between two pods and not a
//! runtime. A connection starts with one byte that names its [`Mode`]; the server then echoes, discards or
//! sends until the client closes, or both ends check and count every byte (`exact`). Absent on purpose: TLS,
//! HTTP, and any knowledge of the mesh.

mod client;
mod exact;
mod fetch;
mod marked;
mod probe;
mod server;

pub use client::{Load, LoadError, run};
pub use fetch::{Answer, fetch};
pub use marked::{Marked, send_marked};
pub use probe::{Answered, Probe, Verdict, ask_all, ask_from};
pub use server::{relay, serve};

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One message there and back at a time, on a connection that stays open; its content is checked.
    Echo,
    /// The client sends as fast as it can.
    Upload,
    /// The server sends as fast as it can.
    Download,
    /// Connect, one message there and back, close; its content is checked.
    Connect,
    /// Both ends send at once, check and count each other's bytes, on a connection that stays open.
    Stream,
    /// Connect, send one message and half-close; both ends check and count, the server answers into the half
    /// that is open.
    HalfClose,
}

impl Mode {
    /// The byte that opens a connection of this mode.
    fn opening(self) -> u8 {
        match self {
            Self::Echo | Self::Connect => b'e',
            Self::Upload => b'u',
            Self::Download => b'd',
            Self::Stream | Self::HalfClose => b'x',
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "echo" => Ok(Self::Echo),
            "upload" => Ok(Self::Upload),
            "download" => Ok(Self::Download),
            "connect" => Ok(Self::Connect),
            "stream" => Ok(Self::Stream),
            "half-close" => Ok(Self::HalfClose),
            _ => Err(format!(
                "unknown mode `{word}`; one of echo, upload, download, connect, stream, half-close"
            )),
        }
    }
}

/// What one run of load saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What the connections were for.
    pub mode: Mode,
    /// How many ran side by side.
    pub connections: usize,
    /// How long the run took, in seconds.
    pub seconds: f64,
    /// Messages answered, or connections made and answered.
    pub operations: u64,
    /// Operations that failed.
    pub errors: u64,
    /// The first error's text.
    pub first_error: Option<String>,
    /// Bytes of payload in the measured direction.
    pub bytes: u64,
    /// Bytes that were counted at both ends; zero for modes in which the far end does not tell.
    #[serde(default)]
    pub exact: Exact,
    /// How long one operation took; absent for bulk modes.
    pub latency: Option<Latency>,
}

impl Report {
    /// Operations per second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let operations = self.operations as f64;
        operations / self.seconds.max(f64::EPSILON)
    }

    /// Payload in Gbit/s.
    #[must_use]
    pub fn gbit_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let bits = self.bytes as f64 * 8.0;
        bits / self.seconds.max(f64::EPSILON) / 1e9
    }
}

/// What both ends of all connections counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exact {
    /// Sent by the near ends.
    pub sent: u64,
    /// Of these, arrived at the far ends.
    pub arrived: u64,
    /// Sent by the far ends.
    pub answered: u64,
    /// Of these, arrived at the near ends.
    pub returned: u64,
    /// Arrived, at either end, with another value than was sent.
    pub wrong: u64,
}

impl Exact {
    /// Whether every byte arrived as it was sent.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.sent == self.arrived && self.answered == self.returned && self.wrong == 0
    }
}

impl std::ops::AddAssign for Exact {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.arrived += other.arrived;
        self.answered += other.answered;
        self.returned += other.returned;
        self.wrong += other.wrong;
    }
}

/// Latency of operations, in microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// Nine of ten are below.
    pub p90: f64,
    /// 99 of 100 are below.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Latency {
    /// Sorts the samples, in nanoseconds, and reads the percentiles off; none for no samples.
    fn of(mut samples: Vec<u64>) -> Option<Self> {
        samples.sort_unstable();
        let last = samples.len().checked_sub(1)?;
        #[expect(clippy::cast_precision_loss, reason = "microseconds for people")]
        let at = |percent: usize| samples[last * percent / 100] as f64 / 1000.0;
        Some(Self {
            p50: at(50),
            p90: at(90),
            p99: at(99),
            max: at(100),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    fn against_a_server(mode: Mode) -> Report {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || serve(&listener));
        let load = Load {
            target,
            mode,
            connections: 2,
            message: 64,
            duration: Duration::from_millis(50),
            rate: None,
        };
        run(&load).unwrap()
    }

    #[test]
    fn echo_counts_messages_and_their_latency() {
        let report = against_a_server(Mode::Echo);
        assert!(report.operations > 0 && report.errors == 0, "{report:?}");
        assert!(report.latency.is_some_and(|latency| latency.p50 <= latency.max));
    }

    #[test]
    fn every_mode_moves_bytes() {
        for mode in [
            Mode::Upload,
            Mode::Download,
            Mode::Connect,
            Mode::Stream,
            Mode::HalfClose,
        ] {
            let report = against_a_server(mode);
            assert!(report.bytes > 0 && report.errors == 0, "{mode:?}: {report:?}");
        }
    }

    #[test]
    fn both_ends_count_the_same_bytes() {
        for mode in [Mode::Stream, Mode::HalfClose, Mode::Echo] {
            let report = against_a_server(mode);
            assert!(report.exact.is_whole() && report.exact.sent > 0, "{report:?}");
            assert!(
                report.exact.returned > 0 && report.errors == 0,
                "{mode:?}: {report:?}"
            );
        }
    }

    /// A server that answers every connection with what the closure makes of an echo.
    fn against(answer: impl Fn(&mut Vec<u8>) + Send + 'static) -> Report {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut message = vec![0; 65];
                if stream.read_exact(&mut message).is_ok() {
                    message.remove(0);
                    answer(&mut message);
                    let _ = stream.write_all(&message);
                }
            }
        });
        let load = Load {
            target,
            mode: Mode::Connect,
            connections: 1,
            message: 64,
            duration: Duration::from_millis(50),
            rate: None,
        };
        run(&load).unwrap()
    }

    #[test]
    fn an_echo_of_other_bytes_is_wrong_and_a_short_one_is_an_error() {
        let report = against(|echo| echo[40] ^= 1);
        assert!(
            report.exact.wrong > 0 && report.exact.wrong == report.operations,
            "{report:?}"
        );
        let report = against(|echo| echo.truncate(63));
        assert!(report.errors > 0 && !report.exact.is_whole(), "{report:?}");
    }

    #[test]
    fn a_relay_is_transparent_to_the_load() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || serve(&listener));
        let front = TcpListener::bind("127.0.0.1:0").unwrap();
        let relayed = front.local_addr().unwrap().to_string();
        std::thread::spawn(move || relay(&front, &target));
        let load = Load {
            target: relayed,
            mode: Mode::Echo,
            connections: 1,
            message: 10,
            duration: Duration::from_millis(50),
            rate: Some(100),
        };
        let report = run(&load).unwrap();
        assert!(report.operations > 0 && report.errors == 0, "{report:?}");
    }

    #[test]
    fn an_unreachable_target_is_an_error_that_names_it() {
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let load = Load {
            target: free.clone(),
            mode: Mode::Upload,
            connections: 1,
            message: 10,
            duration: Duration::from_millis(10),
            rate: None,
        };
        assert!(run(&load).unwrap_err().to_string().contains(&free));
    }
}
