//! A response as it goes out: references to what is published, encoded in pieces while it is sent. (pure)
//!
//! The first response to a client of a large mesh is tens of megabytes, and a thousand clients may be given theirs at
//! once. None of them is ever whole in memory: a response holds what it tells of by reference, and one piece of its
//! encoding at a time. What one push tells everybody is encoded once, as a [`Segment`] that they share.

use std::sync::Arc;

use arcstr::ArcStr;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use mesh_wire::xds::DeltaDiscoveryResponse;
use prost::Message;
use prost::encoding::{WireType, decode_varint, encode_key, encode_varint, encoded_len_varint, key_len};

use super::resource::Resource;
use super::stream::Type;

/// Flag and length that gRPC puts before each message.
pub(super) const HEADER: usize = 5;
/// About how long a piece is, in bytes.
const PIECE: usize = 32 * 1024;
/// What is shared and no longer than this is put into one piece with what is not, since frames cost more than copies.
const SMALL: usize = 4 * 1024;

/// Fields of `DeltaDiscoveryResponse`, of the `Resource` in it, and of the `Any` in that.
mod field {
    pub(super) const RESOURCES: u32 = 2;
    pub(super) const TYPE_URL: u32 = 4;
    pub(super) const NONCE: u32 = 5;
    pub(super) const REMOVED: u32 = 6;
    pub(super) const VERSION: u32 = 1;
    pub(super) const BODY: u32 = 2;
    pub(super) const NAME: u32 = 3;
    pub(super) const ALIASES: u32 = 4;
    pub(super) const ANY_URL: u32 = 1;
    pub(super) const ANY_VALUE: u32 = 2;
}

/// One response of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The type of everything in it.
    pub kind: Type,
    /// What the client's answer names it by.
    pub nonce: ArcStr,
    pub(super) content: Content,
}

/// What a response tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// To one client.
    Listed(Listed),
    /// To everybody who follows all of a type.
    Shared(Arc<Segment>),
}

/// What one client is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) resources: Vec<Arc<Resource>>,
    pub(super) removed: Vec<String>,
    /// Those who demand resources by other names are told those names.
    pub(super) with_aliases: bool,
}

/// What one push tells everybody of one type, encoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Segment {
    resources: Bytes,
    removed: Vec<String>,
}

impl Segment {
    /// Encodes what is there now and names what is gone.
    #[must_use]
    pub fn new<'a>(
        kind: Type,
        resources: impl Iterator<Item = &'a Arc<Resource>>,
        removed: Vec<String>,
    ) -> Self {
        let mut out = BytesMut::new();
        for resource in resources {
            Row::new(kind, resource, false).put(&mut out);
        }
        let resources = out.freeze();
        Self { resources, removed }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.removed.is_empty()
    }
}

impl Response {
    /// Bytes of the message.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let resources = match &self.content {
            Content::Listed(listed) => self.rows(listed).map(|row| row.len()).sum(),
            Content::Shared(segment) => segment.resources.len(),
        };
        resources + self.tail_len()
    }

    /// How many names are told to be gone.
    fn removed(&self) -> &[String] {
        match &self.content {
            Content::Listed(listed) => &listed.removed,
            Content::Shared(segment) => &segment.removed,
        }
    }

    fn rows<'a>(&self, listed: &'a Listed) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let kind = self.kind;
        let row = move |one: &'a Arc<Resource>| Row::new(kind, one, listed.with_aliases);
        listed.resources.iter().map(row)
    }

    fn tail_len(&self) -> usize {
        let removed: usize = self
            .removed()
            .iter()
            .map(|name| len_of(field::REMOVED, name.len()))
            .sum();
        len_of(field::TYPE_URL, self.kind.url().len()) + len_of(field::NONCE, self.nonce.len()) + removed
    }

    fn put_tail(&self, out: &mut BytesMut) {
        put(field::TYPE_URL, self.kind.url().as_bytes(), out);
        put(field::NONCE, self.nonce.as_bytes(), out);
        for name in self.removed() {
            put(field::REMOVED, name.as_bytes(), out);
        }
    }

    /// The message behind its gRPC header, in pieces.
    #[must_use]
    pub fn into_pieces(self) -> Pieces {
        Pieces {
            length: self.encoded_len(),
            response: self,
            next: Next::Header,
        }
    }

    /// The message as a reader of the protocol has it.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "what is encoded here can be decoded")]
    pub fn to_wire(&self) -> DeltaDiscoveryResponse {
        let mut message = BytesMut::with_capacity(HEADER + self.encoded_len());
        self.clone().into_pieces().for_each(|piece| message.put(piece));
        message.advance(HEADER);
        DeltaDiscoveryResponse::decode(message).expect("what is encoded here is a response")
    }
}

/// The bytes of one message, a piece at a time.
#[derive(Debug)]
pub struct Pieces {
    response: Response,
    length: usize,
    next: Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Header,
    /// The resource of that number.
    Resource(usize),
    Tail,
    Nothing,
}

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut out = BytesMut::new();
        if self.next == Next::Header {
            out.reserve((HEADER + self.length).min(PIECE));
            put_header(self.length, &mut out);
            self.next = Next::Resource(0);
        }
        if let Next::Resource(from) = self.next {
            match &self.response.content {
                Content::Listed(listed) => self.next = put_some(self.response.kind, listed, from, &mut out),
                Content::Shared(segment) if from == 0 && segment.resources.len() > SMALL => {
                    self.next = Next::Resource(1);
                    return Some(out.freeze());
                }
                Content::Shared(segment) if from == 1 => {
                    self.next = Next::Tail;
                    return Some(segment.resources.clone());
                }
                Content::Shared(segment) => {
                    out.put_slice(&segment.resources);
                    self.next = Next::Tail;
                }
            }
        }
        if self.next == Next::Tail {
            self.response.put_tail(&mut out);
            self.next = Next::Nothing;
        }
        (!out.is_empty()).then(|| out.freeze())
    }
}

/// Encodes resources from that number on until a piece is full.
fn put_some(kind: Type, listed: &Listed, from: usize, out: &mut BytesMut) -> Next {
    for (at, resource) in listed.resources.iter().enumerate().skip(from) {
        if out.len() >= PIECE {
            return Next::Resource(at);
        }
        Row::new(kind, resource, listed.with_aliases).put(out);
    }
    Next::Tail
}

pub(super) fn put_header(length: usize, out: &mut BytesMut) {
    out.put_u8(0);
    out.put_u32(u32::try_from(length).expect("a mesh of 4 GiB is none"));
}

/// One resource in a response.
struct Row<'a> {
    url: &'static str,
    resource: &'a Resource,
    body: &'a [u8],
    aliases: &'a [ArcStr],
}

impl<'a> Row<'a> {
    fn new(kind: Type, resource: &'a Resource, with_aliases: bool) -> Self {
        let body = match kind {
            Type::Workload => unwrapped(&resource.body),
            Type::Address | Type::Authorization => &resource.body,
        };
        let aliases = if with_aliases { &resource.aliases[..] } else { &[] };
        Self {
            url: kind.url(),
            resource,
            body,
            aliases,
        }
    }

    fn any_len(&self) -> usize {
        len_of(field::ANY_URL, self.url.len()) + len_of(field::ANY_VALUE, self.body.len())
    }

    /// Without the key and length of the field that it is.
    fn inner_len(&self) -> usize {
        let aliases = self
            .aliases
            .iter()
            .map(|alias| len_of(field::ALIASES, alias.len()));
        len_of(field::VERSION, self.resource.version.len())
            + len_of(field::BODY, self.any_len())
            + len_of(field::NAME, self.resource.name.len())
            + aliases.sum::<usize>()
    }

    fn len(&self) -> usize {
        len_of(field::RESOURCES, self.inner_len())
    }

    fn put(&self, out: &mut BytesMut) {
        put_key(field::RESOURCES, self.inner_len(), out);
        put(field::VERSION, self.resource.version.as_bytes(), out);
        put_key(field::BODY, self.any_len(), out);
        put(field::ANY_URL, self.url.as_bytes(), out);
        put(field::ANY_VALUE, self.body, out);
        put(field::NAME, self.resource.name.as_bytes(), out);
        for alias in self.aliases {
            put(field::ALIASES, alias.as_bytes(), out);
        }
    }
}

/// The Workload inside an encoded Address: what follows the one field's tag and length.
fn unwrapped(address: &[u8]) -> &[u8] {
    let mut body = address;
    let is_framed = decode_varint(&mut body).is_ok()
        && decode_varint(&mut body).is_ok_and(|length| length == body.remaining() as u64);
    if is_framed { body } else { &[] }
}

/// A field of that many bytes with its key and length; one without content is left out.
fn len_of(tag: u32, length: usize) -> usize {
    if length == 0 {
        return 0;
    }
    key_len(tag) + encoded_len_varint(length as u64) + length
}

fn put_key(tag: u32, length: usize, out: &mut BytesMut) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(length as u64, out);
}

fn put(tag: u32, content: &[u8], out: &mut BytesMut) {
    if !content.is_empty() {
        put_key(tag, content.len(), out);
        out.put_slice(content);
    }
}

#[cfg(test)]
mod tests {
    use mesh_wire::xds::Resource as WireResource;
    use prost_types::Any;

    use super::*;
    use crate::xds::resource::ResourceKind;

    fn resource(at: usize, size: usize) -> Arc<Resource> {
        Arc::new(Resource {
            kind: ResourceKind::Workload,
            name: arcstr::format!("Kubernetes//Pod/app/p{at}"),
            version: if at.is_multiple_of(2) {
                arcstr::format!("{at:x}")
            } else {
                ArcStr::new()
            },
            // an Address with a Workload of so many bytes
            body: [&[0x0a, u8::try_from(size).unwrap()][..], &vec![7; size]]
                .concat()
                .into(),
            aliases: vec![arcstr::format!("/10.0.0.{at}")],
            services: Vec::new(),
            node: ArcStr::new(),
            is_usable: true,
        })
    }

    fn expected(kind: Type, all: &[Arc<Resource>], with_aliases: bool) -> DeltaDiscoveryResponse {
        let wire = |one: &Arc<Resource>| WireResource {
            version: one.version.to_string(),
            resource: Some(Any {
                type_url: kind.url().to_owned(),
                value: one.body[if kind == Type::Workload { 2 } else { 0 }..].to_vec(),
            }),
            name: one.name.to_string(),
            aliases: if with_aliases {
                one.aliases.iter().map(ToString::to_string).collect()
            } else {
                Vec::new()
            },
            ..WireResource::default()
        };
        DeltaDiscoveryResponse {
            resources: all.iter().map(wire).collect(),
            type_url: kind.url().to_owned(),
            nonce: "n-1".to_owned(),
            removed_resources: vec!["gone".to_owned(), "a/gone".to_owned()],
            ..DeltaDiscoveryResponse::default()
        }
    }

    /// The pieces make up the message that the protocol's own encoder makes, behind its header.
    #[track_caller]
    fn check(response: Response, wanted: &DeltaDiscoveryResponse) {
        assert_eq!(response.to_wire(), *wanted);
        let (length, message) = (response.encoded_len(), wanted.encode_to_vec());
        let pieces: Vec<Bytes> = response.into_pieces().collect();
        assert!(pieces.iter().all(|piece| !piece.is_empty()));
        let bytes = pieces.concat();
        assert_eq!(bytes[1..HEADER], u32::try_from(length).unwrap().to_be_bytes());
        assert_eq!(bytes[HEADER..], message);
    }

    #[test]
    fn pieces_are_the_message_that_the_protocol_says() {
        let removed = vec!["gone".to_owned(), "a/gone".to_owned()];
        let nonce = ArcStr::from("n-1");
        for (count, size) in [(0, 0), (1, 0), (3, 100), (2_000, 120)] {
            let all: Vec<_> = (0..count).map(|at| resource(at, size)).collect();
            for kind in [Type::Address, Type::Workload, Type::Authorization] {
                for with_aliases in [false, true] {
                    let listed = Listed {
                        resources: all.clone(),
                        removed: removed.clone(),
                        with_aliases,
                    };
                    let (nonce, content) = (nonce.clone(), Content::Listed(listed));
                    let response = Response { kind, nonce, content };
                    check(response, &expected(kind, &all, with_aliases));
                }
                let segment = Segment::new(kind, all.iter(), removed.clone());
                let (nonce, content) = (nonce.clone(), Content::Shared(Arc::new(segment)));
                check(Response { kind, nonce, content }, &expected(kind, &all, false));
            }
        }
    }

    #[test]
    fn a_large_response_is_never_whole_in_memory() {
        let listed = Listed {
            resources: (0..20_000).map(|at| resource(at, 120)).collect(),
            ..Listed::default()
        };
        let response = Response {
            kind: Type::Address,
            nonce: "n-1".into(),
            content: Content::Listed(listed),
        };
        assert!(response.encoded_len() > 50 * PIECE);
        assert!(response.into_pieces().all(|piece| piece.len() < PIECE + SMALL));
    }
}
