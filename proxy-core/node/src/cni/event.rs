//! The agent's end of the plugin's requests: `POST /cmdadd`, and `POST /log` on a socket of its own.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use mesh_sys::http::{Answer, serve_unix, status, text};
use mesh_sys::netns::NetNamespace;
use mesh_sys::program::chain;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

use super::protocol::{AddRequest, is_name};
use crate::capture::Keeper;
use crate::capture::admit::{Admission, Place};
use crate::config::Paths;
use crate::metrics::Metrics;
use crate::zds::private_folder;

/// Why a socket for the plugin is not there.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {}", path.display())]
pub struct SocketError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Listens on a path with mode 0600 in a folder of mode 0700; a stale socket is removed first.
pub fn listen(path: &Path) -> Result<UnixListener, SocketError> {
    let bind = || {
        private_folder(path)?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    };
    bind().map_err(|source| SocketError {
        path: path.to_owned(),
        source,
    })
}

/// Answers the plugin.
#[derive(Clone)]
pub struct EventServer {
    /// Who captures.
    pub keeper: Keeper,
    /// Where paths of the node are.
    pub paths: Paths,
    /// Counts answers.
    pub metrics: Metrics,
}

impl EventServer {
    /// Serves until `stop`.
    pub async fn run(self, listener: UnixListener, stop: CancellationToken) {
        let answer = move |request| {
            let server = self.clone();
            async move { server.answer(request).await }
        };
        serve_unix(listener, stop, answer).await;
    }

    async fn answer(&self, request: Request<Bytes>) -> Answer {
        match (request.method(), request.uri().path()) {
            (&Method::POST, "/cmdadd") => {}
            (_, "/cmdadd") => return status(StatusCode::METHOD_NOT_ALLOWED),
            _ => return status(StatusCode::NOT_FOUND),
        }
        let (code, message) = self.add(request.body()).await;
        self.metrics.answered(code.as_u16());
        text(code, message)
    }

    async fn add(&self, body: &[u8]) -> (StatusCode, String) {
        let request: AddRequest = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => {
                self.metrics.rejected("cni", "bad_request");
                return (
                    StatusCode::BAD_REQUEST,
                    format!("cannot read the request: {error}"),
                );
            }
        };
        let (namespace, name) = (request.pod_namespace.clone(), request.pod_name.clone());
        if !is_name(&namespace) || !is_name(&name) || request.netns.is_empty() {
            self.metrics.rejected("cni", "bad_request");
            return (StatusCode::BAD_REQUEST, "the request names no pod".to_owned());
        }
        match self.admit(request).await {
            Ok(()) => (StatusCode::OK, String::new()),
            Err(reason) => {
                tracing::warn!(ns = %namespace, %name, %reason, "a pod may not start: failed to add pod to the mesh");
                (StatusCode::INTERNAL_SERVER_ERROR, reason)
            }
        }
    }

    async fn admit(&self, request: AddRequest) -> Result<(), String> {
        let path = self.paths.on_host(Path::new(&request.netns));
        let opened = tokio::task::spawn_blocking(move || NetNamespace::open(path)).await;
        let namespace = opened
            .map_err(|_| "the agent is stopping".to_owned())?
            .map_err(|error| chain(&error))?;
        let addresses = request.addresses();
        let admission = Admission {
            namespace: request.pod_namespace,
            name: request.pod_name,
            uid: request.pod_uid,
            place: Place { namespace, addresses },
        };
        self.keeper.admit(admission).await.map_err(|error| chain(&error))
    }
}

/// Prints what the plugin sends to the log socket.
pub async fn relay(listener: UnixListener, stop: CancellationToken) {
    serve_unix(listener, stop, |request| async move { relayed(&request) }).await;
}

fn relayed(request: &Request<Bytes>) -> Answer {
    if (request.method(), request.uri().path()) != (&Method::POST, "/log") {
        return status(StatusCode::NOT_FOUND);
    }
    let Ok(lines) = serde_json::from_slice::<Vec<String>>(request.body()) else {
        return status(StatusCode::BAD_REQUEST);
    };
    for line in lines {
        let record: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let word = |key: &str| record.get(key).and_then(serde_json::Value::as_str);
        let message = word("msg").unwrap_or(&line);
        let pod = word("pod").unwrap_or_default();
        match word("level") {
            Some("error") => tracing::error!(target: "cni-plugin", pod, "{message}"),
            Some("warn") => tracing::warn!(target: "cni-plugin", pod, "{message}"),
            Some("debug") => tracing::debug!(target: "cni-plugin", pod, "{message}"),
            _ => tracing::info!(target: "cni-plugin", pod, "{message}"),
        }
    }
    status(StatusCode::OK)
}
