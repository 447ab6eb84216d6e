//! Elements of sets: what a set holds, asked for and read.

use std::net::SocketAddr;

use super::Flow;
use super::netlink::{self, Attributes, Netlink, NetlinkError, attributes, find, octets};
use super::nft::{FAMILY_INET, GET_ELEMENT, LIST_ELEMENT, ask, dump};

/// One element of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its key, as in the registers.
    pub(crate) key: Vec<u8>,
    /// Text kept with it.
    pub(crate) comment: Option<String>,
}

impl Element {
    /// The key of a flow: each part fills whole registers.
    pub(crate) fn flow(flow: Flow) -> Self {
        let mut key = Vec::new();
        for end in [flow.source, flow.destination] {
            key.extend(octets(end.ip()));
            key.extend(end.port().to_be_bytes());
            key.extend([0, 0]);
        }
        Self { key, comment: None }
    }

    /// The flow of a key, if it is one.
    pub(crate) fn to_flow(&self) -> Option<Flow> {
        let half = self.key.len() / 2;
        let end = |bytes: &[u8]| {
            let (address, port) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
            let port = u16::from_be_bytes(*port.first_chunk()?);
            Some(SocketAddr::new(netlink::address(address)?, port))
        };
        let (source, destination) = self.key.split_at_checked(half)?;
        Some(Flow {
            source: end(source)?,
            destination: end(destination)?,
        })
    }

    pub(crate) fn encode(&self) -> Attributes {
        let value = Attributes::default().bytes(1, &self.key);
        let element = Attributes::default().nested(1, &value);
        match &self.comment {
            None => element,
            Some(comment) => {
                // the layout that the `nft` program shows as a comment: type 0, length, text, zero
                let mut text: Vec<u8> = comment.bytes().take(127).collect();
                text.push(0);
                let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
                element.bytes(6, &[vec![0, length], text].concat())
            }
        }
    }

    /// Reads an element of a dump.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let key = find(find(bytes, 1)?, 1)?.to_vec();
        let comment = find(bytes, 6).and_then(|data| {
            let [0, length, text @ ..] = data else {
                return None;
            };
            let text = text.get(..usize::from(*length))?;
            let text = text.strip_suffix(&[0]).unwrap_or(text);
            Some(String::from_utf8_lossy(text).into_owned())
        });
        Some(Self { key, comment })
    }
}

/// The elements of a set; a missing set is an empty one.
pub(crate) fn elements(kernel: &mut Netlink, table: &str, set: &str) -> Result<Vec<Element>, NetlinkError> {
    let found = dump(kernel, GET_ELEMENT, table, Attributes::default().text(2, set))?;
    Ok(found.iter().flat_map(|message| elements_of(message)).collect())
}

/// The element of a set with this key, if it is there.
pub(crate) fn element(
    kernel: &mut Netlink,
    table: &str,
    set: &str,
    key: &[u8],
) -> Result<Option<Element>, NetlinkError> {
    let asked = Element {
        key: key.to_vec(),
        comment: None,
    };
    let list_of_one = Attributes::default().nested(LIST_ELEMENT, &asked.encode());
    let attributes = Attributes::default()
        .text(1, table)
        .text(2, set)
        .nested(3, &list_of_one);
    let found = ask(kernel, FAMILY_INET, GET_ELEMENT, attributes, set)?;
    Ok(found.iter().flat_map(|message| elements_of(message)).next())
}

fn elements_of(message: &[u8]) -> Vec<Element> {
    let list = find(message, 3).map(attributes);
    list.into_iter()
        .flatten()
        .filter_map(|element| Element::decode(element.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_are_read_back_from_their_keys() {
        for (source, destination) in [
            ("10.0.0.1:5000", "10.0.0.2:80"),
            ("[fd00::1]:5000", "[fd00::2]:80"),
        ] {
            let flow = Flow {
                source: source.parse().unwrap(),
                destination: destination.parse().unwrap(),
            };
            assert_eq!(Element::flow(flow).to_flow(), Some(flow));
        }
        for key in [vec![], vec![1; 3], vec![1; 9]] {
            assert_eq!(Element { key, comment: None }.to_flow(), None);
        }
    }
}
