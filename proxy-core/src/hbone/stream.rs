//! One stream of a tunnel, and the stream as a byte pipe for a tunnel inside it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::OwnedReadHalf;

use crate::hbone::connection::Connection;
use crate::hbone::error::Error;
use crate::hbone::inbox::{Content, Inbox, Sink};
use crate::hbone::message::Answer;
use crate::hbone::scratch::Scratch;

/// Keeps a pooled connection's stream accounted for while it lives.
pub trait Lease: Send + Sync + std::fmt::Debug {}

/// A stream. Dropped before its end, it is cancelled.
#[derive(Debug)]
pub struct Stream {
    connection: Arc<Connection>,
    id: u32,
    inbox: Arc<Inbox>,
}

/// An accepted tunnel stream.
#[derive(Debug)]
pub struct Tunnel {
    /// The stream.
    pub stream: Stream,
    /// The stream's place on its connection.
    pub lease: Option<Box<dyn Lease>>,
}

/// How much is read from a socket at once; follows the flow.
#[derive(Debug)]
pub struct Lending(usize);

const FIRST: usize = 8 << 10;
const LARGEST: usize = 256 << 10;

impl Default for Lending {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Lending {
    /// The size to be asked for.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0
    }

    /// So much has come.
    pub fn learn(&mut self, asked: usize, filled: usize) {
        if filled >= asked {
            self.0 = (self.0 * 4).min(LARGEST);
        } else if filled < self.0 / 8 {
            self.0 = (self.0 / 2).max(FIRST);
        }
    }
}

/// Why a stream can send no more.
fn over(content: &Content) -> Option<io::Error> {
    content.failed.clone().map(io::Error::from)
}

fn is_loss(error: &Error) -> bool {
    error.is_io() || error.is_go_away()
}

impl Stream {
    pub(super) fn new(connection: Arc<Connection>, id: u32, inbox: Arc<Inbox>) -> Self {
        Self {
            connection,
            id,
            inbox,
        }
    }

    /// Waits for the answer to ours.
    pub fn poll_answer(&self, cx: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
        let mut content = self.inbox.lock();
        if let Some(answer) = content.answer.take() {
            return Poll::Ready(Ok(*answer));
        }
        if let Some(error) = &content.failed {
            return Poll::Ready(Err(error.clone()));
        }
        content.await_bytes(cx.waker());
        Poll::Pending
    }

    /// Answers theirs.
    pub fn answer(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
        if let Some(error) = &self.inbox.lock().failed {
            return Err(error.clone());
        }
        let mut core = self.connection.lock();
        core.state.answer(self.id, status, headers)?;
        core.flush();
        Ok(())
    }

    /// From now on bytes go there by themselves.
    pub fn attach(&self, sink: Sink) {
        self.inbox.lock().sink = Some(sink);
    }

    /// No longer.
    pub fn detach(&self) {
        self.inbox.lock().sink = None;
    }

    /// Whether the connection was lost before the peer had sent everything.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let content = self.inbox.lock();
        !content.has_ended && content.failed.as_ref().is_some_and(is_loss)
    }

    /// Waits for room for up to `wanted` bytes, and takes it.
    fn poll_room(&self, cx: &mut Context<'_>, wanted: usize) -> Poll<io::Result<usize>> {
        let mut core = self.connection.lock();
        let mut content = self.inbox.lock();
        if let Some(error) = over(&content) {
            return Poll::Ready(Err(error));
        }
        content.await_room(cx.waker());
        drop(content);
        if !core.has_room(&self.inbox) {
            return Poll::Pending;
        }
        match core.state.reserve(self.id, wanted)? {
            0 => Poll::Pending,
            room => Poll::Ready(Ok(room)),
        }
    }

    fn give_back(&self, unused: usize) {
        let mut core = self.connection.lock();
        core.state.give_back(self.id, unused);
        core.dispatch();
    }

    /// Sends what the socket has; zero bytes are its end.
    pub fn poll_pump(
        &self,
        cx: &mut Context<'_>,
        from: &mut OwnedReadHalf,
        lending: &mut Lending,
    ) -> Poll<io::Result<usize>> {
        {
            let mut content = self.inbox.lock();
            if let Some(error) = over(&content) {
                return Poll::Ready(Err(error));
            }
            content.await_room(cx.waker());
        }
        ready!(from.as_ref().poll_read_ready(cx))?;
        let room = ready!(self.poll_room(cx, lending.size()))?;
        let mut scratch = Scratch::lend();
        let layout = self.connection.lock().layout();
        let read = if room <= layout.first_room() {
            let mut place = ReadBuf::new(layout.first(scratch.bytes(), room));
            let read = Pin::new(&mut *from).poll_read(cx, &mut place);
            read.map_ok(|()| place.filled().len())
        } else {
            let mut places = layout.places(scratch.bytes(), room);
            match from.try_read_vectored(&mut places) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                read => Poll::Ready(read),
            }
        };
        let count = match read {
            Poll::Ready(Ok(count)) => count,
            Poll::Ready(Err(error)) => {
                self.give_back(room);
                return Poll::Ready(Err(error));
            }
            Poll::Pending => {
                self.give_back(room);
                // a vectored read has told nobody who waits
                if from.as_ref().poll_read_ready(cx).is_ready() {
                    cx.waker().wake_by_ref();
                }
                return Poll::Pending;
            }
        };
        lending.learn(room, count);
        let mut core = self.connection.lock();
        core.state.give_back(self.id, room - count);
        if count > 0 {
            core.send(layout, scratch.bytes(), (self.id, count));
        }
        core.dispatch();
        Poll::Ready(Ok(count))
    }

    /// Sends some of `data`.
    pub fn poll_send(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let room = ready!(self.poll_room(cx, data.len().min(LARGEST / 2)))?;
        let mut scratch = Scratch::lend();
        let mut core = self.connection.lock();
        let layout = core.layout();
        layout.copy(scratch.bytes(), &data[..room]);
        core.send(layout, scratch.bytes(), (self.id, room));
        Poll::Ready(Ok(room))
    }

    /// Ends our direction.
    pub fn end(&self) {
        let mut core = self.connection.lock();
        core.state.end(self.id);
        core.flush();
    }

    /// Opens the peer's window by what the application has taken.
    fn accept(&self, count: usize) {
        if count > 0 {
            let mut core = self.connection.lock();
            core.state.accept(self.id, count);
            core.flush();
        }
    }

    /// Writes to the attached socket what it did not take at once, until the peer's end.
    pub fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut content = self.inbox.lock();
            content.await_bytes(cx.waker());
            if let Some(error) = content.refused.take() {
                return Poll::Ready(Err(error));
            }
            let error = content.failed.clone().filter(|_| !content.has_ended);
            let taken = content.drain();
            let socket = content.sink.as_ref().map(|sink| sink.socket.clone());
            let (is_empty, has_ended) = (content.held == 0, content.has_ended);
            drop(content);
            self.accept(*taken.as_ref().unwrap_or(&0));
            taken?;
            // what came before a reset is delivered; behind a lost tunnel nothing is
            if let Some(error) = error.filter(|error| is_empty || is_loss(error)) {
                return Poll::Ready(Err(error.into()));
            }
            if is_empty {
                return if has_ended {
                    Poll::Ready(Ok(()))
                } else {
                    Poll::Pending
                };
            }
            let Some(socket) = socket else {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            };
            ready!((*socket).as_ref().poll_write_ready(cx))?;
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let held = self.inbox.lock().release();
        let mut core = self.connection.lock();
        core.state.release(self.id, held);
        core.flush();
    }
}

/// A tunnel stream as a byte pipe: what the inner tunnel of double HBONE runs over.
#[derive(Debug)]
pub struct TunnelPipe(Tunnel);

impl TunnelPipe {
    /// Wraps a stream.
    #[must_use]
    pub fn new(tunnel: Tunnel) -> Self {
        Self(tunnel)
    }
}

impl AsyncRead for TunnelPipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let stream = &self.0.stream;
        let mut content = stream.inbox.lock();
        let before = buf.filled().len();
        while content.held > 0 && buf.remaining() > 0 {
            let count = content.front().len().min(buf.remaining());
            buf.put_slice(&content.front()[..count]);
            content.consume(count);
        }
        let count = buf.filled().len() - before;
        if count == 0 && buf.remaining() > 0 && !content.has_ended {
            if let Some(error) = over(&content) {
                return Poll::Ready(Err(error));
            }
            content.await_bytes(cx.waker());
            return Poll::Pending;
        }
        drop(content);
        stream.accept(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for TunnelPipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.0.stream.poll_send(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.stream.end();
        Poll::Ready(Ok(()))
    }
}
