//! One connection of a node proxy: greeting, snapshot, then what changes.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use mesh_sys::seqpacket::Connection;
use mesh_wire::zds::{
    self, Ack, AddWorkload, DelWorkload, FrameError, KeepWorkload, MAX_ACCEPT, SnapshotSent, WorkloadRequest,
    WorkloadResponse, ZdsHello, workload_request, workload_response,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::{ConnectionId, Zds, ZdsError};
use crate::pods::Uid;

const HELLO: Duration = Duration::from_secs(5);
const ACK: Duration = Duration::from_secs(5);

type Done = oneshot::Sender<Result<(), ZdsError>>;

/// What a proxy is asked.
#[derive(Debug)]
pub(super) enum Request {
    /// Serve a pod.
    Add(Uid, Done),
    /// Forget a pod.
    Delete(Uid, Done),
}

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ended {
    NoHello,
    Closed,
    Unasked,
    NoAck,
    Io(io::Error),
    Malformed(FrameError),
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHello => out.write_str("no greeting within 5 s"),
            Self::Closed => out.write_str("it closed the connection"),
            Self::Unasked => out.write_str("it sent something nobody asked for"),
            Self::NoAck => out.write_str("no acknowledgement within 5 s"),
            Self::Io(error) => write!(out, "{error}"),
            Self::Malformed(error) => write!(out, "malformed message: {error}"),
        }
    }
}

/// A connection and what it takes to serve it.
pub(super) struct Task {
    pub(super) zds: Zds,
    pub(super) connection: Connection,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) queue: mpsc::Receiver<Request>,
}

/// Takes the connection out of the list however its task ends.
struct Registered<'a>(&'a Zds, ConnectionId);

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.0.unregister(self.1);
    }
}

impl Task {
    /// Serves until the connection ends.
    pub(super) async fn run(self) -> Ended {
        let Self {
            zds,
            connection,
            requests,
            mut queue,
        } = self;
        if let Err(ended) = hello(&connection).await {
            return ended;
        }
        // from here on changes queue up, so the snapshot and what follows miss nothing
        let id = zds.register(requests);
        let _registered = Registered(&zds, id);
        let talk = Talk {
            zds: &zds,
            connection: &connection,
            id,
        };
        if let Err(ended) = talk.snapshot().await {
            return ended;
        }
        zds.changed();
        loop {
            tokio::select! {
                biased;
                request = queue.recv() => match request {
                    Some(request) => {
                        if let Err(ended) = talk.request(request).await {
                            return ended;
                        }
                    }
                    None => return Ended::Closed,
                },
                packet = connection.recv(MAX_ACCEPT) => return match packet {
                    Ok(packet) if packet.bytes.is_empty() => Ended::Closed,
                    Ok(_) => Ended::Unasked,
                    Err(error) => Ended::Io(error),
                },
            }
        }
    }
}

async fn hello(connection: &Connection) -> Result<(), Ended> {
    let packet = timeout(HELLO, connection.recv(MAX_ACCEPT))
        .await
        .map_err(|_| Ended::NoHello)?;
    let packet = packet.map_err(Ended::Io)?;
    if packet.bytes.is_empty() {
        return Err(Ended::Closed);
    }
    let hello: ZdsHello = zds::decode(&packet.bytes).map_err(Ended::Malformed)?;
    if hello.version() != zds::Version::V1 {
        tracing::warn!(
            version = hello.version,
            "the node proxy greets with another version"
        );
    }
    Ok(())
}

struct Talk<'a> {
    zds: &'a Zds,
    connection: &'a Connection,
    id: ConnectionId,
}

impl Talk<'_> {
    async fn snapshot(&self) -> Result<(), Ended> {
        for uid in self.zds.members() {
            if let Err(error @ ZdsError::Refused(_)) = self.add(&uid).await? {
                // whoever waits for this pod tries again
                tracing::warn!(%uid, %error, "failed to add pod to ztunnel");
            }
        }
        let sent = workload_request::Payload::SnapshotSent(SnapshotSent {});
        if let Err(reason) = self.exchange(sent, None).await? {
            tracing::warn!(%reason, "ztunnel refuses the snapshot");
        }
        Ok(())
    }

    /// Outer error: the connection ends.
    async fn request(&self, request: Request) -> Result<(), Ended> {
        match request {
            Request::Add(uid, done) => {
                let outcome = self.add(&uid).await;
                reply(done, outcome)
            }
            Request::Delete(uid, done) => {
                let payload = workload_request::Payload::Del(DelWorkload { uid: uid.to_string() });
                let outcome = self.exchange(payload, None).await;
                reply(done, outcome.map(|answer| answer.map_err(ZdsError::Refused)))
            }
        }
    }

    async fn add(&self, uid: &Uid) -> Result<Result<(), ZdsError>, Ended> {
        let Some((info, namespace)) = self.zds.member(uid) else {
            return Ok(Err(ZdsError::Forgotten));
        };
        let Some(namespace) = namespace else {
            let keep = workload_request::Payload::Keep(KeepWorkload { uid: uid.to_string() });
            return Ok(self.exchange(keep, None).await?.map_err(ZdsError::Refused));
        };
        let add = AddWorkload {
            uid: uid.to_string(),
            workload_info: Some(info),
        };
        let answer = self
            .exchange(workload_request::Payload::Add(add), Some(&namespace))
            .await?;
        if answer.is_ok() {
            self.zds.acknowledge(uid, self.id, namespace.id());
        }
        Ok(answer.map_err(ZdsError::Refused))
    }

    /// One request and its answer; the inner error is a refusal.
    async fn exchange(
        &self,
        payload: workload_request::Payload,
        fd: Option<&mesh_sys::netns::NetNamespace>,
    ) -> Result<Result<(), String>, Ended> {
        let request = WorkloadRequest {
            payload: Some(payload),
        };
        let bytes = match zds::encode(&request) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let fds: Vec<_> = fd.iter().map(|fd| fd.as_fd()).collect();
        let answer = timeout(ACK, async {
            self.connection.send(&bytes, &fds).await?;
            self.connection.recv(MAX_ACCEPT).await
        });
        let packet = answer.await.map_err(|_| Ended::NoAck)?.map_err(Ended::Io)?;
        if packet.bytes.is_empty() {
            return Err(Ended::Closed);
        }
        if packet.truncated {
            return Err(Ended::Malformed(FrameError::Truncated));
        }
        let response: WorkloadResponse = zds::decode(&packet.bytes).map_err(Ended::Malformed)?;
        match response.payload {
            Some(workload_response::Payload::Ack(Ack { error })) if error.is_empty() => Ok(Ok(())),
            Some(workload_response::Payload::Ack(Ack { error })) => Ok(Err(error)),
            None => Err(Ended::Malformed(FrameError::Empty)),
        }
    }
}

/// Passes an outcome on; the end of a connection goes both ways.
fn reply(done: Done, outcome: Result<Result<(), ZdsError>, Ended>) -> Result<(), Ended> {
    // whoever asked may have given up
    match outcome {
        Ok(answer) => {
            let _ = done.send(answer);
            Ok(())
        }
        Err(ended) => {
            let error = if matches!(ended, Ended::NoAck) {
                ZdsError::TimedOut
            } else {
                ZdsError::Closed
            };
            let _ = done.send(Err(error));
            Err(ended)
        }
    }
}
