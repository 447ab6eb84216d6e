//! Two replicas, and what may happen to one of them: proxies keep what they hold, and nobody has to lend a hand.

use std::net::SocketAddr;
use std::time::Duration;

use control_core::ca::material::{Pem, self_signed};
use control_core::ca::root::now;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, Patch, PatchParams};
use mesh_wire::xds::DeltaDiscoveryRequest;
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::Code;
use tonic::transport::Channel;

use super::client::{ADDRESS, Held, Proxy, certificate, channel, connect, csr};
use super::plane::{Cluster, Plane, SYSTEM, eventually};

const WEB: &str = "Kubernetes//Pod/app/web";
const IDENTITY: &str = "spiffe://cluster.local/ns/app/sa/web";
/// So that a change of the stored root is seen soon.
const CHECK: (&str, &str) = ("CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL", "1s");
/// A lock that nobody gives up is free after half a minute; a loaded machine takes its time.
const TAKEOVER: Duration = Duration::from_mins(3);

async fn cluster() -> Cluster {
    let cluster = Cluster::start().await;
    cluster.account("app", "web").await;
    cluster.pod("app", "web", "web", ("n1", "10.0.0.9")).await;
    cluster
}

async fn signs(cluster: &Cluster, plane: &Plane) -> Result<String, tonic::Status> {
    let token = cluster.proxy_token().await;
    let channel = connect(cluster, plane).await;
    let answer = certificate(channel, &token, IDENTITY, (csr(), 3600)).await?;
    Ok(answer.cert_chain.last().cloned().unwrap_or_default())
}

/// Who holds the lock under which bundles are written.
async fn leader(cluster: &Cluster) -> Option<String> {
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    let map = maps
        .get_opt("istio-namespace-controller-election")
        .await
        .unwrap()?;
    let record = map
        .metadata
        .annotations?
        .remove("control-plane.alpha.kubernetes.io/leader")?;
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    record["holderIdentity"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_killed_leader_is_replaced_and_its_proxies_lose_nothing() {
    let cluster = cluster().await;
    let first = cluster.ready_plane(&[]).await;
    eventually("the first one leads", || async {
        (leader(&cluster).await? == "istiod-1").then_some(())
    })
    .await;
    let second = cluster.ready_plane(&[("POD_NAME", "istiod-2")]).await;
    let mut proxy = Proxy::synced(&cluster, &first).await;
    first.kill().await;
    // its stream ends, and what it holds is current at the other replica: nothing is sent again, nothing goes
    while proxy.next().await.is_ok() {}
    let names: Vec<String> = proxy.names().into_iter().cloned().collect();
    let mut proxy = Proxy::reach(&cluster, &second, proxy.held).await;
    cluster.pod("app", "later", "web", ("n1", "10.0.0.10")).await;
    proxy
        .until("changes go on at once", |proxy| {
            proxy.has(ADDRESS, "Kubernetes//Pod/app/later")
        })
        .await;
    for name in names {
        assert!(proxy.names().contains(&&name), "{name} is lost");
    }
    assert!(signs(&cluster, &second).await.is_ok());
    // nobody gave the lock up, so the other one waits until it is free
    cluster.namespace("late").await;
    let deadline = Instant::now() + TAKEOVER;
    let maps: Api<ConfigMap> = Api::namespaced(cluster.admin.clone(), "late");
    while maps.get_opt("istio-ca-root-cert").await.unwrap().is_none() {
        assert!(Instant::now() < deadline, "nobody leads");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(leader(&cluster).await.as_deref(), Some("istiod-2"));
    second.stop().await.unwrap();
}

/// A way to the API that can be cut.
struct Way {
    address: SocketAddr,
    open: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

async fn way(to: SocketAddr) -> Way {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (open, opened) = watch::channel(true);
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut opened = opened.clone();
            connections.spawn(async move {
                if !*opened.borrow() {
                    return;
                }
                let Ok(mut far) = TcpStream::connect(to).await else {
                    return;
                };
                tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => {}
                    _ = opened.wait_for(|open| !open) => {}
                }
            });
        }
    });
    Way {
        address,
        open,
        _serving: serving,
    }
}

#[tokio::test]
async fn a_replica_cut_from_the_api_serves_what_it_knew_and_catches_up() {
    let cluster = cluster().await;
    let way = way(cluster.api.address).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let kubeconfig = &cluster.api.kubeconfig;
    let text = kubeconfig.replace(
        &cluster.api.address.port().to_string(),
        &way.address.port().to_string(),
    );
    std::fs::write(file.path(), text).unwrap();
    let path = file.path().to_string_lossy().into_owned();
    let whole = cluster.ready_plane(&[("POD_NAME", "istiod-2")]).await;
    let cut = cluster.ready_plane(&[("--kubeconfig", &path)]).await;
    let mut proxy = Proxy::synced(&cluster, &cut).await;
    assert!(signs(&cluster, &cut).await.is_ok());

    way.open.send_replace(false);
    cluster.pod("app", "later", "web", ("n1", "10.0.0.10")).await;
    // the stream stays, nothing is taken away, and it is still ready for others
    assert!(proxy.is_quiet().await, "something was said without cause");
    assert_eq!(cut.get(cut.addresses.http.unwrap(), "/ready").await.0, 200);
    assert!(proxy.has(ADDRESS, WEB));
    // a caller that it knows of late still gets certificates; the other replica serves everybody
    assert!(signs(&cluster, &whole).await.is_ok());

    way.open.send_replace(true);
    proxy
        .until("it catches up", |proxy| {
            proxy.has(ADDRESS, "Kubernetes//Pod/app/later")
        })
        .await;
    cut.stop().await.unwrap();
    whole.stop().await.unwrap();
}

async fn store(cluster: &Cluster, cert: &str, key: &str) {
    let secrets: Api<Secret> = Api::namespaced(cluster.admin.clone(), SYSTEM);
    let data = json!({ "stringData": { "ca-cert.pem": cert, "ca-key.pem": key, "root-cert.pem": cert } });
    secrets
        .patch("istio-ca-secret", &PatchParams::default(), &Patch::Merge(&data))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_corrupt_ca_secret_changes_nothing_in_force_and_is_put_right() {
    let cluster = cluster().await;
    let planes = [
        cluster.ready_plane(&[CHECK]).await,
        cluster.ready_plane(&[CHECK, ("POD_NAME", "istiod-2")]).await,
    ];
    let bundle = cluster.bundle("app").await;
    let good = cluster.secret().await;
    let other = self_signed("cluster.local", now(), 3600).unwrap();
    let text = |key: &str| String::from_utf8(good[key].0.clone()).unwrap();
    for (what, cert, key) in [
        ("garbage", "garbage", "garbage"),
        ("nothing", "", ""),
        ("another key", &*text("ca-cert.pem"), other.key.as_str()),
    ] {
        store(&cluster, cert, key).await;
        for plane in &planes {
            assert_eq!(signs(&cluster, plane).await.unwrap(), bundle, "{what}");
        }
        eventually(what, || async {
            let now = cluster.secret().await;
            (now["ca-key.pem"] == good["ca-key.pem"] && now["ca-cert.pem"] == good["ca-cert.pem"])
                .then_some(())
        })
        .await;
    }
    // so a replica that starts now finds what the others use
    let third = cluster.ready_plane(&[("POD_NAME", "istiod-3")]).await;
    assert_eq!(signs(&cluster, &third).await.unwrap(), bundle);
    third.stop().await.unwrap();
    for plane in planes {
        plane.stop().await.unwrap();
    }
}

/// The stored key with a certificate whose time is over.
async fn expire(cluster: &Cluster) {
    let stored = cluster.secret().await;
    let text = |key: &str| String::from_utf8(stored[key].0.clone()).unwrap();
    let pem = Pem {
        cert: text("ca-cert.pem"),
        key: text("ca-key.pem").into(),
        chain: String::new(),
        root: text("root-cert.pem"),
        crl: String::new(),
    };
    let year = 365 * 24 * 3600;
    let ended = control_core::ca::material::renewed(&pem, "cluster.local", now() - 2 * year, year).unwrap();
    store(cluster, &ended.cert, &ended.key).await;
}

#[tokio::test]
async fn an_expired_root_is_renewed_with_its_key_by_whoever_sees_it_first() {
    let cluster = cluster().await;
    let first = cluster.ready_plane(&[CHECK]).await;
    let before = cluster.secret().await["ca-key.pem"].clone();
    expire(&cluster).await;
    let is_valid = || async {
        let stored = cluster.secret().await;
        let (_, pem) = x509_parser::pem::parse_x509_pem(&stored["ca-cert.pem"].0).unwrap();
        let is_valid = pem.parse_x509().unwrap().validity().is_valid();
        (is_valid && stored["ca-key.pem"] == before).then_some(())
    };
    eventually("a running replica renews it", is_valid).await;
    first.stop().await.unwrap();
    // and one that starts with nobody beside it does not give up
    expire(&cluster).await;
    let second = cluster.ready_plane(&[("POD_NAME", "istiod-2")]).await;
    eventually("a starting replica renews it", is_valid).await;
    eventually("it signs by what is distributed", || async {
        (signs(&cluster, &second).await.ok()? == cluster.bundle("app").await).then_some(())
    })
    .await;
    second.stop().await.unwrap();
}

#[tokio::test]
async fn floods_of_bad_requests_delay_nobody_else() {
    let cluster = cluster().await;
    let plane = cluster.ready_plane(&[]).await;
    let mut proxy = Proxy::synced(&cluster, &plane).await;
    let (token, bundle) = (cluster.proxy_token().await, cluster.bundle("app").await);
    cluster.account("app", "evil").await;
    cluster.pod("app", "evil", "evil", ("n1", "10.0.0.66")).await;
    let evil = cluster.token("app", "evil", Some("evil"), "istio-ca").await;
    let address = plane.addresses.secure_grpc.unwrap();
    let mut flood = JoinSet::new();
    for _ in 0..8 {
        flood.spawn(bad_certificates(channel(address, &bundle).await, evil.clone()));
        flood.spawn(bad_streams(channel(address, &bundle).await, evil.clone()));
    }
    // meanwhile a good proxy hears of changes and gets certificates
    for at in 0..10 {
        let name = format!("pod-{at}");
        cluster.pod("app", &name, "web", ("n1", "10.0.1.1")).await;
        let uid = format!("Kubernetes//Pod/app/{name}");
        proxy
            .until("changes go on", |proxy| proxy.has(ADDRESS, &uid))
            .await;
        let channel = channel(address, &bundle).await;
        let signed = certificate(channel, &token, IDENTITY, (csr(), 3600)).await;
        assert!(signed.is_ok(), "{signed:?}");
    }
    flood.abort_all();
    while let Some(ended) = flood.join_next().await {
        assert!(
            ended.is_ok() || ended.unwrap_err().is_cancelled(),
            "what is bad was taken"
        );
    }
    assert_eq!(plane.get(plane.addresses.http.unwrap(), "/ready").await.0, 200);
    plane.stop().await.unwrap();
}

/// Too long, no PEM, a good one for somebody else, by nobody.
async fn bad_certificates(channel: Channel, token: String) {
    for _ in 0..100 {
        let bad = [
            ("x".repeat(60_000), ""),
            ("garbage".to_owned(), ""),
            (csr(), IDENTITY),
        ];
        for (csr, identity) in bad {
            let refused = certificate(channel.clone(), &token, identity, (csr, 0)).await;
            assert!(refused.is_err(), "{refused:?}");
        }
        let nobody = certificate(channel.clone(), "nobody", "", (csr(), 0)).await;
        assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
    }
}

/// A node that is not its own, then nonsense on a stream of its own.
async fn bad_streams(channel: Channel, token: String) {
    for _ in 0..20 {
        assert!(refused(channel.clone(), &token).await);
        let Ok(stream) = Proxy::open(channel.clone(), &token, "app", Held::new()).await else {
            continue;
        };
        for nonce in 0..20 {
            let nonsense = DeltaDiscoveryRequest {
                type_url: format!("type.example/{}", "y".repeat(1_000)),
                response_nonce: nonce.to_string(),
                resource_names_subscribe: vec!["z".repeat(10_000); 10],
                ..DeltaDiscoveryRequest::default()
            };
            stream.send(nonsense).await;
        }
    }
}

/// A stream in the name of another namespace's proxy.
async fn refused(channel: Channel, token: &str) -> bool {
    match Proxy::open(channel, token, SYSTEM, Held::new()).await {
        Ok(mut stream) => stream.next().await.is_err(),
        Err(_) => true,
    }
}
