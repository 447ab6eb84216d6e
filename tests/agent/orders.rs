//! A pod starts while agent, proxy or both are killed, in each order, right after each step of its capture, and once more
//! while it runs: whatever it says from its first moment on goes to the proxy. A packet capture beside it sees nothing.

use std::net::{IpAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mesh_node::capture::fault::{Fault, Step};
use mesh_node::redirect::nft;
use mesh_sys::netns::NetNamespace;
use serde_json::json;

use crate::bench::{Bench, block, is_captured, until};
use crate::harness::{Need, Suite};
use crate::proxy::Proxy;
use crate::sniffer::Sniffer;
use crate::world::{NODE, NODE6, POD, POD6, at, connect, listen};

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    suite.test(
        "no_pod_starts_in_the_clear_whoever_is_killed_at_whatever_step",
        needs,
        || block(every_order),
    );
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Agent,
    Proxy,
}

const ORDERS: [&[Victim]; 4] = [
    &[Victim::Agent],
    &[Victim::Proxy],
    &[Victim::Agent, Victim::Proxy],
    &[Victim::Proxy, Victim::Agent],
];

async fn every_order() {
    let mut bench = Bench::new().await;
    the_capture_sees_plaintext(&bench).await;
    bench.enrol().await;
    for step in Step::ALL {
        for order in ORDERS {
            one(&mut bench, step, order).await;
        }
    }
}

/// The addresses that a pod sends from.
fn addresses() -> [IpAddr; 2] {
    [POD, POD6].map(|address| address.parse().unwrap())
}

/// A pod outside of the mesh is seen, whatever it says: what is not seen later was not there.
async fn the_capture_sees_plaintext(bench: &Bench) {
    let sniffer = Sniffer::start(&bench.world.node);
    let words = Words::start(&bench.world.pod);
    words.stop().await;
    let seen = format!("{:?}", sniffer.plain(&addresses()));
    for one in [
        format!("TCP from {POD} to port 8080"),
        format!("TCP from {POD6} to port 8080"),
        format!("UDP from {POD} to port 53"),
        format!("UDP from {POD6} to port 53"),
    ] {
        assert!(seen.contains(&one), "{one} is missing in {seen}");
    }
}

/// What the processes of a pod say without a pause, each time anew.
struct Words {
    said: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Words {
    fn start(space: &NetNamespace) -> Self {
        let (said, over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (counts, stops, space) = (said.clone(), over.clone(), space.clone());
        let thread = std::thread::spawn(move || {
            while !stops.load(Ordering::Relaxed) {
                space.run(say).unwrap();
                counts.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self { said, over, thread }
    }

    /// Lets them say enough, and ends it.
    async fn stop(self) {
        until("the pod has said enough", async || {
            self.said.load(Ordering::Relaxed) > 10
        })
        .await;
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

/// A connection and a question by each family; nobody needs to answer.
fn say() {
    for (own, node) in [("0.0.0.0", NODE), ("::", NODE6)] {
        let _ = TcpStream::connect_timeout(&at(node, 8080), Duration::from_millis(20));
        let socket = UdpSocket::bind(at(own, 0)).unwrap();
        let _ = socket.send_to(b"which address", at(node, 53));
    }
}

/// One pod from its creation to its end.
async fn one(bench: &mut Bench, step: Step, order: &[Victim]) {
    let what = format!("{order:?} after {step:?}");
    let sniffer = Sniffer::start(&bench.world.node);
    let outside = listen(&bench.world.node, "0.0.0.0", 8080).unwrap();
    outside.set_nonblocking(true).unwrap();
    let reached = Arc::new(AtomicBool::new(false));
    let sees = reached.clone();
    // the first capture goes no further than this step; after the blows nothing is in the way
    let cut = Fault::new(move |after| after == step && !sees.swap(true, Ordering::Relaxed));
    bench.start_faulty(cut).await;
    let mut proxy = Some(bench.proxy());
    until("the proxy is connected", async || {
        proxy.as_ref().is_some_and(|proxy| proxy.snapshots() > 0)
    })
    .await;
    let space = bench.world.pod.clone();
    bench.hold("a", &space);
    let uid = bench.create_pod("a", &json!({})).await;
    let first = bench.plugging(("shop", "a"), &bench.netns_path("a"), POD);
    let is_reached = async || reached.load(Ordering::Relaxed);
    until(&what, is_reached).await;
    strike(bench, &mut proxy, order).await;
    if !first.await.unwrap().status.success() {
        start_again(bench, &what).await;
    }
    // its first word, at once
    let _said = connect(&space, NODE, 8080);
    let words = Words::start(&space);
    assert!(is_captured(&space), "{what}");
    // the kubelet says where it is
    bench.set_addresses("a", &[POD]).await;
    strike(bench, &mut proxy, order).await;
    until(&what, async || {
        proxy.as_ref().is_some_and(|proxy| proxy.serves(&uid))
    })
    .await;
    bench.until_annotated("a", Some("enabled")).await;
    words.stop().await;
    assert!(outside.accept().is_err(), "{what}: it went in the clear");
    assert_eq!(sniffer.plain(&addresses()), [], "{what}");
    bench.stop().await;
    drop(proxy);
    bench.delete_pod("a").await;
    bench.release("a");
    space.run(nft::remove).unwrap().unwrap();
}

/// Kills and starts anew, one after the other.
async fn strike(bench: &mut Bench, proxy: &mut Option<Proxy>, order: &[Victim]) {
    for victim in order {
        match victim {
            Victim::Agent => {
                bench.kill().await;
                bench.start().await;
            }
            Victim::Proxy => {
                drop(proxy.take());
                *proxy = Some(bench.proxy());
            }
        }
    }
}

/// As the kubelet does, with a new sandbox each time.
async fn start_again(bench: &Bench, what: &str) {
    let begin = Instant::now();
    loop {
        let output = bench.plug(("shop", "a"), &bench.netns_path("a"), POD).await;
        if output.status.success() {
            return;
        }
        let waits = begin.elapsed() < Duration::from_secs(20);
        assert!(waits, "{what}: it never starts");
    }
}
