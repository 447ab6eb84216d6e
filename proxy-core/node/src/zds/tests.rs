//! The server against a proxy that speaks raw packets.

use std::os::fd::AsFd;

use mesh_wire::zds::{self as wire, WorkloadRequest, workload_request::Payload};
use tokio::time::Instant;

use super::*;

struct Proxy(Connection);

impl Proxy {
    async fn connect(path: &Path) -> Self {
        let connection = Connection::connect(path).unwrap();
        connection.send(&wire::hello(), &[]).await.unwrap();
        Self(connection)
    }

    /// The next request, with how many descriptors it brought.
    async fn next(&self) -> (Payload, usize) {
        let packet = timeout(Duration::from_secs(5), self.0.recv(1024))
            .await
            .unwrap()
            .unwrap();
        assert!(!packet.truncated && !packet.bytes.is_empty());
        let request: WorkloadRequest = wire::decode(&packet.bytes).unwrap();
        (request.payload.unwrap(), packet.fds.len())
    }

    async fn answer(&self, bytes: &[u8]) {
        self.0.send(bytes, &[]).await.unwrap();
    }

    /// Acknowledges everything up to the end of the snapshot; tells what was in it.
    async fn snapshot(&self) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let (payload, fds) = self.next().await;
            self.answer(&wire::ack()).await;
            match payload {
                Payload::Add(add) => seen.push(format!("add {} {fds}", add.uid)),
                Payload::Keep(keep) => seen.push(format!("keep {} {fds}", keep.uid)),
                Payload::SnapshotSent(_) => return seen,
                Payload::Del(del) => panic!("{}", del.uid),
            }
        }
    }
}

struct Server {
    zds: Zds,
    path: PathBuf,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
    _tasks: JoinSet<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn serve() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ztunnel/ztunnel.sock");
    let listener = listen(&path).unwrap();
    let (zds, stop) = (Zds::new(Metrics::default()), CancellationToken::new());
    let mut tasks = JoinSet::new();
    let (serving, stopped) = (zds.clone(), stop.clone());
    tasks.spawn(async move { serving.serve(listener, stopped).await });
    Server {
        zds,
        path,
        stop,
        _folder: folder,
        _tasks: tasks,
    }
}

fn info(name: &str) -> WorkloadInfo {
    WorkloadInfo {
        name: name.to_owned(),
        namespace: "shop".to_owned(),
        service_account: "default".to_owned(),
    }
}

fn here() -> NetNamespace {
    NetNamespace::current().unwrap()
}

#[tokio::test]
async fn cni_c15_the_snapshot_holds_pods_with_namespaces_and_keeps_the_rest() {
    let server = serve();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&server.path), mode(server.path.parent().unwrap())),
        (0o600, 0o700)
    );
    server.zds.remember(&"a".into(), info("a"));
    server.zds.found("a", &here());
    server.zds.remember(&"b".into(), info("b"));
    let proxy = Proxy::connect(&server.path).await;
    assert_eq!(proxy.snapshot().await, ["add a 1", "keep b 0"]);
    let mut changes = server.zds.changes();
    timeout(Duration::from_secs(5), changes.wait_for(|count| *count > 0))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (server.zds.served("a"), server.zds.served("b")),
        (Served::Now, Served::No)
    );
}

#[tokio::test]
async fn cni_c14_additions_go_to_the_newest_and_removals_to_all() {
    let server = serve();
    let first = Proxy::connect(&server.path).await;
    first.snapshot().await;
    let second = Proxy::connect(&server.path).await;
    second.snapshot().await;
    let uid: Uid = "a".into();
    server.zds.remember(&uid, info("a"));
    server.zds.found("a", &here());
    let (added, seen) = tokio::join!(server.zds.add(&uid), async {
        let seen = second.next().await;
        second.answer(&wire::ack()).await;
        seen
    });
    added.unwrap();
    assert!(matches!(seen, (Payload::Add(_), 1)));
    assert_eq!(server.zds.served("a"), Served::Now);
    let (deleted, ()) = tokio::join!(server.zds.delete(&uid), async {
        for proxy in [&first, &second] {
            assert!(matches!(proxy.next().await, (Payload::Del(_), 0)));
            proxy.answer(&wire::ack()).await;
        }
    });
    deleted.unwrap();
    assert!(!server.zds.remembers("a"));
}

#[tokio::test]
async fn a_refusal_concerns_one_pod_and_the_connection_goes_on() {
    let server = serve();
    let proxy = Proxy::connect(&server.path).await;
    proxy.snapshot().await;
    let uid: Uid = "a".into();
    server.zds.remember(&uid, info("a"));
    server.zds.found("a", &here());
    let (refused, ()) = tokio::join!(server.zds.add(&uid), async {
        proxy.next().await;
        proxy.answer(&wire::nack("failure to start proxy : x")).await;
    });
    assert!(matches!(refused, Err(ZdsError::Refused(text)) if text.contains("start proxy")));
    let (added, ()) = tokio::join!(server.zds.add(&uid), async {
        proxy.next().await;
        proxy.answer(&wire::ack()).await;
    });
    added.unwrap();
}

#[tokio::test]
async fn cni_c13_without_a_proxy_an_addition_fails_and_a_removal_does_not() {
    let server = serve();
    let uid: Uid = "a".into();
    server.zds.remember(&uid, info("a"));
    server.zds.found("a", &here());
    assert!(matches!(server.zds.add(&uid).await, Err(ZdsError::NoProxy)));
    server.zds.delete(&uid).await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_goes_leaves_the_list_and_what_it_served_is_remembered() {
    let server = serve();
    let uid: Uid = "a".into();
    server.zds.remember(&uid, info("a"));
    server.zds.found("a", &here());
    let proxy = Proxy::connect(&server.path).await;
    proxy.snapshot().await;
    let mut changes = server.zds.changes();
    timeout(Duration::from_secs(5), changes.wait_for(|count| *count > 0))
        .await
        .unwrap()
        .unwrap();
    drop(proxy);
    timeout(Duration::from_secs(5), changes.wait_for(|count| *count > 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (server.zds.connected(), server.zds.served("a")),
        (0, Served::Before)
    );
}

#[tokio::test]
async fn what_nobody_asked_for_ends_the_connection() {
    let server = serve();
    for unasked in [&wire::ack()[..], b"\xff\xff"] {
        let proxy = Proxy::connect(&server.path).await;
        proxy.snapshot().await;
        proxy.answer(unasked).await;
        let end = timeout(Duration::from_secs(5), proxy.0.recv(64)).await.unwrap();
        assert!(end.is_err() || end.unwrap().bytes.is_empty());
    }
}

#[tokio::test]
async fn descriptors_of_a_proxy_are_of_no_interest() {
    // security N2: every received descriptor is closed
    let server = serve();
    let connection = Connection::connect(&server.path).unwrap();
    let null = fs::File::open("/dev/null").unwrap();
    connection
        .send(&wire::hello(), &[null.as_fd(), null.as_fd()])
        .await
        .unwrap();
    let proxy = Proxy(connection);
    assert!(proxy.snapshot().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_does_not_greet_is_dropped() {
    // inpod-zds A.3
    let server = serve();
    let silent = Connection::connect(&server.path).unwrap();
    let start = Instant::now();
    assert!(silent.recv(64).await.unwrap().bytes.is_empty());
    assert!(start.elapsed() >= Duration::from_secs(5));
}
