//! A node proxy of a test: greets, acknowledges, listens where it is told.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mesh_sys::netns::NetNamespace;
use mesh_sys::seqpacket::Connection;
use mesh_wire::well_known::port;
use mesh_wire::zds::{self, WorkloadInfo, WorkloadRequest, workload_request::Payload};
use tokio::task::JoinHandle;

/// One pod as the proxy has it.
pub(crate) struct Held {
    pub(crate) info: WorkloadInfo,
    pub(crate) namespace: NetNamespace,
    _listeners: Vec<TcpListener>,
}

#[derive(Default)]
struct Seen {
    pods: BTreeMap<String, Held>,
    kept: Vec<String>,
    snapshots: usize,
    adds: usize,
}

/// The proxy; it ends with the value.
pub(crate) struct Proxy {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Connects as soon as the agent listens.
    pub(crate) fn start(socket: &Path) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let (path, shared) = (socket.to_owned(), seen.clone());
        #[expect(
            clippy::disallowed_methods,
            reason = "the task is held here and ends with this value"
        )]
        let task = tokio::spawn(async move {
            loop {
                if let Ok(connection) = Connection::connect(&path) {
                    serve(&connection, &shared).await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Self { seen, task }
    }

    /// What it holds of a pod.
    pub(crate) fn with<T>(&self, uid: &str, read: impl FnOnce(Option<&Held>) -> T) -> T {
        read(self.seen.lock().unwrap().pods.get(uid))
    }

    /// Whether it serves a pod.
    pub(crate) fn serves(&self, uid: &str) -> bool {
        self.with(uid, |held| held.is_some())
    }

    /// Whether it was told to keep a pod whose namespace is not known.
    pub(crate) fn keeps(&self, uid: &str) -> bool {
        self.seen.lock().unwrap().kept.iter().any(|kept| kept == uid)
    }

    /// How many snapshots it has got.
    pub(crate) fn snapshots(&self) -> usize {
        self.seen.lock().unwrap().snapshots
    }

    /// How many pods it was asked to serve.
    pub(crate) fn adds(&self) -> usize {
        self.seen.lock().unwrap().adds
    }
}

async fn serve(connection: &Connection, seen: &Mutex<Seen>) {
    if connection.send(&zds::hello(), &[]).await.is_err() {
        return;
    }
    loop {
        let Ok(mut packet) = connection.recv(1024).await else {
            return;
        };
        if packet.bytes.is_empty() {
            return;
        }
        let request: WorkloadRequest = zds::decode(&packet.bytes).unwrap();
        match request.payload.unwrap() {
            Payload::Add(add) => {
                let namespace = NetNamespace::from_fd(packet.fds.pop().unwrap()).unwrap();
                let listeners = namespace.run(listeners).unwrap();
                let held = Held {
                    info: add.workload_info.unwrap(),
                    namespace,
                    _listeners: listeners,
                };
                let mut seen = seen.lock().unwrap();
                seen.adds += 1;
                seen.pods.insert(add.uid, held);
            }
            Payload::Keep(keep) => seen.lock().unwrap().kept.push(keep.uid),
            Payload::Del(del) => drop(seen.lock().unwrap().pods.remove(&del.uid)),
            Payload::SnapshotSent(_) => seen.lock().unwrap().snapshots += 1,
        }
        assert!(packet.fds.is_empty(), "descriptors only with additions");
        if connection.send(&zds::ack(), &[]).await.is_err() {
            return;
        }
    }
}

/// The proxy's ports; one that is taken already is an earlier proxy's.
fn listeners() -> Vec<TcpListener> {
    let ports = [port::HBONE, port::INBOUND_PLAINTEXT, port::OUTBOUND];
    ports
        .iter()
        .filter_map(|port| TcpListener::bind(("::", *port)).ok())
        .collect()
}
