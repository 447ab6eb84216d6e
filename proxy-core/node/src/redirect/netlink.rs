//! Netlink as this crate needs it: attributes, one batch, one dump, over a blocking socket of the thread's network namespace.

use std::io;
use std::net::IpAddr;

use mesh_sys::netlink::{NetlinkSocket, Protocol};
use nix::errno::Errno;

/// `NLM_F_REQUEST`.
pub(crate) const REQUEST: u16 = 0x1;
/// `NLM_F_ACK`.
pub(crate) const ACK: u16 = 0x4;
/// `NLM_F_DUMP`.
pub(crate) const DUMP: u16 = 0x300;
/// `NLM_F_EXCL`.
pub(crate) const EXCL: u16 = 0x200;
/// `NLM_F_CREATE`.
pub(crate) const CREATE: u16 = 0x400;
/// `NLM_F_APPEND`.
pub(crate) const APPEND: u16 = 0x800;

const HEADER: usize = 16;
const NESTED: u16 = 0x8000;
const TYPE_MASK: u16 = 0x3fff;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;

/// A list of attributes under construction.
#[derive(Debug, Default, Clone)]
pub(crate) struct Attributes(pub(crate) Vec<u8>);

impl Attributes {
    /// Any bytes.
    pub(crate) fn bytes(mut self, kind: u16, value: &[u8]) -> Self {
        push_attribute(&mut self.0, kind, value);
        self
    }

    /// A string with its final zero.
    pub(crate) fn text(self, kind: u16, value: &str) -> Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.bytes(kind, &bytes)
    }

    /// A number in network order, as nf_tables wants it.
    pub(crate) fn be32(self, kind: u16, value: u32) -> Self {
        self.bytes(kind, &value.to_be_bytes())
    }

    /// A number in host order, as routing wants it.
    pub(crate) fn ne32(self, kind: u16, value: u32) -> Self {
        self.bytes(kind, &value.to_ne_bytes())
    }

    /// A list inside.
    pub(crate) fn nested(self, kind: u16, inner: &Self) -> Self {
        self.bytes(kind | NESTED, &inner.0)
    }
}

fn push_attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(value.len() + 4).expect("attributes are built below 64 KiB");
    out.extend_from_slice(&length.to_ne_bytes());
    out.extend_from_slice(&kind.to_ne_bytes());
    out.extend_from_slice(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

/// One attribute as read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'a> {
    /// Its number.
    pub(crate) kind: u16,
    /// Whether the sender said that it holds a list.
    pub(crate) is_nested: bool,
    /// Its bytes.
    pub(crate) value: &'a [u8],
}

/// Reads a list of attributes; stops at the first malformed one.
pub(crate) fn attributes(mut bytes: &[u8]) -> Vec<Attribute<'_>> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let kind = u16::from_ne_bytes([head[2], head[3]]);
        let Some(value) = length.checked_sub(4).and_then(|size| rest.get(..size)) else {
            break;
        };
        found.push(Attribute {
            kind: kind & TYPE_MASK,
            is_nested: kind & NESTED != 0,
            value,
        });
        bytes = rest.get(value.len().next_multiple_of(4)..).unwrap_or(&[]);
    }
    found
}

/// The value of the first attribute with this number.
pub(crate) fn find(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    let all = attributes(bytes);
    all.iter().find(|one| one.kind == kind).map(|one| one.value)
}

/// The text of the first attribute with this number.
pub(crate) fn find_text(bytes: &[u8], kind: u16) -> Option<String> {
    let value = find(bytes, kind)?;
    let value = value.strip_suffix(&[0]).unwrap_or(value);
    Some(String::from_utf8_lossy(value).into_owned())
}

/// An address as the kernel has it in attributes and keys.
pub(crate) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The address of these bytes, 4 or 16 of them.
pub(crate) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let short = || Some(<[u8; 4]>::try_from(bytes).ok()?.into());
    let long = || Some(<[u8; 16]>::try_from(bytes).ok()?.into());
    short().or_else(long)
}

/// A message to the kernel.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Its number.
    pub(crate) kind: u16,
    /// Its flags beside [`REQUEST`].
    pub(crate) flags: u16,
    /// Fixed header and attributes.
    pub(crate) body: Vec<u8>,
    /// What it is about, for errors.
    pub(crate) subject: String,
}

/// Why the kernel did not do it.
#[derive(Debug, thiserror::Error)]
pub enum NetlinkError {
    /// No socket, or it broke.
    #[error("cannot talk to the kernel over netlink")]
    Socket {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The kernel refused a message; nothing of its batch was done.
    #[error("the kernel refuses {subject}")]
    Refused {
        /// Which message.
        subject: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl NetlinkError {
    /// The kernel's reason, if it gave one.
    #[must_use]
    pub fn errno(&self) -> Option<Errno> {
        let (Self::Socket { source } | Self::Refused { source, .. }) = self;
        source.raw_os_error().map(Errno::from_raw)
    }

    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self.errno()? {
            Errno::EPERM => Some("the node agent needs the capabilities NET_ADMIN and SYS_ADMIN"),
            Errno::ENOENT | Errno::EOPNOTSUPP | Errno::EPROTONOSUPPORT => Some(
                "load the kernel modules nf_tables, nft_chain_nat, nft_redir, nft_ct and nft_nat on the node",
            ),
            _ => None,
        }
    }
}

/// A socket to one part of the kernel, in the namespace it was opened in.
#[derive(Debug)]
pub(crate) struct Netlink {
    socket: NetlinkSocket,
    sequence: u32,
}

impl Netlink {
    /// Opens it in the namespace of the calling thread.
    pub(crate) fn open(protocol: Protocol) -> Result<Self, NetlinkError> {
        let socket = NetlinkSocket::open(protocol).map_err(broken)?;
        Ok(Self { socket, sequence: 0 })
    }

    /// Sends messages in one packet; returns the first refusal, or nothing once the last message that asked for
    /// an acknowledgement has got it.
    pub(crate) fn transact(&mut self, messages: &[Message]) -> Result<(), NetlinkError> {
        let first = self.sequence + 1;
        let mut packet = Vec::new();
        let mut last = first;
        for message in messages {
            self.sequence += 1;
            push_message(&mut packet, message, self.sequence);
            if message.flags & ACK != 0 {
                last = self.sequence;
            }
        }
        self.socket.send(&packet).map_err(broken)?;
        loop {
            let answer = self.socket.recv().map_err(broken)?;
            for (kind, sequence, body) in split_messages(&answer) {
                if kind != NLMSG_ERROR || !(first..=self.sequence).contains(&sequence) {
                    continue;
                }
                if let Some(errno) = error_code(body) {
                    let index = usize::try_from(sequence.wrapping_sub(first)).unwrap_or(usize::MAX);
                    let subject = messages.get(index).map(|message| message.subject.clone());
                    return Err(refused(subject.unwrap_or_default(), errno));
                }
                if sequence == last {
                    return Ok(());
                }
            }
        }
    }

    /// Asks for a list; returns the bodies of its messages.
    pub(crate) fn dump(&mut self, request: &Message) -> Result<Vec<Vec<u8>>, NetlinkError> {
        self.sequence += 1;
        let mut packet = Vec::new();
        push_message(&mut packet, request, self.sequence);
        self.socket.send(&packet).map_err(broken)?;
        let mut found = Vec::new();
        loop {
            let answer = self.socket.recv().map_err(broken)?;
            for (kind, sequence, body) in split_messages(&answer) {
                match (kind, error_code(body)) {
                    // what an earlier question left
                    _ if sequence != self.sequence => {}
                    (NLMSG_DONE, _) | (NLMSG_ERROR, None) => return Ok(found),
                    (NLMSG_ERROR, Some(errno)) => {
                        return Err(refused(request.subject.clone(), errno));
                    }
                    _ => found.push(body.to_vec()),
                }
            }
        }
    }
}

fn broken(source: io::Error) -> NetlinkError {
    NetlinkError::Socket { source }
}

fn refused(subject: String, errno: Errno) -> NetlinkError {
    NetlinkError::Refused {
        subject,
        source: errno.into(),
    }
}

fn push_message(out: &mut Vec<u8>, message: &Message, sequence: u32) {
    let length = u32::try_from(HEADER + message.body.len()).expect("messages are built below 4 GiB");
    out.extend_from_slice(&length.to_ne_bytes());
    out.extend_from_slice(&message.kind.to_ne_bytes());
    out.extend_from_slice(&(message.flags | REQUEST).to_ne_bytes());
    out.extend_from_slice(&sequence.to_ne_bytes());
    out.extend_from_slice(&0u32.to_ne_bytes());
    out.extend_from_slice(&message.body);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn split_messages(mut bytes: &[u8]) -> Vec<(u16, u32, &[u8])> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<HEADER>() {
        let [l0, l1, l2, l3, k0, k1, _, _, s0, s1, s2, s3, ..] = *head;
        let length = usize::try_from(u32::from_ne_bytes([l0, l1, l2, l3])).unwrap_or(0);
        let Some(body) = length.checked_sub(HEADER).and_then(|size| rest.get(..size)) else {
            break;
        };
        found.push((
            u16::from_ne_bytes([k0, k1]),
            u32::from_ne_bytes([s0, s1, s2, s3]),
            body,
        ));
        bytes = rest.get(body.len().next_multiple_of(4)..).unwrap_or(&[]);
    }
    found
}

fn error_code(body: &[u8]) -> Option<Errno> {
    let code = i32::from_ne_bytes(*body.first_chunk()?);
    (code != 0).then(|| Errno::from_raw(code.saturating_neg()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn attributes_are_padded_and_read_back() {
        let inner = Attributes::default().text(1, "ab").be32(2, 7);
        let list = Attributes::default().bytes(9, &[1]).nested(3, &inner);
        assert_eq!(list.0.len() % 4, 0);
        let read = attributes(&list.0);
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].kind, read[0].value), (9, &[1][..]));
        assert!(read[1].is_nested);
        assert_eq!(find_text(read[1].value, 1).as_deref(), Some("ab"));
        assert_eq!(find(read[1].value, 2), Some(&[0, 0, 0, 7][..]));
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            for (_, _, body) in split_messages(&bytes) {
                let _ = error_code(body);
            }
            let _ = attributes(&bytes);
        }
    }
}
