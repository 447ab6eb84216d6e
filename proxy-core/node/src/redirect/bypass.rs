//! Connections that go beside the proxy after a pod's rules were away, and how much they carried.
//!
//! A redirected connection has a second socket in the same namespace, the proxy's. An open one without it slipped by
//! (only those still open are seen: what is told is the least that passed).
//! Acts in the network namespace of the calling thread.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use mesh_wire::well_known::{mark, port};

use super::netlink::NetlinkError;
use super::sockets::{ESTABLISHED, LISTEN, Socket, Sockets};
use super::{Flow, Inbound, PodCapture};

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

/// What slips by the rules for `capture` at this moment; `None` where the kernel does not tell whose sockets are whose.
pub(crate) fn slipped(capture: &PodCapture) -> Result<Option<Slipped>, NetlinkError> {
    let sockets = Sockets::open()?.all()?;
    Ok(judge(&sockets, capture))
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
}
