//! Workloads, services and policies as the dump writes them.

use std::collections::BTreeMap;

use ipnet::IpNet;
use mesh_wire::dump as out;

use super::ports;
use crate::state::MeshState;
use crate::state::policy::{Action, Match, Policy, PolicyScope, ServiceAccountMatch, StringMatch};
use crate::state::service::{HealthPolicy, IpFamilies, LoadBalancing, Mode, Scope, Service, Visibility};
use crate::state::workload::{
    ApplicationProtocol, GatewayAddress, Health, Locality, NamespacedHostname, NetworkMode, TunnelProtocol,
    Workload,
};

/// Workloads, services, policies and staged endpoints.
pub type Dumped = (
    Vec<out::Workload>,
    Vec<out::Service>,
    Vec<out::Policy>,
    BTreeMap<String, out::Endpoints>,
);

/// The whole mesh, sorted as the field sorts it.
#[must_use]
pub fn of(mesh: &MeshState) -> Dumped {
    let mut workloads: Vec<_> = mesh.each_workload().map(|one| workload(&one)).collect();
    workloads.sort_by(|left, right| left.uid.cmp(&right.uid));
    let mut services: Vec<_> = mesh.services().map(|one| service(mesh, one)).collect();
    services
        .sort_by(|left, right| (&left.hostname, &left.namespace).cmp(&(&right.hostname, &right.namespace)));
    let mut policies: Vec<_> = mesh.policies().collect();
    policies.sort_by(|left, right| left.key.cmp(&right.key));
    let policies = policies.into_iter().map(|one| policy(one)).collect();
    let staged = mesh
        .staged()
        .map(|key| (key.to_string(), staged(mesh, key)))
        .collect();
    (workloads, services, policies, staged)
}

fn texts(items: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

fn health(status: Health) -> String {
    match status {
        Health::Healthy => "Healthy",
        Health::Unhealthy => "Unhealthy",
    }
    .to_owned()
}

fn gateway(address: &GatewayAddress) -> out::GatewayAddress {
    out::GatewayAddress {
        destination: address.destination.to_string(),
        hbone_mtls_port: address.hbone_mtls_port,
    }
}

fn workload(one: &Workload) -> out::Workload {
    out::Workload {
        application_tunnel: one.application_tunnel.map(|tunnel| out::ApplicationTunnel {
            port: tunnel.port,
            protocol: match tunnel.protocol {
                ApplicationProtocol::None => "NONE",
                ApplicationProtocol::Proxy => "PROXY",
            }
            .to_owned(),
        }),
        authorization_policies: texts(&one.authorization_policies),
        canonical_name: one.labels.canonical_name.to_string(),
        canonical_revision: one.labels.canonical_revision.to_string(),
        capacity: one.capacity,
        cluster_id: one.cluster_id.to_string(),
        hostname: one.hostname.to_string(),
        locality: locality(&one.locality),
        name: one.name.to_string(),
        namespace: one.namespace().to_owned(),
        native_tunnel: one.native_tunnel,
        network: one.network.to_string(),
        network_gateway: one.network_gateway.as_ref().map(gateway),
        network_mode: match one.network_mode {
            NetworkMode::Standard => "Standard",
            NetworkMode::HostNetwork => "HostNetwork",
        }
        .to_owned(),
        node: one.node.to_string(),
        protocol: match one.protocol {
            TunnelProtocol::Tcp => "TCP",
            TunnelProtocol::Hbone => "HBONE",
        }
        .to_owned(),
        service_account: one.service_account().to_owned(),
        services: texts(one.services.iter().map(|(key, _)| key)),
        status: health(one.status),
        trust_domain: one.trust_domain().to_owned(),
        uid: one.uid.to_string(),
        waypoint: one.waypoint.as_ref().map(gateway),
        workload_ips: texts(&one.addresses),
        workload_name: one.labels.workload_name.to_string(),
        workload_type: one.labels.workload_type.as_str().to_owned(),
    }
}

fn locality(one: &Locality) -> Option<out::Locality> {
    (*one != Locality::default()).then(|| out::Locality {
        region: one.region.to_string(),
        subzone: one.subzone.to_string(),
        zone: one.zone.to_string(),
    })
}

fn endpoint(key: &NamespacedHostname, workload: &Workload) -> (String, out::Endpoint) {
    let endpoint = out::Endpoint {
        port: workload.ports_of(key).map(ports).unwrap_or_default(),
        status: health(workload.status),
        workload_uid: workload.uid.to_string(),
    };
    (workload.uid.to_string(), endpoint)
}

fn staged(mesh: &MeshState, key: &NamespacedHostname) -> out::Endpoints {
    mesh.members_of(key)
        .map(|workload| endpoint(key, &workload))
        .collect()
}

fn service(mesh: &MeshState, one: &Service) -> out::Service {
    out::Service {
        canonical: one.canonical,
        cidr_vips: one
            .cidr_vips
            .iter()
            .map(|range| out::CidrVip {
                cidr: range.cidr.to_string(),
                network: range.network.to_string(),
            })
            .collect(),
        endpoints: mesh
            .members_of(&one.key)
            .filter(|workload| one.accepts(workload.status))
            .map(|workload| endpoint(&one.key, &workload))
            .collect(),
        hostname: one.key.hostname.to_string(),
        ip_families: one.ip_families.map(|families| {
            match families {
                IpFamilies::V4 => "IPv4",
                IpFamilies::V6 => "IPv6",
                IpFamilies::Dual => "Dual",
            }
            .to_owned()
        }),
        load_balancer: one.load_balancing.as_ref().map(load_balancer),
        name: one.name.to_string(),
        namespace: one.key.namespace.to_string(),
        ports: ports(&one.ports),
        subject_alt_names: texts(&one.subject_alt_names),
        vips: texts(&one.vips),
        visibility: match one.visibility {
            Visibility::Public => "Public",
            Visibility::Namespace => "Namespace",
        }
        .to_owned(),
        waypoint: one.waypoint.as_ref().map(gateway),
        weighted_waypoints: one
            .weighted_waypoints
            .iter()
            .map(|one| out::WeightedWaypoint {
                destination: gateway(&one.destination),
                weight: one.weight,
            })
            .collect(),
    }
}

fn load_balancer(one: &LoadBalancing) -> out::LoadBalancer {
    let scope = |scope: &Scope| format!("{scope:?}");
    out::LoadBalancer {
        health_policy: match one.health {
            HealthPolicy::OnlyHealthy => "OnlyHealthy",
            HealthPolicy::AllowAll => "AllowAll",
        }
        .to_owned(),
        mode: match one.mode {
            Mode::Standard => "Standard",
            Mode::Strict => "Strict",
            Mode::Failover => "Failover",
            Mode::Passthrough => "Passthrough",
        }
        .to_owned(),
        routing_preferences: one.preferences.iter().map(scope).collect(),
    }
}

fn policy(one: &Policy) -> out::Policy {
    out::Policy {
        action: match one.action {
            Action::Allow => "Allow",
            Action::Deny => "Deny",
        }
        .to_owned(),
        dry_run: one.dry_run,
        name: one.name.to_string(),
        namespace: one.namespace.to_string(),
        rules: one
            .rules
            .iter()
            .map(|rule| {
                rule.iter()
                    .map(|clause| clause.iter().map(one_match).collect())
                    .collect()
            })
            .collect(),
        scope: match one.scope {
            PolicyScope::Global => "Global",
            PolicyScope::Namespace => "Namespace",
            PolicyScope::WorkloadSelector => "WorkloadSelector",
        }
        .to_owned(),
    }
}

fn one_match(one: &Match) -> out::Match {
    let ranges = |ranges: &[IpNet]| texts(ranges);
    let names = |terms: &[StringMatch]| terms.iter().map(string_match).collect();
    let accounts = |terms: &[ServiceAccountMatch]| {
        let account = |term: &ServiceAccountMatch| out::ServiceAccountMatch {
            namespace: term.namespace.to_string(),
            service_account: term.service_account.to_string(),
        };
        terms.iter().map(account).collect()
    };
    out::Match {
        destination_ips: ranges(&one.destination_ips.any),
        destination_ports: one.destination_ports.any.to_vec(),
        namespaces: names(&one.namespaces.any),
        not_destination_ips: ranges(&one.destination_ips.none),
        not_destination_ports: one.destination_ports.none.to_vec(),
        not_namespaces: names(&one.namespaces.none),
        not_principals: names(&one.principals.none),
        not_service_accounts: accounts(&one.service_accounts.none),
        not_source_ips: ranges(&one.source_ips.none),
        principals: names(&one.principals.any),
        service_accounts: accounts(&one.service_accounts.any),
        source_ips: ranges(&one.source_ips.any),
    }
}

fn string_match(term: &StringMatch) -> out::StringMatch {
    match term {
        StringMatch::Exact(value) => out::StringMatch::Exact(value.to_string()),
        StringMatch::Prefix(value) => out::StringMatch::Prefix(value.to_string()),
        StringMatch::Suffix(value) => out::StringMatch::Suffix(value.to_string()),
        StringMatch::Presence => out::StringMatch::Presence(),
    }
}
