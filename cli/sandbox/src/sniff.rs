//! What travels on a link of the sandbox, counted: the proof that a marker readable before enrolment is not
//! readable after, and that TLS to the HBONE port is there instead.
//!
//! [`Tally::count`] is pure and looks at one Ethernet frame; [`sniff`] feeds it from a packet socket.

use nix::errno::Errno;
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{LinkAddr, recvfrom};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::os::fd::AsRawFd;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// The port that HBONE travels to.
const HBONE: u16 = mesh_wire::well_known::port::HBONE;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// TCP segments with payload.
    pub segments: u64,
    /// Of these, how many hold the marker in readable form.
    pub marked: u64,
    /// Of these, how many go to or come from the HBONE port and start with a TLS record.
    pub tls_to_hbone: u64,
    /// The addresses at whose HBONE port that TLS was.
    #[serde(default)]
    pub peers: BTreeSet<IpAddr>,
}

impl Tally {
    /// Counts one Ethernet frame; anything but TCP over IPv4 or IPv6 with payload is passed over.
    pub fn count(&mut self, frame: &[u8], marker: &[u8]) {
        let Some((ends, payload)) = tcp(frame) else {
            return;
        };
        if payload.is_empty() {
            return;
        }
        self.segments += 1;
        if !marker.is_empty() && payload.windows(marker.len()).any(|window| window == marker) {
            self.marked += 1;
        }
        let is_tls_record = matches!(payload, [0x14..=0x17, 3, ..]);
        if let Some((peer, _)) = ends.iter().find(|(_, port)| *port == HBONE && is_tls_record) {
            self.tls_to_hbone += 1;
            self.peers.insert(*peer);
        }
    }
}

/// An address and a port.
type End = (IpAddr, u16);

/// Both ends, destination first, and the payload of a TCP segment in an Ethernet frame.
fn tcp(frame: &[u8]) -> Option<([End; 2], &[u8])> {
    let word = |bytes: &[u8], at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let packet = frame.get(14..)?;
    let four = |at: usize| Some(IpAddr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
    let sixteen = |at: usize| Some(IpAddr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?));
    let (from, to, segment) = match word(frame, 12)? {
        0x0800 if packet.get(9) == Some(&6) => {
            let header = usize::from(packet.first()? & 0x0f) * 4;
            // the length field, not the frame's end: short frames are padded
            let segment = packet.get(header..usize::from(word(packet, 2)?).min(packet.len()))?;
            (four(12)?, four(16)?, segment)
        }
        0x86dd if packet.get(6) == Some(&6) => (sixteen(8)?, sixteen(24)?, packet.get(40..)?),
        _ => return None,
    };
    let header = usize::from(segment.get(12)? >> 4) * 4;
    let ends = [(to, word(segment, 2)?), (from, word(segment, 0)?)];
    Some((ends, segment.get(header..)?))
}

/// Counts what passes `interface` of the caller's network namespace, or all of them; `ready` is called once the socket listens,
/// and counting ends when standard input ends or `at_most` is over.
///
/// # Errors
/// As [`count_until`].
pub fn sniff(
    interface: Option<&str>,
    marker: &[u8],
    at_most: Duration,
    ready: impl FnOnce(),
) -> io::Result<Tally> {
    count_until(&watch_input(), interface, marker, at_most, ready)
}

/// The same, until `ended` speaks.
///
/// # Errors
/// When the packet socket cannot be opened (it needs `CAP_NET_RAW` in that namespace) or bound.
pub fn count_until(
    ended: &Receiver<()>,
    interface: Option<&str>,
    marker: &[u8],
    at_most: Duration,
    ready: impl FnOnce(),
) -> io::Result<Tally> {
    let every_protocol = i32::from(u16::try_from(libc::ETH_P_ALL).unwrap_or_default().to_be());
    // a packet socket cannot be bound to a device by its name, so frames of others are passed over
    let wanted = interface.map(if_nametoindex).transpose()?;
    let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(every_protocol)))?;
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    ready();
    let (begin, mut tally, mut frame) = (Instant::now(), Tally::default(), vec![0; 65_536]);
    loop {
        match recvfrom::<LinkAddr>(socket.as_raw_fd(), &mut frame) {
            Ok((length, from)) => {
                let index = from.and_then(|from| u32::try_from(from.ifindex()).ok());
                if wanted.is_none() || wanted == index {
                    tally.count(&frame[..length], marker);
                }
            }
            // only an idle link ends the count, so that what was sent before the end is counted
            Err(Errno::EAGAIN) => {
                if begin.elapsed() > at_most || ended.try_recv().is_ok() {
                    return Ok(tally);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A channel that speaks when standard input ends.
fn watch_input() -> Receiver<()> {
    let (ended, input_ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    });
    input_ended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(destination_port: u16, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend([0x08, 0x00, 0x45, 0]);
        frame.extend(u16::try_from(40 + payload.len()).unwrap().to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        frame.extend(40_000_u16.to_be_bytes());
        frame.extend(destination_port.to_be_bytes());
        frame.extend([0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x18, 0, 0, 0, 0, 0, 0]);
        frame.extend(payload);
        frame.extend([0; 6]); // padding that is not payload
        frame
    }

    #[track_caller]
    fn check(port: u16, payload: &[u8], expected: [u64; 3]) {
        let mut tally = Tally::default();
        tally.count(&frame(port, payload), b"marker");
        assert_eq!([tally.segments, tally.marked, tally.tls_to_hbone], expected);
        let peers = (expected[2] > 0).then(|| "10.0.0.2".parse().unwrap());
        assert_eq!(tally.peers, peers.into_iter().collect());
    }

    #[test]
    fn a_marker_is_seen_in_plaintext_and_tls_on_the_hbone_port() {
        check(80, b"GET /marker HTTP/1.1", [1, 1, 0]);
        check(15008, &[0x17, 3, 3, 0, 9], [1, 0, 1]);
        check(443, &[0x17, 3, 3, 0, 9], [1, 0, 0]);
        check(80, b"", [0, 0, 0]);
    }

    #[test]
    fn no_frame_is_too_short() {
        let whole = frame(80, b"marker");
        for length in 0..whole.len() {
            Tally::default().count(&whole[..length], b"marker");
        }
    }
}
