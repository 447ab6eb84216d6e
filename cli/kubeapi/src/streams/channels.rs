//! Exec and attach over a WebSocket: the first byte of a message is its channel.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::websocket::{Socket, close};
use crate::backend::{BackendError, ExecSession, ExitCode, TerminalSize};

/// The protocol that can say "end of standard input".
pub(super) const V5: &str = "v5.channel.k8s.io";
/// The protocol before it.
pub(super) const V4: &str = "v4.channel.k8s.io";

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
/// Version 5: the next byte names a channel that ends.
const CLOSE: u8 = 255;

/// How long a client may take to answer that a session is over.
const LINGER: Duration = Duration::from_secs(1);

type Input = Option<Box<dyn AsyncWrite + Send + Unpin>>;

/// Carries a session until its process ends or the client goes away, which ends the process.
pub(super) async fn run(socket: Socket, session: ExecSession) {
    let (sink, stream) = socket.split();
    let ExecSession {
        stdin,
        stdout,
        stderr,
        resize,
        exit,
    } = session;
    let output = async {
        let (send, messages) = mpsc::channel(16);
        let (first, second) = (send.clone(), send);
        let ((), (), sink) = tokio::join!(
            copy(stdout, STDOUT, first),
            copy(stderr, STDERR, second),
            forward(messages, sink)
        );
        let Some(mut sink) = sink else { return };
        let status = status(exit.await).to_string();
        let _ = sink.send(frame(ERROR, status.as_bytes())).await;
        close(&mut sink).await;
    };
    let mut input = pin!(input(stream, stdin, resize));
    tokio::select! {
        biased;
        // dropping a connection with input that nobody read resets it, and the client loses our last words
        () = output => drop(timeout(LINGER, input).await),
        () = &mut input => {}
    }
}

/// Messages to the client; gives the sink back unless the client is gone.
async fn forward(
    mut messages: mpsc::Receiver<Message>,
    mut sink: SplitSink<Socket, Message>,
) -> Option<SplitSink<Socket, Message>> {
    while let Some(message) = messages.recv().await {
        sink.send(message).await.ok()?;
    }
    Some(sink)
}

async fn copy(from: Option<Box<dyn AsyncRead + Send + Unpin>>, channel: u8, to: mpsc::Sender<Message>) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.send(frame(channel, &buffer[..length])).await.is_err() {
            return;
        }
    }
}

/// Messages from the client, until it goes away.
async fn input(
    mut stream: SplitStream<Socket>,
    mut stdin: Input,
    resize: Option<mpsc::Sender<TerminalSize>>,
) {
    while let Some(Ok(message)) = stream.next().await {
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            Message::Text(text) => Bytes::from(text),
            Message::Close(_) => return,
            _ => continue,
        };
        match bytes.split_first() {
            // a process that closed its input has no reader for what else comes
            Some((&STDIN, data)) if write(&mut stdin, data).await.is_err() => stdin = None,
            Some((&CLOSE, [STDIN])) => stdin = None,
            Some((&RESIZE, data)) => {
                if let (Some(resize), Some(size)) = (&resize, size(data)) {
                    let _ = resize.send(size).await;
                }
            }
            _ => {}
        }
    }
}

async fn write(stdin: &mut Input, data: &[u8]) -> io::Result<()> {
    let Some(stdin) = stdin else { return Ok(()) };
    stdin.write_all(data).await?;
    stdin.flush().await
}

fn size(data: &[u8]) -> Option<TerminalSize> {
    let size: Value = serde_json::from_slice(data).ok()?;
    let length = |name: &str| u16::try_from(size[name].as_u64()?).ok();
    Some(TerminalSize {
        width: length("Width")?,
        height: length("Height")?,
    })
}

fn frame(channel: u8, data: &[u8]) -> Message {
    let mut bytes = BytesMut::with_capacity(data.len() + 1);
    bytes.put_u8(channel);
    bytes.put_slice(data);
    Message::Binary(bytes.freeze())
}

/// The `Status` that ends a session.
fn status(exit: Result<ExitCode, BackendError>) -> Value {
    match exit {
        Ok(ExitCode(0)) => json!({"metadata": {}, "status": "Success"}),
        Ok(ExitCode(code)) => json!({
            "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": format!("command terminated with non-zero exit code: exit status {code}"),
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
        }),
        Err(error) => json!({
            "metadata": {}, "status": "Failure", "reason": "InternalError", "code": 500,
            "message": error.full_message(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_status_carries_the_exit_code() {
        assert_eq!(status(Ok(ExitCode(0)))["status"], "Success");
        assert_eq!(status(Ok(ExitCode(7)))["details"]["causes"][0]["message"], "7");
    }

    #[test]
    fn sizes_that_are_none_are_passed_over() {
        assert_eq!(
            size(br#"{"Width":80,"Height":24}"#),
            Some(TerminalSize {
                width: 80,
                height: 24
            })
        );
        assert_eq!(size(br#"{"Width":-1,"Height":24}"#), None);
        assert_eq!(size(b"wide"), None);
    }
}
