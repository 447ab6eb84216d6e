//! What runtime, plugin and agent say to each other, as data. (pure)

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::base64;
use crate::enroll::Selector;

/// Versions of the specification that are understood.
pub const VERSIONS: [&str; 8] = [
    "0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0", "1.2.0",
];
/// The version of an answer where the caller names none.
pub const OWN_VERSION: &str = "1.0.0";
/// Longest input that is read (security.md N8).
pub const MAX_INPUT: u64 = 1024 * 1024;

/// Malformed configuration or names.
pub const INVALID_CONFIGURATION: u32 = 7;
/// Malformed environment.
pub const INVALID_ENVIRONMENT: u32 = 4;
/// Not now.
pub const TRY_AGAIN: u32 = 11;
/// Anything else.
pub const GENERIC: u32 = 100;

/// A failure as runtimes show it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Its number.
    pub code: u32,
    /// What failed.
    pub message: String,
    /// Why.
    pub details: String,
}

impl Failure {
    /// A failure without further details.
    #[must_use]
    pub fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: String::new(),
        }
    }

    /// The object for standard output.
    #[must_use]
    pub fn render(&self, version: &str) -> String {
        json!({"cniVersion": version, "code": self.code, "msg": self.message, "details": self.details})
            .to_string()
    }
}

/// The plugin's own settings, from the chain's configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Version of the specification.
    #[serde(rename = "cniVersion")]
    pub version: Option<String>,
    /// What the plugins before this one made.
    #[serde(rename = "prevResult")]
    pub previous: Option<Value>,
    /// Level of the plugin's log.
    pub plugin_log_level: Option<String>,
    /// Where the agent's sockets are.
    pub cni_agent_run_dir: Option<String>,
    /// Whether pods are captured at all.
    pub ambient_enabled: bool,
    /// Who is enrolled.
    pub enablement_selectors: Vec<Selector>,
    /// Namespaces that never join.
    pub exclude_namespaces: Vec<String>,
    /// The agent's namespace.
    pub pod_namespace: String,
    /// An undecidable pod is an error.
    pub enable_ambient_detection_retry: bool,
    /// The agent's DaemonSet.
    pub agent_daemon_set: Option<String>,
}

impl Settings {
    /// Reads standard input.
    pub fn parse(text: &[u8]) -> Result<Self, Failure> {
        serde_json::from_slice(text).map_err(|error| Failure {
            code: INVALID_CONFIGURATION,
            message: "cannot read the plugin's configuration".to_owned(),
            details: error.to_string(),
        })
    }

    /// The version of answers.
    #[must_use]
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or(OWN_VERSION)
    }

    /// The previous result unchanged, or an empty one.
    #[must_use]
    pub fn result(&self) -> String {
        match &self.previous {
            Some(previous) => previous.to_string(),
            None => json!({"cniVersion": self.version()}).to_string(),
        }
    }
}

/// The pod that the runtime names in `CNI_ARGS`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodNames {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Uid.
    pub uid: Option<String>,
}

/// Reads `CNI_ARGS`; keys that are not known do not matter.
pub fn pod_names(arguments: &str) -> Result<PodNames, Failure> {
    let mut names = PodNames::default();
    for pair in arguments.split(';') {
        let Some((key, value)) = pair.split_once('=') else {
            continue;
        };
        let target = match key.trim() {
            "K8S_POD_NAMESPACE" => &mut names.namespace,
            "K8S_POD_NAME" => &mut names.name,
            "K8S_POD_UID" => names.uid.get_or_insert_default(),
            _ => continue,
        };
        if !value.is_empty() && !is_name(value) {
            return Err(Failure::new(
                INVALID_CONFIGURATION,
                format!("`{key}` in CNI_ARGS is not a name"),
            ));
        }
        value.clone_into(target);
    }
    names.uid = names.uid.filter(|uid| !uid.is_empty());
    Ok(names)
}

/// Names and ids that may become part of a path or an address (security.md N8).
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=253).contains(&text.len()) && text.bytes().all(fits) && !text.bytes().all(|byte| byte == b'.')
}

/// `POST /cmdadd`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddRequest {
    /// Path of the namespace, as the runtime names it.
    pub netns: String,
    /// Name of the pod.
    pub pod_name: String,
    /// Namespace of the pod.
    pub pod_namespace: String,
    /// Its addresses.
    #[serde(rename = "IPs", default, deserialize_with = "nullable")]
    pub ips: Vec<IpConfig>,
    /// Uid of the pod; ours, other agents ignore it.
    #[serde(rename = "PodUID", default, skip_serializing_if = "Option::is_none")]
    pub pod_uid: Option<String>,
}

fn nullable<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<IpConfig>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// One address of the pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpConfig {
    /// Index of its interface in the previous result.
    #[serde(default)]
    pub interface: Option<i64>,
    /// Address and mask.
    pub address: Network,
    /// Gateway.
    #[serde(default)]
    pub gateway: Option<String>,
}

/// An address with its mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Address.
    #[serde(rename = "IP")]
    pub ip: String,
    /// The mask's bytes, in base64.
    #[serde(rename = "Mask", default)]
    pub mask: Option<String>,
}

impl AddRequest {
    /// The addresses as values.
    #[must_use]
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.ips
            .iter()
            .filter_map(|one| one.address.ip.parse().ok())
            .collect()
    }
}

/// The addresses of a result of any version.
#[must_use]
pub fn addresses(result: &Value) -> Vec<IpConfig> {
    let modern = result.get("ips").and_then(Value::as_array).into_iter().flatten();
    let modern = modern.filter_map(|one| {
        let interface = one.get("interface").and_then(Value::as_i64);
        ip_config(one.get("address")?.as_str()?, interface, one.get("gateway"))
    });
    // versions up to 0.2.0
    let old = ["ip4", "ip6"].into_iter().filter_map(|key| {
        let one = result.get(key)?;
        ip_config(one.get("ip")?.as_str()?, None, one.get("gateway"))
    });
    modern.chain(old).collect()
}

fn ip_config(address: &str, interface: Option<i64>, gateway: Option<&Value>) -> Option<IpConfig> {
    let (ip, length) = match address.split_once('/') {
        Some((ip, length)) => (ip.parse::<IpAddr>().ok()?, Some(length.parse::<u8>().ok()?)),
        None => (address.parse().ok()?, None),
    };
    let bytes = if ip.is_ipv4() { 4 } else { 16 };
    let length = length.map_or(bytes * 8, usize::from);
    if length > bytes * 8 {
        return None;
    }
    let mask: Vec<u8> = (0..bytes)
        .map(|index| {
            let bits = length.saturating_sub(index * 8).min(8);
            u8::try_from(0xff00_u16 >> bits & 0xff).unwrap_or(u8::MAX)
        })
        .collect();
    Some(IpConfig {
        interface,
        address: Network {
            ip: ip.to_string(),
            mask: Some(base64::encode(&mask)),
        },
        gateway: gateway.and_then(Value::as_str).map(str::to_owned),
    })
}

#[cfg(test)]
#[path = "protocol/tests.rs"]
mod tests;
