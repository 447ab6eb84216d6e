//! A TCP stream that knows when what it has read last had come to this machine, however late its reader was.
//!
//! Readers share the processors with what is measured; in a cluster each has a machine of its own. So a change has reached a
//! proxy when the kernel has put it into the proxy's socket.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, TimestampingFlag, Timestamps, recvmsg, setsockopt, sockopt,
};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// The stream.
pub(super) struct Stamped {
    stream: TcpStream,
    last: Arc<AtomicU64>,
}

impl Stamped {
    /// Has the kernel note when bytes come.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        let flags =
            TimestampingFlag::SOF_TIMESTAMPING_RX_SOFTWARE | TimestampingFlag::SOF_TIMESTAMPING_SOFTWARE;
        setsockopt(&stream, sockopt::Timestamping, &flags)?;
        Ok(Self {
            stream,
            last: Arc::default(),
        })
    }

    /// When the last bytes came, in nanoseconds since the epoch; zero before any.
    pub(super) fn last(&self) -> Arc<AtomicU64> {
        self.last.clone()
    }

    /// Reads what is there.
    fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut space = nix::cmsg_space!(Timestamps);
        let mut parts = [IoSliceMut::new(buffer)];
        let message = recvmsg::<()>(
            self.stream.as_raw_fd(),
            &mut parts,
            Some(&mut space),
            MsgFlags::empty(),
        )?;
        for note in message.cmsgs()? {
            if let ControlMessageOwned::ScmTimestampsns(Timestamps { system, .. }) = note {
                let at = system.tv_sec() * 1_000_000_000 + system.tv_nsec();
                self.last.store(u64::try_from(at).unwrap_or(0), Ordering::Release);
            }
        }
        Ok(message.bytes)
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            let read = self
                .stream
                .try_io(Interest::READABLE, || self.receive(buffer.initialize_unfilled()));
            match read {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                // not ready after all: the next poll waits
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Stamped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
