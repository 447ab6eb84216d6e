//! Copying, live connections, and what failures lead to.

mod served;

use std::io::ErrorKind::{ConnectionRefused, InvalidData, UnexpectedEof};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::registry::{CloseReason, Protocol, Shown};
use super::splice::{self, SpliceError};
use super::*;
use crate::authz::Connection;
use crate::hbone::client::OpenError;
use crate::state::policy::{Action, Match, PolicyScope};
use crate::state::workload::Workload;
use crate::telemetry::Flag;
use crate::telemetry::connection::Bytes;
use crate::testing::{IntoUpdate, any, empty_mesh, identity, pod, policy};

const LIMIT: Duration = Duration::from_secs(20);

fn nobody() -> PodInfo {
    PodInfo {
        uid: "uid".into(),
        name: "unknown".to_owned(),
        namespace: "shop".to_owned(),
        service_account: "unknown".to_owned(),
    }
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) = tokio::join!(listener.accept(), TcpStream::connect(address));
    (connected.unwrap(), accepted.unwrap().0)
}

/// A client and a server with the splice between them.
async fn spliced(
    counts: &Arc<Bytes>,
    tasks: &mut JoinSet<Result<(), SpliceError>>,
) -> (TcpStream, TcpStream) {
    let ((client, near), (far, server)) = (pair().await, pair().await);
    let (near, far) = (splice::Socket::from(near), splice::Socket::from(far));
    let counts = counts.clone();
    tasks.spawn(async move { splice::sockets(&near, &far, &counts).await });
    (client, server)
}

#[tokio::test]
async fn hbone_c12_an_end_in_one_direction_leaves_the_other_open() {
    let (counts, mut tasks) = (Arc::new(Bytes::default()), JoinSet::new());
    let (mut client, mut server) = spliced(&counts, &mut tasks).await;
    client.write_all(b"request").await.unwrap();
    client.shutdown().await.unwrap();
    let mut request = String::new();
    server.read_to_string(&mut request).await.unwrap();
    assert_eq!(request, "request");
    server.write_all(b"a longer response").await.unwrap();
    server.shutdown().await.unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    assert_eq!(response, "a longer response");
    timeout(LIMIT, tasks.join_next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(counts.moved(), 7 + 17);
}

#[tokio::test]
async fn large_amounts_arrive_byte_for_byte() {
    let (counts, mut tasks) = (Arc::new(Bytes::default()), JoinSet::new());
    let (client, server) = spliced(&counts, &mut tasks).await;
    let sent: Vec<u8> = (0..5_000_000u32).map(|number| (number % 251) as u8).collect();
    let both = |mut stream: TcpStream, sent: Vec<u8>| async move {
        let (mut read, mut write) = stream.split();
        let mut got = Vec::new();
        let writing = async {
            write.write_all(&sent).await.unwrap();
            write.shutdown().await.unwrap();
        };
        let ((), received) = tokio::join!(writing, read.read_to_end(&mut got));
        received.unwrap();
        got
    };
    let (up, down) = tokio::join!(both(client, sent.clone()), both(server, sent.clone()));
    assert!(up == sent && down == sent);
    assert_eq!(counts.moved(), 10_000_000);
}

#[tokio::test(start_paused = true)]
async fn half_closed_and_silent_for_ten_minutes_is_an_end() {
    let (counts, mut tasks) = (Arc::new(Bytes::default()), JoinSet::new());
    let (mut client, mut server) = spliced(&counts, &mut tasks).await;
    client.shutdown().await.unwrap();
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
    let begin = tokio::time::Instant::now();
    tokio::time::sleep(Duration::from_mins(8)).await;
    server.write_all(b"still here").await.unwrap();
    client.read_exact(&mut [0; 10]).await.unwrap();
    let ended = tasks.join_next().await.unwrap().unwrap();
    assert!(matches!(ended, Err(SpliceError::HalfClosed)), "{ended:?}");
    // the silence that counts began after the last look
    assert_eq!(begin.elapsed().as_secs() / 60, 20);
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_reset_is_an_ordinary_end_and_ends_the_other_side() {
    let (counts, mut tasks) = (Arc::new(Bytes::default()), JoinSet::new());
    let (client, mut server) = spliced(&counts, &mut tasks).await;
    mesh_sys::socket::reset_on_close(&client).unwrap();
    drop(client);
    let mut rest = Vec::new();
    timeout(LIMIT, server.read_to_end(&mut rest)).await.unwrap().ok();
    drop(server);
    let ended = timeout(LIMIT, tasks.join_next()).await.unwrap().unwrap().unwrap();
    assert!(ended.is_ok(), "{ended:?}");
}

fn connection(port: u16) -> Connection {
    Connection {
        source: "10.0.0.9".parse().unwrap(),
        identity: Some(identity("shop", "client")),
        destination: SocketAddr::new("10.0.0.1".parse().unwrap(), port),
    }
}

fn shown(port: u16) -> Shown {
    Shown {
        source: SocketAddr::new("10.0.0.9".parse().unwrap(), port),
        original: None,
        actual: SocketAddr::new("10.0.0.1".parse().unwrap(), port),
        protocol: Protocol::Hbone,
    }
}

fn deny(name: &str, port: u16) -> crate::state::Update {
    let on_port = Match {
        destination_ports: any(vec![port]),
        ..Match::default()
    };
    policy(name, PolicyScope::WorkloadSelector, Action::Deny, vec![on_port]).into_update()
}

#[tokio::test]
async fn authz_c06_a_new_deny_closes_what_it_matches_and_leaves_the_rest() {
    let live = Live::new(empty_mesh());
    let web = |policies: &[&str]| Workload {
        authorization_policies: policies.iter().map(|key| (*key).into()).collect(),
        ..pod("web", &["10.0.0.1"])
    };
    let registry = Arc::new(Registry::default());
    let uid = web(&[]).uid;
    live.apply(vec![web(&[]).into_update()]);
    let matched = registry.inbound(shown(80), uid.clone(), connection(80));
    let other = registry.inbound(shown(81), uid, connection(81));
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let live = Arc::new(live);
    let (enforcer, watched, until) = (registry.clone(), live.clone(), stop.clone());
    tasks.spawn(async move { enforcer.enforce(&nobody(), &watched, until).await });
    tokio::task::yield_now().await;

    // the policy comes first, then the workload starts to name it: both wake the enforcer
    live.apply(vec![deny("shop/no", 80)]);
    live.apply(vec![web(&["shop/no"]).into_update()]);
    let reason = timeout(LIMIT, matched.closed()).await.unwrap();
    assert_eq!(reason, CloseReason::PolicyChange);
    assert_eq!(reason.to_string(), "connection closed due to policy change");
    assert!(
        timeout(Duration::from_millis(100), other.closed()).await.is_err(),
        "others stay"
    );
    drop(matched);
    assert_eq!(registry.len(), 1);
    stop.cancel();
    tasks.join_all().await;
}

#[tokio::test]
async fn authz_c13_a_refused_policy_beside_a_good_one_does_not_keep_live_connections_open() {
    // the stand-in of an undecodable DENY closes what is open (security A4)
    let live = Live::new(empty_mesh());
    let web = Workload {
        authorization_policies: Box::new(["shop/bad".into()]),
        ..pod("web", &["10.0.0.1"])
    };
    let registry = Arc::new(Registry::default());
    let open = registry.inbound(shown(80), web.uid.clone(), connection(80));
    live.apply(vec![web.into_update()]);
    let all = crate::state::Update::PolicyStandIn(Box::new(crate::state::policy::Policy {
        rules: Box::new([Box::default()]),
        ..policy("shop/bad", PolicyScope::WorkloadSelector, Action::Deny, vec![])
    }));
    live.apply(vec![all]);
    registry.decide_again(&live);
    assert_eq!(
        timeout(LIMIT, open.closed()).await.unwrap(),
        CloseReason::PolicyChange
    );
}

#[tokio::test]
async fn a_connection_closed_before_it_is_watched_is_still_closed() {
    // security A9: registration comes first, so nothing slips between
    let registry = Arc::new(Registry::default());
    let open = registry.outbound(shown(1));
    registry.close_all(CloseReason::Drain);
    assert_eq!(timeout(LIMIT, open.closed()).await.unwrap(), CloseReason::Drain);
    registry.close_all(CloseReason::PodRemoved);
    assert_eq!(open.closed().await, CloseReason::Drain, "the first reason stays");
}

#[test]
fn flags_follow_the_cause_also_through_a_shared_failure() {
    let io = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    let cases = [
        (ProxyError::Io(io()), Flag::Connect),
        (ProxyError::MaybeNetworkPolicy(io()), Flag::NetworkPolicy),
        (ProxyError::Closed(CloseReason::PolicyChange), Flag::Deny),
        (ProxyError::NotSynced, Flag::Deny),
        (
            ProxyError::Identity(crate::identity::IdentityError::NoCa),
            Flag::IdentityError,
        ),
    ];
    for (error, flag) in cases {
        let text = error.to_string();
        assert_eq!(error.flag(), flag);
        let shared = ProxyError::Shared(Arc::new(error));
        assert_eq!((shared.flag(), shared.to_string()), (flag, text));
    }
}

#[test]
fn only_unreachable_endpoints_are_worth_another_try() {
    let io = |kind| std::io::Error::from(kind);
    assert!(ProxyError::Io(io(ConnectionRefused)).is_unreachable());
    assert!(ProxyError::Open(OpenError::Io(io(UnexpectedEof))).is_unreachable());
    assert!(ProxyError::Open(OpenError::Status(http::StatusCode::SERVICE_UNAVAILABLE)).is_unreachable());
    for refused in [
        ProxyError::Open(OpenError::Io(io(InvalidData))),
        ProxyError::Open(OpenError::Status(http::StatusCode::UNAUTHORIZED)),
        ProxyError::NotSynced,
    ] {
        assert!(!refused.is_unreachable(), "{refused}");
    }
}
