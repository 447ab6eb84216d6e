//! A response while it comes, part by part. (pure)
//!
//! Resources are read as they come, so that a large response never lies in memory as a whole. Which type it is
//! stands behind them on the wire; what a resource says of itself is believed until then, and what says nothing is
//! kept as it came. Nothing of it counts before the end (`spec/xds.md` §2, §7).

use arcstr::ArcStr;
use mesh_wire::names::ADDRESS_TYPE;
use mesh_wire::xds::{DeltaDiscoveryResponse, Resource};
use prost::{DecodeError, Message};

use crate::state::Update;
use crate::state::from_wire::fields::{Fields, Odd, Value};
use crate::state::from_wire::packed::Record;
use crate::state::from_wire::{self, Reason, Reject, Texts};
use crate::xds::stream::Kind;

const MAX_NAME: usize = 1024;
/// The number of `resources` in a response.
const RESOURCES: u64 = 2;

/// What has come.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// All fields but the resources.
    envelope: Vec<u8>,
    resources: Vec<Came>,
    /// Names and aliases, where somebody waits for them.
    keys: Vec<ArcStr>,
    payload: usize,
    texts: Texts,
}

/// One resource.
#[derive(Debug)]
enum Came {
    /// A workload that is named by its uid.
    Workload(Record),
    /// Another address.
    Address(Box<Read>),
    /// Not read yet.
    Unread(Box<Unread>),
}

/// A resource that has been read.
#[derive(Debug)]
pub(super) struct Read {
    /// Its name, with its version unless the update has both.
    pub(super) held: Option<(ArcStr, ArcStr)>,
    /// What it says.
    pub(super) result: Result<Update, Reject>,
}

#[derive(Debug)]
struct Unread {
    name: ArcStr,
    version: ArcStr,
    value: Option<Box<[u8]>>,
}

/// A response that is whole.
#[derive(Debug)]
pub(super) struct Whole {
    /// All but the resources.
    pub(super) envelope: DeltaDiscoveryResponse,
    /// The names and aliases of the resources.
    pub(super) keys: Vec<ArcStr>,
    /// The bytes of what was sent in it.
    pub(super) payload: usize,
    resources: Vec<Came>,
}

impl Whole {
    /// Whether resources said that they are addresses, of a response that is of another type.
    pub(super) fn is_mislabelled(&self, kind: Kind) -> bool {
        let is_address = |one: &Came| !matches!(one, Came::Unread(_));
        kind != Kind::Address && self.resources.iter().any(is_address)
    }

    /// How many resources there are.
    pub(super) fn len(&self) -> usize {
        self.resources.len()
    }
}

/// What a resource says, where it lies.
struct View<'a> {
    name: &'a str,
    version: &'a str,
    aliases: Vec<&'a str>,
    any: Option<(&'a str, &'a [u8])>,
}

impl<'a> View<'a> {
    /// Of a resource as nearly all are.
    fn plain(resource: &'a [u8]) -> Result<Self, Odd> {
        let mut view = Self {
            name: "",
            version: "",
            aliases: Vec::new(),
            any: None,
        };
        for field in Fields::of(resource) {
            let field = field?;
            match field.number {
                1 => view.version = field.value.text()?,
                2 if view.any.is_none() => view.any = Some(any(field.value.bytes()?)?),
                3 => view.name = field.value.text()?,
                4 => view.aliases.push(field.value.text()?),
                2 | 6 | 7 => return Err(Odd),
                // a field of a later version
                _ => {}
            }
        }
        Ok(view)
    }

    fn of(resource: &'a Resource) -> Self {
        Self {
            name: &resource.name,
            version: &resource.version,
            aliases: resource.aliases.iter().map(String::as_str).collect(),
            any: resource
                .resource
                .as_ref()
                .map(|any| (any.type_url.as_str(), any.value.as_slice())),
        }
    }
}

fn any(message: &[u8]) -> Result<(&str, &[u8]), Odd> {
    let (mut kind, mut value) = ("", &[][..]);
    for field in Fields::of(message) {
        let field = field?;
        match field.number {
            1 => kind = field.value.text()?,
            2 => value = field.value.bytes()?,
            _ => {}
        }
    }
    Ok((kind, value))
}

impl Incoming {
    /// Takes in some whole fields of a response.
    pub(super) fn part(&mut self, part: &[u8], want: Want) -> Result<(), DecodeError> {
        let is_plain = |field: Result<_, Odd>| field.is_ok();
        if !Fields::of(part).all(is_plain) {
            return self.decoded(part, want);
        }
        let mut fields = Fields::of(part);
        let mut before = part;
        while let Some(Ok(field)) = fields.next() {
            let whole = &before[..before.len() - fields.rest().len()];
            before = fields.rest();
            match field.value {
                Value::Bytes(resource) if field.number == RESOURCES => match View::plain(resource) {
                    Ok(view) => self.view(&view, want),
                    Err(Odd) => self.decoded(whole, want)?,
                },
                _ => self.envelope.extend_from_slice(whole),
            }
        }
        Ok(())
    }

    /// The same through the full decoder, which says what is wrong.
    fn decoded(&mut self, part: &[u8], want: Want) -> Result<(), DecodeError> {
        let mut response = DeltaDiscoveryResponse::decode(part)?;
        for resource in response.resources.drain(..) {
            self.view(&View::of(&resource), want);
        }
        self.envelope.extend(response.encode_to_vec());
        Ok(())
    }

    fn view(&mut self, view: &View<'_>, want: Want) {
        if want.keys {
            let keys = std::iter::once(&view.name).chain(&view.aliases);
            self.keys.extend(keys.map(|key| ArcStr::from(*key)));
        }
        let value = view.any.map(|(_, value)| value);
        self.payload += value.map_or(0, <[u8]>::len);
        let came = match view.any {
            Some((ADDRESS_TYPE, value)) if want.early => {
                address((view.name, view.version), Some(value), &mut self.texts).into()
            }
            _ => Came::Unread(Box::new(Unread {
                name: view.name.into(),
                version: self.texts.share(view.version),
                value: value.map(Into::into),
            })),
        };
        self.resources.push(came);
    }

    /// The response is whole; what comes next is another one.
    pub(super) fn end(&mut self) -> Result<Whole, DecodeError> {
        let whole = Whole {
            envelope: DeltaDiscoveryResponse::decode(self.envelope.as_slice())?,
            keys: std::mem::take(&mut self.keys),
            payload: self.payload,
            resources: std::mem::take(&mut self.resources),
        };
        self.clear();
        Ok(whole)
    }

    /// What has come will not be finished.
    pub(super) fn clear(&mut self) {
        *self = Self {
            texts: std::mem::take(&mut self.texts),
            ..Self::default()
        };
    }

    /// The resources of a whole response in order, as what they are.
    pub(super) fn read(&mut self, whole: Whole, kind: Kind, mut each: impl FnMut(Read)) {
        for one in whole.resources {
            each(match one {
                Came::Workload(record) => Read {
                    held: None,
                    result: Ok(Update::Workload(record)),
                },
                Came::Address(read) => *read,
                Came::Unread(one) => one.read(kind, &mut self.texts),
            });
        }
        self.texts.settle();
    }
}

/// What is wanted of a response that comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// To know all names in it.
    pub(super) keys: bool,
    /// To believe what resources say they are.
    pub(super) early: bool,
}

impl From<Read> for Came {
    fn from(read: Read) -> Self {
        match read {
            Read {
                held: None,
                result: Ok(Update::Workload(record)),
            } => Self::Workload(record),
            read => Self::Address(Box::new(read)),
        }
    }
}

impl Unread {
    fn read(self, kind: Kind, texts: &mut Texts) -> Read {
        let value = self.value.as_deref();
        if kind == Kind::Address {
            return address((&self.name, &self.version), value, texts);
        }
        let value = checked(&self.name, value);
        Read {
            result: value.and_then(|value| from_wire::authorization(&self.name, value)),
            held: Some((self.name, self.version)),
        }
    }
}

fn address(named: (&str, &str), value: Option<&[u8]>, texts: &mut Texts) -> Read {
    let (name, version) = named;
    let value = checked(name, value);
    let result = value.and_then(|value| from_wire::versioned_address(named, value, texts));
    let held = match &result {
        Ok(Update::Workload(record)) if record.uid() == name => None,
        _ => Some((name.into(), texts.share(version))),
    };
    Read { held, result }
}

/// What comes before any reading.
fn checked<'a>(name: &str, value: Option<&'a [u8]>) -> Result<&'a [u8], Reject> {
    let refused = |reason| Reject {
        name: name.into(),
        reason,
        stand_in: None,
    };
    if name.len() > MAX_NAME {
        return Err(refused(Reason::TooMany {
            limit: MAX_NAME,
            what: "bytes in a name",
        }));
    }
    value.ok_or_else(|| refused(Reason::MissingResource))
}
