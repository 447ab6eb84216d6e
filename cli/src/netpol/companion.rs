//! The rules of one companion (`spec/enrolment.md` 6.3, 6.4). (pure)

use super::select::{self, covers, directions, has_tcp, is_tcp, peers, ports};
use super::world::{World, meta};
use mesh_wire::well_known::label::GATEWAY_NAME;
use mesh_wire::well_known::{PROBE_IPV4, PROBE_IPV6, port};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const HBONE: u64 = port::HBONE as u64;
const DNS_PORT: u64 = 53;

/// What a companion adds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    pub(super) ingress: Vec<Value>,
    pub(super) egress: Vec<Value>,
    /// A limit on ports no longer limits meshed peers.
    pub(super) widens: bool,
}

/// The rules that the companion of a policy has.
pub(super) fn rules(world: &World, policy: &Value, probes: Option<&BTreeSet<u64>>) -> Rules {
    let home = meta(policy, "namespace");
    let meshed: Vec<&Value> = world
        .selected(policy)
        .filter(|pod| world.is_meshed(pod))
        .collect();
    let (isolates_in, isolates_out) = directions(policy);
    let mut rules = Rules::default();
    if meshed.is_empty() {
        return rules;
    }
    if isolates_in {
        let given = list(policy, "ingress");
        rules.ingress = tunnels(world, home, &given, "from");
        rules.widens = !rules.ingress.is_empty();
        if given.iter().any(has_tcp) {
            let waypoints: BTreeSet<_> = meshed.iter().flat_map(|pod| world.waypoints_of(pod)).collect();
            rules
                .ingress
                .extend(waypoints.iter().map(|place| waypoint(place, "from")));
        }
        if let Some(ports) = probes.filter(|ports| !ports.is_empty()) {
            let items: Vec<Value> = ports
                .iter()
                .map(|port| json!({"port": port, "protocol": "TCP"}))
                .collect();
            rules
                .ingress
                .push(json!({"from": probe_sources(), "ports": items}));
        }
    }
    if isolates_out {
        let given = list(policy, "egress");
        rules.egress = tunnels(world, home, &given, "to");
        rules.egress.extend(waypoints_out(world, home, &given));
        if !allows_dns(world, &meshed) {
            rules.egress.push(dns());
        }
    }
    rules.ingress = reduce(rules.ingress, "from");
    rules.egress = reduce(rules.egress, "to");
    rules
}

fn list(policy: &Value, key: &str) -> Vec<Value> {
    policy["spec"][key].as_array().cloned().unwrap_or_default()
}

/// I1 and E1: the tunnel's port for every peer that can be in the mesh.
fn tunnels(world: &World, home: &str, given: &[Value], key: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for rule in given.iter().filter(|rule| has_tcp(rule) && !covers(rule, HBONE)) {
        match peers(rule, key) {
            None => found.push(json!({"ports": [hbone()]})),
            Some(peers) => {
                let meshed: Vec<&Value> = peers.iter().filter(|peer| world.can_mesh(peer, home)).collect();
                if !meshed.is_empty() {
                    found.push(json!({key: meshed, "ports": [hbone()]}));
                }
            }
        }
    }
    found
}

fn hbone() -> Value {
    json!({"port": HBONE, "protocol": "TCP"})
}

fn waypoint((namespace, name): &(String, String), key: &str) -> Value {
    let peer = json!({
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": {GATEWAY_NAME: name}},
    });
    json!({key: [peer], "ports": [hbone()]})
}

/// E2: the waypoints of what the peers are.
fn waypoints_out(world: &World, home: &str, given: &[Value]) -> Vec<Value> {
    let mut places = BTreeSet::new();
    for rule in given.iter().filter(|rule| has_tcp(rule)) {
        // a rule without peers reaches every waypoint on the tunnel's port anyway
        for peer in peers(rule, "to").unwrap_or_default() {
            let behind = world
                .pods
                .iter()
                .filter(|pod| world.peer_matches(peer, home, pod));
            places.extend(behind.flat_map(|pod| world.waypoints_of(pod)));
        }
    }
    places.iter().map(|place| waypoint(place, "to")).collect()
}

/// Where probes of captured pods come from.
fn probe_sources() -> Vec<Value> {
    vec![
        json!({"ipBlock": {"cidr": format!("{PROBE_IPV4}/32")}}),
        json!({"ipBlock": {"cidr": format!("{PROBE_IPV6}/128")}}),
    ]
}

fn dns() -> Value {
    json!({
        "to": [{
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }],
        "ports": [{"port": DNS_PORT, "protocol": "UDP"}, {"port": DNS_PORT, "protocol": "TCP"}],
    })
}

/// Whether each of the pods may already ask DNS, by any policy that selects it.
fn allows_dns(world: &World, pods: &[&Value]) -> bool {
    pods.iter().all(|pod| {
        let selecting = world.policies.iter().filter(|policy| {
            directions(policy).1
                && meta(policy, "namespace") == meta(pod, "namespace")
                && select::matches(&policy["spec"]["podSelector"], &pod["metadata"]["labels"])
        });
        let rules: Vec<Value> = selecting.flat_map(|policy| list(policy, "egress")).collect();
        let allows = |protocol: &str| {
            rules.iter().any(|rule| {
                ports(rule).is_empty()
                    || ports(rule).iter().any(|item| {
                        item["protocol"].as_str().unwrap_or("TCP") == protocol
                            && (item["port"].is_null() || item["port"].as_u64() == Some(DNS_PORT))
                    })
            })
        };
        allows("UDP") && allows("TCP")
    })
}

/// The probe ports of each policy: every pod's go to one policy only, the broadest that isolates it.
pub(super) fn share_probes(world: &World, namespace: &str) -> BTreeMap<String, BTreeSet<u64>> {
    let mut shares: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let policies: Vec<(&Value, usize)> = world
        .policies_of(namespace)
        .filter(|policy| directions(policy).0)
        .map(|policy| (policy, world.selected(policy).count()))
        .collect();
    for pod in world
        .pods
        .iter()
        .filter(|pod| meta(pod, "namespace") == namespace && world.is_meshed(pod))
    {
        let selecting = policies.iter().filter(|(policy, _)| {
            select::matches(&policy["spec"]["podSelector"], &pod["metadata"]["labels"])
        });
        // a policy that lets something in names the pod's purpose; one that only denies is the last resort
        let best = selecting.max_by_key(|(policy, count)| {
            let has_rules = !list(policy, "ingress").is_empty();
            (has_rules, *count, std::cmp::Reverse(meta(policy, "name")))
        });
        if let Some((policy, _)) = best {
            shares
                .entry(meta(policy, "name").to_owned())
                .or_default()
                .extend(probe_ports(pod));
        }
    }
    shares
}

/// Numeric TCP ports that the kubelet asks on; names are resolved in the container.
fn probe_ports(pod: &Value) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let sidecars = pod["spec"]["initContainers"].as_array().into_iter().flatten();
    let sidecars = sidecars.filter(|container| container["restartPolicy"] == "Always");
    for container in containers.chain(sidecars) {
        let probes = ["startupProbe", "readinessProbe", "livenessProbe"].map(|key| &container[key]);
        let hooks = ["postStart", "preStop"].map(|key| &container["lifecycle"][key]);
        for asks in probes.into_iter().chain(hooks) {
            for (key, target) in [
                ("httpGet", &asks["httpGet"]),
                ("tcpSocket", &asks["tcpSocket"]),
                ("grpc", &asks["grpc"]),
            ] {
                // a probe with a host of its own does not go to the pod
                if target.is_null() || (key != "grpc" && !target["host"].is_null()) {
                    continue;
                }
                found.extend(resolve(container, &target["port"]));
            }
        }
    }
    found
}

fn resolve(container: &Value, port: &Value) -> Option<u64> {
    port.as_u64().or_else(|| {
        let mut named = container["ports"].as_array()?.iter();
        named.find(|one| one["name"] == *port && is_tcp(one))?["containerPort"].as_u64()
    })
}

/// Rules with the same ports become one; nothing is said twice.
fn reduce(rules: Vec<Value>, key: &str) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for rule in rules {
        let same = merged.iter_mut().find(|one| one["ports"] == rule["ports"]);
        match same {
            None => merged.push(rule),
            // a rule without peers already lets everybody in
            Some(one) if one[key].is_null() => {}
            Some(one) if rule[key].is_null() => *one = rule,
            Some(one) => {
                let more = rule[key].as_array().cloned().unwrap_or_default();
                if let Some(peers) = one[key].as_array_mut() {
                    for peer in more {
                        if !peers.contains(&peer) {
                            peers.push(peer);
                        }
                    }
                }
            }
        }
    }
    merged
}
