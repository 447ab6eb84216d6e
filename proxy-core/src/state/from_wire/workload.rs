//! Workload: wire → state.

use mesh_wire::identity::Identity;
use mesh_wire::workload as wire;

use super::{Reason, Texts, gateway, hostname_key, ip, port};
use crate::state::workload::{
    ApplicationProtocol, ApplicationTunnel, Health, Labels, Locality, NamespacedHostname, NetworkMode,
    PortMap, TunnelProtocol, Workload, WorkloadType,
};

pub(super) fn from_wire(wire: &wire::Workload, texts: &mut Texts) -> Result<Workload, Reason> {
    let addresses = wire
        .addresses
        .iter()
        .map(|bytes| ip(bytes))
        .collect::<Result<Box<[_]>, _>>()?;
    let protocol = match wire.tunnel_protocol {
        0 => TunnelProtocol::Tcp,
        1 => TunnelProtocol::Hbone,
        other => return Err(Reason::UnknownEnum(other)),
    };
    let status = match wire.status {
        0 => Health::Healthy,
        1 => Health::Unhealthy,
        other => return Err(Reason::UnknownEnum(other)),
    };
    let network_mode = match wire.network_mode {
        0 => NetworkMode::Standard,
        1 => NetworkMode::HostNetwork,
        other => return Err(Reason::UnknownEnum(other)),
    };
    Ok(Workload {
        uid: wire.uid.as_str().into(),
        name: texts.share(&wire.name),
        identity: identity(wire)?,
        addresses,
        hostname: texts.share(&wire.hostname),
        network: texts.share(&wire.network),
        protocol,
        waypoint: gateway(wire.waypoint.as_ref(), texts)?,
        network_gateway: gateway(wire.network_gateway.as_ref(), texts)?,
        node: texts.share(&wire.node),
        labels: labels(wire, texts),
        native_tunnel: wire.native_tunnel,
        application_tunnel: wire.application_tunnel.map(application_tunnel).transpose()?,
        services: services(wire, texts)?,
        authorization_policies: wire
            .authorization_policies
            .iter()
            .map(|key| texts.share(key))
            .collect(),
        status,
        cluster_id: texts.share_or(&wire.cluster_id, "Kubernetes"),
        locality: locality(wire.locality.as_ref(), texts),
        network_mode,
        capacity: wire.capacity.unwrap_or(1),
    })
}

fn identity(wire: &wire::Workload) -> Result<Identity, Reason> {
    let or = |text: &str, default: &str| {
        if text.is_empty() {
            default.to_owned()
        } else {
            text.to_owned()
        }
    };
    let trust_domain = or(&wire.trust_domain, "cluster.local");
    let account = or(&wire.service_account, "default");
    Identity::new(&trust_domain, &wire.namespace, &account)
        .map_err(|error| Reason::Identity(error.to_string()))
}

fn labels(wire: &wire::Workload, texts: &mut Texts) -> Labels {
    Labels {
        canonical_name: texts.share(&wire.canonical_name),
        canonical_revision: texts.share(&wire.canonical_revision),
        // telemetry only, so an unknown number falls back instead of losing the workload
        workload_type: match wire.workload_type {
            1 => WorkloadType::CronJob,
            2 => WorkloadType::Pod,
            3 => WorkloadType::Job,
            _ => WorkloadType::Deployment,
        },
        workload_name: texts.share(&wire.workload_name),
    }
}

fn application_tunnel(wire: wire::ApplicationTunnel) -> Result<ApplicationTunnel, Reason> {
    let protocol = match wire.protocol {
        0 => ApplicationProtocol::None,
        1 => ApplicationProtocol::Proxy,
        other => return Err(Reason::UnknownEnum(other)),
    };
    let number = port(wire.port)?;
    Ok(ApplicationTunnel {
        protocol,
        port: (number != 0).then_some(number),
    })
}

fn services(
    wire: &wire::Workload,
    texts: &mut Texts,
) -> Result<Box<[(NamespacedHostname, PortMap)]>, Reason> {
    let mut services = Vec::with_capacity(wire.services.len());
    for (key, list) in &wire.services {
        let pairs = list
            .ports
            .iter()
            .map(|pair| Ok((port(pair.service_port)?, port(pair.target_port)?)))
            .collect::<Result<Vec<_>, Reason>>()?;
        services.push((hostname_key(key, texts)?, PortMap::new(pairs)));
    }
    services.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(services.into_boxed_slice())
}

fn locality(wire: Option<&wire::Locality>, texts: &mut Texts) -> Locality {
    wire.map_or_else(Locality::default, |wire| Locality {
        region: texts.share(&wire.region),
        zone: texts.share(&wire.zone),
        subzone: texts.share(&wire.subzone),
    })
}
