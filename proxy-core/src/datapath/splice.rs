//! Copies bytes both ways until both are done, and knows nothing else (`spec/hbone.md` §11).
//!
//! A buffer is lent only while there is data: an idle connection holds none. It grows with the
//! amount moved. Windows are opened only as bytes are written on, so flow control is end to end.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::{RecvStream, SendStream};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until};

use crate::hbone::stream::{Lease, Tunnel, to_io};
use crate::telemetry::connection::Bytes as Counts;

const FIRST_BUFFER: usize = 4 << 10;
const LARGEST_BUFFER: usize = 256 << 10;
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

/// A buffer size that follows the flow.
struct Lending(usize);

impl Lending {
    fn new() -> Self {
        Self(FIRST_BUFFER)
    }

    fn lend(&self) -> BytesMut {
        BytesMut::with_capacity(self.0)
    }

    fn learn(&mut self, filled: usize) {
        if filled >= self.0 {
            self.0 = (self.0 * 4).min(LARGEST_BUFFER);
        } else if filled < self.0 / 8 {
            self.0 = (self.0 / 2).max(FIRST_BUFFER);
        }
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
pub async fn sockets(
    client: &mut TcpStream,
    server: &mut TcpStream,
    counts: &Counts,
) -> Result<(), SpliceError> {
    let (client_read, client_write) = client.split();
    let (server_read, server_write) = server.split();
    let up = pump(client_read, server_write, |count| counts.add_up(count));
    let down = pump(server_read, client_write, |count| counts.add_down(count));
    both(async { settle(up.await) }, async { settle(down.await) }, || {
        counts.moved()
    })
    .await
}

async fn pump(from: ReadHalf<'_>, mut to: WriteHalf<'_>, count: impl Fn(usize)) -> io::Result<()> {
    let mut lending = Lending::new();
    let copied = async {
        while let Some(data) = read(&from, &mut lending).await? {
            to.write_all(&data).await?;
            count(data.len());
        }
        Ok(())
    }
    .await;
    // also after an error, so that the other side learns of the end
    to.shutdown().await.ok();
    copied
}

/// The next bytes, or none at the end.
async fn read(from: &ReadHalf<'_>, lending: &mut Lending) -> io::Result<Option<Bytes>> {
    loop {
        from.readable().await?;
        let mut buffer = lending.lend();
        match from.try_read_buf(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => {
                lending.learn(count);
                return Ok(Some(buffer.freeze()));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Copies between a socket and a tunnel.
pub async fn tunnel(
    socket: &mut TcpStream,
    tunnel: Tunnel,
    client: Client,
    counts: &Counts,
) -> Result<(), SpliceError> {
    let Tunnel { send, recv, lease } = tunnel;
    let (read, write) = socket.split();
    let mut is_lost = false;
    let result = match client {
        Client::Socket => {
            let up = into_tunnel(read, send, |count| counts.add_up(count));
            let down = out_of_tunnel(recv, write, &mut is_lost, |count| counts.add_down(count));
            both(up, down, || counts.moved()).await
        }
        Client::Tunnel => {
            let up = out_of_tunnel(recv, write, &mut is_lost, |count| counts.add_up(count));
            let down = into_tunnel(read, send, |count| counts.add_down(count));
            both(up, down, || counts.moved()).await
        }
    };
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

async fn into_tunnel(
    from: ReadHalf<'_>,
    mut send: SendStream<Bytes>,
    count: impl Fn(usize),
) -> io::Result<()> {
    let mut lending = Lending::new();
    let copied = async {
        loop {
            let data = tokio::select! {
                data = read(&from, &mut lending) => data?,
                reset = poll_fn(|cx| send.poll_reset(cx)) => {
                    return match reset {
                        Ok(reason) => Err(to_io(reason.into())),
                        Err(error) => Err(to_io(error)),
                    };
                }
            };
            let Some(data) = data else { return Ok(()) };
            let length = data.len();
            write(&mut send, data).await?;
            count(length);
        }
    };
    let copied = settle(copied.await);
    // a stream that is gone already needs no end
    send.send_data(Bytes::new(), true).ok();
    copied
}

/// Hands bytes to HTTP/2 as its windows allow.
async fn write(send: &mut SendStream<Bytes>, mut data: Bytes) -> io::Result<()> {
    while !data.is_empty() {
        send.reserve_capacity(data.len());
        let room = match poll_fn(|cx| send.poll_capacity(cx)).await {
            Some(room) => room.map_err(to_io)?,
            None => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        let chunk = data.split_to(room.min(data.len()));
        send.send_data(chunk, false).map_err(to_io)?;
    }
    Ok(())
}

async fn out_of_tunnel(
    mut recv: RecvStream,
    mut to: WriteHalf<'_>,
    is_lost: &mut bool,
    count: impl Fn(usize),
) -> io::Result<()> {
    let copied = async {
        while let Some(data) = poll_fn(|cx| recv.poll_data(cx)).await {
            let data = match data {
                Ok(data) => data,
                Err(error) => {
                    *is_lost = error.is_io() || error.is_go_away();
                    return Err(to_io(error));
                }
            };
            to.write_all(&data).await?;
            count(data.len());
            recv.flow_control().release_capacity(data.len()).map_err(to_io)?;
        }
        Ok(())
    };
    let copied = settle(copied.await);
    // behind a lost tunnel there is no end to tell: the socket is reset
    if !*is_lost {
        to.shutdown().await.ok();
    }
    copied
}
