//! What an embedded API server is told when it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use ipnet::Ipv4Net;

use crate::backend::NodeBackend;

/// Configuration of one embedded API server.
#[derive(Clone)]
pub struct Config {
    /// The cluster's name, as the kubeconfig shows it.
    pub cluster: String,
    /// Host names and addresses the server's certificate is valid for, besides the usual in-cluster names.
    pub names: Vec<String>,
    /// Where Services get their cluster addresses from; the first address is the API's own.
    pub service_range: Ipv4Net,
    /// The address of cluster DNS, never given to another Service unless asked for by name.
    pub dns_address: Ipv4Addr,
    /// Where the API is reached from inside the cluster: the endpoint of `default/kubernetes`.
    pub endpoint: Option<SocketAddr>,
    /// How many changes of each resource are remembered for watches.
    pub history: usize,
    /// Collections (`cronjobs.batch`) that are kept but that nothing acts on; writing one answers with a warning.
    pub inert: Vec<&'static str>,
    /// Admission webhooks are called; otherwise storing one answers with a warning.
    pub webhooks: bool,
    /// Who runs the pods; without it logs, exec, port-forward and metrics are refused.
    pub backend: Option<Arc<dyn NodeBackend>>,
}

/// Kinds that real clusters have controllers for and that need one of their own here.
const INERT: &[&str] = &[
    "certificatesigningrequests.certificates.k8s.io",
    "cronjobs.batch",
    "horizontalpodautoscalers.autoscaling",
    "ingresses.networking.k8s.io",
    "limitranges",
    "networkpolicies.networking.k8s.io",
    "persistentvolumeclaims",
    "poddisruptionbudgets.policy",
    "replicationcontrollers",
    "resourcequotas",
];

impl Default for Config {
    fn default() -> Self {
        Self {
            cluster: "meshctl".to_owned(),
            names: Vec::new(),
            service_range: Ipv4Net::new_assert(Ipv4Addr::new(10, 96, 0, 0), 16),
            dns_address: Ipv4Addr::new(10, 96, 0, 10),
            endpoint: None,
            history: 4096,
            inert: INERT.to_vec(),
            webhooks: true,
            backend: None,
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("cluster", &self.cluster)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// The address of the `kubernetes` Service.
    #[must_use]
    pub fn api_address(&self) -> Ipv4Addr {
        let first = u32::from(self.service_range.network()).wrapping_add(1);
        Ipv4Addr::from(first)
    }

    /// All names of the server's certificate.
    pub(crate) fn all_names(&self) -> Vec<String> {
        let mut names: Vec<String> = [
            "localhost",
            "127.0.0.1",
            "::1",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ]
        .map(str::to_owned)
        .to_vec();
        names.push(self.api_address().to_string());
        names.extend(self.endpoint.map(|endpoint| endpoint.ip().to_string()));
        names.extend(self.names.iter().cloned());
        names.sort();
        names.dedup();
        names
    }
}
