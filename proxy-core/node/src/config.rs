//! Every setting of the node agent (`spec/cni-agent.md` 3).
//!
//! [`SETTINGS`](table::SETTINGS) is the one table: name, default, meaning, parser. [`Config::load`] walks it once at
//! start over the environment and the command line it is given; nothing else reads either.

mod parse;
pub mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};

use mesh_wire::well_known::{name, path, port};

use crate::enroll::Rules;
use crate::host::Branches;
use crate::redirect::programs::Lock;
use crate::redirect::{Dns, Families, ProbeAddresses};

pub use parse::BadValue;

/// Who this agent is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The node it serves.
    pub node: String,
    /// Its own pod.
    pub pod: String,
    /// The namespace of its own pod.
    pub namespace: String,
}

impl Identity {
    /// The DaemonSet that owns this pod: the pod's name without what the controller appended.
    #[must_use]
    pub fn daemon_set(&self) -> &str {
        match self.pod.rsplit_once('-') {
            Some((owner, _)) => owner,
            None => name::NODE_AGENT,
        }
    }
}

/// How rules reach the kernel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backend {
    /// nf_tables over netlink.
    #[default]
    Auto,
    /// nf_tables, asked for.
    Native,
    /// The programs of the iptables family, asked for.
    Iptables,
}

/// Which pods, and how.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Ambient {
    /// Whether pods are captured at all.
    pub enabled: bool,
    /// Who is enrolled.
    pub rules: Rules,
    /// DNS unless the pod says otherwise.
    pub dns: Dns,
    /// Families that are written.
    pub families: Families,
    /// Where probes seem to come from.
    pub probes: ProbeAddresses,
    /// Rewrite differing rules of captured pods at start.
    pub reconcile: bool,
    /// An undecidable pod is an error, not a pod outside the mesh.
    pub detection_retry: bool,
    /// The way rules are written.
    pub backend: Backend,
    /// Flavour of iptables, if it is not to be detected.
    pub iptables: Option<String>,
    /// What programs of iptables' old interface exclude each other by.
    pub lock: Lock,
    /// Whether pods may be behind a branch interface.
    pub branches: Branches,
    /// Enter the host's network namespace for its rules.
    pub host_namespace: bool,
}

/// What an ending agent leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Release captured pods when the DaemonSet is gone.
    pub release: bool,
    /// Clean up on every exit.
    pub always_clean: bool,
}

/// The plugin and its configuration on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Install {
    /// Fixed name of the primary configuration file.
    pub primary: Option<String>,
    /// Part of a chain, or alone for a meta-plugin.
    pub chained: bool,
    /// Keep an own copy of the primary file instead of editing it.
    pub owned: bool,
    /// Name of that copy.
    pub owned_name: String,
    /// New files are readable by the group.
    pub group_readable: bool,
    /// Mode of the kubeconfig.
    pub kubeconfig_mode: u32,
    /// Trust roots of the API server in the kubeconfig.
    pub ca_file: Option<PathBuf>,
    /// Do not verify the API server in the kubeconfig.
    pub skip_tls: bool,
    /// Log level of the plugin.
    pub plugin_level: String,
}

/// Folders and sockets as this process sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Programs in the image.
    pub image_bin: PathBuf,
    /// Programs on the node.
    pub bin: PathBuf,
    /// Plugin configuration of the node.
    pub net: PathBuf,
    /// The agent's run folder; the same on the node.
    pub run: PathBuf,
    /// The proxy's socket.
    pub zds: PathBuf,
    /// The node's process file system.
    pub proc: PathBuf,
    /// What a path on the node is below.
    pub host: PathBuf,
    /// Token, roots and namespace of the own account.
    pub account: PathBuf,
    /// Credentials of the agent itself, where it has no account.
    pub kubeconfig: Option<PathBuf>,
}

/// The API server as the plugin reaches it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiServer {
    /// `https` unless set.
    pub protocol: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: String,
}

impl ApiServer {
    /// Its URL; IPv6 addresses in brackets.
    #[must_use]
    pub fn url(&self) -> String {
        let host = match self.host.parse::<Ipv6Addr>() {
            Ok(address) => format!("[{address}]"),
            Err(_) => self.host.clone(),
        };
        format!("{}://{host}:{}", self.protocol, self.port)
    }
}

/// The process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Port of health.
    pub health: u16,
    /// Port of metrics.
    pub monitoring: u16,
    /// Loopback port of the enrolment report.
    pub enrolment: u16,
    /// Levels by scope, `SCOPE:LEVEL,...`.
    pub log_levels: String,
    /// JSON lines.
    pub log_json: bool,
}

/// All settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Who this agent is.
    pub identity: Identity,
    /// Which pods, and how.
    pub ambient: Ambient,
    /// What an ending agent leaves behind.
    pub ending: Ending,
    /// The plugin on the node.
    pub install: Install,
    /// Folders and sockets.
    pub paths: Paths,
    /// The API server.
    pub api: ApiServer,
    /// The process.
    pub process: Process,
}

impl Default for Config {
    fn default() -> Self {
        let mut rules = Rules::default();
        rules.excluded.clear();
        Self {
            identity: Identity::default(),
            ambient: Ambient {
                enabled: false,
                rules,
                dns: Dns::Untouched,
                families: Families::V4,
                probes: ProbeAddresses::default(),
                reconcile: false,
                detection_retry: true,
                backend: Backend::Auto,
                iptables: None,
                lock: Lock::Namespace,
                branches: Branches::Found,
                host_namespace: true,
            },
            ending: Ending {
                release: true,
                always_clean: false,
            },
            install: Install::default(),
            paths: Paths::default(),
            api: ApiServer {
                protocol: "https".to_owned(),
                ..ApiServer::default()
            },
            process: Process {
                health: port::AGENT_HEALTH,
                monitoring: port::MONITORING,
                enrolment: port::AGENT_ENROLMENT,
                log_levels: "default:info".to_owned(),
                log_json: false,
            },
        }
    }
}

impl Default for Install {
    fn default() -> Self {
        Self {
            primary: None,
            chained: true,
            owned: false,
            owned_name: OWNED_NAME.to_owned(),
            group_readable: false,
            kubeconfig_mode: 0o600,
            ca_file: None,
            skip_tls: false,
            plugin_level: "info".to_owned(),
        }
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            image_bin: path::CNI_BIN.into(),
            bin: "/host/opt/cni/bin".into(),
            net: "/host/etc/cni/net.d".into(),
            run: path::AGENT_RUN.into(),
            zds: path::ZDS_SOCKET.into(),
            proc: "/host/proc".into(),
            host: "/host".into(),
            account: path::SERVICE_ACCOUNT.into(),
            kubeconfig: None,
        }
    }
}

/// The own configuration file, where one is wanted and not named.
pub const OWNED_NAME: &str = "02-istio-cni.conflist";

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// One value.
    #[error("`{name}={value}`: {reason}")]
    Value {
        /// Variable or flag.
        name: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A word of the command line that means nothing.
    #[error("unknown argument `{0}`")]
    Argument(String),
    /// A flag without its value.
    #[error("flag `{0}` needs a value")]
    NoValue(String),
    /// A setting that must be there.
    #[error("`{0}` is not set")]
    Missing(&'static str),
}

impl Config {
    /// Reads the environment, then the flags, which win.
    pub fn load(environment: &BTreeMap<String, String>, arguments: &[String]) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for setting in table::SETTINGS {
            if let Some(value) = environment.get(setting.name) {
                config.set(setting, setting.name, value)?;
            }
        }
        config.load_flags(arguments)?;
        config.check()?;
        Ok(config)
    }

    fn set(&mut self, setting: &table::Setting, name: &str, value: &str) -> Result<(), ConfigError> {
        (setting.apply)(self, value).map_err(|BadValue(reason)| ConfigError::Value {
            name: name.to_owned(),
            value: value.to_owned(),
            reason,
        })
    }

    fn load_flags(&mut self, arguments: &[String]) -> Result<(), ConfigError> {
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let unknown = || ConfigError::Argument(argument.clone());
            let word = argument.strip_prefix("--").ok_or_else(unknown)?;
            let (flag, given) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (word, None),
            };
            let wanted = flag.replace('_', "-");
            let setting = table::SETTINGS
                .iter()
                .find(|setting| setting.flag() == wanted)
                .ok_or_else(unknown)?;
            let value = match given {
                Some(value) => value,
                None if setting.is_switch => "true".to_owned(),
                None => {
                    let next = rest
                        .next()
                        .ok_or_else(|| ConfigError::NoValue(argument.clone()))?;
                    next.clone()
                }
            };
            self.set(setting, &format!("--{wanted}"), &value)?;
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), ConfigError> {
        if self.ambient.enabled && self.identity.node.is_empty() {
            return Err(ConfigError::Missing("NODE_NAME"));
        }
        if self.identity.namespace.is_empty() {
            let file = self.paths.account.join("namespace");
            self.identity.namespace = std::fs::read_to_string(file).map_or_else(
                |_| name::SYSTEM_NAMESPACE.to_owned(),
                |text| text.trim().to_owned(),
            );
        }
        Ok(())
    }
}

impl Paths {
    /// Where a path of the node is in this container; `/run` is mounted as `/var/run`.
    #[must_use]
    pub fn on_host(&self, path: &Path) -> PathBuf {
        if let Ok(below) = path.strip_prefix("/proc") {
            return self.proc.join(below);
        }
        if let Ok(below) = path.strip_prefix("/run") {
            return self.host.join("var/run").join(below);
        }
        self.host.join(path.strip_prefix("/").unwrap_or(path))
    }
}
