//! What each end says first, against the recordings of the field.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;

fn recording() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/ztunnel/hbone-connect.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The settings and window update that a side sends first, read from its frames.
async fn first_frames(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> (BTreeMap<String, u64>, u32) {
    const NAMES: [&str; 6] = [
        "HEADER_TABLE_SIZE",
        "ENABLE_PUSH",
        "MAX_CONCURRENT_STREAMS",
        "INITIAL_WINDOW_SIZE",
        "MAX_FRAME_SIZE",
        "MAX_HEADER_LIST_SIZE",
    ];
    let (mut settings, mut increment) = (None, None);
    while settings.is_none() || increment.is_none() {
        let mut header = [0; 9];
        stream.read_exact(&mut header).await.unwrap();
        let length = usize::from(header[1]) << 8 | usize::from(header[2]);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        match (header[3], header[4]) {
            (4, 0) => {
                let pairs = body.chunks(6).map(|pair| {
                    let name = NAMES[usize::from(pair[1]) - 1];
                    (
                        name.to_owned(),
                        u64::from(u32::from_be_bytes(pair[2..].try_into().unwrap())),
                    )
                });
                settings = Some(pairs.collect());
            }
            (8, _) => increment = Some(u32::from_be_bytes(body.try_into().unwrap())),
            _ => {}
        }
    }
    (settings.unwrap(), increment.unwrap())
}

fn recorded(frame: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(frame["settings"].clone()).unwrap()
}

#[tokio::test]
async fn hbone_c15_the_servers_settings_are_those_of_the_recording_or_stricter() {
    let ends = Ends::new();
    let (near, far) = duplex(PIPE);
    let mut tasks = JoinSet::new();
    let config = ends.server.clone();
    tasks.spawn(async move {
        let accepted = accept(far, config).await.unwrap();
        server::serve(accepted, CancellationToken::new(), echo).await.ok();
    });
    let config = tls::client_config(
        &ends.client.credentials,
        vec![identity("shop", "web")],
        tls::TlsPolicy::default(),
    )
    .unwrap();
    let name = ServerName::try_from("10.0.0.1").unwrap();
    let mut stream = TlsConnector::from(config).connect(name, near).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let (settings, increment) = first_frames(&mut stream).await;
    let response = &recording()["server"][0]["response"];
    let mut expected = recorded(&response[0]);
    // security 9: a caller that is not accepted yet gets no more in than this …
    expected.insert("INITIAL_WINDOW_SIZE".to_owned(), 64 << 10);
    assert_eq!(settings, expected);
    // … and a tunnel's window grows with its use, to the 16 MiB of the recording
    assert_eq!(increment, (256 << 10) - 65_535);
    tasks.shutdown().await;
}

#[tokio::test]
async fn hbone_c15_the_clients_settings_are_those_of_the_recording_or_stricter() {
    let ends = Ends::new();
    let (near, far) = duplex(PIPE);
    let accept = async {
        let mut stream = TlsAcceptor::from(ends.server.server.clone())
            .accept(far)
            .await
            .unwrap();
        let mut preface = [0; 24];
        stream.read_exact(&mut preface).await.unwrap();
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        first_frames(&mut stream).await
    };
    let address = "10.0.0.1".parse().unwrap();
    let expected = vec![identity("shop", "web")];
    let opened = client::open(near, address, &ends.client, expected, TunnelSettings::default());
    let drive = async {
        let opened = opened.await.unwrap();
        opened.driver.run().await.ok();
    };
    let (settings, increment) = tokio::select! {
        seen = accept => seen,
        () = drive => panic!("the connection ended"),
    };
    let mut expected = recorded(&recording()["client"]["connections"][0]);
    // security 9: streams whose application reads are offered more
    expected.insert("INITIAL_WINDOW_SIZE".to_owned(), 256 << 10);
    assert_eq!(settings, expected);
    assert_eq!(increment, (256 << 10) - 65_535);
}
