//! Command lines and environments → settings.

use std::time::Duration;

use super::load::ConfigError;
use super::{Command, Config, Environment};

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(pair).collect()
}

#[track_caller]
fn load(line: &str, pairs: &[(&str, &str)]) -> Config {
    match Command::load(&words(line), &environment(pairs)).unwrap() {
        Command::Discovery(config) => *config,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_chart_starts_us() {
    let line = "discovery --monitoringAddr=:15014 --log_output_level=default:info --domain cluster.local \
                --keepaliveMaxServerConnectionAge 30m";
    let config = load(
        line,
        &[
            ("PILOT_ENABLE_AMBIENT", "true"),
            ("POD_NAMESPACE", "mesh"),
            ("CLUSTER_ID", "c1"),
        ],
    );
    assert_eq!(config.cluster.namespace, "mesh");
    assert_eq!(config.cluster.id, "c1");
    assert_eq!(config.xds.max_age, Some(Duration::from_mins(30)));
    assert_eq!(config.listeners.secure_grpc.unwrap().port, 15012);
    assert!(config.ambient.enabled && config.ambient.status && !config.ambient.dry_run);
    assert!(config.ignored.is_empty());
}

#[test]
fn plaintext_discovery_is_off_unless_asked_for() {
    // security X1
    assert_eq!(load("discovery", &[]).listeners.grpc, None);
    assert_eq!(
        load("discovery --grpcAddr :15010", &[])
            .listeners
            .grpc
            .unwrap()
            .port,
        15010
    );
}

#[test]
fn unknown_flags_and_stray_words_are_passed_over() {
    let config = load("discovery --no-such-flag --other=1 --third value -n here", &[]);
    assert_eq!(config.cluster.namespace, "here");
    assert_eq!(
        config.ignored,
        ["--no-such-flag", "--other=1", "--third", "value"]
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let fails = |line: &str, pairs: &[(&str, &str)]| {
        Command::load(&words(line), &environment(pairs))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        fails("discovery --httpAddr=web", &[]),
        "flag `--httpAddr` is `web`; expected `host:port` or `:port`, the host an IP address"
    );
    assert_eq!(
        fails("discovery", &[("PILOT_IP_AUTOALLOCATE_IPV4_PREFIX", "10.0/8")]),
        "environment variable `PILOT_IP_AUTOALLOCATE_IPV4_PREFIX` is `10.0/8`; expected an IPv4 range"
    );
    assert!(fails("discovery", &[("PILOT_CERT_PROVIDER", "kubernetes")]).contains("PILOT_CERT_PROVIDER"));
    assert_eq!(fails("discovery --domain", &[]), "flag `--domain` has no value");
    assert_eq!(
        Command::load(&words("proxy"), &Environment::new()).unwrap_err(),
        ConfigError::Command("proxy".to_owned())
    );
}

#[test]
fn durations_are_read_as_go_writes_them() {
    for (text, expected) in [
        ("100ms", 0.1),
        ("1h30m", 5400.0),
        ("1.5s", 1.5),
        ("0", 0.0),
        ("2160h0m0s", 7_776_000.0),
    ] {
        assert_eq!(
            super::parse::duration(text),
            Ok(Duration::from_secs_f64(expected)),
            "{text}"
        );
    }
    for text in ["", "10", "ms", "-1s", "1x", "1.2.3s"] {
        assert!(super::parse::duration(text).is_err(), "{text}");
    }
}

#[test]
fn ambient_switches_mean_nothing_while_ambient_is_off() {
    let config = load("discovery", &[("AMBIENT_ENABLE_MULTI_NETWORK", "true")]);
    assert!(!config.ambient.multi_network);
    assert!(config.ignored[0].contains("AMBIENT_ENABLE_MULTI_NETWORK"));
}
