//! A node whose containers are processes of this machine.

use futures::FutureExt;
use mesh_kubeapi::backend::{
    BackendError, ContainerRef, Duplex, ExecRequest, ExecSession, ExitCode, LogOptions, LogStream,
    NodeBackend, PodRef, Reply, Usage,
};
use std::process::Stdio;
use tokio::net::TcpStream;
use tokio::process::Command;

pub(crate) struct LocalBackend;

impl NodeBackend for LocalBackend {
    fn logs(&self, _: ContainerRef, options: LogOptions) -> Reply<'_, LogStream> {
        let lines = ["one\n", "two\n", "three\n"];
        let kept = options
            .tail_lines
            .map_or(3, |lines| usize::try_from(lines).unwrap().min(3));
        let text: Vec<_> = lines[3 - kept..]
            .iter()
            .map(|line| Ok(bytes::Bytes::from_static(line.as_bytes())))
            .collect();
        async move { Ok(Box::pin(futures::stream::iter(text)) as LogStream) }.boxed()
    }

    fn exec(&self, request: ExecRequest) -> Reply<'_, ExecSession> {
        async move {
            let mut command = Command::new(&request.command[0]);
            command.args(&request.command[1..]).kill_on_drop(true);
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = command.spawn().map_err(|source| BackendError::Exec {
                command: request.command[0].clone(),
                source,
            })?;
            Ok(ExecSession {
                stdin: child.stdin.take().map(|stdin| Box::new(stdin) as Box<_>),
                stdout: child.stdout.take().map(|stdout| Box::new(stdout) as Box<_>),
                stderr: child.stderr.take().map(|stderr| Box::new(stderr) as Box<_>),
                resize: None,
                exit: async move { Ok(ExitCode(child.wait().await.unwrap().code().unwrap_or(137))) }.boxed(),
            })
        }
        .boxed()
    }

    fn attach(&self, _: ExecRequest) -> Reply<'_, ExecSession> {
        async { Err(BackendError::Unsupported { what: "attach" }) }.boxed()
    }

    fn port_forward(&self, pod: PodRef, port: u16) -> Reply<'_, Box<dyn Duplex>> {
        async move {
            let stream = TcpStream::connect(("127.0.0.1", port)).await;
            let stream = stream.map_err(|source| BackendError::Connect {
                pod: pod.name,
                port,
                source,
            })?;
            Ok(Box::new(stream) as Box<dyn Duplex>)
        }
        .boxed()
    }

    fn usage(&self) -> Reply<'_, Usage> {
        async { Err(BackendError::Unsupported { what: "usage" }) }.boxed()
    }
}
