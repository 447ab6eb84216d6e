//! Both ends of tunnels over in-memory pipes; deadlines under a paused clock.

mod interop;
mod readers;
mod rotation;
mod settings;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use mesh_wire::identity::Identity;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::TunnelSettings;
use crate::hbone::client::{OpenError, Opened, Requests};
use crate::hbone::driver::Transport;
use crate::hbone::pool::{Key, Pool};
use crate::hbone::server::{AcceptError, Accepted, Asked};
use crate::hbone::stream::{Tunnel, TunnelPipe};
use crate::identity::certificate::WorkloadCertificate;
use crate::identity::fake_ca::FakeCa;
use crate::testing::{ca, identity};
use crate::tls;

const PIPE: usize = 1 << 20;

type Reader = <DuplexStream as Transport>::Reader;

struct Ends {
    ca: FakeCa,
    client: WorkloadCertificate,
    server: Arc<WorkloadCertificate>,
}

impl Ends {
    fn new() -> Self {
        let ca = ca();
        Self {
            client: ca.sign(&identity("shop", "client")).unwrap(),
            server: Arc::new(ca.sign(&identity("shop", "web")).unwrap()),
            ca,
        }
    }

    /// A connection whose server gives every request to `answer`.
    async fn open<F, Fut>(
        &self,
        tasks: &mut JoinSet<()>,
        drain: &CancellationToken,
        answer: F,
    ) -> Opened<Reader>
    where
        F: Fn(Asked) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (near, far) = duplex(PIPE);
        let (config, drain) = (self.server.clone(), drain.clone());
        tasks.spawn(async move {
            let Ok(accepted) = accept(far, config).await else {
                return;
            };
            server::serve(accepted, drain, answer).await.ok();
        });
        let address = "10.0.0.1".parse().unwrap();
        client::open(
            near,
            address,
            &self.client,
            vec![identity("shop", "web")],
            TunnelSettings::default(),
        )
        .await
        .unwrap()
    }
}

async fn accept(
    stream: DuplexStream,
    own: Arc<WorkloadCertificate>,
) -> Result<Accepted<Reader>, AcceptError> {
    let deadline = Instant::now() + HANDSHAKE_LIMIT;
    server::handshake(stream, &own, TunnelSettings::default(), deadline).await
}

/// Sends `text` and the end, and reads everything up to the other end.
async fn exchange(tunnel: Tunnel, text: &str) -> String {
    let mut pipe = TunnelPipe::new(tunnel);
    pipe.write_all(text.as_bytes()).await.unwrap();
    pipe.shutdown().await.unwrap();
    let mut all = String::new();
    pipe.read_to_string(&mut all).await.unwrap();
    all
}

/// Sends back what it gets.
async fn echo(asked: Asked) {
    let pipe = TunnelPipe::new(asked.accept(&HeaderMap::new()).unwrap());
    let (mut read, mut write) = tokio::io::split(pipe);
    tokio::io::copy(&mut read, &mut write).await.ok();
    write.shutdown().await.ok();
}

async fn refuse(asked: Asked) {
    asked.refuse(StatusCode::UNAUTHORIZED).unwrap();
}

fn drive(tasks: &mut JoinSet<()>, opened: Opened<Reader>) -> Requests {
    let Opened { requests, driver, .. } = opened;
    tasks.spawn(async move {
        driver.run().await.ok();
    });
    requests
}

#[tokio::test]
async fn a_stream_carries_bytes_both_ways_and_ends_each_way_alone() {
    // hbone 12: the client's end does not end the answer
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let opened = Ends::new().open(&mut tasks, &drain, echo).await;
    let requests = drive(&mut tasks, opened);
    let accepted = client::connect(&requests, "10.0.0.1:80", HeaderMap::new())
        .await
        .unwrap();
    assert_eq!(exchange(accepted.tunnel, "ping").await, "ping");
    tasks.shutdown().await;
}

#[tokio::test]
async fn a_refusal_is_told_with_its_status() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let opened = Ends::new().open(&mut tasks, &drain, refuse).await;
    let requests = drive(&mut tasks, opened);
    let error = client::connect(&requests, "10.0.0.1:80", HeaderMap::new())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "http status: 401 Unauthorized");
    tasks.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn hbone_c20_draining_lets_streams_go_on_and_takes_no_new_ones() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let opened = Ends::new().open(&mut tasks, &drain, echo).await;
    let requests = drive(&mut tasks, opened);
    let accepted = client::connect(&requests, "10.0.0.1:80", HeaderMap::new())
        .await
        .unwrap();
    let tunnel = accepted.tunnel;
    drain.cancel();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let error = client::connect(&requests, "10.0.0.1:80", HeaderMap::new())
        .await
        .unwrap_err();
    assert!(error.is_stale(), "{error}");
    assert_eq!(exchange(tunnel, "still here").await, "still here");
    // the connection ends with its last stream, on both sides
    while tasks.join_next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn security_t17_silent_and_slow_callers_are_closed_after_five_seconds() {
    let ends = Ends::new();
    let started = Instant::now();
    let (_near, far) = duplex(PIPE);
    let error = accept(far, ends.server.clone()).await.unwrap_err();
    assert!(matches!(error, AcceptError::Timeout));
    assert_eq!(started.elapsed(), HANDSHAKE_LIMIT);

    // one byte a second of a hello that never ends
    let (mut near, far) = duplex(PIPE);
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        near.write_all(&[0x16, 0x03, 0x01, 0x40, 0x00]).await.unwrap();
        while near.write_all(&[1]).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let error = accept(far, ends.server.clone()).await.unwrap_err();
    assert!(matches!(error, AcceptError::Timeout), "{error}");
    assert_eq!(started.elapsed(), HANDSHAKE_LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_fails_the_opening_after_five_seconds() {
    let ends = Ends::new();
    let (near, _far) = duplex(PIPE);
    let started = Instant::now();
    let address = "10.0.0.1".parse().unwrap();
    let opened = client::open(near, address, &ends.client, Vec::new(), TunnelSettings::default()).await;
    assert!(matches!(opened, Err(OpenError::HandshakeTimeout)));
    assert_eq!(started.elapsed(), HANDSHAKE_LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_connect_without_answer_fails_after_eleven_seconds() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let never = |asked: Asked| async move {
        std::future::pending::<()>().await;
        drop(asked);
    };
    let opened = Ends::new().open(&mut tasks, &drain, never).await;
    let requests = drive(&mut tasks, opened);
    let started = Instant::now();
    let error = client::connect(&requests, "10.0.0.1:80", HeaderMap::new())
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::AnswerTimeout));
    assert_eq!(started.elapsed(), ANSWER_LIMIT);
    tasks.shutdown().await;
}

#[tokio::test]
async fn peers_that_agree_on_no_protocol_are_refused() {
    // security T5
    let ends = Ends::new();
    let mut config = rustls::ClientConfig::clone(
        &tls::client_config(
            &ends.client.credentials,
            vec![identity("shop", "web")],
            tls::TlsPolicy::default(),
        )
        .unwrap(),
    );
    config.alpn_protocols.clear();
    let (near, far) = duplex(PIPE);
    let name = ServerName::try_from("10.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let connecting = connector.connect(name, near);
    let (accepted, _) = tokio::join!(accept(far, ends.server.clone()), connecting);
    assert!(matches!(accepted, Err(AcceptError::Alpn)));
}

fn key(expected: Identity) -> Key {
    Key {
        source: identity("shop", "client"),
        expected: vec![expected],
        via: "10.0.0.1:15008".parse().unwrap(),
        client: "10.0.0.9".parse().unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn hbone_c13_150_streams_use_two_connections_and_none_is_left_after_five_idle_minutes() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let ends = Arc::new(Ends::new());
    let pool: Arc<Pool<OpenError>> = Arc::new(Pool::new(TunnelSettings::default()));
    let servers = Arc::new(tokio::sync::Mutex::new(JoinSet::new()));
    let opens = Arc::new(AtomicUsize::new(0));
    for _ in 0..150 {
        let (pool, ends, drain) = (pool.clone(), ends.clone(), drain.clone());
        let (servers, opens) = (servers.clone(), opens.clone());
        tasks.spawn(async move {
            let key = key(identity("shop", "web"));
            let checkout = pool
                .checkout(&key, async || {
                    opens.fetch_add(1, Ordering::Relaxed);
                    let mut servers = servers.lock().await;
                    Ok(ends.open(&mut servers, &drain, echo).await)
                })
                .await
                .unwrap();
            let accepted = client::connect(&checkout.requests, "10.0.0.1:80", HeaderMap::new())
                .await
                .unwrap();
            let tunnel = accepted.with_lease(Box::new(checkout.place)).tunnel;
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(tunnel);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(opens.load(Ordering::Relaxed), 2);
    assert_eq!(pool.connections(), 2);
    tokio::time::sleep(Duration::from_secs(280)).await;
    assert_eq!(pool.connections(), 2);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(pool.connections(), 0);
    while servers.lock().await.join_next().await.is_some() {}
    pool.finish().await;
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_dead_peer_share_one_attempt_and_its_failure() {
    // security 9: one shared attempt, all callers answered within 11 s
    let pool: Arc<Pool<&'static str>> = Arc::new(Pool::new(TunnelSettings::default()));
    let (mut tasks, attempts) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    for _ in 0..100 {
        let (pool, attempts) = (pool.clone(), attempts.clone());
        tasks.spawn(async move {
            let opened = pool
                .checkout(
                    &key(identity("shop", "web")),
                    async || -> Result<Opened<Reader>, _> {
                        attempts.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(CONNECT_LIMIT).await;
                        Err("dead")
                    },
                )
                .await;
            *opened.unwrap_err()
        });
    }
    while let Some(ended) = tasks.join_next().await {
        assert_eq!(ended.unwrap(), "dead");
    }
    assert_eq!(started.elapsed(), CONNECT_LIMIT);
    assert_eq!(attempts.load(Ordering::Relaxed), 1);
    // the next caller tries again
    let again = pool
        .checkout(
            &key(identity("shop", "web")),
            async || -> Result<Opened<Reader>, _> { Err("still dead") },
        )
        .await;
    assert_eq!(*again.unwrap_err(), "still dead");
}

#[tokio::test(start_paused = true)]
async fn when_the_opener_goes_away_a_waiter_takes_over() {
    let pool: Arc<Pool<&'static str>> = Arc::new(Pool::new(TunnelSettings::default()));
    let mut first = JoinSet::new();
    let opening = pool.clone();
    first.spawn(async move {
        let never = async || -> Result<Opened<Reader>, _> { std::future::pending().await };
        opening.checkout(&key(identity("shop", "web")), never).await.ok();
    });
    tokio::task::yield_now().await;
    let mut second = JoinSet::new();
    let waiting = pool.clone();
    second.spawn(async move {
        let taken = async || -> Result<Opened<Reader>, _> { Err("mine") };
        *waiting
            .checkout(&key(identity("shop", "web")), taken)
            .await
            .unwrap_err()
    });
    tokio::task::yield_now().await;
    first.shutdown().await;
    assert_eq!(second.join_next().await.unwrap().unwrap(), "mine");
}

#[tokio::test]
async fn hbone_c14_pods_and_identities_do_not_share_connections() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let ends = Ends::new();
    let pool: Pool<OpenError> = Pool::new(TunnelSettings::default());
    let base = key(identity("shop", "web"));
    let others = [
        base.clone(),
        Key {
            client: "10.0.0.10".parse().unwrap(),
            ..base.clone()
        },
        Key {
            source: identity("shop", "other"),
            ..base.clone()
        },
        Key {
            expected: vec![identity("shop", "web"), identity("shop", "x")],
            ..base.clone()
        },
        Key {
            via: "10.0.0.2:15008".parse().unwrap(),
            ..base.clone()
        },
        base,
    ];
    let mut places = Vec::new();
    for key in &others {
        let checkout = pool.checkout(key, async || Ok(ends.open(&mut tasks, &drain, echo).await));
        places.push(checkout.await.unwrap());
    }
    let reused: Vec<bool> = places.iter().map(|one| one.is_reused).collect();
    assert_eq!(reused, [false, false, false, false, false, true]);
    assert_eq!(pool.connections(), 5);
    drop(places);
    pool.finish().await;
    tasks.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn hbone_c16_a_silent_peer_is_noticed_within_half_a_minute() {
    let ends = Ends::new();
    let (near, far) = duplex(PIPE);
    // does its handshake, answers nothing afterwards, and keeps the connection open
    let accept = TlsAcceptor::from(ends.server.server.clone()).accept(far);
    let address = "10.0.0.1".parse().unwrap();
    let expected = vec![identity("shop", "web")];
    let opening = client::open(near, address, &ends.client, expected, TunnelSettings::default());
    let (silent, opened) = tokio::join!(accept, opening);
    let (_silent, opened) = (silent.unwrap(), opened.unwrap());
    let pool: Pool<OpenError> = Pool::new(TunnelSettings::default());
    let started = Instant::now();
    let checkout = pool
        .checkout(&key(identity("shop", "web")), async || Ok(opened))
        .await
        .unwrap();
    assert_eq!(pool.connections(), 1);
    while pool.connections() > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(started.elapsed() < Duration::from_mins(1));
    }
    let noticed = started.elapsed();
    assert!(
        noticed >= connection::PING_LIMIT && noticed <= Duration::from_secs(31),
        "{noticed:?}"
    );
    drop(checkout);
    pool.finish().await;
}

#[tokio::test]
async fn security_t15_a_peer_whose_certificate_has_ended_gets_no_new_streams() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let ends = Ends::new();
    let pool: Pool<OpenError> = Pool::new(TunnelSettings::default());
    let key = key(identity("shop", "web"));
    let expired = async || {
        let mut opened = ends.open(&mut JoinSet::new(), &drain, echo).await;
        opened.peer_not_after = SystemTime::now() - Duration::from_secs(1);
        Ok(opened)
    };
    drop(pool.checkout(&key, expired).await);
    let fresh = pool
        .checkout(&key, async || Ok(ends.open(&mut tasks, &drain, echo).await))
        .await
        .unwrap();
    assert!(!fresh.is_reused);
    drop(fresh);
    pool.finish().await;
    tasks.shutdown().await;
    assert_eq!(
        ends.ca.root_pem().lines().next(),
        Some("-----BEGIN CERTIFICATE-----")
    );
}
