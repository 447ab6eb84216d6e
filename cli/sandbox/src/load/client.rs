//! The near end of a load: as many threads as connections, one report.

use super::{Latency, Mode, Report};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// What to run.
#[derive(Clone, Debug)]
pub struct Load {
    /// `host:port` of a [`super::serve`].
    pub target: String,
    /// What the connections are for.
    pub mode: Mode,
    /// How many side by side.
    pub connections: usize,
    /// Bytes of one message (echo, connect) or write (upload).
    pub message: usize,
    /// How long.
    pub duration: Duration,
    /// Operations per second for each connection; as many as go when absent.
    pub rate: Option<u32>,
}

/// Why a load could not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to `{target}`")]
pub struct LoadError {
    target: String,
    #[source]
    source: io::Error,
}

/// What one connection saw.
#[derive(Default)]
struct Tally {
    samples: Vec<u64>,
    bytes: u64,
    errors: u64,
    first_error: Option<String>,
}

impl Tally {
    fn failed(&mut self, error: &io::Error) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| error.to_string());
    }
}

/// Runs the load and reports; errors after the first connection are counted, not returned.
///
/// # Errors
/// When the target does not accept even one connection.
pub fn run(load: &Load) -> Result<Report, LoadError> {
    let refused = |source| LoadError {
        target: load.target.clone(),
        source,
    };
    drop(TcpStream::connect(&load.target).map_err(refused)?);
    let begin = Instant::now();
    let workers: Vec<_> = (0..load.connections.max(1))
        .map(|_| {
            let load = load.clone();
            thread::spawn(move || match load.mode {
                Mode::Upload | Mode::Download => bulk(&load, begin),
                Mode::Echo | Mode::Connect => messages(&load, begin),
            })
        })
        .collect();
    let tallies: Vec<Tally> = workers
        .into_iter()
        .filter_map(|worker| worker.join().ok())
        .collect();
    Ok(sum(load, begin.elapsed(), tallies))
}

fn sum(load: &Load, elapsed: Duration, tallies: Vec<Tally>) -> Report {
    let samples: Vec<u64> = tallies
        .iter()
        .flat_map(|tally| tally.samples.iter().copied())
        .collect();
    Report {
        mode: load.mode,
        connections: load.connections,
        seconds: elapsed.as_secs_f64(),
        operations: samples.len() as u64,
        errors: tallies.iter().map(|tally| tally.errors).sum(),
        bytes: tallies.iter().map(|tally| tally.bytes).sum(),
        first_error: tallies.into_iter().find_map(|tally| tally.first_error),
        latency: Latency::of(samples),
    }
}

fn open(load: &Load) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(&load.target)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(&[load.mode.opening()])?;
    Ok(stream)
}

fn bulk(load: &Load, begin: Instant) -> Tally {
    let mut tally = Tally::default();
    let mut buffer = vec![0; load.message.max(1)];
    match open(load) {
        Err(error) => tally.failed(&error),
        Ok(mut stream) => {
            while begin.elapsed() < load.duration {
                let moved = match load.mode {
                    Mode::Download => stream.read(&mut buffer),
                    _ => stream.write(&buffer),
                };
                match moved {
                    Ok(bytes) if bytes > 0 => tally.bytes += bytes as u64,
                    Ok(_) => return tally,
                    Err(error) => {
                        tally.failed(&error);
                        return tally;
                    }
                }
            }
        }
    }
    tally
}

fn messages(load: &Load, begin: Instant) -> Tally {
    let mut tally = Tally::default();
    let message = vec![b'm'; load.message.max(1)];
    let mut answer = vec![0; message.len()];
    let mut stream = None;
    let mut turn: u32 = 0;
    while begin.elapsed() < load.duration {
        let start = Instant::now();
        match exchange(load, &mut stream, &message, &mut answer) {
            Ok(()) => {
                tally
                    .samples
                    .push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
                tally.bytes += message.len() as u64;
            }
            Err(error) => {
                stream = None;
                tally.failed(&error);
                thread::sleep(Duration::from_millis(10));
            }
        }
        turn += 1;
        if let Some(rate) = load.rate {
            thread::sleep(
                (begin + Duration::from_secs(1) / rate.max(1) * turn)
                    .saturating_duration_since(Instant::now()),
            );
        }
    }
    tally
}

/// One message there and back, on the open connection or a new one.
fn exchange(
    load: &Load,
    stream: &mut Option<TcpStream>,
    message: &[u8],
    answer: &mut [u8],
) -> io::Result<()> {
    let mut current = match stream.take() {
        Some(open) => open,
        None => open(load)?,
    };
    current.write_all(message)?;
    current.read_exact(answer)?;
    if load.mode == Mode::Echo {
        *stream = Some(current);
    }
    Ok(())
}
