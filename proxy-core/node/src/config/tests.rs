//! What the environment and the flags make of the settings.

use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn load(pairs: &[(&str, &str)], arguments: &[&str]) -> Result<Config, ConfigError> {
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    Config::load(&environment(pairs), &arguments)
}

#[test]
fn absent_variables_leave_the_defaults_of_the_program() {
    let config = load(&[], &[]).unwrap();
    assert!(!config.ambient.enabled);
    assert!(config.ambient.rules.excluded.is_empty());
    assert_eq!(config.ambient.families, Families::V4);
    assert_eq!(config.paths.zds, Path::new("/var/run/ztunnel/ztunnel.sock"));
}

#[test]
fn the_charts_settings_are_understood() {
    let config = load(
        &[
            ("AMBIENT_ENABLED", "true"),
            ("AMBIENT_IPV6", "true"),
            ("AMBIENT_DNS_CAPTURE", "true"),
            ("EXCLUDE_NAMESPACES", " kube-system,, other "),
            ("NATIVE_NFTABLES", "auto"),
            ("CNI_CONF_NAME", ""),
            ("NODE_NAME", "node-1"),
            ("POD_NAME", "istio-cni-node-x2x4z"),
            ("KUBERNETES_SERVICE_HOST", "fd00::1"),
            ("KUBERNETES_SERVICE_PORT", "443"),
        ],
        &[
            "--log_output_level=default:info,cni-plugin:debug",
            "--log_as_json",
        ],
    )
    .unwrap();
    assert_eq!(config.ambient.rules.excluded.len(), 2);
    assert_eq!(config.identity.daemon_set(), "istio-cni-node");
    assert_eq!(config.api.url(), "https://[fd00::1]:443");
    assert_eq!(config.install.plugin_level, "debug");
    assert!(config.process.log_json);
}

#[test]
fn cni_c26_a_bad_selector_is_named() {
    for text in [
        "{",
        "- podSelector: 7",
        "- podSelector: {matchExpressions: [{key: a, operator: Near}]}",
    ] {
        let error = load(&[("AMBIENT_ENABLEMENT_SELECTOR", text)], &[]).unwrap_err();
        assert!(
            error.to_string().contains("AMBIENT_ENABLEMENT_SELECTOR"),
            "{error}"
        );
    }
}

#[test]
fn bad_values_are_named() {
    for (name, value) in [
        ("AMBIENT_ENABLED", "yes"),
        ("MONITORING_PORT", "70000"),
        ("KUBECONFIG_MODE", "rw"),
        ("HOST_PROBE_SNAT_IP", "::1"),
        ("CNI_CONF_NAME", "../x"),
        ("NATIVE_NFTABLES", "maybe"),
    ] {
        let error = load(&[(name, value)], &[]).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{name}={value}`")),
            "{error}"
        );
    }
    assert!(matches!(
        load(&[], &["--nonsense"]),
        Err(ConfigError::Argument(_))
    ));
    assert!(matches!(
        load(&[], &["--node-name"]),
        Err(ConfigError::NoValue(_))
    ));
    assert!(matches!(
        load(&[("AMBIENT_ENABLED", "true")], &[]),
        Err(ConfigError::Missing("NODE_NAME"))
    ));
}

#[test]
fn paths_of_the_node_are_below_its_mounts() {
    let paths = Paths::default();
    for (node, here) in [
        ("/proc/7/ns/net", "/host/proc/7/ns/net"),
        ("/var/run/netns/cni-1", "/host/var/run/netns/cni-1"),
        ("/run/netns/cni-1", "/host/var/run/netns/cni-1"),
    ] {
        assert_eq!(paths.on_host(Path::new(node)), Path::new(here));
    }
}
