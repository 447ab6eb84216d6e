//! Copies bytes both ways until both are done, and knows nothing else (`spec/hbone.md` §11).
//!
//! A buffer is lent only while there is data: an idle connection holds none. It grows with the
//! amount moved. Windows are opened only as bytes are written on, so flow control is end to end.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Instant, Sleep, sleep};

use crate::hbone::inbox::{Sink, Toward, WriteEnd};
use crate::hbone::stream::{Lease, Lending, Stream, Tunnel};
use crate::telemetry::connection::Bytes as Counts;

/// Silence in the remaining direction of a half-closed connection (`security.md` §9).
const HALF_CLOSED_LIMIT: Duration = Duration::from_mins(10);

/// Which direction failed.
#[derive(Debug, thiserror::Error)]
pub enum SpliceError {
    /// Client to server.
    #[error("send: io error: {0}")]
    Send(#[source] io::Error),
    /// Server to client.
    #[error("receive: io error: {0}")]
    Receive(#[source] io::Error),
    /// One side ended and the other said nothing for too long.
    #[error("half-closed and silent for 10 minutes")]
    HalfClosed,
}

/// An application's socket, whose halves are used apart.
#[derive(Debug)]
pub struct Socket {
    read: OwnedReadHalf,
    write: Arc<WriteEnd>,
}

impl From<TcpStream> for Socket {
    fn from(stream: TcpStream) -> Self {
        let (read, write) = stream.into_split();
        let write = Arc::new(write.into());
        Self { read, write }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        AsRef::<TcpStream>::as_ref(&self.read).as_fd()
    }
}

/// Where the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// On the socket.
    Socket,
    /// At the other end of the tunnel.
    Tunnel,
}

/// Ends that count as normal: the application may close as it likes.
fn is_ordinary(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionReset | NotConnected | UnexpectedEof
    )
}

fn settle(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if is_ordinary(&error) => Ok(()),
        other => other,
    }
}

/// One direction. These are written as plain values: futures of `async` blocks keep every argument twice, and there is
/// one for each open connection.
trait Direction {
    /// Copies until the source has ended, then tells the other side.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// Both directions; when one is done the other may be silent only so long.
struct Both<'a, U, D> {
    up: Option<U>,
    down: Option<D>,
    counts: &'a Counts,
    /// Whose turn it is: neither may use up what the runtime lets a task do at once.
    is_up_first: bool,
    /// Runs while one direction is left: when it is looked at again, and what had been moved until then.
    silence: Option<(Pin<Box<Sleep>>, u64)>,
}

impl<'a, U: Direction + Unpin, D: Direction + Unpin> Both<'a, U, D> {
    fn new(up: U, down: D, counts: &'a Counts) -> Self {
        Self {
            up: Some(up),
            down: Some(down),
            counts,
            is_up_first: false,
            silence: None,
        }
    }

    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SpliceError>> {
        let moved = self.counts.moved();
        let (sleep, seen) = self
            .silence
            .get_or_insert_with(|| (Box::pin(sleep(HALF_CLOSED_LIMIT)), moved));
        while sleep.as_mut().poll(cx).is_ready() {
            if *seen == moved {
                return Poll::Ready(Err(SpliceError::HalfClosed));
            }
            *seen = moved;
            sleep.as_mut().reset(Instant::now() + HALF_CLOSED_LIMIT);
        }
        Poll::Pending
    }
}

/// What a direction has come to; one that is done is not asked again.
fn step<D: Direction>(direction: &mut Option<D>, cx: &mut Context<'_>) -> io::Result<()> {
    if let Some(going) = direction
        && let Poll::Ready(ended) = going.poll(cx)
    {
        *direction = None;
        return ended;
    }
    Ok(())
}

impl<U: Direction + Unpin, D: Direction + Unpin> Future for Both<'_, U, D> {
    type Output = Result<(), SpliceError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.is_up_first = !self.is_up_first;
        if self.is_up_first {
            step(&mut self.up, cx).map_err(SpliceError::Send)?;
        }
        step(&mut self.down, cx).map_err(SpliceError::Receive)?;
        if !self.is_up_first {
            step(&mut self.up, cx).map_err(SpliceError::Send)?;
        }
        match (&self.up, &self.down) {
            (Some(_), Some(_)) => Poll::Pending,
            (None, None) => Poll::Ready(Ok(())),
            _ => self.poll_silence(cx),
        }
    }
}

/// Copies between two sockets; `client` is the one whose bytes go up.
pub fn sockets<'a>(
    client: &'a Socket,
    server: &'a Socket,
    counts: &'a Counts,
) -> impl Future<Output = Result<(), SpliceError>> + use<'a> {
    let up = Pump::new(&client.read, &server.write, |count| counts.add_up(count));
    let down = Pump::new(&server.read, &client.write, |count| counts.add_down(count));
    Both::new(up, down, counts)
}

/// From one socket to another.
struct Pump<'a, C> {
    from: &'a OwnedReadHalf,
    to: &'a TcpStream,
    count: C,
    lending: Lending,
    /// What was read and is not written yet. The buffer is lent only while there is data.
    data: Bytes,
}

impl<'a, C: Fn(usize)> Pump<'a, C> {
    fn new(from: &'a OwnedReadHalf, to: &'a WriteEnd, count: C) -> Self {
        Self {
            from,
            to: to.as_ref(),
            count,
            lending: Lending::default(),
            data: Bytes::new(),
        }
    }

    fn poll_copy(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_write(cx))?;
            ready!(self.from.as_ref().poll_read_ready(cx))?;
            let mut buffer = BytesMut::with_capacity(self.lending.size());
            match self.from.try_read_buf(&mut buffer) {
                Ok(0) => return Poll::Ready(Ok(())),
                Ok(count) => {
                    self.lending.learn(self.lending.size(), count);
                    self.data = buffer.freeze();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.data.is_empty() {
            ready!(self.to.poll_write_ready(cx))?;
            match self.to.try_write(&self.data) {
                Ok(count) => {
                    self.data.advance(count);
                    (self.count)(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        self.data = Bytes::new();
        Poll::Ready(Ok(()))
    }
}

impl<C: Fn(usize)> Direction for Pump<'_, C> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let copied = ready!(self.poll_copy(cx));
        // also after an error, so that the other side learns of the end
        end(self.to);
        Poll::Ready(settle(copied))
    }
}

/// Ends a socket's outgoing direction; one that is gone already needs no end.
fn end(socket: &TcpStream) {
    mesh_sys::socket::end_writing(socket).ok();
}

/// Copies between a socket and a tunnel.
pub async fn tunnel(
    socket: &mut Socket,
    tunnel: Tunnel,
    client: Client,
    counts: &Arc<Counts>,
) -> Result<(), SpliceError> {
    let Tunnel { stream, lease } = tunnel;
    let toward = match client {
        Client::Socket => Toward::Down,
        Client::Tunnel => Toward::Up,
    };
    stream.attach(Sink {
        socket: socket.write.clone(),
        counts: counts.clone(),
        toward,
    });
    let outgoing = IntoTunnel {
        from: &mut socket.read,
        stream: &stream,
        lending: Lending::default(),
        counts,
        toward,
    };
    let incoming = OutOfTunnel {
        stream: &stream,
        to: (*socket.write).as_ref(),
    };
    let result = match client {
        Client::Socket => Both::new(outgoing, incoming, counts).await,
        Client::Tunnel => Both::new(incoming, outgoing, counts).await,
    };
    let is_lost = stream.is_lost();
    drop(stream);
    release(lease);
    if is_lost {
        // the application must notice at once that its peer is gone (decision 18)
        mesh_sys::socket::reset_on_close(socket).ok();
    }
    result
}

fn release(lease: Option<Box<dyn Lease>>) {
    drop(lease);
}

/// What the application sends.
struct IntoTunnel<'a> {
    from: &'a mut OwnedReadHalf,
    stream: &'a Stream,
    lending: Lending,
    counts: &'a Counts,
    /// Of the other direction.
    toward: Toward,
}

impl Direction for IntoTunnel<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let copied = loop {
            match ready!(self.stream.poll_pump(cx, self.from, &mut self.lending)) {
                Ok(0) => break Ok(()),
                Ok(moved) => match self.toward {
                    Toward::Down => self.counts.add_up(moved),
                    Toward::Up => self.counts.add_down(moved),
                },
                Err(error) => break Err(error),
            }
        };
        self.stream.end();
        Poll::Ready(settle(copied))
    }
}

/// What comes out of the tunnel and did not fit into the application's socket at once.
struct OutOfTunnel<'a> {
    stream: &'a Stream,
    to: &'a TcpStream,
}

impl Direction for OutOfTunnel<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let copied = settle(ready!(self.stream.poll_drain(cx)));
        self.stream.detach();
        // behind a lost tunnel there is no end to tell: the socket is reset
        if !self.stream.is_lost() {
            end(self.to);
        }
        Poll::Ready(copied)
    }
}
