//! Applications that do not read, beside those that do.

use tokio::time::timeout;

use super::*;

const LIMIT: Duration = Duration::from_mins(1);

/// Never reads what comes; everybody else is echoed.
async fn stand_still_or_echo(asked: Asked) {
    if asked.request.authority != "10.0.0.1:81" {
        return echo(asked).await;
    }
    let _tunnel = asked.accept(&HeaderMap::new()).unwrap();
    std::future::pending::<()>().await;
}

async fn pipe(requests: &Requests, authority: &str) -> TunnelPipe {
    let accepted = client::connect(requests, authority, HeaderMap::new()).await;
    TunnelPipe::new(accepted.unwrap().tunnel)
}

#[tokio::test]
async fn security_9_fifty_stalled_readers_leave_a_live_stream_its_throughput() {
    let (mut tasks, drain) = (JoinSet::new(), CancellationToken::new());
    let opened = Ends::new().open(&mut tasks, &drain, stand_still_or_echo).await;
    let requests = drive(&mut tasks, opened);
    let sent = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        let mut stalled = pipe(&requests, "10.0.0.1:81").await;
        let sent = sent.clone();
        tasks.spawn(async move {
            while stalled.write_all(&[0; 16 << 10]).await.is_ok() {
                sent.fetch_add(16 << 10, Ordering::Relaxed);
            }
        });
    }
    let mut live = pipe(&requests, "10.0.0.1:80").await;
    let (mut read, mut write) = tokio::io::split(&mut live);
    let megabytes = 24;
    let out = async {
        for _ in 0..megabytes {
            write.write_all(&vec![7; 1 << 20]).await.unwrap();
        }
        write.shutdown().await.unwrap();
    };
    let back = async {
        let mut all = Vec::new();
        read.read_to_end(&mut all).await.unwrap();
        all.len()
    };
    let ((), came) = timeout(LIMIT, async { tokio::join!(out, back) }).await.unwrap();
    assert_eq!(came, megabytes << 20);
    // those that stand still got what a stream may have, and no more
    let stalled = sent.load(Ordering::Relaxed);
    assert!((10 << 20..16 << 20).contains(&stalled), "{stalled}");
    tasks.shutdown().await;
}
