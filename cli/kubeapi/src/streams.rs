//! Byte streams of pods: logs, exec, attach, port-forward, as clients speak them.
//!
//! Exec and attach are WebSockets of the channel protocols ([`channels`]). Port-forward is a WebSocket of the channel
//! protocol ([`forward`]), or SPDY ([`spdy`]), on its own or tunnelled in a WebSocket. What runs in the pod is behind
//! [`crate::backend::NodeBackend`]. Absent on purpose: exec over bare SPDY, which clients left with Kubernetes 1.30.

mod channels;
mod forward;
mod spdy;
mod spdy_headers;
mod websocket;

use std::convert::Infallible;
use std::sync::Arc;

use ::http::{HeaderValue, Request, Response, header};
use futures::{StreamExt, TryStreamExt};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use tokio_util::task::TaskTracker;

use crate::backend::{BackendError, ContainerRef, ExecRequest, LogOptions, NodeBackend, PodRef, StreamSet};
use crate::http::Body;
use crate::http::query::Query;
use crate::status::ApiError;

/// What every stream handler needs.
pub(crate) struct Streams<'a> {
    /// Who runs the pods.
    pub(crate) backend: &'a Arc<dyn NodeBackend>,
    /// Where connections that outlive their request run.
    pub(crate) tasks: &'a TaskTracker,
    /// The request's parameters.
    pub(crate) query: &'a Query,
}

impl Streams<'_> {
    /// `GET …/log`.
    pub(crate) async fn logs(&self, container: ContainerRef) -> Result<Response<Body>, ApiError> {
        let options = log_options(self.query)?;
        let lines = self
            .backend
            .logs(container, options)
            .await
            .map_err(|error| refusal(&error))?;
        // the status line is gone when a node fails half way: the log just ends there
        let frames = lines
            .into_stream()
            .take_while(|chunk| std::future::ready(chunk.is_ok()));
        let frames = frames
            .filter_map(|chunk| std::future::ready(chunk.ok()))
            .map(|chunk| Ok::<_, Infallible>(Frame::data(chunk)));
        let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Ok(response)
    }

    /// `…/exec` and `…/attach`; an attach has no command.
    pub(crate) async fn exec(
        &self,
        container: ContainerRef,
        request: Request<Incoming>,
        is_attach: bool,
    ) -> Result<Response<Body>, ApiError> {
        let streams = stream_set(self.query)?;
        let command: Vec<String> = self.query.all("command").into_iter().map(str::to_owned).collect();
        if command.is_empty() && !is_attach {
            return Err(ApiError::bad_request(
                "you must specify at least 1 command for the container",
            ));
        }
        let handshake = websocket::Handshake::negotiate(&request, &[channels::V5, channels::V4])?;
        let ask = ExecRequest {
            container,
            command,
            streams,
        };
        let session = if is_attach {
            self.backend.attach(ask).await
        } else {
            self.backend.exec(ask).await
        };
        let session = session.map_err(|error| refusal(&error))?;
        let response = handshake.response();
        self.tasks.spawn(async move {
            if let Some(socket) = handshake.upgrade(request).await {
                channels::run(socket, session).await;
            }
        });
        Ok(response)
    }

    /// `…/portforward`.
    pub(crate) fn port_forward(
        &self,
        pod: PodRef,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, ApiError> {
        let target = forward::Target {
            backend: Arc::clone(self.backend),
            pod,
        };
        if websocket::wants(&request, "spdy/3.1") {
            let response = websocket::spdy_response(&request)?;
            self.tasks.spawn(async move {
                match hyper::upgrade::on(request).await {
                    Ok(connection) => spdy::serve(TokioIo::new(connection), target).await,
                    Err(error) => tracing::debug!(%error, "a client did not upgrade to SPDY"),
                }
            });
            return Ok(response);
        }
        let handshake = websocket::Handshake::negotiate(&request, &[forward::TUNNEL, channels::V4])?;
        let ports = if handshake.protocol() == forward::TUNNEL {
            Vec::new()
        } else {
            forward::ports(self.query)?
        };
        let response = handshake.response();
        self.tasks.spawn(async move {
            let protocol = handshake.protocol();
            let Some(socket) = handshake.upgrade(request).await else {
                return;
            };
            if protocol == forward::TUNNEL {
                spdy::serve(websocket::as_bytes(socket), target).await;
            } else {
                forward::run(socket, target, ports).await;
            }
        });
        Ok(response)
    }
}

/// What a node's refusal is to the client.
pub(crate) fn refusal(error: &BackendError) -> ApiError {
    let (code, reason) = error.code_and_reason();
    ApiError {
        code,
        reason,
        message: error.full_message(),
        details: None,
    }
}

fn stream_set(query: &Query) -> Result<StreamSet, ApiError> {
    let set = StreamSet {
        stdin: query.flag("stdin"),
        stdout: query.flag("stdout"),
        stderr: query.flag("stderr") && !query.flag("tty"),
        tty: query.flag("tty"),
    };
    if set.stdin || set.stdout || set.stderr {
        Ok(set)
    } else {
        Err(ApiError::bad_request(
            "you must specify at least 1 of stdin, stdout, stderr",
        ))
    }
}

fn log_options(query: &Query) -> Result<LogOptions, ApiError> {
    let number = |name: &'static str| match query.find(name) {
        None => Ok(None),
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| {
            ApiError::bad_request(format!(
                "{name}: Invalid value: \"{text}\": must be a number of at least 0"
            ))
        }),
    };
    let since_seconds = number("sinceSeconds")?;
    let since = match query.find("sinceTime") {
        Some(text) => Some(text.parse().map_err(|_| {
            ApiError::bad_request(format!(
                "sinceTime: Invalid value: \"{text}\": must be an RFC 3339 time"
            ))
        })?),
        None => since_seconds.and_then(|seconds| {
            let back = jiff::SignedDuration::from_secs(i64::try_from(seconds).ok()?);
            jiff::Timestamp::now().checked_sub(back).ok()
        }),
    };
    Ok(LogOptions {
        follow: query.flag("follow"),
        tail_lines: number("tailLines")?,
        since,
        timestamps: query.flag("timestamps"),
        previous: query.flag("previous"),
        limit_bytes: number("limitBytes")?,
    })
}
