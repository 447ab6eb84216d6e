//! Small meshes for tests: pods, services, policies with the defaults that most tests want.

pub(crate) mod control;
pub(crate) mod node;
#[allow(dead_code, reason = "not every user signs all kinds of certificates")]
#[path = "../tests/shared/root.rs"]
pub(crate) mod root;
pub(crate) mod to_wire;

use std::net::IpAddr;
use std::time::Duration;

use mesh_wire::identity::Identity;

use crate::identity::fake_ca::FakeCa;
use crate::state::from_wire;
use crate::state::policy::{Action, Match, Policy, PolicyScope, Terms};
use crate::state::service::{Service, Visibility};
use crate::state::workload::{
    GatewayAddress, GatewayDestination, Health, Labels, Locality, NamespacedHostname, NetworkAddress,
    NetworkMode, PortMap, TunnelProtocol, Workload, WorkloadType,
};
use crate::state::{MeshState, Update};
use crate::tls::TlsContext;

/// An identity of the usual trust domain.
pub(crate) fn identity(namespace: &str, account: &str) -> Identity {
    Identity::new("cluster.local", namespace, account).unwrap()
}

/// A healthy HBONE pod on `node-1`, in namespace `shop` unless the name says `NAMESPACE/NAME`.
pub(crate) fn pod(name: &str, addresses: &[&str]) -> Workload {
    let (namespace, name) = name.split_once('/').unwrap_or(("shop", name));
    Workload {
        uid: format!("east//Pod/{namespace}/{name}").into(),
        name: name.into(),
        identity: identity(namespace, name),
        addresses: addresses
            .iter()
            .map(|text| text.parse::<IpAddr>().unwrap())
            .collect(),
        hostname: "".into(),
        network: "".into(),
        protocol: TunnelProtocol::Hbone,
        waypoint: None,
        network_gateway: None,
        node: "node-1".into(),
        labels: Labels {
            canonical_name: name.into(),
            canonical_revision: "v1".into(),
            workload_type: WorkloadType::Pod,
            workload_name: name.into(),
        },
        native_tunnel: false,
        application_tunnel: None,
        services: Box::default(),
        authorization_policies: Box::default(),
        status: Health::Healthy,
        cluster_id: "east".into(),
        locality: Locality::default(),
        network_mode: NetworkMode::Standard,
        capacity: 1,
    }
}

/// Key of a service: `NAMESPACE/HOSTNAME`.
pub(crate) fn key(text: &str) -> NamespacedHostname {
    NamespacedHostname::parse(text).unwrap()
}

/// An address on the default network.
pub(crate) fn at(text: &str) -> NetworkAddress {
    NetworkAddress {
        network: "".into(),
        address: text.parse().unwrap(),
    }
}

/// Makes a workload an endpoint of services, with port maps of its own.
pub(crate) fn member(workload: Workload, services: &[(&str, &[(u16, u16)])]) -> Workload {
    Workload {
        services: services
            .iter()
            .map(|(name, ports)| (key(name), PortMap::new(ports.to_vec())))
            .collect(),
        ..workload
    }
}

/// A canonical public service `NAMESPACE/HOSTNAME` with virtual addresses and ports.
pub(crate) fn service(name: &str, vips: &[&str], ports: &[(u16, u16)]) -> Service {
    let key = key(name);
    let short = key.hostname.split('.').next().unwrap_or_default();
    Service {
        name: short.into(),
        vips: vips.iter().map(|vip| at(vip)).collect(),
        cidr_vips: Box::default(),
        ports: PortMap::new(ports.to_vec()),
        subject_alt_names: Box::default(),
        waypoint: None,
        weighted_waypoints: Box::default(),
        load_balancing: None,
        ip_families: None,
        canonical: true,
        visibility: Visibility::Public,
        key,
    }
}

/// A gateway named by address.
pub(crate) fn gateway_at(address: &str) -> GatewayAddress {
    GatewayAddress {
        destination: GatewayDestination::Address(at(address)),
        hbone_mtls_port: 15008,
    }
}

/// A gateway named by the service `NAMESPACE/HOSTNAME`.
pub(crate) fn gateway_named(name: &str) -> GatewayAddress {
    GatewayAddress {
        destination: GatewayDestination::Hostname(key(name)),
        hbone_mtls_port: 15008,
    }
}

/// A policy `NAMESPACE/NAME` of one rule with one clause of these matches.
pub(crate) fn policy(name: &str, scope: PolicyScope, action: Action, matches: Vec<Match>) -> Policy {
    let (namespace, short) = name.split_once('/').unwrap();
    Policy {
        key: name.into(),
        name: short.into(),
        namespace: namespace.into(),
        scope,
        action,
        rules: vec![vec![matches.into_boxed_slice()].into_boxed_slice()].into_boxed_slice(),
        dry_run: false,
    }
}

/// Terms of which one must match.
pub(crate) fn any<T>(terms: Vec<T>) -> Terms<T> {
    Terms {
        any: terms.into_boxed_slice(),
        none: Box::default(),
    }
}

/// Terms of which none may match.
pub(crate) fn none<T>(terms: Vec<T>) -> Terms<T> {
    Terms {
        any: Box::default(),
        none: terms.into_boxed_slice(),
    }
}

/// An update from what it puts in.
pub(crate) trait IntoUpdate {
    fn into_update(self) -> Update;
}

impl IntoUpdate for Workload {
    fn into_update(self) -> Update {
        Update::Workload(from_wire::pack(to_wire::workload(&self)))
    }
}

impl IntoUpdate for Service {
    fn into_update(self) -> Update {
        Update::Service(Box::new(self))
    }
}

impl IntoUpdate for Policy {
    fn into_update(self) -> Update {
        Update::Policy(Box::new(self))
    }
}

/// A mesh on `node-1` that holds these things.
macro_rules! mesh {
    ($($thing:expr),* $(,)?) => {{
        let mut mesh = $crate::state::MeshState::new(Some("node-1".into()));
        mesh.apply([$($crate::testing::IntoUpdate::into_update($thing)),*]);
        mesh
    }};
}
pub(crate) use mesh;

/// A mesh on `node-1` that holds nothing.
pub(crate) fn empty_mesh() -> MeshState {
    MeshState::new(Some("node-1".into()))
}

/// A CA whose certificates live for an hour.
pub(crate) fn ca() -> FakeCa {
    FakeCa::new(Duration::from_hours(1), TlsContext::default()).unwrap()
}
