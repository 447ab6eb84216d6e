//! Puts rule sets into the kernel: one batch, one transaction, no `nft` program.
//!
//! All functions act in the network namespace of the calling thread. Applying what is already there changes
//! nothing; what an earlier version left under our table names goes in the same transaction.

use mesh_sys::netlink::Protocol;
use nix::errno::Errno;

use super::element::Element;
use super::netlink::{
    ACK, APPEND, Attributes, CREATE, DUMP, Message, Netlink, NetlinkError, find, find_text,
};
use super::{
    Base, Chain, Family, Hook, Kind, Rule, RuleSet, Set, SetContent, TABLES, Table, expression, foreign,
    routing, verify,
};

pub(crate) const NEW_TABLE: u16 = 0;
const GET_TABLE: u16 = 1;
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
const GET_GENERATION: u16 = 16;

const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
pub(crate) const FAMILY_INET: u8 = 1;
const FAMILY_NONE: u8 = 0;
/// `nfgenmsg`: family, version, resource.
pub(crate) const PREFIX: usize = 4;
const ACCEPT: u32 = 1;
pub(crate) const LIST_ELEMENT: u16 = 1;
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
    let tables = apply_tables(&mut open()?, rules)?;
    Ok(tables.and(routing::add_all(&rules.routed)?))
}

/// The tables alone, over a socket that is open: if anything is written, then in one transaction.
pub(crate) fn apply_tables(kernel: &mut Netlink, rules: &RuleSet) -> Result<Applied, NetlinkError> {
    let leftovers = foreign::leftovers(kernel)?;
    if leftovers.is_empty() && verify::holds(kernel, rules)? {
        return Ok(Applied::Unchanged);
    }
    let mut batch = Batch::default();
    leftovers.remove(&mut batch);
    batch.clear(&tables_of_ours(kernel)?);
    for table in &rules.tables {
        batch.table(table);
    }
    batch.commit(kernel)?;
    Ok(Applied::Written)
}

/// Those of our tables that are there, in whatever state. The kernel waits for all readers when a table goes, so that
/// removing one that is not there would cost a pod that joins as much as one that leaves.
fn tables_of_ours(kernel: &mut Netlink) -> Result<Vec<&'static str>, NetlinkError> {
    let found = dump_in(kernel, FAMILY_INET, GET_TABLE, Attributes::default(), "tables")?;
    let names: Vec<String> = found.iter().filter_map(|table| find_text(table, 1)).collect();
    let is_there = |table: &&str| names.iter().any(|name| name == *table);
    Ok(TABLES.into_iter().filter(is_there).collect())
}

/// A socket for the functions that work over one.
pub(crate) fn open() -> Result<Netlink, NetlinkError> {
    Netlink::open(Protocol::Netfilter)
}

/// How often the namespace's nf_tables have changed: every transaction of anybody counts, so what was seen at one
/// number is so for as long as the number stays.
pub(crate) fn generation(kernel: &mut Netlink) -> Result<Option<u32>, NetlinkError> {
    let found = ask(
        kernel,
        FAMILY_NONE,
        GET_GENERATION,
        Attributes::default(),
        "the generation",
    )?;
    let number = found.first().and_then(|message| find(message, 1)?.first_chunk());
    Ok(number.map(|bytes| u32::from_be_bytes(*bytes)))
}

/// Writes the rules of the host: what its sets already hold stays.
///
/// # Errors
/// The kernel refused; then nothing has changed.
pub fn apply_host(rules: &RuleSet) -> Result<Applied, NetlinkError> {
    apply_host_over(&mut open()?, rules)
}

/// The same over a socket that is open.
pub(crate) fn apply_host_over(kernel: &mut Netlink, rules: &RuleSet) -> Result<Applied, NetlinkError> {
    let leftovers = foreign::leftovers(kernel)?;
    if leftovers.is_empty() && verify::holds(kernel, rules)? {
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
    batch.commit(kernel)?;
    Ok(Applied::Written)
}

/// Takes everything of ours out of the namespace.
///
/// # Errors
/// The kernel refused.
pub fn remove() -> Result<(), NetlinkError> {
    let kernel = &mut open()?;
    let mut batch = Batch::default();
    foreign::leftovers(kernel)?.remove(&mut batch);
    batch.clear(&TABLES);
    batch.commit(kernel)?;
    for family in [Family::V4, Family::V6] {
        routing::remove(family)?;
    }
    Ok(())
}

/// Takes our tables out, and nothing else; without them nothing is done.
pub(crate) fn remove_tables(kernel: &mut Netlink) -> Result<(), NetlinkError> {
    let present = tables_of_ours(kernel)?;
    if present.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::default();
    batch.clear(&present);
    batch.commit(kernel)
}

/// Whether the namespace holds exactly these rules.
///
/// # Errors
/// The kernel does not answer.
pub fn holds(rules: &RuleSet) -> Result<bool, NetlinkError> {
    let routes = rules.routed.iter().try_fold(true, |all, family| {
        Ok::<_, NetlinkError>(all && routing::is_present(*family)?)
    })?;
    let kernel = &mut open()?;
    Ok(routes && foreign::leftovers(kernel)?.is_empty() && verify::holds(kernel, rules)?)
}

/// Whether the namespace is captured, by whichever version or agent.
///
/// # Errors
/// The kernel does not answer.
pub fn is_captured() -> Result<bool, NetlinkError> {
    is_captured_over(&mut open()?)
}

/// The same over a socket that is open.
pub(crate) fn is_captured_over(kernel: &mut Netlink) -> Result<bool, NetlinkError> {
    let ours = dump(kernel, GET_CHAIN, TABLES[0], Attributes::default())?;
    Ok(!ours.is_empty() || !foreign::leftovers(kernel)?.is_empty())
}

/// What applying did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The kernel already had it.
    Unchanged,
    /// The kernel has it now.
    Written,
}

impl Applied {
    /// Whether either was written.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        if self == Self::Written { self } else { other }
    }
}

/// Lists objects of one kind in a table; a missing table is an empty list.
pub(crate) fn dump(
    kernel: &mut Netlink,
    kind: u16,
    table: &str,
    more: Attributes,
) -> Result<Vec<Vec<u8>>, NetlinkError> {
    // attribute 1 is the table in every kind of object
    let attributes = Attributes([Attributes::default().text(1, table).0, more.0].concat());
    let found = dump_in(kernel, FAMILY_INET, kind, attributes, table)?;
    let in_table = |attributes: &Vec<u8>| find_text(attributes, 1).as_deref() == Some(table);
    Ok(found.into_iter().filter(in_table).collect())
}

/// Lists objects of one kind in a family of tables.
pub(crate) fn dump_in(
    kernel: &mut Netlink,
    family: u8,
    kind: u16,
    attributes: Attributes,
    subject: &str,
) -> Result<Vec<Vec<u8>>, NetlinkError> {
    answers(
        kernel,
        (DUMP, family, kind),
        attributes,
        format!("listing `{subject}`"),
    )
}

/// Asks for one object.
pub(crate) fn ask(
    kernel: &mut Netlink,
    family: u8,
    kind: u16,
    attributes: Attributes,
    subject: &str,
) -> Result<Vec<Vec<u8>>, NetlinkError> {
    answers(
        kernel,
        (ACK, family, kind),
        attributes,
        format!("asking for `{subject}`"),
    )
}

/// The attributes of all that answers a request; nothing where the kernel knows no such thing.
fn answers(
    kernel: &mut Netlink,
    (flags, family, kind): (u16, u8, u16),
    attributes: Attributes,
    subject: String,
) -> Result<Vec<Vec<u8>>, NetlinkError> {
    let request = Message {
        kind: SUBSYSTEM << 8 | kind,
        flags,
        body: body(family, attributes),
        subject,
    };
    match kernel.dump(&request) {
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
    pub(crate) fn commit(self, kernel: &mut Netlink) -> Result<(), NetlinkError> {
        let frame = |kind, subject: &str| Message {
            kind,
            flags: 0,
            body: [vec![FAMILY_NONE, 0], SUBSYSTEM.to_be_bytes().to_vec()].concat(),
            subject: subject.to_owned(),
        };
        let mut all = vec![frame(BATCH_BEGIN, "the batch")];
        all.extend(self.messages);
        all.push(frame(BATCH_END, "the end of the batch"));
        kernel.transact(&all)
    }

    /// Takes away tables of ours: adding first makes a missing one no error.
    fn clear(&mut self, tables: &[&str]) {
        for table in tables {
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
