//! The worked example, the single rules, and the law: what was allowed stays allowed, and nobody is newly isolated.

mod charts;

use super::select::{covers, directions, has_tcp, is_tcp, matches, peers, ports};
use super::world::World;
use super::{Proposal, propose};
use mesh_wire::well_known::label::GATEWAY_NAME;
use proptest::prelude::*;
use serde_json::{Value, json};

fn namespace(name: &str, labels: &Value) -> Value {
    let mut labels = labels.clone();
    labels["kubernetes.io/metadata.name"] = json!(name);
    json!({"metadata": {"name": name, "labels": labels}})
}

fn pod(namespace: &str, app: &str, probe: Option<u64>) -> Value {
    let mut container = json!({"name": "c"});
    if let Some(port) = probe {
        container["readinessProbe"] = json!({"httpGet": {"path": "/", "port": port}});
    }
    json!({
        "metadata": {"namespace": namespace, "name": app, "labels": {"app": app}},
        "spec": {"containers": [container]},
        "status": {"phase": "Running"},
    })
}

fn policy(namespace: &str, name: &str, spec: &Value) -> Value {
    json!({"metadata": {"namespace": namespace, "name": name}, "spec": spec})
}

fn shop(policies: Vec<Value>) -> World {
    World {
        namespaces: vec![
            namespace("shop", &json!({})),
            namespace("kube-system", &json!({})),
            namespace("plain", &json!({})),
        ],
        pods: vec![
            pod("shop", "api", Some(8081)),
            pod("shop", "web", None),
            pod("plain", "old", None),
        ],
        policies,
        joining: ["shop".to_owned()].into(),
        ..World::default()
    }
}

fn names(proposal: &Proposal) -> Vec<&str> {
    proposal
        .policies
        .iter()
        .map(|one| one["metadata"]["name"].as_str().unwrap())
        .collect()
}

#[test]
fn enrolment_c11_the_worked_example() {
    let deny = policy(
        "shop",
        "default-deny",
        &json!({"podSelector": {}, "policyTypes": ["Ingress"]}),
    );
    let api = policy(
        "shop",
        "api",
        &json!({
            "podSelector": {"matchLabels": {"app": "api"}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 8080}]}],
        }),
    );
    let mut world = shop(vec![deny, api]);
    world.services.push(json!({"metadata": {"namespace": "shop", "name": "api", "labels": {"istio.io/use-waypoint": "wp"}}, "spec": {"selector": {"app": "api"}}}));
    let proposal = propose(&world, "shop");
    assert_eq!(names(&proposal), ["mesh-api"]);
    let spec = &proposal.policies[0]["spec"];
    assert_eq!(
        spec["podSelector"],
        json!({
            "matchLabels": {"app": "api"},
            "matchExpressions": [{"key": "istio.io/dataplane-mode", "operator": "NotIn", "values": ["none"]}],
        })
    );
    assert_eq!(spec["policyTypes"], json!(["Ingress"]));
    let rules = spec["ingress"].as_array().unwrap();
    assert_eq!(rules[0]["ports"], json!([{"port": 15008, "protocol": "TCP"}]));
    assert_eq!(
        rules[0]["from"][0],
        json!({"podSelector": {"matchLabels": {"app": "web"}}})
    );
    assert_eq!(
        rules[0]["from"][1]["podSelector"]["matchLabels"][GATEWAY_NAME],
        "wp"
    );
    assert_eq!(
        rules[1]["from"][0],
        json!({"ipBlock": {"cidr": "169.254.7.127/32"}})
    );
    assert_eq!(rules[1]["ports"], json!([{"port": 8081, "protocol": "TCP"}]));
    assert_eq!(proposal.notes.len(), 1);
}

#[test]
fn enrolment_c10_egress_needs_only_dns_and_the_tunnel() {
    let deny = policy(
        "shop",
        "deny",
        &json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [
        {"to": [{"podSelector": {}}], "ports": [{"port": 80}]}]}),
    );
    let proposal = propose(&shop(vec![deny]), "shop");
    let text = proposal.policies[0].to_string();
    assert!(
        text.contains("15008") && text.contains("kube-dns") && !text.contains("15012"),
        "{text}"
    );
    assert_eq!(proposal.policies[0]["spec"]["policyTypes"], json!(["Egress"]));
}

#[test]
fn enrolment_c14_c15_udp_rules_and_external_blocks_need_no_tunnel() {
    for rule in [
        json!({"from": [{"podSelector": {}}], "ports": [{"port": 53, "protocol": "UDP"}]}),
        json!({"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 8080}]}),
        json!({"from": [{"podSelector": {}}], "ports": [{"port": 15000, "endPort": 15010}]}),
        json!({"from": [{"podSelector": {}}]}),
    ] {
        let given = policy(
            "shop",
            "web",
            &json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [rule]}),
        );
        assert_eq!(propose(&shop(vec![given]), "shop"), Proposal::default(), "{rule}");
    }
}

#[test]
fn policies_that_select_nobody_in_the_mesh_are_left_alone() {
    let given = policy(
        "plain",
        "old",
        &json!({"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}),
    );
    assert_eq!(propose(&shop(vec![given]), "plain"), Proposal::default());
}

#[test]
fn enrolment_c12_a_second_run_adds_nothing() {
    let given = policy(
        "shop",
        "web",
        &json!({"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}]}),
    );
    let mut world = shop(vec![given]);
    let first = propose(&world, "shop");
    world.policies.extend(first.policies.clone());
    assert_eq!(propose(&world, "shop"), first);
}

/// Whether `policies` let `from` open TCP `number` of `to`, as the network layer judges.
fn allows(world: &World, policies: &[Value], from: &Value, to: &Value, number: u64) -> bool {
    one_way(world, policies, (to, from), number, "ingress")
        && one_way(world, policies, (from, to), number, "egress")
}

fn one_way(
    world: &World,
    policies: &[Value],
    (subject, other): (&Value, &Value),
    number: u64,
    direction: &str,
) -> bool {
    let key = if direction == "ingress" { "from" } else { "to" };
    let home = subject["metadata"]["namespace"].as_str().unwrap();
    let isolating: Vec<&Value> = policies
        .iter()
        .filter(|policy| {
            let (incoming, outgoing) = directions(policy);
            (if direction == "ingress" {
                incoming
            } else {
                outgoing
            }) && policy["metadata"]["namespace"] == home
                && matches(&policy["spec"]["podSelector"], &subject["metadata"]["labels"])
        })
        .collect();
    isolating.is_empty()
        || isolating.iter().any(|policy| {
            let rules = policy["spec"][direction].as_array().into_iter().flatten();
            rules.into_iter().any(|rule| {
                let peer = peers(rule, key)
                    .is_none_or(|peers| peers.iter().any(|peer| world.peer_matches(peer, home, other)));
                peer && has_tcp(rule)
                    && covers(rule, number)
                    && (ports(rule).is_empty() || ports(rule).iter().any(is_tcp))
            })
        })
}

fn peer() -> impl Strategy<Value = Value> {
    let label = prop::sample::select(vec!["api", "web", "old"]);
    prop_oneof![
        label
            .clone()
            .prop_map(|app| json!({"podSelector": {"matchLabels": {"app": app}}})),
        Just(json!({"namespaceSelector": {}})),
        Just(json!({"podSelector": {}})),
        prop::sample::select(vec!["shop", "plain"]).prop_map(
            |name| json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}})
        ),
        label.prop_map(|app| json!({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": app}}})),
        Just(json!({"ipBlock": {"cidr": "203.0.113.0/24"}})),
    ]
}

fn rule(key: &'static str) -> impl Strategy<Value = Value> {
    let item = prop_oneof![
        (1_u64..20_000).prop_map(|port| json!({"port": port})),
        (1_u64..10_000, 0_u64..10_000).prop_map(|(port, more)| json!({"port": port, "endPort": port + more})),
        Just(json!({"port": 53, "protocol": "UDP"})),
        Just(json!({"protocol": "TCP"})),
    ];
    (
        prop::collection::vec(peer(), 0..3),
        prop::collection::vec(item, 0..3),
    )
        .prop_map(move |(peers, ports)| json!({key: peers, "ports": ports}))
}

fn random_policy() -> impl Strategy<Value = Value> {
    let selector = prop_oneof![
        Just(json!({})),
        prop::sample::select(vec!["api", "web"]).prop_map(|app| json!({"matchLabels": {"app": app}}))
    ];
    let kinds = prop_oneof![
        Just(json!(["Ingress"])),
        Just(json!(["Egress"])),
        Just(json!(["Ingress", "Egress"])),
        Just(Value::Null)
    ];
    (selector, kinds, prop::collection::vec(rule("from"), 0..3), prop::collection::vec(rule("to"), 0..3)).prop_map(
        |(selector, kinds, ingress, egress)| json!({"podSelector": selector, "policyTypes": kinds, "ingress": ingress, "egress": egress}),
    )
}

proptest! {
    #[test]
    fn enrolment_c12_what_was_allowed_stays_allowed_and_nobody_is_newly_isolated(
        specs in prop::collection::vec(random_policy(), 1..4),
    ) {
        let before: Vec<Value> = specs.iter().enumerate().map(|(at, spec)| policy("shop", &format!("p{at}"), spec)).collect();
        let world = shop(before.clone());
        let proposal = propose(&world, "shop");
        prop_assert_eq!(&proposal, &propose(&world, "shop"));
        let after: Vec<Value> = before.iter().chain(&proposal.policies).cloned().collect();
        for from in &world.pods {
            for to in &world.pods {
                if from == to {
                    continue;
                }
                let tunnelled = world.is_meshed(from) && world.is_meshed(to);
                for number in [80, 8080, 9999, 15008] {
                    if allows(&world, &before, from, to, number) {
                        let leg = if tunnelled { 15008 } else { number };
                        prop_assert!(allows(&world, &after, from, to, leg), "{} -> {}:{number}", from["metadata"]["name"], to["metadata"]["name"]);
                    }
                }
            }
        }
        // enrolment.md point 16: a companion selects nobody that its policy does not
        for companion in &proposal.policies {
            let name = companion["metadata"]["name"].as_str().unwrap().strip_prefix("mesh-").unwrap();
            let original = before.iter().find(|one| one["metadata"]["name"] == name).unwrap();
            for pod in world.selected(companion) {
                prop_assert!(world.selected(original).any(|one| one == pod));
            }
            let (incoming, outgoing) = directions(companion);
            let (was_in, was_out) = directions(original);
            prop_assert!((!incoming || was_in) && (!outgoing || was_out), "newly isolated by {name}");
        }
    }
}
