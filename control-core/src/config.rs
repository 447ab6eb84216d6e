//! Every setting of the control plane: the command line of `control-plane.md` 1.2 and the environment of 1.3.
//!
//! [`Config::load`] is the only reader of both. What is set but cannot be read is an error that names it;
//! unknown flags and variables mean nothing here and are passed over.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::{Ipv4Net, Ipv6Net};
use mesh_sys::logging::{Filter, Format};

use crate::ca::external::ExternalSettings;

mod flags;
mod load;
pub mod parse;

pub use load::ConfigError;

/// What the process was asked to do.
#[derive(Debug)]
pub enum Command {
    /// Serve.
    Discovery(Box<Config>),
    /// Print the version.
    Version,
    /// Print the help.
    Help,
}

/// An address to listen on: `:8080` is every address of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    /// One address, or all.
    pub host: Option<IpAddr>,
    /// Port; 0 is any.
    pub port: u16,
}

impl ListenAddress {
    /// The addresses to try in turn; a kernel without IPv6 still has IPv4.
    #[must_use]
    pub fn candidates(&self) -> Vec<SocketAddr> {
        let on = |host: IpAddr| SocketAddr::new(host, self.port);
        match self.host {
            Some(host) => vec![on(host)],
            None => vec![on(Ipv6Addr::UNSPECIFIED.into()), on(Ipv4Addr::UNSPECIFIED.into())],
        }
    }
}

/// Where to listen; `None` is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listeners {
    /// Readiness and debug endpoints.
    pub http: Option<ListenAddress>,
    /// Webhooks.
    pub https: Option<ListenAddress>,
    /// xDS without TLS; off unless asked for (`security.md` X1).
    pub grpc: Option<ListenAddress>,
    /// xDS and certificates over TLS.
    pub secure_grpc: Option<ListenAddress>,
    /// Metrics, version, debug endpoints.
    pub monitoring: Option<ListenAddress>,
    /// Introspection, on loopback.
    pub introspection: Option<ListenAddress>,
}

/// Which cluster, and which part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// DNS domain.
    pub domain: String,
    /// Where this server runs.
    pub namespace: String,
    /// Where the node agent runs.
    pub cni_namespace: String,
    /// This cluster's id.
    pub id: String,
    /// Further ids that clients may use for a cluster.
    pub aliases: BTreeMap<String, String>,
    /// Kubeconfig; an absent file means in-cluster.
    pub kubeconfig: Option<PathBuf>,
    /// Requests a second to the API server, and at once.
    pub api_rate: (u32, u32),
    /// The one namespace to watch, empty for all.
    pub watch_namespace: String,
    /// Revision of this control plane.
    pub revision: String,
    /// This pod.
    pub pod_name: String,
    /// How long a remote cluster may delay readiness; zero is for ever.
    pub remote_timeout: Duration,
    /// What kubeconfigs of remote clusters may ask for besides what is in their text.
    pub remote_options: Vec<String>,
}

/// Where the mesh configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshSources {
    /// File with the mesh configuration; absent means the ConfigMap.
    pub file: PathBuf,
    /// File with the networks.
    pub networks: PathBuf,
    /// A second ConfigMap under the main one.
    pub shared: Option<String>,
}

/// Switches of ambient behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct AmbientSettings {
    /// The master switch.
    pub enabled: bool,
    /// Waypoint class and controller.
    pub waypoints: bool,
    /// `WAYPOINT_IMAGE`: Gateways of the waypoint class are run with it; without one they are left to others.
    pub waypoint_image: Option<String>,
    /// Conditions on objects.
    pub status: bool,
    /// Networks and global services.
    pub multi_network: bool,
    /// Policies that let waypoints in.
    pub auto_allow_waypoint: bool,
    /// `istio.io/ingress-use-waypoint`.
    pub ingress_waypoint: bool,
    /// Dry-run policies are sent.
    pub dry_run: bool,
    /// `ServiceEntry` selectors match pods.
    pub entries_select_pods: bool,
    /// Service selectors match `WorkloadEntry` objects.
    pub services_select_entries: bool,
    /// Addresses for `ServiceEntry` hosts, from these ranges.
    pub allocate: Option<(Ipv4Net, Ipv6Net)>,
}

/// Certificates of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaSettings {
    /// Sign, and distribute the root.
    pub enabled: bool,
    /// Plugged-in material.
    pub dir: PathBuf,
    /// `namespace/account` list of node proxies.
    pub trusted: String,
    /// Object with the roots.
    pub root_config_map: String,
    /// Object with the revocations; `None` is none.
    pub crl_config_map: Option<String>,
    /// Leaf life when nothing is asked for.
    pub default_ttl: Duration,
    /// Longest leaf life.
    pub max_ttl: Duration,
    /// Requests a second of one caller (`security.md` K6).
    pub rate: u32,
    /// Who signs instead of us.
    pub external: Option<ExternalSettings>,
    /// Life of a self-signed root.
    pub root_ttl: Duration,
    /// How often the self-signed root is looked at.
    pub root_check: Duration,
    /// Renewed below this percentage of its life.
    pub root_grace: i64,
    /// The first look is at a random moment.
    pub root_jitter: bool,
    /// Audiences of tokens.
    pub audiences: Vec<String>,
}

/// Discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XdsSettings {
    /// Window between pushes.
    pub window: Duration,
    /// New streams a second.
    pub rate: u32,
    /// Age at which streams end.
    pub max_age: Option<Duration>,
    /// Largest request.
    pub max_message: usize,
    /// Streams on one connection.
    pub max_streams: u32,
    /// Ping interval and timeout.
    pub keepalive: (Duration, Duration),
    /// Identities must own their node ids.
    pub checks_identity: bool,
}

/// Our own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingSettings {
    /// Files named by flags.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Further roots for client certificates.
    pub ca_file: Option<PathBuf>,
    /// Further DNS names.
    pub custom_hosts: Vec<String>,
    /// TLS 1.3 only.
    pub tls13_only: bool,
}

/// The process itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ProcessSettings {
    /// What is logged.
    pub log_filter: Filter,
    /// How.
    pub log_format: Format,
    /// How long each part may take to end.
    pub shutdown: Duration,
    /// Off: this process always leads.
    pub leader_election: bool,
    /// `/debug` on the readiness port too.
    pub debug_on_http: bool,
    /// Callers of `/debug` from elsewhere must authenticate.
    pub debug_auth: bool,
    /// Namespaces besides the root one that may read everything.
    pub debug_namespaces: Vec<String>,
    /// `/debug/force_disconnect`.
    pub unsafe_admin: bool,
}

/// Webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Bundles of validating configurations are kept up to date.
    pub patches_validation: bool,
    /// Bundles of injectors are kept up to date.
    pub patches_injection: bool,
}

/// Taints of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaintSettings {
    /// Whether the taint is taken off.
    pub enabled: bool,
    /// Its key.
    pub key: String,
}

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Ports.
    pub listeners: Listeners,
    /// Cluster.
    pub cluster: ClusterSettings,
    /// Mesh configuration.
    pub mesh: MeshSources,
    /// Ambient.
    pub ambient: AmbientSettings,
    /// Certificates.
    pub ca: CaSettings,
    /// Discovery.
    pub xds: XdsSettings,
    /// Our certificate.
    pub serving: ServingSettings,
    /// Webhooks.
    pub webhooks: WebhookSettings,
    /// Taints.
    pub taints: TaintSettings,
    /// Process.
    pub process: ProcessSettings,
    /// Settings that were given but do nothing here, for the log.
    pub ignored: Vec<String>,
}

/// The environment as a map.
pub type Environment = BTreeMap<String, String>;

#[cfg(test)]
mod tests;
