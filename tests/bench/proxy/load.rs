//! Loads: echo, new connections, bulk, and connections that do nothing. Each gets ready, waits to be told to go on,
//! and prints what it saw as one line of JSON. One thread and epoll where many connections are busy.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::Outcome;
use crate::serve::{EVENTS, LARGE, event, named, say_ready};
use crate::usage::cpu;

/// What one exchange carries each way.
const MESSAGE: usize = 1024;
/// What the exchange of a new connection carries.
const SHORT: usize = 64;
/// No wait takes longer unless something is broken.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a wait for events lasts at most, in milliseconds.
const TURN: u16 = 100;
/// Connections that are opened side by side, when many are.
const OPENERS: usize = 4;

/// Is a load: `connections seconds [rate]`.
#[expect(clippy::print_stdout, reason = "the benchmark reads it")]
pub(crate) fn load(kind: &str, target: SocketAddr, words: &[&str]) -> Outcome<()> {
    let word = |at: usize| words.get(at).copied().unwrap_or("0");
    let (connections, seconds) = (word(0).parse()?, Duration::from_secs_f64(word(1).parse()?));
    let seen = match kind {
        "echo" => echo(target, connections, seconds)?,
        "paced" => paced(target, connections, seconds, word(2).parse()?)?,
        "connect" => connect(target, connections, seconds)?,
        "bulk" => bulk(target, connections, seconds)?,
        "hold" => hold(target, connections)?,
        _ => return Err(format!("no load does `{kind}`").into()),
    };
    println!("{seen}");
    Ok(())
}

/// Tells that everything is ready, and waits for the word to go on.
fn wait() -> Outcome<()> {
    say_ready();
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// How long operations took, in microseconds.
fn latencies(mut nanoseconds: Vec<u64>) -> Value {
    nanoseconds.sort_unstable();
    let last = nanoseconds.len().saturating_sub(1);
    let at = |percent: usize| {
        let found = nanoseconds.get(last * percent / 100);
        found.map(|nanoseconds| *nanoseconds as f64 / 1e3)
    };
    json!({ "p50": at(50), "p99": at(99) })
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// What a load of operations saw.
fn seen(taken: Vec<u64>, begun: Instant, cpu_before: f64) -> Outcome<Value> {
    let (operations, seconds) = (taken.len(), begun.elapsed().as_secs_f64());
    let cpu = cpu(std::process::id())? - cpu_before;
    Ok(json!({ "operations": operations, "seconds": seconds, "cpu": cpu, "latency": latencies(taken) }))
}

/// A connection that has proved to work.
fn warm(target: SocketAddr, message: usize) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&target, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut bytes = vec![0x5a; message];
    stream.write_all(&bytes)?;
    stream.read_exact(&mut bytes)?;
    Ok(stream)
}

/// Connections that have proved to work, and what tells of their events.
fn watched(target: SocketAddr, connections: usize) -> Outcome<(Epoll, Vec<TcpStream>)> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut streams = Vec::new();
    for at in 0..connections {
        let stream = warm(target, MESSAGE)?;
        stream.set_nonblocking(true)?;
        epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, at as u64))?;
        streams.push(stream);
    }
    Ok((epoll, streams))
}

/// What has arrived; nothing if it was not for us after all.
fn arrived(mut stream: &TcpStream, buffer: &mut [u8]) -> Outcome<usize> {
    match stream.read(buffer) {
        Ok(0) => Err("a connection has ended early".into()),
        Ok(count) => Ok(count),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Every connection sends as soon as its answer is there.
fn echo(target: SocketAddr, connections: usize, length: Duration) -> Outcome<Value> {
    let (epoll, streams) = watched(target, connections)?;
    let (mut events, mut buffer) = ([EpollEvent::empty(); EVENTS], vec![0; LARGE]);
    let message = [0x5a; MESSAGE];
    wait()?;
    let (begun, cpu_before, mut taken) = (Instant::now(), cpu(std::process::id())?, Vec::new());
    let mut open = Vec::new();
    for mut stream in &streams {
        open.push((0, Instant::now()));
        stream.write_all(&message)?;
    }
    while begun.elapsed() < length {
        let count = epoll.wait(&mut events, TURN)?;
        for at in events[..count].iter().map(named) {
            let (have, since) = &mut open[at];
            *have += arrived(&streams[at], &mut buffer)?;
            if *have < MESSAGE {
                continue;
            }
            taken.push(nanoseconds(*since));
            (*have, *since) = (0, Instant::now());
            (&streams[at]).write_all(&message)?;
        }
    }
    seen(taken, begun, cpu_before)
}

/// Connections take turns in sending at a fixed rate. An answer's time runs from when its message was due, so that
/// a stall counts for every message that it delays.
fn paced(target: SocketAddr, connections: usize, length: Duration, rate: u32) -> Outcome<Value> {
    let (epoll, streams) = watched(target, connections)?;
    let (mut events, mut buffer) = ([EpollEvent::empty(); EVENTS], vec![0; LARGE]);
    wait()?;
    let (begun, cpu_before, mut taken) = (Instant::now(), cpu(std::process::id())?, Vec::new());
    let step = Duration::from_secs(1) / rate;
    let due = |number: usize| begun + step * u32::try_from(number).unwrap_or(u32::MAX);
    let total = usize::try_from(length.as_nanos() / step.as_nanos())?;
    thread::scope(|scope| {
        let senders = &streams;
        let sender = scope.spawn(move || -> std::io::Result<()> {
            for number in 0..total {
                thread::sleep(due(number).saturating_duration_since(Instant::now()));
                (&senders[number % connections]).write_all(&[0x5a; MESSAGE])?;
            }
            Ok(())
        });
        let mut open = vec![(0, 0); connections];
        while taken.len() < total && begun.elapsed() < length + PATIENCE {
            let count = epoll.wait(&mut events, TURN)?;
            for at in events[..count].iter().map(named) {
                let (have, answers) = &mut open[at];
                *have += arrived(&streams[at], &mut buffer)?;
                while *have >= MESSAGE {
                    *have -= MESSAGE;
                    taken.push(nanoseconds(due(*answers * connections + at)));
                    *answers += 1;
                }
            }
        }
        sender.join().map_err(|_| "the sender panicked")??;
        seen(taken, begun, cpu_before)
    })
}

/// A connection that is being made.
struct Attempt {
    stream: TcpStream,
    since: Instant,
    is_sent: bool,
    have: usize,
}

impl Attempt {
    fn begin(target: SocketAddr, epoll: &Epoll) -> Outcome<Self> {
        let since = Instant::now();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        match socket.connect(&target.into()) {
            Err(error) if error.raw_os_error() != Some(nix::errno::Errno::EINPROGRESS as i32) => {
                return Err(error.into());
            }
            _ => {}
        }
        let stream = TcpStream::from(socket);
        epoll.add(
            &stream,
            event(&stream, EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT),
        )?;
        Ok(Self {
            stream,
            since,
            is_sent: false,
            have: 0,
        })
    }

    /// Whether its exchange is done.
    fn goes_on(&mut self, flags: EpollFlags, epoll: &Epoll, buffer: &mut [u8]) -> Outcome<bool> {
        if !self.is_sent && flags.contains(EpollFlags::EPOLLOUT) {
            self.is_sent = true;
            let mut only_input = event(&self.stream, EpollFlags::EPOLLIN);
            epoll.modify(&self.stream, &mut only_input)?;
            self.stream.write_all(&[0x5a; SHORT])?;
        }
        if flags.intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR) {
            self.have += arrived(&self.stream, buffer)?;
        }
        Ok(self.have >= SHORT)
    }
}

/// Connects, exchanges one message and closes, so many side by side.
fn connect(target: SocketAddr, connections: usize, length: Duration) -> Outcome<Value> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let (mut events, mut buffer) = ([EpollEvent::empty(); EVENTS], vec![0; LARGE]);
    let mut open: Vec<Option<Attempt>> = Vec::new();
    drop(warm(target, SHORT)?);
    wait()?;
    let (begun, cpu_before, mut taken) = (Instant::now(), cpu(std::process::id())?, Vec::new());
    let mut missing = connections;
    while begun.elapsed() < length {
        for _ in 0..std::mem::take(&mut missing) {
            let attempt = Attempt::begin(target, &epoll)?;
            let at = usize::try_from(attempt.stream.as_raw_fd())?;
            if open.len() <= at {
                open.resize_with(at + 1, || None);
            }
            open[at] = Some(attempt);
        }
        let count = epoll.wait(&mut events, TURN)?;
        for found in &events[..count] {
            let place = &mut open[named(found)];
            let Some(attempt) = place else { continue };
            if attempt.goes_on(found.events(), &epoll, &mut buffer)? {
                taken.push(nanoseconds(attempt.since));
                *place = None;
                missing += 1;
            }
        }
    }
    seen(taken, begun, cpu_before)
}

/// Every stream sends as much as it can; the time ends when the server has told that it has everything.
fn bulk(target: SocketAddr, connections: usize, length: Duration) -> Outcome<Value> {
    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect_timeout(&target, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        streams.push(stream);
    }
    wait()?;
    let begun = Instant::now();
    let bytes = thread::scope(|scope| {
        let senders: Vec<_> = streams
            .into_iter()
            .map(|stream| scope.spawn(move || upload(stream, length)))
            .collect();
        let mut bytes = 0;
        for sender in senders {
            bytes += sender.join().map_err(|_| "a sender panicked")??;
        }
        Ok::<u64, Box<dyn std::error::Error>>(bytes)
    })?;
    Ok(json!({ "bytes": bytes, "seconds": begun.elapsed().as_secs_f64() }))
}

fn upload(mut stream: TcpStream, length: Duration) -> std::io::Result<u64> {
    let (buffer, begun) = (vec![0; LARGE], Instant::now());
    while begun.elapsed() < length {
        stream.write_all(&buffer)?;
    }
    stream.shutdown(Shutdown::Write)?;
    let mut swallowed = [0; 8];
    stream.read_exact(&mut swallowed)?;
    Ok(u64::from_be_bytes(swallowed))
}

/// Opens connections that do nothing after one exchange, and holds them until told to go on.
fn hold(target: SocketAddr, connections: usize) -> Outcome<Value> {
    let begun = Instant::now();
    let share = connections / OPENERS;
    let held = thread::scope(|scope| {
        let open = || -> Result<Vec<TcpStream>, String> {
            let open = || warm(target, SHORT).map_err(|error| error.to_string());
            (0..share).map(|_| open()).collect()
        };
        let openers: Vec<_> = (0..OPENERS).map(|_| scope.spawn(open)).collect();
        let mut held = Vec::new();
        for opener in openers {
            held.extend(opener.join().map_err(|_| "an opener panicked")??);
        }
        Ok::<Vec<TcpStream>, Box<dyn std::error::Error>>(held)
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    wait()?;
    let count = held.len();
    drop(held);
    Ok(json!({ "connections": count, "seconds": seconds }))
}
