//! A plain netlink socket: whole messages out, whole datagrams in. Meant for threads inside a namespace,
//! so it blocks, with a limit on every wait.

use std::cell::RefCell;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, sendto, setsockopt,
    socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::fd::watch;

/// Which part of the kernel to talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Addresses, links, routes, rules.
    Route,
    /// Packet filtering.
    Netfilter,
    /// Tables of sockets.
    SocketDiagnosis,
}

/// No answer comes later than this.
const PATIENCE_SECONDS: i64 = 5;

/// The kernel makes none longer.
const DATAGRAM: usize = 64 * 1024;

thread_local! {
    /// Where datagrams are received: most are a few bytes long, and this much would have to be zeroed for each.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Sent and received messages may be this long before the kernel complains.
const BUFFER: usize = 4 * 1024 * 1024;

/// A socket to the kernel, in the namespace of the thread that opened it.
#[derive(Debug)]
pub struct NetlinkSocket(OwnedFd);

impl NetlinkSocket {
    /// Opens and binds one.
    pub fn open(protocol: Protocol) -> io::Result<Self> {
        let protocol = match protocol {
            Protocol::Route => SockProtocol::NetlinkRoute,
            Protocol::Netfilter => SockProtocol::NetlinkNetFilter,
            Protocol::SocketDiagnosis => SockProtocol::NetlinkSockDiag,
        };
        let fd = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            protocol,
        )?;
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::seconds(PATIENCE_SECONDS))?;
        if matches!(protocol, SockProtocol::NetlinkNetFilter) {
            // a large transaction needs room; the ordinary limits are too small and may be hard ones
            let _ = setsockopt(&fd, sockopt::SndBuf, &BUFFER);
            let _ = setsockopt(&fd, sockopt::RcvBuf, &BUFFER);
        }
        Ok(Self(fd))
    }

    /// Sends messages, as one datagram.
    pub fn send(&self, messages: &[u8]) -> io::Result<()> {
        let sent = sendto(
            self.0.as_raw_fd(),
            messages,
            &NetlinkAddr::new(0, 0),
            MsgFlags::empty(),
        )?;
        if sent == messages.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::WriteZero.into())
        }
    }

    /// Receives one datagram, of one or more messages. `TimedOut` after five seconds.
    pub fn recv(&self) -> io::Result<Vec<u8>> {
        ROOM.with_borrow_mut(|room| {
            room.resize(DATAGRAM, 0);
            let length = recv(self.0.as_raw_fd(), room, MsgFlags::empty()).map_err(|errno| match errno {
                nix::Error::EAGAIN => io::Error::from(io::ErrorKind::TimedOut),
                other => other.into(),
            })?;
            Ok(room[..length].to_vec())
        })
    }
}

/// What the kernel announces by itself in a network namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Changes of nf_tables.
    PacketRules,
    /// Changes of routing rules and routes, both families.
    Routing,
}

impl News {
    /// Protocol and groups; group `n` is bit `n - 1`.
    fn groups(self) -> (SockProtocol, u32) {
        const NFTABLES: u32 = 7;
        const IPV4_ROUTE: u32 = 7;
        const IPV4_RULE: u32 = 8;
        const IPV6_ROUTE: u32 = 11;
        const IPV6_RULE: u32 = 19;
        let bits = |groups: &[u32]| groups.iter().fold(0, |bits, group| bits | 1 << (group - 1));
        match self {
            Self::PacketRules => (SockProtocol::NetlinkNetFilter, bits(&[NFTABLES])),
            Self::Routing => (
                SockProtocol::NetlinkRoute,
                bits(&[IPV4_ROUTE, IPV4_RULE, IPV6_ROUTE, IPV6_RULE]),
            ),
        }
    }
}

/// Hears what the kernel announces in the namespace of the thread that opened it.
#[derive(Debug)]
pub struct Announcements(OwnedFd);

/// The same for a runtime.
#[derive(Debug)]
pub struct Listening(AsyncFd<OwnedFd>);

impl Announcements {
    /// Opens a socket in the namespace of the calling thread.
    pub fn open(news: News) -> io::Result<Self> {
        let (protocol, groups) = news.groups();
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let fd = socket(AddressFamily::Netlink, SockType::Raw, flags, protocol)?;
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        Ok(Self(fd))
    }

    /// Has the runtime watch it.
    pub fn listen(self) -> io::Result<Listening> {
        Ok(Listening(watch(self.0)?))
    }
}

impl Listening {
    /// Waits until something was announced, and forgets all that was announced so far. Cancel-safe.
    pub async fn changed(&self) -> io::Result<()> {
        self.0.async_io(Interest::READABLE, drain).await
    }
}

/// Reads until nothing is left; announcements that were lost for want of room are announcements as well.
fn drain(fd: &OwnedFd) -> io::Result<()> {
    let mut datagram = [0; 4096];
    let mut heard = false;
    loop {
        match recv(fd.as_raw_fd(), &mut datagram, MsgFlags::MSG_TRUNC) {
            Ok(_) | Err(nix::Error::ENOBUFS) => heard = true,
            Err(nix::Error::EINTR) => {}
            Err(nix::Error::EAGAIN) if heard => return Ok(()),
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_answers() {
        let socket = NetlinkSocket::open(Protocol::Route).unwrap();
        // RTM_GETLINK with NLM_F_REQUEST and NLM_F_DUMP, an empty ifinfomsg
        let mut request = vec![32, 0, 0, 0, 18, 0, 1, 3];
        request.resize(32, 0);
        socket.send(&request).unwrap();
        let answer = socket.recv().unwrap();
        assert!(answer.len() > 16, "{answer:?}");
    }
}
