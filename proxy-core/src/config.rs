//! Every setting of the proxy (`spec/proxy-ops.md` §2).
//!
//! [`SETTINGS`](table::SETTINGS) is the one table: name, default, meaning, parser. [`Config::load`] walks
//! it once at start over the environment it is given; nothing else reads the environment. Before it come the
//! built-in values and the mesh configuration file ([`file`]).

mod defaults;
mod derived;
mod file;
mod parse;
pub mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use arcstr::ArcStr;
use mesh_sys::socket::Keepalive;
use mesh_wire::well_known::{path, port};

use crate::control_plane::{ControlPlane, RootSource, TokenSource};
use crate::tls::TlsPolicy;

use file::ProxyConfig;
pub use parse::BadValue;

/// Keepalive of proxied connections, unless the environment changes it.
const KEEPALIVE: Keepalive = Keepalive {
    time: Duration::from_mins(3),
    interval: Duration::from_mins(3),
    retries: 9,
};

/// Characters of a value that an error shows.
const MAX_SHOWN: usize = 120;

/// Who this proxy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Pod name.
    pub pod_name: String,
    /// Pod namespace.
    pub pod_namespace: String,
    /// Service account.
    pub service_account: String,
    /// Pod address.
    pub instance_ip: String,
    /// Node name, empty when unknown.
    pub node_name: String,
    /// Cluster id.
    pub cluster_id: String,
    /// DNS domain of the cluster.
    pub cluster_domain: String,
    /// Trust domain of the proxy's own identity.
    pub trust_domain: String,
    /// Own network id.
    pub network: ArcStr,
    /// Istio version to report.
    pub istio_version: String,
    /// Node metadata, by key.
    pub metadata: BTreeMap<String, serde_json::Value>,
    /// Node metadata that mesh and proxy configuration ask for; part of `metadata` too.
    pub file_metadata: BTreeMap<String, String>,
}

/// How the control plane is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlSettings {
    /// xDS address; none = no xDS.
    pub xds_address: Option<String>,
    /// CA address; none = no CA.
    pub ca_address: Option<String>,
    /// Trust root of xDS.
    pub xds_root: RootSource,
    /// Trust root of the CA.
    pub ca_root: RootSource,
    /// Token.
    pub token: TokenSource,
    /// Further server name of xDS.
    pub alt_xds_hostname: Option<String>,
    /// Further server name of the CA.
    pub alt_ca_hostname: Option<String>,
    /// Extra xDS metadata.
    pub xds_headers: Vec<(String, String)>,
    /// Extra CA metadata.
    pub ca_headers: Vec<(String, String)>,
    /// Ask for addresses one by one.
    pub on_demand: bool,
    /// File with the mesh.
    pub local_path: Option<PathBuf>,
    /// The mesh itself, as YAML.
    pub local_text: Option<String>,
    /// Self-made certificates.
    pub fake_ca: bool,
    /// Life asked for.
    pub secret_ttl: Duration,
    /// CRL file.
    pub crl_path: Option<PathBuf>,
    /// Refuse peers whose revocation is unknown.
    pub crl_strict: bool,
}

/// Listeners and sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct ProxySettings {
    /// Whether traffic is proxied at all.
    pub enabled: bool,
    /// Shared by all pods of the node, or for one workload alone.
    pub mode: Mode,
    /// The one workload of dedicated mode.
    pub workload: Option<OwnWorkload>,
    /// Agent socket.
    pub inpod_uds: PathBuf,
    /// Several proxies may listen in one pod.
    pub port_reuse: bool,
    /// Mark of every socket.
    pub packet_mark: Option<u32>,
    /// Whether the application sees the client's address: never, always, or if possible.
    pub original_source: Option<bool>,
    /// PROXY-protocol tunnels go to loopback.
    pub localhost_app_tunnel: bool,
    /// Describe the destination in the 200.
    pub response_baggage: bool,
    /// IPv6 listeners and answers.
    pub ipv6: bool,
    /// SOCKS5 listener.
    pub socks5: bool,
    /// Keepalive of proxied connections.
    pub keepalive: Option<Keepalive>,
    /// Limit of unacknowledged data.
    pub user_timeout: bool,
    /// Log policy decisions at info.
    pub authz_info: bool,
    /// TLS.
    pub tls: TlsPolicy,
}

/// Tunnels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TunnelSettings {
    /// Streams on one connection.
    pub max_streams: usize,
    /// How long an unused connection is kept.
    pub unused_release: Duration,
    /// Receive window of a stream.
    pub stream_window: u32,
    /// Receive window of a connection.
    pub connection_window: u32,
    /// Largest frame.
    pub frame_size: u32,
}

/// DNS proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsSettings {
    /// Whether DNS is answered.
    pub enabled: bool,
    /// Port on both loopback addresses.
    pub port: u16,
    /// Tie-break between services of one name.
    pub preferred_namespace: Option<String>,
}

/// The process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessSettings {
    /// Worker threads, as asked for.
    pub threads: Option<Threads>,
    /// CPU limit and request.
    pub cpu_limit: Option<u32>,
    /// CPU limit that is not explicit.
    pub cpu_count: Option<u32>,
    /// CPU request.
    pub cpu_request: Option<u32>,
    /// Explicit drain limit.
    pub termination_deadline: Option<Duration>,
    /// Grace of the pod, to derive the drain limit from.
    pub grace_seconds: Option<u64>,
    /// Admin port, loopback.
    pub admin_port: u16,
    /// Metrics port.
    pub stats_port: u16,
    /// Readiness port.
    pub readiness_port: u16,
    /// Give up privileges, files and system calls that are not needed.
    pub confinement: bool,
    /// Give out profiles on the admin port (`spec/security.md` M3).
    pub profiling: bool,
    /// Log filter.
    pub log_filter: String,
    /// `json` or `plain`.
    pub log_format: Option<String>,
}

/// `PROXY_MODE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// One proxy for each node; pods come from the node agent.
    #[default]
    Shared,
    /// One proxy for one workload, in the workload's own namespace.
    Dedicated,
}

/// `PROXY_WORKLOAD_INFO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWorkload {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Service account.
    pub service_account: String,
}

/// `ZTUNNEL_WORKER_THREADS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// A number; 0 = all CPUs.
    Count(u32),
    /// A share of the CPUs.
    Percent(u32),
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Who this proxy is.
    pub names: Names,
    /// How the control plane is reached.
    pub control: ControlSettings,
    /// Listeners and sockets.
    pub proxy: ProxySettings,
    /// Tunnels.
    pub tunnel: TunnelSettings,
    /// DNS.
    pub dns: DnsSettings,
    /// The process.
    pub process: ProcessSettings,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// One value.
    #[error("`{name}={value}`: {reason}")]
    Value {
        /// Variable.
        name: String,
        /// Value.
        value: String,
        /// Expected form.
        reason: String,
    },
    /// The mesh configuration file.
    #[error("`{}`: {reason}", path.display())]
    File {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A combination.
    #[error("{0}")]
    Combination(&'static str),
}

/// A value as an error shows it.
fn shortened(value: &str) -> String {
    let mut chars = value.chars();
    let start: String = chars.by_ref().take(MAX_SHOWN).collect();
    if chars.next().is_some() {
        start + "…"
    } else {
        start
    }
}

impl Config {
    /// Reads the mesh configuration file, if there is one, and the environment given.
    pub fn load(environment: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        Self::load_with(std::path::Path::new(path::MESH_CONFIG), environment)
    }

    /// Like [`Config::load`], with the mesh configuration in another file.
    pub fn load_with(
        mesh_config: &std::path::Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut config = Self::defaults(environment.contains_key("KUBERNETES_SERVICE_HOST"));
        if let Some(file) =
            ProxyConfig::of_mesh(mesh_config).map_err(|BadValue(reason)| ConfigError::File {
                path: mesh_config.to_owned(),
                reason,
            })?
        {
            config.apply_file(&file);
        }
        // the YAML of the environment is below the variables that name one setting each
        let (yaml, single): (Vec<_>, Vec<_>) = table::SETTINGS
            .iter()
            .partition(|setting| setting.name == "PROXY_CONFIG");
        for setting in yaml.into_iter().chain(single) {
            if let Some(value) = environment.get(setting.name) {
                (setting.apply)(&mut config, value).map_err(|BadValue(reason)| ConfigError::Value {
                    name: setting.name.to_owned(),
                    value: shortened(value),
                    reason,
                })?;
            }
        }
        for (variable, value) in environment {
            config.apply_prefixed(variable, value);
        }
        config.apply_metadata(environment);
        if config.proxy.mode == Mode::Dedicated && !environment.contains_key("PACKET_MARK") {
            config.proxy.packet_mark = None; // nothing redirects by it
        }
        config.check()?;
        Ok(config)
    }

    fn defaults(in_kubernetes: bool) -> Self {
        let address = if in_kubernetes {
            "https://istiod.istio-system.svc:15012"
        } else {
            "https://localhost:15012"
        };
        let root = RootSource::File(path::ROOT_CERT.into());
        let has_token = std::path::Path::new(path::TOKEN).exists();
        Self {
            names: Names::default(),
            control: ControlSettings {
                xds_address: Some(address.to_owned()),
                ca_address: Some(address.to_owned()),
                xds_root: root.clone(),
                ca_root: root,
                token: if has_token {
                    TokenSource::File(path::TOKEN.into())
                } else {
                    TokenSource::None
                },
                alt_xds_hostname: None,
                alt_ca_hostname: None,
                xds_headers: Vec::new(),
                ca_headers: Vec::new(),
                on_demand: false,
                local_path: None,
                local_text: None,
                fake_ca: false,
                secret_ttl: Duration::from_hours(24),
                crl_path: None,
                crl_strict: false,
            },
            proxy: ProxySettings::default(),
            tunnel: TunnelSettings::default(),
            dns: DnsSettings {
                enabled: true,
                port: port::DNS,
                preferred_namespace: None,
            },
            process: ProcessSettings::default(),
        }
    }

    /// Variables whose name is part of the setting.
    fn apply_prefixed(&mut self, variable: &str, value: &str) {
        let header = |name: &str| (name.to_ascii_lowercase(), value.to_owned());
        if let Some(key) = variable.strip_prefix("ISTIO_META_") {
            self.names.metadata.insert(key.to_owned(), value.into());
        } else if let Some(key) = variable.strip_prefix("ISTIO_METAJSON_") {
            match serde_json::from_str(value) {
                Ok(json) => drop(self.names.metadata.insert(key.to_owned(), json)),
                Err(error) => tracing::warn!(variable, %error, "skipped node metadata that is no JSON"),
            }
        } else if let Some(name) = variable.strip_prefix("XDS_HEADER_") {
            self.control.xds_headers.push(header(name));
        } else if let Some(name) = variable.strip_prefix("CA_HEADER_") {
            self.control.ca_headers.push(header(name));
        }
    }

    /// Files' metadata overwrite those of plain variables, and JSON ones overwrite both (`xds.md` §3).
    fn apply_metadata(&mut self, environment: &BTreeMap<String, String>) {
        let of_files = std::mem::take(&mut self.names.file_metadata);
        for (key, value) in &of_files {
            if !environment.contains_key(&format!("ISTIO_METAJSON_{key}")) {
                self.names.metadata.insert(key.clone(), value.as_str().into());
            }
        }
        self.names.file_metadata = of_files;
    }

    /// What a mesh or proxy configuration sets.
    fn apply_file(&mut self, file: &ProxyConfig) {
        let process = &mut self.process;
        if let Some(address) = &file.discovery_address {
            self.control.xds_address = parse::address(address);
        }
        process.admin_port = file.proxy_admin_port.unwrap_or(process.admin_port);
        process.stats_port = file.stats_port.unwrap_or(process.stats_port);
        process.threads = file.concurrency.map(Threads::Count).or(process.threads);
        let metadata = file.proxy_metadata.iter();
        self.names.file_metadata.extend(metadata.map(|(key, value)| {
            let key = key.strip_prefix("ISTIO_META_").unwrap_or(key);
            (key.to_owned(), value.clone())
        }));
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.control.local_path.is_some() && self.control.local_text.is_some() {
            return Err(ConfigError::Combination(
                "`LOCAL_XDS_PATH` and `LOCAL_XDS` are two sources for one mesh: set one of them",
            ));
        }
        if self.control.on_demand && self.dns.enabled {
            return Err(ConfigError::Combination(
                "`XDS_ON_DEMAND=true` needs `ISTIO_META_DNS_CAPTURE=false`: names can be answered only where all of the mesh is known",
            ));
        }
        if self.control.crl_strict && self.control.crl_path.is_none() {
            return Err(ConfigError::Combination("`CRL_STRICT=true` needs `CRL_PATH`"));
        }
        if self.proxy.mode == Mode::Dedicated && self.proxy.workload.is_none() {
            return Err(ConfigError::Combination(
                "`PROXY_MODE=dedicated` needs `PROXY_WORKLOAD_INFO=namespace/name/serviceaccount`",
            ));
        }
        if !self.proxy.enabled && !self.dns.enabled {
            return Err(ConfigError::Combination(
                "`ENABLE_PROXY` and `ISTIO_META_DNS_CAPTURE` are both off",
            ));
        }
        if !self.proxy.enabled {
            return Err(ConfigError::Combination(
                "`ENABLE_PROXY=false` is not supported by this version: captured pods would have no network",
            ));
        }
        Ok(())
    }

    /// The xDS endpoint, if there is one.
    #[must_use]
    pub fn xds_server(&self) -> Option<ControlPlane> {
        let control = &self.control;
        let address = control.xds_address.clone()?;
        Some(self.server(
            address,
            &control.xds_root,
            control.alt_xds_hostname.clone(),
            &control.xds_headers,
        ))
    }

    /// The CA endpoint, if there is one.
    #[must_use]
    pub fn ca_server(&self) -> Option<ControlPlane> {
        let control = &self.control;
        let address = control.ca_address.clone()?;
        Some(self.server(
            address,
            &control.ca_root,
            control.alt_ca_hostname.clone(),
            &control.ca_headers,
        ))
    }

    fn server(
        &self,
        address: String,
        root: &RootSource,
        alternative_name: Option<String>,
        headers: &[(String, String)],
    ) -> ControlPlane {
        ControlPlane {
            address,
            alternative_name,
            root: root.clone(),
            token: self.control.token.clone(),
            cluster_id: self.names.cluster_id.clone(),
            headers: headers.to_vec(),
        }
    }
}
