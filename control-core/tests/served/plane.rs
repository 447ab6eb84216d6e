//! A control plane with a cluster of its own, and the objects that tests put into it.

use std::collections::BTreeMap;
use std::time::Duration;

use control_core::app::{Addresses, App};
use control_core::config::{Command, Environment};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod, Secret, ServiceAccount};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Resource};
use mesh_kubeapi::testing::TestServer;
use mesh_sys::logging::{Filter, Levels};
use mesh_sys::shutdown::Shutdown;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::JoinSet;

pub(crate) const SYSTEM: &str = "istio-system";
/// Longer than anything here takes; only a failure waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A cluster: the API and what is in it.
pub(crate) struct Cluster {
    pub(crate) api: TestServer,
    pub(crate) admin: Client,
    folder: tempfile::TempDir,
}

/// A control plane that runs.
pub(crate) struct Plane {
    pub(crate) addresses: Addresses,
    shutdown: Shutdown,
    tasks: JoinSet<Result<(), String>>,
}

impl Cluster {
    /// An API with the namespaces `istio-system` and `app`, a node `n1` and a node proxy on it.
    pub(crate) async fn start() -> Self {
        let api = TestServer::start().await.unwrap();
        let kubeconfig = Kubeconfig::from_yaml(&api.kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let admin = Client::try_from(config.unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config"), &api.kubeconfig).unwrap();
        let cluster = Self { api, admin, folder };
        cluster.namespace(SYSTEM).await;
        cluster.namespace("app").await;
        let node = json!({ "metadata": { "name": "n1", "labels": {
            "topology.kubernetes.io/region": "r1", "topology.kubernetes.io/zone": "z1" } } });
        let nodes: Api<Node> = Api::all(cluster.admin.clone());
        nodes
            .create(&PostParams::default(), &serde_json::from_value(node).unwrap())
            .await
            .unwrap();
        cluster.account(SYSTEM, "ztunnel").await;
        cluster.pod(SYSTEM, "zt-1", "ztunnel", ("n1", "10.0.0.1")).await;
        cluster
    }

    pub(crate) async fn namespace(&self, name: &str) {
        let api: Api<Namespace> = Api::all(self.admin.clone());
        let object = json!({ "metadata": { "name": name } });
        api.create(&PostParams::default(), &serde_json::from_value(object).unwrap())
            .await
            .unwrap();
    }

    pub(crate) async fn account(&self, namespace: &str, name: &str) {
        self.put::<ServiceAccount>(namespace, json!({ "metadata": { "name": name } }))
            .await;
    }

    /// A running pod.
    pub(crate) async fn pod(&self, namespace: &str, name: &str, account: &str, (node, ip): (&str, &str)) {
        let pod = json!({
            "metadata": { "name": name, "labels": { "app": name } },
            "spec": { "serviceAccountName": account, "nodeName": node,
                      "containers": [{ "name": "main", "image": "localhost/any:1" }] },
        });
        self.put::<Pod>(namespace, pod).await;
        let status = json!({ "status": {
            "phase": "Running", "podIP": ip, "podIPs": [{ "ip": ip }],
            "conditions": [{ "type": "Ready", "status": "True" }] } });
        let pods: Api<Pod> = Api::namespaced(self.admin.clone(), namespace);
        pods.patch_status(name, &PatchParams::default(), &Patch::Merge(&status))
            .await
            .unwrap();
    }

    /// Creates an object.
    pub(crate) async fn put<K>(&self, namespace: &str, object: Value) -> K
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Serialize
            + DeserializeOwned
            + Clone
            + std::fmt::Debug,
    {
        let api: Api<K> = Api::namespaced(self.admin.clone(), namespace);
        api.create(&PostParams::default(), &serde_json::from_value(object).unwrap())
            .await
            .unwrap()
    }

    /// Creates the definitions that this server acts on, with the schemas of the base chart.
    pub(crate) async fn definitions(&self) {
        let all = read_yaml("crds.yaml");
        let api: Api<CustomResourceDefinition> = Api::all(self.admin.clone());
        for one in all["crds"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["schema"] == true)
        {
            let plural = one["plural"].as_str().unwrap();
            let kind = one["kind"].as_str().unwrap();
            let schema = json!({ "openAPIV3Schema": { "type": "object", "properties": {
                "spec": read_yaml(&format!("schemas/{plural}.yaml")),
                "status": read_yaml("schemas/status.yaml") } } });
            let versions = one["versions"]
                .as_array()
                .unwrap()
                .iter()
                .enumerate()
                .map(|(at, name)| {
                    json!({ "name": name, "served": true, "storage": at == 0, "schema": schema,
                        "subresources": { "status": {} } })
                });
            let group = one["group"].as_str().unwrap();
            let definition = json!({
                "metadata": { "name": format!("{plural}.{group}") },
                "spec": { "group": group, "scope": "Namespaced",
                    "names": { "plural": plural, "singular": kind.to_lowercase(), "kind": kind,
                               "listKind": format!("{kind}List") },
                    "versions": versions.collect::<Vec<_>>() } });
            let definition = serde_json::from_value(definition).unwrap();
            api.create(&PostParams::default(), &definition).await.unwrap();
        }
    }

    /// A token of an account, bound to a pod if one is named.
    pub(crate) async fn token(
        &self,
        namespace: &str,
        account: &str,
        pod: Option<&str>,
        audience: &str,
    ) -> String {
        let pods: Api<Pod> = Api::namespaced(self.admin.clone(), namespace);
        let uid = match pod {
            Some(name) => pods.get(name).await.unwrap().metadata.uid,
            None => None,
        };
        let bound = pod.map(|name| BoundObjectReference {
            kind: Some("Pod".into()),
            name: Some(name.into()),
            uid,
            ..BoundObjectReference::default()
        });
        let request = TokenRequest {
            spec: TokenRequestSpec {
                audiences: vec![audience.to_owned()],
                bound_object_ref: bound,
                expiration_seconds: None,
            },
            ..TokenRequest::default()
        };
        let accounts: Api<ServiceAccount> = Api::namespaced(self.admin.clone(), namespace);
        let answer = accounts
            .create_token_request(account, &PostParams::default(), &request)
            .await
            .unwrap();
        answer.status.unwrap().token
    }

    /// The node proxy's token.
    pub(crate) async fn proxy_token(&self) -> String {
        self.token(SYSTEM, "ztunnel", Some("zt-1"), "istio-ca").await
    }

    /// The bundle as a namespace has it, waited for.
    pub(crate) async fn bundle(&self, namespace: &str) -> String {
        let maps: Api<ConfigMap> = Api::namespaced(self.admin.clone(), namespace);
        eventually("the bundle is distributed", || async {
            let map = maps.get_opt("istio-ca-root-cert").await.unwrap()?;
            map.data?.remove("root-cert.pem")
        })
        .await
    }

    pub(crate) async fn secret(&self) -> BTreeMap<String, k8s_openapi::ByteString> {
        let secrets: Api<Secret> = Api::namespaced(self.admin.clone(), SYSTEM);
        secrets.get("istio-ca-secret").await.unwrap().data.unwrap()
    }

    /// Starts a control plane on ports of its own.
    pub(crate) fn plane(&self, more: &[(&str, &str)]) -> Plane {
        let line = "discovery --httpAddr 127.0.0.1:0 --httpsAddr 127.0.0.1:0 --secureGRPCAddr 127.0.0.1:0 \
                    --monitoringAddr 127.0.0.1:0 --ctrlz_port 0 --kubernetesApiQPS 1000 --kubernetesApiBurst 1000";
        let mut arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        arguments.push(format!(
            "--kubeconfig={}",
            self.folder.path().join("config").display()
        ));
        let mut environment: Environment = [
            ("PILOT_ENABLE_AMBIENT", "true"),
            ("CA_TRUSTED_NODE_ACCOUNTS", "istio-system/ztunnel"),
            ("PILOT_MAX_REQUESTS_PER_SECOND", "1000"),
            ("POD_NAME", "istiod-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in more {
            if let Some(flag) = name.strip_prefix("--") {
                arguments.push(format!("--{flag}={value}"));
            } else {
                environment.insert((*name).to_owned(), (*value).to_owned());
            }
        }
        let Command::Discovery(config) = Command::load(&arguments, &environment).unwrap() else {
            panic!("not a discovery command");
        };
        let shutdown = Shutdown::new();
        let app = App::bind(*config, Levels::detached(Filter::default()), shutdown.clone()).unwrap();
        let addresses = app.addresses();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { app.run().await.map_err(|error| format!("{error}: {error:?}")) });
        Plane {
            addresses,
            shutdown,
            tasks,
        }
    }

    /// Starts one and waits until it is ready.
    pub(crate) async fn ready_plane(&self, more: &[(&str, &str)]) -> Plane {
        let mut plane = self.plane(more);
        plane.ready().await;
        plane
    }
}

impl Plane {
    /// `GET` on one of its plain ports.
    pub(crate) async fn get(&self, address: std::net::SocketAddr, path: &str) -> (u16, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let connect = || async { tokio::net::TcpStream::connect(address).await.ok() };
        let mut stream = eventually("the port is open", connect).await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let code = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        (code, body.to_owned())
    }

    /// Waits for `/ready`; an end before that is a failure.
    pub(crate) async fn ready(&mut self) {
        let http = self.addresses.http.unwrap();
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.get(http, "/ready").await.0 != 200 {
            if let Some(ended) = self.tasks.try_join_next() {
                panic!("the control plane ended: {ended:?}");
            }
            assert!(tokio::time::Instant::now() < deadline, "never ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it and gives its outcome.
    pub(crate) async fn stop(mut self) -> Result<(), String> {
        self.shutdown.trigger();
        self.tasks.join_next().await.unwrap().unwrap()
    }

    /// Ends it as a lost machine does: nothing is given up, nothing is said.
    pub(crate) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }

    /// Waits for an end of its own.
    pub(crate) async fn ended(mut self) -> Result<(), String> {
        self.tasks.join_next().await.unwrap().unwrap()
    }
}

fn read_yaml(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/charts/base/files/");
    serde_saphyr::from_str(&std::fs::read_to_string(format!("{folder}{name}")).unwrap()).unwrap()
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
