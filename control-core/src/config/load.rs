//! Flags and environment → [`Config`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::{Ipv4Net, Ipv6Net};
use mesh_sys::logging::{Filter, Format};
use mesh_wire::well_known::name;

use super::flags::Flags;
use super::parse::{self, Expected};
use super::{
    AmbientSettings, CaSettings, ClusterSettings, Command, Config, Environment, ListenAddress, Listeners,
    MeshSources, ProcessSettings, ServingSettings, TaintSettings, WebhookSettings, XdsSettings,
};
use crate::ca::external::ExternalSettings;

const DAY: Duration = Duration::from_hours(24);

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Not one of ours.
    #[error("unknown command `{0}`; the commands are discovery, version, help")]
    Command(String),
    /// A flag at the end of the line.
    #[error("flag `--{0}` has no value")]
    NoValue(String),
    /// A value of another form.
    #[error("{origin} is `{value}`; expected {expected}")]
    Value {
        /// Flag or variable.
        origin: String,
        /// What it says.
        value: String,
        /// The form.
        expected: &'static str,
    },
    /// A value that this release cannot work with.
    #[error("{origin} is `{value}`: {reason}")]
    Unusable {
        /// Flag or variable.
        origin: String,
        /// What it says.
        value: String,
        /// Why.
        reason: &'static str,
    },
}

impl Command {
    /// Reads arguments (without the program's name) and environment.
    pub fn load(arguments: &[String], environment: &Environment) -> Result<Self, ConfigError> {
        match arguments.first().map(String::as_str) {
            None | Some("discovery") => {
                let rest = arguments.get(1..).unwrap_or_default();
                Config::load(rest, environment).map(|config| Self::Discovery(Box::new(config)))
            }
            Some("version" | "--version" | "-V") => Ok(Self::Version),
            Some("help" | "--help" | "-h") => Ok(Self::Help),
            Some(other) if other.starts_with('-') => {
                Config::load(arguments, environment).map(|config| Self::Discovery(Box::new(config)))
            }
            Some(other) => Err(ConfigError::Command(other.to_owned())),
        }
    }
}

/// Looks settings up and remembers where they came from.
struct Reader<'a> {
    flags: &'a Flags,
    environment: &'a Environment,
}

type Parse<T> = fn(&str) -> Result<T, Expected>;

impl Reader<'_> {
    fn flag<T>(&self, name: &str, default: &str, parse: Parse<T>) -> Result<T, ConfigError> {
        read(
            &format!("flag `--{name}`"),
            self.flags.find(name).unwrap_or(default),
            parse,
        )
    }

    fn env<T>(&self, name: &str, default: &str, parse: Parse<T>) -> Result<T, ConfigError> {
        read(
            &format!("environment variable `{name}`"),
            &self.text(name, default),
            parse,
        )
    }

    /// Empty counts as unset.
    fn find(&self, name: &str) -> Option<String> {
        self.environment
            .get(name)
            .filter(|text| !text.is_empty())
            .cloned()
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.find(name).unwrap_or_else(|| default.to_owned())
    }

    fn flag_text(&self, name: &str, default: &str) -> String {
        self.flags.find(name).unwrap_or(default).to_owned()
    }

    fn is_on(&self, name: &str, default: &str) -> Result<bool, ConfigError> {
        self.env(name, default, parse::boolean)
    }

    fn listen(&self, name: &str, default: &str) -> Result<Option<ListenAddress>, ConfigError> {
        self.flag(name, default, parse::listen)
    }
}

fn read<T>(origin: &str, value: &str, parse: Parse<T>) -> Result<T, ConfigError> {
    parse(value).map_err(|Expected(expected)| ConfigError::Value {
        origin: origin.to_owned(),
        value: value.to_owned(),
        expected,
    })
}

impl Config {
    /// Reads flags and environment.
    pub fn load(arguments: &[String], environment: &Environment) -> Result<Self, ConfigError> {
        let flags = Flags::read(arguments).map_err(ConfigError::NoValue)?;
        let from = Reader {
            flags: &flags,
            environment,
        };
        let mut ignored = flags.ignored.clone();
        Ok(Self {
            listeners: listeners(&from)?,
            cluster: cluster(&from)?,
            mesh: MeshSources {
                file: PathBuf::from(from.flag_text("meshConfig", "./etc/istio/config/mesh")),
                networks: PathBuf::from(from.flag_text("networksConfig", "./etc/istio/config/meshNetworks")),
                shared: from.find("SHARED_MESH_CONFIG"),
            },
            ambient: ambient(&from, &mut ignored)?,
            ca: ca(&from)?,
            xds: xds(&from, &mut ignored)?,
            serving: serving(&from)?,
            webhooks: WebhookSettings {
                patches_validation: environment
                    .get("VALIDATION_WEBHOOK_CONFIG_NAME")
                    .is_none_or(|name| !name.is_empty()),
                // there is no injector here, so only where one is named
                patches_injection: from.find("INJECTION_WEBHOOK_CONFIG_NAME").is_some(),
            },
            taints: TaintSettings {
                enabled: from.is_on("PILOT_ENABLE_NODE_UNTAINT_CONTROLLERS", "false")?,
                key: from.text(
                    "PILOT_NODE_UNTAINT_CONTROLLERS_TAINT_NAME",
                    "cni.istio.io/not-ready",
                ),
            },
            process: process(&from)?,
            ignored,
        })
    }
}

fn listeners(from: &Reader<'_>) -> Result<Listeners, ConfigError> {
    let introspection = from.flag("ctrlz_port", "9876", parse::number::<u16>)?;
    Ok(Listeners {
        http: from.listen("httpAddr", ":8080")?,
        https: from.listen("httpsAddr", ":15017")?,
        grpc: from.listen("grpcAddr", "")?,
        secure_grpc: from.listen("secureGRPCAddr", ":15012")?,
        monitoring: from.listen("monitoringAddr", ":15014")?,
        introspection: Some(ListenAddress {
            host: Some([127, 0, 0, 1].into()),
            port: introspection,
        }),
    })
}

fn cluster(from: &Reader<'_>) -> Result<ClusterSettings, ConfigError> {
    let namespace = from.text("POD_NAMESPACE", name::SYSTEM_NAMESPACE);
    let namespace = from.flag_text("namespace", &namespace);
    let kubeconfig = from.flags.find("kubeconfig").map(str::to_owned);
    let kubeconfig = kubeconfig
        .filter(|path| !path.is_empty())
        .or_else(|| from.find("KUBECONFIG"));
    let id = from.text("CLUSTER_ID", name::CLUSTER_ID);
    Ok(ClusterSettings {
        domain: from.flag_text("domain", name::CLUSTER_DOMAIN),
        cni_namespace: from.flag_text("cniNamespace", &namespace),
        namespace,
        id: from.flag_text("clusterID", &id),
        aliases: from.flag("clusterAliases", "", parse::pairs)?,
        kubeconfig: kubeconfig.map(PathBuf::from),
        api_rate: (
            from.flag("kubernetesApiQPS", "80", rate)?,
            from.flag("kubernetesApiBurst", "160", parse::number)?,
        ),
        watch_namespace: from.text("ISTIO_WATCH_NAMESPACE", ""),
        revision: from.text("REVISION", "default"),
        pod_name: from.text("POD_NAME", ""),
        remote_timeout: from.env("PILOT_REMOTE_CLUSTER_TIMEOUT", "30s", parse::duration)?,
        remote_options: parse::list(&from.text("PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS", "")),
    })
}

/// Rates may be written with a fraction.
fn rate(text: &str) -> Result<u32, Expected> {
    parse::number(text.split_once('.').map_or(text, |(whole, _)| whole))
}

/// Switches that mean nothing while the master switch is off.
const AMBIENT: [(&str, &str); 7] = [
    ("PILOT_ENABLE_AMBIENT_WAYPOINTS", "true"),
    ("AMBIENT_ENABLE_STATUS", "true"),
    ("AMBIENT_ENABLE_MULTI_NETWORK", "false"),
    ("PILOT_AUTO_ALLOW_WAYPOINT_POLICY", "false"),
    ("ENABLE_INGRESS_WAYPOINT_ROUTING", "true"),
    ("AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY", "false"),
    ("AMBIENT_ENABLE_MULTI_NETWORK_WAYPOINT", "true"),
];

fn ambient(from: &Reader<'_>, ignored: &mut Vec<String>) -> Result<AmbientSettings, ConfigError> {
    let enabled = from.is_on("PILOT_ENABLE_AMBIENT", "false")?;
    let mut on = Vec::with_capacity(AMBIENT.len());
    for (name, default) in AMBIENT {
        on.push(from.is_on(name, default)? && enabled);
        if !enabled && from.find(name).is_some() {
            ignored.push(format!("{name} (PILOT_ENABLE_AMBIENT is off)"));
        }
    }
    let v4 = from.env("PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "240.240.0.0/16", |text| {
        text.parse::<Ipv4Net>().map_err(|_| Expected("an IPv4 range"))
    })?;
    let v6 = from.env("PILOT_IP_AUTOALLOCATE_IPV6_PREFIX", "2001:2::/48", |text| {
        text.parse::<Ipv6Net>().map_err(|_| Expected("an IPv6 range"))
    })?;
    let allocates = from.is_on("PILOT_ENABLE_IP_AUTOALLOCATE", "true")?;
    let deploys = from.is_on("PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER", "true")? && on[0];
    let image = from.text("WAYPOINT_IMAGE", "");
    Ok(AmbientSettings {
        enabled,
        waypoints: on[0],
        waypoint_image: (deploys && !image.is_empty()).then_some(image),
        status: on[1],
        multi_network: on[2],
        auto_allow_waypoint: on[3],
        ingress_waypoint: on[4],
        dry_run: on[5],
        entries_select_pods: from.is_on("PILOT_ENABLE_SERVICEENTRY_SELECT_PODS", "true")?,
        services_select_entries: from.is_on("PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES", "true")?,
        allocate: allocates.then_some((v4, v6)),
    })
}

fn ca(from: &Reader<'_>) -> Result<CaSettings, ConfigError> {
    let provider = from.text("PILOT_CERT_PROVIDER", "istiod");
    if provider == "kubernetes" {
        return Err(ConfigError::Unusable {
            origin: "environment variable `PILOT_CERT_PROVIDER`".to_owned(),
            value: provider,
            reason: "the cluster's own signer is not available; use `istiod`",
        });
    }
    let life = |name, default| from.env(name, default, parse::duration);
    let external = external(from)?;
    let crl = from.is_on("PILOT_ENABLE_CA_CRL", "true")?;
    Ok(CaSettings {
        enabled: from.is_on("ENABLE_CA_SERVER", "true")?,
        external,
        rate: from.env("CA_MAX_REQUESTS_PER_SECOND", "50", rate)?.max(1),
        dir: PathBuf::from(from.text("ROOT_CA_DIR", "./etc/cacerts")),
        trusted: from.text("CA_TRUSTED_NODE_ACCOUNTS", ""),
        root_config_map: from.text("PILOT_CA_CERT_CONFIGMAP", name::ROOT_CONFIG_MAP),
        crl_config_map: crl.then(|| from.text("PILOT_CRL_CONFIGMAP", name::CRL_CONFIG_MAP)),
        default_ttl: life("DEFAULT_WORKLOAD_CERT_TTL", "24h")?,
        max_ttl: life("MAX_WORKLOAD_CERT_TTL", "2160h")?,
        root_ttl: life("CITADEL_SELF_SIGNED_CA_CERT_TTL", "87600h")?.max(DAY),
        root_check: life("CITADEL_SELF_SIGNED_ROOT_CERT_CHECK_INTERVAL", "1h")?.max(Duration::from_secs(1)),
        root_grace: from.env(
            "CITADEL_SELF_SIGNED_ROOT_CERT_GRACE_PERIOD_PERCENTILE",
            "20",
            parse::number,
        )?,
        root_jitter: from.is_on("CITADEL_ENABLE_JITTER_FOR_ROOT_CERT_ROTATOR", "true")?,
        audiences: parse::list(&from.text("TOKEN_AUDIENCES", name::TOKEN_AUDIENCE)),
    })
}

/// The one way to have certificates signed elsewhere that the field knows (`ca.md` 8).
fn external(from: &Reader<'_>) -> Result<Option<ExternalSettings>, ConfigError> {
    let (kind, signer) = (from.text("EXTERNAL_CA", ""), from.text("K8S_SIGNER", ""));
    let unusable = |name: &str, value: &str, reason| ConfigError::Unusable {
        origin: format!("environment variable `{name}`"),
        value: value.to_owned(),
        reason,
    };
    match (kind.as_str(), signer.as_str()) {
        ("", _) => Ok(None),
        ("ISTIOD_RA_KUBERNETES_API", "") => Err(unusable("K8S_SIGNER", "", "it must name the signer")),
        ("ISTIOD_RA_KUBERNETES_API", _) => Ok(Some(ExternalSettings {
            domain: from.text("CERT_SIGNER_DOMAIN", ""),
            root_file: PathBuf::from(from.text("EXTERNAL_CA_ROOT", "./etc/external-ca-cert/root-cert.pem")),
            signer,
        })),
        (other, _) => Err(unusable(
            "EXTERNAL_CA",
            other,
            "only ISTIOD_RA_KUBERNETES_API is known",
        )),
    }
}

fn xds(from: &Reader<'_>, ignored: &mut Vec<String>) -> Result<XdsSettings, ConfigError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let asked: u32 = from.env("PILOT_MAX_REQUESTS_PER_SECOND", "0", rate)?;
    let by_cores = u32::try_from(cores)
        .unwrap_or(u32::MAX)
        .saturating_mul(5)
        .saturating_add(15);
    let age = from.flag("keepaliveMaxServerConnectionAge", "0", parse::duration)?;
    for name in ["XDS_AUTH", "XDS_AUTH_PLAINTEXT"] {
        if from.find(name).is_some() {
            ignored.push(format!("{name} (streams are always authenticated)"));
        }
    }
    // upstream's 4 MiB loops for ever on a reconnect with many resources; ours is read after authentication
    let most: usize = from.env("ISTIO_GPRC_MAXRECVMSGSIZE", "209715200", parse::number)?;
    let ping = |flag: &str, variable: &str, default: &str| match from.flags.find(flag) {
        Some(_) => from.flag(flag, default, parse::duration),
        None => from.env(variable, default, parse::duration),
    };
    Ok(XdsSettings {
        window: from.env("PILOT_DEBOUNCE_AFTER", "100ms", parse::duration)?,
        rate: if asked == 0 { by_cores.min(100) } else { asked },
        max_age: (age > Duration::ZERO && age < DAY * 365).then_some(age),
        max_message: most.max(4 * 1024 * 1024),
        max_streams: from.env("ISTIO_GPRC_MAXSTREAMS", "100000", parse::number)?,
        keepalive: (
            ping("keepaliveInterval", "GRPC_KEEPALIVE_INTERVAL", "30s")?.max(Duration::from_secs(1)),
            ping("keepaliveTimeout", "GRPC_KEEPALIVE_TIMEOUT", "10s")?.max(Duration::from_secs(1)),
        ),
        checks_identity: from.is_on("PILOT_ENABLE_XDS_IDENTITY_CHECK", "true")?,
    })
}

fn serving(from: &Reader<'_>) -> Result<ServingSettings, ConfigError> {
    let path = |flag| {
        from.flags
            .find(flag)
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    };
    let mounted = Path::new("./var/run/secrets/istiod/tls");
    let mounted = (mounted.join("tls.crt"), mounted.join("tls.key"));
    let mounted = (mounted.0.exists() && mounted.1.exists()).then_some(mounted);
    let tls13_only = from.flag("tls-min-version", "1.2", |text| match text {
        "" | "1.2" | "TLSv1_2" => Ok(false),
        "1.3" | "TLSv1_3" => Ok(true),
        _ => Err(Expected("`1.2` or `1.3`")),
    })?;
    Ok(ServingSettings {
        files: path("tlsCertFile").zip(path("tlsKeyFile")).or(mounted),
        ca_file: path("caCertFile"),
        custom_hosts: parse::list(&from.text("ISTIOD_CUSTOM_HOST", "")),
        tls13_only,
    })
}

fn process(from: &Reader<'_>) -> Result<ProcessSettings, ConfigError> {
    let levels = from.flag("log_output_level", "default:info", parse::log_levels)?;
    let is_json = from.flag("log_as_json", "false", parse::boolean)?;
    // what these say we say ourselves, once
    let base = Filter::default()
        .with("kube_runtime=error,kube_client=error")
        .unwrap_or_default();
    let log_filter = base.with(&levels).map_err(|_| ConfigError::Value {
        origin: "flag `--log_output_level`".to_owned(),
        value: levels.clone(),
        expected: "`scope:level,…`",
    })?;
    Ok(ProcessSettings {
        log_filter,
        log_format: if is_json { Format::Json } else { Format::Plain },
        shutdown: from.flag("shutdownDuration", "10s", parse::duration)?,
        leader_election: from.is_on("ENABLE_LEADER_ELECTION", "true")?,
        debug_on_http: from.is_on("ENABLE_DEBUG_ON_HTTP", "true")?,
        debug_auth: from.is_on("ENABLE_DEBUG_ENDPOINT_AUTH", "true")?,
        debug_namespaces: parse::list(&from.text("DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES", "")),
        unsafe_admin: from.is_on("UNSAFE_ENABLE_ADMIN_ENDPOINTS", "false")?,
    })
}
