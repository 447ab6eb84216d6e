//! Records that come (pure): what may follow a handshake, and how often.

use std::ops::Range;

use crate::tls::record::{
    ALERT, CHANGE_CIPHER_SPEC, DATA, Form, HANDSHAKE, HEADER, KEY_UPDATE, Key, MAX_RECORD, RecordError,
};

pub(super) const NEW_SESSION_TICKET: u8 = 4;
/// Records without data, in a row.
const MAX_EMPTY: u32 = 32;
/// Key updates without data in between.
const MAX_UPDATES: u32 = 32;
/// Tickets one server may send; they are not used.
const MAX_TICKETS: u32 = 64;

/// What a record held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Data, at this place of the record.
    Data(Range<usize>),
    /// Nothing of interest.
    Nothing,
    /// The peer has changed its key: call [`Outgoing::rekey`](super::Outgoing::rekey) before the next record is opened, and
    /// [`Outgoing::update`](super::Outgoing::update) if asked to.
    Update {
        /// Ours shall change as well.
        is_asked: bool,
    },
    /// The peer has sent everything.
    Closed,
}

/// Opens.
#[derive(Debug)]
pub struct Incoming {
    pub(super) key: Key,
    message: Message,
    empty: u32,
    updates: u32,
    tickets: u32,
}

/// A handshake message under way: its header so far, and what of its body is to come.
#[derive(Debug, Default)]
struct Message {
    header: [u8; 4],
    have: usize,
    left: usize,
}

impl Message {
    fn is_open(&self) -> bool {
        self.have > 0
    }
}

impl Incoming {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            message: Message::default(),
            empty: 0,
            updates: 0,
            tickets: 0,
        }
    }

    /// How many bytes the record has that starts here, or none if that cannot be told yet.
    pub fn length(&self, bytes: &[u8]) -> Result<Option<usize>, RecordError> {
        let Some(&[kind, major, minor, high, low]) = bytes.first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let known = match self.key.form {
            Form::Tls13 => kind == DATA,
            Form::Tls12 => (CHANGE_CIPHER_SPEC + 1..=DATA).contains(&kind),
        };
        if !known {
            return Err(RecordError::Type(kind));
        }
        if (major, minor) != (3, 3) {
            return Err(RecordError::Version(u16::from_be_bytes([major, minor])));
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        if HEADER + length > MAX_RECORD {
            return Err(RecordError::Overflow(length));
        }
        Ok(Some(HEADER + length))
    }

    /// Whether a whole record, or one that is refused, starts here.
    #[must_use]
    pub fn is_whole(&self, bytes: &[u8]) -> bool {
        match self.length(bytes) {
            Ok(length) => length.is_some_and(|length| length <= bytes.len()),
            Err(_) => true,
        }
    }

    /// Opens one whole record.
    pub fn open(&mut self, record: &mut [u8]) -> Result<Item, RecordError> {
        let (kind, place) = self.key.open(record)?;
        if self.message.is_open() && kind != HANDSHAKE {
            return Err(RecordError::Type(kind));
        }
        match kind {
            DATA if place.is_empty() => {
                self.empty += 1;
                if self.empty > MAX_EMPTY {
                    return Err(RecordError::Empty);
                }
                Ok(Item::Nothing)
            }
            DATA => {
                (self.empty, self.updates) = (0, 0);
                Ok(Item::Data(place))
            }
            ALERT => alert(&record[place]),
            HANDSHAKE if self.key.form == Form::Tls13 && !place.is_empty() => self.handshake(&record[place]),
            HANDSHAKE => Err(RecordError::Handshake(0)),
            other => Err(RecordError::Type(other)),
        }
    }

    /// Post-handshake messages: tickets are skipped, a key update ends its record.
    fn handshake(&mut self, mut text: &[u8]) -> Result<Item, RecordError> {
        while !text.is_empty() {
            let message = &mut self.message;
            if message.have < 4 {
                message.header[message.have] = text[0];
                (message.have, text) = (message.have + 1, &text[1..]);
                if message.have < 4 {
                    continue;
                }
                let [kind, sizes @ ..] = message.header;
                message.left = sizes.iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
                match (kind, message.left) {
                    (NEW_SESSION_TICKET, 1..) => self.tickets += 1,
                    (KEY_UPDATE, 1) => self.updates += 1,
                    (KEY_UPDATE | NEW_SESSION_TICKET, _) => return Err(RecordError::Malformed),
                    (other, _) => return Err(RecordError::Handshake(other)),
                }
                if self.tickets > MAX_TICKETS {
                    return Err(RecordError::Tickets);
                }
                if self.updates > MAX_UPDATES {
                    return Err(RecordError::Updates);
                }
                continue;
            }
            if message.header[0] == KEY_UPDATE {
                *message = Message::default();
                // the key changes with this record's end, so nothing may follow in it
                return match text {
                    [asked @ (0 | 1)] => Ok(Item::Update {
                        is_asked: *asked == 1,
                    }),
                    _ => Err(RecordError::Malformed),
                };
            }
            let part = message.left.min(text.len());
            message.left -= part;
            text = &text[part..];
            if message.left == 0 {
                *message = Message::default();
            }
        }
        Ok(Item::Nothing)
    }
}

fn alert(text: &[u8]) -> Result<Item, RecordError> {
    const CLOSE_NOTIFY: u8 = 0;
    const USER_CANCELED: u8 = 90;
    match *text {
        [_, CLOSE_NOTIFY] => Ok(Item::Closed),
        [_, USER_CANCELED] => Ok(Item::Nothing),
        [_, description] => Err(RecordError::Alert(description)),
        _ => Err(RecordError::Malformed),
    }
}
