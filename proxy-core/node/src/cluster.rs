//! How the agent reaches the API server.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

/// An API server that cannot be reached is asked again soon.
const CONNECT: Duration = Duration::from_secs(5);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Not in a cluster.
    #[error("cannot use the service account of the pod")]
    InCluster(#[source] InClusterError),
    /// A kubeconfig that was named.
    #[error("cannot use the kubeconfig `{}`", path.display())]
    Kubeconfig {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: KubeconfigError,
    },
    /// No HTTP client.
    #[error("cannot make a client for the API server")]
    Client(#[source] kube::Error),
}

/// A client with the kubeconfig if it is named and there, else with the pod's service account (decision 10).
pub async fn client(kubeconfig: Option<PathBuf>) -> Result<Client, ClusterError> {
    let mut config = match kubeconfig.filter(|path| path.exists()) {
        Some(path) => {
            let failed = |source| ClusterError::Kubeconfig {
                path: path.clone(),
                source,
            };
            let read = Kubeconfig::read_from(&path).map_err(failed)?;
            let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
            config.map_err(failed)?
        }
        None => Config::incluster().map_err(ClusterError::InCluster)?,
    };
    config.connect_timeout = Some(CONNECT);
    Client::try_from(config).map_err(ClusterError::Client)
}
