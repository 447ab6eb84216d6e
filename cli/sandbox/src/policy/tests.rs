//! Semantics of network policies, by table.

use super::*;
use serde_json::{Value, json};

const WEB: &str = "10.244.1.2";
const API: &str = "10.244.1.3";
const DATABASE: &str = "10.244.2.2";
const OTHER: &str = "10.244.2.3";
const OUTSIDE: &str = "203.0.113.9";

fn pod(namespace: &str, name: &str, address: &str) -> Pod {
    let pod = json!({
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "ports": [
            {"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 5353, "protocol": "UDP"}]}]},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]},
    });
    serde_json::from_value(pod).unwrap()
}

fn namespace(name: &str, team: &str) -> Namespace {
    serde_json::from_value(json!({"metadata": {"name": name, "labels": {"team": team}}})).unwrap()
}

/// Policies in namespace `shop`, each a spec.
fn isolation(specs: &[Value]) -> Isolation {
    let policies: Vec<NetworkPolicy> = specs
        .iter()
        .enumerate()
        .map(|(index, spec)| {
            let policy =
                json!({"metadata": {"name": format!("p{index}"), "namespace": "shop"}, "spec": spec});
            serde_json::from_value(policy).unwrap()
        })
        .collect();
    let pods = [
        pod("shop", "web", WEB),
        pod("shop", "api", API),
        pod("data", "database", DATABASE),
        pod("other", "web", OTHER),
    ];
    let namespaces = [
        namespace("shop", "a"),
        namespace("data", "a"),
        namespace("other", "b"),
    ];
    let world = World {
        policies: &policies,
        namespaces: &namespaces,
        pods: &pods,
    };
    isolate(world, |_| true)
}

/// Each case: from, to, protocol, port, whether it passes.
#[track_caller]
fn check(specs: &[Value], cases: &[(&str, &str, u8, u16, bool)]) {
    let isolation = isolation(specs);
    for (from, to, protocol, port, expected) in cases {
        let ends = (from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(
            passes(&isolation, ends, *protocol, *port),
            *expected,
            "{from} to {to} port {port}/{protocol} with {specs:#?}"
        );
    }
}

#[test]
fn without_a_policy_everything_passes() {
    check(&[], &[(WEB, API, 6, 1, true), (OUTSIDE, WEB, 17, 53, true)]);
}

#[test]
fn a_policy_without_rules_isolates_what_it_selects_and_nothing_else() {
    let deny = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]});
    check(
        &[deny],
        &[
            (API, WEB, 6, 80, false),
            (OUTSIDE, WEB, 6, 80, false),
            (WEB, WEB, 6, 80, true),
            (WEB, API, 6, 80, true),
            (API, OTHER, 6, 80, true),
        ],
    );
}

#[test]
fn directions_follow_the_types_or_else_the_rules() {
    let all = json!({});
    let absent = json!({"podSelector": all, "egress": [{"to": [{"podSelector": {}}]}]});
    check(
        &[absent],
        &[(API, WEB, 6, 80, false), (WEB, OUTSIDE, 6, 80, false)],
    );
    let empty = json!({"podSelector": all, "egress": []});
    check(&[empty], &[(API, WEB, 6, 80, false), (WEB, OUTSIDE, 6, 80, true)]);
    let only = json!({"podSelector": all, "policyTypes": ["Egress"]});
    check(
        &[only],
        &[(OUTSIDE, WEB, 6, 80, true), (WEB, OUTSIDE, 6, 80, false)],
    );
}

#[test]
fn peers_are_pods_of_the_same_namespace_of_selected_ones_or_both() {
    let from =
        |peer: Value| json!({"podSelector": {"matchLabels": {"app": "api"}}, "ingress": [{"from": [peer]}]});
    let same = json!({"podSelector": {"matchLabels": {"app": "web"}}});
    check(
        &[from(same)],
        &[(WEB, API, 6, 80, true), (OTHER, API, 6, 80, false)],
    );
    let team = json!({"namespaceSelector": {"matchLabels": {"team": "a"}}});
    check(
        &[from(team)],
        &[
            (WEB, API, 6, 80, true),
            (DATABASE, API, 6, 80, true),
            (OTHER, API, 6, 80, false),
        ],
    );
    let both = json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}});
    check(
        &[from(both)],
        &[
            (WEB, API, 6, 80, true),
            (OTHER, API, 6, 80, true),
            (DATABASE, API, 6, 80, false),
        ],
    );
}

#[test]
fn blocks_have_holes() {
    let block = json!({"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.8/30"]}});
    let spec = json!({"podSelector": {}, "ingress": [{"from": [block]}]});
    check(
        &[spec],
        &[
            ("203.0.113.1", WEB, 6, 80, true),
            (OUTSIDE, WEB, 6, 80, false),
            (API, WEB, 6, 80, false),
        ],
    );
    let broken = json!({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "nonsense"}}]}]});
    check(&[broken], &[(OUTSIDE, WEB, 6, 80, false)]);
}

#[test]
fn ports_are_numbers_ranges_names_or_whole_protocols() {
    let ports = |ports: Value| json!({"podSelector": {}, "ingress": [{"ports": ports}]});
    check(
        &[ports(json!([{"port": 80}, {"port": 90, "endPort": 92}]))],
        &[
            (OUTSIDE, WEB, 6, 80, true),
            (OUTSIDE, WEB, 17, 80, false),
            (OUTSIDE, WEB, 6, 91, true),
            (OUTSIDE, WEB, 6, 93, false),
        ],
    );
    check(
        &[ports(
            json!([{"port": "http"}, {"port": "dns", "protocol": "UDP"}, {"port": "dns"}]),
        )],
        &[
            (OUTSIDE, WEB, 6, 8080, true),
            (OUTSIDE, WEB, 17, 5353, true),
            (OUTSIDE, WEB, 6, 5353, false),
        ],
    );
    check(
        &[ports(json!([{"protocol": "UDP"}]))],
        &[(OUTSIDE, WEB, 17, 7, true), (OUTSIDE, WEB, 6, 7, false)],
    );
}

#[test]
fn an_egress_ports_name_is_that_of_the_receiver() {
    let spec = json!({"podSelector": {}, "policyTypes": ["Egress"],
                      "egress": [{"to": [{"namespaceSelector": {}}], "ports": [{"port": "http"}]}]});
    check(
        &[spec],
        &[
            (WEB, DATABASE, 6, 8080, true),
            (WEB, DATABASE, 6, 80, false),
            (WEB, OUTSIDE, 6, 8080, false),
        ],
    );
}

#[test]
fn policies_add_up_and_both_ends_must_agree() {
    let deny = json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
    let into = json!({"podSelector": {"matchLabels": {"app": "api"}},
                      "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]});
    let out = json!({"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"],
                     "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "api"}}}]}]});
    check(&[deny.clone(), into.clone()], &[(WEB, API, 6, 80, false)]);
    check(
        &[deny, into, out],
        &[(WEB, API, 6, 80, true), (API, WEB, 6, 80, false)],
    );
}

#[test]
fn pods_of_the_nodes_network_and_ended_ones_are_not_meant() {
    let policy: NetworkPolicy = serde_json::from_value(
        json!({"metadata": {"name": "p", "namespace": "shop"}, "spec": {"podSelector": {}}}),
    )
    .unwrap();
    let mut of_node = pod("shop", "agent", "172.30.0.2");
    of_node.spec.as_mut().unwrap().host_network = Some(true);
    let mut ended = pod("shop", "job", "10.244.1.9");
    ended.status.as_mut().unwrap().phase = Some("Succeeded".to_owned());
    let world = World {
        policies: &[policy],
        namespaces: &[],
        pods: &[of_node, ended],
    };
    assert_eq!(isolate(world, |_| true), Isolation::new());
}
