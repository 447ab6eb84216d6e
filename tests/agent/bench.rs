//! A node with an agent on it: its API server, its folders, its pods.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use k8s_openapi::ByteString;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, ServiceAccount};
use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config as KubeConfig};
use libtest_mimic::Failed;
use mesh_kubeapi::testing::TestServer;
use mesh_node::app::App;
use mesh_node::capture::fault::{Fault, Step};
use mesh_node::config::{Config, table};
use mesh_node::redirect::{self, Families, PodCapture, RuleSet, nft, probes};
use mesh_sys::netns::NetNamespace;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::proxy::Proxy;
use crate::world::World;

/// A generous upper bound for anything that settles by itself.
const SETTLES: Duration = Duration::from_secs(20);
/// The node's name.
pub(crate) const NODE_NAME: &str = "node-1";

/// A process that lives in a namespace, as a pod's first process does.
pub(crate) struct Holder(Child);

impl Holder {
    fn start(inside: &NetNamespace) -> Self {
        let child = inside.run(|| Command::new("sleep").arg("600").stdin(Stdio::null()).spawn());
        Self(child.unwrap().unwrap())
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The node.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) client: Client,
    pub(crate) world: World,
    server: TestServer,
    holders: BTreeMap<String, Holder>,
    agent: Option<(
        CancellationToken,
        JoinHandle<Result<(), mesh_node::app::AppError>>,
    )>,
}

/// Runs a test on a runtime of its own.
pub(crate) fn block<F: Future<Output = ()>>(test: impl FnOnce() -> F) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(test());
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let begin = Instant::now();
    while !holds().await {
        if begin.elapsed() >= SETTLES {
            let report = get("127.0.0.1:9876", "/enrolment").await;
            panic!("{what}: does not come true; the agent says {report:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    begin.elapsed()
}

impl Bench {
    /// A node without an agent.
    pub(crate) async fn new() -> Self {
        let server = TestServer::start().await.unwrap();
        let kubeconfig = Kubeconfig::from_yaml(&server.kubeconfig).unwrap();
        let config = KubeConfig::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let client = Client::try_from(config.unwrap()).unwrap();
        let mut bench = Self {
            folder: tempfile::tempdir().unwrap(),
            client,
            world: World::new().unwrap(),
            server,
            holders: BTreeMap::new(),
            agent: None,
        };
        bench.furnish().await;
        bench
    }

    /// A node with a running agent.
    pub(crate) async fn started() -> Self {
        let mut bench = Self::new().await;
        bench.start().await;
        bench
    }

    async fn furnish(&mut self) {
        for folder in [
            "proc",
            "net.d",
            "bin",
            "image",
            "account",
            "run",
            "host/var/run/netns",
        ] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        let plugin = env!("CARGO_BIN_EXE_mesh-cni");
        fs::copy(plugin, self.path("image/istio-cni")).unwrap();
        let primary =
            json!({"cniVersion": "1.0.0", "name": "n", "plugins": [{"type": "bridge", "mtu": 1500}]});
        fs::write(self.path("net.d/10-primary.conflist"), primary.to_string()).unwrap();
        // of an administrator, for an agent that is no pod
        fs::write(self.path("kubeconfig"), &self.server.kubeconfig).unwrap();
        let node = self.world.node.clone();
        self.hold("1", &node);
        for namespace in ["shop", "istio-system"] {
            self.create(
                &Api::<Namespace>::all(self.client.clone()),
                &json!({"metadata": {"name": namespace}}),
            )
            .await;
        }
        let labels = json!({"kubernetes.io/os": "linux"});
        let node = json!({"metadata": {"name": NODE_NAME, "labels": labels}});
        self.create(&Api::<Node>::all(self.client.clone()), &node).await;
        self.create(&self.accounts(), &json!({"metadata": {"name": "istio-cni"}}))
            .await;
        let request: TokenRequest = serde_json::from_value(json!({"spec": {"audiences": []}})).unwrap();
        let answer = self
            .accounts()
            .create_token_request("istio-cni", &PostParams::default(), &request)
            .await;
        fs::write(self.path("account/token"), answer.unwrap().status.unwrap().token).unwrap();
        let kubeconfig = Kubeconfig::from_yaml(&self.server.kubeconfig).unwrap();
        let cluster = kubeconfig.clusters[0].cluster.clone().unwrap();
        let roots: ByteString = serde_json::from_value(json!(cluster.certificate_authority_data)).unwrap();
        fs::write(self.path("account/ca.crt"), roots.0).unwrap();
        let binding = json!({"metadata": {"name": "agent"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "istio-cni", "namespace": "istio-system"}]});
        let bindings = Api::<k8s_openapi::api::rbac::v1::ClusterRoleBinding>::all(self.client.clone());
        self.create(&bindings, &binding).await;
        self.create(&self.daemon_sets(), &daemon_set()).await;
    }

    pub(crate) async fn create<K>(&self, api: &Api<K>, object: &Value) -> K
    where
        K: serde::de::DeserializeOwned + serde::Serialize + Clone + std::fmt::Debug,
    {
        let object = serde_json::from_value(object.clone()).unwrap();
        api.create(&PostParams::default(), &object).await.unwrap()
    }

    fn accounts(&self) -> Api<ServiceAccount> {
        Api::namespaced(self.client.clone(), "istio-system")
    }

    /// Where the own DaemonSet of the agent is.
    pub(crate) fn daemon_sets(&self) -> Api<DaemonSet> {
        Api::namespaced(self.client.clone(), "istio-system")
    }

    /// The pods of the namespace `shop`.
    pub(crate) fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), "shop")
    }

    /// A path of the node.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The environment of the agent, as its chart gives it.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let address = self.server.address;
        let path = |name: &str| self.path(name).to_string_lossy().into_owned();
        [
            ("AMBIENT_ENABLED", "true".to_owned()),
            ("AMBIENT_IPV6", "true".to_owned()),
            ("AMBIENT_DNS_CAPTURE", "true".to_owned()),
            ("AMBIENT_RECONCILE_POD_RULES_ON_STARTUP", "true".to_owned()),
            ("EXCLUDE_NAMESPACES", "kube-system".to_owned()),
            ("NODE_NAME", NODE_NAME.to_owned()),
            ("POD_NAME", "istio-cni-node-abcde".to_owned()),
            ("POD_NAMESPACE", "istio-system".to_owned()),
            ("KUBERNETES_SERVICE_HOST", address.ip().to_string()),
            ("KUBERNETES_SERVICE_PORT", address.port().to_string()),
            ("MOUNTED_CNI_NET_DIR", path("net.d")),
            ("MOUNTED_CNI_BIN_DIR", path("bin")),
            ("IMAGE_CNI_BIN_DIR", path("image")),
            ("CNI_AGENT_RUN_DIR", path("run")),
            ("ZTUNNEL_UDS_ADDRESS", path("ztunnel/ztunnel.sock")),
            ("HOST_PROC_DIR", path("proc")),
            ("HOST_ROOT_DIR", path("host")),
            ("SERVICE_ACCOUNT_DIR", path("account")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// A node whose agent has captured the running pod `a` of `shop`; the proxy, and the pod's uid.
    pub(crate) async fn captured() -> (Self, Proxy, String) {
        let mut bench = Self::started().await;
        let proxy = bench.proxy();
        bench.enrol().await;
        let uid = bench.run_pod("a").await;
        bench.until_annotated("a", Some("enabled")).await;
        (bench, proxy, uid)
    }

    /// The settings of the agent.
    pub(crate) fn config(&self, more: &[(&str, &str)]) -> Config {
        let mut environment = self.environment();
        environment.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        environment.retain(|name, _| table::SETTINGS.iter().any(|setting| setting.name == name));
        Config::load(&environment, &[]).unwrap()
    }

    /// Starts the agent and waits until it answers the plugin.
    pub(crate) async fn start(&mut self) {
        self.start_with(&[]).await;
    }

    /// The same with further settings.
    pub(crate) async fn start_with(&mut self, more: &[(&str, &str)]) {
        self.launch(more, Fault::default()).await;
    }

    /// An agent whose captures are cut off after a step.
    pub(crate) async fn start_cut(&mut self, step: Step) {
        self.launch(&[], Fault::new(move |after| after == step)).await;
    }

    /// An agent to whose node `blow` happens once, right after `step`.
    pub(crate) async fn start_struck(&mut self, step: Step, blow: impl Fn() + Send + Sync + 'static) {
        let waits = AtomicBool::new(true);
        let strikes = move |after| {
            if after == step && waits.swap(false, Ordering::Relaxed) {
                blow();
            }
            false
        };
        self.launch(&[], Fault::new(strikes)).await;
    }

    /// An agent whose captures meet this fault.
    pub(crate) async fn start_faulty(&mut self, fault: Fault) {
        self.launch(&[], fault).await;
    }

    async fn launch(&mut self, more: &[(&str, &str)], fault: Fault) {
        let stop = CancellationToken::new();
        let app = App::new(self.config(more), self.client.clone(), stop.clone()).with_fault(fault);
        #[expect(
            clippy::disallowed_methods,
            reason = "the task is held here and awaited by `stop`"
        )]
        let task = tokio::spawn(app.run());
        let port = more.iter().find(|(name, _)| *name == "HEALTH_PORT");
        let health = format!("127.0.0.1:{}", port.map_or("8000", |(_, port)| *port));
        until("the agent is ready", async || {
            assert!(!task.is_finished(), "the agent could not start");
            get(&health, "/readyz").await.0 == 200
        })
        .await;
        self.agent = Some((stop, task));
    }

    /// Stops the agent as a signal would, and waits for its end.
    pub(crate) async fn stop(&mut self) {
        let (stop, task) = self.agent.take().unwrap();
        stop.cancel();
        task.await.unwrap().unwrap();
    }

    /// Ends the agent without letting it say goodbye.
    pub(crate) async fn kill(&mut self) {
        let (_, task) = self.agent.take().unwrap();
        task.abort();
        let _ = task.await;
        // its tasks end on their own time; a dead process would have left no ports behind
        for port in [8000, 15014, 9876] {
            let address = format!("127.0.0.1:{port}");
            until("its ports are free", async || {
                get(&address, "/healthz").await.0 == 0
            })
            .await;
        }
    }

    /// A node proxy.
    pub(crate) fn proxy(&self) -> Proxy {
        Proxy::start(&self.path("ztunnel/ztunnel.sock"))
    }

    /// Shows a process in a namespace to the agent.
    pub(crate) fn hold(&mut self, name: &str, inside: &NetNamespace) {
        let holder = Holder::start(inside);
        let pid = holder.0.id();
        let shown = if name == "1" {
            "1".to_owned()
        } else {
            pid.to_string()
        };
        symlink(format!("/proc/{pid}"), self.path("proc").join(shown)).unwrap();
        self.holders.insert(name.to_owned(), holder);
    }

    /// Ends the process of a namespace.
    pub(crate) fn release(&mut self, name: &str) {
        let holder = self.holders.remove(name).unwrap();
        fs::remove_file(self.path("proc").join(holder.0.id().to_string())).unwrap();
    }

    /// The uids that the node's probe sets hold.
    pub(crate) fn probed(&self) -> BTreeMap<std::net::IpAddr, String> {
        self.world.node.run(probes::list).unwrap().unwrap()
    }

    /// A namespace as a runtime would name it: the path of a process below `/proc`.
    pub(crate) fn netns_path(&self, holder: &str) -> String {
        format!("/proc/{}/ns/net", self.holders[holder].0.id())
    }

    /// Lists what is left in the CNI folder.
    pub(crate) fn conflist(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("net.d/10-primary.conflist")).unwrap()).unwrap()
    }
}

/// The rules of an ordinary pod.
pub(crate) fn ordinary() -> RuleSet {
    redirect::pod(&PodCapture {
        families: Families::Both,
        ..PodCapture::default()
    })
}

/// Whether a namespace holds exactly the rules of an ordinary pod.
pub(crate) fn is_captured(space: &NetNamespace) -> bool {
    space.run(|| nft::holds(&ordinary())).unwrap().unwrap()
}

/// Whether a namespace holds any rules of ours.
pub(crate) fn has_rules(space: &NetNamespace) -> bool {
    space.run(nft::is_captured).unwrap().unwrap()
}

/// The DaemonSet that the agent belongs to.
pub(crate) fn daemon_set() -> Value {
    json!({"metadata": {"name": "istio-cni-node"}, "spec": {
        "selector": {"matchLabels": {"k8s-app": "istio-cni-node"}},
        "template": {"metadata": {"labels": {"k8s-app": "istio-cni-node"}},
            "spec": {"nodeSelector": {"kubernetes.io/os": "linux"},
                "containers": [{"name": "install-cni", "image": "localhost/meshctl/install-cni:1"}]}}}})
}

/// Code and body of a plain HTTP answer; 0 when nobody answers.
pub(crate) async fn get(address: &str, target: &str) -> (u16, String) {
    let address: SocketAddr = address.parse().unwrap();
    let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else {
        return (0, String::new());
    };
    let request = format!("GET {target} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // a server that ends may cut the connection
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
    let code = head.split_whitespace().nth(1).and_then(|code| code.parse().ok());
    (code.unwrap_or(0), body.to_owned())
}

/// Whether a file is there.
pub(crate) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
