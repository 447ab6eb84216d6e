//! Becoming a WebSocket: the handshake of RFC 6455 §4.2 and the choice of a sub-protocol.

use std::str::FromStr;

use ::http::{HeaderValue, Request, Response, StatusCode, header};
use bytes::Bytes;
use futures::stream::SplitSink;
use futures::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::http::{Body, full};
use crate::status::ApiError;

/// An upgraded client.
pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A handshake whose answer is known.
pub(super) struct Handshake {
    accept: HeaderValue,
    protocol: &'static str,
}

impl Handshake {
    /// Checks the request and picks the first of `supported` that the client offers.
    pub(super) fn negotiate<B>(request: &Request<B>, supported: &[&'static str]) -> Result<Self, ApiError> {
        if !wants(request, "websocket") {
            return Err(ApiError::bad_request(
                "unable to upgrade: this path is served over WebSocket only",
            ));
        }
        let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
        let key = key.ok_or_else(|| ApiError::bad_request("the WebSocket handshake has no key"))?;
        let offered = offered(request);
        let protocol = supported
            .iter()
            .find(|supported| offered.iter().any(|offered| offered == *supported));
        let protocol = protocol.ok_or_else(|| {
            ApiError::bad_request(format!(
                "unable to upgrade: none of the offered protocols [{}] is one of [{}]",
                offered.join(" "),
                supported.join(" ")
            ))
        })?;
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()));
        let accept =
            accept.map_err(|_| ApiError::bad_request("the WebSocket handshake has no usable key"))?;
        Ok(Self { accept, protocol })
    }

    /// The chosen protocol.
    pub(super) fn protocol(&self) -> &'static str {
        self.protocol
    }

    /// `101 Switching Protocols`.
    pub(super) fn response(&self) -> Response<Body> {
        let mut response = switching("websocket");
        let headers = response.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept.clone());
        headers.insert(
            header::SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(self.protocol),
        );
        response
    }

    /// Waits for the connection behind the answered request.
    pub(super) async fn upgrade(self, request: Request<Incoming>) -> Option<Socket> {
        match hyper::upgrade::on(request).await {
            Ok(connection) => {
                Some(WebSocketStream::from_raw_socket(TokioIo::new(connection), Role::Server, None).await)
            }
            Err(error) => {
                tracing::debug!(%error, "a client did not upgrade to WebSocket");
                None
            }
        }
    }
}

/// `101` for SPDY, with the port-forward protocol if the client asks for one.
pub(super) fn spdy_response<B>(request: &Request<B>) -> Result<Response<Body>, ApiError> {
    const VERSION: &str = "x-stream-protocol-version";
    let mut response = switching("SPDY/3.1");
    let offered: Vec<&HeaderValue> = request.headers().get_all(VERSION).iter().collect();
    let known = offered.iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|text| text.contains("portforward.k8s.io"))
    });
    if !offered.is_empty() && !known {
        return Err(ApiError::bad_request(
            "unable to upgrade: only portforward.k8s.io is served over SPDY",
        ));
    }
    response
        .headers_mut()
        .insert(VERSION, HeaderValue::from_static("portforward.k8s.io"));
    Ok(response)
}

/// Whether the client asks to switch to this protocol.
pub(super) fn wants<B>(request: &Request<B>, protocol: &str) -> bool {
    let upgrade = request
        .headers()
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case(protocol))
}

fn switching(protocol: &'static str) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response
        .headers_mut()
        .insert(header::UPGRADE, HeaderValue::from_static(protocol));
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    response
}

fn offered<B>(request: &Request<B>) -> Vec<String> {
    let lines = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let words = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    words
        .filter_map(|word| String::from_str(word.trim()).ok())
        .collect()
}

/// Says that this is the regular end: clients take a close without a code for a failure.
pub(super) async fn close(sink: &mut SplitSink<Socket, Message>) {
    let regular = CloseFrame {
        code: CloseCode::Normal,
        reason: Utf8Bytes::default(),
    };
    // the client may be gone by now: nothing is left to tell it
    let _ = sink.send(Message::Close(Some(regular))).await;
}

/// The socket as a plain byte stream: binary messages in both directions, their borders without meaning.
pub(super) fn as_bytes(socket: Socket) -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let (mut sink, mut stream) = socket.split();
    let (mut from_us, mut to_us) = tokio::io::split(theirs);
    let receive = async move {
        while let Some(Ok(message)) = stream.next().await {
            let done = match message {
                Message::Binary(bytes) => to_us.write_all(&bytes).await.is_err(),
                Message::Close(_) => true,
                _ => false,
            };
            if done {
                break;
            }
        }
        let _ = to_us.shutdown().await;
    };
    let send = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_us.read(&mut buffer).await {
            if sink
                .send(Message::Binary(Bytes::copy_from_slice(&buffer[..length])))
                .await
                .is_err()
            {
                break;
            }
        }
        close(&mut sink).await;
    };
    // both ends of the pipe end when the other side of `ours` is dropped
    let pump = async move { tokio::join!(receive, send) };
    detach(pump);
    ours
}

/// Runs the pump beside its user; it ends with the stream that it feeds, which its user owns.
#[expect(
    clippy::disallowed_methods,
    reason = "the pump ends with the stream it feeds; there is nobody to await it"
)]
fn detach(pump: impl Future<Output = ((), ())> + Send + 'static) {
    drop(tokio::spawn(pump));
}
