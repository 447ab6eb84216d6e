//! How the client comes back, and how it notices that nobody is there.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;
use crate::control_plane::RootSource;
use crate::testing::control::{Control, Discovery, Root, reached};
use crate::testing::{empty_mesh, pod};

fn client(at: SocketAddr, root: RootSource) -> (XdsClient, Arc<Live>, Arc<Metrics>) {
    let (live, metrics) = (
        Arc::new(Live::new(empty_mesh())),
        Arc::new(Metrics::unregistered()),
    );
    let node = Node::default();
    let client = XdsClient::new(reached(at, root), node, live.clone(), metrics.clone());
    (client, live, metrics)
}

#[tokio::test(start_paused = true)]
async fn xds_c19_waits_double_from_20_ms_to_15_s() {
    // without a trust root every attempt fails before the first packet
    let nowhere = RootSource::File("/nonexistent/root.pem".into());
    let (client, _, metrics) = client("127.0.0.1:1".parse().unwrap(), nowhere);
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let until = stop.clone();
    tasks.spawn(async move { client.run(None, until).await });
    let mut failed = Vec::new();
    while failed.len() < 14 {
        while metrics.xds_terminations() > failed.len() as u64 {
            failed.push(Instant::now());
        }
        sleep(Duration::from_millis(1)).await;
    }
    for (number, pair) in failed.windows(2).enumerate() {
        let expected = (0.020 * f64::from(1_u32 << number)).min(15.0);
        let waited = (pair[1] - pair[0]).as_secs_f64();
        // a tenth of jitter, and the millisecond between two looks
        let bounds = expected * 0.9 - 0.002..expected * 1.1 + 0.003;
        assert!(
            bounds.contains(&waited),
            "{number}: {waited} instead of {expected}"
        );
    }
    stop.cancel();
    tasks.join_all().await;
}

#[test]
fn xds_c19_what_follows_an_end_depends_on_the_end() {
    let long = Duration::from_secs(8);
    let failed = |status| Ended::Failed(status).next(long);
    let doubled = (MAX_BACKOFF, MAX_BACKOFF);
    assert_eq!(Ended::Clean.next(long), (FIRST_BACKOFF, Duration::ZERO));
    assert_eq!(Ended::Connect(ConnectError::EmptyRoot).next(long), doubled);
    assert_eq!(Ended::Refused(Status::unauthenticated("no")).next(long), doubled);
    assert_eq!(failed(Status::resource_exhausted("too much")), doubled);
    assert_eq!(failed(Status::unavailable("elsewhere")), doubled);
    for ordinary in [
        Status::unknown("x"),
        Status::cancelled("x"),
        Status::deadline_exceeded("x"),
        Status::unavailable("transport is closing"),
        Status::unavailable("received prior goaway"),
    ] {
        assert_eq!(failed(ordinary), (FIRST_BACKOFF, FIRST_BACKOFF));
    }
}

#[tokio::test]
async fn xds_c19_an_orderly_end_is_followed_by_a_new_stream() {
    let root = Root::new();
    let pem = RootSource::Inline(root.pem.clone());
    let control = Control::start(root, Discovery::Ends).await;
    let (client, _, metrics) = client(control.address, pem);
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let until = stop.clone();
    tasks.spawn(async move { client.run(None, until).await });
    while control.streams() < 5 {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(metrics.xds_terminations() >= 4);
    assert!(control.connections() >= 5, "each on a connection of its own");
    stop.cancel();
    tasks.join_all().await;
}

#[tokio::test]
async fn a_large_response_that_comes_in_parts_is_taken_in_as_a_whole() {
    const TOLD: usize = 5_000;
    let root = Root::new();
    let pem = RootSource::Inline(root.pem.clone());
    let control = Control::start(root, Discovery::Tells(TOLD)).await;
    let (client, live, metrics) = client(control.address, pem);
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let until = stop.clone();
    tasks.spawn(async move { client.run(None, until).await });
    live.synced().wait_for(|synced| *synced).await.unwrap();
    assert_eq!(live.read(|mesh| mesh.each_workload().count()), TOLD);
    let last = live.read(|mesh| mesh.find_workload("east//Pod/shop/p4999").cloned());
    assert_eq!(last.as_deref(), Some(&pod("p4999", &["10.0.0.1"])));
    assert_eq!((*live.changes().borrow(), metrics.xds_terminations()), (1, 0));
    stop.cancel();
    tasks.join_all().await;
}

/// Carries connections to `to` until `silent`, and then nothing, without ending them.
async fn relay(to: SocketAddr, silent: CancellationToken, tasks: &mut JoinSet<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move {
        let mut relays = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(to).await.unwrap();
            let silent = silent.clone();
            relays.spawn(async move {
                let carried = silent
                    .run_until_cancelled(copy_bidirectional(&mut near, &mut far))
                    .await;
                if carried.is_none() {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn xds_c20_a_silent_control_plane_is_pinged_after_30_s_and_dropped_10_s_later() {
    let root = Root::new();
    let pem = RootSource::Inline(root.pem.clone());
    let control = Control::start(root, Discovery::Serves).await;
    let (silent, stop, mut tasks) = (CancellationToken::new(), CancellationToken::new(), JoinSet::new());
    let between = relay(control.address, silent.clone(), &mut tasks).await;
    let (client, live, metrics) = client(between, pem);
    let mut running = JoinSet::new();
    let until = stop.clone();
    running.spawn(async move { client.run(None, until).await });
    live.synced().wait_for(|synced| *synced).await.unwrap();
    silent.cancel();
    // what was on its way has come; from here on there is nothing but timers
    sleep(Duration::from_millis(200)).await;
    tokio::time::pause();
    let began = Instant::now();
    while metrics.xds_terminations() == 0 {
        sleep(Duration::from_millis(100)).await;
    }
    let took = began.elapsed().as_secs_f64();
    assert!((35.0..41.0).contains(&took), "{took}");
    assert!(*live.synced().borrow(), "what is known stays known");
    stop.cancel();
    running.join_all().await;
    tasks.shutdown().await;
}
