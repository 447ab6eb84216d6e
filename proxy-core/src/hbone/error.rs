//! What can go wrong on a tunnel (pure). Texts are those of the field; tools match on them.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::hbone::frame::Reason;

/// Who ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The peer said so.
    Peer,
    /// The peer broke a rule.
    Us,
}

/// Why a stream or its connection ended.
#[derive(Debug, Clone)]
pub enum Error {
    /// One stream.
    Stream(By, Reason),
    /// The connection, with a word that tells more.
    Connection(By, Reason, Cow<'static, str>),
    /// The socket, or the records on it.
    Io(io::ErrorKind, Arc<str>),
}

impl Error {
    /// The peer broke a rule of the connection.
    #[must_use]
    pub fn broken(reason: Reason, word: &'static str) -> Self {
        Self::Connection(By::Us, reason, Cow::Borrowed(word))
    }

    /// The connection ended while streams were open.
    #[must_use]
    pub fn cut() -> Self {
        Self::Io(
            io::ErrorKind::BrokenPipe,
            "stream closed because of a broken pipe".into(),
        )
    }

    /// Whether the socket is at fault.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io(..))
    }

    /// Whether the connection as a whole was ended.
    #[must_use]
    pub fn is_go_away(&self) -> bool {
        matches!(self, Self::Connection(..))
    }

    /// The code, where HTTP/2 has one.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Stream(_, reason) | Self::Connection(_, reason, _) => Some(*reason),
            Self::Io(..) => None,
        }
    }

    /// The word that says which rule was broken, for the counter.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Connection(By::Us, _, Cow::Borrowed(word)) => word,
            Self::Io(io::ErrorKind::InvalidData, _) => "tls_record",
            _ => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = |by: &By| match by {
            By::Peer => "received",
            By::Us => "detected",
        };
        match self {
            Self::Stream(by, reason) => write!(out, "stream error {}: {reason}", verb(by)),
            Self::Connection(by, reason, word) if word.is_empty() => {
                write!(out, "connection error {}: {reason}", verb(by))
            }
            Self::Connection(by, reason, word) => {
                write!(out, "connection error {}: {reason} ({word})", verb(by))
            }
            Self::Io(_, text) => out.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind(), error.to_string().into())
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match (&error, error.reason()) {
            (Error::Io(kind, text), _) => Self::new(*kind, text.to_string()),
            (_, Some(Reason::NO_ERROR | Reason::CANCEL | Reason::STREAM_CLOSED)) => {
                io::ErrorKind::BrokenPipe.into()
            }
            _ => Self::other(error),
        }
    }
}
