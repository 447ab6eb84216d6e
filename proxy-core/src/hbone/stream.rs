//! The two halves of one tunnel stream, and the stream as a byte pipe for a tunnel inside it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use h2::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Keeps a pooled connection's stream accounted for while it lives.
pub trait Lease: Send + Sync + std::fmt::Debug {}

/// An accepted tunnel stream.
#[derive(Debug)]
pub struct Tunnel {
    /// Towards the peer.
    pub send: SendStream<Bytes>,
    /// From the peer.
    pub recv: RecvStream,
    /// The stream's place on its connection.
    pub lease: Option<Box<dyn Lease>>,
}

/// A tunnel stream as a byte pipe: what the inner tunnel of double HBONE runs over.
#[derive(Debug)]
pub struct TunnelPipe {
    tunnel: Tunnel,
    held: Bytes,
    ended: bool,
}

impl TunnelPipe {
    /// Wraps a stream.
    #[must_use]
    pub fn new(tunnel: Tunnel) -> Self {
        Self {
            tunnel,
            held: Bytes::new(),
            ended: false,
        }
    }
}

/// An HTTP/2 error as the I/O layer says it.
#[must_use]
pub fn to_io(error: h2::Error) -> io::Error {
    if error.is_io() {
        return error
            .into_io()
            .unwrap_or_else(|| io::ErrorKind::ConnectionReset.into());
    }
    match error.reason() {
        Some(h2::Reason::NO_ERROR | h2::Reason::CANCEL | h2::Reason::STREAM_CLOSED) => {
            io::ErrorKind::BrokenPipe.into()
        }
        _ => io::Error::other(error),
    }
}

impl AsyncRead for TunnelPipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.held.is_empty() && !self.ended {
            match std::task::ready!(self.tunnel.recv.poll_data(cx)) {
                Some(Ok(data)) => self.held = data,
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
                None => self.ended = true,
            }
        }
        let count = self.held.len().min(buf.remaining());
        buf.put_slice(&self.held[..count]);
        self.held.advance(count);
        let released = self.tunnel.recv.flow_control().release_capacity(count);
        Poll::Ready(released.map_err(to_io))
    }
}

impl AsyncWrite for TunnelPipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.tunnel.send.reserve_capacity(bytes.len());
        let room = match std::task::ready!(self.tunnel.send.poll_capacity(cx)) {
            Some(Ok(room)) => room,
            Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
            None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        };
        let count = room.min(bytes.len());
        let sent = self
            .tunnel
            .send
            .send_data(Bytes::copy_from_slice(&bytes[..count]), false);
        Poll::Ready(sent.map(|()| count).map_err(to_io))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.tunnel.send.send_data(Bytes::new(), true).map_err(to_io))
    }
}
