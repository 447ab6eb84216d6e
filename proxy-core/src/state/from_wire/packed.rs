//! A workload as it is kept: the bytes that came, and what many workloads have in common only once. (pure)
//!
//! A protobuf message may be cut between fields and put together again. Uid, name, node and addresses are a
//! workload's own; all other fields as they lie on the wire are its [`Shape`], which the pods of one owner share.
//! A shape is judged once, by the one conversion there is, when the first workload that has it comes; of the
//! others only their own fields are looked at.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ahash::RandomState;
use arc_swap::ArcSwapOption;
use arcstr::ArcStr;
use hashbrown::HashTable;
use mesh_wire::workload as wire;
use prost::Message;

use super::fields::{Fields, Odd};
use super::{Texts, ip};
use crate::state::workload::{NamespacedHostname, NetworkMode, Workload};

/// Numbers of the fields that are a workload's own.
mod own {
    pub(super) const UID: u64 = 20;
    pub(super) const NAME: u64 = 1;
    pub(super) const NODE: u64 = 9;
    pub(super) const ADDRESS: u64 = 3;
}

/// The numbers of all other fields, by bit.
const SHARED: u64 = {
    let numbers = [
        2, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27,
    ];
    let (mut bits, mut at) = (0, 0);
    while at < numbers.len() {
        bits |= 1 << numbers[at];
        at += 1;
    }
    bits
};

/// What many workloads have in common.
pub struct Shape {
    fields: Box<[u8]>,
    /// Its network.
    pub(in crate::state) network: ArcStr,
    /// Whether addresses identify its workloads.
    pub(in crate::state) network_mode: NetworkMode,
    /// Its host name.
    pub(in crate::state) hostname: ArcStr,
    /// The services that it names.
    pub(in crate::state) services: Box<[NamespacedHostname]>,
    /// All of it, while its workloads are looked at.
    read: ArcSwapOption<Workload>,
}

impl Shape {
    fn new(fields: &[u8], whole: &Workload) -> Self {
        Self {
            fields: fields.into(),
            network: whole.network.clone(),
            network_mode: whole.network_mode,
            hostname: whole.hostname.clone(),
            services: whole.services.iter().map(|(key, _)| key.clone()).collect(),
            read: ArcSwapOption::empty(),
        }
    }

    /// A workload that has nothing of its own.
    fn read(&self) -> Arc<Workload> {
        if let Some(read) = self.read.load_full() {
            return read;
        }
        let message = wire::Workload::decode(&*self.fields).expect("it was decoded when it came");
        let read = super::workload::from_wire(&message, &mut Texts::default());
        Arc::new(read.expect("it was accepted when it came"))
    }

    /// The same, kept for the next one.
    fn keep(&self) -> Arc<Workload> {
        let read = self.read();
        self.read.store(Some(read.clone()));
        read
    }

    /// Lets go of what [`Record::open`] has kept.
    pub(in crate::state) fn forget(&self) {
        self.read.store(None);
    }

    /// Whether policy says the same of all workloads of both.
    pub(in crate::state) fn is_authorized_as(self: &Arc<Self>, other: &Arc<Self>) -> bool {
        if Arc::ptr_eq(self, other) {
            return true;
        }
        let (one, other) = (self.read(), other.read());
        one.authorization_policies == other.authorization_policies && one.identity == other.identity
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.read(), out)
    }
}

/// What is a workload's own. Clones share it.
///
/// The lengths of uid, version, name and node, these texts, and addresses with their lengths. A length is a byte;
/// where one needs more, all have eight, behind a [`LONG`].
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Own(Arc<[u8]>);

/// Begins what has a text of that length or more.
const LONG: u8 = 255;

impl fmt::Debug for Own {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Own").field(&self.text(0)).finish()
    }
}

impl Own {
    /// Its key.
    pub(crate) fn uid(&self) -> &[u8] {
        self.split().0[0]
    }

    /// The name and the version that it came as.
    pub(crate) fn named(&self) -> (&str, &str) {
        (self.text(0), self.text(1))
    }

    fn text(&self, nth: usize) -> &str {
        std::str::from_utf8(self.split().0[nth]).unwrap_or_default()
    }

    /// Uid, version, name and node, and the addresses behind them.
    fn split(&self) -> ([&[u8]; 4], &[u8]) {
        let (lengths, mut rest) = match &*self.0 {
            [LONG, rest @ ..] => long(rest),
            [uid, version, name, node, rest @ ..] => {
                ([uid, version, name, node].map(|one| usize::from(*one)), rest)
            }
            _ => ([0; 4], &[][..]),
        };
        let texts = lengths.map(|length| {
            let (text, after) = rest.split_at_checked(length).unwrap_or_default();
            rest = after;
            text
        });
        (texts, rest)
    }

    fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let mut rest = self.split().1;
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first()?;
            let (octets, after) = after.split_at_checked(usize::from(*length))?;
            rest = after;
            ip(octets).ok()
        })
    }
}

fn long(mut rest: &[u8]) -> ([usize; 4], &[u8]) {
    let lengths = std::array::from_fn(|_| {
        let (length, after) = rest.split_first_chunk().unwrap_or((&[0; 8], &[]));
        rest = after;
        usize::try_from(u64::from_be_bytes(*length)).unwrap_or_default()
    });
    (lengths, rest)
}

/// Writes the lengths of texts.
fn put_lengths(texts: [&str; 4], out: &mut Vec<u8>) {
    let short = texts.map(|text| u8::try_from(text.len()).unwrap_or(LONG));
    if !short.contains(&LONG) {
        return out.extend(short);
    }
    out.push(LONG);
    for text in texts {
        out.extend((text.len() as u64).to_be_bytes());
    }
}

/// A workload, packed.
#[derive(Clone)]
pub struct Record {
    own: Own,
    shape: Arc<Shape>,
}

impl Record {
    /// Globally unique key.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.own.text(0)
    }

    /// Object name.
    pub(in crate::state) fn name(&self) -> &str {
        self.own.text(2)
    }

    /// Node name.
    pub(in crate::state) fn node(&self) -> &str {
        self.own.text(3)
    }

    /// What identifies it in its network (`spec/workload-api.md` §4).
    pub(in crate::state) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let is_standard = self.shape.network_mode == NetworkMode::Standard;
        self.own.addresses().filter(move |_| is_standard)
    }

    /// What it has in common with others.
    pub(in crate::state) fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// What is its own.
    pub(crate) fn own(&self) -> &Own {
        &self.own
    }

    /// All of it.
    #[must_use]
    pub fn open(&self) -> Workload {
        self.filled(&self.shape.read())
    }

    /// All of it; what it shares stays at hand for the next one, until [`Shape::forget`].
    pub(in crate::state) fn open_one_of_many(&self) -> Workload {
        self.filled(&self.shape.keep())
    }

    fn filled(&self, shape: &Workload) -> Workload {
        Workload {
            uid: self.uid().into(),
            name: self.name().into(),
            node: self.node().into(),
            addresses: self.own.addresses().collect(),
            ..shape.clone()
        }
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.own == other.own && self.shape.fields == other.shape.fields
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.open(), out)
    }
}

/// The shapes that are in use.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: HashTable<Arc<Shape>>,
    hasher: RandomState,
    /// So many there were after those in use had last been looked for.
    kept: usize,
    /// The one that was found last.
    last: Option<Arc<Shape>>,
    scratch: Scratch,
}

/// Where a workload is taken apart.
#[derive(Debug, Default)]
struct Scratch {
    shared: Vec<u8>,
    addresses: Vec<u8>,
    own: Vec<u8>,
}

impl Scratch {
    /// Takes a message apart: its own fields and the shared ones are left here.
    fn split(&mut self, message: &[u8], version: &str) -> Result<(), Odd> {
        self.shared.clear();
        self.addresses.clear();
        let (mut uid, mut name, mut node) = ("", "", "");
        let mut fields = Fields::of(message);
        let (mut run, mut before) = (message, message);
        while let Some(field) = fields.next() {
            let field = field?;
            let after = fields.rest();
            match field.number {
                number if number < 64 && SHARED & (1 << number) != 0 => {
                    before = after;
                    continue;
                }
                own::UID => uid = field.value.text()?,
                own::NAME => name = field.value.text()?,
                own::NODE => node = field.value.text()?,
                own::ADDRESS => {
                    let octets = field.value.bytes()?;
                    ip(octets).map_err(|_| Odd)?;
                    self.addresses.push(u8::try_from(octets.len()).map_err(|_| Odd)?);
                    self.addresses.extend_from_slice(octets);
                }
                // a field of a later version
                _ => {}
            }
            // shared fields that follow each other are copied at once
            self.shared.extend_from_slice(&run[..run.len() - before.len()]);
            (run, before) = (after, after);
        }
        self.shared.extend_from_slice(&run[..run.len() - before.len()]);
        self.own.clear();
        let texts = [uid, version, name, node];
        put_lengths(texts, &mut self.own);
        for text in texts {
            self.own.extend_from_slice(text.as_bytes());
        }
        self.own.extend_from_slice(&self.addresses);
        Ok(())
    }
}

impl Shapes {
    /// Packs a workload of a shape that is known; none where anything has to be judged.
    pub(super) fn pack_known(&mut self, message: &[u8], version: &str) -> Option<Record> {
        self.scratch.split(message, version).ok()?;
        let shape = self.find()?;
        Some(self.record(shape))
    }

    /// Packs a workload that was accepted as `whole`.
    pub(super) fn pack(&mut self, message: &[u8], version: &str, whole: &Workload) -> Result<Record, Odd> {
        self.scratch.split(message, version)?;
        let shape = self.find().unwrap_or_else(|| {
            let shape = Arc::new(Shape::new(&self.scratch.shared, whole));
            let (hash, hasher) = (self.hasher.hash_one(&shape.fields), &self.hasher);
            let rehash = |one: &Arc<Shape>| hasher.hash_one(&one.fields);
            self.known.insert_unique(hash, shape.clone(), rehash);
            shape
        });
        Ok(self.record(shape))
    }

    fn find(&self) -> Option<Arc<Shape>> {
        let wanted = self.scratch.shared.as_slice();
        // pods of one owner follow each other
        if let Some(last) = self.last.as_ref().filter(|last| *last.fields == *wanted) {
            return Some(last.clone());
        }
        let hash = self.hasher.hash_one(wanted);
        self.known.find(hash, |one| *one.fields == *wanted).cloned()
    }

    fn record(&mut self, shape: Arc<Shape>) -> Record {
        if self.last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, &shape)) {
            self.last = Some(shape.clone());
        }
        Record {
            own: Own(self.scratch.own.as_slice().into()),
            shape,
        }
    }

    /// Lets go of shapes that nobody has any more; looks for them only once there are twice as many.
    pub(super) fn settle(&mut self) {
        self.last = None;
        if self.known.len() <= 2 * self.kept + 64 {
            return;
        }
        self.known.retain(|one| Arc::strong_count(one) > 1);
        self.kept = self.known.len();
        let hasher = &self.hasher;
        self.known.shrink_to_fit(|one| hasher.hash_one(&one.fields));
    }
}
