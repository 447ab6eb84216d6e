//! A small mesh as an embedded API shows it: the objects of `fixtures/mesh`, a control plane, and two node proxies that answer
//! their ports, as pods of a cluster do through a port-forward.

use bytes::Bytes;
use clap::Parser;
use control_core::debug::Debug;
use futures::FutureExt;
use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use mesh_kubeapi::Config;
use mesh_kubeapi::backend::{
    BackendError, ContainerRef, Duplex, ExecRequest, ExecSession, LogOptions, LogStream, NodeBackend, PodRef,
    Reply, Usage,
};
use mesh_kubeapi::testing::TestServer;
use mesh_sys::logging::Levels;
use mesh_sys::readiness::Readiness;
use meshctl::cluster::Cluster;
use meshctl::config::Environment;
use meshctl::context::{Context, Globals};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The dump that both node proxies answer with.
const DUMP: &str = include_str!("../fixtures/ztunnel/config_dump.json");
const METRICS: &str = include_str!("../fixtures/ztunnel/metrics.txt");

#[derive(Parser)]
struct Bare {
    #[command(flatten)]
    globals: Globals,
}

/// What runs in the pods.
pub(crate) struct Pods {
    debug: Debug,
    /// Each forward: the pod's name and the port.
    pub(crate) forwards: Mutex<Vec<(String, u16)>>,
}

impl Pods {
    fn new() -> Self {
        let (inputs, _) = tokio::sync::mpsc::channel(1);
        Self {
            debug: Debug::new(
                Readiness::new(),
                Levels::detached("info".parse().unwrap()),
                inputs,
            ),
            forwards: Mutex::default(),
        }
    }

    /// What a port of a pod answers.
    async fn answer(&self, port: u16, request: http::Request<Bytes>) -> (u16, Bytes) {
        let path = request.uri().path().to_owned();
        let text = |text: &str| (200, Bytes::copy_from_slice(text.as_bytes()));
        match (port, path.as_str()) {
            (15000, "/config_dump") => text(DUMP),
            (15000, "/logging") => text("current log level is info\n"),
            (15014, "/version") => text(r#"{"version": "1.31.0"}"#),
            (15014, "/debug/clusterz") => {
                text(r#"[{"id": "Kubernetes", "type": "config", "syncStatus": "synced"}]"#)
            }
            (15014, "/debug/syncz") => text("[]"),
            (15020, "/metrics" | "/stats/prometheus") => text(METRICS),
            // the control plane's own code
            (9876, _) => {
                let answer = self.debug.answer_introspection(&request);
                let (parts, body) = answer.into_parts();
                let body = body.collect().await.map(http_body_util::Collected::to_bytes);
                (parts.status.as_u16(), body.unwrap_or_default())
            }
            _ => (404, Bytes::new()),
        }
    }
}

/// The pods, for the API's forwards.
struct Node(Arc<Pods>);

fn unsupported<T>(what: &'static str) -> BoxFuture<'static, Result<T, BackendError>> {
    async move { Err(BackendError::Unsupported { what }) }.boxed()
}

impl NodeBackend for Node {
    fn logs(&self, _: ContainerRef, _: LogOptions) -> Reply<'_, LogStream> {
        unsupported("logs")
    }

    fn exec(&self, _: ExecRequest) -> Reply<'_, ExecSession> {
        unsupported("exec")
    }

    fn attach(&self, _: ExecRequest) -> Reply<'_, ExecSession> {
        unsupported("attach")
    }

    fn port_forward(&self, pod: PodRef, port: u16) -> Reply<'_, Box<dyn Duplex>> {
        let pods = self.0.clone();
        pods.forwards.lock().unwrap().push((pod.name, port));
        async move {
            let (near, far) = tokio::io::duplex(64 << 10);
            #[expect(
                clippy::disallowed_methods,
                reason = "it ends with the connection, which the runtime of this world outlives"
            )]
            tokio::spawn(async move {
                let service =
                    hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
                        let pods = pods.clone();
                        async move {
                            let (parts, body) = request.into_parts();
                            let body = body.collect().await?.to_bytes();
                            let request = http::Request::from_parts(parts, body);
                            let (status, body) = pods.answer(port, request).await;
                            let response = http::Response::builder().status(status);
                            Ok::<_, hyper::Error>(response.body(Full::new(body)).unwrap())
                        }
                    });
                let served = hyper::server::conn::http1::Builder::new();
                let _ = served.serve_connection(TokioIo::new(far), service).await;
            });
            Ok(Box::new(near) as Box<dyn Duplex>)
        }
        .boxed()
    }

    fn usage(&self) -> Reply<'_, Usage> {
        unsupported("usage")
    }
}

/// The mesh.
pub(crate) struct World {
    runtime: tokio::runtime::Runtime,
    server: Option<TestServer>,
    pub(crate) pods: Arc<Pods>,
    kubeconfig: tempfile::NamedTempFile,
}

impl World {
    pub(crate) fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let pods = Arc::new(Pods::new());
        let config = Config {
            backend: Some(Arc::new(Node(pods.clone()))),
            ..Config::default()
        };
        let server = runtime.block_on(TestServer::start_with(config)).unwrap();
        let kubeconfig = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(kubeconfig.path(), &server.kubeconfig).unwrap();
        let world = Self {
            runtime,
            server: Some(server),
            pods,
            kubeconfig,
        };
        world.fill();
        world
    }

    pub(crate) fn kubeconfig(&self) -> String {
        self.kubeconfig.path().display().to_string()
    }

    /// Where the API listens.
    pub(crate) fn address(&self) -> String {
        self.server.as_ref().unwrap().address.to_string()
    }

    fn fill(&self) {
        let words = ["meshctl".to_owned(), "--kubeconfig".to_owned(), self.kubeconfig()];
        let context = Context::new(Bare::parse_from(words).globals, Environment::default());
        self.runtime.block_on(async {
            let cluster = Cluster::connect(&context).await.unwrap();
            for object in objects() {
                create(&cluster, object).await;
            }
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.shutdown());
        }
    }
}

/// The shop, and the mesh's own pods.
fn objects() -> Vec<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/mesh");
    let mut all =
        vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}})];
    let shop = std::fs::read_to_string(folder.join("shop.yaml")).unwrap();
    all.extend(meshctl::yaml::all_from_str(&shop).unwrap());
    for (name, app, node) in [
        ("istiod-1", "istiod", "node-1"),
        ("ztunnel-a", "ztunnel", "node-1"),
        ("ztunnel-b", "ztunnel", "node-2"),
    ] {
        all.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "istio-system", "labels": {"app": app}},
            "spec": {"nodeName": node, "containers": [{"name": "main", "image": "i"}]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [{"name": "main", "ready": true, "restartCount": 0, "image": "i", "imageID": "",
                    "state": {"running": {}}}],
            },
        }));
    }
    let (namespaces, rest): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|one| one["kind"] == "Namespace");
    let accounts: BTreeSet<(String, String)> = rest
        .iter()
        .filter(|one| one["kind"] == "Pod")
        .filter_map(|pod| {
            let namespace = pod["metadata"]["namespace"].as_str()?;
            // the API makes `default` itself
            let account = pod["spec"]["serviceAccountName"].as_str()?;
            Some((namespace.to_owned(), account.to_owned()))
        })
        .collect();
    let accounts = accounts.into_iter().map(|(namespace, name)| {
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}})
    });
    namespaces.into_iter().chain(accounts).chain(rest).collect()
}

/// Makes an object, then gives it the status that it came with.
async fn create(cluster: &Cluster, object: Value) {
    let path = cluster.fetch_path(&object).await.unwrap();
    let (collection, _) = path.rsplit_once('/').unwrap();
    let send = async |method: &str, path: &str, kind: &str, body: &Value| {
        cluster
            .send("cannot fill the world", method, path, (kind, body))
            .await
            .unwrap()
    };
    send("POST", collection, "application/json", &object).await;
    if object.get("status").is_some() {
        let status = json!({"status": object["status"]});
        send(
            "PATCH",
            &format!("{path}/status"),
            "application/merge-patch+json",
            &status,
        )
        .await;
    }
}
