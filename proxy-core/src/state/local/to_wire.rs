//! Shapes of the file → messages of the wire, each with its name there.

use std::net::IpAddr;

use bytes::Bytes;
use ipnet::IpNet;
use mesh_wire::dump::StringMatch;
use mesh_wire::security as policy_wire;
use mesh_wire::workload as wire;
use wire::address::Type;
use wire::gateway_address::Destination;

use super::LocalError;
use super::shapes as file;

fn unusable(of: &str, reason: impl Into<String>) -> LocalError {
    LocalError::Value {
        of: of.to_owned(),
        reason: reason.into(),
    }
}

fn octets(address: IpAddr) -> Bytes {
    match address {
        IpAddr::V4(address) => Bytes::copy_from_slice(&address.octets()),
        IpAddr::V6(address) => Bytes::copy_from_slice(&address.octets()),
    }
}

/// A workload by its uid; without one it is the pod of that name.
pub(super) fn workload(one: &file::Workload) -> Result<(String, wire::Address), LocalError> {
    let uid = if one.uid.is_empty() {
        let cluster = if one.cluster_id.is_empty() {
            "Kubernetes"
        } else {
            &one.cluster_id
        };
        format!("{cluster}//Pod/{}/{}", one.namespace, one.name)
    } else {
        one.uid.clone()
    };
    let place = |gateway: &Option<file::GatewayAddress>| {
        gateway.as_ref().map(|one| self::gateway(&uid, one)).transpose()
    };
    let message = wire::Workload {
        name: one.name.clone(),
        namespace: one.namespace.clone(),
        addresses: one.ips.iter().copied().map(octets).collect(),
        hostname: one.hostname.clone(),
        network: one.network.clone(),
        tunnel_protocol: one.protocol as i32,
        trust_domain: one.trust_domain.clone(),
        service_account: one.service_account.clone(),
        waypoint: place(&one.waypoint)?,
        network_gateway: place(&one.network_gateway)?,
        node: one.node.clone(),
        canonical_name: one.canonical_name.clone(),
        canonical_revision: one.canonical_revision.clone(),
        workload_type: one.kind as i32,
        workload_name: one.owner.clone(),
        native_tunnel: one.native_tunnel,
        application_tunnel: one
            .application_tunnel
            .as_ref()
            .map(|tunnel| wire::ApplicationTunnel {
                protocol: tunnel.protocol as i32,
                port: tunnel.port.unwrap_or(0).into(),
            }),
        services: one
            .services
            .iter()
            .map(|(key, map)| (key.clone(), wire::PortList { ports: ports(map) }))
            .collect(),
        authorization_policies: one.authorization_policies.clone(),
        status: one.status as i32,
        cluster_id: one.cluster_id.clone(),
        locality: (one.locality != file::Locality::default()).then(|| wire::Locality {
            region: one.locality.region.clone(),
            zone: one.locality.zone.clone(),
            subzone: one.locality.subzone.clone(),
        }),
        network_mode: one.network_mode as i32,
        capacity: one.capacity,
        uid: uid.clone(),
        ..wire::Workload::default()
    };
    let address = wire::Address {
        r#type: Some(Type::Workload(message)),
    };
    Ok((uid, address))
}

/// A service by `<namespace>/<hostname>`.
pub(super) fn service(one: &file::Service) -> Result<(String, wire::Address), LocalError> {
    let key = format!("{}/{}", one.namespace, one.hostname);
    if !one.endpoints.is_empty() {
        return Err(unusable(
            &key,
            "`endpoints` follow from the workloads' `services`",
        ));
    }
    let mut addresses = one
        .vips
        .iter()
        .map(|vip| virtual_address(&key, vip))
        .collect::<Result<Vec<_>, _>>()?;
    addresses.extend(one.cidr_vips.iter().map(|range| wire::NetworkAddress {
        network: range.network.clone(),
        address: octets(range.cidr.addr()),
        length: Some(range.cidr.prefix_len().into()),
    }));
    let weighted = |one: &file::WeightedWaypoint| {
        Ok(wire::WeightedWaypoint {
            destination: Some(gateway(&key, &one.destination)?),
            weight: one.weight,
        })
    };
    let message = wire::Service {
        name: one.name.clone(),
        namespace: one.namespace.clone(),
        hostname: one.hostname.clone(),
        addresses,
        ports: ports(&one.ports),
        subject_alt_names: one.subject_alt_names.clone(),
        waypoint: one
            .waypoint
            .as_ref()
            .map(|waypoint| gateway(&key, waypoint))
            .transpose()?,
        weighted_waypoints: one
            .weighted_waypoints
            .iter()
            .map(weighted)
            .collect::<Result<_, LocalError>>()?,
        load_balancing: one.load_balancer.as_ref().map(|lb| wire::LoadBalancing {
            routing_preference: lb
                .routing_preferences
                .iter()
                .map(|scope| *scope as i32 + 1)
                .collect(),
            mode: lb.mode as i32,
            health_policy: lb.health_policy as i32,
        }),
        ip_families: one.ip_families.map_or(0, |families| families as i32 + 1),
        canonical: one.canonical,
        visibility: one.visibility as i32,
        ..wire::Service::default()
    };
    let address = wire::Address {
        r#type: Some(Type::Service(message)),
    };
    Ok((key, address))
}

fn ports(map: &file::Ports) -> Vec<wire::Port> {
    let pair = |(service, target): (&u16, &u16)| wire::Port {
        service_port: (*service).into(),
        target_port: (*target).into(),
        ..wire::Port::default()
    };
    map.iter().map(pair).collect()
}

/// `<network>/<ip>`.
fn virtual_address(of: &str, text: &str) -> Result<wire::NetworkAddress, LocalError> {
    let parts = text.split_once('/');
    let parsed = parts.and_then(|(network, ip)| Some((network, ip.parse().ok()?)));
    let (network, address) =
        parsed.ok_or_else(|| unusable(of, format!("`{text}`: expected `network/address`")))?;
    Ok(wire::NetworkAddress {
        network: network.to_owned(),
        address: octets(address),
        length: None,
    })
}

/// `<network>/<ip>` or `<namespace>/<hostname>`.
fn gateway(of: &str, one: &file::GatewayAddress) -> Result<wire::GatewayAddress, LocalError> {
    let text = &one.destination;
    let (first, second) = text.split_once('/').ok_or_else(|| {
        unusable(
            of,
            format!("`{text}`: expected `network/address` or `namespace/hostname`"),
        )
    })?;
    let destination = match second.parse() {
        Ok(address) => Destination::Address(wire::NetworkAddress {
            network: first.to_owned(),
            address: octets(address),
            length: None,
        }),
        Err(_) => Destination::Hostname(wire::NamespacedHostname {
            namespace: first.to_owned(),
            hostname: second.to_owned(),
        }),
    };
    Ok(wire::GatewayAddress {
        destination: Some(destination),
        hbone_mtls_port: one.hbone_mtls_port.into(),
    })
}

/// A policy by `<namespace>/<name>`.
pub(super) fn policy(one: &file::Policy) -> (String, policy_wire::Authorization) {
    let clause = |matches: &Vec<file::Match>| policy_wire::Clause {
        matches: matches.iter().map(one_match).collect(),
    };
    let rule = |clauses: &Vec<Vec<file::Match>>| policy_wire::Rule {
        clauses: clauses.iter().map(clause).collect(),
    };
    let message = policy_wire::Authorization {
        name: one.name.clone(),
        namespace: one.namespace.clone(),
        scope: one.scope as i32,
        action: one.action as i32,
        rules: one.rules.iter().map(rule).collect(),
        dry_run: one.dry_run,
        ..policy_wire::Authorization::default()
    };
    (format!("{}/{}", one.namespace, one.name), message)
}

fn one_match(one: &file::Match) -> policy_wire::Match {
    let names = |terms: &[StringMatch]| terms.iter().map(text).collect();
    let ranges = |ranges: &[IpNet]| ranges.iter().map(range).collect();
    let ports = |ports: &[u16]| ports.iter().copied().map(u32::from).collect();
    let accounts = |terms: &[file::ServiceAccount]| {
        let account = |one: &file::ServiceAccount| policy_wire::ServiceAccountMatch {
            namespace: one.namespace.clone(),
            service_account: one.service_account.clone(),
        };
        terms.iter().map(account).collect()
    };
    policy_wire::Match {
        namespaces: names(&one.namespaces),
        not_namespaces: names(&one.not_namespaces),
        principals: names(&one.principals),
        not_principals: names(&one.not_principals),
        service_accounts: accounts(&one.service_accounts),
        not_service_accounts: accounts(&one.not_service_accounts),
        source_ips: ranges(&one.source_ips),
        not_source_ips: ranges(&one.not_source_ips),
        destination_ips: ranges(&one.destination_ips),
        not_destination_ips: ranges(&one.not_destination_ips),
        destination_ports: ports(&one.destination_ports),
        not_destination_ports: ports(&one.not_destination_ports),
        ..policy_wire::Match::default()
    }
}

fn range(one: &IpNet) -> policy_wire::Address {
    policy_wire::Address {
        address: octets(one.addr()),
        length: one.prefix_len().into(),
    }
}

fn text(one: &StringMatch) -> policy_wire::StringMatch {
    use policy_wire::string_match::MatchType;
    policy_wire::StringMatch {
        match_type: Some(match one {
            StringMatch::Exact(value) => MatchType::Exact(value.clone()),
            StringMatch::Prefix(value) => MatchType::Prefix(value.clone()),
            StringMatch::Suffix(value) => MatchType::Suffix(value.clone()),
            StringMatch::Presence() => MatchType::Presence(()),
        }),
    }
}
