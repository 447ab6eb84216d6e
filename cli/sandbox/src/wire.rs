//! What the supervisor and a node say to each other over the node's socket.
//!
//! A connection carries one request and its answer, each a length and a JSON text; what follows depends on
//! the request: log bytes, forwarded bytes, or frames of an exec.

use crate::error::{Failure, Named, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// No message is longer.
const LIMIT: u32 = 4 << 20;

/// The pod meant: the uid guards against a namesake.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PodKey {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
}

/// What the supervisor asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Request {
    Logs {
        pod: PodKey,
        container: String,
        cut: LogCut,
    },
    Exec {
        pod: PodKey,
        container: String,
        command: Vec<String>,
        stdin: bool,
        tty: bool,
    },
    Forward {
        pod: PodKey,
        port: u16,
    },
    Usage,
}

/// Which part of a log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LogCut {
    pub(crate) follow: bool,
    pub(crate) tail: Option<u64>,
    pub(crate) since: Option<jiff::Timestamp>,
    pub(crate) timestamps: bool,
    pub(crate) previous: bool,
    pub(crate) limit: Option<u64>,
}

/// What the node answers first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The rest of the connection is what was asked for.
    Go,
    Usage(NodeUsage),
    PodGone,
    NoSuchContainer,
    NotRunning {
        state: String,
    },
    NoPreviousRun,
    Refused {
        reason: String,
    },
}

/// What a node's processes use: nanoseconds of CPU so far, bytes now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct NodeUsage {
    pub(crate) node: Spent,
    pub(crate) containers: Vec<(PodKey, BTreeMap<String, Spent>)>,
}

/// The use of one group of processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// Nanoseconds of CPU since the processes began.
    pub(crate) cpu: u64,
    /// Bytes of memory, shared pages counted in proportion.
    pub(crate) memory: u64,
}

/// Channels of an exec.
pub(crate) mod channel {
    /// Towards the process; an empty frame is its end.
    pub(crate) const STDIN: u8 = 0;
    pub(crate) const STDOUT: u8 = 1;
    pub(crate) const STDERR: u8 = 2;
    /// The exit code, as text; the last frame.
    pub(crate) const EXIT: u8 = 3;
    /// Columns and rows, two bytes each.
    pub(crate) const RESIZE: u8 = 4;
}

/// Writes one message.
pub(crate) async fn send<W: AsyncWrite + Unpin>(to: &mut W, message: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec(message).named(|| "cannot encode a message".to_owned())?;
    let length = u32::try_from(text.len()).named(|| "a message is too long".to_owned())?;
    to.write_u32(length)
        .await
        .named(|| "cannot send a message".to_owned())?;
    to.write_all(&text)
        .await
        .named(|| "cannot send a message".to_owned())?;
    to.flush().await.named(|| "cannot send a message".to_owned())
}

/// Reads one message.
pub(crate) async fn receive<R: AsyncRead + Unpin, T: DeserializeOwned>(from: &mut R) -> Result<T> {
    let length = from
        .read_u32()
        .await
        .named(|| "cannot receive a message".to_owned())?;
    if length > LIMIT {
        return Err(Failure::new("a message is too long"));
    }
    let mut text = vec![0; length as usize];
    from.read_exact(&mut text)
        .await
        .named(|| "cannot receive a message".to_owned())?;
    serde_json::from_slice(&text).named(|| "cannot decode a message".to_owned())
}

/// Writes one frame.
pub(crate) async fn send_frame<W: AsyncWrite + Unpin>(
    to: &mut W,
    channel: u8,
    bytes: &[u8],
) -> std::io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
    to.write_u8(channel).await?;
    to.write_u32(length).await?;
    to.write_all(bytes).await?;
    to.flush().await
}

/// Reads one frame.
pub(crate) async fn receive_frame<R: AsyncRead + Unpin>(from: &mut R) -> std::io::Result<(u8, Vec<u8>)> {
    let channel = from.read_u8().await?;
    let length = from.read_u32().await?;
    if length > LIMIT {
        return Err(std::io::Error::other("a frame is too long"));
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes).await?;
    Ok((channel, bytes))
}
