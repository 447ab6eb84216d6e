//! Runs the pods bound to this node: a watch on them, and a worker for each.

use crate::error::{Named, Result};
use crate::node::context::{DebugClient, NodeContext, uid};
use crate::node::events::Recorder;
use crate::node::server::{self, Views};
use crate::node::worker::Worker;
use crate::node::{NodeConfig, policy, registration, services};
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use kube::{Api, Client, Config};
use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{info, warn};

/// The node's own credentials, given by the supervisor.
const KUBECONFIG: &str = "/run/meshctl/ctl/kubeconfig";

/// Runs the node until one of its parts fails.
pub(crate) async fn run(config: NodeConfig) -> Result<()> {
    let client = connect(KUBECONFIG).await?;
    let client = DebugClient(client);
    let events = Recorder::new(client.clone(), "kubelet", config.name.clone());
    let node = Arc::new(NodeContext {
        config,
        client,
        events,
    });
    let views = Views::default();
    let mut parts: JoinSet<Result<()>> = JoinSet::new();
    parts.spawn(server::serve(views.clone()));
    registration::register(&node).await?;
    let beating = Arc::clone(&node);
    parts.spawn(async move {
        registration::beat(&beating).await;
        Ok(())
    });
    parts.spawn(services::run(Arc::clone(&node)));
    parts.spawn(policy::run(Arc::clone(&node)));
    parts.spawn(Kubelet::new(node, views).run());
    parts.spawn(super::reap());
    parts.join_next().await.map_or(Ok(()), |ended| {
        ended.named(|| "a part of the node panicked".to_owned())?
    })
}

/// A client with the credentials of a kubeconfig file.
pub(crate) async fn connect(path: &str) -> Result<Client> {
    // the same provider as everywhere else; a second call finds it set
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let what = || format!("cannot use the credentials in `{path}`");
    let kubeconfig = Kubeconfig::read_from(path).named(what)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .named(what)?;
    // a watch is quiet for as long as nothing happens
    config.read_timeout = Some(Duration::from_secs(295));
    Client::try_from(config).named(what)
}

struct Kubelet {
    node: Arc<NodeContext>,
    views: Views,
    pods: HashMap<String, watch::Sender<Option<Pod>>>,
    workers: JoinSet<String>,
    listing: Option<HashSet<String>>,
}

impl Kubelet {
    fn new(node: Arc<NodeContext>, views: Views) -> Self {
        Self {
            node,
            views,
            pods: HashMap::new(),
            workers: JoinSet::new(),
            listing: None,
        }
    }

    async fn run(mut self) -> Result<()> {
        info!(node = self.node.config.name, "the node runs pods");
        let api: Api<Pod> = Api::all(self.node.client());
        let wanted = watcher::Config::default().fields(&format!("spec.nodeName={}", self.node.config.name));
        let mut stream = pin!(watcher::watcher(api, wanted).default_backoff());
        loop {
            tokio::select! {
                biased;
                Some(ended) = self.workers.join_next() => match ended {
                    Ok(uid) => drop(self.pods.remove(&uid)),
                    Err(error) => warn!(%error, "a pod's worker failed"),
                },
                event = stream.try_next() => match event {
                    Ok(Some(event)) => self.take(event),
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        warn!(%error, "the watch on this node's pods was interrupted");
                        sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
    }

    fn take(&mut self, event: Event<Pod>) {
        match event {
            Event::Init => self.listing = Some(HashSet::new()),
            Event::InitApply(pod) => {
                if let Some(listing) = &mut self.listing {
                    listing.insert(uid(&pod));
                }
                self.apply(pod);
            }
            Event::InitDone => {
                let present = self.listing.take().unwrap_or_default();
                let gone = self.pods.iter().filter(|(uid, _)| !present.contains(*uid));
                gone.for_each(|(_, updates)| drop(updates.send(None)));
            }
            Event::Apply(pod) => self.apply(pod),
            Event::Delete(pod) => {
                if let Some(updates) = self.pods.get(&uid(&pod)) {
                    drop(updates.send(None));
                }
            }
        }
    }

    fn apply(&mut self, pod: Pod) {
        let uid = uid(&pod);
        if let Some(updates) = self.pods.get(&uid) {
            drop(updates.send(Some(pod)));
            return;
        }
        let (updates, inbox) = watch::channel(Some(pod.clone()));
        let worker = Worker::new(Arc::clone(&self.node), self.views.clone(), pod, inbox);
        self.pods.insert(uid.clone(), updates);
        self.workers.spawn(async move {
            worker.run().await;
            uid
        });
    }
}
