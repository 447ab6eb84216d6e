//! A stream of bytes as frames (pure). DATA is given out in slices as it comes; every other frame is kept
//! until it is whole, up to a limit.

use std::borrow::Cow;

use crate::hbone::error::Error;
use crate::hbone::frame::{HEAD, Head, PREFACE, Reason, flag, kind};

/// What has been read.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A frame begins.
    Begin(Head),
    /// Data of the DATA that began last.
    Data(&'a [u8]),
    /// The end of that DATA, with how many of its bytes were no data.
    End(Head, usize),
    /// Another frame, as a whole.
    Frame(Head, Cow<'a, [u8]>),
    /// A frame whose body is larger than the limit, and was skipped.
    Skipped(Head),
}

#[derive(Debug)]
enum Stage {
    Preface(usize),
    Head {
        bytes: [u8; HEAD],
        have: usize,
    },
    PadLength(Head),
    Data {
        head: Head,
        left: usize,
        padding: usize,
    },
    Padding {
        head: Head,
        left: usize,
        overhead: usize,
    },
    Body {
        head: Head,
        body: Vec<u8>,
    },
    Skip {
        head: Head,
        left: usize,
    },
}

const FRESH: Stage = Stage::Head {
    bytes: [0; HEAD],
    have: 0,
};

/// Reads one side of a connection.
#[derive(Debug)]
pub struct Parser {
    stage: Stage,
    limit: usize,
}

impl Parser {
    /// Of what a client sends: the preface comes first. Bodies may have up to `limit` bytes.
    #[must_use]
    pub fn of_client(limit: usize) -> Self {
        let stage = Stage::Preface(0);
        Self { stage, limit }
    }

    /// Of what a server sends.
    #[must_use]
    pub fn of_server(limit: usize) -> Self {
        Self { stage: FRESH, limit }
    }

    /// The next event in `bytes`, from which it is taken; none when they are used up.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        loop {
            if let Some(event) = self.ended() {
                return Ok(Some(event));
            }
            if bytes.is_empty() {
                return Ok(None);
            }
            if let Some(event) = self.step(bytes)? {
                return Ok(Some(event));
            }
        }
    }

    /// What needs no further byte.
    fn ended(&mut self) -> Option<Event<'static>> {
        let event = match &mut self.stage {
            Stage::Padding {
                head,
                left: 0,
                overhead,
            } => Event::End(*head, *overhead),
            Stage::Body { head, body } if body.len() == head.length => {
                Event::Frame(*head, Cow::Owned(std::mem::take(body)))
            }
            Stage::Skip { head, left: 0 } => Event::Skipped(*head),
            _ => return None,
        };
        self.stage = FRESH;
        Some(event)
    }

    fn step<'a>(&mut self, bytes: &mut &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        let broken = |word| Error::broken(Reason::PROTOCOL_ERROR, word);
        match &mut self.stage {
            Stage::Preface(have) => {
                let part = take(bytes, PREFACE.len() - *have);
                if !PREFACE[*have..].starts_with(part) {
                    return Err(broken("h2_preface"));
                }
                *have += part.len();
                if *have == PREFACE.len() {
                    self.stage = FRESH;
                }
            }
            Stage::Head { bytes: head, have } => {
                let part = take(bytes, HEAD - *have);
                head[*have..*have + part.len()].copy_from_slice(part);
                *have += part.len();
                if *have == HEAD {
                    let head = Head::parse(*head);
                    self.stage = after(head, self.limit);
                    return Ok(Some(Event::Begin(head)));
                }
            }
            Stage::PadLength(head) => {
                let padding = take(bytes, 1).first().map_or(0, |byte| usize::from(*byte));
                let left = (head.length - 1).checked_sub(padding);
                let left = left.ok_or_else(|| broken("h2_padding"))?;
                let (head, overhead) = (*head, padding + 1);
                self.stage = match left {
                    0 => Stage::Padding {
                        head,
                        left: padding,
                        overhead,
                    },
                    left => Stage::Data { head, left, padding },
                };
            }
            Stage::Data { head, left, padding } => {
                let part = take(bytes, *left);
                *left -= part.len();
                if *left == 0 {
                    let overhead = if head.has(flag::PADDED) { *padding + 1 } else { 0 };
                    let (head, left) = (*head, *padding);
                    self.stage = Stage::Padding { head, left, overhead };
                }
                return Ok(Some(Event::Data(part)));
            }
            Stage::Padding { left, .. } | Stage::Skip { left, .. } => {
                *left -= take(bytes, *left).len();
            }
            Stage::Body { head, body } => {
                let part = take(bytes, head.length - body.len());
                if part.len() == head.length {
                    let event = Event::Frame(*head, Cow::Borrowed(part));
                    self.stage = FRESH;
                    return Ok(Some(event));
                }
                body.extend_from_slice(part);
            }
        }
        Ok(None)
    }
}

/// Up to `most` bytes from the front.
fn take<'a>(bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (part, rest) = bytes.split_at(most.min(bytes.len()));
    *bytes = rest;
    part
}

/// What comes behind a header.
fn after(head: Head, limit: usize) -> Stage {
    match head.kind {
        kind::DATA if head.length == 0 => Stage::Padding {
            head,
            left: 0,
            overhead: 0,
        },
        kind::DATA if head.has(flag::PADDED) => Stage::PadLength(head),
        kind::DATA => {
            let (left, padding) = (head.length, 0);
            Stage::Data { head, left, padding }
        }
        _ if head.length > limit => {
            let left = head.length;
            Stage::Skip { head, left }
        }
        _ => {
            let body = Vec::new();
            Stage::Body { head, body }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hbone::frame;

    fn sample() -> Vec<u8> {
        let mut bytes = PREFACE.to_vec();
        frame::put_settings(&mut bytes, &[(4, 1), (5, 2)]);
        frame::put(&mut bytes, (kind::DATA, 0, 1), b"plain");
        frame::put(&mut bytes, (kind::DATA, flag::PADDED, 1), b"\x03padded\0\0\0");
        frame::put(&mut bytes, (kind::DATA, flag::PADDED, 1), b"\x02\0\0");
        frame::put(&mut bytes, (kind::DATA, flag::END_STREAM, 1), b"");
        frame::put(&mut bytes, (77, 0, 1), &[0; 300]);
        frame::put(&mut bytes, (kind::PING, 0, 0), &[8; 8]);
        bytes
    }

    /// Events with data joined, so that they do not depend on where the bytes were cut.
    fn read(pieces: &[&[u8]]) -> Result<Vec<String>, Error> {
        let (mut parser, mut seen, mut data) = (Parser::of_client(100), Vec::new(), Vec::new());
        for piece in pieces {
            let mut rest = *piece;
            while let Some(event) = parser.next(&mut rest)? {
                match event {
                    Event::Begin(head) => seen.push(format!("begin {} {}", head.kind, head.length)),
                    Event::Data(part) => data.extend_from_slice(part),
                    Event::End(_, overhead) => {
                        let text = String::from_utf8_lossy(&std::mem::take(&mut data)).into_owned();
                        seen.push(format!("end {text:?} {overhead}"));
                    }
                    Event::Frame(head, body) => {
                        seen.push(format!("frame {} {}", head.kind, body.len()));
                    }
                    Event::Skipped(head) => seen.push(format!("skipped {}", head.kind)),
                }
            }
            assert!(rest.is_empty());
        }
        Ok(seen)
    }

    const EXPECTED: [&str; 14] = [
        "begin 4 12",
        "frame 4 12",
        "begin 0 5",
        "end \"plain\" 0",
        "begin 0 10",
        "end \"padded\" 4",
        "begin 0 3",
        "end \"\" 3",
        "begin 0 0",
        "end \"\" 0",
        "begin 77 300",
        "skipped 77",
        "begin 6 8",
        "frame 6 8",
    ];

    #[test]
    fn frames_come_out_as_they_went_in() {
        assert_eq!(read(&[&sample()]).unwrap(), EXPECTED);
        let bytes = sample();
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single).unwrap(), EXPECTED);
    }

    proptest! {
        #[test]
        fn where_bytes_are_cut_makes_no_difference(cuts in prop::collection::vec(1_usize..60, 1..40)) {
            let bytes = sample();
            let (mut pieces, mut rest) = (Vec::new(), bytes.as_slice());
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            prop_assert_eq!(read(&pieces).unwrap(), EXPECTED);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            read(&[PREFACE, &bytes]).ok();
        }
    }

    #[test]
    fn a_wrong_preface_and_wrong_padding_are_refused() {
        assert_eq!(read(&[b"PRI * HTTP/1"]).unwrap_err().word(), "h2_preface");
        let mut bytes = PREFACE.to_vec();
        frame::put(&mut bytes, (kind::DATA, flag::PADDED, 1), b"\x05abc");
        assert_eq!(read(&[&bytes]).unwrap_err().word(), "h2_padding");
    }
}
