//! Revoked peers in both directions, and files that are good, bad, late, or somebody else's.

mod files;

use std::sync::Mutex;
use std::time::SystemTime;

use rand::RngExt;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::*;
use crate::config::TunnelSettings;
use crate::datapath::registry::CloseReason;
use crate::hbone::HANDSHAKE_LIMIT;
use crate::hbone::client::{self, OpenError, Opened};
use crate::hbone::driver::Transport;
use crate::hbone::pool::{Key, Pool};
use crate::hbone::server::{self, AcceptError, Accepted};
use crate::hbone::stream::{Tunnel, TunnelPipe};
use crate::identity::certificate::WorkloadCertificate;
use crate::identity::fake_ca::FakeCa;
use crate::testing::identity;
use crate::tls::TlsContext;

type Reader = <DuplexStream as Transport>::Reader;

const LIMIT: Duration = Duration::from_secs(20);

/// A mesh whose CA can take certificates back.
struct Mesh {
    folder: TempDir,
    revocations: Arc<Revocations>,
    ca: FakeCa,
    client: WorkloadCertificate,
    server: WorkloadCertificate,
}

impl Mesh {
    fn new(strict: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let revocations = Arc::new(Revocations::load(folder.path().join("crl"), strict).unwrap());
        let context = TlsContext {
            revocations: revocations.clone(),
            ..TlsContext::default()
        };
        let ca = FakeCa::new(Duration::from_hours(1), context).unwrap();
        Self {
            client: ca.sign(&identity("shop", "client")).unwrap(),
            server: ca.sign(&identity("shop", "web")).unwrap(),
            folder,
            revocations,
            ca,
        }
    }

    fn write(&self, bytes: impl AsRef<[u8]>) {
        let new = self.folder.path().join("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(new, self.path()).unwrap();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("crl")
    }

    fn own(&self) -> Vec<Credentials> {
        vec![self.server.credentials.clone()]
    }

    fn list(&self, revoked: &[&WorkloadCertificate]) -> String {
        let serials: Vec<SerialNumber> = revoked.iter().map(|one| serial(one)).collect();
        self.ca.revoke(&serials).unwrap()
    }

    fn revoke(&self, revoked: &[&WorkloadCertificate]) {
        self.write(self.list(revoked));
        self.revocations.reload(&self.own()).unwrap();
    }

    async fn shake(
        &self,
    ) -> (
        Result<Accepted<Reader>, AcceptError>,
        Result<Opened<Reader>, OpenError>,
    ) {
        let (near, far) = duplex(1 << 20);
        let settings = TunnelSettings::default();
        let deadline = Instant::now() + HANDSHAKE_LIMIT;
        tokio::join!(
            server::handshake(far, &self.server, settings, deadline),
            self.open(near)
        )
    }

    async fn open(&self, near: DuplexStream) -> Result<Opened<Reader>, OpenError> {
        let expected = vec![identity("shop", "web")];
        let address = "10.0.0.1".parse().unwrap();
        client::open(near, address, &self.client, expected, TunnelSettings::default()).await
    }

    fn refuses_client(&self) -> bool {
        let (leaf, intermediates) = self.client.credentials.key.cert.split_first().unwrap();
        let chain = Chain {
            leaf,
            intermediates,
            roots: &self.server.credentials.roots,
            side: Side::Caller,
            now: UnixTime::now(),
        };
        self.revocations.check(&chain).is_err()
    }
}

fn serial(of: &WorkloadCertificate) -> SerialNumber {
    let (_, leaf) = X509Certificate::from_der(&of.credentials.key.cert[0]).unwrap();
    SerialNumber::from_slice(leaf.raw_serial())
}

fn der(pem: &str) -> Vec<u8> {
    CertificateRevocationListDer::from_pem_slice(pem.as_bytes())
        .unwrap()
        .to_vec()
}

#[tokio::test]
async fn security_t18_a_revoked_caller_is_refused() {
    let mesh = Mesh::new(false);
    assert!(mesh.shake().await.0.is_ok());
    mesh.revoke(&[&mesh.client]);
    let error = mesh.shake().await.0.unwrap_err();
    assert_eq!(error.reason(), "cert_revoked");
    assert!(
        error.to_string().contains("InvalidCertificate(Revoked)"),
        "{error}"
    );
}

#[tokio::test]
async fn security_t18_a_revoked_callee_is_refused() {
    let mesh = Mesh::new(false);
    mesh.revoke(&[&mesh.server]);
    let error = mesh.shake().await.1.unwrap_err();
    assert!(
        matches!(&error, OpenError::Io(io) if is_revocation(io)),
        "{error}"
    );
    let error = crate::datapath::error::ProxyError::from(error);
    assert_eq!(error.flag(), crate::telemetry::Flag::Revoked);
    assert!(!error.is_unreachable(), "no other endpoint is tried");
    let late = crate::datapath::error::ProxyError::from(CloseReason::PeerRevoked);
    assert_eq!(late.flag(), crate::telemetry::Flag::Revoked);
    assert_eq!(
        late.to_string(),
        "connection closed: peer certificate revoked by CRL"
    );
}

#[tokio::test]
async fn security_t18_a_list_that_names_others_refuses_nobody() {
    let mesh = Mesh::new(false);
    let other = mesh.ca.sign(&identity("shop", "other")).unwrap();
    mesh.revoke(&[&other]);
    let (accepted, opened) = mesh.shake().await;
    assert!(accepted.is_ok() && opened.is_ok());
}

#[tokio::test]
async fn security_t18_live_tunnels_of_a_revoked_caller_are_cut() {
    let mesh = Mesh::new(false);
    let (accepted, opened) = mesh.shake().await;
    let (accepted, opened) = (accepted.unwrap(), opened.unwrap());
    let revoked = accepted.revoked.clone();
    let serving = server::serve(accepted, CancellationToken::new(), |_| async {});
    let driver = opened.driver;
    let cut = async {
        mesh.revoke(&[]);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(
            !revoked.is_cancelled(),
            "a change that does not name the peer cuts nothing"
        );
        mesh.revoke(&[&mesh.client]);
    };
    let all = async { tokio::join!(serving, driver.run(), cut) };
    timeout(LIMIT, Box::pin(all)).await.unwrap().1.ok();
    assert!(revoked.is_cancelled());
}

/// What a stream sees first: that its peer is revoked, or only that its connection is gone.
async fn first_sight(revoked: CancellationToken, tunnel: Tunnel) -> &'static str {
    let mut pipe = TunnelPipe::new(tunnel);
    tokio::select! {
        biased;
        () = revoked.cancelled() => "revoked",
        _ = pipe.read_u8() => "gone",
    }
}

#[tokio::test]
async fn security_t18_open_streams_learn_that_revocation_ends_them_on_either_side() {
    for caller in [true, false] {
        let mesh = Mesh::new(false);
        let (accepted, opened) = mesh.shake().await;
        let accepted = accepted.unwrap();
        let (told, mut seen) = mpsc::channel(2);
        let (revoked, inside) = (accepted.revoked.clone(), told.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(server::serve(accepted, CancellationToken::new(), move |asked| {
            let (revoked, told) = (revoked.clone(), inside.clone());
            async move {
                let tunnel = asked.accept(&http::HeaderMap::new()).unwrap();
                told.send(first_sight(revoked, tunnel).await).await.unwrap();
            }
        }));
        let pool = Pool::<OpenError>::new(TunnelSettings::default());
        let checkout = pool.checkout(&key(), async || opened).await.unwrap();
        let asking = client::connect(&checkout.requests, "10.0.0.1:80", http::HeaderMap::new());
        let tunnel = timeout(LIMIT, asking).await.unwrap().unwrap().tunnel;
        let revoked = checkout.place.revoked();
        tasks.spawn(async move {
            let sight = first_sight(revoked, tunnel).await;
            told.send(sight).await.unwrap();
            Ok(())
        });
        mesh.revoke(&[if caller { &mesh.client } else { &mesh.server }]);
        let mut sights = Vec::new();
        while sights.len() < 2 {
            sights.extend(timeout(LIMIT, seen.recv()).await.unwrap());
        }
        sights.sort_unstable();
        // the side whose peer is revoked knows why; the other one sees the end
        assert_eq!(sights, ["gone", "revoked"]);
        pool.finish().await;
        timeout(LIMIT, tasks.join_all()).await.unwrap();
    }
}

fn key() -> Key {
    Key {
        source: identity("shop", "client"),
        expected: vec![identity("shop", "web")],
        via: "10.0.0.1:15008".parse().unwrap(),
        client: "10.0.0.2".parse().unwrap(),
    }
}

#[tokio::test]
async fn security_t18_pooled_tunnels_to_a_revoked_callee_are_cut_and_not_used_again() {
    let mesh = Mesh::new(false);
    let (accepted, opened) = mesh.shake().await;
    let accepted = accepted.unwrap();
    let mut serving = JoinSet::new();
    serving.spawn(server::serve(accepted, CancellationToken::new(), |_| async {}));
    let pool = Pool::<OpenError>::new(TunnelSettings::default());
    let checkout = pool.checkout(&key(), async || opened).await.unwrap();
    assert_eq!(pool.connections(), 1);
    mesh.revoke(&[&mesh.server]);
    let revoked = checkout.place.revoked();
    timeout(LIMIT, revoked.cancelled()).await.unwrap();
    assert_eq!(pool.connections(), 0);
    let ended = timeout(LIMIT, serving.join_next()).await;
    ended.unwrap().unwrap().unwrap().ok();
}

#[tokio::test]
async fn security_t18_a_change_during_the_handshake_is_noticed() {
    let mesh = Mesh::new(false);
    let newcomer = mesh.revocations.newcomer();
    mesh.revoke(&[&mesh.client]);
    let chain = Some(mesh.client.credentials.key.cert.as_slice());
    let mut peer = newcomer.peer(chain, &mesh.server.credentials.roots, Side::Caller);
    timeout(LIMIT, peer.revoked()).await.unwrap();
}

fn authority(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

fn crl(issuer: &Issuer<'_, KeyPair>, serials: &[SerialNumber], age: Duration) -> String {
    let start = SystemTime::now() - age;
    let revoked = |serial: &SerialNumber| RevokedCertParams {
        serial_number: serial.clone(),
        revocation_time: start.into(),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: start.into(),
        next_update: (start + Duration::from_hours(1)).into(),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: serials.iter().map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().pem().unwrap()
}

/// A root, an intermediate of it (serial number 77), and a leaf of that one.
struct Long {
    root: Issuer<'static, KeyPair>,
    intermediate: Issuer<'static, KeyPair>,
    roots: RootCertStore,
    chain: Vec<CertificateDer<'static>>,
}

impl Long {
    fn new() -> Self {
        let parameters = authority("root");
        let key = KeyPair::generate().unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(parameters.self_signed(&key).unwrap().der().clone())
            .unwrap();
        let root = Issuer::new(parameters, key);
        let mut parameters = authority("intermediate");
        parameters.serial_number = Some(SerialNumber::from(77_u64));
        let key = KeyPair::generate().unwrap();
        let middle = parameters.signed_by(&key, &root).unwrap().der().clone();
        let intermediate = Issuer::new(parameters, key);
        let mut parameters = CertificateParams::default();
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let leaf = parameters.signed_by(&key, &intermediate).unwrap().der().clone();
        Self {
            root,
            intermediate,
            roots,
            chain: vec![leaf, middle],
        }
    }

    fn check(&self, file: &str, strict: bool) -> Result<(), Error> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("crl");
        fs::write(&path, file).unwrap();
        Revocations::load(path, strict).unwrap().check(&Chain {
            leaf: &self.chain[0],
            intermediates: &self.chain[1..],
            roots: &self.roots,
            side: Side::Caller,
            now: UnixTime::now(),
        })
    }
}

const REVOKED: Result<(), Error> = Err(Error::InvalidCertificate(CertificateError::Revoked));
const UNKNOWN: Result<(), Error> = Err(Error::InvalidCertificate(
    CertificateError::UnknownRevocationStatus,
));

#[test]
fn security_t18_a_revoked_intermediate_takes_its_leaves_with_it() {
    let long = Long::new();
    let no = Duration::ZERO;
    let of_root = crl(&long.root, &[SerialNumber::from(77_u64)], no);
    let of_intermediate = crl(&long.intermediate, &[], no);
    assert_eq!(long.check(&of_root, false), REVOKED);
    assert_eq!(long.check(&format!("{of_intermediate}{of_root}"), false), REVOKED);
    assert_eq!(long.check(&of_intermediate, false), Ok(()));
}

#[test]
fn security_t20_strict_refuses_whom_no_current_list_speaks_for() {
    let long = Long::new();
    let no = Duration::ZERO;
    let of_intermediate = crl(&long.intermediate, &[], no);
    let both = |age| format!("{of_intermediate}{}", crl(&long.root, &[], age));
    assert_eq!(long.check(&both(no), true), Ok(()));
    assert_eq!(long.check(&of_intermediate, true), UNKNOWN);
    assert_eq!(long.check("", true), UNKNOWN);
    assert_eq!(long.check("", false), Ok(()));
    let late = Duration::from_hours(3);
    assert_eq!(long.check(&both(late), false), Ok(()));
    let expired = Err(Error::InvalidCertificate(CertificateError::ExpiredRevocationList));
    assert_eq!(long.check(&both(late), true), expired);
    let late_but_revoked = crl(&long.root, &[SerialNumber::from(77_u64)], late);
    assert_eq!(long.check(&late_but_revoked, false), REVOKED);
}

#[tokio::test]
async fn security_t20_strict_without_a_file_refuses_every_handshake() {
    let mesh = Mesh::new(true);
    assert!(mesh.refuses_client());
    let error = mesh.shake().await.1.unwrap_err(); // the client is the first to look
    assert!(
        matches!(&error, OpenError::Io(io) if is_revocation(io)),
        "{error}"
    );
    mesh.revoke(&[]);
    assert!(mesh.shake().await.0.is_ok());
}
