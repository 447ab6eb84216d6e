//! nf_tables over netlink: one table, replaced whole in one transaction.
//!
//! Absent on purpose: what the rules mean. That is the business of whoever renders a batch.

use crate::error::{Named, Result};
use mesh_sys::netlink::{NetlinkSocket, Protocol};

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

pub(crate) const REGISTER: u32 = 1;
pub(crate) const REGISTER_2: u32 = 2;
/// Bases of [`header`].
pub(crate) const NETWORK: u32 = 1;
pub(crate) const TRANSPORT: u32 = 2;

/// Expressions of a rule, in order.
pub(crate) type Expressions = Attributes;

/// Appends one.
pub(crate) fn expression(list: Expressions, name: &str, data: &Attributes) -> Expressions {
    let one = Attributes::new().text(1, name).nested(2, data);
    list.nested(1, &one)
}

/// How [`compare`] compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Is {
    Equal = 0,
    Not = 1,
    AtMost = 3,
    AtLeast = 5,
}

/// Goes on if register 1 stands to `value` like this.
pub(crate) fn compare(list: Expressions, is: Is, value: &[u8]) -> Expressions {
    let data = Attributes::new().bytes(1, value);
    let comparison = Attributes::new()
        .number(1, REGISTER)
        .number(2, is as u32)
        .nested(3, &data);
    expression(list, "cmp", &comparison)
}

/// Goes on if register 1 equals `value`.
pub(crate) fn equals(list: Expressions, value: &[u8]) -> Expressions {
    compare(list, Is::Equal, value)
}

/// Keeps of register 1 what `mask` covers.
pub(crate) fn masked(list: Expressions, mask: &[u8]) -> Expressions {
    let (mask_data, zero) = (
        Attributes::new().bytes(1, mask),
        Attributes::new().bytes(1, &vec![0; mask.len()]),
    );
    let bitwise = Attributes::new()
        .number(1, REGISTER)
        .number(2, REGISTER)
        .number(3, u32::try_from(mask.len()).unwrap_or(4))
        .nested(4, &mask_data)
        .nested(5, &zero);
    expression(list, "bitwise", &bitwise)
}

/// Loads the number of the transport protocol into register 1.
pub(crate) fn protocol(list: Expressions) -> Expressions {
    expression(list, "meta", &Attributes::new().number(1, REGISTER).number(2, 16))
}

/// Loads the state of the packet's connection into register 1.
pub(crate) fn connection_state(list: Expressions) -> Expressions {
    expression(list, "ct", &Attributes::new().number(1, REGISTER).number(2, 0))
}

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    Drop,
    Accept,
    /// Back to where the jump came from.
    Return,
    Jump(&'a str),
}

/// Ends a rule.
pub(crate) fn verdict(list: Expressions, verdict: Verdict<'_>) -> Expressions {
    let (code, chain): (i32, _) = match verdict {
        Verdict::Drop => (0, None),
        Verdict::Accept => (1, None),
        Verdict::Return => (-5, None),
        Verdict::Jump(chain) => (-3, Some(chain)),
    };
    let mut inner = Attributes::new().bytes(1, &code.to_be_bytes());
    if let Some(chain) = chain {
        inner = inner.text(2, chain);
    }
    let data = Attributes::new().nested(2, &inner);
    // register 0 is the verdict
    expression(
        list,
        "immediate",
        &Attributes::new().number(1, 0).nested(2, &data),
    )
}

/// Loads `length` bytes of a header into register 1.
pub(crate) fn header(list: Expressions, base: u32, offset: u32, length: u32) -> Expressions {
    let data = Attributes::new()
        .number(1, REGISTER)
        .number(2, base)
        .number(3, offset)
        .number(4, length);
    expression(list, "payload", &data)
}

/// Netlink attributes, encoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes(Vec<u8>);

impl Attributes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn bytes(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    pub(crate) fn text(self, kind: u16, value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.bytes(kind, &bytes)
    }

    pub(crate) fn number(self, kind: u16, value: u32) -> Self {
        self.bytes(kind, &value.to_be_bytes())
    }

    pub(crate) fn nested(self, kind: u16, inner: &Self) -> Self {
        self.bytes(kind | 0x8000, &inner.0)
    }
}

/// Messages of one transaction.
#[derive(Debug)]
pub(crate) struct Batch {
    table: &'static str,
    bytes: Vec<u8>,
    sequence: u32,
}

/// Where a chain hangs: hook, type, priority.
pub(crate) type Place = (u32, &'static str, i32);

impl Batch {
    /// Begins the table anew.
    pub(crate) fn new(table: &'static str) -> Self {
        let mut batch = Self {
            table,
            bytes: Vec::new(),
            sequence: 0,
        };
        batch.raw(kind::BATCH_BEGIN, 0, (0, 10), &[]);
        let name = Attributes::new().text(1, table);
        // made before it is deleted, so that deleting it never fails
        batch.message(kind::NEW_TABLE, CREATE, &name);
        batch.message(kind::DELETE_TABLE, 0, &name);
        batch.message(kind::NEW_TABLE, CREATE, &name);
        batch
    }

    fn message(&mut self, kind: u16, flags: u16, attributes: &Attributes) {
        self.raw(SUBSYSTEM | kind, flags, (IPV4, 0), &attributes.0);
    }

    /// Adds a chain, at a hook or only for jumps.
    pub(crate) fn chain(&mut self, name: &str, place: Option<Place>) {
        let mut chain = Attributes::new().text(1, self.table).text(3, name);
        if let Some((hook, of, priority)) = place {
            let place = Attributes::new()
                .number(1, hook)
                .bytes(2, &priority.to_be_bytes());
            chain = chain.nested(4, &place).text(7, of);
        }
        self.message(kind::NEW_CHAIN, CREATE, &chain);
    }

    /// Appends a rule to a chain.
    pub(crate) fn rule(&mut self, chain: &str, expressions: &Expressions) {
        let rule = Attributes::new()
            .text(1, self.table)
            .text(2, chain)
            .nested(4, expressions);
        self.message(kind::NEW_RULE, CREATE | APPEND, &rule);
    }

    /// How many messages there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> u32 {
        self.sequence
    }

    /// Writes all of it, in one step.
    pub(crate) fn commit(mut self) -> Result<()> {
        let what = format!("cannot write the table `{}`", self.table);
        // only this one asks for an answer: thousands of them would not fit the socket; refusals come unasked
        let name = Attributes::new().text(1, self.table);
        self.message(kind::NEW_TABLE, CREATE | ACKNOWLEDGE, &name);
        self.raw(kind::BATCH_END, 0, (0, 10), &[]);
        let socket = NetlinkSocket::open(Protocol::Netfilter).named(|| what.clone())?;
        socket.send(&self.bytes).named(|| what.clone())?;
        self.acknowledge(&socket).named(|| what.clone())
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
    fn attributes_are_padded_to_four_bytes() {
        assert_eq!(Attributes::new().text(1, "ab").0, [7, 0, 1, 0, b'a', b'b', 0, 0]);
    }
}
