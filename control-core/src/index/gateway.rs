//! Gateways that others run: which are waypoints, for what, and which lead into other networks
//! (`control-plane.md` 9.1 and 11.2).

use std::net::IpAddr;

use arcstr::ArcStr;

use super::lookup::Lookup;
use super::{status, text};
use crate::crds::{Gateway, GatewayClass, Listener};
use crate::model::condition::{Condition, PROVISIONED};
use crate::model::selector::Selector;
use crate::model::{
    ApplicationTunnel, GatewayAddress, GatewayDestination, NamespacedHostname, NetworkAddress, ObjectName,
    Owner, Place, Tunnel, Workload,
};

/// The port of waypoints; the field knows no other.
const HBONE: u16 = 15008;
const WAYPOINT_FOR: &str = "istio.io/waypoint-for";
const BINDING: &str = "ambient.istio.io/waypoint-inbound-binding";
const ACCOUNT: &str = "gateway.istio.io/service-account";
const REMOTE_CLASS: &str = "istio-remote";
/// Gateways into the network of the cluster that runs them.
const EAST_WEST_CLASS: &str = "istio-east-west";
pub(crate) const WAYPOINT_CLASS: &str = "istio-waypoint";
/// Who runs the waypoints of that class.
pub(crate) const CONTROLLER: &str = "istio.io/mesh-controller";

/// Who may attach to a waypoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Its own namespace.
    #[default]
    Same,
    /// Everybody.
    All,
    /// Namespaces with these labels.
    Selected(Selector),
}

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ListenerFacts {
    port: u16,
    protocol: String,
    allowed: Allowed,
    /// It ends TLS itself.
    terminates: bool,
}

impl ListenerFacts {
    fn of(listener: &Listener) -> Option<Self> {
        let namespaces = listener
            .allowed_routes
            .as_ref()
            .and_then(|routes| routes.namespaces.as_ref());
        let allowed = match namespaces {
            None => Allowed::Same,
            Some(one) => match (one.from.as_str(), &one.selector) {
                ("All", _) => Allowed::All,
                ("Selector", Some(selector)) => Allowed::Selected(selector.clone()),
                // a selector that is not there selects nobody but the own namespace
                _ => Allowed::Same,
            },
        };
        Some(Self {
            port: u16::try_from(listener.port).ok()?,
            protocol: listener.protocol.clone(),
            allowed,
            terminates: listener.tls.as_ref().is_some_and(|tls| tls.mode == "Terminate"),
        })
    }
}

/// What of a Gateway matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayFacts {
    class: ArcStr,
    waypoint_for: Option<String>,
    binding: Option<String>,
    network: Option<ArcStr>,
    account: Option<String>,
    listeners: Vec<ListenerFacts>,
    /// Whether it is a host name, and the value; in order.
    addresses: Vec<(bool, String)>,
    generation: Option<i64>,
    /// What it is told about itself.
    pub(crate) conditions: Vec<Condition>,
}

impl GatewayFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &Gateway) -> Self {
        let meta = &object.metadata;
        let stored = object.status.clone().unwrap_or_default();
        let network = text::label(meta, text::NETWORK).filter(|network| !network.is_empty());
        let addresses = stored.addresses.into_iter().filter(|one| !one.value.is_empty());
        Self {
            class: object.spec.gateway_class_name.as_str().into(),
            waypoint_for: text::label(meta, WAYPOINT_FOR).map(str::to_owned),
            binding: text::annotation(meta, BINDING).map(str::to_owned),
            network: network.map(ArcStr::from),
            account: text::annotation(meta, ACCOUNT).map(str::to_owned),
            listeners: object
                .spec
                .listeners
                .iter()
                .filter_map(ListenerFacts::of)
                .collect(),
            addresses: addresses
                .filter_map(|one| match one.r#type.as_str() {
                    "Hostname" => Some((true, one.value)),
                    "IPAddress" => Some((false, one.value)),
                    _ => None,
                })
                .collect(),
            generation: meta.generation,
            conditions: status::of_stored(&stored.conditions),
        }
    }

    /// The network it leads into, if it does: one of ours that stands for a remote one, or one that another cluster runs.
    pub(crate) fn leads_into(&self, is_remote: bool) -> Option<&ArcStr> {
        let listener = self.hbone_listener()?;
        let leads = if is_remote {
            self.class == EAST_WEST_CLASS && listener.terminates
        } else {
            self.class == REMOTE_CLASS
        };
        self.network.as_ref().filter(|_| leads)
    }

    fn hbone_listener(&self) -> Option<&ListenerFacts> {
        self.listeners.iter().find(|one| one.protocol == "HBONE")
    }
}

/// What of a class matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassFacts {
    /// Who runs its Gateways.
    pub controller: String,
    waypoint_for: Option<String>,
    binding: Option<String>,
}

impl ClassFacts {
    /// Trims the object.
    #[must_use]
    pub fn of(object: &GatewayClass) -> Self {
        let meta = &object.metadata;
        Self {
            controller: object.spec.controller_name.clone(),
            waypoint_for: text::label(meta, WAYPOINT_FOR).map(str::to_owned),
            binding: text::annotation(meta, BINDING).map(str::to_owned),
        }
    }
}

/// What a waypoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) services: bool,
    pub(crate) workloads: bool,
}

impl Traffic {
    fn parse(text: &str) -> Option<Self> {
        let (services, workloads) = match text {
            "service" => (true, false),
            "workload" => (false, true),
            "all" => (true, true),
            "none" => (false, false),
            _ => return None,
        };
        Some(Self { services, workloads })
    }
}

/// A Gateway that things can be attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waypoint {
    pub(crate) name: ObjectName,
    pub(crate) address: GatewayAddress,
    pub(crate) traffic: Traffic,
    pub(crate) allowed: Allowed,
    pub(crate) tunnel: Option<ApplicationTunnel>,
}

/// The waypoint of this name, if it is one: any Gateway that has an address.
pub(crate) fn waypoint(name: &ObjectName, lookup: &Lookup<'_>) -> Option<Waypoint> {
    // what is attached may be in another cluster, waypoints are ours
    let lookup = &lookup.home();
    if !lookup.is_visible(&name.namespace) {
        return None;
    }
    let facts = lookup.gateway(name)?;
    let class = lookup.class(&facts.class);
    let destination = destination(name, facts, lookup)?;
    let binding = facts
        .binding
        .as_deref()
        .or_else(|| class?.binding.as_deref())
        .and_then(parse_binding);
    let asked = facts
        .waypoint_for
        .as_deref()
        .or_else(|| class?.waypoint_for.as_deref());
    let traffic = asked.and_then(Traffic::parse).unwrap_or(Traffic {
        services: true,
        workloads: false,
    });
    Some(Waypoint {
        name: name.clone(),
        address: GatewayAddress {
            destination,
            hbone_port: HBONE,
        },
        traffic,
        allowed: allowed(facts, binding),
        tunnel: binding,
    })
}

/// What a Gateway of our waypoint class is told while nobody runs it (9.5): no image of a waypoint is configured,
/// so it stays without address, and nothing is bound to it.
pub(crate) fn provisioning(name: &ObjectName, lookup: &Lookup<'_>) -> Option<Condition> {
    let facts = lookup
        .own_gateway(name)
        .filter(|_| !lookup.settings().runs_waypoints)?;
    let is_ours = facts.class == WAYPOINT_CLASS
        && lookup
            .class(&facts.class)
            .is_none_or(|class| class.controller == CONTROLLER);
    if !is_ours || !facts.addresses.is_empty() || !lookup.is_visible(&name.namespace) {
        return None;
    }
    let message = "no image of a waypoint is configured, so none is run and nothing is bound to this Gateway; \
                   a waypoint that is run by others is used as soon as its address is in this status";
    Some(Condition {
        generation: facts.generation,
        ..Condition::new(PROVISIONED, false, "NoImage", message)
    })
}

fn destination(name: &ObjectName, facts: &GatewayFacts, lookup: &Lookup<'_>) -> Option<GatewayDestination> {
    if let Some((_, hostname)) = facts.addresses.iter().find(|(is_hostname, _)| *is_hostname) {
        return Some(GatewayDestination::Hostname(NamespacedHostname {
            namespace: name.namespace.clone(),
            hostname: hostname.as_str().into(),
        }));
    }
    let ip: IpAddr = facts.addresses.iter().find_map(|(_, value)| value.parse().ok())?;
    let network = facts.network.clone().unwrap_or_else(|| lookup.network());
    Some(GatewayDestination::Address(NetworkAddress {
        network,
        ip,
        prefix: None,
    }))
}

/// `PROXY`, `PROXY/<port>`, `NONE`, `NONE/<port>`.
fn parse_binding(text: &str) -> Option<ApplicationTunnel> {
    let (protocol, port) = match text.split_once('/') {
        Some((protocol, port)) => (protocol, port.parse().ok().filter(|port| *port > 0)?),
        None => (text, 0),
    };
    let is_proxy_protocol = match protocol {
        "PROXY" => true,
        "NONE" => false,
        _ => return None,
    };
    Some(ApplicationTunnel {
        is_proxy_protocol,
        port,
    })
}

/// By the listener that the binding names, else by the one for HBONE on its usual port.
fn allowed(facts: &GatewayFacts, binding: Option<ApplicationTunnel>) -> Allowed {
    let bound = binding.and_then(|binding| {
        let by_port = facts
            .listeners
            .iter()
            .find(|one| binding.port != 0 && one.port == binding.port);
        by_port.or_else(|| {
            facts
                .listeners
                .iter()
                .find(|one| one.protocol == "istio.io/PROXY")
        })
    });
    let usual = facts
        .listeners
        .iter()
        .find(|one| one.protocol == "HBONE" && one.port == HBONE);
    bound.or(usual).map(|one| one.allowed.clone()).unwrap_or_default()
}

/// A network, the port into it, and the addresses, each with whether it is a host name.
type Ways<'a> = (&'a ArcStr, u16, &'a [(bool, String)]);

/// Addresses by which a Gateway leads into its network, with their port.
fn ways(facts: &GatewayFacts, is_remote: bool) -> Option<Ways<'_>> {
    let network = facts.leads_into(is_remote)?;
    // a gateway that another cluster runs counts for its whole network alone, not for single workloads (11.2)
    let port = if is_remote {
        0
    } else {
        facts.hbone_listener()?.port
    };
    Some((network, port, &facts.addresses))
}

/// A way into a network, and the Gateway that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) gateway: ObjectName,
    /// As its status has it.
    pub(crate) text: String,
    pub(crate) address: GatewayAddress,
}

/// The first way into a network for a single workload.
pub(crate) fn way_into(network: &ArcStr, lookup: &Lookup<'_>) -> Option<GatewayAddress> {
    all_ways(network, lookup)
        .map(|way| way.address)
        .find(|address| address.hbone_port > 0)
}

/// The first way into a network for all of it; a port that is not said is the usual one.
pub(crate) fn way_for_all(network: &ArcStr, lookup: &Lookup<'_>) -> Option<Way> {
    let mut first = all_ways(network, lookup).next()?;
    if first.address.hbone_port == 0 {
        first.address.hbone_port = HBONE;
    }
    Some(first)
}

fn all_ways(network: &ArcStr, lookup: &Lookup<'_>) -> impl Iterator<Item = Way> {
    let gateways = lookup.gateways_into(network).into_iter();
    let network = network.clone();
    gateways.filter_map(move |(is_remote, name, facts)| {
        let (_, hbone_port, addresses) = ways(facts, is_remote)?;
        let (destination, text) = addresses.iter().find_map(|(is_hostname, value)| {
            let destination = if *is_hostname {
                GatewayDestination::Hostname(NamespacedHostname {
                    namespace: name.namespace.clone(),
                    hostname: value.as_str().into(),
                })
            } else {
                GatewayDestination::Address(NetworkAddress {
                    network: network.clone(),
                    ip: value.parse().ok()?,
                    prefix: None,
                })
            };
            Some((destination, value.clone()))
        })?;
        let gateway = name.clone();
        let address = GatewayAddress {
            destination,
            hbone_port,
        };
        Some(Way {
            gateway,
            text,
            address,
        })
    })
}

/// A network gateway as workloads, one for each of its addresses (11.2).
pub(crate) fn workloads(name: &ObjectName, lookup: &Lookup<'_>) -> Vec<Workload> {
    let Some(facts) = lookup.own_gateway(name) else {
        return Vec::new();
    };
    if !lookup.is_visible(&name.namespace) {
        return Vec::new();
    }
    let Some((network, port, addresses)) = ways(facts, !lookup.is_home()) else {
        return Vec::new();
    };
    let default = if facts.class == REMOTE_CLASS {
        format!("{}-{REMOTE_CLASS}", name.name)
    } else {
        name.name.to_string()
    };
    let account = facts.account.clone().unwrap_or(default);
    let one = |(is_hostname, value): &(bool, String)| {
        let ip = value.parse::<IpAddr>().ok().filter(|_| !is_hostname);
        if ip.is_none() && !is_hostname {
            return None;
        }
        let uid = format!("NetworkGateway/{network}/{value}/{port}");
        Some(Workload {
            name: uid.as_str().into(),
            uid,
            namespace: name.namespace.clone(),
            addresses: ip.into_iter().collect(),
            hostname: if *is_hostname {
                value.clone()
            } else {
                String::new()
            },
            place: Place {
                network: network.clone(),
                gateway: None,
            },
            tunnel: Tunnel::Hbone,
            trust_domain: lookup.trust_domain(),
            service_account: account.clone(),
            waypoint: None,
            node: ArcStr::new(),
            owner: Owner::default(),
            application_tunnel: None,
            services: std::collections::BTreeMap::new(),
            policies: Vec::new(),
            is_healthy: true,
            cluster: lookup.settings().cluster.clone(),
            locality: None,
            is_host_network: false,
            capacity: None,
        })
    };
    addresses.iter().filter_map(one).collect()
}
