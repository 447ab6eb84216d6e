//! What nobody gets: the signing key, resources of other kinds, debug pages, and streams for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use control_core::authn::Authenticator;
use control_core::debug::{Debug, State};
use control_core::mesh_config::MeshConfig;
use control_core::xds::publish::{Publisher, Registration};
use http::Request;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use kube::api::{Api, DeleteParams, ListParams};
use mesh_sys::http::Remote;
use mesh_sys::logging::{Filter, Levels};
use mesh_sys::readiness::Readiness;
use mesh_wire::xds::DeltaDiscoveryRequest;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::Code;
use tracing_subscriber::fmt::MakeWriter;

use super::client::{ADDRESS, AUTHORIZATION, Proxy, certificate, channel, connect, csr};
use super::plane::{Cluster, SYSTEM, eventually};

/// Whatever is logged on this thread, which is where a test and its server run.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Where the public half of an RSA key of 2048 bits is over.
const PRIVATE: usize = 320;

/// Base64 of `bytes` as it stands in a text, wherever in it they begin.
fn base64(bytes: &[u8]) -> Vec<String> {
    let aligned = |skip: usize| {
        let whole = skip + (bytes.len() - skip) / 3 * 3;
        serde_json::to_string(&ByteString(bytes[skip..whole].to_vec())).unwrap()
    };
    let body = |text: String| text.trim_matches('"').to_owned();
    (0..3).map(aligned).map(body).collect()
}

/// Everything by which a part of the key can be told: its bytes and its text, in the forms that programs write.
struct Key(Vec<Vec<u8>>);

impl Key {
    async fn of(cluster: &Cluster) -> Self {
        let text = cluster.secret().await.remove("ca-key.pem").unwrap().0;
        let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(&text).unwrap() else {
            panic!("the key is stored as PKCS#8");
        };
        let bytes = der.secret_pkcs8_der();
        let mut spellings = Vec::new();
        for part in bytes[PRIVATE..].chunks_exact(36) {
            let numbers: Vec<String> = part.iter().map(u8::to_string).collect();
            let hex: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
            let hex = hex.concat();
            spellings.extend([numbers.join(", "), numbers.join(","), hex.to_uppercase(), hex]);
            spellings.extend(base64(part));
        }
        // the text of the key, packed once more
        let private = &text[PRIVATE * 2..text.len() - 64];
        for part in private.chunks_exact(36) {
            spellings.extend(base64(part));
        }
        let mut spellings: Vec<Vec<u8>> = spellings.into_iter().map(String::into_bytes).collect();
        spellings.extend(bytes[PRIVATE..].chunks_exact(36).map(<[u8]>::to_vec));
        Self(spellings)
    }

    fn is_in(&self, text: &[u8]) -> bool {
        let found = |part: &Vec<u8>| text.windows(part.len()).any(|window| window == part);
        self.0.iter().any(found)
    }
}

#[tokio::test]
async fn security_k7_the_signing_key_is_in_no_answer_no_page_and_no_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    let cluster = Cluster::start().await;
    let plane = cluster.ready_plane(&[]).await;
    let key = Key::of(&cluster).await;
    let stored = cluster.secret().await;
    assert!(
        key.is_in(&serde_json::to_vec(&stored).unwrap()),
        "the scan finds it where it is"
    );
    assert!(key.is_in(&stored["ca-key.pem"].0));

    let bundle = cluster.bundle("app").await;
    let channel = channel(plane.addresses.secure_grpc.unwrap(), &bundle).await;
    let token = cluster.proxy_token().await;
    let chain = certificate(channel.clone(), &token, "", (csr(), 0))
        .await
        .unwrap();
    let refused = certificate(channel.clone(), &token, "", (csr(), i64::MAX)).await;
    let mut seen = format!("{chain:?} {refused:?}").into_bytes();
    let mut proxy = Proxy::open(channel, &token, SYSTEM, BTreeMap::new())
        .await
        .unwrap();
    proxy.settle().await;
    for (_, body) in proxy.held.values().flat_map(BTreeMap::values) {
        seen.extend_from_slice(body);
    }
    let monitoring = plane.addresses.monitoring.unwrap();
    let (_, list) = plane.get(monitoring, "/debug/list").await;
    let pages: Vec<String> = serde_json::from_str(&list).unwrap();
    let more = [
        "/metrics",
        "/debug",
        "/version",
        "/ready",
        "/debug/config_dump?proxyID=zt-1.istio-system",
    ];
    for page in pages.iter().map(String::as_str).chain(more) {
        let (_, text) = plane.get(monitoring, page).await;
        assert!(!key.is_in(text.as_bytes()), "{page}");
    }
    let maps: Api<ConfigMap> = Api::all(cluster.admin.clone());
    let written = maps.list(&ListParams::default()).await.unwrap().items;
    seen.extend(serde_json::to_vec(&written).unwrap());
    assert!(!key.is_in(&seen));
    plane.stop().await.unwrap();
    let log = log.0.lock().unwrap();
    assert!(!log.is_empty());
    assert!(!key.is_in(&log), "it is logged");
}

/// Kinds that carry keys or the configuration of others, in the field.
const OTHERS: [&str; 6] = [
    "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
    "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "type.googleapis.com/envoy.config.listener.v3.Listener",
    "type.googleapis.com/envoy.admin.v3.ConfigDump",
    "istio.io/debug",
    "istio.io/connections",
];

#[tokio::test]
async fn security_x2_no_caller_is_sent_anything_but_workloads_and_policies() {
    let cluster = Cluster::start().await;
    cluster.account("app", "web").await;
    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    cluster.account(SYSTEM, "admin").await;
    let plane = cluster.ready_plane(&[]).await;
    let channel = connect(&cluster, &plane).await;
    for (namespace, account, pod) in [
        ("app", "web", Some("web")),
        (SYSTEM, "ztunnel", Some("zt-1")),
        (SYSTEM, "admin", None),
    ] {
        let token = cluster.token(namespace, account, pod, "istio-ca").await;
        let mut proxy = Proxy::open(channel.clone(), &token, namespace, BTreeMap::new())
            .await
            .unwrap();
        proxy.settle().await;
        for kind in OTHERS {
            let request = DeltaDiscoveryRequest {
                type_url: kind.into(),
                resource_names_subscribe: vec!["*".into(), "default".into(), "ROOTCA".into()],
                ..DeltaDiscoveryRequest::default()
            };
            proxy.send(request).await;
        }
        while let Ok(response) = tokio::time::timeout(Duration::from_millis(400), proxy.next()).await {
            response.unwrap();
        }
        let kinds: BTreeSet<&str> = proxy.order.iter().map(String::as_str).collect();
        assert_eq!(kinds, BTreeSet::from([ADDRESS, AUTHORIZATION]), "{account}");
    }
    plane.stop().await.unwrap();
}

/// Pages of a server to which one waypoint of `app` is connected, and whose settings also let `ops` in.
fn pages(cluster: &Cluster) -> (Debug, Registration) {
    let (_, mesh) = watch::channel(Arc::new(MeshConfig::default()));
    let audiences = vec!["istio-ca".to_owned()];
    let (inputs, _) = control_core::fold::queue();
    let debug = Debug::new(Readiness::new(), Levels::detached(Filter::default()), inputs);
    let publisher = Arc::<Publisher>::default();
    let connected = publisher.register();
    connected.client.about.lock().unwrap().id = "waypoint~10.0.0.7~way.app~app.svc.cluster.local".into();
    debug.publish(State {
        publisher,
        cluster: "Kubernetes".into(),
        mesh: mesh.clone(),
        authn: Arc::new(Authenticator::new(
            cluster.admin.clone(),
            mesh,
            "Kubernetes",
            audiences,
        )),
        checks_callers: true,
        remotes: control_core::remote::Remotes::default(),
        namespaces: vec!["ops".into()],
    });
    (debug, connected)
}

#[tokio::test]
async fn security_x2_debug_pages_are_for_accounts_of_the_right_namespace() {
    let cluster = Cluster::start().await;
    cluster.namespace("ops").await;
    for namespace in ["app", "ops"] {
        cluster.account(namespace, "viewer").await;
    }
    let (debug, _connected) = pages(&cluster);
    let ask = async |from: &str, token: Option<&str>, page: &str| {
        let mut request = Request::get(page);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut request = request.body(Bytes::new()).unwrap();
        let from: SocketAddr = from.parse().unwrap();
        request.extensions_mut().insert(Remote(from));
        debug.answer_http(&request, true).await.status().as_u16()
    };
    let token = async |namespace: &str, account: &str, audience: &str| {
        cluster.token(namespace, account, None, audience).await
    };
    let far = "10.1.2.3:4567";
    let system = token(SYSTEM, "ztunnel", "istio-ca").await;
    let other = token(SYSTEM, "ztunnel", "https://kubernetes.default.svc").await;
    let (app, ops) = (
        token("app", "viewer", "istio-ca").await,
        token("ops", "viewer", "istio-ca").await,
    );
    let (own, own_id) = (
        "/debug/config_dump?proxyID=way.app",
        "/debug/config_dump?proxyID=waypoint~10.0.0.7~way.app~app.svc.cluster.local",
    );
    for (from, token, page, code) in [
        ("127.0.0.1:1", None, "/debug/syncz", 200),
        ("[::ffff:127.0.0.1]:1", None, "/debug/syncz", 200),
        (far, None, "/debug/syncz", 401),
        (far, Some("garbage"), "/debug/syncz", 401),
        (far, Some(&*other), "/debug/syncz", 401),
        (far, Some(&*system), "/debug/syncz", 200),
        (far, Some(&*ops), "/debug/mesh", 200),
        (far, Some(&*app), "/debug/syncz", 403),
        (far, Some(&*app), "/debug/mesh?proxyID=way.app", 403),
        (far, Some(&*app), own, 200),
        (far, Some(&*app), own_id, 200),
        (
            far,
            Some(&*app),
            "/debug/config_dump?proxyID=zt-1.istio-system",
            403,
        ),
        (far, Some(&*app), "/debug/config_dump?proxyID=", 403),
        (far, None, "/ready", 200),
    ] {
        assert_eq!(ask(from, token, page).await, code, "{page} from {from}");
    }
}

#[tokio::test]
async fn security_x3_streams_end_with_age_and_a_lost_account_gets_no_other() {
    let cluster = Cluster::start().await;
    let plane = cluster
        .ready_plane(&[("--keepaliveMaxServerConnectionAge", "1s")])
        .await;
    let channel = connect(&cluster, &plane).await;
    let token = cluster.proxy_token().await;
    let open = || Proxy::open(channel.clone(), &token, SYSTEM, BTreeMap::new());
    let age = async || {
        let began = Instant::now();
        let mut proxy = open().await.unwrap();
        loop {
            match proxy.next().await {
                Ok(_) => {}
                // an orderly end, not a failure
                Err(status) => {
                    assert_eq!(status.message(), "the stream ended");
                    return began.elapsed();
                }
            }
        }
    };
    let ages = futures::future::join_all((0..8).map(|_| age())).await;
    let (least, most) = (ages.iter().min().unwrap(), ages.iter().max().unwrap());
    // one second, half of it more or less
    assert!(*least >= Duration::from_millis(500), "{ages:?}");
    assert!(*most < Duration::from_millis(2500), "{ages:?}");
    assert!(
        *most > *least + Duration::from_millis(10),
        "all at once: {ages:?}"
    );

    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    accounts
        .delete("ztunnel", &DeleteParams::default())
        .await
        .unwrap();
    // a good review is believed for a while
    let refused = eventually("the account's streams are over", || async {
        match open().await {
            Err(status) => Some(status),
            Ok(mut proxy) => proxy
                .next()
                .await
                .err()
                .filter(|status| status.code() != Code::Unavailable),
        }
    })
    .await;
    assert_eq!(refused.code(), Code::Unauthenticated);
    plane.stop().await.unwrap();
}
