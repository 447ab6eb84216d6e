//! The rules of inpod-zds.md C, as data and as text.

use super::*;

#[test]
fn zds_c09_rules_of_a_pod_in_order() {
    insta::assert_snapshot!(pod(&PodCapture::default()).to_string());
}

#[test]
fn zds_c09_rules_of_a_pod_without_ipv6_and_dns() {
    let capture = PodCapture {
        dns: Dns::Untouched,
        families: Families::V4,
        ..PodCapture::default()
    };
    insta::assert_snapshot!(pod(&capture).to_string());
}

#[test]
fn zds_c13_bypass_leaves_arriving_traffic_alone() {
    let capture = PodCapture {
        inbound: Inbound::Bypassed,
        rerouted: vec!["net1".to_owned()],
        ..PodCapture::default()
    };
    insta::assert_snapshot!(pod(&capture).to_string());
}

#[test]
fn open_flows_are_exempted_both_ways_before_anything_else() {
    let flow = |source: &str, destination: &str| Flow {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
    };
    let capture = PodCapture {
        preserved: [
            flow("10.0.0.1:5000", "10.0.0.2:80"),
            flow("[fd00::1]:5000", "[fd00::2]:80"),
        ]
        .into(),
        dns: Dns::Untouched,
        ..PodCapture::default()
    };
    insta::assert_snapshot!(pod(&capture).to_string());
}

#[test]
fn rules_of_the_host() {
    let rules = host(&ProbeAddresses::default(), Families::Both, 0);
    insta::assert_snapshot!(rules.to_string());
}
