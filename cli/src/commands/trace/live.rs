//! One marked connection: sent from the source's own pod, and looked for in the event streams of both proxies.
//!
//! The mark is the source's port. The proxy of the source tells of it; the proxy of the destination sees the tunnel's
//! port instead, so there it is the first connection of that source from that moment on, which may be another one of it.

use crate::cluster::Cluster;
use crate::cluster::exec::Ran;
use crate::cluster::forward::PodRequest;
use crate::context::Context;
use crate::exit::Failure;
use crate::tap::{Event, Kind, Told, Verdict};
use crate::trace::live::{Found, Sent};
use bytes::{Bytes, BytesMut};
use mesh_wire::well_known::port;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Until the streams of both proxies run.
const START: Duration = Duration::from_secs(1);
/// How long after the connection its events are waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Ports that marks are taken from: below those that kernels give.
const MARKS: std::ops::Range<u16> = 20_000..30_000;

/// What is sent from where to where, and whom to ask.
pub(super) struct Errand<'a> {
    /// Namespace and name of the source's pod.
    pub(super) pod: (&'a str, &'a str),
    /// The address as the application would use it.
    pub(super) to: SocketAddr,
    /// The pods of both node proxies.
    pub(super) proxies: BTreeSet<String>,
    /// Whether the source's own proxy will tell of it.
    pub(super) is_captured: bool,
}

impl Errand<'_> {
    /// Sends it, and waits for what the proxies say.
    ///
    /// # Errors
    /// The cluster cannot be asked.
    pub(super) async fn run(&self, cluster: &Cluster, context: &Context) -> Result<Sent, Failure> {
        let (pieces, mut lines) = mpsc::channel(256);
        let mut streams = JoinSet::new();
        for proxy in &self.proxies {
            let (cluster, system) = (cluster.clone(), context.istio_namespace());
            streams.spawn(listen(cluster, (system, proxy.clone()), pieces.clone()));
        }
        drop(pieces);
        sleep(START).await;
        let mark = rand::random_range(MARKS);
        let sent = Box::pin(self.send(cluster, mark)).await?;
        let Some(program) = sent else {
            return Ok(Sent::default());
        };
        let mut found = Sent {
            mark: Some(mark),
            program: Some(program),
            ..Sent::default()
        };
        let wait = async {
            while let Some(event) = lines.recv().await {
                self.hear(&mut found, &event);
                if self.is_told(&found) {
                    break;
                }
            }
        };
        // what has not come by then is missing from the answer
        let _ = timeout(PATIENCE, wait).await;
        Ok(found)
    }

    /// Makes the connection with whatever program the pod has.
    async fn send(&self, cluster: &Cluster, mark: u16) -> Result<Option<&'static str>, Failure> {
        let (ip, number) = (self.to.ip().to_string(), self.to.port().to_string());
        let (to, own) = (self.to.to_string(), mark.to_string());
        let url = format!("telnet://{to}");
        let ways: [(&'static str, Vec<&str>); 3] = [
            (
                "meshctl",
                vec!["meshctl", "sandbox", "load", "ask", "--local-port", &own, &to],
            ),
            ("nc", vec!["nc", "-w", "3", "-p", &own, &ip, &number]),
            (
                "curl",
                vec![
                    "curl",
                    "-s",
                    "-o",
                    "/dev/null",
                    "-m",
                    "3",
                    "--local-port",
                    &own,
                    &url,
                ],
            ),
        ];
        let (namespace, pod) = self.pod;
        for (name, words) in ways {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            if let Ran::Ended(_) = Box::pin(cluster.run_in_pod(namespace, pod, &words)).await? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn hear(&self, found: &mut Sent, event: &Event) {
        let (namespace, pod) = self.pod;
        let is_own = event.source.namespace.as_deref() == Some(namespace)
            && event.source.workload.as_deref() == Some(pod);
        if !is_own {
            return;
        }
        let told = Found {
            time: event.time.clone(),
            is_over: event.kind != Kind::Open,
            is_refused: Verdict::of(event) != Verdict::Forwarded,
            policy: event.policy.as_ref().map(ToString::to_string),
            reason: event.reason.clone(),
            target: event
                .target
                .as_ref()
                .map_or_else(|| event.destination.address.clone(), ToString::to_string),
        };
        let mark = found.mark.map(|mark| format!(":{mark}")).unwrap_or_default();
        if event.direction == "outbound" && event.source.address.ends_with(&mark) {
            replace(&mut found.source, told);
        } else if event.direction == "inbound" && (event.source.address.ends_with(&mark) || self.is_captured)
        {
            replace(&mut found.destination, told);
        }
    }

    /// Whether both have told all that counts: the destination's proxy has the last word.
    fn is_told(&self, found: &Sent) -> bool {
        let is_over = found.destination.as_ref().is_some_and(|one| one.is_over);
        is_over && (found.source.is_some() || !self.is_captured)
    }
}

/// A refusal says more than an end, and an end more than a start.
fn replace(held: &mut Option<Found>, told: Found) {
    let rank = |one: &Found| (one.is_refused, one.is_over);
    if held.as_ref().is_none_or(|held| rank(held) < rank(&told)) {
        *held = Some(told);
    }
}

/// The events of one proxy, until nobody takes them.
async fn listen(cluster: Cluster, (system, proxy): (String, String), events: mpsc::Sender<Box<Event>>) {
    let (pieces, mut taken) = mpsc::channel::<Bytes>(16);
    let relay = async {
        let ask = PodRequest {
            namespace: &system,
            pod: &proxy,
            port: port::ADMIN,
            path: "/events",
        };
        // a stream that breaks tells nothing more, and the answer says what is missing
        let _ = cluster.stream_from_pod(&ask, &pieces).await;
    };
    let read = async {
        let mut held = BytesMut::new();
        while let Some(piece) = taken.recv().await {
            held.extend_from_slice(&piece);
            while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
                let line = held.split_to(end + 1);
                if let Ok(Told::Event(event)) = Told::parse(&line)
                    && events.send(event).await.is_err()
                {
                    return;
                }
            }
        }
    };
    tokio::select! {
        () = relay => {}
        () = read => {}
    }
}
