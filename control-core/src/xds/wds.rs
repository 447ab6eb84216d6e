//! Workloads and services → Address messages (`workload-api.md` 1 and 2).

use std::net::IpAddr;

use bytes::Bytes;
use mesh_wire::workload as wire;
use prost::Message;

use super::resource::{Resource, ResourceKind, version};
use crate::model::{
    AppProtocol, ApplicationTunnel, BalanceMode, GatewayAddress, GatewayDestination, IpFamilies,
    LoadBalancing, Locality, NamespacedHostname, NetworkAddress, PortMapping, Scope, Service, Tunnel,
    Workload,
};

/// Encodes a workload.
#[must_use]
pub fn workload(model: &Workload) -> Resource {
    let services = model
        .services
        .keys()
        .map(|key| arcstr::format!("{key}"))
        .collect();
    let alias = |ip: &IpAddr| arcstr::format!("{}/{ip}", model.place.network);
    let message = wire::address::Type::Workload(workload_message(model));
    let body = encode(message);
    Resource {
        kind: ResourceKind::Workload,
        name: model.uid.as_str().into(),
        version: version(&body),
        body,
        aliases: model.addresses.iter().map(alias).collect(),
        services,
        node: model.node.clone(),
        is_usable: model.is_healthy,
    }
}

/// Encodes a service.
#[must_use]
pub fn service(model: &Service) -> Resource {
    let body = encode(wire::address::Type::Service(service_message(model)));
    Resource {
        kind: ResourceKind::Service,
        name: arcstr::format!("{}", model.key),
        version: version(&body),
        body,
        aliases: model.addresses.iter().map(|one| one.alias().into()).collect(),
        services: Vec::new(),
        node: arcstr::ArcStr::new(),
        is_usable: true,
    }
}

fn encode(message: wire::address::Type) -> Bytes {
    wire::Address {
        r#type: Some(message),
    }
    .encode_to_vec()
    .into()
}

pub(super) fn octets(ip: IpAddr) -> Bytes {
    match ip {
        IpAddr::V4(ip) => Bytes::copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => Bytes::copy_from_slice(&ip.octets()),
    }
}

fn workload_message(model: &Workload) -> wire::Workload {
    let tunnel = match model.tunnel {
        Tunnel::None => wire::TunnelProtocol::None,
        Tunnel::Hbone | Tunnel::NativeHbone => wire::TunnelProtocol::Hbone,
    };
    let status = if model.is_healthy {
        wire::WorkloadStatus::Healthy
    } else {
        wire::WorkloadStatus::Unhealthy
    };
    let mode = if model.is_host_network {
        wire::NetworkMode::HostNetwork
    } else {
        wire::NetworkMode::Standard
    };
    let services = model.services.iter().map(|(key, ports)| {
        let ports = ports.iter().copied().map(mapping).collect();
        (key.to_string(), wire::PortList { ports })
    });
    wire::Workload {
        uid: model.uid.clone(),
        name: model.name.to_string(),
        namespace: model.namespace.to_string(),
        addresses: model.addresses.iter().copied().map(octets).collect(),
        hostname: model.hostname.clone(),
        network: model.place.network.to_string(),
        tunnel_protocol: tunnel.into(),
        trust_domain: model.trust_domain.clone(),
        service_account: model.service_account.clone(),
        waypoint: model.waypoint.as_ref().map(gateway),
        network_gateway: model.place.gateway.as_ref().map(gateway),
        node: model.node.to_string(),
        canonical_name: model.owner.canonical_name.clone(),
        canonical_revision: model.owner.canonical_revision.clone(),
        // Historic: always a pod, whatever owns it.
        workload_type: wire::WorkloadType::Pod.into(),
        workload_name: model.owner.workload.clone(),
        native_tunnel: model.tunnel == Tunnel::NativeHbone,
        application_tunnel: model.application_tunnel.map(application_tunnel),
        services: services.collect(),
        authorization_policies: model.policies.clone(),
        status: status.into(),
        cluster_id: model.cluster.to_string(),
        locality: model.locality.as_ref().map(locality),
        network_mode: mode.into(),
        extensions: Vec::new(),
        capacity: model.capacity,
    }
}

fn mapping(ports: PortMapping) -> wire::Port {
    wire::Port {
        service_port: ports.service.into(),
        target_port: ports.target.into(),
        app_protocol: 0,
    }
}

fn locality(model: &Locality) -> wire::Locality {
    wire::Locality {
        region: model.region.clone(),
        zone: model.zone.clone(),
        subzone: model.subzone.clone(),
    }
}

fn application_tunnel(model: ApplicationTunnel) -> wire::ApplicationTunnel {
    let protocol = if model.is_proxy_protocol {
        wire::application_tunnel::Protocol::Proxy
    } else {
        wire::application_tunnel::Protocol::None
    };
    wire::ApplicationTunnel {
        protocol: protocol.into(),
        port: model.port.into(),
    }
}

fn hostname(model: &NamespacedHostname) -> wire::NamespacedHostname {
    wire::NamespacedHostname {
        namespace: model.namespace.to_string(),
        hostname: model.hostname.to_string(),
    }
}

fn network_address(model: &NetworkAddress) -> wire::NetworkAddress {
    wire::NetworkAddress {
        network: model.network.to_string(),
        address: octets(model.ip),
        length: model.prefix.map(u32::from),
    }
}

fn gateway(model: &GatewayAddress) -> wire::GatewayAddress {
    let destination = match &model.destination {
        GatewayDestination::Hostname(key) => wire::gateway_address::Destination::Hostname(hostname(key)),
        GatewayDestination::Address(address) => {
            wire::gateway_address::Destination::Address(network_address(address))
        }
    };
    wire::GatewayAddress {
        hbone_mtls_port: model.hbone_port.into(),
        destination: Some(destination),
    }
}

fn weighted((address, weight): &(GatewayAddress, u32)) -> wire::WeightedWaypoint {
    wire::WeightedWaypoint {
        destination: Some(gateway(address)),
        weight: *weight,
    }
}

fn service_message(model: &Service) -> wire::Service {
    let families = match model.ip_families {
        IpFamilies::Automatic => wire::IpFamilies::Automatic,
        IpFamilies::V4Only => wire::IpFamilies::Ipv4Only,
        IpFamilies::V6Only => wire::IpFamilies::Ipv6Only,
        IpFamilies::Dual => wire::IpFamilies::Dual,
    };
    let ports = model.ports.iter().map(|port| wire::Port {
        service_port: port.port.into(),
        target_port: port.target.into(),
        app_protocol: app_protocol(port.protocol).into(),
    });
    wire::Service {
        name: model.name.to_string(),
        namespace: model.key.namespace.to_string(),
        hostname: model.key.hostname.to_string(),
        addresses: model.addresses.iter().map(network_address).collect(),
        ports: ports.collect(),
        subject_alt_names: model.subject_alt_names.clone(),
        waypoint: model.waypoint.as_ref().map(gateway),
        load_balancing: model.load_balancing.as_ref().map(load_balancing),
        ip_families: families.into(),
        canonical: model.is_canonical,
        ingress_use_waypoint: model.ingress_uses_waypoint,
        weighted_waypoints: model.weighted_waypoints.iter().map(weighted).collect(),
        visibility: if model.is_namespaced {
            wire::Visibility::Namespace.into()
        } else {
            wire::Visibility::Public.into()
        },
        extensions: Vec::new(),
    }
}

fn app_protocol(protocol: AppProtocol) -> wire::AppProtocol {
    match protocol {
        AppProtocol::Unknown => wire::AppProtocol::Unknown,
        AppProtocol::Http11 => wire::AppProtocol::Http11,
        AppProtocol::Http2 => wire::AppProtocol::Http2,
        AppProtocol::Grpc => wire::AppProtocol::Grpc,
        AppProtocol::Tcp => wire::AppProtocol::Tcp,
        AppProtocol::Tls => wire::AppProtocol::Tls,
    }
}

fn load_balancing(model: &LoadBalancing) -> wire::LoadBalancing {
    use wire::load_balancing as lb;
    let scope = |scope: &Scope| match scope {
        Scope::Region => lb::Scope::Region,
        Scope::Zone => lb::Scope::Zone,
        Scope::Subzone => lb::Scope::Subzone,
        Scope::Node => lb::Scope::Node,
        Scope::Network => lb::Scope::Network,
    };
    let mode = match model.mode {
        BalanceMode::Any => lb::Mode::UnspecifiedMode,
        BalanceMode::Strict => lb::Mode::Strict,
        BalanceMode::Failover => lb::Mode::Failover,
        BalanceMode::Passthrough => lb::Mode::Passthrough,
    };
    let health = if model.allows_unhealthy {
        lb::HealthPolicy::AllowAll
    } else {
        lb::HealthPolicy::OnlyHealthy
    };
    wire::LoadBalancing {
        routing_preference: model.preference.iter().map(scope).map(Into::into).collect(),
        mode: mode.into(),
        health_policy: health.into(),
    }
}
