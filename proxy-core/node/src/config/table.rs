//! The settings, one line each.

use super::parse::{BadValue, file_name, list, mode, selectors, switch, value};
use super::{Backend, Config, OWNED_NAME};
use crate::host::Branches;
use crate::redirect::programs::Lock;
use crate::redirect::{Dns, Families};

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Variable; the flag is the same in lower case with dashes.
    pub name: &'static str,
    /// What holds when it is absent, for people.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// A flag of this setting may stand without a value.
    pub(super) is_switch: bool,
    pub(super) apply: fn(&mut Config, &str) -> Result<(), BadValue>,
}

impl Setting {
    /// The flag, without its dashes in front.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.to_ascii_lowercase().replace('_', "-")
    }
}

type Apply = fn(&mut Config, &str) -> Result<(), BadValue>;

const fn text(name: &'static str, default: &'static str, doc: &'static str, apply: Apply) -> Setting {
    Setting {
        name,
        default,
        doc,
        is_switch: false,
        apply,
    }
}

const fn on(name: &'static str, default: &'static str, doc: &'static str, apply: Apply) -> Setting {
    Setting {
        name,
        default,
        doc,
        is_switch: true,
        apply,
    }
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn owned_name(config: &mut Config, text: &str) -> Result<(), BadValue> {
    if !text.is_empty() {
        config.install.owned_name = file_name(text)?;
    }
    Ok(())
}

fn backend(config: &mut Config, text: &str) -> Result<(), BadValue> {
    config.ambient.backend = match text {
        "auto" | "" => Backend::Auto,
        other => match switch(other) {
            Ok(true) => Backend::Native,
            Ok(false) => Backend::Iptables,
            Err(_) => return Err(BadValue("expected auto, true or false".to_owned())),
        },
    };
    Ok(())
}

fn flavour(config: &mut Config, text: &str) -> Result<(), BadValue> {
    config.ambient.iptables = match text {
        "" => None,
        "nft" | "legacy" => Some(text.to_owned()),
        _ => return Err(BadValue("expected nft or legacy".to_owned())),
    };
    Ok(())
}

const V4: &str = "an IPv4 address";
const V6: &str = "an IPv6 address";
const PORT: &str = "a port number";

/// All settings.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    on("AMBIENT_ENABLED", "false", "capture pods", |c, v| { c.ambient.enabled = switch(v)?; Ok(()) }),
    text("AMBIENT_ENABLEMENT_SELECTOR", "two entries on istio.io/dataplane-mode", "YAML list of podSelector and namespaceSelector; any entry enrols", |c, v| { if !v.trim().is_empty() { c.ambient.rules.selectors = selectors(v)?; } Ok(()) }),
    text("EXCLUDE_NAMESPACES", "", "namespaces that never join, comma list", |c, v| { c.ambient.rules.excluded = list(v).collect(); Ok(()) }),
    on("AMBIENT_DNS_CAPTURE", "false", "capture DNS unless the pod says otherwise", |c, v| { c.ambient.dns = if switch(v)? { Dns::Captured } else { Dns::Untouched }; Ok(()) }),
    on("AMBIENT_IPV6", "false", "also write IPv6 rules", |c, v| { c.ambient.families = if switch(v)? { Families::Both } else { Families::V4 }; Ok(()) }),
    on("AMBIENT_RECONCILE_POD_RULES_ON_STARTUP", "false", "rewrite differing rules of captured pods at start", |c, v| { c.ambient.reconcile = switch(v)?; Ok(()) }),
    on("ENABLE_AMBIENT_DETECTION_RETRY", "true", "a pod that cannot be decided waits", |c, v| { c.ambient.detection_retry = switch(v)?; Ok(()) }),
    on("AMBIENT_DISABLE_SAFE_UPGRADE", "false", "clean up on every exit", |c, v| { c.ending.always_clean = switch(v)?; Ok(()) }),
    on("AMBIENT_RELEASE_ON_UNINSTALL", "true", "release captured pods when the DaemonSet is gone", |c, v| { c.ending.release = switch(v)?; Ok(()) }),
    on("NATIVE_NFTABLES", "auto", "auto and true: nf_tables over netlink; false: iptables", backend),
    text("FORCE_IPTABLES_BINARY", "", "nft or legacy, instead of detection", flavour),
    on("AMBIENT_USE_SCOPED_XTABLES_LOCKING", "true", "programs of iptables' old interface lock their namespace, not the node", |c, v| { c.ambient.lock = if switch(v)? { Lock::Namespace } else { Lock::Node }; Ok(()) }),
    on("AMBIENT_ENABLE_AWS_BRANCH_ENI_PROBE", "true", "keep probes of pods behind a branch interface on their pair of interfaces", |c, v| { c.ambient.branches = if switch(v)? { Branches::Found } else { Branches::Ignored }; Ok(()) }),
    text("HOST_PROBE_SNAT_IP", "169.254.7.127", "source of kubelet probes", |c, v| { c.ambient.probes.v4 = value(v, V4)?; Ok(()) }),
    text("HOST_PROBE_SNAT_IPV6", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff", "source of kubelet probes, IPv6", |c, v| { c.ambient.probes.v6 = value(v, V6)?; Ok(()) }),
    on("ALLOW_SWITCH_TO_HOST_NS", "true", "enter the host's network namespace for its rules", |c, v| { c.ambient.host_namespace = switch(v)?; Ok(()) }),
    text("ZTUNNEL_UDS_ADDRESS", "/var/run/ztunnel/ztunnel.sock", "socket of the node proxy", |c, v| { c.paths.zds = v.into(); Ok(()) }),
    text("SYSTEM_NAMESPACE", "istio-system", "where pods labelled app=ztunnel are the node proxy", |c, v| { if !v.is_empty() { v.clone_into(&mut c.ambient.rules.system_namespace); } Ok(()) }),
    text("MOUNTED_CNI_NET_DIR", "/host/etc/cni/net.d", "CNI configuration of the node", |c, v| { c.paths.net = v.into(); Ok(()) }),
    text("MOUNTED_CNI_BIN_DIR", "/host/opt/cni/bin", "CNI programs of the node", |c, v| { c.paths.bin = v.into(); Ok(()) }),
    text("CNI_AGENT_RUN_DIR", "/var/run/istio-cni", "sockets and credentials of the plugin", |c, v| { c.paths.run = v.into(); Ok(()) }),
    text("CNI_CONF_NAME", "", "name of the primary configuration file; empty: the first", |c, v| { c.install.primary = optional(&file_name(v)?); Ok(()) }),
    on("CHAINED_CNI_PLUGIN", "true", "join the primary configuration's chain", |c, v| { c.install.chained = switch(v)?; Ok(()) }),
    on("ISTIO_OWNED_CNI_CONFIG", "false", "keep an own copy of the primary configuration", |c, v| { c.install.owned = switch(v)?; Ok(()) }),
    text("ISTIO_OWNED_CNI_CONF_FILENAME", OWNED_NAME, "older name of the next setting", owned_name),
    text("ISTIO_OWNED_CNI_CONFIG_FILENAME", OWNED_NAME, "name of the own copy", owned_name),
    on("CNI_CONF_GROUP_READ", "false", "new configuration files are readable by the group", |c, v| { c.install.group_readable = switch(v)?; Ok(()) }),
    text("KUBECONFIG_MODE", "0600", "mode of the plugin's kubeconfig", |c, v| { c.install.kubeconfig_mode = mode(v)?; Ok(()) }),
    text("KUBE_CA_FILE", "roots of the service account", "roots of the API server in the plugin's kubeconfig", |c, v| { c.install.ca_file = optional(v).map(Into::into); Ok(()) }),
    on("SKIP_TLS_VERIFY", "false", "the plugin does not verify the API server", |c, v| { c.install.skip_tls = switch(v)?; Ok(()) }),
    text("KUBERNETES_SERVICE_PROTOCOL", "https", "how the plugin reaches the API server", |c, v| { v.clone_into(&mut c.api.protocol); Ok(()) }),
    text("KUBERNETES_SERVICE_HOST", "", "where the plugin reaches the API server", |c, v| { v.clone_into(&mut c.api.host); Ok(()) }),
    text("KUBERNETES_SERVICE_PORT", "", "port of the API server", |c, v| { v.clone_into(&mut c.api.port); Ok(()) }),
    text("NODE_NAME", "", "the node this agent serves", |c, v| { v.clone_into(&mut c.identity.node); Ok(()) }),
    text("POD_NAME", "", "the agent's own pod", |c, v| { v.clone_into(&mut c.identity.pod); Ok(()) }),
    text("POD_NAMESPACE", "namespace of the service account", "the agent's own namespace", |c, v| { v.clone_into(&mut c.identity.namespace); Ok(()) }),
    text("MONITORING_PORT", "15014", "port of /metrics", |c, v| { c.process.monitoring = value(v, PORT)?; Ok(()) }),
    text("HEALTH_PORT", "8000", "port of /healthz and /readyz", |c, v| { c.process.health = value(v, PORT)?; Ok(()) }),
    text("ENROLMENT_PORT", "9876", "loopback port of /enrolment", |c, v| { c.process.enrolment = value(v, PORT)?; Ok(()) }),
    text("IMAGE_CNI_BIN_DIR", "/opt/cni/bin", "programs to copy to the node", |c, v| { c.paths.image_bin = v.into(); Ok(()) }),
    text("HOST_PROC_DIR", "/host/proc", "the node's process file system", |c, v| { c.paths.proc = v.into(); Ok(()) }),
    text("HOST_ROOT_DIR", "/host", "where paths of the node are mounted", |c, v| { c.paths.host = v.into(); Ok(()) }),
    text("SERVICE_ACCOUNT_DIR", "/var/run/secrets/kubernetes.io/serviceaccount", "token, roots and namespace of the own account", |c, v| { c.paths.account = v.into(); Ok(()) }),
    text("KUBECONFIG", "", "credentials of the agent, where it is no pod", |c, v| { c.paths.kubeconfig = optional(v).map(Into::into); Ok(()) }),
    text("LOG_OUTPUT_LEVEL", "default:info", "levels by scope", |c, v| { v.clone_into(&mut c.process.log_levels); c.install.plugin_level = super::super::logs::plugin_level(v); Ok(()) }),
    on("LOG_AS_JSON", "false", "JSON lines", |c, v| { c.process.log_json = switch(v)?; Ok(()) }),
];
