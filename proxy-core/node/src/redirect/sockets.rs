//! The TCP sockets of a network namespace, as the kernel's socket diagnosis tells them.
//!
//! All namespaces share one table of connections, and a list walks through the whole of it, however few are in this
//! namespace: that costs milliseconds on a large machine. One socket is found at once.
//! Acts in the network namespace of the calling thread.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mesh_sys::netlink::Protocol;
use nix::errno::Errno;

use super::netlink::{ACK, DUMP, Message, Netlink, NetlinkError, find};

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `TCPDIAG_GETSOCK`, the only question that is about both families.
const BOTH_FAMILIES: u16 = 18;
const TCP: u8 = 6;
const V4: u8 = 2;
const V6: u8 = 10;
/// `struct inet_diag_req`, `struct inet_diag_req_v2` and `struct inet_diag_msg`.
const OLD_REQUEST: usize = 60;
const REQUEST: usize = 56;
const HEADER: usize = 72;
const INFO: u16 = 2;
const MARK: u16 = 15;
/// `tcpi_bytes_acked` and `tcpi_bytes_received` in `struct tcp_info`.
const ACKED: usize = 120;
const RECEIVED: usize = 128;
/// States of a TCP socket.
pub(crate) const ESTABLISHED: u8 = 1;
const TIME_WAIT: u8 = 6;
const CLOSED: u8 = 7;
pub(crate) const LISTEN: u8 = 10;

/// Whether a socket in this state is a connection that still carries something.
pub(crate) fn is_open(state: u8) -> bool {
    !matches!(state, LISTEN | TIME_WAIT | CLOSED)
}

/// One TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) state: u8,
    /// Told to whoever may administer the network.
    pub(crate) mark: Option<u32>,
    /// Carried so far, both ways.
    pub(crate) bytes: u64,
}

impl Socket {
    /// Whether it is a connection that still carries something.
    pub(crate) fn is_open(&self) -> bool {
        is_open(self.state)
    }
}

/// Asks about sockets, over one netlink socket.
pub(crate) struct Sockets(Netlink);

impl Sockets {
    /// Begins in the namespace of the calling thread.
    pub(crate) fn open() -> Result<Self, NetlinkError> {
        Ok(Self(Netlink::open(Protocol::SocketDiagnosis)?))
    }

    /// All of them, in one walk through the table.
    pub(crate) fn all(&mut self) -> Result<Vec<Socket>, NetlinkError> {
        // family, lengths of addresses, what else to tell
        let mut body = vec![V4, 0, 0, 1 << (INFO - 1)];
        body.resize(OLD_REQUEST - 8, 0);
        // every state
        body.extend_from_slice(&u32::MAX.to_ne_bytes());
        body.resize(OLD_REQUEST, 0);
        let found = self.0.dump(&Message {
            kind: BOTH_FAMILIES,
            flags: DUMP,
            body,
            subject: "listing sockets".to_owned(),
        })?;
        Ok(found.iter().filter_map(|message| read(message)).collect())
    }

    /// The open connection with these ends.
    pub(crate) fn find_open(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<Option<Socket>, NetlinkError> {
        let found = self.ask(local, remote)?;
        // where no connection is, whoever listens there is told
        let is_it = |one: &Socket| one.is_open() && (one.local, one.remote) == (local, remote);
        Ok(found.filter(is_it))
    }

    /// Whether somebody listens on a port, on whichever address.
    pub(crate) fn is_listening(&mut self, port: u16) -> Result<bool, NetlinkError> {
        let nobody = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0);
        let found = self.ask(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), nobody)?;
        Ok(found.is_some_and(|one| one.state == LISTEN))
    }

    fn ask(&mut self, local: SocketAddr, remote: SocketAddr) -> Result<Option<Socket>, NetlinkError> {
        let family = if local.is_ipv4() { V4 } else { V6 };
        let mut body = vec![family, TCP, 0, 0];
        body.extend_from_slice(&u32::MAX.to_ne_bytes());
        body.extend_from_slice(&local.port().to_be_bytes());
        body.extend_from_slice(&remote.port().to_be_bytes());
        for end in [local.ip(), remote.ip()] {
            let mut address = match end {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            address.resize(16, 0);
            body.extend_from_slice(&address);
        }
        // any interface, any cookie
        body.extend_from_slice(&0_u32.to_ne_bytes());
        body.resize(REQUEST, u8::MAX);
        let request = Message {
            kind: BY_FAMILY,
            flags: ACK,
            body,
            subject: "asking for a socket".to_owned(),
        };
        match self.0.dump(&request) {
            Ok(found) => Ok(found.first().and_then(|message| read(message))),
            Err(error) if error.errno() == Some(Errno::ENOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Reads one message.
fn read(message: &[u8]) -> Option<Socket> {
    let (header, rest) = message.split_first_chunk::<HEADER>()?;
    let is_v6 = header[0] == V6;
    let at = |port: usize, address: usize| {
        let port = u16::from_be_bytes([header[port], header[port + 1]]);
        let bytes = &header[address..address + 16];
        let ip = if is_v6 {
            let all: [u8; 16] = bytes.try_into().ok()?;
            IpAddr::from(Ipv6Addr::from(all)).to_canonical()
        } else {
            let four: [u8; 4] = bytes[..4].try_into().ok()?;
            Ipv4Addr::from(four).into()
        };
        Some(SocketAddr::new(ip, port))
    };
    let number = |offset: usize| {
        let bytes = find(rest, INFO)?.get(offset..offset + 8)?;
        Some(u64::from_ne_bytes(bytes.try_into().ok()?))
    };
    let mark = find(rest, MARK).and_then(|value| Some(u32::from_ne_bytes(value.try_into().ok()?)));
    Some(Socket {
        local: at(4, 8)?,
        remote: at(6, 24)?,
        state: header[1],
        mark,
        bytes: number(ACKED).unwrap_or_default() + number(RECEIVED).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
