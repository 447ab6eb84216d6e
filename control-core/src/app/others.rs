//! What stands outside of the own cluster and process: other clusters, and a signer that is not ours.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{App, changed};
use crate::ca::external::KubernetesSigner;
use crate::ca::root::Root;
use crate::ca::signer::Signer;
use crate::fold::Input;
use crate::remote::{RemoteSettings, Remotes, RootsElsewhere, Secrets};
use crate::watch::mesh::Mesh;

impl App {
    /// Other clusters, where the mesh spans several.
    pub(super) fn follow_remotes(
        &self,
        tasks: &mut JoinSet<()>,
        client: &kube::Client,
        inputs: &mpsc::Sender<Input>,
        roots: Option<RootsElsewhere>,
    ) -> Remotes {
        let (cluster, remotes) = (&self.config.cluster, Remotes::new(self.metrics.clone()));
        if !self.config.ambient.multi_network {
            return remotes;
        }
        let settings = RemoteSettings {
            own: cluster.id.clone(),
            namespace: cluster.namespace.clone(),
            watch_namespace: cluster.watch_namespace.clone(),
            patience: Some(cluster.remote_timeout).filter(|patience| !patience.is_zero()),
            allowed: cluster.remote_options.iter().cloned().collect(),
            api_rate: cluster.api_rate,
        };
        let secrets = Secrets {
            client: client.clone(),
            settings,
            remotes: remotes.clone(),
            metrics: self.metrics.clone(),
            inputs: inputs.clone(),
            roots,
        };
        tasks.spawn(secrets.run(self.shutdown.token()));
        remotes
    }

    /// The signer outside of this process, where one is configured and certificates are served.
    pub(super) fn external(
        &self,
        client: &kube::Client,
        mesh: &Mesh,
        root: Option<&Arc<Root>>,
    ) -> Option<Arc<KubernetesSigner>> {
        let settings = self.config.ca.external.clone().filter(|_| root.is_some())?;
        Some(Arc::new(KubernetesSigner::new(
            client.clone(),
            settings,
            mesh.clone(),
        )))
    }

    /// Whom certificates of that signer chain to, as PEM; nothing without one.
    pub(super) fn foreign_roots(
        &self,
        tasks: &mut JoinSet<()>,
        outside: Option<&Arc<KubernetesSigner>>,
        mesh: &Mesh,
    ) -> watch::Receiver<Arc<str>> {
        let roots = outside.map(|signer| signer.roots()).unwrap_or_default();
        let (sender, receiver) = watch::channel(Arc::from(roots));
        if let Some(signer) = outside.cloned() {
            let stop = self.shutdown.token();
            tasks.spawn(follow_foreign(signer, mesh.clone(), sender, stop));
        }
        receiver
    }
}

/// Keeps the roots of a signer outside what file and mesh configuration say.
async fn follow_foreign(
    signer: Arc<KubernetesSigner>,
    mut mesh: Mesh,
    roots: watch::Sender<Arc<str>>,
    stop: CancellationToken,
) {
    while changed(&mut mesh, &stop).await {
        mesh.borrow_and_update();
        let fresh: Arc<str> = signer.roots().into();
        roots.send_if_modified(|held| std::mem::replace(held, fresh.clone()) != fresh);
    }
}

/// Who signs for workloads: the signer outside if there is one, else our own root.
pub(super) fn signer(
    root: Option<Arc<Root>>,
    outside: Option<Arc<KubernetesSigner>>,
) -> Option<Arc<dyn Signer>> {
    match outside {
        Some(outside) => Some(outside),
        None => root.map(|root| -> Arc<dyn Signer> { root }),
    }
}
