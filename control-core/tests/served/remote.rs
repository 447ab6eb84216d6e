//! Other clusters of the mesh: two API servers, one control plane (`control-plane.md` 11.4).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, Secret, Service};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use mesh_wire::ca::IstioCertificateRequest;
use mesh_wire::ca::istio_certificate_service_client::IstioCertificateServiceClient;
use prost_types::Struct;
use prost_types::value::Kind;
use serde_json::json;
use tonic::Code;

use super::client::{ADDRESS, Proxy, connect, csr, with_token};
use super::plane::{Cluster, Plane, SYSTEM, eventually};

const SEVERAL: (&str, &str) = ("AMBIENT_ENABLE_MULTI_NETWORK", "true");
const WEB: &str = "app/web.app.svc.cluster.local";
const SCOPES: &str =
    "serviceScopeConfigs:\n- servicesSelector: {matchLabels: {istio.io/global: 'true'}}\n  scope: GLOBAL\n";

const ROOTS: &str = "istio-ca-root-cert";

impl Cluster {
    /// The system namespace says whose control planes distribute roots.
    async fn wants_roots_of(&self, clusters: &str) {
        let api: Api<Namespace> = Api::all(self.admin.clone());
        let patch =
            json!({ "metadata": { "annotations": { "topology.istio.io/controlPlaneClusters": clusters } } });
        api.patch(SYSTEM, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap();
    }

    async fn label(&self, namespace: &str, network: &str) {
        let api: Api<Namespace> = Api::all(self.admin.clone());
        let patch = json!({ "metadata": { "labels": { "topology.istio.io/network": network } } });
        api.patch(namespace, &PatchParams::default(), &Patch::Merge(&patch))
            .await
            .unwrap();
    }

    /// A service of all clusters that selects pods labelled `app: web`.
    async fn global(&self, ip: &str) {
        let object = json!({
            "metadata": { "name": "web", "labels": { "istio.io/global": "true" } },
            "spec": { "clusterIP": ip, "clusterIPs": [ip], "selector": { "app": "web" },
                      "ports": [{ "name": "http", "port": 80, "targetPort": 8080 }] } });
        self.put::<Service>("app", object).await;
    }
}

/// Our own cluster, with the mesh configuration of several, and another one with a service for all and a pod behind it.
async fn two() -> (Cluster, Cluster) {
    let (home, east) = (Cluster::start().await, Cluster::start().await);
    let map = json!({ "metadata": { "name": "istio" }, "data": { "mesh": SCOPES } });
    home.put::<ConfigMap>(SYSTEM, map).await;
    for cluster in [&home, &east] {
        cluster.label(SYSTEM, "n-1").await;
        cluster.account("app", "web").await;
    }
    east.global("10.96.7.5").await;
    east.pod("app", "web", "web", ("n1", "10.8.0.9")).await;
    (home, east)
}

/// Writes the secret that names other clusters.
async fn register(home: &Cluster, clusters: &[(&str, &str)]) {
    let data: BTreeMap<&str, ByteString> = clusters
        .iter()
        .map(|(id, kubeconfig)| (*id, ByteString(kubeconfig.as_bytes().to_vec())))
        .collect();
    let labels = json!({ "istio/multiCluster": "true" });
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "data": data,
                         "metadata": { "name": "clusters", "labels": labels } });
    let api: Api<Secret> = Api::namespaced(home.admin.clone(), SYSTEM);
    let ours = PatchParams::apply("test").force();
    api.patch("clusters", &ours, &Patch::Apply(&secret))
        .await
        .unwrap();
}

/// Waits until the page says it.
async fn says(plane: &Plane, page: &str, text: &str) {
    let monitoring = plane.addresses.monitoring.unwrap();
    eventually(text, || async {
        let (_, body) = plane.get(monitoring, page).await;
        body.contains(text).then_some(())
    })
    .await;
}

#[tokio::test]
async fn clusters_come_change_and_go_by_secret() {
    let (home, east) = two().await;
    let plane = home.ready_plane(&[SEVERAL]).await;
    let mut proxy = Proxy::synced(&home, &plane).await;
    assert!(!proxy.has(ADDRESS, WEB), "there is no such service here");

    // our own id is passed over, another one comes
    let kubeconfig = east.api.kubeconfig.clone();
    register(&home, &[("east", &kubeconfig), ("Kubernetes", &kubeconfig)]).await;
    let far = "east//Pod/app/web";
    proxy
        .until("the service and its pod come", |proxy| {
            proxy.has(ADDRESS, WEB)
                && proxy
                    .workload(far)
                    .is_some_and(|pod| pod.services.contains_key(WEB))
        })
        .await;
    let status = |status: &str| {
        format!(
            "istiod_remote_cluster_sync_status{{cluster=\"east\",cluster_type=\"remote\",status=\"{status}\"}} 1"
        )
    };
    says(&plane, "/metrics", &status("synced")).await;
    says(
        &plane,
        "/metrics",
        "istiod_managed_clusters{cluster_type=\"remote\"} 1",
    )
    .await;
    says(&plane, "/debug/clusterz", "\"id\": \"east\"").await;

    // it is followed
    east.pod("app", "second", "web", ("n1", "10.8.0.10")).await;
    proxy
        .until("another pod comes", |proxy| {
            proxy.has(ADDRESS, "east//Pod/app/second")
        })
        .await;

    same_again(&home, &east, &mut proxy).await;

    // what would run a program here is refused, and what runs goes on
    let hostile = kubeconfig.replace("users:", "users:\n- name: evil\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/true, interactiveMode: Never}}");
    assert_ne!(hostile, kubeconfig);
    register(&home, &[("east", &hostile)]).await;
    let pods: Api<Pod> = Api::namespaced(east.admin.clone(), "app");
    pods.delete("third", &DeleteParams::default().grace_period(0))
        .await
        .unwrap();
    proxy
        .until("the last pod goes", |proxy| {
            !proxy.has(ADDRESS, "east//Pod/app/third")
        })
        .await;
    assert!(proxy.has(ADDRESS, far));

    // and it goes with its key
    register(&home, &[]).await;
    proxy
        .until("nothing of it is left", |proxy| {
            !proxy.has(ADDRESS, WEB) && proxy.names().iter().all(|name| !name.starts_with("east/"))
        })
        .await;
    says(&plane, "/metrics", &status("closed")).await;
    plane.stop().await.unwrap();
}

/// Other credentials for the same cluster: nothing goes meanwhile, and it is followed on.
async fn same_again(home: &Cluster, east: &Cluster, proxy: &mut Proxy) {
    register(home, &[("east", &format!("{}\n# again\n", east.api.kubeconfig))]).await;
    east.pod("app", "third", "web", ("n1", "10.8.0.11")).await;
    while !proxy.has(ADDRESS, "east//Pod/app/third") {
        let response = proxy.next().await.unwrap();
        assert_eq!(response.removed_resources, Vec::<String>::new(), "a gap");
    }
}

#[tokio::test]
async fn a_silent_cluster_delays_the_start_no_longer_than_it_may() {
    let (home, east) = two().await;
    // it takes connections and never says a word
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("https://{}", silent.local_addr().unwrap());
    let kubeconfig = east.api.kubeconfig.clone();
    let at = kubeconfig.find("https://").unwrap();
    let end = at + kubeconfig[at..].find(['\n', '"', '\'', ',']).unwrap();
    let nowhere = kubeconfig.replace(&kubeconfig[at..end], &server);
    register(&home, &[("nowhere", &nowhere), ("east", &kubeconfig)]).await;
    let began = Instant::now();
    let plane = home
        .ready_plane(&[SEVERAL, ("PILOT_REMOTE_CLUSTER_TIMEOUT", "2s")])
        .await;
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "ready before its time was up"
    );
    says(&plane, "/metrics", "remote_cluster_sync_timeouts_total 1").await;
    says(&plane, "/debug/clusterz", "\"syncStatus\": \"timeout\"").await;
    // the one that answered is in the first state
    let proxy = Proxy::synced(&home, &plane).await;
    assert!(proxy.has(ADDRESS, "east//Pod/app/web"), "{:?}", proxy.names());
    plane.stop().await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn roots_go_to_another_cluster_that_wants_them_from_us() {
    let (home, east) = two().await;
    register(&home, &[("east", &east.api.kubeconfig)]).await;
    let plane = home.ready_plane(&[SEVERAL]).await;
    let mut proxy = Proxy::synced(&home, &plane).await;
    let maps: Api<ConfigMap> = Api::namespaced(east.admin.clone(), "app");
    let system: Api<ConfigMap> = Api::namespaced(east.admin.clone(), SYSTEM);
    let lock = || async {
        let map = system
            .get_opt("istio-namespace-controller-election")
            .await
            .unwrap()?;
        let record = map.metadata.annotations?.into_values().next()?;
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        Some(record["holderIdentity"].as_str().unwrap_or_default().to_owned())
    };
    // somebody else's by default: nothing is written there, and nobody stands for election
    east.wants_roots_of("west").await;
    east.pod("app", "second", "web", ("n1", "10.8.0.10")).await;
    proxy
        .until("what came later is known", |proxy| {
            proxy.has(ADDRESS, "east//Pod/app/second")
        })
        .await;
    assert_eq!(maps.get_opt(ROOTS).await.unwrap(), None);
    assert_eq!(lock().await, None);

    // its system namespace names us
    east.wants_roots_of("west, Kubernetes").await;
    assert_eq!(east.bundle("app").await, home.bundle("app").await);
    assert_eq!(lock().await.as_deref(), Some("istiod-1"));
    east.namespace("late").await;
    east.bundle("late").await;
    maps.delete(ROOTS, &DeleteParams::default()).await.unwrap();
    east.bundle("app").await;

    // and then it does not any more
    east.wants_roots_of("west").await;
    eventually("the lock is given up", || async {
        lock().await.filter(String::is_empty)
    })
    .await;
    maps.delete(ROOTS, &DeleteParams::default()).await.unwrap();
    east.pod("app", "third", "web", ("n1", "10.8.0.11")).await;
    proxy
        .until("what came later is known", |proxy| {
            proxy.has(ADDRESS, "east//Pod/app/third")
        })
        .await;
    assert_eq!(maps.get_opt(ROOTS).await.unwrap(), None);
    plane.stop().await.unwrap();
}

#[tokio::test]
async fn callers_of_another_cluster_are_vouched_for_there() {
    let (home, east) = two().await;
    home.account("app", "ours").await;
    home.pod("app", "ours", "ours", ("n1", "10.0.0.9")).await;
    register(&home, &[("east", &east.api.kubeconfig)]).await;
    let plane = home.ready_plane(&[SEVERAL]).await;
    let channel = connect(&home, &plane).await;
    let ask = async |token: &str, cluster: &'static str, account: &str| {
        let text = prost_types::Value {
            kind: Some(Kind::StringValue(format!(
                "spiffe://cluster.local/ns/app/sa/{account}"
            ))),
        };
        let mut request = with_token(
            IstioCertificateRequest {
                csr: csr(),
                validity_duration: 3600,
                metadata: Some(Struct {
                    fields: [("ImpersonatedIdentity".to_owned(), text)].into(),
                }),
            },
            token,
        );
        request
            .metadata_mut()
            .insert("clusterid", cluster.parse().unwrap());
        let mut client = IstioCertificateServiceClient::new(channel.clone());
        client
            .create_certificate(request)
            .await
            .map(drop)
            .map_err(|status| status.code())
    };
    let (theirs, ours) = (east.proxy_token().await, home.proxy_token().await);
    assert_eq!(ask(&theirs, "east", "web").await, Ok(()));
    // a token of one cluster proves nothing in another, and pods of one are nobody in another
    let refused = Err(Code::Unauthenticated);
    assert_eq!(ask(&theirs, "Kubernetes", "web").await, refused);
    assert_eq!(ask(&ours, "east", "web").await, refused);
    assert_eq!(ask(&theirs, "east", "ours").await, refused);
    assert_eq!(ask(&theirs, "west", "web").await, refused);
    assert_eq!(ask(&ours, "Kubernetes", "ours").await, Ok(()));
    plane.stop().await.unwrap();
}
