//! Handshakes between good, bad and hostile certificates.

mod forms;

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::testing::identity;

/// A CA that signs whatever a test wants.
struct Mint {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

fn authority() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    parameters
}

impl Mint {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let parameters = authority();
        let root = parameters.self_signed(&key).unwrap().der().clone();
        Self {
            issuer: Issuer::new(parameters, key),
            root,
        }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        Arc::new(roots)
    }

    fn sign(&self, uris: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Credentials {
        let key = KeyPair::generate().unwrap();
        let mut parameters = leaf(uris);
        change(&mut parameters);
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        self.credentials(vec![certificate.der().clone()], &key)
    }

    fn credentials(&self, chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Credentials {
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = aws_lc_rs::sign::any_supported_type(&der).unwrap();
        Credentials {
            key: Arc::new(CertifiedKey::new(chain, key)),
            roots: self.roots(),
            identity: identity("shop", "web"),
            revocations: Arc::default(),
            budget: Arc::default(),
        }
    }

    fn good(&self, account: &str) -> Credentials {
        self.sign(&[&identity("shop", account).to_string()], |_| ())
    }
}

fn leaf(uris: &[&str]) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    parameters.subject_alt_names = uris
        .iter()
        .map(|uri| SanType::URI((*uri).try_into().unwrap()))
        .collect();
    let now = SystemTime::now();
    parameters.not_before = (now - Duration::from_mins(1)).into();
    parameters.not_after = (now + Duration::from_hours(1)).into();
    parameters
}

/// What each end says of one handshake; the first byte shows a refusal that TLS 1.3 tells late.
async fn handshake(server: Arc<ServerConfig>, client: Arc<ClientConfig>) -> (String, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (near, far) = tokio::io::duplex(64 * 1024);
    let accept = async {
        let mut stream = TlsAcceptor::from(server)
            .accept(far)
            .await
            .map_err(|error| error.to_string())?;
        stream.write_all(b"!").await.map_err(|error| error.to_string())?;
        stream.shutdown().await.ok();
        Ok::<_, String>(())
    };
    let connect = async {
        let name = ServerName::try_from("10.0.0.1").unwrap();
        let mut stream = TlsConnector::from(client)
            .connect(name, near)
            .await
            .map_err(|error| error.to_string())?;
        stream.read_u8().await.map_err(|error| error.to_string())?;
        Ok::<_, String>(())
    };
    let (accepted, connected) = tokio::join!(accept, connect);
    let text = |result: Result<(), String>| result.map_or_else(|error| error, |()| "ok".to_owned());
    (text(accepted), text(connected))
}

fn accepting(credentials: &Credentials) -> Arc<ServerConfig> {
    server_config(credentials, TlsPolicy::default()).unwrap()
}

fn opening(credentials: &Credentials, account: &str) -> Arc<ClientConfig> {
    client_config(credentials, vec![identity("shop", account)], TlsPolicy::default()).unwrap()
}

async fn caller_is(mint: &Mint, caller: Credentials) -> String {
    handshake(accepting(&mint.good("web")), opening(&caller, "web"))
        .await
        .0
}

#[tokio::test]
async fn two_workloads_of_one_mesh_agree() {
    let mint = Mint::new();
    assert_eq!(caller_is(&mint, mint.good("client")).await, "ok");
}

#[tokio::test]
async fn hbone_c01_tls_1_2_is_refused_unless_switched_on() {
    let mint = Mint::new();
    let old = |tls12| {
        let provider = TlsPolicy {
            tls12: true,
            ..TlsPolicy::default()
        }
        .provider();
        let credentials = mint.good("client");
        let verifier = PeerVerifier::callees(&provider, &credentials, vec![identity("shop", "web")]).unwrap();
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS12])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(SingleCertificate(credentials.key)));
        client.alpn_protocols = vec![ALPN.to_vec()];
        let policy = TlsPolicy {
            tls12,
            ..TlsPolicy::default()
        };
        (
            server_config(&mint.good("web"), policy).unwrap(),
            Arc::new(client),
        )
    };
    let (server, client) = old(false);
    let (accepted, connected) = handshake(server, client).await;
    assert!(
        accepted.contains("Tls12NotOffered") || accepted.contains("peer is incompatible"),
        "{accepted}"
    );
    assert!(connected.contains("ProtocolVersion"), "{connected}");
    let (server, client) = old(true);
    assert_eq!(
        handshake(server, client).await,
        ("ok".to_owned(), "ok".to_owned())
    );
}

#[tokio::test]
async fn hbone_c02_callers_need_a_certificate_of_our_trust_domain_and_root() {
    let mint = Mint::new();
    let foreign = mint.sign(&["spiffe://other.domain/ns/shop/sa/client"], |_| ());
    let text = caller_is(&mint, foreign).await;
    assert!(text.contains("SanTrustDomainError"), "{text}");
    let stranger = Mint::new();
    let mut unknown = stranger.good("client");
    unknown.roots = mint.roots();
    let text = caller_is(&mint, unknown).await;
    assert!(
        text.contains("UnknownIssuer") || text.contains("BadSignature"),
        "{text}"
    );

    let own = mint.good("client");
    let provider = TlsPolicy::default().provider();
    let verifier = PeerVerifier::callees(&provider, &own, vec![identity("shop", "web")]).unwrap();
    let mut nobody = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(TLS13_ONLY)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    nobody.alpn_protocols = vec![ALPN.to_vec()];
    let (accepted, connected) = handshake(accepting(&mint.good("web")), Arc::new(nobody)).await;
    assert!(accepted.contains("no certificates"), "{accepted}");
    assert!(connected.contains("CertificateRequired"), "{connected}");
}

#[tokio::test]
async fn hbone_c03_a_server_of_another_account_is_refused_and_so_is_every_one_when_none_is_expected() {
    let mint = Mint::new();
    let (_, connected) = handshake(
        accepting(&mint.good("impostor")),
        opening(&mint.good("client"), "web"),
    )
    .await;
    assert_eq!(
        connected,
        "invalid peer certificate: Other(OtherError(identity verification error: peer did not present the expected \
         SAN (spiffe://cluster.local/ns/shop/sa/web), got spiffe://cluster.local/ns/shop/sa/impostor))"
    );
    let nobody = client_config(&mint.good("client"), Vec::new(), TlsPolicy::default()).unwrap();
    let (_, connected) = handshake(accepting(&mint.good("web")), nobody).await;
    assert!(connected.contains("identity verification error"), "{connected}");
}

#[tokio::test]
async fn authz_c10_security_t10_exactly_one_spiffe_name() {
    let mint = Mint::new();
    let (one, two) = (
        identity("shop", "client").to_string(),
        identity("shop", "admin").to_string(),
    );
    for names in [
        vec![one.as_str(), two.as_str()],
        vec![two.as_str(), one.as_str()],
        vec![one.as_str(), "https://example.com/x"],
        vec![],
    ] {
        let text = caller_is(&mint, mint.sign(&names, |_| ())).await;
        assert!(text.contains("san_count"), "{names:?}: {text}");
    }
    for bad in [
        "spiffe://cluster.local/ns/shop/sa/",
        "spiffe://cluster.local/ns/shop",
        "spiffe://cluster.local/ns/shop/sa/a/b",
        "https://cluster.local/ns/shop/sa/client",
    ] {
        let text = caller_is(&mint, mint.sign(&[bad], |_| ())).await;
        assert!(text.contains("san_invalid"), "{bad}: {text}");
    }
    // other kinds of names are ignored
    let with_dns = mint.sign(&[&one], |parameters| {
        parameters
            .subject_alt_names
            .push(SanType::DnsName("web".try_into().unwrap()));
    });
    assert_eq!(caller_is(&mint, with_dns).await, "ok");
}

#[tokio::test]
async fn security_t9_leafs_must_be_leafs_for_this_use() {
    let mint = Mint::new();
    let name = identity("shop", "client").to_string();
    let signer = mint.sign(&[&name], |parameters| {
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    });
    let text = caller_is(&mint, signer).await;
    assert!(text.contains("cert_usage"), "{text}");
    let no_signature = mint.sign(&[&name], |parameters| {
        parameters.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    });
    assert!(caller_is(&mint, no_signature).await.contains("cert_usage"));
    let server_only = mint.sign(&[&name], |parameters| {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let text = caller_is(&mint, server_only).await;
    assert!(
        text.contains("extended key usage for client authentication"),
        "{text}"
    );
    let authority = mint.sign(&[&name], |parameters| {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    assert!(caller_is(&mint, authority).await.contains("CaUsedAsEndEntity"));
}

#[tokio::test]
async fn security_t14_validity_has_no_grace() {
    let mint = Mint::new();
    let name = identity("shop", "client").to_string();
    let now = SystemTime::now();
    let expired = mint.sign(&[&name], |parameters| {
        parameters.not_after = (now - Duration::from_secs(2)).into();
    });
    let text = caller_is(&mint, expired).await;
    assert!(text.contains("expired"), "{text}");
    let early = mint.sign(&[&name], |parameters| {
        parameters.not_before = (now + Duration::from_secs(30)).into();
    });
    let text = caller_is(&mint, early).await;
    assert!(text.contains("not valid yet"), "{text}");
}

#[tokio::test]
async fn security_t8_long_chains_are_refused() {
    let mint = Mint::new();
    let name = identity("shop", "client").to_string();
    let key = KeyPair::generate().unwrap();
    let end = leaf(&[&name]).signed_by(&key, &mint.issuer).unwrap();
    let extra = (0..8).map(|_| {
        let key = KeyPair::generate().unwrap();
        authority().signed_by(&key, &mint.issuer).unwrap().der().clone()
    });
    let chain = std::iter::once(end.der().clone()).chain(extra).collect();
    let text = caller_is(&mint, mint.credentials(chain, &key)).await;
    assert!(text.contains("cert_chain"), "{text}");
}

#[tokio::test]
async fn ca_c04_intermediates_are_presented_and_ca_c05_peers_of_either_root_are_accepted() {
    let (first, second) = (Mint::new(), Mint::new());
    let middle_key = KeyPair::generate().unwrap();
    let middle = authority().signed_by(&middle_key, &first.issuer).unwrap();
    let issuer = Issuer::new(authority(), middle_key);
    let key = KeyPair::generate().unwrap();
    let end = leaf(&[&identity("shop", "client").to_string()])
        .signed_by(&key, &issuer)
        .unwrap();
    let chained = first.credentials(vec![end.der().clone(), middle.der().clone()], &key);
    assert_eq!(caller_is(&first, chained).await, "ok");

    let mut both = RootCertStore::empty();
    both.add(first.root.clone()).unwrap();
    both.add(second.root.clone()).unwrap();
    let mut server = first.good("web");
    server.roots = Arc::new(both);
    for mint in [&first, &second] {
        let mut caller = mint.good("client");
        caller.roots = first.roots();
        let (accepted, _) = handshake(accepting(&server), opening(&caller, "web")).await;
        assert_eq!(accepted, "ok");
    }
}

#[tokio::test]
async fn security_t5_other_protocols_are_refused() {
    let mint = Mint::new();
    let mut client = ClientConfig::clone(&opening(&mint.good("client"), "web"));
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    let (accepted, connected) = handshake(accepting(&mint.good("web")), Arc::new(client)).await;
    assert!(accepted.contains("any known protocol"), "{accepted}");
    assert!(connected.contains("NoApplicationProtocol"), "{connected}");
}

#[test]
fn security_t6_nothing_can_be_resumed() {
    let mint = Mint::new();
    let server = accepting(&mint.good("web"));
    assert_eq!((server.send_tls13_tickets, server.max_early_data_size), (0, 0));
    assert!(!server.session_storage.can_cache());
}

#[test]
fn security_t2_suites_and_groups_are_the_agreed_ones() {
    let names = |policy: TlsPolicy| {
        let provider = policy.provider();
        let groups: Vec<String> = provider
            .kx_groups
            .iter()
            .map(|group| format!("{:?}", group.name()))
            .collect();
        (provider.cipher_suites.len(), groups.join(" "))
    };
    let default = names(TlsPolicy::default());
    assert_eq!(
        default,
        (2, "X25519MLKEM768 X25519 secp256r1 secp384r1".to_owned())
    );
    let quantum = TlsPolicy {
        post_quantum_only: true,
        ..TlsPolicy::default()
    };
    assert_eq!(names(quantum), (2, "X25519MLKEM768".to_owned()));
}

#[test]
fn a_bundle_with_junk_gives_its_good_certificates() {
    let mint = Mint::new();
    let pem = pem_of(&mint.root);
    let text =
        format!("# comment\n{pem}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{pem}");
    assert_eq!(roots_from_pem(text.as_bytes()).len(), 2);
    assert!(roots_from_pem(b"nothing").is_empty());
}

fn pem_of(certificate: &CertificateDer<'_>) -> String {
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        crate::base64::encode(certificate)
    )
}

#[tokio::test]
async fn security_t21_the_control_plane_must_have_the_right_name() {
    let mint = Mint::new();
    let named = |name: &str| {
        let credentials = mint.sign(&[], |parameters| {
            parameters.subject_alt_names = vec![SanType::DnsName(name.try_into().unwrap())];
        });
        let mut config = ServerConfig::builder_with_provider(TlsPolicy::default().provider())
            .with_protocol_versions(TLS13_ONLY)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertificate(credentials.key)));
        config.alpn_protocols = vec![ALPN.to_vec()];
        Arc::new(config)
    };
    let connect = async |server: Arc<ServerConfig>, alternative: Option<&str>, roots: RootCertStore| {
        let config = control_plane_config(roots, alternative.map(str::to_owned)).unwrap();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let accept = async { TlsAcceptor::from(server).accept(far).await.is_ok() };
        let name = ServerName::try_from("istiod.istio-system.svc").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let connect = connector.connect(name, near);
        tokio::join!(accept, connect).1.is_ok()
    };
    let roots = || RootCertStore::clone(&mint.roots());
    assert!(connect(named("istiod.istio-system.svc"), None, roots()).await);
    assert!(!connect(named("evil.example"), None, roots()).await);
    assert!(connect(named("alias.example"), Some("alias.example"), roots()).await);
    let stranger = RootCertStore::clone(&Mint::new().roots());
    assert!(!connect(named("istiod.istio-system.svc"), None, stranger).await);
}
