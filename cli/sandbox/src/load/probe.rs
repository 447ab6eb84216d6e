//! The same question again and again: may this pod connect? Each answer has its time.

use super::exact::Pattern;
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Bytes of the message that a connection must bring back to count as allowed.
const MESSAGE: usize = 64;
/// How long an answer may take before there is none.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to ask, and how often.
#[derive(Clone, Debug)]
pub struct Probe {
    /// `host:port` of a [`super::serve`].
    pub target: String,
    /// Between the beginnings of two connections.
    pub every: Duration,
    /// How long.
    pub duration: Duration,
}

/// What became of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The message came back as it was sent.
    Allowed,
    /// The connection was closed or reset before it did.
    Denied,
    /// Neither: why.
    Unclear(String),
}

/// A verdict, when it was asked for and when it was there, in milliseconds of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Before the connection was made.
    pub began: u64,
    /// After the verdict was known.
    pub ended: u64,
    /// What it was.
    pub verdict: Verdict,
}

impl Probe {
    /// Asks until the duration is over; `tell` gets each answer at once.
    pub fn run(&self, mut tell: impl FnMut(&Answered)) {
        let begin = Instant::now();
        let mut turn: u32 = 0;
        while begin.elapsed() < self.duration {
            let (before, verdict, after) = (now(), self.ask(turn), now());
            tell(&Answered {
                began: before,
                ended: after,
                verdict,
            });
            turn += 1;
            thread::sleep((begin + self.every * turn).saturating_duration_since(Instant::now()));
        }
    }

    fn ask(&self, turn: u32) -> Verdict {
        ask(&self.target, turn.into())
    }
}

/// How many connections of [`ask_all`] are open at once.
const SIDE_BY_SIDE: usize = 8;

/// Asks each of these once. The verdicts are in the order of the targets.
#[must_use]
pub fn ask_all(targets: &[String]) -> Vec<Verdict> {
    let share = targets.len().div_ceil(SIDE_BY_SIDE).max(1);
    thread::scope(|scope| {
        let shares: Vec<_> = targets
            .chunks(share)
            .map(|some| scope.spawn(|| some.iter().zip(0..).map(|(one, turn)| ask(one, turn)).collect()))
            .collect();
        let joined = shares.into_iter().map(thread::ScopedJoinHandle::join);
        let panicked = |_| vec![Verdict::Unclear("it panicked".to_owned())];
        joined
            .flat_map(|verdicts| verdicts.unwrap_or_else(panicked))
            .collect()
    })
}

/// Asks one, from a port by which the connection can be told from others.
#[must_use]
pub fn ask_from(port: u16, target: &str) -> Verdict {
    judge(connect_from(port, target), 0)
}

fn connect_from(port: u16, target: &str) -> io::Result<TcpStream> {
    let address = target
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::new(ErrorKind::NotFound, "the name has no address"))?;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    let own: IpAddr = if address.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    socket.bind(&SocketAddr::new(own, port).into())?;
    socket.connect_timeout(&address.into(), PATIENCE)?;
    Ok(socket.into())
}

fn ask(target: &str, seed: u64) -> Verdict {
    judge(TcpStream::connect(target), seed)
}

fn judge(connected: io::Result<TcpStream>, seed: u64) -> Verdict {
    let stream = match connected {
        Ok(stream) => stream,
        Err(error) => return Verdict::Unclear(format!("cannot connect: {error}")),
    };
    match exchange(stream, seed) {
        Ok(0) => Verdict::Allowed,
        Ok(wrong) => Verdict::Unclear(format!("{wrong} bytes came back wrong")),
        Err(error) if is_end(&error) => Verdict::Denied,
        Err(error) => Verdict::Unclear(error.to_string()),
    }
}

/// How many bytes of an echo are wrong.
fn exchange(mut stream: TcpStream, seed: u64) -> io::Result<u64> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut message = [b'e'; MESSAGE + 1];
    Pattern::new(seed).fill(&mut message[1..]);
    stream.write_all(&message)?;
    let mut answer = [0; MESSAGE];
    stream.read_exact(&mut answer)?;
    Ok(Pattern::new(seed).differ(&answer))
}

fn is_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[track_caller]
    fn check(serve: impl Fn(TcpStream) + Send + 'static, expected: &Verdict) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap().to_string();
        thread::spawn(move || listener.incoming().flatten().for_each(serve));
        let mut verdicts = Vec::new();
        let probe = Probe {
            target,
            every: Duration::from_millis(1),
            duration: Duration::from_millis(20),
        };
        probe.run(|answered| {
            assert!(answered.began <= answered.ended);
            verdicts.push(answered.verdict.clone());
        });
        assert!(!verdicts.is_empty());
        assert!(verdicts.iter().all(|verdict| verdict == expected), "{verdicts:?}");
    }

    #[test]
    fn an_echo_is_allowed() {
        check(
            |stream| {
                let mut sink = stream.try_clone().unwrap();
                let mut message = [0; 65];
                (&stream).read_exact(&mut message).unwrap();
                sink.write_all(&message[1..]).unwrap();
            },
            &Verdict::Allowed,
        );
    }

    #[test]
    fn a_connection_that_is_closed_is_denied() {
        check(drop, &Verdict::Denied);
    }

    #[test]
    fn a_marked_connection_comes_from_its_port() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let mark = free.local_addr().unwrap().port();
        drop(free);
        let target = listener.local_addr().unwrap().to_string();
        let asking = thread::spawn(move || ask_from(mark, &target));
        let (stream, peer) = listener.accept().unwrap();
        assert_eq!(peer.port(), mark);
        drop(stream);
        assert_eq!(asking.join().unwrap(), Verdict::Denied);
    }

    #[test]
    fn verdicts_are_in_the_order_of_the_targets() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let shut = TcpListener::bind("127.0.0.1:0").unwrap();
        let targets: Vec<String> = (0..20)
            .map(|number| {
                if number % 3 == 0 { &shut } else { &open }
                    .local_addr()
                    .unwrap()
                    .to_string()
            })
            .collect();
        thread::spawn(move || crate::load::serve(&open));
        thread::spawn(move || shut.incoming().for_each(drop));
        for (number, verdict) in ask_all(&targets).into_iter().enumerate() {
            let expected = if number % 3 == 0 {
                Verdict::Denied
            } else {
                Verdict::Allowed
            };
            assert_eq!(verdict, expected, "{number}");
        }
    }
}
