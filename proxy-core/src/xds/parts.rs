//! Cuts large gRPC messages into parts while they come.
//!
//! The gRPC library collects a message before anybody sees it, and the first response of a large mesh is tens of
//! megabytes. Between HTTP/2 and that library, [`Parts`] makes of each message several: each holds some whole
//! fields of it, and an empty one says that it is complete. What it does not understand passes unchanged, so that
//! the library judges it: flags, lengths beyond the limit, ends in the middle, trailers.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::{Body, Frame};
use mesh_wire::xds::DeltaDiscoveryRequest;
use prost::Message;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

use crate::state::from_wire::fields::Fields;

/// Flag and length of a gRPC message.
const HEADER: usize = 5;

/// A body whose messages come in parts.
#[derive(Debug)]
pub(super) struct Parts<B> {
    body: B,
    cutter: Cutter,
    is_over: bool,
}

impl<B> Parts<B> {
    /// Cuts messages up to that many bytes.
    pub(super) fn new(body: B, limit: usize) -> Self {
        Self {
            body,
            cutter: Cutter::new(limit),
            is_over: false,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Parts<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        loop {
            if self.is_over {
                return Poll::Ready(None);
            }
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.is_over = true;
                    // one byte of a header, so that the library sees an end in the middle
                    let cut_off = self.cutter.is_amid().then(|| Bytes::from_static(&[0]));
                    return Poll::Ready(cut_off.map(|byte| Ok(Frame::data(byte))));
                }
            };
            match frame.into_data() {
                Ok(data) => {
                    let parts = self.cutter.cut(data);
                    if !parts.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(parts))));
                    }
                }
                Err(other) => return Poll::Ready(Some(Ok(other))),
            }
        }
    }
}

/// Where in the stream the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the header of a message.
    Header,
    /// So many bytes before the end of a message.
    Amid(usize),
    /// Behind something that the library will refuse.
    Beyond,
}

/// Makes parts of messages.
#[derive(Debug)]
struct Cutter {
    limit: usize,
    place: Place,
    /// What has come and not been passed on.
    held: BytesMut,
    /// Whether the message is odd, and kept together.
    is_odd: bool,
}

impl Cutter {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            place: Place::Header,
            held: BytesMut::new(),
            is_odd: false,
        }
    }

    fn is_amid(&self) -> bool {
        !self.held.is_empty() || matches!(self.place, Place::Amid(_))
    }

    fn cut(&mut self, mut data: Bytes) -> Bytes {
        let mut out = BytesMut::with_capacity(self.held.len() + data.len() + 2 * HEADER);
        while self.step(&mut data, &mut out) {}
        out.freeze()
    }

    /// Says whether there is more to do.
    fn step(&mut self, data: &mut Bytes, out: &mut BytesMut) -> bool {
        match self.place {
            Place::Beyond => {
                out.put(std::mem::take(data));
                false
            }
            Place::Header => {
                let missing = HEADER - self.held.len();
                self.held.put(data.split_to(missing.min(data.len())));
                if self.held.len() < HEADER {
                    return false;
                }
                self.header(out);
                true
            }
            Place::Amid(left) => {
                let next = data.split_to(left.min(data.len()));
                let left = left - next.len();
                self.held.put(next);
                self.place = Place::Amid(left);
                if left > 0 {
                    let count = self.whole_fields();
                    self.pass_on(count, out);
                    return false;
                }
                self.pass_on(self.held.len(), out);
                put_header(0, out);
                self.place = Place::Header;
                self.is_odd = false;
                !data.is_empty()
            }
        }
    }

    fn header(&mut self, out: &mut BytesMut) {
        let mut header = &self.held[1..];
        let length = usize::try_from(header.get_u32()).unwrap_or(usize::MAX);
        if self.held[0] == 0 && length <= self.limit {
            self.held.clear();
            self.place = Place::Amid(length);
        } else {
            out.put(self.held.split());
            self.place = Place::Beyond;
        }
    }

    /// How many bytes of what is held are whole fields.
    fn whole_fields(&mut self) -> usize {
        if self.is_odd {
            return 0;
        }
        let mut fields = Fields::of(&self.held);
        while let Some(Ok(_)) = fields.next() {}
        let rest = fields.rest();
        self.is_odd = !is_begun(rest);
        self.held.len() - rest.len()
    }

    fn pass_on(&mut self, count: usize, out: &mut BytesMut) {
        if count > 0 {
            put_header(count, out);
            out.put(self.held.split_to(count));
        }
    }
}

/// Whether bytes may be the beginning of a field, of those that a response has.
fn is_begun(bytes: &[u8]) -> bool {
    matches!(
        bytes.first(),
        None | Some(0x0a | 0x12 | 0x22 | 0x2a | 0x32 | 0x3a)
    )
}

fn put_header(length: usize, out: &mut BytesMut) {
    out.put_u8(0);
    out.put_u32(u32::try_from(length).expect("a part is no longer than its message"));
}

/// Requests as messages, responses as the bytes of their parts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PartCodec;

impl Codec for PartCodec {
    type Encode = DeltaDiscoveryRequest;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for PartCodec {
    type Item = DeltaDiscoveryRequest;
    type Error = Status;

    fn encode(&mut self, item: DeltaDiscoveryRequest, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(out)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for PartCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, part: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(part.copy_to_bytes(part.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1_000;

    fn message(bytes: &[u8]) -> Vec<u8> {
        let mut out = BytesMut::new();
        put_header(bytes.len(), &mut out);
        out.put(bytes);
        out.to_vec()
    }

    /// The messages that the cutter makes of a stream that comes in pieces of that size, and what follows them.
    fn parts(stream: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
        let mut cutter = Cutter::new(LIMIT);
        let mut cut = Vec::new();
        for piece in stream.chunks(piece) {
            cut.extend(cutter.cut(Bytes::copy_from_slice(piece)));
        }
        let (mut parts, mut cut) = (Vec::new(), cut.as_slice());
        while !cut.is_empty() && cut[0] == 0 {
            let length = u32::from_be_bytes(cut[1..HEADER].try_into().unwrap()) as usize;
            if length > LIMIT {
                break;
            }
            parts.push(cut[HEADER..HEADER + length].to_vec());
            cut = &cut[HEADER + length..];
        }
        (parts, cutter.is_amid() || !cut.is_empty())
    }

    #[test]
    fn a_message_comes_in_whole_fields_and_ends_with_an_empty_part() {
        let fields = [0x12, 3, 1, 2, 3, 0x22, 1, b'x'];
        for piece in 1..20 {
            let (parts, _) = parts(&message(&fields), piece);
            let (last, parts) = parts.split_last().unwrap();
            assert!(last.is_empty());
            assert!(parts.iter().all(|part| !part.is_empty()));
            assert_eq!(parts.concat(), fields);
            if piece < 7 {
                assert_eq!(parts.len(), 2, "{piece}");
            }
        }
    }

    #[test]
    fn what_the_library_refuses_passes_unchanged() {
        let too_long = [&[0, 0, 1, 0, 0][..], b"rest"].concat();
        let compressed = [&[1, 0, 0, 0, 4][..], b"rest"].concat();
        for stream in [too_long, compressed] {
            let mut cutter = Cutter::new(LIMIT);
            let cut: Vec<u8> = stream
                .chunks(3)
                .flat_map(|piece| cutter.cut(Bytes::copy_from_slice(piece)))
                .collect();
            assert_eq!(cut, stream);
            assert!(!cutter.is_amid());
        }
    }

    #[tokio::test]
    async fn an_end_in_the_middle_is_seen() {
        use http_body_util::{BodyExt, Full};
        for (stream, expected) in [
            (&message(&[0x12, 1, 1])[..7], 1),
            (&message(&[0x12, 1, 1])[..], 13),
        ] {
            let body = Parts::new(Full::new(Bytes::copy_from_slice(stream)), LIMIT);
            assert_eq!(body.collect().await.unwrap().to_bytes().len(), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However a stream of messages is cut and whatever is in them, the same messages come out.
        #[test]
        fn messages_are_the_same_put_together(
            messages in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(0x12u8), Just(1), Just(2), any::<u8>()], 0..40), 0..6),
            piece in 1usize..60,
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|one| message(one)).collect();
            let (parts, is_amid) = parts(&stream, piece);
            let mut joined = vec![Vec::new()];
            for part in parts {
                if part.is_empty() {
                    joined.push(Vec::new());
                } else {
                    joined.last_mut().unwrap().extend(part);
                }
            }
            prop_assert_eq!(joined.pop(), Some(Vec::new()));
            prop_assert_eq!(joined, messages);
            prop_assert!(!is_amid);
        }
    }
}
