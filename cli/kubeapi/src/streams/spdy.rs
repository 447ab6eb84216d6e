//! Port-forward over SPDY/3.1, as `kubectl port-forward` speaks it.
//!
//! A forwarded connection is a pair of streams that the client opens with one request id: `error` and `data`. Only what
//! that needs of SPDY is here: no flow control (the client's library has none), no server push, no priorities.

use std::collections::HashMap;
use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::forward::Target;
use super::spdy_headers::{Reader, Writer};

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const FIN: u8 = 1;
/// The largest frame that is read; the client's are at most 16 KiB and a header.
const LIMIT: usize = 1 << 20;

/// One frame.
#[derive(Debug, PartialEq, Eq)]
enum Frame {
    Control {
        kind: u16,
        flags: u8,
        payload: Vec<u8>,
    },
    Data {
        stream: u32,
        flags: u8,
        payload: Vec<u8>,
    },
}

impl Frame {
    async fn read<R: AsyncRead + Unpin>(from: &mut R) -> io::Result<Self> {
        let mut head = [0; 8];
        from.read_exact(&mut head).await?;
        let [a, b, c, d, flags, high, middle, low] = head;
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        if length > LIMIT {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a SPDY frame is larger than 1 MiB",
            ));
        }
        let mut payload = vec![0; length];
        from.read_exact(&mut payload).await?;
        Ok(if a & 0x80 == 0 {
            Self::Data {
                stream: u32::from_be_bytes([a, b, c, d]),
                flags,
                payload,
            }
        } else {
            Self::Control {
                kind: u16::from_be_bytes([c, d]),
                flags,
                payload,
            }
        })
    }

    fn write(&self) -> Bytes {
        let (head, flags, payload) = match self {
            Self::Control { kind, flags, payload } => (0x8003_0000 | u32::from(*kind), *flags, payload),
            Self::Data {
                stream,
                flags,
                payload,
            } => (*stream & 0x7fff_ffff, *flags, payload),
        };
        let mut bytes = head.to_be_bytes().to_vec();
        bytes.push(flags);
        let [_, length @ ..] = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
        bytes.extend(length);
        bytes.extend(payload);
        bytes.into()
    }

    fn data(stream: u32, payload: &[u8]) -> Self {
        Self::Data {
            stream,
            flags: 0,
            payload: payload.to_vec(),
        }
    }

    fn end(stream: u32) -> Self {
        Self::Data {
            stream,
            flags: FIN,
            payload: Vec::new(),
        }
    }
}

/// A stream the client opened.
struct Open {
    /// Bytes to the application; absent on error streams, and once the client has ended the stream.
    to_pod: Option<mpsc::Sender<Bytes>>,
}

struct Connection {
    target: Target,
    out: mpsc::Sender<Bytes>,
    headers: Reader,
    replies: Writer,
    streams: HashMap<u32, Open>,
    /// Error streams by request id, waiting for the data stream of the pair.
    errors: HashMap<String, u32>,
    forwards: JoinSet<()>,
}

/// Serves one client until it goes away.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Send + Unpin>(socket: S, target: Target) {
    let (mut reader, mut writer) = tokio::io::split(socket);
    let (out, mut frames) = mpsc::channel::<Bytes>(16);
    let replies = match Writer::new() {
        Ok(replies) => replies,
        Err(error) => return tracing::warn!(%error, "cannot prepare SPDY header compression"),
    };
    let mut connection = Connection {
        target,
        out,
        headers: Reader::new(),
        replies,
        streams: HashMap::new(),
        errors: HashMap::new(),
        forwards: JoinSet::new(),
    };
    let output = async {
        while let Some(frame) = frames.recv().await {
            if writer.write_all(&frame).await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    };
    let input = async {
        loop {
            let frame = Frame::read(&mut reader).await?;
            if !connection.on_frame(frame).await? {
                return Ok(());
            }
        }
    };
    tokio::select! {
        () = output => {}
        ended = input => {
            let ended: io::Result<()> = ended;
            if let Err(error) = ended {
                tracing::debug!(%error, "a port-forward ended");
            }
        }
    }
}

impl Connection {
    /// Acts on one frame; `false` ends the connection.
    async fn on_frame(&mut self, frame: Frame) -> io::Result<bool> {
        match frame {
            Frame::Control {
                kind: SYN_STREAM,
                flags,
                payload,
            } => self.open(flags, &payload).await?,
            Frame::Control {
                kind: RST_STREAM,
                payload,
                ..
            } => {
                if let Some(stream) = word(&payload, 0) {
                    self.streams.remove(&(stream & 0x7fff_ffff));
                }
            }
            Frame::Control {
                kind: PING,
                flags,
                payload,
            } => {
                self.send(&Frame::Control {
                    kind: PING,
                    flags,
                    payload,
                })
                .await;
            }
            Frame::Control { kind: GOAWAY, .. } => return Ok(false),
            Frame::Control { .. } => {}
            Frame::Data {
                stream,
                flags,
                payload,
            } => {
                let Some(open) = self.streams.get_mut(&stream) else {
                    return Ok(true);
                };
                if let Some(to_pod) = open.to_pod.as_ref().filter(|_| !payload.is_empty()) {
                    // an application that closed has no reader any more
                    let _ = to_pod.send(payload.into()).await;
                }
                if flags & FIN != 0 {
                    open.to_pod = None;
                }
            }
        }
        Ok(true)
    }

    async fn open(&mut self, flags: u8, payload: &[u8]) -> io::Result<()> {
        let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
        let stream =
            word(payload, 0).ok_or_else(|| invalid("a SYN_STREAM is too short".to_owned()))? & 0x7fff_ffff;
        let headers = self.headers.read(payload.get(10..).unwrap_or_default());
        let headers = headers.map_err(|error| invalid(error.to_string()))?;
        let find = |name: &str| {
            headers
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
        };
        let block = self
            .replies
            .write(&[])
            .map_err(|error| invalid(error.to_string()))?;
        let mut reply = stream.to_be_bytes().to_vec();
        reply.extend(block);
        self.send(&Frame::Control {
            kind: SYN_REPLY,
            flags: 0,
            payload: reply,
        })
        .await;
        let request = find("requestid").unwrap_or_default();
        match find("streamtype").as_deref() {
            Some("error") => {
                self.errors.insert(request, stream);
                self.streams.insert(stream, Open { to_pod: None });
            }
            Some("data") => {
                let (to_pod, from_client) = mpsc::channel(16);
                let error = self.errors.remove(&request);
                let forward = Forward {
                    out: self.out.clone(),
                    data: stream,
                    error,
                };
                let port = find("port").and_then(|port| port.parse().ok());
                self.forwards
                    .spawn(forward.run(self.target.clone(), port, from_client));
                let to_pod = (flags & FIN == 0).then_some(to_pod);
                self.streams.insert(stream, Open { to_pod });
            }
            other => return Err(invalid(format!("unknown stream type {other:?}"))),
        }
        while self.forwards.try_join_next().is_some() {}
        Ok(())
    }

    async fn send(&self, frame: &Frame) {
        // the writer is gone only when the connection is
        let _ = self.out.send(frame.write()).await;
    }
}

/// One forwarded connection.
struct Forward {
    out: mpsc::Sender<Bytes>,
    data: u32,
    error: Option<u32>,
}

impl Forward {
    async fn run(self, target: Target, port: Option<u16>, mut from_client: mpsc::Receiver<Bytes>) {
        let opened = match port {
            Some(port) => target.open(port).await,
            None => Err("the stream names no port".to_owned()),
        };
        match opened {
            Err(reason) => {
                if let Some(error) = self.error {
                    self.send(&Frame::data(error, reason.as_bytes())).await;
                }
            }
            Ok(pod) => {
                let (mut reader, mut writer) = tokio::io::split(pod);
                let there = async {
                    while let Some(bytes) = from_client.recv().await {
                        if writer.write_all(&bytes).await.is_err() || writer.flush().await.is_err() {
                            return;
                        }
                    }
                    let _ = writer.shutdown().await;
                };
                let back = async {
                    let mut buffer = vec![0; 16 * 1024];
                    while let Ok(length @ 1..) = reader.read(&mut buffer).await {
                        self.send(&Frame::data(self.data, &buffer[..length])).await;
                    }
                    self.send(&Frame::end(self.data)).await;
                };
                tokio::join!(there, back);
                if let Some(error) = self.error {
                    self.send(&Frame::end(error)).await;
                }
                return;
            }
        }
        for stream in self.error.into_iter().chain([self.data]) {
            self.send(&Frame::end(stream)).await;
        }
    }

    async fn send(&self, frame: &Frame) {
        let _ = self.out.send(frame.write()).await;
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_are_read_as_they_are_written() {
        let frames = [
            Frame::Control {
                kind: PING,
                flags: 0,
                payload: vec![0, 0, 0, 1],
            },
            Frame::data(5, b"hello"),
            Frame::end(5),
        ];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::write).collect();
        let mut from = bytes.as_slice();
        for frame in frames {
            assert_eq!(Frame::read(&mut from).await.unwrap(), frame);
        }
    }

    #[tokio::test]
    async fn a_frame_larger_than_the_limit_is_refused_unread() {
        let mut from: &[u8] = &[0, 0, 0, 1, 0, 0xff, 0xff, 0xff];
        assert_eq!(
            Frame::read(&mut from).await.unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
    }
}
