//! Our records against rustls on the other side, in both roles, with every suite.

use std::time::Duration;

use rustls::SupportedCipherSuite;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{ALL_CIPHER_SUITES, cipher_suite};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::*;
use crate::testing::{ca, identity};
use crate::tls::record::incoming::Item;
use crate::tls::verifier::{PeerVerifier, SingleCertificate};
use crate::tls::{BOTH, Credentials, TlsPolicy};

const SUITES: [SupportedCipherSuite; 5] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
];

fn provider(suites: &[SupportedCipherSuite]) -> Arc<CryptoProvider> {
    let all = TlsPolicy::default().provider();
    Arc::new(CryptoProvider {
        cipher_suites: suites.to_vec(),
        ..CryptoProvider::clone(&all)
    })
}

fn client(own: &Credentials, suite: SupportedCipherSuite) -> Arc<ClientConfig> {
    let provider = provider(&[suite]);
    let verifier = PeerVerifier::callees(&provider, own, vec![identity("shop", "web")]).unwrap();
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(BOTH)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertificate(own.key.clone())));
    config.enable_secret_extraction = true;
    Arc::new(config)
}

/// A server that also sends tickets, which ours must ignore.
fn server(own: &Credentials) -> Arc<ServerConfig> {
    let provider = provider(ALL_CIPHER_SUITES);
    let verifier = PeerVerifier::callers(&provider, own).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(BOTH)
        .unwrap()
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(SingleCertificate(own.key.clone())));
    config.enable_secret_extraction = true;
    config.send_tls13_tickets = 4;
    Arc::new(config)
}

#[derive(Debug, Clone, Copy)]
enum Role {
    Client,
    Server,
}

/// Ours in this role, and rustls' own on the other side.
async fn ends(role: Role, suite: SupportedCipherSuite) -> (Plain, TlsStream<DuplexStream>) {
    let ca = ca();
    let sign = |account| ca.sign(&identity("shop", account)).unwrap().credentials;
    let (client, server) = (client(&sign("client"), suite), server(&sign("web")));
    let name = ServerName::try_from("10.0.0.1").unwrap();
    let (near, far) = duplex(100_000);
    match role {
        Role::Client => {
            let other = TlsAcceptor::from(server).accept(far);
            let (ours, other) = tokio::join!(connect(client, name, near), other);
            (Plain::new(ours.unwrap()), other.unwrap().into())
        }
        Role::Server => {
            let connector = TlsConnector::from(client);
            let other = connector.connect(name, far);
            let (ours, other) = tokio::join!(accept(server, near), other);
            (Plain::new(ours.unwrap()), other.unwrap().into())
        }
    }
}

/// Our end, without a tunnel around it.
struct Plain {
    io: DuplexStream,
    outgoing: Outgoing,
    incoming: Incoming,
    sealed: Vec<u8>,
    opened: Vec<u8>,
    is_closed: bool,
}

impl Plain {
    fn new(shaken: Shaken<DuplexStream>) -> Self {
        Self {
            io: shaken.io,
            outgoing: shaken.outgoing,
            incoming: shaken.incoming,
            sealed: shaken.rest,
            opened: shaken.early,
            is_closed: false,
        }
    }

    async fn send(&mut self, data: &[u8]) {
        let mut out = Vec::new();
        if self.outgoing.is_worn() {
            self.outgoing.update(&mut out).unwrap();
        }
        self.outgoing.append_data(data, &mut out).unwrap();
        self.io.write_all(&out).await.unwrap();
    }

    /// Opens what is there as a whole.
    fn open(&mut self) -> Result<(), RecordError> {
        while self.incoming.is_whole(&self.sealed) {
            let length = self.incoming.length(&self.sealed)?.unwrap();
            let mut record: Vec<u8> = self.sealed.drain(..length).collect();
            match self.incoming.open(&mut record)? {
                Item::Data(place) => self.opened.extend_from_slice(&record[place]),
                Item::Nothing => {}
                Item::Closed => self.is_closed = true,
                Item::Update { is_asked } => {
                    self.outgoing.rekey(&mut self.incoming)?;
                    if is_asked {
                        self.outgoing.wear_out();
                    }
                }
            }
        }
        Ok(())
    }

    /// The next `count` bytes.
    async fn receive(&mut self, count: usize) -> Vec<u8> {
        self.open().unwrap();
        while self.opened.len() < count {
            assert!(self.io.read_buf(&mut self.sealed).await.unwrap() > 0);
            self.open().unwrap();
        }
        self.opened.drain(..count).collect()
    }
}

fn data(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_suite_carries_bytes_both_ways_in_both_roles() {
    for suite in SUITES {
        for role in [Role::Client, Role::Server] {
            let (mut ours, mut other) = ends(role, suite).await;
            for size in [1, 100, 16_384, 16_385, 50_000] {
                let text = data(size);
                ours.send(&text).await;
                let mut got = vec![0; size];
                let read = other.read_exact(&mut got);
                tokio::time::timeout(LIMIT, read).await.unwrap().unwrap();
                assert!(got == text, "{role:?} {suite:?} {size}");
                other.write_all(&text).await.unwrap();
                other.flush().await.unwrap();
                let got = tokio::time::timeout(LIMIT, ours.receive(size)).await.unwrap();
                assert!(got == text, "{role:?} {suite:?} {size}");
            }
        }
    }
}

#[tokio::test]
async fn keys_change_in_both_directions_and_nothing_is_lost() {
    for role in [Role::Client, Role::Server] {
        let (mut ours, mut other) = ends(role, cipher_suite::TLS13_AES_256_GCM_SHA384).await;
        for round in 0..5 {
            let text = data(20_000 + round);
            // theirs changes and asks for ours; every other time ours changes on its own as well
            match &mut other {
                TlsStream::Client(other) => other.get_mut().1.refresh_traffic_keys().unwrap(),
                TlsStream::Server(other) => other.get_mut().1.refresh_traffic_keys().unwrap(),
            }
            other.write_all(&text).await.unwrap();
            other.flush().await.unwrap();
            assert_eq!(ours.receive(text.len()).await, text);
            if round % 2 == 0 {
                ours.outgoing.wear_out();
            }
            ours.send(&text).await;
            let mut got = vec![0; text.len()];
            other.read_exact(&mut got).await.unwrap();
            assert_eq!(got, text);
        }
    }
}

#[tokio::test]
async fn both_sides_are_told_the_end() {
    let (mut ours, mut other) = ends(Role::Server, SUITES[0]).await;
    other.write_all(b"all").await.unwrap();
    other.shutdown().await.unwrap();
    assert_eq!(ours.receive(3).await, b"all");
    while !ours.is_closed {
        assert!(ours.io.read_buf(&mut ours.sealed).await.unwrap() > 0);
        ours.open().unwrap();
    }
    let mut last = Vec::new();
    ours.outgoing.close(&mut last).unwrap();
    ours.outgoing.close(&mut last).unwrap();
    ours.io.write_all(&last).await.unwrap();
    drop(ours);
    assert_eq!(other.read(&mut [0; 9]).await.unwrap(), 0, "an end, and no cut");
}

#[tokio::test]
async fn an_alert_of_ours_names_its_reason_to_rustls() {
    let (mut ours, mut other) = ends(Role::Client, SUITES[1]).await;
    ours.sealed = [&[23, 3, 3, 0, 30][..], &[9; 30]].concat();
    let error = ours.open().unwrap_err();
    let mut last = Vec::new();
    ours.outgoing.alert(error.alert().unwrap(), &mut last).unwrap();
    ours.io.write_all(&last).await.unwrap();
    let told = other.read_u8().await.unwrap_err();
    assert_eq!(told.to_string(), "received fatal alert: BadRecordMac");
}

#[tokio::test]
async fn rubbish_at_any_point_of_a_handshake_is_refused() {
    let ca = ca();
    let own = ca.sign(&identity("shop", "web")).unwrap().credentials;
    let hello = {
        let config = client(
            &ca.sign(&identity("shop", "client")).unwrap().credentials,
            SUITES[0],
        );
        let name = ServerName::try_from("10.0.0.1").unwrap();
        let (near, mut far) = duplex(100_000);
        let connector = TlsConnector::from(config);
        let connecting = connector.connect(name, near);
        let reading = async {
            let mut hello = vec![0; 5];
            far.read_exact(&mut hello).await.unwrap();
            let length = usize::from(hello[3]) << 8 | usize::from(hello[4]);
            hello.resize(5 + length, 0);
            far.read_exact(&mut hello[5..]).await.unwrap();
            drop(far);
            hello
        };
        tokio::join!(connecting, reading).1
    };
    let rubbish: [&[u8]; 5] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[22, 3, 3, 0, 4, 99, 0, 0, 0],
        &[23, 3, 3, 0, 30, 1, 2, 3],
        &[23, 3, 3, 0, 3, 1, 2, 3],
        &[21, 3, 3, 0, 2, 2, 40],
    ];
    for behind in [false, true] {
        for bytes in rubbish {
            let (mut near, far) = duplex(100_000);
            if behind {
                near.write_all(&hello).await.unwrap();
            }
            near.write_all(bytes).await.unwrap();
            near.shutdown().await.unwrap();
            let error = accept(server(&own), far).await.unwrap_err();
            let kinds = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
            assert!(kinds.contains(&error.kind()), "{behind} {bytes:?}: {error}");
        }
    }
}
