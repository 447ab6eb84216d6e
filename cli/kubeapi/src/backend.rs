//! What the API asks of the nodes: logs, exec, attach, port-forward and usage.
//!
//! The API server keeps objects; bytes of running containers come from whoever runs them. That is
//! [`NodeBackend`], which the sandbox implements. Nothing here knows HTTP: `streams` translates
//! between these types and the wire protocols that `kubectl` and clients speak.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

/// What runs the pods. Object safe: the server holds it as `Arc<dyn NodeBackend>`.
pub trait NodeBackend: Send + Sync + 'static {
    /// The log of one container, oldest line first, already cut by `options`.
    fn logs(&self, container: ContainerRef, options: LogOptions) -> Reply<'_, LogStream>;

    /// Starts `request.command` in the container's namespaces.
    fn exec(&self, request: ExecRequest) -> Reply<'_, ExecSession>;

    /// Joins the streams of the container's own process. `request.command` is empty.
    fn attach(&self, request: ExecRequest) -> Reply<'_, ExecSession>;

    /// A connection to `127.0.0.1:port` (or `[::1]:port`) as seen in the pod.
    fn port_forward(&self, pod: PodRef, port: u16) -> Reply<'_, Box<dyn Duplex>>;

    /// What every node and container uses now, for `metrics.k8s.io`.
    fn usage(&self) -> Reply<'_, Usage>;
}

/// The boxed future of every backend call.
pub type Reply<'a, T> = BoxFuture<'a, Result<T, BackendError>>;

/// Log bytes as they are to appear in the response body.
pub type LogStream = BoxStream<'static, Result<Bytes, std::io::Error>>;

/// A byte stream in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// One pod. The uid guards against a namesake that replaced it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodRef {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's uid.
    pub uid: String,
}

/// One container of one pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerRef {
    /// The pod.
    pub pod: PodRef,
    /// The container's name, init containers included.
    pub container: String,
}

/// The query of `GET …/pods/NAME/log`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Keep the response open and send new lines until the container ends.
    pub follow: bool,
    /// Only the last so many lines.
    pub tail_lines: Option<u64>,
    /// Only lines written at or after this moment.
    pub since: Option<jiff::Timestamp>,
    /// Put the RFC 3339 time of each line before it.
    pub timestamps: bool,
    /// The log of the container's previous run.
    pub previous: bool,
    /// Stop after so many bytes.
    pub limit_bytes: Option<u64>,
}

/// A request to exec or attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecRequest {
    /// Where.
    pub container: ContainerRef,
    /// Program and arguments; empty for attach.
    pub command: Vec<String>,
    /// Which streams the client wants.
    pub streams: StreamSet,
}

/// The streams a client wants from exec or attach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the query parameters of the API, one to one"
)]
pub struct StreamSet {
    /// The client sends standard input.
    pub stdin: bool,
    /// The client reads standard output.
    pub stdout: bool,
    /// The client reads standard error. Never together with `tty`.
    pub stderr: bool,
    /// The process gets a terminal; its two outputs arrive as one.
    pub tty: bool,
}

/// A running exec or attach. Dropping it ends the process of an exec.
pub struct ExecSession {
    /// Standard input, when asked for. Shutting it down is end of file for the process.
    pub stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    /// Standard output (with a terminal: everything).
    pub stdout: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// Standard error.
    pub stderr: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// New terminal sizes, when there is a terminal.
    pub resize: Option<mpsc::Sender<TerminalSize>>,
    /// Resolves when the process has ended.
    pub exit: BoxFuture<'static, Result<ExitCode, BackendError>>,
}

impl std::fmt::Debug for ExecSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecSession").finish_non_exhaustive()
    }
}

/// How a process ended: its exit code, or 128 + the signal that killed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode(pub i32);

/// The size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalSize {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// What everything uses at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// When it was measured.
    pub measured: jiff::Timestamp,
    /// Over how long the CPU rate was taken.
    pub window: std::time::Duration,
    /// By node name.
    pub nodes: BTreeMap<String, Amount>,
    /// By pod, then container name.
    pub pods: BTreeMap<PodRef, BTreeMap<String, Amount>>,
}

/// CPU and memory of a node or a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// Billionths of a CPU, averaged over the window.
    pub cpu_nanocores: u64,
    /// Bytes resident.
    pub memory_bytes: u64,
}

/// Why a node could not do what was asked. Each maps to a `Status`.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The pod is unknown to its node, or was replaced by a namesake.
    #[error("pod {namespace}/{name} is not running on its node")]
    PodGone {
        /// The pod's namespace.
        namespace: String,
        /// The pod's name.
        name: String,
    },
    /// The pod has no such container.
    #[error("container {container} is not valid for pod {pod}")]
    NoSuchContainer {
        /// The pod's name.
        pod: String,
        /// The container asked for.
        container: String,
    },
    /// The container exists but does not run (yet, or any more).
    #[error("container {container:?} in pod {pod:?} is waiting to start: {state}")]
    NotRunning {
        /// The pod's name.
        pod: String,
        /// The container asked for.
        container: String,
        /// Its state, such as `ContainerCreating`.
        state: String,
    },
    /// There is no earlier run whose log could be shown.
    #[error("previous terminated container {container:?} in pod {pod:?} not found")]
    NoPreviousRun {
        /// The pod's name.
        pod: String,
        /// The container asked for.
        container: String,
    },
    /// The command could not be started.
    #[error("cannot run `{command}` in the container")]
    Exec {
        /// The program.
        command: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Nothing accepted the connection in the pod.
    #[error("cannot connect to port {port} of pod {pod}")]
    Connect {
        /// The pod's name.
        pod: String,
        /// The port asked for.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// This backend cannot do that at all.
    #[error("{what} is not supported here")]
    Unsupported {
        /// What was asked.
        what: &'static str,
    },
    /// Something on the node failed.
    #[error("node failed to {doing}")]
    Node {
        /// What it was doing.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl BackendError {
    /// HTTP code and `reason` of the `Status` that reports this error.
    #[must_use]
    pub fn code_and_reason(&self) -> (u16, &'static str) {
        match self {
            Self::PodGone { .. } => (404, "NotFound"),
            Self::NoSuchContainer { .. } | Self::NotRunning { .. } | Self::NoPreviousRun { .. } => {
                (400, "BadRequest")
            }
            Self::Unsupported { .. } => (501, "NotImplemented"),
            Self::Exec { .. } | Self::Connect { .. } | Self::Node { .. } => (500, "InternalError"),
        }
    }

    /// The message with its causes, as it goes into a `Status`.
    #[must_use]
    pub fn full_message(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}
