//! A server of its own for each test, and the objects that tests write.

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use mesh_kubeapi::ApiServer;
use mesh_kubeapi::testing::TestServer;
use serde_json::json;

/// A test's cluster.
pub(crate) struct Cluster {
    server: TestServer,
    admin: Client,
}

impl Cluster {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        let server = TestServer::start().await.expect("the server starts");
        let kubeconfig = Kubeconfig::from_yaml(&server.kubeconfig).expect("the kubeconfig parses");
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        let admin = Client::try_from(config.expect("the kubeconfig is complete")).expect("a client");
        Self { server, admin }
    }

    /// A client with all rights.
    pub(crate) fn admin(&self) -> Client {
        self.admin.clone()
    }

    /// The server.
    pub(crate) fn server(&self) -> &ApiServer {
        &self.server.server
    }

    /// A client with a bearer token, or none.
    pub(crate) async fn with_token(&self, token: Option<&str>) -> Client {
        let mut kubeconfig = Kubeconfig::from_yaml(&self.server.kubeconfig).expect("the kubeconfig parses");
        let user = kubeconfig.auth_infos[0].auth_info.as_mut().expect("a user");
        user.client_certificate_data = None;
        user.client_key_data = None;
        user.token = token.map(|token| token.to_owned().into());
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
        Client::try_from(config.expect("the kubeconfig is complete")).expect("a client")
    }
}

/// A ConfigMap with one key.
pub(crate) fn config_map(name: &str, value: &str) -> ConfigMap {
    serde_json::from_value(json!({ "metadata": { "name": name }, "data": { "k": value } }))
        .expect("a ConfigMap")
}

/// A pod with one container.
pub(crate) fn pod(name: &str) -> Pod {
    let container = json!({ "name": "main", "image": "localhost/any:1" });
    serde_json::from_value(json!({ "metadata": { "name": name }, "spec": { "containers": [container] } }))
        .expect("a pod")
}
