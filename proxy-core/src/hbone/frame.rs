//! HTTP/2 frames as bytes (pure): RFC 9113 §4, §6, §7.

use std::fmt;

/// Bytes of a frame's header.
pub const HEAD: usize = 9;
/// The first bytes of a client.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The frame size, and the initial window, that every side has before it says otherwise.
pub const DEFAULT_FRAME: usize = 16_384;
/// See [`DEFAULT_FRAME`].
pub const DEFAULT_WINDOW: u32 = 65_535;
/// No window may be larger.
pub const MAX_WINDOW: i64 = (1 << 31) - 1;

/// What a frame is.
pub mod kind {
    #![expect(missing_docs, reason = "the names are those of RFC 9113 §6")]
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// Flags.
pub mod flag {
    #![expect(missing_docs, reason = "the names are those of RFC 9113 §6")]
    pub const ACK: u8 = 0x1;
    pub const END_STREAM: u8 = 0x1;
    pub const END_HEADERS: u8 = 0x4;
    pub const PADDED: u8 = 0x8;
    pub const PRIORITY: u8 = 0x20;
}

/// Settings.
pub mod setting {
    #![expect(missing_docs, reason = "the names are those of RFC 9113 §6.5.2")]
    pub const HEADER_TABLE_SIZE: u16 = 1;
    pub const ENABLE_PUSH: u16 = 2;
    pub const MAX_CONCURRENT_STREAMS: u16 = 3;
    pub const INITIAL_WINDOW_SIZE: u16 = 4;
    pub const MAX_FRAME_SIZE: u16 = 5;
    pub const MAX_HEADER_LIST_SIZE: u16 = 6;
}

/// An error code (RFC 9113 §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason(pub u32);

impl Reason {
    #![expect(missing_docs, reason = "the names are those of RFC 9113 §7")]
    pub const NO_ERROR: Self = Self(0);
    pub const PROTOCOL_ERROR: Self = Self(1);
    pub const FLOW_CONTROL_ERROR: Self = Self(3);
    pub const STREAM_CLOSED: Self = Self(5);
    pub const FRAME_SIZE_ERROR: Self = Self(6);
    pub const REFUSED_STREAM: Self = Self(7);
    pub const CANCEL: Self = Self(8);
    pub const COMPRESSION_ERROR: Self = Self(9);
    pub const ENHANCE_YOUR_CALM: Self = Self(11);
}

/// Texts as the field prints them; tools match on them.
impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            0 => "not a result of an error",
            1 => "unspecific protocol error detected",
            2 => "unexpected internal error encountered",
            3 => "flow-control protocol violated",
            4 => "settings ACK not received in timely manner",
            5 => "received frame when stream half-closed",
            6 => "frame with invalid size",
            7 => "refused stream before processing any application logic",
            8 => "stream no longer needed",
            9 => "unable to maintain the header compression context",
            10 => "connection established in response to a CONNECT request was reset or abnormally closed",
            11 => "detected excessive load generating behavior",
            12 => "security properties do not meet minimum requirements",
            13 => "endpoint requires HTTP/1.1",
            _ => "unknown reason",
        })
    }
}

/// A frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Bytes of the payload.
    pub length: usize,
    /// One of [`kind`].
    pub kind: u8,
    /// Of [`flag`].
    pub flags: u8,
    /// Zero is the connection.
    pub stream: u32,
}

impl Head {
    /// Reads; the reserved bit is ignored.
    #[must_use]
    pub fn parse(bytes: [u8; HEAD]) -> Self {
        let [a, b, c, kind, flags, stream @ ..] = bytes;
        Self {
            length: u32::from_be_bytes([0, a, b, c]) as usize,
            kind,
            flags,
            stream: u32::from_be_bytes(stream) & 0x7fff_ffff,
        }
    }

    /// Writes.
    #[must_use]
    pub fn bytes(self) -> [u8; HEAD] {
        let length = u32::try_from(self.length).unwrap_or(u32::MAX);
        let mut bytes = [0; HEAD];
        bytes[..3].copy_from_slice(&length.to_be_bytes()[1..]);
        bytes[3..5].copy_from_slice(&[self.kind, self.flags]);
        bytes[5..].copy_from_slice(&self.stream.to_be_bytes());
        bytes
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Appends a frame.
pub fn put(out: &mut Vec<u8>, (kind, flags, stream): (u8, u8, u32), payload: &[u8]) {
    let head = Head {
        length: payload.len(),
        kind,
        flags,
        stream,
    };
    out.extend_from_slice(&head.bytes());
    out.extend_from_slice(payload);
}

/// Appends SETTINGS.
pub fn put_settings(out: &mut Vec<u8>, settings: &[(u16, u32)]) {
    let payload: Vec<u8> = settings
        .iter()
        .flat_map(|(id, value)| id.to_be_bytes().into_iter().chain(value.to_be_bytes()))
        .collect();
    put(out, (kind::SETTINGS, 0, 0), &payload);
}

/// Appends a `WINDOW_UPDATE`.
pub fn put_window_update(out: &mut Vec<u8>, stream: u32, increment: u32) {
    put(out, (kind::WINDOW_UPDATE, 0, stream), &increment.to_be_bytes());
}

/// Appends a `RST_STREAM`.
pub fn put_reset(out: &mut Vec<u8>, stream: u32, reason: Reason) {
    put(out, (kind::RST_STREAM, 0, stream), &reason.0.to_be_bytes());
}

/// Appends GOAWAY, with a word for whoever reads the peer's log.
pub fn put_goaway(out: &mut Vec<u8>, last: u32, (reason, word): (Reason, &str)) {
    let mut payload = [last.to_be_bytes(), reason.0.to_be_bytes()].concat();
    payload.extend_from_slice(word.as_bytes());
    put(out, (kind::GOAWAY, 0, 0), &payload);
}

/// Appends HEADERS, and CONTINUATION for what is larger than `max` bytes.
pub fn put_headers(out: &mut Vec<u8>, stream: u32, (block, is_end): (&[u8], bool), max: usize) {
    let (first, mut rest) = block.split_at(block.len().min(max));
    let end = if is_end { flag::END_STREAM } else { 0 };
    let done = |rest: &[u8]| if rest.is_empty() { flag::END_HEADERS } else { 0 };
    put(out, (kind::HEADERS, end | done(rest), stream), first);
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(max));
        put(out, (kind::CONTINUATION, done(after), stream), part);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_they_are_written() {
        let bytes = [0, 0x40, 1, 0, 9, 0x80, 0, 0, 3];
        let head = Head::parse(bytes);
        let expected = Head {
            length: 16_385,
            kind: kind::DATA,
            flags: 9,
            stream: 3,
        };
        assert_eq!(head, expected);
        assert!(head.has(flag::END_STREAM) && head.has(flag::PADDED) && !head.has(flag::PRIORITY));
        assert_eq!(head.bytes(), [0, 0x40, 1, 0, 9, 0, 0, 0, 3]);
    }

    #[test]
    fn a_block_larger_than_a_frame_is_continued() {
        let mut out = Vec::new();
        put_headers(&mut out, 5, (&[7; 25], true), 10);
        let mut frames = Vec::new();
        let mut rest = out.as_slice();
        while let Some((head, after)) = rest.split_first_chunk::<HEAD>() {
            let head = Head::parse(*head);
            frames.push((head.kind, head.flags, head.length, head.stream));
            rest = &after[head.length..];
        }
        assert_eq!(frames, [(1, 1, 10, 5), (9, 0, 10, 5), (9, 4, 5, 5)]);
    }
}
