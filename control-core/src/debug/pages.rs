//! What the debug endpoints say about the served mesh and its clients, as JSON (`control-plane.md` 18).
//!
//! It reads what is published, byte by byte as clients get it. Nothing secret passes through here: keys and
//! tokens are not part of the mesh.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::PoisonError;

use mesh_wire::workload::address::Type;
use mesh_wire::workload::{Address, NetworkAddress, Service, TunnelProtocol, Workload, WorkloadStatus};
use prost::Message;
use serde_json::{Value, json};

use crate::xds::publish::{Client, Publisher};
use crate::xds::resource::Resource;
use crate::xds::store::Store;

/// Who is connected, and how far each is.
pub(super) fn syncz(publisher: &Publisher) -> Value {
    let clients = publisher.clients();
    Value::Array(clients.iter().map(|client| client_row(client)).collect())
}

fn client_row(client: &Client) -> Value {
    let about = client
        .about
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let status = client
        .status
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    json!({ "proxy": about.id, "cluster": about.cluster, "version": about.version, "types": status })
}

/// How many are connected, and their names.
pub(super) fn connections(publisher: &Publisher) -> Value {
    let mut ids: Vec<String> = publisher
        .clients()
        .iter()
        .map(|client| {
            let about = client.about.lock().unwrap_or_else(PoisonError::into_inner);
            about.id.clone()
        })
        .collect();
    ids.sort();
    json!({ "totalClients": ids.len(), "clients": ids })
}

/// All that is served.
pub(super) fn ambient(store: &Store) -> Value {
    json!({ "workloads": workloads(store), "services": services(store), "policies": policies(store) })
}

/// The services.
pub(super) fn services(store: &Store) -> Value {
    let rows = store.addresses().filter_map(|one| match decoded(one)? {
        Type::Service(service) => Some(service_row(one, &service)),
        Type::Workload(_) => None,
    });
    Value::Array(rows.collect())
}

/// The workloads.
fn workloads(store: &Store) -> Value {
    let rows = store.addresses().filter_map(|one| match decoded(one)? {
        Type::Workload(workload) => Some(workload_row(one, &workload)),
        Type::Service(_) => None,
    });
    Value::Array(rows.collect())
}

/// The policies that node proxies enforce.
pub(super) fn policies(store: &Store) -> Value {
    let rows = store.policies().filter_map(|one| {
        let policy = mesh_wire::security::Authorization::decode(one.body.clone()).ok()?;
        Some(
            json!({ "name": policy.name, "namespace": policy.namespace, "scope": policy.scope().as_str_name(),
            "action": policy.action().as_str_name(), "rules": policy.rules.len(), "bytes": one.body.len() }),
        )
    });
    Value::Array(rows.collect())
}

/// Each service with the workloads behind it.
pub(super) fn endpoints(store: &Store) -> Value {
    let rows = store.addresses().filter_map(|one| match decoded(one)? {
        Type::Service(_) => {
            let members: Vec<String> = store
                .endpoints_of(&one.name)
                .map(|member| member.name.to_string())
                .collect();
            Some((one.name.to_string(), members))
        }
        Type::Workload(_) => None,
    });
    json!(rows.collect::<BTreeMap<_, _>>())
}

/// The ways into other networks.
pub(super) fn networks(store: &Store) -> Value {
    let rows = store
        .addresses()
        .filter(|one| one.name.starts_with("NetworkGateway/"))
        .filter_map(|one| match decoded(one)? {
            Type::Workload(workload) => Some(workload_row(one, &workload)),
            Type::Service(_) => None,
        });
    Value::Array(rows.collect())
}

/// What one client is given; `None` if it is not connected.
pub(super) fn config_dump(publisher: &Publisher, proxy: &str) -> Option<Value> {
    let clients = publisher.clients();
    let is_asked = |client: &&std::sync::Arc<Client>| {
        let about = client.about.lock().unwrap_or_else(PoisonError::into_inner);
        about.id == proxy || about.id.split('~').nth(2) == Some(proxy)
    };
    let client = clients.iter().find(is_asked)?;
    let served = publisher.read(ambient);
    Some(json!({ "client": client_row(client), "served": served }))
}

fn decoded(resource: &Resource) -> Option<Type> {
    // what we encoded ourselves can be decoded
    Address::decode(resource.body.clone()).ok()?.r#type
}

fn workload_row(resource: &Resource, workload: &Workload) -> Value {
    let addresses: Vec<String> = workload.addresses.iter().filter_map(|ip| ip_text(ip)).collect();
    let services: Vec<&String> = workload.services.keys().collect();
    json!({
        "uid": workload.uid, "name": workload.name, "namespace": workload.namespace, "version": resource.version.as_str(),
        "addresses": addresses, "hostname": workload.hostname, "network": workload.network, "node": workload.node,
        "serviceAccount": workload.service_account, "protocol": protocol(workload),
        "healthy": workload.status() == WorkloadStatus::Healthy, "services": services,
        "waypoint": workload.waypoint.is_some(), "authorizationPolicies": workload.authorization_policies,
    })
}

fn protocol(workload: &Workload) -> &'static str {
    match workload.tunnel_protocol() {
        TunnelProtocol::Hbone => "HBONE",
        _ => "TCP",
    }
}

fn service_row(resource: &Resource, service: &Service) -> Value {
    let address = |one: &NetworkAddress| Some(format!("{}/{}", one.network, ip_text(&one.address)?));
    let addresses: Vec<String> = service.addresses.iter().filter_map(address).collect();
    let ports: Vec<Value> = service
        .ports
        .iter()
        .map(|port| json!({ "servicePort": port.service_port, "targetPort": port.target_port }))
        .collect();
    json!({
        "name": service.name, "namespace": service.namespace, "hostname": service.hostname,
        "version": resource.version.as_str(), "addresses": addresses, "ports": ports,
        "waypoint": service.waypoint.is_some(), "canonical": service.canonical,
    })
}

fn ip_text(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let ip = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
    ip.ok().map(|ip| ip.to_string())
}
