//! Carries an exec: frames on the supervisor's side, pipes or a terminal on the process's side.

use crate::error::{Named, Result};
use crate::stage::exec::ExecConfig;
use crate::stage::{self, Stage};
use crate::wire::{self, Answer, channel};
use nix::pty::{Winsize, openpty};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

type Frames = mpsc::Sender<(u8, Vec<u8>)>;

/// Runs the command and carries its streams until it has ended or the supervisor has gone.
pub(crate) async fn serve(
    mut stream: UnixStream,
    config: ExecConfig,
    stdin: bool,
    meshctl: &Path,
) -> Result<()> {
    let command = Command::from(stage::command(meshctl, Stage::Exec, &config)?);
    let started = if config.tty {
        with_terminal(command)
    } else {
        with_pipes(command, stdin)
    };
    let mut process = match started {
        Ok(process) => process,
        Err(failure) => {
            return wire::send(
                &mut stream,
                &Answer::Refused {
                    reason: failure.chain(),
                },
            )
            .await;
        }
    };
    wire::send(&mut stream, &Answer::Go).await?;
    let (from, to) = stream.into_split();
    let (frames, outbox) = mpsc::channel(16);
    let stdin = process.stdin.take();
    let outputs = std::mem::take(&mut process.outputs);
    let copies: Vec<_> = outputs
        .into_iter()
        .map(|(number, output)| copy(output, number, frames.clone()))
        .collect();
    let output = async {
        futures::future::join_all(copies).await;
        let code = process.child.wait().await.map_or(255, |ended| {
            ended
                .code()
                .unwrap_or_else(|| 128 + ended.signal().unwrap_or_default())
        });
        drop(frames.send((channel::EXIT, code.to_string().into_bytes())).await);
        drop(frames);
    };
    tokio::select! {
        biased;
        ((), ()) = async { tokio::join!(output, write(to, outbox)) } => {}
        // the supervisor has gone: dropping the child kills it
        () = read(from, stdin, process.terminal) => {}
    }
    Ok(())
}

struct Process {
    child: Child,
    stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    outputs: Vec<(u8, Box<dyn AsyncRead + Send + Unpin>)>,
    /// The terminal's master, kept for new sizes.
    terminal: Option<OwnedFd>,
}

fn with_pipes(mut command: Command, stdin: bool) -> Result<Process> {
    let input = if stdin { Stdio::piped() } else { Stdio::null() };
    let spawned = command
        .env_clear()
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = spawned.named(|| "cannot start the command".to_owned())?;
    let mut outputs: Vec<(u8, Box<dyn AsyncRead + Send + Unpin>)> = Vec::new();
    if let Some(out) = child.stdout.take() {
        outputs.push((channel::STDOUT, Box::new(out)));
    }
    if let Some(err) = child.stderr.take() {
        outputs.push((channel::STDERR, Box::new(err)));
    }
    let stdin = child
        .stdin
        .take()
        .map(|input| Box::new(input) as Box<dyn AsyncWrite + Send + Unpin>);
    Ok(Process {
        child,
        stdin,
        outputs,
        terminal: None,
    })
}

fn with_terminal(mut command: Command) -> Result<Process> {
    let what = || "cannot make a terminal".to_owned();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let pair = openpty(Some(&size), None).named(what)?;
    let copy = |fd: &OwnedFd| fd.try_clone().named(what);
    let spawned = command
        .env_clear()
        .stdin(copy(&pair.slave)?)
        .stdout(copy(&pair.slave)?)
        .stderr(copy(&pair.slave)?)
        .kill_on_drop(true)
        .spawn();
    let child = spawned.named(|| "cannot start the command".to_owned())?;
    drop(pair.slave);
    let file = |fd: OwnedFd| File::from_std(std::fs::File::from(fd));
    let (reader, writer) = (file(copy(&pair.master)?), file(copy(&pair.master)?));
    Ok(Process {
        child,
        stdin: Some(Box::new(writer)),
        outputs: vec![(channel::STDOUT, Box::new(reader))],
        terminal: Some(pair.master),
    })
}

async fn copy(mut from: Box<dyn AsyncRead + Send + Unpin>, number: u8, frames: Frames) {
    let mut buffer = vec![0; 32 << 10];
    // a terminal whose other end is closed reads as an error: that is its end
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if frames.send((number, buffer[..length].to_vec())).await.is_err() {
            return;
        }
    }
}

async fn write(mut to: OwnedWriteHalf, mut outbox: mpsc::Receiver<(u8, Vec<u8>)>) {
    while let Some((number, bytes)) = outbox.recv().await {
        if wire::send_frame(&mut to, number, &bytes).await.is_err() {
            return;
        }
    }
}

async fn read(
    mut from: OwnedReadHalf,
    mut stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    terminal: Option<OwnedFd>,
) {
    while let Ok((number, bytes)) = wire::receive_frame(&mut from).await {
        match (number, bytes.as_slice()) {
            (channel::STDIN, []) => drop(stdin.take()),
            (channel::STDIN, bytes) => {
                if let Some(input) = &mut stdin
                    && (input.write_all(bytes).await.is_err() || input.flush().await.is_err())
                {
                    stdin = None;
                }
            }
            (channel::RESIZE, &[a, b, c, d]) => {
                let (columns, rows) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                if let Some(terminal) = &terminal {
                    drop(mesh_sys::terminal::resize(terminal, columns, rows));
                }
            }
            _ => {}
        }
    }
}
