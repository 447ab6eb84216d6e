//! The API's view of what runs: each call becomes a request on the socket of the pod's node.

mod session;

use super::nodes;
use crate::addresses;
use crate::error::Failure;
use crate::wire::{self, Answer, LogCut, NodeUsage, PodKey, Request, Spent};
use bytes::BytesMut;
use futures::FutureExt;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use mesh_kubeapi::ApiServer;
use mesh_kubeapi::backend::{
    Amount, BackendError, ContainerRef, Duplex, ExecRequest, ExecSession, LogOptions, LogStream, NodeBackend,
    PodRef, Reply, Usage,
};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

/// How often the use is measured, so that a rate can be told at any time.
const SAMPLE: Duration = Duration::from_secs(5);

/// All nodes of the sandbox.
#[derive(Default)]
pub(super) struct Nodes {
    api: OnceLock<ApiServer>,
    before: Mutex<Option<Sample>>,
}

#[derive(Debug, Clone)]
struct Sample {
    at: Instant,
    nodes: BTreeMap<String, NodeUsage>,
}

impl Nodes {
    /// Learns where pods are looked up.
    pub(super) fn know(&self, api: ApiServer) {
        drop(self.api.set(api));
    }

    /// Measures now and then, until it is dropped.
    pub(super) async fn sample(&self) {
        loop {
            let sample = self.measure().await;
            *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(sample);
            sleep(SAMPLE).await;
        }
    }

    async fn measure(&self) -> Sample {
        let mut sample = Sample {
            at: Instant::now(),
            nodes: BTreeMap::new(),
        };
        for index in 1..=addresses::MAX_NODES {
            let name = addresses::node_name(index);
            let asked = timeout(Duration::from_secs(2), ask(&name, &Request::Usage)).await;
            if let Ok(Ok((_, Answer::Usage(usage)))) = asked {
                sample.nodes.insert(name, usage);
            }
        }
        sample
    }

    /// The node that runs this very pod.
    fn node_of(&self, pod: &PodRef) -> Result<String, BackendError> {
        let gone = || BackendError::PodGone {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
        };
        let pods = self.api.get().ok_or_else(gone)?.objects("pods");
        let found = pods.iter().find(|one| one["metadata"]["uid"] == pod.uid.as_str());
        found
            .and_then(|one| one["spec"]["nodeName"].as_str())
            .map(str::to_owned)
            .ok_or_else(gone)
    }

    async fn open(&self, container: &ContainerRef, request: &Request) -> Result<UnixStream, BackendError> {
        let node = self.node_of(&container.pod)?;
        let (stream, answer) = ask(&node, request)
            .await
            .map_err(|failure| unreachable_node(&failure))?;
        let pod = container.pod.name.clone();
        let container_name = container.container.clone();
        match answer {
            Answer::Go | Answer::Usage(_) => Ok(stream),
            Answer::PodGone => Err(BackendError::PodGone {
                namespace: container.pod.namespace.clone(),
                name: pod,
            }),
            Answer::NoSuchContainer => Err(BackendError::NoSuchContainer {
                pod,
                container: container_name,
            }),
            Answer::NotRunning { state } => Err(BackendError::NotRunning {
                pod,
                container: container_name,
                state,
            }),
            Answer::NoPreviousRun => Err(BackendError::NoPreviousRun {
                pod,
                container: container_name,
            }),
            Answer::Refused { reason } => match request {
                Request::Forward { port, .. } => Err(BackendError::Connect {
                    pod,
                    port: *port,
                    source: io::Error::other(reason),
                }),
                Request::Exec { command, .. } => {
                    let command = command.first().cloned().unwrap_or_default();
                    Err(BackendError::Exec {
                        command,
                        source: io::Error::other(reason),
                    })
                }
                _ => Err(BackendError::Node {
                    doing: "answer",
                    source: io::Error::other(reason),
                }),
            },
        }
    }
}

fn unreachable_node(failure: &Failure) -> BackendError {
    BackendError::Node {
        doing: "answer",
        source: io::Error::other(failure.chain()),
    }
}

async fn ask(node: &str, request: &Request) -> Result<(UnixStream, Answer), Failure> {
    use crate::error::Named;
    let path = nodes::folder(node).join("ctl/node.sock");
    let mut stream = UnixStream::connect(&path)
        .await
        .named(|| format!("cannot reach `{node}`"))?;
    wire::send(&mut stream, request).await?;
    let answer = wire::receive(&mut stream).await?;
    Ok((stream, answer))
}

fn key(pod: &PodRef) -> PodKey {
    PodKey {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        uid: pod.uid.clone(),
    }
}

impl NodeBackend for Nodes {
    fn logs(&self, container: ContainerRef, options: LogOptions) -> Reply<'_, LogStream> {
        async move {
            let cut = LogCut {
                follow: options.follow,
                tail: options.tail_lines,
                since: options.since,
                timestamps: options.timestamps,
                previous: options.previous,
                limit: options.limit_bytes,
            };
            let request = Request::Logs {
                pod: key(&container.pod),
                container: container.container.clone(),
                cut,
            };
            let stream = self.open(&container, &request).await?;
            let chunks = stream::unfold(stream, |mut stream| async move {
                let mut chunk = BytesMut::with_capacity(32 << 10);
                match stream.read_buf(&mut chunk).await {
                    Ok(0) => None,
                    Ok(_) => Some((Ok(chunk.freeze()), stream)),
                    Err(error) => Some((Err(error), stream)),
                }
            });
            Ok(chunks.boxed())
        }
        .boxed()
    }

    fn exec(&self, request: ExecRequest) -> Reply<'_, ExecSession> {
        async move {
            let asked = Request::Exec {
                pod: key(&request.container.pod),
                container: request.container.container.clone(),
                command: request.command.clone(),
                stdin: request.streams.stdin,
                tty: request.streams.tty,
            };
            let stream = self.open(&request.container, &asked).await?;
            Ok(session::carry(stream, request.streams))
        }
        .boxed()
    }

    fn attach(&self, _request: ExecRequest) -> Reply<'_, ExecSession> {
        async { Err(BackendError::Unsupported { what: "attach" }) }.boxed()
    }

    fn port_forward(&self, pod: PodRef, port: u16) -> Reply<'_, Box<dyn Duplex>> {
        async move {
            let request = Request::Forward { pod: key(&pod), port };
            let container = ContainerRef {
                pod,
                container: String::new(),
            };
            let stream = self.open(&container, &request).await?;
            Ok(Box::new(stream) as Box<dyn Duplex>)
        }
        .boxed()
    }

    fn usage(&self) -> Reply<'_, Usage> {
        async move {
            let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if before
                .as_ref()
                .is_none_or(|sample| sample.at.elapsed() < Duration::from_millis(300))
            {
                before = Some(self.measure().await);
                sleep(Duration::from_millis(300)).await;
            }
            let now = self.measure().await;
            Ok(rates(&before.unwrap_or_else(|| now.clone()), &now))
        }
        .boxed()
    }
}

/// What was used between two samples.
fn rates(before: &Sample, now: &Sample) -> Usage {
    let window = now.at.duration_since(before.at).max(Duration::from_millis(1));
    let amount = |old: Option<Spent>, new: Spent| {
        let spent = u128::from(new.cpu.saturating_sub(old.map_or(new.cpu, |old| old.cpu)));
        let rate = spent * 1_000_000_000 / window.as_nanos();
        Amount {
            cpu_nanocores: u64::try_from(rate).unwrap_or(u64::MAX),
            memory_bytes: new.memory,
        }
    };
    let mut usage = Usage {
        measured: Timestamp::now(),
        window,
        nodes: BTreeMap::new(),
        pods: BTreeMap::new(),
    };
    for (name, node) in &now.nodes {
        let old = before.nodes.get(name);
        usage
            .nodes
            .insert(name.clone(), amount(old.map(|old| old.node), node.node));
        for (pod, containers) in &node.containers {
            let old_pod = old.and_then(|old| old.containers.iter().find(|(other, _)| other.uid == pod.uid));
            let amounts = containers.iter().map(|(container, spent)| {
                let old = old_pod.and_then(|(_, containers)| containers.get(container).copied());
                (container.clone(), amount(old, *spent))
            });
            let pod = PodRef {
                namespace: pod.namespace.clone(),
                name: pod.name.clone(),
                uid: pod.uid.clone(),
            };
            usage.pods.insert(pod, amounts.collect());
        }
    }
    usage
}
