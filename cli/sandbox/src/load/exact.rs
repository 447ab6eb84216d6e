//! Content that both ends know beforehand: what arrives is compared byte for byte and counted at both ends.
//!
//! After the opening byte the client sends an [`Order`], then its pattern until it half-closes. The server sends
//! its own pattern in blocks all the while, one more block after the client's end, then a block of no bytes and
//! a [`Count`]; then it closes. So every byte of every connection that ends in order is accounted for, and so is
//! what crosses a connection of which one half is closed.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The most bytes of one block; what a peer asks for beyond is not believed.
const LARGEST: u32 = 1 << 20;

/// Pseudo-random bytes that follow from a seed and a position alone.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    seed: u64,
    at: u64,
}

impl Pattern {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, at: 0 }
    }

    fn byte(&self, at: u64) -> u8 {
        // SplitMix64 over the number of the word
        let mut word = self
            .seed
            .wrapping_add((at / 8).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let place = usize::try_from(at % 8).unwrap_or_default();
        (word ^ (word >> 31)).to_le_bytes()[place]
    }

    /// Writes the next bytes.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) {
        for (at, byte) in (self.at..).zip(buffer.iter_mut()) {
            *byte = self.byte(at);
        }
        self.at += buffer.len() as u64;
    }

    /// How many of these bytes are not the next ones.
    pub(super) fn differ(&mut self, buffer: &[u8]) -> u64 {
        let wrong = (self.at..)
            .zip(buffer)
            .filter(|(at, byte)| self.byte(*at) != **byte);
        let wrong = wrong.count() as u64;
        self.at += buffer.len() as u64;
        wrong
    }
}

/// What a client asks the server for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// Of the client's pattern; the server's is that of the next number.
    pub(super) seed: u64,
    /// Bytes of one block.
    pub(super) block: u32,
    /// Between two blocks of the server.
    pub(super) pause: Duration,
}

impl Order {
    /// The same, with a block that a server believes.
    pub(super) fn bounded(self) -> Self {
        Self {
            block: self.block.clamp(1, LARGEST),
            ..self
        }
    }

    fn to_wire(self) -> [u8; 16] {
        let mut wire = [0; 16];
        let pause = u32::try_from(self.pause.as_micros()).unwrap_or(u32::MAX);
        wire[..8].copy_from_slice(&self.seed.to_be_bytes());
        wire[8..12].copy_from_slice(&self.block.to_be_bytes());
        wire[12..].copy_from_slice(&pause.to_be_bytes());
        wire
    }

    fn from_wire(stream: &mut impl Read) -> io::Result<Self> {
        let (seed, block, pause) = (number64(stream)?, number32(stream)?, number32(stream)?);
        let pause = Duration::from_micros(pause.into());
        Ok(Self { seed, block, pause }.bounded())
    }
}

/// What one end sent and got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Bytes of this end's pattern that were sent.
    pub(super) sent: u64,
    /// Bytes of the other end's pattern that arrived.
    pub(super) received: u64,
    /// Of these, how many were others than were due.
    pub(super) wrong: u64,
}

/// Both ends of one connection; the far one's own count stays zero when it was never heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) near: Count,
    pub(super) far: Count,
}

/// The far end of one connection, after its opening byte.
pub(super) fn serve(stream: &TcpStream) -> io::Result<()> {
    let mut from = stream.try_clone()?;
    let order = Order::from_wire(&mut from)?;
    let over = Arc::new((Mutex::new(false), Condvar::new()));
    let said = over.clone();
    let reader = thread::spawn(move || {
        let read = drain(&mut from, Pattern::new(order.seed), order.block);
        *said.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        said.1.notify_all();
        read
    });
    let sent = send_blocks(stream, order, &over);
    if sent.is_err() {
        let _ = stream.shutdown(Shutdown::Both);
    }
    let read = reader
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the reader has failed")));
    let mut to = stream;
    let (sent, (received, wrong)) = (sent?, read?);
    let mut last = 0_u32.to_be_bytes().to_vec();
    for number in [sent, received, wrong] {
        last.extend(number.to_be_bytes());
    }
    to.write_all(&last)?;
    stream.shutdown(Shutdown::Write)
}

/// Sends block after block until the other side is over, and one more.
fn send_blocks(mut to: &TcpStream, order: Order, over: &(Mutex<bool>, Condvar)) -> io::Result<u64> {
    let mut pattern = Pattern::new(order.seed.wrapping_add(1));
    let mut block = vec![0; 4 + usize::try_from(order.block).unwrap_or_default()];
    block[..4].copy_from_slice(&order.block.to_be_bytes());
    loop {
        let guard = over.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = over.1.wait_timeout_while(guard, order.pause, |is_over| !*is_over);
        let is_last = *waited.unwrap_or_else(PoisonError::into_inner).0;
        pattern.fill(&mut block[4..]);
        to.write_all(&block)?;
        if is_last {
            return Ok(pattern.at);
        }
    }
}

/// Reads until the end: how many bytes, and how many of them wrong.
fn drain(from: &mut impl Read, mut pattern: Pattern, block: u32) -> io::Result<(u64, u64)> {
    let mut buffer = vec![0; usize::try_from(block).unwrap_or_default()];
    let mut wrong = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((pattern.at, wrong)),
            read => wrong += pattern.differ(&buffer[..read]),
        }
    }
}

/// The near end of one connection, after its opening byte: sends a block each `pause` until `end` (at least
/// one), half-closes, and reads what is left. An error leaves in `ends` what was counted until then.
pub(super) fn converse(stream: &TcpStream, order: Order, end: Instant, ends: &mut Ends) -> io::Result<()> {
    let mut to = stream.try_clone()?;
    to.write_all(&order.to_wire())?;
    let writer = thread::spawn(move || {
        let mut sent = 0;
        let ended = send_until(&mut to, order, end, &mut sent);
        (sent, ended)
    });
    let read = read_blocks(stream, order, ends);
    if read.is_err() {
        let _ = stream.shutdown(Shutdown::Both);
    }
    let (sent, ended) = writer
        .join()
        .unwrap_or_else(|_| (0, Err(io::Error::other("the writer has failed"))));
    ends.near.sent = sent;
    read.and(ended)
}

fn send_until(to: &mut TcpStream, order: Order, end: Instant, sent: &mut u64) -> io::Result<()> {
    let mut pattern = Pattern::new(order.seed);
    let mut block = vec![0; usize::try_from(order.block).unwrap_or_default()];
    loop {
        pattern.fill(&mut block);
        to.write_all(&block)?;
        *sent = pattern.at;
        if Instant::now() + order.pause >= end {
            return to.shutdown(Shutdown::Write);
        }
        thread::sleep(order.pause);
    }
}

/// Reads blocks, the far end's count, and the end of the connection.
fn read_blocks(mut from: &TcpStream, order: Order, ends: &mut Ends) -> io::Result<()> {
    let mut pattern = Pattern::new(order.seed.wrapping_add(1));
    let mut block = Vec::new();
    loop {
        let length = number32(&mut from)?;
        if length == 0 {
            break;
        }
        if length > LARGEST {
            return Err(invalid("the length of a block is not what was sent"));
        }
        block.resize(usize::try_from(length).unwrap_or_default(), 0);
        from.read_exact(&mut block)?;
        ends.near.wrong += pattern.differ(&block);
        ends.near.received = pattern.at;
    }
    ends.far = Count {
        sent: number64(&mut from)?,
        received: number64(&mut from)?,
        wrong: number64(&mut from)?,
    };
    match from.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(invalid("bytes follow after the end")),
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn number32(from: &mut impl Read) -> io::Result<u32> {
    let mut wire = [0; 4];
    from.read_exact(&mut wire)?;
    Ok(u32::from_be_bytes(wire))
}

fn number64(from: &mut impl Read) -> io::Result<u64> {
    let mut wire = [0; 8];
    from.read_exact(&mut wire)?;
    Ok(u64::from_be_bytes(wire))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_same_however_it_is_cut() {
        let (mut whole, mut parts) = ([0; 61], [0; 61]);
        Pattern::new(7).fill(&mut whole);
        let mut pattern = Pattern::new(7);
        for part in parts.chunks_mut(5) {
            pattern.fill(part);
        }
        assert_eq!(whole, parts);
    }

    #[test]
    fn every_changed_lost_or_repeated_byte_is_noticed() {
        let mut sent = vec![0; 4096];
        Pattern::new(3).fill(&mut sent);
        let differ = |got: &[u8]| Pattern::new(3).differ(got);
        assert_eq!(differ(&sent), 0);
        let mut changed = sent.clone();
        changed[100] ^= 1;
        assert_eq!(differ(&changed), 1);
        assert!(differ(&sent[1..]) > 3_000);
        assert!(differ(&[&sent[..1024], &sent[..1024]].concat()) > 900);
    }
}
