//! The one table of settings.

use crate::config::file::ProxyConfig;
use crate::config::parse::{
    BadValue, address, boolean, cpus, duration, localhost_port, number, root, threads, token,
};
use crate::config::{Config, Mode, OwnWorkload};

/// One setting.
pub struct Setting {
    /// Environment variable.
    pub name: &'static str,
    /// Default, as text.
    pub default: &'static str,
    /// Meaning.
    pub doc: &'static str,
    /// Reads a value into the configuration.
    pub apply: fn(&mut Config, &str) -> Result<(), BadValue>,
}

macro_rules! settings {
    ($($name:literal, $default:literal, $doc:literal, |$config:ident, $value:ident| $body:expr;)*) => {
        /// Every setting with a fixed name.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: $name,
            default: $default,
            doc: $doc,
            apply: |$config, $value| { $body; Ok(()) },
        }),*];
    };
}

fn optional(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

settings! {
    "XDS_ADDRESS", "https://istiod.istio-system.svc:15012", "xDS server; empty = none", |c, v| c.control.xds_address = address(v);
    "CA_ADDRESS", "https://istiod.istio-system.svc:15012", "CA server; empty = none", |c, v| c.control.ca_address = address(v);
    "XDS_ROOT_CA", "./var/run/secrets/istio/root-cert.pem", "trust root of xDS: file or PEM", |c, v| c.control.xds_root = root(v)?;
    "CA_ROOT_CA", "./var/run/secrets/istio/root-cert.pem", "trust root of the CA: file or PEM", |c, v| c.control.ca_root = root(v)?;
    "AUTH_TOKEN", "./var/run/secrets/tokens/istio-token", "token: file or text", |c, v| c.control.token = token(v);
    "ALT_XDS_HOSTNAME", "", "further server name of xDS", |c, v| c.control.alt_xds_hostname = optional(v);
    "ALT_CA_HOSTNAME", "", "further server name of the CA", |c, v| c.control.alt_ca_hostname = optional(v);
    "LOCAL_XDS_PATH", "", "file with the mesh, instead of or beside xDS", |c, v| c.control.local_path = optional(v).map(Into::into);
    "LOCAL_XDS", "", "the mesh itself, as YAML", |c, v| c.control.local_text = optional(v);
    "XDS_ON_DEMAND", "false", "ask for addresses one by one", |c, v| c.control.on_demand = boolean(v)?;
    "FAKE_CA", "false", "self-made certificates, for tests", |c, v| c.control.fake_ca = boolean(v)?;
    "SECRET_TTL", "24h", "requested life of certificates", |c, v| c.control.secret_ttl = duration(v)?;
    "CRL_PATH", "", "file with revoked certificates", |c, v| c.control.crl_path = optional(v).map(Into::into);
    "CRL_STRICT", "false", "refuse peers whose state no current list tells", |c, v| c.control.crl_strict = boolean(v)?;
    "CLUSTER_ID", "Kubernetes", "cluster id", |c, v| v.clone_into(&mut c.names.cluster_id);
    "ISTIO_META_CLUSTER_ID", "", "cluster id, wins over CLUSTER_ID", |c, v| v.clone_into(&mut c.names.cluster_id);
    "CLUSTER_DOMAIN", "cluster.local", "DNS domain of the cluster", |c, v| v.clone_into(&mut c.names.cluster_domain);
    "TRUST_DOMAIN", "cluster.local", "trust domain of the proxy's own identity", |c, v| v.clone_into(&mut c.names.trust_domain);
    "NETWORK", "", "own network id", |c, v| c.names.network = v.into();
    "NODE_NAME", "", "local node; unset = every workload is local", |c, v| v.clone_into(&mut c.names.node_name);
    "POD_NAME", "", "own pod", |c, v| v.clone_into(&mut c.names.pod_name);
    "POD_NAMESPACE", "", "own namespace", |c, v| v.clone_into(&mut c.names.pod_namespace);
    "SERVICE_ACCOUNT", "", "own service account", |c, v| v.clone_into(&mut c.names.service_account);
    "INSTANCE_IP", "1.1.1.1", "own address", |c, v| v.clone_into(&mut c.names.instance_ip);
    "ISTIO_META_ISTIO_VERSION", "unknown", "reported version", |c, v| v.clone_into(&mut c.names.istio_version);
    "ISTIO_META_DNS_CAPTURE", "true", "DNS proxy on", |c, v| c.dns.enabled = v.eq_ignore_ascii_case("true");
    "ISTIO_META_DNS_PROXY_ADDR", "localhost:15053", "address of the DNS proxy in pods", |c, v| c.dns.port = localhost_port(v)?;
    "PREFERED_SERVICE_NAMESPACE", "", "tie-break between services of one name", |c, v| c.dns.preferred_namespace = optional(v);
    "ENABLE_PROXY", "true", "proxy traffic", |c, v| c.proxy.enabled = boolean(v)?;
    "PROXY_MODE", "shared", "`shared`: one proxy for each node; `dedicated`: one for one workload", |c, v| c.proxy.mode = mode(v)?;
    "PROXY_WORKLOAD_INFO", "", "dedicated: `namespace/name/serviceaccount`", |c, v| c.proxy.workload = own_workload(v)?;
    "INPOD_UDS", "/var/run/ztunnel/ztunnel.sock", "socket of the node agent", |c, v| c.proxy.inpod_uds = v.into();
    "INPOD_PORT_REUSE", "true", "SO_REUSEPORT on listeners", |c, v| c.proxy.port_reuse = boolean(v)?;
    "PACKET_MARK", "1337", "mark of every socket", |c, v| c.proxy.packet_mark = Some(number(v)?);
    "ENABLE_ORIG_SRC", "", "applications see the client's address; unset = if possible", |c, v| c.proxy.original_source = Some(boolean(v)?);
    "LOCALHOST_APP_TUNNEL", "true", "PROXY-protocol tunnels go to loopback", |c, v| c.proxy.localhost_app_tunnel = boolean(v)?;
    "ENABLE_RESPONSE_BAGGAGE", "true", "describe the destination in answers", |c, v| c.proxy.response_baggage = boolean(v)?;
    "IPV6_ENABLED", "true", "IPv6 listeners and AAAA answers", |c, v| c.proxy.ipv6 = boolean(v)?;
    "UNSTABLE_ENABLE_SOCKS5", "false", "SOCKS5 listener in pods", |c, v| c.proxy.socks5 = boolean(v)?;
    "POOL_MAX_STREAMS_PER_CONNECTION", "100", "streams on one tunnel connection", |c, v| c.tunnel.max_streams = number(v)?;
    "POOL_UNUSED_RELEASE_TIMEOUT", "5m", "how long an unused tunnel connection is kept", |c, v| c.tunnel.unused_release = duration(v)?;
    "HTTP2_STREAM_WINDOW_SIZE", "4194304", "receive window of a stream", |c, v| c.tunnel.stream_window = number(v)?;
    "HTTP2_CONNECTION_WINDOW_SIZE", "16777216", "receive window of a connection", |c, v| c.tunnel.connection_window = number(v)?;
    "HTTP2_FRAME_SIZE", "1048576", "largest frame", |c, v| c.tunnel.frame_size = frame_size(v)?;
    "KEEPALIVE_ENABLED", "true", "TCP keepalive on proxied connections", |c, v| if !boolean(v)? { c.proxy.keepalive = None };
    "KEEPALIVE_TIME", "180s", "silence before the first probe", |c, v| if let Some(k) = &mut c.proxy.keepalive { k.time = duration(v)? };
    "KEEPALIVE_INTERVAL", "180s", "between probes", |c, v| if let Some(k) = &mut c.proxy.keepalive { k.interval = duration(v)? };
    "KEEPALIVE_RETRIES", "9", "unanswered probes before the end", |c, v| if let Some(k) = &mut c.proxy.keepalive { k.retries = number(v)? };
    "USER_TIMEOUT_ENABLED", "false", "limit of unacknowledged data", |c, v| c.proxy.user_timeout = boolean(v)?;
    "CONNECTION_TERMINATION_DEADLINE", "", "drain limit", |c, v| c.process.termination_deadline = Some(duration(v)?);
    "TERMINATION_GRACE_PERIOD_SECONDS", "", "the drain limit is derived from it", |c, v| c.process.grace_seconds = Some(number(v)?);
    "AUTHZ_POLICY_INFO_LOGGING", "false", "policy decisions at info", |c, v| c.proxy.authz_info = boolean(v)?;
    "TLS12_ENABLED", "false", "TLS 1.2 as well", |c, v| c.proxy.tls.tls12 = boolean(v)?;
    "COMPLIANCE_POLICY", "", "`pqc`: hybrid key exchange only", |c, v| c.proxy.tls.post_quantum_only = compliance(v)?;
    "ZTUNNEL_WORKER_THREADS", "", "data plane threads: number, `N%`, 0 = all CPUs", |c, v| c.process.threads = Some(threads(v)?);
    "ZTUNNEL_RESOURCE_CPU_LIMIT", "", "explicit CPU limit", |c, v| c.process.cpu_limit = Some(cpus(v)?);
    "ZTUNNEL_CPU_LIMIT", "", "CPUs to count with", |c, v| c.process.cpu_count = Some(cpus(v)?);
    "ZTUNNEL_RESOURCE_CPU_REQUEST", "", "CPU request", |c, v| c.process.cpu_request = Some(cpus(v)?);
    "PROXY_CONFIG", "", "YAML: `discoveryAddress`, `proxyAdminPort`, `statsPort`, `concurrency`, `proxyMetadata`", |c, v| c.apply_file(&ProxyConfig::from_yaml(v)?);
    "CONFINEMENT", "true", "give up privileges, files and system calls that are not needed", |c, v| c.process.confinement = boolean(v)?;
    "PROFILING", "false", "profiles of processor time on the admin port", |c, v| c.process.profiling = boolean(v)?;
    "RUST_LOG", "info", "log filter", |c, v| v.clone_into(&mut c.process.log_filter);
    "LOG_FORMAT", "plain", "`json` or `plain`", |c, v| c.process.log_format = optional(v);
}

fn mode(text: &str) -> Result<Mode, BadValue> {
    match text {
        "shared" => Ok(Mode::Shared),
        "dedicated" => Ok(Mode::Dedicated),
        _ => Err(BadValue("expected `shared` or `dedicated`".to_owned())),
    }
}

fn own_workload(text: &str) -> Result<Option<OwnWorkload>, BadValue> {
    let mut parts = text.split('/').map(str::to_owned);
    match std::array::from_fn(|_| parts.next().filter(|part| !part.is_empty())) {
        _ if text.is_empty() => Ok(None),
        [Some(namespace), Some(name), Some(service_account), None] => Ok(Some(OwnWorkload {
            namespace,
            name,
            service_account,
        })),
        _ => Err(BadValue("expected `namespace/name/serviceaccount`".to_owned())),
    }
}

fn compliance(text: &str) -> Result<bool, BadValue> {
    match text {
        "" => Ok(false),
        "pqc" => Ok(true),
        _ => Err(BadValue("expected `pqc` or nothing".to_owned())),
    }
}

/// RFC 9113 §6.5.2 bounds the value.
fn frame_size(text: &str) -> Result<u32, BadValue> {
    let size = number(text)?;
    if (16_384..=16_777_215).contains(&size) {
        Ok(size)
    } else {
        Err(BadValue("expected 16384 to 16777215".to_owned()))
    }
}
