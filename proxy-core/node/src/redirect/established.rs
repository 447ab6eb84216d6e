//! The TCP sockets of a network namespace, as its socket table shows them.
//!
//! Read before a running pod is captured: connections that are open then go on without the proxy (enrolment.md 2).
//! Also tells which of the proxy's listeners are there. A kernel without socket diagnosis shows the same as text.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use mesh_wire::well_known::port;

use super::Flow;
use super::netlink::NetlinkError;
use super::sockets;

/// What the socket table of a namespace says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sockets {
    /// Open connections, as packets of the local end; loopback left out.
    pub open: BTreeSet<Flow>,
    /// Ports that somebody listens on.
    pub listening: BTreeSet<u16>,
}

impl Sockets {
    /// Adds one socket, if it matters.
    fn note(&mut self, source: SocketAddr, destination: SocketAddr, state: u8) {
        if state == sockets::LISTEN {
            self.listening.insert(source.port());
        } else if sockets::is_open(state) && !source.ip().is_loopback() && !destination.ip().is_loopback() {
            self.open.insert(Flow { source, destination });
        }
    }
}

/// The proxy's listeners in a captured pod.
pub const LISTENERS: [u16; 3] = [port::HBONE, port::INBOUND_PLAINTEXT, port::OUTBOUND];
/// Questions about single connections; more are answered sooner by a list.
const FEW: usize = 64;

/// Reads the table of the calling thread's network namespace.
///
/// # Errors
/// The process file system is not there.
pub fn read() -> io::Result<Sockets> {
    all().or_else(|_| shown())
}

/// Those of `flows` that are open, from whichever end, and the proxy's ports on which somebody listens.
///
/// # Errors
/// The process file system is not there.
pub fn present(flows: &BTreeSet<Flow>) -> io::Result<Sockets> {
    if flows.len() > FEW {
        return read();
    }
    one_by_one(flows).or_else(|_| shown())
}

fn all() -> Result<Sockets, NetlinkError> {
    let mut found = Sockets::default();
    for one in sockets::Sockets::open()?.all()? {
        found.note(one.local, one.remote, one.state);
    }
    Ok(found)
}

fn one_by_one(flows: &BTreeSet<Flow>) -> Result<Sockets, NetlinkError> {
    let (mut found, mut kernel) = (Sockets::default(), sockets::Sockets::open()?);
    for flow in flows.iter().flat_map(|flow| [*flow, flow.reversed()]) {
        if kernel.find_open(flow.source, flow.destination)?.is_some() {
            found.open.insert(flow);
        }
    }
    for port in LISTENERS {
        if kernel.is_listening(port)? {
            found.listening.insert(port);
        }
    }
    Ok(found)
}

fn shown() -> io::Result<Sockets> {
    let mut sockets = Sockets::default();
    parse(
        &std::fs::read_to_string("/proc/thread-self/net/tcp")?,
        &mut sockets,
    );
    match std::fs::read_to_string("/proc/thread-self/net/tcp6") {
        Ok(table) => parse(&table, &mut sockets),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(sockets)
}

/// Adds the lines of one table.
fn parse(table: &str, sockets: &mut Sockets) {
    for line in table.lines().skip(1) {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (Some(local), Some(remote), Some(state)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let (Some(source), Some(destination)) = (end(local), end(remote)) else {
            continue;
        };
        if let Ok(state) = u8::from_str_radix(state, 16) {
            sockets.note(source, destination, state);
        }
    }
}

/// `ADDRESS:PORT`, the address as words in host order.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Vec<[u8; 4]> = address
        .as_bytes()
        .chunks(8)
        .map(|word| {
            let word = u32::from_str_radix(str::from_utf8(word).ok()?, 16).ok()?;
            Some(word.to_ne_bytes())
        })
        .collect::<Option<_>>()?;
    let address = match words.as_slice() {
        [word] => IpAddr::from(Ipv4Addr::from(*word)),
        words => {
            let octets: [u8; 16] = words.concat().try_into().ok()?;
            IpAddr::from(Ipv6Addr::from(octets)).to_canonical()
        }
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn connections_and_listeners_are_told_apart() {
        let mut sockets = Sockets::default();
        parse(
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n\
             \x20  1: 0B00580A:C001 0C00580A:0050 01 00000000:00000000 00:00000000 00000000     0        0 2 1\n\
             \x20  2: 0100007F:C002 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 3 1\n\
             \x20  3: 0B00580A:C003 0C00580A:0050 06 00000000:00000000 00:00000000 00000000     0        0 0 1\n",
            &mut sockets,
        );
        parse(
            "  sl\n\
             \x20  0: 00000000000000000000000000000000:3AA0 00000000000000000000000000000000:0000 0A\n\
             \x20  1: 0000000000000000FFFF00000B00580A:1F90 0000000000000000FFFF00000C00580A:C004 08\n",
            &mut sockets,
        );
        let flow = |source: &str, destination: &str| Flow {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        };
        assert_eq!(sockets.listening, [8080, 15008].into());
        assert_eq!(
            sockets.open,
            [
                flow("10.88.0.11:49153", "10.88.0.12:80"),
                flow("10.88.0.11:8080", "10.88.0.12:49156"),
            ]
            .into()
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9A-F: \n]{0,200}") {
            parse(&text, &mut Sockets::default());
        }
    }
}
