//! Writes the table `meshctl-svc`: destination NAT for service addresses, over nf_tables netlink.
//!
//! Each backend of a port is one rule that takes its share of the new connections at random; a port without
//! backends is refused at once, so that clients need not wait for a time-out. A pod that reaches itself through
//! its service gets its connection masqueraded, since it would not accept a packet from itself.

use crate::error::{Named, Result};
use crate::node::services::table::{Port, Table};
use mesh_sys::netlink::{NetlinkSocket, Protocol};
use std::net::{Ipv4Addr, SocketAddrV4};

const TABLE: &str = "meshctl-svc";
const IPV4: u8 = 2;
const SUBSYSTEM: u16 = 10 << 8;

mod kind {
    pub(super) const NEW_TABLE: u16 = 0;
    pub(super) const DELETE_TABLE: u16 = 2;
    pub(super) const NEW_CHAIN: u16 = 3;
    pub(super) const NEW_RULE: u16 = 6;
    pub(super) const BATCH_BEGIN: u16 = 0x10;
    pub(super) const BATCH_END: u16 = 0x11;
}

const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;

/// The chains: name, hook, type, priority.
const CHAINS: [(&str, u32, &str, i32); 5] = [
    ("prerouting", 0, "nat", -100),
    ("output", 3, "nat", -100),
    ("postrouting", 4, "nat", 100),
    ("refuse-forward", 2, "filter", 0),
    ("refuse-output", 3, "filter", 0),
];

/// Replaces the whole table in one transaction.
pub(crate) fn replace(table: &Table) -> Result<()> {
    let what = || "cannot write the service rules".to_owned();
    let socket = NetlinkSocket::open(Protocol::Netfilter).named(what)?;
    let batch = render(table);
    socket.send(&batch.bytes).named(what)?;
    batch.acknowledge(&socket).named(what)
}

fn render(table: &Table) -> Batch {
    let mut batch = Batch::new();
    // made before it is deleted, so that deleting it never fails
    batch.message(kind::NEW_TABLE, CREATE, &Attributes::new().text(1, TABLE));
    batch.message(kind::DELETE_TABLE, 0, &Attributes::new().text(1, TABLE));
    batch.message(kind::NEW_TABLE, CREATE, &Attributes::new().text(1, TABLE));
    for (name, hook, of, priority) in CHAINS {
        let place = Attributes::new()
            .number(1, hook)
            .bytes(2, &priority.to_be_bytes());
        let chain = Attributes::new()
            .text(1, TABLE)
            .text(3, name)
            .nested(4, &place)
            .text(7, of);
        batch.message(kind::NEW_CHAIN, CREATE, &chain);
    }
    for (port, backends) in table {
        let total = backends.len();
        for (index, backend) in backends.iter().enumerate() {
            let rest = u32::try_from(total - index).unwrap_or(1);
            for chain in ["prerouting", "output"] {
                batch.rule(chain, &destination_nat(*port, *backend, rest));
            }
        }
        if backends.is_empty() {
            for chain in ["refuse-forward", "refuse-output"] {
                batch.rule(chain, &refusal(*port));
            }
        }
    }
    for address in hairpins(table) {
        batch.rule("postrouting", &masquerade(address));
    }
    // only this one asks for an answer: thousands of them would not fit the socket; refusals come unasked
    batch.message(
        kind::NEW_TABLE,
        CREATE | ACKNOWLEDGE,
        &Attributes::new().text(1, TABLE),
    );
    batch.end();
    batch
}

fn hairpins(table: &Table) -> Vec<Ipv4Addr> {
    let mut addresses: Vec<_> = table.values().flatten().map(|backend| *backend.ip()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Expressions of a rule, in order.
type Expressions = Attributes;

fn expression(list: Expressions, name: &str, data: &Attributes) -> Expressions {
    let one = Attributes::new().text(1, name).nested(2, data);
    list.nested(1, &one)
}

/// Compares register 1 with `value`.
fn equals(list: Expressions, value: &[u8]) -> Expressions {
    let data = Attributes::new().bytes(1, value);
    expression(
        list,
        "cmp",
        &Attributes::new()
            .number(1, REGISTER)
            .number(2, 0)
            .nested(3, &data),
    )
}

const REGISTER: u32 = 1;
const REGISTER_2: u32 = 2;
const NETWORK: u32 = 1;
const TRANSPORT: u32 = 2;

/// Loads `length` bytes of a header into register 1.
fn header(list: Expressions, base: u32, offset: u32, length: u32) -> Expressions {
    let data = Attributes::new()
        .number(1, REGISTER)
        .number(2, base)
        .number(3, offset)
        .number(4, length);
    expression(list, "payload", &data)
}

/// Packets to this port.
fn to_port(port: Port) -> Expressions {
    let list = header(Expressions::new(), NETWORK, 16, 4);
    let list = equals(list, &port.address.octets());
    // the protocol of the layer above
    let list = expression(list, "meta", &Attributes::new().number(1, REGISTER).number(2, 16));
    let list = equals(list, &[port.protocol]);
    let list = header(list, TRANSPORT, 2, 2);
    equals(list, &port.number.to_be_bytes())
}

fn destination_nat(port: Port, backend: SocketAddrV4, rest: u32) -> Expressions {
    let mut list = to_port(port);
    if rest > 1 {
        // one in `rest` at random
        let random = Attributes::new().number(1, REGISTER).number(2, rest).number(3, 1);
        list = equals(expression(list, "numgen", &random), &0_u32.to_ne_bytes());
    }
    let value = |register: u32, bytes: &[u8]| {
        let data = Attributes::new().bytes(1, bytes);
        Attributes::new().number(1, register).nested(2, &data)
    };
    list = expression(list, "immediate", &value(REGISTER, &backend.ip().octets()));
    list = expression(
        list,
        "immediate",
        &value(REGISTER_2, &backend.port().to_be_bytes()),
    );
    // type 1 rewrites the destination; then family, address register, port register
    let nat = Attributes::new()
        .number(1, 1)
        .number(2, u32::from(IPV4))
        .number(3, REGISTER)
        .number(5, REGISTER_2);
    expression(list, "nat", &nat)
}

fn refusal(port: Port) -> Expressions {
    // TCP: a reset; else: port unreachable
    let reject = if port.protocol == 6 {
        Attributes::new().number(1, 1).bytes(2, &[0])
    } else {
        Attributes::new().number(1, 0).bytes(2, &[3])
    };
    expression(to_port(port), "reject", &reject)
}

fn masquerade(address: Ipv4Addr) -> Expressions {
    let list = equals(header(Expressions::new(), NETWORK, 12, 4), &address.octets());
    let list = equals(header(list, NETWORK, 16, 4), &address.octets());
    expression(list, "masq", &Attributes::new())
}

/// Netlink attributes, encoded.
#[derive(Debug, Clone, Default)]
struct Attributes(Vec<u8>);

impl Attributes {
    fn new() -> Self {
        Self::default()
    }

    fn bytes(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    fn text(self, kind: u16, value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.bytes(kind, &bytes)
    }

    fn number(self, kind: u16, value: u32) -> Self {
        self.bytes(kind, &value.to_be_bytes())
    }

    fn nested(self, kind: u16, inner: &Self) -> Self {
        self.bytes(kind | 0x8000, &inner.0)
    }
}

/// Messages of one transaction.
#[derive(Debug)]
struct Batch {
    bytes: Vec<u8>,
    sequence: u32,
}

impl Batch {
    fn new() -> Self {
        let mut batch = Self {
            bytes: Vec::new(),
            sequence: 0,
        };
        batch.raw(kind::BATCH_BEGIN, 0, (0, 10), &[]);
        batch
    }

    fn end(&mut self) {
        self.raw(kind::BATCH_END, 0, (0, 10), &[]);
    }

    fn message(&mut self, kind: u16, flags: u16, attributes: &Attributes) {
        self.raw(SUBSYSTEM | kind, flags, (IPV4, 0), &attributes.0);
    }

    fn rule(&mut self, chain: &str, expressions: &Expressions) {
        let rule = Attributes::new()
            .text(1, TABLE)
            .text(2, chain)
            .nested(4, expressions);
        self.message(kind::NEW_RULE, CREATE | APPEND, &rule);
    }

    fn raw(&mut self, kind: u16, flags: u16, (family, resource): (u8, u16), body: &[u8]) {
        self.sequence += 1;
        let length = u32::try_from(16 + 4 + body.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(&(flags | REQUEST).to_ne_bytes());
        self.bytes.extend_from_slice(&self.sequence.to_ne_bytes());
        self.bytes.extend_from_slice(&0_u32.to_ne_bytes());
        self.bytes.extend_from_slice(&[family, 0]);
        self.bytes.extend_from_slice(&resource.to_be_bytes());
        self.bytes.extend_from_slice(body);
    }

    /// Reads the kernel's answers until the last acknowledged message; the first refusal is the result.
    fn acknowledge(&self, socket: &NetlinkSocket) -> std::io::Result<()> {
        let last = self.sequence - 1;
        let mut refused = None;
        loop {
            let datagram = socket.recv()?;
            let mut rest = datagram.as_slice();
            while rest.len() >= 20 {
                let word =
                    |at: usize| u32::from_ne_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
                let (length, sequence, code) = (word(0) as usize, word(8), word(16).cast_signed());
                if u16::from_ne_bytes([rest[4], rest[5]]) == 2 && code != 0 {
                    refused.get_or_insert_with(|| std::io::Error::from_raw_os_error(-code));
                }
                if sequence == last {
                    return refused.map_or(Ok(()), Err);
                }
                rest = rest.get(length.next_multiple_of(4).max(16)..).unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_backend_is_a_rule_in_both_directions_and_an_empty_port_is_refused() {
        let port = |number| Port {
            address: Ipv4Addr::new(10, 96, 0, 1),
            protocol: 6,
            number,
        };
        let backend = |host| SocketAddrV4::new(Ipv4Addr::new(10, 244, 1, host), 80);
        let table = Table::from([(port(80), [backend(2), backend(3)].into()), (port(81), [].into())]);
        // begin, table three times, five chains, two backends twice, one refusal twice, two hairpins, the asking one, end
        assert_eq!(render(&table).sequence, 1 + 3 + 5 + 4 + 2 + 2 + 1 + 1);
    }

    #[test]
    fn attributes_are_padded_to_four_bytes() {
        assert_eq!(Attributes::new().text(1, "ab").0, [7, 0, 1, 0, b'a', b'b', 0, 0]);
    }
}
