//! Where DATA frames and records lie in one buffer (pure): a frame is a whole number of full records, so
//! bytes can be read from a socket straight to where they are sealed.

use std::io::IoSliceMut;

use crate::hbone::frame::{HEAD, Head, kind};
use crate::tls::record::{MAX_PLAINTEXT, Outgoing, RecordError};

/// The places of a buffer for what is sent on one connection.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    prefix: usize,
    suffix: usize,
    /// Records of a full frame.
    per_frame: usize,
}

impl Layout {
    /// For frames of at most `frame` bytes.
    #[must_use]
    pub fn new(outgoing: &Outgoing, frame: usize) -> Self {
        Self {
            prefix: outgoing.prefix(),
            suffix: outgoing.suffix(),
            per_frame: ((frame + HEAD) / MAX_PLAINTEXT).max(1),
        }
    }

    fn stride(&self) -> usize {
        self.prefix + MAX_PLAINTEXT + self.suffix
    }

    fn begins_frame(&self, record: usize) -> bool {
        record.is_multiple_of(self.per_frame)
    }

    /// How many bytes of payload a record has, if it is full.
    fn payload(&self, record: usize) -> usize {
        MAX_PLAINTEXT - if self.begins_frame(record) { HEAD } else { 0 }
    }

    /// The first place, for up to `room` bytes.
    pub fn first<'a>(&self, buffer: &'a mut [u8], room: usize) -> &'a mut [u8] {
        let start = self.prefix + HEAD;
        &mut buffer[start..start + room.min(self.payload(0))]
    }

    /// The first of several places, alone, is enough for so many bytes.
    #[must_use]
    pub fn first_room(&self) -> usize {
        self.payload(0)
    }

    /// The places for `room` bytes, as many as the buffer has.
    pub fn places<'a>(&self, buffer: &'a mut [u8], mut room: usize) -> Vec<IoSliceMut<'a>> {
        let mut places = Vec::new();
        for (record, bytes) in buffer.chunks_exact_mut(self.stride()).enumerate() {
            let size = self.payload(record).min(room);
            if size == 0 {
                break;
            }
            let start = self.prefix + MAX_PLAINTEXT - self.payload(record);
            places.push(IoSliceMut::new(&mut bytes[start..start + size]));
            room -= size;
        }
        places
    }

    /// Copies `data` to its places.
    pub fn copy(&self, buffer: &mut [u8], data: &[u8]) {
        let mut rest = data;
        for place in &mut self.places(buffer, data.len()) {
            let (part, after) = rest.split_at(place.len());
            place.copy_from_slice(part);
            rest = after;
        }
    }

    /// Makes frames and records of the first `count` bytes in their places; says how long they are.
    pub fn seal(
        &self,
        buffer: &mut [u8],
        (stream, count): (u32, usize),
        outgoing: &mut Outgoing,
    ) -> Result<usize, RecordError> {
        let (mut left, mut end) = (count, 0);
        for (record, bytes) in buffer.chunks_exact_mut(self.stride()).enumerate() {
            if left == 0 {
                break;
            }
            let mut text = left.min(self.payload(record));
            if self.begins_frame(record) {
                let full = self.per_frame * MAX_PLAINTEXT - HEAD;
                let head = Head {
                    length: left.min(full),
                    kind: kind::DATA,
                    flags: 0,
                    stream,
                };
                bytes[self.prefix..self.prefix + HEAD].copy_from_slice(&head.bytes());
                left -= text;
                text += HEAD;
            } else {
                left -= text;
            }
            let length = self.prefix + text + self.suffix;
            outgoing.seal(&mut bytes[..length])?;
            end = record * self.stride() + length;
        }
        Ok(end)
    }
}
