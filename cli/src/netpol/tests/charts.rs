//! Fifty sets of policies as popular charts make them: ten applications, each in five ways. Every pair of pods and every port is
//! judged before and after.

use super::{allows, namespace, policy, propose};
use crate::netpol::world::World;
use serde_json::{Value, json};

/// An application: its name, its port, that of its metrics, and whom it calls itself, by port.
const APPLICATIONS: [(&str, u64, u64, u64); 10] = [
    ("postgresql", 5432, 9187, 5432),
    ("redis", 6379, 9121, 26379),
    ("rabbitmq", 5672, 9419, 4369),
    ("kafka", 9092, 5556, 2181),
    ("mongodb", 27017, 9216, 27017),
    ("elasticsearch", 9200, 9114, 9300),
    ("nginx", 8080, 9113, 8443),
    ("keycloak", 8080, 9000, 7800),
    ("minio", 9000, 9001, 9000),
    ("argocd-server", 8080, 8083, 8081),
];

/// Rules as the charts of this field write them.
fn ways((app, port, metrics, peer): (&str, u64, u64, u64)) -> [Vec<Value>; 5] {
    let own = json!({"matchLabels": {"app": app}});
    let client = json!({"podSelector": {"matchLabels": {"app": "client"}}});
    let monitoring = json!({
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
        "podSelector": {"matchLabels": {"app": "prometheus"}},
    });
    let itself = json!({"podSelector": own});
    let spec = |kinds: &[&str], ingress: Value, egress: Value| json!({"podSelector": own, "policyTypes": kinds, "ingress": ingress, "egress": egress});
    let dns = json!({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]});
    let deny = json!({"podSelector": {}, "policyTypes": ["Ingress"]});
    let from_clients = json!([{"from": [client, itself], "ports": [{"port": port}]}]);
    let scraped = json!({"from": [monitoring], "ports": [{"port": metrics}]});
    [
        // anybody, on its ports
        vec![spec(
            &["Ingress"],
            json!([{"ports": [{"port": port}, {"port": metrics}]}]),
            Value::Null,
        )],
        // marked clients alone, and whoever collects metrics
        vec![spec(&["Ingress"], json!([from_clients[0], scraped]), Value::Null)],
        // the namespace is closed, and opened for clients
        vec![
            deny.clone(),
            spec(&["Ingress"], from_clients.clone(), Value::Null),
        ],
        // both directions: names, its own kind, and nothing else
        vec![spec(
            &["Ingress", "Egress"],
            json!([from_clients[0], {"from": [itself], "ports": [{"port": peer}]}]),
            json!([dns, {"to": [itself], "ports": [{"port": peer}]}]),
        )],
        // the whole namespace, a range of addresses, and every port of its own kind
        vec![
            deny,
            spec(
                &["Ingress"],
                json!([
                    {"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": port, "endPort": port + 10}]},
                    {"from": [itself]},
                ]),
                Value::Null,
            ),
        ],
    ]
}

fn pod(namespace: &str, app: &str, name: &str) -> Value {
    json!({
        "metadata": {"namespace": namespace, "name": name, "labels": {"app": app}},
        "spec": {"containers": [{"name": "c"}]},
        "status": {"phase": "Running"},
    })
}

fn world(app: &str, specs: &[Value], joining: &[&str]) -> World {
    let policies = specs.iter().enumerate();
    World {
        namespaces: ["shop", "monitoring", "kube-system", "plain"]
            .iter()
            .map(|name| namespace(name, &json!({})))
            .collect(),
        pods: vec![
            pod("shop", app, "app-0"),
            pod("shop", app, "app-1"),
            pod("shop", "client", "client"),
            pod("shop", "stranger", "stranger"),
            pod("monitoring", "prometheus", "prometheus"),
            pod("monitoring", "grafana", "grafana"),
            pod("plain", "client", "far-client"),
        ],
        policies: policies
            .map(|(at, spec)| policy("shop", &format!("p{at}"), spec))
            .collect(),
        joining: joining.iter().map(|one| (*one).to_owned()).collect(),
        ..World::default()
    }
}

/// Judges every pair and port; how many were judged.
fn judge(app: (&str, u64, u64, u64), specs: &[Value], joining: &[&str]) -> usize {
    let (name, port, metrics, peer) = app;
    let world = world(name, specs, joining);
    let proposal = propose(&world, "shop");
    let after: Vec<Value> = world.policies.iter().chain(&proposal.policies).cloned().collect();
    let mut judged = 0;
    for from in &world.pods {
        for to in world.pods.iter().filter(|to| *to != from) {
            let tunnelled = world.is_meshed(from) && world.is_meshed(to);
            let ports = [port, metrics, peer, port + 5, 53, 22_222];
            let any_before = ports
                .iter()
                .any(|port| allows(&world, &world.policies, from, to, *port));
            for number in ports {
                judged += 1;
                let leg = if tunnelled { 15008 } else { number };
                let (was, is) = (
                    allows(&world, &world.policies, from, to, number),
                    allows(&world, &after, from, to, leg),
                );
                let names = [from, to].map(|pod| pod["metadata"]["name"].as_str().unwrap_or_default());
                let told = format!("{name}, {joining:?}: {names:?}:{number} of {specs:?}");
                assert!(is || !was, "cut: {told}");
                if is && !was {
                    // the network layer cannot see the port within a tunnel: who may call any port may call all, and is told
                    assert!(tunnelled && any_before, "opened to somebody new: {told}");
                    assert!(!proposal.notes.is_empty(), "opened without a word: {told}");
                }
            }
        }
    }
    judged
}

#[test]
fn fifty_sets_of_popular_charts_cut_nobody_off_and_let_nobody_new_in() {
    let (mut sets, mut judged) = (0, 0);
    for app in APPLICATIONS {
        for specs in ways(app) {
            sets += 1;
            for joining in [&["shop"][..], &["shop", "monitoring"]] {
                judged += judge(app, &specs, joining);
            }
        }
    }
    assert_eq!((sets, judged), (50, 50 * 2 * 7 * 6 * 6));
}
