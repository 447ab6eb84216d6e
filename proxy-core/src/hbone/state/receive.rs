//! What the peer's frames do (pure).

use std::time::Duration;

use crate::hbone::error::{By, Error};
use crate::hbone::frame::{self, DEFAULT_FRAME, Head, MAX_WINDOW, Reason, flag, kind, setting};
use crate::hbone::hpack::HpackError;
use crate::hbone::limits::Flood;
use crate::hbone::message::{Fields, Malformed};
use crate::hbone::state::{Block, Closing, DRAIN_PING, Effect, Role, SERVER_STREAMS, State, put_credit};

/// Bytes of one header block on the wire.
pub(super) const MAX_BLOCK: usize = 64 << 10;
const MAX_CONTINUATIONS: usize = 16;
const MAX_SETTINGS: usize = 10;
/// A window update of fewer bytes is counted.
const TINY_WINDOW: i64 = 1_024;

type Done = Result<(), Error>;

fn broken(word: &'static str) -> Error {
    Error::broken(Reason::PROTOCOL_ERROR, word)
}

fn wrong_size(word: &'static str) -> Error {
    Error::broken(Reason::FRAME_SIZE_ERROR, word)
}

fn calm(word: &'static str) -> Error {
    Error::broken(Reason::ENHANCE_YOUR_CALM, word)
}

fn number(body: &[u8]) -> Option<u32> {
    body.try_into().ok().map(u32::from_be_bytes)
}

/// What is left of a padded body.
fn unpadded(head: Head, body: &[u8]) -> Option<&[u8]> {
    if !head.has(flag::PADDED) {
        return Some(body);
    }
    let (padding, rest) = body.split_first()?;
    rest.get(..rest.len().checked_sub(usize::from(*padding))?)
}

impl<T: Clone> State<T> {
    /// Whether a frame with this header may come now. To be asked before its body is read.
    pub fn on_head(&mut self, head: Head) -> Done {
        if head.length > self.largest_frame() {
            return Err(wrong_size("h2_frame_size"));
        }
        if !self.peer.is_known && (head.kind != kind::SETTINGS || head.has(flag::ACK)) {
            return Err(broken("h2_no_settings"));
        }
        match &self.block {
            Some(block) if head.kind != kind::CONTINUATION || head.stream != block.stream => {
                Err(broken("h2_block_interrupted"))
            }
            None if head.kind == kind::CONTINUATION => Err(broken("h2_continuation")),
            _ => Ok(()),
        }
    }

    /// The beginning of DATA: the whole frame counts against the windows. Whoever owns the stream gets
    /// the bytes; nobody does if it is gone.
    pub fn on_data(&mut self, head: Head, now: Duration) -> Result<Option<T>, Error> {
        let (id, length) = (head.stream, i64::try_from(head.length).unwrap_or(i64::MAX));
        if self.is_idle(id) {
            return Err(broken("h2_data_on_idle"));
        }
        let Some(more) = self.windows.received(head.length) else {
            return Err(Error::broken(Reason::FLOW_CONTROL_ERROR, "h2_connection_window"));
        };
        put_credit(&mut self.out, 0, more);
        if head.length == 0 && !head.has(flag::END_STREAM) {
            self.floods.count(Flood::EmptyData, now)?;
        }
        let is_client = self.role == Role::Client;
        let wrong = match self.streams.get_mut(&id) {
            None => None, // it is over, and the peer may not know yet
            Some(stream) if stream.remote_end => Some(Reason::STREAM_CLOSED),
            Some(stream) if is_client && !stream.is_answered => Some(Reason::PROTOCOL_ERROR),
            Some(stream) => {
                stream.receive.left -= length;
                if stream.receive.left >= 0 {
                    return Ok(stream.owner.clone());
                }
                Some(Reason::FLOW_CONTROL_ERROR)
            }
        };
        if let Some(reason) = wrong {
            self.floods.count(Flood::Reset, now)?;
            self.reset(id, reason);
        }
        self.accept(0, head.length); // nobody else will
        Ok(None)
    }

    /// The end of a stream's data, if this frame says so.
    pub fn on_data_end(&mut self, head: Head) {
        if head.has(flag::END_STREAM) {
            self.remote_end(head.stream);
        }
    }

    fn remote_end(&mut self, id: u32) {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| !stream.remote_end) else {
            return;
        };
        stream.remote_end = true;
        if let Some(owner) = stream.owner.clone() {
            self.effects.push(Effect::Ended(owner));
        }
        self.settle(id);
    }

    /// Whether the stream has never been opened.
    fn is_idle(&self, id: u32) -> bool {
        match (self.role, id % 2) {
            (Role::Client, 1) => id >= self.next,
            (Role::Server, 1) => id > self.last,
            _ => true,
        }
    }

    /// Any other frame, with its whole body.
    pub fn on_frame(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        match head.kind {
            kind::HEADERS => self.on_headers(head, body, now),
            kind::CONTINUATION => self.on_continuation(head, body, now),
            kind::RST_STREAM => self.on_reset(head, body, now),
            kind::SETTINGS => self.on_settings(head, body, now),
            kind::PING => self.on_ping(head, body, now),
            kind::GOAWAY => self.on_goaway(head, body),
            kind::WINDOW_UPDATE => self.on_window_update(head, body, now),
            kind::PUSH_PROMISE => Err(broken("h2_push")),
            kind::PRIORITY => {
                self.floods.count(Flood::Priority, now)?;
                match (head.stream, body.len()) {
                    (0, _) => Err(broken("h2_priority")),
                    (_, 5) => Ok(()),
                    _ => Err(wrong_size("h2_priority")),
                }
            }
            _ => self.floods.count(Flood::Unknown, now),
        }
    }

    /// A frame that is larger than any of its kind need be.
    pub fn on_skipped(&mut self, head: Head, now: Duration) -> Done {
        match head.kind {
            kind::HEADERS | kind::CONTINUATION => Err(calm("h2_header_block")),
            0..=kind::CONTINUATION => Err(wrong_size("h2_frame_size")),
            _ => self.floods.count(Flood::Unknown, now),
        }
    }

    fn on_headers(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        let id = head.stream;
        if id.is_multiple_of(2) {
            return Err(broken("h2_stream_number"));
        }
        let mut block = unpadded(head, body).ok_or_else(|| broken("h2_padding"))?;
        if head.has(flag::PRIORITY) {
            let (_, rest) = block
                .split_at_checked(5)
                .ok_or_else(|| wrong_size("h2_priority"))?;
            block = rest;
        }
        self.block = Some(Block {
            stream: id,
            is_end: head.has(flag::END_STREAM),
            bytes: block.to_vec(),
            parts: 0,
        });
        self.finish_block(head, now)
    }

    fn on_continuation(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        if let Some(block) = &mut self.block {
            block.parts += 1;
            block.bytes.extend_from_slice(body);
        }
        self.finish_block(head, now)
    }

    fn finish_block(&mut self, head: Head, now: Duration) -> Done {
        let Some(block) = self.block.take() else {
            return Ok(());
        };
        if block.bytes.len() > MAX_BLOCK {
            return Err(calm("h2_header_block"));
        }
        if block.parts > MAX_CONTINUATIONS {
            return Err(calm("h2_continuation_flood"));
        }
        if !head.has(flag::END_HEADERS) {
            self.block = Some(block);
            return Ok(());
        }
        let mut fields = Fields::default();
        let decoded = self
            .decoder
            .decode(&block.bytes, |name, value| fields.add(name, value));
        match decoded {
            Ok(()) => self.on_list(block.stream, block.is_end, fields, now),
            Err(HpackError::TooLarge) => Err(calm("h2_header_list")),
            Err(HpackError::Invalid) => Err(Error::broken(Reason::COMPRESSION_ERROR, "h2_hpack")),
        }
    }

    fn on_list(&mut self, id: u32, is_end: bool, fields: Fields, now: Duration) -> Done {
        let Some(stream) = self.streams.get_mut(&id) else {
            return match self.role {
                Role::Server if id > self.last => self.on_request(id, is_end, fields, now),
                Role::Client if id >= self.next => Err(broken("h2_headers_on_idle")),
                // of a stream that is over, of which the peer may not know yet
                _ => self.floods.count(Flood::Reset, now),
            };
        };
        let is_wrong = match (self.role, stream.is_answered) {
            _ if stream.remote_end => Some(Reason::STREAM_CLOSED),
            (Role::Client, false) => {
                return match fields.answer() {
                    Ok(answer) if answer.status.is_informational() && !is_end => Ok(()),
                    Ok(answer) if !answer.status.is_informational() => {
                        stream.is_answered = true;
                        if let Some(owner) = stream.owner.clone() {
                            self.effects.push(Effect::Answered(owner, answer));
                        }
                        if is_end {
                            self.remote_end(id);
                        }
                        Ok(())
                    }
                    Ok(_) | Err(Malformed) => self.break_stream(id, Reason::PROTOCOL_ERROR, now),
                };
            }
            _ if is_end && fields.is_trailer() => None,
            _ => Some(Reason::PROTOCOL_ERROR),
        };
        if let Some(reason) = is_wrong {
            return self.break_stream(id, reason, now);
        }
        self.remote_end(id);
        Ok(())
    }

    fn break_stream(&mut self, id: u32, reason: Reason, now: Duration) -> Done {
        self.floods.count(Flood::Reset, now)?;
        self.reset(id, reason);
        Ok(())
    }

    fn on_request(&mut self, id: u32, is_end: bool, fields: Fields, now: Duration) -> Done {
        if self.closing == Closing::Final {
            return Ok(()); // the peer has been told that this stream will not be looked at
        }
        self.last = id;
        let request = match fields.request() {
            Ok(request) if self.open < SERVER_STREAMS as usize => request,
            Ok(_) => return self.break_stream(id, Reason::REFUSED_STREAM, now),
            Err(Malformed) => return self.break_stream(id, Reason::PROTOCOL_ERROR, now),
        };
        let mut stream = self.stream((self.peer.window, None));
        stream.remote_end = is_end;
        self.streams.insert(id, stream);
        self.open += 1;
        self.effects.push(Effect::Asked(id, request));
        Ok(())
    }

    fn on_reset(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        let reason = number(body).ok_or_else(|| wrong_size("h2_reset"))?;
        if self.is_idle(head.stream) {
            return Err(broken("h2_reset_on_idle"));
        }
        let Some(stream) = self.streams.get(&head.stream) else {
            return Ok(());
        };
        // a stream that was answered has cost its peer something: its end is ordinary
        if self.role == Role::Server && !stream.is_answered {
            self.floods.count(Flood::Reset, now)?;
        }
        let has_ended = stream.remote_end;
        match Reason(reason) {
            // everything was sent: nothing is missing, and nothing more is wanted
            Reason::NO_ERROR if !has_ended => self.remote_end(head.stream),
            _ => {}
        }
        self.fail(head.stream, Error::Stream(By::Peer, Reason(reason)));
        Ok(())
    }

    fn on_settings(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        if head.stream != 0 {
            return Err(broken("h2_settings"));
        }
        if head.has(flag::ACK) {
            return match body {
                [] => Ok(()),
                _ => Err(wrong_size("h2_settings")),
            };
        }
        if !body.len().is_multiple_of(6) {
            return Err(wrong_size("h2_settings"));
        }
        self.floods.count(Flood::Settings, now)?;
        if body.len() / 6 > MAX_SETTINGS {
            return Err(calm("h2_settings_entries"));
        }
        for entry in body.chunks_exact(6) {
            if let [a, b, value @ ..] = entry
                && let Some(value) = number(value)
            {
                self.set(u16::from_be_bytes([*a, *b]), value)?;
            }
        }
        if !std::mem::replace(&mut self.peer.is_known, true) {
            self.effects.push(Effect::Slots);
        }
        frame::put(&mut self.out, (kind::SETTINGS, flag::ACK, 0), &[]);
        Ok(())
    }

    fn set(&mut self, setting: u16, value: u32) -> Done {
        match setting {
            setting::HEADER_TABLE_SIZE => {
                self.must_empty_table |= value < 4_096;
            }
            setting::ENABLE_PUSH if value > 1 || (self.role == Role::Client && value > 0) => {
                return Err(broken("h2_settings_push"));
            }
            setting::MAX_CONCURRENT_STREAMS => {
                self.peer.streams = usize::try_from(value).unwrap_or(usize::MAX);
                self.effects.push(Effect::Slots);
            }
            setting::INITIAL_WINDOW_SIZE => {
                let overflow = || Error::broken(Reason::FLOW_CONTROL_ERROR, "h2_settings_window");
                let window = i64::from(value);
                if window > MAX_WINDOW {
                    return Err(overflow());
                }
                let change = window - self.peer.window;
                self.peer.window = window;
                for stream in self.streams.values_mut() {
                    stream.send_window += change;
                    if stream.send_window > MAX_WINDOW {
                        return Err(overflow());
                    }
                }
                self.all_have_room();
            }
            setting::MAX_FRAME_SIZE => {
                let frame = usize::try_from(value).unwrap_or(usize::MAX);
                if !(DEFAULT_FRAME..1 << 24).contains(&frame) {
                    return Err(broken("h2_settings_frame"));
                }
                self.peer.frame = frame;
            }
            _ => {}
        }
        Ok(())
    }

    fn on_ping(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        if head.stream != 0 {
            return Err(broken("h2_ping"));
        }
        let payload: [u8; 8] = body.try_into().map_err(|_| wrong_size("h2_ping"))?;
        if !head.has(flag::ACK) {
            self.floods.count(Flood::Ping, now)?;
            frame::put(&mut self.out, (kind::PING, flag::ACK, 0), &payload);
        } else if payload == DRAIN_PING && self.closing == Closing::Announced {
            self.say_goodbye(Reason::NO_ERROR, "");
        } else {
            self.effects.push(Effect::Pong);
        }
        Ok(())
    }

    fn on_goaway(&mut self, head: Head, body: &[u8]) -> Done {
        if head.stream != 0 {
            return Err(broken("h2_goaway"));
        }
        let (numbers, word) = body.split_at_checked(8).ok_or_else(|| wrong_size("h2_goaway"))?;
        let (last, reason) = numbers.split_at(4);
        let (last, reason) = (
            number(last).unwrap_or(0) & 0x7fff_ffff,
            number(reason).unwrap_or(0),
        );
        let word: String = String::from_utf8_lossy(word).chars().take(100).collect();
        let error = Error::Connection(By::Peer, Reason(reason), word.into());
        self.gone = Some(error.clone());
        if self.role == Role::Client {
            let unseen: Vec<u32> = self.streams.keys().copied().filter(|id| *id > last).collect();
            for id in unseen {
                self.fail(id, error.clone());
            }
        }
        self.effects.push(Effect::Slots);
        Ok(())
    }

    fn on_window_update(&mut self, head: Head, body: &[u8], now: Duration) -> Done {
        let increment = number(body).ok_or_else(|| wrong_size("h2_window_update"))? & 0x7fff_ffff;
        let increment = i64::from(increment);
        if increment < TINY_WINDOW {
            self.floods.count(Flood::TinyWindow, now)?;
        }
        if head.stream == 0 {
            let before = self.send_window;
            self.send_window += increment;
            if increment == 0 {
                return Err(broken("h2_window_update"));
            }
            if self.send_window > MAX_WINDOW {
                return Err(Error::broken(Reason::FLOW_CONTROL_ERROR, "h2_window_overflow"));
            }
            if before <= 0 {
                self.all_have_room();
            }
            return Ok(());
        }
        if self.is_idle(head.stream) {
            return Err(broken("h2_window_on_idle"));
        }
        let Some(stream) = self.streams.get_mut(&head.stream) else {
            return Ok(());
        };
        stream.send_window += increment;
        if increment == 0 {
            return self.break_stream(head.stream, Reason::PROTOCOL_ERROR, now);
        }
        if stream.send_window > MAX_WINDOW {
            return self.break_stream(head.stream, Reason::FLOW_CONTROL_ERROR, now);
        }
        if let Some(owner) = stream.owner.clone() {
            self.effects.push(Effect::Room(owner));
        }
        Ok(())
    }
}
