//! Copies bytes both ways until both are done, and knows nothing else (`spec/hbone.md` §11).
//!
//! A buffer is lent only while there is data: an idle connection holds none. It grows with the
//! amount moved. Windows are opened only as bytes are written on, so flow control is end to end.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Instant, sleep_until};

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

/// Runs both directions; when one is done the other may be silent only so long.
async fn both(
    up: impl Future<Output = io::Result<()>>,
    down: impl Future<Output = io::Result<()>>,
    moved: impl Fn() -> u64,
) -> Result<(), SpliceError> {
    tokio::pin!(up, down);
    tokio::select! {
        ended = &mut up => {
            ended.map_err(SpliceError::Send)?;
            while_active(down, moved).await?.map_err(SpliceError::Receive)
        }
        ended = &mut down => {
            ended.map_err(SpliceError::Receive)?;
            while_active(up, moved).await?.map_err(SpliceError::Send)
        }
    }
}

async fn while_active<T>(work: impl Future<Output = T>, moved: impl Fn() -> u64) -> Result<T, SpliceError> {
    tokio::pin!(work);
    let mut seen = moved();
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = sleep_until(Instant::now() + HALF_CLOSED_LIMIT) => {
                let now = moved();
                if now == seen {
                    return Err(SpliceError::HalfClosed);
                }
                seen = now;
            }
        }
    }
}

/// Copies between two sockets; `client` is the one whose bytes go up.
pub async fn sockets(client: &mut Socket, server: &mut Socket, counts: &Counts) -> Result<(), SpliceError> {
    let up = pump(&client.read, (*server.write).as_ref(), |count| {
        counts.add_up(count);
    });
    let down = pump(&server.read, (*client.write).as_ref(), |count| {
        counts.add_down(count);
    });
    both(async { settle(up.await) }, async { settle(down.await) }, || {
        counts.moved()
    })
    .await
}

async fn pump(from: &OwnedReadHalf, to: &TcpStream, count: impl Fn(usize)) -> io::Result<()> {
    let mut lending = Lending::default();
    let copied = async {
        while let Some(data) = read(from, &mut lending).await? {
            write(to, &data).await?;
            count(data.len());
        }
        Ok(())
    }
    .await;
    // also after an error, so that the other side learns of the end
    end(to);
    copied
}

/// The next bytes, or none at the end. The buffer is lent only while there is data.
async fn read(from: &OwnedReadHalf, lending: &mut Lending) -> io::Result<Option<Bytes>> {
    loop {
        from.readable().await?;
        let mut buffer = BytesMut::with_capacity(lending.size());
        match from.try_read_buf(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => {
                lending.learn(lending.size(), count);
                return Ok(Some(buffer.freeze()));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

async fn write(to: &TcpStream, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        to.writable().await?;
        match to.try_write(data) {
            Ok(count) => data = &data[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
    let outgoing = into_tunnel(&mut socket.read, &stream, |count| match toward {
        Toward::Down => counts.add_up(count),
        Toward::Up => counts.add_down(count),
    });
    let incoming = out_of_tunnel(&stream, (*socket.write).as_ref());
    let result = match client {
        Client::Socket => both(outgoing, incoming, || counts.moved()).await,
        Client::Tunnel => both(incoming, outgoing, || counts.moved()).await,
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

async fn into_tunnel(from: &mut OwnedReadHalf, stream: &Stream, count: impl Fn(usize)) -> io::Result<()> {
    let mut lending = Lending::default();
    let copied = loop {
        match poll_fn(|cx| stream.poll_pump(cx, from, &mut lending)).await {
            Ok(0) => break Ok(()),
            Ok(moved) => count(moved),
            Err(error) => break Err(error),
        }
    };
    stream.end();
    settle(copied)
}

async fn out_of_tunnel(stream: &Stream, to: &TcpStream) -> io::Result<()> {
    let copied = settle(poll_fn(|cx| stream.poll_drain(cx)).await);
    stream.detach();
    // behind a lost tunnel there is no end to tell: the socket is reset
    if !stream.is_lost() {
        end(to);
    }
    copied
}
