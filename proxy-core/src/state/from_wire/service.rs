//! Service: wire → state.

use ipnet::IpNet;
use mesh_wire::identity::Identity;
use mesh_wire::workload as wire;

use super::{Reason, Texts, gateway, ip, port};
use crate::state::service::{
    CidrVip, HealthPolicy, IpFamilies, LoadBalancing, Mode, Scope, Service, Visibility, WeightedWaypoint,
};
use crate::state::workload::{NamespacedHostname, NetworkAddress, PortMap};

pub(super) fn from_wire(wire: &wire::Service, texts: &mut Texts) -> Result<Service, Reason> {
    let (vips, cidr_vips) = addresses(&wire.addresses, texts)?;
    let pairs = wire
        .ports
        .iter()
        .map(|pair| Ok((port(pair.service_port)?, port(pair.target_port)?)))
        .collect::<Result<Vec<_>, Reason>>()?;
    Ok(Service {
        name: texts.share(&wire.name),
        key: NamespacedHostname {
            namespace: texts.share(&wire.namespace),
            hostname: texts.share(&wire.hostname),
        },
        vips,
        cidr_vips,
        ports: PortMap::new(pairs),
        subject_alt_names: identities(&wire.subject_alt_names),
        waypoint: gateway(wire.waypoint.as_ref(), texts)?,
        weighted_waypoints: weighted(&wire.weighted_waypoints, texts)?,
        load_balancing: wire.load_balancing.as_ref().map(load_balancing).transpose()?,
        ip_families: match wire.ip_families {
            0 => None,
            1 => Some(IpFamilies::V4),
            2 => Some(IpFamilies::V6),
            3 => Some(IpFamilies::Dual),
            other => return Err(Reason::UnknownEnum(other)),
        },
        canonical: wire.canonical,
        visibility: match wire.visibility {
            1 => Visibility::Namespace,
            _ => Visibility::Public,
        },
    })
}

type Addresses = (Box<[NetworkAddress]>, Box<[CidrVip]>);

fn addresses(wire: &[wire::NetworkAddress], texts: &mut Texts) -> Result<Addresses, Reason> {
    let (mut vips, mut ranges) = (Vec::new(), Vec::new());
    for one in wire {
        let address = ip(&one.address)?;
        let network = texts.share(&one.network);
        let full = if address.is_ipv4() { 32 } else { 128 };
        match one.length {
            None => vips.push(NetworkAddress { network, address }),
            Some(length) if length == full => vips.push(NetworkAddress { network, address }),
            Some(length) => {
                let length = u8::try_from(length).map_err(|_| Reason::PrefixLength)?;
                let cidr = IpNet::new(address, length)
                    .map_err(|_| Reason::PrefixLength)?
                    .trunc();
                ranges.push(CidrVip { network, cidr });
            }
        }
    }
    Ok((vips.into_boxed_slice(), ranges.into_boxed_slice()))
}

/// Unparsable ones are skipped with a warning: they only ever add acceptable peers.
fn identities(wire: &[String]) -> Box<[Identity]> {
    wire.iter()
        .filter_map(|text| match text.parse() {
            Ok(identity) => Some(identity),
            Err(error) => {
                tracing::warn!(name = %text, %error, "service names an unusable peer identity");
                None
            }
        })
        .collect()
}

fn weighted(wire: &[wire::WeightedWaypoint], texts: &mut Texts) -> Result<Box<[WeightedWaypoint]>, Reason> {
    wire.iter()
        .map(|one| {
            let destination = gateway(one.destination.as_ref(), texts)?;
            let destination = destination.ok_or(Reason::GatewayWithoutDestination)?;
            Ok(WeightedWaypoint {
                destination,
                weight: one.weight,
            })
        })
        .collect()
}

fn load_balancing(wire: &wire::LoadBalancing) -> Result<LoadBalancing, Reason> {
    let preferences = wire
        .routing_preference
        .iter()
        .map(|scope| match scope {
            0 => Err(Reason::UnspecifiedScope),
            1 => Ok(Scope::Region),
            2 => Ok(Scope::Zone),
            3 => Ok(Scope::Subzone),
            4 => Ok(Scope::Node),
            5 => Ok(Scope::Cluster),
            6 => Ok(Scope::Network),
            other => Err(Reason::UnknownEnum(*other)),
        })
        .collect::<Result<Box<[_]>, _>>()?;
    let mode = match wire.mode {
        0 => Mode::Standard,
        1 => Mode::Strict,
        2 => Mode::Failover,
        3 => Mode::Passthrough,
        other => return Err(Reason::UnknownEnum(other)),
    };
    let health = match wire.health_policy {
        0 => HealthPolicy::OnlyHealthy,
        1 => HealthPolicy::AllowAll,
        other => return Err(Reason::UnknownEnum(other)),
    };
    Ok(LoadBalancing {
        preferences,
        mode,
        health,
    })
}
