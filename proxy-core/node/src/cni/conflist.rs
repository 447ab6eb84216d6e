//! Edits the node's CNI configuration as text: which file counts, what ours adds, how it is taken out again. (pure)

use serde_json::json;

use super::json::Json;
use crate::config::Config;
use crate::enroll::Selector;
use mesh_wire::well_known::name::CNI_PLUGIN;

/// What a list of ours is called when a single configuration becomes one.
const LIST_NAME: &str = "k8s-pod-network";
const LIST_VERSION: &str = "0.3.1";

/// Why a file cannot be edited.
#[derive(Debug, thiserror::Error)]
pub enum ConflistError {
    /// No JSON.
    #[error("`{file}` is not JSON")]
    Json {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// JSON, but no configuration.
    #[error("`{file}` is no CNI configuration: {what}")]
    Shape {
        /// Which file.
        file: String,
        /// What is missing.
        what: &'static str,
    },
}

/// A configuration file.
#[derive(Debug, Clone, PartialEq)]
pub struct Conf {
    top: Vec<(String, Json)>,
}

impl Conf {
    /// Reads a list or a single configuration.
    pub fn parse(file: &str, text: &[u8]) -> Result<Self, ConflistError> {
        let json = Json::parse(text).map_err(|source| ConflistError::Json {
            file: file.to_owned(),
            source,
        })?;
        let shape = |what| ConflistError::Shape {
            file: file.to_owned(),
            what,
        };
        let Json::Object(top) = json else {
            return Err(shape("not an object"));
        };
        // runtimes take the last of two, other readers the first: nobody knows what such a file says
        if repeats(&top, &["plugins", "type", "name", "cniVersion"]) {
            return Err(shape(
                "`plugins`, `type`, `name` or `cniVersion` stands in it twice",
            ));
        }
        let conf = Self { top };
        match conf.list() {
            Some([]) => Err(shape("no plugins")),
            Some(plugins) if plugins.iter().all(|plugin| plugin.text("type").is_some()) => Ok(conf),
            Some(_) => Err(shape("a plugin without a type")),
            None if conf.member("plugins").is_some() => Err(shape("`plugins` is not a list")),
            None if conf.kind().is_some() => Ok(conf),
            None => Err(shape("neither `type` nor `plugins`")),
        }
    }

    fn member(&self, key: &str) -> Option<&Json> {
        self.top
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    fn list(&self) -> Option<&[Json]> {
        match self.member("plugins") {
            Some(Json::List(plugins)) => Some(plugins),
            _ => None,
        }
    }

    fn kind(&self) -> Option<&str> {
        match self.member("type") {
            Some(Json::Text(kind)) => Some(kind),
            _ => None,
        }
    }

    /// Whether it is a single configuration, not a list.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.list().is_none()
    }

    /// The entries of our type.
    fn ours(&self) -> impl Iterator<Item = &Json> {
        self.list().into_iter().flatten().filter(|plugin| is_ours(plugin))
    }

    /// Whether it holds exactly this entry of ours, once.
    #[must_use]
    pub fn holds(&self, entry: &Json) -> bool {
        let ours: Vec<&Json> = self.ours().collect();
        ours == [entry]
    }

    /// Whether all that is not ours is the same in both.
    #[must_use]
    pub fn is_copy_of(&self, primary: &Self) -> bool {
        self.without().as_list() == primary.without().as_list()
    }

    /// With our entry as the last plugin; a single configuration becomes a list.
    #[must_use]
    pub fn with(&self, entry: &Json) -> Self {
        let mut list = self.without().as_list();
        for (name, value) in &mut list.top {
            if let (true, Json::List(plugins)) = (name == "plugins", value) {
                plugins.push(entry.clone());
            }
        }
        list
    }

    /// Without our entries.
    #[must_use]
    pub fn without(&self) -> Self {
        let mut copy = self.clone();
        for (name, value) in &mut copy.top {
            if let (true, Json::List(plugins)) = (name == "plugins", value) {
                plugins.retain(|plugin| !is_ours(plugin));
            }
        }
        copy
    }

    fn as_list(&self) -> Self {
        if !self.is_single() {
            return self.clone();
        }
        let plugin = self
            .top
            .iter()
            .filter(|(name, _)| name != "cniVersion")
            .cloned()
            .collect();
        let top = vec![
            ("name".to_owned(), LIST_NAME.into()),
            ("cniVersion".to_owned(), LIST_VERSION.into()),
            ("plugins".to_owned(), Json::List(vec![Json::Object(plugin)])),
        ];
        Self { top }
    }

    /// As a file.
    #[must_use]
    pub fn render(&self) -> String {
        Json::Object(self.top.clone()).pretty()
    }
}

fn repeats(members: &[(String, Json)], keys: &[&str]) -> bool {
    keys.iter()
        .any(|key| members.iter().filter(|(name, _)| name == key).count() > 1)
}

fn is_ours(plugin: &Json) -> bool {
    plugin.text("type") == Some(CNI_PLUGIN)
}

/// Whether a file name can be a configuration at all.
#[must_use]
pub fn is_candidate(name: &str) -> bool {
    let suffix = std::path::Path::new(name).extension();
    suffix.is_some_and(|suffix| suffix == "conf" || suffix == "conflist")
}

/// The name under which a configuration with our entry is kept.
#[must_use]
pub fn list_name(name: &str) -> String {
    match name.strip_suffix(".conf") {
        Some(stem) => format!("{stem}.conflist"),
        None => name.to_owned(),
    }
}

/// The entry of the plugin (cni-agent.md 4.6).
#[must_use]
pub fn entry(config: &Config) -> Json {
    let rules = &config.ambient.rules;
    let selectors: Vec<&Selector> = rules.selectors.iter().collect();
    let text = |value: &str| Json::from(value);
    let value = |value: serde_json::Value| Json::from(value);
    let mut members = vec![
        ("name", text(CNI_PLUGIN)),
        ("type", text(CNI_PLUGIN)),
        ("plugin_log_level", text(&config.install.plugin_level)),
        ("cni_agent_run_dir", text(&config.paths.run.to_string_lossy())),
        ("ambient_enabled", Json::Bool(config.ambient.enabled)),
        ("enablement_selectors", value(json!(selectors))),
        ("exclude_namespaces", value(json!(rules.excluded))),
        ("pod_namespace", text(&config.identity.namespace)),
        (
            "native_nftables",
            Json::Bool(config.ambient.backend != crate::config::Backend::Iptables),
        ),
        (
            "enable_ambient_detection_retry",
            Json::Bool(config.ambient.detection_retry),
        ),
        // ours: the plugin lets pods of this DaemonSet pass, whatever its name
        ("agent_daemon_set", text(config.identity.daemon_set())),
    ];
    if !config.install.chained {
        members.insert(0, ("cniVersion", text(LIST_VERSION)));
    }
    Json::Object(
        members
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

#[cfg(test)]
#[path = "conflist/tests.rs"]
mod tests;
