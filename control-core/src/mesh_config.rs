//! The mesh configuration: texts from files or `ConfigMaps`, merged over each other, read once (`control-plane.md` 16.1).
//!
//! Pure. A text that cannot be used is an error; whoever reloads keeps the previous value.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::model::Labels;
use crate::model::selector::Selector;

/// Why a text cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MeshConfigError {
    /// Not YAML.
    #[error("the mesh configuration is not YAML")]
    Yaml(#[source] serde_saphyr::Error),
    /// Not a mapping.
    #[error("the mesh configuration is not a mapping")]
    NotAMapping,
    /// A key of another form.
    #[error("`{key}` of the mesh configuration cannot be used: {reason}")]
    Key {
        /// The key.
        key: &'static str,
        /// Why.
        reason: String,
    },
}

/// How far a `ServiceEntry` is visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntryVisibility {
    /// Everywhere.
    #[default]
    #[serde(alias = "UNSPECIFIED")]
    Public,
    /// Within its namespace.
    Namespace,
    /// Not at all.
    None,
}

/// One rule of visibility: all matchers must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VisibilityPolicy {
    /// What it gives.
    pub visibility: EntryVisibility,
    /// On namespace labels.
    pub matching_rules: Vec<Matcher>,
}

/// A matcher; one that is not known never matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Matcher {
    /// By labels of the namespace.
    pub namespace_selector: Option<Selector>,
}

/// `serviceEntryVisibility`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VisibilitySettings {
    /// When no rule matches.
    pub default_visibility: EntryVisibility,
    /// In order.
    pub policies: Vec<VisibilityPolicy>,
}

/// One entry of `serviceScopeConfigs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScopeRule {
    /// Labels of the namespace.
    pub namespace_selector: Option<Selector>,
    /// Labels of the service.
    pub services_selector: Option<Selector>,
    /// `GLOBAL` or `LOCAL`.
    pub scope: String,
}

impl ScopeRule {
    /// Whether it makes a service with these labels, in a namespace with those, one of all clusters.
    #[must_use]
    pub fn makes_global(&self, namespace: &Labels, service: &Labels) -> bool {
        let holds = |selector: &Option<Selector>, labels: &Labels| {
            selector.as_ref().is_none_or(|selector| selector.matches(labels))
        };
        self.scope == "GLOBAL"
            && holds(&self.namespace_selector, namespace)
            && holds(&self.services_selector, service)
    }
}

/// What this server reads of the mesh configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshConfig {
    /// First part of identities.
    pub trust_domain: String,
    /// Accepted besides it, where aliases are.
    pub trust_domain_aliases: Vec<String>,
    /// Where mesh-wide policies live.
    pub root_namespace: String,
    /// Namespaces in view.
    pub discovery_selectors: Vec<Selector>,
    /// Which services span clusters.
    pub scopes: Vec<ScopeRule>,
    /// How far entries are visible; `None` is everywhere, without saying so.
    pub visibility: Option<VisibilitySettings>,
    /// `host:port` under which proxies find us.
    pub discovery_address: String,
    /// Everything, as merged.
    pub all: Value,
}

impl Default for MeshConfig {
    fn default() -> Self {
        Self {
            trust_domain: "cluster.local".into(),
            trust_domain_aliases: Vec::new(),
            root_namespace: "istio-system".into(),
            discovery_selectors: Vec::new(),
            scopes: Vec::new(),
            visibility: None,
            discovery_address: "istiod.istio-system.svc:15012".into(),
            all: Value::Object(Map::new()),
        }
    }
}

impl MeshConfig {
    /// Reads texts, the weakest first, over the defaults of a server in `system`.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>, system: &str) -> Result<Self, MeshConfigError> {
        let mut all = Map::new();
        for text in texts {
            merge(&mut all, parse(text)?);
        }
        let text = |key: &'static str, default: &str| -> Result<String, MeshConfigError> {
            Ok(field::<Option<String>>(&all, key)?
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| default.to_owned()))
        };
        let discovery = all
            .get("defaultConfig")
            .and_then(|one| one.get("discoveryAddress"));
        let discovery_address = discovery
            .and_then(Value::as_str)
            .map_or_else(|| format!("istiod.{system}.svc:15012"), str::to_owned);
        let config = Self {
            trust_domain: text("trustDomain", "cluster.local")?,
            trust_domain_aliases: field(&all, "trustDomainAliases")?,
            root_namespace: text("rootNamespace", system)?,
            discovery_selectors: field(&all, "discoverySelectors")?,
            scopes: field(&all, "serviceScopeConfigs")?,
            visibility: field(&all, "serviceEntryVisibility")?,
            discovery_address,
            all: Value::Object(all),
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), MeshConfigError> {
        let bad = |key, reason: &str| {
            let reason = reason.to_owned();
            MeshConfigError::Key { key, reason }
        };
        if !is_trust_domain(&self.trust_domain) {
            return Err(bad("trustDomain", "it is no trust domain"));
        }
        if let Some(reason) = flaw(self.discovery_selectors.iter()) {
            return Err(bad("discoverySelectors", reason));
        }
        let both = |one: &'_ ScopeRule| [one.namespace_selector.clone(), one.services_selector.clone()];
        let scopes: Vec<_> = self.scopes.iter().flat_map(both).flatten().collect();
        if let Some(reason) = flaw(scopes.iter()) {
            return Err(bad("serviceScopeConfigs", reason));
        }
        let policies = self.visibility.iter().flat_map(|one| &one.policies);
        let rules = policies.flat_map(|one| &one.matching_rules);
        if let Some(reason) = flaw(rules.filter_map(|one| one.namespace_selector.as_ref())) {
            return Err(bad("serviceEntryVisibility", reason));
        }
        Ok(())
    }
}

fn flaw<'a>(mut selectors: impl Iterator<Item = &'a Selector>) -> Option<&'static str> {
    selectors.find_map(Selector::flaw)
}

/// The grammar of `security.md` 2.
fn is_trust_domain(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
    (1..=255).contains(&text.len()) && text.bytes().all(is_letter)
}

fn parse(text: &str) -> Result<Map<String, Value>, MeshConfigError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_total_scalar_bytes: 4 << 20,
            max_nodes: 250_000,
            max_events: 500_000,
        },
    };
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_saphyr::from_str_with_options(text, options).map_err(MeshConfigError::Yaml)? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(MeshConfigError::NotAMapping),
    }
}

/// An absent or null key is the default.
fn field<T: DeserializeOwned + Default>(
    all: &Map<String, Value>,
    key: &'static str,
) -> Result<T, MeshConfigError> {
    match all.get(key) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => T::deserialize(value).map_err(|error| MeshConfigError::Key {
            key,
            reason: error.to_string(),
        }),
    }
}

/// Stronger keys replace weaker ones; `defaultConfig` merges deep, providers by name, aliases add up.
fn merge(weak: &mut Map<String, Value>, strong: Map<String, Value>) {
    for (key, value) in strong {
        match (key.as_str(), weak.get_mut(&key), value) {
            ("defaultConfig", Some(Value::Object(old)), Value::Object(new)) => deepen(old, new),
            ("extensionProviders", Some(Value::Array(old)), Value::Array(new)) => {
                for provider in new {
                    old.retain(|one| one.get("name") != provider.get("name"));
                    old.push(provider);
                }
            }
            ("trustDomainAliases", Some(Value::Array(old)), Value::Array(new)) => {
                for alias in new {
                    if !old.contains(&alias) {
                        old.push(alias);
                    }
                }
            }
            (_, _, value) => {
                weak.insert(key, value);
            }
        }
    }
}

fn deepen(old: &mut Map<String, Value>, new: Map<String, Value>) {
    for (key, value) in new {
        match (old.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => deepen(old, new),
            (_, value) => {
                old.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_the_defaults() {
        let config = MeshConfig::read([], "istio-system").unwrap();
        assert_eq!(config, MeshConfig::default());
        assert_eq!(
            MeshConfig::read(["", "# nothing\n"], "istio-system").unwrap(),
            MeshConfig::default()
        );
        let elsewhere = MeshConfig::read([], "mesh").unwrap();
        assert_eq!(elsewhere.root_namespace, "mesh");
        assert_eq!(elsewhere.discovery_address, "istiod.mesh.svc:15012");
    }

    #[test]
    fn stronger_texts_override_and_some_keys_add_up() {
        let weak = "trustDomain: weak\ntrustDomainAliases: [a]\nrootNamespace: r\n\
                    defaultConfig:\n  proxyMetadata: {A: '1', B: '1'}\n  discoveryAddress: old:1\n\
                    extensionProviders: [{name: x, v: 1}, {name: y, v: 1}]\n";
        let strong = "trustDomain: strong\ntrustDomainAliases: [b, a]\n\
                      defaultConfig:\n  proxyMetadata: {B: '2'}\n  discoveryAddress: new:1\n\
                      extensionProviders: [{name: x, v: 2}]\n";
        let config = MeshConfig::read([weak, strong], "istio-system").unwrap();
        assert_eq!(config.trust_domain, "strong");
        assert_eq!(config.root_namespace, "r");
        assert_eq!(config.trust_domain_aliases, ["a", "b"]);
        assert_eq!(config.discovery_address, "new:1");
        assert_eq!(
            config.all["defaultConfig"]["proxyMetadata"],
            serde_json::json!({"A": "1", "B": "2"})
        );
        assert_eq!(config.all["extensionProviders"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let fails = |text: &str| MeshConfig::read([text], "istio-system").unwrap_err().to_string();
        assert!(fails("[1]").contains("not a mapping"));
        assert!(fails("a: [").contains("not YAML"));
        assert!(fails("trustDomain: Not/One").contains("trustDomain"));
        assert!(fails("trustDomain: 7").contains("trustDomain"));
        let selector = "discoverySelectors: [{matchExpressions: [{key: a, operator: In}]}]";
        assert!(fails(selector).contains("discoverySelectors"));
        assert!(
            fails("discoverySelectors: [{matchExpressions: [{key: a, operator: Like}]}]").contains("Like")
        );
    }
}
