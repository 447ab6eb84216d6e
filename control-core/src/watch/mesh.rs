//! The mesh configuration, from a file or from `ConfigMaps`, followed for changes (`control-plane.md` 16.1).
//!
//! A text that cannot be used keeps the value in force and is logged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Failures, Retry};
use crate::config::{ClusterSettings, MeshSources};
use crate::mesh_config::MeshConfig;

const POLL_FILES: Duration = Duration::from_secs(2);
const MESH: &str = "mesh";
const NETWORKS: &str = "meshNetworks";

/// The configuration in force. Receivers see every change.
pub type Mesh = watch::Receiver<Arc<MeshConfig>>;

/// Follows the sources.
pub struct MeshWatch {
    client: Client,
    namespace: String,
    main: String,
    sources: MeshSources,
    current: watch::Sender<Arc<MeshConfig>>,
    loaded: watch::Sender<bool>,
}

/// The texts at one moment, the weakest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Texts {
    shared: Option<String>,
    main: Option<String>,
}

impl MeshWatch {
    /// Watches for a server with these settings; nothing is read yet.
    #[must_use]
    pub fn new(client: Client, cluster: &ClusterSettings, sources: MeshSources) -> Self {
        let main = match cluster.revision.as_str() {
            "" | "default" => "istio".to_owned(),
            revision => format!("istio-{revision}"),
        };
        let defaults = MeshConfig::read([], &cluster.namespace).unwrap_or_default();
        Self {
            client,
            namespace: cluster.namespace.clone(),
            main,
            sources,
            current: watch::Sender::new(Arc::new(defaults)),
            loaded: watch::Sender::new(false),
        }
    }

    /// The configuration in force.
    #[must_use]
    pub fn current(&self) -> Mesh {
        self.current.subscribe()
    }

    /// Whether the sources have been read.
    #[must_use]
    pub fn loaded(&self) -> watch::Receiver<bool> {
        self.loaded.subscribe()
    }

    /// Follows until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        stop.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&self) {
        if self.sources.file.exists() {
            self.follow_file(&self.sources.file.clone()).await;
        }
        let mut texts = Texts::default();
        let (mut main, mut shared) = (self.map(&self.main), None);
        if let Some(name) = &self.sources.shared {
            shared = Some(self.map(name));
        }
        let (mut has_main, mut has_shared) = (false, shared.is_none());
        loop {
            tokio::select! {
                biased;
                Some(text) = main.next() => (texts.main, has_main) = (text, true),
                Some(text) = next(&mut shared) => (texts.shared, has_shared) = (text, true),
                else => return,
            }
            if has_main && has_shared {
                self.take(&texts);
            }
        }
    }

    /// The texts of one ConfigMap, `None` while it does not exist.
    fn map(&self, name: &str) -> futures::stream::BoxStream<'static, Option<String>> {
        let api: Api<ConfigMap> = Api::namespaced(self.client.clone(), &self.namespace);
        let mut failures = Failures::new(&format!("configmap {}/{name}", self.namespace));
        let stream = watcher::watch_object(api, name).backoff(Retry::default());
        let texts = stream.filter_map(move |item| {
            let text = match item {
                Ok(map) => {
                    failures.worked();
                    Some(map.and_then(|map| map.data.unwrap_or_default().remove(MESH)))
                }
                Err(error) => {
                    failures.failed(&error);
                    None
                }
            };
            std::future::ready(text)
        });
        texts.boxed()
    }

    async fn follow_file(&self, path: &Path) {
        let mut last = None;
        loop {
            match tokio::fs::read_to_string(path).await {
                Ok(text) => {
                    let texts = Texts {
                        shared: None,
                        main: Some(text),
                    };
                    if last.as_ref() != Some(&texts) {
                        self.take(&texts);
                        last = Some(texts);
                    }
                }
                Err(error) => warn!(path = %path.display(), %error, "cannot read the mesh configuration"),
            }
            sleep(POLL_FILES).await;
        }
    }

    fn take(&self, texts: &Texts) {
        let parts = texts.shared.iter().chain(&texts.main).map(String::as_str);
        match MeshConfig::read(parts, &self.namespace) {
            Ok(fresh) => {
                let is_new = self.current.send_if_modified(|held| {
                    let is_new = **held != fresh;
                    if is_new {
                        *held = Arc::new(fresh);
                    }
                    is_new
                });
                if is_new && *self.loaded.borrow() {
                    info!("the mesh configuration has changed");
                }
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                warn!(%error, cause, "keeping the mesh configuration in force");
            }
        }
        self.loaded.send_replace(true);
    }

    /// Where networks may be described, for the debug endpoint.
    #[must_use]
    pub fn networks_file(&self) -> (&PathBuf, &'static str) {
        (&self.sources.networks, NETWORKS)
    }
}

type TextStream = futures::stream::BoxStream<'static, Option<String>>;

/// The next item of a stream that may be absent; pending for ever then.
async fn next(stream: &mut Option<TextStream>) -> Option<Option<String>> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}
