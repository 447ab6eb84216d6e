//! The mesh configuration file and `PROXY_CONFIG`: YAML below the environment (`spec/proxy-ops.md` §2.1).
//!
//! Both are written for many programs, so keys that mean nothing to a node proxy are passed over; a known key
//! with a value of another kind is an error.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::config::parse::BadValue;
use crate::yaml;

/// What a node proxy reads of a proxy configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ProxyConfig {
    /// xDS address.
    pub(super) discovery_address: Option<String>,
    /// Admin port.
    pub(super) proxy_admin_port: Option<u16>,
    /// Metrics port.
    pub(super) stats_port: Option<u16>,
    /// Worker threads; 0 = all CPUs.
    pub(super) concurrency: Option<u32>,
    /// Node metadata, with or without the prefix of the variables.
    pub(super) proxy_metadata: BTreeMap<String, String>,
}

/// The part of a mesh configuration that holds it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MeshConfig {
    default_config: Option<ProxyConfig>,
}

impl ProxyConfig {
    /// Reads `PROXY_CONFIG`; an empty one says nothing.
    pub(super) fn from_yaml(text: &str) -> Result<Self, BadValue> {
        read(text)
    }

    /// Reads the `defaultConfig` of a mesh configuration file; none where there is no file.
    pub(super) fn of_mesh(path: &Path) -> Result<Option<Self>, BadValue> {
        match yaml::read_file(path) {
            Ok(text) => read(&text).map(|mesh: MeshConfig| mesh.default_config),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BadValue(error.to_string())),
        }
    }
}

fn read<T: Default + for<'a> Deserialize<'a>>(text: &str) -> Result<T, BadValue> {
    if text.trim().is_empty() {
        return Ok(T::default());
    }
    yaml::from_str(text).map_err(|error| BadValue(format!("expected the YAML of a configuration: {error}")))
}
