//! The Kubernetes API: where it is, as whom we ask, and how often we may.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::Client;
use kube::client::ClientBuilder;
use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use tower::limit::RateLimitLayer;

use crate::config::ClusterSettings;

/// Why the API cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A kubeconfig that cannot be used.
    #[error("cannot use the kubeconfig `{}`", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<KubeconfigError>,
    },
    /// No kubeconfig, and not in a pod.
    #[error("there is no kubeconfig, and this is no pod of a cluster")]
    NotInCluster(#[source] InClusterError),
    /// The client cannot be built.
    #[error("cannot build the client of the Kubernetes API")]
    Client(#[source] Box<kube::Error>),
}

impl ClusterError {
    /// What the operator can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotInCluster(_) => Some("run in a pod, or name a kubeconfig with --kubeconfig"),
            _ => None,
        }
    }
}

/// The client of the own cluster: a kubeconfig that exists, else the pod's account.
pub async fn connect(settings: &ClusterSettings) -> Result<Client, ClusterError> {
    let existing = settings.kubeconfig.as_deref().filter(|path| path.exists());
    let config = match existing {
        Some(path) => from_file(path).await?,
        None => kube::Config::incluster().map_err(ClusterError::NotInCluster)?,
    };
    client(config, settings.api_rate)
}

async fn from_file(path: &Path) -> Result<kube::Config, ClusterError> {
    let failed = |source| ClusterError::Kubeconfig {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let kubeconfig = Kubeconfig::read_from(path).map_err(failed)?;
    kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .map_err(failed)
}

/// A client that asks at most so many times a second, and at once.
pub fn client(config: kube::Config, (rate, burst): (u32, u32)) -> Result<Client, ClusterError> {
    let builder = ClientBuilder::try_from(config).map_err(|source| ClusterError::Client(Box::new(source)))?;
    let (rate, burst) = (rate.max(1), burst.max(1));
    // a full burst is given back over the time in which the rate allows it
    let span = Duration::from_secs(1) * burst / rate;
    let paced = builder.with_layer(&RateLimitLayer::new(u64::from(burst), span));
    Ok(paced.build())
}
