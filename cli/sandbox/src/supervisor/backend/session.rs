//! An exec as the API wants it: one stream for each of the process's, carried over one socket.

use crate::wire::{self, channel};
use futures::FutureExt;
use mesh_kubeapi::backend::{BackendError, ExecSession, ExitCode, StreamSet, TerminalSize};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

const BUFFER: usize = 64 << 10;

/// Carries the streams until the process ends or the session is dropped.
pub(super) fn carry(stream: UnixStream, wanted: StreamSet) -> ExecSession {
    let (from, to) = stream.into_split();
    let (stdin, stdin_end) = duplex(BUFFER);
    let (stdout_end, stdout) = duplex(BUFFER);
    let (stderr_end, stderr) = duplex(BUFFER);
    let (resize, sizes) = mpsc::channel(4);
    let (ended, code) = oneshot::channel();
    let mut tasks = JoinSet::new();
    let input = wanted.stdin.then_some(stdin_end);
    tasks.spawn(send(to, input, sizes));
    tasks.spawn(receive(
        from,
        (
            wanted.stdout.then_some(stdout_end),
            wanted.stderr.then_some(stderr_end),
        ),
        ended,
    ));
    let exit = async move {
        // the tasks live as long as somebody waits for the end
        let _tasks = tasks;
        let lost = |_| BackendError::Node {
            doing: "report the end of the command",
            source: io::ErrorKind::BrokenPipe.into(),
        };
        code.await.map(ExitCode).map_err(lost)
    };
    ExecSession {
        stdin: wanted.stdin.then_some(Box::new(stdin) as _),
        stdout: wanted.stdout.then_some(Box::new(stdout) as _),
        stderr: (wanted.stderr && !wanted.tty).then_some(Box::new(stderr) as _),
        resize: wanted.tty.then_some(resize),
        exit: exit.boxed(),
    }
}

async fn send(mut to: OwnedWriteHalf, stdin: Option<DuplexStream>, mut sizes: mpsc::Receiver<TerminalSize>) {
    let mut buffer = vec![0; 32 << 10];
    let mut stdin = stdin;
    let mut resizable = true;
    loop {
        let sent = tokio::select! {
            biased;
            size = sizes.recv(), if resizable => {
                if let Some(size) = size {
                    let [a, b] = size.width.to_be_bytes();
                    let [c, d] = size.height.to_be_bytes();
                    wire::send_frame(&mut to, channel::RESIZE, &[a, b, c, d]).await
                } else {
                    resizable = false;
                    Ok(())
                }
            }
            read = read(&mut stdin, &mut buffer), if stdin.is_some() => {
                if let Ok(length @ 1..) = read {
                    wire::send_frame(&mut to, channel::STDIN, &buffer[..length]).await
                } else {
                    stdin = None;
                    wire::send_frame(&mut to, channel::STDIN, &[]).await
                }
            }
            else => return std::future::pending().await,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn read(stdin: &mut Option<DuplexStream>, buffer: &mut [u8]) -> io::Result<usize> {
    match stdin {
        Some(stdin) => stdin.read(buffer).await,
        None => std::future::pending().await,
    }
}

type Outputs = (Option<DuplexStream>, Option<DuplexStream>);

async fn receive(mut from: OwnedReadHalf, (mut stdout, mut stderr): Outputs, ended: oneshot::Sender<i32>) {
    while let Ok((number, bytes)) = wire::receive_frame(&mut from).await {
        let output = match number {
            channel::STDOUT => &mut stdout,
            channel::STDERR => &mut stderr,
            channel::EXIT => {
                let code = String::from_utf8_lossy(&bytes).parse().unwrap_or(255);
                drop((stdout, stderr));
                let _ = ended.send(code);
                return;
            }
            _ => continue,
        };
        if let Some(stream) = output
            && stream.write_all(&bytes).await.is_err()
        {
            *output = None;
        }
    }
}
