//! Puts rule sets into the kernel: one batch, one transaction, no `nft` program.
//!
//! All functions act in the network namespace of the calling thread. Applying what is already there changes
//! nothing; what an earlier version left under our table names goes in the same transaction.

use mesh_sys::netlink::Protocol;
use nix::errno::Errno;

use super::netlink::{ACK, APPEND, Attributes, CREATE, DUMP, Message, Netlink, NetlinkError};
use super::{
    Base, Chain, Family, Flow, Hook, Kind, Rule, RuleSet, Set, SetContent, TABLES, Table, expression,
    foreign, routing, verify,
};

pub(crate) const NEW_TABLE: u16 = 0;
const DELETE_TABLE: u16 = 2;
pub(crate) const NEW_CHAIN: u16 = 3;
pub(crate) const GET_CHAIN: u16 = 4;
const NEW_RULE: u16 = 6;
pub(crate) const GET_RULE: u16 = 7;
const DELETE_RULE: u16 = 8;
const NEW_SET: u16 = 9;
pub(crate) const NEW_ELEMENT: u16 = 12;
pub(crate) const GET_ELEMENT: u16 = 13;
pub(crate) const DELETE_ELEMENT: u16 = 14;

const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const FAMILY_INET: u8 = 1;
const FAMILY_NONE: u8 = 0;
/// `nfgenmsg`: family, version, resource.
pub(crate) const PREFIX: usize = 4;
const ACCEPT: u32 = 1;
const LIST_ELEMENT: u16 = 1;
/// Elements in one message: the list must stay below 64 KiB.
const ELEMENTS: usize = 500;
const TYPE_IPV4: u32 = 7;
const TYPE_IPV6: u32 = 8;
const TYPE_PORT: u32 = 13;

/// Makes the namespace hold exactly this rule set under our names.
///
/// # Errors
/// The kernel refused; then nothing has changed in the tables.
pub fn apply(rules: &RuleSet) -> Result<Applied, NetlinkError> {
    let leftovers = foreign::leftovers()?;
    let tables = if leftovers.is_empty() && verify::holds(rules)? {
        Applied::Unchanged
    } else {
        let mut batch = Batch::default();
        leftovers.remove(&mut batch);
        batch.clear();
        for table in &rules.tables {
            batch.table(table);
        }
        batch.commit()?;
        Applied::Written
    };
    for family in &rules.routed {
        routing::add(*family)?;
    }
    Ok(tables)
}

/// Writes the rules of the host: what its sets already hold stays.
///
/// # Errors
/// The kernel refused; then nothing has changed.
pub fn apply_host(rules: &RuleSet) -> Result<Applied, NetlinkError> {
    let leftovers = foreign::leftovers()?;
    if leftovers.is_empty() && verify::holds(rules)? {
        return Ok(Applied::Unchanged);
    }
    let mut batch = Batch::default();
    leftovers.remove(&mut batch);
    for table in &rules.tables {
        batch.new_table(table.name);
        table
            .sets
            .iter()
            .zip(1..)
            .for_each(|(set, id)| batch.set(table.name, set, id));
        for chain in &table.chains {
            batch.chain(table.name, chain);
            batch.flush(table.name, chain.name);
            batch.rules(table.name, chain);
        }
    }
    batch.commit()?;
    Ok(Applied::Written)
}

/// Takes everything of ours out of the namespace.
///
/// # Errors
/// The kernel refused.
pub fn remove() -> Result<(), NetlinkError> {
    let mut batch = Batch::default();
    foreign::leftovers()?.remove(&mut batch);
    batch.clear();
    batch.commit()?;
    for family in [Family::V4, Family::V6] {
        routing::remove(family)?;
    }
    Ok(())
}

/// Takes our tables out, and nothing else; without them nothing is done.
pub(crate) fn remove_tables() -> Result<(), NetlinkError> {
    if dump(GET_CHAIN, TABLES[0], Attributes::default())?.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::default();
    batch.clear();
    batch.commit()
}

/// Whether the namespace holds exactly these rules.
///
/// # Errors
/// The kernel does not answer.
pub fn holds(rules: &RuleSet) -> Result<bool, NetlinkError> {
    let routes = rules.routed.iter().try_fold(true, |all, family| {
        Ok::<_, NetlinkError>(all && routing::is_present(*family)?)
    })?;
    Ok(routes && foreign::leftovers()?.is_empty() && verify::holds(rules)?)
}

/// Whether the namespace is captured, by whichever version or agent.
///
/// # Errors
/// The kernel does not answer.
pub fn is_captured() -> Result<bool, NetlinkError> {
    let ours = dump(GET_CHAIN, TABLES[0], Attributes::default())?;
    Ok(!ours.is_empty() || !foreign::leftovers()?.is_empty())
}

/// What applying did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The kernel already had it.
    Unchanged,
    /// The kernel has it now.
    Written,
}

/// Lists objects of one kind in a table; a missing table is an empty list.
pub(crate) fn dump(kind: u16, table: &str, more: Attributes) -> Result<Vec<Vec<u8>>, NetlinkError> {
    // attribute 1 is the table in every kind of object
    let attributes = Attributes([Attributes::default().text(1, table).0, more.0].concat());
    let found = dump_in(FAMILY_INET, kind, attributes, table)?;
    let in_table = |attributes: &Vec<u8>| super::netlink::find_text(attributes, 1).as_deref() == Some(table);
    Ok(found.into_iter().filter(in_table).collect())
}

/// Lists objects of one kind in a family of tables.
pub(crate) fn dump_in(
    family: u8,
    kind: u16,
    attributes: Attributes,
    subject: &str,
) -> Result<Vec<Vec<u8>>, NetlinkError> {
    let request = Message {
        kind: SUBSYSTEM << 8 | kind,
        flags: DUMP,
        body: body(family, attributes),
        subject: format!("listing `{subject}`"),
    };
    match Netlink::open(Protocol::Netfilter)?.dump(&request) {
        Ok(found) => Ok(found
            .into_iter()
            .filter_map(|mut message| (message.len() >= PREFIX).then(|| message.split_off(PREFIX)))
            .collect()),
        Err(error) if error.errno() == Some(Errno::ENOENT) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn body(family: u8, attributes: Attributes) -> Vec<u8> {
    [vec![family, 0, 0, 0], attributes.0].concat()
}

/// Changes that happen together or not at all.
#[derive(Default)]
pub(crate) struct Batch {
    messages: Vec<Message>,
}

impl Batch {
    /// Adds a change.
    pub(crate) fn push(&mut self, kind: u16, flags: u16, attributes: Attributes, subject: String) {
        self.messages.push(Message {
            kind: SUBSYSTEM << 8 | kind,
            flags: flags | ACK,
            body: body(FAMILY_INET, attributes),
            subject,
        });
    }

    /// Adds a removal in another family of tables.
    pub(crate) fn push_in(&mut self, family: u8, kind: u16, attributes: Attributes, subject: String) {
        self.messages.push(Message {
            kind: SUBSYSTEM << 8 | kind,
            flags: ACK,
            body: body(family, attributes),
            subject,
        });
    }

    /// Hands all changes to the kernel.
    pub(crate) fn commit(self) -> Result<(), NetlinkError> {
        let frame = |kind, subject: &str| Message {
            kind,
            flags: 0,
            body: [vec![FAMILY_NONE, 0], SUBSYSTEM.to_be_bytes().to_vec()].concat(),
            subject: subject.to_owned(),
        };
        let mut all = vec![frame(BATCH_BEGIN, "the batch")];
        all.extend(self.messages);
        all.push(frame(BATCH_END, "the end of the batch"));
        Netlink::open(Protocol::Netfilter)?.transact(&all)
    }

    /// Takes away all tables of ours: adding first makes a missing one no error.
    fn clear(&mut self) {
        for table in TABLES {
            self.new_table(table);
            let name = Attributes::default().text(1, table);
            self.push(DELETE_TABLE, 0, name, format!("removal of table `{table}`"));
        }
    }

    fn new_table(&mut self, name: &str) {
        let attributes = Attributes::default().text(1, name).be32(2, 0);
        self.push(NEW_TABLE, CREATE, attributes, format!("table `{name}`"));
    }

    fn table(&mut self, table: &Table) {
        self.new_table(table.name);
        table
            .sets
            .iter()
            .zip(1..)
            .for_each(|(set, id)| self.set(table.name, set, id));
        for chain in &table.chains {
            self.chain(table.name, chain);
        }
        for chain in &table.chains {
            self.rules(table.name, chain);
        }
    }

    fn set(&mut self, table: &str, set: &Set, id: u32) {
        let (address, size) = match set.family {
            Family::V4 => (TYPE_IPV4, 4),
            Family::V6 => (TYPE_IPV6, 16),
        };
        let (kind, length) = match set.content {
            SetContent::Addresses => (address, size),
            // a concatenation: six bits for each part
            SetContent::Flows(_) => (
                address << 18 | TYPE_PORT << 12 | address << 6 | TYPE_PORT,
                2 * size + 8,
            ),
        };
        let attributes = Attributes::default()
            .text(1, table)
            .text(2, set.name)
            .be32(3, 0)
            .be32(4, kind)
            .be32(5, length)
            .be32(10, id);
        self.push(NEW_SET, CREATE, attributes, format!("set `{}`", set.name));
        if let SetContent::Flows(flows) = &set.content {
            let flows: Vec<Element> = flows.iter().map(|flow| Element::flow(*flow)).collect();
            self.elements(NEW_ELEMENT, table, set.name, &flows);
        }
    }

    /// Adds elements to a set or takes them out.
    pub(crate) fn elements(&mut self, kind: u16, table: &str, set: &str, elements: &[Element]) {
        for chunk in elements.chunks(ELEMENTS) {
            let list = chunk.iter().fold(Attributes::default(), |list, element| {
                list.nested(LIST_ELEMENT, &element.encode())
            });
            let attributes = Attributes::default().text(1, table).text(2, set).nested(3, &list);
            let flags = if kind == NEW_ELEMENT { CREATE } else { 0 };
            self.push(kind, flags, attributes, format!("elements of set `{set}`"));
        }
    }

    fn chain(&mut self, table: &str, chain: &Chain) {
        let attributes = encode_chain(table, chain);
        self.push(
            NEW_CHAIN,
            CREATE,
            attributes,
            format!("chain `{}` of `{table}`", chain.name),
        );
    }

    fn flush(&mut self, table: &str, chain: &str) {
        let attributes = Attributes::default().text(1, table).text(2, chain);
        self.push(DELETE_RULE, 0, attributes, format!("emptying chain `{chain}`"));
    }

    fn rules(&mut self, table: &str, chain: &Chain) {
        for rule in &chain.rules {
            let subject = format!("rule `{rule}` of chain `{}` of `{table}`", chain.name);
            let attributes = encode_rule(table, chain.name, rule);
            self.push(NEW_RULE, CREATE | APPEND, attributes, subject);
        }
    }
}

/// A chain as the kernel reads and shows it.
pub(crate) fn encode_chain(table: &str, chain: &Chain) -> Attributes {
    let attributes = Attributes::default().text(1, table).text(3, chain.name);
    match chain.base {
        None => attributes,
        Some(Base { kind, hook, priority }) => {
            let place = Attributes::default()
                .be32(1, hook.number())
                .be32(2, priority.cast_unsigned());
            attributes
                .nested(4, &place)
                .be32(5, ACCEPT)
                .text(7, Kind::name(kind))
        }
    }
}

/// A rule as the kernel reads and shows it.
pub(crate) fn encode_rule(table: &str, chain: &str, rule: &Rule) -> Attributes {
    Attributes::default()
        .text(1, table)
        .text(2, chain)
        .nested(4, &expression::encode(rule))
}

impl Hook {
    fn number(self) -> u32 {
        match self {
            Self::Prerouting => 0,
            Self::Output => 3,
            Self::Postrouting => 4,
        }
    }
}

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
            match end.ip() {
                std::net::IpAddr::V4(address) => key.extend(address.octets()),
                std::net::IpAddr::V6(address) => key.extend(address.octets()),
            }
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
            let address = match address.len() {
                4 => std::net::IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
                _ => std::net::IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
            };
            let port = u16::from_be_bytes(*port.first_chunk()?);
            Some(std::net::SocketAddr::new(address, port))
        };
        let (source, destination) = self.key.split_at_checked(half)?;
        Some(Flow {
            source: end(source)?,
            destination: end(destination)?,
        })
    }

    fn encode(&self) -> Attributes {
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
        use super::netlink::find;
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
pub(crate) fn elements(table: &str, set: &str) -> Result<Vec<Element>, NetlinkError> {
    let found = dump(GET_ELEMENT, table, Attributes::default().text(2, set))?;
    Ok(found
        .iter()
        .filter_map(|message| super::netlink::find(message, 3))
        .flat_map(super::netlink::attributes)
        .filter_map(|element| Element::decode(element.value))
        .collect())
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
