//! The near end of a load: as many threads as connections, one report.

use super::exact::{self, Ends, Order, Pattern};
use super::{Exact, Latency, Mode, Report};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// How long an operation may take before it is an error.
const PATIENCE: Duration = Duration::from_secs(10);

/// What to run.
#[derive(Clone, Debug)]
pub struct Load {
    /// `host:port` of a [`super::serve`].
    pub target: String,
    /// What the connections are for.
    pub mode: Mode,
    /// How many side by side.
    pub connections: usize,
    /// Bytes of one message (echo, connect, half-close), block (stream) or write (upload).
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
    exact: Exact,
    errors: u64,
    first_error: Option<String>,
}

impl Tally {
    fn failed(&mut self, error: &io::Error) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| error.to_string());
    }

    fn took(&mut self, start: Instant) {
        let took = start.elapsed().as_nanos();
        self.samples.push(u64::try_from(took).unwrap_or(u64::MAX));
    }

    /// Adds what both ends of a connection counted.
    fn counted(&mut self, ends: &Ends) {
        self.bytes += ends.near.sent;
        self.exact += Exact {
            sent: ends.near.sent,
            arrived: ends.far.received,
            answered: ends.far.sent,
            returned: ends.near.received,
            wrong: ends.near.wrong + ends.far.wrong,
        };
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
        .map(|worker| {
            let load = load.clone();
            let seed = seed(worker);
            thread::spawn(move || match load.mode {
                Mode::Upload | Mode::Download => bulk(&load, begin),
                Mode::Echo | Mode::Connect => messages(&load, begin, seed),
                Mode::Stream => stream(&load, begin, seed),
                Mode::HalfClose => half_closes(&load, begin, seed),
            })
        })
        .collect();
    let tallies: Vec<Tally> = workers
        .into_iter()
        .filter_map(|worker| worker.join().ok())
        .collect();
    Ok(sum(load, begin.elapsed(), tallies))
}

/// No two connections carry the same bytes, nor do two runs side by side.
fn seed(worker: usize) -> u64 {
    (u64::from(std::process::id()) << 32) | (u64::try_from(worker).unwrap_or_default() << 24)
}

fn sum(load: &Load, elapsed: Duration, tallies: Vec<Tally>) -> Report {
    let samples: Vec<u64> = tallies
        .iter()
        .flat_map(|tally| tally.samples.iter().copied())
        .collect();
    let mut exact = Exact::default();
    for tally in &tallies {
        exact += tally.exact;
    }
    Report {
        exact,
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
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
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

fn messages(load: &Load, begin: Instant, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let mut pattern = Pattern::new(seed);
    let mut message = vec![0; load.message.max(1)];
    let mut answer = vec![0; message.len()];
    let mut stream = None;
    let mut turn: u32 = 0;
    while begin.elapsed() < load.duration {
        pattern.fill(&mut message);
        let start = Instant::now();
        let length = message.len() as u64;
        tally.exact.sent += length;
        match exchange(load, &mut stream, &message, &mut answer) {
            Ok(()) => {
                tally.took(start);
                tally.bytes += length;
                // an echo: what came back did arrive
                let wrong = message.iter().zip(&answer).filter(|(sent, got)| sent != got);
                tally.exact += Exact {
                    sent: 0,
                    arrived: length,
                    answered: length,
                    returned: length,
                    wrong: wrong.count() as u64,
                };
            }
            Err(error) => {
                stream = None;
                tally.failed(&error);
                thread::sleep(Duration::from_millis(10));
            }
        }
        turn += 1;
        pace(load, begin, turn);
    }
    tally
}

/// Sleeps until the next operation is due.
fn pace(load: &Load, begin: Instant, turn: u32) {
    if let Some(rate) = load.rate {
        let due = begin + Duration::from_secs(1) / rate.max(1) * turn;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
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

/// One connection for the whole duration, both ways at once.
fn stream(load: &Load, begin: Instant, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let pause = load
        .rate
        .map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.max(1));
    let order = order(load, seed, pause);
    checked(load, order, begin + load.duration, &mut tally);
    tally
}

/// Connection after connection, each with one message before the half-close.
fn half_closes(load: &Load, begin: Instant, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let mut turn: u32 = 0;
    while begin.elapsed() < load.duration {
        // the server is to answer at the half-close, not before
        let order = order(
            load,
            seed.wrapping_add(u64::from(turn) * 2),
            Duration::from_mins(1),
        );
        let start = Instant::now();
        if checked(load, order, start, &mut tally) {
            tally.took(start);
        } else {
            thread::sleep(Duration::from_millis(10));
        }
        turn += 1;
        pace(load, begin, turn);
    }
    tally
}

fn order(load: &Load, seed: u64, pause: Duration) -> Order {
    let block = u32::try_from(load.message.max(1)).unwrap_or(u32::MAX);
    Order { seed, block, pause }.bounded()
}

/// Whether a conversation until `end` came to an orderly one.
fn checked(load: &Load, order: Order, end: Instant, tally: &mut Tally) -> bool {
    let mut ends = Ends::default();
    let conversation = open(load).and_then(|stream| exact::converse(&stream, order, end, &mut ends));
    tally.counted(&ends);
    if let Err(error) = &conversation {
        tally.failed(error);
    }
    conversation.is_ok()
}
