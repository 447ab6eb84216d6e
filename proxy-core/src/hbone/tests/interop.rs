//! Our ends against another implementation of HTTP/2 over another record layer, through pipes that cut the
//! bytes anywhere; and against each other over real sockets, as the proxies do.

use bytes::Bytes;
use h2::Reason as Other;
use rand::RngExt;
use tokio::io::{AsyncRead, AsyncWrite, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;
use crate::datapath::splice::{self, Client, Socket};
use crate::hbone::connection::Connection;
use crate::hbone::error::Error;
use crate::telemetry::connection::Bytes as Counts;

const LIMIT: Duration = Duration::from_mins(1);
/// Pipes so narrow that every read and write is cut.
const PIPES: [usize; 4] = [47, 300, 5_000, 70_000];

fn random(length: usize) -> Vec<u8> {
    let mut rng = rand::rng();
    (0..length).map(|_| rng.random()).collect()
}

/// How much goes through a pipe in a reasonable time.
fn amount(pipe: usize) -> usize {
    (pipe * 1_000).clamp(40_000, 3_000_000)
}

/// A server of the other implementation that sends everything back.
async fn other_server(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let mut builder = h2::server::Builder::new();
    builder.initial_window_size(100_000).max_frame_size(50_000);
    let mut connection = builder.handshake::<_, Bytes>(stream).await.unwrap();
    let mut streams = JoinSet::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        streams.spawn(async move {
            assert_eq!(request.method(), http::Method::CONNECT);
            assert_eq!(request.uri().authority().unwrap(), "10.0.0.1:80");
            assert_eq!(request.headers()["baggage"], "a=b");
            let mut body = request.into_body();
            let mut send = respond.send_response(http::Response::new(()), false).unwrap();
            while let Some(data) = body.data().await {
                let data = data.unwrap();
                body.flow_control().release_capacity(data.len()).unwrap();
                other_send(&mut send, data).await;
            }
            send.send_data(Bytes::new(), true).unwrap();
        });
    }
    while streams.join_next().await.is_some() {}
}

async fn other_send(send: &mut h2::SendStream<Bytes>, mut data: Bytes) {
    while !data.is_empty() {
        send.reserve_capacity(data.len());
        let room = std::future::poll_fn(|cx| send.poll_capacity(cx))
            .await
            .unwrap()
            .unwrap();
        send.send_data(data.split_to(room.min(data.len())), false)
            .unwrap();
    }
}

fn baggage() -> HeaderMap {
    HeaderMap::from_iter([(mesh_wire::headers::BAGGAGE, "a=b".parse().unwrap())])
}

/// Sends `data` and its end, and reads the echo while it does.
async fn echoed(tunnel: Tunnel, data: &[u8]) -> Vec<u8> {
    let (mut read, mut write) = split(TunnelPipe::new(tunnel));
    let mut got = Vec::new();
    let sending = async {
        write.write_all(data).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let ((), received) = tokio::join!(sending, read.read_to_end(&mut got));
    received.unwrap();
    got
}

#[tokio::test]
async fn our_client_and_a_foreign_server_understand_each_other_however_bytes_are_cut() {
    for pipe in PIPES {
        let ends = Ends::new();
        let (near, far) = duplex(pipe);
        let mut tasks = JoinSet::new();
        let config = ends.server.server.clone();
        tasks.spawn(async move { other_server(TlsAcceptor::from(config).accept(far).await.unwrap()).await });
        let address = "10.0.0.1".parse().unwrap();
        let expected = vec![identity("shop", "web")];
        let opened = client::open(near, address, &ends.client, expected, TunnelSettings::default());
        let requests = Arc::new(drive(&mut tasks, opened.await.unwrap()));
        let mut streams = JoinSet::new();
        for _ in 0..4 {
            let (requests, data) = (requests.clone(), random(amount(pipe) / 4));
            streams.spawn(async move {
                let accepted = client::connect(&requests, "10.0.0.1:80", baggage())
                    .await
                    .unwrap();
                assert!(echoed(accepted.tunnel, &data).await == data);
                requests.connection().lock().wear_out(); // and the key changes while bytes flow
            });
        }
        timeout(LIMIT, streams.join_all()).await.unwrap();
        drop(requests);
        timeout(LIMIT, tasks.join_all()).await.unwrap();
    }
}

#[tokio::test]
async fn a_foreign_client_and_our_server_understand_each_other_however_bytes_are_cut() {
    for pipe in PIPES {
        let ends = Ends::new();
        let (near, far) = duplex(pipe);
        let (mut tasks, config) = (JoinSet::new(), ends.server.clone());
        tasks.spawn(async move {
            let accepted = accept(far, config).await.unwrap();
            server::serve(accepted, CancellationToken::new(), echo).await.ok();
        });
        let stream = other_connect(&ends, near).await;
        let (requests, connection) = h2::client::Builder::new()
            .initial_window_size(90_000)
            .handshake::<_, Bytes>(stream)
            .await
            .unwrap();
        tasks.spawn(async move { connection.await.unwrap_or(()) });
        let mut streams = JoinSet::new();
        for _ in 0..4 {
            let (requests, data) = (requests.clone(), Bytes::from(random(amount(pipe) / 4)));
            streams.spawn(async move {
                let (answer, mut send) = other_ask(requests).await;
                let mut body = answer.await.unwrap().into_body();
                let sending = async {
                    other_send(&mut send, data.clone()).await;
                    send.send_data(Bytes::new(), true).unwrap();
                };
                let receiving = async {
                    let mut got = Vec::new();
                    while let Some(part) = body.data().await {
                        let part = part.unwrap();
                        body.flow_control().release_capacity(part.len()).unwrap();
                        got.extend_from_slice(&part);
                    }
                    got
                };
                let ((), got) = tokio::join!(sending, receiving);
                assert!(got == data);
            });
        }
        timeout(LIMIT, streams.join_all()).await.unwrap();
        drop(requests);
        timeout(LIMIT, tasks.join_all()).await.unwrap();
    }
}

async fn other_connect(ends: &Ends, near: DuplexStream) -> tokio_rustls::client::TlsStream<DuplexStream> {
    let expected = vec![identity("shop", "web")];
    let config = tls::client_config(&ends.client.credentials, expected, tls::TlsPolicy::default()).unwrap();
    let name = ServerName::try_from("10.0.0.1").unwrap();
    TlsConnector::from(config).connect(name, near).await.unwrap()
}

async fn other_ask(
    requests: h2::client::SendRequest<Bytes>,
) -> (h2::client::ResponseFuture, h2::SendStream<Bytes>) {
    let mut request = http::Request::new(());
    *request.method_mut() = http::Method::CONNECT;
    *request.uri_mut() = http::Uri::builder().authority("10.0.0.1:80").build().unwrap();
    let mut requests = requests.ready().await.unwrap();
    requests.send_request(request, false).unwrap()
}

#[tokio::test]
async fn resets_and_refusals_reach_a_foreign_client() {
    let ends = Ends::new();
    let (near, far) = duplex(PIPE);
    let (mut tasks, config) = (JoinSet::new(), ends.server.clone());
    tasks.spawn(async move {
        let accepted = accept(far, config).await.unwrap();
        // accepts, and lets go of the stream at once
        let drop_it = |asked: Asked| async move { drop(asked.accept(&HeaderMap::new()).unwrap()) };
        server::serve(accepted, CancellationToken::new(), drop_it)
            .await
            .ok();
    });
    let stream = other_connect(&ends, near).await;
    let (requests, connection) = h2::client::handshake(stream).await.unwrap();
    tasks.spawn(async move { connection.await.unwrap_or(()) });
    let (answer, send) = other_ask(requests.clone()).await;
    let mut body = answer.await.unwrap().into_body();
    let error = body.data().await.unwrap().unwrap_err();
    assert_eq!(error.reason(), Some(Other::CANCEL));
    drop((requests, body, send));
    timeout(LIMIT, tasks.join_all()).await.unwrap();
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) = tokio::join!(listener.accept(), TcpStream::connect(address));
    (connected.unwrap(), accepted.unwrap().0)
}

/// Two proxies with a tunnel between them, over real sockets.
struct Proxies {
    tasks: JoinSet<()>,
    requests: Requests,
    connection: Arc<Connection>,
    /// The applications that the far proxy has connected to.
    applications: tokio::sync::mpsc::Receiver<TcpStream>,
}

impl Proxies {
    async fn new() -> Self {
        let ends = Ends::new();
        let ((near, far), mut tasks) = (pair().await, JoinSet::new());
        let (found, applications) = tokio::sync::mpsc::channel(10);
        let config = ends.server.clone();
        tasks.spawn(async move {
            let deadline = Instant::now() + HANDSHAKE_LIMIT;
            let accepted = server::handshake(far, &config, TunnelSettings::default(), deadline).await;
            let answer = move |asked: Asked| {
                let found = found.clone();
                async move {
                    let (inner, outer) = pair().await;
                    found.send(outer).await.unwrap();
                    let tunnel = asked.accept(&HeaderMap::new()).unwrap();
                    let counts = Arc::new(Counts::default());
                    let mut inner = Socket::from(inner);
                    splice::tunnel(&mut inner, tunnel, Client::Tunnel, &counts)
                        .await
                        .ok();
                }
            };
            server::serve(accepted.unwrap(), CancellationToken::new(), answer)
                .await
                .ok();
        });
        let address = "10.0.0.1".parse().unwrap();
        let expected = vec![identity("shop", "web")];
        let opened = client::open(near, address, &ends.client, expected, TunnelSettings::default());
        let Opened { requests, driver, .. } = opened.await.unwrap();
        let connection = requests.connection();
        tasks.spawn(async move { driver.run().await.unwrap_or(()) });
        Self {
            tasks,
            requests,
            connection,
            applications,
        }
    }

    /// A client and a server with both proxies between them.
    async fn connect(&mut self) -> (TcpStream, TcpStream) {
        let (outer, inner) = pair().await;
        let accepted = client::connect(&self.requests, "10.0.0.1:80", HeaderMap::new())
            .await
            .unwrap();
        self.tasks.spawn(async move {
            let counts = Arc::new(Counts::default());
            let mut inner = Socket::from(inner);
            splice::tunnel(&mut inner, accepted.tunnel, Client::Socket, &counts)
                .await
                .ok();
        });
        (outer, self.applications.recv().await.unwrap())
    }
}

async fn all(mut stream: TcpStream, data: Vec<u8>) -> Vec<u8> {
    let (mut read, mut write) = stream.split();
    let mut got = Vec::new();
    let sending = async {
        write.write_all(&data).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let ((), received) = tokio::join!(sending, read.read_to_end(&mut got));
    received.unwrap();
    got
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn applications_behind_two_proxies_get_every_byte_of_every_stream() {
    let mut proxies = Proxies::new().await;
    let mut streams = JoinSet::new();
    for number in 0..8 {
        let (client, server) = proxies.connect().await;
        let (up, down) = (random(6_000_000 + number), random(5_000_000 - number));
        streams.spawn(async move {
            let (got_down, got_up) = tokio::join!(all(client, up.clone()), all(server, down.clone()));
            assert!(got_up == up && got_down == down, "stream {number}");
        });
        if number == 4 {
            proxies.connection.lock().wear_out();
        }
    }
    timeout(LIMIT, streams.join_all()).await.unwrap();
    assert_eq!(proxies.connection.lock().state.open_streams(), 0);
    drop(proxies.requests);
    drop(proxies.connection);
    timeout(LIMIT, proxies.tasks.join_all()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_inside_a_tunnel_carries_every_byte_and_dies_with_it() {
    for is_cut in [false, true] {
        let mut proxies = Proxies::new().await;
        let outer = client::connect(&proxies.requests, "10.0.0.1:80", HeaderMap::new())
            .await
            .unwrap();
        // the far application is the inner tunnel's server
        let (ends, far) = (Ends::new(), proxies.applications.recv().await.unwrap());
        let config = ends.server.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let deadline = Instant::now() + HANDSHAKE_LIMIT;
            let accepted = server::handshake(far, &config, TunnelSettings::default(), deadline).await;
            server::serve(accepted.unwrap(), CancellationToken::new(), echo)
                .await
                .ok();
        });
        let address = "10.0.0.1".parse().unwrap();
        let expected = vec![identity("shop", "web")];
        let pipe = TunnelPipe::new(outer.tunnel);
        let opened = client::open(pipe, address, &ends.client, expected, TunnelSettings::default());
        let Opened { requests, driver, .. } = opened.await.unwrap();
        tasks.spawn(async move { driver.run().await.unwrap_or(()) });
        let inner = client::connect(&requests, "10.0.0.1:80", HeaderMap::new())
            .await
            .unwrap();
        drop(requests);
        if is_cut {
            proxies.connection.cut(&Error::cut());
            let mut pipe = TunnelPipe::new(inner.tunnel);
            timeout(LIMIT, pipe.read_u8()).await.unwrap().unwrap_err();
        } else {
            let data = random(2_000_000);
            let got = timeout(LIMIT, echoed(inner.tunnel, &data)).await.unwrap();
            assert!(got == data);
        }
        timeout(LIMIT, tasks.join_all()).await.unwrap();
        proxies.tasks.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_holds_up_its_own_stream_only_and_no_more_than_its_window_is_kept() {
    let mut proxies = Proxies::new().await;
    let (mut stalled, mut never_reads) = proxies.connect().await;
    let data = random(1 << 20);
    let mut sent = 0;
    // until the window is full, nobody reads, and nothing moves any more
    while let Ok(written) = timeout(Duration::from_millis(500), stalled.write(&data)).await {
        sent += written.unwrap();
    }
    let (client, server) = proxies.connect().await;
    let (up, down) = (random(3_000_000), random(3_000_000));
    let both = async { tokio::join!(all(client, up.clone()), all(server, down.clone())) };
    let (got_down, got_up) = timeout(LIMIT, both).await.unwrap();
    assert!(got_up == up && got_down == down);
    // it comes back, and gets everything
    let mut got = 0;
    stalled.shutdown().await.unwrap();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match timeout(LIMIT, never_reads.read(&mut buffer))
            .await
            .unwrap()
            .unwrap()
        {
            0 => break,
            count => got += count,
        }
    }
    assert_eq!(got, sent);
    proxies.tasks.shutdown().await;
}

#[tokio::test]
async fn a_lost_tunnel_resets_its_applications_and_an_ended_one_does_not() {
    // decision 18
    let mut proxies = Proxies::new().await;
    let (mut client, _server) = proxies.connect().await;
    let (ended, mut far) = proxies.connect().await;
    far.write_all(b"all of it").await.unwrap();
    far.shutdown().await.unwrap();
    // the end has come before the loss
    ended.readable().await.unwrap();
    let mut peeked = [0; 9];
    timeout(LIMIT, async {
        while ended.peek(&mut peeked).await.unwrap() < 9 {}
    })
    .await
    .unwrap();
    while !proxies.connection.lock().state.has_peer_ended(3) {
        tokio::task::yield_now().await;
    }
    proxies.connection.cut(&Error::cut());
    let reset = timeout(LIMIT, client.read_u8()).await.unwrap().unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    let mut ended = ended;
    let mut got = Vec::new();
    timeout(LIMIT, ended.read_to_end(&mut got))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(got, b"all of it");
    proxies.tasks.shutdown().await;
}

/// What our server says of sealed bytes that a hostile client sends after its handshake.
async fn hostile(frames: &[u8]) -> Error {
    let ends = Ends::new();
    let (near, far) = duplex(PIPE);
    let config = ends.server.clone();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let accepted = accept(far, config).await.unwrap();
        server::serve(accepted, CancellationToken::new(), echo)
            .await
            .unwrap_err()
    });
    let mut stream = other_connect(&ends, near).await;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    stream.write_all(frames).await.unwrap();
    stream.flush().await.unwrap();
    let error = timeout(LIMIT, tasks.join_next()).await.unwrap().unwrap().unwrap();
    // it has been told, and its connection ended
    let mut told = Vec::new();
    timeout(LIMIT, stream.read_to_end(&mut told))
        .await
        .unwrap()
        .unwrap();
    let reason = error.reason().unwrap().0.to_be_bytes();
    let goaway = [&[7, 0, 0, 0, 0, 0][..], &0_u32.to_be_bytes(), &reason].concat();
    assert!(told.windows(goaway.len()).any(|part| part == goaway), "{told:?}");
    error
}

#[tokio::test]
async fn a_forged_record_and_a_cut_end_the_connection_and_are_named() {
    for (bytes, text, word) in [
        (
            &b"\x17\x03\x03\x00\x1eforged and of thirty bytes...."[..],
            "bad_record_mac",
            "tls_record",
        ),
        (
            b"\x15\x03\x03\x00\x02\x01\x00",
            "record_type: 21 after the handshake",
            "tls_record",
        ),
        (
            b"\x17\x03\x03\xff\xff",
            "record_overflow: 65535 bytes",
            "tls_record",
        ),
        (b"", "peer closed connection without sending TLS close_notify", ""),
    ] {
        let ends = Ends::new();
        let (near, far) = duplex(PIPE);
        let config = ends.server.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let accepted = accept(far, config).await.unwrap();
            server::serve(accepted, CancellationToken::new(), echo)
                .await
                .unwrap_err()
        });
        let mut stream = other_connect(&ends, near).await;
        let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        stream.write_all(hello).await.unwrap();
        stream.read_exact(&mut [0; 9]).await.unwrap(); // the handshake is over on the other side too
        let (mut io, _) = stream.into_inner();
        io.write_all(bytes).await.unwrap();
        io.shutdown().await.unwrap();
        let error = timeout(LIMIT, tasks.join_next()).await.unwrap().unwrap().unwrap();
        assert_eq!((error.to_string().as_str(), error.word()), (text, word));
    }
}

#[tokio::test]
async fn security_9_hostile_frames_end_their_connection_at_once_and_are_named() {
    let ping = [&b"\0\0\x08\x06\0\0\0\0\0"[..], &[1; 8]].concat().repeat(101);
    assert_eq!(hostile(&ping).await.word(), "h2_ping_flood");
    assert_eq!(
        hostile(&b"\0\0\0\x04\0\0\0\0\0".repeat(101)).await.word(),
        "h2_settings_flood"
    );
    assert_eq!(hostile(b"\0\0\0\0\0\0\0\0\0").await.word(), "h2_data_on_idle");
    assert_eq!(hostile(b"\x11\0\0\0\0\0\0\0\x01").await.word(), "h2_frame_size");
}
