//! One connection's streams, windows and rules (pure): RFC 9113 §5–6 as far as tunnels need it.
//!
//! Frames go in ([`State::on_frame`], [`State::on_data`]), frames come out ([`State::out`]), and what the
//! streams' owners have to know stands in [`State::effects`]. Both ends are here: they differ in who may
//! open streams. Absent on purpose: priorities, push, trailers as anything but an end.

mod receive;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use http::{HeaderMap, StatusCode};

use crate::config::TunnelSettings;
use crate::hbone::budget::Share;
use crate::hbone::error::{By, Error};
use crate::hbone::frame::{self, DEFAULT_FRAME, DEFAULT_WINDOW, Reason, setting};
use crate::hbone::hpack::{Decoder, Encoder};
use crate::hbone::limits::Floods;
use crate::hbone::message::{self, Answer, Request};
use crate::hbone::windows::{Window, Windows};
use crate::sparse;

/// Streams assumed before the peer has said how many (`spec/hbone.md` §4).
const INITIAL_STREAMS: usize = 100;
const SERVER_STREAMS: u32 = 200;
const CLIENT_HEADER_LIST: u32 = 16 << 10;
const SERVER_HEADER_LIST: u32 = 64 << 10;
/// GOAWAY that names no last stream yet.
const ALL_STREAMS: u32 = (1 << 31) - 1;
/// Of the PING behind the first GOAWAY: when it comes back, no stream is under way any more.
const DRAIN_PING: [u8; 8] = *b"draining";

/// Which end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Opens streams.
    Client,
    /// Is asked for them.
    Server,
}

/// What a stream's owner, or the connection's, has to know.
#[derive(Debug)]
pub enum Effect<T> {
    /// Somebody asks for a stream.
    Asked(u32, Request),
    /// The answer to ours.
    Answered(T, Answer),
    /// The peer sends no more.
    Ended(T),
    /// It is over.
    Failed(T, Error),
    /// There may be room to send.
    Room(T),
    /// There may be room for another stream, or never again.
    Slots,
    /// Our PING came back.
    Pong,
}

#[derive(Debug)]
struct Stream<T> {
    owner: Option<T>,
    send_window: i64,
    receive: Window,
    local_end: bool,
    remote_end: bool,
    is_answered: bool,
}

impl<T> Stream<T> {
    fn is_over(&self) -> bool {
        self.local_end && self.remote_end
    }
}

/// What the peer allows.
#[derive(Debug)]
struct Peer {
    window: i64,
    frame: usize,
    streams: usize,
    is_known: bool,
}

/// A header block that is not complete.
#[derive(Debug)]
struct Block {
    stream: u32,
    is_end: bool,
    bytes: Vec<u8>,
    parts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    Announced,
    Final,
}

/// The connection; `T` is the owner of a stream.
#[derive(Debug)]
pub struct State<T> {
    role: Role,
    own: TunnelSettings,
    peer: Peer,
    streams: HashMap<u32, Stream<T>>,
    /// Streams that are not over, whoever still holds them.
    open: usize,
    send_window: i64,
    windows: Windows,
    /// The next stream of ours.
    next: u32,
    /// The last stream of the peer's.
    last: u32,
    gone: Option<Error>,
    closing: Closing,
    block: Option<Block>,
    decoder: Decoder,
    floods: Floods,
    must_empty_table: bool,
    /// Frames for the peer.
    pub out: Vec<u8>,
    /// News for owners.
    pub effects: Vec<Effect<T>>,
}

impl<T: Clone> State<T> {
    /// A new connection; what opens it is in `out`. Its windows grow as far as `share` allows.
    #[must_use]
    pub fn new(role: Role, own: TunnelSettings, share: Option<Share>) -> Self {
        let mut out = Vec::new();
        let windows = Windows::new(own, share);
        let first = match role {
            Role::Client => windows.of_stream(),
            Role::Server => windows.of_asked(),
        };
        let common = [
            (setting::INITIAL_WINDOW_SIZE, first),
            (setting::MAX_FRAME_SIZE, own.frame_size),
        ];
        let lists = match role {
            Role::Client => {
                out.extend_from_slice(frame::PREFACE);
                let first = [(setting::ENABLE_PUSH, 0)];
                let list = [(setting::MAX_HEADER_LIST_SIZE, CLIENT_HEADER_LIST)];
                frame::put_settings(&mut out, &[&first[..], &common, &list].concat());
                CLIENT_HEADER_LIST
            }
            Role::Server => {
                let first = [(setting::MAX_CONCURRENT_STREAMS, SERVER_STREAMS)];
                let list = [(setting::MAX_HEADER_LIST_SIZE, SERVER_HEADER_LIST)];
                frame::put_settings(&mut out, &[&first[..], &common, &list].concat());
                SERVER_HEADER_LIST
            }
        };
        put_credit(&mut out, 0, windows.first_credit().into());
        Self {
            role,
            own,
            peer: Peer {
                window: i64::from(DEFAULT_WINDOW),
                frame: DEFAULT_FRAME,
                streams: INITIAL_STREAMS,
                is_known: false,
            },
            streams: HashMap::new(),
            open: 0,
            send_window: i64::from(DEFAULT_WINDOW),
            windows,
            next: 1,
            last: 0,
            gone: None,
            closing: Closing::No,
            block: None,
            decoder: Decoder::new(lists as usize),
            floods: Floods::default(),
            must_empty_table: false,
            out,
            effects: Vec::new(),
        }
    }

    /// Whether the peer's SETTINGS have come.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.peer.is_known
    }

    /// The largest body that is kept together.
    pub const BODY_LIMIT: usize = receive::MAX_BLOCK;

    /// The largest frame that we accept.
    #[must_use]
    pub fn largest_frame(&self) -> usize {
        self.own.frame_size as usize
    }

    /// The largest frame that the peer accepts.
    #[must_use]
    pub fn frame_limit(&self) -> usize {
        self.peer.frame
    }

    /// How many streams may be open at once.
    #[must_use]
    pub fn stream_limit(&self) -> usize {
        self.peer.streams
    }

    /// How many are.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.open
    }

    /// Whether no stream will come any more.
    #[must_use]
    pub fn takes_no_more(&self) -> bool {
        self.gone.is_some() || self.closing == Closing::Final
    }

    /// Why no stream can be opened, if that is so.
    #[must_use]
    pub fn gone(&self) -> Option<&Error> {
        self.gone.as_ref()
    }

    fn encoder(&mut self) -> Encoder {
        let mut encoder = Encoder::default();
        if std::mem::take(&mut self.must_empty_table) {
            encoder.empty_table();
        }
        encoder
    }

    fn stream(&self, (send_window, owner): (i64, Option<T>)) -> Stream<T> {
        Stream {
            owner,
            send_window,
            receive: self.windows.stream(self.role == Role::Server),
            local_end: false,
            remote_end: false,
            is_answered: false,
        }
    }

    /// Asks for a stream; none while there is no place for it.
    pub fn open(&mut self, authority: &str, headers: &HeaderMap, owner: T) -> Result<Option<u32>, Error> {
        if let Some(error) = &self.gone {
            return Err(error.clone());
        }
        if self.next > ALL_STREAMS {
            return Err(Error::Connection(
                By::Us,
                Reason::NO_ERROR,
                "no stream numbers are left".into(),
            ));
        }
        if self.open >= self.peer.streams {
            return Ok(None);
        }
        let id = self.next;
        self.next += 2;
        self.open += 1;
        let mut encoder = self.encoder();
        message::put_request(&mut encoder, authority, headers);
        frame::put_headers(&mut self.out, id, (&encoder.block, false), self.peer.frame);
        let stream = self.stream((self.peer.window, Some(owner)));
        self.streams.insert(id, stream);
        Ok(Some(id))
    }

    /// Who is told of a stream that was asked for.
    pub fn adopt(&mut self, id: u32, owner: T) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.owner = Some(owner);
        }
    }

    /// Whether the peer sends no more on a stream.
    #[must_use]
    pub fn has_peer_ended(&self, id: u32) -> bool {
        self.streams.get(&id).is_some_and(|stream| stream.remote_end)
    }

    /// Answers; with anything but a 200 the stream is over on our side.
    pub fn answer(&mut self, id: u32, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
        let is_end = status != StatusCode::OK;
        let stream = self.streams.get_mut(&id).ok_or_else(Error::cut)?;
        stream.is_answered = true;
        stream.local_end |= is_end;
        let more = if is_end || stream.remote_end {
            0
        } else {
            self.windows.accepted(&mut stream.receive)
        };
        let mut encoder = self.encoder();
        message::put_answer(&mut encoder, status, headers);
        frame::put_headers(&mut self.out, id, (&encoder.block, is_end), self.peer.frame);
        put_credit(&mut self.out, id, more);
        self.settle(id);
        Ok(())
    }

    /// Takes up to `wanted` bytes of room to send; zero if there is none now.
    pub fn reserve(&mut self, id: u32, wanted: usize) -> Result<usize, Error> {
        let stream = self.streams.get_mut(&id).ok_or_else(Error::cut)?;
        let room = self.send_window.min(stream.send_window);
        let taken = usize::try_from(room).unwrap_or(0).min(wanted);
        let part = i64::try_from(taken).unwrap_or(0);
        stream.send_window -= part;
        self.send_window -= part;
        Ok(taken)
    }

    /// Gives room back that was not used.
    pub fn give_back(&mut self, id: u32, unused: usize) {
        let unused = i64::try_from(unused).unwrap_or(0);
        if unused == 0 {
            return;
        }
        if self.send_window <= 0 {
            self.all_have_room();
        }
        self.send_window += unused;
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.send_window += unused;
        }
    }

    fn all_have_room(&mut self) {
        let owners = self.streams.values().filter_map(|stream| stream.owner.clone());
        self.effects.extend(owners.map(Effect::Room));
    }

    /// Ends our direction of a stream.
    pub fn end(&mut self, id: u32) {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| !stream.local_end) else {
            return; // a stream that is gone already needs no end
        };
        stream.local_end = true;
        frame::put(
            &mut self.out,
            (frame::kind::DATA, frame::flag::END_STREAM, id),
            &[],
        );
        self.settle(id);
    }

    /// The application has taken bytes; the peer may send as many more, which it is told in bulk.
    pub fn accept(&mut self, id: u32, count: usize) {
        if let Some(stream) = self.streams.get_mut(&id)
            && !stream.remote_end
        {
            let more = self.windows.taken_of(&mut stream.receive, count);
            put_credit(&mut self.out, id, more);
        }
        let more = self.windows.taken(count);
        put_credit(&mut self.out, 0, more);
    }

    /// The owner lets go; a stream that is not over is cancelled. `held` bytes were never taken.
    pub fn release(&mut self, id: u32, held: usize) {
        self.accept(0, held);
        let Some(stream) = sparse::remove(&mut self.streams, &id) else {
            return;
        };
        self.windows.closed(&stream.receive);
        if !stream.is_over() {
            frame::put_reset(&mut self.out, id, Reason::CANCEL);
            self.closed_one();
        }
    }

    fn closed_one(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.effects.push(Effect::Slots);
    }

    /// Counts a stream out that has just come to its end.
    fn settle(&mut self, id: u32) {
        if self.streams.get(&id).is_some_and(Stream::is_over) {
            self.closed_one();
            if self.streams.get(&id).is_some_and(|stream| stream.owner.is_none()) {
                sparse::remove(&mut self.streams, &id);
            }
        }
    }

    /// Ends a stream for what the peer did, or said.
    fn fail(&mut self, id: u32, error: Error) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        if stream.is_over() {
            return;
        }
        (stream.local_end, stream.remote_end) = (true, true);
        if let Some(owner) = stream.owner.clone() {
            self.effects.push(Effect::Failed(owner, error));
        } else {
            sparse::remove(&mut self.streams, &id);
        }
        self.closed_one();
    }

    /// Resets a stream whose peer broke a rule of streams.
    fn reset(&mut self, id: u32, reason: Reason) {
        frame::put_reset(&mut self.out, id, reason);
        self.fail(id, Error::Stream(By::Us, reason));
    }

    /// Every stream has failed.
    pub fn fail_all(&mut self, error: &Error) {
        let ids: Vec<u32> = self.streams.keys().copied().collect();
        for id in ids {
            self.fail(id, error.clone());
        }
        self.gone.get_or_insert_with(|| error.clone());
        self.effects.push(Effect::Slots);
    }

    /// Our PING.
    pub fn ping(&mut self, payload: [u8; 8]) {
        frame::put(&mut self.out, (frame::kind::PING, 0, 0), &payload);
    }

    /// Takes no new streams, in the two steps that lose none (RFC 9113 §6.8).
    pub fn drain(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::Announced;
            frame::put_goaway(&mut self.out, ALL_STREAMS, (Reason::NO_ERROR, ""));
            self.ping(DRAIN_PING);
        }
    }

    /// Tells the peer that this is the end.
    pub fn say_goodbye(&mut self, reason: Reason, word: &str) {
        self.closing = Closing::Final;
        frame::put_goaway(&mut self.out, self.last, (reason, word));
    }
}

fn put_credit(out: &mut Vec<u8>, stream: u32, owed: i64) {
    if let Ok(increment @ 1..) = u32::try_from(owed) {
        frame::put_window_update(out, stream, increment);
    }
}
