//! What the peer may send us (pure): the windows of a tunnel and of its streams, how they grow and shrink
//! (`spec/security.md` §9).
//!
//! Whether fifty readers stand still or not, the others' bytes must find room: a stream begins with a
//! sixty-fourth of what its tunnel may have, and only one whose application reads is offered more, from a
//! part that all of them share.

use crate::config::TunnelSettings;
use crate::hbone::budget::Share;
use crate::hbone::frame::DEFAULT_WINDOW;

/// A tunnel's first window.
const FIRST_OF_TUNNEL: u32 = 256 << 10;
/// What a caller may send before its CONNECT is answered.
const BEFORE_ANSWER: u32 = 64 << 10;
/// How many streams that stand still leave room for others.
const STREAMS: u32 = 64;
/// No stream is offered less once it is answered.
const LEAST_OF_STREAM: u32 = 16 << 10;

/// The window of one stream, or of a tunnel: `left` is what may still come, `owed` what was taken and not
/// yet offered again, and the rest of `size` is what nobody has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    size: u32,
    /// What may still come.
    pub left: i64,
    owed: i64,
}

impl Window {
    fn new(size: u32) -> Self {
        Self {
            size,
            left: i64::from(size),
            owed: 0,
        }
    }

    /// Makes room: gives what the peer is to be told.
    fn open(&mut self, more: i64) -> i64 {
        self.left += more;
        more
    }

    /// All of it, in bytes.
    #[cfg(test)]
    pub(super) fn size(&self) -> i64 {
        self.size.into()
    }

    /// Whether what was taken is worth a frame: a quarter, or as much as may still come where others that
    /// stand still have the rest.
    fn is_due(&self) -> bool {
        self.owed > 0 && self.owed >= i64::from(self.size / 4).min(self.left)
    }
}

/// All windows of one tunnel.
#[derive(Debug)]
pub struct Windows {
    own: TunnelSettings,
    share: Option<Share>,
    tunnel: Window,
    /// What streams that read may have beyond their first window, together.
    spare: u32,
}

impl Windows {
    /// Those of a new tunnel; without a share they are bounded for the tunnel alone.
    #[must_use]
    pub fn new(own: TunnelSettings, share: Option<Share>) -> Self {
        let mut windows = Self {
            own,
            share,
            tunnel: Window::new(DEFAULT_WINDOW),
            spare: own.connection_window / 16 * 3,
        };
        let first = own.connection_window.min(FIRST_OF_TUNNEL);
        windows.tunnel = Window::new(windows.resized(first, DEFAULT_WINDOW));
        windows
    }

    fn resized(&mut self, wanted: u32, least: u32) -> u32 {
        match &mut self.share {
            Some(share) => share.resize(wanted, least),
            None => wanted.max(least),
        }
    }

    /// What may still come through the tunnel, in bytes.
    #[cfg(test)]
    pub(super) fn room(&self) -> i64 {
        self.tunnel.left
    }

    /// What is said of the tunnel's window at its beginning.
    #[must_use]
    pub fn first_credit(&self) -> u32 {
        self.tunnel.size - DEFAULT_WINDOW
    }

    /// The window of every stream of ours, and of those that we have accepted.
    #[must_use]
    pub fn of_stream(&self) -> u32 {
        let part = self.own.connection_window / STREAMS;
        self.own.stream_window.min(part.max(LEAST_OF_STREAM))
    }

    /// The window of a stream that is asked for.
    #[must_use]
    pub fn of_asked(&self) -> u32 {
        self.of_stream().min(BEFORE_ANSWER)
    }

    /// A stream that is asked for, or one of ours.
    #[must_use]
    pub fn stream(&self, is_asked: bool) -> Window {
        Window::new(if is_asked {
            self.of_asked()
        } else {
            self.of_stream()
        })
    }

    /// A stream was accepted: what its peer is to be told.
    pub fn accepted(&self, stream: &mut Window) -> i64 {
        let more = self.of_stream() - stream.size;
        stream.size += more;
        stream.open(more.into())
    }

    /// Bytes have come. None if they are more than was offered, else what the peer is to be told: a tunnel
    /// is offered more as soon as half of its window is in use.
    pub fn received(&mut self, count: usize) -> Option<i64> {
        self.tunnel.left -= i64::try_from(count).unwrap_or(i64::MAX);
        if self.tunnel.left < 0 {
            return None;
        }
        let size = self.tunnel.size;
        if self.tunnel.left >= i64::from(size / 2) || size >= self.own.connection_window {
            return Some(0);
        }
        let wanted = size.saturating_mul(2).min(self.own.connection_window);
        self.tunnel.size = self.resized(wanted, size);
        let more = self.tunnel.size - size;
        Some(self.tunnel.open(more.into()))
    }

    /// Bytes of a tunnel were taken: what the peer is to be told.
    pub fn taken(&mut self, count: usize) -> i64 {
        self.tunnel.owed += i64::try_from(count).unwrap_or(0);
        if !self.tunnel.is_due() {
            return 0;
        }
        let owed = u32::try_from(std::mem::take(&mut self.tunnel.owed)).unwrap_or(u32::MAX);
        let size = self.tunnel.size;
        let rest = size.saturating_sub(owed);
        self.tunnel.size = self.resized(size, rest.max(DEFAULT_WINDOW.min(size)));
        let more = self.tunnel.size - rest;
        self.tunnel.open(more.into())
    }

    /// Bytes of a stream were taken: what the peer is to be told. Who reads is offered more.
    pub fn taken_of(&mut self, stream: &mut Window, count: usize) -> i64 {
        stream.owed += i64::try_from(count).unwrap_or(0);
        if !stream.is_due() {
            return 0;
        }
        let room = self.own.stream_window.saturating_sub(stream.size);
        let more = stream.size.min(room).min(self.spare);
        self.spare -= more;
        stream.size += more;
        let owed = std::mem::take(&mut stream.owed);
        stream.open(owed + i64::from(more))
    }

    /// A stream is gone.
    pub fn closed(&mut self, stream: &Window) {
        self.spare += stream.size.saturating_sub(self.of_stream());
    }
}
