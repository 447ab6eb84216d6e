//! Settings: forms, defaults, refusals.

use super::*;

fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::load(&environment)
}

#[track_caller]
fn refused(name: &str, value: &str) -> String {
    load(&[(name, value)]).unwrap_err().to_string()
}

#[test]
fn ops_c14_a_bad_value_is_refused_with_its_name() {
    assert_eq!(
        refused("POOL_MAX_STREAMS_PER_CONNECTION", "x"),
        "`POOL_MAX_STREAMS_PER_CONNECTION=x`: expected a whole number in range"
    );
    for (name, value) in [
        ("XDS_ON_DEMAND", "yes"),
        ("SECRET_TTL", "1 day"),
        ("POOL_UNUSED_RELEASE_TIMEOUT", "5"),
        ("HTTP2_FRAME_SIZE", "16383"),
        ("HTTP2_FRAME_SIZE", "16777216"),
        ("COMPLIANCE_POLICY", "fips"),
        ("ISTIO_META_DNS_PROXY_ADDR", "10.0.0.1:53"),
        ("ZTUNNEL_WORKER_THREADS", "many"),
        ("ZTUNNEL_RESOURCE_CPU_LIMIT", "1.x"),
        ("KEEPALIVE_TIME", "999999999999999999h"),
    ] {
        let text = refused(name, value);
        assert!(
            text.starts_with(&format!("`{name}={value}`: expected ")),
            "{text}"
        );
    }
}

#[test]
fn ops_c15_the_drain_limit_follows_the_pods_grace() {
    let limit = |grace: &str| {
        load(&[("TERMINATION_GRACE_PERIOD_SECONDS", grace)])
            .unwrap()
            .drain_limit()
            .as_secs()
    };
    assert_eq!(["30", "8", "1", "10", "11", "0"].map(limit), [25, 7, 1, 9, 6, 1]);
    assert_eq!(load(&[]).unwrap().drain_limit().as_secs(), 5);
    let explicit = [
        ("CONNECTION_TERMINATION_DEADLINE", "90s"),
        ("TERMINATION_GRACE_PERIOD_SECONDS", "30"),
    ];
    assert_eq!(load(&explicit).unwrap().drain_limit().as_secs(), 90);
}

#[test]
fn ops_c16_worker_threads_follow_the_cpus() {
    let threads = |pairs: &[(&str, &str)], cores| load(pairs).unwrap().worker_threads(cores);
    assert_eq!(threads(&[], 16), 4);
    assert_eq!(threads(&[], 2), 2);
    assert_eq!(threads(&[("ZTUNNEL_RESOURCE_CPU_LIMIT", "1")], 16), 1);
    assert_eq!(threads(&[("ZTUNNEL_RESOURCE_CPU_LIMIT", "1500m")], 16), 2);
    assert_eq!(threads(&[("ZTUNNEL_WORKER_THREADS", "50%")], 16), 8);
    assert_eq!(threads(&[("ZTUNNEL_WORKER_THREADS", "0")], 16), 16);
    assert_eq!(threads(&[("ZTUNNEL_WORKER_THREADS", "3")], 16), 3);
    assert_eq!(threads(&[("ZTUNNEL_RESOURCE_CPU_REQUEST", "6")], 16), 6);
    assert_eq!(threads(&[("ZTUNNEL_CPU_LIMIT", "8")], 64), 2);
}

#[test]
fn addresses_get_a_scheme_and_empty_is_none() {
    let xds = |value| load(&[("XDS_ADDRESS", value)]).unwrap().control.xds_address;
    assert_eq!(xds("istiod:15012").as_deref(), Some("https://istiod:15012"));
    assert_eq!(
        xds("http://istiod:15010").as_deref(),
        Some("http://istiod:15010"),
        "refused when connecting"
    );
    assert_eq!(xds(""), None);
    let inside = load(&[("KUBERNETES_SERVICE_HOST", "10.96.0.1")]).unwrap();
    let outside = load(&[]).unwrap();
    assert_eq!(
        inside.control.xds_address.as_deref(),
        Some("https://istiod.istio-system.svc:15012")
    );
    assert_eq!(
        outside.control.ca_address.as_deref(),
        Some("https://localhost:15012")
    );
}

#[test]
fn xds_c03_metadata_comes_from_prefixed_variables() {
    let config = load(&[
        ("ISTIO_META_FOO", "x"),
        ("ISTIO_METAJSON_BAR", r#"{"a":1}"#),
        ("ISTIO_METAJSON_BAD", "{"),
        ("XDS_HEADER_X_Test", "v"),
        ("CA_HEADER_Y", "w"),
    ])
    .unwrap();
    let keys: Vec<&str> = config.names.metadata.keys().map(String::as_str).collect();
    assert_eq!(keys, ["BAR", "FOO"]);
    assert_eq!(config.names.metadata["BAR"]["a"], 1);
    assert_eq!(
        config.control.xds_headers,
        [("x_test".to_owned(), "v".to_owned())]
    );
    assert_eq!(config.control.ca_headers, [("y".to_owned(), "w".to_owned())]);
}

#[test]
fn the_metadata_cluster_id_wins() {
    let config = load(&[("CLUSTER_ID", "a"), ("ISTIO_META_CLUSTER_ID", "b")]).unwrap();
    assert_eq!(config.names.cluster_id, "b");
}

#[test]
fn a_token_is_a_file_or_a_text_and_never_shown() {
    let literal = load(&[("AUTH_TOKEN", "secret-token")]).unwrap();
    assert_eq!(literal.control.token, TokenSource::Literal("secret-token".into()));
    let file = load(&[("AUTH_TOKEN", "/var/run/absent")]).unwrap();
    assert_eq!(file.control.token, TokenSource::File("/var/run/absent".into()));
    assert!(!format!("{literal:?}").contains("secret-token"));
}

#[test]
fn a_root_that_is_a_path_stays_a_path_while_the_file_is_missing() {
    let config = load(&[("XDS_ROOT_CA", "./absent.pem")]).unwrap();
    assert_eq!(config.control.xds_root, RootSource::File("./absent.pem".into()));
    let inline = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let config = load(&[("XDS_ROOT_CA", inline)]).unwrap();
    assert_eq!(config.control.xds_root, RootSource::Inline(inline.to_owned()));
}

#[test]
fn switching_everything_off_is_refused() {
    let off = [("ENABLE_PROXY", "false"), ("ISTIO_META_DNS_CAPTURE", "False")];
    assert!(load(&off).unwrap_err().to_string().contains("both off"));
    assert!(load(&off[1..]).is_ok());
}

#[test]
fn keepalive_can_be_changed_and_switched_off() {
    let config = load(&[("KEEPALIVE_TIME", "10s"), ("KEEPALIVE_RETRIES", "2")]).unwrap();
    let keepalive = config.proxy.keepalive.unwrap();
    assert_eq!((keepalive.time.as_secs(), keepalive.retries), (10, 2));
    assert!(
        load(&[("KEEPALIVE_ENABLED", "false")])
            .unwrap()
            .proxy
            .keepalive
            .is_none()
    );
}

#[test]
fn every_setting_has_a_meaning_and_a_name_of_its_own() {
    let mut names: Vec<&str> = table::SETTINGS.iter().map(|one| one.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(table::SETTINGS.iter().all(|one| !one.doc.is_empty()));
}

proptest::proptest! {
    #[test]
    fn any_value_is_read_or_refused(which in 0..table::SETTINGS.len(), value in "\\PC{0,20}") {
        let name = table::SETTINGS[which].name;
        if let Err(error) = load(&[(name, &value)]) {
            proptest::prop_assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn dedicated_mode_needs_a_workload_and_marks_nothing() {
    let dedicated = ("PROXY_MODE", "dedicated");
    let text = load(&[dedicated]).unwrap_err().to_string();
    assert!(text.contains("PROXY_WORKLOAD_INFO"), "{text}");
    let info = ("PROXY_WORKLOAD_INFO", "shop/vm-1/vm");
    let config = load(&[dedicated, info]).unwrap();
    let workload = config.proxy.workload.unwrap();
    assert_eq!(
        (
            workload.namespace.as_str(),
            workload.name.as_str(),
            workload.service_account.as_str()
        ),
        ("shop", "vm-1", "vm")
    );
    assert_eq!(config.proxy.packet_mark, None);
    let marked = load(&[dedicated, info, ("PACKET_MARK", "7")]).unwrap();
    assert_eq!(marked.proxy.packet_mark, Some(7));
    for bad in ["shop/vm-1", "shop//vm", "a/b/c/d"] {
        assert!(refused("PROXY_WORKLOAD_INFO", bad).contains("namespace/name/serviceaccount"));
    }
    assert!(refused("PROXY_MODE", "both").contains("`shared` or `dedicated`"));
}

#[test]
fn security_t20_strict_revocation_needs_a_file() {
    assert!(refused("CRL_STRICT", "true").contains("`CRL_PATH`"));
    let config = load(&[("CRL_STRICT", "true"), ("CRL_PATH", "/etc/crl.pem")]).unwrap();
    assert!(config.control.crl_strict);
}

#[test]
fn ops_c14_combinations_that_cannot_mean_anything_are_refused() {
    let text = refused("ENABLE_PROXY", "false");
    assert!(
        text.contains("ENABLE_PROXY") && text.contains("not supported by this version"),
        "{text}"
    );
    let text = refused("XDS_ON_DEMAND", "true");
    assert!(text.contains("`ISTIO_META_DNS_CAPTURE=false`"), "{text}");
    let on_demand = [("XDS_ON_DEMAND", "true"), ("ISTIO_META_DNS_CAPTURE", "false")];
    assert!(load(&on_demand).unwrap().control.on_demand);
    let both = [
        ("LOCAL_XDS", "workloads: []"),
        ("LOCAL_XDS_PATH", "/etc/mesh.yaml"),
    ];
    let text = load(&both).unwrap_err().to_string();
    assert!(text.contains("two sources"), "{text}");
    assert!(load(&[("LOCAL_XDS", ""), ("PROXY_CONFIG", "")]).is_ok());
}

const PROXY_CONFIG: &str = "discoveryAddress: elsewhere:15012
proxyAdminPort: 16000
statsPort: 16020
concurrency: 3
holdApplicationUntilProxyStarts: true
proxyMetadata: {ISTIO_META_FOO: from-yaml, BAR: b, JSON: lost}
";

#[test]
fn ops_2_the_environment_wins_over_its_yaml() {
    let config = load(&[
        ("PROXY_CONFIG", PROXY_CONFIG),
        ("ISTIO_META_FOO", "from-variable"),
        ("ISTIO_METAJSON_JSON", "1"),
    ])
    .unwrap();
    assert_eq!(
        config.control.xds_address.as_deref(),
        Some("https://elsewhere:15012")
    );
    assert_eq!(
        config.control.ca_address.as_deref(),
        Some("https://localhost:15012")
    );
    assert_eq!(
        (config.process.admin_port, config.process.stats_port),
        (16000, 16020)
    );
    assert_eq!(config.worker_threads(16), 3);
    // later entries overwrite: variables, then the YAML's metadata, then JSON variables (xds.md 3)
    assert_eq!(config.names.metadata["FOO"], "from-yaml");
    assert_eq!(config.names.metadata["BAR"], "b");
    assert_eq!(config.names.metadata["JSON"], 1);
    let wins = load(&[
        ("PROXY_CONFIG", PROXY_CONFIG),
        ("XDS_ADDRESS", ""),
        ("ZTUNNEL_WORKER_THREADS", "5"),
    ])
    .unwrap();
    assert_eq!(
        (wins.control.xds_address.as_ref(), wins.worker_threads(16)),
        (None, 5)
    );
    for bad in ["concurrency: many", "statsPort: 70000", "- a"] {
        let text = refused("PROXY_CONFIG", bad);
        assert!(
            text.starts_with("`PROXY_CONFIG=") && text.contains("expected the YAML"),
            "{text}"
        );
    }
}

#[test]
fn ops_2_the_mesh_configuration_file_is_below_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mesh");
    let with = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load_with(&path, &pairs.collect())
    };
    assert_eq!(with(&[]).unwrap(), load(&[]).unwrap(), "no file says nothing");
    let mesh = "trustDomain: example.org\ndefaultConfig:\n  discoveryAddress: mesh:1\n  statsPort: 1\n";
    std::fs::write(&path, mesh).unwrap();
    let config = with(&[]).unwrap();
    assert_eq!(config.control.xds_address.as_deref(), Some("https://mesh:1"));
    let over = with(&[("PROXY_CONFIG", "statsPort: 2")]).unwrap();
    assert_eq!(over.process.stats_port, 2);
    assert_eq!(over.control.xds_address.as_deref(), Some("https://mesh:1"));
    std::fs::write(&path, "defaultConfig: {statsPort: x}").unwrap();
    let text = with(&[]).unwrap_err().to_string();
    assert!(
        text.contains("mesh`") && text.contains("expected the YAML"),
        "{text}"
    );
    for empty in ["", "trustDomain: a", "defaultConfig:"] {
        std::fs::write(&path, empty).unwrap();
        assert!(with(&[]).is_ok(), "{empty}");
    }
}

#[test]
fn security_t21_the_systems_roots_are_refused_by_name() {
    for name in ["XDS_ROOT_CA", "CA_ROOT_CA"] {
        for value in ["SYSTEM", ""] {
            let text = refused(name, value);
            assert!(
                text.contains(name) && text.contains("a file or PEM text"),
                "{text}"
            );
        }
    }
}
