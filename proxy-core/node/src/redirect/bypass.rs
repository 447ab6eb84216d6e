//! Connections that go beside the proxy after a pod's rules were away, and how much they carried.
//!
//! A redirected connection has a second socket in the same namespace, the proxy's. An open one without it slipped by
//! (only those still open are seen: what is told is the least that passed).
//! Acts in the network namespace of the calling thread.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mesh_sys::netlink::Protocol;
use mesh_wire::well_known::{mark, port};

use super::netlink::{DUMP, Message, Netlink, NetlinkError, find};
use super::{Flow, Inbound, PodCapture};

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
const TCP: u8 = 6;
const V4: u8 = 2;
const V6: u8 = 10;
/// `struct inet_diag_msg`.
const HEADER: usize = 72;
const INFO: u16 = 2;
const MARK: u16 = 15;
/// `tcpi_bytes_acked` and `tcpi_bytes_received` in `struct tcp_info`.
const ACKED: usize = 120;
const RECEIVED: usize = 128;
const ESTABLISHED: u8 = 1;
const LISTEN: u8 = 10;
/// Where the proxy takes what an application sends.
const TAKEN_AT: [u16; 2] = [port::OUTBOUND, port::DNS];
/// What arrives here was redirected, or is a tunnel.
const LISTENERS: [u16; 4] = [port::HBONE, port::INBOUND_PLAINTEXT, port::OUTBOUND, port::DNS];

/// What went beside the proxy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slipped {
    /// Connections.
    pub connections: u64,
    /// Bytes of the applications, both ways.
    pub bytes: u64,
}

/// One TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Socket {
    local: SocketAddr,
    remote: SocketAddr,
    state: u8,
    mark: Option<u32>,
    bytes: u64,
}

/// What slips by the rules for `capture` at this moment; `None` where the kernel does not tell whose sockets are whose.
pub(crate) fn slipped(capture: &PodCapture) -> Result<Option<Slipped>, NetlinkError> {
    let mut sockets = Vec::new();
    for family in [V4, V6] {
        let mut body = vec![family, TCP, 1 << (INFO - 1), 0];
        // every state, any address
        body.extend_from_slice(&u32::MAX.to_ne_bytes());
        body.resize(56, 0);
        let request = Message {
            kind: BY_FAMILY,
            flags: DUMP,
            body,
            subject: "listing sockets".to_owned(),
        };
        let found = Netlink::open(Protocol::SocketDiagnosis)?.dump(&request)?;
        sockets.extend(found.iter().filter_map(|message| read(message)));
    }
    Ok(judge(&sockets, capture))
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

fn judge(sockets: &[Socket], capture: &PodCapture) -> Option<Slipped> {
    if sockets.iter().any(|socket| socket.mark.is_none()) {
        return None;
    }
    let listening: BTreeSet<u16> = sockets
        .iter()
        .filter(|socket| socket.state == LISTEN)
        .map(|socket| socket.local.port())
        .collect();
    let ends: BTreeSet<(SocketAddr, SocketAddr)> = sockets
        .iter()
        .map(|socket| (socket.local, socket.remote))
        .collect();
    let taken: BTreeSet<SocketAddr> = sockets
        .iter()
        .filter(|socket| TAKEN_AT.contains(&socket.local.port()))
        .map(|socket| socket.remote)
        .collect();
    let mut found = Slipped::default();
    for socket in sockets {
        let has_proxy = taken.contains(&socket.local) || ends.contains(&(socket.remote, socket.local));
        let is_free = capture.inbound == Inbound::Bypassed && listening.contains(&socket.local.port());
        if concerns(socket, capture) && !has_proxy && !is_free {
            found.connections += 1;
            found.bytes += socket.bytes;
        }
    }
    Some(found)
}

/// Whether the rules would have redirected the connection of this socket.
fn concerns(socket: &Socket, capture: &PodCapture) -> bool {
    let (local, remote) = (socket.local, socket.remote);
    let flow = Flow {
        source: local,
        destination: remote,
    };
    let probes: [IpAddr; 2] = [capture.probes.v4.into(), capture.probes.v6.into()];
    socket.state == ESTABLISHED
        && socket.mark.is_some_and(|mark| mark & mark::MASK != mark::PROXY)
        && !LISTENERS.contains(&local.port())
        && !remote.ip().is_loopback()
        && local.ip() != remote.ip()
        && !probes.contains(&remote.ip())
        && (remote.is_ipv4() || capture.families == super::Families::Both)
        && !capture.preserved.contains(&flow)
        && !capture.preserved.contains(&flow.reversed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn socket(local: &str, remote: &str, state: u8, mark: u32) -> Socket {
        Socket {
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            state,
            mark: Some(mark),
            bytes: 10,
        }
    }

    #[track_caller]
    fn check(sockets: &[Socket], capture: &PodCapture, connections: u64) {
        let bytes = connections * 10;
        assert_eq!(judge(sockets, capture), Some(Slipped { connections, bytes }));
    }

    #[test]
    fn what_has_no_socket_of_the_proxy_slipped_by() {
        let capture = PodCapture::default();
        let outbound = socket("10.0.0.1:4000", "10.0.0.9:80", ESTABLISHED, 0);
        let taken = socket("127.0.0.1:15001", "10.0.0.1:4000", ESTABLISHED, mark::PROXY);
        let tunnel = socket("10.0.0.1:5000", "10.0.0.9:15008", ESTABLISHED, mark::PROXY);
        check(&[outbound], &capture, 1);
        check(&[outbound, taken, tunnel], &capture, 0);
        let inbound = socket("10.0.0.1:80", "10.0.0.9:6000", ESTABLISHED, 0);
        let spoken_for = socket("10.0.0.9:6000", "10.0.0.1:80", ESTABLISHED, mark::PROXY);
        check(&[inbound, outbound], &capture, 2);
        check(&[inbound, spoken_for], &capture, 0);
    }

    #[test]
    fn what_the_rules_leave_alone_did_not_slip_by() {
        let server = socket("0.0.0.0:80", "0.0.0.0:0", LISTEN, 0);
        let inbound = socket("10.0.0.1:80", "10.0.0.9:6000", ESTABLISHED, 0);
        let mut capture = PodCapture::default();
        for left in [
            socket("10.0.0.1:80", "169.254.7.127:6000", ESTABLISHED, 0),
            socket("10.0.0.1:4000", "10.0.0.1:80", ESTABLISHED, 0),
            socket("127.0.0.1:4000", "127.0.0.1:80", ESTABLISHED, 0),
            socket("10.0.0.1:4000", "10.0.0.9:80", LISTEN, 0),
            server,
        ] {
            check(&[left], &capture, 0);
        }
        check(&[server, inbound], &capture, 1);
        capture.inbound = Inbound::Bypassed;
        check(&[server, inbound], &capture, 0);
        capture.inbound = Inbound::Captured;
        capture.preserved.insert(Flow {
            source: inbound.remote,
            destination: inbound.local,
        });
        check(&[server, inbound], &capture, 0);
        let unknown = Socket {
            mark: None,
            ..inbound
        };
        assert_eq!(judge(&[unknown], &capture), None);
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
