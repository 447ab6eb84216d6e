//! The wire format: tags, varints and length-delimited bytes.

use serde_json::Value;

use super::ProtobufError;

/// One field's value as it is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Fixed-width numbers, which no known field has.
    Fixed,
}

/// Reads fields one after the other.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field's number and value, until the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Item<'a>)>, ProtobufError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let item = match tag & 7 {
            0 => Item::Varint(self.varint()?),
            1 => self.take(8).map(|_| Item::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| truncated())?;
                Item::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Item::Fixed)?,
            _ => {
                return Err(ProtobufError::Malformed {
                    what: "an unknown wire type",
                });
            }
        };
        Ok(Some((tag >> 3, item)))
    }

    /// All of the bytes as numbers.
    pub(super) fn varints(mut self) -> Result<Vec<Value>, ProtobufError> {
        let mut numbers = Vec::new();
        while !self.rest.is_empty() {
            numbers.push(self.varint()?.cast_signed().into());
        }
        Ok(numbers)
    }

    fn varint(&mut self) -> Result<u64, ProtobufError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or_else(truncated)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(ProtobufError::Malformed {
            what: "a number of more than 64 bits",
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ProtobufError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn truncated() -> ProtobufError {
    ProtobufError::Malformed {
        what: "it ends in the middle of a field",
    }
}
