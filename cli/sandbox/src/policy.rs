//! What network policies allow (pure): Kubernetes semantics, per pod and direction.
//!
//! A pod that no policy selects in a direction is not isolated there and everything passes. An isolated one lets
//! pass what any of its policies allows; connections that began before count as whoever enforces this decides.
//! Absent on purpose: the node's own traffic with its pods, which policies never forbid; pods of the node's
//! network, which policies neither select nor mean.

#[cfg(test)]
mod tests;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Everything that decides.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// All policies.
    pub policies: &'a [NetworkPolicy],
    /// All namespaces.
    pub namespaces: &'a [Namespace],
    /// All pods.
    pub pods: &'a [Pod],
}

/// The way of a connection, as its pod sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To the pod.
    Ingress,
    /// From the pod.
    Egress,
}

/// Addresses on the other side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    /// These.
    pub net: IpNet,
    /// Without these.
    pub except: Vec<IpNet>,
}

/// Ports of the receiving side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports {
    /// The protocol's number: 6 is TCP, 17 UDP, 132 SCTP.
    pub protocol: u8,
    /// The first port.
    pub first: u16,
    /// The last one.
    pub last: u16,
}

/// One thing that is allowed; without ports, everything between the two is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allow {
    /// The other side; `None` is anyone.
    pub peer: Option<Block>,
    /// Where to.
    pub ports: Option<Ports>,
}

/// What an isolated pod lets pass in one direction.
pub type Allowed = BTreeSet<Allow>;

/// Isolated pods by address and direction. A pod that is absent is not isolated.
pub type Isolation = BTreeMap<(IpAddr, Direction), Allowed>;

impl Allow {
    /// Whether this allows it.
    #[must_use]
    pub fn covers(&self, peer: IpAddr, protocol: u8, port: u16) -> bool {
        let of_peer = self.peer.as_ref().is_none_or(|block| {
            block.net.contains(&peer) && !block.except.iter().any(|except| except.contains(&peer))
        });
        let of_port = self
            .ports
            .is_none_or(|ports| ports.protocol == protocol && (ports.first..=ports.last).contains(&port));
        of_peer && of_port
    }
}

/// Works out which of the `local` pods are isolated, and from what.
pub fn isolate(world: World<'_>, local: impl Fn(&Pod) -> bool) -> Isolation {
    let mut isolation = Isolation::new();
    for pod in world.pods.iter().filter(|pod| is_meant(pod) && local(pod)) {
        let own = world.policies.iter().filter(|policy| {
            let selector = policy.spec.as_ref().and_then(|spec| spec.pod_selector.as_ref());
            policy.namespace() == pod.namespace() && selects(selector, pod.labels())
        });
        for policy in own {
            for direction in directions(policy) {
                let allowed = allowed(world, policy, direction, pod);
                for address in addresses(pod) {
                    let entry = isolation.entry((address, direction)).or_default();
                    entry.extend(allowed.iter().cloned());
                }
            }
        }
    }
    isolation
}

/// Whether a connection passes both of its ends, as far as `isolation` knows them.
#[must_use]
pub fn passes(isolation: &Isolation, (from, to): (IpAddr, IpAddr), protocol: u8, port: u16) -> bool {
    let at = |own: IpAddr, direction, peer| {
        let allowed = isolation.get(&(own, direction));
        allowed.is_none_or(|allowed| allowed.iter().any(|one| one.covers(peer, protocol, port)))
    };
    // no pod can be kept from itself
    from == to || (at(from, Direction::Egress, to) && at(to, Direction::Ingress, from))
}

/// Running pods with an address and a network of their own.
fn is_meant(pod: &Pod) -> bool {
    let of_node = pod
        .spec
        .as_ref()
        .is_some_and(|spec| spec.host_network == Some(true));
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    !of_node && !matches!(phase, Some("Succeeded" | "Failed"))
}

/// All addresses of a pod.
pub(crate) fn addresses(pod: &Pod) -> BTreeSet<IpAddr> {
    let Some(status) = &pod.status else {
        return BTreeSet::new();
    };
    let many = status.pod_ips.iter().flatten().map(|one| &one.ip);
    many.chain(&status.pod_ip)
        .filter_map(|text| text.parse().ok())
        .collect()
}

/// The directions a policy isolates in.
fn directions(policy: &NetworkPolicy) -> Vec<Direction> {
    let spec = policy.spec.clone().unwrap_or_default();
    match spec.policy_types.filter(|types| !types.is_empty()) {
        Some(types) => [("Ingress", Direction::Ingress), ("Egress", Direction::Egress)]
            .into_iter()
            .filter(|(name, _)| types.iter().any(|one| one == name))
            .map(|(_, direction)| direction)
            .collect(),
        None if spec.egress.is_some_and(|rules| !rules.is_empty()) => {
            vec![Direction::Ingress, Direction::Egress]
        }
        None => vec![Direction::Ingress],
    }
}

fn allowed(world: World<'_>, policy: &NetworkPolicy, direction: Direction, pod: &Pod) -> Allowed {
    let spec = policy.spec.clone().unwrap_or_default();
    let rules: Vec<_> = match direction {
        Direction::Ingress => spec
            .ingress
            .into_iter()
            .flatten()
            .map(|rule| (rule.from, rule.ports))
            .collect(),
        Direction::Egress => spec
            .egress
            .into_iter()
            .flatten()
            .map(|rule| (rule.to, rule.ports))
            .collect(),
    };
    let namespace = policy.namespace().unwrap_or_default();
    let mut allowed = Allowed::new();
    for (peers, ports) in rules {
        let sides = sides(world, &namespace, &peers.unwrap_or_default());
        let ports = ports.unwrap_or_default();
        for side in &sides {
            // a port's name is that of a port of the receiver
            let receiver = match direction {
                Direction::Ingress => Some(pod),
                Direction::Egress => side.pod,
            };
            if ports.is_empty() {
                allowed.insert(Allow {
                    peer: side.block.clone(),
                    ports: None,
                });
            }
            for port in &ports {
                let known = numbers(port, receiver);
                allowed.extend(known.into_iter().map(|ports| Allow {
                    peer: side.block.clone(),
                    ports: Some(ports),
                }));
            }
        }
    }
    allowed
}

/// One of the other sides of a rule.
struct Side<'a> {
    block: Option<Block>,
    pod: Option<&'a Pod>,
}

/// Whom a rule names; a rule that names nobody means everybody.
fn sides<'a>(world: World<'a>, namespace: &str, peers: &[NetworkPolicyPeer]) -> Vec<Side<'a>> {
    if peers.is_empty() {
        return vec![Side {
            block: None,
            pod: None,
        }];
    }
    let mut sides = Vec::new();
    for peer in peers {
        if let Some(block) = &peer.ip_block {
            let nets = |texts: &[String]| texts.iter().filter_map(|text| text.parse().ok()).collect();
            // an address range that cannot be read allows nothing
            if let Ok(net) = block.cidr.parse::<IpNet>() {
                let block = Block {
                    net: net.trunc(),
                    except: nets(block.except.as_deref().unwrap_or_default()),
                };
                sides.push(Side {
                    block: Some(block),
                    pod: None,
                });
            }
            continue;
        }
        for pod in world.pods.iter().filter(|pod| is_meant(pod)) {
            if is_peer(world, namespace, peer, pod) {
                sides.extend(addresses(pod).into_iter().map(|address| Side {
                    block: Some(Block {
                        net: address.into(),
                        except: Vec::new(),
                    }),
                    pod: Some(pod),
                }));
            }
        }
    }
    sides
}

fn is_peer(world: World<'_>, namespace: &str, peer: &NetworkPolicyPeer, pod: &Pod) -> bool {
    let own = pod.namespace().unwrap_or_default();
    let in_namespace = match &peer.namespace_selector {
        None => own == namespace,
        Some(selector) => world
            .namespaces
            .iter()
            .any(|one| one.name_any() == own && selects(Some(selector), one.labels())),
    };
    // an absent pod selector beside a namespace selector means all pods
    in_namespace && selects(peer.pod_selector.as_ref(), pod.labels())
}

/// A port of a policy in numbers; nothing when the receiver has no port of that name.
fn numbers(port: &NetworkPolicyPort, receiver: Option<&Pod>) -> Vec<Ports> {
    let name = port.protocol.as_deref().unwrap_or("TCP");
    let protocol = match name {
        "UDP" => 17,
        "SCTP" => 132,
        _ => 6,
    };
    let number = |number: i32| u16::try_from(number).ok();
    let one = |first: u16| Ports {
        protocol,
        first,
        last: first,
    };
    match &port.port {
        None => vec![Ports {
            protocol,
            first: 0,
            last: u16::MAX,
        }],
        Some(IntOrString::Int(first)) => {
            let last = port.end_port.unwrap_or(*first);
            let range = number(*first).zip(number(last));
            range
                .map(|(first, last)| Ports {
                    protocol,
                    first,
                    last,
                })
                .into_iter()
                .collect()
        }
        Some(IntOrString::String(wanted)) => {
            let spec = receiver.and_then(|pod| pod.spec.as_ref());
            let containers = spec.into_iter().flat_map(|spec| &spec.containers);
            containers
                .flat_map(|container| container.ports.iter().flatten())
                .filter(|own| own.name.as_ref() == Some(wanted))
                .filter(|own| own.protocol.as_deref().unwrap_or("TCP") == name)
                .filter_map(|own| number(own.container_port).map(one))
                .collect()
        }
    }
}

/// Whether a selector selects these labels; an absent one selects everything.
fn selects(selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>) -> bool {
    let Some(selector) = selector else { return true };
    let equal = selector
        .match_labels
        .iter()
        .flatten()
        .all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector.match_expressions.iter().flatten().all(|expression| {
            let value = labels.get(&expression.key);
            let among = || {
                let values = expression.values.iter().flatten();
                value.is_some_and(|value| values.into_iter().any(|one| one == value))
            };
            match expression.operator.as_str() {
                "In" => among(),
                "NotIn" => !among(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                // an unknown word selects nothing
                _ => false,
            }
        })
}
