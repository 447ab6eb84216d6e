//! For tests: a cluster that is an embedded API in this process, reached over real HTTPS.

use crate::cluster::Cluster;
use crate::config::Environment;
use crate::context::{Context, Globals};
use clap::Parser;
use mesh_kubeapi::testing::TestServer;
use std::ffi::OsStr;

#[derive(Parser)]
struct Bare {
    #[command(flatten)]
    globals: Globals,
}

/// A context of these global flags, which no environment changes.
pub(crate) fn context(words: &[&OsStr]) -> Context {
    let words = [OsStr::new("meshctl"), OsStr::new("-q")]
        .into_iter()
        .chain(words.iter().copied());
    Context::new(Bare::parse_from(words).globals, Environment::default())
}

/// A server and a client of it; the server ends with the value.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) context: Context,
    _server: TestServer,
    _kubeconfig: tempfile::NamedTempFile,
}

impl World {
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let server = TestServer::start().await.unwrap();
        let kubeconfig = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(kubeconfig.path(), &server.kubeconfig).unwrap();
        let context = context(&[OsStr::new("--kubeconfig"), kubeconfig.path().as_os_str()]);
        let cluster = Cluster::connect(&context).await.unwrap();
        Self {
            cluster,
            context,
            _server: server,
            _kubeconfig: kubeconfig,
        }
    }

    /// Sends a new object to a collection.
    pub(crate) async fn create(&self, collection: &str, object: &serde_json::Value) {
        self.cluster
            .send("create", "POST", collection, ("application/json", object))
            .await
            .unwrap();
    }
}
