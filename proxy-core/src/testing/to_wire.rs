//! A workload as a control plane sends it.

use std::net::IpAddr;

use mesh_wire::workload as wire;

use crate::state::workload::{
    ApplicationProtocol, GatewayAddress, GatewayDestination, Health, Locality, NetworkMode, PortMap,
    TunnelProtocol, Workload, WorkloadType,
};

/// The message of a workload.
pub(crate) fn workload(one: &Workload) -> wire::Workload {
    let services = one.services.iter();
    wire::Workload {
        uid: one.uid.to_string(),
        name: one.name.to_string(),
        namespace: one.namespace().to_owned(),
        addresses: one.addresses.iter().map(octets).collect(),
        hostname: one.hostname.to_string(),
        network: one.network.to_string(),
        tunnel_protocol: i32::from(one.protocol == TunnelProtocol::Hbone),
        trust_domain: one.trust_domain().to_owned(),
        service_account: one.service_account().to_owned(),
        waypoint: one.waypoint.as_ref().map(gateway),
        network_gateway: one.network_gateway.as_ref().map(gateway),
        node: one.node.to_string(),
        canonical_name: one.labels.canonical_name.to_string(),
        canonical_revision: one.labels.canonical_revision.to_string(),
        workload_type: match one.labels.workload_type {
            WorkloadType::Deployment => 0,
            WorkloadType::CronJob => 1,
            WorkloadType::Pod => 2,
            WorkloadType::Job => 3,
        },
        workload_name: one.labels.workload_name.to_string(),
        native_tunnel: one.native_tunnel,
        application_tunnel: one.application_tunnel.map(|tunnel| wire::ApplicationTunnel {
            protocol: i32::from(tunnel.protocol == ApplicationProtocol::Proxy),
            port: u32::from(tunnel.port.unwrap_or_default()),
        }),
        services: services.map(|(key, map)| (key.to_string(), ports(map))).collect(),
        authorization_policies: one
            .authorization_policies
            .iter()
            .map(ToString::to_string)
            .collect(),
        status: i32::from(one.status == Health::Unhealthy),
        cluster_id: one.cluster_id.to_string(),
        locality: (one.locality != Locality::default()).then(|| wire::Locality {
            region: one.locality.region.to_string(),
            zone: one.locality.zone.to_string(),
            subzone: one.locality.subzone.to_string(),
        }),
        network_mode: i32::from(one.network_mode == NetworkMode::HostNetwork),
        extensions: Vec::new(),
        capacity: Some(one.capacity),
    }
}

fn octets(address: &IpAddr) -> bytes::Bytes {
    match address {
        IpAddr::V4(address) => address.octets().to_vec().into(),
        IpAddr::V6(address) => address.octets().to_vec().into(),
    }
}

fn gateway(one: &GatewayAddress) -> wire::GatewayAddress {
    let destination = match &one.destination {
        GatewayDestination::Hostname(name) => {
            wire::gateway_address::Destination::Hostname(wire::NamespacedHostname {
                namespace: name.namespace.to_string(),
                hostname: name.hostname.to_string(),
            })
        }
        GatewayDestination::Address(address) => {
            wire::gateway_address::Destination::Address(wire::NetworkAddress {
                network: address.network.to_string(),
                address: octets(&address.address),
                length: None,
            })
        }
    };
    wire::GatewayAddress {
        destination: Some(destination),
        hbone_mtls_port: u32::from(one.hbone_mtls_port),
    }
}

fn ports(map: &PortMap) -> wire::PortList {
    let pair = |(service, target)| wire::Port {
        service_port: u32::from(service),
        target_port: u32::from(target),
        app_protocol: 0,
    };
    wire::PortList {
        ports: map.iter().map(pair).collect(),
    }
}
