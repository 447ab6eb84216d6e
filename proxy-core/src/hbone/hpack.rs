//! Header compression (pure): RFC 7541. What is read is bounded; what is written uses no dynamic table, so
//! a peer's table is never touched and nothing secret is ever compressed together with something else.

mod huffman;
mod table;

#[cfg(test)]
mod tests;

use crate::hbone::hpack::table::{OVERHEAD, Table};

/// Why a block cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HpackError {
    /// It is no valid block: the connection's tables no longer agree.
    Invalid,
    /// It is valid and larger than we allow.
    TooLarge,
}

/// Reads the blocks of one connection, in order.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    /// Most bytes of a decoded list, each field counted with 32 more.
    limit: usize,
}

impl Decoder {
    /// A decoder of lists of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            table: Table::default(),
            limit,
        }
    }

    /// Gives each field of a whole block to `field`.
    pub fn decode(
        &mut self,
        mut block: &[u8],
        mut field: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), HpackError> {
        let (mut size, mut seen) = (0, false);
        while let Some(first) = block.first().copied() {
            if first & 0xe0 == 0x20 {
                // a change of the table's size stands before all fields
                let limit = integer(&mut block, 5)?;
                if seen || !self.table.resize(limit) {
                    return Err(HpackError::Invalid);
                }
                continue;
            }
            seen = true;
            let (name, value) = if first & 0x80 != 0 {
                let index = integer(&mut block, 7)?;
                let (name, value) = self.table.find(index).ok_or(HpackError::Invalid)?;
                (name.to_vec(), value.to_vec())
            } else {
                let is_kept = first & 0x40 != 0;
                let index = integer(&mut block, if is_kept { 6 } else { 4 })?;
                let name = match index {
                    0 => string(&mut block)?,
                    index => self.table.find(index).ok_or(HpackError::Invalid)?.0.to_vec(),
                };
                let value = string(&mut block)?;
                if is_kept {
                    self.table.insert(&name, &value);
                }
                (name, value)
            };
            size += name.len() + value.len() + OVERHEAD;
            if size > self.limit {
                return Err(HpackError::TooLarge);
            }
            field(&name, &value);
        }
        Ok(())
    }
}

/// RFC 7541 §5.1, at most four further bytes.
fn integer(block: &mut &[u8], prefix: u32) -> Result<usize, HpackError> {
    let (first, rest) = block.split_first().ok_or(HpackError::Invalid)?;
    *block = rest;
    let mask = (1_usize << prefix) - 1;
    let mut value = usize::from(*first) & mask;
    if value < mask {
        return Ok(value);
    }
    for shift in [0, 7, 14, 21] {
        let (byte, rest) = block.split_first().ok_or(HpackError::Invalid)?;
        *block = rest;
        value += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(HpackError::Invalid)
}

fn string(block: &mut &[u8]) -> Result<Vec<u8>, HpackError> {
    let is_huffman = block.first().is_some_and(|first| first & 0x80 != 0);
    let length = integer(block, 7)?;
    let (text, rest) = block.split_at_checked(length).ok_or(HpackError::Invalid)?;
    *block = rest;
    if !is_huffman {
        return Ok(text.to_vec());
    }
    let mut out = Vec::with_capacity(text.len() * 8 / 5);
    if huffman::decode(text, &mut out) {
        Ok(out)
    } else {
        Err(HpackError::Invalid)
    }
}

/// Writes one block.
#[derive(Debug, Default)]
pub struct Encoder {
    /// The block so far.
    pub block: Vec<u8>,
}

impl Encoder {
    /// Tells the peer that its table stays empty: due once, where it has allowed less than the default.
    pub fn empty_table(&mut self) {
        self.block.push(0x20);
    }

    /// A field that the static table has as a whole.
    pub fn indexed(&mut self, index: u8) {
        self.block.push(0x80 | index);
    }

    /// A field whose name the static table has.
    pub fn named(&mut self, index: u8, value: &[u8]) {
        put_integer(&mut self.block, 4, usize::from(index));
        self.text(value);
    }

    /// Any field.
    pub fn literal(&mut self, name: &[u8], value: &[u8]) {
        self.block.push(0);
        self.text(name);
        self.text(value);
    }

    fn text(&mut self, text: &[u8]) {
        put_integer(&mut self.block, 7, text.len());
        self.block.extend_from_slice(text);
    }
}

/// With zero in the bits above the prefix.
fn put_integer(out: &mut Vec<u8>, prefix: u32, mut value: usize) {
    let mask = (1_usize << prefix) - 1;
    let byte = |value: usize| u8::try_from(value & 0xff).unwrap_or(0);
    if value < mask {
        return out.push(byte(value));
    }
    out.push(byte(mask));
    value -= mask;
    while value >= 0x80 {
        out.push(byte(value & 0x7f | 0x80));
        value >>= 7;
    }
    out.push(byte(value));
}
