//! What has come for one stream, and who waits for it.
//!
//! A stream that is copied to a socket registers it here: the connection's driver then writes to it by
//! itself, and only what does not fit is kept.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;

use crate::hbone::error::Error;
use crate::hbone::message::Answer;
use crate::telemetry::connection::Bytes as Counts;

/// Slices written at once.
pub const SLICES: usize = 32;
/// What is kept is joined up to this size.
const CHUNK: usize = 64 << 10;

/// Which way a stream's bytes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// To the server.
    Up,
    /// To the client.
    Down,
}

/// The writing half of an application's socket. Dropped, it says nothing to the application.
#[derive(Debug)]
pub struct WriteEnd(Option<OwnedWriteHalf>);

impl From<OwnedWriteHalf> for WriteEnd {
    fn from(half: OwnedWriteHalf) -> Self {
        Self(Some(half))
    }
}

impl AsRef<TcpStream> for WriteEnd {
    fn as_ref(&self) -> &TcpStream {
        self.0.as_ref().expect("only dropping takes it").as_ref()
    }
}

impl Drop for WriteEnd {
    fn drop(&mut self) {
        // an end has been told, or a reset is to follow: no other end may come before it
        if let Some(half) = self.0.take() {
            half.forget();
        }
    }
}

/// Where a stream's bytes go.
#[derive(Debug)]
pub struct Sink {
    /// The application's socket.
    pub socket: Arc<WriteEnd>,
    /// Counts what it has taken.
    pub counts: Arc<Counts>,
    /// Which way.
    pub toward: Toward,
}

impl Sink {
    fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match (*self.socket).as_ref().try_write_vectored(slices) {
            Ok(count) => {
                match self.toward {
                    Toward::Up => self.counts.add_up(count),
                    Toward::Down => self.counts.add_down(count),
                }
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }
}

/// One stream's.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<Content>);

/// What is in it.
#[derive(Debug, Default)]
pub struct Content {
    kept: VecDeque<Vec<u8>>,
    /// Bytes of the first chunk that are gone.
    gone: usize,
    /// Whoever had the stream has let it go.
    is_released: bool,
    /// Bytes that nobody has taken yet.
    pub held: usize,
    /// Where bytes go, if they are copied.
    pub sink: Option<Sink>,
    /// The socket's refusal.
    pub refused: Option<io::Error>,
    /// The peer sends no more.
    pub has_ended: bool,
    /// The stream is over.
    pub failed: Option<Error>,
    /// The answer to ours, until somebody has looked at it.
    pub answer: Option<Box<Answer>>,
    receiver: Option<Waker>,
    sender: Option<Waker>,
}

impl Inbox {
    /// Opens it.
    pub fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what has just come; says how many bytes of it the application has.
    pub fn deliver(&self, slices: &[IoSlice<'_>]) -> usize {
        let mut content = self.lock();
        let total: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut taken = 0;
        if content.is_released {
            return total; // nobody wants it: the connection's window opens again
        }
        if content.held == 0
            && let Some(sink) = &content.sink
        {
            match sink.write(slices) {
                Ok(count) => taken = count,
                Err(error) => {
                    content.refused = Some(error);
                    content.sink = None;
                }
            }
        }
        if taken < total {
            content.keep(slices, taken);
            content.wake_receiver();
        }
        taken
    }
}

impl Content {
    fn keep(&mut self, slices: &[IoSlice<'_>], mut skip: usize) {
        for slice in slices {
            let part = slice.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(slice.len());
            self.held += part.len();
            if self.refused.is_some() {
                continue; // nobody will ever take it
            }
            match self.kept.back_mut() {
                Some(last) if last.len() + part.len() <= CHUNK => last.extend_from_slice(part),
                _ if part.is_empty() => {}
                _ => self.kept.push_back(part.to_vec()),
            }
        }
    }

    /// Writes what is kept to the sink; says how many bytes that were. Fewer than are held means that the
    /// socket is full.
    pub fn drain(&mut self) -> io::Result<usize> {
        let mut total = 0;
        while self.held > 0 {
            let Some(sink) = &self.sink else {
                return Err(io::ErrorKind::BrokenPipe.into());
            };
            let mut slices = [IoSlice::new(&[]); SLICES];
            let mut used = 0;
            for (place, chunk) in slices.iter_mut().zip(&self.kept) {
                let from = if used == 0 { self.gone } else { 0 };
                *place = IoSlice::new(&chunk[from..]);
                used += 1;
            }
            let count = sink.write(&slices[..used])?;
            if count == 0 {
                break;
            }
            self.consume(count);
            total += count;
        }
        Ok(total)
    }

    /// The next bytes that are kept.
    #[must_use]
    pub fn front(&self) -> &[u8] {
        self.kept.front().map_or(&[], |chunk| &chunk[self.gone..])
    }

    /// Takes bytes from the front.
    pub fn consume(&mut self, mut count: usize) {
        self.held -= count;
        while let Some(first) = self.kept.front() {
            let left = first.len() - self.gone;
            if count < left {
                self.gone += count;
                return;
            }
            count -= left;
            self.gone = 0;
            self.kept.pop_front();
        }
        self.kept = VecDeque::new(); // an idle stream keeps nothing
    }

    /// Lets everything go; says how many bytes nobody has taken.
    pub fn release(&mut self) -> usize {
        let held = self.held;
        *self = Self {
            is_released: true,
            ..Self::default()
        };
        held
    }

    /// Remembers who waits for bytes, an end or an answer.
    pub fn await_bytes(&mut self, waker: &Waker) {
        remember(&mut self.receiver, waker);
    }

    /// Remembers who waits for room.
    pub fn await_room(&mut self, waker: &Waker) {
        remember(&mut self.sender, waker);
    }

    /// There is something to be looked at.
    pub fn wake_receiver(&mut self) {
        if let Some(waker) = self.receiver.take() {
            waker.wake();
        }
    }

    /// There is room, or never again.
    pub fn wake_sender(&mut self) {
        if let Some(waker) = self.sender.take() {
            waker.wake();
        }
    }
}

/// Keeps `waker`, without a new one where it is the same.
pub fn remember(place: &mut Option<Waker>, waker: &Waker) {
    match place {
        Some(kept) if kept.will_wake(waker) => {}
        _ => *place = Some(waker.clone()),
    }
}
