//! TLS records, sealed and opened where they lie (pure): RFC 8446 §5, and RFC 5288 for TLS 1.2.
//!
//! rustls does the handshake and gives the keys out; from then on every record is one AEAD call over the
//! buffer it is read into or written from. Nothing is copied and nothing allocated. What may follow a
//! handshake is in [`incoming`]; everything else is refused with a named reason.
//! Absent on purpose: sockets and buffers. Who has them gives slices.

pub mod incoming;

#[cfg(test)]
mod tests;

use std::ops::Range;

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use rustls::client::ClientConnectionData;
use rustls::kernel::KernelConnection;
use rustls::server::ServerConnectionData;
use rustls::{ConnectionTrafficSecrets, ProtocolVersion};

use crate::tls::record::incoming::Incoming;

/// Most bytes of plaintext in one record.
pub const MAX_PLAINTEXT: usize = 16 << 10;
/// Bytes of a record's header.
pub const HEADER: usize = 5;
/// Most bytes of a record, its header counted.
pub const MAX_RECORD: usize = HEADER + MAX_PLAINTEXT + 256;
const TAG: usize = 16;
/// The part of a TLS 1.2 nonce that travels.
const EXPLICIT: usize = 8;

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

const KEY_UPDATE: u8 = 24;

/// AES-GCM allows 2^24 records (RFC 8446 §5.5); half of it leaves room for a peer that is slow to answer.
const RECORDS_PER_KEY: u64 = 1 << 23;
/// TLS 1.2 has no key update: the connection ends here.
const LAST_RECORD: u64 = 1 << 24;

/// Why a record is refused, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A type that has no place after the handshake.
    #[error("record_type: {0} after the handshake")]
    Type(u8),
    /// Not the version of every record since TLS 1.2.
    #[error("record_version: {0:#06x}")]
    Version(u16),
    /// Larger than a record may be, sealed or opened.
    #[error("record_overflow: {0} bytes")]
    Overflow(usize),
    /// Too short to hold what every record holds.
    #[error("record_short: {0} bytes")]
    Short(usize),
    /// Not sealed with the key, the number or the header it should have been.
    #[error("bad_record_mac")]
    Mac,
    /// Nothing but padding.
    #[error("record_empty: no content type")]
    Padding,
    /// Many records without a byte of data.
    #[error("record_flood: too many empty records")]
    Empty,
    /// Many key updates without a byte of data.
    #[error("key_update_flood: too many key updates")]
    Updates,
    /// Many tickets.
    #[error("ticket_flood: too many session tickets")]
    Tickets,
    /// A handshake message that may not come now.
    #[error("handshake_unexpected: message {0}")]
    Handshake(u8),
    /// A handshake message that is not what it should be.
    #[error("handshake_malformed")]
    Malformed,
    /// The peer gave up.
    #[error("alert_received: {0}")]
    Alert(u8),
    /// The keys are used up.
    #[error("keys_exhausted: too many records")]
    Exhausted,
    /// rustls has no next key.
    #[error("key_update: no next key")]
    Key,
}

impl RecordError {
    /// The alert that tells the peer (RFC 8446 §6.2); none where the peer has told us.
    #[must_use]
    pub fn alert(self) -> Option<u8> {
        Some(match self {
            Self::Type(_)
            | Self::Padding
            | Self::Empty
            | Self::Updates
            | Self::Tickets
            | Self::Handshake(_) => 10,
            Self::Mac => 20,
            Self::Overflow(_) => 22,
            Self::Version(_) => 70,
            Self::Short(_) | Self::Malformed => 50,
            Self::Exhausted | Self::Key => 80,
            Self::Alert(_) => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Tls12,
    Tls13,
}

/// One direction's key with the number of its next record.
struct Key {
    aead: LessSafeKey,
    iv: [u8; NONCE_LEN],
    sequence: u64,
    form: Form,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Key")
            .field("sequence", &self.sequence)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl Key {
    fn new(form: Form, (sequence, secrets): (u64, &ConnectionTrafficSecrets)) -> Result<Self, RecordError> {
        let (algorithm, key, iv) = match secrets {
            ConnectionTrafficSecrets::Aes128Gcm { key, iv } => (&AES_128_GCM, key, iv),
            ConnectionTrafficSecrets::Aes256Gcm { key, iv } => (&AES_256_GCM, key, iv),
            ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } if form == Form::Tls13 => {
                (&CHACHA20_POLY1305, key, iv)
            }
            _ => return Err(RecordError::Key),
        };
        let aead = UnboundKey::new(algorithm, key.as_ref()).map_err(|_| RecordError::Key)?;
        Ok(Self {
            aead: LessSafeKey::new(aead),
            iv: iv.as_ref().try_into().map_err(|_| RecordError::Key)?,
            sequence,
            form,
        })
    }

    fn nonce(&self) -> [u8; NONCE_LEN] {
        let mut nonce = self.iv;
        for (byte, part) in nonce[NONCE_LEN - 8..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= part;
        }
        nonce
    }

    /// What is authenticated beside the text in TLS 1.2.
    fn legacy_header(&self, kind: u8, length: usize) -> [u8; 13] {
        let mut header = [0; 13];
        header[..8].copy_from_slice(&self.sequence.to_be_bytes());
        header[8..11].copy_from_slice(&[kind, 3, 3]);
        header[11..].copy_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        header
    }

    /// Bytes before the text of a record.
    fn prefix(&self) -> usize {
        match self.form {
            Form::Tls13 => HEADER,
            Form::Tls12 => HEADER + EXPLICIT,
        }
    }

    /// Bytes after it.
    fn suffix(&self) -> usize {
        match self.form {
            Form::Tls13 => 1 + TAG,
            Form::Tls12 => TAG,
        }
    }

    /// Seals what lies between prefix and suffix.
    fn seal(&mut self, kind: u8, record: &mut [u8]) -> Result<(), RecordError> {
        let around = self.prefix() + self.suffix();
        let length = record
            .len()
            .checked_sub(around)
            .ok_or(RecordError::Short(record.len()))?;
        if length > MAX_PLAINTEXT {
            return Err(RecordError::Overflow(length));
        }
        if self.sequence >= LAST_RECORD {
            return Err(RecordError::Exhausted);
        }
        let nonce = self.nonce();
        let legacy = self.legacy_header(kind, length);
        let (header, body) = record.split_at_mut(HEADER);
        let outer = if self.form == Form::Tls13 { DATA } else { kind };
        header[..3].copy_from_slice(&[outer, 3, 3]);
        let size = u16::try_from(body.len()).map_err(|_| RecordError::Overflow(length))?;
        header[3..].copy_from_slice(&size.to_be_bytes());
        let (text, tag) = body.split_at_mut(body.len() - TAG);
        let once = Nonce::assume_unique_for_key(nonce);
        let sealed = match self.form {
            Form::Tls13 => {
                if let Some(last) = text.last_mut() {
                    *last = kind;
                }
                self.aead
                    .seal_in_place_separate_tag(once, Aad::from(&*header), text)
            }
            Form::Tls12 => {
                let (explicit, text) = text.split_at_mut(EXPLICIT);
                explicit.copy_from_slice(&nonce[NONCE_LEN - EXPLICIT..]);
                self.aead
                    .seal_in_place_separate_tag(once, Aad::from(&legacy), text)
            }
        };
        tag.copy_from_slice(sealed.map_err(|_| RecordError::Mac)?.as_ref());
        self.sequence += 1;
        Ok(())
    }

    /// The type and place of the text.
    fn open(&mut self, record: &mut [u8]) -> Result<(u8, Range<usize>), RecordError> {
        let (size, prefix) = (record.len(), self.prefix());
        let length = size.checked_sub(prefix + TAG).ok_or(RecordError::Short(size))?;
        if self.sequence == u64::MAX {
            return Err(RecordError::Exhausted);
        }
        let (header, body) = record.split_at_mut(prefix);
        let kind = header[0];
        let opened = match self.form {
            Form::Tls13 => {
                let once = Nonce::assume_unique_for_key(self.nonce());
                self.aead.open_in_place(once, Aad::from(&*header), body)
            }
            Form::Tls12 => {
                let mut nonce = self.iv;
                nonce[NONCE_LEN - EXPLICIT..].copy_from_slice(&header[HEADER..]);
                let legacy = self.legacy_header(kind, length);
                self.aead
                    .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&legacy), body)
            }
        };
        let text = opened.map_err(|_| RecordError::Mac)?;
        self.sequence += 1;
        let (kind, length) = match self.form {
            Form::Tls12 => (kind, text.len()),
            Form::Tls13 if text.len() > MAX_PLAINTEXT + 1 => return Err(RecordError::Overflow(text.len())),
            Form::Tls13 => {
                let last = text
                    .iter()
                    .rposition(|byte| *byte != 0)
                    .ok_or(RecordError::Padding)?;
                (text[last], last)
            }
        };
        if length > MAX_PLAINTEXT {
            return Err(RecordError::Overflow(length));
        }
        Ok((kind, prefix..prefix + length))
    }
}

/// Where the keys of a connection come from after its handshake.
#[derive(Debug)]
pub struct Secrets(Source);

enum Source {
    Client(KernelConnection<ClientConnectionData>),
    Server(KernelConnection<ServerConnectionData>),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Client(_) => "Client",
            Self::Server(_) => "Server",
        })
    }
}

impl From<KernelConnection<ClientConnectionData>> for Secrets {
    fn from(kernel: KernelConnection<ClientConnectionData>) -> Self {
        Self(Source::Client(kernel))
    }
}

impl From<KernelConnection<ServerConnectionData>> for Secrets {
    fn from(kernel: KernelConnection<ServerConnectionData>) -> Self {
        Self(Source::Server(kernel))
    }
}

impl Secrets {
    fn form(&self) -> Form {
        let version = match &self.0 {
            Source::Client(kernel) => kernel.protocol_version(),
            Source::Server(kernel) => kernel.protocol_version(),
        };
        if version == ProtocolVersion::TLSv1_3 {
            Form::Tls13
        } else {
            Form::Tls12
        }
    }

    fn next_outgoing(&mut self) -> Result<Key, RecordError> {
        let next = match &mut self.0 {
            Source::Client(kernel) => kernel.update_tx_secret(),
            Source::Server(kernel) => kernel.update_tx_secret(),
        };
        let (sequence, secrets) = next.map_err(|_| RecordError::Key)?;
        Key::new(Form::Tls13, (sequence, &secrets))
    }

    fn next_incoming(&mut self) -> Result<Key, RecordError> {
        let next = match &mut self.0 {
            Source::Client(kernel) => kernel.update_rx_secret(),
            Source::Server(kernel) => kernel.update_rx_secret(),
        };
        let (sequence, secrets) = next.map_err(|_| RecordError::Key)?;
        Key::new(Form::Tls13, (sequence, &secrets))
    }
}

/// Both directions of a connection whose handshake is over.
pub fn split(
    secrets: Secrets,
    outgoing: (u64, &ConnectionTrafficSecrets),
    incoming: (u64, &ConnectionTrafficSecrets),
) -> Result<(Outgoing, Incoming), RecordError> {
    let form = secrets.form();
    let sender = Outgoing {
        key: Key::new(form, outgoing)?,
        secrets,
        renew_at: RECORDS_PER_KEY,
        is_closed: false,
    };
    Ok((sender, Incoming::new(Key::new(form, incoming)?)))
}

/// Seals.
#[derive(Debug)]
pub struct Outgoing {
    key: Key,
    secrets: Secrets,
    /// The record with which the key should change.
    renew_at: u64,
    is_closed: bool,
}

impl Outgoing {
    /// Bytes to leave free before the plaintext of a record.
    #[must_use]
    pub fn prefix(&self) -> usize {
        self.key.prefix()
    }

    /// Bytes to leave free after it.
    #[must_use]
    pub fn suffix(&self) -> usize {
        self.key.suffix()
    }

    /// Whether the key should be changed before more is sealed with it.
    #[must_use]
    pub fn is_worn(&self) -> bool {
        self.key.form == Form::Tls13 && self.key.sequence >= self.renew_at
    }

    /// Seals the data between prefix and suffix of `record`.
    pub fn seal(&mut self, record: &mut [u8]) -> Result<(), RecordError> {
        self.key.seal(DATA, record)
    }

    /// Appends one record with `content`.
    fn append(&mut self, kind: u8, content: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let (start, prefix) = (out.len(), self.prefix());
        out.resize(start + prefix + content.len() + self.suffix(), 0);
        let record = &mut out[start..];
        record[prefix..prefix + content.len()].copy_from_slice(content);
        self.key.seal(kind, record)
    }

    /// Appends `data` as few records as it takes.
    pub fn append_data(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        data.chunks(MAX_PLAINTEXT)
            .try_for_each(|chunk| self.append(DATA, chunk, out))
    }

    /// Appends a key update and changes the key.
    pub fn update(&mut self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        self.append(HANDSHAKE, &[KEY_UPDATE, 0, 0, 1, 0], out)?;
        self.key = self.secrets.next_outgoing()?;
        self.renew_at = RECORDS_PER_KEY;
        Ok(())
    }

    /// As if the key had sealed all it may.
    #[cfg(test)]
    pub(crate) fn wear_out(&mut self) {
        self.renew_at = self.key.sequence;
    }

    /// Appends the end of the data, once.
    pub fn close(&mut self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        const WARNING: u8 = 1;
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        self.append(ALERT, &[WARNING, 0], out)
    }

    /// Appends a fatal alert, the last record.
    pub fn alert(&mut self, alert: u8, out: &mut Vec<u8>) -> Result<(), RecordError> {
        const FATAL: u8 = 2;
        if std::mem::replace(&mut self.is_closed, true) {
            return Ok(());
        }
        self.append(ALERT, &[FATAL, alert], out)
    }

    /// Gives the other direction its next key, after [`incoming::Item::Update`].
    pub fn rekey(&mut self, incoming: &mut Incoming) -> Result<(), RecordError> {
        incoming.key = self.secrets.next_incoming()?;
        Ok(())
    }
}
