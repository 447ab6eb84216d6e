//! Port-forward over the channel protocol: two channels a port, one for data, one for errors.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::websocket::{Socket, close};
use crate::backend::{Duplex, NodeBackend, PodRef};
use crate::http::query::Query;
use crate::status::ApiError;

/// SPDY inside a WebSocket, as `kubectl port-forward` asks.
pub(super) const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";

/// Where forwarded connections go.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) backend: Arc<dyn NodeBackend>,
    pub(super) pod: PodRef,
}

impl Target {
    /// Connects, or says why not.
    pub(super) async fn open(&self, port: u16) -> Result<Box<dyn Duplex>, String> {
        let opened = self.backend.port_forward(self.pod.clone(), port).await;
        opened.map_err(|error| error.full_message())
    }
}

/// The `ports` parameter: repeated, or a comma list.
pub(super) fn ports(query: &Query) -> Result<Vec<u16>, ApiError> {
    let words = query.all("ports");
    let ports = words.iter().flat_map(|word| word.split(','));
    let ports: Result<Vec<u16>, _> = ports.map(str::parse).collect();
    match ports {
        // data and error channels are numbered by one byte
        Ok(ports) if !ports.is_empty() && ports.len() <= 64 && !ports.contains(&0) => Ok(ports),
        _ => Err(ApiError::bad_request(
            "you must specify at least 1 port, each from 1 to 65535",
        )),
    }
}

/// Carries the ports until the client goes away.
pub(super) async fn run(socket: Socket, target: Target, ports: Vec<u16>) {
    let (mut sink, mut stream) = socket.split();
    let (send, mut messages) = mpsc::channel::<Message>(16);
    let mut writers = Vec::new();
    let mut readers = tokio::task::JoinSet::new();
    for (index, port) in ports.into_iter().enumerate() {
        let data = u8::try_from(2 * index).unwrap_or(u8::MAX);
        // both channels open with the port's number, little endian
        for channel in [data, data + 1] {
            let _ = sink.send(frame(channel, &port.to_le_bytes())).await;
        }
        match target.open(port).await {
            Ok(connection) => {
                let (reader, writer) = tokio::io::split(connection);
                writers.push(Some(writer));
                readers.spawn(copy(reader, data, send.clone()));
            }
            Err(reason) => {
                let _ = sink.send(frame(data + 1, reason.as_bytes())).await;
                writers.push(None);
            }
        }
    }
    drop(send);
    let output = async {
        while let Some(message) = messages.recv().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
        close(&mut sink).await;
    };
    let input = async {
        while let Some(Ok(message)) = stream.next().await {
            let bytes = match message {
                Message::Binary(bytes) => bytes,
                Message::Close(_) => return,
                _ => continue,
            };
            let Some((channel, data)) = bytes.split_first() else {
                continue;
            };
            if let Some(Some(writer)) = writers
                .get_mut(usize::from(channel / 2))
                .filter(|_| channel % 2 == 0)
            {
                // an application that closed says so through its reader
                let _ = writer.write_all(data).await;
                let _ = writer.flush().await;
            }
        }
    };
    tokio::select! {
        () = output => {}
        () = input => {}
    }
}

async fn copy(mut from: ReadHalf<Box<dyn Duplex>>, channel: u8, to: mpsc::Sender<Message>) {
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.send(frame(channel, &buffer[..length])).await.is_err() {
            return;
        }
    }
}

fn frame(channel: u8, data: &[u8]) -> Message {
    let mut bytes = BytesMut::with_capacity(data.len() + 1);
    bytes.put_u8(channel);
    bytes.put_slice(data);
    Message::Binary(Bytes::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_come_as_a_list_or_repeated() {
        assert_eq!(
            ports(&Query::parse(Some("ports=80,90&ports=1"))).unwrap(),
            [80, 90, 1]
        );
        for bad in ["", "ports=", "ports=0", "ports=65536", "ports=x"] {
            assert!(ports(&Query::parse(Some(bad))).is_err(), "{bad}");
        }
    }
}
